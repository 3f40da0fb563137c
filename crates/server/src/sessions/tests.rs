//! Access tokens, refresh tokens, cookies and devices, on both databases: what must open nothing, and what must go on.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use millrace_db::on_both;
use serde_json::{Value, json};

use super::jwt::{self, Claims};
use super::limits::{ACCESS_TTL, KEY_SIGNS, KEY_VERIFIES, REFRESH_GRACE, REFRESH_TTL};
use crate::installations::fixture::Answer;
use crate::sign_in::fixture::{Browser, PASSWORD, Site};

const ME: &str = "/api/v1/users/me";

async fn signed_in(site: &Site) -> (String, Browser) {
    let answer = site.post("", "/api/v1/auth/signup", json!({"email": "ada@example.com", "password": PASSWORD})).await;
    let browser = Browser::of(&answer);
    (answer.of(201)["access_token"].as_str().unwrap().to_owned(), browser)
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn payload(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

fn token_of(answer: Answer) -> String {
    answer.of(200)["access_token"].as_str().unwrap().to_owned()
}

on_both! {
    async fn forged_access_tokens_open_nothing(db: TestDb) {
        let site = Site::open(db).await;
        let (good, _) = signed_in(&site).await;
        site.get(&good, ME).await.of(200);
        let (head, claims) = (header(&good), payload(&good));
        assert_eq!((&head["alg"], &claims["scope"]), (&json!("EdDSA"), &json!("pre_tenant")));
        let (kid, signature) = (head["kid"].as_str().unwrap(), good.rsplit('.').next().unwrap());
        let row = site.bench.app.platform().read().await.unwrap().one(millrace_db::sql("SELECT public_key FROM signing_keys")).await.unwrap();
        let public: String = row.get("public_key").unwrap();
        let mut more = claims.clone();
        more["tenant_id"] = json!("org_01h455vb4pex5vsknk084sn02q");
        let mut forged = vec![
            format!("{}.{}.", part(&json!({"alg": "none", "kid": kid})), part(&claims)),
            format!("{}.{}.{signature}", part(&json!({"alg": "none", "kid": kid})), part(&claims)),
            format!("{}.{}.{signature}", part(&head), part(&more)),
            format!("{}.{}.", part(&head), part(&claims)),
            format!("{}.{}.{signature}", part(&json!({"alg": "EdDSA", "kid": "sgk_01h455vb4pex5vsknk084sn02q"})), part(&claims)),
            format!("{}.{}.{signature}", part(&json!({"alg": "EdDSA"})), part(&claims)),
            format!("{}.{}.{signature}", part(&json!({"alg": "EdDSA", "kid": "../../etc/passwd"})), part(&claims)),
            good.replace('.', ".."),
            "a.b.c".to_owned(),
            "x".repeat(10_000),
        ];
        // The public key as the secret of a MAC: key confusion.
        for secret in [URL_SAFE_NO_PAD.decode(&public).unwrap(), public.clone().into_bytes()] {
            let body = format!("{}.{}", part(&json!({"alg": "HS256", "kid": kid, "typ": "JWT"})), part(&claims));
            let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), body.as_bytes());
            forged.push(format!("{body}.{}", URL_SAFE_NO_PAD.encode(mac.as_ref())));
        }
        // A key that the token brings along.
        let own = aws_lc_rs::signature::Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        let claims: Claims = serde_json::from_value(claims).unwrap();
        forged.push(jwt::sign(&claims, &kid.parse().unwrap(), &jsonwebtoken::EncodingKey::from_ed_der(own.as_ref())).unwrap());
        for token in forged {
            assert_eq!(site.get(&token, ME).await.refusal(), (401, "UNAUTHORIZED"), "{token}");
        }
    }

    async fn tokens_of_our_own_key_that_are_for_something_else_open_nothing(db: TestDb) {
        let site = Site::open(db).await;
        let (good, _) = signed_in(&site).await;
        let signer = site.bench.app.sessions.keys().signer(&site.bench.app).await.unwrap();
        let claims: Claims = serde_json::from_value(payload(&good)).unwrap();
        let opens = async |claims: Claims| site.get(&jwt::sign(&claims, &signer.id, &signer.key).unwrap(), ME).await.status;
        assert_eq!(opens(claims.clone()).await, 200);
        assert_eq!(opens(Claims { aud: "another-service".to_owned(), ..claims.clone() }).await, 401);
        assert_eq!(opens(Claims { iss: "elsewhere".to_owned(), ..claims.clone() }).await, 401);
        assert_eq!(opens(Claims { sub: millrace_ids::UserId::generate(), ..claims.clone() }).await, 401, "another person's name on this session");
        assert_eq!(opens(Claims { sid: millrace_ids::SessionId::generate(), ..claims.clone() }).await, 401);
        assert_eq!(opens(Claims { exp: claims.iat, ..claims }).await, 401);
        site.advance(ACCESS_TTL);
        assert_eq!(site.get(&good, ME).await.refusal(), (401, "UNAUTHORIZED"), "its time is over");
    }

    async fn the_row_decides_and_not_the_claim(db: TestDb) {
        let site = Site::open(db).await;
        let (mine, theirs) = (site.owner("ada@example.com", "mine").await, site.owner("eve@example.com", "theirs").await);
        let signer = site.bench.app.sessions.keys().signer(&site.bench.app).await.unwrap();
        let mut claims: Claims = serde_json::from_value(payload(&mine.token)).unwrap();
        claims.tenant_id = Some(theirs.tenant.parse().unwrap());
        let token = jwt::sign(&claims, &signer.id, &signer.key).unwrap();
        assert_eq!(site.get(&token, "/api/v1/workspace").await.of(200)["tenant_id"], mine.tenant.as_str());
    }

    async fn keys_rotate_and_old_ones_verify_until_their_tokens_have_ended(db: TestDb) {
        let site = Site::open(db).await;
        let (_, browser) = signed_in(&site).await;
        // Just before the key's time is over; the session is kept alive in between.
        let mut browser = browser;
        for _ in 0..5 {
            site.advance(REFRESH_TTL - Duration::from_secs(1));
            browser = Browser::of(&browser.refresh(&site).await);
        }
        let keys = "SELECT count(*) AS n FROM signing_keys";
        assert_eq!(site.count(keys).await, 2, "35 days later a second key signs");
        let answer = browser.refresh(&site).await;
        browser = Browser::of(&answer);
        let old = token_of(answer);
        let began: i64 = site.bench.app.platform().read().await.unwrap().one(millrace_db::sql("SELECT max(created_at) AS at FROM signing_keys")).await.unwrap().get("at").unwrap();
        let next = millrace_clock::Timestamp::from_micros(began).plus(KEY_SIGNS);
        for _ in 0..4 {
            site.advance(REFRESH_TTL - Duration::from_secs(1));
            browser = Browser::of(&browser.refresh(&site).await);
        }
        site.bench.app.clock.set(next.minus(Duration::from_secs(60)));
        let before = token_of(browser.refresh(&site).await);
        site.bench.app.clock.set(next);
        let after = token_of(site.login("ada@example.com", PASSWORD).await);
        assert_ne!(header(&before)["kid"], header(&after)["kid"]);
        assert_eq!((site.get(&before, ME).await.status, site.get(&after, ME).await.status), (200, 200), "both verify");
        site.advance(KEY_VERIFIES);
        assert_eq!(site.get(&before, ME).await.status, 401);
        assert_eq!(site.get(&old, ME).await.status, 401);
    }

    async fn a_refresh_token_is_good_once(db: TestDb) {
        let site = Site::open(db).await;
        let (access, first) = signed_in(&site).await;
        let answer = first.refresh(&site).await;
        let second = Browser::of(&answer);
        assert!(answer.body.get("refresh_token").is_none(), "a browser's stays in its cookie");
        site.get(&token_of(answer), ME).await.of(200);
        assert_ne!(first.refresh, second.refresh);
        // Two tabs at once, or a lost answer: the same successor, as long as nobody used it.
        assert_eq!(Browser::of(&first.refresh(&site).await).refresh, second.refresh);
        site.advance(REFRESH_GRACE);
        let reused = first.refresh(&site).await;
        assert_eq!(reused.refusal(), (401, "INVALID_REFRESH_TOKEN"));
        assert_eq!(second.refresh(&site).await.refusal(), (401, "INVALID_REFRESH_TOKEN"), "its whole family ends");
        assert_eq!(site.get(&access, ME).await.refusal(), (401, "UNAUTHORIZED"), "and access with it");
        assert_eq!(site.count("SELECT count(*) AS n FROM security_events WHERE kind = 'refresh_reused'").await, 1);
        assert!(site.audited("installation").await.contains(&"session.reuse_detected".to_owned()));
    }

    async fn a_stolen_token_is_found_out_at_once_when_its_successor_was_used(db: TestDb) {
        let site = Site::open(db).await;
        let (_, first) = signed_in(&site).await;
        let second = Browser::of(&first.refresh(&site).await);
        let third = Browser::of(&second.refresh(&site).await);
        assert_eq!(first.refresh(&site).await.refusal(), (401, "INVALID_REFRESH_TOKEN"), "no grace any more");
        assert_eq!(third.refresh(&site).await.refusal(), (401, "INVALID_REFRESH_TOKEN"));
    }

    async fn a_crowd_of_tabs_is_not_a_thief(db: TestDb) {
        let site = std::sync::Arc::new(Site::open(db).await);
        let (_, first) = signed_in(&site).await;
        let tasks: Vec<_> = (0..8).map(|_| {
            let (site, first) = (site.clone(), first.clone());
            tokio::spawn(async move { let answer = first.refresh(&site).await; (answer.status, Browser::of(&answer).refresh) })
        }).collect();
        let mut successors = std::collections::BTreeSet::new();
        for task in tasks {
            let (status, successor) = task.await.unwrap();
            assert_eq!(status, 200);
            successors.insert(successor);
        }
        assert_eq!(successors.len(), 1);
        assert_eq!(site.count("SELECT generation AS n FROM sessions").await, 1);
    }

    async fn refresh_tokens_that_open_nothing(db: TestDb) {
        let site = Site::open(db).await;
        let (_, browser) = signed_in(&site).await;
        let tampered = format!("{}{}", &browser.refresh[..browser.refresh.len() - 1], if browser.refresh.ends_with('0') { '1' } else { '0' });
        let ahead = browser.refresh.replacen("_0_", "_7_", 1);
        for token in ["", "mrr_", "mr_x", "mrr_x_0_y", &tampered, &ahead] {
            let answer = site.post("", "/api/v1/auth/refresh", json!({"refresh_token": token})).await;
            assert_eq!(answer.refusal(), (401, "INVALID_REFRESH_TOKEN"), "{token}");
        }
        assert_eq!(site.post("", "/api/v1/auth/refresh", Value::Null).await.refusal(), (401, "INVALID_REFRESH_TOKEN"));
        // A program sends its token in the body and gets the next one there.
        let renewed = site.post("", "/api/v1/auth/refresh", json!({"refresh_token": browser.refresh})).await;
        assert!(Browser::of(&renewed).refresh.is_empty());
        let next = renewed.of(200)["refresh_token"].as_str().unwrap().to_owned();
        assert_ne!(next, browser.refresh);
        site.advance(REFRESH_TTL);
        assert_eq!(site.post("", "/api/v1/auth/refresh", json!({"refresh_token": next})).await.refusal(), (401, "INVALID_REFRESH_TOKEN"), "a week without use");
        assert_eq!(site.count("SELECT count(*) AS n FROM sessions WHERE revoked_at IS NOT NULL").await, 0, "none of these was a thief");
    }

    async fn a_cookie_alone_renews_nothing(db: TestDb) {
        let site = Site::open(db).await;
        let (_, browser) = signed_in(&site).await;
        let csrf = browser.csrf.as_str();
        let other = crate::sessions::cookies::csrf_of(&site.bench.app.keyring, &millrace_ids::SessionId::generate());
        for headers in [
            vec![],
            vec![("x-csrf-token", "")],
            vec![("x-csrf-token", other.as_str())],
            vec![("x-csrf-token", csrf), ("origin", "https://evil.example")],
            vec![("x-csrf-token", csrf), ("origin", "null")],
            vec![("x-csrf-token", csrf), ("sec-fetch-site", "cross-site")],
            vec![("x-csrf-token", csrf), ("x-csrf-token", csrf)],
        ] {
            assert_eq!(browser.refresh_with(&site, &headers).await.refusal(), (403, "CSRF_FAILED"), "{headers:?}");
        }
        // A cookie and a header that agree, planted by another host, are still not this session's.
        let planted = Browser { csrf: other.clone(), ..browser.clone() };
        assert_eq!(planted.refresh(&site).await.refusal(), (403, "CSRF_FAILED"));
        // Of two cookies of one name neither is believed: fixation by a planted one fails.
        let doubled = format!("{}; millrace_refresh=mrr_planted", browser.cookie());
        let answer = site.call_with("", "POST", "/api/v1/auth/refresh", Value::Null, &[("cookie", &doubled), ("x-csrf-token", csrf)]).await;
        assert_eq!(answer.refusal(), (401, "INVALID_REFRESH_TOKEN"));
        for origin in ["http://localhost:5173", "http://127.0.0.1:8787"] {
            site.login("ada@example.com", PASSWORD).await.of(200);
            let answer = site.call_with("", "POST", "/api/v1/auth/login", json!({"email": "ada@example.com", "password": PASSWORD}), &[("origin", origin)]).await;
            answer.of(200);
        }
        let foreign = site.call_with("", "POST", "/api/v1/auth/login", json!({"email": "ada@example.com", "password": PASSWORD}), &[("origin", "https://evil.example")]).await;
        assert_eq!(foreign.refusal(), (403, "CSRF_FAILED"), "nobody is signed in as somebody else by a foreign page");
        browser.refresh(&site).await.of(200);
    }

    async fn a_sign_in_never_goes_on_with_a_session_that_was_there(db: TestDb) {
        let site = Site::open(db).await;
        let (token, browser) = signed_in(&site).await;
        let cookie = browser.cookie();
        let answer = site.call_with(&token, "POST", "/api/v1/auth/login", json!({"email": "ada@example.com", "password": PASSWORD}), &[("cookie", &cookie)]).await;
        let after = Browser::of(&answer);
        assert_ne!(payload(&token)["sid"], payload(&token_of(answer))["sid"]);
        assert_ne!((browser.refresh, browser.csrf), (after.refresh, after.csrf));
    }

    async fn devices_are_listed_and_signed_out(db: TestDb) {
        let site = Site::open(db).await;
        let (token, browser) = signed_in(&site).await;
        let other = token_of(site.login("ada@example.com", PASSWORD).await);
        let eve = site.person("eve@example.com").await;
        let list = site.get(&token, "/api/v1/auth/sessions").await.of(200);
        let all = list["data"].as_array().unwrap();
        assert_eq!(all.len(), 2);
        let (mine, theirs): (Vec<_>, Vec<_>) = all.iter().partition(|one| one["current"] == true);
        assert_eq!((mine.len(), mine[0]["method"].as_str()), (1, Some("password")));
        let path = format!("/api/v1/auth/sessions/{}", theirs[0]["id"].as_str().unwrap());
        assert_eq!(site.call(&eve, "DELETE", &path, Value::Null).await.refusal(), (404, "NOT_FOUND"), "another person's session");
        assert_eq!(site.get(&other, ME).await.status, 200);
        assert_eq!(site.call(&token, "DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(site.get(&other, ME).await.refusal(), (401, "UNAUTHORIZED"), "at once on this node");
        assert_eq!(site.call(&token, "DELETE", &path, Value::Null).await.status, 404);
        let gone = site.post(&token, "/api/v1/auth/logout", Value::Null).await;
        assert_eq!(gone.status, 204);
        assert!(gone.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
        assert_eq!(site.get(&token, ME).await.status, 401);
        assert_eq!(browser.refresh(&site).await.refusal(), (401, "INVALID_REFRESH_TOKEN"));
        let (one, two) = (token_of(site.login("ada@example.com", PASSWORD).await), token_of(site.login("ada@example.com", PASSWORD).await));
        assert_eq!(site.post(&one, "/api/v1/auth/logout-everywhere", Value::Null).await.status, 204);
        assert_eq!((site.get(&one, ME).await.status, site.get(&two, ME).await.status, site.get(&eve, ME).await.status), (401, 401, 200));
        let audited = site.audited("installation").await;
        for action in ["session.revoked", "user.signed_out", "user.signed_out_everywhere"] {
            assert!(audited.contains(&action.to_owned()), "{action}");
        }
    }

    async fn another_node_s_sign_out_is_seen_within_a_second(db: TestDb) {
        let site = Site::open(db).await;
        let (token, _) = signed_in(&site).await;
        site.get(&token, ME).await.of(200);
        // Behind this node's back.
        let mut tx = site.bench.app.platform().begin().await.unwrap();
        tx.execute(millrace_db::sql("UPDATE sessions SET revoked_at = 1")).await.unwrap();
        tx.commit().await.unwrap();
        let began = std::time::Instant::now();
        while site.get(&token, ME).await.status == 200 {
            assert!(began.elapsed() < Duration::from_secs(3));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(began.elapsed() < Duration::from_millis(1_500), "{:?}", began.elapsed());
    }

    async fn cookies_are_closed_to_scripts_and_other_hosts(db: TestDb) {
        let settings = [("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_PUBLIC_URL", "https://millrace.example")];
        let site = Site::with(db, &settings).await;
        let body = json!({"email": "ada@example.com", "password": PASSWORD});
        let answer = site.call_with("", "POST", "/api/v1/auth/signup", body, &[("origin", "https://millrace.example")]).await;
        assert_eq!(answer.status, 201);
        let cookies: Vec<&str> = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        let refresh = cookies.iter().find(|cookie| cookie.starts_with("__Host-millrace_refresh=")).unwrap();
        for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(refresh.contains(attribute), "{refresh}");
        }
        assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-millrace_csrf=") && !cookie.contains("HttpOnly")));
        let foreign = site.call_with("", "POST", "/api/v1/auth/signup", json!({}), &[("origin", "http://millrace.example")]).await;
        assert!(foreign.status == 400 || foreign.status == 403);
        let loopback = site.call_with("", "POST", "/api/v1/auth/login", json!({"email": "ada@example.com", "password": PASSWORD}), &[("origin", "http://localhost:5173")]).await;
        assert_eq!(loopback.refusal(), (403, "CSRF_FAILED"), "a server that knows its address takes no other");
    }
}

#[test]
fn tokens_are_never_shown() {
    let keyring = crate::secrets::Keyring::new(&[crate::secrets::MasterKey::new([3; 32])], &[4; 32]);
    let token = super::refresh_token::RefreshToken::make(&keyring, &millrace_ids::SessionId::generate(), "seed", 3);
    let text = token.expose();
    let mac = text.rsplit('_').next().unwrap();
    assert!(!format!("{token:?}").contains(mac));
    let read: super::refresh_token::RefreshToken = text.parse().unwrap();
    assert_eq!((read.session, read.generation), (token.session, 3));
}
