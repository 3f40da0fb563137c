//! The stranger test: every route of the API document × every kind of caller → the status that `docs/permissions.md` says, with
//! requests that are good: what is refused is refused for who asks, and who may ask gets what they asked for.
//!
//! A new route needs its line in `docs/permissions.md`, its body and query in [`super::requests`], and the kind of id in its
//! path in [`targets`]; if it ends what it is about, something of its own in [`fresh`]; where its good answer is neither 2xx nor 409, [`ANSWERS`] says which it is and why. A new kind of
//! caller is a line in [`kinds`].
#![allow(clippy::unwrap_used)]

mod fresh;
mod kinds;
mod targets;

use std::collections::{BTreeMap, BTreeSet};

use millrace_db::on_both;
use serde_json::{Value, json};

use kinds::{Is, Kind, Proof, kinds, person};
use targets::Things;

use super::people;
use super::requests::{self, NOBODYS, Names};
use super::rows::Watched;
use super::{Permission, Permissions, Role, Scope, StaffRole};
use crate::installations::fixture::{Answer, Bench, OPERATOR};

pub(super) use targets::nothing_at;

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
    let page = include_str!("../../../../../docs/permissions.md");
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
    requests::operations().into_iter().map(|(method, path, _)| (method, path)).collect()
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

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// Let through: the answer is a good one, a conflict with what is there, or one of [`ANSWERS`].
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

/// Answers to good requests of those who may make them that are neither 2xx nor 409. Without a code, any.
const ANSWERS: &[(&str, u16, &str)] = &[
    // A machine that is short of something says so.
    ("GET /api/health", 503, ""),
    ("GET /api/health/ready", 503, ""),
    // Open to everybody who has a token, which nobody here has.
    ("POST /api/v1/auth/refresh", 401, "INVALID_REFRESH_TOKEN"),
    ("GET /api/v1/auth/verify-email", 400, "VERIFICATION_TOKEN_USED"),
    ("GET /api/v1/auth/reset-password", 401, "RESET_TOKEN_INVALID"),
    ("POST /api/v1/auth/reset-password", 401, "RESET_TOKEN_INVALID"),
    ("GET /api/v1/auth/accept-invitation", 400, "INVITATION_INVALID"),
    ("POST /api/v1/auth/accept-invitation", 400, "INVITATION_INVALID"),
    ("POST /api/v1/auth/device/token", 400, "DEVICE_CODE_EXPIRED"),
    ("POST /api/v1/auth/second-factor", 401, "SECOND_FACTOR_TOKEN_INVALID"),
    ("POST /api/v1/auth/second-factor/passkey", 401, "SECOND_FACTOR_TOKEN_INVALID"),
    ("POST /api/v1/auth/passkey/finish", 401, "PASSKEY_REFUSED"),
    // Nobody need be signed in there, but who says so must be.
    ("POST /api/v1/auth/accept-invitation", 401, "UNAUTHORIZED"),
    ("POST /api/v1/auth/accept-invitation", 401, "API_KEY_NOT_ALLOWED"),
    // Nobody need say who they are there, but who does must be right; and who is of no other workspace sees no draft.
    ("GET /api/marketplace", 401, ""),
    ("GET /api/marketplace", 403, ""),
    ("GET /api/marketplace/search", 401, ""),
    ("GET /api/marketplace/search", 403, ""),
    ("GET /api/marketplace/{id}", 401, ""),
    ("GET /api/marketplace/{id}", 403, ""),
    ("GET /api/marketplace/{id}", 404, "NOT_FOUND"),
    ("GET /api/marketplace/{id}/lineage", 404, "NOT_FOUND"),
    // A draft is there for nobody but its own workspace, and nobody has this code.
    ("GET /api/marketplace/{id}/access", 404, "NOT_FOUND"),
    ("POST /api/marketplace/{id}/redeem", 404, "NOT_FOUND"),
    ("POST /api/marketplace/redeem", 404, "INVALID_CODE"),
    // Nothing is configured here, nor has this page.
    ("GET /api/docs/errors/{code}", 404, ""),
    ("POST /api/webhooks/{trigger_id}", 404, ""),
    ("POST /api/installations/{id}/setup-complete", 400, "INVALID_STATE"),
    ("GET /api/installations/{id}/pickers/{field}", 404, "NOT_FOUND"),
    ("GET /api/v1/auth/sso/{provider}/login", 404, "NOT_FOUND"),
    ("GET /api/v1/auth/sso/{provider}/callback", 404, "NOT_FOUND"),
    ("GET /api/v1/auth/sso/{provider}/logout", 404, "NOT_FOUND"),
    ("POST /api/v1/auth/sso/{provider}/backchannel-logout", 404, "NOT_FOUND"),
    ("GET /api/v1/workspace/sso", 404, "NOT_FOUND"),
    ("DELETE /api/v1/workspace/sso", 404, "NOT_FOUND"),
    // The services of these paths are none.
    ("GET /api/developer/oauth-apps/{provider}", 404, "NOT_FOUND"),
    ("PATCH /api/developer/oauth-apps/{provider}", 404, "NOT_FOUND"),
    ("DELETE /api/developer/oauth-apps/{provider}", 404, "NOT_FOUND"),
    ("POST /api/developer/oauth-apps/{provider}/test", 404, "NOT_FOUND"),
    ("POST /api/developer/oauth-apps/{provider}/promote", 404, "NOT_FOUND"),
    ("GET /api/installations/{id}/byoo/{provider}", 404, "NOT_FOUND"),
    ("DELETE /api/installations/{id}/byoo/{provider}", 404, "NOT_FOUND"),
    ("PUT /api/installations/{id}/byoo/{provider}", 400, "UNKNOWN_PROVIDER"),
    ("GET /api/oauth/{provider}/authorize", 400, "UNKNOWN_PROVIDER"),
    ("GET /api/oauth/{provider}/callback", 400, "INVALID_STATE"),
    // Nobody answers at the address: tests have no network.
    ("PUT /api/v1/workspace/sso", 400, "INVALID_ISSUER"),
    // With the right password, and an address that is not verified.
    ("POST /api/v1/auth/login", 403, "EMAIL_NOT_VERIFIED"),
    // A person of no workspace, or of another, chooses the first one.
    ("POST /api/v1/auth/switch-workspace", 403, "WORKSPACE_ACCESS_DENIED"),
];

