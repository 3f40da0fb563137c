//! Signing out at the provider, and being signed out by it.

use http::header;
use millrace_db::{on_both, sql};
use serde_json::{Value, json};

use super::LOGIN;
use super::peer::{CLIENT, Idp, person, travel};
use super::trust::acme;
use crate::installations::fixture::Answer;
use crate::sign_in::fixture::{Browser, Site};

const ENDED: &str = "/api/v1/auth/sso/default/backchannel-logout";
const ME: &str = "/api/v1/users/me";

/// Signed in: the access token, the browser, and what the provider calls its session.
async fn come(site: &Site, sub: &str) -> (String, Browser, String) {
    let answer = travel(site, LOGIN, &person(sub, &format!("{sub}@example.com"))).await;
    let browser = Browser::of(&answer);
    let token = answer.of(200)["access_token"].as_str().unwrap().to_owned();
    let row = site.bench.app.platform().read().await.unwrap().one(sql("SELECT provider, provider_session FROM sessions ORDER BY id DESC LIMIT 1")).await.unwrap();
    assert_eq!(row.get::<String>("provider").unwrap(), "default");
    (token, browser, row.get("provider_session").unwrap())
}

async fn deliver(site: &Site, path: &str, token: &str) -> Answer {
    let form: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", token).finish();
    site.bench.send("POST", path, form.into_bytes(), &[("content-type", "application/x-www-form-urlencoded")]).await
}

