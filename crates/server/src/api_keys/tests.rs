#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, on_both, sql};
use millrace_ids::TenantId;

use super::*;
use crate::identity::people::{self, member};
use crate::identity::Scope;
use crate::installations::fixture::Bench;
use serde_json::{Value, json};
use crate::identity::{Permission, Role};

async fn tenant(db: &Db) -> TenantId {
    let id = TenantId::generate();
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql("INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $1, 'T', 'active', 0)").bind(id.as_str())).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn key(db: &Db, tenant: &TenantId, role: Role, expires_at: Option<Timestamp>) -> ApiKeyText {
    let mut tx = db.begin().await.unwrap();
    let key = insert(&mut tx, tenant, &NewApiKey { name: "test".into(), grant: KeyGrant::Role(role), expires_at, created_by: None }, Timestamp::default()).await.unwrap();
    tx.commit().await.unwrap();
    key
}

async fn revoke(db: &Db, tenant: &TenantId, key: &ApiKeyText) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = store::revoke(&mut tx, tenant, key.id(), None, clock().now()).await.unwrap();
    tx.commit().await.unwrap();
    done
}

fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(1_000_000))
}

on_both! {
    async fn a_key_names_its_workspace_and_role(db: TestDb) {
        let (a, b) = (tenant(&db).await, tenant(&db).await);
        let (of_a, of_b) = (key(&db, &a, Role::Owner, None).await, key(&db, &b, Role::Viewer, None).await);
        let keys = Keys::default();
        let caller = keys.check(&db, &clock(), &of_a, None).await.unwrap();
        assert_eq!((&caller.tenant, caller.by.as_str(), caller.role), (&a, of_a.id().as_str(), Role::Owner));
        assert!(caller.needs(Permission::WorkflowsWrite).is_ok());
        let caller = keys.check(&db, &clock(), &of_b, None).await.unwrap();
        assert_eq!(caller.tenant, b);
        assert_eq!(caller.needs(Permission::WorkflowsWrite).unwrap_err().code, "INSUFFICIENT_PERMISSIONS");
    }

    async fn a_right_id_with_a_wrong_secret_is_nobody(db: TestDb) {
        let a = tenant(&db).await;
        let right = key(&db, &a, Role::Owner, None).await;
        let text = right.expose();
        let last = if text.ends_with('0') { "1" } else { "0" };
        let wrong: ApiKeyText = format!("{}{last}", &text[..text.len() - 1]).parse().unwrap();
        assert_eq!(wrong.id(), right.id());
        let keys = Keys::default();
        // Both cold and from memory.
        assert!(keys.check(&db, &clock(), &wrong, None).await.is_err());
        assert!(keys.check(&db, &clock(), &right, None).await.is_ok());
        assert!(keys.check(&db, &clock(), &wrong, None).await.is_err());
        assert!(keys.check(&db, &clock(), &ApiKeyText::generate(), None).await.is_err());
    }

    async fn the_secret_is_not_in_the_database(db: TestDb) {
        let a = tenant(&db).await;
        let key = key(&db, &a, Role::Owner, None).await;
        let secret = key.expose().rsplit('_').next().unwrap().to_owned();
        let mut tx = db.read().await.unwrap();
        let row = tx.one(sql("SELECT secret_hash FROM api_keys")).await.unwrap();
        let stored: String = row.get("secret_hash").unwrap();
        assert_ne!(stored, secret);
        assert_eq!(stored, key.hash());
    }

    async fn keys_end_by_time_by_revocation_and_with_their_workspace(db: TestDb) {
        let a = tenant(&db).await;
        let (clock, keys) = (clock(), Keys::default());
        let short = key(&db, &a, Role::Owner, Some(clock.now().plus(Duration::from_secs(10)))).await;
        assert!(keys.check(&db, &clock, &short, None).await.is_ok());
        clock.advance(Duration::from_secs(10));
        assert!(matches!(keys.check(&db, &clock, &short, None).await, Err(KeyError::Expired)));

        let long = key(&db, &a, Role::Owner, None).await;
        assert!(keys.check(&db, &clock, &long, None).await.is_ok());
        let other = tenant(&db).await;
        assert!(!revoke(&db, &other, &long).await, "another workspace cannot revoke it");
        assert!(revoke(&db, &a, &long).await && !revoke(&db, &a, &long).await);
        keys.forget(long.id());
        assert!(matches!(keys.check(&db, &clock, &long, None).await, Err(KeyError::Revoked)), "memory must not outlive a revocation here");

        let third = key(&db, &a, Role::Owner, None).await;
        let mut tx = db.begin().await.unwrap();
        tx.execute(sql("UPDATE tenants SET status = 'suspended' WHERE id = $1").bind(a.as_str())).await.unwrap();
        tx.commit().await.unwrap();
        assert!(matches!(Keys::default().check(&db, &clock, &third, None).await, Err(KeyError::Suspended)));
    }

    async fn another_node_s_revocation_is_seen_within_a_second(db: TestDb) {
        let a = tenant(&db).await;
        let key = key(&db, &a, Role::Owner, None).await;
        let (here, there) = (Keys::default(), Keys::default());
        assert!(here.check(&db, &clock(), &key, None).await.is_ok());
        assert!(revoke(&db, &a, &key).await);
        there.forget(key.id());
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert!(here.check(&db, &clock(), &key, None).await.is_err());
    }

    async fn last_use_is_written_at_most_once_a_minute(db: TestDb) {
        let a = tenant(&db).await;
        let key = key(&db, &a, Role::Owner, None).await;
        let clock = clock();
        let first = clock.now();
        let used = async || {
            Keys::default().check(&db, &clock, &key, None).await.unwrap();
            tokio::time::sleep(Duration::from_millis(300)).await;
            let mut tx = db.read().await.unwrap();
            tx.one(sql("SELECT last_used_at FROM api_keys")).await.unwrap().time_opt("last_used_at").unwrap()
        };
        assert_eq!(used().await, Some(first));
        clock.advance(Duration::from_secs(30));
        assert_eq!(used().await, Some(first));
        clock.advance(Duration::from_secs(31));
        assert_eq!(used().await, Some(clock.now()));
    }
}

