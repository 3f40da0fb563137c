//! A workspace's own provider, and its domains.

use millrace_db::on_both;
use serde_json::{Value, json};

use super::LOGIN;
use super::peer::{CLIENT, Idp, SECRET, person, travel};
use crate::installations::fixture::{OPERATOR, TEXTS};
use crate::sign_in::fixture::{Owner, Site};

const SSO: &str = "/api/v1/workspace/sso";
const DOMAINS: &str = "/api/v1/workspace/sso/domains";

pub(super) async fn configure(site: &Site, owner: &Owner, idp: &Idp) -> String {
    let request = json!({"name": "Acme Login", "issuer": idp.issuer, "client_id": CLIENT, "client_secret": SECRET});
    let made = site.call(&owner.token, "PUT", SSO, request).await.of(200);
    assert_eq!((&made["has_client_secret"], made.get("client_secret")), (&json!(true), None));
    format!("/api/v1/auth/sso/{}/login", made["id"].as_str().unwrap())
}

pub(super) async fn vouch(site: &Site, owner: &Owner, domain: &str) {
    let path = format!("/api/admin/tenants/{}/domains/{domain}/verify", owner.tenant);
    assert_eq!(site.call(OPERATOR, "POST", &path, Value::Null).await.of(200)["verified_by"], "operator");
}

