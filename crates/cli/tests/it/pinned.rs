//! A run keeps the configuration it was accepted with, whatever becomes of its installation; values of secrets are always
//! the present ones.

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{LONG, Server, Setup, both, eventually};

const CONFIGURED: &str = include_str!("workflows/configured.ts");
const OPERATOR: &str = "operators-own-token-of-tests";
const OLD_KEY: &str = "key-of-yesterday-1a2b";
const NEW_KEY: &str = "key-of-today-3c4d";

async fn change(server: &Server, installation: &Value, to: Value) {
    let path = format!("/api/installations/{}", installation["id"].as_str().unwrap());
    server.ok("PATCH", &path, Some(to)).await;
}

async fn go(server: &Server, n: u64) {
    server.ok("POST", "/api/events", Some(json!({"name": "go", "data": {"n": n}}))).await;
}

/// Whether the stand-in was asked for exactly this, once, with this key.
fn said(crm: &StandIn, path: &str, key: &str) {
    let with: Vec<bool> = crm.requests().iter().filter(|r| r.path == path).map(|r| r.bears(key)).collect();
    assert_eq!(with, [true], "{path} with {key}: {:?}", crm.requests().iter().map(|r| r.path.clone()).collect::<Vec<_>>());
}

both! {
    async fn a_run_keeps_what_it_was_accepted_with(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({}))).await.unwrap();
        let mut server = Setup::on(db).host("crm.example", &crm).env("MILLRACE_OPERATOR_TOKEN", OPERATOR).start().await;
        let installation = server.install(CONFIGURED, json!({"greeting": "hello", "apiKey": OLD_KEY}), json!({"zoom": {"access_token": "t"}})).await;
        let waiting = server.trigger(&installation, json!({"n": 1, "wait": true})).await;
        server.until(&waiting, &["waiting"]).await;
        // One that is accepted and has not begun: the only slot is taken by a call that is held back.
        let shown = server.cli_json(&["quotas", "show"]).await;
        server.cli_json(&["quotas", "set", "--tenant", shown["tenant_id"].as_str().unwrap(), "--api-key", OPERATOR, "concurrent_runs=1"]).await;
        crm.hold_after(crm.count());
        let before = crm.count();
        let holder = server.trigger(&installation, json!({"n": 2})).await;
        eventually("the slot is taken", LONG, async || (crm.count() == before + 1).then_some(())).await;
        let queued = server.trigger(&installation, json!({"n": 3})).await;
        assert_eq!(server.run(&queued).await["status"], "queued");

        change(&server, &installation, json!({"config": {"greeting": "good evening"}})).await;
        change(&server, &installation, json!({"config": {"greeting": null, "apiKey": NEW_KEY}, "connections": {"zoom": null}})).await;
        let after = server.trigger(&installation, json!({"n": 4})).await;
        // Nothing of it is in memory any more.
        server.kill9().await;
        crm.release();
        server.restart().await;
        go(&server, 1).await;
        for (run, n, seen) in [(&waiting, 1, "hello-zoom"), (&holder, 2, "hello-zoom"), (&queued, 3, "hello-zoom"), (&after, 4, "nothing-alone")] {
            assert_eq!(server.completed(run).await["output"]["seen"], seen);
            said(&crm, &format!("/{n}/after/{seen}"), NEW_KEY);
        }
        said(&crm, "/1/before/hello-zoom", OLD_KEY);

        // What is pulled is what it was, and replays.
        let file = server.file("pinned.json", &json!({}));
        server.cli_json(&["runs", "pull", &waiting, "-o", &file]).await;
        let recording: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!((&recording["run"]["installation_revision"], &recording["opening"]["context"]["inputs"]["greeting"]), (&json!(1), &json!("hello")));
        assert!(recording["opening"]["context"]["integrations"]["zoom"].is_object());
        let replayed = server.cli_json(&["replay", &file]).await;
        assert_eq!((&replayed["same"], &replayed["trace"]), (&json!(true), &recording["recorded"]["trace"]));
    }

    async fn who_goes_on_with_a_failed_run_goes_on_with_the_configuration_of_today(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(200, &json!({}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(CONFIGURED, json!({"greeting": "wrong", "apiKey": OLD_KEY}), json!({})).await;
        let run = server.trigger(&installation, json!({"n": 1, "fail": true})).await;
        assert_eq!(server.ended(&run).await["error"]["message"], "wrong-alone");
        change(&server, &installation, json!({"config": {"greeting": "right"}})).await;
        for (how, kept) in [("resume", Some(0)), ("retry", None)] {
            let new = server.ok("POST", &format!("/api/runs/{run}/{how}"), Some(json!({}))).await;
            assert_eq!(new["kept"].as_i64(), kept, "{new}");
            let ended = server.ended(new["run_id"].as_str().unwrap()).await;
            assert_eq!(ended["error"]["message"], "right-alone", "{how}");
        }
        let again = server.ok("GET", &format!("/api/runs/{run}/recording"), None).await;
        assert_eq!(again["opening"]["context"]["inputs"]["greeting"], "wrong", "the old run stays what it was");
    }
}
