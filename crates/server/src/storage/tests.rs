#![allow(clippy::unwrap_used)]

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{on_both, testing::TestDb};
use millrace_ids::TenantId;
use serde_json::{Value, json};

use super::{Scope, perform};

async fn call(db: &TestDb, tenant: &TenantId, workflow: &str, kind: &str, args: Value, now: Timestamp) -> (bool, Value) {
    let mut tx = db.begin().await.unwrap();
    let outcome = perform(&mut tx, &Scope { tenant, workflow }, kind, &args.to_string(), now).await.unwrap();
    tx.commit().await.unwrap();
    (outcome.ok, serde_json::from_str(&outcome.json).unwrap())
}

on_both! {
    async fn values_round_trip_and_missing_is_null(db: TestDb) {
        let (t, now) = (TenantId::generate(), Timestamp::default());
        let value = json!({"b": 1, "a": [1.5, null, "\u{0}é"]});
        assert_eq!(call(&db, &t, "wf", "storage.get", json!({"key": "k"}), now).await, (true, Value::Null));
        assert!(call(&db, &t, "wf", "storage.set", json!({"key": "k", "value": value}), now).await.0);
        assert_eq!(call(&db, &t, "wf", "storage.get", json!({"key": "k"}), now).await.1, value);
        assert_eq!(call(&db, &t, "wf", "storage.has", json!({"key": "k"}), now).await.1, json!(true));
        assert_eq!(call(&db, &t, "wf", "storage.delete", json!({"key": "k"}), now).await.1, json!(true));
        assert_eq!(call(&db, &t, "wf", "storage.delete", json!({"key": "k"}), now).await.1, json!(false));
    }

    async fn key_spaces_are_apart(db: TestDb) {
        let (a, b, now) = (TenantId::generate(), TenantId::generate(), Timestamp::default());
        call(&db, &a, "wf", "storage.set", json!({"key": "k", "value": 1}), now).await;
        for (tenant, workflow, kind) in [(&b, "wf", "storage.get"), (&a, "other", "storage.get"), (&a, "wf", "kv.get")] {
            assert_eq!(call(&db, tenant, workflow, kind, json!({"key": "k"}), now).await.1, Value::Null);
        }
    }

    async fn lists_go_by_prefix_and_cursor(db: TestDb) {
        let (t, now) = (TenantId::generate(), Timestamp::default());
        for key in ["a:1", "a:2", "a:3", "b:1", "a", "á"] {
            call(&db, &t, "wf", "storage.set", json!({"key": key, "value": 1}), now).await;
            call(&db, &t, "wf", "kv.put", json!({"key": key, "value": "1"}), now).await;
        }
        let first = call(&db, &t, "wf", "storage.list", json!({"prefix": "a:", "limit": 2}), now).await.1;
        assert_eq!(first, json!({"keys": ["a:1", "a:2"], "complete": false, "cursor": "a:2"}));
        let second = call(&db, &t, "wf", "storage.list", json!({"prefix": "a:", "limit": 2, "cursor": "a:2"}), now).await.1;
        assert_eq!(second, json!({"keys": ["a:3"], "complete": true, "cursor": null}));
        let kv = call(&db, &t, "wf", "kv.list", json!({"prefix": "b"}), now).await.1;
        assert_eq!(kv, json!({"keys": [{"name": "b:1"}], "list_complete": true, "cursor": null}));
        assert_eq!(call(&db, &t, "wf", "storage.keys", json!({}), now).await.1, json!(["a", "a:1", "a:2", "a:3", "b:1", "á"]));
    }

    async fn kv_values_expire(db: TestDb) {
        let (t, now) = (TenantId::generate(), Timestamp::default());
        call(&db, &t, "wf", "kv.put", json!({"key": "k", "value": "v", "ttl_seconds": 3600}), now).await;
        let before = now.plus(Duration::from_secs(3599));
        assert_eq!(call(&db, &t, "wf", "kv.get", json!({"key": "k"}), before).await.1, json!("v"));
        let after = now.plus(Duration::from_secs(3600));
        assert_eq!(call(&db, &t, "wf", "kv.get", json!({"key": "k"}), after).await.1, Value::Null);
        assert_eq!(call(&db, &t, "wf", "kv.list", json!({}), after).await.1["keys"], json!([]));
    }

    async fn mistakes_are_outcomes(db: TestDb) {
        let (t, now) = (TenantId::generate(), Timestamp::default());
        for (kind, args, code) in [
            ("storage.set", json!({"key": "", "value": 1}), "invalid_input"),
            ("storage.set", json!({"key": "x".repeat(513), "value": 1}), "invalid_input"),
            ("storage.set", json!({"key": "k", "value": "x".repeat(3_000_000)}), "VALUE_TOO_LARGE"),
            ("storage.set", json!({"key": "k", "value": "x".repeat(crate::storage::limits::VALUE_BYTES - 1)}), "VALUE_TOO_LARGE"),
            ("kv.put", json!({"key": "k", "value": 1}), "invalid_input"),
            ("kv.put", json!({"key": "k\u{0}", "value": "v"}), "invalid_input"),
        ] {
            let (ok, error) = call(&db, &t, "wf", kind, args, now).await;
            assert!(!ok && error["code"] == code, "{kind}: {error}");
        }
    }

    async fn a_scope_holds_so_much_and_no_more(db: TestDb) {
        let (t, other, now) = (TenantId::generate(), TenantId::generate(), Timestamp::default());
        let sizes = crate::storage::Sizes::default();
        let limit = usize::try_from(crate::storage::limits::SCOPE_BYTES).unwrap();
        let admitted = async |tenant: &TenantId, adding: usize| {
            let mut tx = db.begin().await.unwrap();
            sizes.admit(&mut tx, &Scope { tenant, workflow: "wf" }, adding).await.unwrap().is_ok()
        };
        call(&db, &t, "wf", "storage.set", json!({"key": "k", "value": "x".repeat(998)}), now).await;
        call(&db, &t, "wf", "kv.put", json!({"key": "k", "value": "y".repeat(999)}), now).await;
        // 1 + 1000 and 1 + 999 bytes are there.
        assert!(!admitted(&t, limit - 2_000).await);
        assert!(admitted(&other, limit - 2_000).await, "another workspace's scope is another");
        let known = crate::storage::Sizes::default();
        let mut tx = db.begin().await.unwrap();
        let scope = Scope { tenant: &t, workflow: "wf" };
        assert!(known.admit(&mut tx, &scope, limit - 2_001).await.unwrap().is_ok());
        assert!(known.admit(&mut tx, &scope, limit - 2_001).await.unwrap().is_ok(), "what was asked for and not written does not count");
    }

    async fn a_scope_is_cleared_and_its_neighbours_stay(db: TestDb) {
        let (t, now) = (TenantId::generate(), Timestamp::default());
        for workflow in ["wf", "other"] {
            call(&db, &t, workflow, "storage.set", json!({"key": "k", "value": 1}), now).await;
            call(&db, &t, workflow, "kv.put", json!({"key": "k", "value": "v"}), now).await;
        }
        let mut tx = db.begin().await.unwrap();
        assert_eq!(crate::storage::clear(&mut tx, &Scope { tenant: &t, workflow: "wf" }).await.unwrap(), 2);
        tx.commit().await.unwrap();
        assert_eq!(call(&db, &t, "wf", "storage.keys", json!({}), now).await.1, json!([]));
        assert_eq!(call(&db, &t, "other", "storage.keys", json!({}), now).await.1, json!(["k"]));
    }

    async fn what_has_expired_is_forgotten(db: TestDb) {
        let (t, now) = (TenantId::generate(), Timestamp::default());
        for (key, ttl) in [("short", json!(60)), ("long", json!(7200)), ("endless", Value::Null)] {
            call(&db, &t, "wf", "kv.put", json!({"key": key, "value": "v", "ttl_seconds": ttl}), now).await;
        }
        let later = now.plus(Duration::from_secs(3_600));
        let mut tx = db.begin().await.unwrap();
        assert_eq!(crate::storage::scope_store::forget(&mut tx, later, 10).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(call(&db, &t, "wf", "kv.list", json!({}), now).await.1["keys"], json!([{"name": "endless"}, {"name": "long"}]));
    }
}
