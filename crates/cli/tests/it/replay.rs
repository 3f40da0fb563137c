//! A run is pulled into a file and executed again without its server, to the same trace.

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{Output, Server, Setup, binary, both};

const BILLED: &str = include_str!("workflows/billed.ts");
const PAGES: &str = include_str!("workflows/pages.ts");
const WAITER: &str = include_str!("workflows/waiter.ts");

/// Runs a command where there is no server, no key and no data directory.
async fn at_home(args: &[&str]) -> Output {
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(binary());
    let done = command.args(args).env_clear().env("NO_COLOR", "1").env("MILLRACE_URL", "http://127.0.0.1:1").current_dir(nowhere.path()).output().await.unwrap();
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0, "a replay leaves nothing behind");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output { code: done.status.code().unwrap_or(-1), stdout: text(done.stdout), stderr: text(done.stderr) }
}

async fn pulled(server: &Server, run: &str) -> (String, Value) {
    let file = server.file(&format!("{run}.json"), &json!({}));
    let told = server.cli_json(&["runs", "pull", run, "-o", &file]).await;
    assert_eq!((told["format"].as_str(), told["run_id"].as_str()), (Some("millrace.run/1"), Some(run)));
    let recording = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    (file, recording)
}

both! {
    async fn a_failed_run_is_replayed_without_its_server(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({"id": 5, "big": "x".repeat(40_000)}))).await.unwrap();
        let mut server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(BILLED, json!({"apiKey": "k-123456789"}), json!({})).await;
        let run = server.trigger(&installation, json!({"n": 1})).await;
        assert_eq!(server.ended(&run).await["status"], "failed");
        let (file, recording) = pulled(&server, &run).await;
        assert!(recording["journal"][0]["outcome"].to_string().len() > 40_000, "large outcomes are in it");
        assert!(!recording.to_string().contains("k-123456789"));
        server.kill9().await;
        let requests = crm.count();

        let whole = at_home(&["replay", &file, "--json", "--steps"]).await.json();
        assert_eq!((&whole["same"], &whole["trace"]), (&json!(true), &recording["recorded"]["trace"]));
        let line = |text: &str| 1 + BILLED.lines().position(|l| l.contains(text)).unwrap();
        let starts = |value: &Value, n: usize| value.as_str().unwrap_or_default().starts_with(&format!("workflow.ts:{n}:"));
        assert!(starts(&whole["failed_at"], line("bill.lines.total")), "{}", whole["failed_at"]);
        let steps = whole["steps"].as_array().unwrap();
        assert_eq!(steps.len(), 3, "the beginning and two outcomes");
        assert!(starts(&steps[0]["calls"][0]["at"], line("await fetch")), "{}", steps[0]);
        assert!(starts(&steps[1]["calls"][0]["at"], line("storage.set")), "{}", steps[1]);
        assert!(starts(&steps[2]["logs"][0]["at"], line("'billed'")), "{}", steps[2]);

        let text = at_home(&["replay", &file, "--steps"]).await;
        assert_eq!(text.code, 0);
        for part in ["fetch POST https://crm.example/bill", "storage.set bill-1", "billed 5", "as recorded", "const total = bill.lines.total"] {
            assert!(text.stdout.contains(part), "no {part} in {}", text.stdout);
        }
        let there = at_home(&["replay", &file, "--at", "1", "--json"]).await.json();
        assert_eq!((&there["same"], &there["next_position"], &there["pending"][0]["kind"]), (&Value::Null, &json!(2), &json!("storage.set")));
        assert_eq!(crm.count(), requests, "nothing was sent");
    }

    async fn a_changed_recording_is_noticed(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({"id": 5, "lines": {"total": 9}}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(BILLED, json!({"apiKey": "k-123456789"}), json!({})).await;
        let run = server.trigger(&installation, json!({"n": 1})).await;
        server.completed(&run).await;
        let (_, recording) = pulled(&server, &run).await;
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut copy = recording.clone();
            change(&mut copy);
            server.file("changed.json", &copy)
        };
        let file = changed(&|r| r["journal"][0]["outcome"]["body"]["text"] = json!(r#"{"id":6,"lines":{"total":9}}"#));
        let differs = at_home(&["replay", &file, "--json"]).await;
        assert_eq!((differs.code, differs.error()["code"].as_str()), (10, Some("REPLAY_DIFFERS")));
        let told: Value = serde_json::from_str(differs.stdout.trim()).unwrap();
        assert_eq!((&told["difference"]["what"], &told["difference"]["now"]["args"]["value"]), (&json!("call 2"), &json!(6)));
        assert!(told["difference"]["at"].as_str().unwrap().starts_with("workflow.ts:"), "{told}");

        let file = changed(&|r| r["bundle"]["modules"][0]["code"] = json!("export default {}"));
        let refused = at_home(&["replay", &file, "--json"]).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (2, Some("RECORDING_UNREADABLE")));
        let file = changed(&|r| r["format"] = json!("millrace.run/9"));
        assert!(at_home(&["replay", &file]).await.stderr.contains("millrace.run/9"));
    }

    async fn a_run_that_waits_is_replayed_as_far_as_it_went(db: Database) {
        let server = Setup::on(db).start().await;
        let installation = server.install(WAITER, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({"what": "approval"})).await;
        server.until(&run, &["waiting"]).await;
        let (file, _) = pulled(&server, &run).await;
        let there = at_home(&["replay", &file, "--json"]).await.json();
        assert_eq!((&there["same"], &there["pending"][0]["kind"], &there["end"]), (&json!(true), &json!("approval"), &Value::Null));

        let (status, answer) = server.api("GET", "/api/runs/run_01m7x9naa5e1gtbx78dn1dgdc2/recording", None).await;
        assert_eq!((status, answer["code"].as_str()), (404, Some("NOT_FOUND")));
    }

    async fn each_generation_of_a_run_has_its_recording(db: Database) {
        let mut server = Setup::on(db).start().await;
        let installation = server.install(PAGES, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({"last": "word"})).await;
        assert_eq!(server.completed(&run).await["output"], json!({"pages": ["page:0", "page:1", "page:2"], "last": "word"}));
        server.kill9().await;
        server.restart().await;
        let mut traces = Vec::new();
        for generation in 0..3 {
            let file = server.file(&format!("generation-{generation}.json"), &json!({}));
            let told = server.cli_json(&["runs", "pull", &run, "--generation", &generation.to_string(), "-o", &file]).await;
            assert_eq!((&told["generation"], &told["last_generation"]), (&json!(generation), &json!(2)));
            let recording: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
            let context = &recording["opening"]["context"];
            if generation == 0 {
                assert_eq!((&context["trigger"]["data"]["last"], &context["state"]), (&json!("word"), &Value::Null));
            } else {
                assert_eq!((&context["state"]["page"], context["state"]["text"].as_str().unwrap().len()), (&json!(generation), 20_000 * generation));
            }
            let end = if generation < 2 { "continued" } else { "completed" };
            assert_eq!(recording["recorded"]["end"]["how"], end);
            let replayed = at_home(&["replay", &file, "--json", "--steps"]).await.json();
            assert_eq!((&replayed["same"], &replayed["generation"], &replayed["trace"]), (&json!(true), &json!(generation), &recording["recorded"]["trace"]));
            assert!(at_home(&["replay", &file]).await.stdout.contains(&format!("generation {generation} of 0 to 2")));
            traces.push(replayed["trace"].as_str().unwrap().to_owned());
        }
        let (_, last) = pulled(&server, &run).await;
        assert_eq!((&last["run"]["generation"], last["recorded"]["trace"].as_str()), (&json!(2), Some(traces[2].as_str())), "the last one unless told");
        traces.dedup();
        assert_eq!(traces.len(), 3, "each is another one");
        let missing = server.cli(&["runs", "pull", &run, "--generation", "3", "--json"]).await;
        assert_eq!(missing.error()["code"], "GENERATION_NOT_FOUND");
    }
}
