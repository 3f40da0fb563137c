//! The way there and back: what is believed, and what is refused.

use std::time::Duration;

use http::header;
use millrace_db::{on_both, sql};
use serde_json::{Value, json};

use super::peer::{Idp, depart, person, travel};
use super::{LOGIN, SIGNUP};
use crate::sign_in::fixture::{Browser, Site};

/// Why sign-ins were refused, the oldest first.
async fn refused(site: &Site) -> Vec<String> {
    let rows = site.bench.app.platform().read().await.unwrap().all(sql("SELECT meta FROM security_events WHERE kind = 'sso_refused' ORDER BY id")).await.unwrap();
    let reason = |meta: String| serde_json::from_str::<Value>(&meta).unwrap()["reason"].as_str().unwrap().to_owned();
    rows.iter().map(|row| reason(row.get("meta").unwrap())).collect()
}

async fn users(site: &Site) -> i64 {
    site.count("SELECT count(*) AS n FROM users").await
}

/// Where the browser of somebody who signed in is sent.
async fn sent_on(site: &Site, claims: &Value) -> String {
    let journey = depart(site, LOGIN).await;
    let back = journey.sign_in(claims).await;
    let html = [("cookie", journey.cookie.as_str()), ("accept", "text/html")];
    let answer = site.call_with("", "GET", &back, Value::Null, &html).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.headers.get(header::LOCATION).unwrap().to_str().unwrap().to_owned()
}

