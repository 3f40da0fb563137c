//! Staff and support access on both databases, over the routes.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::{on_both, sql};
use serde_json::{Value, json};

use crate::identity::{Actor, Caller, Permission, Role};
use crate::identity::people::{self, Person, member};
use crate::installations::fixture::{Answer, Bench, OPERATOR};

/// A member of staff with this role for the bench's workspace.
async fn staff(bench: &Bench, role: &str, tenants: Value) -> Person {
    let (user, email) = people::user(&bench.app, true).await;
    let decided = json!({"email": email.to_uppercase(), "roles": [role], "tenants": tenants});
    let answer = bench.call_as(OPERATOR, "PUT", "/api/admin/staff", decided, &[]).await.of(200);
    assert_eq!((&answer["user_id"], &answer["roles"]), (&json!(user.as_str()), &json!([role])));
    people::sign_in(&bench.app, &user, &email, None).await
}

async fn ask(bench: &Bench, who: &Person, hours: u32) -> Answer {
    let path = format!("/api/v1/admin/tenants/{}/support-access", bench.tenant);
    bench.call_as(&who.token, "POST", &path, json!({"reason": "Runs of ticket 4711 hang", "hours": hours}), &[]).await
}

async fn with_access(bench: &Bench, who: &Person, access: &Value, method: &str, path: &str) -> Answer {
    bench.call_as(&who.token, method, path, json!({}), &[("x-support-access", access["id"].as_str().unwrap())]).await
}

