//! Second factors over the routes, on both databases, with every refusal.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use millrace_db::on_both;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::installations::fixture::Answer;
use crate::sign_in::fixture::{Browser, PASSWORD, Site};

const ADA: &str = "ada@example.com";
const FACTORS: &str = "/api/v1/users/me/second-factors";
const SECOND: &str = "/api/v1/auth/second-factor";
/// Too short to stand alone.
const SHORT: &str = "vexgrumble";

/// The code that an app shows `seconds` from now.
fn code_at(site: &Site, secret: &str, seconds: i64) -> String {
    let at = u64::try_from(site.bench.app.clock.now().seconds() + seconds).unwrap();
    Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap().generate(at).to_string()
}

/// A code that is none of those that are good around now.
fn wrong(site: &Site, secret: &str) -> String {
    let good = [-30, 0, 30].map(|by| code_at(site, secret, by));
    ["000000", "111111", "222222", "333333"].into_iter().find(|code| !good.contains(&(*code).to_owned())).unwrap().to_owned()
}

/// An app of a person: what it knows, and the recovery codes that came with it.
struct App {
    id: String,
    secret: String,
    recovery: Vec<String>,
}

async fn enrol(site: &Site, token: &str, password: &str) -> App {
    let begun = site.post(token, FACTORS, json!({"name": " Telephone ", "password": password})).await.of(201);
    let (id, secret) = (begun["id"].as_str().unwrap().to_owned(), begun["secret"].as_str().unwrap().to_owned());
    let done = site.post(token, &format!("{FACTORS}/{id}/confirm"), json!({"code": code_at(site, &secret, 0)})).await.of(200);
    let recovery = done["recovery_codes"].as_array().map(|all| all.iter().map(|c| c.as_str().unwrap().to_owned()).collect()).unwrap_or_default();
    // The next code is not the one that confirmed it.
    site.advance(Duration::from_secs(30));
    App { id, secret, recovery }
}

/// The token that a right password answers.
async fn challenge(site: &Site) -> String {
    let answer = site.login(ADA, PASSWORD).await;
    assert!(Browser::of(&answer).refresh.is_empty(), "no session yet");
    let body = answer.of(200);
    assert_eq!((&body["next"], &body["expires_in"], &body["access_token"]), (&json!("second_factor"), &json!(300), &Value::Null));
    body["token"].as_str().unwrap().to_owned()
}

async fn show(site: &Site, token: &str, code: &str) -> Answer {
    site.post("", SECOND, json!({"token": token, "code": code})).await
}