/// Nobody need be signed in there ([`super::Visitor`]), but a credential that is sent must be good.
const VISITED: &str = "GET /api/marketplace";
const REFUSED_CREDENTIALS: [&str; 6] = ["UNAUTHORIZED", "INVALID_API_KEY", "API_KEY_EXPIRED", "API_KEY_REVOKED", "WORKSPACE_DEACTIVATED", "INSUFFICIENT_PERMISSIONS"];

/// Whether a caller who may ask was answered as such.
fn is_good(route: &str, answer: &Answer) -> bool {
    let (status, code) = answer.refusal();
    if route.starts_with(VISITED) && REFUSED_CREDENTIALS.contains(&code) {
        return true;
    }
    (200..300).contains(&status) || status == 409 || ANSWERS.iter().any(|(own, s, c)| *own == route && *s == status && (c.is_empty() || *c == code))
}

/// One request with this credential.
async fn ask(bench: &Bench, credential: Option<&str>, access: Option<&str>, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let auth = credential.map(|text| format!("Bearer {text}"));
    let mut headers = Vec::new();
    headers.extend(auth.iter().map(|text| ("authorization", text.as_str())));
    headers.extend(access.iter().map(|id| ("x-support-access", *id)));
    headers.extend(body.iter().map(|_| ("content-type", "application/json")));
    bench.send(method, path, body.map(|body| body.to_string().into_bytes()).unwrap_or_default(), &headers).await
}

/// Tables in which those who are refused leave traces: the last use of a key, the use of support access, changes that were
/// refused, and tries at somebody else's workspace.
const TRACES: [&str; 4] = ["api_keys", "audit_log", "audit_chains", "security_events"];

