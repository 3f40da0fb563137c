//! Closing, opening and deleting workspaces over the routes, on both databases.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::time::Duration;

use millrace_db::{Db, on_both, sql};
use serde_json::{Value, json};

use super::purge::{BEFOREHAND, TOGETHER};
use super::purge_due;
use crate::identity::people::{self, member};
use crate::identity::rows::Watched;
use crate::identity::strangers::everything;
use crate::identity::Role;
use crate::installations::fixture::{Answer, Bench, OPERATOR};
use crate::sign_in::fixture::{PASSWORD, Site};

const DAY: Duration = Duration::from_secs(86_400);
const WHY: &str = "Ticket 4711: not paid";

/// Every row of every table, as text.
pub(super) async fn dump(db: &Db) -> Vec<(String, String)> {
    Watched::new(db).await.rows().await.lines().map(|(table, row)| (table.to_owned(), row.to_owned())).collect()
}

/// The tables that have one of these columns.
pub(super) async fn tables_with(db: &Db, columns: &[&str]) -> BTreeSet<String> {
    let tables = db.read().await.unwrap().tables().await.unwrap();
    tables.into_iter().filter(|table| columns.iter().any(|column| table.column(column).is_some())).map(|table| table.name).collect()
}

/// The table that a statement deletes from, or updates.
pub(super) fn table_of(statement: &str) -> String {
    statement.split_whitespace().find(|word| !["DELETE", "FROM", "UPDATE"].contains(word)).unwrap().to_owned()
}

async fn decide(bench: &Bench, who: &str, tenant: &str, what: &str) -> Answer {
    bench.call_as(who, "POST", &format!("/api/v1/admin/tenants/{tenant}/{what}"), json!({"reason": WHY}), &[]).await
}

