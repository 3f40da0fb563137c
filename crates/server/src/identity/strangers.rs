//! The stranger test: every route of the API document × every kind of caller → the status that `docs/permissions.md` says.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use millrace_db::on_both;
use millrace_ids::TenantId;
use serde_json::{Value, json};

use super::people::{self, execute};
use super::{Permission, Permissions, Role, Scope, StaffRole};
use crate::installations::fixture::{Answer, Bench, OPERATOR};

/// Who comes through, as the page says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Open,
    Operator,
    Staff,
    /// The operator, or staff with `ops_admin` or `admin`.
    Overseer,
    /// The operator, or staff with `admin`.
    PlatformAdmin,
    /// A signed-in person; `true`: even one whose address is not verified.
    Person(bool),
    May(Permission),
    PersonMay(Permission),
    KeyMay(Permission),
    OperatorOr(Permission),
}

/// The table of routes in `docs/permissions.md`.
fn table() -> BTreeMap<(String, String), Who> {
    let page = include_str!("../../../../docs/permissions.md");
    let (_, routes) = page.split_once("## Routes").unwrap();
    let mut table = BTreeMap::new();
    for line in routes.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (method, path) = cells[0].trim_matches('`').split_once(' ').unwrap();
        let permission = |text: &str| *Permission::ALL.iter().find(|p| p.as_str() == text.trim_matches('`')).unwrap_or_else(|| panic!("{line}: no such permission"));
        let who = match cells[1] {
            "open" => Who::Open,
            "operator" => Who::Operator,
            "staff" => Who::Staff,
            "operator or staff `ops_admin`" => Who::Overseer,
            "operator or staff `admin`" => Who::PlatformAdmin,
            "person" => Who::Person(false),
            "person, even unverified" => Who::Person(true),
            text => match text.split_once(' ') {
                // "…, or oneself": the ids of this test are nobody's.
                Some(("person", rest)) => Who::PersonMay(permission(rest.trim_end_matches(", or oneself"))),
                Some(("key", rest)) => Who::KeyMay(permission(rest)),
                Some(("operator", rest)) => Who::OperatorOr(permission(rest.trim_start_matches("or "))),
                _ => Who::May(permission(text)),
            },
        };
        assert!(table.insert((method.to_owned(), path.to_owned()), who).is_none(), "{line} is there twice");
    }
    table
}

/// Every route of the document.
fn routes() -> BTreeSet<(String, String)> {
    let document = serde_json::to_value(crate::http::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))).collect()
}

#[test]
fn every_route_is_on_the_page_and_nothing_else() {
    let (on_page, served) = (table(), routes());
    let missing: Vec<_> = served.iter().filter(|route| !on_page.contains_key(route)).collect();
    assert!(missing.is_empty(), "docs/permissions.md does not say who may use: {missing:?}");
    let gone: Vec<_> = on_page.keys().filter(|route| !served.contains(*route)).collect();
    assert!(gone.is_empty(), "docs/permissions.md knows routes that are not served: {gone:?}");
}

#[test]
fn the_document_says_open_where_the_page_does() {
    let document = serde_json::to_value(crate::http::openapi()).unwrap();
    for ((method, path), who) in table() {
        let security = &document["paths"][&path][method.to_lowercase()]["security"];
        let says_open = security.as_array().is_some_and(|all| all.iter().any(|one| one.as_object().is_some_and(serde_json::Map::is_empty)));
        assert_eq!(says_open, who == Who::Open, "{method} {path}: `security(())` in its utoipa annotation is for open routes");
    }
}

/// How a request proves who makes it.
#[derive(Debug, Clone)]
enum Proof {
    Nothing,
    Key(String),
    /// A new session each time: some routes end the one that calls them.
    Session { user: millrace_ids::UserId, email: String, tenant: Option<TenantId>, access: Option<String> },
    Token(String),
}

/// One kind of caller, and what it is known to be.
struct Kind {
    name: String,
    proof: Proof,
    is: Is,
}

/// What the server must take a caller for.
#[derive(Debug, Clone, Copy)]
enum Is {
    /// Nobody it knows: no credential, or one that has ended.
    Nobody,
    Operator,
    /// A key with these permissions.
    Key(Permissions),
    /// A key of a workspace that is closed.
    ClosedKey,
    /// A person; with `permissions`, in a workspace that is open to them.
    Person { verified: bool, staff: Option<StaffRole>, permissions: Option<Permissions> },
}

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// Let through: whatever comes then is neither a refusal nor the server's fault.
    Through,
    Status(u16),
}

