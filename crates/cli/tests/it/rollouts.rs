//! A version before it takes traffic, and one that fails once it has: real runs, real processes.

use std::time::{Duration, Instant};

use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{Server, Setup, both, eventually};

/// From the specification: a version that fails is halted by itself within this.
const MINUTE: Duration = Duration::from_secs(60);
const SECRET: &str = "k-planted-7f3a9c51";

/// Bills customers. `secret` is what its key is called, `n` the amount as it is written, `after` what follows.
fn module(version: &str, secret: &str, n: &str, after: &str, metadata: &str) -> String {
    format!(
        "import {{ defineWorkflow, manual }} from '@millrace/sdk';
         export default defineWorkflow({{ name: 'Rolled', version: '{version}', integrations: [], inputs: {{ {secret}: {{ type: 'secret', label: 'Key' }} }}, trigger: manual(),
           async execute({{ trigger, inputs, storage }}: any) {{
             await storage.set('last', trigger.data.n);
             const request = {{ method: 'POST', headers: {{ Authorization: `Bearer ${{inputs.{secret}}}` }}, body: JSON.stringify({{ n: {n} }}) }};
             const bill = await (await fetch('https://crm.example/bill', request)).json();
             {after}
             return {{ id: bill.id, at: Date.now() }};
           }} }});
         export const metadata = {{ id: 'rolled', {metadata} }};"
    )
}

async fn deploy(server: &Server, source: &str) -> Value {
    server.ok("POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": source}}))).await
}

async fn rehearse(server: &Server, version: &str) -> Value {
    server.ok("POST", "/api/developer/workflows/rolled/rehearse", Some(json!({"version": version, "runs": 10}))).await
}

async fn installed(server: &Server, installation: &Value) -> Value {
    server.ok("GET", &format!("/api/installations/{}", installation["id"].as_str().unwrap()), None).await
}

both! {
    async fn a_rehearsal_finds_a_planted_change_and_performs_nothing(db: Database) {
        let crm = StandIn::start("crm", |r| Reply::json(200, &json!({"id": r.json()["n"]}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(&module("1.0.0", "apiKey", "trigger.data.n", "", ""), json!({"apiKey": SECRET}), json!({})).await;
        for n in 1..=6 {
            let run = server.trigger(&installation, json!({ "n": n })).await;
            assert_eq!(server.completed(&run).await["output"]["id"], n);
        }
        let calls = crm.requests().len();

        // The key has another name, and its migration says so: nothing is different.
        let renamed = "migration: { from: '1.x', script: (old: any) => ({ token: old.apiKey }) }";
        deploy(&server, &module("2.0.0", "token", "trigger.data.n", "", renamed)).await;
        let same = rehearse(&server, "2.0.0").await;
        assert_eq!(same["runs"], json!({"same": 6, "differ": 0, "left_out": 0}), "{same}");
        assert_eq!(same["installations"], json!({"looked_at": 1, "migrate": 1, "unchanged": 0, "fail": 0, "need_review": 0, "codes": {}}));

        // A change that only some customers meet.
        deploy(&server, &module("2.1.0", "token", "trigger.data.n > 4 ? trigger.data.n * 100 : trigger.data.n", "", renamed)).await;
        let found = rehearse(&server, "2.1.0").await;
        assert_eq!(found["runs"], json!({"same": 4, "differ": 2, "left_out": 0}), "{found}");
        let first = &found["differences"][0];
        assert_eq!((&first["seq"], &first["recorded"]["kind"], &first["does"], &first["now"]["kind"]), (&json!(2), &json!("fetch"), &json!("asks"), &json!("fetch")));
        assert!(first["now"]["args"].to_string().contains("600") && !found.to_string().contains(SECRET), "{found}");
        // One more call at the end, one call less, and another end.
        deploy(&server, &module("2.2.0", "token", "trigger.data.n", "await storage.set('more', 1);", renamed)).await;
        let more = rehearse(&server, "2.2.0").await;
        assert_eq!((&more["runs"]["differ"], &more["differences"][0]["seq"], &more["differences"][0]["now"]["kind"]), (&json!(6), &json!(3), &json!("storage.set")), "{more}");
        deploy(&server, &module("2.3.0", "token", "trigger.data.n", "throw new Error('not ready');", renamed)).await;
        let ends = rehearse(&server, "2.3.0").await;
        assert_eq!((&ends["runs"]["differ"], &ends["differences"][0]["ends"], &ends["differences"][0]["ended"]), (&json!(6), &json!("failed"), &json!("completed")), "{ends}");

        // Nothing was performed, nothing written, nobody moved.
        assert_eq!(crm.requests().len(), calls);
        let runs = server.ok("GET", "/api/runs?limit=100", None).await;
        assert_eq!(runs["data"].as_array().unwrap().len(), 6);
        let path = "/api/developer/workflows/rolled/rollout";
        let (status, refused) = server.api("PUT", path, Some(json!({"version": "2.1.0", "percentage": 100, "rehearse": true}))).await;
        assert_eq!((status, &refused["code"]), (409, &json!("REHEARSAL_DIFFERS")), "{refused}");
        assert_eq!(installed(&server, &installation).await["version"], "1.0.0");

        // The same version is rolled out with its change accepted, and its runs have the secret under the new name.
        server.ok("PUT", path, Some(json!({"version": "2.1.0", "percentage": 100, "rehearse": true, "accept_differences": true}))).await;
        eventually("the installation moves", MINUTE, async || (installed(&server, &installation).await["version"] == "2.1.0").then_some(())).await;
        let run = server.trigger(&installation, json!({"n": 5})).await;
        assert_eq!(server.completed(&run).await["output"]["id"], 500);
        let last = crm.requests().into_iter().last().unwrap();
        assert_eq!(last.header("authorization"), format!("Bearer {SECRET}"));
    }

    async fn a_version_that_fails_is_halted_within_a_minute_and_taken_back(db: Database) {
        let crm = StandIn::start("crm", |r| Reply::json(200, &json!({"id": r.json()["n"]}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(&module("1.0.0", "apiKey", "trigger.data.n", "", ""), json!({"apiKey": SECRET}), json!({})).await;
        for n in 0..5 {
            let run = server.trigger(&installation, json!({ "n": n })).await;
            server.completed(&run).await;
        }
        deploy(&server, &module("1.1.0", "apiKey", "trigger.data.n", "throw new Error('broken');", "")).await;
        let path = "/api/developer/workflows/rolled/rollout";
        server.ok("PUT", path, Some(json!({"version": "1.1.0", "percentage": 100, "auto_halt": {"rollback": true}}))).await;
        eventually("the installation moves", MINUTE, async || (installed(&server, &installation).await["version"] == "1.1.0").then_some(())).await;
        let began = Instant::now();
        for n in 0..20 {
            server.trigger(&installation, json!({ "n": n })).await;
        }
        let halted = eventually("the rollout halts itself", MINUTE, async || {
            let standing = server.ok("GET", path, None).await;
            (standing["status"] == "rolled_back").then_some(standing)
        })
        .await;
        assert!(halted["reason"].as_str().unwrap().contains("20 of 20 runs"), "{halted}");
        eventually("the installation goes back", MINUTE, async || (installed(&server, &installation).await["version"] == "1.0.0").then_some(())).await;
        assert!(began.elapsed() < MINUTE, "{:?}", began.elapsed());
        let run = server.trigger(&installation, json!({"n": 7})).await;
        assert_eq!(server.completed(&run).await["output"]["id"], 7);
    }
}
