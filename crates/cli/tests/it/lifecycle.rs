//! Lifecycle functions of installations: `onEnable`, `onDisable`, `onDelete`, called as durable runs by real servers.

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{LONG, Server, Setup, both, eventually};

const LIVING: &str = include_str!("workflows/living.ts");

/// A service that is told of each turn; it refuses what is asked for with `?refuse`.
async fn crm() -> StandIn {
    let answer = |request: &millrace_cli::demo::Request| Reply::json(if request.path.contains("refuse") { 500 } else { 200 }, &json!({}));
    StandIn::start("crm", answer).await.unwrap()
}

/// Deploys and installs, not active.
async fn installed(server: &Server, config: Value) -> String {
    let deployed = server.ok("POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": LIVING}}))).await;
    let made = server.ok("POST", "/api/installations", Some(json!({"workflow": deployed["workflow_id"], "config": config}))).await;
    format!("/api/installations/{}", made["id"].as_str().unwrap())
}

async fn until_status(server: &Server, path: &str, status: &str) {
    let what = format!("{path} becomes {status}");
    eventually(&what, LONG, async || (server.ok("GET", path, None).await["status"] == status).then_some(())).await;
}

/// What the service was told, in order.
fn told(crm: &StandIn) -> Vec<String> {
    crm.requests().iter().map(|request| request.path.clone()).collect()
}

both! {
    async fn an_installation_lives_and_its_workflow_is_told(db: Database) {
        let crm = crm().await;
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let path = installed(&server, json!({"greeting": "hello"})).await;
        let active = server.ok("POST", &format!("{path}/activate"), None).await;
        assert_eq!((active["status"].as_str(), told(&crm)), (Some("active"), vec!["/enabled/hello/manual".to_owned()]), "the answer waits for it");
        let runs = server.ok("GET", "/api/runs", None).await;
        assert_eq!((&runs["data"][0]["trigger"], &runs["data"][0]["status"]), (&json!("lifecycle onEnable"), &json!("completed")));
        let (status, refused) = server.api("PATCH", &path, Some(json!({"config": {"greeting": "bad"}}))).await;
        assert_eq!((status, refused["code"].as_str()), (400, Some("INVALID_CONFIG")));
        server.ok("PATCH", &path, Some(json!({"config": {"greeting": "hi"}}))).await;
        server.ok("POST", &format!("{path}/pause"), None).await;
        eventually("onDisable is called", LONG, async || told(&crm).contains(&"/disabled/hi".to_owned()).then_some(())).await;
        assert_eq!(told(&crm), ["/enabled/hello/manual", "/changed/hi", "/disabled/hi"], "one after another");
        let (status, _) = server.api("DELETE", &format!("{path}?permanent=true"), None).await;
        assert_eq!(status, 204);
        assert_eq!(told(&crm).last().map(String::as_str), Some("/deleted/hi"), "it was not active, so it is not disabled again");
        assert_eq!(server.api("GET", &path, None).await.0, 404);
    }

    async fn a_function_that_fails_says_why(db: Database) {
        let crm = crm().await;
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let path = installed(&server, json!({"greeting": "refuse"})).await;
        let (status, refused) = server.api("POST", &format!("{path}/activate"), None).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("HOOK_FAILED")), "{refused}");
        assert!(refused["detail"].as_str().unwrap().contains("the crm says 500"), "{refused}");
        let shown = server.ok("GET", &path, None).await;
        assert_eq!((&shown["status"], &shown["status_reason"]), (&json!("installed"), &json!("hook_failed")));
        let (status, refused) = server.api("DELETE", &format!("{path}?permanent=true"), None).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("HOOK_FAILED")), "{refused}");
        assert_eq!(server.ok("GET", &path, None).await["status"], "uninstalled", "nothing was erased");
        let (status, _) = server.api("DELETE", &format!("{path}?permanent=true&force=true"), None).await;
        assert_eq!(status, 204);
        assert_eq!(server.api("GET", &path, None).await.0, 404);
    }

    async fn a_killed_server_finishes_an_activation(db: Database) {
        let crm = crm().await;
        crm.hold_after(0);
        let mut server = Setup::on(db).host("crm.example", &crm).start().await;
        let path = installed(&server, json!({"greeting": "hello"})).await;
        let asked = tokio::spawn({
            let (url, key) = (format!("{}{path}/activate", server.url()), server.api_key().to_owned());
            async move { reqwest::Client::new().post(url).bearer_auth(key).send().await.map(drop) }
        });
        eventually("onEnable asks the service", LONG, async || (crm.count() > 0).then_some(())).await;
        until_status(&server, &path, "activating").await;
        server.kill9().await;
        drop(asked.await);
        crm.release();
        server.restart().await;
        until_status(&server, &path, "active").await;
    }

    async fn a_picker_offers_what_the_account_has(db: Database) {
        let channels = json!({"ok": true, "channels": [{"id": "C1", "name": "general"}, {"id": "C2", "name": "sales"}, {"id": "C3", "name": "presales"}]});
        let slack = StandIn::start("slack", move |_| Reply::json(200, &channels)).await.unwrap();
        let server = Setup::on(db).host("slack.com", &slack).start().await;
        let source = "import { defineWorkflow, manual } from '@millrace/sdk';
            export default defineWorkflow({ name: 'Picking', version: '1.0.0', integrations: [{ service: 'slack' }], trigger: manual(),
              inputs: { channel: { type: 'slack_channel_picker' }, list: { type: 'text', pickerType: 'slack:canvas' } },
              async execute() { return {}; } });";
        let made = server.install(source, json!({}), json!({"slack": {"access_token": "xoxb-1"}})).await;
        let path = format!("/api/installations/{}/pickers", made["id"].as_str().unwrap());
        let found = server.ok("GET", &format!("{path}/channel?q=sales"), None).await;
        let offered: Vec<(&str, &str, &str)> = found["data"].as_array().unwrap().iter().map(|c| (c["id"].as_str().unwrap(), c["name"].as_str().unwrap(), c["tier"].as_str().unwrap())).collect();
        assert_eq!(offered, [("C3", "presales", "fair"), ("C2", "sales", "fair"), ("C1", "general", "poor")]);
        assert!(slack.requests().iter().all(|request| request.bears("xoxb-1")));
        assert_eq!(server.api("GET", &format!("{path}/list"), None).await.1["code"], "NOT_A_PICKER");
        slack.answer_with(|_| Reply::json(200, &json!({"ok": false, "error": "missing_scope"})));
        let (status, refused) = server.api("GET", &format!("{path}/channel"), None).await;
        assert_eq!((status, refused["code"].as_str()), (502, Some("PROVIDER_FAILED")), "{refused}");
        // The account does not let us in any more: a person is asked to connect it again.
        slack.answer_with(|_| Reply::json(200, &json!({"ok": false, "error": "invalid_auth"})));
        let (status, refused) = server.api("GET", &format!("{path}/channel"), None).await;
        assert_eq!((status, refused["code"].as_str(), refused["errors"][0]["field"].as_str()), (409, Some("CREDENTIALS_EXPIRED"), Some("connections.slack")), "{refused}");
    }
}
