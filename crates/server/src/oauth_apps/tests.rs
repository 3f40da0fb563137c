//! The rule row by row, and apps over the API.
#![allow(clippy::unwrap_used)]

use millrace_clock::Timestamp;
use millrace_db::{on_both, sql};
use millrace_ids::{OAuthAppId, TenantId};
use serde_json::{Value, json};

use super::model::{App, Health, Kind, Source, Status};
use super::rule::{Choice, Refusal, Slot, may_become, may_renew, may_serve, resolve};
use crate::installations::fixture::{Bench, OPERATOR};
use crate::installations::stand_in::Service;
use crate::marketplace::CredentialMode::{self, Developer, Hybrid, System};

fn app(owner: Source, tenant: Option<&TenantId>, status: Status) -> App {
    App {
        id: OAuthAppId::generate(),
        owner,
        tenant: tenant.cloned(),
        workflow: None,
        provider: "gmail".to_owned(),
        kind: Kind::Oauth,
        client_id: "c".to_owned(),
        redirect_uri: String::new(),
        scopes: Vec::new(),
        status,
        justification: None,
        review_note: None,
        health: Health::Unknown,
        last_health_check_at: None,
        last_error: None,
        last_test: None,
        version: 1,
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    }
}

/// Every row of spec marketplace §2: what the workflow states × what the installer chose × whose apps there are and where they stand.
#[test]
fn the_rule_row_by_row() {
    use Refusal::{ByooRequired as Bring, CredentialsSuspended as Suspended, DeveloperCredentialsRequired as Required, UnknownProvider as Unknown};
    use Source::{Developer as Dev, Organization as Org, System as Sys};
    use Status::{Development, PendingReview, Production, Rejected, Testing};
    type Row = (Option<CredentialMode>, bool, Option<Choice>, Option<Status>, Option<Status>, Option<Status>, Result<Source, Refusal>);
    const OFF: Option<Status> = None;
    let (live, stopped) = (Some(Production), Some(Status::Suspended));
    let (sys, own) = (Some(Choice::System), Some(Choice::Developer));
    // Mode, whether organisations bring their own, choice; the organisation's app, the developer's, the platform's; whose it is.
    #[rustfmt::skip]
    let rows: &[Row] = &[
        // Nothing stated, or `system`: the platform's.
        (None, false, None, OFF, live, live, Ok(Sys)),
        (None, false, None, OFF, live, OFF, Err(Unknown)),
        (Some(System), false, None, live, live, live, Ok(Sys)),
        (Some(System), false, None, OFF, OFF, stopped, Err(Suspended)),
        (Some(System), false, None, OFF, OFF, Some(Rejected), Err(Unknown)),
        (Some(System), false, own, OFF, live, live, Ok(Dev)),
        (Some(System), false, own, OFF, OFF, live, Ok(Sys)),
        (Some(System), false, own, OFF, stopped, live, Err(Suspended)),
        // `developer`: an own one, and never the platform's.
        (Some(Developer), false, None, OFF, live, live, Ok(Dev)),
        (Some(Developer), false, None, OFF, OFF, live, Err(Required)),
        (Some(Developer), false, sys, OFF, OFF, live, Err(Required)),
        (Some(Developer), false, sys, OFF, live, live, Ok(Dev)),
        (Some(Developer), false, None, live, OFF, live, Err(Required)),
        // `hybrid`: what was chosen; without a choice an own one, if there is one.
        (Some(Hybrid), false, own, OFF, live, live, Ok(Dev)),
        (Some(Hybrid), false, own, OFF, OFF, live, Err(Required)),
        (Some(Hybrid), false, sys, OFF, live, live, Ok(Sys)),
        (Some(Hybrid), false, sys, OFF, live, OFF, Err(Unknown)),
        (Some(Hybrid), false, None, OFF, live, live, Ok(Dev)),
        (Some(Hybrid), false, None, OFF, OFF, live, Ok(Sys)),
        (Some(Hybrid), false, None, OFF, stopped, live, Err(Suspended)),
        (Some(Hybrid), false, None, OFF, Some(Development), live, Ok(Sys)),
        // Organisations bring their own: theirs is first; without a mode, one is needed.
        (None, true, None, live, live, live, Ok(Org)),
        (None, true, None, OFF, live, live, Ok(Dev)),
        (None, true, None, OFF, OFF, live, Err(Bring)),
        (Some(Developer), true, None, live, live, live, Ok(Org)),
        (Some(Developer), true, None, OFF, OFF, live, Err(Bring)),
        (Some(Developer), true, None, stopped, live, live, Err(Suspended)),
        (Some(System), true, None, live, live, live, Ok(Org)),
        (Some(System), true, None, OFF, live, live, Ok(Sys)),
        (Some(Hybrid), true, own, live, live, live, Ok(Org)),
        (Some(Hybrid), true, own, OFF, OFF, live, Err(Bring)),
        (Some(Hybrid), true, sys, live, live, live, Ok(Sys)),
        (Some(Hybrid), true, None, OFF, OFF, live, Ok(Sys)),
        // Where a developer's app stands, for somebody else's workspace.
        (Some(Developer), false, None, OFF, Some(Development), live, Err(Required)),
        (Some(Developer), false, None, OFF, Some(Testing), live, Ok(Dev)),
        (Some(Developer), false, None, OFF, Some(PendingReview), live, Ok(Dev)),
        (Some(Developer), false, None, OFF, Some(Rejected), live, Err(Required)),
        (Some(Developer), false, None, OFF, stopped, live, Err(Suspended)),
    ];
    let (installer, developer) = (TenantId::generate(), TenantId::generate());
    for (mode, byoo, choice, organization, dev, system, wanted) in rows {
        let organization = organization.map(|status| app(Org, Some(&installer), status));
        let dev = dev.map(|status| app(Dev, Some(&developer), status));
        let system = system.map(|status| app(Sys, None, status));
        let slot = Slot { mode: *mode, byoo: *byoo, choice: *choice, installer: &installer, organization: organization.as_ref(), developer: dev.as_ref(), system: system.as_ref() };
        assert_eq!(resolve(&slot).map(|app| app.owner), *wanted, "{slot:?}");
    }
    // A developer's app in development serves the developer's own workspace.
    let own_app = app(Dev, Some(&developer), Development);
    let slot = Slot { mode: Some(Developer), byoo: false, choice: None, installer: &developer, organization: None, developer: Some(&own_app), system: None };
    assert_eq!(resolve(&slot).map(|app| app.id.clone()), Ok(own_app.id.clone()));
}

