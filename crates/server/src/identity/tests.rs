#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, on_both, sql};
use millrace_ids::TenantId;

use super::*;

async fn tenant(db: &Db) -> TenantId {
    let id = TenantId::generate();
    let mut tx = db.begin().await.unwrap();
    tx.execute(sql("INSERT INTO tenants (id, slug, name, status, created_at) VALUES ($1, $1, 'T', 'active', 0)").bind(id.as_str())).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn key(db: &Db, tenant: &TenantId, role: Role, expires_at: Option<Timestamp>) -> ApiKeyText {
    let mut tx = db.begin().await.unwrap();
    let key = create(&mut tx, tenant, &NewApiKey { name: "test".into(), role, expires_at }, Timestamp::default()).await.unwrap();
    tx.commit().await.unwrap();
    key
}

fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(1_000_000))
}

on_both! {
    async fn a_key_names_its_workspace_and_role(db: TestDb) {
        let (a, b) = (tenant(&db).await, tenant(&db).await);
        let (of_a, of_b) = (key(&db, &a, Role::Owner, None).await, key(&db, &b, Role::Viewer, None).await);
        let keys = Keys::default();
        let caller = keys.check(&db, &clock(), &of_a).await.unwrap().unwrap();
        assert_eq!((&caller.tenant, caller.by.id(), caller.role), (&a, Some(of_a.id().as_str()), Role::Owner));
        assert!(caller.may_change().is_ok());
        let caller = keys.check(&db, &clock(), &of_b).await.unwrap().unwrap();
        assert_eq!(caller.tenant, b);
        assert_eq!(caller.may_change().unwrap_err().code, "ROLE_NOT_ALLOWED");
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
        assert!(keys.check(&db, &clock(), &wrong).await.unwrap().is_none());
        assert!(keys.check(&db, &clock(), &right).await.unwrap().is_some());
        assert!(keys.check(&db, &clock(), &wrong).await.unwrap().is_none());
        assert!(keys.check(&db, &clock(), &ApiKeyText::generate()).await.unwrap().is_none());
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
        assert!(keys.check(&db, &clock, &short).await.unwrap().is_some());
        clock.advance(Duration::from_secs(10));
        assert!(keys.check(&db, &clock, &short).await.unwrap().is_none());

        let long = key(&db, &a, Role::Owner, None).await;
        assert!(keys.check(&db, &clock, &long).await.unwrap().is_some());
        let other = tenant(&db).await;
        assert!(!keys.revoke(&db, clock.now(), &other, long.id()).await.unwrap(), "another workspace cannot revoke it");
        assert!(keys.revoke(&db, clock.now(), &a, long.id()).await.unwrap());
        assert!(keys.check(&db, &clock, &long).await.unwrap().is_none(), "memory must not outlive a revocation here");

        let third = key(&db, &a, Role::Owner, None).await;
        let mut tx = db.begin().await.unwrap();
        tx.execute(sql("UPDATE tenants SET status = 'suspended' WHERE id = $1").bind(a.as_str())).await.unwrap();
        tx.commit().await.unwrap();
        assert!(Keys::default().check(&db, &clock, &third).await.unwrap().is_none());
    }

    async fn another_node_s_revocation_is_seen_within_a_second(db: TestDb) {
        let a = tenant(&db).await;
        let key = key(&db, &a, Role::Owner, None).await;
        let (here, there) = (Keys::default(), Keys::default());
        assert!(here.check(&db, &clock(), &key).await.unwrap().is_some());
        there.revoke(&db, clock().now(), &a, key.id()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert!(here.check(&db, &clock(), &key).await.unwrap().is_none());
    }

    async fn last_use_is_written_at_most_once_a_minute(db: TestDb) {
        let a = tenant(&db).await;
        let key = key(&db, &a, Role::Owner, None).await;
        let clock = clock();
        let first = clock.now();
        let used = async || {
            Keys::default().check(&db, &clock, &key).await.unwrap().unwrap();
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
