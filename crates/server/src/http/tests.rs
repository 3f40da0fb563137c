#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use millrace_db::on_both;
use serde::Deserialize;
use serde_json::{Value, json};

use super::json::{self, Nul, parse_query};
use super::{ApiError, Page, docs, openapi, page_cursor, page_limit};
use crate::identity::{Role, people};
use crate::installations::fixture::Bench;

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

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    json::parse(body, Nul::Refused)
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
    assert_eq!(parse::<Value>(nest(65).as_bytes()).unwrap_err().code, "JSON_TOO_DEEP");
    assert_eq!(parse::<Value>("[".repeat(1_000_000).as_bytes()).unwrap_err().code, "JSON_TOO_DEEP");
    assert!(parse::<Value>(nest(64).as_bytes()).is_ok());
    let text = format!(r#"{{"name": "\"{}"}}"#, "[{".repeat(100));
    assert!(parse::<Body>(text.as_bytes()).is_ok());
}

#[test]
fn a_nul_is_refused_where_texts_are_kept_and_only_there() {
    let escaped = br#"{"name": "a\u0000b"}"#;
    assert_eq!(refused::<Body>(r#"{"name": "a\u0000b"}"#).0, "INVALID_REQUEST");
    assert_eq!(json::parse::<Body>(escaped, Nul::Kept).unwrap().name, "a\0b");
    for harmless in [r#"{"name": "a\\u0000b"}"#, r#"{"name": "a\u0001b"}"#, r#"{"name": "u0000"}"#] {
        assert!(parse::<Body>(harmless.as_bytes()).is_ok(), "{harmless}");
    }
    assert_eq!(parse_query::<std::collections::HashMap<String, String>>("name=a%00b").unwrap_err().code, "INVALID_REQUEST");
    assert_eq!(parse_query::<std::collections::HashMap<String, String>>("a%00b=1").unwrap_err().code, "INVALID_REQUEST");
}

#[test]
fn a_body_that_may_be_absent_may_be_null_and_is_as_strict() {
    let read = |body: &str| json::parse::<Option<Body>>(body.as_bytes(), Nul::Refused);
    assert!(read("null").unwrap().is_none());
    assert_eq!(read(r#"{"name": "x"}"#).unwrap().unwrap().name, "x");
    let first = |body: &str| read(body).map_err(|error| format!("{} {}", error.errors[0].field, error.errors[0].code)).unwrap_err();
    assert_eq!(first(r#"{"name": "x", "nmae": 1}"#), "nmae UNKNOWN_FIELD");
    assert_eq!(first(r#"{"name": 5}"#), "name INVALID_VALUE");
    assert_eq!(first(r#"{"name": "x", "tenant_id": "org_1"}"#), "tenant_id TENANT_NOT_ALLOWED_IN_REQUEST");
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
    let document: Value = serde_json::to_value(openapi()).unwrap();
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

/// Every operation with its method and path.
fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(method, operation)| (format!("{method} {path}"), operation)))
}

#[test]
fn what_an_operation_reads_says_how_it_refuses() {
    let document = serde_json::to_value(openapi()).unwrap();
    for (name, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap();
        let open = operation["security"].as_array().is_some();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let mut wanted = vec!["431", "500"];
        wanted.extend(["401", "429", "503"].iter().filter(|_| !open));
        wanted.extend(["400", "408", "413"].iter().filter(|_| operation["requestBody"].is_object()));
        wanted.extend(["404"].iter().filter(|_| parameters.iter().any(|p| p["in"] == "path")));
        wanted.extend(["400"].iter().filter(|_| parameters.iter().any(|p| p["in"] != "path")));
        for status in wanted {
            assert!(answers.contains_key(status), "{name} does not say that it may answer {status}");
        }
        for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
            let reference = answer["$ref"].as_str().unwrap_or("#/components/responses/none");
            let full = document.pointer(reference.trim_start_matches('#')).unwrap_or(answer);
            let kinds: Vec<_> = full["content"].as_object().unwrap().keys().map(String::as_str).collect();
            let health = name.starts_with("get /api/health") && status == "503";
            assert_eq!(kinds, [if health { "application/json" } else { "application/problem+json" }], "{name} {status}");
        }
    }
}

#[test]
fn parameters_are_where_the_path_says_and_bodies_are_closed() {
    let document = serde_json::to_value(openapi()).unwrap();
    for (name, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let in_path = name.contains(&format!("{{{}}}", parameter["name"].as_str().unwrap()));
            assert_eq!(parameter["in"] == "path", in_path, "{name} {parameter}");
            assert!(parameter["name"] != "limit" || parameter["schema"]["maximum"].is_number(), "{name}: `limit` without its bounds");
        }
        for content in operation["requestBody"]["content"].as_object().into_iter().flat_map(serde_json::Map::values) {
            let schema = content["schema"]["oneOf"].as_array().and_then(|all| all.iter().find(|one| one["$ref"].is_string())).unwrap_or(&content["schema"]);
            if let Some(reference) = schema["$ref"].as_str() {
                let full = document.pointer(reference.trim_start_matches('#')).unwrap();
                assert_eq!(full["additionalProperties"], false, "{name}: unknown fields are refused");
            }
        }
    }
}

fn collect_references(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            if let Some(reference) = members.get("$ref").and_then(|r| r.as_str()) {
                out.insert(reference.to_owned());
            }
            members.values().for_each(|member| collect_references(member, out));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, out)),
        _ => {}
    }
}

on_both! {
    /// PostgreSQL refuses a NUL in a text: without the edge's own refusal each of these would be a 500 there.
    async fn a_nul_is_nobody_s_500(db: TestDb) {
        let bench = Bench::new(db).await;
        let person = people::member(&bench.app, &bench.tenant, Role::Owner).await;
        for path in ["/api/runs?installation=%00", "/api/runs?kind=a%00b", "/api/connections?service=%00", "/api/v1/mails?to=a%00b", "/api/v1/audit?text=%00", "/api/installations?limit=1%00"] {
            assert_eq!(bench.call_as(&person.token, "GET", path, Value::Null, &[]).await.refusal(), (400, "INVALID_REQUEST"), "{path}");
        }
        for (method, path) in [("GET", "/api/developer/workflows/a%00b"), ("GET", "/api/runs/%00"), ("DELETE", "/api/v1/workspace/sso/domains/a%00b")] {
            assert_eq!(bench.call_as(&person.token, method, path, Value::Null, &[]).await.refusal(), (404, "NOT_FOUND"), "{path}");
        }
        for (path, body) in [
            ("/api/connections", json!({"service": "slack", "name": "a\0b", "fields": {"access_token": "t"}})),
            ("/api/installations", json!({"workflow": "a\0b"})),
            ("/api/runs/resume", json!({"error_code": "\0"})),
            ("/api/developer/workflows", json!({"files": {"workflow.ts": "\0"}})),
        ] {
            assert_eq!(bench.call_as(&person.token, "POST", path, body, &[]).await.refusal(), (400, "INVALID_REQUEST"), "{path}");
        }
        // What runs are given is kept as JSON.
        assert_eq!(bench.call_as(&person.token, "POST", "/api/events", json!({"name": "go", "data": "a\0b"}), &[]).await.of(200), json!({"woken": 0}));
    }
}

/// The names under which the types of a source file are in the document.
fn schemas_in(text: &str) -> Vec<String> {
    let (mut found, mut is_one, mut given) = (Vec::new(), false, None);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[derive(") {
            (is_one, given) = (line.contains("ToSchema"), None);
        } else if let Some(name) = line.strip_prefix("#[schema(as = ") {
            given = Some(name.trim_end_matches(")]").to_owned());
        } else if is_one && !line.starts_with('#') && !line.starts_with("//") {
            let mut words = line.split(|c: char| !c.is_alphanumeric()).skip_while(|word| !["struct", "enum"].contains(word));
            found.extend(given.take().or_else(|| words.nth(1).map(str::to_owned)).filter(|name| !name.is_empty()));
            is_one = false;
        }
    }
    found
}

#[test]
fn no_two_types_have_the_same_name_in_the_document() {
    let mut found: Vec<String> = sources().iter().flat_map(|text| schemas_in(text)).collect();
    assert!(found.len() > 100, "{found:?}");
    found.sort();
    let twice: Vec<_> = found.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "one of them would silently stand for both; give one `#[schema(as = …)]`: {twice:?}");
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

/// The sources of this crate without its tests, ASCII only, so that they can be cut anywhere.
fn sources() -> Vec<String> {
    let (mut texts, mut folders) = (Vec::new(), vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
                texts.push(std::fs::read_to_string(&path).unwrap().chars().filter(char::is_ascii).collect());
            }
        }
    }
    texts
}

#[test]
fn every_code_has_its_page() {
    let pages: BTreeSet<String> = docs::documented_codes().map(str::to_owned).collect();
    let codes: BTreeSet<String> = sources().iter().flat_map(|text| codes_in(text)).collect();
    let missing: Vec<_> = codes.difference(&pages).collect();
    assert!(missing.is_empty(), "docs/errors/<code>.md is missing for: {missing:?}");
}
