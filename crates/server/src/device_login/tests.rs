//! Devices that sign in, on both databases: allowed, refused, late, impatient, guessed at.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::on_both;
use serde_json::{Value, json};

use crate::installations::fixture::Answer;
use crate::sign_in::fixture::{PASSWORD, Site};

const APPROVE: &str = "/api/v1/auth/device/approve";

async fn ask(site: &Site) -> (String, String) {
    let asked = site.post("", "/api/v1/auth/device", json!({"client_name": "millrace on a-laptop"})).await.of(201);
    assert_eq!((&asked["expires_in"], &asked["interval"]), (&json!(600), &json!(5)));
    let (code, whole) = (asked["user_code"].as_str().unwrap(), asked["verification_uri_complete"].as_str().unwrap());
    assert_eq!(whole, format!("{}?user_code={code}", asked["verification_uri"].as_str().unwrap()));
    (asked["device_code"].as_str().unwrap().to_owned(), code.to_owned())
}

async fn fetch(site: &Site, device_code: &str) -> Answer {
    site.post("", "/api/v1/auth/device/token", json!({"device_code": device_code})).await
}

async fn decide(site: &Site, token: &str, code: &str, approve: bool) -> Answer {
    site.post(token, APPROVE, json!({"user_code": code, "approve": approve})).await
}

