//! R4, R5: one run is one worker's, and what it was sent is consumed once.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::{on_both, sql, testing};
use millrace_engine::{Role, RunState, Settings, journal};
use millrace_ids::RunId;
use serde_json::json;

use super::{intake, node};
use crate::script::{Rig, World, rig_with};

on_both! {
    async fn r04_two_workers_never_claim_one_run(db: TestDb) {
        let settings = Settings { roles: vec![Role::Worker], slots: 8, ..Settings::default() };
        let world: Arc<World> = Arc::default();
        // Both are there before the first run is: the embedded file takes a second one for a dead process's successor.
        let a = rig_with(&db, settings.clone(), world.clone(), Clock::System).await;
        let b = rig_with(&db, settings, world.clone(), Clock::System).await;
        let door = intake(&db, &a.tenant);
        let ids: Vec<_> = (0..300).map(|_| door.new_run(json!([[{"kind": "fetch"}]]))).collect();
        let started = futures::future::join_all(ids.into_iter().map(|new| door.engine.start(new))).await;
        for turn in 0..200 {
            a.engine.wake();
            b.engine.wake();
            if door.count("SELECT count(*) AS n FROM runs WHERE state = 'completed'").await == 300 {
                break;
            }
            assert!(turn < 199, "the queue is not empty");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let runs: HashSet<RunId> = started.into_iter().map(|s| s.unwrap().run_id).collect();
        let performed = world.performed.lock().clone();
        assert_eq!((runs.len(), performed.len()), (300, 300));
        assert!(performed.values().all(|n| *n == 1), "a run was claimed twice");
        assert_eq!(world.programs.lock().len(), 300, "each was opened once");
        assert_eq!(door.count("SELECT count(*) AS n FROM runs WHERE epoch <> 1").await, 0);
    }

    async fn r04_a_queued_run_is_cancelled_or_claimed_and_never_both(db: TestDb) {
        let world: Arc<World> = Arc::default();
        let worker = rig_with(&db, Settings { slots: 4, ..Settings::default() }, world.clone(), Clock::System).await;
        let door = intake(&db, &worker.tenant);
        let mut ids = Vec::new();
        for _ in 0..60 {
            let id = door.start(json!([[{"kind": "fetch"}], [{"kind": "fetch"}]])).await;
            worker.engine.wake();
            let engine = door.engine.clone();
            let (tenant, target) = (door.tenant.clone(), id.clone());
            ids.push((id, tokio::spawn(async move { engine.cancel(&tenant, &target, "race").await.unwrap() })));
        }
        for (id, cancelled) in ids {
            let accepted = cancelled.await.unwrap();
            let run = settled(&worker, &id).await;
            assert!(accepted || run.state == RunState::Completed, "{id} is {} although the request to stop came too late", run.state);
            assert!(run.state == RunState::Cancelled || run.state == RunState::Completed, "{id} is {}: {:?}", run.state, run.error);
        }
        assert!(world.performed.lock().values().all(|n| *n == 1));
    }
}

async fn settled(rig: &Rig, id: &RunId) -> millrace_engine::Run {
    for _ in 0..1500 {
        let run = rig.run(id).await;
        if run.state.is_terminal() {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{id} does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r05_an_event_is_consumed_once_by_whoever_owns_the_run() {
    let db = testing::postgres().await;
    let (zombie, owner): (Arc<World>, Arc<World>) = (Arc::default(), Arc::default());
    // Its slots are all taken by the runs it will lose: it can take none of them back.
    let a = rig_with(&db, Settings { slots: 15, ..Settings::default() }, zombie.clone(), Clock::System).await;
    *zombie.hold.lock() = true;
    *owner.hold.lock() = true;
    let mut ids = Vec::new();
    for _ in 0..15 {
        // The call that does not come back keeps the run in memory on whatever node has it.
        ids.push(a.start(json!([[{"kind": "event", "name": "go"}, {"kind": "fetch"}], [{"kind": "put"}]])).await);
    }
    a.until_count("SELECT count(*) AS n FROM waits", 15).await;
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql("UPDATE runs SET state = 'queued', node_id = NULL, epoch = epoch + 1 WHERE state = 'running'")).await.unwrap();
    tx.commit().await.unwrap();
    let b = node(&db.url, Settings::default(), &owner, &a.tenant).await;
    b.until_count("SELECT count(*) AS n FROM runs WHERE state = 'running' AND epoch > 1", 15).await;
    // Both nodes have the runs in memory and hear of the event; one of them owns them.
    let (one, two) = (json!({"n": 1}), json!({"n": 2}));
    let (first, second) = tokio::join!(a.engine.publish_event(&a.tenant, "go", &one), b.engine.publish_event(&a.tenant, "go", &two));
    assert_eq!(first.unwrap() + second.unwrap(), 15, "each wait was answered by one of the two");
    *zombie.hold.lock() = false;
    *owner.hold.lock() = false;
    for id in &ids {
        let run = b.until(id, RunState::Completed).await;
        let mut tx = b.db.read().await.unwrap();
        let entries = journal::page(&mut tx, id, 0, 0, 100).await.unwrap();
        let mut seqs: Vec<i64> = entries.iter().map(|e| e.seq).collect();
        seqs.sort_unstable();
        assert_eq!(seqs, vec![1, 2, 3], "each outcome stands in the journal once");
        let event = entries.iter().find(|e| e.kind == "event").unwrap().outcome.inline().unwrap().to_owned();
        assert!(run.output.unwrap().inline().unwrap().contains(event.trim_matches(['{', '}'])), "what was journaled is what was delivered");
    }
    for left in ["SELECT count(*) AS n FROM inbox", "SELECT count(*) AS n FROM waits"] {
        assert_eq!(b.count(left).await, 0, "{left}");
    }
    assert_eq!(b.count("SELECT count(*) AS n FROM deliveries WHERE trigger = 'put'").await, 15);
}