on_both! {
    async fn a_suspended_workspace_lets_nothing_in_until_it_is_reactivated(db: TestDb) {
        let site = Site::open(db).await;
        let bench = &site.bench;
        let ada = site.owner("ada@example.com", "acme").await;
        let tenant = ada.tenant.as_str();
        let made = site.post(&ada.token, "/api/v1/api-keys", json!({"name": "program", "permissions": ["runs", "deploy"]})).await.of(201);
        let key = made["key"].as_str().unwrap();
        let runs = async |who: &str| bench.call_as(who, "GET", "/api/v1/workspace", Value::Null, &[]).await;
        runs(key).await.of(200);
        runs(&ada.token).await.of(200);

        let wrong = bench.call_as(OPERATOR, "POST", &format!("/api/v1/admin/tenants/{tenant}/suspend"), json!({"reason": "no"}), &[]).await;
        assert_eq!((wrong.status, wrong.fields()), (400, vec!["reason INVALID_VALUE".to_owned()]));
        let suspended = decide(bench, OPERATOR, tenant, "suspend").await.of(200);
        assert_eq!((&suspended["status"], &suspended["already_applied"], &suspended["members"]), (&json!("suspended"), &json!(false), &json!(1)));
        assert_eq!(decide(bench, OPERATOR, tenant, "suspend").await.of(200)["already_applied"], true);
        assert_eq!(runs(&ada.token).await.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        assert_eq!(runs(key).await.refusal(), (403, "WORKSPACE_DEACTIVATED"), "at once, not when the memory is old");
        assert!(bench.app.closed.has(&tenant.parse().unwrap()), "runs rest");
        // Its people are people still.
        let again = site.login("ada@example.com", PASSWORD).await.of(200);
        assert_eq!(again["next"], "create_workspace");
        site.get(again["access_token"].as_str().unwrap(), "/api/v1/users/me").await.of(200);

        let opened = decide(bench, OPERATOR, tenant, "reactivate").await.of(200);
        assert_eq!((&opened["status"], &opened["already_applied"]), (&json!("active"), &json!(false)));
        assert_eq!(decide(bench, OPERATOR, tenant, "reactivate").await.of(200)["already_applied"], true);
        runs(key).await.of(200);
        runs(&ada.token).await.of(200);
        assert!(!bench.app.closed.has(&tenant.parse().unwrap()));
        let said = site.audited(tenant).await;
        let about: Vec<&str> = said.iter().map(String::as_str).filter(|a| a.starts_with("workspace.") && *a != "workspace.created").collect();
        assert_eq!(about, ["workspace.suspended", "workspace.reactivated"], "repeating changes nothing");
        let outside = site.audited("installation").await;
        assert!(outside.iter().any(|a| a == "workspace.suspended") && outside.iter().any(|a| a == "workspace.reactivated"), "{outside:?}");
        assert_eq!(decide(bench, OPERATOR, "org_01h455vb4pex5vsknk084sn02q", "suspend").await.refusal(), (404, "WORKSPACE_NOT_FOUND"));
    }

    async fn what_providers_and_schedules_send_meanwhile(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.deploy_definition("hooked", "trigger: webhook({ path: 'orders', verify: false })").await;
        let installed = bench.install(json!({"workflow": "hooked", "activate": true})).await.of(201);
        let url = installed["webhooks"][0]["url"].as_str().unwrap();
        let path = &url[url.find("/api/").unwrap()..];
        let deliver = async |n: u32| bench.send("POST", path, json!({"event": "x", "n": n}).to_string().into_bytes(), &[("content-type", "application/json")]).await;
        let before = deliver(1).await.status;
        assert!(before == 202 || before == 200, "{before}");
        decide(&bench, OPERATOR, bench.tenant.as_str(), "suspend").await.of(200);
        assert_eq!(deliver(2).await.refusal(), (403, "WORKSPACE_DEACTIVATED"), "the provider tries again later");
        decide(&bench, OPERATOR, bench.tenant.as_str(), "reactivate").await.of(200);
        assert_eq!(deliver(2).await.status, before);
    }

    async fn only_overseers_close_workspaces_and_the_states_follow_each_other(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_RATE_LIMITS", "off")]).await;
        let tenant = bench.tenant.to_string();
        let mut staff = Vec::new();
        for role in ["ops_admin", "admin", "ops_build", "tenant_admin"] {
            let (user, email) = people::user(&bench.app, true).await;
            bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": email, "roles": [role], "tenants": [tenant]}), &[]).await.of(200);
            staff.push(people::sign_in(&bench.app, &user, &email, None).await);
        }
        for who in [&staff[2], &staff[3], &member(&bench.app, &bench.tenant, Role::Owner).await] {
            assert_eq!(decide(&bench, &who.token, &tenant, "suspend").await.refusal(), (403, "STAFF_ONLY"));
            assert_eq!(decide(&bench, &who.token, &tenant, "suspend").await.status, 403);
        }
        let denied = bench.call_as(OPERATOR, "GET", "/api/v1/admin/audit-logs?action=access.denied", Value::Null, &[]).await.of(200);
        assert_eq!(denied["data"].as_array().unwrap().len(), 3, "each once, however often they try: {denied}");
        assert_eq!((&denied["data"][0]["outcome"], &denied["data"][0]["metadata"]["missing"]), (&json!("denied"), &json!("staff")));

        assert_eq!(decide(&bench, &staff[0].token, &tenant, "suspend").await.of(200)["status"], "suspended");
        let gone = json!({"confirm_slug": "one"});
        let delete = format!("/api/v1/admin/tenants/{tenant}/delete");
        assert_eq!(bench.call_as(OPERATOR, "POST", &delete, gone.clone(), &[]).await.refusal(), (409, "WORKSPACE_STATE"));
        assert_eq!(decide(&bench, &staff[1].token, &tenant, "deactivate").await.of(200)["status"], "deactivated");
        assert_eq!(decide(&bench, OPERATOR, &tenant, "suspend").await.refusal(), (409, "WORKSPACE_STATE"));
        assert_eq!(bench.call_as(OPERATOR, "POST", &delete, gone.clone(), &[]).await.refusal(), (409, "WORKSPACE_STATE"), "not before its time");
        bench.app.clock.advance(30 * DAY);
        assert_eq!(decide(&bench, OPERATOR, &tenant, "reactivate").await.refusal(), (409, "WORKSPACE_STATE"), "not after it");
        assert_eq!(bench.call_as(OPERATOR, "POST", &delete, json!({"confirm_slug": "two"}), &[]).await.refusal(), (400, "CONFIRMATION_WRONG"));
        assert_eq!(bench.call_as(OPERATOR, "POST", &delete, gone.clone(), &[]).await.of(200)["status"], "deleted");
        assert_eq!(bench.call_as(OPERATOR, "POST", &delete, gone, &[]).await.of(200)["already_applied"], true);
        for what in ["suspend", "reactivate", "deactivate"] {
            assert_eq!(decide(&bench, OPERATOR, &tenant, what).await.refusal(), (409, "WORKSPACE_STATE"));
        }
        let listed = bench.call_as(OPERATOR, "GET", "/api/v1/admin/tenants?status=deleted", Value::Null, &[]).await.of(200);
        assert_eq!((&listed["data"][0]["tenant_id"], &listed["data"][0]["workspace_name"]), (&json!(tenant), &json!("Deleted workspace")));
    }

    async fn an_owner_deletes_a_workspace_and_has_thirty_days(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let eve = site.member(&ada, "eve@example.com", "admin").await;
        let delete = async |who: &str, slug: &str| site.post(who, "/api/v1/workspace/delete", json!({"confirm_slug": slug})).await;
        assert_eq!(delete(&eve, "acme").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"), "an admin runs it and does not end it");
        assert_eq!(delete(&ada.token, "acme-2").await.refusal(), (400, "CONFIRMATION_WRONG"));
        let closed = delete(&ada.token, "acme").await.of(200);
        assert_eq!((&closed["status"], &closed["deleted_on"]), (&json!("deactivated"), &json!("2026-02-14T09:30:00.000000Z")));
        for (who, email) in [(&ada.token, "ada@example.com"), (&eve, "eve@example.com")] {
            assert_eq!(site.get(who, "/api/v1/workspace").await.refusal(), (403, "WORKSPACE_DEACTIVATED"));
            assert_eq!(site.mailed("workspace_deactivated", email).await.len(), 1, "who runs it is told");
        }
        site.advance(29 * DAY);
        purge_due(&site.bench.app).await.unwrap();
        decide(&site.bench, OPERATOR, &ada.tenant, "reactivate").await.of(200);
        let back = site.login("ada@example.com", PASSWORD).await.of(200);
        let token = back["access_token"].as_str().unwrap();
        assert_eq!(site.get(token, "/api/v1/workspace").await.of(200)["status"], "active");
        delete(token, "acme").await.of(200);
        site.advance(30 * DAY);
        purge_due(&site.bench.app).await.unwrap();
        assert_eq!(site.count("SELECT count(*) AS n FROM memberships").await, 0);
        // People stay, and the name is free again.
        let again = site.login("ada@example.com", PASSWORD).await.of(200);
        assert_eq!(again["next"], "create_workspace");
        let named = json!({"workspace_name": "Acme", "workspace_slug": "acme"});
        site.post(again["access_token"].as_str().unwrap(), "/api/v1/auth/create-workspace", named).await.of(201);
    }

    async fn nothing_of_a_deleted_workspace_remains(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_RATE_LIMITS", "off")]).await;
        everything(&bench).await;
        people::execute(&bench.app, "INSERT INTO storage (tenant_id, workflow_id, key, value, bytes, updated_at) VALUES ($1, 'w', 'SECRET-NAME', '1', 1, 1)", &[bench.tenant.as_str()]).await;
        people::execute(&bench.app, "INSERT INTO audit_retentions (tenant_id, days, updated_at) VALUES ($1, 90, 1)", &[bench.tenant.as_str()]).await;
        people::execute(&bench.app, "INSERT INTO former_slugs (slug, tenant_id, kept_until) VALUES ('before', $1, 9000000000000000)", &[bench.tenant.as_str()]).await;
        // Somebody for whom its own provider vouched.
        let own = "INSERT INTO identity_providers (id, tenant_id, name, issuer, client_id, created_at, updated_at) VALUES ('idp_01h455vb4pex5vsknk084sn02q', $1, 'Own', 'https://idp.example', 'm', 1, 1)";
        people::execute(&bench.app, own, &[bench.tenant.as_str()]).await;
        let vouched = member(&bench.app, &bench.tenant, Role::Viewer).await;
        people::execute(&bench.app, "UPDATE sessions SET provider = 'idp_01h455vb4pex5vsknk084sn02q' WHERE id = $1", &[vouched.session.as_str()]).await;
        let (other, _) = bench.stranger(Role::Owner).await;
        let stays = member(&bench.app, &other, Role::Owner).await;
        let tenant = bench.tenant.to_string();
        decide(&bench, OPERATOR, &tenant, "deactivate").await.of(200);
        bench.app.clock.advance(30 * DAY);
        purge_due(&bench.app).await.unwrap();
        // Its log remains, without what is about people; the installation's log says that it is gone.
        let left: Vec<(String, String)> = dump(bench.app.platform()).await.into_iter().filter(|(_, row)| row.contains(&tenant)).collect();
        let tables: BTreeSet<&str> = left.iter().map(|(table, _)| table.as_str()).collect();
        let kept: BTreeSet<&str> = ["audit_chains", "audit_heads", "audit_log", "tenants"].into();
        assert!(tables.is_subset(&kept), "{tables:?}: list the table in lifecycle/purge.rs, or here why it stays");
        assert!(tables.contains("audit_log") && tables.contains("tenants"));
        let personal = "SELECT count(*) AS n FROM audit_log WHERE tenant_id <> 'installation' AND personal IS NOT NULL AND action <> 'workspace.deleted'";
        assert_eq!(bench.app.platform().read().await.unwrap().one(sql(personal)).await.unwrap().get::<i64>("n").unwrap(), 0);
        let no_tenant = "SELECT count(*) AS n FROM runs";
        assert_eq!(bench.app.platform().read().await.unwrap().one(sql(no_tenant)).await.unwrap().get::<i64>("n").unwrap(), 0);
        assert_eq!(bench.call_as(&bench.key, "GET", "/api/runs", Value::Null, &[]).await.refusal(), (401, "INVALID_API_KEY"));
        bench.call_as(&people::sign_in(&bench.app, &stays.user, &stays.email, Some(&other)).await.token, "GET", "/api/v1/workspace", Value::Null, &[]).await.of(200);
        let ended = "SELECT count(*) AS n FROM sessions WHERE revoked_reason = 'provider'";
        assert_eq!(bench.app.platform().read().await.unwrap().one(sql(ended)).await.unwrap().get::<i64>("n").unwrap(), 1, "and nobody goes on as whom it vouched for");
        purge_due(&bench.app).await.unwrap();
    }

    async fn every_table_of_workspaces_is_purged_or_says_why_not(db: TestDb) {
        const ELSEWHERE: [(&str, &str); 15] = [
            ("runs", "engine::farewell"),
            ("journal", "engine::farewell"),
            ("run_logs", "engine::farewell"),
            ("waits", "engine::farewell"),
            ("inbox", "engine::farewell"),
            ("intents", "engine::farewell"),
            ("run_traces", "engine::farewell"),
            ("run_generations", "engine::farewell"),
            ("resumptions", "engine::farewell"),
            ("schedules", "engine::farewell"),
            ("payloads", "engine::farewell"),
            ("deliveries", "ids without content, which go by themselves a day after they came"),
            ("audit_log", "facts and ids stay, personal values go: audit::forget_tenant"),
            ("audit_chains", "what proves the log"),
            ("audit_heads", "what proves the log"),
        ];
        let there = tables_with(&db.db, &["tenant_id", "run_id"]).await;
        let statements = BEFOREHAND.iter().chain(TOGETHER);
        let known: BTreeSet<String> = statements.map(|statement| table_of(statement)).chain(ELSEWHERE.iter().map(|(table, _)| (*table).to_owned())).collect();
        let missing: Vec<_> = there.difference(&known).collect();
        assert!(missing.is_empty(), "lifecycle/purge.rs does not know these tables of workspaces: {missing:?}");
    }
}
