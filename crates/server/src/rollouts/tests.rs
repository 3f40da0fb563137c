//! Rollouts on both databases, over the routes; the sweep looks when the test says so.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use millrace_db::{on_both, sql};
use millrace_ids::{InstallationId, TenantId, WorkflowId};
use serde_json::{Value, json};

use super::bucket::bucket;
use super::{service, sweep};
use crate::access::fixture as access;
use crate::identity::{Role, people};
use crate::installations::fixture::Bench;
use crate::installations::service as installations;

const ROLLOUT: &str = "/api/developer/workflows/mover/rollout";
const SECRET: &str = "planted-secret-77aa91";
const ONE: &str = "endpoint: { type: 'text', label: 'Endpoint' }, apiKey: { type: 'secret', label: 'Key' }";
const TWO: &str = "url: { type: 'text', label: 'Address', required: true }, token: { type: 'secret', label: 'Token' }, retries: { type: 'number', label: 'Retries', default: 3 }";
const SCRIPT: &str = "migration: { from: '1.x', script: async (old) => { if (old.endpoint.includes('bad')) throw new Error('cannot read ' + old.endpoint); return { ...old, url: 'https://' + old.endpoint, token: old.apiKey }; } }";

fn module(version: &str, inputs: &str, metadata: &str) -> String {
    format!(
        "import {{ defineWorkflow, manual }} from '@millrace/sdk';\n\
         export default defineWorkflow({{ name: 'Mover', version: '{version}', integrations: [], inputs: {{ {inputs} }}, trigger: manual(),\n\
           async execute() {{ return {{ success: true }}; }} }});\n\
         export const metadata = {{ id: 'mover', {metadata} }};\n"
    )
}

async fn deploy(bench: &Bench, version: &str, inputs: &str, metadata: &str) -> Value {
    bench.deploy(&module(version, inputs, metadata)).await.of(201)
}

async fn install(bench: &Bench, version: &str, config: Value) -> String {
    let name = format!("Installed {}", InstallationId::generate());
    let made = bench.install(json!({"workflow": "mover", "version": version, "name": name, "config": config, "activate": true})).await.of(201);
    made["id"].as_str().unwrap().to_owned()
}

async fn roll(bench: &Bench, request: Value) -> Value {
    let answer = bench.call("PUT", ROLLOUT, request).await.of(200);
    sweep::look_until_quiet(&bench.app).await;
    answer
}

async fn shown(bench: &Bench, id: &str) -> Value {
    bench.call("GET", &format!("/api/installations/{id}"), Value::Null).await.of(200)
}

async fn info(bench: &Bench, id: &str) -> Value {
    bench.call("GET", &format!("/api/installations/{id}/version-info"), Value::Null).await.of(200)
}