on_both! {
    async fn a_look_into_a_workspace_is_seen_by_it_and_ends(db: TestDb) {
        let bench = Bench::new(db).await;
        let (helper, owner) = (staff(&bench, "ops_build", json!([bench.tenant.as_str()])).await, member(&bench.app, &bench.tenant, Role::Owner).await);
        assert_eq!(bench.call_as(&helper.token, "GET", "/api/runs", Value::Null, &[]).await.refusal(), (403, "NO_ACTIVE_WORKSPACE"));
        let access = ask(&bench, &helper, 2).await.of(201);
        assert_eq!((&access["open"], &access["expires_at"]), (&json!(true), &json!("2026-01-15T11:30:00.000000Z")));
        with_access(&bench, &helper, &access, "GET", "/api/runs").await.of(200);
        assert_eq!(with_access(&bench, &helper, &access, "POST", "/api/events").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));

        let seen = bench.call_as(&owner.token, "GET", "/api/v1/support-access", Value::Null, &[]).await.of(200);
        let row = &seen["data"][0];
        assert_eq!((&row["id"], &row["email"], &row["reason"], &row["open"]), (&access["id"], &json!(helper.email), &json!("Runs of ticket 4711 hang"), &json!(true)));
        let own = bench.call_as(&helper.token, "GET", "/api/v1/admin/support-access", Value::Null, &[]).await.of(200);
        assert_eq!(own["data"][0]["id"], access["id"]);

        let end = format!("/api/v1/support-access/{}", access["id"].as_str().unwrap());
        bench.call_as(&owner.token, "DELETE", &end, Value::Null, &[]).await.of(204);
        assert_eq!(with_access(&bench, &helper, &access, "GET", "/api/runs").await.refusal(), (403, "SUPPORT_ACCESS_ENDED"));
        bench.call_as(&owner.token, "DELETE", &end, Value::Null, &[]).await.of(204);

        let rows = bench.app.platform().read().await.unwrap().all(sql("SELECT action, metadata FROM audit_log WHERE tenant_id = $1 AND action LIKE 'support_access.%' ORDER BY seq").bind(bench.tenant.as_str())).await.unwrap();
        let actions: Vec<String> = rows.iter().map(|row| row.get("action").unwrap()).collect();
        assert_eq!(actions, ["support_access.granted", "support_access.used", "support_access.used", "support_access.revoked"]);
        let used: Value = serde_json::from_str(&rows[1].get::<String>("metadata").unwrap()).unwrap();
        assert_eq!(used, json!({"method": "GET", "route": "/api/runs"}));
    }

    async fn what_goes_on_for_long_ends_with_what_let_the_caller_in(db: TestDb) {
        let bench = Bench::new(db).await;
        let app = &bench.app;
        let caller = |who: &Person, role: Role| Caller { tenant: bench.tenant.clone(), by: Actor::User { user: who.user.clone(), session: who.session.clone() }, role, permissions: role.permissions() };
        let still = async |caller: &Caller| {
            app.sessions.forget_all();
            caller.still_may(app, Permission::RunsRead).await.unwrap()
        };
        let helper = staff(&bench, "ops_build", json!([bench.tenant.as_str()])).await;
        let inside = caller(&helper, Role::Viewer);
        assert!(!still(&inside).await, "not without an access");
        let access = ask(&bench, &helper, 1).await.of(201);
        assert!(still(&inside).await);
        bench.call_as(&helper.token, "DELETE", &format!("/api/v1/admin/support-access/{}", access["id"].as_str().unwrap()), Value::Null, &[]).await.of(204);
        assert!(!still(&inside).await);

        let viewer = member(app, &bench.tenant, Role::Viewer).await;
        let looking = caller(&viewer, Role::Viewer);
        assert!(still(&looking).await);
        people::execute(app, "UPDATE memberships SET role = 'billing' WHERE user_id = $1", &[viewer.user.as_str()]).await;
        assert!(!still(&looking).await, "whose role is another one now");
        people::execute(app, "UPDATE memberships SET role = 'viewer' WHERE user_id = $1", &[viewer.user.as_str()]).await;
        assert!(still(&looking).await);
        people::execute(app, "INSERT INTO tenant_settings (tenant_id, flags, created_at, updated_at, require_second_factor) VALUES ($1, '{}', 1, 1, TRUE)", &[bench.tenant.as_str()]).await;
        assert!(!still(&looking).await, "where a second factor is asked for now");
    }

    async fn it_ends_by_time_by_hand_and_with_the_job(db: TestDb) {
        let bench = Bench::new(db).await;
        let helper = staff(&bench, "ops_admin", Value::Null).await;
        let short = ask(&bench, &helper, 1).await.of(201);
        bench.app.clock.advance(Duration::from_secs(600));
        with_access(&bench, &helper, &short, "GET", "/api/installations").await.of(200);
        let left = ask(&bench, &helper, 1).await.of(201);
        bench.call_as(&helper.token, "DELETE", &format!("/api/v1/admin/support-access/{}", left["id"].as_str().unwrap()), Value::Null, &[]).await.of(204);
        assert_eq!(with_access(&bench, &helper, &left, "GET", "/api/installations").await.refusal(), (403, "SUPPORT_ACCESS_ENDED"));

        let lost = ask(&bench, &helper, 4).await.of(201);
        bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": helper.email, "roles": []}), &[]).await.of(200);
        assert_eq!(with_access(&bench, &helper, &lost, "GET", "/api/installations").await.refusal(), (403, "SUPPORT_ACCESS_ENDED"));
        assert_eq!(ask(&bench, &helper, 1).await.refusal(), (403, "STAFF_ONLY"));
        assert_eq!(bench.call_as(OPERATOR, "GET", "/api/admin/staff", Value::Null, &[]).await.of(200)["data"], json!([]));
        // A role that comes back opens nothing that was ended.
        bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": helper.email, "roles": ["ops_admin"]}), &[]).await.of(200);
        assert_eq!(with_access(&bench, &helper, &lost, "GET", "/api/installations").await.refusal(), (403, "SUPPORT_ACCESS_ENDED"));

        let timed = ask(&bench, &helper, 1).await.of(201);
        people::execute(&bench.app, "UPDATE support_accesses SET expires_at = created_at WHERE id = $1", &[timed["id"].as_str().unwrap()]).await;
        assert_eq!(with_access(&bench, &helper, &timed, "GET", "/api/installations").await.refusal(), (403, "SUPPORT_ACCESS_ENDED"));
    }

    async fn nobody_uses_another_s_access_or_enters_where_they_were_not_sent(db: TestDb) {
        let bench = Bench::new(db).await;
        let (other, _) = bench.stranger(Role::Owner).await;
        let (here, elsewhere) = (staff(&bench, "ops_build", json!([bench.tenant.as_str()])).await, staff(&bench, "ops_build", json!([other.as_str()])).await);
        assert_eq!(ask(&bench, &elsewhere, 1).await.refusal(), (404, "NOT_FOUND"));
        let access = ask(&bench, &here, 1).await.of(201);
        let member = member(&bench.app, &other, Role::Owner).await;
        for thief in [&elsewhere, &member] {
            assert_eq!(with_access(&bench, thief, &access, "GET", "/api/runs").await.refusal(), (403, "SUPPORT_ACCESS_ENDED"));
        }
        let end = format!("/api/v1/support-access/{}", access["id"].as_str().unwrap());
        assert_eq!(bench.call_as(&member.token, "DELETE", &end, Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"));
        let leave = format!("/api/v1/admin/support-access/{}", access["id"].as_str().unwrap());
        assert_eq!(bench.call_as(&elsewhere.token, "DELETE", &leave, Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"));
        with_access(&bench, &here, &access, "GET", "/api/runs").await.of(200);
        // Taken away from this workspace only.
        bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": here.email, "roles": ["ops_build"], "tenants": [other.as_str()]}), &[]).await.of(200);
        assert_eq!(with_access(&bench, &here, &access, "GET", "/api/runs").await.refusal(), (403, "SUPPORT_ACCESS_ENDED"));
    }

    async fn reasons_hours_and_staff_are_checked(db: TestDb) {
        let bench = Bench::new(db).await;
        let helper = staff(&bench, "ops_qa", Value::Null).await;
        let path = format!("/api/v1/admin/tenants/{}/support-access", bench.tenant);
        let wrong = bench.call_as(&helper.token, "POST", &path, json!({"reason": "because", "hours": 5}), &[]).await;
        assert_eq!((wrong.status, wrong.fields()), (400, vec!["reason INVALID_VALUE".to_owned(), "hours INVALID_VALUE".to_owned()]));
        let delegated = json!({"email": helper.email, "roles": ["tenant_admin"]});
        assert_eq!(bench.call_as(OPERATOR, "PUT", "/api/admin/staff", delegated, &[]).await.fields(), ["tenants INVALID_VALUE"]);
        let twice = json!({"email": helper.email, "roles": ["ops_qa", "ops_qa"], "tenants": [bench.tenant.as_str(), bench.tenant.as_str()]});
        assert_eq!(bench.call_as(OPERATOR, "PUT", "/api/admin/staff", twice, &[]).await.of(200)["tenants"], json!([bench.tenant.as_str()]));
        let nobody = json!({"email": "nobody@example.com", "roles": ["ops_qa"]});
        assert_eq!(bench.call_as(OPERATOR, "PUT", "/api/admin/staff", nobody, &[]).await.refusal(), (404, "NOT_FOUND"));
        let member = member(&bench.app, &bench.tenant, Role::Owner).await;
        assert_eq!(ask(&bench, &member, 1).await.refusal(), (403, "STAFF_ONLY"), "an owner is not staff");
    }
}