#[test]
fn a_connection_serves_only_where_its_own_client_does() {
    let (one, two) = (app(Source::System, None, Status::Production), app(Source::System, None, Status::Production));
    assert_eq!(may_serve(Ok(&one), Some(&one.id), false), Ok(()));
    assert_eq!(may_serve(Ok(&one), Some(&one.id), true), Err(Refusal::CredentialsExpired));
    assert_eq!(may_serve(Ok(&one), Some(&two.id), false), Err(Refusal::CredentialsMismatch));
    assert_eq!(may_serve(Err(Refusal::CredentialsSuspended), Some(&one.id), false), Err(Refusal::CredentialsSuspended));
    // What the workspace itself brought is nobody's app's.
    assert_eq!(may_serve(Err(Refusal::ByooRequired), None, true), Ok(()));
}

/// Every pair of standings, by the owner and by staff.
#[test]
fn the_life_of_an_app() {
    use Status::{Development, PendingReview, Production, Rejected, Suspended, Testing};
    let owners = [(Development, Testing), (Testing, PendingReview), (Rejected, Development)];
    let of_staff = [(PendingReview, Production), (PendingReview, Rejected), (Suspended, Testing), (Suspended, Production)];
    for from in Status::ALL {
        for to in Status::ALL {
            let by_owner = owners.contains(&(*from, *to));
            let by_staff = by_owner || of_staff.contains(&(*from, *to)) || (*to == Suspended && *from != Suspended);
            assert_eq!((may_become(*from, *to, false), may_become(*from, *to, true)), (by_owner, by_staff), "{from} → {to}");
        }
        let renews = may_renew(&app(Source::Developer, None, *from)).is_ok();
        assert_eq!(renews, !matches!(from, Suspended | Rejected), "{from}");
    }
}

