//! What one request is about, made for it alone: workspaces and people that are gone afterwards, and passkeys.

use millrace_db::sql;
use millrace_ids::TenantId;
use serde_json::{Value, json};

use super::targets::{Target, id_of};
use crate::identity::Role;
use crate::identity::people::{self, Person, execute};
use crate::identity::requests;
use crate::installations::fixture::Bench;
use crate::second_factor::passkeys::device::{Device, PASSKEYS};
use crate::sign_in::fixture::PASSWORD;

/// A request of a route that ends what it is about, or asks for a passkey; nothing for other routes. `token` is the caller's.
pub(super) async fn target(bench: &Bench, path: &str, body: Option<&Value>, token: &str) -> Option<Target> {
    let mut body = body.cloned();
    let sent = body.get_or_insert_default();
    let mut credential = None;
    let path = match path {
        "/api/v1/admin/tenants/{tenant_id}/suspend" | "/api/v1/admin/tenants/{tenant_id}/deactivate" => of_tenant(path, &workspace(bench, "active").await.0),
        "/api/v1/admin/tenants/{tenant_id}/reactivate" => of_tenant(path, &workspace(bench, "suspended").await.0),
        "/api/v1/admin/tenants/{tenant_id}/delete" => {
            let (tenant, slug) = workspace(bench, "deactivated").await;
            sent["confirm_slug"] = json!(slug);
            of_tenant(path, &tenant)
        }
        "/api/admin/sales" => {
            let mut tx = bench.app.platform().read().await.unwrap();
            sent["workflow_id"] = json!(tx.one(sql("SELECT id FROM workflows LIMIT 1")).await.unwrap().get::<String>("id").unwrap());
            path.to_owned()
        }
        "/api/v1/workspace/delete" => {
            let (tenant, slug) = workspace(bench, "active").await;
            sent["confirm_slug"] = json!(slug);
            credential = Some(people::member(&bench.app, &tenant, Role::Owner).await.token);
            path.to_owned()
        }
        "/api/v1/admin/users/{user_id}/suspend" | "/api/v1/admin/users/{user_id}/reactivate" | "/api/v1/admin/users/{user_id}/erase" => {
            let person = somebody(bench).await;
            if path.ends_with("/erase") {
                sent["confirm_email"] = json!(person.email);
            }
            if path.ends_with("/reactivate") {
                execute(&bench.app, "UPDATE users SET status = 'suspended' WHERE id = $1", &[person.user.as_str()]).await;
            }
            path.replace("{user_id}", person.user.as_str())
        }
        "/api/v1/users/me/erase" => {
            let person = somebody(bench).await;
            sent["confirm_email"] = json!(person.email);
            credential = Some(person.token);
            path.to_owned()
        }
        "/api/admin/second-factors/reset" => {
            let person = somebody(bench).await;
            passkey(bench, &person.token).await;
            sent["email"] = json!(person.email);
            path.to_owned()
        }
        "/api/v1/users/me/passkeys/finish" => {
            *sent = begun(bench, token, &mut Device::new()).await;
            path.to_owned()
        }
        "/api/v1/users/me/passkeys/{id}" | "/api/v1/users/me/passkeys/{id}/remove" => path.replace("{id}", &passkey(bench, token).await.1),
        "/api/v1/users/me/recovery-codes" => {
            passkey(bench, token).await;
            path.to_owned()
        }
        "/api/v1/users/me/passkeys/challenge" => {
            passkey(bench, token).await;
            return Some(Target::of(path, None));
        }
        "/api/v1/auth/confirm-session" => {
            let (mut device, _) = passkey(bench, token).await;
            let asked = bench.call_as(token, "POST", &format!("{PASSKEYS}/challenge"), Value::Null, &[]).await.of(200);
            *sent = json!({"passkey": {"token": asked["token"], "credential": device.get(&asked["options"])}});
            path.to_owned()
        }
        _ => return None,
    };
    Some(Target { path, body, credential })
}

fn of_tenant(path: &str, tenant: &TenantId) -> String {
    path.replace("{tenant_id}", tenant.as_str())
}

/// A workspace without people, and its short name. One that is deactivated has been so for longer than it is kept.
async fn workspace(bench: &Bench, status: &str) -> (TenantId, String) {
    let (tenant, slug) = (TenantId::generate(), format!("fresh-{}", requests::next()));
    execute(&bench.app, "INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $2, $2, $3, 0)", &[tenant.as_str(), &slug, status]).await;
    execute(&bench.app, "UPDATE tenants SET deactivated_at = 1 WHERE id = $1 AND status = 'deactivated'", &[tenant.as_str()]).await;
    (tenant, slug)
}

/// A person in no workspace, signed in.
async fn somebody(bench: &Bench) -> Person {
    let (user, email) = people::user(&bench.app, true).await;
    people::sign_in(&bench.app, &user, &email, None).await
}

/// A passkey of the caller in a device, and its id. Those of everybody from before are forgotten.
pub(super) async fn passkey(bench: &Bench, token: &str) -> (Device, String) {
    execute(&bench.app, "DELETE FROM passkeys", &[]).await;
    let mut device = Device::new();
    let answer = begun(bench, token, &mut device).await;
    let added = bench.call_as(token, "POST", &format!("{PASSKEYS}/finish"), answer, &[]).await.of(201);
    (device, id_of(&added["passkey"], "id"))
}

/// What the device answers to the caller who begins to add its passkey.
async fn begun(bench: &Bench, token: &str, device: &mut Device) -> Value {
    let asked = bench.call_as(token, "POST", PASSKEYS, json!({"name": "SECRET-NAME", "password": PASSWORD}), &[]).await.of(201);
    json!({"token": asked["token"], "credential": device.create(&asked["options"])})
}
