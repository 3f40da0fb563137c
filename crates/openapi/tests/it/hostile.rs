//! Documents that mean harm.

use millrace_openapi::{Options, import};
use serde_json::{Value, json};

use crate::support::{holds, ok, shop, try_shop, v3};

#[tokio::test]
async fn no_text_leaves_its_place() {
    let evil = "*/ } } declare const owned: any; /* `${process.exit()}` \u{2028}*/ x\n*/ evil(); //";
    let imported = shop(&v3(
        json!({"/x/{id}": {"get": {"operationId": evil, "tags": [evil], "summary": evil, "description": evil, "parameters": [
            {"name": "../../q'\"`*/", "in": "query", "description": evil, "schema": {"type": "string", "enum": [evil]}},
        ], "responses": ok(json!({"$ref": "#/components/schemas/T"}))}}}),
        json!({"info": {"title": evil, "version": "1", "description": evil}, "components": {"schemas": {"T": {"type": "object", "description": evil, "properties": {evil: {"type": "string", "description": evil}}}}}}),
    ));
    holds(&imported).await;
    // Outside of comments and literals the word does not occur.
    let mut rest = imported.types.as_str();
    let mut code = String::new();
    while let Some((before, after)) = rest.split_once("/**") {
        code.push_str(before);
        rest = after.split_once("*/").unwrap().1;
    }
    code.push_str(rest);
    let bare: String = code.lines().map(strip_literals).collect();
    assert!(!bare.contains("owned") && !bare.contains("evil"), "{bare}");
    for name in imported.fixtures.keys() {
        assert!(!name.contains(['/', '\\']) && !name.starts_with('.'), "{name}");
    }
}

fn strip_literals(line: &str) -> String {
    let (mut out, mut inside, mut escaped) = (String::new(), false, false);
    for c in line.chars() {
        match (inside, escaped, c) {
            (true, true, _) => escaped = false,
            (true, false, '\\') => escaped = true,
            (_, _, '"') => inside = !inside,
            (false, ..) => out.push(c),
            (true, ..) => {}
        }
    }
    out
}

#[test]
fn a_service_is_a_plain_name() {
    let document = v3(json!({"/x": {"get": {"responses": {}}}}), json!({})).to_string();
    for name in ["", "../x", "a/b", "A", "a b", ".", "-a", "a-", "9a", "a--b", "a\u{0}b", &"a".repeat(100)] {
        let outcome = import(&document, &Options { service: name.to_owned(), ..Options::default() });
        assert_eq!(outcome.unwrap_err().code, "NAME_INVALID", "{name:?}");
    }
}

#[tokio::test]
async fn circles_end() {
    let schemas = json!({
        "A": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/components/schemas/A"}, "b": {"$ref": "#/components/schemas/B"}}},
        "B": {"allOf": [{"$ref": "#/components/schemas/B"}, {"$ref": "#/components/schemas/C"}]},
        "C": {"oneOf": [{"$ref": "#/components/schemas/B"}, {"type": "array", "items": {"$ref": "#/components/schemas/C"}}]},
        "D": {"$ref": "#/components/schemas/D"},
    });
    let body = json!({"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}});
    let imported = shop(&v3(
        json!({
            "/a": {"post": {"requestBody": body, "responses": ok(json!({"$ref": "#/components/schemas/B"}))}},
            "/d": {"get": {"responses": ok(json!({"$ref": "#/components/schemas/D"}))}},
            "/e": {"$ref": "#/paths/~1e"},
        }),
        json!({"components": {"schemas": schemas}}),
    ));
    assert_eq!(imported.report.imported, 2);
    holds(&imported).await;
}

#[tokio::test]
async fn wide_and_deep_schemas_end() {
    // Every schema leads to two of the next: a tree of 2^40 leaves.
    let mut schemas = serde_json::Map::new();
    for i in 0..40 {
        let next = json!({"$ref": format!("#/components/schemas/S{}", i + 1)});
        let word = if i % 2 == 0 { json!({"allOf": [next, next]}) } else { json!({"type": "object", "required": ["l", "r"], "properties": {"l": next, "r": next}}) };
        schemas.insert(format!("S{i}"), word);
    }
    schemas.insert("S40".to_owned(), json!({"type": "string"}));
    let mut nested = json!({"type": "string"});
    for _ in 0..30 {
        nested = json!({"type": "object", "properties": {"x": nested}});
    }
    let body = json!({"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/S1"}}}});
    let imported = shop(&v3(
        json!({"/a": {"post": {"requestBody": body, "responses": ok(json!({"$ref": "#/components/schemas/S0"}))}}, "/b": {"get": {"responses": ok(nested)}}}),
        json!({"components": {"schemas": schemas}}),
    ));
    holds(&imported).await;
    assert!(imported.fixtures.values().all(|text| text.len() < 1_000_000));
}

#[test]
fn what_is_no_document_is_refused() {
    for (text, code) in [
        ("", "DOCUMENT_UNKNOWN"), ("[]", "DOCUMENT_UNKNOWN"), ("{}", "DOCUMENT_UNKNOWN"), ("{\"openapi\": \"4.0\"}", "DOCUMENT_UNKNOWN"), ("{\"swagger\": \"1.2\"}", "DOCUMENT_UNKNOWN"),
        ("{", "DOCUMENT_UNREADABLE"), ("a: [", "DOCUMENT_UNREADABLE"), ("\u{0}", "DOCUMENT_UNREADABLE"),
        ("openapi: 3.0.0\nservers: [{url: 'https://a.test'}]\npaths: {}\n", "NOTHING_TO_IMPORT"),
        ("openapi: 3.0.0\nservers: 7\npaths: 7\n", "SERVER_MISSING"),
    ] {
        let outcome = import(text, &Options { service: "shop".to_owned(), ..Options::default() });
        assert_eq!(outcome.unwrap_err().code, code, "{text:?}");
    }
}

#[test]
fn members_of_the_wrong_kind_do_no_harm() {
    let odd: [Value; 6] = [json!(null), json!(7), json!("x"), json!([]), json!([7, null]), json!({"x": 7})];
    for value in &odd {
        for member in ["info", "components", "security", "tags", "servers"] {
            let _ = try_shop(&v3(json!({"/x": {"get": {"responses": {}}}}), json!({member: value})));
        }
        for member in ["operationId", "parameters", "requestBody", "responses", "security", "tags", "servers", "summary", "deprecated"] {
            let _ = try_shop(&v3(json!({"/x/{a": {"get": {"responses": {}}}, "/x/{a}": {"post": {member: value}, "get": value}, "y": value}), json!({})));
        }
        for member in ["type", "enum", "items", "properties", "allOf", "oneOf", "required", "additionalProperties", "$ref", "nullable", "format", "example"] {
            let schema = json!({"type": "object", "properties": {"a": {member: value}}, "required": ["a"]});
            let body = json!({"required": true, "content": {"application/json": {"schema": schema}}});
            let _ = try_shop(&v3(json!({"/x": {"post": {"requestBody": body, "responses": ok(json!({member: value}))}}}), json!({})));
        }
    }
}
