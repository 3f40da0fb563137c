//! Who sees which security events, and that nobody fills the table, on both databases.
#![allow(clippy::unwrap_used)]

use millrace_db::on_both;
use serde_json::{Value, json};

use crate::installations::fixture::OPERATOR;
use crate::sign_in::fixture::{Browser, PASSWORD, Site};

async fn kinds(site: &Site, who: &str, path: &str) -> Vec<String> {
    let list = site.get(who, path).await.of(200);
    list["data"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

/// Waits for an event that is written beside its request.
async fn soon(site: &Site, kind: &str, at_least: usize) -> Value {
    for _ in 0..2_000 {
        let list = site.get(OPERATOR, &format!("/api/v1/admin/security-events?kind={kind}")).await.of(200);
        if list["data"].as_array().unwrap().len() >= at_least {
            return list["data"].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{at_least} events of {kind} were never written");
}

on_both! {
    async fn people_see_their_own_and_admins_their_workspace_s(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let bob = site.member(&ada, "bob@example.com", "member").await;
        let eve = site.owner("eve@example.com", "elsewhere").await;
        let agent = [("user-agent", "new-browser/1.0")];
        let body = json!({"email": "ada@example.com", "password": PASSWORD});
        let signed_in = site.call_with("", "POST", "/api/v1/auth/login", body, &agent).await.of(200);
        let token = signed_in["access_token"].as_str().unwrap();

        let own = site.get(token, "/api/v1/users/me/security-events").await.of(200);
        let newest = &own["data"][0];
        assert_eq!((&newest["user_agent"], &newest["metadata"]["method"], &newest["tenant_id"]), (&json!("new-browser/1.0"), &json!("password"), &json!(ada.tenant)));
        let of_workspace = site.get(token, "/api/v1/security-events").await.of(200).to_string();
        assert!(of_workspace.contains(newest["id"].as_str().unwrap()) && !of_workspace.contains(&eve.tenant), "{of_workspace}");
        assert_eq!(site.get(&bob, "/api/v1/security-events").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        let id = newest["user_id"].as_str().unwrap();
        let of_bob = site.get(&bob, "/api/v1/users/me/security-events").await.of(200).to_string();
        assert!(!of_bob.contains(id), "{of_bob}");
        let of_eve = site.get(&eve.token, "/api/v1/security-events").await.of(200).to_string();
        assert!(!of_eve.contains(id), "{of_eve}");

        let all = site.get(OPERATOR, &format!("/api/v1/admin/security-events?user_id={id}")).await.of(200);
        assert!(all["data"].as_array().unwrap().iter().all(|event| event["user_id"] == id));
        assert_eq!(site.get(token, "/api/v1/admin/security-events").await.refusal(), (403, "STAFF_ONLY"));
        let page = site.get(OPERATOR, "/api/v1/admin/security-events?limit=1").await.of(200);
        let next = page["next_cursor"].as_str().unwrap();
        let second = site.get(OPERATOR, &format!("/api/v1/admin/security-events?limit=1&cursor={next}")).await.of(200);
        assert!(second["data"][0]["id"].as_str().unwrap() < page["data"][0]["id"].as_str().unwrap());
        assert_eq!(site.get(OPERATOR, "/api/v1/admin/security-events?kind=nonsense").await.status, 400);
        let said = site.audited("installation").await;
        assert_eq!(said.iter().filter(|a| *a == "security_events.read").count(), 1, "looking is written down, once in a while");
    }

    async fn a_lock_and_a_stolen_token_are_told_to_whom_they_concern(db: TestDb) {
        let site = Site::open(db).await;
        let ada = site.owner("ada@example.com", "acme").await;
        let first = Browser::of(&site.login("ada@example.com", PASSWORD).await);
        let second = Browser::of(&first.refresh(&site).await);
        Browser::of(&second.refresh(&site).await);
        site.advance(std::time::Duration::from_secs(60));
        assert_eq!(first.refresh(&site).await.status, 401, "a token that was used long ago");
        for _ in 0..7 {
            site.login("ada@example.com", "not the password at all").await;
        }
        let own = kinds(&site, &ada.token, "/api/v1/users/me/security-events").await;
        for kind in ["account_locked", "refresh_reused"] {
            assert!(own.iter().any(|k| k == kind), "{kind} is missing in {own:?}");
        }
        let of_workspace = kinds(&site, &ada.token, "/api/v1/security-events").await;
        assert!(of_workspace.iter().any(|k| k == "account_locked"), "{of_workspace:?}");
        // Who has left is not theirs to watch any more.
        let bob = site.member(&ada, "bob@example.com", "member").await;
        let id = site.get(&bob, "/api/v1/users/me").await.of(200)["id"].as_str().unwrap().to_owned();
        site.call(&ada.token, "DELETE", &format!("/api/v1/workspace/users/{id}"), Value::Null).await.of(204);
        for _ in 0..7 {
            site.login("bob@example.com", "not the password at all").await;
        }
        let of_bob = soon(&site, "account_locked", 2).await;
        assert_eq!((&of_bob[0]["user_id"], &of_bob[0]["tenant_id"]), (&json!(id), &Value::Null));
        // An address that nobody has locks as well, and tells nobody's workspace.
        for _ in 0..7 {
            site.login("nobody@example.com", "not the password at all").await;
        }
        let locked = soon(&site, "account_locked", 3).await;
        assert_eq!((&locked[0]["subject"], &locked[0]["user_id"], &locked[0]["tenant_id"]), (&json!("nobody@example.com"), &Value::Null, &Value::Null));
    }

    async fn forged_requests_and_foreign_doors_are_one_event_each(db: TestDb) {
        let site = Site::open(db).await;
        let (ada, eve) = (site.owner("ada@example.com", "acme").await, site.owner("eve@example.com", "elsewhere").await);
        let browser = Browser::of(&site.login("ada@example.com", PASSWORD).await);
        for _ in 0..40 {
            assert_eq!(browser.refresh_with(&site, &[("x-csrf-token", "forged")]).await.refusal(), (403, "CSRF_FAILED"));
            let into = site.post(&eve.token, "/api/v1/auth/switch-workspace", json!({"tenant_id": ada.tenant})).await;
            assert_eq!(into.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        }
        let forged = soon(&site, "csrf_refused", 1).await;
        let refused = soon(&site, "workspace_refused", 1).await;
        assert_eq!((forged.as_array().unwrap().len(), refused.as_array().unwrap().len()), (1, 1), "forty tries are one event");
        let seen = kinds(&site, &ada.token, "/api/v1/security-events?kind=workspace_refused").await;
        assert_eq!(seen, ["workspace_refused"], "whose door it was sees it");
        site.advance(std::time::Duration::from_secs(15 * 60));
        let again = site.login("eve@example.com", PASSWORD).await.of(200);
        site.post(again["access_token"].as_str().unwrap(), "/api/v1/auth/switch-workspace", json!({"tenant_id": ada.tenant})).await;
        soon(&site, "workspace_refused", 2).await;
    }
}
