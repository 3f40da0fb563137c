//! Fix the workflow, then resume the failed runs: what they had done is not done again.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use futures::StreamExt as _;
use millrace_cli::demo::{Reply, StandIn};
use serde_json::{Value, json};

use crate::harness::{Server, Setup, both, eventually};

const BILLED: &str = include_str!("workflows/billed.ts");
const MANY: usize = 1_000;
/// A thousand runs in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

fn fixed() -> String {
    BILLED.replace("bill.lines.total", "bill.lines?.total ?? bill.total")
}

async fn crm() -> StandIn {
    StandIn::start("crm", |r| Reply::json(200, &json!({"id": r.json()["n"], "total": 7}))).await.unwrap()
}

/// Deploys a version of the workflow; its id.
async fn deploy(server: &Server, source: &str) -> String {
    let deployed = server.ok("POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": source}}))).await;
    deployed["version_id"].as_str().unwrap().to_owned()
}

async fn count(server: &Server, installation: &str, status: &str) -> usize {
    let (mut n, mut cursor) = (0, String::new());
    loop {
        let page = server.ok("GET", &format!("/api/runs?installation={installation}&status={status}&limit=100{cursor}"), None).await;
        n += page["data"].as_array().unwrap().len();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return n,
        }
    }
}

/// How often each customer's call came to a path.
fn received(crm: &StandIn, path: &str) -> BTreeMap<u64, usize> {
    let mut all = BTreeMap::new();
    for request in crm.requests().iter().filter(|r| r.path == path) {
        *all.entry(request.json()["n"].as_u64().unwrap()).or_default() += 1;
    }
    all
}

