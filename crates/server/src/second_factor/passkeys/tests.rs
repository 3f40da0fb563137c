//! Passkeys over the routes, on both databases, with a device in software that also lies.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::on_both;
use serde_json::{Value, json};

use super::device::{Device, PASSKEYS, add, answer, begin, finish};
use crate::installations::fixture::Answer;
use crate::sign_in::fixture::{Browser, PASSWORD, Site};

const ADA: &str = "ada@example.com";
const ASK: &str = "/api/v1/auth/passkey";
const FINISH: &str = "/api/v1/auth/passkey/finish";
const SECOND: &str = "/api/v1/auth/second-factor";

/// Signs in with the device alone.
async fn sign_in(site: &Site, device: &mut Device) -> Answer {
    let body = answer(site, "", ASK, Value::Null, device).await;
    site.post("", FINISH, body).await
}

fn refused() -> (u16, String) {
    (401, "PASSKEY_REFUSED".to_owned())
}

trait Refusal {
    fn was(&self) -> (u16, String);
}

impl Refusal for Answer {
    fn was(&self) -> (u16, String) {
        (self.status, self.refusal().1.to_owned())
    }
}

/// The session that a token is of, as the list of devices has it.
async fn current(site: &Site, token: &str) -> Value {
    let devices = site.get(token, "/api/v1/auth/sessions").await.of(200);
    devices["data"].as_array().unwrap().iter().find(|device| device["current"] == true).unwrap().clone()
}

