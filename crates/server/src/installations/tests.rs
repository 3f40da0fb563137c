//! Installations on both databases, over the routes.
#![allow(clippy::unwrap_used)]

use millrace_db::on_both;
use serde_json::{Value, json};

use super::fixture::{Bench, example};
use super::model::Status;
use super::service;
use crate::identity::Role;

const CRM_KEY: &str = "crm-live-7f3a9c51e2b84d60";
const ZOOM_TOKEN: &str = "zoom-token-0e5d77aa91";
const NOTION_TOKEN: &str = "notion-token-5c0b16fe";

async fn acme(bench: &Bench) {
    bench.deploy(&example("acme-meeting-processor")).await.of(201);
}

fn acme_config() -> Value {
    json!({"crm_endpoint": "https://CRM.acme.example/api/meetings", "crmApiKey": CRM_KEY, "notionDatabase": "db-1"})
}

fn acme_install(activate: bool) -> Value {
    json!({
        "workflow": "acme-meeting-processor", "config": acme_config(), "activate": activate,
        "connections": {"zoom": {"access_token": ZOOM_TOKEN}, "notion": {"access_token": NOTION_TOKEN}},
    })
}

fn path(made: &Value, rest: &str) -> String {
    format!("/api/installations/{}{rest}", made["id"].as_str().unwrap())
}

