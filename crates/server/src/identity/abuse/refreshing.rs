//! Refresh tokens: replayed, raced, of somebody else, after the end.

use std::collections::BTreeSet;

use millrace_db::on_both;
use serde_json::{Value, json};

use super::wire::{Request, Wire, attack};
use crate::installations::fixture::Answer;
use crate::sessions::limits::{REFRESH_GRACE, REFRESH_TTL};
use crate::sign_in::fixture::Browser;

const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";
const CODE: &str = "INVALID_REFRESH_TOKEN";

/// As a page of ours asks.
fn as_browser(browser: &Browser) -> Request {
    Request::new("POST", REFRESH).cookies(browser).header("X-CSRF-Token", &browser.csrf)
}

/// As a program asks.
fn as_program(token: &str) -> Request {
    Request::post(REFRESH, &json!({"refresh_token": token}))
}

fn renewed(answer: Answer) -> (String, Browser) {
    let browser = Browser::of(&answer);
    (answer.of(200)["access_token"].as_str().unwrap().to_owned(), browser)
}

/// Another last character, so that it is still of the right form.
fn tampered(token: &str) -> String {
    let (most, last) = token.split_at(token.len() - 1);
    format!("{most}{}", if last == "0" { "1" } else { "0" })
}

on_both! {
    async fn tokens_that_are_none(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        site.person("ada@example.com").await;
        site.person("eve@example.com").await;
        let ((access, ada), (_, eve)) = (wire.sign_in("ada@example.com").await, wire.sign_in("eve@example.com").await);
        let mac = ada.refresh.rsplit('_').next().unwrap().to_owned();
        let mixed = ada.refresh.replace(&mac, eve.refresh.rsplit('_').next().unwrap());
        let crossed = Browser { refresh: eve.refresh.clone(), csrf: ada.csrf.clone() };
        let mut attacks = vec![
            attack("nothing", Request::new("POST", REFRESH), 401, CODE),
            attack("in the query", Request::new("POST", &format!("{REFRESH}?refresh_token={}", ada.refresh)), 401, CODE),
            attack("as a bearer token", Request::new("POST", REFRESH).token(&ada.refresh), 401, CODE),
            attack("an access token", as_program(&access), 401, CODE),
            attack("two of them", Request::new("POST", REFRESH).text("application/json", &format!("{{\"refresh_token\":\"{0}\",\"refresh_token\":\"{0}\"}}", eve.refresh)), 400, "INVALID_REQUEST"),
            attack("another browser's cookie with one's own word", Request::new("POST", REFRESH).cookies(&crossed).header("X-CSRF-Token", &ada.csrf), 403, "CSRF_FAILED"),
            attack("another browser's cookie without a word", Request::new("POST", REFRESH).header("Cookie", &format!("millrace_refresh={}", eve.refresh)), 403, "CSRF_FAILED"),
            attack("two cookies", as_browser(&ada).header("Cookie", &format!("millrace_refresh={}", eve.refresh)), 401, CODE),
            attack("two cookies in one line", Request::new("POST", REFRESH).header("Cookie", &format!("{}; millrace_refresh={}", ada.cookie(), eve.refresh)).header("X-CSRF-Token", &ada.csrf), 401, CODE),
            attack("the prefix of a server behind TLS", Request::new("POST", REFRESH).header("Cookie", &format!("__Host-millrace_refresh={}", ada.refresh)).header("X-CSRF-Token", &ada.csrf), 401, CODE),
        ];
        for token in ["", "mrr_", "mrr_0_0_0", "null", &"x".repeat(5_000), &tampered(&ada.refresh), &mixed, &ada.refresh.to_uppercase(), &format!("{} ", ada.refresh)] {
            attacks.push(attack(format!("{token:.80}"), as_program(token), 401, CODE));
        }
        for generation in ["_1_", "_-1_", "_00_", "_+0_", "_9223372036854775807_", "_9223372036854775808_"] {
            attacks.push(attack(format!("generation {generation}"), as_program(&ada.refresh.replacen("_0_", generation, 1)), 401, CODE));
        }
        attacks.push(attack("a good one", as_program(&ada.refresh), 200, "").leaving(&["sessions"]));
        wire.withstands(attacks).await;
        assert_eq!(site.count("SELECT count(*) AS n FROM sessions WHERE revoked_at IS NOT NULL").await, 0, "none of these was a thief");
    }

    async fn a_replayed_one_ends_its_family(db: TestDb) {
        let wire = Wire::open(db).await;
        wire.site.person("ada@example.com").await;
        let (other_access, other) = wire.sign_in("ada@example.com").await;
        let (first_access, first) = wire.sign_in("ada@example.com").await;
        let (access, second) = renewed(wire.send(&as_browser(&first)).await);
        wire.site.advance(REFRESH_GRACE);
        // The stolen one, sixteen times at the same moment, through both doors.
        let thieves: Vec<Request> = (0..16).map(|n| if n % 2 == 0 { as_browser(&first) } else { as_program(&first.refresh) }).collect();
        for answer in wire.race(thieves).await {
            assert_eq!(answer.refusal(), (401, CODE));
        }
        wire.withstands(vec![
            attack("its successor", as_browser(&second), 401, CODE),
            attack("its successor, as a program", as_program(&second.refresh), 401, CODE),
            attack("an access token from before", Request::get(ME).token(&first_access), 401, "UNAUTHORIZED"),
            attack("an access token of its successor", Request::get(ME).token(&access), 401, "UNAUTHORIZED"),
            attack("another device goes on", Request::get(ME).token(&other_access), 200, ""),
            attack("and is renewed", as_browser(&other), 200, "").leaving(&["sessions"]),
        ]).await;
        assert_eq!(wire.site.count("SELECT count(*) AS n FROM security_events WHERE kind = 'refresh_reused'").await, 1, "the operator is told once");
        assert_eq!(wire.site.count("SELECT count(*) AS n FROM sessions WHERE revoked_reason = 'reuse'").await, 1);
    }

    async fn sixteen_tabs_get_one_successor(db: TestDb) {
        let wire = Wire::open(db).await;
        wire.site.person("ada@example.com").await;
        let (_, first) = wire.sign_in("ada@example.com").await;
        let answers = wire.race((0..16).map(|_| as_browser(&first)).collect()).await;
        let successors: BTreeSet<String> = answers.into_iter().map(|answer| renewed(answer).1.refresh).collect();
        assert_eq!(successors.len(), 1);
        assert_eq!(wire.site.count("SELECT max(generation) AS n FROM sessions").await, 1, "it was exchanged once");
        // A thief who is as fast as the tabs has the same token as they; whoever uses it second is found out.
        let stolen = successors.into_iter().next().unwrap();
        let second = wire.send(&as_program(&stolen)).await.of(200)["refresh_token"].as_str().unwrap().to_owned();
        wire.send(&as_program(&second)).await.of(200);
        wire.withstands(vec![attack("the one before the last, at once", as_program(&stolen), 401, CODE).leaving(&["sessions", "audit_log", "audit_chains"])]).await;
        assert_eq!(wire.site.count("SELECT count(*) AS n FROM sessions WHERE revoked_reason = 'reuse'").await, 1);
    }

    async fn nothing_is_renewed_after_the_end(db: TestDb) {
        let wire = Wire::open(db).await;
        let site = &wire.site;
        site.person("ada@example.com").await;
        let mut attacks = Vec::new();
        for way in ["logout", "logout-everywhere"] {
            let (access, browser) = wire.sign_in("ada@example.com").await;
            site.post(&access, &format!("/api/v1/auth/{way}"), Value::Null).await.of(204);
            attacks.push(attack(format!("after {way}"), as_browser(&browser), 401, CODE));
            attacks.push(attack(format!("after {way}, as a program"), as_program(&browser.refresh), 401, CODE));
        }
        let ((here, _), (there, browser)) = (wire.sign_in("ada@example.com").await, wire.sign_in("ada@example.com").await);
        let sessions = site.get(&there, "/api/v1/auth/sessions").await.of(200);
        let id = sessions["data"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap()["id"].as_str().unwrap().to_owned();
        site.call(&here, "DELETE", &format!("/api/v1/auth/sessions/{id}"), Value::Null).await.of(204);
        attacks.push(attack("signed out from another device", as_browser(&browser), 401, CODE));
        wire.withstands(attacks).await;
        let (_, idle) = wire.sign_in("ada@example.com").await;
        site.advance(REFRESH_TTL);
        wire.withstands(vec![attack("after a week", as_browser(&idle), 401, CODE)]).await;
        assert_eq!(site.count("SELECT count(*) AS n FROM security_events WHERE kind = 'refresh_reused'").await, 0);
    }
}
