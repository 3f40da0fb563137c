//! Several nodes share one PostgreSQL; the embedded file belongs to one process.

use std::collections::BTreeMap;
use std::time::Duration;

use millrace_cli::demo::{Reply, StandIn};
use serde_json::json;

use crate::harness::{Database, LONG, Output, Setup, binary, eventually};

const COUNTED: &str = include_str!("workflows/counted.ts");

/// Runs that two nodes share.
const RUNS: usize = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_share_a_thousand_runs_and_one_is_killed() {
    let service = StandIn::start("counter", |_| Reply::json(200, &json!({"ok": true}))).await.unwrap();
    let database = Database::postgres().await;
    let first = Setup::on(database.clone()).host("counter.example", &service).start().await;
    let mut second = Setup::on(database).host("counter.example", &service).start().await;
    second.use_key(first.api_key());
    let installation = first.install(COUNTED, json!({}), json!({})).await;
    let path = format!("/api/installations/{}/trigger", installation["id"].as_str().unwrap());
    let mut started = Vec::with_capacity(RUNS);
    for n in 0..RUNS {
        let node = if n % 2 == 0 { &first } else { &second };
        let answer = node.ok("POST", &path, Some(json!({"data": {"n": n}}))).await;
        started.push(answer["run_id"].as_str().unwrap().to_owned());
        if n == RUNS / 2 {
            eventually("the work is under way", LONG, async || (service.count() > 20).then_some(())).await;
            // From here on calls stay unanswered, so that both nodes have their hands full.
            service.hold_after(service.count() + 20);
        }
    }
    let mut calls = 0;
    eventually("both nodes have their hands full", LONG, async || {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = std::mem::replace(&mut calls, service.count());
        (before == calls).then_some(())
    })
    .await;
    second.kill9().await;
    service.release();
    for id in &started {
        first.completed(id).await;
    }
    let mut keys: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for request in service.requests() {
        keys.entry(request.json()["n"].as_u64().unwrap()).or_default().push(request.header("idempotency-key").to_owned());
    }
    assert_eq!(keys.len(), RUNS, "every run called the service");
    let repeated = keys.values().filter(|k| k.len() > 1).count();
    assert!(repeated > 0, "the killed node had calls in its hands");
    assert!(keys.values().all(|k| k.iter().all(|key| *key == k[0])), "a request that was in flight at the kill is repeated under its key");
    assert!(repeated < RUNS / 2, "only what the killed node had in its hands may be repeated, not {repeated}");
    for (n, id) in started.iter().enumerate() {
        let run = first.run(id).await;
        assert_eq!((run["status"].as_str(), run["output"]["n"].as_u64()), (Some("completed"), Some(n as u64)), "{id}");
        assert_eq!(run["journal"].as_array().unwrap().len(), 1, "one effect, journaled once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_divide_the_work() {
    let database = Database::postgres().await;
    let api = Setup::on(database.clone()).arg("--roles").arg("api").start().await;
    let installation = api.install(COUNTED, json!({}), json!({})).await;
    let run = api.trigger(&installation, json!({"n": 1, "local": true})).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(api.run(&run).await["status"], "queued", "a node that only serves the API runs nothing");
    let _worker = Setup::on(database).arg("--roles").arg("worker,scheduler").start().await;
    api.completed(&run).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r04_the_embedded_file_refuses_a_second_process() {
    let server = Setup::on(Database::Embedded).start().await;
    let mut command = tokio::process::Command::new(binary());
    command.arg("serve").arg("--data").arg(server.data()).args(["--listen", "127.0.0.1:0"]).env("NO_COLOR", "1");
    let done = tokio::time::timeout(Duration::from_secs(30), command.output()).await.expect("it ends by itself").unwrap();
    let output = Output { code: done.status.code().unwrap_or(-1), stdout: String::new(), stderr: String::from_utf8(done.stderr).unwrap() };
    assert_ne!(output.code, 0);
    assert!(output.stderr.contains("another process") || output.stderr.contains("in use") || output.stderr.contains("already"), "{}", output.stderr);
    server.ok("GET", "/api/health", None).await;
}
