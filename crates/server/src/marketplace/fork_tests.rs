//! Forks over the routes, on both databases.
#![allow(clippy::unwrap_used)]

use millrace_db::{on_both, sql};
use serde_json::{Value, json};

use crate::identity::Role;
use crate::installations::fixture::{Answer, Bench};

const ITS: &str = "/api/developer/workflows";

/// A module of two files whose code is long enough to be compared.
fn files(id: &str, version: &str, metadata: &str) -> Value {
    let work: String = (0..60).map(|n| format!("const step{n} = 'part {}'.slice({}, {n}) + \"{}\".repeat({});\n", n * 3, n % 7, (n * 3) % 53, (n + 3) % 11)).collect();
    let workflow = format!(
        "import {{ defineWorkflow, manual }} from '@millrace/sdk';\nimport {{ greeting }} from './lib/words';\n\
         export default defineWorkflow({{ name: 'Sync {id}', version: '{version}', integrations: [], trigger: manual(),\n  async execute() {{ {work} return {{ success: true, data: greeting + '{version}' }}; }} }});\n\
         export const metadata = {{ id: '{id}', version: '{version}', {metadata} }} as any;\n"
    );
    json!({"workflow.ts": workflow, "lib/words.ts": "export const greeting: string = 'Hello';\n"})
}

async fn deploy(bench: &Bench, key: &str, id: &str, version: &str, metadata: &str) -> Answer {
    bench.call_as(key, "POST", ITS, json!({"files": files(id, version, metadata)}), &[]).await
}

async fn fork(bench: &Bench, key: &str, name: &str) -> Answer {
    bench.call_as(key, "POST", &format!("/api/marketplace/{name}/fork"), json!({"reason": "For our own CRM"}), &[]).await
}

async fn seen(bench: &Bench, key: &str, path: &str) -> Answer {
    bench.call_as(key, "GET", &format!("/api/marketplace/{path}"), Value::Null, &[]).await
}

