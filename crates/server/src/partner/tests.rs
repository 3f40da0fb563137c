//! The partner API on both databases, over its routes.
#![allow(clippy::unwrap_used)]

use millrace_db::{on_both, sql};
use millrace_ids::{AutomationId, AutomationVersionId, InstallationId, TenantId, UserId};
use serde_json::{Value, json};

use super::*;
use crate::identity::people::{self, member};
use crate::identity::{Role, Scope};
use crate::installations::fixture::{Answer, Bench};
use crate::rate_limits::Rule;

const AUTOMATIONS: &str = "/api/v1/public/automations";

/// An automation with versions of these states, oldest first; gives its id and theirs.
async fn automation(bench: &Bench, tenant: &TenantId, name: &str, department: Option<&str>, states: &[&str]) -> (AutomationId, Vec<AutomationVersionId>) {
    let (id, owner) = (AutomationId::generate(), UserId::generate());
    let versions: Vec<_> = states.iter().map(|_| AutomationVersionId::generate()).collect();
    let now = bench.app.clock.now();
    people::within(&bench.app, async |tx| {
        insert_automation(tx, tenant, &NewAutomation { id: &id, name, department, owner: &owner }, now).await.unwrap();
        for (n, (version, status)) in versions.iter().zip(states).enumerate() {
            let new = NewAutomationVersion { id: version, number: (1, i64::try_from(n).unwrap(), 0), status };
            insert_version(tx, tenant, &id, &new, now).await.unwrap();
        }
    })
    .await;
    (id, versions)
}

async fn get(bench: &Bench, key: &str, path: &str) -> Answer {
    bench.call_as(key, "GET", path, Value::Null, &[]).await
}

fn names(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect()
}

