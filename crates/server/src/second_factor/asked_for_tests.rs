//! Workspaces that ask for a second factor, sessions that are confirmed with one, and people who lost theirs; on both databases.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::on_both;
use serde_json::{Value, json};

use super::passkeys::device::{PASSKEYS, add, answer};
use crate::installations::fixture::{Answer, OPERATOR};
use crate::sign_in::fixture::{Browser, PASSWORD, Site};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const FACTORS: &str = "/api/v1/users/me/second-factors";
const CONFIRM: &str = "/api/v1/auth/confirm-session";
const RESET: &str = "/api/admin/second-factors/reset";
/// Too short to stand alone.
const SHORT: &str = "vexgrumble";

async fn ask_for_it(site: &Site, token: &str, on: bool) -> Answer {
    site.call(token, "PATCH", "/api/v1/workspace", json!({"require_second_factor": on})).await
}

async fn token(site: &Site, email: &str) -> String {
    site.login(email, PASSWORD).await.of(200)["access_token"].as_str().unwrap().to_owned()
}

on_both! {
    async fn a_workspace_asks_its_members_for_one(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let bob = site.member(&owner, BOB, "member").await;
        let key = site.post(&owner.token, "/api/v1/api-keys", json!({"name": "ci", "permissions": ["workflows_read"]})).await.of(201);
        let key = key["key"].as_str().unwrap().to_owned();
        assert_eq!(site.get(&bob, "/api/v1/workspace").await.of(200)["require_second_factor"], false);
        assert_eq!(ask_for_it(&site, &bob, true).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(ask_for_it(&site, &owner.token, true).await.of(200)["require_second_factor"], true);
        assert_eq!(site.audited(&owner.tenant).await.last().unwrap(), "workspace.updated");

        // Nothing of the workspace answers, to the owner neither.
        for who in [&bob, &owner.token] {
            for path in ["/api/runs", "/api/v1/workspace", "/api/installations"] {
                assert_eq!(site.get(who, path).await.refusal(), (403, "SECOND_FACTOR_ENROLMENT_REQUIRED"), "{path}");
            }
        }
        assert_eq!(ask_for_it(&site, &owner.token, false).await.refusal(), (403, "SECOND_FACTOR_ENROLMENT_REQUIRED"));
        // What leads out of it does; and what is not of that workspace.
        for path in ["/api/v1/users/me", "/api/v1/auth/workspaces", "/api/v1/auth/sessions", FACTORS, PASSKEYS] {
            site.get(&bob, path).await.of(200);
        }
        let own = site.post(&bob, "/api/v1/workspaces", json!({"workspace_name": "Bobs", "workspace_slug": "bobs-own"})).await.of(201);
        let bob_elsewhere = own["access_token"].as_str().unwrap_or(&bob).to_owned();
        site.post(&bob_elsewhere, "/api/v1/auth/switch-workspace", json!({"tenant_id": own["tenant_id"]})).await.of(200);
        site.get(&bob_elsewhere, "/api/runs").await.of(200);
        site.post(&bob_elsewhere, "/api/v1/auth/switch-workspace", json!({"tenant_id": owner.tenant})).await.of(200);
        assert_eq!(site.get(&bob_elsewhere, "/api/runs").await.refusal(), (403, "SECOND_FACTOR_ENROLMENT_REQUIRED"));
        // An API key has none and is not asked: whoever made it showed one.
        site.get(&key, "/api/runs").await.of(200);

        // Another device of his, from before he has one.
        let before = token(&site, BOB).await;
        site.post(&before, "/api/v1/auth/switch-workspace", json!({"tenant_id": owner.tenant})).await.of(200);
        let (mut device, added) = add(&site, &bob_elsewhere).await;
        site.get(&bob_elsewhere, "/api/runs").await.of(200);
        assert_eq!(site.get(&before, "/api/runs").await.refusal(), (403, "SECOND_FACTOR_REQUIRED"));
        assert_eq!(site.post(&before, CONFIRM, json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        assert_eq!(site.post(&before, CONFIRM, json!({"code": "0000-0000"})).await.refusal(), (400, "WRONG_CODE"));
        let elsewhere = answer(&site, &bob_elsewhere, &format!("{PASSKEYS}/challenge"), Value::Null, &mut device).await;
        assert_eq!(site.post(&before, CONFIRM, json!({"passkey": elsewhere})).await.refusal(), (400, "WRONG_PASSKEY"), "asked in another session");
        let shown = answer(&site, &before, &format!("{PASSKEYS}/challenge"), Value::Null, &mut device).await;
        site.post(&before, CONFIRM, json!({"passkey": shown})).await.of(204);
        site.get(&before, "/api/runs").await.of(200);
        assert_eq!(site.audited(&owner.tenant).await.last().unwrap(), "session.confirmed");
        let code = &added["recovery_codes"][0];
        site.post(&before, CONFIRM, json!({"code": code})).await.of(204);

        // What was shown counts no more once it is removed.
        let path = format!("{PASSKEYS}/{}/remove", added["passkey"]["id"].as_str().unwrap());
        site.post(&before, &path, json!({"password": PASSWORD})).await.of(204);
        assert_eq!(site.get(&before, "/api/runs").await.refusal(), (403, "SECOND_FACTOR_ENROLMENT_REQUIRED"));
        // Who comes later is asked as well.
        add(&site, &owner.token).await;
        let eve = site.member(&owner, "eve@example.com", "viewer").await;
        assert_eq!(site.get(&eve, "/api/runs").await.refusal(), (403, "SECOND_FACTOR_ENROLMENT_REQUIRED"));
        ask_for_it(&site, &owner.token, false).await.of(200);
        site.get(&eve, "/api/runs").await.of(200);
    }

    async fn the_operator_takes_lost_ones_away(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let reset = async |who: &str, email: &str| site.post(who, RESET, json!({"email": email})).await;
        assert_eq!(reset(OPERATOR, ADA).await.refusal(), (409, "NO_SECOND_FACTOR"));
        let (mut device, added) = add(&site, &owner.token).await;
        assert_eq!(reset(&owner.token, ADA).await.status, 401, "not by oneself");
        assert_eq!(reset(OPERATOR, "nobody@example.com").await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(reset(OPERATOR, "not an address").await.refusal(), (400, "INVALID_EMAIL"));
        // The password is one that only a second factor makes good enough.
        site.post("", "/api/v1/auth/forgot-password", json!({"email": ADA})).await.of(200);
        let link = site.mailed_soon("password_reset", ADA, 1).await.pop().unwrap();
        choose(&site, &link, SHORT).await;
        let half = site.login(ADA, SHORT).await.of(200);
        let shown = answer(&site, "", "/api/v1/auth/second-factor/passkey", json!({"token": half["token"]}), &mut device).await;
        let whole = site.post("", "/api/v1/auth/second-factor", json!({"token": half["token"], "passkey": shown})).await.of(200);
        let waiting = site.login(ADA, SHORT).await.of(200);

        let answer = reset(OPERATOR, ADA).await.of(200);
        assert_eq!((&answer["removed"], &answer["sessions_ended"]), (&json!(1), &json!(1)));
        assert_eq!(site.get(whole["access_token"].as_str().unwrap(), "/api/v1/users/me").await.refusal(), (401, "UNAUTHORIZED"), "signed out everywhere");
        let late = json!({"token": waiting["token"], "code": added["recovery_codes"][0]});
        assert_eq!(site.post("", "/api/v1/auth/second-factor", late).await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"));
        assert_eq!(site.mailed("second_factors_reset", ADA).await.len(), 1);
        assert!(site.audited("installation").await.iter().any(|action| action == "second_factors.reset"));
        assert_eq!(site.count("SELECT count(*) AS n FROM recovery_codes").await, 0);
        // The password alone is too weak now, whichever way.
        assert_eq!(site.login(ADA, SHORT).await.refusal(), (409, "PASSWORD_NEEDS_SECOND_FACTOR"));
        let eve = site.owner("eve@example.com", "evil").await;
        let invitation = site.invite(&eve, ADA, "member").await;
        let accept = site.post("", "/api/v1/auth/accept-invitation", json!({"token": invitation, "password": SHORT})).await;
        assert_eq!(accept.refusal(), (409, "PASSWORD_NEEDS_SECOND_FACTOR"));
        site.advance(Duration::from_secs(1));
        site.post("", "/api/v1/auth/forgot-password", json!({"email": ADA})).await.of(200);
        let link = site.mailed_soon("password_reset", ADA, 2).await.pop().unwrap();
        choose(&site, &link, PASSWORD).await;
        site.login(ADA, PASSWORD).await.of(200);
    }
}

/// Chooses a password with the link of a mail.
async fn choose(site: &Site, link: &str, password: &str) {
    let csrf = Browser::of(&site.get("", &format!("/api/v1/auth/reset-password?token={link}")).await).csrf;
    let cookie = format!("millrace_csrf={csrf}");
    let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
    site.call_with("", "POST", "/api/v1/auth/reset-password", json!({"token": link, "password": password}), &headers).await.of(200);
}
