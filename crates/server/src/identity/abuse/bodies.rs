//! Doubled and foreign fields, other types of content, methods and parameters in places where they do not belong: on every route.

use std::collections::BTreeSet;

use millrace_db::on_both;
use serde_json::{Value, json};

use super::super::requests::{self, Names, operations};
use super::super::strangers::nothing_at;
use super::wire::{Attack, Request, Wire, attack};
use crate::identity::{Role, people};
use crate::installations::fixture::OPERATOR;
use crate::sign_in::fixture::Site;

/// Fields that decide what only the server decides.
const OWNED: [&str; 22] = [
    "tenant_id", "tenant", "workspace_id", "organization_id", "org_id", "id", "status", "created_at", "updated_at", "role", "roles", "user_id", "owner_id", "created_by", "is_admin", "is_staff",
    "scope", "scopes", "email_verified", "password_hash", "expires_in", "__proto__",
];

/// Bodies that are no JSON of ours: whatever a service sends, and a provider's form.
const RAW: [&str; 2] = ["/api/webhooks/{trigger_id}", "/api/v1/auth/sso/{provider}/backchannel-logout"];

/// Who may ask on which routes: a person, a member of staff, the operator.
struct Askers {
    owner: String,
    staff: String,
    names: Names,
}

impl Askers {
    async fn of(site: &Site) -> Self {
        let (app, tenant) = (&site.bench.app, &site.bench.tenant);
        let owner = people::member(app, tenant, Role::Owner).await;
        let (user, email) = people::user(app, true).await;
        site.bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": email, "roles": ["ops_admin", "admin"]}), &[]).await.of(200);
        let staff = people::sign_in(app, &user, &email, None).await.token;
        Self { owner: owner.token, staff, names: Names { tenant: tenant.to_string(), workflow: "flow".to_owned(), email: owner.email } }
    }

    fn credential(&self, path: &str) -> &str {
        match path {
            _ if path.starts_with("/api/admin/") => OPERATOR,
            _ if path.starts_with("/api/v1/admin/") || path.contains("/versions/pending-approvals") || path.ends_with("/versions/{v}/approve") || path.ends_with("/versions/{v}/reject") => &self.staff,
            _ => &self.owner,
        }
    }

    /// Every route that reads a JSON body, as somebody whom it lets in, and a good body.
    fn writing(&self) -> Vec<(String, Request, serde_json::Map<String, Value>)> {
        let mut all = Vec::new();
        for (method, path, _) in operations().into_iter().filter(|(_, path, _)| !RAW.contains(&path.as_str())) {
            if let Some(Value::Object(body)) = requests::body(&method, &path, &self.names) {
                all.push((format!("{method} {path}"), Request::new(&method, &nothing_at(&path)).token(self.credential(&path)), body));
            }
        }
        all
    }
}

/// What a field that does not belong there is answered with.
fn code_of(field: &str) -> &'static str {
    match field {
        "tenant_id" | "tenant" | "workspace_id" | "organization_id" | "org_id" => "TENANT_NOT_ALLOWED_IN_REQUEST",
        "id" | "status" | "created_at" | "updated_at" => "FIELD_NOT_WRITABLE",
        _ => "INVALID_REQUEST",
    }
}

