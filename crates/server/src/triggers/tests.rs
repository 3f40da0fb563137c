//! Webhooks, schedules and their secrets on both databases, over the routes.
#![allow(clippy::unwrap_used)]

use aws_lc_rs::hmac;
use millrace_clock::Timestamp;
use millrace_db::on_both;
use millrace_engine::schedule::{CatchUp, Schedule, Spec};
use serde_json::{Value, json};

use super::service;
use crate::installations::fixture::{Answer, Bench, NOW, example};

fn sign(secret: &str, message: &[u8]) -> String {
    hex::encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), message))
}

/// An address and the secret that signs for it.
struct Hook {
    path: String,
    secret: String,
}

impl Hook {
    fn of(made: &Value, i: usize) -> Self {
        let hook = &made["webhooks"][i];
        let path = hook["url"].as_str().unwrap().trim_start_matches("http://127.0.0.1:8787").to_owned();
        Self { path, secret: hook["signing_secret"].as_str().unwrap_or_default().to_owned() }
    }

    /// As a path hook is signed.
    async fn send(&self, bench: &Bench, body: &str, more: &[(&str, &str)]) -> Answer {
        let signature = format!("sha256={}", sign(&self.secret, body.as_bytes()));
        let mut headers = vec![("x-webhook-signature", signature.as_str())];
        headers.extend(more);
        bench.send("POST", &self.path, body.as_bytes().to_vec(), &headers).await
    }

    /// As Zoom signs.
    async fn zoom(&self, bench: &Bench, body: &str, at: i64) -> Answer {
        let signature = format!("v0={}", sign(&self.secret, format!("v0:{at}:{body}").as_bytes()));
        let at = at.to_string();
        bench.send("POST", &self.path, body.as_bytes().to_vec(), &[("x-zm-signature", &signature), ("x-zm-request-timestamp", &at)]).await
    }
}

fn now_s() -> i64 {
    Timestamp::parse(NOW).unwrap().seconds()
}

async fn install(bench: &Bench, trigger: &str, more: Value) -> Value {
    bench.deploy_definition("w", &format!("inputs: {{ repo: {{ type: 'text' }}, hookSecret: {{ type: 'text' }} }}, {trigger}")).await;
    let mut request = json!({"workflow": "w", "activate": true});
    for (key, value) in more.as_object().unwrap() {
        request[key] = value.clone();
    }
    bench.install(request).await.of(201)
}

const ENDED: &str = r#"{"event":"meeting.ended","event_ts":1768469399000,"payload":{"account_id":"acc","object":{"id":"86512345678","topic":"Weekly","duration":42}}}"#;

