//! Backups of either database come out the same on the other, and a damaged or hostile file is refused.

#![allow(clippy::unwrap_used)]

use std::io::Write as _;
use std::path::{Path, PathBuf};

use millrace_clock::Timestamp;
use millrace_db::{Db, Options, sql};
use millrace_engine::carry;
use millrace_ids::TenantId;
use sha2::Digest as _;

use super::{restore, take, verify};
use crate::config::{Config, ServeOptions};

fn config(dir: &Path, url: Option<&str>) -> Config {
    let options = ServeOptions { data: Some(dir.to_owned()), database_url: url.map(str::to_owned), ..ServeOptions::default() };
    Config::from_parts(&options, |_| None).unwrap()
}

async fn open(config: &Config) -> Db {
    let db = Db::open(&config.database.url, &Options::default()).await.unwrap();
    db.migrate(Timestamp::from_millis(0)).await.unwrap();
    db
}

/// A running run with a large output, a waiting one, a key in the database.
async fn fill(db: &Db, root: &Path) -> carry::StoredPayload {
    let json = format!("\"{}\"", "x".repeat(40_000));
    let tenant = TenantId::generate();
    let name = format!("20300105/{tenant}/{}", hex::encode(sha2::Sha256::digest(json.as_bytes())));
    let payload = carry::StoredPayload::parse(&name).unwrap();
    let bytes = zstd::encode_all(json.as_bytes(), 3).unwrap();
    let mut tx = db.begin().await.unwrap();
    if tx.dialect() == millrace_db::Dialect::Sqlite {
        payload.put_file(root, &bytes).unwrap();
    } else {
        payload.put_row(&mut tx, bytes).await.unwrap();
    }
    for (id, state) in [("run_a", "running"), ("run_b", "waiting")] {
        let run = "INSERT INTO runs (id, tenant_id, kind, subject, program, trigger, state, priority, epoch, node_id, attempt, crashes, generation, due_at, seed, input, output, created_at) \
            VALUES ($1, $2, 'workflow', 's', 'p', '{}', $3, 0, 3, 'node_x', 1, 0, 0, 5, 'seed', $4, NULL, 1)";
        let input = format!("@20300105/{}", payload.hash);
        tx.execute(sql(run).bind(id).bind(tenant.as_str()).bind(state).bind(input)).await.unwrap();
    }
    tx.execute(sql("INSERT INTO settings (name, value, created_at) VALUES ('master_key', 'very secret', 1)")).await.unwrap();
    tx.execute(sql("INSERT INTO nodes (id, roles, started_at, seen_at, lease_until) VALUES ('node_x', 'api', 1, 1, 9)")).await.unwrap();
    tx.commit().await.unwrap();
    payload
}

async fn target(kind: &str, dir: &Path) -> Config {
    let url = if kind == "postgres" { Some(millrace_db::testing::postgres_url().await) } else { None };
    config(dir, url.as_deref())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pair_of_databases() {
    for from in ["sqlite", "postgres"] {
        let dir = tempfile::tempdir().unwrap();
        let source = target(from, dir.path()).await;
        let db = open(&source).await;
        let payload = fill(&db, &dir.path().join("payloads")).await;
        let file = dir.path().join("b.tar.zst");
        // The server's handle stays open: this is a live backup.
        let taken = take(&source, &file, false, Timestamp::from_millis(0)).await.unwrap();
        assert_eq!(verify(&file).unwrap(), taken.manifest);
        let text = zstd::decode_all(std::fs::File::open(&file).unwrap()).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains("very secret"), "the key stays out without --with-keys");
        for to in ["sqlite", "postgres"] {
            let dir = tempfile::tempdir().unwrap();
            let into = target(to, dir.path()).await;
            let restored = restore(&into, &file, false, Timestamp::from_millis(7)).await.unwrap();
            assert_eq!(restored.queued_again, 1, "{from} to {to}");
            let again = restore(&into, &file, false, Timestamp::from_millis(7)).await.unwrap_err();
            assert_eq!(again.code, "TARGET_NOT_EMPTY");
            let db = open(&into).await;
            let mut tx = db.read().await.unwrap();
            let row = tx.one(sql("SELECT state, epoch, due_at, node_id FROM runs WHERE id = 'run_a'")).await.unwrap();
            assert_eq!((row.get::<String>("state").unwrap(), row.get::<i64>("epoch").unwrap(), row.get::<i64>("due_at").unwrap()), ("queued".to_owned(), 4, 7_000));
            assert_eq!(tx.one(sql("SELECT count(*) AS n FROM nodes")).await.unwrap().get::<i64>("n").unwrap(), 0);
            assert_eq!(carry::references(&mut tx).await.unwrap(), vec![payload.clone()]);
            let bytes = if to == "sqlite" { std::fs::read(payload.path(&dir.path().join("payloads"))).unwrap() } else { payload.row(&mut tx).await.unwrap().unwrap() };
            payload.check(&bytes).unwrap();
            drop(tx);
            let busy = restore(&into, &file, true, Timestamp::from_millis(7)).await.unwrap_err();
            assert_eq!(busy.code, "DATABASE_IN_USE", "--force is refused while a server uses it");
            db.close().await;
            restore(&into, &file, true, Timestamp::from_millis(7)).await.unwrap();
        }
    }
}

