//! The life of an installation on both databases, over the routes: names, set-up, lifecycle functions, uninstalling and erasing.
//! Nothing works on runs here; tests say how they ended. Real runs are in the tests of the command line.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::{on_both, sql};
use serde_json::{Value, json};

use super::fixture::Bench;
use super::service;
use crate::identity::Role;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A module with these functions of its definition and members of its metadata.
fn module(id: &str, members: &str, metadata: &str) -> String {
    format!(
        "import {{ defineWorkflow, schedule, manual }} from '@millrace/sdk';\n\
         export default defineWorkflow({{ name: 'Test {id}', version: '1.0.0', integrations: [], trigger: schedule('0 9 * * *'), {members}\n\
           async execute() {{ return {{ success: true }}; }} }});\n\
         export const metadata = {{ id: '{id}', {metadata} }};\n"
    )
}

async fn deploy(bench: &Bench, members: &str, metadata: &str) {
    let answer = bench.deploy(&module("w", members, metadata)).await;
    assert!(answer.status < 300, "{}", answer.body);
}

async fn installed(bench: &Bench, name: &str) -> String {
    let made = bench.install(json!({"workflow": "w", "name": name})).await.of(201);
    format!("/api/installations/{}", made["id"].as_str().unwrap())
}

/// Ends all runs like this, and lets what follows be done.
async fn end_runs(bench: &Bench, path: &str, state: &'static str, error: Value) {
    let mut tx = bench.app.platform().begin().await.unwrap();
    let update = "UPDATE runs SET state = $1, error = $2, finished_at = 1 WHERE state IN ('queued', 'running', 'waiting')";
    tx.execute(sql(update).bind(state).bind(Some(error.to_string()).filter(|_| !error.is_null()))).await.unwrap();
    tx.commit().await.unwrap();
    look(bench, path).await;
}

/// What the server's own loop does.
async fn look(bench: &Bench, path: &str) {
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    super::hooks::work_off(&bench.app, &bench.tenant, &id).await.unwrap();
}

fn failure(message: &str) -> Value {
    json!({"code": "WORKFLOW_ERROR", "message": message})
}

async fn status(bench: &Bench, path: &str) -> (String, String) {
    let shown = bench.call("GET", path, Value::Null).await.of(200);
    (shown["status"].as_str().unwrap().to_owned(), shown["problem"].as_str().unwrap_or_default().to_owned())
}

async fn post(bench: &Bench, path: &str, rest: &str) -> super::fixture::Answer {
    bench.call("POST", &format!("{path}{rest}"), Value::Null).await
}