on_both! {
    async fn a_key_is_made_shown_once_listed_and_revoked(db: TestDb) {
        let bench = Bench::new(db).await;
        let owner = member(&bench.app, &bench.tenant, Role::Owner).await;
        let asked = json!({"name": "  CI  ", "permissions": ["deploy", "runs", "deploy"], "expires_at": "2026-07-01T00:00:00Z"});
        let made = bench.call_as(&owner.token, "POST", KEYS, asked, &[]).await.of(201);
        let key = made["key"].as_str().unwrap().to_owned();
        assert_eq!((&made["name"], &made["permissions"], &made["status"]), (&json!("CI"), &json!(["deploy", "runs"]), &json!("active")));
        assert_eq!((&made["created_by_user_id"], &made["expires_at"]), (&json!(owner.user.as_str()), &json!("2026-07-01T00:00:00.000000Z")));
        assert!(key.ends_with(made["last4"].as_str().unwrap()) && made["last4"].as_str().unwrap().len() == 4);

        bench.call_as(&key, "GET", "/api/developer/workflows", Value::Null, &[]).await.of(200);
        assert_eq!(bench.call_as(&key, "GET", "/api/approvals", Value::Null, &[]).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(bench.call_as(&key, "GET", KEYS, Value::Null, &[]).await.refusal(), (401, "API_KEY_NOT_ALLOWED"));

        let listed = bench.call_as(&owner.token, "GET", KEYS, Value::Null, &[]).await.of(200);
        let shown = listed["data"].as_array().unwrap();
        assert!(shown.len() == 2 && shown[0]["id"] == made["id"] && shown[1]["role"] == "owner" && shown[1]["permissions"] == json!([]), "{listed}");
        assert!(!listed.to_string().contains(&key) && listed["data"][0].get("key").is_none());

        let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
        bench.call_as(&owner.token, "DELETE", &path, Value::Null, &[]).await.of(204);
        assert_eq!(bench.call_as(&key, "GET", "/api/developer/workflows", Value::Null, &[]).await.refusal(), (401, "API_KEY_REVOKED"));
        bench.call_as(&owner.token, "DELETE", &path, Value::Null, &[]).await.of(204);
        let listed = bench.call_as(&owner.token, "GET", KEYS, Value::Null, &[]).await.of(200);
        assert_eq!((&listed["data"][0]["status"], &listed["data"][0]["revoked_by_user_id"]), (&json!("revoked"), &json!(owner.user.as_str())));

        let rows = texts(&bench, "SELECT action || ' ' || resource_id || ' ' || metadata AS text FROM audit_log WHERE action LIKE 'api_key.%' ORDER BY seq").await;
        let id = made["id"].as_str().unwrap();
        assert!(rows.len() == 2 && rows[0].starts_with(&format!("api_key.created {id}")) && rows[1].starts_with(&format!("api_key.revoked {id}")), "{rows:?}");
        let mails = texts(&bench, "SELECT template || ' ' || recipient || ' ' || variables AS text FROM mails ORDER BY id").await;
        assert!(mails.len() == 2 && mails[0].starts_with(&format!("api_key_created {}", owner.email)) && mails[1].starts_with("api_key_revoked"), "{mails:?}");
        let secret = key.rsplit('_').next().unwrap();
        assert!(!rows.concat().contains(secret) && !mails.concat().contains(secret), "a secret is written down");
    }

    async fn what_cannot_be_a_key_is_told_whole(db: TestDb) {
        let bench = Bench::new(db).await;
        let owner = member(&bench.app, &bench.tenant, Role::Owner).await;
        let refused = async |body: Value| {
            let answer = bench.call_as(&owner.token, "POST", KEYS, body, &[]).await;
            assert_eq!(answer.refusal(), (400, "INVALID_REQUEST"), "{}", answer.body);
            answer.fields()
        };
        let both = refused(json!({"name": " ", "permissions": []})).await;
        assert_eq!(both, ["name INVALID_VALUE", "permissions INVALID_VALUE"]);
        for end in ["2026-01-15T09:30:00Z", "2020-01-01T00:00:00Z", "2027-01-15T09:30:01Z", "soon"] {
            assert_eq!(refused(json!({"name": "x", "permissions": ["runs"], "expires_at": end})).await, ["expires_at INVALID_VALUE"], "{end}");
        }
        assert_eq!(refused(json!({"name": "x".repeat(256), "permissions": ["runs"]})).await, ["name INVALID_VALUE"]);
        refused(json!({"name": "x", "permissions": ["everything"]})).await;
        bench.call_as(&owner.token, "POST", KEYS, json!({"name": "x".repeat(255), "permissions": ["runs"], "expires_at": "2027-01-15T09:30:00Z"}), &[]).await.of(201);
    }

    async fn members_see_and_end_their_own_keys_only(db: TestDb) {
        let bench = Bench::new(db).await;
        let (owner, member) = (member(&bench.app, &bench.tenant, Role::Owner).await, member(&bench.app, &bench.tenant, Role::Member).await);
        let refused = bench.call_as(&member.token, "POST", KEYS, json!({"name": "x", "permissions": ["runs"]}), &[]).await;
        assert_eq!(refused.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        let of_owner = bench.call_as(&owner.token, "POST", KEYS, json!({"name": "x", "permissions": ["runs"]}), &[]).await.of(201);
        let path = format!("{KEYS}/{}", of_owner["id"].as_str().unwrap());
        assert_eq!(bench.call_as(&member.token, "DELETE", &path, Value::Null, &[]).await.refusal(), (403, "INSUFFICIENT_PERMISSIONS"));
        assert_eq!(bench.call_as(&member.token, "GET", KEYS, Value::Null, &[]).await.of(200)["data"], json!([]));
        // Made while they were an admin.
        let own = people::scoped_key(&bench.app, &bench.tenant, &[Scope::Runs], None).await;
        people::execute(&bench.app, "UPDATE api_keys SET created_by = $1 WHERE id = $2", &[member.user.as_str(), own.id().as_str()]).await;
        assert_eq!(bench.call_as(&member.token, "GET", KEYS, Value::Null, &[]).await.of(200)["data"][0]["id"], own.id().as_str());
        bench.call_as(&member.token, "DELETE", &format!("{KEYS}/{}", own.id()), Value::Null, &[]).await.of(204);
        let elsewhere = format!("{KEYS}/{}", ApiKeyText::generate().id());
        assert_eq!(bench.call_as(&owner.token, "DELETE", &elsewhere, Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"));
    }

    async fn a_key_outlives_its_maker_s_membership_and_a_node_of_before_does_not_know_it(db: TestDb) {
        let bench = Bench::new(db).await;
        let owner = member(&bench.app, &bench.tenant, Role::Admin).await;
        let made = bench.call_as(&owner.token, "POST", KEYS, json!({"name": "x", "permissions": ["workflows_read"]}), &[]).await.of(201);
        people::execute(&bench.app, "UPDATE memberships SET status = 'removed' WHERE user_id = $1", &[owner.user.as_str()]).await;
        bench.call_as(made["key"].as_str().unwrap(), "GET", "/api/runs", Value::Null, &[]).await.of(200);
        let hashes = texts(&bench, "SELECT secret_hash AS text FROM api_keys WHERE scopes IS NOT NULL").await;
        assert_eq!(hashes, [""], "the release before compares this column and must find nobody");
    }
}

const KEYS: &str = "/api/v1/api-keys";

async fn texts(bench: &Bench, select: &'static str) -> Vec<String> {
    let rows = bench.app.platform().read().await.unwrap().all(sql(select)).await.unwrap();
    rows.iter().map(|row| row.get("text").unwrap()).collect()
}

#[test]
fn only_whole_keys_are_read_and_none_is_shown() {
    let key = ApiKeyText::generate();
    let text = key.expose();
    assert!(text.starts_with("mr_") && text.parse::<ApiKeyText>().is_ok());
    let secret = text.rsplit('_').next().unwrap();
    assert_eq!(secret.len(), 48);
    assert!(!format!("{key:?}").contains(secret));
    for bad in ["", "mr_", "mr__", &text[1..], &text[..text.len() - 1], &format!("{}0", text.as_str()), &text.to_uppercase(), "mr_xx_yy", &text.replace("mr_", "sk_")] {
        assert!(bad.parse::<ApiKeyText>().is_err(), "{bad}");
    }
}
