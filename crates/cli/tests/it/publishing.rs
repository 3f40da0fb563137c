//! Publishing with the command line: a draft, a listing, versions, and what is refused.

use serde_json::{Value, json};

use crate::harness::people::{open, owner, post};
use crate::harness::{Setup, both};

fn module(version: &str, inputs: &str, metadata: &str) -> String {
    format!(
        "import {{ defineWorkflow, manual }} from '@millrace/sdk';\n\
         export default defineWorkflow({{ name: 'Greeter', version: '{version}', integrations: [], inputs: {{ {inputs} }}, trigger: manual(), async execute() {{ return '{version}'; }} }});\n\
         export const metadata = {{ id: 'greeter', {metadata} }} as any;\n"
    )
}

both! {
    async fn a_workflow_is_published_by_hand(db: Database) {
        let server = Setup::on(db).start().await;
        let folder = |name: &str, text: &str| server.folder(name, &[("workflow.ts", text)]);
        let first = folder("first", &module("1.0.0", "word: { type: 'text' }", "tagline: 'Says hello'"));
        let draft = server.cli_json(&["deploy", &first]).await;
        assert_eq!((&draft["state"], &draft["status"]), (&json!("draft"), &json!("draft")));
        assert_eq!(server.cli_json(&["marketplace", "search", "hello"]).await["data"], json!([]));
        let done = server.cli_json(&["publish", "greeter", "--notes", "The first"]).await;
        assert_eq!((&done["listing"]["status"], &done["version"]["version"]), (&json!("published"), &json!("1.0.0")));
        let found = server.cli_json(&["marketplace", "search", "says", "hello"]).await;
        assert_eq!(found["data"][0]["slug"], "greeter");

        // A version that states who finds it is published by its deploy; with --draft it is not.
        let second = folder("second", &module("1.1.0", "", "visibility: 'unlisted'"));
        let refused = server.cli(&["deploy", &second, "--json"]).await;
        assert_eq!((refused.code, refused.error()["code"].as_str()), (7, Some("BREAKING_CHANGE_REQUIRES_MAJOR")));
        assert_eq!(server.cli_json(&["deploy", &second, "--draft"]).await["state"], "draft");
        let differences = server.cli(&["versions", "diff", "greeter", "1.0.0", "1.1.0"]).await;
        assert!(differences.stdout.contains("1 breaking change(s)") && differences.stdout.contains("`word` was removed"), "{}", differences.stdout);
        let shown = server.cli(&["deploy", &second, "--allow-breaking"]).await;
        assert!(shown.stdout.contains("published, unlisted") && shown.stdout.contains("/workflows/greeter"), "{}", shown.stdout);
        let again = folder("again", &module("1.1.0", "more: { type: 'text' }", "visibility: 'unlisted'"));
        assert_eq!(server.cli(&["deploy", &again, "--json"]).await.error()["code"], "VERSION_NOT_NEWER");

        // The first content comes back under a new number.
        let copy = server.cli_json(&["versions", "restore", "greeter", "1.0.0"]).await;
        assert_eq!((&copy["version"], &copy["state"]), (&json!("1.1.1"), &json!("draft")));
        server.cli_json(&["versions", "publish", "greeter", "1.1.1"]).await;
        server.cli_json(&["versions", "deprecate", "greeter", "1.1.0", "--reason", "It forgot the word"]).await;
        let list = server.cli_json(&["versions", "list", "greeter"]).await;
        let states: Vec<(&Value, &Value)> = list["data"].as_array().map(|all| all.iter().map(|v| (&v["version"], &v["state"])).collect()).unwrap_or_default();
        assert_eq!(states, [(&json!("1.1.1"), &json!("published")), (&json!("1.1.0"), &json!("deprecated")), (&json!("1.0.0"), &json!("published"))]);
        assert_eq!(server.cli_json(&["versions", "show", "greeter", "v2"]).await["reason"], "It forgot the word");
        assert!(server.cli(&["versions", "list", "greeter"]).await.stdout.contains("current"));
        let info = server.cli(&["marketplace", "info", "greeter"]).await;
        assert!(info.stdout.contains("1.1.1") && info.stdout.contains("published, unlisted"), "what it does not state stays: {}", info.stdout);
        assert_eq!(server.cli_json(&["publish", "greeter", "--undo"]).await["status"], "draft");
        assert_eq!(server.cli(&["versions", "show", "greeter", "9.9.9", "--json"]).await.code, 5);
    }

    async fn a_workflow_is_forked_by_hand(db: Database) {
        let server = open(db).start().await;
        let author = owner(&server, "dev@example.com", "maker").await;
        let other = owner(&server, "ada@example.com", "acme").await;
        let text = module("1.0.0", "", "visibility: 'public', license: 'MIT'");
        post(&server, &author, "/api/developer/workflows", json!({"files": {"workflow.ts": text}}), 201).await;
        let place = format!("{}/greeter", server.folder("forks", &[]));
        let made = server.cli_json(&["fork", "greeter", "--dir", &place, "--reason", "Other words", "--api-key", &other]).await;
        assert_eq!((&made["status"], &made["lineage"]["parent"]["slug"], &made["lineage"]["reason"]), (&json!("draft"), &json!("greeter"), &json!("Other words")));
        assert_eq!(made["files"], json!(["workflow.ts", "package.json", "millrace.d.ts"]));
        assert_eq!(std::fs::read_to_string(format!("{place}/workflow.ts")).unwrap(), text);

        // What is here is not written over, and what is there is not forked over.
        let fork: [&str; 8] = ["fork", "greeter", "--dir", &place, "--api-key", &other, "--json", "--force"];
        let again = server.cli(&fork[..7]).await;
        assert_eq!((again.code, again.error()["code"].as_str()), (2, Some("FILE_EXISTS")));
        let forced = server.cli(&fork).await;
        assert_eq!((forced.code, forced.error()["code"].as_str()), (7, Some("WORKFLOW_ID_TAKEN")));

        // From here on it is a project like any other.
        let deployed = server.cli_json(&["deploy", &place, "--draft", "--api-key", &other]).await;
        assert_eq!(deployed["workflow_id"], made["workflow_id"]);
        let line = server.cli(&["lineage", made["workflow_id"].as_str().unwrap(), "--api-key", &other]).await;
        assert!(line.stdout.contains("Greeter greeter, version 1.0.0") && line.stdout.contains("Other words"), "{}{}", line.stdout, line.stderr);
    }
}
