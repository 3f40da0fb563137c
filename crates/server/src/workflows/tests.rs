//! Deploying on both databases, over the routes.
#![allow(clippy::unwrap_used)]

use millrace_bundle::SourceTree;
use millrace_db::on_both;
use serde_json::{Value, json};

use super::service;
use crate::identity::Role;
use crate::installations::fixture::{Bench, example, module};

const EXAMPLES: [(&str, &str); 3] = [
    ("client-crm-sync", "1.0.0"),
    ("enterprise-zoom-sync", "1.0.0"),
    ("acme-meeting-processor", "1.2.0"),
];

on_both! {
    async fn the_complete_examples_deploy_unmodified(db: TestDb) {
        let bench = Bench::new(db).await;
        for (id, version) in EXAMPLES {
            let made = bench.deploy(&example(id)).await.of(201);
            assert_eq!((&made["slug"], &made["version"], &made["number"], &made["created"]), (&json!(id), &json!(version), &json!(1), &json!(true)));
            assert_eq!(made["visibility"], "private");
            let again = bench.deploy(&example(id)).await.of(200);
            assert_eq!((&again["version_id"], &again["created"]), (&made["version_id"], &json!(false)));
        }
        let shown = bench.call("GET", "/api/developer/workflows/acme-meeting-processor", Value::Null).await.of(200);
        assert_eq!(shown["name"], "ACME Meeting Processor");
        assert_eq!(shown["description"], "Process meetings for ACME Corp with custom CRM sync");
        let version = &shown["versions"][0];
        assert_eq!(version["metadata"]["accessGrants"][0], json!({"type": "email_domain", "value": "acmecorp.com"}));
        let capabilities = &version["capabilities"];
        assert_eq!(capabilities["triggers"], json!([{"type": "webhook", "service": "zoom", "events": ["meeting.ended"]}]));
        assert_eq!(capabilities["services"][1], json!({"service": "notion", "scopes": ["read_pages", "write_pages"], "optional": true, "available": true}));
        let secret: Vec<&str> = capabilities["inputs"].as_array().unwrap().iter().filter(|i| i["secret"] == true).map(|i| i["key"].as_str().unwrap()).collect();
        assert_eq!(secret, ["crmApiKey"]);
        let listed = bench.call("GET", "/api/developer/workflows?limit=2", Value::Null).await.of(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 2);
        assert_eq!(listed["data"][0]["listing"], json!({"status": "published", "visibility": "private", "version": "1.2.0", "installs": 0}));
        let rest = format!("/api/developer/workflows?limit=2&cursor={}", listed["next_cursor"].as_str().unwrap());
        let rest = bench.call("GET", &rest, Value::Null).await.of(200);
        assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));
    }

    async fn each_content_is_a_version_and_the_last_deploy_is_the_latest(db: TestDb) {
        let bench = Bench::new(db).await;
        let first = bench.deploy_definition("w", "description: 'a', trigger: manual()").await;
        let second = bench.deploy_definition("w", "description: 'b', trigger: manual()").await;
        assert_eq!((&second["workflow_id"], &second["number"], &second["version"]), (&first["workflow_id"], &json!(2), &json!("1.0.0")));
        let codes: Vec<&str> = second["warnings"].as_array().unwrap().iter().map(|w| w["code"].as_str().unwrap()).collect();
        assert!(codes.contains(&"VERSION_UNCHANGED"), "{codes:?}");
        let back = bench.deploy_definition("w", "description: 'a', trigger: manual()").await;
        assert_eq!((&back["version_id"], &back["created"]), (&first["version_id"], &json!(false)));
        let id = first["workflow_id"].as_str().unwrap();
        let shown = bench.call("GET", &format!("/api/developer/workflows/{id}"), Value::Null).await.of(200);
        assert_eq!((&shown["latest_version_id"], &shown["description"]), (&first["version_id"], &json!("a")));
        assert_eq!(shown["versions"].as_array().unwrap().len(), 2);
    }

    async fn the_source_of_a_version_is_shown_to_who_wrote_it(db: TestDb) {
        let bench = Bench::new(db).await;
        let files = json!({"workflow.ts": module("w", "trigger: manual()").replace("import", "import { greet } from './lib/greet';\nexport const said = greet();\nimport"), "lib/greet.ts": "export const greet = (): string => 'hello';", "unused.ts": "export {};"});
        let first = bench.call("POST", "/api/developer/workflows", json!({"files": files})).await.of(201);
        bench.deploy_definition("w", "description: 'b', trigger: manual()").await;
        let path = |v: &str| format!("/api/developer/workflows/w/versions/{v}/source");
        let shown = bench.call("GET", &path(first["version_id"].as_str().unwrap()), Value::Null).await.of(200);
        assert_eq!((&shown["entry"], &shown["version_id"], &shown["number"]), (&json!("workflow.ts"), &first["version_id"], &json!(1)));
        assert_eq!(shown["files"].as_object().unwrap().len(), 2, "what nothing imports was not kept: {shown}");
        assert_eq!((&shown["files"]["lib/greet.ts"], &shown["files"]["workflow.ts"]), (&files["lib/greet.ts"], &files["workflow.ts"]));
        assert_eq!(bench.call("GET", &path("latest"), Value::Null).await.of(200)["number"], 2);
        assert_eq!(bench.call("GET", &path("v9"), Value::Null).await.refusal(), (404, "NOT_FOUND"));
        let (_, stranger) = bench.stranger(Role::Owner).await;
        for v in ["latest", first["version_id"].as_str().unwrap()] {
            assert_eq!(bench.call_as(&stranger, "GET", &path(v), Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"));
            let by_id = path(v).replace("/w/", &format!("/{}/", first["workflow_id"].as_str().unwrap()));
            assert_eq!(bench.call_as(&stranger, "GET", &by_id, Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"));
        }
    }

    async fn what_cannot_be_a_workflow_is_refused_with_its_place(db: TestDb) {
        let bench = Bench::new(db).await;
        let refusal = |text: String| { let bench = &bench; async move { bench.deploy(&text).await } };
        let answer = refusal("import { defineWorkflow } from '@millrace/sdk';\nexport default defineWorkflow({ name: 'x', }}\n".into()).await;
        assert_eq!(answer.refusal(), (400, "SYNTAX_ERROR"));
        assert!(answer.fields()[0].starts_with("workflow.ts:2:"), "{:?}", answer.fields());
        let answer = refusal("import fs from 'fs';\nexport default { name: 'x', trigger: { type: 'manual' }, async execute() { return fs; } };\n".into()).await;
        assert_eq!(answer.refusal(), (400, "BLOCKED_NODE_MODULE"));
        assert_eq!(refusal("export const x = 1;\n".into()).await.status, 400);
        let answer = refusal(module("c", "trigger: schedule('0 9 * *')")).await;
        assert_eq!(answer.refusal(), (400, "INVALID_CRON"));
        // What only evaluation shows is named by its place in the definition.
        let computed = module("c", "trigger: { type: 'schedule', cron: ['61', '9', '*', '*', '*'].join(' ') }");
        assert_eq!(refusal(computed).await.fields(), ["trigger.cron INVALID_CRON"]);
        assert_eq!(refusal(module("c", "trigger: { type: 'webhook' }")).await.refusal(), (400, "INCOMPLETE_WEBHOOK"));
        let answer = refusal("import { defineWorkflow } from '@millrace/sdk';\n\nconst broken: any = undefined;\nbroken.member;\nexport default defineWorkflow({ name: 'x', trigger: { type: 'manual' }, async execute() {} } as any);\n".into()).await;
        assert_eq!(answer.refusal(), (400, "LOAD_FAILED"));
        assert!(answer.fields()[0].starts_with("workflow.ts:4:"), "{:?}", answer.fields());
        assert_eq!(bench.count("workflow_versions").await, 0);
    }

    async fn a_bundle_over_the_limit_is_413(db: TestDb) {
        let bench = Bench::new(db).await;
        let big = |bytes: usize| format!("{}\n// {}", module("big", "trigger: manual()"), "x".repeat(bytes));
        assert_eq!(bench.deploy(&big(10_500_000)).await.refusal(), (413, "BUNDLE_TOO_LARGE"));
        assert_eq!(bench.deploy(&big(14_000_000)).await.refusal(), (413, "BUNDLE_TOO_LARGE"));
    }

    async fn further_exports_and_the_project_file_count(db: TestDb) {
        let bench = Bench::new(db).await;
        let module = "import { defineWorkflow, manual } from '@millrace/sdk';\n\
            export default defineWorkflow({ name: 'Main', integrations: [], trigger: manual(), async execute() { return 1; } });\n\
            export const digest = defineWorkflow({ name: 'Digest', integrations: [], trigger: manual(), async execute() { return 2; } });\n\
            export const metadata = { id: 'main' };\n";
        let files = json!({"workflow.ts": module, "millrace.config.ts": "export default { visibility: 'private' };\n"});
        let made = bench.call("POST", "/api/developer/workflows", json!({"files": files})).await.of(201);
        assert_eq!((&made["slug"], &made["visibility"]), (&json!("main"), &json!("private")));
        let other = &made["others"][0];
        assert_eq!((&other["slug"], &other["name"], &other["hash"]), (&json!("main/digest"), &json!("Digest"), &made["hash"]));
        let shown = bench.call("GET", "/api/developer/workflows/main%2Fdigest", Value::Null).await.of(200);
        assert_eq!(shown["versions"][0]["export"], "digest");
        let loaded = service::program(&bench.app, &bench.tenant, &other["version_id"].as_str().unwrap().parse().unwrap()).await.unwrap();
        assert_eq!((loaded.handler("execute"), loaded.slug.as_str()), ("digest.execute".to_owned(), "main/digest"));
    }

    async fn the_functions_of_a_module_are_known_by_their_paths(db: TestDb) {
        let bench = Bench::new(db).await;
        let module = "import { defineWorkflow, manual } from '@millrace/sdk';\n\
            export default defineWorkflow({ name: 'Main', integrations: [], trigger: manual(), async execute() { return 1; }, async onEnable() {} } as any);\n\
            export const digest = defineWorkflow({ name: 'Digest', integrations: [], trigger: manual(), async execute() { return 2; } });\n\
            export const metadata = { id: 'main', migration: { from: '1.x', script: (old: any) => old } };\n";
        let made = bench.deploy(module).await.of(201);
        let load = async |id: &Value| service::program(&bench.app, &bench.tenant, &id.as_str().unwrap().parse().unwrap()).await;
        let main = load(&made["version_id"]).await.unwrap();
        assert!(main.has("execute") && main.has("onEnable") && main.has("metadata.migration.script") && !main.has("validateConfig"));
        let digest = load(&made["others"][0]["version_id"]).await.unwrap();
        assert!(digest.has("execute") && !digest.has("onEnable"));
        // A version of an older node says nothing, until its content is deployed again.
        crate::identity::people::execute(&bench.app, "UPDATE workflow_versions SET functions = NULL WHERE id <> $1", &["none"]).await;
        let again = bench.deploy(module).await.of(200);
        assert_eq!((&again["version_id"], &again["created"]), (&made["version_id"], &json!(false)));
        let (_, versions) = service::get(&bench.app, &bench.tenant, "main").await.unwrap();
        assert!(versions[0].has("onEnable"));
    }

    async fn another_workspace_sees_nothing(db: TestDb) {
        let bench = Bench::new(db).await;
        let made = bench.deploy_definition("w", "trigger: manual()").await;
        let (other, key) = bench.stranger(Role::Owner).await;
        for id in [made["workflow_id"].as_str().unwrap(), "w"] {
            assert_eq!(bench.call_as(&key, "GET", &format!("/api/developer/workflows/{id}"), Value::Null, &[]).await.status, 404);
        }
        assert_eq!(bench.call_as(&key, "GET", "/api/developer/workflows", Value::Null, &[]).await.of(200)["data"], json!([]));
        let version = made["version_id"].as_str().unwrap().parse().unwrap();
        assert_eq!(service::program(&bench.app, &other, &version).await.unwrap_err().status, 404);
        assert!(service::program(&bench.app, &bench.tenant, &version).await.is_ok());
        assert_eq!(service::program(&bench.app, &other, &version).await.unwrap_err().status, 404, "memory is per workspace too");
        // The same id in another workspace is another workflow.
        let body = json!({"files": {"workflow.ts": module("w", "trigger: manual()")}});
        let theirs = bench.call_as(&key, "POST", "/api/developer/workflows", body, &[]).await.of(201);
        assert_ne!(theirs["workflow_id"], made["workflow_id"]);
        assert_eq!(bench.call_as("mr_nothing", "GET", "/api/developer/workflows", Value::Null, &[]).await.status, 401);
    }

    async fn viewers_may_look_but_not_deploy(db: TestDb) {
        let bench = Bench::new(db).await;
        let viewer = bench.key_as(Role::Viewer).await;
        let body = json!({"files": {"workflow.ts": module("w", "trigger: manual()")}});
        assert_eq!(bench.call_as(&viewer, "POST", "/api/developer/workflows", body, &[]).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        bench.call_as(&viewer, "GET", "/api/developer/workflows", Value::Null, &[]).await.of(200);
    }

    async fn deploys_at_once_make_one_version(db: TestDb) {
        let bench = Bench::new(db).await;
        let options = service::Options::default();
        let tree = || SourceTree::single(module("w", "trigger: manual()"));
        let deploy = || service::deploy(&bench.app, &bench.tenant, &crate::identity::Actor::System, tree(), &options);
        let (a, b, c) = tokio::join!(deploy(), deploy(), deploy());
        let all = [a.unwrap(), b.unwrap(), c.unwrap()];
        assert!(all.iter().all(|d| d[0].version.id == all[0][0].version.id));
        assert_eq!(all.iter().filter(|d| d[0].created).count(), 1);
        assert_eq!(bench.count("workflow_versions").await, 1);
    }
}
