//! Changing master keys: every sealed column is found, nothing is lost on the way, and nobody is left behind.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::Path;

use millrace_clock::{Clock, Timestamp};
use millrace_db::portable::CellKind;
use millrace_db::{Db, DbError, on_both, sql};
use millrace_ids::{ConnectionId, NodeId, TenantId};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::places::SEALED;
use super::sweep::{Sweeper, Swept};
use super::*;
use crate::identity::strangers::everything;
use crate::installations::fixture::Bench;

/// Sweeps once as this node.
async fn sweep(db: &Db, keyring: &Keyring, node: &NodeId) -> Option<Swept> {
    let (clock, stopping) = (Clock::System, CancellationToken::new());
    Sweeper { db, keyring, clock: &clock, node, stopping: &stopping }.sweep(&keyring.seals_with()).await.unwrap()
}

async fn write(db: &Db, query: millrace_db::Query) -> u64 {
    let mut tx = db.begin().await.unwrap();
    let changed = tx.execute(query).await.unwrap();
    tx.commit().await.unwrap();
    changed
}

/// Makes another key the one that seals, as if every node had it.
async fn switch(db: &Db, keyring: &Keyring, key: &MasterKey) {
    keyring.add(key);
    assert!(keyring.seal_with(key.id()));
    assert_eq!(write(db, sql("UPDATE master_key_state SET seals = $1, swept_at = NULL").bind(key.id())).await, 1);
}

/// Values that no request of the tests makes: one of each.
async fn the_rest(bench: &Bench) {
    let (db, keyring, at) = (bench.app.platform(), &bench.app.keyring, 1_i64);
    let user: String = db.read().await.unwrap().one(sql("SELECT id FROM users LIMIT 1")).await.unwrap().get("id").unwrap();
    let sealed = keyring.seal_at(Place { tenant: "", kind: "second_factor", id: "sf_test" }, b"seed");
    let insert = "INSERT INTO second_factors (id, user_id, kind, name, secret, last_step, created_at) VALUES ('sf_test', $1, 'totp', 'x', $2, 0, $3)";
    write(db, sql(insert).bind(user).bind(sealed).bind(at)).await;
    let workflow: String = db.read().await.unwrap().one(sql("SELECT id FROM workflows LIMIT 1")).await.unwrap().get("id").unwrap();
    let sealed = keyring.seal(&bench.tenant, "workflow.variable", &format!("{workflow}/TOKEN"), b"secret");
    let insert = "INSERT INTO workflow_variables (tenant_id, workflow_id, name, secret, value, created_at, updated_at) VALUES ($1, $2, 'TOKEN', $3, $4, $5, $5)";
    write(db, sql(insert).bind(bench.tenant.as_str()).bind(&workflow).bind(true).bind(sealed).bind(at)).await;
    let row = db.read().await.unwrap().one(sql("SELECT id, tenant_id FROM triggers LIMIT 1")).await.unwrap();
    let (id, tenant): (String, TenantId) = (row.get("id").unwrap(), row.get("tenant_id").unwrap());
    for (kind, update) in [("trigger.signing_secret", "UPDATE triggers SET signing_secret = $1 WHERE id = $2"), ("trigger.pending_secret", "UPDATE triggers SET pending_secret = $1 WHERE id = $2")] {
        write(db, sql(update).bind(keyring.seal(&tenant, kind, &id, b"whsec")).bind(&id)).await;
    }
    let sealed = keyring.seal(&bench.tenant, "identity_provider", "idp_test", b"oidc");
    let insert = "INSERT INTO identity_providers (id, tenant_id, name, issuer, client_id, client_secret, created_at, updated_at) VALUES ('idp_test', $1, 'x', 'https://x', 'c', $2, $3, $3)";
    write(db, sql("DELETE FROM identity_providers WHERE tenant_id = $1").bind(bench.tenant.as_str())).await;
    write(db, sql(insert).bind(bench.tenant.as_str()).bind(sealed).bind(at)).await;
    let alert = json!({"name": "x", "rule": "any_failure", "channels": [{"type": "webhook", "url": "https://ops.example/hook"}]});
    bench.call("POST", &format!("/api/workflows/{workflow}/alerts"), alert).await.of(201);
    let row = db.read().await.unwrap().one(sql("SELECT id, tenant_id FROM installations LIMIT 1")).await.unwrap();
    let (id, tenant): (String, TenantId) = (row.get("id").unwrap(), row.get("tenant_id").unwrap());
    write(db, sql("UPDATE installations SET secrets = $1 WHERE id = $2").bind(keyring.seal(&tenant, "installation.inputs", &id, b"{}")).bind(&id)).await;
    let insert = "INSERT INTO config_history (installation_id, tenant_id, version_id, revision, config, secret_names, secrets, reason, actor, at) SELECT id, tenant_id, version_id, 7, '{}', '[]', secrets, 'update', 'x', 1 \
        FROM installations WHERE id = $1";
    assert_eq!(write(db, sql(insert).bind(&id)).await, 1);
    let app = json!({"provider": "zoom", "client_id": "c", "client_secret": "s", "account_id": "a", "webhook_secret": "w"});
    bench.call("POST", "/api/developer/oauth-apps", app).await.of(201);
    crate::audit::rotate(db, keyring, &crate::identity::Actor::System, Timestamp::from_micros(at)).await.unwrap();
}

