//! Any change of an export is noticed, and named: every byte, every bit of every byte, every line.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use millrace_audit::{Actor, Export, Fault, Hash, Head, Header, Personal, Place, PublicKey, Resource, Row, SigningKey, VerifyError, Whose, genesis, verify};
use millrace_clock::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

const TENANT: &str = "org_01h455vb4pex5vsknk084sn02q";

fn row(seq: u64) -> Row {
    let mut personal = BTreeMap::new();
    personal.insert("ip".to_owned(), Personal::new("ip", Whose::Actor, "192.0.2.7"));
    personal.insert("email".to_owned(), Personal::new("email", Whose::Person, "zoë@example.com"));
    if seq == 2 {
        personal.get_mut("ip").unwrap().opening = None;
    }
    Row {
        seq,
        at: Timestamp::from_micros(1_700_000_000_000_000 + i64::try_from(seq).unwrap()),
        action: "invitation.sent".to_owned(),
        outcome: "success".to_owned(),
        actor: Actor { kind: "user".to_owned(), id: Some("usr_1".to_owned()), session: None },
        resource: Resource { kind: "invitation".to_owned(), id: "inv_1".to_owned() },
        person: None,
        request_id: Some("req_1".to_owned()),
        metadata: RawValue::from_string(format!(r#"{{"role":"admin","n":{seq},"f":0.1,"t":"ä \" \\ \u0007"}}"#)).unwrap(),
        personal,
    }
}

/// A chain of this many rows and its hashes; `hashes[n]` is that of row `n`.
fn chain(rows: u64) -> (Vec<Row>, Vec<Hash>) {
    let rows: Vec<Row> = (1..=rows).map(row).collect();
    let mut hashes = vec![genesis(TENANT)];
    for row in &rows {
        hashes.push(row.hash(TENANT, hashes.last().unwrap()));
    }
    (rows, hashes)
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn header(key: &SigningKey, first: u64, previous: Hash) -> Header {
    Header {
        format: String::new(),
        version: 0,
        tenant: TENANT.to_owned(),
        exported_at: Timestamp::from_millis(1_700_000_001_000),
        from: None,
        to: Some(Timestamp::from_millis(1_700_000_002_000)),
        first,
        previous,
        start: None,
        keys: vec![PublicKey { fingerprint: key.fingerprint().to_owned(), algorithm: "ed25519".to_owned(), public_key: key.public() }],
    }
}

fn export(header: Header, rows: &[Row], hashes: &[Hash], key: &SigningKey) -> String {
    let (mut export, mut text) = Export::begin(header).unwrap();
    for row in rows {
        let hash = hashes[usize::try_from(row.seq).unwrap()];
        text += &export.row(row.clone(), hash).unwrap();
    }
    text + &export.end(key, Timestamp::from_millis(1_700_000_001_000)).unwrap()
}

fn whole(rows: u64) -> String {
    let (rows, hashes) = chain(rows);
    export(header(&key(), 1, hashes[0]), &rows, &hashes, &key())
}

fn fault(text: &[u8]) -> Fault {
    match verify(text, None) {
        Err(VerifyError::Fault(fault)) => fault,
        other => panic!("not refused: {other:?}"),
    }
}

/// The line of a byte, and what that line is.
fn place_of(text: &str, at: usize, rows: u64) -> (u64, Place) {
    let line = text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() as u64 + 1;
    let place = match line {
        1 => Place::Header,
        n if n == rows + 2 => Place::Trailer,
        n => Place::Row { seq: n - 1 },
    };
    (line, place)
}

#[test]
fn a_good_export_verifies_and_tells_what_was_erased() {
    let report = verify(whole(3).as_bytes(), None).unwrap();
    assert_eq!((report.first, report.last, report.rows, report.rows_erased), (1, 3, 3, 1));
    assert_eq!((report.erased[0].seq, report.erased[0].fields.as_slice()), (2, &["ip".to_owned()][..]));
    assert!(report.from_the_beginning && !report.pinned);
    assert_eq!(report.key, key().fingerprint());
    let empty = verify(whole(0).as_bytes(), Some(key().fingerprint())).unwrap();
    assert_eq!((empty.rows, empty.last, empty.pinned), (0, 0, true));
}

#[test]
fn every_bit_of_every_byte_counts_and_its_line_is_named() {
    let text = whole(3);
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1 << bit;
            let fault = fault(&changed);
            let (line, place) = place_of(&text, at, 3);
            assert_eq!((fault.line, &fault.place), (line, &place), "bit {bit} of byte {at}: {}", fault.reason);
        }
    }
}

#[test]
fn a_byte_less_or_more_counts_too() {
    let text = whole(2);
    for at in 0..text.len() {
        let mut less = text.clone().into_bytes();
        less.remove(at);
        let (line, place) = place_of(&text, at, 2);
        let found = fault(&less);
        assert_eq!((found.line, &found.place), (line, &place), "without byte {at}: {}", found.reason);
        fault(&text.as_bytes()[..at]);
        for extra in [b' ', b'\n', b'0', b'"', 0, 0xff] {
            let mut more = text.clone().into_bytes();
            more.insert(at, extra);
            fault(&more);
        }
    }
    fault(format!("{text}\n").as_bytes());
    fault(format!("{text}{text}").as_bytes());
}

/// Changes of meaning that keep the JSON whole and spelled as an export spells it, in every value of every line.
#[test]
fn every_value_counts() {
    let text = whole(3);
    let lines: Vec<&str> = text.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let value: Value = serde_json::from_str(line).unwrap();
        let mut pointers = Vec::new();
        walk(&value, String::new(), &mut pointers);
        assert!(pointers.len() > 8);
        for pointer in pointers {
            let mut changed = value.clone();
            let place = changed.pointer_mut(&pointer).unwrap();
            *place = other(place);
            let mut all: Vec<String> = lines.iter().map(|l| (*l).to_owned()).collect();
            all[number] = changed.to_string();
            let found = fault((all.join("\n") + "\n").as_bytes());
            assert_eq!(found.line, number as u64 + 1, "{pointer}: {}", found.reason);
        }
    }
}