on_both! {
    async fn a_fork_is_a_draft_of_ones_own_that_says_where_it_comes_from(db: TestDb) {
        let bench = Bench::new(db).await;
        let (other, key) = bench.company(Role::Owner).await;
        let (_, third) = bench.company(Role::Owner).await;
        let original = deploy(&bench, &bench.key, "notes", "1.0.0", "visibility: 'public', license: 'MIT'").await.of(201)["workflow_id"].clone();
        let made = fork(&bench, &key, "notes").await.of(201);
        assert_ne!(made["workflow_id"], original);
        assert_eq!((&made["slug"], &made["status"], &made["version"], &made["entry"], &made["others"]), (&json!("notes"), &json!("draft"), &json!("1.0.0"), &json!("workflow.ts"), &json!([])));
        assert_eq!(made["files"], files("notes", "1.0.0", "visibility: 'public', license: 'MIT'"), "the source as it was written");
        let lineage = &made["lineage"];
        let parent = json!({"name": "Sync notes", "developer_id": bench.tenant, "workflow_id": original, "slug": "notes"});
        assert_eq!((&lineage["parent"], &lineage["original"], &lineage["depth"]), (&parent, &parent, &json!(1)));
        assert_eq!((&lineage["parent_version"], &lineage["reason"], &lineage["forks_count"]), (&json!("1.0.0"), &json!("For our own CRM"), &json!(0)));
        let log = bench.call_as(&key, "GET", "/api/v1/audit?action=workflow", Value::Null, &[]).await.of(200);
        assert_eq!((&log["data"][0]["action"], &log["data"][0]["metadata"]["parent_id"], log["data"].as_array().unwrap().len()), (&json!("workflow.forked"), &original, 1));

        // Its own workspace sees it, and nobody else; the original counts it.
        let id = made["workflow_id"].as_str().unwrap();
        assert_eq!(seen(&bench, &third, id).await.status, 404);
        assert_eq!(seen(&bench, &third, &format!("{id}/lineage")).await.status, 404);
        let own = seen(&bench, &key, id).await.of(200);
        assert_eq!((&own["lineage"]["depth"], &own["forkable"], &own["license"], &own["mine"]), (&json!(1), &json!(true), &json!("MIT"), &json!(true)));
        let first = seen(&bench, &third, "notes/lineage").await.of(200);
        assert_eq!((&first["depth"], &first["original"], &first["forks_count"], &first["forks"]), (&json!(0), &Value::Null, &json!(1), &json!([])));
        assert_eq!(seen(&bench, &key, "notes/lineage").await.of(200)["forks"][0]["id"], made["workflow_id"], "one's own is shown to oneself");

        // What is there is not forked over, whoever wrote it.
        assert_eq!(fork(&bench, &key, "notes").await.refusal(), (409, "WORKFLOW_ID_TAKEN"));
        assert_eq!(fork(&bench, &bench.key, "notes").await.refusal(), (409, "WORKFLOW_ID_TAKEN"));

        // A declared fork is no copy, in neither direction; who copies without saying so is refused as before.
        let word = bench.call_as(&key, "POST", &format!("{ITS}/notes/publish"), Value::Null, &[]).await.of(200);
        assert_eq!(word["warnings"], json!([]), "{word}");
        assert_eq!(deploy(&bench, &third, "mine", "1.0.0", "visibility: 'public'").await.refusal(), (409, "SIMILAR_WORKFLOW"));
        let next = deploy(&bench, &bench.key, "notes", "1.0.1", "visibility: 'public', license: 'MIT'").await.of(201);
        assert!(!next["warnings"].to_string().contains("SIMILAR_WORKFLOW"), "{next}");
        let shown = seen(&bench, &third, "notes/lineage").await.of(200);
        assert_eq!(shown["forks"][0]["slug"], word["listing"]["slug"]);

        // A fork of the fork, by whoever finds it: two steps from the original.
        let again = fork(&bench, &third, word["listing"]["slug"].as_str().unwrap()).await.of(201);
        assert_eq!((&again["lineage"]["depth"], &again["lineage"]["parent"]["developer_id"], &again["lineage"]["original"]), (&json!(2), &json!(other), &parent));
        assert_eq!(bench.call_as(&third, "POST", &format!("{ITS}/notes/publish"), Value::Null, &[]).await.of(200)["warnings"], json!([]));
        // What is deployed later under its id is the fork, with its line.
        let later = deploy(&bench, &key, "notes", "2.0.0", "visibility: 'public'").await.of(201);
        assert_eq!((&later["workflow_id"], later["created"].as_bool()), (&made["workflow_id"], Some(true)));
        let now = seen(&bench, &third, id).await.of(200);
        assert_eq!((&now["lineage"]["depth"], &now["lineage"]["forks_count"], &now["forkable"]), (&json!(1), &json!(1), &json!(false)));
    }

    async fn only_what_its_author_allows_is_forked_by_who_may_see_it(db: TestDb) {
        let bench = Bench::new(db).await;
        let (other, key) = bench.company(Role::Owner).await;
        let (_, stranger) = bench.company(Role::Owner).await;
        for (id, metadata, wanted) in [
            ("silent", "visibility: 'public'", (403, "NOT_FORKABLE")),
            ("closed", "visibility: 'public', license: 'MIT', forkable: false", (403, "NOT_FORKABLE")),
            ("draft", "forkable: true", (404, "NOT_FOUND")),
            ("inner", "visibility: 'private', forkable: true", (404, "NOT_FOUND")),
        ] {
            deploy(&bench, &bench.key, id, "1.0.0", metadata).await.of(201);
            let listing = seen(&bench, &bench.key, id).await.of(200);
            let refused = fork(&bench, &key, listing["id"].as_str().unwrap()).await;
            assert_eq!(refused.refusal(), wanted, "{id}");
        }
        assert_eq!(fork(&bench, &key, "nothing").await.status, 404);
        assert_eq!(bench.count("workflow_lineage").await, 0);
        // Who has access to a private one may fork it; what is made of it tells others its name, and not where it is.
        let private = seen(&bench, &bench.key, "inner").await.of(200)["id"].as_str().unwrap().to_owned();
        bench.call("POST", &format!("{ITS}/inner/grants"), json!({"type": "organization", "value": other})).await.of(201);
        let made = fork(&bench, &key, &private).await.of(201);
        assert_eq!((&made["lineage"]["parent"]["name"], &made["lineage"]["parent"]["workflow_id"], &made["lineage"]["parent"]["slug"]), (&json!("Sync inner"), &Value::Null, &Value::Null));
        deploy(&bench, &key, "inner", "1.1.0", "visibility: 'unlisted'").await.of(201);
        let told = seen(&bench, &stranger, &format!("{}/lineage", made["workflow_id"].as_str().unwrap())).await.of(200);
        assert_eq!((&told["original"]["name"], told.to_string().contains(&private)), (&json!("Sync inner"), false));
        // A key that may not deploy may not fork.
        let viewer = bench.key_as(Role::Viewer).await;
        assert_eq!(fork(&bench, &viewer, "silent").await.status, 403);
        let long = json!({"reason": "x".repeat(2_001)});
        assert_eq!(bench.call_as(&key, "POST", "/api/marketplace/silent/fork", long, &[]).await.status, 400);
    }

    async fn a_fork_shares_no_storage_and_all_workflows_of_a_module_come_along(db: TestDb) {
        let bench = Bench::new(db).await;
        let (other, key) = bench.company(Role::Owner).await;
        let two = "import { defineWorkflow, manual } from '@millrace/sdk';\n\
            export default defineWorkflow({ name: 'Main', integrations: [], trigger: manual(), async execute() {} });\n\
            export const digest = defineWorkflow({ name: 'Digest', integrations: [], trigger: manual(), async execute() {} });\n\
            export const metadata = { id: 'pair', visibility: 'public' as const, forkable: true };\n";
        bench.deploy(two).await.of(201);
        let installed = bench.call_as(&key, "POST", "/api/installations", json!({"workflow": "pair", "name": "Theirs", "activate": true}), &[]).await.of(201);
        let original = seen(&bench, &key, "pair").await.of(200)["id"].as_str().unwrap().to_owned();
        let mut tx = bench.app.platform().begin().await.unwrap();
        let row = sql("INSERT INTO storage (tenant_id, workflow_id, key, value, bytes, updated_at) VALUES ($1, $2, 'seen', '1', 5, 0)").bind(other.as_str()).bind(&original);
        tx.execute(row).await.unwrap();
        tx.commit().await.unwrap();

        let made = fork(&bench, &key, "pair-digest").await.of(201);
        assert_eq!((&made["slug"], &made["name"], &made["others"][0]["slug"]), (&json!("pair/digest"), &json!("Digest"), &json!("pair")));
        assert_eq!((&made["lineage"]["parent"]["name"], &made["lineage"]["parent"]["slug"]), (&json!("Digest"), &json!("pair-digest")));
        let main = made["others"][0]["workflow_id"].as_str().unwrap();
        assert_eq!(seen(&bench, &key, &format!("{main}/lineage")).await.of(200)["parent"]["workflow_id"], json!(original));

        let own = bench.call_as(&key, "POST", "/api/installations", json!({"workflow": main, "name": "Forked", "activate": true}), &[]).await.of(201);
        assert_eq!(bench.call_as(&key, "DELETE", &format!("/api/installations/{}/storage", own["id"].as_str().unwrap()), Value::Null, &[]).await.status, 204);
        assert_eq!(bench.count("storage").await, 1, "clearing the fork's leaves the original's");
        assert_eq!(bench.call_as(&key, "DELETE", &format!("/api/installations/{}/storage", installed["id"].as_str().unwrap()), Value::Null, &[]).await.status, 204);
        assert_eq!(bench.count("storage").await, 0);
    }
}