on_both! {
    async fn a_provider_ends_the_sessions_that_began_there(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let (first, browser, sid) = come(&site, "ada-1").await;
        let (second, _, other) = come(&site, "ada-1").await;
        let (bob, _, _) = come(&site, "bob-1").await;
        assert_ne!(sid, other);

        let token = idp.logout_token("ada-1", &sid, None).await;
        let answer = deliver(&site, ENDED, &token).await;
        assert_eq!((answer.status, answer.headers.get(header::CACHE_CONTROL).unwrap().to_str().unwrap()), (200, "no-store"));
        assert_eq!(site.get(&first, ME).await.refusal(), (401, "UNAUTHORIZED"));
        assert_eq!(browser.refresh(&site).await.refusal(), (401, "INVALID_REFRESH_TOKEN"));
        site.get(&second, ME).await.of(200);
        assert_eq!(deliver(&site, ENDED, &token).await.status, 200, "again is no mistake");
        assert_eq!(site.audited("installation").await.iter().filter(|action| *action == "session.revoked").count(), 1);

        // By the session alone, as some providers do; then by the person alone.
        deliver(&site, ENDED, &idp.logout_token("ada-1", &other, Some("no-sub")).await).await.of(200);
        assert_eq!(site.get(&second, ME).await.status, 401);
        let (third, _, _) = come(&site, "ada-1").await;
        deliver(&site, ENDED, &idp.logout_token("ada-1", "x", Some("no-sid")).await).await.of(200);
        assert_eq!(site.get(&third, ME).await.status, 401);
        deliver(&site, ENDED, &idp.logout_token("nobody-1", "x", None).await).await.of(200);
        site.get(&bob, ME).await.of(200);

        // What was allowed from such a session and not fetched yet is over with it.
        let device = site.post("", "/api/v1/auth/device", json!({"client_name": "shell"})).await.of(201);
        let (fourth, _, _) = come(&site, "ada-1").await;
        site.post(&fourth, "/api/v1/auth/device/approve", json!({"user_code": device["user_code"], "approve": true})).await.of(200);
        deliver(&site, ENDED, &idp.logout_token("ada-1", "x", Some("no-sid")).await).await.of(200);
        let fetched = site.post("", "/api/v1/auth/device/token", json!({"device_code": device["device_code"]})).await;
        assert_eq!(fetched.refusal(), (400, "DEVICE_CODE_EXPIRED"));

        // A token that is delivered late, or again, ends nothing that began since.
        let early = idp.logout_token("bob-1", "x", Some("no-sid")).await;
        site.advance(std::time::Duration::from_secs(150));
        let (later, _, _) = come(&site, "bob-1").await;
        deliver(&site, ENDED, &early).await.of(200);
        assert_eq!((site.get(&bob, ME).await.status, site.get(&later, ME).await.status), (401, 200));
    }

    async fn nobody_else_ends_sessions(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let (token, _, sid) = come(&site, "ada-1").await;
        for lie in ["none", "key", "audience", "issuer", "ended", "early", "nonce", "event", "nobody"] {
            let answer = deliver(&site, ENDED, &idp.logout_token("ada-1", &sid, Some(lie)).await).await;
            assert_eq!(answer.refusal(), (400, "LOGOUT_TOKEN_INVALID"), "{lie}");
        }
        // Signed as it must be, by a provider that says what no column holds.
        for (sub, sid) in [("ada\0-1", sid.as_str()), ("ada-1", "\0")] {
            assert_eq!(deliver(&site, ENDED, &idp.logout_token(sub, sid, None).await).await.refusal(), (400, "LOGOUT_TOKEN_INVALID"));
        }
        for nonsense in ["", "a.b.c", &"x".repeat(100_000)] {
            assert_eq!(deliver(&site, ENDED, nonsense).await.refusal(), (400, "LOGOUT_TOKEN_INVALID"));
        }
        assert_eq!(site.post("", ENDED, json!({"logout_token": "x"})).await.refusal(), (400, "LOGOUT_TOKEN_INVALID"));
        let good = idp.logout_token("ada-1", &sid, None).await;
        assert_eq!(deliver(&site, "/api/v1/auth/sso/other/backchannel-logout", &good).await.refusal(), (404, "NOT_FOUND"));
        site.get(&token, ME).await.of(200);
    }

    async fn the_provider_of_a_closed_workspace_lets_nobody_in_and_still_signs_out(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site_with(db, &[]).await;
        let (owner, login) = acme(&site, &idp).await;
        let come = travel(&site, &login, &person("ada-1", "ada@acme.example")).await.of(200);
        let ada = come["access_token"].as_str().unwrap();
        site.execute("UPDATE tenants SET status = 'suspended' WHERE id = $1", &[&owner.tenant]).await;
        assert_eq!(site.get("", &login).await.refusal(), (404, "NOT_FOUND"));
        site.get(ada, ME).await.of(200);
        assert_eq!(site.get("", &login.replace("/login", "/logout")).await.status, 303);
        let token = idp.logout_token("ada-1", "x", Some("no-sid")).await;
        deliver(&site, &login.replace("/login", "/backchannel-logout"), &token).await.of(200);
        assert_eq!(site.get(ada, ME).await.refusal(), (401, "UNAUTHORIZED"));
    }

    async fn a_browser_signs_out_at_the_provider_too(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let listed = site.get("", "/api/v1/auth/sso/providers").await.of(200);
        let path = listed["data"][0]["logout_url"].as_str().unwrap().trim_start_matches("http://127.0.0.1:9").to_owned();
        let (token, _, _) = come(&site, "ada-1").await;
        site.post(&token, "/api/v1/auth/logout", Value::Null).await.of(204);
        let answer = site.get("", &path).await;
        let to = url::Url::parse(answer.headers.get(header::LOCATION).unwrap().to_str().unwrap()).unwrap();
        assert_eq!((answer.status, to.as_str().starts_with(&idp.issuer)), (303, true), "{to}");
        let sent = |name: &str| to.query_pairs().find(|(own, _)| own == name).unwrap().1.to_string();
        assert_eq!((sent("client_id").as_str(), sent("post_logout_redirect_uri").as_str()), (CLIENT, "http://127.0.0.1:9/app/sign-in"));
        assert_eq!(site.get("", "/api/v1/auth/sso/other/logout").await.refusal(), (404, "NOT_FOUND"));
    }
}
