//! Rows of the specification that a sign-in at a provider ends in, and that no other test shows.

use millrace_db::{on_both, sql};
use serde_json::json;

use super::joining::{invite, mixed};
use super::peer::{Idp, depart, person, travel};
use super::{LOGIN, SIGNUP};
use crate::sign_in::fixture::PASSWORD;

on_both! {
    async fn an_invitation_that_is_not_good_begins_nothing_and_ends_nothing(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let owner = mixed(&site, "owner@example.com", "acme").await;
        let begin = |token: &str| format!("{LOGIN}?intent=login&invitation_token={token}");
        assert_eq!(site.get("", &begin("made-up")).await.refusal(), (400, "INVITATION_INVALID"));
        assert_eq!(site.get("", &format!("{LOGIN}?intent=magic")).await.refusal(), (400, "INVALID_REQUEST"));
        let other = site.owner("other@example.com", "other").await;
        let local = site.invite(&other, "cy@example.com", "member").await;
        assert_eq!(site.get("", &begin(&local)).await.refusal(), (400, "WRONG_LOGIN_METHOD"));

        // Its week is over while the person is at the provider.
        let token = invite(&site, &owner, "ada@example.com").await;
        let journey = depart(&site, &begin(&token)).await;
        let back = journey.sign_in(&person("ada-1", "ada@example.com")).await;
        site.execute("UPDATE invitations SET expires_at = created_at WHERE email = $1", &["ada@example.com"]).await;
        assert_eq!(journey.arrive(&site, &back).await.refusal(), (401, "INVITATION_EXPIRED"));
        assert_eq!(site.get("", &begin(&token)).await.refusal(), (401, "INVITATION_EXPIRED"));
        let users = site.count("SELECT count(*) AS n FROM users WHERE email = 'ada@example.com' AND status <> 'invited'").await;
        assert_eq!(users, 0);
    }

    async fn whoever_looks_after_the_server_hears_of_accounts_that_do_not_fit(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        for (sub, email) in [("ada-1", "ada@example.com"), ("bob-1", "bob@example.com")] {
            travel(&site, SIGNUP, &person(sub, email)).await.of(200);
        }
        assert_eq!(travel(&site, LOGIN, &person("ada-1", "bob@example.com")).await.refusal(), (409, "ACCOUNT_CONFLICT"));
        let row = site.bench.app.platform().read().await.unwrap().one(sql("SELECT tenant_id, meta FROM security_events WHERE kind = 'sso_refused'")).await.unwrap();
        let meta: String = row.get("meta").unwrap();
        assert_eq!(row.get::<Option<String>>("tenant_id").unwrap(), None);
        assert!(meta.contains("ACCOUNT_CONFLICT") && !meta.contains("example.com"), "{meta}");
    }

    async fn who_signs_in_elsewhere_is_told_nothing_about_passwords(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let token = travel(&site, SIGNUP, &person("ada-1", "ada@example.com")).await.of(200)["access_token"].as_str().unwrap().to_owned();
        site.post("", "/api/v1/auth/forgot-password", json!({"email": "ada@example.com"})).await.of(200);
        // Another address asked later has its mail: the one before was looked at by then.
        site.owner("cy@example.com", "acme").await;
        site.post("", "/api/v1/auth/forgot-password", json!({"email": "cy@example.com"})).await.of(200);
        site.mailed_soon("password_reset", "cy@example.com", 1).await;
        assert!(site.mailed("password_reset", "ada@example.com").await.is_empty());
        assert_eq!(site.login("ada@example.com", PASSWORD).await.refusal(), (400, "USE_SSO"));
        // Its sessions are as all others.
        site.post(&token, "/api/v1/auth/logout", serde_json::Value::Null).await.of(204);
        assert_eq!(site.get(&token, "/api/v1/users/me").await.refusal(), (401, "UNAUTHORIZED"));
    }
}