on_both! {
    async fn one_is_added_and_signs_in_alone(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        assert_eq!(site.post(&owner.token, PASSKEYS, json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        assert_eq!(site.post(&owner.token, PASSKEYS, json!({"password": "not the password"})).await.refusal(), (400, "WRONG_PASSWORD"));
        let asked = begin(&site, &owner.token).await;
        let options = &asked["options"]["publicKey"];
        assert_eq!((&asked["expires_in"], &options["rp"]["id"], &options["rp"]["name"]), (&json!(300), &json!("localhost"), &json!("Millrace")));
        assert_eq!((&options["authenticatorSelection"]["residentKey"], &options["authenticatorSelection"]["userVerification"]), (&json!("required"), &json!("required")));
        let mut device = Device::new();
        let added = finish(&site, &owner.token, &asked, &mut device).await.of(201);
        assert_eq!((&added["passkey"]["name"], added["recovery_codes"].as_array().unwrap().len()), (&json!("Laptop"), 10));
        assert_eq!(current(&site, &owner.token).await["second_factor"], "passkey", "it was shown here");
        let listed = site.get(&owner.token, PASSKEYS).await.of(200);
        assert_eq!((listed["data"].as_array().unwrap().len(), &listed["data"][0]["last_used_at"]), (1, &Value::Null));
        assert_eq!(site.mailed("passkey_added", ADA).await.len(), 1);
        let audited = site.audited("installation").await;
        assert_eq!(&audited[audited.len() - 2..], ["second_factor.added", "recovery_codes.made"]);

        let signed_in = sign_in(&site, &mut device).await;
        let browser = Browser::of(&signed_in);
        let body = signed_in.of(200);
        assert_eq!((&body["next"], body["tenant_id"].as_str(), &body["user"]["email"]), (&json!("workspace"), Some(owner.tenant.as_str()), &json!(ADA)));
        browser.refresh(&site).await.of(200);
        let here = current(&site, body["access_token"].as_str().unwrap()).await;
        assert_eq!((&here["method"], &here["second_factor"]), (&json!("passkey"), &json!("passkey")));
        assert_ne!(site.get(&owner.token, PASSKEYS).await.of(200)["data"][0]["last_used_at"], Value::Null);
        // One that does not count is as good, and a second one brings no codes.
        let mut other = Device::new();
        other.count = None;
        let more = finish(&site, &owner.token, &begin(&site, &owner.token).await, &mut other).await.of(201);
        assert_eq!(more["recovery_codes"], Value::Null);
        for _ in 0..2 {
            sign_in(&site, &mut other).await.of(200);
        }
        sign_in(&site, &mut device).await.of(200);
    }

    async fn beside_a_password_it_is_asked_for(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let (mut device, added) = add(&site, &owner.token).await;
        let half = async || site.login(ADA, PASSWORD).await.of(200);
        let first = half().await;
        assert_eq!((&first["next"], &first["methods"], &first["access_token"]), (&json!("second_factor"), &json!(["passkey"]), &Value::Null));
        let token = first["token"].as_str().unwrap();
        let asked = site.post("", "/api/v1/auth/second-factor/passkey", json!({"token": token})).await.of(200);
        assert_eq!(asked["options"]["publicKey"]["allowCredentials"], json!([{"type": "public-key", "id": device.id()}]));
        // The browser asks only these, so it need not say whose they are.
        device.names_person = false;
        let shown = json!({"token": asked["token"], "credential": device.get(&asked["options"])});
        let signed_in = site.post("", SECOND, json!({"token": token, "passkey": shown})).await.of(200);
        let here = current(&site, signed_in["access_token"].as_str().unwrap()).await;
        assert_eq!((&here["method"], &here["second_factor"]), (&json!("password"), &json!("passkey")));
        assert_eq!(site.post("", SECOND, json!({"token": token, "passkey": shown})).await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"));
        assert_eq!(site.post("", SECOND, json!({"token": token})).await.refusal(), (400, "INVALID_REQUEST"));
        assert_eq!(site.post("", "/api/v1/auth/second-factor/passkey", json!({"token": "made-up"})).await.refusal(), (401, "SECOND_FACTOR_TOKEN_INVALID"));
        // What was asked in one sign-in is not answered in another, nor a question of signing in alone.
        let (one, two) = (half().await, half().await);
        let shown = answer(&site, "", "/api/v1/auth/second-factor/passkey", json!({"token": one["token"]}), &mut device).await;
        assert_eq!(site.post("", SECOND, json!({"token": two["token"], "passkey": shown})).await.refusal(), (401, "SECOND_FACTOR_REFUSED"));
        let alone = answer(&site, "", ASK, Value::Null, &mut device).await;
        assert_eq!(site.post("", SECOND, json!({"token": two["token"], "passkey": alone})).await.refusal(), (401, "SECOND_FACTOR_REFUSED"));
        // Another's passkey, rightly asked for by its owner.
        let eve = site.owner("eve@example.com", "evil").await;
        let (mut theirs, _) = add(&site, &eve.token).await;
        let shown = answer(&site, "", "/api/v1/auth/second-factor/passkey", json!({"token": two["token"]}), &mut theirs).await;
        assert_eq!(site.post("", SECOND, json!({"token": two["token"], "passkey": shown})).await.refusal(), (401, "SECOND_FACTOR_REFUSED"));
        // A recovery code stands in for it.
        let code = &added["recovery_codes"][0];
        site.post("", SECOND, json!({"token": two["token"], "code": code})).await.of(200);
    }

    async fn answers_that_do_not_fit_are_refused(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let (mut device, _) = add(&site, &owner.token).await;
        // Of another page: what a phisher gets.
        device.origin = "https://mi11race.example".to_owned();
        assert_eq!(sign_in(&site, &mut device).await.was(), refused());
        device.origin = "http://localhost:8788".to_owned();
        assert_eq!(sign_in(&site, &mut device).await.was(), refused(), "another port is another page");
        device.origin = "http://localhost:8787".to_owned();
        // Not opened by its owner: one factor is not two.
        device.opened = false;
        assert_eq!(sign_in(&site, &mut device).await.was(), refused());
        device.opened = true;
        // It does not say whose it is, or says the wrong person.
        device.names_person = false;
        assert_eq!(sign_in(&site, &mut device).await.was(), refused());
        device.names_person = true;
        let eve = site.owner("eve@example.com", "evil").await;
        let (mut theirs, _) = add(&site, &eve.token).await;
        let own = theirs.clone();
        theirs.claim_to_be_of(&device);
        assert_eq!(sign_in(&site, &mut theirs).await.was(), refused(), "eve as ada");
        theirs = own;
        // The answer to another question.
        let (one, two) = (site.post("", ASK, Value::Null).await.of(200), site.post("", ASK, Value::Null).await.of(200));
        let crossed = json!({"token": one["token"], "credential": device.get(&two["options"])});
        assert_eq!(site.post("", FINISH, crossed).await.was(), refused());
        let late = json!({"token": one["token"], "credential": device.get(&one["options"])});
        assert_eq!(site.post("", FINISH, late).await.was(), refused(), "a wrong answer uses a question up");
        // Once, and in time.
        let good = json!({"token": two["token"], "credential": device.get(&two["options"])});
        site.post("", FINISH, good.clone()).await.of(200);
        assert_eq!(site.post("", FINISH, good).await.was(), refused(), "replayed");
        let slow = answer(&site, "", ASK, Value::Null, &mut device).await;
        site.advance(Duration::from_secs(5 * 60));
        assert_eq!(site.post("", FINISH, slow).await.was(), refused());
        // A signature of another key, an unknown key, and no answer at all.
        let mut forged = Device::new();
        let mut body = answer(&site, "", ASK, Value::Null, &mut forged).await;
        assert_eq!(site.post("", FINISH, body.clone()).await.was(), refused());
        let asked = site.post("", ASK, Value::Null).await.of(200);
        body["token"] = asked["token"].clone();
        body["credential"] = device.get(&asked["options"]);
        body["credential"]["response"]["signature"] = forged.get(&asked["options"])["response"]["signature"].clone();
        assert_eq!(site.post("", FINISH, body).await.was(), refused());
        for nothing in [json!({}), json!("x"), json!({"id": "x"}), Value::Null] {
            assert_eq!(site.post("", FINISH, json!({"token": "made-up", "credential": nothing})).await.was(), refused());
        }
        // Nobody is signed in by a page elsewhere.
        let elsewhere = answer(&site, "", ASK, Value::Null, &mut device).await;
        assert_eq!(site.call_with("", "POST", FINISH, elsewhere, &[("origin", "https://evil.example")]).await.refusal(), (403, "CSRF_FAILED"));
        site.execute("UPDATE users SET status = 'suspended' WHERE email = $1", &[ADA]).await;
        assert_eq!(sign_in(&site, &mut device).await.refusal(), (403, "USER_SUSPENDED"));
        sign_in(&site, &mut theirs).await.of(200);
    }

    async fn a_copied_key_is_noticed(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let (mut device, _) = add(&site, &owner.token).await;
        let mut copy = device.clone();
        for _ in 0..2 {
            sign_in(&site, &mut device).await.of(200);
        }
        assert_eq!(sign_in(&site, &mut copy).await.was(), refused(), "it counts fewer");
        assert_eq!(site.count("SELECT count(*) AS n FROM security_events WHERE kind = 'passkey_cloned'").await, 1);
        assert_eq!(site.audited("installation").await.last().unwrap(), "user.sign_in_failed");
        // As a second factor and as a proof, too.
        copy.count = Some(0);
        let half = site.login(ADA, PASSWORD).await.of(200);
        let shown = answer(&site, "", "/api/v1/auth/second-factor/passkey", json!({"token": half["token"]}), &mut copy).await;
        assert_eq!(site.post("", SECOND, json!({"token": half["token"], "passkey": shown})).await.refusal(), (401, "SECOND_FACTOR_REFUSED"));
        let shown = answer(&site, &owner.token, &format!("{PASSKEYS}/challenge"), Value::Null, &mut copy).await;
        assert_eq!(site.post(&owner.token, "/api/v1/users/me/recovery-codes", json!({"passkey": shown})).await.refusal(), (400, "WRONG_PASSKEY"));
        assert_eq!(site.count("SELECT count(*) AS n FROM security_events WHERE kind = 'passkey_cloned'").await, 3);
        sign_in(&site, &mut device).await.of(200);
    }

    async fn asking_says_nothing_of_who_exists(db: TestDb) {
        let site = Site::open(db).await;
        let before = site.post("", ASK, Value::Null).await.of(200);
        let owner = site.owner(ADA, "acme").await;
        add(&site, &owner.token).await;
        let after = site.post("", ASK, Value::Null).await.of(200);
        let shape = |asked: &Value| {
            let mut asked = asked.clone();
            asked["token"] = json!("");
            asked["options"]["publicKey"]["challenge"] = json!("");
            asked
        };
        assert_eq!(shape(&before), shape(&after), "the same with and without people");
        assert_eq!(after["options"]["publicKey"]["allowCredentials"], json!([]));
        assert_eq!(site.count("SELECT count(*) AS n FROM passkey_challenges WHERE user_id IS NOT NULL").await, 0);
    }

    async fn adding_is_bound_to_the_session_that_asked(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let eve = site.owner("eve@example.com", "evil").await;
        let mut device = Device::new();
        let asked = begin(&site, &owner.token).await;
        assert_eq!(finish(&site, &eve.token, &asked, &mut device).await.refusal(), (400, "WRONG_PASSKEY"), "eve's session");
        device.origin = "https://evil.example".to_owned();
        assert_eq!(finish(&site, &owner.token, &asked, &mut device).await.refusal(), (400, "WRONG_PASSKEY"), "another page");
        device.origin = "http://localhost:8787".to_owned();
        assert_eq!(finish(&site, &owner.token, &asked, &mut device).await.refusal(), (400, "WRONG_PASSKEY"), "the question is used up");
        device.opened = false;
        assert_eq!(finish(&site, &owner.token, &begin(&site, &owner.token).await, &mut device).await.refusal(), (400, "WRONG_PASSKEY"), "not opened");
        device.opened = true;
        let asked = begin(&site, &owner.token).await;
        site.advance(Duration::from_secs(5 * 60));
        assert_eq!(finish(&site, &owner.token, &asked, &mut device).await.refusal(), (400, "WRONG_PASSKEY"), "too late");
        finish(&site, &owner.token, &begin(&site, &owner.token).await, &mut device).await.of(201);
        assert_eq!(finish(&site, &eve.token, &begin(&site, &eve.token).await, &mut device).await.refusal(), (409, "PASSKEY_EXISTS"), "ada's key for eve");
        let asked = begin(&site, &owner.token).await;
        assert_eq!(asked["options"]["publicKey"]["excludeCredentials"][0]["id"], device.id());
        let owner_keys = site.count("SELECT count(*) AS n FROM passkeys").await;
        assert_eq!(owner_keys, 1);
    }

    async fn they_are_renamed_and_removed(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        let eve = site.owner("eve@example.com", "evil").await;
        let (mut device, added) = add(&site, &owner.token).await;
        let path = format!("{PASSKEYS}/{}", added["passkey"]["id"].as_str().unwrap());
        let rename = async |token: &str, name: &str| site.call(token, "PATCH", &path, json!({"name": name})).await;
        assert_eq!(rename(&owner.token, " Telephone ").await.of(200)["name"], "Telephone");
        assert_eq!(rename(&owner.token, &"x".repeat(61)).await.refusal(), (400, "INVALID_NAME"));
        assert_eq!(rename(&eve.token, "mine").await.refusal(), (404, "NOT_FOUND"));
        let remove = async |token: &str, body: Value| site.post(token, &format!("{path}/remove"), body).await;
        assert_eq!(remove(&eve.token, json!({"password": PASSWORD})).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(remove(&owner.token, json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        // The last one: the passkey does not say how long the password is.
        let shown = answer(&site, &owner.token, &format!("{PASSKEYS}/challenge"), Value::Null, &mut device).await;
        assert_eq!(remove(&owner.token, json!({"passkey": shown})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        remove(&owner.token, json!({"password": PASSWORD})).await.of(204);
        assert_eq!(site.get(&owner.token, PASSKEYS).await.of(200)["data"], json!([]));
        assert_eq!(sign_in(&site, &mut device).await.was(), refused());
        assert_eq!(site.login(ADA, PASSWORD).await.of(200)["next"], "workspace", "the password alone again");
        assert_eq!(site.get(&owner.token, "/api/v1/users/me/second-factors").await.of(200)["recovery_codes_left"], 0);
        assert_eq!(site.mailed("second_factor_removed", ADA).await.len(), 1);
        let audited = site.audited("installation").await;
        assert!(["passkey.renamed", "second_factor.removed"].iter().all(|word| audited.iter().any(|action| action == word)), "{audited:?}");
        // With two, either proves who removes the other.
        let (mut one, _) = add(&site, &owner.token).await;
        let (_, two) = add(&site, &owner.token).await;
        let shown = answer(&site, &owner.token, &format!("{PASSKEYS}/challenge"), Value::Null, &mut one).await;
        site.post(&owner.token, &format!("{PASSKEYS}/{}/remove", two["passkey"]["id"].as_str().unwrap()), json!({"passkey": shown})).await.of(204);
        for _ in 0..9 {
            add(&site, &owner.token).await;
        }
        assert_eq!(site.post(&owner.token, PASSKEYS, json!({"password": PASSWORD})).await.refusal(), (409, "TOO_MANY_SECOND_FACTORS"));
    }

    async fn people_of_an_organisation_have_them_too(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        // As somebody whom a provider vouches for: no password.
        site.execute("UPDATE users SET auth_provider = 'idp', password_hash = NULL WHERE email = $1", &[ADA]).await;
        let mut device = Device::new();
        let asked = site.post(&owner.token, PASSKEYS, json!({})).await.of(201);
        finish(&site, &owner.token, &asked, &mut device).await.of(201);
        sign_in(&site, &mut device).await.of(200);
        // From now on there is something to show.
        assert_eq!(site.post(&owner.token, PASSKEYS, json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        let shown = answer(&site, &owner.token, &format!("{PASSKEYS}/challenge"), Value::Null, &mut device).await;
        site.post(&owner.token, PASSKEYS, json!({"passkey": shown})).await.of(201);
        // Where the organisation alone signs people in, it is asked each time.
        site.execute("UPDATE tenant_settings SET auth_mode = 'sso_only' WHERE tenant_id = $1", &[&owner.tenant]).await;
        assert_eq!(sign_in(&site, &mut device).await.refusal(), (400, "USE_SSO"));
    }

    async fn they_belong_to_a_name(db: TestDb) {
        let site = Site::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_PUBLIC_URL", "http://127.0.0.1:9000")]).await;
        assert_eq!(site.post("", ASK, Value::Null).await.refusal(), (409, "PASSKEYS_UNAVAILABLE"));
        let owner = site.owner(ADA, "acme").await;
        assert_eq!(site.post(&owner.token, PASSKEYS, json!({"password": PASSWORD})).await.refusal(), (409, "PASSKEYS_UNAVAILABLE"));
    }

    async fn what_has_ended_is_forgotten(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner(ADA, "acme").await;
        begin(&site, &owner.token).await;
        begin(&site, &owner.token).await;
        site.post("", ASK, Value::Null).await.of(200);
        assert_eq!(site.count("SELECT count(*) AS n FROM passkey_challenges").await, 2, "of two in one session the later one counts");
        site.advance(Duration::from_secs(5 * 60));
        let mut tx = site.bench.app.platform().begin().await.unwrap();
        assert_eq!(crate::second_factor::sweep(&mut tx, site.bench.app.clock.now()).await.unwrap(), 2);
    }
}
