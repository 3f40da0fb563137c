//! Flow 2 over the routes, on both databases, with every refusal.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_db::on_both;
use serde_json::{Value, json};

use crate::sign_in::fixture::{PASSWORD, Site};

const INVITE: &str = "/api/v1/workspace/users/invite";
const ACCEPT: &str = "/api/v1/auth/accept-invitation";

fn whom(email: &str, role: &str) -> Value {
    json!({"email": email, "role": role})
}

on_both! {
    async fn a_colleague_is_invited_and_comes(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        let sent = site.post(&owner.token, INVITE, whom("Bob@Example.com", "member")).await.of(201);
        assert_eq!((&sent["email"], &sent["status"], &sent["role"]), (&json!("bob@example.com"), &json!("pending"), &json!("member")));
        assert!(sent.get("token").is_none(), "only the mail carries it");
        let token = site.mailed("team_invitation", "bob@example.com").await.pop().unwrap();
        let look = site.get("", &format!("{ACCEPT}?token={token}")).await.of(200);
        assert_eq!((&look["workspace_slug"], &look["needs_password"]), (&json!("acme"), &json!(true)));
        assert_eq!(site.count("SELECT count(*) AS n FROM memberships").await, 1, "nobody is a member before it is accepted");
        assert_eq!(site.post("", ACCEPT, json!({"token": token})).await.refusal(), (400, "INVALID_REQUEST"));
        assert_eq!(site.post("", ACCEPT, json!({"token": token, "password": "short"})).await.refusal(), (400, "WEAK_PASSWORD"));
        let joined = site.post("", ACCEPT, json!({"token": token, "password": PASSWORD})).await.of(200);
        assert_eq!((joined["tenant_id"].as_str(), &joined["next"]), (Some(owner.tenant.as_str()), &json!("workspace")));
        let bob = joined["access_token"].as_str().unwrap();
        site.get(bob, "/api/runs").await.of(200);
        assert_eq!(site.post(bob, INVITE, whom("eve@example.com", "member")).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        for refused in [site.post("", ACCEPT, json!({"token": token, "password": PASSWORD})).await, site.get("", &format!("{ACCEPT}?token={token}")).await] {
            assert_eq!(refused.refusal(), (400, "INVITATION_INVALID"), "once");
        }
        assert_eq!(site.mailed("invitation_accepted", "ada@example.com").await.len(), 1);
        assert_eq!(site.audited(&owner.tenant).await, ["workspace.created", "invitation.sent", "invitation.accepted", "membership.created", "user.signed_in", "access.denied"]);
        assert_eq!(site.post(&owner.token, INVITE, whom("bob@example.com", "viewer")).await.refusal(), (409, "ALREADY_MEMBER"));
        site.login("bob@example.com", PASSWORD).await.of(200);
    }

    async fn invitations_that_are_refused(db: TestDb) {
        let sso = [("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_SSO_ISSUER", "https://login.example"), ("MILLRACE_SSO_CLIENT_ID", "x")];
        let site = Site::with(db, &sso).await;
        let owner = site.owner("ada@example.com", "acme").await;
        for role in ["owner", "king", ""] {
            assert_eq!(site.post(&owner.token, INVITE, whom("bob@example.com", role)).await.refusal(), (400, "INVALID_ROLE"), "{role}");
        }
        assert_eq!(site.post(&owner.token, INVITE, whom("bob", "member")).await.refusal(), (400, "INVALID_EMAIL"));
        assert_eq!(site.post("", INVITE, whom("bob@example.com", "member")).await.status, 401);
        let none = site.person("eve@example.com").await;
        assert_eq!(site.post(&none, INVITE, whom("bob@example.com", "member")).await.refusal(), (403, "NO_ACTIVE_WORKSPACE"));
        let key = site.bench.key.clone();
        assert_eq!(site.post(&key, INVITE, whom("bob@example.com", "member")).await.refusal(), (401, "API_KEY_NOT_ALLOWED"));
        assert_eq!(site.get("", &format!("{ACCEPT}?token=made-up")).await.refusal(), (400, "INVITATION_INVALID"));
        // Somebody who signs in elsewhere, in a workspace of people who do not.
        site.execute("UPDATE users SET auth_provider = 'idp' WHERE email = $1", &["eve@example.com"]).await;
        assert_eq!(site.post(&owner.token, INVITE, whom("eve@example.com", "member")).await.refusal(), (409, "AUTH_PROVIDER_MISMATCH"));
        // A workspace that takes nobody with a password.
        let token = site.invite(&owner, "bob@example.com", "member").await;
        site.call(&owner.token, "PATCH", "/api/v1/workspace", json!({"auth_mode": "sso_only"})).await.of(200);
        assert_eq!(site.post("", ACCEPT, json!({"token": token, "password": PASSWORD})).await.refusal(), (400, "WRONG_LOGIN_METHOD"));
        assert_eq!(site.get("", &format!("{ACCEPT}?token={token}")).await.refusal(), (400, "WRONG_LOGIN_METHOD"));
    }

    async fn an_invitation_ends_is_renewed_and_taken_back(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        let first = site.invite(&owner, "bob@example.com", "member").await;
        let second = site.invite(&owner, "bob@example.com", "viewer").await;
        assert_eq!(site.get("", &format!("{ACCEPT}?token={first}")).await.refusal(), (400, "INVITATION_INVALID"), "a newer one takes its place");
        site.advance(Duration::from_secs(7 * 24 * 60 * 60));
        let owner_token = site.login("ada@example.com", PASSWORD).await.of(200)["access_token"].as_str().unwrap().to_owned();
        assert_eq!(site.get("", &format!("{ACCEPT}?token={second}")).await.refusal(), (401, "INVITATION_EXPIRED"));
        let list = site.get(&owner_token, "/api/v1/workspace/invitations").await.of(200);
        let states: Vec<&str> = list["data"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(states, ["expired", "revoked"]);
        let id = list["data"][0]["invitation_id"].as_str().unwrap();
        let path = format!("/api/v1/workspace/invitations/{id}");
        let other = site.owner("eve@example.com", "elsewhere").await;
        assert_eq!(site.call(&other.token, "DELETE", &path, Value::Null).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(site.post(&other.token, &format!("{path}/resend"), Value::Null).await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(site.post(&owner_token, &format!("{path}/resend"), Value::Null).await.of(200)["status"], "pending");
        let third = site.mailed("team_invitation", "bob@example.com").await.pop().unwrap();
        assert_eq!(site.get("", &format!("{ACCEPT}?token={second}")).await.refusal(), (400, "INVITATION_INVALID"));
        site.get("", &format!("{ACCEPT}?token={third}")).await.of(200);
        assert_eq!(site.call(&owner_token, "DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(site.call(&owner_token, "DELETE", &path, Value::Null).await.status, 204, "again is no change");
        assert_eq!(site.get("", &format!("{ACCEPT}?token={third}")).await.refusal(), (400, "INVITATION_INVALID"));
        assert_eq!(site.post(&owner_token, &format!("{path}/resend"), Value::Null).await.refusal(), (400, "INVITATION_INVALID"));
        let audited = site.audited(&owner.tenant).await;
        assert_eq!(audited.iter().filter(|action| *action == "invitation.revoked").count(), 1);
    }

    async fn somebody_with_a_password_shows_it_and_keeps_it(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        let bob = site.owner("bob@example.com", "bobs-own").await;
        let token = site.invite(&owner, "bob@example.com", "admin").await;
        assert_eq!(site.get("", &format!("{ACCEPT}?token={token}")).await.of(200)["needs_password"], false);
        let wrong = json!({"token": token, "password": "seven marble lantern otter"});
        assert_eq!(site.post("", ACCEPT, wrong.clone()).await.refusal(), (401, "INVALID_CREDENTIALS"));
        assert_eq!(site.post(&owner.token, ACCEPT, wrong).await.refusal(), (401, "INVALID_CREDENTIALS"), "signed in as somebody else proves nothing");
        // Signed in: no password is needed, and the device goes on in the new workspace.
        let joined = site.post(&bob.token, ACCEPT, json!({"token": token})).await.of(200);
        assert_eq!(joined["tenant_id"].as_str(), Some(owner.tenant.as_str()));
        assert_eq!(joined["workspaces"].as_array().unwrap().len(), 2);
        assert_eq!(site.get(&bob.token, "/api/runs").await.status, 401, "its session before has ended");
        site.login("bob@example.com", PASSWORD).await.of(200);
    }

    async fn of_many_who_accept_at_once_one_does(db: TestDb) {
        let site = std::sync::Arc::new(Site::open(db).await);
        let owner = site.owner("ada@example.com", "acme").await;
        let token = site.invite(&owner, "bob@example.com", "member").await;
        let tasks: Vec<_> = (0..6).map(|_| {
            let (site, body) = (site.clone(), json!({"token": token, "password": PASSWORD}));
            tokio::spawn(async move { site.post("", ACCEPT, body).await.status })
        }).collect();
        let mut accepted = 0;
        for task in tasks {
            let status = task.await.unwrap();
            assert!([200, 400].contains(&status), "{status}");
            accepted += usize::from(status == 200);
        }
        assert_eq!(accepted, 1);
        assert_eq!(site.count("SELECT count(*) AS n FROM memberships").await, 2);
        assert_eq!(site.audited(&owner.tenant).await.iter().filter(|action| *action == "invitation.accepted").count(), 1);
    }

    async fn with_verification_a_member_who_has_not_answered_the_mail_may_do_nothing(db: TestDb) {
        let site = Site::strict(db).await;
        site.post("", "/api/v1/auth/signup", json!({"email": "ada@example.com", "password": PASSWORD})).await.of(201);
        let verify = site.mailed("verify_email", "ada@example.com").await.pop().unwrap();
        site.get("", &format!("/api/v1/auth/verify-email?token={verify}")).await.of(200);
        let token = site.login("ada@example.com", PASSWORD).await.of(200)["access_token"].as_str().unwrap().to_owned();
        let made = site.post(&token, "/api/v1/auth/create-workspace", json!({"workspace_name": "Acme", "workspace_slug": "acme"})).await.of(201);
        let owner = crate::sign_in::fixture::Owner { token, tenant: made["tenant_id"].as_str().unwrap().to_owned() };
        let bob = site.member(&owner, "bob@example.com", "member").await;
        for path in ["/api/runs", "/api/v1/users/me", "/api/v1/auth/workspaces"] {
            assert_eq!(site.get(&bob, path).await.refusal(), (403, "EMAIL_NOT_VERIFIED"), "{path}");
        }
        let verify = site.mailed("verify_email", "bob@example.com").await.pop().unwrap();
        assert_eq!(site.get("", &format!("/api/v1/auth/verify-email?token={verify}")).await.of(200)["next"], "workspace");
        site.get(&bob, "/api/runs").await.of(200);

        // Invited, and signing in before following the link: the mail decides, and with it comes the membership.
        site.post(&owner.token, INVITE, whom("cy@example.com", "viewer")).await.of(201);
        assert_eq!(site.login("cy@example.com", "weak").await.refusal(), (401, "INVALID_CREDENTIALS"));
        assert_eq!(site.login("cy@example.com", PASSWORD).await.refusal(), (403, "EMAIL_NOT_VERIFIED"));
        assert_eq!(site.count("SELECT count(*) AS n FROM memberships").await, 2);
        let verify = site.mailed("verify_email", "cy@example.com").await.pop().unwrap();
        site.get("", &format!("/api/v1/auth/verify-email?token={verify}")).await.of(200);
        let cy = site.login("cy@example.com", PASSWORD).await.of(200);
        assert_eq!((cy["tenant_id"].as_str(), &cy["workspace"]["role"]), (Some(owner.tenant.as_str()), &json!("viewer")));
    }

    async fn without_verification_a_sign_in_claims_no_invitation(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        site.invite(&owner, "bob@example.com", "member").await;
        assert_eq!(site.login("bob@example.com", PASSWORD).await.refusal(), (401, "INVALID_CREDENTIALS"));
        // Signing up is another matter: it makes an account, and no member.
        let bob = site.person("bob@example.com").await;
        assert_eq!(site.get(&bob, "/api/v1/auth/workspaces").await.of(200)["data"], json!([]));
    }
}
