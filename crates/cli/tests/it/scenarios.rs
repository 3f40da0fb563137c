//! `millrace test`: scenarios are played without a server or a network, and say what is wrong.

use std::path::Path;
use std::process::Output;

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::binary;

const WORKFLOW: &str = include_str!("workflows/announced.ts");
const SCENARIO: &str = include_str!("workflows/announced.yaml");

/// A project with one scenario.
fn project(scenario: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("scenarios")).unwrap();
    std::fs::write(dir.path().join("workflow.ts"), WORKFLOW).unwrap();
    std::fs::write(dir.path().join("scenarios/announced.yaml"), scenario).unwrap();
    dir
}

/// Plays it where there is neither server nor key.
async fn play(dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = tokio::process::Command::new(binary());
    command.arg("test").args(args).env_clear().env("NO_COLOR", "1").envs(env.iter().copied()).current_dir(dir).output().await.unwrap()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// What is wrong with the only scenario.
async fn wrong(scenario: &str) -> Vec<Value> {
    let dir = project(scenario);
    let output = play(dir.path(), &["--json"], &[]).await;
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    answer(&output)["scenarios"][0]["failures"].as_array().unwrap().clone()
}

fn changed(from: &str, to: &str) -> String {
    assert_eq!(SCENARIO.matches(from).count(), 1, "`{from}` occurs once");
    SCENARIO.replace(from, to)
}

#[tokio::test]
async fn a_scenario_passes_offline_and_twice_the_same() {
    let dir = project(SCENARIO);
    for _ in 0..2 {
        let output = play(dir.path(), &["--json"], &[]).await;
        let told = answer(&output);
        assert_eq!((output.status.code(), &told["passed"], &told["failed"]), (Some(0), &json!(1), &json!(0)), "{told}");
        let one = &told["scenarios"][0];
        assert_eq!((one["title"].as_str(), one["steps"].as_u64(), one["calls"].as_u64()), (Some("An invoice is announced once"), Some(9), Some(5)));
    }
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing is left behind: {left:?}");
}

#[tokio::test]
async fn what_is_not_as_expected_is_named() {
    let told = wrong(&changed("result: { announced: true, at: \"2026-01-15T09:30:00.500Z\" }", "result: { announced: true, at: never }")).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["step"], &told[0]["what"], &told[0]["path"], &told[0]["expected"], &told[0]["actual"]), (&json!(1), &json!("result"), &json!("at"), &json!("\"never\""), &json!("2026-01-15T09:30:00.500Z")));

    let told = wrong(&changed("\"seen:in_1\": true", "\"seen:in_1\": { $absent: true }")).await;
    assert_eq!((&told[0]["what"], &told[0]["actual"]), (&json!("storage[\"seen:in_1\"]"), &json!(true)));

    let told = wrong(&changed("runs: 0 # refused", "runs: 1")).await;
    assert_eq!((&told[0]["what"], &told[0]["expected"], &told[0]["actual"]), (&json!("runs that moved"), &json!("1"), &json!(0)));

    let told = wrong(&changed("response: { status: 401 }", "response: { status: 202 }")).await;
    assert_eq!((&told[0]["what"], &told[0]["path"], &told[0]["actual"]), (&json!("response"), &json!("status"), &json!(401)));

    let told = wrong(&changed("logs: [\"announcing Ada\"]", "logs: [\"announcing Bob\"]")).await;
    assert_eq!(told[0]["what"], "logs[0]");

    let told = wrong(&changed("calls: [] # known already", "calls: [GET https://api.stripe.com/v1/customers/cus_1]")).await;
    assert_eq!(told[0]["what"], "calls[0]");
}

#[tokio::test]
async fn requests_without_an_exchange_are_shown_with_the_nearest() {
    let scenario = changed("body: { channel: C0123, text: { $contains: Ada } }", "body: { channel: C9, text: { $contains: Ada } }");
    let dir = project(&scenario);
    let output = play(dir.path(), &[], &[]).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1));
    for part in ["✗ ./scenarios/announced.yaml", "step 1 (webhook stripe)", "POST https://slack.com/api/chat.postMessage has no exchange", "Nearest is exchange 2:", "body.channel   expected \"C9\"   was \"C0123\"", "1 of 1 failed"] {
        assert!(said.contains(part), "no `{part}` in\n{said}");
    }
    assert!(!said.contains("test-access_token"), "a request is shown without its headers");

    let more = format!("{}\n", SCENARIO.replace("exchanges:\n", "exchanges:\n  - request: GET https://unused.example/\n"));
    let told = wrong(&more).await;
    assert_eq!((told.len(), told[0]["what"].as_str()), (1, Some("exchange 1 was not used: GET https://unused.example/")));
}