/// Names of all columns in which something sealed is, whatever the list says.
async fn sealed_columns(db: &Db) -> BTreeSet<String> {
    let mut tx = db.read().await.unwrap();
    let mut found = BTreeSet::new();
    for table in tx.tables().await.unwrap() {
        let mut names = Vec::new();
        tx.each_batch(&table, None, async |rows| {
            for row in &rows {
                for (column, cell) in table.columns.iter().zip(row) {
                    let is_text = matches!(column.kind, CellKind::Text);
                    if is_text && cell.text().is_some_and(|text| text.starts_with("v1:") && text.get(11..12) == Some(":")) {
                        names.push(format!("{}.{}", table.name, column.name));
                    }
                }
            }
            Ok::<(), DbError>(())
        })
        .await
        .unwrap();
        found.extend(names);
    }
    found
}

on_both! {
    async fn every_sealed_column_of_a_server_is_gone_through(db: TestDb) {
        let bench = Bench::new(db).await;
        everything(&bench).await;
        the_rest(&bench).await;
        let (db, keyring) = (bench.app.platform(), &bench.app.keyring);
        let listed: BTreeSet<String> = SEALED.iter().map(|column| column.name.to_owned()).collect();
        let there = sealed_columns(db).await;
        assert_eq!(there, listed, "secrets/places.rs lists every column with sealed values, and this server has one of each");

        let before = keyring.seals_with();
        let total: i64 = counts(&mut db.read().await.unwrap()).await.unwrap().values().sum();
        let new = MasterKey::new([9; 32]);
        switch(db, keyring, &new).await;
        let node = NodeId::generate();
        let swept = sweep(db, keyring, &node).await.unwrap();
        assert_eq!((swept.again, swept.changed, swept.unreadable), (u64::try_from(total).unwrap(), 0, 0));
        assert!(sweep(db, keyring, &node).await.unwrap().is_clean());
        let after = counts(&mut db.read().await.unwrap()).await.unwrap();
        assert_eq!(after.into_iter().collect::<Vec<_>>(), [(new.id().to_owned(), total)]);
        // With the new key alone.
        let alone = Keyring::new(&[new], &[0; 32]);
        for column in SEALED {
            let found = store::others(&mut db.read().await.unwrap(), column, &Keyring::prefix(&before), ("", ""), 1_000).await.unwrap();
            assert!(!found.is_empty(), "{}", column.name);
            for other in found {
                let place = Place { tenant: &other.tenant, kind: column.kind, id: &other.id };
                alone.open_at(place, &other.sealed).unwrap_or_else(|e| panic!("{}: {e}", column.name));
            }
        }
    }

    async fn who_changes_a_value_meanwhile_wins_and_what_is_damaged_stays(db: TestDb) {
        let bench = Bench::new(db).await;
        let (db, keyring) = (bench.app.platform(), &bench.app.keyring);
        for n in 0..3 {
            bench.call("POST", "/api/connections", json!({"service": "zoom", "name": format!("c{n}"), "fields": {"access_token": format!("t{n}")}})).await.of(201);
        }
        let column = SEALED.iter().find(|c| c.name == "connections.fields").unwrap();
        let new = MasterKey::new([9; 32]);
        switch(db, keyring, &new).await;
        let found = store::others(&mut db.read().await.unwrap(), column, &Keyring::prefix(new.id()), ("", ""), 2).await.unwrap();
        assert_eq!(found.len(), 2, "in pages");
        let fresh = keyring.seal(&bench.tenant, "connection", &found[0].first, b"{\"changed\":true}");
        assert_eq!(write(db, sql("UPDATE connections SET fields = $1 WHERE id = $2").bind(&fresh).bind(&found[0].first)).await, 1);
        let mut tx = db.begin().await.unwrap();
        assert!(!store::replace(&mut tx, column, &found[0], "stale").await.unwrap());
        tx.commit().await.unwrap();
        let damaged = format!("{}AAAA", &found[1].sealed[..40]);
        write(db, sql("UPDATE connections SET fields = $1 WHERE id = $2").bind(&damaged).bind(&found[1].first)).await;

        let node = NodeId::generate();
        let swept = sweep(db, keyring, &node).await.unwrap();
        assert_eq!(swept.unreadable, 1);
        let again = sweep(db, keyring, &node).await.unwrap();
        assert!(again.is_clean() && again.unreadable == 1, "{again:?}");
        let text = async |id: &str| db.read().await.unwrap().one(sql("SELECT fields FROM connections WHERE id = $1").bind(id)).await.unwrap().get::<String>("fields").unwrap();
        assert_eq!((text(&found[0].first).await, text(&found[1].first).await), (fresh, damaged));
    }

    async fn one_node_sweeps_at_a_time_and_another_goes_on_for_a_dead_one(db: TestDb) {
        let bench = Bench::new(db).await;
        let (db, keyring) = (bench.app.platform(), &bench.app.keyring);
        for n in 0..250 {
            let id = ConnectionId::generate();
            let sealed = keyring.seal(&bench.tenant, "connection", id.as_str(), format!("{{\"access_token\":\"t{n}\"}}").as_bytes());
            let insert = "INSERT INTO connections (id, tenant_id, service, name, auth_kind, fields, public, status, version, created_at, updated_at) VALUES ($1, $2, 'zoom', 'n', 'oauth2', $3, '{\"fields\":[]}', 'active', 1, 1, 1)";
            write(db, sql(insert).bind(id.as_str()).bind(bench.tenant.as_str()).bind(sealed)).await;
        }
        let new = MasterKey::new([9; 32]);
        switch(db, keyring, &new).await;
        let (dead, alive) = (NodeId::generate(), NodeId::generate());
        let column = SEALED.iter().find(|c| c.name == "connections.fields").unwrap();
        // What a node leaves that is killed in the middle: some values are done, and it said that it sweeps.
        let now = Clock::System.now();
        let mut tx = db.begin().await.unwrap();
        assert!(store::hold(&mut tx, &dead, new.id(), now.plus(limits::SWEEPER), now).await.unwrap());
        let some = store::others(&mut tx, column, &Keyring::prefix(new.id()), ("", ""), 100).await.unwrap();
        for other in &some {
            let place = Place { tenant: &other.tenant, kind: column.kind, id: &other.id };
            let again = keyring.seal_at(place, &keyring.open_at(place, &other.sealed).unwrap());
            assert!(store::replace(&mut tx, column, other, &again).await.unwrap());
        }
        tx.commit().await.unwrap();
        assert_eq!(sweep(db, keyring, &alive).await, None, "the other one may still be at it");
        write(db, sql("UPDATE master_key_state SET sweeper_until = $1").bind(now.minus(limits::SWEEPER))).await;
        let swept = sweep(db, keyring, &alive).await.unwrap();
        let rest = counts(&mut db.read().await.unwrap()).await.unwrap()[new.id()] - 100;
        assert_eq!((swept.again, swept.unreadable), (u64::try_from(rest).unwrap(), 0));
        assert!(sweep(db, keyring, &alive).await.unwrap().is_clean());
    }

    async fn a_key_seals_when_every_node_has_it_and_is_done_when_nothing_is_left(db: TestDb) {
        let bench = Bench::new(db).await;
        let app = &bench.app;
        let (db, keyring) = (app.platform(), &app.keyring);
        let (old, new) = (keyring.seals_with(), MasterKey::new([9; 32]));
        let now = app.clock.now();
        let insert = "INSERT INTO nodes (id, roles, started_at, seen_at, lease_until) VALUES ($1, 'api', $2, $2, 0)";
        write(db, sql(insert).bind(app.engine.node().as_str()).bind(now)).await;
        let before_us = NodeId::generate();
        write(db, sql(insert).bind(before_us.as_str()).bind(now)).await;
        let mut follower = Follower::new(app.clone()).unwrap();
        let state = async || store::state(&mut db.read().await.unwrap()).await.unwrap().unwrap();
        assert!(!follower.look().await.unwrap(), "nothing is under way on a fresh database");

        keyring.add(&new);
        let mut tx = db.begin().await.unwrap();
        assert!(store::plan(&mut tx, new.id(), &old).await.unwrap());
        tx.commit().await.unwrap();
        for _ in 0..2 {
            assert!(follower.look().await.unwrap());
            assert_eq!(state().await.seals, old, "a node that does not say what it has is waited for");
        }
        let says = async |words: String| assert_eq!(write(db, sql("UPDATE nodes SET master_keys = $1 WHERE id = $2").bind(words).bind(before_us.as_str())).await, 1);
        says(store::words(&old, std::slice::from_ref(&old))).await;
        follower.look().await.unwrap();
        assert_eq!(state().await.seals, old, "so is one that lacks it");
        says(store::words(&old, &[old.clone(), new.id().to_owned()])).await;
        follower.look().await.unwrap();
        assert_eq!((state().await.seals.as_str(), state().await.next), (new.id(), None));
        let rotated = db.read().await.unwrap().one(sql("SELECT count(*) AS n FROM audit_log WHERE tenant_id = 'installation' AND action = 'master_key.rotated'")).await.unwrap();
        assert_eq!(rotated.get::<i64>("n").unwrap(), 1);

        follower.look().await.unwrap();
        assert_eq!(keyring.seals_with(), new.id());
        assert_eq!((state().await.swept_at, counts(&mut db.read().await.unwrap()).await.unwrap().contains_key(&old)), (None, true), "the other node still seals with the former key");
        says(store::words(new.id(), &[old.clone(), new.id().to_owned()])).await;
        follower.look().await.unwrap();
        assert_eq!(state().await.swept_at, None, "something was found: it is looked again");
        assert!(!counts(&mut db.read().await.unwrap()).await.unwrap().contains_key(&old));
        follower.look().await.unwrap();
        assert_eq!(state().await.swept_at, Some(now));
        assert!(!follower.look().await.unwrap());

        // A node that is told of a key it does not have says so, and seals as before.
        write(db, sql("UPDATE master_key_state SET next_key = 'ffffffff'")).await;
        assert!(follower.look().await.unwrap());
        assert!(keyring.trouble().unwrap().contains("ffffffff"));
        assert_eq!(keyring.seals_with(), new.id());
    }
}

/// Every file that seals is named by a column, and no other.
#[test]
fn whoever_seals_is_on_the_list() {
    fn look(folder: &Path, src: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(src).unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                look(&path, src, found);
            } else if !name.contains("tests") && !name.ends_with("fixture.rs") && !["secrets/keyring.rs", "secrets/sweep.rs"].contains(&name.as_str()) {
                let text = std::fs::read_to_string(&path).unwrap();
                if [".seal(", ".seal_at("].iter().any(|call| text.contains(call)) {
                    found.insert(name);
                }
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    look(&src, &src, &mut found);
    let listed: BTreeSet<String> = SEALED.iter().flat_map(|column| column.files).map(|file| (*file).to_owned()).collect();
    assert_eq!(found, listed, "secrets/places.rs: a column for whatever a file seals, so that a change of the master key goes through it");
}