on_both! {
    async fn two_installations_of_a_workflow_have_two_names(db: TestDb) {
        let bench = Bench::new(db).await;
        deploy(&bench, "", "").await;
        let first = bench.install(json!({"workflowId": "w", "instanceName": "Sales", "credentialSource": "system", "config": {}})).await.of(201);
        assert_eq!((&first["name"], &first["status"]), (&json!("Sales"), &json!("installed")));
        let again = bench.install(json!({"workflow": "w", "name": "Sales"})).await;
        assert_eq!((again.refusal(), again.fields()), ((409, "ALREADY_INSTALLED"), vec!["name ALREADY_INSTALLED".to_owned()]));
        let other = installed(&bench, "Support").await;
        assert_eq!(bench.call("PATCH", &other, json!({"name": "Sales"})).await.refusal(), (409, "ALREADY_INSTALLED"));
        let first = format!("/api/installations/{}", first["id"].as_str().unwrap());
        bench.call("PATCH", &first, json!({"name": "Marketing"})).await.of(200);
        bench.call("PATCH", &other, json!({"name": "Sales"})).await.of(200);
        bench.call("DELETE", &other, Value::Null).await;
        installed(&bench, "Sales").await;
    }

    async fn what_the_workflow_says_about_its_inputs_counts(db: TestDb) {
        let bench = Bench::new(db).await;
        let members = "inputs: { n: { type: 'number', required: true }, apiKey: { type: 'text' } },
            validateConfig(config: any, userId: string) {
                if (config.n === 13) throw new Error('thirteen is bad luck');
                if (config.n === 99) fetch('https://example.com');
                if (config.apiKey && config.apiKey.includes('s3cret')) throw new Error('a secret came in');
                return config.n < 10;
            },";
        deploy(&bench, members, "").await;
        let refused = bench.install(json!({"workflow": "w", "config": {"n": 11}})).await;
        assert_eq!((refused.refusal(), refused.fields()), ((400, "INVALID_CONFIG"), vec!["config REFUSED_BY_WORKFLOW".to_owned()]));
        let path = installed(&bench, "Incomplete").await;
        let open = post(&bench, &path, "/activate").await;
        assert_eq!((open.refusal(), open.fields()), ((409, "ONBOARDING_INCOMPLETE"), vec!["config.n REQUIRED".to_owned()]));
        let refused = bench.call("PATCH", &path, json!({"config": {"n": 13}})).await;
        assert_eq!((refused.refusal(), &refused.body["detail"]), ((400, "INVALID_CONFIG"), &json!("thirteen is bad luck")));
        bench.call("PATCH", &path, json!({"config": {"n": 3, "apiKey": "s3cret-s3cret"}})).await.of(200);
        assert_eq!(post(&bench, &path, "/activate").await.of(200)["status"], "active");
        let refused = bench.call("PATCH", &path, json!({"config": {"n": 12}})).await;
        assert_eq!(refused.refusal(), (400, "INVALID_CONFIG"));
        assert_eq!(bench.call("GET", &path, Value::Null).await.of(200)["config"]["n"], 3);
        assert_eq!((bench.count("runs").await, bench.count("installation_hooks").await), (0, 0), "what has no functions costs nothing");
    }

    async fn an_activation_waits_for_its_function_and_moves_by_itself(db: TestDb) {
        let bench = Bench::new(db).await;
        deploy(&bench, "async onEnable() {}, async onDisable() {},", "").await;
        let path = installed(&bench, "W").await;
        let begun = post(&bench, &path, "/activate").await.of(202);
        assert_eq!((&begun["status"], &begun["status_reason"], &begun["schedules"][0]["active"]), (&json!("activating"), &json!("activating"), &json!(false)));
        assert_eq!(post(&bench, &path, "/activate").await.status, 202, "asked twice, it is called once");
        assert_eq!((bench.count("runs").await, bench.count("schedules").await), (1, 0));
        let listed = bench.call("GET", "/api/installations?status=activating", Value::Null).await.of(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 1);
        assert!(bench.call("GET", "/api/installations?status=installed", Value::Null).await.of(200)["data"].as_array().unwrap().is_empty());
        assert_eq!(bench.dump("runs", &["trigger"]).await, "lifecycle onEnable\n");
        assert_eq!(bench.dump("installations", &["status"]).await, "installed\n", "a node of the version before reads what it knows");
        end_runs(&bench, &path, "completed", Value::Null).await;
        assert_eq!(status(&bench, &path).await.0, "active");
        assert_eq!((bench.count("schedules").await, bench.count("installation_hooks").await), (1, 0));
        assert_eq!(post(&bench, &path, "/pause").await.of(200)["status"], "paused");
        look(&bench, &path).await;
        end_runs(&bench, &path, "failed", failure("no")).await;
        assert_eq!(status(&bench, &path).await, ("paused".to_owned(), String::new()), "a failing onDisable stops nothing");
    }

    async fn a_failing_function_leaves_it_as_it_was_and_says_why(db: TestDb) {
        let bench = Bench::new(db).await;
        deploy(&bench, "async onEnable() {},", "").await;
        let made = bench.install(json!({"workflow": "w", "activate": true})).await.of(201);
        assert_eq!(made["status"], "activating");
        let path = format!("/api/installations/{}", made["id"].as_str().unwrap());
        end_runs(&bench, &path, "failed", failure("the CRM is closed")).await;
        assert_eq!(status(&bench, &path).await, ("installed".to_owned(), "onEnable failed: the CRM is closed".to_owned()));
        assert_eq!(bench.call("GET", &path, Value::Null).await.of(200)["status_reason"], "hook_failed");
        // A run that is tried again by itself counts by its last attempt.
        post(&bench, &path, "/activate").await.of(202);
        let next = millrace_ids::RunId::generate();
        end_runs(&bench, &path, "failed", json!({"code": "WORKFLOW_ERROR", "message": "busy", "retried_as": next})).await;
        assert_eq!(status(&bench, &path).await.0, "activating");
        assert!(bench.dump("installation_hooks", &["run_id"]).await.contains(next.as_str()));
        assert_eq!(post(&bench, &path, "/pause").await.of(200)["status"], "installed", "an activation is called off");
    }

    async fn a_changed_configuration_is_told(db: TestDb) {
        let bench = Bench::new(db).await;
        deploy(&bench, "inputs: { n: { type: 'number' } },", "onConfigChange: async () => {}").await;
        let path = installed(&bench, "W").await;
        bench.call("PATCH", &path, json!({"config": {"n": 1}})).await.of(200);
        post(&bench, &path, "/activate").await.of(200);
        assert_eq!(bench.count("installation_hooks").await, 0, "it listens when it is active");
        bench.call("PATCH", &path, json!({"config": {"n": 2}})).await.of(200);
        bench.call("PATCH", &path, json!({"name": "Other"})).await.of(200);
        look(&bench, &path).await;
        assert_eq!(bench.dump("installation_hooks", &["function"]).await, "metadata.onConfigChange\n");
        assert_eq!(bench.dump("runs", &["trigger"]).await, "lifecycle metadata.onConfigChange\n");
    }

    async fn uninstalling_keeps_data_and_erasing_does_not(db: TestDb) {
        let bench = Bench::new(db).await;
        deploy(&bench, "async onDelete() {},", "").await;
        let (one, two) = (installed(&bench, "One").await, installed(&bench, "Two").await);
        let workflow = bench.call("GET", &one, Value::Null).await.of(200)["workflow_id"].as_str().unwrap().to_owned();
        let mut tx = bench.app.platform().begin().await.unwrap();
        let scope = crate::storage::Scope { tenant: &bench.tenant, workflow: &workflow };
        crate::storage::perform(&mut tx, &scope, "storage.set", r#"{"key":"k","value":1}"#, bench.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let shown = bench.call("GET", &format!("{one}/storage"), Value::Null).await.of(200);
        assert_eq!((&shown["bytes"], &shown["data"][0]["key"]), (&json!(2), &json!("k")));
        assert_eq!(bench.call("DELETE", &one, Value::Null).await.status, 204);
        assert_eq!(status(&bench, &one).await.0, "uninstalled");
        assert_eq!(bench.call("GET", "/api/installations", Value::Null).await.of(200)["data"].as_array().unwrap().len(), 1);
        assert_eq!(bench.call("GET", "/api/installations?status=uninstalled", Value::Null).await.of(200)["data"].as_array().unwrap().len(), 1);
        assert_eq!(bench.dump("installations", &["status"]).await.matches("paused").count(), 1, "a node of the version before sees it paused");
        for (method, rest, body) in [("PATCH", "", json!({"name": "x"})), ("POST", "/activate", Value::Null), ("POST", "/pause", Value::Null)] {
            assert_eq!(bench.call(method, &format!("{one}{rest}"), body).await.refusal(), (409, "INSTALLATION_UNINSTALLED"), "{method} {rest}");
        }
        assert_eq!(post(&bench, &one, "/trigger").await.refusal(), (409, "INSTALLATION_NOT_ACTIVE"));
        // It is erased by itself, after its function: first it fails, a day later it does not.
        bench.app.clock.advance(30 * DAY + Duration::from_secs(1));
        service::erase_due(&bench.app).await.unwrap();
        assert_eq!(bench.dump("runs", &["trigger"]).await, "lifecycle onDelete\n");
        end_runs(&bench, &one, "failed", failure("no")).await;
        assert_eq!(status(&bench, &one).await, ("uninstalled".to_owned(), "onDelete failed: no".to_owned()));
        service::erase_due(&bench.app).await.unwrap();
        assert_eq!(bench.count("installation_hooks").await, 0, "not again on the same day");
        bench.app.clock.advance(DAY + Duration::from_secs(1));
        service::erase_due(&bench.app).await.unwrap();
        end_runs(&bench, &one, "completed", Value::Null).await;
        assert_eq!(bench.call("GET", &one, Value::Null).await.status, 404);
        assert_eq!(bench.count("storage").await, 1, "the other one has the same");
        // At once, against the function's will.
        assert_eq!(bench.call("DELETE", &format!("{two}?permanent=true"), Value::Null).await.of(202)["status"], "erasing");
        end_runs(&bench, &two, "failed", failure("never")).await;
        let refused = bench.call("DELETE", &format!("{two}?permanent=true"), Value::Null).await;
        assert_eq!(refused.status, 202, "it is asked again");
        assert_eq!(bench.call("DELETE", &format!("{two}?permanent=true&force=true"), Value::Null).await.status, 202);
        end_runs(&bench, &two, "failed", failure("never")).await;
        assert_eq!(bench.call("GET", &two, Value::Null).await.status, 404);
        assert_eq!((bench.count("storage").await, bench.count("installations").await), (0, 0));
    }

    async fn a_setup_goes_step_by_step(db: TestDb) {
        let bench = Bench::new(db).await;
        let members = "inputs: { token: { type: 'secret', required: true }, zone: { type: 'timezone' }, size: { type: 'number' }, more: { type: 'text' } },
            pathway: { essentialFields: ['size'], smartDefaults: { zone: { inferFrom: 'user_timezone' }, size: { value: 5 }, token: { value: 'x' } } },";
        let text = module("w", members, "setupUrl: 'https://setup.example/start?plan=a'").replace("integrations: []", "integrations: [{ service: 'notion' }, { service: 'slack', optional: true }]");
        bench.deploy(&text).await.of(201);
        assert_eq!(bench.install(json!({"workflow": "w", "config": {"token": "t"}, "activate": true})).await.refusal(), (409, "ONBOARDING_INCOMPLETE"));
        let made = bench.install(json!({"workflow": "w", "timezone": "Europe/Berlin"})).await.of(201);
        let path = format!("/api/installations/{}", made["id"].as_str().unwrap());
        let show = async || bench.call("GET", &format!("{path}/onboarding"), Value::Null).await.of(200);
        let first = show().await;
        let keys: Vec<String> = first["steps"].as_array().unwrap().iter().map(|s| format!("{} {}", s["key"].as_str().unwrap(), s["status"].as_str().unwrap())).collect();
        assert_eq!(keys, ["access done", "setup open", "connections open", "byoo skipped", "config open", "activate open"]);
        assert_eq!((&first["next"], &first["ready"]), (&json!("setup"), &json!(false)));
        let config = &first["steps"][4]["detail"];
        assert_eq!((&config["essential"], &config["missing"], &config["defaults"]), (&json!(["size"]), &json!(["token"]), &json!({"zone": "Europe/Berlin", "size": 5})));
        let open = post(&bench, &path, "/activate").await;
        assert_eq!((open.refusal(), open.fields()), ((409, "ONBOARDING_INCOMPLETE"), vec!["setup SETUP_OPEN".to_owned(), "connections.notion CONNECTION_MISSING".to_owned(), "config.token REQUIRED".to_owned()]));
        // The developer's page: the word stays while it is open, is for those who may change, and is used once.
        let address = url::Url::parse(first["steps"][1]["detail"]["setup_url"].as_str().unwrap()).unwrap();
        let part = |name: &str| address.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned()).unwrap();
        assert_eq!((part("installation"), part("workflow"), part("plan")), (made["id"].as_str().unwrap().to_owned(), "w".to_owned(), "a".to_owned()));
        assert!(part("return_to").ends_with("/workflows/private/w/configure"));
        assert_eq!(show().await["steps"][1]["detail"]["setup_url"], first["steps"][1]["detail"]["setup_url"]);
        let viewer = bench.key_as(Role::Viewer).await;
        let seen = bench.call_as(&viewer, "GET", &format!("{path}/onboarding"), Value::Null, &[]).await.of(200);
        assert_eq!(seen["steps"][1]["detail"], json!({}));
        let state = part("state");
        assert!(!bench.dump("installation_steps", &["state_hash", "seed"]).await.contains(&state));
        let complete = async |body: Value| bench.send("POST", &format!("{path}/setup-complete"), body.to_string().into_bytes(), &[("content-type", "application/json")]).await;
        assert_eq!(complete(json!({"state": "x"})).await.refusal(), (400, "INVALID_STATE"));
        assert_eq!(complete(json!({"state": state, "config": {"size": "big"}})).await.refusal(), (400, "INVALID_CONFIG"), "what is refused does not use it up");
        let after = complete(json!({"state": state, "config": {"size": 7}})).await.of(200);
        assert_eq!(after["next"], "connections");
        assert_eq!(complete(json!({"state": state})).await.refusal(), (400, "INVALID_STATE"));
        // Connections; what is optional may be skipped, what is not may not.
        let skip = async |body: Value| bench.call("POST", &format!("{path}/onboarding/skip"), body).await;
        assert_eq!(skip(json!({"service": "notion"})).await.refusal(), (409, "STEP_NOT_OPTIONAL"));
        assert_eq!(skip(json!({"step": "config"})).await.refusal(), (409, "STEP_NOT_OPTIONAL"));
        assert_eq!(skip(json!({"service": "zoom"})).await.refusal(), (400, "UNKNOWN_SERVICE"));
        let skipped = skip(json!({"service": "slack"})).await.of(200);
        assert_eq!(skipped["steps"][2]["detail"]["services"][1]["status"], "skipped");
        bench.call("PATCH", &path, json!({"config": {"token": "t0ken"}})).await.of(200);
        let alone = post(&bench, &path, "/activate").await;
        assert_eq!((alone.refusal(), alone.fields()), ((409, "CONNECTION_MISSING"), vec!["connections.notion CONNECTION_MISSING".to_owned()]), "connections alone are missing: their own code");
        bench.call("PATCH", &path, json!({"connections": {"notion": {"access_token": "t"}}})).await.of(200);
        let ready = show().await;
        assert_eq!((&ready["next"], &ready["ready"]), (&json!("activate"), &json!(true)));
        post(&bench, &path, "/activate").await.of(200);
        assert_eq!(show().await["next"], Value::Null);
    }

    async fn a_picker_needs_its_connection(db: TestDb) {
        let bench = Bench::new(db).await;
        let text = module("w", "inputs: { base: { type: 'text', pickerType: 'notion:database' }, plain: { type: 'text' } },", "").replace("integrations: []", "integrations: [{ service: 'notion', optional: true }]");
        bench.deploy(&text).await.of(201);
        let path = installed(&bench, "W").await;
        let pick = async |field: &str| bench.call("GET", &format!("{path}/pickers/{field}"), Value::Null).await;
        assert_eq!(pick("base").await.refusal(), (409, "CONNECTION_MISSING"));
        assert_eq!(pick("plain").await.refusal(), (400, "NOT_A_PICKER"));
        assert_eq!(pick("none").await.refusal(), (404, "NOT_FOUND"));
    }
}