on_both! {
    async fn somebody_new_signs_up_makes_a_workspace_and_comes_again(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let listed = site.get("", "/api/v1/auth/sso/providers").await.of(200);
        assert_eq!(listed["data"], json!([{"provider": "default", "name": "Example Login", "login_url": "http://127.0.0.1:9/api/v1/auth/sso/default/login",
            "logout_url": "http://127.0.0.1:9/api/v1/auth/sso/default/logout"}]));

        let ada = person("ada-1", "Ada@Example.com");
        let answer = travel(&site, SIGNUP, &ada).await;
        let browser = Browser::of(&answer);
        let body = answer.of(200);
        assert_eq!((&body["next"], &body["user"]["email"], &body["user"]["name"], &body["tenant_id"]), (&json!("create_workspace"), &json!("ada@example.com"), &json!("Ada Lovelace"), &Value::Null));
        assert!(body.get("refresh_token").is_none(), "a browser's is in its cookie");
        browser.refresh(&site).await.of(200);
        assert_eq!(site.audited("installation").await, ["user.signed_in", "user.created"]);

        let token = body["access_token"].as_str().unwrap();
        let made = site.post(token, "/api/v1/auth/create-workspace", json!({"workspace_name": "Acme", "workspace_slug": "acme"})).await.of(201);
        assert_eq!(site.mailed("welcome_sso", "ada@example.com").await.len(), 1);
        let again = travel(&site, LOGIN, &ada).await.of(200);
        assert_eq!((&again["next"], &again["tenant_id"]), (&json!("workspace"), &made["tenant_id"]));
        assert!(site.audited(made["tenant_id"].as_str().unwrap()).await.contains(&"user.signed_in".to_owned()));

        // The address changed there, the person did not.
        let moved = travel(&site, LOGIN, &person("ada-1", "ada.king@example.com")).await.of(200);
        assert_eq!((&moved["user"]["id"], &moved["user"]["email"]), (&body["user"]["id"], &json!("ada.king@example.com")));
        assert_eq!(site.audited("installation").await.last().unwrap(), "user.updated");
        assert_eq!(users(&site).await, 1);
        assert_eq!(site.login("ada.king@example.com", "tidal copper wombat ledger").await.refusal(), (400, "USE_SSO"));
        assert!(refused(&site).await.is_empty());
    }

    async fn addresses_may_be_told_at_the_userinfo_endpoint(db: TestDb) {
        let idp = Idp::start(true).await;
        let site = idp.site(db).await;
        let body = travel(&site, LOGIN, &person("ada-1", "ada@example.com")).await.of(200);
        assert_eq!(body["user"]["email"], "ada@example.com");
        let mut unverified = person("eve-1", "eve@example.com");
        unverified["email_verified"] = json!(false);
        assert_eq!(travel(&site, LOGIN, &unverified).await.refusal(), (401, "AUTHENTICATION_FAILED"));
    }

    async fn a_browser_is_sent_to_the_app_and_nowhere_else(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let journey = depart(&site, LOGIN).await;
        let back = journey.sign_in(&person("ada-1", "ada@example.com")).await;
        let html = [("cookie", journey.cookie.as_str()), ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        let answer = site.call_with("", "GET", &back, Value::Null, &html).await;
        assert_eq!((answer.status, answer.headers.get(header::LOCATION).unwrap().to_str().unwrap()), (303, "http://127.0.0.1:9/app/create-workspace"));
        Browser::of(&answer).refresh(&site).await.of(200);
        let again = site.call_with("", "GET", &back, Value::Null, &html).await;
        assert_eq!((again.status, again.headers.get(header::LOCATION).unwrap().to_str().unwrap()), (303, "http://127.0.0.1:9/app/sign-in?error=SSO_STATE_USED"));
        for more in ["return_to=https://evil.example", "redirect_uri=https://evil.example", "next=//evil.example"] {
            assert_eq!(site.get("", &format!("{LOGIN}?{more}")).await.refusal(), (400, "INVALID_REQUEST"));
        }
        let to = depart(&site, LOGIN).await.to;
        let sent = |name: &str| to.query_pairs().find(|(own, _)| own == name).unwrap().1.to_string();
        assert_eq!((sent("redirect_uri").as_str(), sent("code_challenge_method").as_str()), ("http://127.0.0.1:9/api/v1/auth/sso/default/callback", "S256"));
        assert_eq!((sent("response_type").as_str(), sent("scope").as_str()), ("code", "openid email profile"));
        assert!(["state", "nonce", "code_challenge"].iter().all(|name| sent(name).len() >= 43), "{to}");
    }

    async fn who_belongs_to_several_workspaces_is_sent_to_the_choice(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let ada = person("ada-1", "ada@example.com");
        let body = travel(&site, SIGNUP, &ada).await.of(200);
        let token = body["access_token"].as_str().unwrap();
        site.post(token, "/api/v1/auth/create-workspace", json!({"workspace_name": "Acme", "workspace_slug": "acme"})).await.of(201);
        assert_eq!(sent_on(&site, &ada).await, "http://127.0.0.1:9/app");
        site.post(token, "/api/v1/workspaces", json!({"workspace_name": "Labs", "workspace_slug": "acme-labs"})).await.of(201);
        assert_eq!(sent_on(&site, &ada).await, "http://127.0.0.1:9/app/pick-workspace");
    }

    async fn an_answer_counts_once_soon_and_in_its_own_browser(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let ada = person("ada-1", "ada@example.com");
        let callback = "/api/v1/auth/sso/default/callback";
        let invented = depart(&site, LOGIN).await;
        assert_eq!(invented.arrive(&site, &format!("{callback}?code=x&state=invented")).await.refusal(), (401, "SSO_STATE_INVALID"));
        assert_eq!(invented.arrive(&site, &format!("{callback}?code=x")).await.refusal(), (401, "SSO_STATE_INVALID"));

        let journey = depart(&site, LOGIN).await;
        let back = journey.sign_in(&ada).await;
        journey.arrive(&site, &back).await.of(200);
        assert_eq!(journey.arrive(&site, &back).await.refusal(), (401, "SSO_STATE_USED"));

        // Somebody's own answer, given to another person to open.
        let (theirs, mine) = (depart(&site, LOGIN).await, depart(&site, LOGIN).await);
        let back = theirs.sign_in(&ada).await;
        assert_eq!(mine.arrive(&site, &back).await.refusal(), (401, "SSO_STATE_INVALID"));
        assert_eq!(theirs.arrive(&site, &back).await.refusal(), (401, "SSO_STATE_USED"), "looking at it used it up");

        let late = depart(&site, LOGIN).await;
        let back = late.sign_in(&ada).await;
        site.advance(Duration::from_secs(601));
        assert_eq!(late.arrive(&site, &back).await.refusal(), (401, "SSO_STATE_EXPIRED"));
        site.advance(Duration::from_secs(25 * 60 * 60));
        depart(&site, LOGIN).await;
        assert_eq!(site.count("SELECT count(*) AS n FROM sso_states").await, 1, "states that ended long ago are forgotten");

        let other = depart(&site, LOGIN).await;
        let back = other.sign_in(&ada).await;
        let mixed = back.replace(&url::form_urlencoded::byte_serialize(idp.issuer.as_bytes()).collect::<String>(), "https%3A%2F%2Fevil.example");
        assert_ne!(mixed, back);
        assert_eq!(other.arrive(&site, &mixed).await.refusal(), (401, "SSO_STATE_INVALID"), "RFC 9207");
        assert_eq!(refused(&site).await.len(), 7);
    }

    async fn a_token_that_is_not_for_this_sign_in_is_refused(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        for lie in ["none", "audience", "party", "issuer", "ended", "early", "key", "same-kid", "embedded", "confused", "cut"] {
            let mut eve = person("eve-1", "eve@example.com");
            eve["lie"] = json!(lie);
            assert_eq!(travel(&site, LOGIN, &eve).await.refusal(), (401, "IDP_TOKEN_INVALID"), "{lie}");
        }
        let ada = person("ada-1", "ada@example.com");
        let nonce = depart(&site, LOGIN).await.with("nonce", "another-sign-ins");
        let back = nonce.sign_in(&ada).await;
        assert_eq!(nonce.arrive(&site, &back).await.refusal(), (401, "NONCE_INVALID"));
        let pkce = depart(&site, LOGIN).await.with("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let back = pkce.sign_in(&ada).await;
        assert_eq!(pkce.arrive(&site, &back).await.refusal(), (401, "PKCE_FAILED"));
        let code = depart(&site, LOGIN).await;
        let (state, _) = (code.to.query_pairs().find(|(name, _)| name == "state").unwrap().1.to_string(), code.sign_in(&ada).await);
        assert_eq!(code.arrive(&site, &format!("/api/v1/auth/sso/default/callback?code=invented&state={state}")).await.refusal(), (401, "PKCE_FAILED"));
        assert_eq!(travel(&site, LOGIN, &json!({"refuses": true})).await.refusal(), (400, "IDP_CALLBACK_ERROR"));
        for verified in [json!(false), json!("false"), json!(1), Value::Null] {
            let mut eve = person("eve-1", "eve@example.com");
            eve["email_verified"] = verified;
            assert_eq!(travel(&site, LOGIN, &eve).await.refusal(), (401, "AUTHENTICATION_FAILED"));
        }
        assert_eq!(users(&site).await, 0, "nothing was changed by any of them");
        assert_eq!(refused(&site).await.len(), 19);
    }

    async fn coming_back_is_limited_before_anything_else(db: TestDb) {
        let idp = Idp::start(false).await;
        let sso = [("MILLRACE_SSO_ISSUER", idp.issuer.as_str()), ("MILLRACE_SSO_CLIENT_ID", "x")];
        let site = Site { bench: crate::installations::fixture::Bench::with(db, &sso).await };
        for _ in 0..10 {
            assert_eq!(site.call_with("", "GET", "/api/v1/auth/sso/default/callback?state=s", Value::Null, &[("accept", "application/json")]).await.refusal(), (401, "SSO_STATE_INVALID"));
        }
        assert_eq!(site.get("", "/api/v1/auth/sso/default/callback?state=s").await.refusal(), (429, "RATE_LIMITED"));
        assert_eq!(site.get("", LOGIN).await.refusal(), (503, "UNAVAILABLE"), "loopback is not reached unless that is allowed");
        assert_eq!(site.get("", "/api/v1/auth/sso/other/login").await.refusal(), (404, "NOT_FOUND"));
    }
}
