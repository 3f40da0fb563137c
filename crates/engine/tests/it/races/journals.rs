//! P3: programs made at random, interrupted at random moments, replayed: the same trace.

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::{on_both, sql};
use millrace_engine::{RunState, Settings, journal};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::script::{Rig, World, rig_with};

/// Stages of calls of every kind, decided by the seed alone.
fn program(rng: &mut StdRng) -> Value {
    let stages = rng.random_range(1..6);
    let call = |rng: &mut StdRng| match rng.random_range(0..10) {
        0..4 => json!({"kind": "fetch"}),
        4..7 => json!({"kind": "put", "times": rng.random_range(1..4)}),
        7 => json!({"kind": "timer", "ms": rng.random_range(1..3_000_000)}),
        8 => json!({"kind": "child", "input": {"stages": [[{"kind": "fetch"}]]}}),
        _ => json!({"kind": "child", "input": {"stages": [[{"kind": "put"}], [{"kind": "fail"}]]}}),
    };
    (0..stages).map(|_| (0..rng.random_range(1..5)).map(|_| call(rng)).collect::<Value>()).collect()
}

/// The outcomes in the order in which the program was given them.
fn trace(output: &str) -> Vec<i64> {
    let output: Value = serde_json::from_str(output).unwrap();
    output.as_array().unwrap().iter().map(|o| o["seq"].as_i64().unwrap()).collect()
}

async fn output(rig: &Rig, id: &millrace_ids::RunId) -> String {
    for _ in 0..600 {
        if rig.run(id).await.state == RunState::Completed {
            break;
        }
        rig.pass(Duration::from_secs(600));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let run = rig.until(id, RunState::Completed).await;
    rig.engine.payloads().get(&rig.tenant, &run.output.unwrap()).await.unwrap()
}

on_both! {
    async fn p03_generated_programs_interrupted_anywhere_replay_to_the_same_trace(db: TestDb) {
        let mut rng = StdRng::seed_from_u64(20_261_121);
        let (world, clock): (Arc<World>, _) = (Arc::default(), Clock::shifted());
        let mut rig = rig_with(&db, Settings::default(), world.clone(), clock.clone()).await;
        let mut ids = Vec::new();
        for _ in 0..40 {
            ids.push(rig.start(program(&mut rng)).await);
        }
        for _ in 0..12 {
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..40))).await;
            rig.pass(Duration::from_secs(rng.random_range(60..600)));
            rig.engine.shutdown(Duration::ZERO).await;
            let tenant = rig.tenant.clone();
            rig = rig_with(&db, Settings::default(), world.clone(), clock.clone()).await;
            rig.tenant = tenant;
        }
        let mut outputs = Vec::new();
        for id in &ids {
            outputs.push(output(&rig, id).await);
        }
        // Everything again, from the journal alone.
        let performed: usize = world.performed.lock().values().sum();
        let mut tx = db.begin().await.unwrap();
        tx.execute(sql("UPDATE runs SET state = 'queued', output = NULL, finished_at = NULL WHERE trigger = 'manual'")).await.unwrap();
        tx.commit().await.unwrap();
        rig.engine.wake();
        for (id, first) in ids.iter().zip(&outputs) {
            let second = output(&rig, id).await;
            assert_eq!(second, *first, "{id}");
            let mut tx = rig.db.read().await.unwrap();
            let order: Vec<i64> = journal::page(&mut tx, id, 0, 0, 1_000).await.unwrap().iter().map(|e| e.seq).collect();
            assert_eq!(trace(&second), order, "{id} was given its outcomes in the order of the journal");
        }
        assert_eq!(world.performed.lock().values().sum::<usize>(), performed, "a replay performs nothing");
        assert_eq!(rig.count("SELECT count(*) AS n FROM runs WHERE state NOT IN ('completed', 'failed')").await, 0);
    }
}
