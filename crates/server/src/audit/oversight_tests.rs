//! The installation's own log, refused changes, looking at logs, and logs that are kept as long as their workspace decides.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_audit::verify;
use millrace_db::on_both;
use serde_json::{Value, json};

use super::upkeep::drop_old;
use super::{Action, Entry, record_alone};
use crate::identity::Actor;
use crate::installations::fixture::OPERATOR;
use crate::sign_in::fixture::{PASSWORD, Site};

const DAY: Duration = Duration::from_secs(86_400);

async fn listed(site: &Site, who: &str, path: &str) -> Vec<Value> {
    site.get(who, path).await.of(200)["data"].as_array().unwrap().clone()
}

on_both! {
    async fn the_installation_s_log_is_listed_exported_and_proven(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        assert_eq!(site.get(&ada.token, "/api/v1/admin/audit-logs").await.refusal(), (403, "STAFF_ONLY"));
        assert_eq!(site.get(&site.bench.key.clone(), "/api/v1/admin/audit-logs").await.refusal(), (401, "API_KEY_NOT_ALLOWED"));
        assert_eq!(site.get("", "/api/v1/admin/audit-logs").await.status, 401);
        site.bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": "ada@example.com", "roles": ["ops_admin"]}), &[]).await.of(200);
        let rows = listed(&site, &ada.token, "/api/v1/admin/audit-logs?action=staff").await;
        assert_eq!((rows.len(), &rows[0]["action"]), (1, &json!("staff.role_changed")));
        let signed_up = listed(&site, OPERATOR, "/api/v1/admin/audit-logs?action=user.created&limit=1").await;
        assert_eq!(signed_up.len(), 1);
        let exported = site.get(&ada.token, "/api/v1/admin/audit-logs/export").await;
        let report = verify(exported.body.as_str().unwrap().as_bytes(), None).unwrap();
        assert_eq!((report.tenant.as_str(), report.from_the_beginning), ("installation", true));
        assert!(!exported.body.as_str().unwrap().contains("workspace.created"), "what is a workspace's is in its own log");
        let looked = listed(&site, OPERATOR, "/api/v1/admin/audit-logs?action=audit").await;
        let said: Vec<(&str, &str)> = looked.iter().map(|row| (row["action"].as_str().unwrap(), row["actor"]["type"].as_str().unwrap())).collect();
        assert_eq!(said, [("audit.exported", "user"), ("audit.read", "system"), ("audit.read", "user")], "newest first; each looker once");
    }

    async fn refused_changes_are_rows_and_refused_looks_are_none(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let bob = site.member(&ada, "bob@example.com", "viewer").await;
        for _ in 0..3 {
            assert_eq!(site.post(&bob, "/api/events", json!({"name": "x"})).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
            assert_eq!(site.get(&bob, "/api/v1/audit").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        }
        site.post(&bob, "/api/v1/api-keys", json!({})).await;
        let rows = listed(&site, &ada.token, "/api/v1/audit?action=access.denied").await;
        let said: Vec<_> = rows.iter().map(|row| (&row["outcome"], &row["metadata"]["route"], &row["metadata"]["missing"], &row["resource"]["type"])).collect();
        assert_eq!(
            said,
            [
                (&json!("denied"), &json!("/api/v1/api-keys"), &json!("api_keys.manage"), &json!("route")),
                (&json!("denied"), &json!("/api/events"), &json!("events.publish"), &json!("route")),
            ]
        );
        site.advance(Duration::from_secs(14 * 60));
        site.post(&bob, "/api/events", json!({"name": "x"})).await;
        site.advance(Duration::from_secs(60));
        let fresh = site.login("bob@example.com", PASSWORD).await.of(200);
        site.post(fresh["access_token"].as_str().unwrap(), "/api/events", json!({"name": "x"})).await;
        let owner = site.login("ada@example.com", PASSWORD).await.of(200);
        assert_eq!(listed(&site, owner["access_token"].as_str().unwrap(), "/api/v1/audit?action=access.denied").await.len(), 3, "who goes on is written down again");
    }

    async fn what_a_handler_refuses_is_a_row_too(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let (eve, bob) = (site.member(&ada, "eve@example.com", "admin").await, site.member(&ada, "bob@example.com", "viewer").await);
        let members = site.get(&ada.token, "/api/v1/workspace/users").await.of(200)["data"].clone();
        let id = |email: &str| members.as_array().unwrap().iter().find(|one| one["email"] == email).unwrap()["user_id"].as_str().unwrap().to_owned();
        let key = site.post(&ada.token, "/api/v1/api-keys", json!({"name": "k", "permissions": ["runs"]})).await.of(201);
        let (owner, viewer) = (format!("/api/v1/workspace/users/{}", id("ada@example.com")), format!("/api/v1/workspace/users/{}", id("bob@example.com")));
        for _ in 0..2 {
            assert_eq!(site.call(&eve, "PATCH", &owner, json!({"role": "viewer"})).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
            assert_eq!(site.call(&bob, "DELETE", &owner, Value::Null).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
            assert_eq!(site.call(&bob, "DELETE", &format!("/api/v1/api-keys/{}", key["id"].as_str().unwrap()), Value::Null).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        }
        site.call(&bob, "DELETE", &viewer, Value::Null).await.of(204);
        let rows = listed(&site, &ada.token, "/api/v1/audit?action=access.denied").await;
        let said: Vec<_> = rows.iter().map(|row| (row["metadata"]["method"].as_str().unwrap(), row["metadata"]["missing"].as_str().unwrap())).collect();
        assert_eq!(said, [("DELETE", "api_keys.manage"), ("DELETE", "members.manage"), ("PATCH", "owner")], "newest first, each once");
        assert_eq!(rows[2]["actor"]["id"], id("eve@example.com"));
    }

    async fn a_workspace_decides_how_long_its_log_is_kept(db: TestDb) {
        let site = Site::open(db).await;
        let (ada, eve) = (site.owner("ada@example.com", "acme").await, site.owner("eve@example.com", "elsewhere").await);
        let decide = async |who: &str, days: u32| site.call(who, "PATCH", "/api/v1/workspace", json!({"audit_retention_days": days})).await;
        for wrong in [1, 29, 3_651] {
            assert_eq!(decide(&ada.token, wrong).await.fields(), ["audit_retention_days INVALID_VALUE"], "{wrong}");
        }
        assert_eq!(decide(&ada.token, 90).await.of(200)["audit_retention_days"], 90);
        assert_eq!(decide(&eve.token, 3_650).await.of(200)["audit_retention_days"], 3_650);
        let changed = listed(&site, &ada.token, "/api/v1/audit?action=workspace.updated").await;
        assert_eq!((&changed[0]["metadata"]["before"]["audit_retention_days"], &changed[0]["metadata"]["after"]["audit_retention_days"]), (&Value::Null, &json!(90)));

        site.advance(100 * DAY);
        let app = &site.bench.app;
        let later = app.clock.now();
        for tenant in [&ada.tenant, &eve.tenant] {
            record_alone(app.platform(), Some(&tenant.parse().unwrap()), &Actor::System, Entry::new(Action::WorkflowDeployed, "workflow", "wf_1"), later).await.unwrap();
        }
        let dropped = drop_old(app, later, 40 * DAY).await.unwrap();
        assert!(dropped > 0);
        let (own, other) = (site.audited(&ada.tenant).await, site.audited(&eve.tenant).await);
        assert_eq!(own, ["workflow.deployed", "audit.retained"], "what is older than 90 days has gone");
        assert_eq!(other.first().map(String::as_str), Some("workspace.created"), "ten years are kept");
        let back = site.login("ada@example.com", PASSWORD).await.of(200);
        let token = back["access_token"].as_str().unwrap();
        let exported = site.get(token, "/api/v1/audit/export").await;
        let report = verify(exported.body.as_str().unwrap().as_bytes(), None).unwrap();
        assert!(report.dropped_until.is_some_and(|until| until + 1 == report.first), "what is left stands on a signed head");
        assert_eq!(decide(token, 0).await.of(200)["audit_retention_days"], Value::Null, "as the installation says again");
    }
}
