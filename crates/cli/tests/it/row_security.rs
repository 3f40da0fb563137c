//! The wall between workspaces inside PostgreSQL is turned off and on beside a working server, and copies keep it.

use std::collections::BTreeMap;

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{Clients, Database, LONG, Server, Setup, eventually};

const COUNTED: &str = include_str!("workflows/counted.ts");

async fn row_security(server: &Server, what: &str, url: &str) -> Value {
    server.cli_json(&["row-security", what, "--database-url", url]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_switched_under_load() {
    let service = StandIn::start("counter", |_| Reply::json(200, &json!({"ok": true}))).await.unwrap();
    let database = Database::postgres().await;
    let server = Setup::on(database.clone()).host("counter.example", &service).start().await;
    let url = database.url().unwrap();
    let first = row_security(&server, "status", url).await;
    assert_eq!((&first["state"], &first["open"], &first["warning"]), (&json!("on"), &json!([]), &Value::Null), "a new database has it: {first}");
    assert!(first["guarded"].as_u64().unwrap() > 25, "{first}");
    assert!(!server.ok("GET", "/api/health", None).await["warnings"].to_string().contains("row-level"));
    let installation = server.install(COUNTED, json!({}), json!({})).await;
    let key = server.api_key().to_owned();
    let clients = Clients::start(4, &installation, &key, &[&server]);
    for (what, state) in [("off", "off"), ("status", "off"), ("on", "on"), ("on", "on")] {
        let goal = clients.accepted() + 20;
        eventually("clients are at work", LONG, async || (clients.accepted() > goal).then_some(())).await;
        let status = row_security(&server, what, url).await;
        assert_eq!((&status["state"], status["warning"].is_null()), (&json!(state), state == "on"), "{what}: {status}");
    }
    let goal = clients.accepted() + 20;
    eventually("clients are at work", LONG, async || (clients.accepted() > goal).then_some(())).await;
    assert_eq!(clients.refused(), BTreeMap::new(), "nobody was told of it");
    for run in clients.finish().await.values() {
        server.completed(run).await;
    }
    let file = server.data().join("copy.tar.zst");
    let data = server.data().to_str().unwrap().to_owned();
    server.cli_json(&["backup", "--data", &data, "--database-url", url, "-o", file.to_str().unwrap()]).await;
    let copy = Database::postgres().await;
    server.cli_json(&["restore", file.to_str().unwrap(), "--data", &data, "--database-url", copy.url().unwrap()]).await;
    let status = row_security(&server, "status", copy.url().unwrap()).await;
    assert_eq!((&status["state"], &status["open"]), (&json!("on"), &json!([])), "{status}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_embedded_database_has_none() {
    let server = Setup::on(Database::Embedded).start().await;
    let done = server.cli(&["row-security", "status", "--data", server.data().to_str().unwrap(), "--json"]).await;
    assert_eq!((done.code, done.error()["code"].clone()), (1, json!("ROW_SECURITY_FAILED")), "{done:?}");
}
