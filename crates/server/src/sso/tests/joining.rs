//! Whose account it is, and which workspace the person joins.

use millrace_db::on_both;
use serde_json::{Value, json};

use super::peer::{Idp, depart, person, travel};
use super::{LOGIN, SIGNUP};
use crate::sign_in::fixture::{Owner, PASSWORD, Site};

pub(super) async fn invite(site: &Site, owner: &Owner, email: &str) -> String {
    site.post(&owner.token, "/api/v1/workspace/users/invite", json!({"email": email, "role": "member"})).await.of(201);
    site.mailed("team_invitation_sso", email).await.pop().unwrap()
}

/// An owner whose workspace admits people of the provider.
pub(super) async fn mixed(site: &Site, email: &str, slug: &str) -> Owner {
    let owner = site.owner(email, slug).await;
    site.call(&owner.token, "PATCH", "/api/v1/workspace", json!({"auth_mode": "mixed"})).await.of(200);
    owner
}

on_both! {
    async fn an_account_is_never_converted_or_merged(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        site.owner("local@example.com", "local").await;
        let local = person("local-1", "local@example.com");
        assert_eq!(travel(&site, SIGNUP, &local).await.refusal(), (409, "AUTH_PROVIDER_MISMATCH"));
        assert_eq!(travel(&site, LOGIN, &local).await.refusal(), (400, "AUTH_PROVIDER_MISMATCH"));
        site.login("local@example.com", PASSWORD).await.of(200);

        for (sub, email) in [("ada-1", "ada@example.com"), ("bob-1", "bob@example.com")] {
            travel(&site, LOGIN, &person(sub, email)).await.of(200);
        }
        assert_eq!(travel(&site, LOGIN, &person("ada-1", "bob@example.com")).await.refusal(), (409, "ACCOUNT_CONFLICT"));
        site.execute("UPDATE users SET idp_provider = 'https://login.example' WHERE email = $1", &["bob@example.com"]).await;
        assert_eq!(travel(&site, LOGIN, &person("bob-1", "bob@example.com")).await.refusal(), (409, "ACCOUNT_CONFLICT"));
        site.execute("UPDATE users SET status = 'suspended' WHERE email = $1", &["ada@example.com"]).await;
        assert_eq!(travel(&site, LOGIN, &person("ada-1", "ada@example.com")).await.refusal(), (403, "USER_SUSPENDED"));
        let signup = site.post("", "/api/v1/auth/signup", json!({"email": "bob@example.com", "password": PASSWORD})).await;
        assert_eq!(signup.refusal(), (409, "SSO_ACCOUNT_EXISTS"));
    }

    async fn an_invitation_leads_to_the_provider_and_in(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let owner = mixed(&site, "owner@example.com", "acme").await;
        let token = invite(&site, &owner, "ada@example.com").await;
        let look = site.get("", &format!("/api/v1/auth/accept-invitation?token={token}")).await;
        assert_eq!(look.status, 302);
        let path = look.headers.get("location").unwrap().to_str().unwrap().to_owned();
        assert!(path.starts_with("/api/v1/auth/sso/default/login?"), "{path}");
        // A script cannot follow to another site and is told where a browser goes.
        let told = site.call_with("", "GET", &format!("/api/v1/auth/accept-invitation?token={token}"), serde_json::Value::Null, &[("accept", "application/json")]).await.of(200);
        assert_eq!((&told["sso_url"], &told["needs_password"], &told["email"]), (&json!(path), &json!(false), &json!("ada@example.com")));
        assert_eq!(site.post("", "/api/v1/auth/accept-invitation", json!({"token": token, "password": PASSWORD})).await.refusal(), (400, "WRONG_LOGIN_METHOD"));

        assert_eq!(travel(&site, &path, &person("eve-1", "eve@example.com")).await.refusal(), (400, "INVITATION_EMAIL_MISMATCH"));
        let (first, second) = (depart(&site, &path).await, depart(&site, &path).await);
        let ada = person("ada-1", "ada@example.com");
        let (back, late) = (first.sign_in(&ada).await, second.sign_in(&ada).await);
        let body = first.arrive(&site, &back).await.of(200);
        assert_eq!((&body["next"], &body["tenant_id"], &body["workspace"]["role"]), (&json!("workspace"), &json!(owner.tenant), &json!("member")));
        assert_eq!(second.arrive(&site, &late).await.refusal(), (400, "INVITATION_INVALID"));
        let audited = site.audited(&owner.tenant).await;
        assert!(audited.ends_with(&["invitation.accepted".into(), "membership.created".into(), "user.signed_in".into()]), "{audited:?}");
        assert_eq!(site.count("SELECT count(*) AS n FROM users").await, 2, "nobody was made of whom it was not for");
        assert_eq!(site.get("", &path).await.refusal(), (400, "INVITATION_INVALID"));
    }

    async fn who_is_invited_once_joins_by_signing_in(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let (acme, other) = (mixed(&site, "owner@example.com", "acme").await, mixed(&site, "other@example.com", "other").await);
        invite(&site, &acme, "ada@example.com").await;
        let body = travel(&site, SIGNUP, &person("ada-1", "ada@example.com")).await.of(200);
        assert_eq!(body["tenant_id"], json!(acme.tenant));

        invite(&site, &acme, "bob@example.com").await;
        invite(&site, &other, "bob@example.com").await;
        let body = travel(&site, SIGNUP, &person("bob-1", "bob@example.com")).await.of(200);
        assert_eq!((&body["next"], &body["tenant_id"]), (&json!("create_workspace"), &Value::Null));

        // A workspace that admits passwords only is not entered from elsewhere.
        let closed = site.owner("closed@example.com", "closed").await;
        site.invite(&closed, "cy@example.com", "member").await;
        let body = travel(&site, SIGNUP, &person("cy-1", "cy@example.com")).await.of(200);
        assert_eq!(body["next"], "create_workspace");
    }

    async fn of_many_sign_ins_at_once_one_account_comes(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let ada = person("ada-1", "ada@example.com");
        let mut ready = Vec::new();
        for _ in 0..6 {
            let journey = depart(&site, LOGIN).await;
            let back = journey.sign_in(&ada).await;
            ready.push((journey, back));
        }
        let answers = futures::future::join_all(ready.iter().map(|(journey, back)| journey.arrive(&site, back))).await;
        let people: std::collections::BTreeSet<String> = answers.into_iter().map(|answer| answer.of(200)["user"]["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(people.len(), 1);
        assert_eq!(site.count("SELECT count(*) AS n FROM users").await, 1);
    }

    async fn what_the_provider_asked_for_counts_where_a_workspace_asks(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let owner = mixed(&site, "owner@example.com", "acme").await;
        let invitation = invite(&site, &owner, "ada@example.com").await;
        let ada = |asserts: Value| {
            let mut claims = person("ada-1", "ada@example.com");
            claims["asserts"] = asserts;
            claims
        };
        travel(&site, &format!("{SIGNUP}&invitation_token={invitation}"), &ada(json!({}))).await.of(200);
        site.call(&owner.token, "PATCH", "/api/v1/workspace", json!({"require_second_factor": true})).await.of(200);
        let comes = async |asserts: Value| {
            let body = travel(&site, LOGIN, &ada(asserts)).await.of(200);
            site.get(body["access_token"].as_str().unwrap(), "/api/runs").await
        };
        for enough in [json!({"amr": ["pwd", "otp", "mfa"]}), json!({"acr": "https://refeds.org/profile/mfa"})] {
            comes(enough).await.of(200);
        }
        for not_enough in [json!({}), json!({"amr": ["pwd"]}), json!({"amr": "mfa"}), json!({"acr": "gold"}), json!({"amr": [{"mfa": true}], "acr": 2})] {
            assert_eq!(comes(not_enough.clone()).await.refusal(), (403, "SECOND_FACTOR_ENROLMENT_REQUIRED"), "{not_enough}");
        }
    }
}
