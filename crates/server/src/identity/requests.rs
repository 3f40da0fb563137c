//! A valid request for every route, for tests that try all of them.
//!
//! A new route that reads a body needs a row in [`body`], and one that needs a query a row in [`query`]: the test at the end
//! says so. What a body names belongs to the [`Names`] of whoever asks.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::installations::fixture::module;
use crate::sign_in::fixture::PASSWORD;

/// An id that looks right and belongs to nothing; the prefix says of what kind.
pub(crate) const NOBODYS: &str = "01h455vb4pex5vsknk084sn02q";

/// Services whose apps are made here.
const PROVIDERS: [&str; 6] = ["gmail", "notion", "slack", "hubspot", "github", "linear"];

/// What bodies name.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// A workspace.
    pub tenant: String,
    /// A workflow that is deployed.
    pub workflow: String,
    /// The address of somebody who has an account.
    pub email: String,
}

/// A number that no other request has.
pub(crate) fn next() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The body that this route reads; none for routes that read none.
pub(crate) fn body(method: &str, path: &str, names: &Names) -> Option<Value> {
    let n = next();
    Some(match (method, path) {
        ("POST", "/api/approvals/{id}/decide") => json!({"decision": "approve", "comment": "Fine"}),
        ("POST", "/api/connections") => json!({"service": "notion", "name": format!("Connection {n}"), "fields": {"access_token": "t"}}),
        ("POST", "/api/developer/oauth-apps") => json!({"provider": PROVIDERS[n as usize % PROVIDERS.len()], "client_id": format!("client-{n}"), "client_secret": "s"}),
        ("PATCH", "/api/developer/oauth-apps/{provider}") => json!({"scopes": ["one"]}),
        ("POST", "/api/developer/oauth-apps/{provider}/promote") => json!({"target_status": "testing"}),
        ("PUT", "/api/installations/{id}/byoo/{provider}") => json!({"client_id": format!("client-{n}"), "client_secret": "s"}),
        ("POST", "/api/admin/oauth-apps") => json!({"provider": PROVIDERS[n as usize % PROVIDERS.len()], "client_id": format!("client-{n}"), "client_secret": "s"}),
        ("PATCH", "/api/admin/oauth-apps/{id}") => json!({"scopes": ["one"]}),
        ("POST", "/api/admin/oauth-apps/{id}/review") => json!({"status": "suspended", "note": "Ticket 4711"}),
        ("POST", "/api/developer/workflows") => json!({"files": {"workflow.ts": module(&format!("made-{n}"), "trigger: manual()")}}),
        ("POST", "/api/workflows/publish") => json!({"files": {"workflow.ts": module(&format!("made-{n}"), "trigger: manual()")}}),
        // Another workflow's module: a version of one workflow is its own.
        ("POST", "/api/developer/workflows/{id}/versions") => json!({"files": {"workflow.ts": module(&names.workflow, &format!("description: 'no. {n}', trigger: manual()"))}}),
        ("PATCH", "/api/developer/workflows/{id}") => json!({"tagline": format!("Tagline {n}")}),
        ("POST", "/api/developer/workflows/{id}/publish" | "/api/developer/workflows/{id}/versions/{v}/publish") => json!({"notes": format!("Note {n}"), "allow_breaking": true}),
        ("POST", "/api/developer/workflows/{id}/unpublish") => json!({"revoke_existing": false}),
        ("POST", "/api/developer/workflows/{id}/versions/{v}/restore") => json!({}),
        ("POST", "/api/developer/workflows/{id}/versions/{v}/deprecate") => json!({"reason": "Too old"}),
        ("POST", "/api/developer/workflows/{id}/versions/{v}/approve") => json!({"publish": false}),
        ("POST", "/api/developer/workflows/{id}/versions/{v}/reject") => json!({"reason": "No description"}),
        ("POST", "/api/developer/workflows/{id}/diff") => json!({"from_version": "latest"}),
        ("PUT", "/api/developer/workflows/{id}/variables/{name}") => json!({"value": format!("value-{n}")}),
        ("PUT", "/api/developer/workflows/{id}/rollout") => json!({"strategy": "gradual", "percentage": 10}),
        ("POST", "/api/developer/workflows/{id}/rehearse") => json!({"runs": 1}),
        ("POST", "/api/developer/workflows/{id}/rollout/halt" | "/api/developer/workflows/{id}/rollout/rollback") => json!({"reason": "Ticket 4711"}),
        ("POST", "/api/installations/{id}/pin-version") => json!({"version_id": "latest", "reason": "Ticket 4711"}),
        ("POST", "/api/installations/{id}/update") => json!({}),
        ("POST", "/api/developer/workflows/{id}/grants") => json!({"grant_type": "email", "grant_value": format!("guest-{n}@example.com")}),
        ("PATCH", "/api/developer/workflows/{id}/grants/{grant_id}") => json!({"max_installs": 1000 + n}),
        ("POST", "/api/marketplace/{id}/redeem" | "/api/marketplace/redeem") => json!({"access_code": format!("NOBODYS-{n}")}),
        ("POST", "/api/marketplace/{id}/fork") => json!({"reason": "Ticket 4711"}),
        ("POST", "/api/events") => json!({"name": "order.paid", "data": {"n": n}}),
        ("POST", "/api/installations") => json!({"workflow": names.workflow, "name": format!("Installed {n}")}),
        ("PATCH", "/api/installations/{id}") => json!({"name": format!("Renamed {n}")}),
        ("POST", "/api/installations/{id}/onboarding/skip") => json!({}),
        ("POST", "/api/installations/{id}/setup-complete") => json!({"state": "nobody-s"}),
        ("POST", "/api/installations/{id}/trigger" | "/api/installations/{id}/run") => json!({"data": {"n": n}}),
        ("POST", "/api/runs/resume" | "/api/runs/{id}/resume") => json!({"dry_run": true}),
        ("PUT", "/api/admin/tenants/{tenant_id}/quotas") => json!({"concurrent_runs": 50}),
        ("POST", "/api/admin/sales") => json!({"reference": format!("sale-{n}"), "workflow_id": format!("wf_{NOBODYS}"), "buyer": names.tenant, "amount_cents": 10_000}),
        ("POST", "/api/admin/payouts/{id}/paid") => json!({"reference": format!("transfer-{n}")}),
        ("POST", "/api/developer/register") | ("PATCH", "/api/developer/me") => json!({"name": format!("Acme {n}")}),
        ("POST", "/api/workflows/{id}/alerts") => json!({"name": format!("Alert {n}"), "rule": "any_failure"}),
        ("PATCH", "/api/workflows/{id}/alerts/{alert}") => json!({"name": format!("Alert {n}")}),
        ("PUT", "/api/v1/workspace/spend-cap") => json!({"cap_cents": 5_000, "action": "warn"}),
        ("POST", "/api/webhooks/{trigger_id}") => json!({"event": "order.paid"}),
        ("POST", "/api/admin/second-factors/reset") => json!({"email": names.email}),
        ("PUT", "/api/admin/staff") => json!({"email": names.email, "roles": ["ops_build"]}),
        ("POST", "/api/v1/admin/tenants/{tenant_id}/support-access") => json!({"reason": "Looking into ticket 4711", "hours": 1}),
        (
            "POST",
            "/api/v1/admin/tenants/{tenant_id}/suspend" | "/api/v1/admin/tenants/{tenant_id}/deactivate" | "/api/v1/admin/tenants/{tenant_id}/reactivate" | "/api/v1/admin/users/{user_id}/suspend"
            | "/api/v1/admin/users/{user_id}/reactivate",
        ) => json!({"reason": "Ticket 4711: not paid"}),
        // What ends something for good is confirmed for nothing that is there.
        ("POST", "/api/v1/admin/tenants/{tenant_id}/delete" | "/api/v1/workspace/delete") => json!({"confirm_slug": "nobody-s"}),
        ("POST", "/api/v1/admin/users/{user_id}/erase") => json!({"confirm_email": "nobody-s@example.com"}),
        ("POST", "/api/v1/users/me/erase") => json!({"confirm_email": "nobody-s@example.com", "password": PASSWORD}),
        ("POST", "/api/v1/api-keys") => json!({"name": format!("Key {n}"), "permissions": ["runs"]}),
        ("POST", "/api/v1/auth/refresh") => json!({"refresh_token": "nobody-s"}),
        ("POST", "/api/v1/auth/signup") => json!({"email": format!("new-{n}@example.com"), "password": PASSWORD}),
        ("POST", "/api/v1/auth/login") => json!({"email": names.email, "password": PASSWORD}),
        ("POST", "/api/v1/auth/device") => json!({"client_name": "millrace on a-laptop"}),
        ("POST", "/api/v1/auth/device/token") => json!({"device_code": "nobody-s"}),
        ("POST", "/api/v1/auth/device/approve") => json!({"user_code": "BCDF-GHJK", "approve": true}),
        ("POST", "/api/v1/auth/resend-verification" | "/api/v1/auth/forgot-password") => json!({"email": format!("nobody-{n}@example.com")}),
        ("POST", "/api/v1/auth/reset-password" | "/api/v1/auth/accept-invitation") => json!({"token": "nobody-s", "password": PASSWORD}),
        ("POST", "/api/v1/auth/create-workspace" | "/api/v1/workspaces") => json!({"workspace_name": format!("Made {n}"), "workspace_slug": format!("made-{n}")}),
        ("POST", "/api/v1/auth/switch-workspace") => json!({"tenant_id": names.tenant}),
        ("POST", "/api/v1/auth/second-factor") => json!({"token": "nobody-s", "code": "123456"}),
        ("POST", "/api/v1/auth/second-factor/passkey") => json!({"token": "nobody-s"}),
        ("POST", "/api/v1/auth/passkey/finish" | "/api/v1/users/me/passkeys/finish") => json!({"token": "nobody-s", "credential": {"id": "nobody-s"}}),
        ("POST", "/api/v1/auth/confirm-session") => json!({"code": "123456"}),
        // A form; it is read once the provider is known.
        ("POST", "/api/v1/auth/sso/{provider}/backchannel-logout") => json!({"logout_token": "nobody-s"}),
        ("POST", "/api/v1/users/me/passkeys") => json!({"name": "Laptop", "password": PASSWORD}),
        ("PATCH", "/api/v1/users/me/passkeys/{id}") => json!({"name": format!("Laptop {n}")}),
        ("POST", "/api/v1/users/me/second-factors") => json!({"name": "Telephone", "password": PASSWORD}),
        ("POST", "/api/v1/users/me/second-factors/{id}/confirm") => json!({"code": "123456"}),
        ("POST", "/api/v1/users/me/second-factors/{id}/remove" | "/api/v1/users/me/passkeys/{id}/remove" | "/api/v1/users/me/recovery-codes") => json!({"password": PASSWORD}),
        ("PATCH", "/api/v1/users/me") => json!({"name": format!("Ada {n}")}),
        ("PATCH", "/api/v1/workspace") => json!({"workspace_name": format!("Acme {n}")}),
        ("PATCH", "/api/v1/workspace/users/{user_id}") => json!({"role": "billing"}),
        ("POST", "/api/v1/workspace/users/invite") => json!({"email": format!("guest-{n}@example.com"), "role": "member"}),
        ("PUT", "/api/v1/workspace/sso") => json!({"name": "Corporate", "issuer": "https://idp.example", "client_id": "millrace", "client_secret": "s"}),
        ("POST", "/api/v1/workspace/sso/domains") => json!({"domain": format!("domain-{n}.example"), "default_role": "viewer", "auto_join": true}),
        _ => return None,
    })
}

