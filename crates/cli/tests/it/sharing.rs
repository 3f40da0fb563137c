//! A workflow that another workspace runs: it stops when access is taken back, wherever its runs are.

use std::time::{Duration, Instant};

use futures::future::join_all;
use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::people::{open, owner, post, tenant_of};
use crate::harness::{LONG, Server, both, eventually};

const SHARED: &str = include_str!("workflows/shared_tool.ts");
const OPERATOR: &str = "operators-own-token-of-tests";

async fn start(server: &Server, token: &str, installation: &str, data: Value) -> String {
    let started = post(server, token, &format!("/api/installations/{installation}/trigger"), json!({"data": data}), 202).await;
    started["run_id"].as_str().unwrap().to_owned()
}

async fn run(server: &Server, token: &str, id: &str) -> Value {
    let (status, shown) = server.api_as(token, "GET", &format!("/api/runs/{id}"), None).await;
    assert_eq!(status, 200, "{shown}");
    shown
}

async fn until(server: &Server, token: &str, id: &str, states: &[&str]) -> Value {
    eventually(&format!("run {id} is {states:?}"), LONG, async || Some(run(server, token, id).await).filter(|r| r["status"].as_str().is_some_and(|s| states.contains(&s)))).await
}

both! {
    async fn none_starts_or_goes_on_when_access_is_taken_back(db: Database) {
        let gate = StandIn::start("gate", |_| Reply::json(200, &json!({}))).await.unwrap();
        let server = open(db).host("gate.example", &gate).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).start().await;
        let developer = owner(&server, "dev@example.com", "maker").await;
        let client = owner(&server, "ada@example.com", "acme").await;
        let tenant = tenant_of(&server, &client).await;
        let deployed = post(&server, &developer, "/api/developer/workflows", json!({"files": {"workflow.ts": SHARED}}), 201).await;
        let workflow = deployed["workflow_id"].as_str().unwrap().to_owned();
        let grants = format!("/api/developer/workflows/{workflow}/grants");
        let grant = post(&server, &developer, &grants, json!({"type": "organization", "value": tenant}), 201).await;
        let installed = post(&server, &client, "/api/installations", json!({"workflow": "shared-tool", "activate": true}), 201).await;
        let installation = installed["id"].as_str().unwrap();

        let mut waiting = Vec::new();
        for n in 0..10 {
            waiting.push(start(&server, &client, installation, json!({"wait": true, "n": n})).await);
        }
        for id in &waiting {
            until(&server, &client, id, &["waiting"]).await;
        }
        // One at a time: the first one stands at the gate, a hundred behind it.
        let set = server.cli_json(&["quotas", "set", "--tenant", &tenant, "--api-key", OPERATOR, "concurrent_runs=1"]).await;
        assert_eq!(set["limits"]["concurrent_runs"], 1);
        gate.hold_after(0);
        let at_work = start(&server, &client, installation, json!({"n": "at work"})).await;
        eventually("it stands at the gate", LONG, async || (gate.count() == 1).then_some(())).await;
        let queued = join_all((0..100).map(|n| start(&server, &client, installation, json!({"n": n})))).await;

        let revoked = Instant::now();
        let (status, answer) = server.api_as(&developer, "DELETE", &format!("{grants}/{}", grant["id"].as_str().unwrap()), None).await;
        assert_eq!(status, 204, "{answer}");
        let shown = eventually("the installation stops", LONG, async || {
            let (_, shown) = server.api_as(&client, "GET", &format!("/api/installations/{installation}"), None).await;
            (shown["status_reason"] == "access_revoked").then_some(shown)
        })
        .await;
        assert!(revoked.elapsed() < Duration::from_secs(5), "{:?}", revoked.elapsed());
        assert_eq!(shown["status"], "paused", "{shown}");
        let (status, refused) = server.api_as(&client, "POST", &format!("/api/installations/{installation}/trigger"), Some(json!({}))).await;
        assert_eq!((status, &refused["code"]), (403, &json!("ACCESS_DENIED")));
        // What they waited for comes too late.
        post(&server, &client, "/api/events", json!({"name": "go", "data": {}}), 200).await;

        gate.release();
        assert_eq!(until(&server, &client, &at_work, &["completed", "failed", "skipped"]).await["status"], "completed", "what was at work finishes");
        for id in queued.iter().chain(&waiting) {
            let ended = until(&server, &client, id, &["completed", "failed", "cancelled", "skipped"]).await;
            assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!("skipped"), &json!("access_revoked")), "{ended}");
        }
        assert_eq!(gate.count(), 1, "nothing went out for any of them");
    }
}