#[tokio::test]
async fn files_that_are_no_scenarios_are_refused_with_the_place() {
    let refused = async |text: &str, part: &str| {
        let dir = project(text);
        let output = play(dir.path(), &[], &[]).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("SCENARIO_INVALID") && said.contains(part), "no `{part}` in {said}");
    };
    refused("steps:\n  - webhok: {}\n", "webhok").await;
    refused("steps:\n  - manual: {}\n    advance: 1d\n", "step 1 says 2 things").await;
    refused("exchanges:\n  - request: GET https://a.example\n    response: { error: maybe }\nsteps: []\n", "exchanges[0].response.error").await;
    refused("title: [\n", "is not a scenario").await;
    refused("title: nothing happens\n", "no `steps`").await;
    refused("steps:\n  - manual: {}\n    expect: { result: { $contains: 5,000 } }\n", "`$contains` stands beside other members").await;
    let empty = tempfile::tempdir().unwrap();
    let output = play(empty.path(), &[], &[]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("NO_SCENARIOS"));
}

#[tokio::test]
async fn a_set_up_that_is_refused_is_a_scenario_too() {
    let passes = async |text: &str| play(project(text).path(), &["--json"], &[]).await.status.code() == Some(0);
    assert!(passes("config: { slack_channel: C1 }\nconnections: { slack: false }\nrefused: CONNECTION_MISSING\n").await);
    assert!(passes("refused: ONBOARDING_INCOMPLETE\n").await);
    assert!(!passes("refused: CONNECTION_MISSING\n").await, "another code is another refusal");
    assert!(!passes("config: { slack_channel: C1 }\nrefused: INVALID_CONFIG\n").await, "nothing is refused");
}

#[tokio::test]
async fn a_mistake_in_the_workflow_is_shown_with_its_place() {
    let dir = project(SCENARIO);
    std::fs::write(dir.path().join("workflow.ts"), format!("import fs from 'fs';\n{WORKFLOW}")).unwrap();
    let output = play(dir.path(), &["--json"], &[]).await;
    let told = answer(&output)["scenarios"][0]["failures"][0].clone();
    assert_eq!(told["what"], "the workflow cannot be deployed");
    assert!(told["notes"].to_string().contains("BLOCKED_NODE_MODULE") && told["notes"].to_string().contains("workflow.ts:"), "{told}");
}

#[tokio::test]
async fn a_report_for_continuous_integration() {
    let dir = project(&changed("calls: [] # known already", "calls: [GET https://x.example/]"));
    let output = play(dir.path(), &["--junit", "report.xml"], &[]).await;
    assert_eq!(output.status.code(), Some(1));
    let report = std::fs::read_to_string(dir.path().join("report.xml")).unwrap();
    for part in ["<testsuite name=\"scenarios\" tests=\"1\"", "failures=\"1\"", "name=\"An invoice is announced once\"", "calls[0]"] {
        assert!(report.contains(part), "no `{part}` in {report}");
    }
}

/// Recorded against stand-ins with real credentials, played afterwards with made-up ones and no network.
#[tokio::test]
async fn a_recorded_scenario_passes_offline_and_holds_no_secret() {
    let stripe = StandIn::start("stripe", |_| Reply::json(200, &json!({"id": "cus_1", "name": "Ada", "access_token": "tok_new_1"}))).await.unwrap();
    let slack = StandIn::start("slack", |_| Reply::json(200, &json!({"ok": true, "ts": "1.5", "echo": "xoxb-real-token-1"})).with("link", "<https://slack.com/next?token=xoxb-real-token-1>; rel=next")).await.unwrap();
    let steps = "config: { slack_channel: C0123 }\nsteps:\n  - webhook: { service: stripe, body: { id: evt_1, type: invoice.paid, data: { object: { id: in_1, customer: cus_1, amount_paid: 4200 } } } }\n";
    let dir = project(steps);
    for (name, fields) in [("stripe", json!({"access_token": "sk_real_1"})), ("slack", json!({"access_token": "xoxb-real-token-1"}))] {
        std::fs::write(dir.path().join(format!("{name}.secret.json")), fields.to_string()).unwrap();
    }
    let map = format!("api.stripe.com={},slack.com={}", stripe.url(), slack.url());
    let args = ["--record", "scenarios/announced.yaml", "--connection", "stripe=stripe.secret.json", "--connection", "slack=slack.secret.json"];
    let output = play(dir.path(), &args, &[("MILLRACE_EGRESS_MAP", &map)]).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((stripe.count(), slack.count()), (1, 1));
    assert!(stripe.requests()[0].header("authorization").contains("sk_real_1"));

    let recorded = std::fs::read_to_string(dir.path().join("scenarios/announced.yaml")).unwrap();
    for secret in ["sk_real_1", "xoxb-real-token-1", "tok_new_1", "uthorization"] {
        assert!(!recorded.contains(secret), "{secret} is in {recorded}");
    }
    for part in ["https://slack.com/api/chat.postMessage", "channel: C0123", "announced: true", "seen:in_1"] {
        assert!(recorded.contains(part), "no `{part}` in {recorded}");
    }
    drop((stripe, slack));
    let output = play(dir.path(), &["--json"], &[]).await;
    assert_eq!(output.status.code(), Some(0), "{}\n{recorded}", String::from_utf8_lossy(&output.stdout));
}
