//! The complete workflow examples run unmodified, end to end, from the command line to the services and back.

use millrace_cli::demo::{crm, notion, zoom};
use serde_json::{Value, json};

use crate::harness::{Server, Setup, both, send, zoom_ended};

fn example(name: &str) -> String {
    format!("{}/../../examples/workflows/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The secret and the address of the Zoom webhook.
fn zoom_webhook(installed: &Value) -> (String, String) {
    let webhook = installed["webhooks"].as_array().unwrap().iter().find(|w| w["service"] == "zoom").expect("a Zoom webhook");
    (webhook["url"].as_str().unwrap().to_owned(), webhook["signing_secret"].as_str().unwrap().to_owned())
}

/// Deploys, installs and activates an example by the commands that people type.
async fn install(server: &Server, name: &str, config: Value, connections: &[(&str, Value)]) -> Value {
    let deployed = server.cli_json(&["deploy", &example(name)]).await;
    for key in ["workflow_id", "version_id", "version", "name", "hash"] {
        assert!(deployed[key].is_string(), "deploy --json has {key}: {deployed}");
    }
    let config = server.file("config.json", &config);
    let files: Vec<String> = connections.iter().map(|(service, fields)| format!("{service}={}", server.file(&format!("{service}.json"), fields))).collect();
    let mut args = vec!["install", deployed["workflow_id"].as_str().unwrap(), "--config", &config, "--activate"];
    for file in &files {
        args.extend(["--connection", file]);
    }
    let installed = server.cli_json(&args).await;
    assert!(installed["installation_id"].as_str().unwrap().starts_with("inst_"));
    assert_eq!(installed["status"], "active");
    installed
}

both! {
    async fn acme_meeting_processor(db: Database) {
        let zoom_api = zoom::start("zoom-token-1".into()).await.unwrap();
        let notion_api = notion::start("notion-token-1".into()).await.unwrap();
        let crm_api = crm::start("crm-key-1".into()).await.unwrap();
        let server = Setup::on(db).host(zoom::HOST, &zoom_api).host(notion::HOST, &notion_api).host(crm::HOST, &crm_api).start().await;
        let config = json!({"crmEndpoint": crm::ENDPOINT, "crmApiKey": "crm-key-1", "notionDatabase": notion::DATABASE});
        let connections = [("zoom", json!({"access_token": "zoom-token-1"})), ("notion", json!({"access_token": "notion-token-1"}))];
        let installed = install(&server, "acme-meeting-processor", config, &connections).await;

        let (url, secret) = zoom_webhook(&installed);
        let (body, headers) = zoom_ended(&secret, zoom::MEETING, "delivery-1");
        let (status, accepted) = send(&url, &body, &headers).await;
        assert_eq!(status, 202, "{accepted}");
        let run = server.completed(accepted["run_id"].as_str().unwrap()).await;

        assert_eq!(run["output"]["success"], true);
        let kinds: Vec<&str> = run["journal"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["integration", "fetch", "integration"]);
        let line = run["logs"][0]["message"].as_str().unwrap();
        assert!(line.starts_with("Meeting processed") && line.contains("\"notionBackup\":true"), "{line}");
        assert_eq!((zoom_api.count(), crm_api.count(), notion_api.count()), (1, 1, 1));
        let sent = crm_api.requests()[0].json();
        assert_eq!((sent["meetingId"].as_u64(), sent["duration"].as_u64()), (Some(zoom::MEETING), Some(45)));
        assert_eq!(notion_api.requests()[0].json()["properties"]["Name"]["title"][0]["text"]["content"], sent["topic"]);

        let shown = server.cli_json(&["runs", "show", run["id"].as_str().unwrap()]).await;
        assert_eq!((shown["status"].as_str(), shown["journal"].as_array().unwrap().len()), (Some("completed"), 3));
        let listed = server.cli_json(&["runs", "list", "--status", "completed"]).await;
        assert_eq!(listed["data"][0]["id"], run["id"]);
    }

    async fn acme_without_the_optional_connection(db: Database) {
        let zoom_api = zoom::start("zoom-token-2".into()).await.unwrap();
        let crm_api = crm::start("crm-key-2".into()).await.unwrap();
        let server = Setup::on(db).host(zoom::HOST, &zoom_api).host(crm::HOST, &crm_api).start().await;
        let config = json!({"crmEndpoint": crm::ENDPOINT, "crmApiKey": "crm-key-2"});
        let installed = install(&server, "acme-meeting-processor", config, &[("zoom", json!({"access_token": "zoom-token-2"}))]).await;
        let (url, secret) = zoom_webhook(&installed);
        let (body, headers) = zoom_ended(&secret, zoom::MEETING, "delivery-2");
        let (_, accepted) = send(&url, &body, &headers).await;
        let run = server.completed(accepted["run_id"].as_str().unwrap()).await;
        assert!(run["logs"][0]["message"].as_str().unwrap().contains("\"notionBackup\":false"));
        assert_eq!(crm_api.count(), 1);
    }

    async fn client_crm_sync(db: Database) {
        let server = Setup::on(db).start().await;
        let installed = install(&server, "client-crm-sync", json!({"crmEndpoint": crm::ENDPOINT}), &[("zoom", json!({"access_token": "t"}))]).await;
        let (url, secret) = zoom_webhook(&installed);
        let (body, headers) = zoom_ended(&secret, zoom::MEETING, "delivery-3");
        let (status, accepted) = send(&url, &body, &headers).await;
        assert_eq!(status, 202, "{accepted}");
        server.completed(accepted["run_id"].as_str().unwrap()).await;
    }

    async fn enterprise_zoom_sync(db: Database) {
        let server = Setup::on(db).start().await;
        let config = json!({"zoomClientId": "id", "zoomClientSecret": "secret-of-zoom", "notionApiKey": "key-of-notion", "notionDatabase": notion::DATABASE});
        let connections = [("zoom", json!({"access_token": "t"})), ("notion", json!({"access_token": "n"}))];
        let installed = install(&server, "enterprise-zoom-sync", config, &connections).await;
        let (url, secret) = zoom_webhook(&installed);
        let body = json!({"event": "recording.completed", "event_ts": 1, "payload": {"account_id": "A", "object": {"id": 1, "uuid": "u", "topic": "t", "recording_files": []}}}).to_string();
        let headers = zoom::signed_headers(&secret, crate::harness::now_s(), &body, "delivery-4");
        let (status, accepted) = send(&url, &body, &headers).await;
        assert_eq!(status, 202, "{accepted}");
        server.completed(accepted["run_id"].as_str().unwrap()).await;
        // Another event of the same address starts nothing.
        let (body, headers) = zoom_ended(&secret, zoom::MEETING, "delivery-5");
        let (status, ignored) = send(&url, &body, &headers).await;
        assert_eq!((status, ignored["ignored"].as_bool()), (200, Some(true)), "{ignored}");
    }
}
