//! Suspending and erasing people, and members who may not enter for a while, on both databases.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use millrace_db::on_both;
use serde_json::{Value, json};

use super::erase::THEIRS;
use super::tests::{dump, table_of, tables_with};
use crate::identity::people;
use crate::installations::fixture::{Answer, OPERATOR};
use crate::second_factor::passkeys::device;
use crate::sign_in::fixture::{Owner, PASSWORD, Site};

async fn id_of(site: &Site, email: &str) -> String {
    let found = site.bench.call_as(OPERATOR, "GET", &format!("/api/v1/admin/users?email={email}"), Value::Null, &[]).await.of(200);
    found["data"][0]["user_id"].as_str().unwrap_or_default().to_owned()
}

async fn decide(site: &Site, user: &str, what: &str) -> Answer {
    let body = json!({"reason": "Asked for by their employer"});
    site.bench.call_as(OPERATOR, "POST", &format!("/api/v1/admin/users/{user}/{what}"), body, &[]).await
}

async fn erase(site: &Site, who: &str, email: &str, proof: Value) -> Answer {
    let mut body = json!({"confirm_email": email});
    body.as_object_mut().unwrap().extend(proof.as_object().unwrap().clone());
    site.post(who, "/api/v1/users/me/erase", body).await
}

/// An owner with an admin and a viewer.
async fn team(site: &Site) -> (Owner, String, String) {
    let ada = site.owner("ada@example.com", "acme").await;
    let (eve, bob) = (site.member(&ada, "eve@example.com", "admin").await, site.member(&ada, "bob@example.com", "viewer").await);
    (ada, eve, bob)
}

