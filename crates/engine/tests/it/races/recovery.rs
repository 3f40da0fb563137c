//! R1, R2, R3, R6, R7: what recovery does, what it must not touch, and that it survives what it recovers from.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{DatabaseUrl, Db, Options, on_both, sql, testing};
use millrace_engine::{Outcome, RunState, Settings};
use millrace_ids::{RunId, TenantId};
use serde_json::json;

use super::killable::Killable;
use super::node;
use crate::script::{Rig, World, rig_with};

/// Starts runs on a node whose calls do not come back, and waits until all of them are under way.
async fn hands_full(rig: &Rig, runs: usize) -> Vec<RunId> {
    *rig.world.hold.lock() = true;
    let mut ids = Vec::new();
    for _ in 0..runs {
        ids.push(rig.start(json!([[{"kind": "fetch"}], [{"kind": "put"}]])).await);
    }
    for _ in 0..1000 {
        if rig.world.performed.lock().len() == runs {
            return ids;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the calls are not under way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r01_recovery_that_loses_its_database_is_done_again() {
    let mut server = Killable::start().await;
    let observer = Db::open(&server.url.parse::<DatabaseUrl>().unwrap(), &Options { acquire: Duration::from_secs(2), ..Options::default() }).await.unwrap();
    observer.migrate(Timestamp::default()).await.unwrap();
    let tenant = TenantId::generate();
    let (dying, rescuing): (Arc<World>, Arc<World>) = (Arc::default(), Arc::default());
    let b = node(&server.url, Settings::default(), &rescuing, &tenant).await;
    let a = node(&server.url, Settings::default(), &dying, &tenant).await;
    let ids = hands_full(&a, 20).await;
    // Recovery begins and cannot end: somebody holds the rows it has to change.
    let mut blocker = observer.begin().await.unwrap();
    blocker.all(sql("SELECT id FROM runs FOR UPDATE")).await.unwrap();
    a.db.close().await;
    let blocked = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE runs SET state = ''queued''%'";
    for attempt in 0.. {
        if observer.optional(sql(blocked)).await.unwrap().unwrap().get::<i64>("n").unwrap() > 0 {
            break;
        }
        assert!(attempt < 1000, "recovery did not begin");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.kill_and_restart().await;
    drop(blocker);
    for id in &ids {
        b.until_completed(id).await;
    }
    assert!(rescuing.performed.lock().values().all(|n| *n == 1), "each effect once by the node that recovered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r02_three_recoverers_free_a_run_once() {
    let db = testing::postgres().await;
    let tenant = TenantId::generate();
    let (dying, rescuing): (Arc<World>, Arc<World>) = (Arc::default(), Arc::default());
    let a = node(&db.url, Settings::default(), &dying, &tenant).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(node(&db.url, Settings::default(), &rescuing, &tenant).await);
    }
    let ids = hands_full(&a, 60).await;
    a.db.close().await;
    for id in &ids {
        let run = others[0].until(id, RunState::Completed).await;
        assert_eq!(run.epoch, 3, "accepted as A's, freed once, claimed once");
    }
    assert!(rescuing.performed.lock().values().all(|n| *n == 1));
    assert_eq!(others[0].count("SELECT count(*) AS n FROM deliveries WHERE trigger = 'put'").await, 60, "effects inside the platform happen once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r03_a_slot_of_a_dead_node_is_free_again() {
    let db = testing::postgres().await;
    let tenant = TenantId::generate();
    let one = Settings { slots: 1, tenant_cap: 1, ..Settings::default() };
    let (dying, rescuing): (Arc<World>, Arc<World>) = (Arc::default(), Arc::default());
    let a = node(&db.url, one.clone(), &dying, &tenant).await;
    let mut ids = hands_full(&a, 1).await;
    for _ in 0..4 {
        ids.push(a.start(json!([[{"kind": "fetch"}]])).await);
    }
    assert_eq!(a.count("SELECT count(*) AS n FROM runs WHERE state = 'queued'").await, 4, "one at a time");
    let b = node(&db.url, one, &rescuing, &tenant).await;
    a.db.close().await;
    for id in &ids {
        b.until(id, RunState::Completed).await;
    }
}

/// State, epoch, end and output of all runs.
async fn picture(db: &Db) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    let rows = tx.all(sql("SELECT id, state, epoch, finished_at, output, error FROM runs WHERE trigger = 'manual' ORDER BY id")).await.unwrap();
    let text = |row: &millrace_db::Row| {
        let (id, state, output, error): (String, String, Option<String>, Option<String>) = (row.get("id").unwrap(), row.get("state").unwrap(), row.get("output").unwrap(), row.get("error").unwrap());
        format!("{id} {state} {} {:?} {output:?} {error:?}", row.get::<i64>("epoch").unwrap(), row.get::<Option<i64>>("finished_at").unwrap())
    };
    rows.iter().map(text).collect()
}

/// One run in each of the states that nothing leaves.
async fn one_of_each(rig: &Rig) -> Vec<(RunId, RunState)> {
    let completed = rig.start(json!([[{"kind": "fetch"}]])).await;
    let failed = rig.start(json!([[{"kind": "fail"}]])).await;
    let skipped = rig.start(json!([[{"kind": "skip"}]])).await;
    let cancelled = rig.start(json!([[{"kind": "event", "name": "never"}]])).await;
    rig.until(&cancelled, RunState::Waiting).await;
    rig.engine.cancel(&rig.tenant, &cancelled, "enough").await.unwrap();
    let all = vec![(completed, RunState::Completed), (failed, RunState::Failed), (skipped, RunState::Skipped), (cancelled, RunState::Cancelled)];
    for (id, state) in &all {
        rig.until(id, *state).await;
    }
    all
}

/// A run that shows that a node has taken up its work.
async fn canary(rig: &Rig) {
    let mut new = rig.new_run(json!([[{"kind": "put"}]]));
    new.trigger = "canary".into();
    let id = rig.engine.start(new).await.unwrap().run_id;
    rig.until(&id, RunState::Completed).await;
}

on_both! {
    async fn r03_a_run_that_waits_holds_no_slot(db: TestDb) {
        let one = Settings { slots: 1, tenant_cap: 1, ..Settings::default() };
        let rig = rig_with(&db, one, Arc::default(), Clock::shifted()).await;
        let sleeper = rig.start(json!([[{"kind": "timer", "ms": 86_400_000}]])).await;
        rig.until(&sleeper, RunState::Waiting).await;
        let next = rig.start(json!([[{"kind": "fetch"}]])).await;
        rig.until(&next, RunState::Completed).await;
        rig.pass(Duration::from_secs(86_401));
        rig.until(&sleeper, RunState::Completed).await;
    }

    async fn r03_a_panic_frees_its_slot_and_its_run_is_set_aside(db: TestDb) {
        let one = Settings { slots: 1, tenant_cap: 1, ..Settings::default() };
        let rig = rig_with(&db, one, Arc::default(), Clock::System).await;
        let bad = rig.start(json!([[{"kind": "panic"}]])).await;
        let good = rig.start(json!([[{"kind": "fetch"}]])).await;
        rig.until(&good, RunState::Completed).await;
        let run = rig.until(&bad, RunState::Failed).await;
        assert!(run.error.unwrap().contains("RUN_LOST"));
        // The slot is free a moment after the end is stored; a run that needs it comes to its end.
        canary(&rig).await;
    }

    async fn r06_finished_runs_stay_finished_over_restarts(db: TestDb) {
        let world: Arc<World> = Arc::default();
        let mut rig = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
        let all = one_of_each(&rig).await;
        let before = picture(&db).await;
        for _ in 0..3 {
            rig.engine.shutdown(Duration::from_secs(1)).await;
            let tenant = rig.tenant.clone();
            rig = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
            rig.tenant = tenant;
            canary(&rig).await;
            for (id, _) in &all {
                assert!(!rig.engine.cancel(&rig.tenant, id, "late").await.unwrap());
            }
            assert_eq!(rig.engine.publish_event(&rig.tenant, "never", &json!({})).await.unwrap(), 0);
            let mut tx = rig.db.begin().await.unwrap();
            assert!(!rig.engine.settle(&mut tx, &rig.tenant, "event", "never", &Outcome::null()).await.unwrap());
            tx.commit().await.unwrap();
        }
        assert_eq!(picture(&db).await, before);
        assert_eq!(rig.performed(&all[0].0), 1);
    }

    async fn r07_recovery_reads_the_journal_and_leaves_the_finished_alone(db: TestDb) {
        let world: Arc<World> = Arc::default();
        let first = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
        one_of_each(&first).await;
        first.engine.shutdown(Duration::from_secs(1)).await;
        // A dead node in whose name all of them stand, and which died before one more end was stored.
        let mut tx = db.begin().await.unwrap();
        tx.execute(sql("UPDATE runs SET node_id = 'node_dead'")).await.unwrap();
        tx.execute(sql("INSERT INTO nodes (id, roles, started_at, seen_at, lease_until) VALUES ('node_dead', 'worker', 1, 1, 1)")).await.unwrap();
        tx.commit().await.unwrap();
        let before = picture(&db).await;
        let journaled = first.new_run(json!([[{"kind": "fetch"}], [{"kind": "put"}]]));
        let journaled = first_to_end(&db, &world, &first.tenant, journaled).await;
        let mut tx = db.begin().await.unwrap();
        let undo = "UPDATE runs SET state = 'running', node_id = 'node_dead', finished_at = NULL, output = NULL WHERE id = $1";
        tx.execute(sql(undo).bind(journaled.as_str())).await.unwrap();
        tx.execute(sql("DELETE FROM nodes WHERE id <> 'node_dead'")).await.unwrap();
        tx.commit().await.unwrap();
        let mut second = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
        second.tenant = first.tenant.clone();
        let run = second.until(&journaled, RunState::Completed).await;
        assert!(run.output.is_some());
        assert_eq!(second.performed(&journaled), 1, "the journal had both outcomes");
        assert_eq!(second.count("SELECT count(*) AS n FROM deliveries WHERE trigger = 'put'").await, 1);
        let after: Vec<String> = picture(&db).await.into_iter().filter(|line| !line.starts_with(journaled.as_str())).collect();
        assert_eq!(after, before);
    }
}

async fn first_to_end(db: &testing::TestDb, world: &Arc<World>, tenant: &TenantId, new: millrace_engine::NewRun) -> RunId {
    let mut rig = rig_with(db, Settings::default(), world.clone(), Clock::System).await;
    rig.tenant = tenant.clone();
    let id = rig.engine.start(new).await.unwrap().run_id;
    rig.until(&id, RunState::Completed).await;
    rig.engine.shutdown(Duration::from_secs(1)).await;
    id
}
