//! Requests that a page of somebody else makes a browser send, and sessions that were there before.

use millrace_db::on_both;
use serde_json::{Value, json};

use super::wire::{Attack, Request, Wire, attack};
use crate::sign_in::fixture::{Browser, PASSWORD, Site};

const REFRESH: &str = "/api/v1/auth/refresh";
const LOGIN: &str = "/api/v1/auth/login";
const ACCEPT: &str = "/api/v1/auth/accept-invitation";
const RESET: &str = "/api/v1/auth/reset-password";
const ME: &str = "/api/v1/users/me";

/// What a browser says about a page that is not ours, when nobody told the server its address.
const FOREIGN: [&[(&str, &str)]; 16] = [
    &[("Origin", "https://evil.example")],
    &[("Origin", "http://evil.example:8787")],
    &[("Origin", "null")],
    &[("Origin", "")],
    &[("Origin", "evil.example")],
    &[("Origin", "http://127.0.0.1.evil.example")],
    &[("Origin", "http://localhost.evil.example")],
    &[("Origin", "http://127.0.0.1@evil.example")],
    &[("Origin", "http://127.0.0.1%2eevil.example")],
    &[("Origin", "http://[2001:db8::1]")],
    &[("Origin", "http://192.0.2.7:8787")],
    &[("Origin", "file://")],
    &[("Origin", "data:text/html,localhost")],
    &[("Origin", "https://evil.example http://127.0.0.1:8787")],
    &[("Sec-Fetch-Site", "cross-site")],
    &[("Origin", "http://127.0.0.1:8787"), ("Sec-Fetch-Site", "cross-site")],
];

/// The same for a server that knows its address.
const FOREIGN_THERE: [&[(&str, &str)]; 9] = [
    &[("Origin", "http://millrace.example")],
    &[("Origin", "https://millrace.example:444")],
    &[("Origin", "https://millrace.example.evil.example")],
    &[("Origin", "https://evil-millrace.example")],
    &[("Origin", "https://sub.millrace.example")],
    &[("Origin", "https://millrace.example@evil.example")],
    &[("Origin", "http://localhost:5173")],
    &[("Origin", "http://127.0.0.1:8787")],
    &[("Origin", "null")],
];

/// Twice the same header: whichever is true, a proxy may have looked at the other one.
const DOUBLED: [&[(&str, &str)]; 3] = [
    &[("Origin", "http://127.0.0.1:8787"), ("Origin", "https://evil.example")],
    &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
    &[("Host", "127.0.0.1"), ("Host", "evil.example")],
];

/// A reset that was asked for: its token, and the browser that looked at the link.
async fn reset(site: &Site, email: &str) -> (String, Browser) {
    site.post("", "/api/v1/auth/forgot-password", json!({"email": email})).await.of(200);
    let token = site.mailed_soon("password_reset", email, 1).await.pop().unwrap();
    let look = site.get("", &format!("{RESET}?token={token}")).await;
    (token, Browser::of(&look))
}

/// Every route on which a page could act for somebody, with a request of theirs that would be good.
async fn doors(wire: &Wire) -> Vec<(&'static str, Request)> {
    let site = &wire.site;
    let ada = site.owner("ada@example.com", "acme").await;
    let (_, browser) = wire.sign_in("ada@example.com").await;
    let invitation = site.invite(&ada, "bob@example.com", "member").await;
    let (token, looked) = reset(site, "ada@example.com").await;
    let device = site.post("", "/api/v1/auth/device", json!({"client_name": "a laptop"})).await.of(201);
    vec![
        ("signing up", Request::post("/api/v1/auth/signup", &json!({"email": "eve@example.com", "password": PASSWORD}))),
        ("signing in", Request::post(LOGIN, &json!({"email": "ada@example.com", "password": PASSWORD}))),
        ("accepting an invitation", Request::post(ACCEPT, &json!({"token": invitation, "password": PASSWORD}))),
        ("a second step", Request::post("/api/v1/auth/second-factor", &json!({"token": "t", "code": "123456"}))),
        ("asking a passkey", Request::new("POST", "/api/v1/auth/passkey")),
        ("a passkey", Request::post("/api/v1/auth/passkey/finish", &json!({"token": "t", "credential": {}}))),
        ("allowing a device", Request::post("/api/v1/auth/device/approve", &json!({"user_code": device["user_code"], "approve": true})).token(&ada.token)),
        ("renewing", Request::new("POST", REFRESH).cookies(&browser).header("X-CSRF-Token", &browser.csrf)),
        ("a new password", Request::post(RESET, &json!({"token": token, "password": "seven marble lantern otter"})).cookies(&looked).header("X-CSRF-Token", &looked.csrf)),
    ]
}

