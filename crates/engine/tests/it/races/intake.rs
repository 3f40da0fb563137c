//! R8, R9, R10: one delivery is one run of one version, and a call starts one child.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::on_both;
use millrace_engine::limits::INVOKE_DEPTH;
use millrace_engine::{RunState, Settings};
use serde_json::json;

use super::intake;
use crate::script::{Rig, World, rig, rig_with};

async fn restarted(rig: Rig, db: &millrace_db::testing::TestDb) -> Rig {
    rig.engine.shutdown(Duration::from_millis(20)).await;
    let mut next = rig_with(db, Settings::default(), rig.world.clone(), Clock::System).await;
    next.tenant = rig.tenant;
    next
}

on_both! {
    async fn r08_one_delivery_is_one_run(db: TestDb) {
        let rig = rig(&db).await;
        let door = intake(&db, &rig.tenant);
        let delivered = |rig: &Rig| {
            let mut new = rig.new_run(json!([[{"kind": "fetch"}]]));
            new.delivery = Some(("trg_1".into(), "d1".into()));
            new
        };
        // At once, through two doors.
        let attempts = (0..40).map(|n| if n % 2 == 0 { rig.engine.start(delivered(&rig)) } else { door.engine.start(delivered(&door)) });
        let answers = futures::future::join_all(attempts).await;
        let ids: HashSet<_> = answers.iter().map(|a| a.as_ref().unwrap().run_id.clone()).collect();
        assert_eq!(ids.len(), 1);
        assert_eq!(answers.iter().filter(|a| !a.as_ref().unwrap().duplicate).count(), 1);
        let id = ids.into_iter().next().unwrap();
        rig.engine.wake();
        rig.until(&id, RunState::Completed).await;
        // And again when it has ended.
        assert_eq!(rig.engine.start(delivered(&rig)).await.unwrap().run_id, id);
        assert_eq!((rig.count("SELECT count(*) AS n FROM runs").await, rig.performed(&id)), (1, 1));
    }

    async fn r09_a_call_starts_one_child_however_often_its_parent_is_replayed(db: TestDb) {
        let world: Arc<World> = Arc::default();
        *world.hold.lock() = true;
        let mut rig = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
        let child = json!({"stages": [[{"kind": "event", "name": "go"}]]});
        // The call that hangs keeps the parent in memory, so that each stop meets it in the middle of its work.
        let parent = rig.start(json!([[{"kind": "child", "input": child}, {"kind": "child", "input": child}, {"kind": "fetch"}]])).await;
        rig.until_count("SELECT count(*) AS n FROM waits WHERE kind = 'event'", 2).await;
        for _ in 0..4 {
            rig = restarted(rig, &db).await;
            rig.until(&parent, RunState::Running).await;
        }
        assert_eq!(rig.count("SELECT count(*) AS n FROM runs").await, 3, "the parent and two children");
        assert!(rig.engine.cancel(&rig.tenant, &parent, "enough").await.unwrap());
        rig.until(&parent, RunState::Cancelled).await;
        rig.until_count("SELECT count(*) AS n FROM runs WHERE state = 'cancelled'", 3).await;
        rig.until_count("SELECT count(*) AS n FROM waits", 0).await;
    }

    async fn r09_a_workflow_that_starts_itself_comes_to_an_end(db: TestDb) {
        let rig = rig(&db).await;
        let id = rig.start(json!([[{"kind": "child"}]])).await;
        let run = rig.until(&id, RunState::Completed).await;
        assert!(run.output.unwrap().inline().unwrap().contains("INVOKE_TOO_DEEP"));
        assert_eq!(rig.count("SELECT count(*) AS n FROM runs").await, INVOKE_DEPTH + 1);
    }

    async fn r10_a_run_is_pinned_to_one_version_through_every_failover(db: TestDb) {
        let world: Arc<World> = Arc::default();
        *world.hold.lock() = true;
        let mut rig = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
        let delivered = |rig: &Rig, version: &str| {
            let mut new = rig.new_run(json!([[{"kind": "put"}], [{"kind": "fetch"}]]));
            new.delivery = Some(("trg_1".into(), "d1".into()));
            new.program = version.into();
            new
        };
        let id = rig.engine.start(delivered(&rig, "ver_1")).await.unwrap().run_id;
        for version in ["ver_2", "ver_3", "ver_4"] {
            rig.until(&id, RunState::Running).await;
            for _ in 0..500 {
                if rig.performed(&id) > 0 { break; }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            world.performed.lock().clear();
            rig = restarted(rig, &db).await;
            // The provider was not answered in time and sends again; meanwhile another version was deployed.
            let again = rig.engine.start(delivered(&rig, version)).await.unwrap();
            assert_eq!((again.run_id, again.duplicate), (id.clone(), true));
        }
        *world.hold.lock() = false;
        let run = rig.until(&id, RunState::Completed).await;
        assert_eq!(run.program, "ver_1");
        let opened = world.programs.lock().clone();
        assert!(opened.len() >= 4 && opened.iter().all(|(run, version)| *run == id && version == "ver_1"), "{opened:?}");
    }
}