/// The one rule.
fn expected(who: Who, is: Is) -> Expected {
    let through = |may: bool| if may { Expected::Through } else { Expected::Status(403) };
    let has = |set: Permissions, p: Permission| through(set.has(p));
    let person = |permissions: Option<Permissions>, p| permissions.map_or(Expected::Status(403), |set| has(set, p));
    match (who, is) {
        (Who::Open, _) | (Who::Operator | Who::OperatorOr(_) | Who::Overseer | Who::PlatformAdmin, Is::Operator) => Expected::Through,
        (Who::Operator, _) | (_, Is::Nobody | Is::Operator) => Expected::Status(401),
        (Who::May(_) | Who::KeyMay(_) | Who::OperatorOr(_), Is::ClosedKey) => Expected::Status(403),
        (Who::May(p) | Who::KeyMay(p) | Who::OperatorOr(p), Is::Key(set)) => has(set, p),
        (Who::KeyMay(_), Is::Person { .. }) => Expected::Status(401),
        (_, Is::Key(_) | Is::ClosedKey) => Expected::Status(401),
        (Who::Person(true), Is::Person { .. }) => Expected::Through,
        (_, Is::Person { verified: false, .. }) => Expected::Status(403),
        (Who::Person(false), Is::Person { .. }) => Expected::Through,
        (Who::Staff, Is::Person { staff, .. }) => through(staff.is_some()),
        (Who::Overseer, Is::Person { staff, .. }) => through(matches!(staff, Some(StaffRole::OpsAdmin | StaffRole::Admin))),
        (Who::PlatformAdmin, Is::Person { staff, .. }) => through(staff == Some(StaffRole::Admin)),
        (Who::May(p) | Who::PersonMay(p) | Who::OperatorOr(p), Is::Person { permissions, .. }) => person(permissions, p),
    }
}

/// A person of this role in this workspace.
async fn person(bench: &Bench, tenant: &TenantId, role: Role) -> Kind {
    let person = people::member(&bench.app, tenant, role).await;
    let proof = Proof::Session { user: person.user, email: person.email, tenant: Some(tenant.clone()), access: None };
    Kind { name: format!("the {} of {tenant}", role.as_str()), proof, is: Is::Person { verified: true, staff: None, permissions: Some(role.permissions()) } }
}

/// Everybody who could come, besides the members of the other workspace.
async fn kinds(bench: &Bench) -> Vec<Kind> {
    let (app, tenant) = (&bench.app, &bench.tenant);
    let mut all = vec![
        Kind { name: "nobody".into(), proof: Proof::Nothing, is: Is::Nobody },
        Kind { name: "a nonsense token".into(), proof: Proof::Token("nonsense".into()), is: Is::Nobody },
        Kind { name: "the operator".into(), proof: Proof::Token(OPERATOR.into()), is: Is::Operator },
        Kind { name: "the owner's key".into(), proof: Proof::Key(bench.key.clone()), is: Is::Key(Role::Owner.permissions()) },
        Kind { name: "an unknown key".into(), proof: Proof::Key(crate::api_keys::ApiKeyText::generate().expose().to_string()), is: Is::Nobody },
    ];
    for role in Role::ALL {
        all.push(person(bench, tenant, role).await);
    }
    for scopes in Scope::ALL.iter().map(|scope| vec![*scope]).chain([Vec::new()]) {
        let key = people::scoped_key(app, tenant, &scopes, None).await.expose().to_string();
        all.push(Kind { name: format!("a key with {scopes:?}"), proof: Proof::Key(key), is: Is::Key(Scope::all(&scopes)) });
    }
    let expired = people::scoped_key(app, tenant, &[Scope::Admin], Some(Duration::ZERO)).await.expose().to_string();
    all.push(Kind { name: "an expired key".into(), proof: Proof::Key(expired), is: Is::Nobody });
    let revoked = people::scoped_key(app, tenant, &[Scope::Admin], None).await;
    execute(app, "UPDATE api_keys SET revoked_at = 1 WHERE id = $1", &[revoked.id().as_str()]).await;
    all.push(Kind { name: "a revoked key".into(), proof: Proof::Key(revoked.expose().to_string()), is: Is::Nobody });
    all.extend(ended_sessions(bench).await);
    all.extend(half_people(bench).await);
    all.extend(staff(bench).await);
    all
}

