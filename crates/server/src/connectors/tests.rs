//! What somebody who connects an account is told, on both databases.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use millrace_db::on_both;
use serde_json::{Value, json};

use crate::identity::Role;
use crate::installations::fixture::{Bench, OPERATOR};

async fn of(bench: &Bench, key: &str, service: &str) -> Value {
    let page = bench.call_as(key, "GET", "/api/connectors", Value::Null, &[]).await.of(200);
    page["data"].as_array().unwrap().iter().find(|connector| connector["service"] == service).unwrap().clone()
}

on_both! {
    async fn every_connector_says_how_an_account_is_connected(db: TestDb) {
        let bench = Bench::new(db).await;
        let page = bench.call("GET", "/api/connectors", Value::Null).await.of(200);
        let shown: Vec<&str> = page["data"].as_array().unwrap().iter().map(|connector| connector["service"].as_str().unwrap()).collect();
        let known: Vec<&str> = bench.app.registry.all().map(|connector| connector.service.as_str()).collect();
        assert_eq!((shown, &page["next_cursor"]), (known, &Value::Null));
        let zoom = of(&bench, &bench.key, "zoom").await;
        let ways: Vec<(&str, Vec<&str>)> = zoom["ways"].as_array().unwrap().iter()
            .map(|way| (way["kind"].as_str().unwrap(), way["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect())).collect();
        assert_eq!(ways, [("oauth2", vec![]), ("token", vec!["access_token", "refresh_token"]), ("server_to_server", vec!["account_id", "client_id", "client_secret"])]);
        assert_eq!(zoom["title"], "Zoom");
        let twilio = of(&bench, &bench.key, "twilio").await;
        let basic = &twilio["ways"][0];
        assert_eq!(basic["fields"][0], json!({"name": "account_sid", "title": "Account SID", "help": "Begins with AC.", "secret": false, "optional": false}));
        assert_eq!((&basic["fields"][1]["secret"], &basic["fields"][2]["optional"]), (&json!(true), &json!(true)), "what is required comes first");
    }

    async fn what_is_asked_for_is_what_a_connection_takes(db: TestDb) {
        let bench = Bench::new(db).await;
        let page = bench.call("GET", "/api/connectors", Value::Null).await.of(200);
        let mut made = BTreeSet::new();
        for connector in page["data"].as_array().unwrap() {
            for way in connector["ways"].as_array().unwrap().iter().filter(|way| way["kind"] != "oauth2") {
                let required = way["fields"].as_array().unwrap().iter().filter(|field| field["optional"] == false);
                let fields: serde_json::Map<String, Value> = required.map(|field| (field["name"].as_str().unwrap().to_owned(), json!("x1"))).collect();
                assert!(!fields.is_empty() && way["fields"].as_array().unwrap().iter().all(|field| field["title"] != ""), "{connector}");
                bench.call("POST", "/api/connections", json!({"service": connector["service"], "fields": fields})).await.of(201);
                made.insert(way["kind"].as_str().unwrap().to_owned());
            }
        }
        assert_eq!(made.into_iter().collect::<Vec<_>>(), ["api_key", "basic", "server_to_server", "token"]);
    }

    async fn whose_app_there_is_is_told_to_whoever_may_use_it(db: TestDb) {
        let bench = Bench::new(db).await;
        let (_, other) = bench.company(Role::Owner).await;
        let apps = async |key: &str, service: &str| of(&bench, key, service).await["apps"].clone();
        assert_eq!(apps(&bench.key, "zoom").await, json!([]));
        let app = json!({"provider": "zoom", "client_id": "client", "client_secret": "s"});
        bench.call("POST", "/api/developer/oauth-apps", app.clone()).await.of(201);
        assert_eq!((apps(&bench.key, "zoom").await, apps(&other, "zoom").await), (json!(["developer"]), json!([])));
        let system = bench.call_as(OPERATOR, "POST", "/api/admin/oauth-apps", app, &[]).await.of(201);
        assert_eq!((apps(&bench.key, "zoom").await, apps(&other, "zoom").await), (json!(["system", "developer"]), json!(["system"])));
        assert_eq!(apps(&other, "slack").await, json!([]));
        // One that is suspended connects nothing.
        let review = format!("/api/admin/oauth-apps/{}/review", system["id"].as_str().unwrap());
        bench.call_as(OPERATOR, "POST", &review, json!({"status": "suspended", "note": "Ticket 4711"}), &[]).await.of(200);
        assert_eq!(apps(&other, "zoom").await, json!([]));
    }
}
