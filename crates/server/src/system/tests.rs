#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::{on_both, sql};
use millrace_engine::RunState;
use serde_json::{Value, json};

use crate::analytics::stage::{Stage, write};
use crate::installations::fixture::OPERATOR;

on_both! {
    async fn whoever_runs_the_server_sees_it_at_one_look(db: TestDb) {
        let stage = Stage::with(db, "").await;
        let (bench, minute) = (&stage.bench, Duration::from_secs(60));
        let look = async |key: &str| bench.call_as(key, "GET", "/api/v1/admin/system", Value::Null, &[]).await;
        let before = look(OPERATOR).await.of(200);
        assert_eq!((&before["queue"]["queued"], &before["queue"]["oldest_seconds"], &before["mails"]), (&json!(0), &Value::Null, &json!({})));

        let now = bench.app.clock.now();
        let node = "INSERT INTO nodes (id, roles, started_at, seen_at, lease_until, version) VALUES ($1, 'api,worker', $2, $2, 1, $3)";
        write(bench, sql(node).bind("node_a").bind(now.minus(minute)).bind("9.9.9")).await;
        write(bench, sql(node).bind("node_b").bind(now).bind(None::<&str>)).await;
        stage.run(&bench.tenant, &stage.own, RunState::Queued, 2 * minute, 0, None).await;
        stage.run(&bench.tenant, &stage.own, RunState::Queued, minute, 0, None).await;
        for _ in 0..3 {
            let id = stage.run(&stage.other, &stage.theirs, RunState::Running, minute, 0, None).await;
            write(bench, sql("UPDATE runs SET node_id = 'node_a' WHERE id = $1").bind(id.as_str())).await;
        }
        let waiting = stage.run(&bench.tenant, &stage.own, RunState::Waiting, minute, 0, None).await;
        for (seq, kind) in [(0, "timer"), (1, "event"), (2, "event")] {
            let wait = "INSERT INTO waits (run_id, generation, seq, tenant_id, kind, args_hash, args, key, due_at, created_at) VALUES ($1, 0, $2, $3, $4, '', '{}', 'k', NULL, $5)";
            write(bench, sql(wait).bind(waiting.as_str()).bind(seq).bind(bench.tenant.as_str()).bind(kind).bind(now)).await;
        }
        for n in 0..2_i64 {
            let mail = "INSERT INTO mails (id, tenant_id, recipient, template, variables, dedupe_key, state, attempts, due_at, created_at) VALUES ($1, $2, 'planted@example.com', 't', '{}', $1, 'queued', 0, $3, $3)";
            write(bench, sql(mail).bind(format!("mail_{n}")).bind(bench.tenant.as_str()).bind(now)).await;
        }
        let seen = look(OPERATOR).await.of(200);
        assert_eq!(seen["queue"], json!({"queued": 2, "oldest_seconds": 120.0, "running": 3, "waiting": {"event": 2, "timer": 1}}));
        assert_eq!(seen["mails"], json!({"queued": 2}));
        let nodes = seen["nodes"].as_array().unwrap();
        let (a, b) = (nodes.iter().find(|n| n["id"] == "node_a").unwrap(), nodes.iter().find(|n| n["id"] == "node_b").unwrap());
        assert_eq!((&a["running"], &a["version"], &a["roles"], &a["here"]), (&json!(3), &json!("9.9.9"), &json!(["api", "worker"]), &json!(false)));
        assert_eq!((&b["running"], &b["version"], &b["started_at"]), (&json!(0), &Value::Null, &json!(now.to_string())));
        assert!(seen["database"]["bytes"].as_i64().unwrap() > 100_000 && !seen["database"]["pools"].as_array().unwrap().is_empty(), "{seen}");
        assert_eq!(seen["sandbox"]["isolation"], "inline");
        // Nothing of any workspace is there, and nobody else sees it.
        assert!(!seen.to_string().contains(bench.tenant.as_str()) && !seen.to_string().contains("planted"), "{seen}");
        assert_eq!(look(&bench.key).await.status, 401);
        assert_eq!(look("nonsense").await.status, 401);
    }
}