on_both! {
    async fn other_pages_do_nothing(db: TestDb) {
        let wire = Wire::open(db).await;
        let doors = doors(&wire).await;
        let mut attacks: Vec<Attack> = Vec::new();
        for (door, request) in &doors {
            attacks.extend(FOREIGN.iter().map(|headers| attack(format!("{door} from {headers:?}"), request.clone().headers(headers), 403, "CSRF_FAILED")));
            attacks.extend(DOUBLED.iter().map(|headers| attack(format!("{door} from {headers:?}"), request.clone().headers(headers), 400, "HEADER_REPEATED")));
        }
        wire.withstands(attacks).await;
        // All of them are good from a page of ours.
        for (door, request) in doors {
            let answer = wire.send(&request.header("Origin", "http://127.0.0.1:8787").header("Sec-Fetch-Site", "same-origin")).await;
            let good = match door {
                "a second step" => answer.refusal() == (401, "SECOND_FACTOR_TOKEN_INVALID"),
                "a passkey" => answer.refusal() == (401, "PASSKEY_REFUSED"),
                _ => answer.status < 300,
            };
            assert!(good, "{door}: {:?}", answer.body);
        }
    }

    async fn a_server_that_knows_its_address_takes_no_other(db: TestDb) {
        let wire = Wire::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_PUBLIC_URL", "https://millrace.example")]).await;
        wire.site.person("ada@example.com").await;
        let login = Request::post(LOGIN, &json!({"email": "ada@example.com", "password": PASSWORD}));
        wire.withstands(FOREIGN_THERE.iter().map(|headers| attack(format!("{headers:?}"), login.clone().headers(headers), 403, "CSRF_FAILED")).collect()).await;
        wire.send(&login.header("Origin", "https://millrace.example")).await.of(200);
    }

    async fn a_cookie_alone_does_nothing(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        for who in ["ada@example.com", "eve@example.com"] {
            site.person(who).await;
        }
        let ((_, ada), (_, eve)) = (wire.sign_in("ada@example.com").await, wire.sign_in("eve@example.com").await);
        let (token, looked) = reset(site, "ada@example.com").await;
        let renew = || Request::new("POST", REFRESH);
        let choose = || Request::post(RESET, &json!({"token": token, "password": "seven marble lantern otter"}));
        let planted = Browser { csrf: eve.csrf.clone(), ..ada.clone() };
        let made_up = Browser { csrf: "0".repeat(64), ..ada.clone() };
        let csrf = |name: &str, request: Request| attack(name, request, 403, "CSRF_FAILED");
        wire.withstands(vec![
            csrf("no word", renew().cookies(&ada)),
            csrf("an empty word", renew().cookies(&ada).header("X-CSRF-Token", "")),
            csrf("the word in the query", Request::new("POST", &format!("{REFRESH}?csrf_token={}", ada.csrf)).cookies(&ada)),
            csrf("the word in another header", renew().cookies(&ada).header("X-XSRF-Token", &ada.csrf)),
            csrf("the word twice", renew().cookies(&ada).header("X-CSRF-Token", &ada.csrf).header("X-CSRF-Token", &ada.csrf)),
            csrf("the word in capital letters", renew().cookies(&ada).header("X-CSRF-Token", &ada.csrf.to_uppercase())),
            csrf("another session's word, in both places", renew().cookies(&planted).header("X-CSRF-Token", &eve.csrf)),
            csrf("a word that somebody made up, in both places", renew().cookies(&made_up).header("X-CSRF-Token", &made_up.csrf)),
            csrf("the word without its cookie", renew().header("Cookie", &format!("millrace_refresh={}", ada.refresh)).header("X-CSRF-Token", &ada.csrf)),
            csrf("two of its cookies", renew().header("Cookie", &format!("{}; millrace_csrf={}", ada.cookie(), ada.csrf)).header("X-CSRF-Token", &ada.csrf)),
            csrf("a reset without a look at the link", choose()),
            csrf("a reset with the word of a session", choose().cookies(&ada).header("X-CSRF-Token", &ada.csrf)),
            csrf("a reset with the cookie alone", choose().cookies(&looked)),
            csrf("a reset with the header alone", choose().header("X-CSRF-Token", &looked.csrf)),
        ]).await;
        wire.send(&renew().cookies(&ada).header("X-CSRF-Token", &ada.csrf)).await.of(200);
        wire.send(&choose().cookies(&looked).header("X-CSRF-Token", &looked.csrf)).await.of(200);
    }

    async fn no_session_from_before_survives_a_sign_in(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        let ada = site.owner("ada@example.com", "acme").await;
        site.person("bob@example.com").await;
        site.person("eve@example.com").await;
        let (eves_token, eves) = wire.sign_in("eve@example.com").await;
        let invitation = site.invite(&ada, "bob@example.com", "member").await;
        // What the thief put into the browser: a session of theirs, and one that does not exist.
        let mut invented = eves.clone();
        invented.refresh = format!("mrr_01h455vb4pex5vsknk084sn02q_0_{}", "0".repeat(64));
        let doors = [
            ("signing up", Request::post("/api/v1/auth/signup", &json!({"email": "new@example.com", "password": PASSWORD})), "new@example.com"),
            ("signing in", Request::post(LOGIN, &json!({"email": "bob@example.com", "password": PASSWORD})), "bob@example.com"),
            ("accepting", Request::post(ACCEPT, &json!({"token": invitation, "password": PASSWORD})), "bob@example.com"),
        ];
        let mut given = vec![eves.clone()];
        for (door, request, who) in doors {
            for planted in [&invented, &eves] {
                if door != "signing in" && planted.refresh == eves.refresh {
                    continue;
                }
                let request = request.clone().cookies(planted).token(&eves_token);
                let answer = wire.send(&request).await;
                assert!(answer.status < 300, "{door}: {}", answer.body);
                let browser = Browser::of(&answer);
                assert!(given.iter().all(|one| one.refresh != browser.refresh && one.csrf != browser.csrf), "{door}: nothing is kept of what was there");
                let token = answer.body["access_token"].as_str().unwrap().to_owned();
                assert_eq!(site.get(&token, ME).await.of(200)["email"], who, "{door}");
                given.push(browser);
            }
        }
        // The thief's own session is still the thief's, and nobody else's.
        assert_eq!(site.get(&eves_token, ME).await.of(200)["email"], "eve@example.com");
        let renewed = eves.refresh(site).await.of(200)["access_token"].as_str().unwrap().to_owned();
        assert_eq!(site.get(&renewed, ME).await.of(200)["email"], "eve@example.com");
        // And the cookies of before open nothing once their owner has signed out.
        site.post(&renewed, "/api/v1/auth/logout", Value::Null).await.of(204);
        wire.withstands(vec![attack("after the thief left", Request::new("POST", REFRESH).cookies(&eves).header("X-CSRF-Token", &eves.csrf), 401, "INVALID_REFRESH_TOKEN")]).await;
    }
}