fn repack(file: &Path, change: impl Fn(&str, Vec<u8>, &mut tar::Builder<Vec<u8>>)) -> PathBuf {
    let mut archive = tar::Archive::new(zstd::Decoder::new(std::fs::File::open(file).unwrap()).unwrap());
    let mut out = tar::Builder::new(Vec::new());
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        change(&name, bytes, &mut out);
    }
    let path = file.with_extension(format!("{}.changed", millrace_ids::RequestId::generate()));
    std::fs::File::create(&path).unwrap().write_all(&zstd::encode_all(out.into_inner().unwrap().as_slice(), 3).unwrap()).unwrap();
    path
}

fn entry(kind: tar::EntryType, name: &str, bytes: &[u8], out: &mut tar::Builder<Vec<u8>>) {
    let mut header = tar::Header::new_ustar();
    // The library refuses to write hostile names by itself.
    if header.set_path(name).is_err() {
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    }
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    if kind.is_symlink() {
        header.set_link_name("/etc/passwd").unwrap();
    }
    header.set_cksum();
    out.append(&header, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_or_hostile_file_is_refused_before_anything_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let source = config(dir.path(), None);
    let db = open(&source).await;
    fill(&db, &dir.path().join("payloads")).await;
    let file = dir.path().join("b.tar.zst");
    take(&source, &file, false, Timestamp::from_millis(0)).await.unwrap();
    assert_eq!(take(&source, &file, false, Timestamp::from_millis(0)).await.unwrap_err().code, "BACKUP_EXISTS");
    let whole = std::fs::read(&file).unwrap();
    let cut = dir.path().join("cut");
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    let plain = tar::EntryType::Regular;
    let bad = [
        ("cut in half", cut),
        ("a row is missing", repack(&file, |name, bytes, out| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let fewer = if name.starts_with("tables/runs/") { text.lines().take(2).map(|l| format!("{l}\n")).collect() } else { text };
            entry(plain, name, if name.starts_with("payloads/") { &bytes } else { fewer.as_bytes() }, out);
        })),
        ("a path upwards", repack(&file, |name, bytes, out| {
            entry(plain, name, &bytes, out);
            entry(plain, "payloads/20300105/../../x", b"x", out);
        })),
        ("a symbolic link", repack(&file, |name, bytes, out| {
            entry(plain, name, &bytes, out);
            entry(tar::EntryType::Symlink, "keys/master.key", b"", out);
        })),
        ("no manifest", repack(&file, |name, bytes, out| {
            if name != "manifest.json" {
                entry(plain, name, &bytes, out);
            }
        })),
    ];
    for (what, path) in bad {
        let into = tempfile::tempdir().unwrap();
        let error = restore(&config(into.path(), None), &path, false, Timestamp::from_millis(0)).await.unwrap_err();
        assert_eq!(error.code, "BACKUP_DAMAGED", "{what}: {error}");
        assert_eq!(std::fs::read_dir(into.path()).unwrap().count(), 0, "{what}: nothing was written");
    }
}
