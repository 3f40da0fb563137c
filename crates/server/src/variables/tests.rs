//! Variables on both databases, over the routes.
#![allow(clippy::unwrap_used)]

use millrace_db::on_both;
use serde_json::{Value, json};

use super::limits;
use crate::identity::Role;
use crate::installations::fixture::Bench;
use crate::installations::service as installations;

const KEY: &str = "sk-live-9d2e41c7a0";

fn at(name: &str) -> String {
    format!("/api/developer/workflows/w/variables/{name}")
}

async fn set(bench: &Bench, name: &str, body: Value) -> crate::installations::fixture::Answer {
    bench.call("PUT", &at(name), body).await
}

async fn listed(bench: &Bench) -> Value {
    bench.call("GET", "/api/developer/workflows/w/variables", Value::Null).await.of(200)["data"].clone()
}

on_both! {
    async fn variables_are_set_listed_and_unset(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "trigger: manual()").await;
        assert_eq!(listed(&bench).await, json!([]));
        let made = set(&bench, "BASE_URL", json!({"value": "https://crm.example"})).await.of(201);
        assert_eq!((&made["secret"], &made["value"]), (&json!(false), &json!("https://crm.example")));
        let hidden = set(&bench, "CRM_API_KEY", json!({"value": KEY})).await.of(201);
        assert_eq!((&hidden["secret"], &hidden["value"]), (&json!(true), &Value::Null), "its name says so");
        set(&bench, "BASE_URL", json!({"value": "https://crm2.example"})).await.of(200);
        // Not said: it stays what it is.
        set(&bench, "PIN", json!({"value": "4711", "secret": true})).await.of(201);
        assert_eq!(set(&bench, "PIN", json!({"value": "4712"})).await.of(200)["secret"], true);
        let shown = listed(&bench).await;
        let pairs: Vec<(&str, &Value)> = shown.as_array().unwrap().iter().map(|v| (v["name"].as_str().unwrap(), &v["value"])).collect();
        assert_eq!(pairs, [("BASE_URL", &json!("https://crm2.example")), ("CRM_API_KEY", &Value::Null), ("PIN", &Value::Null)]);
        let stored = bench.dump("workflow_variables", &["value"]).await;
        assert!(stored.contains("https://crm2.example") && !stored.contains(KEY) && !stored.contains("4712"), "secrets are sealed");
        bench.call("DELETE", &at("PIN"), Value::Null).await.of(204);
        assert_eq!(bench.call("DELETE", &at("PIN"), Value::Null).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(listed(&bench).await.as_array().unwrap().len(), 2);
        let said = bench.call("GET", "/api/v1/audit?action=variable&limit=100", Value::Null).await.of(200)["data"].clone();
        assert_eq!((said.as_array().unwrap().len(), &said[0]["action"], &said[0]["metadata"]), (6, &json!("variable.removed"), &json!({"name": "PIN", "secret": true})));
        assert!(!said.to_string().contains("crm2"), "values are not in the log: {said}");
    }

    async fn what_is_no_variable_is_refused(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "trigger: manual()").await;
        for name in ["api_key", "KV", "AI", "A-B", "1A"] {
            assert_eq!(set(&bench, name, json!({"value": "x"})).await.refusal(), (400, "INVALID_VARIABLE"), "{name}");
        }
        for body in [json!({"value": "x".repeat(limits::VALUE_BYTES + 1)}), json!({"value": "", "secret": true})] {
            assert_eq!(set(&bench, "A", body).await.refusal(), (400, "INVALID_VARIABLE"));
        }
        assert_eq!(set(&bench, "A", json!({"value": 1})).await.status, 400);
        assert_eq!(set(&bench, "A", json!({"value": "x", "kind": "y"})).await.status, 400);
        let full = limits::ALL_BYTES / limits::VALUE_BYTES;
        for n in 0..full {
            set(&bench, &format!("V{n}"), json!({"value": "x".repeat(limits::VALUE_BYTES)})).await.of(201);
        }
        assert_eq!(set(&bench, "ONE_MORE", json!({"value": "x"})).await.refusal(), (400, "TOO_MANY_VARIABLES"));
        assert_eq!(bench.call("PUT", "/api/developer/workflows/unknown/variables/A", json!({"value": "x"})).await.refusal(), (404, "NOT_FOUND"));
        let viewer = bench.key_as(Role::Viewer).await;
        assert_eq!(bench.call_as(&viewer, "PUT", &at("V0"), json!({"value": "x"}), &[]).await.status, 403);
    }

    async fn a_revision_keeps_what_its_runs_have_seen(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "trigger: manual()").await;
        bench.deploy_definition("other", "trigger: manual()").await;
        let made = bench.install(json!({"workflow": "w", "activate": true})).await.of(201);
        let elsewhere = bench.install(json!({"workflow": "other"})).await.of(201);
        let id = |made: &Value| made["id"].as_str().unwrap().parse::<millrace_ids::InstallationId>().unwrap();
        let revision = async |of: &Value| installations::snapshot(&bench.app, &bench.tenant, &id(of)).await.unwrap().revision;
        let seen = async |revision: i64| installations::snapshot_at(&bench.app, &bench.tenant, &id(&made), Some(revision)).await.unwrap().variables.clone();
        set(&bench, "A", json!({"value": "1"})).await.of(201);
        set(&bench, "B_SECRET", json!({"value": "old"})).await.of(201);
        set(&bench, "A", json!({"value": "2"})).await.of(200);
        // What no run sees makes no revision: another value of a secret, the same text again.
        set(&bench, "B_SECRET", json!({"value": "new"})).await.of(200);
        set(&bench, "A", json!({"value": "2"})).await.of(200);
        bench.call("DELETE", &at("A"), Value::Null).await.of(204);
        assert_eq!((revision(&made).await, revision(&elsewhere).await), (5, 1));
        let of = |pairs: &[(&str, Option<&str>)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), v.map(str::to_owned))).collect::<crate::variables::model::Seen>();
        assert_eq!(seen(1).await, of(&[]));
        assert_eq!(seen(2).await, of(&[("A", Some("1"))]));
        assert_eq!(seen(3).await, of(&[("A", Some("1")), ("B_SECRET", None)]));
        assert_eq!(seen(4).await, of(&[("A", Some("2")), ("B_SECRET", None)]));
        assert_eq!(seen(5).await, of(&[("B_SECRET", None)]));
        let old = installations::snapshot_at(&bench.app, &bench.tenant, &id(&made), Some(3)).await.unwrap();
        let secrets = installations::variable_secrets_of(&bench.app, &old).unwrap();
        assert_eq!(secrets["B_SECRET"].as_str(), "new", "values of secrets are the present ones");
    }

    async fn changes_of_variables_and_of_installations_do_not_lose_each_other(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("w", "inputs: { a: { type: 'number' } }, trigger: manual()").await;
        let made = bench.install(json!({"workflow": "w", "config": {"a": 0}})).await.of(201);
        let path = format!("/api/installations/{}", made["id"].as_str().unwrap());
        for n in 1..=5 {
            let (x, y, z) = tokio::join!(
                set(&bench, "X", json!({"value": n.to_string()})),
                set(&bench, "Y", json!({"value": n.to_string()})),
                bench.call("PATCH", &path, json!({"config": {"a": n}})),
            );
            assert!(x.status < 300 && y.status < 300 && z.status == 200, "{x:?} {y:?} {z:?}");
        }
        let id = made["id"].as_str().unwrap().parse().unwrap();
        let now = installations::snapshot(&bench.app, &bench.tenant, &id).await.unwrap();
        assert_eq!((now.revision, now.variables["X"].as_deref(), now.variables["Y"].as_deref(), &now.config["a"]), (16, Some("5"), Some("5"), &json!(5)));
        assert_eq!(bench.count("installation_revisions").await, 15, "each one that was replaced is kept");
    }
}
