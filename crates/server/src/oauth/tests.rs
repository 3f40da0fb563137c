//! The whole way with a real OAuth 2 server: `oidc-provider` of the npm registry, in a process of its own.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::header;
use millrace_connector::{Connection as _, ConnectionError};
use millrace_db::on_both;
use millrace_db::testing::TestDb;
use serde_json::{Value, json};
use url::Url;

use crate::connections::{self, Status};
use crate::installations::fixture::{Answer, Bench, OPERATOR};
use crate::peers::{PUBLIC, Peer, browse};

/// A running OAuth 2 server at the addresses of Google's.
struct Google(Peer);

impl Google {
    async fn start() -> Self {
        let clients = ["platform", "developer", "acme", "other"].map(|id| json!({"id": id, "secret": format!("secret-of-{id}")}));
        let options = json!({
            "clients": clients, "redirect": format!("{PUBLIC}/api/oauth/gmail/callback"),
            "redirects": [format!("{PUBLIC}/api/oauth/google-drive/callback")], "scopes": ["https://www.googleapis.com/auth/drive"],
        });
        Self(Peer::start("oauth.mjs", options).await)
    }

    /// A server that meets it where Google's would be.
    async fn bench(&self, db: TestDb) -> Bench {
        let map = format!("oauth2.googleapis.com={0},gmail.googleapis.com={0}", self.0.issuer);
        Bench::with(db, &[("MILLRACE_EGRESS_MAP", &map), ("MILLRACE_PUBLIC_URL", PUBLIC), ("MILLRACE_RATE_LIMITS", "off")]).await
    }

    /// How many tokens this client asked for in this way.
    async fn asked(&self, client: &str, how: &str) -> u64 {
        let counts: Value = serde_json::from_str(&reqwest::get(format!("{}/asked", self.0.issuer)).await.unwrap().text().await.unwrap()).unwrap();
        counts[format!("{client} {how}")].as_u64().unwrap_or(0)
    }

    async fn end_all(&self) {
        reqwest::get(format!("{}/end", self.0.issuer)).await.unwrap();
    }

    /// A person consents in a browser; answers the address of ours that it is sent back to.
    async fn consent(&self, to: &str, who: &str) -> String {
        let mut at = Url::parse(&to.replace("https://accounts.google.com", &self.0.issuer)).unwrap();
        at.query_pairs_mut().append_pair("login_hint", who);
        browse(at).await
    }
}

/// Begins, and answers where to and our cookie.
async fn depart(bench: &Bench, key: &str, query: &str) -> (Value, String) {
    let answer = bench.call_as(key, "GET", &format!("/api/oauth/gmail/authorize{query}"), Value::Null, &[]).await;
    let set = answer.headers.get(header::SET_COOKIE).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = answer.of(200);
    assert!(set.contains("HttpOnly") && set.contains("millrace_oauth_"), "{set}");
    (body, set.split(';').next().unwrap().to_owned())
}

async fn arrive(bench: &Bench, back: &str, cookie: &str) -> Answer {
    bench.send("GET", back, Vec::new(), &[("cookie", cookie), ("accept", "application/json")]).await
}

/// There and back, as `who`.
async fn connect(google: &Google, bench: &Bench, key: &str, query: &str, who: &str) -> Answer {
    let (there, cookie) = depart(bench, key, query).await;
    let back = google.consent(there["authorize_url"].as_str().unwrap(), who).await;
    arrive(bench, &back, &cookie).await
}

async fn platform_app(bench: &Bench) -> Value {
    bench.call_as(OPERATOR, "POST", "/api/admin/oauth-apps", json!({"provider": "gmail", "client_id": "platform", "client_secret": "secret-of-platform"}), &[]).await.of(201)
}

fn module(metadata: &str) -> String {
    format!(
        "import {{ defineWorkflow, manual }} from '@millrace/sdk';\n\
         export default defineWorkflow({{ name: 'Mail', version: '1.0.0', integrations: [{{ service: 'gmail', scopes: ['read_email'] }}], trigger: manual(),\n\
           async execute() {{ return {{ success: true }}; }} }});\n\
         export const metadata = {{ id: 'mail', {metadata} }};\n"
    )
}

/// Deploys and installs; answers the installation's id.
async fn installed(bench: &Bench, metadata: &str) -> String {
    bench.deploy(&module(metadata)).await.of(201);
    bench.install(json!({"workflow": "mail"})).await.of(201)["id"].as_str().unwrap().to_owned()
}

