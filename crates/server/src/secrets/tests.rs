#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt as _;

use millrace_clock::Timestamp;
use millrace_db::on_both;
use millrace_ids::TenantId;

use super::*;
use crate::config::{Config, ServeOptions};

fn ring() -> Keyring {
    Keyring::new(&[MasterKey::new([7; 32])], &[9; 32])
}

#[test]
fn a_secret_opens_only_in_its_place() {
    let (ring, tenant, other) = (ring(), TenantId::generate(), TenantId::generate());
    let sealed = ring.seal(&tenant, "connection", "conn_1", b"xoxb-secret");
    assert_eq!(ring.open(&tenant, "connection", "conn_1", &sealed).unwrap().as_slice(), b"xoxb-secret");
    assert!(sealed.starts_with("v1:") && !sealed.contains("secret"));
    for (tenant, kind, id) in [(&other, "connection", "conn_1"), (&tenant, "connections", "conn_1"), (&tenant, "connection", "conn_2"), (&tenant, "connectionc", "onn_1")] {
        assert_eq!(ring.open(tenant, kind, id, &sealed).unwrap_err(), OpenError::Refused, "{tenant} {kind} {id}");
    }
}

#[test]
fn the_same_secret_never_looks_the_same_twice() {
    let (ring, tenant) = (ring(), TenantId::generate());
    assert_ne!(ring.seal(&tenant, "k", "i", b"x"), ring.seal(&tenant, "k", "i", b"x"));
    assert_eq!(ring.open(&tenant, "k", "i", &ring.seal(&tenant, "k", "i", b"")).unwrap().as_slice(), b"");
}

#[test]
fn every_changed_character_is_noticed() {
    let (ring, tenant) = (ring(), TenantId::generate());
    let sealed = ring.seal(&tenant, "k", "i", b"some secret text");
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert!(ring.open(&tenant, "k", "i", &changed).is_err(), "position {at}");
    }
    for cut in ["", "v1", "v1:", "v1:abcd:", "v1:abcd:AAAA", "v2:x:y"] {
        assert!(ring.open(&tenant, "k", "i", cut).is_err(), "{cut}");
    }
    assert!(ring.open(&tenant, "k", "i", &sealed[..sealed.len() - 4]).is_err());
}

#[test]
fn old_keys_open_and_the_new_one_seals() {
    let tenant = TenantId::generate();
    let (old, new) = (MasterKey::new([1; 32]), MasterKey::new([2; 32]));
    let before = Keyring::new(std::slice::from_ref(&old), &[0; 32]);
    let sealed = before.seal(&tenant, "k", "i", b"text");
    let during = Keyring::new(&[new.clone(), old.clone()], &[0; 32]);
    assert_eq!(during.open(&tenant, "k", "i", &sealed).unwrap().as_slice(), b"text");
    assert!(during.is_outdated(&sealed) && !during.is_outdated(&during.seal(&tenant, "k", "i", b"text")));
    let after = Keyring::new(&[new], &[0; 32]);
    assert_eq!(after.open(&tenant, "k", "i", &sealed).unwrap_err(), OpenError::UnknownKey(old.id().to_owned()));
}

#[test]
fn derived_bytes_depend_on_label_data_and_root() {
    let a = ring();
    assert_eq!(a.derive("placeholder", b"run_1"), ring().derive("placeholder", b"run_1"));
    assert_ne!(a.derive("placeholder", b"run_1"), a.derive("placeholder", b"run_2"));
    assert_ne!(a.derive("placeholder", b"run_1"), a.derive("other", b"run_1"));
    assert_ne!(a.derive("placeholder", b"run_1"), Keyring::new(&[MasterKey::new([7; 32])], &[8; 32]).derive("placeholder", b"run_1"));
}

#[test]
fn a_key_is_read_in_every_usual_spelling() {
    let key = MasterKey::new([0xfb; 32]);
    let base64 = key.to_text();
    for text in [base64.as_str(), base64.trim_end_matches('='), &base64.replace('+', "-").replace('/', "_"), &"fb".repeat(32), &format!(" {}\n", base64.as_str())] {
        assert_eq!(MasterKey::parse(text).unwrap().id(), key.id(), "{text}");
    }
    for bad in ["", "short", &"fb".repeat(31), &"fb".repeat(33)] {
        assert!(MasterKey::parse(bad).is_err(), "{bad}");
    }
    assert!(!format!("{key:?}").contains("fb"));
}

fn config(dir: &std::path::Path, url: &str, key: Option<&str>) -> Config {
    let options = ServeOptions { data: Some(dir.to_owned()), database_url: Some(url.to_owned()), ..ServeOptions::default() };
    Config::from_parts(&options, |name| (name == "MILLRACE_MASTER_KEY").then(|| key.map(str::to_owned)).flatten()).unwrap()
}

on_both! {
    async fn keys_survive_a_restart_and_are_shared_by_nodes(db: TestDb) {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let tenant = TenantId::generate();
        let first = load(&config(one.path(), &db.url, None), &db, Timestamp::default()).await.unwrap();
        let sealed = first.seal(&tenant, "k", "i", b"text");
        let again = load(&config(one.path(), &db.url, None), &db, Timestamp::default()).await.unwrap();
        assert_eq!(again.open(&tenant, "k", "i", &sealed).unwrap().as_slice(), b"text");
        assert_eq!(first.derive("l", b"d"), again.derive("l", b"d"));

        let elsewhere = load(&config(two.path(), &db.url, None), &db, Timestamp::default()).await;
        if db.url.starts_with("sqlite") {
            // Another data folder has another key file: the mistake is told, not papered over.
            assert!(matches!(elsewhere, Err(KeyError::WrongKey(OpenError::UnknownKey(_)))), "{elsewhere:?}");
            let file = one.path().join("master.key");
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
            let open = load(&config(one.path(), &db.url, None), &db, Timestamp::default()).await;
            assert!(matches!(open, Err(KeyError::File { .. })), "{open:?}");
        } else {
            assert_eq!(elsewhere.unwrap().open(&tenant, "k", "i", &sealed).unwrap().as_slice(), b"text");
            assert!(!one.path().join("master.key").exists());
        }
    }

    async fn the_wrong_key_is_told_at_start_and_a_list_rotates(db: TestDb) {
        let dir = tempfile::tempdir().unwrap();
        let (old, new) = ("01".repeat(32), "02".repeat(32));
        let before = load(&config(dir.path(), &db.url, Some(&old)), &db, Timestamp::default()).await.unwrap();
        let wrong = load(&config(dir.path(), &db.url, Some(&new)), &db, Timestamp::default()).await;
        assert!(matches!(wrong, Err(KeyError::WrongKey(_))), "{wrong:?}");
        let both = load(&config(dir.path(), &db.url, Some(&format!("{new},{old}"))), &db, Timestamp::default()).await.unwrap();
        assert_eq!(before.derive("placeholder", b"run"), both.derive("placeholder", b"run"), "runs in flight keep their placeholders");
    }
}
