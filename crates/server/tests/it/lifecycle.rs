//! Starting, stopping, roles, the test clock.

use std::time::{Duration, Instant};

use millrace_db::testing;
use millrace_server::config::ServeOptions;
use millrace_server::{ServeError, Server};
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{config, refused, start, start_in};

#[tokio::test]
async fn health_says_what_an_operator_must_know() {
    let running = start(&[("MILLRACE_EGRESS_MAP", "api.zoom.us=http://127.0.0.1:7001"), ("MILLRACE_TEST_CLOCK", "1")]).await;
    let response = running.stranger(Method::GET, "/api/health").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let health: Value = response.json().await.unwrap();
    assert_eq!(health["ok"], true);
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["database"], json!({"kind": "sqlite", "ok": true}));
    assert_eq!(health["nodes"], 1);
    assert_eq!(health["roles"], json!(["api", "worker", "scheduler"]));
    assert_eq!(health["sandbox"]["isolation"], "inline");
    let warnings = health["warnings"].to_string();
    for word in ["MILLRACE_EGRESS_MAP", "MILLRACE_TEST_CLOCK", "MILLRACE_SANDBOX=inline"] {
        assert!(warnings.contains(word), "{word} is missing in {warnings}");
    }
    running.server.stop().await;
}

#[tokio::test]
async fn a_start_is_quick_and_a_restart_knows_its_owner() {
    // On PostgreSQL: an embedded file stays locked for this process, which outlives its servers here.
    let options = ServeOptions { database_url: Some(testing::postgres_url().await), ..ServeOptions::default() };
    let running = start_in(tempfile::tempdir().unwrap(), options.clone(), &[]).await;
    let (key, tenant) = (running.key.clone(), running.tenant.clone());
    assert!(key.starts_with("mr_") && tenant.starts_with("org_"));
    running.server.stop().await;
    let started = Instant::now();
    let again = start_in(running.dir, options, &[]).await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!((&again.key, &again.tenant), (&key, &tenant));
    let file: Value = serde_json::from_slice(&std::fs::read(again.dir.path().join("bootstrap.json")).unwrap()).unwrap();
    assert_eq!(file["url"], again.url, "the file names the port of this start");
    assert_eq!(again.get("/api/connections").await.status(), 200);
    again.server.stop().await;
}

