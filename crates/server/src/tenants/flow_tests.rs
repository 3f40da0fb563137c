//! Workspaces and members over the routes, on both databases: flows 1B, 2 and 6, with every refusal.
#![allow(clippy::unwrap_used)]

use millrace_db::on_both;
use serde_json::{Value, json};

use crate::sign_in::fixture::{PASSWORD, Site};

const CREATE: &str = "/api/v1/auth/create-workspace";
const FURTHER: &str = "/api/v1/workspaces";

fn named(slug: &str) -> Value {
    json!({"workspace_name": "W", "workspace_slug": slug})
}

async fn id_of(site: &Site, token: &str, email: &str) -> String {
    let list = site.get(token, "/api/v1/workspace/users").await.of(200);
    let found = list["data"].as_array().unwrap().iter().find(|one| one["email"] == email).cloned();
    found.unwrap()["user_id"].as_str().unwrap().to_owned()
}

on_both! {
    async fn short_names_are_checked_and_offered(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        let check = async |slug: &str| site.get(&owner.token, &format!("/api/v1/auth/check-subdomain?slug={slug}")).await;
        assert_eq!(check("free-name").await.of(200), json!({"slug": "free-name", "available": true}));
        let taken = check("acme").await.of(200);
        assert_eq!((&taken["available"], taken["suggestions"].as_array().unwrap().len()), (&json!(false), 3));
        for slug in ["ab", "Acme", "admin", "-ab", "a_b"] {
            assert_eq!(check(slug).await.refusal(), (400, "INVALID_SLUG"), "{slug}");
        }
        let eve = site.person("eve@example.com").await;
        let refused = site.post(&eve, CREATE, named("acme")).await;
        assert_eq!(refused.refusal(), (409, "SLUG_TAKEN"));
        let offered = refused.body["suggestions"][0].as_str().unwrap();
        site.post(&eve, CREATE, named(offered)).await.of(201);
        assert_eq!(site.post(&eve, FURTHER, named("admin")).await.refusal(), (400, "INVALID_SLUG"));
        for name in ["", " ", "a\u{7}b", &"x".repeat(101)] {
            let body = json!({"workspace_name": name, "workspace_slug": "other"});
            assert_eq!(site.post(&eve, FURTHER, body).await.refusal(), (400, "INVALID_NAME"), "{name:?}");
        }
        assert_eq!(site.post(&eve, FURTHER, json!({"workspace_name": "x"})).await.refusal(), (400, "INVALID_REQUEST"));
        assert_eq!(site.post("", CREATE, named("other")).await.refusal(), (401, "UNAUTHORIZED"));
        assert_eq!(site.post(&site.bench.key.clone(), CREATE, named("other")).await.refusal(), (401, "API_KEY_NOT_ALLOWED"));
    }

    async fn the_first_workspace_is_one_and_further_ones_are_asked_for(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        assert_eq!(site.post(&owner.token, CREATE, named("second")).await.refusal(), (409, "WORKSPACE_MEMBERSHIP_EXISTS"));
        site.post(&owner.token, FURTHER, named("second")).await.of(201);
        let personal = site.post(&owner.token, FURTHER, json!({"personal": true})).await.of(201);
        assert_eq!((&personal["kind"], &personal["workspace_slug"], &personal["workspace_name"]), (&json!("personal"), &json!("ada"), &json!("Personal workspace")));
        assert_eq!(site.post(&owner.token, FURTHER, json!({"personal": true})).await.refusal(), (409, "WORKSPACE_MEMBERSHIP_EXISTS"), "one each");
        let other = site.person("ada@example.org").await;
        let made = site.post(&other, CREATE, json!({"personal": true})).await.of(201);
        assert!(made["workspace_slug"].as_str().unwrap().starts_with("ada-"), "the name was taken: {made}");
    }

    async fn of_many_who_want_a_name_at_once_one_gets_it(db: TestDb) {
        let site = std::sync::Arc::new(Site::open(db).await);
        let mut tokens = Vec::new();
        for i in 0..6 {
            tokens.push(site.person(&format!("p{i}@example.com")).await);
        }
        let tasks: Vec<_> = tokens.into_iter().map(|token| {
            let site = site.clone();
            tokio::spawn(async move { site.post(&token, CREATE, named("wanted")).await.status })
        }).collect();
        let mut made = 0;
        for task in tasks {
            let status = task.await.unwrap();
            assert!([201, 409].contains(&status), "{status}");
            made += usize::from(status == 201);
        }
        assert_eq!(made, 1);
        assert_eq!(site.count("SELECT count(*) AS n FROM tenants WHERE slug = 'wanted'").await, 1);
    }

    async fn of_many_first_workspaces_of_one_person_one_is_made(db: TestDb) {
        let site = std::sync::Arc::new(Site::open(db).await);
        let token = site.person("ada@example.com").await;
        let tasks: Vec<_> = (0..5).map(|i| {
            let (site, token) = (site.clone(), token.clone());
            tokio::spawn(async move { site.post(&token, CREATE, named(&format!("place-{i}"))).await.status })
        }).collect();
        let mut made = 0;
        for task in tasks {
            made += usize::from(task.await.unwrap() == 201);
        }
        assert_eq!(made, 1);
    }

    async fn switching_goes_only_where_one_belongs(db: TestDb) {
        let site = Site::open(db).await;
        let (ada, eve) = (site.owner("ada@example.com", "acme").await, site.owner("eve@example.com", "elsewhere").await);
        let switch = async |token: &str, to: Value| site.post(token, "/api/v1/auth/switch-workspace", json!({"tenant_id": to})).await;
        assert_eq!(switch(&ada.token, json!("nonsense")).await.refusal(), (400, "INVALID_REQUEST"));
        assert_eq!(switch(&ada.token, json!("org_01h455vb4pex5vsknk084sn02q")).await.refusal(), (404, "WORKSPACE_NOT_FOUND"));
        assert_eq!(switch(&ada.token, json!(eve.tenant)).await.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        let same = switch(&ada.token, json!(ada.tenant)).await.of(200);
        site.get(same["access_token"].as_str().unwrap(), "/api/runs").await.of(200);
        // Lost in the middle of a session: 403 there, gone from the list, and the way to another one stays open.
        let second = site.post(&ada.token, FURTHER, named("second")).await.of(201);
        site.execute("UPDATE tenants SET status = 'suspended' WHERE id = $1", &[second["tenant_id"].as_str().unwrap()]).await;
        assert_eq!(site.get(&ada.token, "/api/runs").await.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        assert_eq!(switch(&ada.token, second["tenant_id"].clone()).await.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        let list = site.get(&ada.token, "/api/v1/auth/workspaces").await.of(200);
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        switch(&ada.token, json!(ada.tenant)).await.of(200);
        site.get(&ada.token, "/api/runs").await.of(200);
        site.execute("UPDATE tenants SET status = 'deactivated' WHERE id = $1", &[ada.tenant.as_str()]).await;
        assert_eq!(site.get(&ada.token, "/api/runs").await.refusal(), (403, "WORKSPACE_DEACTIVATED"));
    }

    async fn settings_are_those_who_manage_s(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        site.owner("eve@example.com", "elsewhere").await;
        let viewer = site.member(&owner, "vi@example.com", "viewer").await;
        let change = async |token: &str, body: Value| site.call(token, "PATCH", "/api/v1/workspace", body).await;
        let changed = change(&owner.token, json!({"workspace_name": "Acme Inc", "timezone": "Europe/Berlin", "currency": "EUR", "auth_mode": "mixed", "workspace_slug": "acme-inc"})).await.of(200);
        assert_eq!((&changed["workspace_slug"], &changed["timezone"], &changed["auth_mode"]), (&json!("acme-inc"), &json!("Europe/Berlin"), &json!("mixed")));
        assert_eq!(site.get(&viewer, "/api/v1/workspace").await.of(200), changed);
        assert_eq!(change(&viewer, json!({"workspace_name": "Mine"})).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(change(&owner.token, json!({"workspace_slug": "elsewhere"})).await.refusal(), (409, "SLUG_TAKEN"));
        for body in [json!({"timezone": "Mars/Olympus"}), json!({"currency": "euro"}), json!({"auth_mode": "magic"})] {
            assert_eq!(change(&owner.token, body.clone()).await.refusal(), (400, "INVALID_REQUEST"), "{body}");
        }
        assert_eq!(change(&owner.token, json!({"status": "active"})).await.refusal(), (400, "FIELD_NOT_WRITABLE"));
        assert_eq!(change(&owner.token, json!({"auth_mode": "default"})).await.of(200)["auth_mode"], Value::Null);
        // What is not said stays; null is back to what the installation says.
        for (body, wanted) in [(json!({"email_verification": false}), json!(false)), (json!({"currency": "CHF"}), json!(false)), (json!({"email_verification": null}), Value::Null)] {
            assert_eq!(change(&owner.token, body.clone()).await.of(200)["email_verification"], wanted, "{body}");
            assert_eq!(site.get(&owner.token, "/api/v1/workspace").await.of(200)["email_verification"], wanted, "{body}");
        }
        let audited = site.audited(&owner.tenant).await;
        assert_eq!(audited.iter().filter(|action| *action == "workspace.updated").count(), 5);
    }

    async fn a_short_name_that_was_given_up_leads_to_its_workspace_for_a_while(db: TestDb) {
        let sso = [("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_SSO_ISSUER", "https://login.example"), ("MILLRACE_SSO_CLIENT_ID", "x")];
        let site = Site::with(db, &sso).await;
        let owner = site.owner("ada@example.com", "acme").await;
        let provider = "INSERT INTO identity_providers (id, tenant_id, name, issuer, client_id, created_at, updated_at) VALUES ('idp_01h455vb4pex5vsknk084sn02q', $1, 'Acme Login', 'https://login.acme.example', 'x', 0, 0)";
        site.execute(provider, &[owner.tenant.as_str()]).await;
        let change = async |slug: &str| {
            site.advance(std::time::Duration::from_secs(1));
            site.call(&owner.token, "PATCH", "/api/v1/workspace", json!({"workspace_slug": slug})).await
        };
        change("acme-inc").await.of(200);
        let ways = async |slug: &str| site.get("", &format!("/api/v1/auth/sso/providers?workspace={slug}")).await.of(200)["data"].as_array().unwrap().len();
        assert_eq!((ways("acme").await, ways("acme-inc").await, ways("nobody").await), (2, 2, 1), "links with the old name go on");

        // Nobody else gets it meanwhile: they would get the links, too.
        let eve = site.person("eve@example.com").await;
        let refused = site.post(&eve, CREATE, named("acme")).await;
        assert_eq!((refused.refusal(), refused.body["suggestions"].as_array().unwrap().len()), ((409, "SLUG_TAKEN"), 3));
        assert_eq!(site.get(&eve, "/api/v1/auth/check-subdomain?slug=acme").await.of(200)["available"], false);
        assert_eq!(site.get(&owner.token, "/api/v1/auth/check-subdomain?slug=acme").await.of(200)["available"], true, "who gave it up may have it back");
        change("acme").await.of(200);
        change("acme-1").await.of(200);
        change("acme-2").await.of(200);
        change("acme-3").await.of(200);
        change("acme-4").await.of(200);
        assert_eq!(site.count("SELECT count(*) AS n FROM former_slugs").await, 3, "nobody hoards names");
        assert_eq!((ways("acme-inc").await, ways("acme-3").await), (1, 2), "the oldest are let go");
        site.advance(std::time::Duration::from_secs(90 * 24 * 60 * 60));
        assert_eq!(ways("acme-3").await, 1);
        let eve = site.login("eve@example.com", PASSWORD).await.of(200)["access_token"].as_str().unwrap().to_owned();
        site.post(&eve, CREATE, named("acme-3")).await.of(201);
    }

    async fn members_change_roles_and_leave_but_never_the_last_owner(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("ada@example.com", "acme").await;
        let admin = site.member(&owner, "ad@example.com", "admin").await;
        let member = site.member(&owner, "me@example.com", "member").await;
        let ids = (id_of(&site, &owner.token, "ada@example.com").await, id_of(&site, &owner.token, "ad@example.com").await, id_of(&site, &owner.token, "me@example.com").await);
        let role = async |token: &str, user: &str, role: &str| site.call(token, "PATCH", &format!("/api/v1/workspace/users/{user}"), json!({"role": role})).await;
        let remove = async |token: &str, user: &str| site.call(token, "DELETE", &format!("/api/v1/workspace/users/{user}"), Value::Null).await;
        assert_eq!(role(&member, &ids.1, "viewer").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(remove(&member, &ids.1).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(role(&admin, &ids.0, "viewer").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"), "an admin touches no owner");
        assert_eq!(role(&admin, &ids.2, "owner").await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"), "and makes none");
        assert_eq!(role(&admin, &ids.2, "king").await.refusal(), (400, "INVALID_ROLE"));
        assert_eq!(role(&owner.token, &ids.0, "admin").await.refusal(), (409, "LAST_OWNER"));
        assert_eq!(remove(&owner.token, &ids.0).await.refusal(), (409, "LAST_OWNER"));
        assert_eq!(role(&owner.token, "usr_01h455vb4pex5vsknk084sn02q", "viewer").await.refusal(), (404, "NOT_FOUND"));
        assert_eq!(role(&admin, &ids.2, "viewer").await.status, 204);
        assert_eq!(site.post(&member, "/api/developer/workflows", json!({"files": {}})).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"), "at once on this node");
        assert_eq!(role(&owner.token, &ids.1, "owner").await.status, 204);
        assert_eq!(role(&admin, &ids.0, "member").await.status, 204, "now there are two");
        assert_eq!(remove(&member, &ids.2).await.status, 204, "everybody may leave");
        assert_eq!(site.get(&member, "/api/runs").await.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        assert_eq!(remove(&admin, &ids.2).await.refusal(), (404, "NOT_FOUND"));
        let eve = site.owner("eve@example.com", "elsewhere").await;
        assert_eq!(remove(&eve.token, &ids.1).await.refusal(), (404, "NOT_FOUND"), "another workspace's member");
        // Invited again, the membership is there again.
        let back = site.invite(&crate::sign_in::fixture::Owner { token: admin, tenant: owner.tenant.clone() }, "me@example.com", "member").await;
        let joined = site.post("", "/api/v1/auth/accept-invitation", json!({"token": back, "password": PASSWORD})).await.of(200);
        assert_eq!(joined["workspace"]["role"], "member");
    }

    async fn of_two_owners_who_leave_at_once_one_stays(db: TestDb) {
        let site = std::sync::Arc::new(Site::open(db).await);
        let owner = site.owner("ada@example.com", "acme").await;
        let second = site.member(&owner, "bo@example.com", "admin").await;
        let ids = [id_of(&site, &owner.token, "ada@example.com").await, id_of(&site, &owner.token, "bo@example.com").await];
        site.call(&owner.token, "PATCH", &format!("/api/v1/workspace/users/{}", ids[1]), json!({"role": "owner"})).await;
        let tasks: Vec<_> = [owner.token.clone(), second].into_iter().zip(ids).map(|(token, id)| {
            let site = site.clone();
            tokio::spawn(async move { site.call(&token, "DELETE", &format!("/api/v1/workspace/users/{id}"), Value::Null).await.status })
        }).collect();
        let mut left = 0;
        for task in tasks {
            let status = task.await.unwrap();
            assert!([204, 409].contains(&status), "{status}");
            left += usize::from(status == 204);
        }
        assert_eq!(left, 1);
        assert_eq!(site.count("SELECT count(*) AS n FROM memberships WHERE role = 'owner' AND status = 'active'").await, 1);
    }

    async fn a_workspace_s_own_host_must_agree_with_the_session(db: TestDb) {
        let settings = [("MILLRACE_AUTH_EMAIL_VERIFICATION", "off"), ("MILLRACE_BASE_DOMAIN", "millrace.example")];
        let site = Site::with(db, &settings).await;
        let owner = site.owner("ada@example.com", "acme").await;
        let at = async |host: &str| site.call_with(&owner.token, "GET", "/api/runs", Value::Null, &[("host", host)]).await;
        assert_eq!(at("acme.millrace.example").await.status, 200);
        assert_eq!(at("millrace.example").await.status, 200);
        assert_eq!(at("other.millrace.example").await.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        assert_eq!(site.get(&owner.token, "/api/v1/workspace").await.of(200)["workspace_url"], "https://acme.millrace.example/app");
        // The address that a workspace gave up is its own for a while, and nobody else's.
        site.call(&owner.token, "PATCH", "/api/v1/workspace", json!({"workspace_slug": "acme-two"})).await.of(200);
        for (host, status) in [("acme-two.millrace.example", 200), ("acme.millrace.example", 200), ("other.millrace.example", 403)] {
            assert_eq!(at(host).await.status, status, "{host}");
        }
        let eve = site.owner("eve@example.com", "globex").await;
        let foreign = site.call_with(&eve.token, "GET", "/api/runs", Value::Null, &[("host", "acme.millrace.example")]).await;
        assert_eq!(foreign.refusal(), (403, "WORKSPACE_ACCESS_DENIED"));
        // What else a request claims about where it belongs is not looked at.
        let spoofed = [("x-forwarded-host", "other.millrace.example"), ("x-tenant-id", "org_01h455vb4pex5vsknk084sn02q"), ("x-original-url", "/api/v1/workspace")];
        assert_eq!(site.call_with(&owner.token, "GET", "/api/runs", Value::Null, &spoofed).await.status, 200);
    }
}
