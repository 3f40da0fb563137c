//! Starting, stopping, and what a server says of itself.

use std::time::Duration;

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{Database, LONG, Setup, binary, both, eventually};

const COUNTED: &str = include_str!("workflows/counted.ts");

both! {
    async fn a_health_check_says_how_the_server_is(db: Database) {
        let server = Setup::on(db.clone()).start().await;
        // It needs no key.
        let answer = reqwest::get(format!("{}/api/health", server.url())).await.unwrap();
        assert_eq!(answer.status(), 200);
        let health: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(health["ok"], true);
        assert_eq!(health["sandbox"]["isolation"], "process");
        assert!(health["version"].is_string() && health["database"] != Value::Null);
        assert!(health["warnings"].to_string().contains("MILLRACE_TEST_CLOCK"), "what is for tests only is loud: {health}");
        assert!(server.log().contains("MILLRACE_TEST_CLOCK"));
        let told = server.cli(&["health"]).await;
        assert_eq!(told.code, 0);
        assert!(told.stdout.contains("well"), "{}", told.stdout);
    }

    async fn a_request_to_stop_drains_and_loses_nothing(db: Database) {
        let service = StandIn::start("counter", |_| Reply::json(200, &json!({"ok": true}))).await.unwrap();
        let mut server = Setup::on(db).host("counter.example", &service).start().await;
        let installation = server.install(COUNTED, json!({}), json!({})).await;
        service.hold_after(0);
        let mut runs = Vec::new();
        for n in 0..3 {
            runs.push(server.trigger(&installation, json!({"n": n})).await);
        }
        eventually("calls are in flight", LONG, async || (service.count() == 3).then_some(())).await;
        let opener = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            service.release();
        };
        let (code, ()) = tokio::join!(server.terminate(), opener);
        assert_eq!(code, Some(0), "it ends in order");
        server.restart().await;
        for run in &runs {
            server.completed(run).await;
        }
        assert_eq!(service.count(), 3, "what was in flight was finished, not repeated");
    }

    async fn nothing_is_told_without_a_key(db: Database) {
        let mut server = Setup::on(db).start().await;
        let owner = server.api_key().to_owned();
        for (key, code) in [("", "UNAUTHORIZED"), ("mr_00000000000000000000000000_00", "INVALID_API_KEY"), ("nonsense", "UNAUTHORIZED")] {
            server.use_key(key);
            for (method, path) in [("GET", "/api/runs"), ("GET", "/api/installations"), ("POST", "/api/developer/workflows"), ("GET", "/api/connections")] {
                let (status, answer) = server.api(method, path, (method == "POST").then(|| json!({"files": {}}))).await;
                assert_eq!((status, answer["code"].as_str()), (401, Some(code)), "{method} {path} with `{key}`");
            }
        }
        let refused = server.cli(&["runs", "list", "--json"]).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (4, Some("UNAUTHORIZED")));
        server.use_key(&owner);
        server.ok("GET", "/api/runs", None).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_documents_itself() {
    let server = Setup::on(Database::Embedded).start().await;
    let document = server.ok("GET", "/api/openapi.json", None).await;
    let paths = document["paths"].as_object().unwrap();
    for path in ["/api/health", "/api/developer/workflows", "/api/installations/{id}/trigger", "/api/runs/{id}", "/api/webhooks/{trigger_id}", "/api/approvals/{id}/decide"] {
        assert!(paths.contains_key(path), "{path} is documented: {:?}", paths.keys().collect::<Vec<_>>());
    }
    for page in ["/api/docs", "/runs/run_x"] {
        let answer = reqwest::get(format!("{}{page}", server.url())).await.unwrap();
        assert_eq!(answer.status(), 200, "{page}");
        let text = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
        assert!(text.contains("<html") && !text.contains("https://cdn") && !text.contains("unpkg"), "{page} loads nothing from elsewhere");
    }
}

/// What `serve` says when it refuses to start.
async fn refusal(args: &[&str], env: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(binary());
    command.arg("serve").arg("--data").arg(dir.path()).args(["--listen", "127.0.0.1:0"]).args(args).env("NO_COLOR", "1").envs(env.iter().copied()).kill_on_drop(true);
    let done = tokio::time::timeout(Duration::from_secs(20), command.output()).await.expect("it ends by itself").unwrap();
    assert_ne!(done.status.code(), Some(0));
    String::from_utf8(done.stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_refuses_what_is_for_tests() {
    let for_tests = [("MILLRACE_TEST_CLOCK", "1"), ("MILLRACE_EGRESS_MAP", "a.example=http://127.0.0.1:1"), ("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_RATE_LIMITS", "off")];
    let said = refusal(&["--production"], &[&for_tests[..], &[("MILLRACE_PUBLIC_URL", "https://x.example")]].concat()).await;
    assert!(for_tests.iter().all(|(name, _)| said.contains(name)), "all are named at once: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_setting_is_explained() {
    for (args, env, word) in [
        (vec!["--roles", "cook"], vec![], "cook"),
        (vec!["--database-url", "mysql://x"], vec![], "postgres://"),
        (vec![], vec![("MILLRACE_SANDBOX", "none")], "process"),
    ] {
        let said = refusal(&args, &env).await;
        assert!(said.contains(word) && said.contains("CONFIGURATION_INVALID"), "{args:?} {env:?}: {said}");
    }
}
