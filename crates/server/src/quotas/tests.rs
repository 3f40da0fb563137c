//! Quotas on both databases, over the routes: who is over one is told so, and nobody else notices.
#![allow(clippy::unwrap_used)]

use millrace_db::on_both;
use serde_json::{Value, json};

use crate::identity::Role;
use crate::installations::fixture::{Answer, Bench, OPERATOR};

/// An installation that is started by hand.
struct Flow {
    path: String,
    key: String,
}

impl Flow {
    async fn of(bench: &Bench, key: &str) -> Self {
        let text = crate::installations::fixture::module("w", "trigger: manual()");
        let deployed = bench.call_as(key, "POST", "/api/developer/workflows", json!({"files": {"workflow.ts": text}}), &[]).await.of(201);
        let request = json!({"workflow": deployed["workflow_id"], "activate": true});
        let made = bench.call_as(key, "POST", "/api/installations", request, &[]).await.of(201);
        Self { path: format!("/api/installations/{}/trigger", made["id"].as_str().unwrap()), key: key.to_owned() }
    }

    async fn start(&self, bench: &Bench) -> Answer {
        bench.call_as(&self.key, "POST", &self.path, json!({"data": {}}), &[]).await
    }
}

async fn decide(bench: &Bench, limits: Value) -> Answer {
    let path = format!("/api/admin/tenants/{}/quotas", bench.tenant);
    bench.call_as(OPERATOR, "PUT", &path, limits, &[]).await
}

on_both! {
    async fn a_full_queue_refuses_its_own_workspace_only(db: TestDb) {
        let bench = Bench::new(db).await;
        let (_, other_key) = bench.stranger(Role::Owner).await;
        let (own, other) = (Flow::of(&bench, &bench.key).await, Flow::of(&bench, &other_key).await);
        decide(&bench, json!({"queued_runs": 5})).await.of(200);
        // Nothing works on the queue here, so the sixth does not fit.
        for _ in 0..5 {
            assert!(own.start(&bench).await.status < 300);
        }
        let refused = own.start(&bench).await;
        assert_eq!(refused.refusal(), (429, "QUOTA_EXCEEDED"));
        assert_eq!(refused.fields(), ["queued_runs QUOTA_EXCEEDED"]);
        for _ in 0..20 {
            assert!(other.start(&bench).await.status < 300, "another workspace does not notice");
        }
        let shown = bench.call("GET", "/api/tenants/current/quotas", Value::Null).await.of(200);
        assert_eq!((&shown["limits"]["queued_runs"], &shown["usage"]), (&json!(5), &json!({"running": 0, "queued": 5, "stored_bytes": 0, "run_bytes": shown["usage"]["run_bytes"]})));
        // A decision measures anew; a look may be some seconds old.
        let decided = decide(&bench, json!({})).await.of(200);
        assert!(decided["usage"]["run_bytes"].as_u64().unwrap() >= 5 * 256, "five rows and their inputs: {decided}");
        assert!(own.start(&bench).await.status < 300, "the default is in force again at once");
        assert_eq!(bench.count("runs").await, 26);
    }

    async fn a_rate_lets_a_minutes_worth_through(db: TestDb) {
        let bench = Bench::new(db).await;
        let (_, other_key) = bench.stranger(Role::Owner).await;
        let (own, other) = (Flow::of(&bench, &bench.key).await, Flow::of(&bench, &other_key).await);
        decide(&bench, json!({"runs_per_minute": 3})).await.of(200);
        for _ in 0..3 {
            assert!(own.start(&bench).await.status < 300);
        }
        let refused = own.start(&bench).await;
        assert_eq!((refused.refusal(), refused.fields()), ((429, "QUOTA_EXCEEDED"), vec!["runs_per_minute QUOTA_EXCEEDED".to_owned()]));
        for _ in 0..10 {
            assert!(other.start(&bench).await.status < 300);
        }
    }

    async fn only_the_operator_decides(db: TestDb) {
        let bench = Bench::new(db).await;
        let path = format!("/api/admin/tenants/{}/quotas", bench.tenant);
        for method in ["GET", "PUT"] {
            let body = if method == "PUT" { json!({"queued_runs": 1}) } else { Value::Null };
            assert_eq!(bench.call(method, &path, body).await.refusal(), (401, "UNAUTHORIZED"), "an owner's key is not the operator's");
        }
        assert_eq!(decide(&bench, json!({"concurrent_runs": 0})).await.fields(), ["concurrent_runs INVALID_VALUE"]);
        assert_eq!(decide(&bench, json!({"queued": 1})).await.status, 400);
        let unknown = "/api/admin/tenants/org_01h455vb4pex5vsknk084sn02q/quotas";
        assert_eq!(bench.call_as(OPERATOR, "PUT", unknown, json!({}), &[]).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(bench.call_as(OPERATOR, "GET", unknown, Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"));
        let all = json!({"concurrent_runs": 2, "queued_runs": 3, "runs_per_minute": 4, "webhooks_per_minute": 5, "log_lines_per_run": 6, "stored_bytes": 7, "run_bytes": 8});
        decide(&bench, all.clone()).await.of(200);
        assert_eq!(bench.call_as(OPERATOR, "GET", &path, Value::Null, &[]).await.of(200)["limits"], all);
        let own = bench.app.quotas.of(&bench.tenant);
        assert_eq!((own.concurrent_runs, own.log_lines_per_run), (Some(2), Some(6)), "and so is this node");
    }
}