both! {
    /// The installation was configured for another version.
    async fn a_run_does_not_begin_without_what_its_version_requires(db: Database) {
        let server = Setup::on(db).start().await;
        let module = |version: &str, inputs: &str| {
            format!(
                "import {{ defineWorkflow, manual }} from '@millrace/sdk';
                 export default defineWorkflow({{ name: 'Needy', version: '{version}', integrations: [], inputs: {{ {inputs} }}, trigger: manual(),
                   async execute() {{ if ('{version}' === '1.0.0') throw new Error('broken'); return {{ fixed: true }}; }} }});"
            )
        };
        let installation = server.install(&module("1.0.0", "token: { type: 'secret', label: 'Token' }"), json!({"token": "t-123"}), json!({})).await;
        let run = server.trigger(&installation, json!({})).await;
        assert_eq!(server.ended(&run).await["error"]["message"], "broken");
        deploy(&server, &module("2.0.0", "token: { type: 'secret', label: 'Token', required: true }, city: { type: 'text', label: 'City', required: true }")).await;
        let path = format!("/api/runs/{run}/resume");
        let (status, refused) = server.api("POST", &path, Some(json!({"version": "2.0.0"}))).await;
        let detail = refused["detail"].as_str().unwrap();
        assert!(status == 409 && refused["code"] == "RESUME_WOULD_FAIL" && detail.contains("invalid_config") && detail.contains("City"), "{refused}");
        deploy(&server, &module("2.0.1", "token: { type: 'secret', label: 'Token', required: true }")).await;
        let resumed = server.ok("POST", &path, Some(json!({"version": "2.0.1"}))).await;
        assert_eq!(server.completed(resumed["run_id"].as_str().unwrap()).await["output"], json!({"fixed": true}));
    }

    async fn p01_failed_runs_resume_in_bulk_on_a_fixed_version(db: Database) {
        let crm = crm().await;
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(BILLED, json!({"apiKey": "k-123456789"}), json!({})).await;
        let id = installation["id"].as_str().unwrap();
        let starts = (0..MANY).map(|n| server.trigger(&installation, json!({ "n": n })));
        let runs: HashSet<String> = futures::stream::iter(starts).buffer_unordered(16).collect().await;
        assert_eq!(runs.len(), MANY);
        eventually("all have failed", PATIENCE, async || (count(&server, id, "failed").await == MANY).then_some(())).await;
        let once: BTreeMap<u64, usize> = (0..MANY as u64).map(|n| (n, 1)).collect();
        assert_eq!((received(&crm, "/bill"), received(&crm, "/report").len()), (once.clone(), 0));

        let version = deploy(&server, &fixed()).await;
        let body = |cursor: Option<&Value>| json!({"installation": id, "version": version, "error_code": "WORKFLOW_ERROR", "limit": 100, "cursor": cursor});
        let dry = server.ok("POST", "/api/runs/resume", Some(json!({"installation": id, "version": version, "limit": 3, "dry_run": true}))).await;
        assert!(dry["data"].as_array().unwrap().iter().all(|i| i["resumed"]["kept"] == 2 && i["resumed"]["run_id"].is_null()), "{dry}");
        let mut resumed: BTreeMap<String, String> = BTreeMap::new();
        let mut cursor: Option<Value> = None;
        loop {
            // The same batch twice at the same time: a caller that lost the answer and asks again.
            let (page, again) = tokio::join!(
                server.ok("POST", "/api/runs/resume", Some(body(cursor.as_ref()))),
                server.ok("POST", "/api/runs/resume", Some(body(cursor.as_ref()))),
            );
            for item in page["data"].as_array().unwrap().iter().chain(again["data"].as_array().unwrap()) {
                let (old, new) = (item["run_id"].as_str().unwrap(), item["resumed"]["run_id"].as_str().unwrap_or_else(|| panic!("{item}")));
                assert_eq!((&item["resumed"]["kept"], &item["resumed"]["difference"]), (&json!(2), &Value::Null));
                let known = resumed.insert(old.to_owned(), new.to_owned());
                assert!(known.is_none_or(|k| k == new), "{old} was resumed twice");
            }
            // Whichever of the two came later may have found less: go on after what both have seen.
            cursor = Some(page["next_cursor"].clone()).filter(|c| !c.is_null());
            if cursor.is_none() {
                break;
            }
        }
        eventually("all have completed", PATIENCE, async || (count(&server, id, "completed").await == MANY).then_some(())).await;
        let rest = server.cli_json(&["runs", "resume", "--failed", "--installation", id, "--at", &version]).await;
        assert_eq!(rest["resumed"], 0, "nothing is left");
        assert_eq!(received(&crm, "/bill"), once, "no customer was billed twice");
        assert_eq!(received(&crm, "/report"), once, "each run went on, once");
        let keys: HashSet<String> = crm.requests().iter().map(|r| r.header("idempotency-key").to_owned()).collect();
        assert_eq!(keys.len(), 2 * MANY, "each effect has a key of its own");
        assert_eq!(count(&server, id, "failed").await, MANY, "the old runs stay as they are");
        let (old, new) = resumed.iter().next().unwrap();
        let (old, new) = (server.run(old).await, server.run(new).await);
        assert_eq!((&old["resumed_by"], &new["resumed_from"]), (&new["id"], &old["id"]));
        assert_eq!((&new["version_id"], &new["resumption"]["from_version_id"]), (&json!(version), &old["version_id"]));
        assert_eq!((&old["status"], &new["output"]["total"]), (&json!("failed"), &json!(7)));
    }

    async fn the_first_difference_is_shown_and_the_rest_is_made_anew(db: Database) {
        let crm = crm().await;
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(BILLED, json!({"apiKey": "k-123456789"}), json!({})).await;
        let run = server.trigger(&installation, json!({"n": 1})).await;
        assert_eq!(server.ended(&run).await["status"], "failed");

        let refused = server.cli(&["runs", "resume", &run, "--json"]).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (7, Some("RESUME_WOULD_FAIL")));
        let version = deploy(&server, &fixed().replace("`bill-${trigger.data.n}`", "`invoice-${trigger.data.n}`")).await;
        let shown = server.cli(&["runs", "resume", &run, "--at", &version, "--dry-run"]).await;
        for part in ["call 2", "storage.set bill-1", "storage.set invoice-1", "Nothing was changed"] {
            assert!(shown.stdout.contains(part), "no {part} in {}", shown.stdout);
        }
        let answer = server.cli_json(&["runs", "resume", &run, "--at", &version]).await;
        assert_eq!((&answer["kept"], &answer["difference"]["seq"], &answer["already"]), (&json!(1), &json!(2), &json!(false)));
        let new = answer["run_id"].as_str().unwrap();
        let ended = server.completed(new).await;
        assert_eq!(ended["resumption"]["difference"]["recorded"]["args"]["key"], "bill-1");
        assert_eq!(ended["resumption"]["difference"]["now"]["args"]["key"], "invoice-1");
        let again = server.cli_json(&["runs", "resume", &run, "--at", &version]).await;
        assert_eq!((&again["run_id"], &again["already"]), (&answer["run_id"], &json!(true)));
        let forced = server.cli_json(&["runs", "resume", &run, "--at", &version, "--force", "--from", "1"]).await;
        assert_ne!(forced["run_id"], answer["run_id"]);
        server.completed(forced["run_id"].as_str().unwrap()).await;
        // Told to begin at the first call, it bills again, under a key of its own.
        let bills: Vec<_> = crm.requests().into_iter().filter(|r| r.path == "/bill").collect();
        assert_eq!(bills.len(), 2);
        assert!(bills[1].header("idempotency-key").starts_with(forced["run_id"].as_str().unwrap()));
        assert!(bills.iter().all(|b| b.bears("k-123456789") && b.json()["run"] == run.as_str()), "to its program it is the same run");
        assert_eq!(bills[0].json()["salt"], bills[1].json()["salt"]);
    }

    async fn an_outage_is_over_and_the_same_version_goes_on(db: Database) {
        let crm = StandIn::start("crm", |_| Reply::json(503, &json!({"busy": true}))).await.unwrap();
        let server = Setup::on(db).host("crm.example", &crm).start().await;
        let installation = server.install(BILLED, json!({"apiKey": "k-123456789"}), json!({})).await;
        // The first answer is good, what follows is not.
        crm.answer_with(|r| if r.path == "/bill" { Reply::json(200, &json!({"id": 1, "lines": {"total": 3}})) } else { Reply::bytes(503, "text/plain", "down") });
        let run = server.trigger(&installation, json!({"n": 1})).await;
        assert_eq!(server.ended(&run).await["status"], "failed");
        crm.answer_with(|_| Reply::json(200, &json!({"ok": true})));
        let answer = server.cli_json(&["runs", "resume", &run]).await;
        assert_eq!((&answer["kept"], &answer["retried"], &answer["difference"]), (&json!(2), &json!([3]), &Value::Null));
        assert_eq!(server.completed(answer["run_id"].as_str().unwrap()).await["output"]["total"], 3);
        assert_eq!(received(&crm, "/bill")[&1], 1);
    }
}
