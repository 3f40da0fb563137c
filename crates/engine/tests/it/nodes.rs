//! Several nodes on one database: shared work, dead neighbours, zombies.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::{on_both, sql, testing};
use millrace_engine::{RunState, Settings};
use serde_json::json;

use crate::script::{World, rig, rig_with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_nodes_runs_continue_elsewhere_and_the_zombie_writes_nothing() {
    let db = testing::postgres().await;
    let (world_a, world_b): (Arc<World>, Arc<World>) = (Arc::default(), Arc::default());
    // One slot, which the zombie's run keeps: it cannot take the run a second time.
    let one = Settings { slots: 1, tenant_cap: 1, ..Settings::default() };
    let a = rig_with(&db, one, world_a.clone(), Clock::System).await;
    *world_a.hold.lock() = true;
    let id = a.start(json!([[{"kind": "fetch"}], [{"kind": "fetch"}]])).await;
    a.until(&id, RunState::Running).await;
    // The zombie: its lease is taken away while its call is under way.
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql("UPDATE runs SET state = 'queued', node_id = NULL, epoch = epoch + 1 WHERE state = 'running'")).await.unwrap();
    tx.commit().await.unwrap();
    let mut b = rig_with(&db, Settings::default(), world_b.clone(), Clock::System).await;
    b.tenant = a.tenant.clone();
    let run = b.until(&id, RunState::Completed).await;
    assert!(run.epoch >= 2);
    *world_a.hold.lock() = false;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let after = b.run(&id).await;
    assert_eq!((after.state, after.epoch, after.output), (RunState::Completed, run.epoch, run.output));
    assert_eq!(b.performed(&id), 2, "the journal was empty, so both calls are B's");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_the_work() {
    let db = testing::postgres().await;
    let world: Arc<World> = Arc::default();
    let settings = Settings { slots: 8, ..Settings::default() };
    let a = rig_with(&db, settings.clone(), world.clone(), Clock::System).await;
    let mut b = rig_with(&db, settings, world.clone(), Clock::System).await;
    b.tenant = a.tenant.clone();
    let mut ids = Vec::new();
    for i in 0..200 {
        let rig = if i % 2 == 0 { &a } else { &b };
        ids.push(rig.start(json!([[{"kind": "fetch"}], [{"kind": "put"}]])).await);
    }
    for id in &ids {
        a.until(id, RunState::Completed).await;
    }
    assert!(world.performed.lock().values().all(|n| *n == 1));
}

on_both! {
    async fn a_restart_continues_what_was_in_memory(db: TestDb) {
        let world: Arc<World> = Arc::default();
        *world.hold.lock() = true;
        let first = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
        let id = first.start(json!([[{"kind": "put"}], [{"kind": "fetch"}], [{"kind": "put"}]])).await;
        first.until(&id, RunState::Running).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        first.engine.shutdown(Duration::from_millis(50)).await;
        *world.hold.lock() = false;
        let mut second = rig(&db).await;
        second.tenant = first.tenant.clone();
        second.until(&id, RunState::Completed).await;
        let puts = second.db.optional(sql("SELECT count(*) AS n FROM deliveries WHERE trigger = 'put'")).await.unwrap().unwrap();
        assert_eq!(puts.get::<i64>("n").unwrap(), 2, "an effect inside the platform happens exactly once");
    }

    async fn an_intent_without_outcome_is_never_repeated(db: TestDb) {
        let world: Arc<World> = Arc::default();
        *world.hold.lock() = true;
        let first = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
        let id = first.start(json!([[{"kind": "fetch", "once": true}]])).await;
        for _ in 0..200 {
            if first.performed(&id) == 1 { break; }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        first.engine.shutdown(Duration::from_millis(10)).await;
        let mut second = rig_with(&db, Settings::default(), world.clone(), Clock::System).await;
        second.tenant = first.tenant.clone();
        let run = second.until(&id, RunState::Completed).await;
        assert!(run.output.unwrap().inline().unwrap().contains("\"unknown\""));
        assert_eq!(second.performed(&id), 1);
    }
}