on_both! {
    async fn a_suspended_person_is_out_everywhere_and_comes_back_as_they_were(db: TestDb) {
        let site = Site::open(db).await;
        let (_, _, bob) = team(&site).await;
        let id = id_of(&site, "bob@example.com").await;
        site.get(&bob, "/api/runs").await.of(200);
        let suspended = decide(&site, &id, "suspend").await.of(200);
        assert_eq!((&suspended["status"], &suspended["already_applied"]), (&json!("suspended"), &json!(false)));
        assert_eq!(decide(&site, &id, "suspend").await.of(200)["already_applied"], true);
        assert_eq!(site.get(&bob, "/api/runs").await.status, 401, "every session has ended");
        assert_eq!(site.login("bob@example.com", PASSWORD).await.refusal(), (403, "USER_SUSPENDED"));
        assert_eq!(decide(&site, &id, "reactivate").await.of(200)["status"], "active");
        assert_eq!(decide(&site, &id, "reactivate").await.of(200)["already_applied"], true);
        assert_eq!(site.get(&bob, "/api/runs").await.status, 401, "what ended stays ended");
        let back = site.login("bob@example.com", PASSWORD).await.of(200);
        site.get(back["access_token"].as_str().unwrap(), "/api/runs").await.of(200);
        let said = site.audited("installation").await;
        assert!(said.iter().any(|a| a == "user.suspended") && said.iter().any(|a| a == "user.reactivated"), "{said:?}");
        let own = site.get(back["access_token"].as_str().unwrap(), "/api/v1/users/me/security-events?kind=user_suspended").await.of(200);
        assert_eq!(own["data"].as_array().unwrap().len(), 1);
        assert_eq!(decide(&site, "usr_01h455vb4pex5vsknk084sn02q", "suspend").await.refusal(), (404, "NOT_FOUND"));
    }

    async fn who_was_not_verified_is_not_verified_by_being_suspended(db: TestDb) {
        let site = Site::strict(db).await;
        site.post("", "/api/v1/auth/signup", json!({"email": "new@example.com", "password": PASSWORD})).await;
        let id = id_of(&site, "new@example.com").await;
        decide(&site, &id, "suspend").await.of(200);
        assert_eq!(decide(&site, &id, "reactivate").await.of(200)["status"], "pending_verification");
    }

    async fn a_deactivated_member_waits_outside_with_their_role(db: TestDb) {
        let site = Site::open(db).await;
        let (ada, eve, bob) = team(&site).await;
        let (owner, viewer) = (id_of(&site, "ada@example.com").await, id_of(&site, "bob@example.com").await);
        let door = async |who: &str, user: &str, what: &str| site.post(who, &format!("/api/v1/workspace/users/{user}/{what}"), Value::Null).await;
        assert_eq!(door(&bob, &viewer, "deactivate").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(door(&eve, &owner, "deactivate").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"), "an admin touches no owner");
        assert_eq!(door(&ada.token, &owner, "deactivate").await.refusal(), (409, "LAST_OWNER"));
        door(&eve, &viewer, "deactivate").await.of(204);
        door(&eve, &viewer, "deactivate").await.of(204);
        assert_eq!(site.get(&bob, "/api/runs").await.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        let listed = site.get(&eve, "/api/v1/workspace/users").await.of(200);
        let of_bob = listed["data"].as_array().unwrap().iter().find(|m| m["email"] == "bob@example.com").unwrap();
        assert_eq!((&of_bob["status"], &of_bob["role"]), (&json!("deactivated"), &json!("viewer")));
        door(&eve, &viewer, "reactivate").await.of(204);
        door(&eve, &viewer, "reactivate").await.of(204);
        site.get(&bob, "/api/runs").await.of(200);
        // Whoever is out for good is not to be let in by this door.
        door(&eve, &viewer, "deactivate").await.of(204);
        site.call(&eve, "DELETE", &format!("/api/v1/workspace/users/{viewer}"), Value::Null).await.of(204);
        assert_eq!(door(&eve, &viewer, "reactivate").await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(site.get(&eve, "/api/v1/workspace/users").await.of(200)["data"].as_array().unwrap().len(), 2);
        // And who comes back by an invitation is in, not half in.
        site.invite(&ada, "bob@example.com", "member").await;
        let said = site.audited(&ada.tenant).await;
        let doors: Vec<&str> = said.iter().map(String::as_str).filter(|a| a.starts_with("membership.") && *a != "membership.created").collect();
        assert_eq!(doors, ["membership.deactivated", "membership.reactivated", "membership.deactivated", "membership.removed"]);
    }

    async fn nothing_of_an_erased_person_remains(db: TestDb) {
        let site = Site::open(db).await;
        let (ada, eve, _) = team(&site).await;
        let id = id_of(&site, "eve@example.com").await;
        let agent = [("user-agent", "EVES-OWN-BROWSER/1.0")];
        let signed_in = site.call_with("", "POST", "/api/v1/auth/login", json!({"email": "eve@example.com", "password": PASSWORD}), &agent).await.of(200);
        let token = signed_in["access_token"].as_str().unwrap().to_owned();
        site.call_with(&token, "PATCH", "/api/v1/users/me", json!({"name": "Evelyn Unmistakable"}), &agent).await.of(200);
        site.call_with(&token, "POST", "/api/v1/api-keys", json!({"name": "k", "permissions": ["runs"]}), &agent).await.of(201);
        let (device, _) = device::add(&site, &token).await;
        site.post(&token, "/api/v1/users/me/passkeys/challenge", Value::Null).await.of(200);
        site.post("", "/api/v1/auth/forgot-password", json!({"email": "eve@example.com"})).await;
        site.mailed_soon("password_reset", "eve@example.com", 1).await;
        site.execute("UPDATE mails SET due_at = NULL, state = 'sent' WHERE recipient <> $1", &["nobody"]).await;

        assert_eq!(erase(&site, &token, "eve@example.org", json!({"password": PASSWORD})).await.refusal(), (400, "CONFIRMATION_WRONG"));
        assert_eq!(erase(&site, &token, "eve@example.com", json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        assert_eq!(erase(&site, &token, "eve@example.com", json!({"password": "not her password at all"})).await.refusal(), (400, "WRONG_PASSWORD"));
        let gone = site.call_with(&token, "POST", "/api/v1/users/me/erase", json!({"confirm_email": "Eve@Example.com", "password": PASSWORD}), &agent).await;
        assert_eq!(gone.status, 204, "{}", gone.body);

        for (table, row) in dump(site.bench.app.platform()).await {
            let row = row.to_lowercase();
            for trace in ["eve@example.com", "evelyn", "unmistakable", "eves-own-browser", &device.id().to_lowercase()] {
                assert!(!row.contains(trace), "{table} still knows {trace}: {row}");
            }
        }
        assert_eq!(site.count("SELECT count(*) AS n FROM passkey_challenges").await, 0);
        for who in [&token, &eve] {
            assert_eq!(site.get(who, "/api/v1/users/me").await.status, 401);
        }
        assert_eq!(site.login("eve@example.com", PASSWORD).await.refusal(), (401, "INVALID_CREDENTIALS"));
        for what in ["suspend", "reactivate"] {
            assert_eq!(decide(&site, &id, what).await.refusal(), (404, "NOT_FOUND"), "nobody is there to be let in");
        }
        assert!(site.audited(&ada.tenant).await.iter().any(|a| a == "membership.removed"));
        assert!(site.audited("installation").await.iter().any(|a| a == "user.erased"));
        let exported = site.get(&ada.token, "/api/v1/audit/export").await;
        millrace_audit::verify(exported.body.as_str().unwrap().as_bytes(), None).unwrap();
        // The address is free, and whoever takes it is somebody else.
        site.person("eve@example.com").await;
        assert_ne!(id_of(&site, "eve@example.com").await, id);
    }

    async fn every_table_of_people_is_erased_or_says_why_not(db: TestDb) {
        const ELSEWHERE: [(&str, &str); 9] = [
            ("second_factors", "second_factor::remove_all"),
            ("recovery_codes", "second_factor::remove_all"),
            ("second_factor_challenges", "second_factor::remove_all"),
            ("passkeys", "second_factor::remove_all"),
            ("passkey_challenges", "second_factor::remove_all"),
            ("security_events", "security_events::forget_person"),
            ("invitations", "the address in them goes; that somebody was invited is the workspace's"),
            ("installers", "runs are given the same id at every replay; it leads to nobody"),
            ("support_accesses", "what staff did in a workspace is its own; the id leads to nobody"),
        ];
        let there = tables_with(&db.db, &["user_id"]).await;
        let known: BTreeSet<String> = THEIRS.iter().map(|statement| table_of(statement)).chain(ELSEWHERE.iter().map(|(table, _)| (*table).to_owned())).collect();
        let missing: Vec<_> = there.difference(&known).collect();
        assert!(missing.is_empty(), "lifecycle/erase.rs does not know these tables of people: {missing:?}");
    }

    async fn the_last_owner_stays_until_the_workspace_is_given_away_or_up(db: TestDb) {
        let site = Site::open(db).await;
        let (ada, _, _) = team(&site).await;
        let id = id_of(&site, "ada@example.com").await;
        let refused = erase(&site, &ada.token, "ada@example.com", json!({"password": PASSWORD})).await;
        assert_eq!(refused.refusal(), (409, "LAST_OWNER"));
        assert!(refused.body["detail"].as_str().unwrap().contains("acme"));
        let by_operator = async |email: &str| site.bench.call_as(OPERATOR, "POST", &format!("/api/v1/admin/users/{id}/erase"), json!({"confirm_email": email}), &[]).await;
        assert_eq!(by_operator("ada@example.com").await.refusal(), (409, "LAST_OWNER"));
        site.post(&ada.token, "/api/v1/workspace/delete", json!({"confirm_slug": "acme"})).await.of(200);
        assert_eq!(by_operator("ida@example.com").await.refusal(), (400, "CONFIRMATION_WRONG"));
        by_operator("ada@example.com").await.of(204);
        assert_eq!(by_operator("ada@example.com").await.refusal(), (404, "NOT_FOUND"));
    }

    async fn who_has_nothing_to_show_must_have_come_a_moment_ago(db: TestDb) {
        let site = Site::open(db).await;
        let (user, email) = people::user(&site.bench.app, true).await;
        site.execute("UPDATE users SET password_hash = NULL WHERE id = $1", &[user.as_str()]).await;
        let late = people::sign_in(&site.bench.app, &user, &email, None).await;
        assert_eq!(erase(&site, &late.token, "other@example.com", json!({})).await.refusal(), (400, "CONFIRMATION_WRONG"));
        // The session goes on, as one that is renewed does; it began too long ago.
        site.execute("UPDATE sessions SET created_at = created_at - 901000000 WHERE id = $1", &[late.session.as_str()]).await;
        assert_eq!(erase(&site, &late.token, &email, json!({})).await.refusal(), (400, "FRESH_PROOF_REQUIRED"));
        let fresh = people::sign_in(&site.bench.app, &user, &email, None).await;
        erase(&site, &fresh.token, &email, json!({})).await.of(204);
    }
}
