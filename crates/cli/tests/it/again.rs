//! What `onError` answers, and what the server says of a result.

use millrace_cli::demo::{Reply, StandIn};
use serde_json::json;

use crate::harness::{LONG, Setup, both, eventually};

const AGAIN: &str = include_str!("workflows/again.ts");

both! {
    async fn a_run_that_says_so_is_tried_again(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(AGAIN, json!({}), json!({})).await;
        let first = server.trigger(&installation, json!({"fails": 1})).await;
        let failed = server.ended(&first).await;
        let error = &failed["error"];
        assert_eq!((failed["status"].as_str(), &error["message"], &error["code"], &error["retryable"]), (Some("failed"), &json!("down 200"), &json!("provider_down"), &json!(true)));
        let second = error["retried_as"].as_str().unwrap_or_else(|| panic!("{failed:#}"));
        let done = server.completed(second).await;
        assert_eq!((&done["retry_of"], &done["attempt"], &done["output"]["attempt"]), (&json!(first), &json!(2), &json!(2)));
        // The one call to the outside counts; the time is that of the journal, so the same at every replay.
        let facts = &done["output"]["metadata"];
        assert!(facts["actionsExecuted"] == 1 && facts["executionTimeMs"].as_u64().is_some_and(|ms| ms < 60_000), "{done:#}");
        assert_eq!(server.ok("GET", "/api/runs?limit=10", None).await["data"].as_array().unwrap().len(), 2, "nobody else began");

        let logs = server.cli(&["logs", &first]).await.stdout;
        assert!(logs.contains("trying again") && !logs.contains("onError failed"), "{logs}");
        let told = server.ok("GET", &format!("/api/runs/{first}"), None).await["journal"].to_string();
        assert!(told.contains(r#"["down 200","provider_down",true,true]"#) || told.contains(r#"[\"down 200\",\"provider_down\",true,true]"#), "{told}");
        let file = server.file("again.json", &json!({}));
        server.cli_json(&["runs", "pull", &first, "-o", &file]).await;
        assert_eq!(server.cli_json(&["replay", &file]).await["same"], true);
    }

    async fn a_child_is_not_tried_again_because_its_parent_decides(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        server.install(AGAIN, json!({}), json!({})).await;
        let parent = "import { defineWorkflow, invoke, manual } from '@millrace/sdk';
            export default defineWorkflow({ name: 'Parent', version: '1.0.0', integrations: [], trigger: manual(),
              async execute() { try { return await invoke('again', { fails: 9 }); } catch (error: any) { return { told: error.message }; } } });";
        let installation = server.install(parent, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({})).await;
        assert_eq!(server.completed(&run).await["output"], json!({"told": "down 200"}));
        let children = eventually("the child is listed", LONG, async || {
            let all = server.ok("GET", "/api/runs?status=failed", None).await["data"].clone();
            (all.as_array().unwrap().len() == 1).then_some(all)
        })
        .await;
        assert!(children[0]["error"]["retried_as"].is_null(), "{children}");
    }
}
