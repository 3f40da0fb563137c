//! A run from start to end: effects, waits, children, cancellation, retries.

use std::time::Duration;

use millrace_db::{on_both, sql};
use millrace_engine::{EngineError, Outcome, RunError, RunState, journal, logs_after};
use serde_json::{Value, json};

use crate::script::rig;

const DAY: Duration = Duration::from_secs(86_400);

on_both! {
    async fn runs_through_its_calls_and_keeps_the_journal(db: TestDb) {
        let rig = rig(&db).await;
        let id = rig.start(json!([[{"kind": "log"}, {"kind": "fetch"}, {"kind": "put"}], [{"kind": "fetch"}]])).await;
        let run = rig.until(&id, RunState::Completed).await;
        let output: Value = serde_json::from_str(run.output.unwrap().inline().unwrap()).unwrap();
        assert_eq!(output.as_array().unwrap().len(), 3);
        let mut tx = rig.db.read().await.unwrap();
        let entries = journal::page(&mut tx, &id, 0, 0, 10).await.unwrap();
        assert_eq!(entries.iter().map(|e| e.pos).collect::<Vec<_>>(), vec![1, 2, 3]);
        assert!(entries.windows(2).all(|w| w[0].finished_at <= w[1].finished_at));
        assert_eq!(logs_after(&mut tx, &id, 0, 10).await.unwrap().len(), 1);
        assert_eq!(rig.performed(&id), 2);
    }

    async fn a_long_timer_costs_nothing_and_fires_once(db: TestDb) {
        let rig = rig(&db).await;
        let id = rig.start(json!([[{"kind": "fetch"}], [{"kind": "timer", "ms": 3 * 86_400_000_u64}], [{"kind": "fetch"}]])).await;
        rig.until(&id, RunState::Waiting).await;
        assert_eq!(rig.engine.held(), 0);
        rig.pass(2 * DAY);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(rig.run(&id).await.state, RunState::Waiting);
        rig.pass(DAY + Duration::from_secs(1));
        rig.until(&id, RunState::Completed).await;
        assert_eq!(rig.performed(&id), 2);
    }

    async fn an_event_wakes_only_who_it_fits(db: TestDb) {
        let rig = rig(&db).await;
        let seven = rig.start(json!([[{"kind": "event", "name": "paid", "match": {"order": 7}}]])).await;
        let eight = rig.start(json!([[{"kind": "event", "name": "paid", "match": {"order": 8}, "ms": 86_400_000}]])).await;
        rig.until(&seven, RunState::Waiting).await;
        rig.until(&eight, RunState::Waiting).await;
        assert_eq!(rig.engine.publish_event(&rig.tenant, "paid", &json!({"order": 7})).await.unwrap(), 1);
        let other = millrace_ids::TenantId::generate();
        assert_eq!(rig.engine.publish_event(&other, "paid", &json!({"order": 8})).await.unwrap(), 0);
        let run = rig.until(&seven, RunState::Completed).await;
        assert!(run.output.unwrap().inline().unwrap().contains("\"order\":7"));
        rig.pass(DAY + Duration::from_secs(1));
        let late = rig.until(&eight, RunState::Completed).await;
        assert!(late.output.unwrap().inline().unwrap().contains("timed_out"));
    }

    async fn the_first_decision_counts(db: TestDb) {
        let rig = rig(&db).await;
        let id = rig.start(json!([[{"kind": "approval", "name": "appr_1"}]])).await;
        rig.until(&id, RunState::Waiting).await;
        for (approved, first) in [(true, true), (false, false)] {
            let mut tx = rig.db.begin().await.unwrap();
            let outcome = Outcome::value(json!({ "approved": approved }).to_string());
            assert_eq!(rig.engine.settle(&mut tx, &rig.tenant, "approval", "appr_1", &outcome).await.unwrap(), first);
            tx.commit().await.unwrap();
        }
        rig.engine.wake();
        let run = rig.until(&id, RunState::Completed).await;
        assert!(run.output.unwrap().inline().unwrap().contains("\"approved\":true"));
    }

    async fn a_child_answers_its_parent(db: TestDb) {
        let rig = rig(&db).await;
        let child = json!({"stages": [[{"kind": "fetch"}]]});
        let id = rig.start(json!([[{"kind": "child", "input": child}, {"kind": "fetch"}], [{"kind": "child", "input": {"stages": [[{"kind": "fail"}]]}}]])).await;
        let run = rig.until(&id, RunState::Completed).await;
        let text = run.output.unwrap().inline().unwrap().to_owned();
        assert!(text.contains("BOOM") && text.contains("fetch:1"), "{text}");
    }

    async fn cancelling_a_parent_ends_everything_below(db: TestDb) {
        let rig = rig(&db).await;
        let leaf = json!({"stages": [[{"kind": "timer", "ms": 86_400_000}]]});
        let middle = json!({"stages": [[{"kind": "child", "input": leaf}]]});
        let id = rig.start(json!([[{"kind": "child", "input": middle}]])).await;
        rig.until(&id, RunState::Waiting).await;
        let waiting = || async { state_count(&rig, "waiting").await };
        for _ in 0..500 {
            if waiting().await == 3 { break; }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(waiting().await, 3);
        assert!(rig.engine.cancel(&rig.tenant, &id, "enough").await.unwrap());
        assert_eq!(state_count(&rig, "cancelled").await, 3);
        assert!(!rig.engine.cancel(&rig.tenant, &id, "again").await.unwrap());
        let stranger = millrace_ids::TenantId::generate();
        assert!(matches!(rig.engine.cancel(&stranger, &id, "x").await, Err(EngineError::NotFound)));
    }

    async fn cancelling_a_running_run_stops_it(db: TestDb) {
        let rig = rig(&db).await;
        *rig.world.hold.lock() = true;
        let id = rig.start(json!([[{"kind": "fetch"}], [{"kind": "fetch"}]])).await;
        rig.until(&id, RunState::Running).await;
        rig.engine.cancel(&rig.tenant, &id, "stop").await.unwrap();
        rig.until(&id, RunState::Cancelled).await;
        assert_eq!(rig.performed(&id), 1);
    }

    async fn a_failed_run_is_retried_as_a_new_one(db: TestDb) {
        let rig = rig(&db).await;
        let id = rig.start(json!([[{"kind": "fail"}]])).await;
        let failed = rig.until(&id, RunState::Failed).await;
        assert!(failed.error.unwrap().contains("BOOM"));
        let again = rig.engine.retry(&rig.tenant, &id, None).await.unwrap().run_id;
        let run = rig.until(&again, RunState::Failed).await;
        assert_eq!((run.retry_of, run.attempt), (Some(id.clone()), 2));
        let done = rig.start(json!([])).await;
        rig.until(&done, RunState::Completed).await;
        assert!(matches!(rig.engine.retry(&rig.tenant, &done, None).await, Err(EngineError::Conflict(_))));
    }

    async fn a_run_that_may_be_tried_again_is_a_bounded_number_of_times(db: TestDb) {
        let rig = rig(&db).await;
        let mut id = rig.start(json!([[{"kind": "fetch"}], [{"kind": "fail", "retryable": true}]])).await;
        let mut attempts = Vec::new();
        loop {
            let run = rig.until(&id, RunState::Failed).await;
            let error: RunError = serde_json::from_str(&run.error.unwrap()).unwrap();
            assert!(error.retryable && error.code == "BOOM");
            attempts.push(run.attempt);
            let Some(next) = error.retried_as else { break };
            let queued = rig.run(&next).await;
            assert_eq!((queued.state, queued.retry_of.as_ref(), queued.started_at), (RunState::Queued, Some(&id), None), "it waits for its time");
            rig.pass(Duration::from_secs(9));
            id = next;
        }
        assert_eq!(attempts, [1, 2, 3]);
        assert_eq!(rig.count("SELECT count(*) AS n FROM runs").await, 3);
        // Not one that began again with a state, and not one that says nothing.
        let next = json!({"stages": [[{"kind": "fail", "retryable": true}]]});
        for stages in [json!([[{"kind": "continue", "state": next}]]), json!([[{"kind": "fail"}]])] {
            let id = rig.start(stages).await;
            let run = rig.until(&id, RunState::Failed).await;
            assert!(!run.error.unwrap().contains("retried_as"));
        }
    }

    async fn continue_with_begins_an_empty_journal(db: TestDb) {
        let rig = rig(&db).await;
        let next = json!({"stages": [[{"kind": "fetch"}]]});
        let id = rig.start(json!([[{"kind": "fetch"}, {"kind": "timer", "ms": 86_400_000}], []])).await;
        rig.until(&id, RunState::Waiting).await;
        rig.engine.cancel(&rig.tenant, &id, "not this one").await.unwrap();
        let id = rig.start(json!([[{"kind": "fetch"}], [{"kind": "continue", "state": next}]])).await;
        let run = rig.until(&id, RunState::Completed).await;
        assert_eq!(run.generation, 1);
        let mut tx = rig.db.read().await.unwrap();
        assert_eq!(journal::page(&mut tx, &id, 1, 0, 10).await.unwrap().len(), 1);
    }

    async fn a_program_that_keeps_dying_is_set_aside(db: TestDb) {
        let rig = rig(&db).await;
        let mut new = rig.new_run(json!([]));
        new.input = json!({"lost": true}).to_string();
        let id = rig.engine.start(new).await.unwrap().run_id;
        let run = rig.until(&id, RunState::Failed).await;
        assert!(run.error.unwrap().contains("RUN_LOST"));
    }

    async fn a_call_whose_outcome_stands_in_a_later_segment_is_not_repeated(db: TestDb) {
        let rig = rig(&db).await;
        *rig.world.hold.lock() = true;
        // The first call comes back last, after more entries than one segment of the journal holds.
        let id = rig.start(json!([[{"kind": "fetch"}, {"kind": "put", "times": 1_100}], [{"kind": "timer", "ms": 86_400_000}]])).await;
        let journaled = || async {
            let q = sql("SELECT count(*) AS n FROM journal WHERE run_id = $1").bind(id.as_str());
            rig.db.optional(q).await.unwrap().unwrap().get::<i64>("n").unwrap()
        };
        for _ in 0..1000 {
            if journaled().await == 1_100 { break; }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        *rig.world.hold.lock() = false;
        rig.until(&id, RunState::Waiting).await;
        assert_eq!((journaled().await, rig.performed(&id)), (1_101, 1));
        rig.pass(DAY + Duration::from_secs(1));
        rig.until(&id, RunState::Completed).await;
        assert_eq!(rig.performed(&id), 1, "the replay found its outcome in the second segment");
    }

    async fn large_payloads_leave_the_row(db: TestDb) {
        let rig = rig(&db).await;
        let big = "x".repeat(100_000);
        let mut new = rig.new_run(json!([]));
        new.input = json!({"stages": [], "big": big}).to_string();
        let json = new.input.clone();
        let id = new.id.clone();
        *rig.world.hold.lock() = true;
        let _ = rig.engine.start(new).await.unwrap();
        let run = rig.run(&id).await;
        assert!(run.input.inline().is_none());
        assert_eq!(rig.engine.payloads().get(&rig.tenant, &run.input).await.unwrap(), json);
    }

    async fn what_is_past_its_time_goes(db: TestDb) {
        let rig = rig(&db).await;
        let id = rig.start(json!([[{"kind": "fetch"}]])).await;
        rig.until(&id, RunState::Completed).await;
        rig.pass(31 * DAY);
        while rig.engine.forget().await.unwrap() {}
        for table in ["SELECT count(*) AS n FROM runs", "SELECT count(*) AS n FROM journal", "SELECT count(*) AS n FROM deliveries"] {
            assert_eq!(rig.db.optional(sql(table)).await.unwrap().unwrap().get::<i64>("n").unwrap(), 0, "{table}");
        }
    }

    async fn schedules_fire_once_per_slot(db: TestDb) {
        use millrace_engine::schedule::{CatchUp, Schedule, Spec, put};
        let rig = rig(&db).await;
        let schedule = Schedule {
            id: "trg_s".into(), tenant: rig.tenant.clone(), subject: "inst_x".into(), spec: Spec::Cron("0 * * * *".into()),
            timezone: "UTC".into(), catch_up: CatchUp::All, next_at: None,
        };
        let mut tx = rig.db.begin().await.unwrap();
        put(&mut tx, &schedule, Duration::ZERO, rig.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        rig.pass(Duration::from_secs(3 * 3600));
        for _ in 0..300 {
            if state_count(&rig, "completed").await == 3 { break; }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        rig.engine.wake();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(state_count(&rig, "completed").await, 3);
    }
}

async fn state_count(rig: &crate::script::Rig, state: &str) -> i64 {
    rig.db.optional(sql("SELECT count(*) AS n FROM runs WHERE state = $1").bind(state)).await.unwrap().unwrap().get("n").unwrap()
}