on_both! {
    async fn who_may_not_ask_is_told_so_and_changes_nothing(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_RATE_LIMITS", "off")]).await;
        let (kinds, things) = (kinds(&bench).await, Things::make(&bench).await);
        let names = things.names(&bench);
        let mut credentials = Vec::new();
        for kind in &kinds {
            credentials.push(kind.credential(&bench).await);
        }
        let watched = Watched::new(bench.app.platform()).await;
        let before = watched.rows().await;
        let (mut wrong, mut asked, mut named) = (Vec::new(), 0, 0);
        for ((method, path), who) in table() {
            let target = format!("{}{}", things.path(&path), requests::query(&method, &path));
            for (kind, credential) in kinds.iter().zip(&credentials) {
                let Expected::Status(status) = expected(who, kind.is) else { continue };
                let body = requests::body(&method, &path, &names);
                let answer = ask(&bench, credential.as_deref(), kind.access(), &method, &target, body.as_ref()).await;
                asked += 1;
                if answer.status != status {
                    wrong.push(format!("{method} {path} ({who:?}) as {}: {:?}, not {status}: {}", kind.name, answer.refusal(), answer.body));
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
        wrong.extend(watched.rows().await.since(&before, &TRACES));
        assert!(wrong.is_empty(), "{} of {asked}:\n  {}", wrong.len(), wrong.join("\n  "));
        assert!(asked > 1_000 && named > 100, "{asked} requests, {named} refusals that name a permission");
    }

    async fn who_may_ask_gets_what_they_asked_for(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_RATE_LIMITS", "off")]).await;
        let (kinds, things) = (kinds(&bench).await, Things::make(&bench).await);
        let (mut wrong, mut asked, mut through) = (Vec::new(), 0, BTreeSet::new());
        for ((method, path), who) in table() {
            let route = format!("{method} {path}");
            for kind in kinds.iter().filter(|kind| expected(who, kind.is) == Expected::Through) {
                let credential = kind.credential(&bench).await;
                let target = things.target(&bench, kind, credential.as_deref(), (&method, &path)).await;
                let (credential, access) = target.credential.as_deref().map_or((credential.as_deref(), kind.access()), |own| (Some(own), None));
                let answer = ask(&bench, credential, access, &method, &target.path, target.body.as_ref()).await;
                asked += 1;
                if !is_good(&route, &answer) {
                    wrong.push(format!("{route} ({who:?}) as {}: {:?}: {}", kind.name, answer.refusal(), answer.body));
                }
                if answer.status < 300 {
                    through.insert(route.clone());
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {asked}:\n  {}", wrong.len(), wrong.join("\n  "));
        assert!(asked > 1_000, "{asked}");
        // Nearly every route did something for somebody; the rest is in the table of answers, or conflicts by nature.
        let never: Vec<String> = routes().into_iter().map(|(method, path)| format!("{method} {path}")).filter(|route| !through.contains(route) && !ANSWERS.iter().any(|(own, ..)| own == route)).collect();
        assert!(never.iter().all(|route| CONFLICTS.contains(&route.as_str())), "nobody succeeded with: {never:?}");
    }

    async fn another_workspace_is_as_good_as_none(db: TestDb) {
        let bench = Bench::with(db, &[("MILLRACE_RATE_LIMITS", "off")]).await;
        let things = Things::make(&bench).await;
        let strangers = strangers(&bench).await;
        let ours = things.names(&bench);
        let nobodys = Names { tenant: format!("org_{NOBODYS}"), workflow: "no-such-workflow".to_owned(), email: ours.email.clone() };
        let markers: BTreeSet<String> = things.ids.values().cloned().chain(["SECRET-NAME".to_owned()]).collect();
        let watched = Watched::new(bench.app.platform()).await;
        let before = watched.rows().await.naming(markers.iter().map(String::as_str));
        assert!(before.count() >= 20, "{}", before.count());
        let (mut wrong, mut with_ids) = (Vec::new(), BTreeSet::new());
        for ((method, path), who) in table().into_iter().filter(|(_, who)| !matches!(who, Who::Open | Who::Operator)) {
            let of_staff = matches!(who, Who::Staff | Who::Overseer | Who::PlatformAdmin);
            for kind in strangers.iter().filter(|kind| matches!(kind.is, Is::Person { staff: Some(_), .. }) == of_staff) {
                let query = requests::query(&method, &path);
                let mut answers = Vec::new();
                for (target, names) in [(things.path(&path), &ours), (nothing_at(&path), &nobodys)] {
                    let credential = kind.credential(&bench).await;
                    let body = requests::body(&method, &path, names);
                    answers.push(ask(&bench, credential.as_deref(), kind.access(), &method, &format!("{target}{query}"), body.as_ref()).await);
                }
                let (foreign, absent) = (&answers[0], &answers[1]);
                if things.path(&path) != nothing_at(&path) {
                    with_ids.insert(path.clone());
                    // Who may not ask at all is told so before anything is looked up.
                    let wanted = match expected(who, kind.is) {
                        Expected::Through => 404,
                        Expected::Status(status) => status,
                    };
                    if foreign.refusal() != absent.refusal() || foreign.status != wanted {
                        wrong.push(format!("{method} {path} as {}: {:?} for what is another's, {:?} for what is not there", kind.name, foreign.refusal(), absent.refusal()));
                    }
                }
                for shown in &answers {
                    let text = shown.body.to_string();
                    wrong.extend((shown.status >= 500).then(|| format!("{method} {path} as {}: {text}", kind.name)));
                    wrong.extend(markers.iter().filter(|m| text.contains(*m)).map(|m| format!("{method} {path} as {} shows {m}", kind.name)));
                }
            }
        }
        // No row that says anything of it was made, changed or removed, but in the table of who tried, and in the sum of bytes that the
        // server writes down for our own runs some time after they wrote them.
        let after = watched.rows().await.naming(markers.iter().map(String::as_str));
        wrong.extend(after.since(&before, &["security_events", "tenant_journal_bytes"]));
        assert!(wrong.is_empty(), "{}", wrong.join("\n  "));
        assert!(with_ids.len() >= 20, "{with_ids:?}");
    }
}

/// Routes whose good requests here meet a conflict, each by nature of what this test has: approvals without a waiting run, runs
/// that have not ended, domains without a record.
const CONFLICTS: &[&str] = &[
    "GET /api/runs/{id}/recording",
    "POST /api/approvals/{id}/decide",
    // Nothing waits for a review where none is asked for.
    "POST /api/developer/workflows/{id}/versions/{v}/approve",
    // The latest version is never greater than what is published before; the slice's tests make ones that are.
    "POST /api/developer/workflows/{id}/versions/{v}/deprecate",
    "POST /api/developer/workflows/{id}/versions/{v}/publish",
    "POST /api/developer/workflows/{id}/versions/{v}/reject",
    // One's own workflow is there already.
    "POST /api/marketplace/{id}/fork",
    "POST /api/runs/{id}/retry",
    "POST /api/executions/{id}/retry",
    "POST /api/runs/{id}/resume",
    "POST /api/v1/workspace/sso/domains/{domain}/verify",
    // The one version there is, published, is what the listing shows: it cannot be published again, reviewed or retired.
    "POST /api/developer/workflows/{id}/versions/{v}/approve",
    "POST /api/developer/workflows/{id}/versions/{v}/deprecate",
    "POST /api/developer/workflows/{id}/versions/{v}/publish",
    "POST /api/developer/workflows/{id}/versions/{v}/reject",
    "POST /api/executions/{id}/retry",
    "POST /api/installations/{id}/update",
];

/// Makes one of everything in the first workspace: for tests of what must be gone.
pub(crate) async fn everything(bench: &Bench) {
    Things::make(bench).await;
}

/// People and a key of another workspace, each of whom may do everything there.
async fn strangers(bench: &Bench) -> Vec<Kind> {
    let (theirs, _) = bench.stranger(Role::Owner).await;
    let key = people::scoped_key(&bench.app, &theirs, Scope::ALL, None).await.expose().to_string();
    let (user, email) = people::user(&bench.app, true).await;
    bench.call_as(OPERATOR, "PUT", "/api/admin/staff", json!({"email": email, "roles": ["tenant_admin"], "tenants": [theirs.as_str()]}), &[]).await.of(200);
    vec![
        person(bench, &theirs, Role::Owner).await,
        Kind { name: "a key of the other workspace".into(), proof: Proof::Key(key), is: Is::Key(Scope::all(Scope::ALL)) },
        Kind { name: "staff of the other workspace".into(), proof: Proof::Session { user, email, tenant: None, access: None }, is: Is::Person { verified: true, staff: Some(StaffRole::TenantAdmin), permissions: None } },
    ]
}
