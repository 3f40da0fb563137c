//! Resuming failed runs: what fits is kept and not performed again, what differs is told, and the new run goes on live.

use std::time::Duration;

use millrace_db::{on_both, sql};
use millrace_engine::resume::{FailedRuns, Now, Resume, ResumeError, Resumed, of_run};
use millrace_engine::{EngineError, NewRun, RunState, journal};
use millrace_ids::RunId;
use serde_json::{Value, json};

use crate::script::{Rig, rig};

/// A run with a second version of its program, `ver_2`.
async fn start(rig: &Rig, stages: Value, fixed: Value) -> RunId {
    let input = json!({ "stages": stages, "versions": { "ver_2": fixed } });
    let new = NewRun::new(rig.tenant.clone(), "workflow", "inst_x", "ver_x", "manual", input.to_string());
    rig.engine.start(new).await.unwrap().run_id
}

fn on(program: &str) -> Resume {
    Resume { program: program.into(), subject_revision: None, from: None, force: false, dry_run: false }
}

async fn resumed(rig: &Rig, id: &RunId, how: Resume) -> (RunId, Resumed) {
    let answer = rig.engine.resume(&rig.tenant, id, &how).await.unwrap();
    (answer.run_id.clone().unwrap(), answer)
}

async fn seqs(rig: &Rig, id: &RunId) -> Vec<i64> {
    let mut tx = rig.db.read().await.unwrap();
    journal::page(&mut tx, id, 0, 0, 100).await.unwrap().iter().map(|e| e.seq).collect()
}

fn performed(rig: &Rig, id: &RunId) -> Vec<u64> {
    rig.world.performed.lock().keys().filter(|(r, _)| r == id).map(|(_, seq)| *seq).collect()
}