on_both! {
    async fn automations_are_listed_in_short(db: TestDb) {
        let bench = Bench::new(db).await;
        let key = people::scoped_key(&bench.app, &bench.tenant, &[Scope::ReadOnly], None).await.expose().to_string();
        let (id, versions) = automation(&bench, &bench.tenant, "Invoices", Some("finance"), &["Archived", "Live", "Intake in Progress"]).await;
        automation(&bench, &bench.tenant, "Leads", Some("sales"), &["Archived", "Build in Progress"]).await;
        automation(&bench, &bench.tenant, "Empty", None, &[]).await;
        let (other, _) = bench.stranger(Role::Owner).await;
        automation(&bench, &other, "Theirs", Some("sales"), &["Live"]).await;

        let all = get(&bench, &key, AUTOMATIONS).await.of(200);
        assert_eq!(names(&all), ["Empty", "Leads", "Invoices"]);
        let live = json!({"id": id.as_str(), "name": "Invoices", "department": "finance", "status": "active",
            "current_version": {"id": versions[1].as_str(), "version": "1.1.0", "status": "Live"}});
        assert_eq!((&all["data"][2], &all["data"][0]["current_version"], &all["data"][1]["current_version"]["version"]), (&live, &Value::Null, &json!("1.1.0")));
        assert_eq!(names(&get(&bench, &key, &format!("{AUTOMATIONS}?department=sales")).await.of(200)), ["Leads"]);
        assert!(names(&get(&bench, &key, &format!("{AUTOMATIONS}?status=archived")).await.of(200)).is_empty());
        let first = get(&bench, &key, &format!("{AUTOMATIONS}?limit=2")).await.of(200);
        let rest = get(&bench, &key, &format!("{AUTOMATIONS}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await.of(200);
        assert_eq!((names(&first), names(&rest), &rest["next_cursor"]), (vec!["Empty", "Leads"], vec!["Invoices"], &Value::Null));
        for wrong in ["department=law", "status=gone", "limit=0", "cursor=x", "owner=me"] {
            assert_eq!(get(&bench, &key, &format!("{AUTOMATIONS}?{wrong}")).await.status, 400, "{wrong}");
        }
    }

    async fn runs_of_a_version_are_those_of_its_installation(db: TestDb) {
        let bench = Bench::new(db).await;
        let key = people::scoped_key(&bench.app, &bench.tenant, &[Scope::ReadOnly], None).await.expose().to_string();
        bench.deploy_definition("billed", "trigger: manual()").await;
        let installed = bench.install(json!({"workflow": "billed", "activate": true})).await.of(201);
        let inst: InstallationId = installed["id"].as_str().unwrap().parse().unwrap();
        let (_, versions) = automation(&bench, &bench.tenant, "Billed", None, &["Live"]).await;
        let path = format!("/api/v1/public/automation-versions/{}/runs", versions[0]);
        let started = bench.call("POST", &format!("/api/installations/{inst}/trigger"), json!({})).await.of(202);
        assert_eq!(get(&bench, &key, &path).await.of(200), json!({"data": [], "next_cursor": null}), "nothing performs it yet");
        let now = bench.app.clock.now();
        people::within(&bench.app, async |tx| bind(tx, &bench.tenant, &versions[0], &inst, now).await.unwrap()).await;
        let shown = get(&bench, &key, &path).await.of(200);
        assert_eq!(shown["data"], json!([{"run_id": started["run_id"], "status": "queued", "started_at": null, "completed_at": null}]));
        for (query, many) in [("status=completed", 0), ("status=queued", 1), ("from=2026-01-15T09:30:00Z", 1), ("to=2026-01-15T09:30:00Z", 0)] {
            assert_eq!(get(&bench, &key, &format!("{path}?{query}")).await.of(200)["data"].as_array().unwrap().len(), many, "{query}");
        }
        for wrong in ["status=odd", "from=yesterday", "limit=500"] {
            assert_eq!(get(&bench, &key, &format!("{path}?{wrong}")).await.status, 400, "{wrong}");
        }
        let (_, theirs) = bench.stranger(Role::Owner).await;
        assert_eq!(get(&bench, &theirs, &path).await.refusal(), (404, "NOT_FOUND"));
    }

    async fn a_partner_s_key_and_its_workspace_meet_their_limits(db: TestDb) {
        let bench = Bench::new(db).await;
        let new_key = async || people::scoped_key(&bench.app, &bench.tenant, &[Scope::ReadOnly], None).await.expose().to_string();
        let (first, second, third) = (new_key().await, new_key().await, new_key().await);
        let (of_key, of_tenant) = (Rule::PartnerKey.allowance().most, Rule::PartnerTenant.allowance().most);
        let limited = async |key: &str| {
            let refused = get(&bench, key, AUTOMATIONS).await;
            assert_eq!(refused.refusal(), (429, "RATE_LIMITED"));
            assert!(refused.headers.contains_key("retry-after"));
            refused.fields()
        };
        for _ in 0..of_key {
            get(&bench, &first, AUTOMATIONS).await.of(200);
        }
        assert_eq!(limited(&first).await, ["partner_key RATE_LIMITED"]);
        for _ in of_key..of_tenant {
            get(&bench, &second, AUTOMATIONS).await.of(200);
        }
        assert_eq!(limited(&third).await, ["partner_tenant RATE_LIMITED"], "more keys do not help");
    }

    async fn only_keys_come_in_and_each_access_is_written_down(db: TestDb) {
        let bench = Bench::new(db).await;
        let owner = member(&bench.app, &bench.tenant, Role::Owner).await;
        assert_eq!(get(&bench, &owner.token, AUTOMATIONS).await.refusal(), (401, "API_KEY_REQUIRED"));
        let deploys = people::scoped_key(&bench.app, &bench.tenant, &[Scope::Deploy], None).await.expose().to_string();
        assert_eq!(get(&bench, &deploys, AUTOMATIONS).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        let key = people::scoped_key(&bench.app, &bench.tenant, &[Scope::Admin], None).await;
        let text = key.expose().to_string();
        for _ in 0..3 {
            get(&bench, &text, AUTOMATIONS).await.of(200);
        }
        get(&bench, &text, &format!("{AUTOMATIONS}?limit=0")).await.of(400);
        bench.app.accesses.write(&bench.app).await;
        bench.app.accesses.write(&bench.app).await;
        let select = sql("SELECT actor_type, actor_id, metadata FROM audit_log WHERE tenant_id = $1 AND action = 'api_key.used' ORDER BY metadata").bind(bench.tenant.as_str());
        let rows = bench.app.platform().read().await.unwrap().all(select).await.unwrap();
        let counts: Vec<(i64, i64)> = rows
            .iter()
            .map(|row| {
                assert_eq!((row.get::<String>("actor_type").unwrap().as_str(), row.get::<String>("actor_id").unwrap().as_str()), ("api_key", key.id().as_str()));
                let meta: Value = serde_json::from_str(&row.get::<String>("metadata").unwrap()).unwrap();
                assert_eq!((&meta["method"], &meta["endpoint"]), (&json!("GET"), &json!(AUTOMATIONS)));
                (meta["status"].as_i64().unwrap(), meta["count"].as_i64().unwrap())
            })
            .collect();
        assert!(counts.len() == 2 && counts.contains(&(200, 3)) && counts.contains(&(400, 1)), "{counts:?}");
    }
}