fn walk(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| walk(value, format!("{at}/{name}"), out)),
        Value::Array(list) => list.iter().enumerate().for_each(|(n, value)| walk(value, format!("{at}/{n}"), out)),
        _ => out.push(at),
    }
}

fn other(value: &Value) -> Value {
    match value {
        Value::Null => Value::from("2026-01-15T09:30:00.000000Z"),
        Value::Bool(b) => Value::from(!b),
        Value::Number(n) => n.as_u64().map_or(Value::from(0.5), |n| Value::from(n + 1)),
        Value::String(s) if s.len() == 27 && s.ends_with('Z') => Value::from("2026-01-15T09:30:00.000000Z"),
        Value::String(s) if s.ends_with('a') => Value::from(format!("{}b", &s[..s.len() - 1])),
        Value::String(s) => Value::from(s.char_indices().last().map_or_else(|| "a".to_owned(), |(at, _)| format!("{}a", &s[..at]))),
        other => other.clone(),
    }
}

#[test]
fn rows_cannot_be_taken_out_added_swapped_or_repeated() {
    let text = whole(4);
    let lines: Vec<&str> = text.lines().collect();
    let joined = |order: &[usize]| order.iter().map(|n| lines[*n].to_owned() + "\n").collect::<String>();
    for (order, line) in [(vec![0, 1, 3, 4, 5], 3), (vec![0, 2, 1, 3, 4, 5], 2), (vec![0, 1, 1, 2, 3, 4, 5], 3), (vec![0, 1, 2, 3, 5], 5), (vec![0, 1, 2, 3, 4], 6), (vec![1, 2, 3, 4, 5], 1)] {
        assert_eq!(fault(joined(&order).as_bytes()).line, line, "{order:?}");
    }
}