/// Sessions that are over.
async fn ended_sessions(bench: &Bench) -> Vec<Kind> {
    let app = &bench.app;
    let (expired, revoked) = (people::member(app, &bench.tenant, Role::Owner).await, people::member(app, &bench.tenant, Role::Owner).await);
    execute(app, "UPDATE sessions SET expires_at = created_at WHERE id = $1", &[expired.session.as_str()]).await;
    execute(app, "UPDATE sessions SET revoked_at = created_at WHERE id = $1", &[revoked.session.as_str()]).await;
    vec![
        Kind { name: "an expired session".into(), proof: Proof::Token(expired.token), is: Is::Nobody },
        Kind { name: "a revoked session".into(), proof: Proof::Token(revoked.token), is: Is::Nobody },
    ]
}

/// People who are signed in, and whose workspace is not open to them.
async fn half_people(bench: &Bench) -> Vec<Kind> {
    let app = &bench.app;
    let outside = |name: &str, user, email, tenant, verified| {
        let proof = Proof::Session { user, email, tenant, access: None };
        Kind { name: name.to_owned(), proof, is: Is::Person { verified, staff: None, permissions: None } }
    };
    let (nowhere, unverified) = (people::user(app, true).await, people::user(app, false).await);
    let removed = people::member(app, &bench.tenant, Role::Owner).await;
    execute(app, "UPDATE memberships SET status = 'removed' WHERE user_id = $1", &[removed.user.as_str()]).await;
    let (closed, key) = bench.stranger(Role::Admin).await;
    let member = people::member(app, &closed, Role::Owner).await;
    execute(app, "UPDATE tenants SET status = 'suspended' WHERE id = $1", &[closed.as_str()]).await;
    vec![
        outside("a person without a workspace", nowhere.0, nowhere.1, None, true),
        outside("a person whose address is not verified", unverified.0, unverified.1, None, false),
        outside("a removed member", removed.user, removed.email, Some(bench.tenant.clone()), true),
        outside("a member of a suspended workspace", member.user, member.email, Some(closed), true),
        Kind { name: "a key of a suspended workspace".into(), proof: Proof::Key(key), is: Is::ClosedKey },
    ]
}

/// Staff, outside of workspaces and with support access.
async fn staff(bench: &Bench) -> Vec<Kind> {
    let mut all = Vec::new();
    for role in [StaffRole::OpsBuild, StaffRole::OpsAdmin, StaffRole::TenantAdmin, StaffRole::Admin] {
        let (user, email) = people::user(&bench.app, true).await;
        let decided = json!({"email": email, "roles": [role.as_str()], "tenants": [bench.tenant.as_str()]});
        bench.call_as(OPERATOR, "PUT", "/api/admin/staff", decided, &[]).await.of(200);
        let signed_in = people::sign_in(&bench.app, &user, &email, None).await;
        let path = format!("/api/v1/admin/tenants/{}/support-access", bench.tenant);
        let opened = bench.call_as(&signed_in.token, "POST", &path, json!({"reason": "Looking into ticket 4711", "hours": 4}), &[]).await.of(201);
        let access = opened["id"].as_str().unwrap().to_owned();
        let proof = |access| Proof::Session { user: user.clone(), email: email.clone(), tenant: None, access };
        let is = |permissions| Is::Person { verified: true, staff: Some(role), permissions };
        all.push(Kind { name: format!("{} without support access", role.as_str()), proof: proof(None), is: is(None) });
        all.push(Kind { name: format!("{} with support access", role.as_str()), proof: proof(Some(access)), is: is(Some(role.permissions())) });
    }
    all
}

/// One request as this caller.
async fn ask(bench: &Bench, kind: &Kind, method: &str, path: &str) -> Answer {
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let token = match &kind.proof {
        Proof::Nothing => None,
        Proof::Key(text) | Proof::Token(text) => Some(text.clone()),
        Proof::Session { user, email, tenant, access } => {
            headers.extend(access.iter().map(|id| ("x-support-access".to_owned(), id.clone())));
            Some(people::sign_in(&bench.app, user, email, tenant.as_ref()).await.token)
        }
    };
    headers.extend(token.map(|token| ("authorization".to_owned(), format!("Bearer {token}"))));
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let body = if method == "GET" { Vec::new() } else { b"{}".to_vec() };
    bench.send(method, path, body, &headers).await
}

