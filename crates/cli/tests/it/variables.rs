//! `env.NAME` and `userId`: set by people, pinned when a run is accepted; secrets reach neither a program nor a host that the
//! developer did not name.

use std::process::Stdio;

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use crate::harness::{LONG, Output, Server, Setup, binary, both};

const ENVIRON: &str = include_str!("workflows/environ.ts");
const OLD: &str = "variable-of-yesterday-5e6f\nsecond line";
const NEW: &str = "variable-of-today-7a8b";

/// A service that repeats the credential it is sent.
async fn crm() -> StandIn {
    StandIn::start("crm", |request| Reply::json(200, &json!({"you sent": request.header("authorization")}))).await.unwrap()
}

/// `millrace variables set` with a value on standard input.
async fn set_secret(server: &Server, name: &str, value: &str) -> Output {
    let mut command = tokio::process::Command::new(binary());
    command.args(["variables", "set", "environ", name, "--secret"]).env("MILLRACE_URL", server.url()).env("MILLRACE_API_KEY", server.api_key()).env("NO_COLOR", "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{value}\n").as_bytes()).await.unwrap();
    drop(input);
    let done = tokio::time::timeout(LONG, child.wait_with_output()).await.expect("the command ends").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output { code: done.status.code().unwrap_or(-1), stdout: text(done.stdout), stderr: text(done.stderr) }
}

async fn go(server: &Server, n: u64) {
    server.ok("POST", "/api/events", Some(json!({"name": "go", "data": {"n": n}}))).await;
}

both! {
    async fn a_run_keeps_the_variables_it_was_accepted_with(db: Database) {
        let crm = crm().await;
        let mut server = Setup::on(db).host("crm.example", &crm).host("crm2.example", &crm).start().await;
        let installation = server.install(ENVIRON, json!({"elsewhere": "https://crm2.example/x"}), json!({})).await;
        let without = server.trigger(&installation, json!({"n": 1, "wait": true})).await;
        server.until(&without, &["waiting"]).await;

        server.cli_json(&["variables", "set", "environ", "BASE_URL", "https://crm.example"]).await;
        server.cli_json(&["variables", "set", "environ", "GREETING", "hello"]).await;
        let said = set_secret(&server, "API_SECRET", &OLD.replace('\n', "-")).await;
        assert!(said.code == 0 && !said.stdout.contains("yesterday"), "{} {}", said.stdout, said.stderr);
        let with = server.trigger(&installation, json!({"n": 2, "wait": true})).await;
        server.until(&with, &["waiting"]).await;

        server.cli_json(&["variables", "set", "environ", "GREETING", "good evening"]).await;
        assert_eq!(set_secret(&server, "API_SECRET", NEW).await.code, 0);
        let listed = server.cli(&["variables", "list", "environ"]).await.stdout;
        assert!(listed.contains("good evening") && listed.contains("API_SECRET") && !listed.contains("today"), "{listed}");
        server.cli_json(&["variables", "unset", "environ", "GREETING"]).await;
        let after = server.trigger(&installation, json!({"n": 3})).await;
        // Nothing of it is in memory any more.
        server.kill9().await;
        server.restart().await;
        go(&server, 1).await;
        go(&server, 2).await;

        let none: [&str; 1] = ["KV"];
        let all = ["API_SECRET", "BASE_URL", "GREETING", "KV"];
        let some = ["API_SECRET", "BASE_URL", "KV"];
        for (run, greeting, names, is_told) in [(&without, "nothing", json!(none), false), (&with, "hello", json!(all), true), (&after, "nothing", json!(some), true)] {
            let mut output = server.completed(run).await["output"].clone();
            let told = output["told"].take();
            let refused = if is_told { json!("EGRESS_SECRET_NOT_ALLOWED") } else { Value::Null };
            assert_eq!(output, json!({"greeting": greeting, "names": names, "absent": "undefined", "told": null, "refused": refused, "userId": ""}));
            let placeholder = told["you sent"].as_str().is_some_and(|text| text.starts_with("Bearer mrenv_"));
            assert_eq!(placeholder, is_told, "what comes back has the placeholder again: {told}");
        }
        let sent = |path: &str| crm.requests().iter().filter(|r| r.path == path).map(|r| r.header("authorization").to_owned()).collect::<Vec<_>>();
        assert_eq!(sent("/2/before/hello"), [format!("Bearer {}", OLD.replace('\n', "-"))]);
        assert_eq!(sent("/2/after/hello"), [format!("Bearer {NEW}")], "a secret that was renewed serves runs in flight");
        assert_eq!(sent("/3/after/nothing"), [format!("Bearer {NEW}")]);
        assert!(!crm.requests().iter().any(|r| r.path == "/x"), "not even the developer's secret goes where the configuration says");

        let file = server.file("environ.json", &json!({}));
        server.cli_json(&["runs", "pull", &with, "-o", &file]).await;
        let recording = std::fs::read_to_string(&file).unwrap();
        assert!(recording.contains("hello") && !recording.contains("variable-of-"), "a recording has placeholders");
        assert_eq!(server.cli_json(&["replay", &file]).await["same"], true);
    }

    async fn a_run_knows_who_installed_its_workflow(db: Database) {
        let mut server = Setup::on(db).env("MILLRACE_AUTH_EMAIL_VERIFICATION", "off").start().await;
        let post = async |server: &Server, token: &str, path: &str, body: Value| {
            let (status, answer) = server.api_as(token, "POST", path, Some(body)).await;
            assert!(status < 300, "{path}: {answer}");
            answer
        };
        let signed_up = post(&server, "", "/api/v1/auth/signup", json!({"email": "ada@example.com", "password": "tidal copper wombat ledger"})).await;
        let own = signed_up["access_token"].as_str().unwrap();
        let made = post(&server, own, "/api/v1/auth/create-workspace", json!({"workspace_name": "Acme", "workspace_slug": "acme"})).await;
        server.use_key(made["access_token"].as_str().unwrap());
        let me = server.ok("GET", "/api/v1/users/me", None).await;
        let installation = server.install(ENVIRON, json!({}), json!({})).await;
        let run = server.trigger(&installation, json!({"n": 1})).await;
        let output = server.completed(&run).await["output"].clone();
        assert!(output["userId"].as_str().unwrap().starts_with("usr_"), "{output}");
        assert!(me.to_string().contains(output["userId"].as_str().unwrap()), "{me} {output}");
    }
}