on_both! {
    async fn an_account_is_connected_and_keeps_its_id_when_it_is_connected_again(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        assert_eq!(bench.call("GET", "/api/oauth/gmail/authorize", Value::Null).await.refusal(), (400, "UNKNOWN_PROVIDER"));
        let app = platform_app(&bench).await;
        let id = installed(&bench, "").await;
        let (there, cookie) = depart(&bench, &bench.key, &format!("?installation={id}&return_to=/app/x?y=1")).await;
        let url = Url::parse(there["authorize_url"].as_str().unwrap()).unwrap();
        let asked: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((asked["code_challenge_method"].as_str(), asked["client_id"].as_str(), asked["scope"].as_str()), ("S256", "platform", "https://www.googleapis.com/auth/gmail.readonly"));
        assert_eq!((asked["code_challenge"].len(), asked["state"].len()), (43, 43));
        let back = google.consent(url.as_str(), "ada").await;
        // A browser is sent on to where it came from.
        let answer = bench.send("GET", &back, Vec::new(), &[("cookie", &cookie), ("accept", "text/html")]).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        let to = answer.headers.get(header::LOCATION).unwrap().to_str().unwrap().to_owned();
        assert!(to.starts_with(&format!("{PUBLIC}/app/x?y=1&connection=conn_")), "{to}");
        let conn = to.rsplit_once('=').unwrap().1.to_owned();
        let shown = bench.call("GET", &format!("/api/connections/{conn}"), Value::Null).await.of(200);
        assert_eq!((&shown["credential_source"], &shown["oauth_app_id"], &shown["status"]), (&json!("system"), &app["id"], &json!("active")));
        assert_eq!(shown["scopes"], json!(["https://www.googleapis.com/auth/gmail.readonly"]));
        assert_eq!(shown["reconnect_url"], json!(format!("{PUBLIC}/api/oauth/gmail/authorize?connection={conn}")));
        bench.call("POST", &format!("/api/installations/{id}/activate"), json!({})).await.of(200);
        // A second time the answer counts for nothing.
        assert_eq!(arrive(&bench, &back, &cookie).await.refusal(), (400, "INVALID_STATE"));
        // The provider ends the grant; whoever runs the workspace reads of it, and the account is connected again in place.
        google.end_all().await;
        let connection = connections::service::connection(&bench.app, &bench.tenant, &conn.parse().unwrap());
        let stale = connection.credentials().await.unwrap();
        let error = connection.refresh(&stale).await.unwrap_err();
        assert!(matches!(error, ConnectionError::Expired(_)), "{error:?}");
        assert_eq!(bench.call("GET", &format!("/api/connections/{conn}"), Value::Null).await.of(200)["status"], "expired");
        let log = bench.call("GET", "/api/v1/audit?limit=100", Value::Null).await.of(200).to_string();
        assert!(log.contains("connection.expired") && log.contains("installation.connected"), "{log}");
    }

    async fn an_expired_connection_is_made_anew_in_place(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        platform_app(&bench).await;
        let id = installed(&bench, "").await;
        let made = connect(&google, &bench, &bench.key, &format!("?installation={id}"), "ada").await.of(200);
        let conn: millrace_ids::ConnectionId = made["id"].as_str().unwrap().parse().unwrap();
        crate::identity::people::execute(&bench.app, "UPDATE connections SET status = 'expired' WHERE id = $1", &[conn.as_str()]).await;
        for query in [format!("?connection={conn}"), format!("?installation={id}")] {
            let again = connect(&google, &bench, &bench.key, &query, "ada").await.of(200);
            assert_eq!((&again["id"], &again["status"]), (&made["id"], &json!("active")));
        }
        assert_eq!(bench.count("connections").await, 1);
        let opened = connections::service::credentials(&bench.app, &bench.tenant, &conn).await.unwrap();
        assert!(opened.get("refresh_token").is_some() && opened.get("client_secret").is_none(), "the app's secret stays with the app");
    }

    async fn an_answer_counts_once_for_whoever_began(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        platform_app(&bench).await;
        assert_eq!(arrive(&bench, "/api/oauth/gmail/callback?code=x", "").await.refusal(), (400, "INVALID_STATE"));
        assert_eq!(arrive(&bench, "/api/oauth/gmail/callback?code=x&state=invented", "").await.refusal(), (400, "INVALID_STATE"));
        // Another browser: somebody else was talked into consenting.
        let (there, cookie) = depart(&bench, &bench.key, "").await;
        let back = google.consent(there["authorize_url"].as_str().unwrap(), "victim").await;
        assert_eq!(arrive(&bench, &back, "").await.refusal(), (400, "INVALID_STATE"));
        let (_, stranger) = bench.stranger(crate::identity::Role::Owner).await;
        assert_eq!(bench.call_as(&stranger, "GET", &back, Value::Null, &[]).await.refusal(), (400, "INVALID_STATE"));
        assert_eq!(google.asked("platform", "authorization_code").await, 0, "the code was shown to nobody");
        // For another service than the one that was asked.
        assert_eq!(arrive(&bench, &back.replace("/gmail/", "/notion/"), &cookie).await.refusal(), (400, "INVALID_STATE"));
        // Too late.
        let (there, cookie) = depart(&bench, &bench.key, "").await;
        let back = google.consent(there["authorize_url"].as_str().unwrap(), "ada").await;
        bench.app.clock.advance(Duration::from_secs(601));
        assert_eq!(arrive(&bench, &back, &cookie).await.refusal(), (400, "INVALID_STATE"));
        // They said no.
        let refused = connect(&google, &bench, &bench.key, "", "refuses").await;
        assert_eq!(refused.refusal(), (400, "OAUTH_REFUSED"));
        assert!(refused.body["detail"].as_str().unwrap().contains("access_denied: they said no"), "{}", refused.body);
        // A hundred answers at once make one connection.
        let (there, cookie) = depart(&bench, &bench.key, "").await;
        let back = google.consent(there["authorize_url"].as_str().unwrap(), "ada").await;
        let all = futures::future::join_all((0..20).map(|_| arrive(&bench, &back, &cookie))).await;
        assert_eq!(all.iter().filter(|a| a.status == 200).count(), 1, "{all:?}");
        assert_eq!(bench.count("connections").await, 1);
        // Browsers are sent to addresses of this server only.
        for to in ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"] {
            let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
            assert_eq!(bench.call("GET", &format!("/api/oauth/gmail/authorize?return_to={to}"), Value::Null).await.refusal(), (400, "INVALID_RETURN_TO"), "{to}");
        }
    }

    async fn a_command_line_finishes_with_its_own_credential(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        platform_app(&bench).await;
        let (there, _) = depart(&bench, &bench.key, "?port=45678").await;
        let back = google.consent(there["authorize_url"].as_str().unwrap(), "ada").await;
        let bounced = arrive(&bench, &back, "").await;
        assert_eq!(bounced.status, 302, "{}", bounced.body);
        let to = Url::parse(bounced.headers.get(header::LOCATION).unwrap().to_str().unwrap()).unwrap();
        assert_eq!((to.host_str(), to.port(), to.path()), (Some("127.0.0.1"), Some(45678), "/callback"));
        let made = bench.call("GET", &format!("/api/oauth/gmail/callback?{}", to.query().unwrap()), Value::Null).await.of(200);
        assert_eq!(made["service"], "gmail");
    }

    /// Seed 001: a company's own Google app, for its own people; and what the platform's app made is never used instead.
    async fn tokens_of_one_client_are_never_used_with_another(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        platform_app(&bench).await;
        let system = connect(&google, &bench, &bench.key, "", "ada").await.of(200);
        let id = installed(&bench, "visibility: 'private', credentialMode: 'developer'").await;
        let begin = format!("/api/oauth/gmail/authorize?installation={id}");
        assert_eq!(bench.call("GET", &begin, Value::Null).await.refusal(), (409, "DEVELOPER_CREDENTIALS_REQUIRED"));
        let own = bench.call("POST", "/api/developer/oauth-apps", json!({"provider": "gmail", "client_id": "developer", "client_secret": "secret-of-developer"})).await.of(201);
        // What the platform's client made is not linked to a slot of the developer's.
        let link = async |conn: &Value| bench.call("PATCH", &format!("/api/installations/{id}"), json!({"connections": {"gmail": conn}})).await;
        assert_eq!(link(&system["id"]).await.refusal(), (409, "CREDENTIALS_MISMATCH"));
        let made = connect(&google, &bench, &bench.key, &format!("?installation={id}"), "ada").await.of(200);
        assert_eq!((&made["credential_source"], &made["oauth_app_id"]), (&json!("developer"), &own["id"]));
        assert_ne!(made["id"], system["id"]);
        assert_eq!((google.asked("developer", "authorization_code").await, google.asked("platform", "authorization_code").await), (1, 1));
        // Renewed by the client that made it.
        let connection = connections::service::connection(&bench.app, &bench.tenant, &made["id"].as_str().unwrap().parse().unwrap());
        let stale = connection.credentials().await.unwrap();
        connection.refresh(&stale).await.unwrap();
        assert_eq!((google.asked("developer", "refresh_token").await, google.asked("platform", "refresh_token").await), (1, 0));
        // Another client takes the app's place: what the old one made is refused at run time and not renewed.
        bench.call("PATCH", "/api/developer/oauth-apps/gmail", json!({"client_id": "other", "client_secret": "secret-of-other"})).await.of(200);
        let seen = crate::installations::service::snapshot(&bench.app, &bench.tenant, &id.parse().unwrap()).await.unwrap();
        assert_eq!(seen.refused.get("gmail").map(|r| r.code()), Some("CREDENTIALS_MISMATCH"));
        let stale = connection.credentials().await.unwrap();
        assert!(matches!(connection.refresh(&stale).await, Err(ConnectionError::Expired(_))));
        assert_eq!(link(&made["id"]).await.refusal(), (409, "CREDENTIALS_MISMATCH"));
        assert_eq!(google.asked("other", "refresh_token").await, 0);
        // Connected again, it is another connection, and serves.
        let again = connect(&google, &bench, &bench.key, &format!("?installation={id}"), "ada").await.of(200);
        assert_ne!(again["id"], made["id"]);
        let seen = crate::installations::service::snapshot(&bench.app, &bench.tenant, &id.parse().unwrap()).await.unwrap();
        assert!(seen.refused.is_empty() && seen.connections["gmail"].as_str() == again["id"], "{:?}", seen.refused);
        // Suspended: neither renewed nor used, nor begun.
        let app = bench.call("GET", "/api/developer/oauth-apps/gmail", Value::Null).await.of(200);
        bench.call_as(OPERATOR, "POST", &format!("/api/admin/oauth-apps/{}/review", app["id"].as_str().unwrap()), json!({"status": "suspended"}), &[]).await.of(200);
        assert_eq!(bench.call("GET", &begin, Value::Null).await.refusal(), (409, "CREDENTIALS_SUSPENDED"));
        let seen = crate::installations::service::snapshot(&bench.app, &bench.tenant, &id.parse().unwrap()).await.unwrap();
        assert_eq!(seen.refused.get("gmail").map(|r| r.code()), Some("CREDENTIALS_SUSPENDED"));
    }

    async fn an_organisations_own_app_is_first(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        platform_app(&bench).await;
        let id = installed(&bench, "byoo: { enabled: true, providers: ['gmail'] }").await;
        bench.call("PUT", &format!("/api/installations/{id}/byoo/gmail"), json!({"clientId": "acme", "clientSecret": "secret-of-acme"})).await.of(204);
        let made = connect(&google, &bench, &bench.key, &format!("?installation={id}"), "ada").await.of(200);
        assert_eq!(made["credential_source"], "organization");
        assert_eq!((google.asked("acme", "authorization_code").await, google.asked("platform", "authorization_code").await), (1, 0));
        bench.call("POST", &format!("/api/installations/{id}/activate"), json!({})).await.of(200);
    }

    /// 200 callers, of whom half are another node, find the token ended at the same moment.
    async fn a_storm_makes_one_refresh(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        platform_app(&bench).await;
        let made = connect(&google, &bench, &bench.key, "", "ada").await.of(200);
        let id: millrace_ids::ConnectionId = made["id"].as_str().unwrap().parse().unwrap();
        let other = bench.another_node();
        let stale = Arc::new(connections::service::credentials(&bench.app, &bench.tenant, &id).await.unwrap());
        let callers: Vec<_> = (0..200)
            .map(|n| {
                let node = if n % 2 == 0 { &*bench.app } else { &other };
                let connection = connections::service::connection(node, &bench.tenant, &id);
                let stale = stale.clone();
                tokio::spawn(async move { connection.refresh(&stale).await.unwrap().get("access_token").unwrap().to_owned() })
            })
            .collect();
        let mut tokens = std::collections::BTreeSet::new();
        for caller in callers {
            tokens.insert(caller.await.unwrap());
        }
        assert_eq!((google.asked("platform", "refresh_token").await, tokens.len()), (1, 1));
        assert!(!tokens.contains(stale.get("access_token").unwrap()));
        // The rotated token is kept: the next renewal works, too.
        let connection = connections::service::connection(&other, &bench.tenant, &id);
        let now = connection.credentials().await.unwrap();
        connection.refresh(&now).await.unwrap();
        assert_eq!(google.asked("platform", "refresh_token").await, 2);
    }

    async fn looks_find_what_does_not_work(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        platform_app(&bench).await;
        let made = connect(&google, &bench, &bench.key, "", "ada").await.of(200);
        let id: millrace_ids::ConnectionId = made["id"].as_str().unwrap().parse().unwrap();
        bench.call("POST", "/api/developer/oauth-apps", json!({"provider": "gmail", "client_id": "developer", "client_secret": "secret-of-developer"})).await.of(201);
        bench.call("POST", "/api/developer/oauth-apps/gmail/promote", json!({"target_status": "testing"})).await.of(200);
        let tested = bench.call("POST", "/api/developer/oauth-apps/gmail/test", json!({})).await.of(200);
        assert_eq!((&tested["success"], &tested["health_status"]), (&json!(true), &json!("healthy")), "{tested}");
        // A look takes each row once, however many nodes look; a fresh token is left alone.
        let other = bench.another_node();
        let (one, two) = tokio::join!(crate::oauth_apps::look(&bench.app), crate::oauth_apps::look(&other));
        let ((a, b), (c, d)) = (one.unwrap(), two.unwrap());
        assert_eq!((a + c, b + d), (1, 0), "the platform's; the developer's was just tested");
        // An hour later the token has ended, and the developer's secret is another one at the provider.
        let owner = crate::identity::people::member(&bench.app, &bench.tenant, crate::identity::Role::Owner).await;
        crate::identity::people::execute(&bench.app, "UPDATE oauth_apps SET client_id = 'nobody' WHERE owner_type = 'developer'", &[]).await;
        bench.app.clock.advance(Duration::from_secs(3_600));
        google.end_all().await;
        let (one, two) = tokio::join!(crate::oauth_apps::look(&bench.app), crate::oauth_apps::look(&other));
        let ((a, b), (c, d)) = (one.unwrap(), two.unwrap());
        assert_eq!((a + c, b + d), (2, 1));
        let app = bench.call("GET", "/api/developer/oauth-apps/gmail", Value::Null).await.of(200);
        assert_eq!(app["health_status"], "unhealthy");
        assert_eq!(connections::service::get(&bench.app, &bench.tenant, &id).await.unwrap().status, Status::Expired);
        let shown = bench.call("GET", &format!("/api/connections/{id}"), Value::Null).await.of(200);
        assert_eq!((&shown["status"], &shown["health_status"]), (&json!("expired"), &json!("unhealthy")));
        let rows = bench.app.platform().read().await.unwrap().all(millrace_db::sql("SELECT template, recipient FROM mails WHERE template IN ('connection_expired', 'oauth_app_unhealthy') ORDER BY template")).await.unwrap();
        let told: Vec<(String, String)> = rows.iter().map(|row| (row.get("template").unwrap(), row.get("recipient").unwrap())).collect();
        assert_eq!(told, [("connection_expired".to_owned(), owner.email.clone()), ("oauth_app_unhealthy".to_owned(), owner.email.clone())]);
        // Nobody is told twice.
        bench.app.clock.advance(Duration::from_secs(3_600));
        crate::oauth_apps::look(&bench.app).await.unwrap();
        assert_eq!(bench.app.platform().read().await.unwrap().all(millrace_db::sql("SELECT id FROM mails WHERE template = 'oauth_app_unhealthy'")).await.unwrap().len(), 1);
    }

    /// Spec marketplace §2: the test of a client is a consent; nothing of it is left but what was found.
    async fn a_client_is_tested_by_a_consent_that_leaves_no_connection(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        let app = json!({"provider": "gmail", "client_id": "developer", "client_secret": "secret-of-developer", "scopes": ["gmail.readonly"]});
        bench.call("POST", "/api/developer/oauth-apps", app).await.of(201);
        let begin = async |query: &str| {
            let answer = bench.call("POST", &format!("/api/developer/oauth-apps/gmail/test{query}"), json!({})).await;
            let set = answer.headers.get(header::SET_COOKIE).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
            (answer.of(200), set.split(';').next().unwrap().to_owned())
        };
        let shown = async || bench.call("GET", "/api/developer/oauth-apps/gmail", Value::Null).await.of(200);
        let there = async |begun: &Value, who: &str| google.consent(begun["authorize_url"].as_str().unwrap(), who).await;
        let (begun, cookie) = begin("").await;
        assert_eq!((&begun["success"], &begun["health_status"]), (&json!(true), &json!("healthy")), "the quick answer: {begun}");
        assert_eq!(shown().await["last_test"], Value::Null);
        let back = there(&begun, "ada").await;
        assert_eq!(arrive(&bench, &back, "").await.refusal(), (400, "INVALID_STATE"), "another browser");
        let found = arrive(&bench, &back, &cookie).await.of(200);
        assert_eq!((&found["success"], &found["revoked"], &found["error"]), (&json!(true), &json!(true), &Value::Null), "{found}");
        assert_eq!(found["scopes"], json!(["https://www.googleapis.com/auth/gmail.readonly"]));
        assert_eq!((google.asked("developer", "authorization_code").await, google.asked("developer", "revoke").await), (1, 1));
        let kept = shown().await;
        assert_eq!((&kept["last_test"], &kept["health_status"]), (&found, &json!("healthy")));
        assert_eq!(bench.count("connections").await, 0);
        assert_eq!(arrive(&bench, &back, &cookie).await.refusal(), (400, "INVALID_STATE"), "it counts once");
        // They said no: that is no fault of the app's. A browser is sent on.
        let (begun, cookie) = begin("?return_to=/app/x").await;
        let back = there(&begun, "refuses").await;
        let answer = bench.send("GET", &back, Vec::new(), &[("cookie", &cookie), ("accept", "text/html")]).await;
        assert_eq!((answer.status, answer.headers.get(header::LOCATION).unwrap().to_str().unwrap()), (303, format!("{PUBLIC}/app/x?test=failed").as_str()));
        let kept = shown().await;
        assert_eq!((&kept["last_test"]["success"], &kept["last_test"]["error"], &kept["health_status"]), (&json!(false), &json!("access_denied they said no"), &json!("healthy")));
        // Five minutes.
        let (begun, cookie) = begin("").await;
        let back = there(&begun, "ada").await;
        bench.app.clock.advance(Duration::from_secs(301));
        assert_eq!(arrive(&bench, &back, &cookie).await.refusal(), (400, "INVALID_STATE"));
        // A wrong secret: the person consents, and the exchange finds it out.
        bench.call("PATCH", "/api/developer/oauth-apps/gmail", json!({"client_secret": "another-secret-than-it-has"})).await.of(200);
        assert_eq!(shown().await["last_test"], Value::Null, "what was tested were other credentials");
        let (begun, cookie) = begin("").await;
        assert_eq!((&begun["success"], &begun["health_status"]), (&json!(false), &json!("unhealthy")), "{begun}");
        let found = arrive(&bench, &there(&begun, "ada").await, &cookie).await.of(200);
        assert!(found["success"] == false && found["error"].as_str().unwrap().contains("invalid_client"), "{found}");
        assert_eq!(shown().await["health_status"], "unhealthy");
        // While accounts are connected by the client, nothing is given back: a provider may end all grants of the person together.
        bench.call("PATCH", "/api/developer/oauth-apps/gmail", json!({"client_secret": "secret-of-developer"})).await.of(200);
        connect(&google, &bench, &bench.key, "?source=developer", "ada").await.of(200);
        let (begun, cookie) = begin("").await;
        let found = arrive(&bench, &there(&begun, "ada").await, &cookie).await.of(200);
        assert_eq!((&found["success"], &found["revoked"], bench.count("connections").await), (&json!(true), &json!(false), 1), "{found}");
        assert_eq!(google.asked("developer", "revoke").await, 1);
        // What is suspended is not tested by anybody's consent.
        let id = shown().await["id"].as_str().unwrap().to_owned();
        bench.call_as(OPERATOR, "POST", &format!("/api/admin/oauth-apps/{id}/review"), json!({"status": "suspended"}), &[]).await.of(200);
        assert_eq!(begin("").await.0["authorize_url"], Value::Null);
        assert_eq!(bench.call("POST", "/api/developer/oauth-apps/gmail/test?return_to=https://evil.example/", json!({})).await.refusal(), (400, "INVALID_RETURN_TO"));
    }

    /// The secret that signs deliveries comes with the consent, and counts for every active installation from that moment.
    async fn what_signs_deliveries_arrives_with_the_connection(db: TestDb) {
        let google = Google::start().await;
        let bench = google.bench(db).await;
        let app = json!({"provider": "google-drive", "client_id": "platform", "client_secret": "secret-of-platform", "webhook_secret": "first-secret-1111"});
        let app = bench.call_as(OPERATOR, "POST", "/api/admin/oauth-apps", app, &[]).await.of(201);
        bench.deploy_definition("d", "integrations: [{ service: 'google-drive' }], trigger: webhook({ service: 'google-drive' })").await;
        let mut ids = Vec::new();
        for name in ["one", "two", "by the owner"] {
            ids.push(bench.install(json!({"workflow": "d", "name": name})).await.of(201)["id"].as_str().unwrap().to_owned());
        }
        let consent = async |query: String| {
            let answer = bench.call("GET", &format!("/api/oauth/google-drive/authorize?{query}"), Value::Null).await;
            let set = answer.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap().split(';').next().unwrap().to_owned();
            let back = google.consent(answer.of(200)["authorize_url"].as_str().unwrap(), "ada").await;
            arrive(&bench, &back, &set).await.of(200)["id"].as_str().unwrap().to_owned()
        };
        let shown = async |id: &str| bench.call("GET", &format!("/api/installations/{id}"), Value::Null).await.of(200);
        let secret = async |id: &str| {
            let webhook = shown(id).await["webhooks"][0].clone();
            (webhook["secret_source"].as_str().unwrap().to_owned(), webhook["signing_secret"].as_str().unwrap().to_owned())
        };
        let words = |source: &str, last: &str| (source.to_owned(), format!("••••{last}"));
        // Installed before there was an account: signed with a secret of ours.
        assert_eq!(secret(&ids[0]).await.0, "generated");
        let conn = consent(format!("installation={}", ids[0])).await;
        assert_eq!(secret(&ids[0]).await, words("connection", "1111"));
        for id in &ids[1..] {
            bench.call("PATCH", &format!("/api/installations/{id}"), json!({"connections": {"google-drive": conn}})).await.of(200);
        }
        bench.call("PATCH", &format!("/api/installations/{}", ids[2]), json!({"webhook_secrets": {"google-drive": "the-owner-says-3333"}})).await.of(200);
        for id in &ids {
            bench.call("POST", &format!("/api/installations/{id}/activate"), json!({})).await.of(200);
        }
        let at = shown(&ids[1]).await["webhooks"][0]["url"].as_str().unwrap().trim_start_matches(PUBLIC).to_owned();
        let deliver = async |token: &str| {
            let headers = [("x-goog-channel-token", token), ("x-goog-resource-state", "add"), ("x-goog-channel-id", "c"), ("x-goog-message-number", token), ("x-goog-resource-uri", "https://www.googleapis.com/drive/v3/files/f1?alt=json")];
            bench.send("POST", &at, Vec::new(), &headers).await.status
        };
        assert_eq!((deliver("first-secret-1111").await, deliver("second-secret-2222").await), (202, 401));
        // The client's secret for deliveries changes, and the account is connected again: no installation is touched by anybody.
        bench.call_as(OPERATOR, "PATCH", &format!("/api/admin/oauth-apps/{}", app["id"].as_str().unwrap()), json!({"webhook_secret": "second-secret-2222"}), &[]).await.of(200);
        assert_eq!(consent(format!("connection={conn}")).await, conn);
        for id in &ids[..2] {
            assert_eq!(secret(id).await, words("connection", "2222"));
        }
        assert_eq!(secret(&ids[2]).await, words("owner", "3333"), "the owner's word stands");
        assert_eq!((deliver("second-secret-2222").await, deliver("first-secret-1111").await), (202, 401));
        let log = bench.call("GET", "/api/v1/audit?limit=100", Value::Null).await.of(200).to_string();
        assert!(log.contains("\"webhook_secrets\":[\"google-drive\"]") && !log.contains("second-secret"), "{log}");
    }
}