on_both! {
    async fn a_device_is_allowed_once(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let (device, code) = ask(&site).await;
        assert_eq!(fetch(&site, &device).await.refusal(), (400, "AUTHORIZATION_PENDING"));
        let typed = code.to_lowercase().replace('-', "");
        let seen = site.get(&ada.token, &format!("{APPROVE}?user_code={typed}")).await.of(200);
        assert_eq!((&seen["client_name"], &seen["user_code"]), (&json!("millrace on a-laptop"), &json!(code)));
        assert_eq!(decide(&site, &ada.token, &typed, true).await.of(200)["status"], "approved");
        let signed_in = fetch(&site, &device).await;
        assert!(signed_in.headers.get("set-cookie").is_none(), "a program gets no cookies");
        let signed_in = signed_in.of(200);
        assert_eq!((&signed_in["next"], &signed_in["user"]["email"], &signed_in["tenant_id"]), (&json!("workspace"), &json!("ada@example.com"), &json!(ada.tenant)));
        let token = signed_in["access_token"].as_str().unwrap();
        site.get(token, "/api/runs").await.of(200);
        let renewed = site.post("", "/api/v1/auth/refresh", json!({"refresh_token": signed_in["refresh_token"]})).await.of(200);
        assert!(renewed["refresh_token"].as_str().is_some_and(|next| next != signed_in["refresh_token"]));
        let sessions = site.get(token, "/api/v1/auth/sessions").await.of(200);
        assert!(sessions["data"].as_array().unwrap().iter().any(|s| s["current"] == true && s["method"] == "device"), "{sessions}");
        // Both codes are good once.
        assert_eq!(fetch(&site, &device).await.refusal(), (400, "DEVICE_CODE_EXPIRED"));
        assert_eq!(decide(&site, &ada.token, &code, false).await.refusal(), (404, "USER_CODE_UNKNOWN"));
        let audited = site.audited(&ada.tenant).await;
        assert_eq!(audited[audited.len() - 2..], ["device.approved", "user.signed_in"]);
        let kept = site.bench.dump("device_logins", &["device_code_hash", "user_code_hash"]).await;
        assert!(!kept.contains(&device) && !kept.contains(&code) && !kept.contains(&code.replace('-', "")), "codes are kept as hashes: {kept}");
    }

    async fn a_device_is_refused_or_late_or_impatient(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let (device, code) = ask(&site).await;
        assert_eq!(decide(&site, &ada.token, &code, false).await.of(200)["status"], "denied");
        assert_eq!(fetch(&site, &device).await.refusal(), (400, "DEVICE_DENIED"));
        assert_eq!(site.audited(&ada.tenant).await.last().unwrap(), "device.denied");

        let (device, code) = ask(&site).await;
        assert_eq!(fetch(&site, &device).await.refusal(), (400, "AUTHORIZATION_PENDING"));
        let impatient = fetch(&site, &device).await;
        assert_eq!((impatient.refusal(), impatient.headers["retry-after"].to_str().unwrap()), ((400, "SLOW_DOWN"), "10"));
        site.advance(Duration::from_secs(9));
        assert_eq!(fetch(&site, &device).await.headers["retry-after"].to_str().unwrap(), "15", "each time it is told, it becomes longer");
        site.advance(Duration::from_secs(15));
        assert_eq!(fetch(&site, &device).await.refusal(), (400, "AUTHORIZATION_PENDING"));
        // Too late for both.
        site.advance(Duration::from_secs(576));
        assert_eq!(decide(&site, &ada.token, &code, true).await.refusal(), (404, "USER_CODE_UNKNOWN"));
        assert_eq!(fetch(&site, &device).await.refusal(), (400, "DEVICE_CODE_EXPIRED"));
        assert_eq!(fetch(&site, "made-up").await.refusal(), (400, "DEVICE_CODE_EXPIRED"));
        // An hour later nothing is left of them.
        site.advance(Duration::from_secs(3_601));
        ask(&site).await;
        assert_eq!(site.count("SELECT count(*) AS n FROM device_logins").await, 1);
    }

    async fn who_signs_out_everywhere_takes_an_approval_back(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let (device, code) = ask(&site).await;
        decide(&site, &ada.token, &code, true).await.of(200);
        site.post(&ada.token, "/api/v1/auth/logout-everywhere", Value::Null).await.of(204);
        assert_eq!(fetch(&site, &device).await.refusal(), (400, "DEVICE_CODE_EXPIRED"));
        // Signing out on the device that decided is another matter.
        let token = site.login("ada@example.com", PASSWORD).await.of(200)["access_token"].as_str().unwrap().to_owned();
        site.advance(Duration::from_secs(1));
        let (device, code) = ask(&site).await;
        decide(&site, &token, &code, true).await.of(200);
        site.post(&token, "/api/v1/auth/logout", Value::Null).await.of(204);
        fetch(&site, &device).await.of(200);
    }

    async fn of_many_who_fetch_at_once_one_gets_the_session(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let (device, code) = ask(&site).await;
        decide(&site, &ada.token, &code, true).await.of(200);
        let answers = futures::future::join_all((0..8).map(|_| fetch(&site, &device))).await;
        let got: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(got.iter().filter(|status| **status == 200).count(), 1, "{got:?}");
        assert!(got.iter().all(|status| [200, 400].contains(status)), "{got:?}");
    }

    async fn a_device_is_as_strong_as_who_allowed_it(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let shown = async |token: &str| {
            let (device, code) = ask(&site).await;
            decide(&site, token, &code, true).await.of(200);
            let fetched = fetch(&site, &device).await.of(200);
            let own = fetched["access_token"].as_str().unwrap().to_owned();
            let sessions = site.get(&own, "/api/v1/auth/sessions").await.of(200);
            let here = sessions["data"].as_array().unwrap().iter().find(|s| s["current"] == true).unwrap()["second_factor"].clone();
            (own, here)
        };
        let (weak, before) = shown(&ada.token).await;
        assert_eq!(before, Value::Null);
        crate::second_factor::passkeys::device::add(&site, &ada.token).await;
        let (strong, after) = shown(&ada.token).await;
        assert_eq!(after, "passkey", "as the session that allowed it");
        site.call(&ada.token, "PATCH", "/api/v1/workspace", json!({"require_second_factor": true})).await.of(200);
        site.get(&strong, "/api/runs").await.of(200);
        assert_eq!(site.get(&weak, "/api/runs").await.refusal(), (403, "SECOND_FACTOR_REQUIRED"));
    }

    async fn strangers_are_sent_to_the_app_and_see_nothing_else(db: TestDb) {
        let site = Site::open(db).await;
        let (_, code) = ask(&site).await;
        let path = format!("{APPROVE}?user_code={code}");
        assert_eq!(site.get("", &path).await.refusal(), (401, "UNAUTHORIZED"));
        let sent = site.call_with("", "GET", &path, Value::Null, &[("accept", "text/html,*/*;q=0.8")]).await;
        assert_eq!((sent.status, sent.body.as_str()), (303, Some("")), "whether the code is one is not told");
        assert!(sent.headers["location"].to_str().unwrap().ends_with(&format!("/app/device?user_code={code}")));
        let ada = site.owner("ada@example.com", "acme").await;
        for wrong in ["BCDF-GHJK", "nonsense", ""] {
            assert_eq!(site.get(&ada.token, &format!("{APPROVE}?user_code={wrong}")).await.refusal(), (404, "USER_CODE_UNKNOWN"), "{wrong}");
        }
        let elsewhere = site.call_with(&ada.token, "POST", APPROVE, json!({"user_code": code, "approve": true}), &[("origin", "https://evil.example")]).await;
        assert_eq!(elsewhere.refusal(), (403, "CSRF_FAILED"));
        for name in ["", "a\nb", "Ünïcode", &"x".repeat(101)] {
            assert_eq!(site.post("", "/api/v1/auth/device", json!({"client_name": name})).await.refusal(), (400, "INVALID_NAME"), "{name}");
        }
    }

    async fn codes_cannot_be_guessed(db: TestDb) {
        let site = Site { bench: crate::installations::fixture::Bench::with(db, &[("MILLRACE_AUTH_EMAIL_VERIFICATION", "off")]).await };
        let ada = site.owner("ada@example.com", "acme").await;
        for _ in 0..10 {
            assert_eq!(site.get(&ada.token, &format!("{APPROVE}?user_code=BCDF-GHJK")).await.refusal(), (404, "USER_CODE_UNKNOWN"));
        }
        let (_, code) = ask(&site).await;
        let refused = decide(&site, &ada.token, &code, true).await;
        assert_eq!(refused.refusal(), (429, "RATE_LIMITED"), "the right one is no exception");
        assert!(refused.headers.contains_key("retry-after"));
    }
}
