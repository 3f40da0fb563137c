#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, on_both, sql};

use super::*;
use crate::api_keys::{ApiKeyText, Keys};
use crate::identity::Role;

const URL: &str = "http://127.0.0.1:8787";

fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(5_000))
}

async fn start(db: &Db, dir: &Path) -> Bootstrap {
    bootstrap(db, &clock(), dir, URL).await.unwrap()
}

async fn counts(db: &Db) -> (i64, i64) {
    let mut tx = db.read().await.unwrap();
    let row = tx.one(sql("SELECT (SELECT count(*) FROM tenants) AS tenants, (SELECT count(*) FROM api_keys) AS keys")).await.unwrap();
    (row.get("tenants").unwrap(), row.get("keys").unwrap())
}

on_both! {
    async fn the_first_start_tells_the_owner_once(db: TestDb) {
        let dir = tempfile::tempdir().unwrap();
        let Bootstrap::Made(file) = start(&db, dir.path()).await else { panic!("an empty database is bootstrapped") };
        let path = dir.path().join("bootstrap.json");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(read["url"], URL);
        assert_eq!(read["tenant_id"], file.tenant_id.as_str());
        assert_eq!(read["workspace"], "Demo workspace");
        let key: ApiKeyText = read["api_key"].as_str().unwrap().parse().unwrap();
        let caller = Keys::default().check(&db, &clock(), &key, None).await.unwrap();
        assert_eq!((caller.tenant, caller.role), (file.tenant_id.clone(), Role::Owner));

        assert_eq!(start(&db, dir.path()).await, Bootstrap::Known(file.clone()));
        let moved = bootstrap(&db, &clock(), dir.path(), "http://127.0.0.1:9999").await.unwrap();
        assert_eq!(moved, Bootstrap::Known(BootstrapFile { url: "http://127.0.0.1:9999".into(), ..file }));
        assert_eq!(counts(&db).await, (1, 1));
    }

    async fn of_many_nodes_exactly_one_is_first(db: TestDb) {
        let dirs: Vec<_> = (0..6).map(|_| tempfile::tempdir().unwrap()).collect();
        let tasks: Vec<_> = dirs
            .iter()
            .map(|dir| {
                let (db, path) = (db.db.clone(), dir.path().to_owned());
                tokio::spawn(async move { start(&db, &path).await })
            })
            .collect();
        let mut made = 0;
        for (task, dir) in tasks.into_iter().zip(&dirs) {
            let first = matches!(task.await.unwrap(), Bootstrap::Made(_));
            made += usize::from(first);
            assert_eq!(dir.path().join("bootstrap.json").exists(), first);
        }
        assert_eq!(made, 1);
        assert_eq!(counts(&db).await, (1, 1));
    }

    async fn a_second_data_folder_gets_no_key(db: TestDb) {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        start(&db, one.path()).await;
        assert_eq!(start(&db, two.path()).await, Bootstrap::Elsewhere);
        assert_eq!(std::fs::read_dir(two.path()).unwrap().count(), 0);
        std::fs::write(two.path().join("bootstrap.json"), br#"{"url":"x","tenant_id":"org_01h455vb4pex5vsknk084sn02q","workspace":"w","api_key":"mr_made_up"}"#).unwrap();
        assert_eq!(start(&db, two.path()).await, Bootstrap::Elsewhere, "a file from another database does not count");
    }

    async fn a_node_that_died_before_naming_the_file_is_healed(db: TestDb) {
        let dir = tempfile::tempdir().unwrap();
        let Bootstrap::Made(file) = start(&db, dir.path()).await else { panic!("first") };
        let (path, pending) = (dir.path().join("bootstrap.json"), dir.path().join("bootstrap.json.pending"));
        std::fs::rename(&path, &pending).unwrap();
        assert_eq!(start(&db, dir.path()).await, Bootstrap::Known(file.clone()));
        assert!(path.exists() && !pending.exists());

        // Pending, but its transaction was never committed: nothing is adopted.
        let other = tempfile::tempdir().unwrap();
        let lost = BootstrapFile { api_key: ApiKeyText::generate().expose().to_string(), ..file };
        std::fs::write(other.path().join("bootstrap.json.pending"), serde_json::to_vec(&lost).unwrap()).unwrap();
        assert_eq!(start(&db, other.path()).await, Bootstrap::Elsewhere);
        assert!(!other.path().join("bootstrap.json").exists());
    }

    async fn settings_keep_their_first_value(db: TestDb) {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(settings::get(&mut tx, "s").await.unwrap(), None);
        assert_eq!(settings::get_or_set(&mut tx, "s", "one", Timestamp::default()).await.unwrap(), "one");
        assert!(!settings::set_once(&mut tx, "s", "two", Timestamp::default()).await.unwrap());
        assert_eq!(settings::get_or_set(&mut tx, "s", "two", Timestamp::default()).await.unwrap(), "one");
    }
}
