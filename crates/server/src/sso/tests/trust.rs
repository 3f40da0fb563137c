//! What a provider vouched for, when that changes: accounts nobody proved, providers and domains that go, workspaces that let
//! nobody else in.

use std::time::Duration;

use millrace_db::{on_both, sql};
use serde_json::{Value, json};

use super::joining::{invite, mixed};
use super::peer::{CLIENT, Idp, SECRET, depart, person, travel};
use super::workspaces::{configure, vouch};
use super::{LOGIN, SIGNUP};
use crate::installations::fixture::TEXTS;
use crate::sign_in::fixture::{Browser, Owner, PASSWORD, Site};
use crate::sso::recheck;

const SSO: &str = "/api/v1/workspace/sso";
const DOMAINS: &str = "/api/v1/workspace/sso/domains";
const ME: &str = "/api/v1/users/me";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn token_of(body: &Value) -> String {
    body["access_token"].as_str().unwrap().to_owned()
}

async fn changed(site: &Site, owner: &Owner, body: Value) -> crate::installations::fixture::Answer {
    site.call(&owner.token, "PATCH", "/api/v1/workspace", body).await
}

/// A workspace with a provider of its own that is believed for its domain, and somebody who came by it.
pub(super) async fn acme(site: &Site, idp: &Idp) -> (Owner, String) {
    let owner = site.owner("owner@acme.example", "acme").await;
    let login = configure(site, &owner, idp).await;
    site.post(&owner.token, DOMAINS, json!({"domain": "acme.example", "default_role": "member"})).await.of(201);
    vouch(site, &owner, "acme.example").await;
    (owner, login)
}