on_both! {
    async fn a_fixed_version_goes_on_where_the_old_one_failed(db: TestDb) {
        let rig = rig(&db).await;
        let (before, after) = (json!({"kind": "fetch", "a": 1}), json!({"kind": "fetch", "b": 2}));
        let old = start(&rig, json!([[before], [{"kind": "put"}], [{"kind": "fail"}]]), json!([[before], [{"kind": "put"}], [after]])).await;
        let failed = rig.until(&old, RunState::Failed).await;
        let (new, answer) = resumed(&rig, &old, on("ver_2")).await;
        assert_eq!((answer.kept, answer.already, answer.difference), (2, false, None));
        let run = rig.until(&new, RunState::Completed).await;
        assert_eq!((run.program.as_str(), run.resumed_from.as_ref(), run.origin(), run.attempt), ("ver_2", Some(&old), &old, 2));
        assert_eq!((&run.seed, run.clock_at), (&failed.seed, failed.clock_at));
        assert_eq!(performed(&rig, &new), [3], "what the old run did is not done again");
        assert_eq!(seqs(&rig, &new).await, [1, 2, 3]);
        assert_eq!(rig.run(&old).await.state, RunState::Failed, "the old run stays as it is");
        assert_eq!(seqs(&rig, &old).await, [1, 2]);
    }

    async fn the_first_difference_is_told_and_what_follows_is_made_anew(db: TestDb) {
        let rig = rig(&db).await;
        let fetch = |n: u64| json!({"kind": "fetch", "n": n});
        let old = start(&rig, json!([[fetch(1)], [fetch(2)], [fetch(3)], [{"kind": "fail"}]]), json!([[fetch(1)], [fetch(20)], [fetch(3)]])).await;
        rig.until(&old, RunState::Failed).await;
        let dry = rig.engine.resume(&rig.tenant, &old, &Resume { dry_run: true, ..on("ver_2") }).await.unwrap();
        assert_eq!((dry.run_id, dry.kept), (None, 1));
        let (new, answer) = resumed(&rig, &old, on("ver_2")).await;
        let difference = answer.difference.unwrap();
        assert_eq!((difference.seq, difference.recorded.as_ref().unwrap().args.clone()), (2, fetch(2).to_string()));
        let Now::Asks(now) = &difference.now else { panic!("{difference:?}") };
        assert_eq!(now.args, fetch(20).to_string());
        rig.until(&new, RunState::Completed).await;
        assert_eq!(performed(&rig, &new), [2, 3]);
        let mut tx = rig.db.read().await.unwrap();
        let stored = of_run(&mut tx, &rig.tenant, &new).await.unwrap().unwrap();
        assert_eq!((stored.difference, stored.kept, stored.resumed_from), (Some(difference), 1, old));
    }

    async fn a_version_that_ends_earlier_keeps_what_it_asked_for(db: TestDb) {
        let rig = rig(&db).await;
        let old = start(&rig, json!([[{"kind": "fetch"}], [{"kind": "fetch"}], [{"kind": "fail"}]]), json!([[{"kind": "fetch"}]])).await;
        rig.until(&old, RunState::Failed).await;
        let (new, answer) = resumed(&rig, &old, on("ver_2")).await;
        let difference = answer.difference.unwrap();
        assert_eq!((answer.kept, difference.seq, difference.now), (1, 2, Now::Ended));
        rig.until(&new, RunState::Completed).await;
        assert!(performed(&rig, &new).is_empty());
    }

    async fn concurrent_calls_are_compared_by_number_and_delivered_in_their_order(db: TestDb) {
        let rig = rig(&db).await;
        let all = |third: u64| json!([[{"kind": "fetch", "n": 1}, {"kind": "put", "n": 2}, {"kind": "fetch", "n": third}], [{"kind": "fetch", "n": 4}], [{"kind": "fail"}]]);
        let old = start(&rig, all(3), json!([[{"kind": "fetch", "n": 1}, {"kind": "put", "n": 2}, {"kind": "fetch", "n": 33}], [{"kind": "fetch", "n": 4}]])).await;
        rig.until(&old, RunState::Failed).await;
        let order = seqs(&rig, &old).await;
        let (new, answer) = resumed(&rig, &old, on("ver_2")).await;
        assert_eq!((answer.kept, answer.difference.unwrap().seq), (2, 3));
        rig.until(&new, RunState::Completed).await;
        assert_eq!(performed(&rig, &new), [3, 4]);
        let kept: Vec<i64> = order.into_iter().filter(|s| *s < 3).collect();
        assert_eq!(seqs(&rig, &new).await[..2], kept);
    }

    async fn after_an_outage_the_same_version_makes_the_failed_calls_again(db: TestDb) {
        let rig = rig(&db).await;
        rig.world.down.lock().insert("pay".into());
        let stages = json!([[{"kind": "fetch"}], [{"kind": "pay", "must": true}], [{"kind": "fetch"}]]);
        let old = start(&rig, stages, json!([])).await;
        rig.until(&old, RunState::Failed).await;
        rig.world.down.lock().clear();
        let (new, answer) = resumed(&rig, &old, on("ver_x")).await;
        assert_eq!((answer.kept, answer.retried), (1, vec![2]));
        rig.until(&new, RunState::Completed).await;
        assert_eq!(performed(&rig, &new), [2, 3]);
    }

    async fn what_would_only_fail_again_is_refused(db: TestDb) {
        let rig = rig(&db).await;
        let old = start(&rig, json!([[{"kind": "fetch"}], [{"kind": "put"}], [{"kind": "fail"}]]), json!([])).await;
        rig.until(&old, RunState::Failed).await;
        let refused = rig.engine.resume(&rig.tenant, &old, &on("ver_x")).await.unwrap_err();
        assert!(matches!(&refused, ResumeError::WouldFail(e) if e.code == "BOOM"), "{refused}");
        // Told where to begin, it repeats what was told, and fails again of its own accord.
        let (new, answer) = resumed(&rig, &old, Resume { from: Some(2), ..on("ver_x") }).await;
        assert_eq!((answer.kept, answer.difference), (1, None));
        rig.until(&new, RunState::Failed).await;
        assert_eq!(seqs(&rig, &new).await, [1, 2]);
        assert!(performed(&rig, &new).is_empty(), "only the call inside the platform was made again");
    }

    async fn a_call_that_must_not_be_repeated_is_not(db: TestDb) {
        let rig = rig(&db).await;
        rig.world.down.lock().insert("pay".into());
        let stages = json!([[{"kind": "pay", "once": true, "must": true}]]);
        let old = start(&rig, stages.clone(), stages).await;
        rig.until(&old, RunState::Failed).await;
        let refused = rig.engine.resume(&rig.tenant, &old, &on("ver_2")).await.unwrap_err();
        assert!(matches!(refused, ResumeError::WouldFail(_)));
        // One that was still under way when the run failed is answered, not made again.
        *rig.world.hold.lock() = true;
        let both = json!([[{"kind": "slow", "once": true}, {"kind": "approval", "name": "a", "must": true}]]);
        let old = start(&rig, both.clone(), both).await;
        for _ in 0..500 {
            if rig.performed(&old) == 1 { break; }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        rig.engine.cancel(&rig.tenant, &old, "no").await.unwrap();
        rig.until(&old, RunState::Cancelled).await;
        *rig.world.hold.lock() = false;
        let (new, _) = resumed(&rig, &old, on("ver_2")).await;
        rig.until(&new, RunState::Waiting).await;
        assert_eq!(rig.performed(&new), 0);
        let mut tx = rig.db.read().await.unwrap();
        let entry = journal::page(&mut tx, &new, 0, 0, 10).await.unwrap().remove(0);
        assert!(!entry.ok && entry.outcome.inline().unwrap().contains("unknown"), "{entry:?}");
    }

    async fn asking_twice_is_one_resumption_unless_forced(db: TestDb) {
        let rig = rig(&db).await;
        let old = start(&rig, json!([[{"kind": "fetch"}], [{"kind": "fail"}]]), json!([[{"kind": "fetch"}]])).await;
        rig.until(&old, RunState::Failed).await;
        let asks = (0..8).map(|_| async { resumed(&rig, &old, on("ver_2")).await });
        let answers = futures::future::join_all(asks).await;
        let ids: std::collections::HashSet<_> = answers.iter().map(|(id, _)| id.clone()).collect();
        assert_eq!((ids.len(), answers.iter().filter(|(_, a)| !a.already).count()), (1, 1));
        let (forced, answer) = resumed(&rig, &old, Resume { force: true, ..on("ver_2") }).await;
        assert!(!ids.contains(&forced) && !answer.already);
        for id in ids.iter().chain([&forced]) {
            rig.until(id, RunState::Completed).await;
        }
    }

    async fn only_what_failed_or_was_cancelled_can_be_resumed(db: TestDb) {
        let rig = rig(&db).await;
        let done = rig.start(json!([])).await;
        rig.until(&done, RunState::Completed).await;
        let refused = rig.engine.resume(&rig.tenant, &done, &on("ver_2")).await.unwrap_err();
        assert!(matches!(refused, ResumeError::Engine(EngineError::Conflict(_))));
        let other = rig.engine.resume(&millrace_ids::TenantId::generate(), &done, &on("ver_2")).await.unwrap_err();
        assert!(matches!(other, ResumeError::Engine(EngineError::NotFound)));
    }

    async fn open_waits_are_registered_anew(db: TestDb) {
        let rig = rig(&db).await;
        let stages = json!([[{"kind": "fetch"}], [{"kind": "event", "name": "paid"}], [{"kind": "fetch"}]]);
        let old = start(&rig, stages.clone(), stages).await;
        rig.until(&old, RunState::Waiting).await;
        rig.engine.cancel(&rig.tenant, &old, "by mistake").await.unwrap();
        rig.until(&old, RunState::Cancelled).await;
        let (new, answer) = resumed(&rig, &old, on("ver_x")).await;
        assert_eq!((answer.kept, answer.retried.len()), (1, 0));
        rig.until(&new, RunState::Waiting).await;
        assert_eq!(rig.engine.publish_event(&rig.tenant, "paid", &json!({})).await.unwrap(), 1);
        rig.until(&new, RunState::Completed).await;
        assert_eq!(performed(&rig, &new), [3]);
    }

    async fn a_large_outcome_lives_with_the_new_run(db: TestDb) {
        let rig = rig(&db).await;
        let old = start(&rig, json!([[{"kind": "fetch"}], [{"kind": "fail"}]]), json!([[{"kind": "fetch"}]])).await;
        rig.until(&old, RunState::Failed).await;
        // As if the call had brought a large answer the day before.
        let large = json!("x".repeat(20_000)).to_string();
        let stored = rig.engine.payloads().put(&rig.tenant, large.clone(), rig.clock.now()).await.unwrap();
        let mut tx = rig.db.begin().await.unwrap();
        tx.execute(sql("UPDATE journal SET outcome = $2 WHERE run_id = $1").bind(old.as_str()).bind(stored.as_stored())).await.unwrap();
        tx.commit().await.unwrap();
        rig.pass(Duration::from_secs(30 * 86_400));
        let (new, _) = resumed(&rig, &old, on("ver_2")).await;
        rig.until(&new, RunState::Completed).await;
        let mut tx = rig.db.read().await.unwrap();
        let entry = journal::page(&mut tx, &new, 0, 0, 10).await.unwrap().remove(0);
        assert_ne!(entry.outcome.as_stored(), stored.as_stored(), "it is kept under the new run's day");
        assert_eq!(rig.engine.payloads().get(&rig.tenant, &entry.outcome).await.unwrap(), large);
    }

    async fn failed_runs_are_found_by_what_they_failed_with(db: TestDb) {
        let rig = rig(&db).await;
        let mut all = Vec::new();
        for _ in 0..3 {
            let id = start(&rig, json!([[{"kind": "fail"}]]), json!([])).await;
            rig.until(&id, RunState::Failed).await;
            all.push(id);
        }
        let find = async |which: FailedRuns| rig.engine.failed_runs(&rig.tenant, &which).await.unwrap().into_iter().map(|r| r.id).collect::<Vec<_>>();
        let some = |limit| FailedRuns { limit, ..FailedRuns::default() };
        assert_eq!(find(some(10)).await, all);
        assert_eq!(find(FailedRuns { error_code: Some("BOOM".into()), subjects: Some(vec!["inst_x".into()]), ..some(2) }).await, all[..2]);
        assert!(find(FailedRuns { error_code: Some("BOO".into()), ..some(10) }).await.is_empty());
        assert!(find(FailedRuns { subjects: Some(vec!["inst_y".into()]), ..some(10) }).await.is_empty());
        assert_eq!(find(FailedRuns { after: Some(all[1].clone()), ..some(10) }).await, all[2..]);
        assert!(find(FailedRuns { until: Some(rig.clock.now().minus(Duration::from_secs(3600))), ..some(10) }).await.is_empty());
        resumed(&rig, &all[0], on("ver_2")).await;
        assert_eq!(find(some(10)).await, all[1..], "what has been resumed is not found again");
    }
}
