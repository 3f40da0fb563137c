//! A closed workspace: its runs rest wherever they are, on every node, and go on where they were; nobody looks on meanwhile.

use std::collections::BTreeSet;
use std::time::Duration;

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{Database, LONG, Server, Setup, both, eventually};

const RESTING: &str = include_str!("workflows/resting.ts");
const WAITER: &str = include_str!("workflows/waiter.ts");
const OPERATOR: &str = "operators-own-token-of-tests";

async fn crm() -> StandIn {
    StandIn::start("crm", |_| Reply::json(200, &json!({}))).await.unwrap()
}

async fn tenant(server: &Server) -> String {
    server.cli_json(&["quotas", "show"]).await["tenant_id"].as_str().unwrap().to_owned()
}

/// What the operator decides about the workspace.
async fn decide(server: &Server, tenant: &str, what: &str) -> Value {
    server.cli_json(&["admin", "workspaces", what, tenant, "--reason", "Ticket 4711: not paid", "--api-key", OPERATOR]).await
}

/// A figure of a node without labels.
async fn figure(server: &Server, name: &str) -> u64 {
    let text = reqwest::get(format!("{}/metrics", server.url())).await.unwrap().text().await.unwrap();
    let line = text.lines().find(|line| line.split(' ').next() == Some(name)).unwrap_or_else(|| panic!("no {name} in {text}"));
    line.split(' ').nth(1).unwrap().parse::<f64>().unwrap() as u64
}

async fn nothing_held(server: &Server) {
    eventually("its runs have left memory", LONG, async || (figure(server, "millrace_runs_held").await == 0).then_some(())).await;
}

/// How often each step was asked for, and under how many keys.
fn steps(crm: &StandIn) -> (usize, usize) {
    let keys: BTreeSet<String> = crm.requests().iter().map(|request| request.header("idempotency-key").to_owned()).collect();
    (crm.count(), keys.len())
}

both! {
    async fn runs_of_a_suspended_workspace_rest_and_go_on(db: Database) {
        let crm = crm().await;
        let server = Setup::on(db).host("crm.example", &crm).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).start().await;
        let installation = server.install(RESTING, json!({}), json!({})).await;
        let tenant = tenant(&server).await;
        crm.hold_after(1);
        let run = server.trigger(&installation, json!({"steps": 4})).await;
        eventually("its second step is under way", LONG, async || (crm.count() == 2).then_some(())).await;
        assert_eq!(decide(&server, &tenant, "suspend").await["status"], "suspended");
        crm.release();
        nothing_held(&server).await;
        assert_eq!(crm.count(), 2, "what was under way came back, and nothing more began");
        let trigger = format!("/api/installations/{}/trigger", installation["id"].as_str().unwrap());
        let refused = server.api("POST", &trigger, Some(json!({"data": {"steps": 1}}))).await;
        assert_eq!((refused.0, refused.1["code"].as_str()), (403, Some("WORKSPACE_DEACTIVATED")));
        let refused = server.cli(&["admin", "workspaces", "reactivate", &tenant, "--reason", "an owner does not decide", "--json"]).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (4, Some("API_KEY_NOT_ALLOWED")));
        decide(&server, &tenant, "reactivate").await;
        assert_eq!(server.completed(&run).await["output"]["steps"], 4);
        assert_eq!(steps(&crm), (4, 4), "each step once: the one that was under way was not asked for again");
    }

    async fn a_sleeping_run_of_a_suspended_workspace_wakes_when_it_is_reactivated(db: Database) {
        let server = Setup::on(db).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).start().await;
        server.set_clock("2030-03-01T12:00:00Z").await;
        let installation = server.install(WAITER, json!({}), json!({})).await;
        let tenant = tenant(&server).await;
        let run = server.trigger(&installation, json!({"what": "sleep"})).await;
        server.until(&run, &["waiting"]).await;
        decide(&server, &tenant, "suspend").await;
        let moved = server.api("POST", "/api/test/clock", Some(json!({"now": "2030-03-05T12:00:00Z"}))).await;
        assert_eq!(moved.0, 200, "{}", moved.1);
        eventually("its timer has fired, and it waits in the queue", LONG, async || (figure(&server, "millrace_queue_depth").await == 1).then_some(())).await;
        decide(&server, &tenant, "reactivate").await;
        server.completed(&run).await;
    }

    async fn streams_are_counted_and_end_with_the_permission(db: Database) {
        let crm = crm().await;
        let server = Setup::on(db).host("crm.example", &crm).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).start().await;
        let installation = server.install(RESTING, json!({}), json!({})).await;
        let tenant = tenant(&server).await;
        crm.hold_after(0);
        let run = server.trigger(&installation, json!({"steps": 1})).await;
        let path = format!("{}/api/runs/{run}/logs?follow=true", server.url());
        let follow = async || reqwest::Client::new().get(&path).bearer_auth(server.api_key()).send().await.unwrap();
        let mut open = Vec::new();
        for _ in 0..20 {
            let answer = follow().await;
            assert_eq!(answer.status(), 200);
            open.push(answer);
        }
        let refused = follow().await;
        assert_eq!(refused.status(), 429);
        assert!(refused.headers().contains_key("retry-after"));
        let body: Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
        assert_eq!(body["code"], "TOO_MANY_STREAMS");
        open.pop();
        let again = eventually("the place of one that left is free", LONG, async || Some(follow().await).filter(|answer| answer.status() == 200)).await;
        decide(&server, &tenant, "suspend").await;
        let rest = tokio::time::timeout(Duration::from_secs(20), again.text()).await.expect("the stream ends by itself").unwrap();
        assert!(!rest.contains("event: end"), "{rest}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_closes_rests_on_the_others_within_a_second() {
    let crm = crm().await;
    let database = Database::postgres().await;
    let api = Setup::on(database.clone()).host("crm.example", &crm).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).arg("--roles").arg("api").start().await;
    let worker = Setup::on(database).host("crm.example", &crm).arg("--roles").arg("worker,scheduler").start().await;
    let installation = api.install(RESTING, json!({}), json!({})).await;
    let tenant = tenant(&api).await;
    crm.hold_after(1);
    let run = api.trigger(&installation, json!({"steps": 4})).await;
    eventually("its second step is under way", LONG, async || (crm.count() == 2).then_some(())).await;
    decide(&api, &tenant, "suspend").await;
    // The promise: from here on nothing begins on any node.
    tokio::time::sleep(Duration::from_secs(1)).await;
    crm.release();
    nothing_held(&worker).await;
    assert_eq!(crm.count(), 2);
    decide(&api, &tenant, "reactivate").await;
    api.completed(&run).await;
    assert_eq!(steps(&crm), (4, 4));
}
