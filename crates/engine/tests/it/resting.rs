//! Tenants whose runs rest: nothing of theirs begins, nothing is lost or repeated, and others do not notice; and tenants that go.

use std::time::Duration;

use millrace_db::{on_both, sql};
use millrace_engine::{RunState, farewell};
use millrace_ids::TenantId;
use serde_json::json;

use crate::script::{Rig, rig};

fn rest(rig: &Rig, rests: bool) {
    let mut resting = rig.world.resting.lock();
    if rests {
        resting.insert(rig.tenant.clone());
    } else {
        resting.clear();
    }
    drop(resting);
    rig.engine.wake();
}

fn performed(rig: &Rig) -> Vec<usize> {
    rig.world.performed.lock().values().copied().collect()
}

/// Waits until no run is in memory.
pub(crate) async fn until_nothing_is_held(rig: &Rig) {
    for _ in 0..1_000 {
        if rig.engine.held() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{} runs are still in memory", rig.engine.held());
}

on_both! {
    async fn a_run_leaves_before_its_next_effect_and_goes_on_where_it_was(db: TestDb) {
        let rig = rig(&db).await;
        *rig.world.hold.lock() = true;
        let stages = json!([[{"kind": "fetch"}, {"kind": "fetch", "once": true}], [{"kind": "put"}, {"kind": "fetch"}], [{"kind": "fetch"}]]);
        let run = rig.start(stages).await;
        rig.until(&run, RunState::Running).await;
        while performed(&rig).len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        rest(&rig, true);
        *rig.world.hold.lock() = false;
        rig.until(&run, RunState::Queued).await;
        until_nothing_is_held(&rig).await;
        assert_eq!(performed(&rig), [1, 1], "what was under way came back; the next stage was not begun");
        assert_eq!(rig.count("SELECT count(*) AS n FROM journal").await, 2);
        rest(&rig, false);
        rig.until(&run, RunState::Completed).await;
        assert_eq!(performed(&rig), [1, 1, 1, 1], "nothing was repeated");
        assert_eq!(rig.count("SELECT count(*) AS n FROM deliveries WHERE trigger = 'put'").await, 1);
        assert_eq!(rig.run(&run).await.crashes, 0, "resting is no failure");
    }

    async fn queued_and_sleeping_runs_rest_and_others_do_not_notice(db: TestDb) {
        let mut rig = rig(&db).await;
        let asleep = rig.start(json!([[{"kind": "timer", "ms": 60_000}], [{"kind": "fetch"}]])).await;
        rig.until(&asleep, RunState::Waiting).await;
        rest(&rig, true);
        let queued = rig.start(json!([[{"kind": "fetch"}]])).await;
        rig.clock.advance(Duration::from_secs(61));
        rig.engine.wake();
        rig.until(&asleep, RunState::Queued).await;
        // Far more tenants that rest than one claim looks at, around one that does not.
        let own = rig.tenant.clone();
        for _ in 0..150 {
            rig.tenant = TenantId::generate();
            rig.world.resting.lock().insert(rig.tenant.clone());
            rig.start(json!([[{"kind": "fetch"}]])).await;
        }
        rig.tenant = TenantId::generate();
        let other = rig.start(json!([[{"kind": "fetch"}], [{"kind": "timer", "ms": 60_000}], [{"kind": "fetch"}]])).await;
        rig.until(&other, RunState::Waiting).await;
        // This one has to be claimed from among them.
        rig.clock.advance(Duration::from_secs(61));
        rig.engine.wake();
        rig.until(&other, RunState::Completed).await;
        assert_eq!(performed(&rig).len(), 2, "only those of the one that does not rest");
        rig.tenant = own;
        rest(&rig, false);
        for run in [&asleep, &queued] {
            rig.until(run, RunState::Completed).await;
        }
    }

    async fn nothing_of_a_tenant_that_goes_remains_and_others_stay(db: TestDb) {
        let mut rig = rig(&db).await;
        for _ in 0..3 {
            let run = rig.start(json!([[{"kind": "fetch"}, {"kind": "log"}], [{"kind": "put"}]])).await;
            rig.until(&run, RunState::Completed).await;
        }
        // Of the size that leaves its row.
        let large = json!("x".repeat(40_000)).to_string();
        rig.engine.payloads().put(&rig.tenant, large, rig.clock.now()).await.unwrap();
        assert_eq!(rig.count("SELECT count(*) AS n FROM payloads").await, 1);
        let waiting = rig.start(json!([[{"kind": "timer", "ms": 600_000}, {"kind": "child", "input": {"stages": [[{"kind": "event", "name": "e"}]]}}]])).await;
        rig.until(&waiting, RunState::Waiting).await;
        rig.until_count("SELECT count(*) AS n FROM waits WHERE kind = 'event'", 1).await;
        let gone = rig.tenant.clone();
        rest(&rig, true);
        rig.tenant = TenantId::generate();
        let stays = rig.start(json!([[{"kind": "fetch"}], [{"kind": "timer", "ms": 600_000}]])).await;
        rig.until(&stays, RunState::Waiting).await;
        farewell::forget_tenant(&rig.db, rig.engine.payloads(), &gone).await.unwrap();
        for (table, left) in [("runs", 1), ("journal", 1), ("waits", 1), ("payloads", 0), ("run_logs", 0), ("inbox", 0)] {
            let statement: &'static str = match table {
                "runs" => "SELECT count(*) AS n FROM runs",
                "journal" => "SELECT count(*) AS n FROM journal",
                "waits" => "SELECT count(*) AS n FROM waits",
                "payloads" => "SELECT count(*) AS n FROM payloads",
                "run_logs" => "SELECT count(*) AS n FROM run_logs",
                _ => "SELECT count(*) AS n FROM inbox",
            };
            assert_eq!(rig.count(statement).await, left, "{table}");
        }
        let tenant: String = rig.db.read().await.unwrap().one(sql("SELECT tenant_id FROM runs")).await.unwrap().get("tenant_id").unwrap();
        assert_eq!(tenant, rig.tenant.as_str());
    }
}