on_both! {
    async fn a_code_is_asked_for_from_its_confirmation_on(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let begun = site.post(&owner.token, FACTORS, json!({"password": PASSWORD})).await.of(201);
        let (id, secret) = (begun["id"].as_str().unwrap(), begun["secret"].as_str().unwrap());
        assert_eq!((&begun["name"], &begun["kind"]), (&json!("Authenticator app"), &json!("totp")));
        let url = url::Url::parse(begun["otpauth_url"].as_str().unwrap()).unwrap();
        assert_eq!((url.scheme(), url.host_str()), ("otpauth", Some("totp")));
        assert!(url.query_pairs().any(|(name, value)| name == "secret" && value == secret) && url.query_pairs().any(|(name, value)| name == "issuer" && value == "Millrace"), "{url}");
        assert!(url.path().contains("ada"), "{url}");
        assert_eq!(site.count("SELECT count(*) AS n FROM second_factors WHERE secret LIKE 'v1:%'").await, 1, "sealed");
        // Not confirmed: listed nowhere, asked for nowhere.
        assert_eq!(site.get(&owner.token, FACTORS).await.of(200)["data"], json!([]));
        assert_eq!(site.login(ADA, PASSWORD).await.of(200)["next"], "workspace");
        let confirm = format!("{FACTORS}/{id}/confirm");
        for not_it in [wrong(&site, secret), code_at(&site, secret, 90), "12345".to_owned(), "not a code".to_owned(), "9".repeat(200)] {
            assert_eq!(site.post(&owner.token, &confirm, json!({"code": not_it})).await.refusal(), (400, "WRONG_CODE"));
        }
        let code = code_at(&site, secret, 0);
        let done = site.post(&owner.token, &confirm, json!({"code": code})).await.of(200);
        assert_eq!(done["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!(site.post(&owner.token, &confirm, json!({"code": code_at(&site, secret, 30)})).await.refusal(), (404, "NOT_FOUND"), "once");
        let listed = site.get(&owner.token, FACTORS).await.of(200);
        assert_eq!((&listed["data"][0]["id"], &listed["recovery_codes_left"], &listed["data"][0]["last_used_at"]), (&json!(id), &json!(10), &Value::Null));
        assert!(!listed.to_string().contains(secret));

        let token = challenge(&site).await;
        assert_eq!(show(&site, &token, &code).await.refusal(), (401, "SECOND_FACTOR_REFUSED"), "the code that confirmed it was used");
        let answer = show(&site, &token, &code_at(&site, secret, 30)).await;
        let browser = Browser::of(&answer);
        let body = answer.of(200);
        assert_eq!((&body["next"], body["tenant_id"].as_str()), (&json!("workspace"), Some(owner.tenant.as_str())));
        assert!(!browser.refresh.is_empty());
        browser.refresh(&site).await.of(200);
        let signed_in = body["access_token"].as_str().unwrap();
        let devices = site.get(signed_in, "/api/v1/auth/sessions").await.of(200);
        let current = devices["data"].as_array().unwrap().iter().find(|device| device["current"] == true).unwrap().clone();
        assert_eq!((&current["method"], &current["second_factor"]), (&json!("password"), &json!("totp")));
        assert_eq!(show(&site, &token, &code_at(&site, secret, 30)).await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"), "the token is good once");
        assert_eq!(site.mailed("second_factor_added", ADA).await.len(), 1);
        let audited = site.audited("installation").await;
        assert_eq!(&audited[audited.len() - 3..], ["second_factor.added", "recovery_codes.made", "user.sign_in_failed"]);
        assert_eq!(site.audited(&owner.tenant).await.last().unwrap(), "user.signed_in");
    }

    async fn a_code_is_good_once_and_a_step_around_now(db: TestDb) {
        let site = Arc::new(Site::open(db).await);
        let owner = site.owner(ADA, "acme").await;
        let app = enrol(&site, &owner.token, PASSWORD).await;
        site.advance(Duration::from_secs(300));
        for outside in [-60, 60] {
            assert_eq!(show(&site, &challenge(&site).await, &code_at(&site, &app.secret, outside)).await.refusal(), (401, "SECOND_FACTOR_REFUSED"));
        }
        let early = code_at(&site, &app.secret, -30);
        let typed = format!(" {} {} ", &early[..3], &early[3..]);
        show(&site, &challenge(&site).await, &typed).await.of(200);
        assert_eq!(show(&site, &challenge(&site).await, &early).await.refusal(), (401, "SECOND_FACTOR_REFUSED"), "replayed");
        show(&site, &challenge(&site).await, &code_at(&site, &app.secret, 30)).await.of(200);
        assert_eq!(show(&site, &challenge(&site).await, &code_at(&site, &app.secret, 0)).await.refusal(), (401, "SECOND_FACTOR_REFUSED"), "of a step before one that was used");
        // At once, with as many tokens: one signs in.
        site.advance(Duration::from_secs(300));
        let code = code_at(&site, &app.secret, 0);
        let mut tasks = Vec::new();
        for _ in 0..4 {
            let (site, code, token) = (site.clone(), code.clone(), challenge(&site).await);
            tasks.push(tokio::spawn(async move { show(&site, &token, &code).await.status }));
        }
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.unwrap());
        }
        answers.sort_unstable();
        assert_eq!(answers, [200, 401, 401, 401]);
    }

    async fn wrong_codes_end_the_token_and_lock_the_factor(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let app = enrol(&site, &owner.token, PASSWORD).await;
        assert_eq!(show(&site, "made-up", &code_at(&site, &app.secret, 0)).await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"));
        let token = challenge(&site).await;
        for _ in 0..5 {
            assert_eq!(show(&site, &token, &wrong(&site, &app.secret)).await.refusal(), (401, "SECOND_FACTOR_REFUSED"));
        }
        assert_eq!(show(&site, &token, &code_at(&site, &app.secret, 0)).await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"), "tried out");
        // A new token, which the right password gives at any time, does not begin the count anew.
        let locked = show(&site, &challenge(&site).await, &code_at(&site, &app.secret, 0)).await;
        assert_eq!(locked.refusal(), (429, "SECOND_FACTOR_LOCKED"));
        assert_eq!(locked.headers["retry-after"], "900");
        let by_code = site.post(&owner.token, "/api/v1/users/me/recovery-codes", json!({"code": app.recovery[0]})).await;
        assert_eq!(by_code.refusal(), (429, "SECOND_FACTOR_LOCKED"), "wherever it is shown");
        assert_eq!(site.count("SELECT count(*) AS n FROM security_events WHERE kind = 'second_factor_refused'").await, 1);
        assert_eq!(site.audited("installation").await.iter().filter(|action| *action == "user.sign_in_failed").count(), 5);
        site.advance(Duration::from_secs(15 * 60));
        let token = challenge(&site).await;
        site.advance(Duration::from_secs(300));
        assert_eq!(show(&site, &token, &code_at(&site, &app.secret, 0)).await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"), "five minutes");
        show(&site, &challenge(&site).await, &code_at(&site, &app.secret, 0)).await.of(200);
        // A token is good for nothing else.
        let token = challenge(&site).await;
        assert_eq!(site.get(&token, "/api/v1/users/me").await.refusal(), (401, "UNAUTHORIZED"));
        site.execute("UPDATE users SET status = 'suspended' WHERE email = $1", &[ADA]).await;
        site.advance(Duration::from_secs(30));
        assert_eq!(show(&site, &token, &code_at(&site, &app.secret, 0)).await.refusal(), (403, "USER_SUSPENDED"));
        let crossing = site.call_with("", "POST", SECOND, json!({"token": token, "code": "1"}), &[("origin", "https://evil.example")]).await;
        assert_eq!(crossing.refusal(), (403, "CSRF_FAILED"));
    }

    async fn recovery_codes_stand_in_once_each(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let renew = async |body: Value| site.post(&owner.token, "/api/v1/users/me/recovery-codes", body).await;
        assert_eq!(renew(json!({"password": PASSWORD})).await.refusal(), (409, "NO_SECOND_FACTOR"));
        let app = enrol(&site, &owner.token, PASSWORD).await;
        let signed_in = show(&site, &challenge(&site).await, &app.recovery[3]).await.of(200);
        let devices = site.get(signed_in["access_token"].as_str().unwrap(), "/api/v1/auth/sessions").await.of(200);
        assert!(devices["data"].as_array().unwrap().iter().any(|device| device["second_factor"] == "recovery_code"));
        assert_eq!(show(&site, &challenge(&site).await, &app.recovery[3]).await.refusal(), (401, "SECOND_FACTOR_REFUSED"));
        // As people type it.
        let typed = app.recovery[4].to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l");
        show(&site, &challenge(&site).await, &typed).await.of(200);
        assert_eq!(site.get(&owner.token, FACTORS).await.of(200)["recovery_codes_left"], 8);
        assert_eq!(site.mailed("recovery_code_used", ADA).await.len(), 2);
        assert_eq!(site.audited("installation").await.iter().filter(|action| *action == "recovery_code.used").count(), 2);
        for code in &app.recovery {
            let plain = code.replace('-', "");
            assert!(plain.len() == 10 && site.bench.app.platform().read().await.unwrap().all(millrace_db::sql("SELECT user_id FROM recovery_codes WHERE code_hash LIKE $1").bind(format!("%{plain}%"))).await.unwrap().is_empty());
        }

        assert_eq!(renew(json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        assert_eq!(renew(json!({"password": "not the password"})).await.refusal(), (400, "WRONG_PASSWORD"));
        assert_eq!(renew(json!({"code": wrong(&site, &app.secret)})).await.refusal(), (400, "WRONG_CODE"));
        let renewed = renew(json!({"code": code_at(&site, &app.secret, 0)})).await.of(200);
        assert_eq!(renewed["recovery_codes"].as_array().unwrap().len(), 10);
        assert_eq!(show(&site, &challenge(&site).await, &app.recovery[5]).await.refusal(), (401, "SECOND_FACTOR_REFUSED"), "those from before are good no more");
        show(&site, &challenge(&site).await, renewed["recovery_codes"][5].as_str().unwrap()).await.of(200);
        // One that proves who asks is used up, and told.
        renew(json!({"code": renewed["recovery_codes"][6]})).await.of(200);
        assert_eq!(site.mailed("recovery_code_used", ADA).await.len(), 4);
    }

    async fn adding_and_removing(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let add = async |body: Value| site.post(&owner.token, FACTORS, body).await;
        assert_eq!(add(json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        assert_eq!(add(json!({"password": "not the password"})).await.refusal(), (400, "WRONG_PASSWORD"));
        assert_eq!(add(json!({"password": PASSWORD, "name": "x".repeat(61)})).await.refusal(), (400, "INVALID_NAME"));
        let late = add(json!({"password": PASSWORD})).await.of(201);
        site.advance(Duration::from_secs(10 * 60));
        let confirm = async |begun: &Value| site.post(&owner.token, &format!("{FACTORS}/{}/confirm", begun["id"].as_str().unwrap()), json!({"code": code_at(&site, begun["secret"].as_str().unwrap(), 0)})).await;
        assert_eq!(confirm(&late).await.refusal(), (404, "NOT_FOUND"), "begun too long ago");
        let (first, second) = (add(json!({"password": PASSWORD})).await.of(201), add(json!({"password": PASSWORD})).await.of(201));
        assert_eq!(confirm(&first).await.refusal(), (404, "NOT_FOUND"), "the second took its place");
        confirm(&second).await.of(200);
        let mut apps = vec![enrol(&site, &owner.token, PASSWORD).await, enrol(&site, &owner.token, PASSWORD).await];
        assert!(apps.iter().all(|app| app.recovery.is_empty()), "those of the first stay");
        assert_eq!(add(json!({"password": PASSWORD})).await.refusal(), (409, "TOO_MANY_SECOND_FACTORS"));
        show(&site, &challenge(&site).await, &code_at(&site, &apps[1].secret, 0)).await.of(200);

        // Another's is as good as none.
        let other = site.owner("eve@example.com", "evil").await;
        let theirs = format!("{FACTORS}/{}", apps[0].id);
        assert_eq!(site.post(&other.token, &format!("{theirs}/remove"), json!({"password": PASSWORD})).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(site.post(&other.token, &format!("{theirs}/confirm"), json!({"code": "123456"})).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(site.get(&other.token, FACTORS).await.of(200)["data"], json!([]));

        let remove = async |id: &str, body: Value| site.post(&owner.token, &format!("{FACTORS}/{id}/remove"), body).await;
        let app = apps.remove(0);
        assert_eq!(remove(&app.id, json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        assert_eq!(remove(&app.id, json!({"password": "not the password"})).await.refusal(), (400, "WRONG_PASSWORD"));
        assert_eq!(remove(&app.id, json!({"code": wrong(&site, &app.secret)})).await.refusal(), (400, "WRONG_CODE"));
        remove(&app.id, json!({"code": code_at(&site, &app.secret, 0)})).await.of(204);
        assert_eq!(remove(&app.id, json!({"password": PASSWORD})).await.refusal(), (404, "NOT_FOUND"));
        remove(&apps[0].id, json!({"password": PASSWORD})).await.of(204);
        // The last one: a code does not say how long the password is.
        let last = second["id"].as_str().unwrap();
        let token = challenge(&site).await;
        assert_eq!(remove(last, json!({"code": code_at(&site, second["secret"].as_str().unwrap(), 0)})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        remove(last, json!({"password": PASSWORD})).await.of(204);
        assert_eq!(show(&site, &token, "123456").await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"));
        assert_eq!(site.login(ADA, PASSWORD).await.of(200)["next"], "workspace");
        assert_eq!(site.count("SELECT count(*) AS n FROM recovery_codes").await, 0);
        assert_eq!(site.mailed("second_factor_removed", ADA).await.len(), 3);
        assert_eq!(site.audited("installation").await.iter().filter(|action| *action == "second_factor.removed").count(), 3);
    }

    async fn a_shorter_password_needs_its_second_factor(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let app = enrol(&site, &owner.token, PASSWORD).await;
        let pending = challenge(&site).await;
        site.post("", "/api/v1/auth/forgot-password", json!({"email": ADA})).await.of(200);
        let token = site.mailed_soon("password_reset", ADA, 1).await.pop().unwrap();
        let csrf = Browser::of(&site.get("", &format!("/api/v1/auth/reset-password?token={token}")).await).csrf;
        let cookie = format!("millrace_csrf={csrf}");
        let headers = [("cookie", cookie.as_str()), ("x-csrf-token", csrf.as_str())];
        let reset = async |password: &str| site.call_with("", "POST", "/api/v1/auth/reset-password", json!({"token": token, "password": password}), &headers).await;
        assert_eq!(reset("vexgrum").await.refusal(), (400, "WEAK_PASSWORD"), "seven");
        reset(SHORT).await.of(200);
        assert_eq!(show(&site, &pending, &code_at(&site, &app.secret, 0)).await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"), "of the password from before");
        let half = site.login(ADA, SHORT).await.of(200);
        assert_eq!(half["next"], "second_factor", "a reset does not do away with it");
        let whole = show(&site, half["token"].as_str().unwrap(), &code_at(&site, &app.secret, 0)).await.of(200);
        let signed_in = whole["access_token"].as_str().unwrap();
        let remove = format!("{FACTORS}/{}/remove", app.id);
        assert_eq!(site.post(signed_in, &remove, json!({"password": SHORT})).await.refusal(), (409, "PASSWORD_NEEDS_SECOND_FACTOR"));
        assert_eq!(site.get(signed_in, FACTORS).await.of(200)["data"].as_array().unwrap().len(), 1);
    }

    async fn no_way_around_it(db: TestDb) {
        let site = Site::open(db).await;
        // Signing up again, without a workspace.
        let token = site.person(ADA).await;
        let app = enrol(&site, &token, PASSWORD).await;
        let again = site.post("", "/api/v1/auth/signup", json!({"email": ADA, "password": PASSWORD})).await;
        assert!(Browser::of(&again).refresh.is_empty());
        let again = again.of(200);
        assert_eq!((&again["next"], &again["access_token"]), (&json!("second_factor"), &Value::Null));
        let signed_in = show(&site, again["token"].as_str().unwrap(), &code_at(&site, &app.secret, 0)).await.of(200);
        // Accepting an invitation with the password alone.
        let owner = site.owner("eve@example.com", "acme").await;
        let invitation = site.invite(&owner, ADA, "member").await;
        let accept = async |token: &str, body: Value| site.post(token, "/api/v1/auth/accept-invitation", body).await;
        assert_eq!(accept("", json!({"token": invitation, "password": PASSWORD})).await.refusal(), (403, "SECOND_FACTOR_REQUIRED"));
        let joined = accept(signed_in["access_token"].as_str().unwrap(), json!({"token": invitation})).await.of(200);
        let devices = site.get(joined["access_token"].as_str().unwrap(), "/api/v1/auth/sessions").await.of(200);
        let current = devices["data"].as_array().unwrap().iter().find(|device| device["current"] == true).unwrap().clone();
        assert_eq!((&current["method"], &current["second_factor"]), (&json!("invitation"), &json!("totp")));
    }

    async fn what_has_ended_is_forgotten(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        enrol(&site, &owner.token, PASSWORD).await;
        challenge(&site).await;
        site.post(&owner.token, FACTORS, json!({"password": PASSWORD})).await.of(201);
        site.advance(Duration::from_secs(10 * 60 + 1));
        let mut tx = site.bench.app.platform().begin().await.unwrap();
        assert_eq!(crate::second_factor::sweep(&mut tx, site.bench.app.clock.now()).await.unwrap(), 2);
        tx.commit().await.unwrap();
        assert_eq!(site.get(&owner.token, FACTORS).await.of(200)["data"].as_array().unwrap().len(), 1, "the confirmed one stays");
    }

    async fn who_tries_codes_too_often_waits(db: TestDb) {
        let site = Site::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_RATE_LIMITS", "on")]).await;
        for _ in 0..30 {
            assert_eq!(show(&site, "made-up", "123456").await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"));
        }
        let refused = show(&site, "made-up", "123456").await;
        assert_eq!(refused.refusal(), (429, "RATE_LIMITED"));
        assert!(refused.headers.contains_key("retry-after"));
    }
}
