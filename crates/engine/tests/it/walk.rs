//! A random walk over the engine's use cases, played on both databases; the states they end in must be equal.

use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::testing;
use millrace_engine::{RunState, Settings};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::script::{Rig, rig_with};

const STEPS: usize = 60;

/// What the walk does is decided before it is played, from the seed alone.
fn plan(seed: u64) -> Vec<Value> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..STEPS)
        .map(|i| match rng.random_range(0..8) {
            0 => json!({"do": "start", "stages": [[{"kind": "fetch"}], [{"kind": "put"}]]}),
            1 => json!({"do": "start", "stages": [[{"kind": "timer", "ms": rng.random_range(3_600_000..7_200_000)}]]}),
            2 => json!({"do": "start", "stages": [[{"kind": "event", "name": "e", "match": {"k": rng.random_range(0..3)}}]]}),
            3 => json!({"do": "start", "stages": [[{"kind": "child", "input": {"stages": [[{"kind": "fail"}]]}}]]}),
            4 => json!({"do": "publish", "k": rng.random_range(0..3)}),
            5 => json!({"do": "cancel", "which": rng.random_range(0..=i)}),
            6 => json!({"do": "pass", "s": rng.random_range(600..3600)}),
            _ => json!({"do": "deliver", "id": rng.random_range(0..4)}),
        })
        .collect()
}

async fn play(rig: &Rig, plan: &[Value]) -> Vec<String> {
    let mut ids = Vec::new();
    for step in plan {
        match step["do"].as_str().unwrap() {
            "start" => ids.push(rig.start(step["stages"].clone()).await),
            "deliver" => {
                let mut new = rig.new_run(json!([]));
                new.delivery = Some(("t".into(), step["id"].to_string()));
                ids.push(rig.engine.start(new).await.unwrap().run_id);
            }
            "publish" => drop(rig.engine.publish_event(&rig.tenant, "e", &json!({"k": step["k"]})).await.unwrap()),
            "cancel" => {
                if let Some(id) = ids.get(usize::try_from(step["which"].as_u64().unwrap()).unwrap()) {
                    rig.engine.cancel(&rig.tenant, id, "walk").await.unwrap();
                }
            }
            _ => rig.pass(Duration::from_secs(step["s"].as_u64().unwrap())),
        }
        settle(rig).await;
    }
    let mut states = Vec::new();
    for id in &ids {
        let run = rig.run(id).await;
        let first = ids.iter().position(|i| i == id).unwrap();
        states.push(format!("{first} {} {:?} {:?}", run.state, run.error, run.output.and_then(|o| o.inline().map(str::to_owned))));
    }
    states
}

/// Until nothing moves: no run is queued or running, and no timer is due.
async fn settle(rig: &Rig) {
    let busy = "SELECT (SELECT count(*) FROM runs WHERE state IN ('queued', 'running')) + (SELECT count(*) FROM waits WHERE due_at <= $1) + (SELECT count(*) FROM inbox) AS n";
    for _ in 0..2000 {
        let row = rig.db.optional(millrace_db::sql(busy).bind(rig.clock.now())).await.unwrap().unwrap();
        if row.get::<i64>("n").unwrap() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    panic!("the walk does not settle");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p11_both_databases_tell_the_same_story() {
    for seed in 1..=4 {
        let plan = plan(seed);
        let mut stories = Vec::new();
        for db in [testing::sqlite().await, testing::postgres().await] {
            let rig = rig_with(&db, Settings::default(), std::sync::Arc::default(), Clock::shifted()).await;
            stories.push(play(&rig, &plan).await);
            rig.engine.shutdown(Duration::from_secs(1)).await;
        }
        assert_eq!(stories[0], stories[1], "seed {seed}");
        assert!(stories[0].iter().any(|s| s.contains(RunState::Completed.as_str())));
    }
}
