//! What the operator decides about a workspace holds for its runs, on both databases.

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{LONG, Setup, both, eventually};

const CHATTY: &str = include_str!("workflows/chatty.ts");
const HOARDER: &str = include_str!("workflows/hoarder.ts");
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

    async fn stored_bytes_are_refused_to_the_workflow(db: Database) {
        let server = Setup::on(db).env("MILLRACE_QUOTA_STORED_BYTES", "100000").start().await;
        let installation = server.install(HOARDER, json!({}), json!({})).await;
        let output = async |data: Value| {
            let run = server.trigger(&installation, data).await;
            server.completed(&run).await["output"].clone()
        };
        for n in 0..9 {
            assert_eq!(output(json!({"key": format!("k{n}"), "bytes": 10_000, "kv": n % 2 == 0})).await["stored"], true);
        }
        // Over the limit only within a measurement: another 20,000 bytes never fit, whenever it is measured.
        let refused = eventually("it is measured", LONG, async || {
            let output = output(json!({"key": "more", "bytes": 20_000})).await;
            output["code"].is_string().then_some(output)
        })
        .await;
        assert_eq!(refused["code"], "QUOTA_EXCEEDED");
        assert!(refused["message"].as_str().unwrap().contains("100000 bytes"), "{refused}");
        let used = async || server.cli_json(&["quotas", "show"]).await["usage"]["stored_bytes"].as_u64().unwrap();
        let full = eventually("the figure is fresh", LONG, async || Some(used().await).filter(|n| *n > 80_000)).await;
        assert!(full <= 90_000 + 20_000 + 1_000, "{full}");
        for key in ["more", "k1", "k3"] {
            output(json!({"key": key, "remove": true})).await;
        }
        eventually("room that was made is noticed", LONG, async || {
            let output = output(json!({"key": "again", "bytes": 20_000})).await;
            output["stored"].as_bool()
        })
        .await;
    }

    async fn what_runs_leave_is_limited_for_their_workspace(db: Database) {
        let server = Setup::on(db).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).start().await;
        let installation = server.install(HOARDER, json!({}), json!({})).await;
        // A journal of its own, and an input that is kept as a payload.
        let mut state = 88_172_645_463_325_252_u64;
        let mut letter = || {
            // A text without patterns, so that it stays large when it is compressed.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(b'a' + u8::try_from(state >> 60).unwrap())
        };
        let random: String = (0..60_000).map(|_| letter()).collect();
        let run = server.trigger(&installation, json!({"key": "k", "bytes": 5_000, "text": random})).await;
        server.completed(&run).await;
        let left = eventually("it is measured", LONG, async || {
            let usage = server.cli_json(&["quotas", "show"]).await["usage"].clone();
            usage["run_bytes"].as_u64().filter(|n| *n > 20_000)
        })
        .await;
        assert!(left < 100_000, "compressed, and the journal shows arguments: {left}");
        let tenant = server.cli_json(&["quotas", "show"]).await["tenant_id"].as_str().unwrap().to_owned();
        server.cli_json(&["quotas", "set", "--tenant", &tenant, "--api-key", OPERATOR, "run_bytes=20000"]).await;
        let path = format!("/api/installations/{}/trigger", installation["id"].as_str().unwrap());
        let refused = eventually("new runs are refused", LONG, async || {
            let (status, answer) = server.api("POST", &path, Some(json!({"data": {"key": "k", "bytes": 1}}))).await;
            (status == 429).then_some(answer)
        })
        .await;
        assert_eq!((&refused["code"], &refused["errors"][0]["field"]), (&json!("QUOTA_EXCEEDED"), &json!("run_bytes")));
        server.cli_json(&["quotas", "set", "--tenant", &tenant, "--api-key", OPERATOR, "run_bytes=10000000"]).await;
        let again = server.trigger(&installation, json!({"key": "k", "bytes": 1})).await;
        server.completed(&again).await;
    }
}