/// Whoever can hash but not sign: the whole chain made anew around a changed row.
#[test]
fn a_chain_made_anew_lacks_the_signature() {
    let (mut rows, _) = chain(3);
    rows[0].action = "invitation.revoked".to_owned();
    let mut hashes = vec![genesis(TENANT)];
    for row in &rows {
        hashes.push(row.hash(TENANT, hashes.last().unwrap()));
    }
    let stranger = SigningKey::from_seed(&[8; 32]).unwrap();
    let mut header = header(&key(), 1, hashes[0]);
    header.keys.push(PublicKey { fingerprint: stranger.fingerprint().to_owned(), algorithm: "ed25519".to_owned(), public_key: stranger.public() });
    let forged = export(header, &rows, &hashes, &stranger);
    assert!(verify(forged.as_bytes(), None).is_ok(), "without a pin a file proves only that it is as its maker left it");
    let Err(VerifyError::Fault(fault)) = verify(forged.as_bytes(), Some(key().fingerprint())) else { panic!("not refused") };
    assert_eq!(fault.place, Place::Trailer);

    let own = whole(3);
    let (rows_of, trailer) = (forged.lines().take(4).collect::<Vec<_>>().join("\n"), own.lines().last().unwrap());
    assert_eq!(self::fault(format!("{rows_of}\n{trailer}\n").as_bytes()).place, Place::Trailer);
}

#[test]
fn a_part_begins_where_it_says() {
    let (rows, hashes) = chain(5);
    let part = export(header(&key(), 3, hashes[2]), &rows[2..4], &hashes, &key());
    let report = verify(part.as_bytes(), Some(key().fingerprint())).unwrap();
    assert_eq!((report.first, report.last, report.from_the_beginning, report.dropped_until), (3, 4, false, None));

    let start = Head::sign(TENANT, 2, hashes[2], Timestamp::from_millis(5), &key());
    let with_start = |start| export(Header { start: Some(start), ..header(&key(), 3, hashes[2]) }, &rows[2..], &hashes, &key());
    assert_eq!(verify(with_start(start.clone()).as_bytes(), None).unwrap().dropped_until, Some(2));
    let mut wrong = start.clone();
    wrong.head.seq = 1;
    assert_eq!(fault(with_start(wrong).as_bytes()).place, Place::Header);
    let elsewhere = Head::sign(TENANT, 2, hashes[1], Timestamp::from_millis(5), &key());
    assert_eq!(fault(with_start(elsewhere).as_bytes()).place, Place::Header);
}

#[test]
fn a_log_that_was_tampered_with_is_exported_as_it_is_and_the_row_is_named() {
    let (mut rows, hashes) = chain(4);
    rows[2].metadata = RawValue::from_string(r#"{"role":"viewer"}"#.to_owned()).unwrap();
    let text = export(header(&key(), 1, hashes[0]), &rows, &hashes, &key());
    assert_eq!(fault(text.as_bytes()).place, Place::Row { seq: 3 });
}

#[test]
fn a_value_hashes_apart_from_its_neighbours() {
    let mut one = row(1);
    let mut two = one.clone();
    (one.action, one.outcome) = ("ab".to_owned(), "c".to_owned());
    (two.action, two.outcome) = ("a".to_owned(), "bc".to_owned());
    assert_ne!(one.hash(TENANT, &genesis(TENANT)), two.hash(TENANT, &genesis(TENANT)));
    let (mut one, mut two) = (row(1), row(1));
    two.personal.clone_from(&one.personal);
    (one.person, two.person) = (None, Some(String::new()));
    assert_ne!(one.hash(TENANT, &genesis(TENANT)), two.hash(TENANT, &genesis(TENANT)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// A verifier never falls over, whatever it is given, and never takes a changed export for a good one.
    #[test]
    fn noise_is_refused(cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let text = whole(3).into_bytes();
        let mut changed = text.clone();
        for (at, byte) in cuts {
            let at = at.index(changed.len());
            changed[at] = byte;
        }
        prop_assert_eq!(verify(changed.as_slice(), None).is_ok(), changed == text);
    }
}