#[tokio::test]
async fn stopping_lets_running_requests_finish_and_frees_the_port() {
    let running = start(&[]).await;
    let address = running.server.address;
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = r#"{"service": "notion", "fields": {"access_token": "t"}}"#;
    let head = format!("POST /api/connections HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", running.key, body.len());
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let stopping = tokio::spawn(running.server.stop());
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!stopping.is_finished(), "a request is under way");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "no new connections");
    tokio::io::AsyncWriteExt::write_all(&mut stream, body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    tokio::time::timeout(Duration::from_secs(5), stopping).await.unwrap().unwrap();
    assert!(std::net::TcpListener::bind(address).is_ok());
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_the_stop_up() {
    let running = start(&[("MILLRACE_DRAIN_TIMEOUT_MS", "500")]).await;
    let mut stream = tokio::net::TcpStream::connect(running.server.address).await.unwrap();
    let head = format!("POST /api/connections HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: 50\r\n\r\n", running.key);
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let started = Instant::now();
    running.server.stop().await;
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_node_without_the_api_role_shows_only_its_health() {
    let running = start_in(tempfile::tempdir().unwrap(), ServeOptions { roles: Some("worker,scheduler".into()), ..ServeOptions::default() }, &[]).await;
    let health: Value = running.get("/api/health").await.json().await.unwrap();
    assert_eq!(health["roles"], json!(["worker", "scheduler"]));
    for path in ["/api/connections", "/api/openapi.json", "/api/docs"] {
        refused(running.get(path).await, 404, "UNKNOWN_ROUTE").await;
    }
    running.server.stop().await;
}

#[tokio::test]
async fn the_test_clock_moves_and_only_exists_when_asked_for() {
    let running = start(&[("MILLRACE_TEST_CLOCK", "1")]).await;
    let set = async |body: Value| running.stranger(Method::POST, "/api/test/clock").json(&body).send().await.unwrap();
    let answer: Value = set(json!({"now": "2031-05-06T07:08:09Z"})).await.json().await.unwrap();
    assert!(answer["now"].as_str().unwrap().starts_with("2031-05-06T07:08:09"), "{answer}");
    let body = json!({"service": "notion", "fields": {"access_token": "t"}});
    let made: Value = running.owner(Method::POST, "/api/connections").json(&body).send().await.unwrap().json().await.unwrap();
    assert!(made["created_at"].as_str().unwrap().starts_with("2031-05-06T07:08:"), "{made}");
    let refusal = refused(set(json!({"now": "tomorrow"})).await, 400, "INVALID_REQUEST").await;
    assert_eq!(refusal["errors"][0]["field"], "now");
    running.server.stop().await;
}

#[tokio::test]
async fn two_nodes_on_one_postgres_share_workspace_keys_and_secrets() {
    let url = testing::postgres_url().await;
    let options = || ServeOptions { database_url: Some(url.clone()), ..ServeOptions::default() };
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Both at once: one bootstraps, both come up.
    let (one, two) = tokio::join!(Box::pin(start_in(a, options(), &[])), Box::pin(start_in(b, options(), &[])));
    let (first, second) = if one.key.is_empty() { (two, one) } else { (one, two) };
    assert!(!first.key.is_empty() && second.key.is_empty(), "exactly one has the key");
    let body = json!({"service": "notion", "fields": {"access_token": "shared-secret"}});
    let made: Value = first.owner(Method::POST, "/api/connections").json(&body).send().await.unwrap().json().await.unwrap();
    let id = made["id"].as_str().unwrap();
    let seen = second.client.get(format!("{}/api/connections/{id}", second.url)).bearer_auth(&first.key).send().await.unwrap();
    assert_eq!(seen.status(), 200);
    let tenant = first.tenant.parse().unwrap();
    let credentials = millrace_server::connections::service::credentials(&second.server.app, &tenant, &id.parse().unwrap()).await.unwrap();
    assert_eq!(credentials.get("access_token"), Some("shared-secret"));
    let health: Value = second.get("/api/health").await.json().await.unwrap();
    assert_eq!((&health["nodes"], &health["database"]["kind"]), (&json!(2), &json!("postgres")));
    assert!(health["warnings"].to_string().contains("master key"));
    first.server.stop().await;
    second.server.stop().await;
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let running = start(&[]).await;
    let second = Server::start(config(running.dir.path(), ServeOptions::default(), &[])).await;
    let error = second.err().unwrap().to_string();
    assert!(error.contains("in use by another process") && error.contains("PostgreSQL"), "{error}");

    let other = tempfile::tempdir().unwrap();
    let mut taken = config(other.path(), ServeOptions::default(), &[]);
    taken.listen.address = running.server.address;
    let error = Server::start(taken).await.err().unwrap();
    assert!(matches!(error, ServeError::Listen(..)) && error.to_string().contains("--listen"), "{error}");
    running.server.stop().await;

    let missing = config(other.path(), ServeOptions::default(), &[("MILLRACE_MASTER_KEY_FILE", "/nowhere/key")]);
    let error = Server::start(missing).await.err().unwrap().to_string();
    assert!(error.contains("/nowhere/key"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_still_starting_is_waited_for() {
    let mut postgres = tokio::task::spawn_blocking(testing::PostgresServer::start).await.unwrap();
    let url = postgres.url("postgres");
    postgres.kill();
    let dir = tempfile::tempdir().unwrap();
    let options = ServeOptions { database_url: Some(url), ..ServeOptions::default() };
    let starting = Server::start(config(dir.path(), options.clone(), &[("MILLRACE_DATABASE_PATIENCE_S", "60")]));
    let restart = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        tokio::task::spawn_blocking(move || {
            postgres.restart();
            postgres
        })
        .await
        .unwrap()
    };
    let (server, mut postgres) = tokio::join!(Box::pin(starting), restart);
    server.unwrap().stop().await;
    postgres.kill();
    let gone = tempfile::tempdir().unwrap();
    let error = Server::start(config(gone.path(), options, &[("MILLRACE_DATABASE_PATIENCE_S", "0")])).await.err().unwrap().to_string();
    assert!(error.contains("127.0.0.1") && !error.contains("postgres://millrace@"), "the address without its user: {error}");
}
