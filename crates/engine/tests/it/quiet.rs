//! Whether anything moves, asked while everything does.

use millrace_clock::{Clock, Timestamp};
use millrace_db::on_both;
use millrace_engine::{RunState, Settings};
use serde_json::{Value, json};

use crate::script::{Rig, rig_with};

/// Moves time from one wait to the next until nothing is due any more, as tests of workflows do.
async fn until_still(rig: &Rig) {
    loop {
        match rig.engine.coming().await.unwrap() {
            Some(coming) => match coming.first() {
                Some(at) => {
                    rig.clock.set(at.max(rig.clock.now()));
                    rig.engine.wake();
                }
                None => return,
            },
            None => tokio::task::yield_now().await,
        }
    }
}

on_both! {
    async fn a_run_between_two_of_its_waits_is_never_taken_for_still(db: TestDb) {
        let rig = rig_with(&db, Settings::default(), std::sync::Arc::default(), Clock::manual(Timestamp::parse("2026-01-01T00:00:00Z").unwrap())).await;
        let stages: Vec<Value> = (0..150).flat_map(|n| [json!([{"kind": "timer", "ms": 350, "name": format!("t{n}")}]), json!([{"kind": "fetch"}])]).collect();
        for _ in 0..4 {
            let run = rig.start(json!(stages)).await;
            until_still(&rig).await;
            assert_eq!(rig.run(&run).await.state, RunState::Completed, "it still moved");
        }
    }
}
