//! What the operator decides about a workspace holds for its runs, on both databases.

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{LONG, Setup, both, eventually};

const CHATTY: &str = include_str!("workflows/chatty.ts");
const OPERATOR: &str = "operators-own-token-of-tests";

both! {
    async fn one_run_at_a_time_and_three_lines_each(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).start().await;
        let installation = server.install(CHATTY, json!({}), json!({})).await;
        let shown = server.cli_json(&["quotas", "show"]).await;
        let tenant = shown["tenant_id"].as_str().unwrap();
        let refused = server.cli(&["quotas", "set", "--tenant", tenant, "concurrent_runs=1", "--json"]).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (4, Some("UNAUTHORIZED")), "an owner does not decide");
        let set = server.cli_json(&["quotas", "set", "--tenant", tenant, "--api-key", OPERATOR, "concurrent_runs=1", "log_lines_per_run=3"]).await;
        assert_eq!((&set["limits"]["concurrent_runs"], &set["limits"]["log_lines_per_run"]), (&json!(1), &json!(3)));

        crm.hold_after(0);
        let mut runs = Vec::new();
        for _ in 0..3 {
            runs.push(server.trigger(&installation, json!({})).await);
        }
        eventually("the first one is performed", LONG, async || (crm.count() == 1).then_some(())).await;
        let mut states = Vec::new();
        for run in &runs {
            states.push(server.run(run).await["status"].as_str().unwrap().to_owned());
        }
        states.sort();
        assert_eq!(states, ["queued", "queued", "running"]);
        crm.release();
        for run in &runs {
            server.completed(run).await;
            let logs = server.ok("GET", &format!("/api/runs/{run}/logs"), None).await;
            let messages: Vec<&str> = logs["data"].as_array().unwrap().iter().map(|l| l["message"].as_str().unwrap()).collect();
            assert_eq!(messages, ["line 1", "line 2", "This run has logged 3 lines; further ones are left out."]);
        }
    }

    async fn a_rate_says_when_to_come_back(db: Database) {
        let server = Setup::on(db).env("MILLRACE_QUOTA_RUNS_PER_MINUTE", "2").start().await;
        let installation = server.install(CHATTY, json!({}), json!({})).await;
        let path = format!("{}/api/installations/{}/trigger", server.url(), installation["id"].as_str().unwrap());
        let start = async || reqwest::Client::new().post(&path).bearer_auth(server.api_key()).header("content-type", "application/json").body("{}").send().await.unwrap();
        assert!(start().await.status().is_success() && start().await.status().is_success());
        let refused = start().await;
        assert_eq!(refused.status(), 429);
        let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        let body: Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
        assert_eq!((&body["code"], &body["errors"][0]["field"]), (&json!("QUOTA_EXCEEDED"), &json!("runs_per_minute")));
    }
}