/// The path with ids that look right and belong to nothing.
fn nothing_at(path: &str) -> String {
    let none = "01h455vb4pex5vsknk084sn02q";
    let mut done = path.to_owned();
    while let Some((before, rest)) = done.split_once('{') {
        let (name, after) = rest.split_once('}').unwrap();
        let kind = kind_of(path, name);
        done = if kind == "slug" { format!("{before}nothing-like-this{after}") } else { format!("{before}{kind}_{none}{after}") };
    }
    done
}

/// Which kind of id a parameter of a path is.
fn kind_of(path: &str, name: &str) -> &'static str {
    let of_path = [
        ("/api/approvals", "appr"),
        ("/api/connections", "conn"),
        ("/api/developer/workflows", "wf"),
        ("/api/installations", "inst"),
        ("/api/runs", "run"),
        ("/api/v1/auth/sessions", "ses"),
        ("/api/v1/public/automation-versions", "av"),
        ("/api/v1/support-access", "sup"),
        ("/api/v1/admin/support-access", "sup"),
        ("/api/v1/users/me/passkeys", "psk"),
        ("/api/v1/users/me/second-factors", "fac"),
        ("/api/v1/workspace/invitations", "inv"),
    ];
    match name {
        "tenant_id" => "org",
        "user_id" => "usr",
        "key_id" => "key",
        "mail_id" => "mail",
        "trigger_id" => "trg",
        "code" | "slug" | "token" | "provider" | "domain" => "slug",
        _ => of_path.iter().find(|(start, _)| path.starts_with(start)).unwrap_or_else(|| panic!("{path}: say in `kind_of` what {{{name}}} is")).1,
    }
}