on_both! {
    async fn a_path_webhook_starts_one_run_per_delivery(db: TestDb) {
        let bench = Bench::new(db).await;
        let made = install(&bench, "trigger: webhook({ path: 'orders', event: 'order.paid' })", json!({})).await;
        let hook = Hook::of(&made, 0);
        let body = r#"{"event":"order.paid","order":7}"#;
        let first = hook.send(&bench, body, &[("webhook-id", "d1")]).await.of(202);
        let again = hook.send(&bench, body, &[("webhook-id", "d1")]).await.of(202);
        let next = hook.send(&bench, body, &[("webhook-id", "d2")]).await.of(202);
        assert_eq!((&again["run_id"], &again["duplicate"], &first["duplicate"]), (&first["run_id"], &json!(true), &json!(false)));
        assert_ne!(next["run_id"], first["run_id"]);
        let by_body = hook.send(&bench, r#"{"event":"order.paid","order":8}"#, &[]).await.of(202);
        assert_eq!(hook.send(&bench, r#"{"event":"order.paid","order":8}"#, &[]).await.of(202)["run_id"], by_body["run_id"]);
        let other = hook.send(&bench, r#"{"event":"order.refunded"}"#, &[]).await.of(200);
        assert_eq!(other, json!({"ignored": true, "reason": "event_not_wanted"}));
        assert_eq!(bench.count("runs").await, 3);
        let input = bench.input_of(first["run_id"].as_str().unwrap()).await;
        assert_eq!(input["trigger"], json!({"type": "webhook", "timestamp": 1_768_469_400_000_i64, "id": "d1", "event": "order.paid", "data": {"event": "order.paid", "order": 7}}));
    }

    async fn what_is_not_signed_rightly_is_refused(db: TestDb) {
        let bench = Bench::new(db).await;
        let made = install(&bench, "trigger: webhook({ path: 'orders' })", json!({})).await;
        let hook = Hook::of(&made, 0);
        let forged = Hook { path: hook.path.clone(), secret: "guess".into() };
        assert_eq!(forged.send(&bench, "{}", &[]).await.refusal(), (401, "WEBHOOK_SIGNATURE_INVALID"));
        assert_eq!(bench.send("POST", &hook.path, b"{}".to_vec(), &[]).await.refusal(), (401, "WEBHOOK_SIGNATURE_INVALID"));
        assert_eq!(hook.send(&bench, "{not json", &[]).await.refusal(), (400, "WEBHOOK_MALFORMED"));
        assert_eq!(hook.send(&bench, "{}", &[("content-type", "text/plain")]).await.status, 202, "the route decides, not the header");
        let unknown = hook.path.replace("trg_", "trg_0");
        assert_eq!(bench.send("POST", &unknown, b"{}".to_vec(), &[]).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(bench.send("POST", "/api/webhooks/trg_01h455vb4pex5vsknk084sn02q", b"{}".to_vec(), &[]).await.refusal(), (404, "NOT_FOUND"));
        let large = format!("{{\"x\":\"{}\"}}", "y".repeat(11 << 20));
        assert_eq!(hook.send(&bench, &large, &[]).await.refusal(), (413, "BODY_TOO_LARGE"));
        let medium = format!("{{\"x\":\"{}\"}}", "y".repeat(1 << 20));
        assert_eq!(hook.send(&bench, &medium, &[]).await.status, 202, "read away from other requests");
        assert_eq!(bench.count("runs").await, 2);
    }

    async fn p09_a_trigger_without_its_secret_accepts_nothing(db: TestDb) {
        let bench = Bench::new(db).await;
        let declared = "trigger: webhook({ path: 'orders' }), webhooks: [webhook({ service: 'zoom' }), webhook({ service: 'stripe' }), webhook({ service: 'github' }), webhook({ service: 'slack' })]";
        let made = install(&bench, declared, json!({})).await;
        let hooks: Vec<Hook> = (0..made["webhooks"].as_array().unwrap().len()).map(|i| Hook::of(&made, i)).collect();
        assert_eq!(hooks.len(), 5);
        // As a migration gone wrong or a hand in the database would leave it.
        let mut tx = bench.app.platform().begin().await.unwrap();
        tx.execute(millrace_db::sql("UPDATE triggers SET signing_secret = NULL, secret_source = NULL")).await.unwrap();
        tx.commit().await.unwrap();
        for hook in &hooks {
            let emptied = Hook { path: hook.path.clone(), secret: String::new() };
            for answer in [
                bench.send("POST", &hook.path, b"{}".to_vec(), &[]).await,
                emptied.send(&bench, "{}", &[]).await,
                emptied.zoom(&bench, ENDED, now_s()).await,
                hook.send(&bench, "{}", &[]).await,
            ] {
                assert_eq!(answer.refusal(), (401, "WEBHOOK_SECRET_MISSING"), "{}", hook.path);
            }
        }
        assert_eq!(bench.count("runs").await, 0);
    }

    async fn zoom_is_answered_verified_and_matched(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy(&example("client-crm-sync")).await.of(201);
        let request = json!({"workflow": "client-crm-sync", "activate": true, "config": {"crmEndpoint": "https://crm.example"}, "connections": {"zoom": {"access_token": "t0ken-of-zoom"}}});
        let made = bench.install(request).await.of(201);
        let hook = Hook::of(&made, 0);
        let validation = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}"#;
        let answered = bench.send("POST", &hook.path, validation.into(), &[]).await.of(200);
        assert_eq!(answered, json!({"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": sign(&hook.secret, b"qgg8vlvZRS6UYooatFL8Aw")}));
        let started = hook.zoom(&bench, ENDED, now_s()).await.of(202);
        assert_eq!(hook.zoom(&bench, ENDED, now_s() + 5).await.of(202), json!({"run_id": started["run_id"], "duplicate": true}));
        assert_eq!(hook.zoom(&bench, ENDED, now_s() - 301).await.refusal(), (401, "WEBHOOK_TIMESTAMP_STALE"));
        assert_eq!(hook.zoom(&bench, &ENDED.replace("ended", "started"), now_s()).await.of(200)["reason"], "event_not_wanted");
        let trigger = &bench.input_of(started["run_id"].as_str().unwrap()).await["trigger"];
        assert_eq!((&trigger["service"], &trigger["event"], &trigger["timestamp"]), (&json!("zoom"), &json!("meeting.ended"), &json!(1_768_469_399_000_i64)));
        assert_eq!((&trigger["data"]["object"]["id"], &trigger["data"]["topic"]), (&json!("86512345678"), &json!("Weekly")));
        let labels = bench.dump("runs", &["trigger", "subject", "program"]).await;
        assert_eq!(labels, format!("webhook zoom meeting.ended\n{}\n{}\n", made["id"].as_str().unwrap(), made["version_id"].as_str().unwrap()));
    }

    async fn a_paused_installation_ignores_and_still_shakes_hands(db: TestDb) {
        let bench = Bench::new(db).await;
        let made = install(&bench, "trigger: webhook({ service: 'zoom' })", json!({})).await;
        let hook = Hook::of(&made, 0);
        hook.zoom(&bench, ENDED, now_s()).await.of(202);
        bench.call("POST", &format!("/api/installations/{}/pause", made["id"].as_str().unwrap()), Value::Null).await.of(200);
        let body = ENDED.replace("Weekly", "Daily");
        assert_eq!(hook.zoom(&bench, &body, now_s()).await.of(200), json!({"ignored": true, "reason": "installation_not_active"}));
        let forged = Hook { path: hook.path.clone(), secret: "x".into() };
        assert_eq!(forged.zoom(&bench, &body, now_s()).await.status, 401);
        let validation = r#"{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}"#;
        bench.send("POST", &hook.path, validation.into(), &[]).await.of(200);
        bench.call("POST", &format!("/api/installations/{}/activate", made["id"].as_str().unwrap()), Value::Null).await.of(200);
        hook.zoom(&bench, &body, now_s()).await.of(202);
        bench.call("DELETE", &format!("/api/installations/{}", made["id"].as_str().unwrap()), Value::Null).await;
        assert_eq!(hook.zoom(&bench, &body, now_s()).await.refusal(), (404, "NOT_FOUND"));
    }

    async fn events_and_filters_choose(db: TestDb) {
        let bench = Bench::new(db).await;
        let trigger = "trigger: webhook({ path: 'p', events: ['a', 'b'], filter: { repo: '{{inputs.repo}}' } }), webhooks: [webhook({ path: 'p', event: 'c' })]";
        let made = install(&bench, trigger, json!({"config": {"repo": "acme/x"}})).await;
        assert_eq!((made["webhooks"].as_array().unwrap().len(), &made["webhooks"][0]["events"]), (1, &json!(["a", "b", "c"])));
        let hook = Hook::of(&made, 0);
        for (body, status) in [
            (r#"{"event":"a","repo":"acme/x"}"#, 202),
            (r#"{"event":"b","repo":"acme/x"}"#, 202),
            (r#"{"event":"b","repo":"acme/y"}"#, 200),
            (r#"{"event":"c","repo":"acme/y"}"#, 202),
            (r#"{"event":"d","repo":"acme/x"}"#, 200),
        ] {
            assert_eq!(hook.send(&bench, body, &[]).await.status, status, "{body}");
        }
        let id = made["id"].as_str().unwrap();
        bench.call("PATCH", &format!("/api/installations/{id}"), json!({"config": {"repo": "acme/y"}})).await.of(200);
        assert_eq!(hook.send(&bench, r#"{"event":"a","repo":"acme/y"}"#, &[]).await.status, 202, "a change is seen at once");
    }

    async fn unverified_is_an_explicit_choice(db: TestDb) {
        let bench = Bench::new(db).await;
        let made = install(&bench, "trigger: webhook({ path: 'open', verify: false } as any)", json!({})).await;
        let hook = &made["webhooks"][0];
        assert_eq!((&hook["unverified"], &hook["signing_secret"]), (&json!(true), &Value::Null));
        let hook = Hook::of(&made, 0);
        assert_eq!(bench.send("POST", &hook.path, b"{}".to_vec(), &[]).await.status, 202);
        assert_eq!(bench.send("POST", &hook.path, b"{".to_vec(), &[]).await.status, 400);
    }

    async fn secrets_come_from_owner_module_connection_or_us(db: TestDb) {
        let bench = Bench::new(db).await;
        let made = install(&bench, "trigger: webhook({ path: 'p', secret: '{{inputs.hookSecret}}' })", json!({"config": {"hookSecret": "from-the-module-123"}})).await;
        assert_eq!((&made["webhooks"][0]["secret_source"], &made["webhooks"][0]["signing_secret"]), (&json!("module"), &json!("••••-123")));
        let path = Hook::of(&made, 0).path;
        let signed = |secret: &str| Hook { path: path.clone(), secret: secret.to_owned() };
        assert_eq!(signed("from-the-module-123").send(&bench, "{}", &[]).await.status, 202);
        let at = format!("/api/installations/{}", made["id"].as_str().unwrap());
        bench.call("PATCH", &at, json!({"webhook_secrets": {"p": "from-the-owner-4567"}})).await.of(200);
        assert_eq!(signed("from-the-module-123").send(&bench, "{}", &[]).await.status, 401);
        assert_eq!(signed("from-the-owner-4567").send(&bench, "{\"n\":1}", &[]).await.status, 202);
        let kept = bench.call("PATCH", &at, json!({"name": "renamed"})).await.of(200);
        assert_eq!(kept["webhooks"][0]["secret_source"], "owner");
        assert_eq!(bench.call("PATCH", &at, json!({"webhook_secrets": {"q": "x"}})).await.refusal(), (400, "UNKNOWN_WEBHOOK"));
        assert_eq!(bench.call("PATCH", &at, json!({"webhook_secrets": {"p": ""}})).await.refusal(), (400, "INVALID_REQUEST"));

        bench.deploy_definition("z", "integrations: [{ service: 'zoom' }], trigger: webhook({ service: 'zoom' })").await;
        let fields = json!({"access_token": "t0ken-of-zoom", "webhook_secret": "zoom-secret-token"});
        let made = bench.install(json!({"workflow": "z", "activate": true, "connections": {"zoom": fields}})).await.of(201);
        assert_eq!((&made["webhooks"][0]["secret_source"], &made["webhooks"][0]["signing_secret"]), (&json!("connection"), &json!("••••oken")));
        let hook = Hook { path: Hook::of(&made, 0).path, secret: "zoom-secret-token".into() };
        hook.zoom(&bench, ENDED, now_s()).await.of(202);
        let at = format!("/api/installations/{}", made["id"].as_str().unwrap());
        let kept = bench.call("PATCH", &at, json!({"name": "renamed"})).await.of(200);
        assert_eq!(kept["webhooks"][0]["secret_source"], "connection");
    }

    async fn an_announced_secret_waits_for_its_owner(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("n", "integrations: [{ service: 'notion' }], trigger: webhook({ service: 'notion', event: 'page.created' })").await;
        let made = bench.install(json!({"workflow": "n", "activate": true, "connections": {"notion": {"access_token": "t0ken-of-notion"}}})).await.of(201);
        let generated = Hook::of(&made, 0);
        let token = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl";
        bench.send("POST", &generated.path, json!({"verification_token": token}).to_string().into_bytes(), &[]).await.of(200);
        let at = format!("/api/installations/{}", made["id"].as_str().unwrap());
        let shown = bench.call("GET", &at, Value::Null).await.of(200);
        assert_eq!((&shown["webhooks"][0]["pending_secret"], &shown["webhooks"][0]["secret_source"]), (&json!(token), &json!("generated")));
        let event = json!({"id": "evt-1", "type": "page.created", "entity": {"id": "page-1", "type": "page"}, "timestamp": "2026-01-15T09:29:00Z"}).to_string();
        let notion = |secret: &str| format!("sha256={}", sign(secret, event.as_bytes()));
        let send = |signature: String| { let (bench, path, body) = (&bench, &generated.path, event.clone().into_bytes()); async move { bench.send("POST", path, body, &[("x-notion-signature", &signature)]).await } };
        assert_eq!(send(notion(token)).await.refusal(), (401, "WEBHOOK_SIGNATURE_INVALID"), "an announcement alone opens nothing");
        let confirmed = bench.call("PATCH", &at, json!({"webhook_secrets": {"notion": token}})).await.of(200);
        assert_eq!((&confirmed["webhooks"][0]["secret_source"], &confirmed["webhooks"][0]["pending_secret"]), (&json!("owner"), &Value::Null));
        let started = send(notion(token)).await.of(202);
        let input = bench.input_of(started["run_id"].as_str().unwrap()).await;
        assert_eq!(input["fetch"], json!({"service": "notion", "operation": "pages.retrieve", "args": [{"page_id": "page-1"}]}));
        let other = json!({"verification_token": "secret_of_somebody_else"}).to_string().into_bytes();
        assert_eq!(bench.send("POST", &generated.path, other, &[]).await.status, 401, "a confirmed secret is not replaced");
    }

    async fn a_due_slot_makes_a_run_once_and_only_while_active(db: TestDb) {
        let bench = Bench::new(db).await;
        let made = install(&bench, "trigger: schedule('0 9 * * *'), webhooks: [poll({ interval: 90, service: 'zoom' })]", json!({})).await;
        let slot = Timestamp::parse("2026-01-16T09:00:00Z").unwrap();
        let schedule = |id: &Value| Schedule {
            id: id.as_str().unwrap().to_owned(),
            tenant: bench.tenant.clone(),
            subject: made["id"].as_str().unwrap().to_owned(),
            spec: Spec::Every(90),
            timezone: "UTC".into(),
            catch_up: CatchUp::Latest,
            next_at: Some(slot),
        };
        let (daily, poll) = (schedule(&made["schedules"][0]["trigger_id"]), schedule(&made["schedules"][1]["trigger_id"]));
        let run = service::scheduled_run(&bench.app, &daily, slot).await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<Value>(&run.input).unwrap(), json!({"trigger": {"type": "schedule", "data": {}, "timestamp": slot.millis(), "id": format!("slot:{}", slot.micros())}}));
        assert_eq!((run.trigger.as_str(), run.program.as_str()), ("schedule", made["version_id"].as_str().unwrap()));
        let first = bench.app.engine.start(run).await.unwrap();
        let seen_twice = service::scheduled_run(&bench.app, &daily, slot).await.unwrap().unwrap();
        let second = bench.app.engine.start(seen_twice).await.unwrap();
        assert_eq!((second.run_id, second.duplicate), (first.run_id, true));
        let run = service::scheduled_run(&bench.app, &poll, slot).await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<Value>(&run.input).unwrap()["trigger"]["service"], "zoom");
        bench.call("POST", &format!("/api/installations/{}/pause", made["id"].as_str().unwrap()), Value::Null).await.of(200);
        assert!(service::scheduled_run(&bench.app, &daily, slot).await.unwrap().is_none());
    }

    async fn a_webhook_of_an_unknown_service_is_signed_generically(db: TestDb) {
        let bench = Bench::new(db).await;
        let made = install(&bench, "trigger: webhook({ service: 'gizmo', event: 'made' })", json!({})).await;
        let hook = Hook::of(&made, 0);
        let started = hook.send(&bench, r#"{"type":"made"}"#, &[]).await.of(202);
        assert_eq!(bench.input_of(started["run_id"].as_str().unwrap()).await["trigger"]["service"], "gizmo");
    }
}
