#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use serde::Deserialize;

use super::json::{parse, parse_query};
use super::{ApiError, Page, docs, openapi, page_cursor, page_limit};

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Body {
    name: String,
    inner: Option<Inner>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Inner {
    size: u8,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Strict {
    inner: Option<StrictInner>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct StrictInner {
    size: u8,
}

fn refused<T: serde::de::DeserializeOwned + std::fmt::Debug>(body: &str) -> (String, String, String) {
    let error = parse::<T>(body.as_bytes()).unwrap_err();
    assert_eq!(error.status, 400);
    let first = error.errors.first().map(|e| format!("{} {}", e.field, e.code)).unwrap_or_default();
    (error.code, first, error.detail)
}

#[test]
fn json_mistakes_name_their_place() {
    let (code, _, detail) = refused::<Body>("{\n  \"name\": oops}");
    assert_eq!(code, "INVALID_JSON");
    assert!(detail.contains("line 2, column 11"), "{detail}");
    for (body, place) in [
        (r#"{"name": 5}"#, "name INVALID_VALUE"),
        (r#"{}"#, "name MISSING_FIELD"),
        (r#"{"name": "x", "inner": {"size": 300}}"#, "inner.size INVALID_VALUE"),
        (r#"{"name": "x", "inner": {}}"#, "inner.size MISSING_FIELD"),
        (r#"{"name": "x", "nmae": 1}"#, "nmae UNKNOWN_FIELD"),
        (r#"{"name": "x", "inner": {"size": 1, "sise": 1}}"#, "inner.sise UNKNOWN_FIELD"),
    ] {
        let (code, first, _) = refused::<Body>(body);
        assert_eq!((code.as_str(), first.as_str()), ("INVALID_REQUEST", place), "{body}");
    }
    assert_eq!(refused::<Body>(r#"{"name": "a", "name": "b"}"#).0, "INVALID_REQUEST");
    assert_eq!(refused::<Body>("").0, "INVALID_JSON");
    assert_eq!(refused::<Body>(r#"{"name": "x"} trailing"#).0, "INVALID_JSON");
    assert_eq!(refused::<Body>("{\"name\": \"\u{0}\"}").0, "INVALID_JSON");
    assert!(parse::<Body>(br#"{"name": "x"}"#).is_ok());
}

#[test]
fn types_that_refuse_by_themselves_are_worded_the_same() {
    assert_eq!(refused::<Strict>(r#"{"innre": 1}"#).1, "innre UNKNOWN_FIELD");
    assert_eq!(refused::<Strict>(r#"{"inner": {"size": 1, "sise": 1}}"#).1, "inner.sise UNKNOWN_FIELD");
}

#[test]
fn the_server_s_own_fields_have_codes_of_their_own() {
    assert_eq!(refused::<Body>(r#"{"name": "x", "tenant_id": "org_1"}"#).0, "TENANT_NOT_ALLOWED_IN_REQUEST");
    assert_eq!(refused::<Body>(r#"{"name": "x", "status": "active"}"#).0, "FIELD_NOT_WRITABLE");
    assert_eq!(refused::<Strict>(r#"{"tenant_id": "org_1"}"#).0, "TENANT_NOT_ALLOWED_IN_REQUEST");
}

#[test]
fn depth_is_limited_and_brackets_in_text_do_not_count() {
    let nest = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert_eq!(parse::<serde_json::Value>(nest(65).as_bytes()).unwrap_err().code, "JSON_TOO_DEEP");
    assert_eq!(parse::<serde_json::Value>("[".repeat(1_000_000).as_bytes()).unwrap_err().code, "JSON_TOO_DEEP");
    assert!(parse::<serde_json::Value>(nest(64).as_bytes()).is_ok());
    let text = format!(r#"{{"name": "\"{}"}}"#, "[{".repeat(100));
    assert!(parse::<Body>(text.as_bytes()).is_ok());
}

#[test]
fn queries_are_as_strict() {
    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct List {
        limit: Option<u32>,
        name: Option<String>,
    }
    assert_eq!(parse_query::<List>("limit=5&name=a%20b").unwrap().name.as_deref(), Some("a b"));
    let error = parse_query::<List>("limit=many").unwrap_err();
    assert_eq!((error.code.as_str(), error.errors[0].field.as_str()), ("INVALID_REQUEST", "limit"));
    assert_eq!(parse_query::<List>("limt=5").unwrap_err().errors[0].code, "UNKNOWN_FIELD");
}

#[test]
fn pages_end_and_cursors_are_checked() {
    let page = Page::from_overfull(vec![1, 2, 3], 2, ToString::to_string);
    assert_eq!((page.data.as_slice(), page.next_cursor.as_deref()), ([1, 2].as_slice(), Some("2")));
    let last = Page::from_overfull(vec![1, 2], 2, ToString::to_string);
    assert_eq!((last.data.len(), last.next_cursor), (2, None));
    assert_eq!(page_limit(None).unwrap(), 50);
    assert!(page_limit(Some(0)).is_err() && page_limit(Some(201)).is_err());
    assert!(page_cursor::<millrace_ids::RunId>(Some("run_nonsense")).is_err());
    assert_eq!(page_cursor::<millrace_ids::RunId>(None).unwrap(), None);
}

#[test]
fn the_database_s_failures_are_told_apart() {
    use millrace_db::DbError;
    let lost: ApiError = DbError::Driver(sqlx::Error::PoolTimedOut).into();
    assert_eq!((lost.status.as_u16(), lost.code.as_str(), lost.retry_after), (503, "DATABASE_UNAVAILABLE", Some(1)));
    let odd: ApiError = DbError::Column { column: "secret_column".into(), reason: "password=hunter2".into() }.into();
    assert_eq!((odd.status.as_u16(), odd.code.as_str()), (500, "INTERNAL"));
    assert!(!format!("{odd:?}").contains("hunter2"), "sources are not shown");
}

#[test]
fn the_document_is_the_snapshot_in_the_repository() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");
    let now = super::openapi::text();
    if std::env::var_os("MILLRACE_UPDATE_OPENAPI").is_some() {
        std::fs::write(path, now).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == now, "openapi.json is not what the routes say: run this test with MILLRACE_UPDATE_OPENAPI=1 and look at the difference");
}

#[test]
fn every_operation_is_named_tagged_and_described_and_every_reference_leads_somewhere() {
    let document: serde_json::Value = serde_json::to_value(openapi()).unwrap();
    let tags: BTreeSet<&str> = document["tags"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/"), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is taken twice");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            for tag in operation["tags"].as_array().unwrap() {
                assert!(tags.contains(tag.as_str().unwrap()), "{method} {path}: the tag {tag} is not described");
            }
            assert!(operation["responses"].as_object().is_some_and(|r| !r.is_empty()), "{method} {path} has no answers");
        }
    }
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect_references(value: &serde_json::Value, out: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(|r| r.as_str()) {
                out.insert(reference.to_owned());
            }
            members.values().for_each(|member| collect_references(member, out));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_references(item, out)),
        _ => {}
    }
}

/// Codes as they stand in the sources: the first text argument of the constructors of `ApiError`.
fn codes_in(text: &str) -> BTreeSet<String> {
    let is_code = |word: &str| word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit()) && word.as_bytes()[0].is_ascii_uppercase();
    let mut found = BTreeSet::new();
    for constructor in ["ApiError::invalid(", "ApiError::conflict(", "ApiError::forbidden(", "ApiError::new(", "Self::conflict(", "Self::new("] {
        for (at, _) in text.match_indices(constructor) {
            let arguments = &text[at + constructor.len()..(at + constructor.len() + 120).min(text.len())];
            let first = arguments.split('"').nth(1).unwrap_or_default();
            if is_code(first) {
                found.insert(first.to_lowercase());
            }
        }
    }
    found
}

#[test]
fn every_code_has_its_page() {
    let pages: BTreeSet<String> = docs::documented_codes().map(str::to_owned).collect();
    let mut missing = BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                let text: String = std::fs::read_to_string(&path).unwrap().chars().filter(char::is_ascii).collect();
                missing.extend(codes_in(&text).into_iter().filter(|code| !pages.contains(code)));
            }
        }
    }
    assert!(missing.is_empty(), "docs/errors/<code>.md is missing for: {missing:?}");
}
