//! What runs of a workflow came to and what they cost: seen by who wrote it and by who installed it, over real runs.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::people::{open, owner, post, tenant_of};
use crate::harness::{LONG, both, eventually};

const PRICED: &str = include_str!("workflows/priced.ts");

both! {
    async fn each_run_of_another_workspaces_workflow_is_counted_and_charged_once(db: Database) {
        let server = open(db).start().await;
        let developer = owner(&server, "dev@example.com", "maker").await;
        let client = owner(&server, "ada@example.com", "acme").await;
        let tenant = tenant_of(&server, &client).await;
        let deployed = post(&server, &developer, "/api/developer/workflows", json!({"files": {"workflow.ts": PRICED}}), 201).await;
        let workflow = deployed["workflow_id"].as_str().unwrap().to_owned();
        let own = post(&server, &developer, "/api/installations", json!({"workflow": "priced", "activate": true}), 201).await;
        let installed = post(&server, &client, "/api/installations", json!({"workflow": workflow, "activate": true}), 201).await;
        let trigger = async |token: &str, installation: &Value, data: Value| {
            post(&server, token, &format!("/api/installations/{}/trigger", installation["id"].as_str().unwrap()), json!({"data": data}), 202).await
        };
        join_all((0..103).map(|n| trigger(&client, &installed, json!({"n": n, "fail": n < 3})))).await;
        join_all((0..5).map(|n| trigger(&developer, &own, json!({"n": n})))).await;
        let get = async |token: &str, path: &str| {
            let (status, answer) = server.api_as(token, "GET", path, None).await;
            assert_eq!(status, 200, "{answer}");
            answer
        };
        let figures = format!("/api/workflows/{workflow}/analytics");
        let all = eventually("all have ended", LONG, async || {
            let all = get(&developer, &figures).await;
            (all["executions"]["open"] == 0 && all["executions"]["total"] == 108).then_some(all)
        })
        .await;
        assert_eq!((&all["executions"]["completed"], &all["executions"]["failed"]), (&json!(105), &json!(3)));
        assert!(!all.to_string().contains("told to fail"), "the developer reads no text of others: {all}");
        let theirs = get(&client, &figures).await;
        assert_eq!((&theirs["executions"]["total"], &theirs["errors"][0]["message"]), (&json!(103), &json!("told to fail, number #")));

        let usage = get(&client, &format!("/api/workflows/{workflow}/usage")).await;
        let kinds: Vec<_> = usage["installations"][0]["runs"].as_array().unwrap().iter().map(|kind| (kind["kind"].as_str().unwrap(), kind["runs"].as_i64().unwrap(), kind["units"].as_i64().unwrap())).collect();
        assert_eq!(kinds, [("charged", 2, 1_000), ("credit", 100, 0), ("free", 1, 0)], "{usage}");
        assert_eq!((&usage["amount_cents"], &usage["credit_left"]), (&json!(10), &json!(0)));
        assert_eq!(get(&developer, &format!("/api/workflows/{workflow}/usage")).await["amount_cents"], 0);

        let listed = get(&client, &format!("/api/workflows/{workflow}/executions?status=failed&limit=1")).await;
        let one = &listed["data"][0];
        assert_eq!((&one["organization_id"], &one["steps_total"], &one["trigger_type"]), (&json!(tenant), &json!(1), &json!("manual")));
        assert!(one["user_id"].as_str().unwrap().starts_with("usr_"), "{one}");
        let rows = get(&client, &format!("/api/workflows/{workflow}/audit?event=execute&limit=200")).await;
        assert_eq!(rows["data"].as_array().unwrap().len(), 103, "the end of each run is in the log of whose run it was");

        let command = server.cli_json(&["analytics", &workflow, "--api-key", &client]).await;
        assert_eq!(command["executions"]["failed"], 3);
        let command = server.cli_json(&["executions", &workflow, "--status", "failed", "--api-key", &client]).await;
        assert_eq!(command["data"].as_array().unwrap().len(), 3);
        let printed = server.cli(&["logs", "--workflow", &workflow, "--status", "failed", "--api-key", &client]).await;
        assert_eq!((printed.code, printed.stdout.matches("begun").count()), (0, 3), "{} {}", printed.stdout, printed.stderr);
        let earned = server.cli_json(&["developer", "earnings", "--period", "year", "--api-key", &developer]).await;
        assert_eq!(earned["revenue"]["total"], 0, "fees per run are the platform's");
    }
}