/// The workflow has the same id in every test, as the places of installations follow from ids.
async fn known(bench: &Bench) -> WorkflowId {
    const WORKFLOW: &str = "INSERT INTO workflows (id, tenant_id, slug, name, description, latest_version_id, created_at, updated_at) VALUES ($1, $2, 'mover', 'Mover', '', '', 0, 0)";
    let id: WorkflowId = "wf_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    let mut tx = bench.app.of(&bench.tenant).begin().await.unwrap();
    tx.execute(sql(WORKFLOW).bind(id.as_str()).bind(bench.tenant.as_str())).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Copies of an installation, in its workspace and in another one, with the same ids in every test.
async fn copies(bench: &Bench, of: &str, count: usize, other: &TenantId) {
    const COPY: &str = "INSERT INTO installations (id, tenant_id, workflow_id, version_id, name, status, timezone, config, secret_names, revision, created_at, updated_at, publisher_id) \
        SELECT $1, $3, workflow_id, version_id, name, status, timezone, config, secret_names, revision, created_at, updated_at, tenant_id FROM installations WHERE id = $2";
    let mut tx = bench.app.platform().begin().await.unwrap();
    for n in 0..count {
        let whose = if n % 2 == 0 { &bench.tenant } else { other };
        tx.execute(sql(COPY).bind(format!("inst_01h455vb4pex5vsknk084s{n:04}")).bind(of).bind(whose.as_str())).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn of_version(bench: &Bench, version: &Value) -> BTreeSet<String> {
    let q = sql("SELECT id FROM installations WHERE version_id = $1").bind(version["version_id"].as_str().unwrap());
    bench.app.platform().read().await.unwrap().all(q).await.unwrap().iter().map(|row| row.get("id").unwrap()).collect()
}

async fn mails(bench: &Bench, template: &str) -> usize {
    let q = sql("SELECT id FROM mails WHERE template = $1 AND tenant_id = $2").bind(template).bind(bench.tenant.as_str());
    bench.app.platform().read().await.unwrap().all(q).await.unwrap().len()
}

/// Runs of an installation that have ended.
async fn ended(bench: &Bench, id: &str, state: &str, count: usize) {
    bench.app.clock.advance(std::time::Duration::from_secs(1));
    for _ in 0..count {
        let run = bench.call("POST", &format!("/api/installations/{id}/trigger"), json!({})).await.of(202);
        let mut tx = bench.app.platform().begin().await.unwrap();
        let q = sql("UPDATE runs SET state = $2, finished_at = $3 WHERE id = $1").bind(run["run_id"].as_str().unwrap()).bind(state).bind(bench.app.clock.now());
        tx.execute(q).await.unwrap();
        tx.commit().await.unwrap();
    }
}

on_both! {
    async fn a_tenth_of_a_thousand_installations_moves_and_always_the_same_tenth(db: TestDb) {
        let bench = Bench::new(db).await;
        let (other, _) = bench.stranger(Role::Owner).await;
        let workflow = known(&bench).await;
        deploy(&bench, "1.0.0", "", "").await;
        let first = install(&bench, "1.0.0", json!({})).await;
        copies(&bench, &first, 999, &other).await;
        let two = deploy(&bench, "2.0.0", "", "x: 2").await;
        assert_eq!(two["workflow_id"], workflow.as_str());
        let answer = roll(&bench, json!({"strategy": "gradual", "percentage": 10})).await;
        assert_eq!((&answer["status"], &answer["auto_halt"]["enabled"], &answer["version"]), (&json!("active"), &json!(true), &json!("2.0.0")));
        let moved = of_version(&bench, &two).await;
        assert!(moved.len().abs_diff(100) <= 20, "two points: {}", moved.len());
        let place = |id: &String| bucket(&workflow, &id.parse().unwrap(), None);
        assert!(moved.iter().all(|id| place(id) < 1_000));
        let standing = bench.call("GET", ROLLOUT, Value::Null).await.of(200);
        assert_eq!(standing["progress"], json!({"installations": 1000, "moved": moved.len(), "failed": 0, "update_required": 0, "rolled_back": 0, "waiting": 0, "pinned": 0}));
        roll(&bench, json!({"percentage": 25})).await;
        let more = of_version(&bench, &two).await;
        assert!(more.is_superset(&moved) && more.len() > moved.len() && more.iter().all(|id| place(id) < 2_500));
        roll(&bench, json!({"percentage": 5})).await;
        assert_eq!(of_version(&bench, &two).await, more, "nobody goes back by itself");
        // The next version begins with the same ones.
        let three = deploy(&bench, "3.0.0", "", "x: 3").await;
        roll(&bench, json!({"version": "3.0.0", "percentage": 10})).await;
        assert_eq!(of_version(&bench, &three).await, moved);
        let mut tx = bench.app.of(&bench.tenant).read().await.unwrap();
        for _ in 0..20 {
            let id = InstallationId::generate();
            let given = service::version_for(&mut tx, &workflow, &id).await.unwrap().unwrap();
            assert_eq!(three["version_id"] == given.as_str(), bucket(&workflow, &id, None) < 1_000, "new installations go by bucket, too");
        }
    }

    async fn configurations_are_migrated_and_a_failing_migration_leaves_its_installation_working(db: TestDb) {
        let bench = Bench::new(db).await;
        people::member(&bench.app, &bench.tenant, Role::Owner).await;
        let one = deploy(&bench, "1.0.0", ONE, "").await;
        let good = install(&bench, "1.0.0", json!({"endpoint": "crm.example", "apiKey": SECRET})).await;
        let bad = install(&bench, "1.0.0", json!({"endpoint": "bad.example", "apiKey": SECRET})).await;
        let two = deploy(&bench, "2.0.0", TWO, &format!("changelog: '2.0.0 - Breaking: Other inputs\\n1.0.0 - First', {SCRIPT}")).await;
        roll(&bench, json!({"strategy": "immediate", "auto_halt": true})).await;

        let moved = shown(&bench, &good).await;
        assert_eq!((&moved["version_id"], &moved["status"]), (&two["version_id"], &json!("active")));
        assert_eq!(moved["config"], json!({"url": "https://crm.example", "token": "••••aa91"}));
        let stayed = shown(&bench, &bad).await;
        assert_eq!((&stayed["version_id"], &stayed["status"], &stayed["config"]["endpoint"]), (&one["version_id"], &json!("active"), &json!("bad.example")));
        bench.call("POST", &format!("/api/installations/{bad}/trigger"), json!({})).await.of(202);
        let told = info(&bench, &bad).await;
        assert_eq!((&told["last_update"]["status"], &told["last_update"]["code"]), (&json!("failed"), &json!("MIGRATION_SCRIPT_FAILED")));
        assert!(told["last_update"]["message"].as_str().unwrap().contains("cannot read bad.example"), "{told}");
        assert_eq!((&told["offered"]["version"], &told["changelog"][0]["changes"], &told["breaking"]), (&json!("2.0.0"), &json!(["Other inputs"]), &json!([])));
        assert_eq!((told["changelog"].as_array().unwrap().len(), &told["changelog"][0]["is_breaking"]), (1, &json!(true)), "what came since, and no more");
        assert_eq!(mails(&bench, "migration_failed").await, 1);
        let log = bench.call("GET", "/api/v1/audit?limit=100", Value::Null).await.body.to_string();
        assert!(log.contains("installation.update_failed") && log.contains("rollout.started") && !log.contains(SECRET));
        let stored = bench.dump("installations", &["config", "secrets"]).await;
        assert!(!stored.contains(SECRET) && !stored.contains("mrsealed_"));
        // It is not tried again by itself; by hand it is, and succeeds once the cause is gone.
        sweep::look_until_quiet(&bench.app).await;
        assert_eq!(mails(&bench, "migration_failed").await, 1);
        let update = format!("/api/installations/{bad}/update");
        assert_eq!(bench.call("POST", &update, Value::Null).await.refusal(), (409, "MIGRATION_FAILED"));
        bench.call("PATCH", &format!("/api/installations/{bad}"), json!({"config": {"endpoint": "mended.example"}})).await.of(200);
        let updated = bench.call("POST", &update, Value::Null).await.of(200);
        assert_eq!((&updated["current"]["version_id"], &updated["offered"]), (&two["version_id"], &Value::Null));
        assert_eq!(shown(&bench, &bad).await["config"], json!({"url": "https://mended.example", "token": "••••aa91"}));
        assert_eq!(bench.call("POST", &update, Value::Null).await.refusal(), (409, "NO_UPDATE_OFFERED"));

        // All the way back, to the configuration of before.
        let back = bench.call("POST", &format!("{ROLLOUT}/rollback"), json!({"reason": "too early"})).await.of(200);
        assert_eq!((&back["status"], &back["reason"]), (&json!("rolled_back"), &json!("too early")));
        sweep::look_until_quiet(&bench.app).await;
        for id in [&good, &bad] {
            let found = shown(&bench, id).await;
            assert_eq!((&found["version_id"], &found["config"]["apiKey"]), (&one["version_id"], &json!("••••aa91")), "{found}");
        }
        assert_eq!(shown(&bench, &good).await["config"]["endpoint"], "crm.example");
        assert_eq!(info(&bench, &good).await["last_update"]["status"], "rolled_back");
        assert_eq!(bench.call("GET", ROLLOUT, Value::Null).await.of(200)["progress"]["rolled_back"], 2);
        assert_eq!(bench.call("POST", &format!("{ROLLOUT}/rollback"), Value::Null).await.refusal(), (409, "ROLLOUT_NOT_ACTIVE"));
    }

    async fn what_breaks_waits_for_somebody_to_look_at_it(db: TestDb) {
        let bench = Bench::new(db).await;
        deploy(&bench, "1.0.0", ONE, "").await;
        let id = install(&bench, "1.0.0", json!({"endpoint": "crm.example"})).await;
        let two = deploy(&bench, "2.0.0", TWO, "").await;
        let answer = roll(&bench, json!({"strategy": "all"})).await;
        assert_eq!(answer["percentage"], 100.0);
        let told = info(&bench, &id).await;
        assert_eq!((&told["current"]["version"], &told["last_update"]["status"]), (&json!("1.0.0"), &json!("update_required")));
        let kinds: Vec<&str> = told["breaking"].as_array().unwrap().iter().map(|b| b["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["config_field_removed", "config_field_removed", "config_field_required_added"]);
        assert_eq!(bench.call("GET", ROLLOUT, Value::Null).await.of(200)["status"], "complete");
        let update = format!("/api/installations/{id}/update");
        assert_eq!(bench.call("POST", &update, Value::Null).await.refusal(), (400, "INVALID_CONFIG"));
        let done = bench.call("POST", &update, json!({"config": {"url": "https://x.example"}})).await.of(200);
        assert_eq!((&done["current"]["version_id"], &done["last_update"]["status"]), (&two["version_id"], &json!("moved")));
        // A version that breaks nothing comes by itself: what it does not know is dropped, what it adds has its default.
        let three = deploy(&bench, "2.1.0", &TWO.replace("default: 3", "default: 4"), "").await;
        roll(&bench, json!({"version": "2.1.0", "strategy": "all"})).await;
        assert_eq!(shown(&bench, &id).await["version_id"], three["version_id"]);
    }

    async fn a_version_that_fails_halts_itself(db: TestDb) {
        let bench = Bench::new(db).await;
        people::member(&bench.app, &bench.tenant, Role::Owner).await;
        let one = deploy(&bench, "1.0.0", "", "").await;
        let id = install(&bench, "1.0.0", json!({})).await;
        ended(&bench, &id, "completed", 2).await;
        deploy(&bench, "2.0.0", "", "x: 2").await;
        roll(&bench, json!({"percentage": 100, "auto_halt": {"min_runs": 5, "rollback": true}})).await;
        assert_eq!(shown(&bench, &id).await["version"], "2.0.0");
        ended(&bench, &id, "failed", 4).await;
        sweep::look_until_quiet(&bench.app).await;
        let standing = bench.call("GET", ROLLOUT, Value::Null).await.of(200);
        assert_eq!((&standing["status"], &standing["runs"]["new"]), (&json!("active"), &json!({"ended": 4, "failed": 4, "error_rate": 1.0})), "four runs are too few");
        // What was counted long ago still counts.
        bench.app.clock.advance(std::time::Duration::from_secs(300));
        sweep::look_until_quiet(&bench.app).await;
        ended(&bench, &id, "completed", 1).await;
        sweep::look_until_quiet(&bench.app).await;
        sweep::look_until_quiet(&bench.app).await;
        let standing = bench.call("GET", ROLLOUT, Value::Null).await.of(200);
        assert_eq!((&standing["status"], &standing["percentage"]), (&json!("rolled_back"), &json!(0.0)), "{standing}");
        assert!(standing["reason"].as_str().unwrap().starts_with("4 of 5 runs of this version failed"), "{standing}");
        assert_eq!(shown(&bench, &id).await["version_id"], one["version_id"]);
        assert_eq!(mails(&bench, "rollout_halted").await, 1);
        let log = bench.call("GET", "/api/v1/audit?limit=100", Value::Null).await.body.to_string();
        assert!(log.contains("rollout.rolled_back") && log.contains("installation.rolled_back"));
        // It goes on when somebody says so, and what failed before is not held against it.
        roll(&bench, json!({"percentage": 100})).await;
        assert_eq!((&shown(&bench, &id).await["version"], &bench.call("GET", ROLLOUT, Value::Null).await.of(200)["runs"]["new"]["ended"]), (&json!("2.0.0"), &json!(0)));
    }

    async fn a_pinned_installation_stays_and_goes_on_when_it_is_unpinned(db: TestDb) {
        let bench = Bench::new(db).await;
        let one = deploy(&bench, "1.0.0", "", "").await;
        let id = install(&bench, "1.0.0", json!({})).await;
        let pin = format!("/api/installations/{id}/pin-version");
        assert_eq!(bench.call("POST", &pin, json!({"versionId": "1.0.0"})).await.refusal(), (400, "INVALID_REQUEST"));
        let pinned = bench.call("POST", &pin, json!({"versionId": one["version_id"], "reason": "audit until March"})).await.of(200);
        assert_eq!(pinned["pinned"]["reason"], "audit until March");
        let two = deploy(&bench, "2.0.0", "", "x: 2").await;
        roll(&bench, json!({"percentage": 50})).await;
        roll(&bench, json!({"percentage": 100})).await;
        assert_eq!(shown(&bench, &id).await["version"], "1.0.0");
        assert_eq!(bench.call("GET", ROLLOUT, Value::Null).await.of(200)["progress"]["pinned"], 1);
        bench.call("POST", &pin, json!({"versionId": null, "reason": "over"})).await.of(200);
        sweep::look_until_quiet(&bench.app).await;
        assert_eq!(shown(&bench, &id).await["version_id"], two["version_id"]);
        // To another version at once, and back.
        bench.call("POST", &pin, json!({"version_id": "1.0.0", "reason": "faster"})).await.of(200);
        sweep::look_until_quiet(&bench.app).await;
        assert_eq!(shown(&bench, &id).await["version"], "1.0.0");
        assert_eq!(bench.call("POST", &pin, json!({"version_id": "9.9.9", "reason": "no"})).await.refusal().0, 404);
        // Lowered with `rollback`, those whom it does not reach any more go back; a pinned one stays.
        let free = install(&bench, "1.0.0", json!({})).await;
        bench.call("PUT", ROLLOUT, json!({"percentage": 99.99})).await.of(200);
        sweep::look_until_quiet(&bench.app).await;
        roll(&bench, json!({"percentage": 0, "rollback": true})).await;
        assert_eq!((&shown(&bench, &free).await["version"], &shown(&bench, &id).await["version"]), (&json!("1.0.0"), &json!("1.0.0")));
    }

    async fn installations_of_other_workspaces_move_and_stay_theirs(db: TestDb) {
        let bench = Bench::new(db).await;
        let one = deploy(&bench, "1.0.0", ONE, "").await;
        let workflow = one["workflow_id"].as_str().unwrap();
        access::list(&bench, workflow, "published", "public").await;
        roll(&bench, json!({"percentage": 100})).await;
        let (_, key) = bench.stranger(Role::Owner).await;
        let theirs = async |method: &str, path: &str, body: Value| bench.call_as(&key, method, path, body, &[]).await;
        // A version that is deployed and not rolled out is nobody's else.
        let two = deploy(&bench, "2.0.0", TWO, SCRIPT).await;
        access::list(&bench, workflow, "published", "public").await;
        let made = theirs("POST", "/api/installations", json!({"workflow": workflow, "config": {"endpoint": "crm.other.example", "apiKey": SECRET}, "activate": true})).await.of(201);
        assert_eq!(made["version"], "1.0.0", "the rollout says which version it gets");
        let id = made["id"].as_str().unwrap();
        let failing = theirs("POST", "/api/installations", json!({"workflow": workflow, "name": "Failing", "config": {"endpoint": "bad.other.example"}, "activate": true})).await.of(201);

        let rehearsed = bench.call("POST", "/api/developer/workflows/mover/rehearse", json!({"version": "2.0.0"})).await.of(200);
        assert_eq!(rehearsed["installations"], json!({"looked_at": 2, "migrate": 1, "unchanged": 0, "fail": 1, "need_review": 0, "codes": {"MIGRATION_SCRIPT_FAILED": 1}}));
        let refused = bench.call("PUT", ROLLOUT, json!({"version": "2.0.0", "percentage": 100, "rehearse": true})).await;
        assert_eq!(refused.refusal(), (409, "REHEARSAL_DIFFERS"));
        roll(&bench, json!({"version": "2.0.0", "percentage": 100})).await;
        let moved = theirs("GET", &format!("/api/installations/{id}"), Value::Null).await.of(200);
        assert_eq!((&moved["version_id"], &moved["config"]["url"], &moved["config"]["token"]), (&two["version_id"], &json!("https://crm.other.example"), &json!("••••aa91")));
        let standing = bench.call("GET", ROLLOUT, Value::Null).await.of(200);
        assert_eq!((&standing["progress"]["moved"], &standing["progress"]["failed"]), (&json!(1), &json!(1)));
        // The developer sees numbers; what failed is told where it failed.
        let stays = failing["id"].as_str().unwrap();
        let told = theirs("GET", &format!("/api/installations/{stays}/version-info"), Value::Null).await.of(200);
        assert!(told["last_update"]["message"].as_str().unwrap().contains("bad.other.example"));
        let own_log = bench.call("GET", "/api/v1/audit?limit=100", Value::Null).await.body.to_string();
        assert!(![standing.to_string(), rehearsed.to_string(), own_log].concat().contains("other.example"));
        let log = theirs("GET", "/api/v1/audit?limit=100", Value::Null).await.body.to_string();
        assert!(log.contains("installation.updated") && log.contains("installation.update_failed"));
        assert_eq!(bench.call("GET", &format!("/api/installations/{id}/version-info"), Value::Null).await.refusal().0, 404);
        assert_eq!(theirs("PUT", &format!("/api/developer/workflows/{workflow}/rollout"), json!({"percentage": 1})).await.refusal().0, 404);
        // What was never rolled out cannot be chosen by others.
        deploy(&bench, "3.0.0", TWO, "x: 3").await;
        let pin = format!("/api/installations/{id}/pin-version");
        assert_eq!(theirs("POST", &pin, json!({"version_id": "3.0.0", "reason": "new"})).await.refusal().0, 404);
        let change = async |version: &str| theirs("PATCH", &format!("/api/installations/{id}"), json!({"version": version})).await;
        assert_eq!(change("3.0.0").await.refusal().0, 404);
        assert_eq!(change("latest").await.of(200)["version_id"], two["version_id"], "the latest is the latest that was rolled out");
        theirs("POST", &pin, json!({"version_id": two["version_id"], "reason": "works"})).await.of(200);
    }

    async fn another_version_by_hand_is_migrated_whole_or_refused(db: TestDb) {
        let bench = Bench::new(db).await;
        let one = deploy(&bench, "1.0.0", ONE, "").await;
        let good = install(&bench, "1.0.0", json!({"endpoint": "crm.example", "apiKey": SECRET})).await;
        let bad = install(&bench, "1.0.0", json!({"endpoint": "bad.example", "apiKey": SECRET})).await;
        let two = deploy(&bench, "2.0.0", TWO, SCRIPT).await;
        let patch = async |id: &str, body: Value| bench.call("PATCH", &format!("/api/installations/{id}"), body).await;
        let before = shown(&bench, &bad).await;
        let refused = patch(&bad, json!({"version": "2.0.0", "name": "Renamed"})).await;
        assert_eq!((refused.refusal(), refused.fields()), ((409, "MIGRATION_FAILED"), vec!["migration MIGRATION_SCRIPT_FAILED".to_owned()]));
        assert!(refused.body["detail"].as_str().unwrap().contains("cannot read bad.example"), "{}", refused.body);
        assert_eq!((&before["version_id"], &before["status"]), (&one["version_id"], &json!("active")));
        assert_eq!(shown(&bench, &bad).await, before, "nothing of the change is there");
        bench.call("POST", &format!("/api/installations/{bad}/trigger"), json!({})).await.of(202);
        assert_eq!(patch(&good, json!({"version": "2.0.0", "config": {"endpoint": "mended.example"}})).await.refusal(), (400, "INVALID_CONFIG"), "inputs are the new version's");
        // What people give lies on what the script made.
        let moved = patch(&good, json!({"version": "2.0.0", "config": {"retries": 7, "token": "••••aa91"}})).await.of(200);
        assert_eq!((&moved["version_id"], &moved["config"]), (&two["version_id"], &json!({"url": "https://crm.example", "token": "••••aa91", "retries": 7})));
        let id: InstallationId = good.parse().unwrap();
        assert_eq!(installations::secret(&bench.app, &bench.tenant, &id, "token").await.unwrap().as_str(), SECRET);
        // A script that makes what does not fit; what people give instead does.
        let wrong = "migration: { from: '2.0.x', script: async (old) => ({ ...old, url: 5 }) }";
        deploy(&bench, "2.1.0", &format!("{TWO}, more: {{ type: 'text' }}"), wrong).await;
        let refused = patch(&good, json!({"version": "latest"})).await;
        assert_eq!((refused.refusal(), refused.fields()), ((409, "MIGRATION_FAILED"), vec!["migration MIGRATION_INVALID_CONFIG".to_owned()]));
        assert_eq!(patch(&good, json!({"version": "latest", "config": {"url": 6}})).await.fields(), ["config.url WRONG_TYPE"]);
        assert_eq!(shown(&bench, &good).await, moved);
        assert_eq!(patch(&good, json!({"version": "latest", "config": {"url": "https://given.example"}})).await.of(200)["version"], "2.1.0");
        // A secret does not come to be seen because another version calls it a text.
        deploy(&bench, "2.2.0", &TWO.replace("type: 'secret'", "type: 'text', secret: false"), "").await;
        assert_eq!(patch(&good, json!({"version": "2.2.0"})).await.refusal(), (409, "MIGRATION_FAILED"));
        let q = sql("SELECT version_id, reason FROM config_history WHERE installation_id = $1 ORDER BY revision").bind(good.as_str());
        let rows = bench.app.platform().read().await.unwrap().all(q).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.get::<String>("reason").unwrap()).collect::<Vec<_>>(), ["change", "change"]);
        assert_eq!(rows[0].get::<String>("version_id").unwrap(), one["version_id"].as_str().unwrap());
    }

    async fn a_version_that_does_not_accept_the_inputs_waits_for_somebody(db: TestDb) {
        let bench = Bench::new(db).await;
        people::member(&bench.app, &bench.tenant, Role::Owner).await;
        deploy(&bench, "1.0.0", ONE, "").await;
        let good = install(&bench, "1.0.0", json!({"endpoint": "crm.example", "apiKey": SECRET})).await;
        let bad = install(&bench, "1.0.0", json!({"endpoint": "old.example"})).await;
        let says = "validateConfig(config: any) { if (config.endpoint === 'old.example') throw new Error('old.example is switched off'); \
            return !String(config.apiKey).includes('planted'); },\n async execute()";
        let two = bench.deploy(&module("2.0.0", ONE, "").replace("async execute()", says)).await.of(201);
        let rehearsed = bench.call("POST", "/api/developer/workflows/mover/rehearse", json!({"version": "2.0.0"})).await.of(200);
        assert_eq!((&rehearsed["installations"]["need_review"], &rehearsed["installations"]["codes"]), (&json!(1), &json!({"REFUSED_BY_WORKFLOW": 1})));
        roll(&bench, json!({"strategy": "all"})).await;
        assert_eq!(shown(&bench, &good).await["version_id"], two["version_id"]);
        let stayed = shown(&bench, &bad).await;
        assert_eq!((&stayed["version"], &stayed["status"]), (&json!("1.0.0"), &json!("active")));
        let told = info(&bench, &bad).await["last_update"].clone();
        assert_eq!((&told["status"], &told["code"]), (&json!("update_required"), &json!("REFUSED_BY_WORKFLOW")));
        assert!(told["message"].as_str().unwrap().contains("old.example is switched off"), "{told}");
        let progress = bench.call("GET", ROLLOUT, Value::Null).await.of(200)["progress"].clone();
        assert_eq!((&progress["moved"], &progress["update_required"], &progress["failed"]), (&json!(1), &json!(1), &json!(0)));
        assert_eq!(mails(&bench, "migration_failed").await, 0, "it is the installation's people who look");
        // By hand it is asked, too.
        let (update, pin) = (format!("/api/installations/{bad}/update"), format!("/api/installations/{bad}/pin-version"));
        assert_eq!(bench.call("POST", &update, Value::Null).await.refusal(), (400, "INVALID_CONFIG"));
        assert_eq!(bench.call("POST", &pin, json!({"version_id": "2.0.0", "reason": "r"})).await.refusal(), (400, "INVALID_CONFIG"));
        let refused = bench.call("PATCH", &format!("/api/installations/{bad}"), json!({"version": "2.0.0"})).await;
        assert_eq!((refused.refusal(), refused.fields()), ((400, "INVALID_CONFIG"), vec!["config REFUSED_BY_WORKFLOW".to_owned()]));
        assert_eq!(shown(&bench, &bad).await, stayed);
        let done = bench.call("POST", &update, json!({"config": {"endpoint": "new.example"}})).await.of(200);
        assert_eq!((&done["current"]["version_id"], &done["last_update"]["status"]), (&two["version_id"], &json!("moved")));
    }

    async fn what_makes_no_sense_is_refused(db: TestDb) {
        let bench = Bench::new(db).await;
        deploy(&bench, "1.0.0", "", "").await;
        for wrong in [json!({"percentage": 101}), json!({"percentage": 0.001}), json!({"strategy": "gradual"}), json!({"strategy": "all", "percentage": 5}), json!({"strategy": "soon", "percentage": 5}),
            json!({"percentage": 5, "salt": "x"}), json!({"percentage": 5, "autoHalt": {"minRuns": 0}}), json!({"percentage": 5, "auto_halt": {"factor": 0.5}})] {
            assert_eq!(bench.call("PUT", ROLLOUT, wrong.clone()).await.refusal(), (400, "INVALID_REQUEST"), "{wrong}");
        }
        assert_eq!(bench.call("GET", ROLLOUT, Value::Null).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(bench.call("POST", &format!("{ROLLOUT}/halt"), Value::Null).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(bench.call("PUT", ROLLOUT, json!({"percentage": 5, "version": "7.0.0"})).await.refusal(), (404, "NOT_FOUND"));
        let (_, stranger) = bench.stranger(Role::Owner).await;
        assert_eq!(bench.call_as(&stranger, "PUT", ROLLOUT, json!({"percentage": 5}), &[]).await.refusal(), (404, "NOT_FOUND"));
    }
}
