//! Who changed what is recorded, and an export proves it without a server.

use serde_json::{Value, json};

use crate::harness::{LONG, Setup, both, eventually};

const WAITER: &str = include_str!("workflows/waiter.ts");
const FAILING: &str = include_str!("workflows/failing.ts");

fn actions(rows: &Value) -> Vec<&str> {
    rows["data"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect()
}

both! {
    async fn an_export_proves_itself_and_names_what_was_changed(db: Database) {
        let server = Setup::on(db).start().await;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        server.ok("POST", "/api/connections", Some(json!({"service": "notion", "fields": {"access_token": "planted-secret"}}))).await;
        server.ok("POST", "/api/connections", Some(json!({"service": "notion", "name": "Second", "fields": {"access_token": "planted-secret"}}))).await;
        let listed = server.cli_json(&["audit", "list", "--action", "connection"]).await;
        assert_eq!(actions(&listed), ["connection.created", "connection.created"]);
        assert!(listed["data"][0]["personal"]["ip"].as_str().is_some_and(|ip| ip.starts_with("127.")), "{listed}");

        let good = path("good.ndjson");
        let exported = server.cli_json(&["audit", "export", "-o", &good]).await;
        assert_eq!((&exported["ok"], &exported["report"]["rows"]), (&json!(true), &json!(4)), "that somebody looked is a row, too");
        let keys = server.cli_json(&["audit", "keys"]).await;
        let key = keys["data"][0]["fingerprint"].as_str().unwrap();
        let pinned = server.cli(&["audit", "verify", &good, "--key", key]).await;
        assert_eq!(pinned.code, 0, "{}", pinned.stderr);
        assert!(pinned.stdout.contains("4 rows, 1 to 4") && pinned.stdout.contains("expected key"), "{}", pinned.stdout);
        let other = server.cli(&["audit", "verify", &good, "--key", "00000000000000000000000000000000", "--json"]).await;
        assert_eq!((other.code, other.error()["code"].as_str()), (11, Some("AUDIT_EXPORT_WRONG")));

        let text = std::fs::read_to_string(&good).unwrap();
        assert!(!text.contains("planted-secret"));
        let wrong = path("wrong.ndjson");
        let at = text.find("Second").or_else(|| text.match_indices("connection.created").nth(1).map(|(at, _)| at)).unwrap();
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        std::fs::write(&wrong, bytes).unwrap();
        let found = server.cli(&["audit", "verify", &wrong, "--json"]).await;
        assert_eq!(found.code, 11);
        let answer: Value = serde_json::from_str(found.stdout.lines().next().unwrap()).unwrap();
        assert_eq!((&answer["ok"], &answer["fault"]["place"], &answer["fault"]["seq"], &answer["fault"]["line"]), (&json!(false), &json!("row"), &json!(2), &json!(3)));
        std::fs::write(&wrong, &text[..text.len() / 2]).unwrap();
        assert_eq!(server.cli(&["audit", "verify", &wrong]).await.code, 11, "a cut export proves nothing");
        assert_eq!(server.cli(&["audit", "verify", &path("missing.ndjson")]).await.code, 2);
    }

    async fn decisions_and_resumed_runs_are_in_the_log(db: Database) {
        let server = Setup::on(db).start().await;
        let asks = server.install(WAITER, json!({}), json!({})).await;
        let run = server.trigger(&asks, json!({"what": "approval"})).await;
        let approval = eventually("it asks", LONG, async || {
            let list = server.ok("GET", "/api/approvals?status=pending", None).await;
            list["data"][0]["id"].as_str().map(str::to_owned)
        }).await;
        server.cli_json(&["approvals", "decide", &approval, "--approve", "--comment", "fine by me"]).await;
        server.completed(&run).await;
        let decided = server.cli_json(&["audit", "list", "--action", "approval.approved"]).await;
        assert_eq!((&decided["data"][0]["resource"]["id"], &decided["data"][0]["metadata"]["run_id"], &decided["data"][0]["personal"]["comment"]), (&json!(approval), &json!(run), &json!("fine by me")));

        let fails = server.install(FAILING, json!({}), json!({})).await;
        let failed = server.trigger(&fails, json!({"fail": true})).await;
        eventually("it fails", LONG, async || (server.run(&failed).await["status"] == "failed").then_some(())).await;
        server.ok("POST", "/api/developer/workflows", Some(json!({"files": {"workflow.ts": FAILING.replace("throw new Error('told to fail')", "return { fixed: true }").replace("1.0.0", "1.0.1")}}))).await;
        let resumed = server.ok("POST", &format!("/api/runs/{failed}/resume"), Some(json!({"version": "latest"}))).await;
        let said = server.cli_json(&["audit", "list", "--action", "run.resumed"]).await;
        assert_eq!((&said["data"][0]["resource"]["id"], &said["data"][0]["metadata"]["of"]), (&resumed["run_id"], &json!(failed)));
        server.ok("POST", &format!("/api/runs/{failed}/resume"), Some(json!({"version": "latest"}))).await;
        assert_eq!(actions(&server.cli_json(&["audit", "list", "--action", "run.resumed"]).await).len(), 1, "resumed once, recorded once");
    }
}