on_both! {
    async fn a_workspaces_provider_is_believed_for_its_own_domains_only(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site_with(db, &[]).await;
        let owner = site.owner("owner@acme.example", "acme").await;
        assert_eq!(site.get(&owner.token, SSO).await.refusal(), (404, "NOT_FOUND"));
        let login = configure(&site, &owner, &idp).await;
        assert_eq!(site.get("", "/api/v1/auth/sso/providers").await.of(200)["data"], json!([]));
        let listed = site.get("", "/api/v1/auth/sso/providers?workspace=acme").await.of(200);
        assert_eq!(listed["data"][0]["name"], "Acme Login");
        assert_eq!(site.get("", "/api/v1/auth/sso/providers?workspace=nobody").await.of(200)["data"], json!([]));

        let ada = person("ada-1", "ada@acme.example");
        assert_eq!(travel(&site, &login, &ada).await.refusal(), (401, "AUTHENTICATION_FAILED"), "it has no domain");
        let added = site.post(&owner.token, DOMAINS, json!({"domain": "ACME.example", "default_role": "member"})).await.of(201);
        assert_eq!((&added["domain"], &added["verified_at"], &added["record_name"]), (&json!("acme.example"), &Value::Null, &json!("_millrace.acme.example")));
        assert_eq!(travel(&site, &login, &ada).await.refusal(), (401, "AUTHENTICATION_FAILED"), "the domain is not verified");
        assert_eq!(site.post(&owner.token, &format!("{DOMAINS}/acme.example/verify"), Value::Null).await.refusal(), (409, "DOMAIN_NOT_VERIFIED"));
        vouch(&site, &owner, "acme.example").await;
        let body = travel(&site, &login, &ada).await.of(200);
        assert_eq!((&body["tenant_id"], &body["workspace"]["role"]), (&json!(owner.tenant), &json!("member")));
        for email in ["eve@example.com", "eve@sub.acme.example", "eve@acme.example.com"] {
            assert_eq!(travel(&site, &login, &person("eve-1", email)).await.refusal(), (401, "AUTHENTICATION_FAILED"), "{email}");
        }
        let audited = site.audited(&owner.tenant).await;
        for action in ["sso.configured", "domain.added", "domain.verified", "membership.auto_provisioned"] {
            assert!(audited.contains(&action.to_owned()), "{action}: {audited:?}");
        }
        let sealed: i64 = site.count("SELECT count(*) AS n FROM identity_providers WHERE client_secret LIKE 'v1:%'").await;
        assert_eq!(sealed, 1);

        // Another address for the same client: the secret does not go there.
        let moved = json!({"name": "Acme Login", "issuer": idp.issuer, "client_id": "another"});
        assert_eq!(site.call(&owner.token, "PUT", SSO, moved).await.of(200)["has_client_secret"], false);
        site.call(&owner.token, "DELETE", &format!("{DOMAINS}/acme.example"), Value::Null).await.of(204);
        site.call(&owner.token, "DELETE", SSO, Value::Null).await.of(204);
        assert_eq!(site.get("", &login).await.refusal(), (404, "NOT_FOUND"));
    }

    async fn a_domain_counts_once_its_record_is_published(db: TestDb) {
        let site = Site::open(db).await;
        let owner = site.owner("owner@dns.example", "acme").await;
        let added = site.post(&owner.token, DOMAINS, json!({"domain": "dns.example"})).await.of(201);
        let verify = format!("{DOMAINS}/dns.example/verify");
        let text = |text: &str| (added["record_name"].as_str().unwrap().to_owned(), text.to_owned());
        TEXTS.lock().extend([text("v=spf1 -all"), text("millrace-verification=another")]);
        assert_eq!(site.post(&owner.token, &verify, Value::Null).await.refusal(), (409, "DOMAIN_NOT_VERIFIED"));
        TEXTS.lock().push(text(added["record_text"].as_str().unwrap()));
        assert_eq!(site.post(&owner.token, &verify, Value::Null).await.of(200)["verified_by"], "dns");
        // What is published for one workspace says nothing about another.
        let other = site.owner("other@dns.example", "other").await;
        site.post(&other.token, DOMAINS, json!({"domain": "dns.example"})).await.of(201);
        assert_eq!(site.post(&other.token, &verify, Value::Null).await.refusal(), (409, "DOMAIN_NOT_VERIFIED"));
        let listed = site.get(&owner.token, DOMAINS).await.of(200);
        assert_eq!((listed["data"].as_array().unwrap().len(), &listed["data"][0]["verified_by"]), (1, &json!("dns")));
    }

    async fn an_issuer_must_be_a_provider_that_may_be_reached(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site_with(db, &[]).await;
        let owner = site.owner("owner@acme.example", "acme").await;
        let slashed = format!("{}/", idp.issuer);
        for issuer in ["http://login.example", "https://10.0.0.1", "https://169.254.169.254/latest", "https://u:p@login.example", "https://login.example?x=1", "ftp://login.example", "nonsense", &slashed] {
            let answer = site.call(&owner.token, "PUT", SSO, json!({"name": "x", "issuer": issuer, "client_id": "x"})).await;
            assert_eq!(answer.refusal(), (400, "INVALID_ISSUER"), "{issuer}");
        }
        for domain in ["", "localhost", "a@b.example", "-a.example", "*.example.com", "10.0.0.1"] {
            assert_eq!(site.post(&owner.token, DOMAINS, json!({"domain": domain})).await.refusal(), (400, "INVALID_DOMAIN"), "{domain}");
        }
        for role in ["owner", "admin", "king"] {
            assert_eq!(site.post(&owner.token, DOMAINS, json!({"domain": "acme.example", "default_role": role})).await.refusal(), (400, "INVALID_ROLE"), "{role}");
        }
        let unknown = format!("/api/admin/tenants/{}/domains/acme.example/verify", owner.tenant);
        assert_eq!(site.call(OPERATOR, "POST", &unknown, Value::Null).await.refusal(), (404, "NOT_FOUND"));
    }

    async fn people_of_a_domain_join_the_one_workspace_that_it_belongs_to(db: TestDb) {
        let idp = Idp::start(false).await;
        let site = idp.site(db).await;
        let (acme, twin) = (site.owner("owner@acme.example", "acme").await, site.owner("other@acme.example", "twin").await);
        site.post(&acme.token, DOMAINS, json!({"domain": "acme.example"})).await.of(201);
        let before = travel(&site, LOGIN, &person("p0", "p0@acme.example")).await.of(200);
        assert_eq!(before["next"], "create_workspace", "unverified");
        vouch(&site, &acme, "acme.example").await;
        let joined = travel(&site, LOGIN, &person("p1", "p1@acme.example")).await.of(200);
        assert_eq!((&joined["tenant_id"], &joined["workspace"]["role"]), (&json!(acme.tenant), &json!("viewer")));
        let member = joined["user"]["id"].as_str().unwrap();
        site.call(&acme.token, "DELETE", &format!("/api/v1/workspace/users/{member}"), Value::Null).await;
        let back = travel(&site, LOGIN, &person("p1", "p1@acme.example")).await.of(200);
        assert_eq!(back["next"], "create_workspace", "who was removed does not come back by signing in");

        site.post(&twin.token, DOMAINS, json!({"domain": "acme.example", "default_role": "member"})).await.of(201);
        vouch(&site, &twin, "acme.example").await;
        let several = travel(&site, LOGIN, &person("p2", "p2@acme.example")).await.of(200);
        assert_eq!(several["next"], "create_workspace", "two workspaces: nobody can tell which");
        site.post(&twin.token, DOMAINS, json!({"domain": "acme.example", "auto_join": false})).await.of(201);
        let one = travel(&site, LOGIN, &person("p3", "p3@acme.example")).await.of(200);
        assert_eq!(one["tenant_id"], json!(acme.tenant));
    }
}