/// All that the table of apps holds, to search in.
async fn dump(bench: &Bench) -> String {
    let rows = bench.app.platform().read().await.unwrap().all(sql("SELECT * FROM oauth_apps")).await.unwrap();
    let columns = ["client_id", "client_secret_encrypted", "extra_encrypted", "webhook_secret_encrypted", "encryption_key_id", "scopes"];
    rows.iter().flat_map(|row| columns.map(|c| row.get::<Option<String>>(c).unwrap().unwrap_or_default())).collect::<Vec<_>>().join("\n")
}

on_both! {
    async fn a_developers_app_from_first_to_last(db: TestDb) {
        let bench = Bench::new(db).await;
        let wanted = json!({"provider": "gmail", "clientId": "client-of-ada", "clientSecret": "secret-of-ada-9876", "webhook_secret": "signs-deliveries-5432", "scopes": ["gmail.readonly"]});
        let made = bench.call("POST", "/api/developer/oauth-apps", wanted.clone()).await.of(201);
        assert_eq!((&made["status"], &made["kind"], &made["client_id"], &made["secrets"]["client_secret"]), (&json!("development"), &json!("oauth"), &json!("client-of-ada"), &json!("••••9876")));
        assert!(made["redirect_uri"].as_str().unwrap().ends_with("/api/oauth/gmail/callback"), "{made}");
        assert!(!made.to_string().contains("secret-of-ada") && !dump(&bench).await.contains("secret-of-ada") && !dump(&bench).await.contains("signs-deliveries"));
        assert_eq!(bench.call("POST", "/api/developer/oauth-apps", wanted).await.refusal(), (409, "OAUTH_APP_EXISTS"));
        // Another workspace has its own, and sees nothing of this one.
        let (_, stranger) = bench.stranger(crate::identity::Role::Owner).await;
        assert_eq!(bench.call_as(&stranger, "GET", "/api/developer/oauth-apps/gmail", Value::Null, &[]).await.status, 404);
        assert_eq!(bench.call_as(&stranger, "GET", "/api/developer/oauth-apps", Value::Null, &[]).await.of(200)["data"], json!([]));
        // Another secret is the same client; another client another app, which begins anew.
        let at = "/api/developer/oauth-apps/gmail";
        bench.call("POST", &format!("{at}/promote"), json!({"target_status": "testing"})).await.of(200);
        let same = bench.call("PATCH", at, json!({"client_secret": "another-secret-1111"})).await.of(200);
        assert_eq!((&same["id"], &same["status"], &same["secrets"]["client_secret"], &same["secrets"]["webhook_secret"]), (&made["id"], &json!("testing"), &json!("••••1111"), &json!("••••5432")));
        let other = bench.call("PATCH", at, json!({"client_id": "client-of-bob"})).await.of(200);
        assert!(other["id"] != made["id"] && other["status"] == "development", "{other}");
        // What is left of the secrets still opens under the new id.
        assert_eq!(bench.call("GET", at, Value::Null).await.of(200)["secrets"]["client_secret"], "••••1111");
        bench.call("DELETE", at, Value::Null).await.of(204);
        assert_eq!(bench.call("GET", at, Value::Null).await.status, 404);
        let log = bench.call("GET", "/api/v1/audit?limit=100", Value::Null).await.of(200);
        let actions: Vec<&str> = log["data"].as_array().unwrap().iter().rev().filter_map(|row| row["action"].as_str()).filter(|a| a.starts_with("oauth_app.")).collect();
        assert_eq!(actions, ["oauth_app.created", "oauth_app.promoted", "oauth_app.updated", "oauth_app.updated", "oauth_app.removed"]);
        assert!(!log.to_string().contains("secret-of-ada") && !log.to_string().contains("another-secret"), "{log}");
    }

    async fn mistakes_are_named_field_by_field(db: TestDb) {
        let bench = Bench::new(db).await;
        let make = async |body: Value| bench.call("POST", "/api/developer/oauth-apps", body).await;
        assert_eq!(make(json!({"provider": "nothing"})).await.refusal(), (400, "UNKNOWN_PROVIDER"));
        let answer = make(json!({"provider": "gmail", "client_id": "c"})).await;
        assert_eq!((answer.refusal(), answer.fields()), ((400, "MISSING_FIELD"), vec!["client_secret MISSING_FIELD".to_owned()]));
        let answer = make(json!({"provider": "gmail", "client_id": "c", "client_secret": "s", "fields": {"nonsense": "x"}})).await;
        assert_eq!((answer.refusal(), answer.fields()), ((400, "INVALID_OAUTH_APP"), vec!["nonsense UNKNOWN_FIELD".to_owned()]));
        assert_eq!(make(json!({"provider": "gmail", "client_id": "c\r\nx", "client_secret": "s"})).await.fields(), ["client_id INVALID_VALUE"]);
        assert_eq!(make(json!({"provider": "gmail", "client_id": "c", "client_secret": "s", "scopes": ["a b"]})).await.fields(), ["scopes INVALID_VALUE"]);
        assert_eq!(make(json!({"provider": "gmail", "client_id": "c", "client_secret": "s", "workflow": "none-such"})).await.status, 404);
        // Server-to-server where everything for it is there; a key where it is one.
        let made = make(json!({"provider": "zoom", "client_id": "c", "client_secret": "s", "account_id": "a"})).await.of(201);
        assert_eq!(made["kind"], "s2s");
        assert_eq!(make(json!({"provider": "notion", "access_token": "ntn_0123456789"})).await.of(201)["kind"], "static");
        assert_eq!(make(json!({"provider": "gmail", "client_id": "c", "client_secret": "s", "kind": "s2s"})).await.refusal(), (400, "INVALID_OAUTH_APP"));
    }

    async fn staff_review_suspend_and_keep_the_platforms_own(db: TestDb) {
        let bench = Bench::new(db).await;
        bench.call("POST", "/api/developer/oauth-apps", json!({"provider": "gmail", "client_id": "c", "client_secret": "s"})).await.of(201);
        let promote = async |to: &str, why: Value| bench.call("POST", "/api/developer/oauth-apps/gmail/promote", json!({"targetStatus": to, "justification": why})).await;
        for (to, code) in [("production", "INVALID_PROMOTION"), ("pending_review", "INVALID_PROMOTION"), ("suspended", "INVALID_PROMOTION")] {
            assert_eq!(promote(to, Value::Null).await.refusal(), (409, code), "{to}");
        }
        promote("testing", Value::Null).await.of(200);
        assert_eq!(promote("pending_review", Value::Null).await.fields(), ["justification MISSING_FIELD"]);
        let id = promote("pending_review", json!("For our customers")).await.of(200)["id"].as_str().unwrap().to_owned();
        let staff = async |method: &str, path: &str, body: Value| bench.call_as(OPERATOR, method, path, body, &[]).await;
        let waiting = staff("GET", "/api/admin/oauth-apps?status=pending_review", Value::Null).await.of(200);
        assert_eq!((waiting["data"][0]["id"].as_str(), &waiting["data"][0]["justification"]), (Some(id.as_str()), &json!("For our customers")));
        staff("POST", &format!("/api/admin/oauth-apps/{id}/review"), json!({"status": "production"})).await.of(200);
        let stopped = staff("POST", &format!("/api/admin/oauth-apps/{id}/review"), json!({"status": "suspended", "note": "Ticket 4711"})).await.of(200);
        assert_eq!((&stopped["status"], &stopped["review_note"]), (&json!("suspended"), &json!("Ticket 4711")));
        assert_eq!(promote("testing", Value::Null).await.refusal(), (409, "INVALID_PROMOTION"), "its owner does not undo that");
        // Nor by another client.
        bench.call("PATCH", "/api/developer/oauth-apps/gmail", json!({"client_id": "another"})).await.of(200);
        assert_eq!(bench.call("GET", "/api/developer/oauth-apps/gmail", Value::Null).await.of(200)["status"], "suspended");

        let own = staff("POST", "/api/admin/oauth-apps", json!({"provider": "slack", "client_id": "platform", "client_secret": "of-the-platform"})).await.of(201);
        assert_eq!((&own["status"], &own["owner_type"]), (&json!("production"), &json!("system")));
        let at = format!("/api/admin/oauth-apps/{}", own["id"].as_str().unwrap());
        let changed = staff("PATCH", &at, json!({"scopes": ["chat:write"]})).await.of(200);
        assert_eq!((&changed["id"], &changed["scopes"]), (&own["id"], &json!(["chat:write"])));
        assert_eq!(staff("PATCH", &format!("/api/admin/oauth-apps/{id}"), json!({"scopes": []})).await.status, 404, "a developer's is not the platform's");
        staff("DELETE", &at, Value::Null).await.of(204);
        assert_eq!(staff("DELETE", &at, Value::Null).await.status, 404);
    }

    async fn organisations_bring_their_own(db: TestDb) {
        let bench = Bench::new(db).await;
        let module = "import { defineWorkflow, manual } from '@millrace/sdk';\n\
            export default defineWorkflow({ name: 'Own', version: '1.0.0', integrations: [{ service: 'zoom' }, { service: 'notion' }, { service: 'slack', optional: true }],\n\
              inputs: { zoomClientId: { type: 'text', required: true }, zoomClientSecret: { type: 'text', required: true }, notionApiKey: { type: 'text', required: true }, page: { type: 'text' } },\n\
              trigger: manual(), async execute() { return { success: true }; } });\n\
            export const metadata = { id: 'own', byoo: { enabled: true, providers: ['zoom', 'notion'], instructions: 'Make a Zoom app.' } };\n";
        bench.deploy(module).await.of(201);
        let config = json!({"zoomClientId": "zoom-client-1", "zoomClientSecret": "zoom-secret-2222", "notionApiKey": "notion-key-3333", "page": "p"});
        assert_eq!(bench.install(json!({"workflow": "own", "config": {"page": "p"}, "activate": true})).await.refusal(), (400, "INVALID_CONFIG"));
        let installed = bench.install(json!({"workflow": "own", "config": config})).await.of(201);
        let id = installed["id"].as_str().unwrap().to_owned();
        // The key connects at once; the client waits for consent; nothing of either is among the inputs.
        let of_inputs = bench.dump("installations", &["config", "secrets"]).await;
        assert!(of_inputs.contains(r#""notionApiKey":"""#) && of_inputs.contains(r#""zoomClientSecret":"""#) && !of_inputs.contains("3333"), "{of_inputs}");
        let kept = bench.call("GET", &format!("/api/installations/{id}/byoo/zoom"), Value::Null).await.of(200);
        assert_eq!((&kept["owner_type"], &kept["kind"], &kept["secrets"]["client_secret"]), (&json!("organization"), &json!("oauth"), &json!("••••2222")));
        let connections = bench.call("GET", "/api/connections", Value::Null).await.of(200);
        assert_eq!(connections["data"].as_array().unwrap().len(), 1);
        let notion = &connections["data"][0];
        assert_eq!((&notion["service"], &notion["credential_source"], &notion["auth_kind"]), (&json!("notion"), &json!("organization"), &json!("token")));
        assert!(notion["oauth_app_id"].is_string() && notion["reconnect_url"].is_string() && !connections.to_string().contains("3333"));
        // Everything is brought: what is missing is a person's consent.
        assert_eq!(bench.call("POST", &format!("/api/installations/{id}/activate"), json!({})).await.refusal(), (409, "CONNECTION_MISSING"));
        // What was taken out is not missing at the next change, and may be replaced.
        bench.call("PATCH", &format!("/api/installations/{id}"), json!({"config": {"page": "q", "notionApiKey": "notion-key-4444"}})).await.of(200);
        assert_eq!(bench.call("GET", &format!("/api/installations/{id}/byoo/notion"), Value::Null).await.of(200)["secrets"]["access_token"], "••••4444");
        let again = bench.call("GET", "/api/connections", Value::Null).await.of(200);
        assert_eq!((again["data"].as_array().unwrap().len(), &again["data"][0]["id"]), (1, &notion["id"]), "the same connection has the new key");
        // A server-to-server app needs no person.
        let put = async |provider: &str, body: Value| bench.call("PUT", &format!("/api/installations/{id}/byoo/{provider}"), body).await;
        put("zoom", json!({"client_id": "zoom-client-1", "client_secret": "zoom-secret-2222", "account_id": "acc"})).await.of(204);
        bench.call("POST", &format!("/api/installations/{id}/activate"), json!({})).await.of(200);
        assert_eq!(put("slack", json!({"client_id": "c", "client_secret": "s"})).await.refusal(), (400, "UNKNOWN_PROVIDER"));
        assert_eq!(put("zoom", json!({"client_id": "c"})).await.refusal(), (400, "MISSING_FIELD"));
        // Taken back: the connection stands, and is not used any more.
        bench.call("DELETE", &format!("/api/installations/{id}/byoo/notion"), Value::Null).await.of(204);
        assert_eq!(bench.call("GET", &format!("/api/installations/{id}/byoo/notion"), Value::Null).await.status, 404);
        let seen = crate::installations::service::snapshot(&bench.app, &bench.tenant, &id.parse().unwrap()).await.unwrap();
        assert_eq!(seen.refused.get("notion"), Some(&Refusal::ByooRequired), "{:?}", seen.refused);
        assert_eq!(seen.refused.get("zoom"), None);
    }

    async fn without_them_nothing_is_activated(db: TestDb) {
        let bench = Bench::new(db).await;
        let module = "import { defineWorkflow, manual } from '@millrace/sdk';\n\
            export default defineWorkflow({ name: 'Own', version: '1.0.0', integrations: [{ service: 'zoom' }], trigger: manual(), async execute() { return { success: true }; } });\n\
            export const metadata = { id: 'own', byoo: { enabled: true, providers: ['zoom'], instructions: '  Make a Zoom app.  ' } };\n";
        bench.deploy(module).await.of(201);
        let id = bench.install(json!({"workflow": "own"})).await.of(201)["id"].as_str().unwrap().to_owned();
        let answer = bench.call("POST", &format!("/api/installations/{id}/activate"), json!({})).await;
        assert_eq!((answer.refusal(), answer.fields()), ((409, "BYOO_REQUIRED"), vec!["connections.zoom BYOO_REQUIRED".to_owned()]));
        assert_eq!(answer.body["hint"], "Make a Zoom app.");
        assert_eq!(bench.call("GET", &format!("/api/oauth/zoom/authorize?installation={id}"), Value::Null).await.refusal(), (409, "BYOO_REQUIRED"));
    }

    /// Keys are asked about by what the service lets every key do, and where it gives out tokens for them, by those.
    async fn what_the_health_of_a_key_means(db: TestDb) {
        let (team, meetings) = (Service::start(|_| (200, json!({"ok": true, "user_id": "U1"}))).await, Service::start(|_| (200, json!({"access_token": "t", "expires_in": 3600, "scope": "meeting:read"}))).await);
        let map = format!("slack.com={},zoom.us={}", team.at, meetings.at);
        let bench = Bench::with(db, &[("MILLRACE_EGRESS_MAP", &map)]).await;
        let test = async |service: &str| {
            let tested = bench.call("POST", &format!("/api/developer/oauth-apps/{service}/test"), json!({})).await.of(200);
            assert_eq!(tested["authorize_url"], Value::Null, "no person is asked");
            (tested["success"].as_bool().unwrap(), tested["health_status"].as_str().unwrap().to_owned(), tested["scopes"].clone())
        };
        bench.call("POST", "/api/developer/oauth-apps", json!({"provider": "slack", "access_token": "xoxb-of-the-team"})).await.of(201);
        assert_eq!(test("slack").await, (true, "healthy".to_owned(), Value::Null));
        assert_eq!(*team.asked.lock(), ["/api/auth.test"]);
        for (status, error, success, health) in [(200, "missing_scope", true, "healthy"), (200, "invalid_auth", false, "unhealthy"), (503, "service_unavailable", false, "degraded"), (200, "no_text", false, "unknown")] {
            team.answer_with(move |_| (status, json!({"ok": false, "error": error})));
            assert_eq!(test("slack").await, (success, health.to_owned(), Value::Null), "{error}");
        }
        let app = json!({"provider": "zoom", "client_id": "c", "client_secret": "s", "account_id": "a"});
        assert_eq!(bench.call("POST", "/api/developer/oauth-apps", app).await.of(201)["kind"], "s2s");
        assert_eq!(test("zoom").await, (true, "healthy".to_owned(), json!(["meeting:read"])));
        meetings.answer_with(|_| (400, json!({"error": "invalid_client", "reason": "Invalid client_id or client_secret"})));
        assert_eq!(test("zoom").await, (false, "unhealthy".to_owned(), Value::Null));
        assert!(meetings.asked.lock().iter().all(|path| path.starts_with("/oauth/token")), "the token endpoint itself is asked");
    }
}
