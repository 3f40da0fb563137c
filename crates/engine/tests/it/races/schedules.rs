//! P7: very many schedules that name the same second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_clock::{Clock, Timestamp};
use millrace_db::testing::{self, TestDb};
use millrace_db::{Db, on_both, sql};
use millrace_engine::Settings;
use millrace_engine::schedule::{CatchUp, Schedule, Spec, put, spread};
use millrace_ids::TenantId;

use crate::script::{Rig, World, rig_with};

/// Hourly schedules of 50 tenants; answers their next slot.
async fn put_all(db: &Db, count: usize, window: Duration, now: Timestamp) -> Timestamp {
    let tenants: Vec<TenantId> = (0..50).map(|_| TenantId::generate()).collect();
    let mut slot = now;
    for first in (0..count).step_by(1_000) {
        let mut tx = db.begin().await.unwrap();
        for n in first..count.min(first + 1_000) {
            let schedule = Schedule {
                id: format!("trg_{n:06}"), tenant: tenants[n % tenants.len()].clone(), subject: "inst_x".into(), spec: Spec::Cron("0 * * * *".into()),
                timezone: "UTC".into(), catch_up: CatchUp::Skip, next_at: None,
            };
            slot = put(&mut tx, &schedule, window, now).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    slot
}

/// How late each run began after the instant its schedule is due, in microseconds, in order; and how long after the slot.
async fn lags(rig: &Rig, slot: Timestamp, window: Duration) -> (Vec<i64>, Vec<i64>) {
    let mut tx = rig.db.read().await.unwrap();
    let rows = tx.all(sql("SELECT d.trigger, r.started_at FROM deliveries d JOIN runs r ON r.id = d.run_id WHERE d.delivery_id LIKE 'slot:%'")).await.unwrap();
    let (mut late, mut after) = (Vec::new(), Vec::new());
    for row in rows {
        let own = spread(&row.get::<String>("trigger").unwrap(), &Spec::Cron("0 * * * *".into()), window);
        let started: i64 = row.get("started_at").unwrap();
        late.push(started - slot.plus(own).micros());
        after.push(started - slot.micros());
    }
    late.sort_unstable();
    after.sort_unstable();
    (late, after)
}

async fn same_second(db: TestDb, count: usize, window: Duration, patience: Duration) {
    let settings = Settings { schedule_spread: window, ..Settings::default() };
    let world: Arc<World> = Arc::default();
    let clock = Clock::shifted();
    // Just after a full hour, so that no slot comes while they are stored.
    let hour = clock.now().micros().rem_euclid(3_600_000_000);
    clock.advance(Duration::from_micros(u64::try_from(3_600_000_000 - hour).unwrap()) + Duration::from_secs(1));
    let slot = put_all(&db, count, window, clock.now()).await;
    let rig = rig_with(&db, settings.clone(), world.clone(), clock.clone()).await;
    let second = rig_with(&db, settings, world, clock.clone()).await;
    clock.advance(slot.since(clock.now()).saturating_sub(Duration::from_millis(500)));
    rig.engine.wake();
    second.engine.wake();
    let begun = Instant::now();
    let done = "SELECT count(*) AS n FROM runs WHERE state = 'completed'";
    while rig.count(done).await < i64::try_from(count).unwrap() {
        assert!(begun.elapsed() < patience, "{} of {count} after {patience:?}", rig.count(done).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (late, after) = lags(&rig, slot, window).await;
    let p99 = late[late.len() * 99 / 100];
    println!("{count} schedules over {window:?}: lag p50 {} ms, p99 {} ms, most {} ms; the last {} ms after the slot", late[count / 2] / 1000, p99 / 1000, late[count - 1] / 1000, after[count - 1] / 1000);
    assert_eq!(late.len(), count, "one run each, whichever of two schedulers saw it");
    assert!(late[0] >= 0, "one began {} µs before it was due", -late[0]);
    assert!(p99 <= 10_000_000, "the start lag's p99 is {p99} µs");
    assert_eq!(rig.count("SELECT count(*) AS n FROM runs").await, i64::try_from(count).unwrap());
    let next = rig.count("SELECT min(next_at) AS n FROM schedules").await;
    assert_eq!(next, slot.micros() + 3_600_000_000, "all of them wait for the next slot, which is not moved by the spread");
    // Spread: no tenth of the window has more than a third of them.
    if window > Duration::ZERO {
        let tenth = i64::try_from(window.as_micros()).unwrap() / 10;
        let crowd = (0..10).map(|i| late.len() - after.iter().filter(|a| **a < i * tenth || **a >= (i + 1) * tenth).count()).max().unwrap();
        assert!(crowd <= count / 3 || p99 > tenth, "{crowd} of {count} began within a tenth of the window");
    }
}

on_both! {
    async fn p07_two_thousand_schedules_at_the_same_second(db: TestDb) {
        same_second(db, 2_000, Duration::from_secs(4), Duration::from_secs(90)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, minutes"]
async fn p07_sixty_thousand_schedules_at_the_same_second_sqlite() {
    same_second(testing::sqlite().await, 60_000, Duration::from_secs(60), Duration::from_secs(300)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, minutes"]
async fn p07_sixty_thousand_schedules_at_the_same_second_postgres() {
    same_second(testing::postgres().await, 60_000, Duration::from_secs(60), Duration::from_secs(300)).await;
}