on_both! {
    async fn an_address_that_nobody_proved_goes_to_whom_the_provider_means(db: TestDb) {
        let idp = Idp::start(false).await;
        let strict = [("MILLRACE_AUTH_EMAIL_VERIFICATION", "on"), ("MILLRACE_SSO_ISSUER", idp.issuer.as_str()), ("MILLRACE_SSO_CLIENT_ID", CLIENT), ("MILLRACE_SSO_CLIENT_SECRET", SECRET)];
        let site = idp.site_with(db, &strict).await;
        // Somebody signs up with another's address, and waits.
        let squatted = site.post("", "/api/v1/auth/signup", json!({"email": "ada@example.com", "password": PASSWORD})).await.of(201);
        assert_eq!(squatted["status"], "pending_verification");
        let link = site.mailed("verify_email", "ada@example.com").await.pop().unwrap();
        let body = travel(&site, SIGNUP, &person("ada-1", "ada@example.com")).await.of(200);
        assert_eq!((&body["user"]["id"], &body["user"]["name"], &body["next"]), (&squatted["user_id"], &json!("Ada Lovelace"), &json!("create_workspace")));
        site.get(&token_of(&body), ME).await.of(200);

        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (400, "USE_SSO"));
        assert_eq!(site.get("", &format!("/api/v1/auth/verify-email?token={link}")).await.refusal(), (400, "VERIFICATION_TOKEN_USED"));
        assert_eq!(site.post("", "/api/v1/auth/signup", json!({"email": "ada@example.com", "password": PASSWORD})).await.refusal(), (409, "SSO_ACCOUNT_EXISTS"));
        assert_eq!(site.count("SELECT count(*) AS n FROM users WHERE password_hash IS NOT NULL").await, 0);
        let row = site.bench.app.platform().read().await.unwrap().one(sql("SELECT metadata FROM audit_log WHERE action = 'identity.linked'")).await.unwrap();
        assert!(row.get::<String>("metadata").unwrap().contains("unverified_password"));

        // Whoever has shown that the address is theirs keeps it, and their password.
        site.post("", "/api/v1/auth/signup", json!({"email": "bob@example.com", "password": PASSWORD})).await.of(201);
        let link = site.mailed("verify_email", "bob@example.com").await.pop().unwrap();
        site.get("", &format!("/api/v1/auth/verify-email?token={link}")).await.of(200);
        assert_eq!(travel(&site, SIGNUP, &person("bob-1", "bob@example.com")).await.refusal(), (409, "AUTH_PROVIDER_MISMATCH"));
        site.login("bob@example.com", PASSWORD).await.of(200);

        // So does whoever owns a workspace from a time without verification.
        let bob = token_of(&site.login("bob@example.com", PASSWORD).await.of(200));
        site.post(&bob, "/api/v1/auth/create-workspace", json!({"workspace_name": "Bobs", "workspace_slug": "bobs"})).await.of(201);
        site.execute("UPDATE users SET status = 'pending_verification', email_verified = (1 = 0) WHERE email = $1", &["bob@example.com"]).await;
        assert_eq!(travel(&site, SIGNUP, &person("bob-1", "bob@example.com")).await.refusal(), (409, "AUTH_PROVIDER_MISMATCH"));
    }

    async fn a_squatter_keeps_nobody_from_being_invited(db: TestDb) {
        let idp = Idp::start(false).await;
        let strict = [("MILLRACE_AUTH_EMAIL_VERIFICATION", "on"), ("MILLRACE_SSO_ISSUER", idp.issuer.as_str()), ("MILLRACE_SSO_CLIENT_ID", CLIENT), ("MILLRACE_SSO_CLIENT_SECRET", SECRET)];
        let site = idp.site_with(db, &strict).await;
        let owner = travel(&site, SIGNUP, &person("owner-1", "owner@example.com")).await.of(200);
        let made = site.post(&token_of(&owner), "/api/v1/auth/create-workspace", json!({"workspace_name": "Acme", "workspace_slug": "acme"})).await.of(201);
        let owner = Owner { token: token_of(&made), tenant: made["tenant_id"].as_str().unwrap().to_owned() };
        site.post("", "/api/v1/auth/signup", json!({"email": "ada@example.com", "password": PASSWORD})).await.of(201);
        let token = invite(&site, &owner, "ada@example.com").await;
        let body = travel(&site, &format!("{LOGIN}?invitation_token={token}"), &person("ada-1", "ada@example.com")).await.of(200);
        assert_eq!((&body["tenant_id"], &body["workspace"]["role"]), (&json!(owner.tenant), &json!("member")));
        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (400, "USE_SSO"));
    }

    async fn sessions_end_with_the_provider_that_vouched_for_them(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site_with(db, &[]).await;
        let (owner, login) = acme(&site, &idp).await;
        let ada = person("ada-1", "ada@acme.example");
        let come = async || {
            let answer = travel(&site, &login, &ada).await;
            let browser = Browser::of(&answer);
            (token_of(&answer.of(200)), browser)
        };
        let (first, browser) = come().await;
        // A terminal that she allowed hangs on the same word.
        let device = site.post("", "/api/v1/auth/device", json!({"client_name": "shell"})).await.of(201);
        site.post(&first, "/api/v1/auth/device/approve", json!({"user_code": device["user_code"], "approve": true})).await.of(200);
        let terminal = site.post("", "/api/v1/auth/device/token", json!({"device_code": device["device_code"]})).await.of(200);

        site.call(&owner.token, "DELETE", SSO, Value::Null).await.of(204);
        assert_eq!(site.get(&first, ME).await.refusal(), (401, "UNAUTHORIZED"));
        assert_eq!(browser.refresh(&site).await.refusal(), (401, "INVALID_REFRESH_TOKEN"));
        assert_eq!(site.get(&token_of(&terminal), ME).await.refusal(), (401, "UNAUTHORIZED"));
        site.get(&owner.token, ME).await.of(200);

        // The same with a domain, for its people alone.
        let (login, kept) = (configure(&site, &owner, &idp).await, owner.token.clone());
        let answer = travel(&site, &login, &ada).await.of(200);
        site.call(&kept, "DELETE", &format!("{DOMAINS}/acme.example"), Value::Null).await.of(204);
        assert_eq!(site.get(&token_of(&answer), ME).await.refusal(), (401, "UNAUTHORIZED"));
        assert_eq!(travel(&site, &login, &ada).await.refusal(), (401, "AUTHENTICATION_FAILED"));
    }

    async fn an_answer_is_worth_nothing_once_its_provider_is_gone(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site_with(db, &[]).await;
        let (owner, login) = acme(&site, &idp).await;
        let journey = depart(&site, &login).await;
        let back = journey.sign_in(&person("ada-1", "ada@acme.example")).await;
        site.call(&owner.token, "DELETE", SSO, Value::Null).await.of(204);
        assert_eq!(journey.arrive(&site, &back).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(site.count("SELECT count(*) AS n FROM sessions WHERE method = 'sso'").await, 0);
    }

    async fn a_domain_whose_record_is_gone_counts_for_another_week(db: TestDb) {
        let name = "lapsing.example";
        let site = Site::open(db).await;
        let owner = site.owner(&format!("owner@{name}"), "acme").await;
        let added = site.post(&owner.token, DOMAINS, json!({"domain": name})).await.of(201);
        let record = (added["record_name"].as_str().unwrap().to_owned(), added["record_text"].as_str().unwrap().to_owned());
        TEXTS.lock().push(record.clone());
        site.post(&owner.token, &format!("{DOMAINS}/{name}/verify"), Value::Null).await.of(200);
        let shown = async || {
            let token = token_of(&site.login(&format!("owner@{name}"), PASSWORD).await.of(200));
            site.get(&token, DOMAINS).await.of(200)["data"][0].clone()
        };
        assert_eq!(recheck(&site.bench.app).await.unwrap(), 0, "it was looked for just now");
        site.advance(DAY * 2);
        assert_eq!(recheck(&site.bench.app).await.unwrap(), 1);
        assert_eq!(recheck(&site.bench.app).await.unwrap(), 0, "once a day, whatever node does it");
        assert_eq!(shown().await["record_missing_since"], Value::Null);

        TEXTS.lock().retain(|own| *own != record);
        let mailed = async |template: &str| site.mailed(template, &format!("owner@{name}")).await.len();
        for day in 0..7 {
            site.advance(DAY + Duration::from_secs(60));
            recheck(&site.bench.app).await.unwrap();
            assert!(shown().await["verified_at"].is_string(), "day {day}");
            assert_eq!((mailed("domain_missing").await, mailed("domain_lapsed").await), (1, 0), "day {day}");
        }
        site.advance(DAY + Duration::from_secs(60));
        recheck(&site.bench.app).await.unwrap();
        let lapsed = shown().await;
        assert!(lapsed["verified_at"].is_null() && lapsed["lapsed_at"].is_string(), "{lapsed}");
        assert_eq!(mailed("domain_lapsed").await, 1);
        assert_eq!(site.audited(&owner.tenant).await.iter().filter(|action| *action == "domain.lapsed").count(), 1);

        // Once it is back, the domain is.
        TEXTS.lock().push(record);
        site.advance(DAY + Duration::from_secs(60));
        recheck(&site.bench.app).await.unwrap();
        let back = shown().await;
        assert!(back["verified_by"] == "dns" && back["lapsed_at"].is_null() && back["record_missing_since"].is_null(), "{back}");
        assert_eq!(site.audited(&owner.tenant).await.iter().filter(|action| *action == "domain.verified").count(), 2);
    }

    async fn a_domain_that_the_operator_vouched_for_is_not_looked_at(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("owner@vouched.example", "acme").await;
        site.post(&owner.token, DOMAINS, json!({"domain": "vouched.example"})).await.of(201);
        vouch(&site, &owner, "vouched.example").await;
        site.advance(DAY * 30);
        assert_eq!(recheck(&site.bench.app).await.unwrap(), 0);
    }

    async fn a_workspace_for_single_sign_on_lets_nobody_else_in_but_owners(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let owner = mixed(&site, "owner@example.com", "acme").await;
        let token = invite(&site, &owner, "ada@example.com").await;
        let ada = token_of(&travel(&site, &format!("{LOGIN}?invitation_token={token}"), &person("ada-1", "ada@example.com")).await.of(200));
        // Somebody with a password and a workspace of their own is a member, too.
        let bob = site.owner("bob@example.com", "bobs-own").await;
        let invited = site.invite(&owner, "bob@example.com", "admin").await;
        let bob_token = token_of(&site.post(&bob.token, "/api/v1/auth/accept-invitation", json!({"token": invited})).await.of(200));
        site.get(&bob_token, "/api/runs").await.of(200);

        changed(&site, &owner, json!({"auth_mode": "sso_only"})).await.of(200);
        assert_eq!(site.get(&bob_token, "/api/runs").await.refusal(), (403, "SSO_REQUIRED"), "at once");
        site.get(&ada, "/api/runs").await.of(200);
        site.get(&owner.token, "/api/runs").await.of(200);
        let switch = async |token: &str, to: &str| site.post(token, "/api/v1/auth/switch-workspace", json!({"tenant_id": to})).await;
        switch(&bob_token, &bob.tenant).await.of(200);
        site.get(&bob_token, "/api/runs").await.of(200);
        assert_eq!(switch(&bob_token, &owner.tenant).await.refusal(), (403, "SSO_REQUIRED"));
        switch(&ada, &owner.tenant).await.of(200);
    }

    async fn a_workspace_is_not_locked_for_its_own_people(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site_with(db, &[]).await;
        let owner = site.owner("owner@acme.example", "acme").await;
        assert_eq!(changed(&site, &owner, json!({"auth_mode": "sso_only"})).await.refusal(), (409, "SSO_NOT_CONFIGURED"));
        configure(&site, &owner, &idp).await;
        changed(&site, &owner, json!({"auth_mode": "sso_only"})).await.of(200);
        assert_eq!(site.call(&owner.token, "DELETE", SSO, Value::Null).await.refusal(), (409, "SSO_IN_USE"));
        changed(&site, &owner, json!({"auth_mode": "default"})).await.of(200);
        site.call(&owner.token, "DELETE", SSO, Value::Null).await.of(204);
    }

    async fn somebody_who_is_signed_in_elsewhere_accepts_with_that(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let ada = token_of(&travel(&site, SIGNUP, &person("ada-1", "ada@example.com")).await.of(200));
        // The inviting workspace has a provider of its own, at which she is nobody.
        let owner = mixed(&site, "owner@acme.example", "acme").await;
        configure(&site, &owner, &idp).await;
        let token = invite(&site, &owner, "ada@example.com").await;
        let accept = "/api/v1/auth/accept-invitation";
        let eve = token_of(&travel(&site, SIGNUP, &person("eve-1", "eve@example.com")).await.of(200));
        for (who, body) in [("", json!({"token": token})), (eve.as_str(), json!({"token": token})), (ada.as_str(), json!({"token": token, "password": PASSWORD}))] {
            assert_eq!(site.post(who, accept, body).await.refusal(), (400, "WRONG_LOGIN_METHOD"));
        }
        let joined = site.post(&ada, accept, json!({"token": token})).await.of(200);
        assert_eq!((&joined["tenant_id"], &joined["workspace"]["role"]), (&json!(owner.tenant), &json!("member")));
        assert_eq!(site.get(&ada, ME).await.refusal(), (401, "UNAUTHORIZED"), "the device goes on with the new session");
        let row = site.bench.app.platform().read().await.unwrap().one(sql("SELECT provider FROM sessions WHERE method = 'invitation'")).await.unwrap();
        assert_eq!(row.get::<String>("provider").unwrap(), "default", "and what vouched for it goes along");
        site.get(&token_of(&joined), "/api/runs").await.of(200);
    }
}