on_both! {
    async fn the_acme_example_installs_and_hides_its_secrets(db: TestDb) {
        let bench = Bench::new(db).await;
        acme(&bench).await;
        let made = bench.install(acme_install(true)).await.of(201);
        assert_eq!((&made["status"], &made["id"]), (&json!("active"), &made["installation_id"]));
        assert_eq!((&made["workflow"], &made["version"], &made["name"]), (&json!("acme-meeting-processor"), &json!("1.2.0"), &json!("ACME Meeting Processor")));
        assert_eq!(made["config"], json!({"crmEndpoint": "https://CRM.acme.example/api/meetings", "notionDatabase": "db-1", "crmApiKey": "••••4d60"}));
        let hook = &made["webhooks"][0];
        assert_eq!((&hook["service"], &hook["event"], &hook["unverified"], &hook["secret_source"]), (&json!("zoom"), &json!("meeting.ended"), &json!(false), &json!("generated")));
        assert_eq!(hook["signing_secret"].as_str().unwrap().len(), 64);
        assert_eq!(hook["url"].as_str().unwrap(), format!("http://127.0.0.1:8787/api/webhooks/{}", hook["trigger_id"].as_str().unwrap()));
        let hosts: Vec<&str> = made["secret_hosts"].as_array().unwrap().iter().map(|h| h.as_str().unwrap()).collect();
        assert!(hosts.contains(&"crm.acme.example") && hosts.contains(&"api.zoom.us") && hosts.contains(&"api.notion.com"), "{hosts:?}");
        let shown = bench.call("GET", &path(&made, ""), Value::Null).await.of(200);
        assert_eq!(shown["webhooks"][0]["signing_secret"], hook["signing_secret"]);
        let listed = bench.call("GET", "/api/installations", Value::Null).await.of(200);
        assert!(listed["data"][0]["webhooks"][0]["signing_secret"].as_str().unwrap().starts_with("••••"));
        let viewer = bench.key_as(Role::Viewer).await;
        let seen = bench.call_as(&viewer, "GET", &path(&made, ""), Value::Null, &[]).await.of(200);
        assert_eq!((&seen["webhooks"][0]["signing_secret"], &seen["config"]["crmApiKey"]), (&json!("••••"), &json!("••••")));
        let mut stored = bench.dump("installations", &["config", "secrets", "secret_names"]).await;
        stored += &bench.dump("triggers", &["definition", "signing_secret"]).await;
        stored += &bench.dump("connections", &["fields", "public"]).await;
        for secret in [CRM_KEY, ZOOM_TOKEN, NOTION_TOKEN, hook["signing_secret"].as_str().unwrap()] {
            assert!(!stored.contains(secret), "a secret is stored in the clear");
            assert!(secret.len() == 64 || !format!("{made}{shown}{listed}{seen}").contains(secret), "a secret is in an answer");
        }
    }

    async fn a_wrong_configuration_names_every_field_and_stores_nothing(db: TestDb) {
        let bench = Bench::new(db).await;
        acme(&bench).await;
        let answer = bench.install(json!({"workflow": "acme-meeting-processor", "config": {"crmEndpoint": 5, "notionDatabase": true}})).await;
        assert_eq!(answer.refusal(), (400, "INVALID_CONFIG"));
        assert_eq!(answer.fields(), ["config.crmEndpoint WRONG_TYPE", "config.crmApiKey REQUIRED", "config.notionDatabase WRONG_TYPE"]);
        let answer = bench.install(json!({"workflow": "acme-meeting-processor", "config": {"crmEndpint": "x"}})).await;
        assert_eq!(answer.fields(), ["config.crmEndpint UNKNOWN_FIELD"]);
        let answer = bench.install(json!({"workflow": "acme-meeting-processor", "config": []})).await;
        assert_eq!(answer.refusal(), (400, "INVALID_REQUEST"));
        assert_eq!(bench.install(json!({"workflow": "none"})).await.refusal(), (404, "NOT_FOUND"));
        let answer = bench.install(json!({"workflow": "acme-meeting-processor", "version": "9.9.9", "config": acme_config()})).await;
        assert_eq!(answer.refusal(), (404, "NOT_FOUND"));
        let answer = bench.install(json!({"workflow": "acme-meeting-processor", "config": acme_config(), "timezone": "Mars"})).await;
        assert_eq!(answer.refusal(), (400, "INVALID_TIMEZONE"));
        let answer = bench.install(json!({"workflow": "acme-meeting-processor", "tenant_id": "x"})).await;
        assert_eq!(answer.refusal(), (400, "TENANT_NOT_ALLOWED_IN_REQUEST"));
        assert_eq!(bench.count("installations").await, 0);
    }

    async fn a_missing_connection_keeps_it_from_being_active(db: TestDb) {
        let bench = Bench::new(db).await;
        acme(&bench).await;
        let mut request = json!({"workflow": "acme-meeting-processor", "config": acme_config(), "activate": true});
        let answer = bench.install(request.clone()).await;
        // The workflow takes the organisation's own credentials of Zoom.
        assert_eq!(answer.refusal(), (409, "BYOO_REQUIRED"));
        assert_eq!(answer.fields(), ["connections.zoom BYOO_REQUIRED"]);
        request["connections"] = json!({"zoom": {"token": "x"}});
        let answer = bench.install(request.clone()).await;
        assert_eq!(answer.refusal(), (400, "MISSING_FIELD"));
        assert_eq!(answer.fields(), ["connections.zoom.access_token MISSING_FIELD"]);
        request["connections"] = json!({"slack": {"access_token": "x"}});
        assert_eq!(bench.install(request.clone()).await.refusal(), (400, "UNKNOWN_SERVICE"));
        request["connections"] = json!({"zoom": "zoom"});
        assert_eq!(bench.install(request.clone()).await.refusal(), (409, "CONNECTION_MISSING"));
        request["connections"] = json!({"zoom": 7});
        assert_eq!(bench.install(request.clone()).await.refusal(), (400, "INVALID_CONNECTION"));
        assert_eq!((bench.count("installations").await, bench.count("connections").await), (0, 0));
        request["activate"] = json!(false);
        request["connections"] = json!({});
        let made = bench.install(request).await.of(201);
        assert_eq!((&made["status"], &made["missing_connections"]), (&json!("installed"), &json!(["zoom"])));
        assert_eq!(bench.call("POST", &path(&made, "/activate"), Value::Null).await.refusal(), (409, "BYOO_REQUIRED"));
        let changed = bench.call("PATCH", &path(&made, ""), json!({"connections": {"zoom": {"accessToken": ZOOM_TOKEN}}})).await.of(200);
        assert_eq!(changed["missing_connections"], json!([]));
        let active = bench.call("POST", &path(&made, "/activate"), Value::Null).await.of(200);
        assert_eq!((&active["status"], &active["webhooks"][0]["active"]), (&json!("active"), &json!(true)));
        let refused = bench.call("PATCH", &path(&made, ""), json!({"connections": {"zoom": null}})).await;
        assert_eq!(refused.refusal(), (409, "BYOO_REQUIRED"));
        let still = bench.call("GET", &path(&made, ""), Value::Null).await.of(200);
        assert_eq!(still["connections"], active["connections"]);
    }

    async fn existing_connections_are_named_by_id_or_service(db: TestDb) {
        let bench = Bench::new(db).await;
        acme(&bench).await;
        let zoom = bench.call("POST", "/api/connections", json!({"service": "zoom", "fields": {"access_token": ZOOM_TOKEN}})).await.of(201);
        let id = zoom["id"].as_str().unwrap();
        let mut request = acme_install(true);
        request["connections"] = json!({"zoom": id});
        let by_id = bench.install(request.clone()).await.of(201);
        request["connections"] = json!({"zoom": "zoom"});
        request["name"] = json!("By service");
        let by_service = bench.install(request.clone()).await.of(201);
        assert_eq!((&by_id["connections"], &by_service["connections"]), (&json!({"zoom": id}), &json!({"zoom": id})));
        request["connections"] = json!({"zoom": id, "notion": id});
        assert_eq!(bench.install(request.clone()).await.refusal(), (400, "INVALID_CONNECTION"));
        assert_eq!(bench.call("DELETE", &format!("/api/connections/{id}"), Value::Null).await.refusal(), (409, "CONNECTION_IN_USE"));
        let (_, key) = bench.stranger(Role::Owner).await;
        let deployed = json!({"files": {"workflow.ts": example("acme-meeting-processor")}});
        bench.call_as(&key, "POST", "/api/developer/workflows", deployed, &[]).await.of(201);
        request["connections"] = json!({"zoom": id});
        assert_eq!(bench.call_as(&key, "POST", "/api/installations", request, &[]).await.refusal(), (404, "NOT_FOUND"));
    }

    async fn changes_keep_what_they_do_not_name(db: TestDb) {
        let bench = Bench::new(db).await;
        acme(&bench).await;
        let made = bench.install(acme_install(true)).await.of(201);
        let changed = bench.call("PATCH", &path(&made, ""), json!({"name": "Meetings", "config": {"notion_database": null, "crmApiKey": "••••4d60"}})).await.of(200);
        assert_eq!(changed["name"], "Meetings");
        assert_eq!(changed["config"], json!({"crmEndpoint": "https://CRM.acme.example/api/meetings", "crmApiKey": "••••4d60"}));
        assert_eq!(changed["webhooks"][0]["url"], made["webhooks"][0]["url"]);
        assert_eq!(changed["webhooks"][0]["signing_secret"], made["webhooks"][0]["signing_secret"]);
        let id = made["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(service::secret(&bench.app, &bench.tenant, &id, "crmApiKey").await.unwrap().as_str(), CRM_KEY);
        bench.call("PATCH", &path(&made, ""), json!({"config": {"crmApiKey": "new-key-123456"}})).await.of(200);
        assert_eq!(service::secret(&bench.app, &bench.tenant, &id, "crmApiKey").await.unwrap().as_str(), "new-key-123456", "seen at once");
        let refused = bench.call("PATCH", &path(&made, ""), json!({"config": {"crmApiKey": null}})).await;
        assert_eq!(refused.fields(), ["config.crmApiKey REQUIRED"]);
        assert_eq!(bench.call("PATCH", &path(&made, ""), json!({"status": "paused"})).await.refusal(), (400, "FIELD_NOT_WRITABLE"));
        assert_eq!(bench.call("PATCH", &path(&made, ""), json!({"name": " "})).await.refusal(), (400, "INVALID_REQUEST"));
    }

    async fn an_installation_stays_on_its_version_until_it_is_moved(db: TestDb) {
        let bench = Bench::new(db).await;
        let old = bench.deploy_definition("w", "inputs: { old_key: { type: 'text' }, kept: { type: 'text' } }, trigger: webhook({ path: 'in' })").await;
        let made = bench.install(json!({"workflow": "w", "config": {"oldKey": "a", "kept": "b"}, "activate": true})).await.of(201);
        let new = bench.deploy_definition("w", "inputs: { kept: { type: 'text' }, more: { type: 'number', default: 3 } }, trigger: webhook({ path: 'in' }), webhooks: [webhook({ path: 'second' })]").await;
        let shown = bench.call("GET", &path(&made, ""), Value::Null).await.of(200);
        assert_eq!((&shown["version_id"], &shown["config"]), (&old["version_id"], &json!({"old_key": "a", "kept": "b"})));
        let moved = bench.call("PATCH", &path(&made, ""), json!({"version": "latest"})).await.of(200);
        assert_eq!((&moved["version_id"], &moved["config"]), (&new["version_id"], &json!({"kept": "b"})));
        assert_eq!(moved["webhooks"][0]["url"], made["webhooks"][0]["url"], "an address that is still declared stays");
        assert_eq!(moved["webhooks"].as_array().unwrap().len(), 2);
        let back = bench.call("PATCH", &path(&made, ""), json!({"version": old["version_id"]})).await.of(200);
        assert_eq!(back["webhooks"].as_array().unwrap().len(), 1);
        assert_eq!(bench.count("triggers").await, 1);
    }

    async fn pause_activate_delete(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "trigger: schedule('0 9 * * *')").await;
        let made = bench.install(json!({"workflow": "w"})).await.of(201);
        assert_eq!(bench.call("POST", &path(&made, "/pause"), Value::Null).await.refusal(), (409, "INSTALLATION_NOT_ACTIVE"));
        assert_eq!(bench.count("schedules").await, 0);
        assert_eq!((&made["schedules"][0]["next_run_at"], &made["schedules"][0]["following_runs_at"]), (&Value::Null, &json!([])));
        bench.call("POST", &path(&made, "/activate"), Value::Null).await.of(200);
        assert_eq!(bench.count("schedules").await, 1);
        let paused = bench.call("POST", &path(&made, "/pause"), Value::Null).await.of(200);
        assert_eq!((&paused["status"], &paused["schedules"][0]["active"]), (&json!("paused"), &json!(false)));
        assert_eq!(paused["schedules"][0]["next_run_at"], Value::Null);
        assert_eq!(bench.count("schedules").await, 0);
        bench.call("POST", &path(&made, "/pause"), Value::Null).await.of(200);
        bench.call("POST", &path(&made, "/activate"), Value::Null).await.of(200);
        let run = bench.call("POST", &path(&made, "/trigger"), Value::Null).await.of(202);
        let status = bench.call("DELETE", &path(&made, ""), Value::Null).await;
        assert_eq!(status.status, 204);
        assert_eq!((bench.count("schedules").await, bench.count("triggers").await, bench.count("installations").await), (0, 0, 1));
        assert_eq!(bench.call("GET", &path(&made, ""), Value::Null).await.of(200)["status"], "uninstalled");
        let mut tx = bench.app.platform().read().await.unwrap();
        let run = millrace_engine::run::get(&mut tx, &bench.tenant, &run["run_id"].as_str().unwrap().parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(run.state, millrace_engine::RunState::Cancelled);
    }

    async fn schedules_take_their_times_from_inputs(db: TestDb) {
        let bench = Bench::new(db).await;
        let members = "config: { send_time: { type: 'time' }, zone: { type: 'timezone', default: 'Europe/Berlin' } }, \
            trigger: schedule({ cron: '{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * *', timezone: '{{inputs.zone}}' }), \
            webhooks: [poll({ interval: '5min' })]";
        bench.deploy_definition("w", members).await;
        let made = bench.install(json!({"workflow": "w", "config": {"sendTime": "07:30"}, "activate": true})).await.of(201);
        let schedules = made["schedules"].as_array().unwrap();
        assert_eq!((&schedules[0]["cron"], &schedules[0]["timezone"]), (&json!("30 7 * * *"), &json!("Europe/Berlin")));
        assert_eq!((&schedules[1]["type"], &schedules[1]["every_seconds"]), (&json!("poll"), &json!(300)));
        assert_eq!(bench.dump("schedules", &["cron", "timezone"]).await, "30 7 * * *\nEurope/Berlin\n\nUTC\n");
        // The next times are those in its zone, one day after the other; a poll's next one is an interval away.
        let instant = |at: &Value| millrace_clock::Timestamp::parse(at.as_str().unwrap()).unwrap();
        let clock = |at: &Value| instant(at).to_jiff().to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()).strftime("%H:%M").to_string();
        let (next, following) = (&schedules[0]["next_run_at"], schedules[0]["following_runs_at"].as_array().unwrap());
        assert_eq!((clock(next), following.len(), clock(&following[0]), clock(&following[1])), ("07:30".to_owned(), 2, "07:30".to_owned(), "07:30".to_owned()));
        let now = bench.app.clock.now();
        assert!(instant(next) > now && instant(next) <= now.plus(std::time::Duration::from_secs(25 * 3_600)) && instant(&following[0]) > instant(next) && instant(&following[1]) > instant(&following[0]), "{made}");
        let poll = instant(&schedules[1]["next_run_at"]).since(now).as_secs();
        assert!(poll <= 300 && poll > 200 && schedules[1]["following_runs_at"] == json!([]), "{made}");
        for answer in [bench.call("GET", &path(&made, ""), Value::Null).await.of(200), bench.call("GET", "/api/installations", Value::Null).await.of(200)["data"][0].clone()] {
            assert_eq!(answer["schedules"], made["schedules"]);
        }
        let draft = bench.install(json!({"workflow": "w", "name": "Draft"})).await.of(201);
        let refused = bench.call("POST", &path(&draft, "/activate"), Value::Null).await;
        assert_eq!((refused.refusal(), refused.fields()), ((400, "INVALID_CRON"), vec!["trigger.cron INVALID_CRON".to_owned()]));
        let refused = bench.install(json!({"workflow": "w", "name": "Third", "activate": true})).await;
        assert_eq!(refused.refusal(), (400, "INVALID_CRON"));
    }

    async fn a_run_on_demand_is_idempotent_by_key(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "trigger: manual()").await;
        let made = bench.install(json!({"workflow": "w"})).await.of(201);
        let trigger = path(&made, "/trigger");
        assert_eq!(bench.call("POST", &trigger, json!({})).await.refusal(), (409, "INSTALLATION_NOT_ACTIVE"));
        bench.call("POST", &path(&made, "/activate"), Value::Null).await.of(200);
        let call = |body: Value, key: &'static str| { let (bench, trigger) = (&bench, &trigger); async move { bench.call_as(&bench.key, "POST", trigger, body, &[("idempotency-key", key)]).await } };
        let first = call(json!({"data": {"a": 1}, "event": "meeting.ended", "service": "zoom"}), "k1").await.of(202);
        let again = call(json!({"data": {"a": 1}}), "k1").await.of(202);
        let other = call(json!({}), "k2").await.of(202);
        assert_eq!((&again["run_id"], &again["duplicate"]), (&first["run_id"], &json!(true)));
        assert_eq!((&first["duplicate"], &other["duplicate"]), (&json!(false), &json!(false)));
        assert_eq!(bench.count("runs").await, 2);
        let input = bench.input_of(first["run_id"].as_str().unwrap()).await;
        assert_eq!(input, json!({"trigger": {"type": "manual", "data": {"a": 1}, "timestamp": 1_768_469_400_000_i64, "id": "key:k1", "event": "meeting.ended", "service": "zoom"}}));
        assert_eq!(bench.input_of(other["run_id"].as_str().unwrap()).await["trigger"]["data"], json!({}));
        let same_key_elsewhere = bench.install(json!({"workflow": "w", "name": "Elsewhere", "activate": true})).await.of(201);
        let elsewhere = bench.call_as(&bench.key, "POST", &path(&same_key_elsewhere, "/trigger"), json!({}), &[("idempotency-key", "k1")]).await.of(202);
        assert_eq!(elsewhere["duplicate"], json!(false));
        let viewer = bench.key_as(Role::Viewer).await;
        assert_eq!(bench.call_as(&viewer, "POST", &trigger, json!({}), &[]).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(bench.call("POST", &trigger, json!({"dta": 1})).await.refusal(), (400, "INVALID_REQUEST"));
    }

    async fn another_workspace_reaches_nothing(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "trigger: manual()").await;
        let made = bench.install(json!({"workflow": "w", "activate": true})).await.of(201);
        let (other, key) = bench.stranger(Role::Owner).await;
        for (method, rest, body) in [("GET", "", Value::Null), ("PATCH", "", json!({"name": "x"})), ("DELETE", "", Value::Null), ("POST", "/activate", Value::Null), ("POST", "/pause", Value::Null), ("POST", "/trigger", json!({}))] {
            let answer = bench.call_as(&key, method, &path(&made, rest), body, &[]).await;
            assert_eq!(answer.refusal(), (404, "NOT_FOUND"), "{method} {rest}");
        }
        assert_eq!(bench.call_as(&key, "GET", "/api/installations", Value::Null, &[]).await.of(200)["data"], json!([]));
        let id = made["id"].as_str().unwrap().parse().unwrap();
        assert!(service::snapshot(&bench.app, &bench.tenant, &id).await.is_ok());
        assert_eq!(service::snapshot(&bench.app, &other, &id).await.unwrap_err().status, 404);
        assert_eq!(bench.call("GET", "/api/installations/run_01h455vb4pex5vsknk084sn02q", Value::Null).await.status, 404);
    }

    async fn a_snapshot_holds_what_a_run_needs_and_follows_changes(db: TestDb) {
        let bench = Bench::new(db).await;
        acme(&bench).await;
        let made = bench.install(acme_install(true)).await.of(201);
        let id = made["id"].as_str().unwrap().parse().unwrap();
        let seen = service::snapshot(&bench.app, &bench.tenant, &id).await.unwrap();
        assert_eq!(seen.status, Status::Active);
        assert_eq!(seen.connections.keys().collect::<Vec<_>>(), ["notion", "zoom"]);
        let inputs = Value::Object(seen.inputs(&seen.version.definition, &|name| format!("{{{name}}}")));
        assert_eq!(inputs, json!({"crmEndpoint": "https://CRM.acme.example/api/meetings", "crmApiKey": "{crmApiKey}", "notionDatabase": "db-1"}));
        assert!(!format!("{seen:?}").contains(CRM_KEY));
        assert_eq!(service::secret(&bench.app, &bench.tenant, &id, "other").await.unwrap_err().status, 404);
        bench.call("POST", &path(&made, "/pause"), Value::Null).await.of(200);
        assert_eq!(service::snapshot(&bench.app, &bench.tenant, &id).await.unwrap().status, Status::Paused);
        let active = |name: &'static str| service::find_active(&bench.app, &bench.tenant, name);
        assert_eq!(active("acme-meeting-processor").await.unwrap(), None);
        bench.call("POST", &path(&made, "/activate"), Value::Null).await.of(200);
        assert_eq!(active("acme-meeting-processor").await.unwrap().unwrap().id, id);
        assert_eq!(active("unknown").await.unwrap(), None);
    }

    async fn lists_are_pages_with_filters(db: TestDb) {
        let bench = Bench::new(db).await;
        let w = bench.deploy_definition("w", "trigger: webhook({ path: 'x' })").await;
        bench.deploy_definition("v", "trigger: manual()").await;
        for (name, (workflow, activate)) in ["a", "b", "c", "d"].iter().zip([("w", true), ("w", false), ("v", true), ("w", true)]) {
            bench.install(json!({"workflow": workflow, "name": name, "activate": activate})).await.of(201);
        }
        let page = bench.call("GET", "/api/installations?limit=3", Value::Null).await.of(200);
        assert_eq!(page["data"].as_array().unwrap().len(), 3);
        assert_eq!(page["data"][0]["webhooks"].as_array().unwrap().len(), 1);
        assert_eq!(page["data"][1]["webhooks"], json!([]));
        let next = format!("/api/installations?limit=3&cursor={}", page["next_cursor"].as_str().unwrap());
        assert_eq!(bench.call("GET", &next, Value::Null).await.of(200)["data"].as_array().unwrap().len(), 1);
        let active = format!("/api/installations?status=active&workflow_id={}", w["workflow_id"].as_str().unwrap());
        assert_eq!(bench.call("GET", &active, Value::Null).await.of(200)["data"].as_array().unwrap().len(), 2);
        assert_eq!(bench.call("GET", "/api/installations?state=active", Value::Null).await.status, 400);
    }

    async fn changes_at_once_do_not_lose_each_other(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "inputs: { a: { type: 'number' }, b: { type: 'number' } }, trigger: manual()").await;
        let made = bench.install(json!({"workflow": "w"})).await.of(201);
        let at = path(&made, "");
        let (a, b) = tokio::join!(bench.call("PATCH", &at, json!({"config": {"a": 1}})), bench.call("PATCH", &at, json!({"config": {"b": 2}})));
        assert_eq!((a.status, b.status), (200, 200));
        let shown = bench.call("GET", &at, Value::Null).await.of(200);
        assert_eq!(shown["config"], json!({"a": 1, "b": 2}));
    }

    async fn replaced_revisions_are_kept_while_runs_name_them(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "inputs: { a: { type: 'number' } }, trigger: manual()").await;
        let made = bench.install(json!({"workflow": "w", "config": {"a": 0}, "activate": true})).await.of(201);
        bench.call("POST", &path(&made, "/trigger"), Value::Null).await.of(202);
        let change = async |a: usize| drop(bench.call("PATCH", &path(&made, ""), json!({"config": {"a": a}})).await.of(200));
        for a in 1..=crate::installations::limits::REVISIONS + 2 {
            change(a).await;
        }
        assert_eq!(bench.count("installation_revisions").await, i64::try_from(crate::installations::limits::REVISIONS + 2).unwrap(), "none is old enough");
        bench.app.clock.advance(crate::installations::limits::REVISION_AGE + std::time::Duration::from_secs(1));
        change(99).await;
        let left = bench.dump("installation_revisions", &["config"]).await;
        assert_eq!(left, format!("{{\"a\":0}}\n{{\"a\":{}}}\n", crate::installations::limits::REVISIONS + 2), "the one a run names, and the one just replaced");
        let id = made["id"].as_str().unwrap().parse().unwrap();
        let seen = service::snapshot_at(&bench.app, &bench.tenant, &id, Some(1)).await.unwrap();
        assert_eq!((seen.revision, &seen.config["a"]), (1, &json!(0)));
        let seen = service::snapshot_at(&bench.app, &bench.tenant, &id, Some(5)).await.unwrap();
        assert_eq!(&seen.config["a"], &json!(99), "what was not kept is what is now");
        bench.call("DELETE", &path(&made, "?permanent=true"), Value::Null).await;
        assert_eq!(bench.count("installation_revisions").await, 0);
    }
}
