//! The command line: stable JSON, documented exit codes, projects that work as written, and the demonstration.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Database, LONG, Output, Server, Setup, binary, eventually, path_headers, send};

const FAILING: &str = include_str!("workflows/failing.ts");

/// Runs the executable somewhere, without a server in its environment.
async fn millrace(dir: &std::path::Path, args: &[&str]) -> Output {
    let mut command = tokio::process::Command::new(binary());
    command.current_dir(dir).args(args).env("NO_COLOR", "1").env_remove("MILLRACE_URL").env_remove("MILLRACE_API_KEY").env("XDG_CONFIG_HOME", dir).stdin(Stdio::null());
    let done = tokio::time::timeout(LONG, command.output()).await.expect("the command ends").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output { code: done.status.code().unwrap_or(-1), stdout: text(done.stdout), stderr: text(done.stderr) }
}

async fn failing(server: &Server) -> Value {
    server.install(FAILING, json!({}), json!({})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_from_its_start_to_its_retry() {
    let server = Setup::on(Database::Embedded).start().await;
    let installation = failing(&server).await;
    let id = installation["id"].as_str().unwrap();
    let data = server.file("data.json", &json!({"fail": false}));
    let started = server.cli_json(&["run", id, "--data", &data]).await;
    assert!(started["run_id"].as_str().unwrap().starts_with("run_"));
    let good = server.cli(&["run", "Failing", "--data", &data, "--wait", "--json"]).await.json();
    assert_eq!((good["status"].as_str(), &good["output"]), (Some("completed"), &json!({"fine": true})));
    assert!(good["run_id"].is_string() && good["journal"].is_array());

    let data = server.file("bad.json", &json!({"fail": true}));
    let bad = server.cli(&["run", id, "--data", &data, "--wait", "--json"]).await;
    assert_eq!(bad.code, 8, "a run that failed is exit code 8");
    let run: Value = serde_json::from_str(&bad.stdout).unwrap();
    assert_eq!(run["status"], "failed");
    let shown = server.cli(&["runs", "show", run["id"].as_str().unwrap()]).await.stdout;
    assert!(shown.contains("told to fail") && shown.contains("workflow.ts:"), "the author's own line is named: {shown}");

    let logs = server.cli(&["logs", run["id"].as_str().unwrap(), "--json"]).await.stdout;
    let lines: Vec<Value> = logs.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((lines.len(), lines[0]["level"].as_str()), (2, Some("info")), "{logs}");
    let followed = server.cli(&["logs", run["id"].as_str().unwrap(), "--follow"]).await;
    assert!(followed.stdout.contains("about to fail"), "{} {}", followed.stdout, followed.stderr);

    let retried = server.cli_json(&["runs", "retry", run["id"].as_str().unwrap()]).await;
    let again = server.ended(retried["run_id"].as_str().unwrap()).await;
    assert_eq!((again["status"].as_str(), &again["retry_of"]), (Some("failed"), &run["id"]));
    let conflict = server.cli(&["runs", "retry", good["id"].as_str().unwrap(), "--json"]).await;
    assert_eq!(conflict.code, 7, "{}", conflict.stderr);
    let failed = server.cli_json(&["runs", "list", "--status", "failed", "--installation", id, "--limit", "1"]).await;
    assert_eq!((failed["data"].as_array().unwrap().len(), failed["next_cursor"].is_string()), (1, true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_can_be_paused_and_deleted() {
    let server = Setup::on(Database::Embedded).start().await;
    let installation = failing(&server).await;
    let id = installation["id"].as_str().unwrap();
    assert_eq!(server.cli_json(&["installations", "pause", id]).await["status"], "paused");
    let refused = server.cli(&["run", id, "--json"]).await;
    assert_eq!((refused.code, refused.error()["code"].as_str()), (7, Some("INSTALLATION_NOT_ACTIVE")));
    assert_eq!(server.cli_json(&["installations", "activate", id]).await["status"], "active");
    server.cli_json(&["installations", "delete", id]).await;
    assert_eq!(server.cli_json(&["installations", "show", id]).await["status"], "uninstalled");
    server.cli_json(&["installations", "delete", id, "--permanent"]).await;
    let gone = server.cli(&["installations", "show", id, "--json"]).await;
    assert_eq!((gone.code, gone.error()["code"].as_str()), (5, Some("NOT_FOUND")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_say_what_why_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let lost = millrace(dir.path(), &["runs", "list", "--url", "http://127.0.0.1:1"]).await;
    assert_eq!(lost.code, 3);
    for part in ["error: no server answers at http://127.0.0.1:1", "[SERVER_UNREACHABLE]", "why:", "fix:"] {
        assert!(lost.stderr.contains(part), "{}", lost.stderr);
    }
    assert!(lost.stdout.is_empty());
    let json = millrace(dir.path(), &["runs", "list", "--url", "http://127.0.0.1:1", "--json"]).await;
    assert_eq!((json.error()["code"].as_str(), json.error()["exit"].as_u64()), (Some("SERVER_UNREACHABLE"), Some(3)));
    let missing = millrace(dir.path(), &["deploy", "nowhere", "--json"]).await;
    assert_eq!((missing.code, missing.error()["code"].as_str()), (2, Some("DIRECTORY_NOT_FOUND")));
    assert_eq!(millrace(dir.path(), &["runs", "list", "--colour"]).await.code, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_project_deploys_and_runs_as_it_was_written() {
    let (greeted, kept) = (json!({"message": "Hello, Ada!", "times": 1}), json!({"passedOn": false}));
    for (flags, result) in [(vec![], &greeted), (vec!["--private"], &greeted), (vec!["--template", "webhook"], &kept)] {
        let dir = tempfile::tempdir().unwrap();
        let made = millrace(dir.path(), &[vec!["init", "client-sync", "--json"], flags.clone()].concat()).await.json();
        assert_eq!(made["workflow"], "client-sync");
        // No server is named: the project starts one of its own.
        let once = millrace(dir.path(), &["dev", "client-sync", "--once", "--json"]).await;
        assert_eq!(once.code, 0, "{}\n{}", once.stdout, once.stderr);
        let lines: Vec<Value> = once.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let of = |kind: &str| lines.iter().find(|l| l["type"] == kind).unwrap_or_else(|| panic!("{kind}: {}", once.stdout))[kind].clone();
        assert_eq!(of("deployed")["slug"], "client-sync");
        assert_eq!(of("run")["output"]["data"], *result);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_scenario_of_a_new_project_passes() {
    for flags in [vec![], vec!["--private"], vec!["--ai"], vec!["--template", "webhook"], vec!["--template", "schedule"], vec!["--template", "approval"]] {
        let dir = tempfile::tempdir().unwrap();
        millrace(dir.path(), &[vec!["init", "fresh", "--json"], flags.clone()].concat()).await.json();
        let tested = millrace(&dir.path().join("fresh"), &["test", "--json"]).await;
        assert_eq!(tested.code, 0, "{flags:?}: {}\n{}", tested.stdout, tested.stderr);
        let report: Value = serde_json::from_str(&tested.stdout).unwrap();
        assert_eq!((report["passed"].as_u64(), report["failed"].as_u64()), (Some(1), Some(0)), "{report}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workflow_of_the_readme_deploys() {
    let server = Setup::on(Database::Embedded).start().await;
    let readme = include_str!("../../../../README.md");
    let source = readme.split("```ts\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a workflow in the README");
    let dir = server.folder("readme", &[("workflow.ts", source)]);
    let deployed = server.cli_json(&["deploy", &dir]).await;
    let services = deployed["capabilities"]["services"].to_string();
    assert!(services.contains("stripe") && services.contains("slack"), "{deployed:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_project_with_a_model_fails_in_order_without_one() {
    let dir = tempfile::tempdir().unwrap();
    millrace(dir.path(), &["init", "summary", "--ai", "--private", "--json"]).await.json();
    let once = millrace(dir.path(), &["dev", "summary", "--once", "--json"]).await;
    let run: Value = serde_json::from_str(once.stdout.lines().last().unwrap_or_default()).unwrap_or_else(|e| panic!("{e}: {}\n{}", once.stdout, once.stderr));
    assert_eq!((once.code, run["run"]["status"].as_str()), (8, Some("failed")), "{run}");
    assert!(run["run"]["error"]["message"].as_str().unwrap().to_lowercase().contains("model"), "{}", run["run"]["error"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dev_redeploys_on_save_and_runs_on_request() {
    let server = Setup::on(Database::Embedded).start().await;
    let dir = tempfile::tempdir().unwrap();
    millrace(dir.path(), &["init", "live", "--json"]).await.json();
    let log = dir.path().join("dev.log");
    let out = std::fs::File::create(&log).unwrap();
    let mut command = tokio::process::Command::new(binary());
    command.current_dir(dir.path()).args(["dev", "live", "--port", "0"]).env("MILLRACE_URL", server.url()).env("MILLRACE_API_KEY", server.api_key()).env("NO_COLOR", "1");
    let mut dev = command.stdin(Stdio::null()).stdout(out.try_clone().unwrap()).stderr(out).kill_on_drop(true).spawn().unwrap();
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    let address = eventually("dev says where it serves", LONG, async || said().split("-X POST ").nth(1).and_then(|rest| Some(rest.split_once(" -d")?.0.to_owned()))).await;
    let execute = async |body: &str| -> Value {
        let answer = reqwest::Client::new().post(&address).body(body.to_owned()).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    };
    assert_eq!(execute("{\"name\":\"Bo\"}").await["output"]["data"]["message"], "Hello, Bo!");
    let file = dir.path().join("live/workflow.ts");
    let source = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, source.replace("}!`", "}?`")).unwrap();
    eventually("the change is deployed", LONG, async || (execute("{\"name\":\"Bo\"}").await["output"]["data"]["message"] == "Hello, Bo?").then_some(())).await;
    std::fs::write(&file, source.replace("async execute(", "async execute((")).unwrap();
    eventually("the mistake is shown", LONG, async || said().contains("SYNTAX_ERROR").then_some(())).await;
    assert_eq!(execute("{}").await["status"], "completed", "the last good version goes on");
    eventually("runs are shown live", LONG, async || said().contains("Hello, Bo").then_some(())).await;
    crate::harness::signal(dev.id().unwrap(), libc::SIGINT);
    let ended = tokio::time::timeout(LONG, dev.wait()).await.expect("Ctrl-C ends it").unwrap();
    assert!(ended.success(), "{}", said());
    assert_eq!(server.ok("GET", "/api/installations", None).await["data"], json!([]), "it leaves no installation behind");
}

/// A workflow that tells what it saw of its trigger.
const TOLD: &str = "import { defineWorkflow, webhook } from '@millrace/sdk';
export default defineWorkflow({ name: 'Told', integrations: [], inputs: { greeting: { type: 'text', default: 'Hi' } }, trigger: webhook({ path: 'orders', event: 'order.paid' }),
  async execute({ trigger, inputs }) { const { type, service, event, data } = trigger; return { success: true, saw: { type, service, event, data }, greeting: inputs.greeting }; } });";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dev_starts_runs_by_enter_by_file_by_request_and_by_a_real_webhook() {
    let server = Setup::on(Database::Embedded).start().await;
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("workflow.ts", TOLD);
    write("test-data.json", r#"{"trigger": {"type": "webhook", "data": {"n": 1}}, "config": {"greeting": "Hello"}}"#);
    write("other.secret.json", r#"{"n": 2}"#);
    write("millrace.d.ts", "// of another release\n");
    let log = dir.path().join("dev.log");
    let out = std::fs::File::create(&log).unwrap();
    let mut command = tokio::process::Command::new(binary());
    command.current_dir(dir.path()).args(["dev", "--port", "0", "--json"]).env("MILLRACE_URL", server.url()).env("MILLRACE_API_KEY", server.api_key());
    let mut dev = command.stdin(Stdio::piped()).stdout(out.try_clone().unwrap()).stderr(out).kill_on_drop(true).spawn().unwrap();
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    let outputs = |kind: &str| -> Vec<Value> {
        let lines = said().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).collect::<Vec<_>>();
        lines.into_iter().filter(|line| line["type"] == kind).map(|mut line| line[kind].take()).collect()
    };
    let shown = async |count: usize| -> Value {
        eventually("the run is shown", LONG, async || outputs("run").get(count - 1).map(|run| run["output"].clone())).await
    };

    let installed = eventually("it is installed", LONG, async || outputs("installed").into_iter().next()).await;
    assert!(std::fs::read_to_string(dir.path().join("millrace.d.ts")).unwrap().contains("declare module '@millrace/sdk'"), "types are of this release");
    let mut keyboard = dev.stdin.take().unwrap();
    let mut enter = async |line: &str| tokio::io::AsyncWriteExt::write_all(&mut keyboard, format!("{line}\n").as_bytes()).await.unwrap();
    eventually("dev listens", LONG, async || said().contains("-X POST").then_some(())).await;

    enter("").await;
    let webhook = json!({"type": "webhook", "event": "order.paid", "data": {"n": 1}});
    let first = shown(1).await;
    assert_eq!((&first["saw"], &first["greeting"]), (&webhook, &json!("Hello")));
    enter("other.secret.json").await;
    assert_eq!(shown(2).await["saw"], json!({"type": "manual", "data": {"n": 2}}));
    enter("nowhere.json").await;
    eventually("a file that is not there is told", LONG, async || said().contains("FILE_UNREADABLE").then_some(())).await;

    let said_now = said();
    let address = said_now.split("-X POST ").nth(1).and_then(|rest| Some(rest.split_once(" -d")?.0)).unwrap();
    let execute = async |query: &str| -> Value {
        let answer = reqwest::Client::new().post(format!("{address}{query}")).body("{\"n\":3}").send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    };
    assert_eq!(execute("?trigger=webhook").await["output"]["saw"], json!({"type": "webhook", "event": "order.paid", "data": {"n": 3}}));
    assert_eq!(execute("?trigger=schedule").await["output"]["saw"]["type"], "schedule");
    assert_eq!(execute("?trigger=telepathy").await["error"]["code"], "TRIGGER_UNKNOWN");
    shown(4).await;

    // The address it printed, with the secret it printed, is the real one.
    let hook = &installed["webhooks"][0];
    let body = r#"{"event":"order.paid","n":4}"#;
    let (url, secret) = (hook["url"].as_str().unwrap(), hook["signing_secret"].as_str().unwrap());
    assert_eq!(send(url, body, &path_headers("another", body, "d-1")).await.0, 401);
    assert_eq!(send(url, body, &path_headers(secret, body, "d-1")).await.0, 202);
    assert_eq!(shown(5).await["saw"]["event"], "order.paid");

    // Saves: a type error is the editor's business and deploys; another configuration and another address are taken up.
    write("workflow.ts", &TOLD.replace("'orders'", "'sales'").replace("greeting: inputs.greeting", "greeting: (inputs.greeting as number).nothing ?? inputs.greeting"));
    write("test-data.json", r#"{"trigger": {"data": {"n": 5}}, "config": {"greeting": "Good day"}}"#);
    eventually("the new address is shown", LONG, async || (outputs("installed").last()?["webhooks"][0]["path"] == "sales").then_some(())).await;
    enter("").await;
    let last = shown(6).await;
    assert_eq!((&last["saw"], &last["greeting"]), (&json!({"type": "manual", "data": {"n": 5}}), &json!("Good day")));
    crate::harness::signal(dev.id().unwrap(), libc::SIGINT);
    assert!(tokio::time::timeout(LONG, dev.wait()).await.expect("Ctrl-C ends it").unwrap().success(), "{}", said());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstration_runs_twice_and_stops() {
    let dir = tempfile::tempdir().unwrap();
    let first = millrace(dir.path(), &["demo", "--port", "0", "--json"]).await.json();
    assert_eq!((first["run"]["status"].as_str(), first["run"]["journal"].as_array().unwrap().len()), (Some("completed"), 3));
    // Commands typed in the same directory find its server.
    let listed = millrace(dir.path(), &["runs", "list", "--json"]).await.json();
    assert_eq!(listed["data"][0]["id"], first["run_id"]);
    let second = millrace(dir.path(), &["demo", "--port", "0", "--json"]).await.json();
    assert_ne!(first["run_id"], second["run_id"]);
    let installed = millrace(dir.path(), &["installations", "list", "--json"]).await.json();
    assert_eq!(installed["data"].as_array().unwrap().len(), 1, "the former one was replaced");
    // The app or, of a binary that was built without it, a page that says so.
    let page = reqwest::get(second["run_url"].as_str().unwrap()).await.unwrap();
    assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"), "{page:?}");
    // Whoever follows the printed address signs in as an owner of the workspace in which the run is.
    let (url, email, password) = (second["url"].as_str().unwrap(), second["email"].as_str().unwrap(), second["password"].as_str().unwrap());
    assert!(password.len() >= 20 && first["password"] == password, "the same person at each start");
    let run = second["run_id"].as_str().unwrap();
    assert_eq!(second["sign_in_url"], format!("{url}/app/sign-in#email={email}&password={password}&to=/app/runs/{run}"));
    let asked = reqwest::Client::new().post(format!("{url}/api/v1/auth/login")).header("content-type", "application/json").body(json!({"email": email, "password": password}).to_string()).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let signed_in: Value = serde_json::from_slice(&asked.bytes().await.unwrap()).unwrap();
    assert_eq!(signed_in["workspace"]["role"], "owner", "{signed_in}");
    let seen = reqwest::Client::new().get(format!("{url}/api/runs/{run}")).bearer_auth(signed_in["access_token"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(seen.status(), 200);
    assert_eq!(millrace(dir.path(), &["demo", "--stop", "--json"]).await.json()["stopped"], true);
    assert_eq!(millrace(dir.path(), &["demo", "--stop", "--json"]).await.json()["stopped"], false);
    assert!(reqwest::get(second["url"].as_str().unwrap()).await.is_err(), "nothing listens any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demonstration_survives_its_taken_port_and_leaves_nothing_with_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let dir = tempfile::tempdir().unwrap();
    let shown = millrace(dir.path(), &["demo", "--once", "--port", &port]).await;
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    for part in ["zoom.getMeeting", "fetch POST https://crm.acmecorp.example/api/meetings", "notion.pages.create", "completed"] {
        assert!(shown.stdout.contains(part), "{part}: {}", shown.stdout);
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!dir.path().join("data/demo/demo.json").exists());
}