on_both! {
    async fn every_caller_gets_what_the_page_says(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_RATE_LIMITS", "off")]).await;
        let kinds = kinds(&bench).await;
        let (mut wrong, mut asked, mut named) = (Vec::new(), 0, 0);
        for ((method, path), who) in table() {
            let real = nothing_at(&path);
            for kind in &kinds {
                let answer = ask(&bench, kind, &method, &real).await;
                asked += 1;
                let right = match expected(who, kind.is) {
                    _ if answer.status >= 500 && !path.starts_with("/api/health") => false,
                    Expected::Through if who == Who::Open => true,
                    Expected::Through => answer.status != 401 && answer.status != 403,
                    Expected::Status(status) => answer.status == status,
                };
                if !right {
                    wrong.push(format!("{method} {path} ({who:?}) as {}: {:?}, not {:?}", kind.name, answer.refusal(), expected(who, kind.is)));
                }
                // The page names the permission that the handler asks for, not one that the same callers happen to have.
                if let (Who::May(p) | Who::PersonMay(p) | Who::KeyMay(p) | Who::OperatorOr(p), (403, "INSUFFICIENT_PERMISSIONS")) = (who, answer.refusal()) {
                    named += 1;
                    if !answer.body["detail"].as_str().unwrap().contains(&format!("`{p}`")) {
                        wrong.push(format!("{method} {path} needs another permission than the page says: {}", answer.body["detail"]));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {asked}:\n  {}", wrong.len(), wrong.join("\n  "));
        assert!(asked > 1_000 && named > 100, "{asked} requests, {named} refusals that name a permission");
    }

    async fn another_workspace_is_as_good_as_none(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_RATE_LIMITS", "off")]).await;
        let things = everything(&bench).await;
        let markers: BTreeSet<String> = things.values().cloned().chain([bench.tenant.to_string(), "SECRET-NAME".to_owned()]).collect();
        let (theirs, _) = bench.stranger(Role::Owner).await;
        let owner = person(&bench, &theirs, Role::Owner).await;
        let key = people::scoped_key(&bench.app, &theirs, Scope::ALL, None).await.expose().to_string();
        let key = Kind { name: "a key of the other workspace".into(), proof: Proof::Key(key), is: Is::Nobody };
        let (mut wrong, mut with_ids) = (Vec::new(), BTreeSet::new());
        for ((method, path), _) in table().into_iter().filter(|(_, who)| !matches!(who, Who::Open | Who::Operator | Who::Staff | Who::Overseer | Who::PlatformAdmin)) {
            for kind in [&owner, &key] {
                let none = nothing_at(&path);
                let real = things.iter().fold(none.clone(), |at, (kind, id)| at.replace(&format!("{kind}_01h455vb4pex5vsknk084sn02q"), id));
                let (foreign, absent) = (ask(&bench, kind, &method, &real).await, ask(&bench, kind, &method, &none).await);
                if real != none {
                    with_ids.insert(path.clone());
                    if foreign.refusal() != absent.refusal() || foreign.status < 400 {
                        wrong.push(format!("{method} {path} as {}: {:?} for what is another's, {:?} for what is not there", kind.name, foreign.refusal(), absent.refusal()));
                    }
                }
                for shown in [&foreign, &absent] {
                    let text = shown.body.to_string();
                    wrong.extend(markers.iter().filter(|m| text.contains(*m)).map(|m| format!("{method} {path} as {} shows {m}", kind.name)));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n  "));
        assert!(with_ids.len() >= 15, "{with_ids:?}");
        // And nothing of it was touched.
        for (path, kind) in [("/api/connections", "conn"), ("/api/installations", "inst"), ("/api/runs", "run")] {
            let shown = bench.call("GET", &format!("{path}/{}", things[kind]), Value::Null).await.of(200);
            assert!(shown["status"] != "cancelled" && shown["status"] != "paused", "{shown}");
        }
    }
}

/// One of everything in the first workspace, by the prefix of its id.
pub(crate) async fn everything(bench: &Bench) -> BTreeMap<&'static str, String> {
    let app = &bench.app;
    let mut things = BTreeMap::new();
    let mut keep = |kind: &'static str, id: &Value| things.insert(kind, id.as_str().unwrap().to_owned());
    let connection = json!({"service": "notion", "name": "SECRET-NAME", "fields": {"access_token": "t"}});
    keep("conn", &bench.call("POST", "/api/connections", connection).await.of(201)["id"]);
    let deployed = bench.deploy_definition("secret-name", "trigger: manual()").await;
    keep("wf", &deployed["workflow_id"]);
    let installed = bench.install(json!({"workflow": "secret-name", "name": "SECRET-NAME", "activate": true})).await.of(201);
    keep("inst", &installed["id"]);
    let inst = installed["id"].as_str().unwrap();
    let run = bench.call("POST", &format!("/api/installations/{inst}/trigger"), json!({})).await.of(202);
    keep("run", &run["run_id"]);
    let approval = millrace_ids::ApprovalId::generate();
    let insert = "INSERT INTO approvals (id, tenant_id, run_id, generation, seq, title, detail, approvers, status, created_at) VALUES ($1, $2, $3, 0, 1, 'SECRET-NAME', 'null', '[]', 'pending', 0)";
    execute(app, insert, &[approval.as_str(), bench.tenant.as_str(), run["run_id"].as_str().unwrap()]).await;
    keep("appr", &json!(approval.as_str()));
    let owner = people::member(app, &bench.tenant, Role::Owner).await;
    keep("ses", &json!(owner.session.as_str()));
    keep("usr", &json!(owner.user.as_str()));
    let made = bench.call_as(&owner.token, "POST", "/api/v1/api-keys", json!({"name": "SECRET-NAME", "permissions": ["runs"]}), &[]).await.of(201);
    keep("key", &made["id"]);
    let (automation, version) = (millrace_ids::AutomationId::generate(), millrace_ids::AutomationVersionId::generate());
    people::within(app, async |tx| {
        let new = crate::partner::NewAutomation { id: &automation, name: "SECRET-NAME", department: Some("sales"), owner: &owner.user };
        crate::partner::insert_automation(tx, &bench.tenant, &new, app.clock.now()).await.unwrap();
        let new = crate::partner::NewAutomationVersion { id: &version, number: (1, 0, 0), status: "Live" };
        crate::partner::insert_version(tx, &bench.tenant, &automation, &new, app.clock.now()).await.unwrap();
    })
    .await;
    keep("aut", &json!(automation.as_str()));
    keep("av", &json!(version.as_str()));
    let (user, email) = people::user(app, true).await;
    bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": email, "roles": ["ops_build"]}), &[]).await.of(200);
    let helper = people::sign_in(app, &user, &email, None).await;
    let path = format!("/api/v1/admin/tenants/{}/support-access", bench.tenant);
    keep("sup", &bench.call_as(&helper.token, "POST", &path, json!({"reason": "SECRET-NAME does not start"}), &[]).await.of(201)["id"]);
    things
}