/// What stands behind the path of this route: the query it cannot do without.
pub(crate) fn query(method: &str, path: &str) -> &'static str {
    match (method, path) {
        ("GET", "/api/v1/auth/verify-email" | "/api/v1/auth/reset-password" | "/api/v1/auth/accept-invitation") => "?token=nobody-s",
        ("GET", "/api/v1/auth/device/approve") => "?user_code=BCDF-GHJK",
        ("GET", "/api/v1/admin/users") => "?email=nobody-s@example.com",
        ("GET", "/api/v1/auth/check-subdomain") => "?slug=free-name",
        _ => "",
    }
}

/// Every route of the API document with what the document says of it.
pub(crate) fn operations() -> Vec<(String, String, Value)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))).collect()
}

fn document() -> Value {
    serde_json::to_value(crate::http::openapi()).unwrap()
}

/// The schema of a body, its reference followed.
fn schema_of(document: &Value, operation: &Value) -> Option<Value> {
    let schema = operation["requestBody"]["content"].as_object()?.values().next()?["schema"].clone();
    let Some(reference) = schema["$ref"].as_str() else { return Some(schema) };
    Some(document.pointer(reference.trim_start_matches('#')).unwrap().clone())
}

#[test]
fn every_route_has_a_request_that_its_schema_allows() {
    let (document, mut wrong) = (document(), Vec::new());
    let names = Names { tenant: format!("org_{NOBODYS}"), workflow: "flow".to_owned(), email: "ada@example.com".to_owned() };
    for (method, path, operation) in operations() {
        let at = format!("{method} {path}");
        let required = |place: &str| operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == place && p["required"] == true).count();
        if required("query") > 0 && query(&method, &path).is_empty() {
            wrong.push(format!("{at}: say in `query` what it cannot do without"));
        }
        match (schema_of(&document, &operation), body(&method, &path, &names)) {
            (None, None) => {}
            (Some(_), None) => wrong.push(format!("{at}: write a valid body in `body`")),
            (None, Some(_)) => wrong.push(format!("{at}: reads no body, and has one in `body`")),
            (Some(schema), Some(body)) => {
                let sent = body.as_object().unwrap();
                // A webhook's body is whatever the service sends, a provider's a form; some may be null.
                let Some(properties) = schema["properties"].as_object() else { continue };
                wrong.extend(sent.keys().filter(|field| !properties.contains_key(*field)).map(|field| format!("{at}: the document knows no field `{field}`")));
                let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
                wrong.extend(needed.filter(|field| !sent.contains_key(*field)).map(|field| format!("{at}: `{field}` is required")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