on_both! {
    async fn fields_of_the_server_are_refused_everywhere(db: TestDb) {
        let wire = Wire::open(db).await;
        let askers = Askers::of(&wire.site).await;
        let mut attacks: Vec<Attack> = Vec::new();
        for (route, request, body) in askers.writing() {
            for field in OWNED.iter().filter(|field| !body.contains_key(**field)) {
                let mut more = body.clone();
                more.insert((*field).to_owned(), json!("org_01h455vb4pex5vsknk084sn02q"));
                attacks.push(attack(format!("{route} with `{field}`"), request.clone().json(&Value::Object(more)), 400, code_of(field)));
            }
        }
        assert!(attacks.len() > 500, "{}", attacks.len());
        wire.withstands(attacks).await;
    }

    async fn doubled_fields_and_other_shapes_are_refused_everywhere(db: TestDb) {
        let wire = Wire::open(db).await;
        let askers = Askers::of(&wire.site).await;
        let mut attacks: Vec<Attack> = Vec::new();
        for (route, request, body) in askers.writing() {
            let text = Value::Object(body.clone()).to_string();
            let Some((field, value)) = body.iter().next() else { continue };
            let doubled = format!("{{{}:{value},{}", Value::String(field.clone()), &text[1..]);
            attacks.push(attack(format!("{route} with `{field}` twice"), request.clone().text("application/json", &doubled), 400, "INVALID_REQUEST"));
            attacks.push(attack(format!("{route} with a list"), request.clone().json(&json!([Value::Object(body.clone())])), 400, "INVALID_REQUEST"));
            attacks.push(attack(format!("{route} with more behind it"), request.clone().text("application/json", &format!("{text}{text}")), 400, "INVALID_JSON"));
            // What a form of another page can send without asking first.
            for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; application/json", "application/jsonx", "text/json", ""] {
                attacks.push(attack(format!("{route} as {kind:?}"), request.clone().text(kind, &text), 415, "UNSUPPORTED_MEDIA_TYPE"));
            }
            attacks.push(attack(format!("{route} as two types"), request.clone().text("application/json", &text).header("Content-Type", "text/plain"), 400, "HEADER_REPEATED"));
        }
        // Values alone, in the order of the fields: what a reader might take for an object.
        attacks.push(attack("values without names", Request::post("/api/v1/auth/login", &json!([askers.names.email, crate::sign_in::fixture::PASSWORD])), 400, "INVALID_REQUEST"));
        assert!(attacks.len() > 250, "{}", attacks.len());
        wire.withstands(attacks).await;
    }

    async fn a_method_is_the_one_on_the_line(db: TestDb) {
        let wire = Wire::open(db).await;
        let askers = Askers::of(&wire.site).await;
        let made = wire.send(&Request::post("/api/connections", &json!({"service": "notion", "fields": {"access_token": "t"}})).token(&askers.owner)).await.of(201);
        let path = format!("/api/connections/{}", made["id"].as_str().unwrap());
        let mut attacks = Vec::new();
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Http-Verb"] {
            attacks.push(attack(format!("GET with {name}"), Request::get(&path).token(&askers.owner).header(name, "DELETE"), 200, ""));
            attacks.push(attack(format!("POST with {name}"), Request::post(&path, &json!({})).token(&askers.owner).header(name, "DELETE"), 405, "METHOD_NOT_ALLOWED"));
        }
        attacks.push(attack("_method in the query", Request::get(&format!("{path}?_method=DELETE")).token(&askers.owner), 200, ""));
        attacks.push(attack("_method in the body", Request::post(&path, &json!({"_method": "DELETE"})).token(&askers.owner), 405, "METHOD_NOT_ALLOWED"));
        for method in ["TRACE", "PROPFIND", "delete", "DELETE2", "get"] {
            attacks.push(attack(method, Request::new(method, &path).token(&askers.owner), 405, "METHOD_NOT_ALLOWED"));
        }
        for target in [format!("{path}/"), format!("{path}/."), format!("/api/runs/../connections/{}", made["id"].as_str().unwrap()), format!("{path}%2f.."), format!("{path};x=y"), path.replace("/api/", "/API/"), path.replace("/api/", "//api/")] {
            let known = wire.send(&Request::new("DELETE", &target).token(&askers.owner)).await;
            assert_eq!(known.status, 404, "DELETE {target}: {}", known.body);
        }
        wire.withstands(attacks).await;
    }

    async fn parameters_come_once_and_where_they_belong(db: TestDb) {
        let wire = Wire::open(db).await;
        let askers = Askers::of(&wire.site).await;
        let (mut attacks, mut routes) = (Vec::new(), BTreeSet::new());
        for (method, path, operation) in operations().into_iter().filter(|(method, _, _)| method == "GET") {
            // Any parameter may come with the answer of an identity provider.
            if path.ends_with("/callback") {
                continue;
            }
            let named: Vec<&str> = operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "query").filter_map(|p| p["name"].as_str()).collect();
            for name in &named {
                routes.insert(path.clone());
                let target = nothing_at(&path);
                let credential = if path.starts_with("/api/v1/public/") { &wire.site.bench.key } else { askers.credential(&path) };
                let ask = |query: &str| Request::new(&method, &format!("{target}?{query}")).token(credential);
                let value = match *name {
                    "limit" | "after" | "generation" => "1",
                    "follow" | "journal" | "include_revoked" => "false",
                    "status" if path == "/api/admin/oauth-apps" => "testing",
                    "status" => "active",
                    "sort" => "recent",
                    "space" => "kv",
                    "port" => "4711",
                    "state" => "sent",
                    "kind" => "signed_in",
                    "user_id" => "usr_01h455vb4pex5vsknk084sn02q",
                    "tenant_id" => "org_01h455vb4pex5vsknk084sn02q",
                    "workflow_id" => "wf_01h455vb4pex5vsknk084sn02q",
                    _ => "x",
                };
                attacks.push(attack(format!("{path}?{name} twice"), ask(&format!("{name}={value}&{name}={value}")), 400, "INVALID_REQUEST"));
                attacks.push(attack(format!("{path}?{name}[]"), ask(&format!("{name}[]={value}")), 400, "INVALID_REQUEST"));
                // Overseers look at the events of one workspace.
                if !named.contains(&"tenant_id") {
                    attacks.push(attack(format!("{path}?tenant_id"), ask(&format!("{name}={value}&tenant_id=org_01h455vb4pex5vsknk084sn02q")), 400, "TENANT_NOT_ALLOWED_IN_REQUEST"));
                }
            }
        }
        assert!(routes.len() >= 20, "{routes:?}");
        // Its first use is written down beside a request; support access and readers of the audit log leave rows by design.
        wire.withstands(attacks.into_iter().map(|attack| attack.leaving(&["api_keys", "audit_log", "audit_chains", "audit_heads"])).collect()).await;
    }
}
