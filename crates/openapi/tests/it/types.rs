//! Types of schemas.

use serde_json::{Value, json};

use crate::support::{holds, ok, shop, v3};

/// The declaration of a type.
fn declared(schemas: Value, name: &str) -> String {
    let imported = shop(&v3(
        json!({"/x/{id}": {"get": {"responses": ok(json!({"type": "object", "properties": {"t": {"$ref": format!("#/components/schemas/{name}")}}}))}}}),
        json!({"components": {"schemas": schemas}}),
    ));
    if let Some((_, rest)) = imported.types.split_once(&format!("export interface {name} ")) {
        return format!("{name} {}\n}}", rest.split_once("\n}").unwrap().0);
    }
    let (_, rest) = imported.types.split_once(&format!("export type {name} ")).unwrap_or_else(|| panic!("{}", imported.types));
    format!("{name} {};", rest.split_once(";\n").unwrap().0)
}

#[test]
fn schemas_become_types() {
    for (schema, expected) in [
        (json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b-c": {"type": "string", "nullable": true}}}), "T {\n  a: number;\n  \"b-c\"?: string | null;\n}"),
        (json!({"type": ["string", "null"]}), "T = string | null;"),
        (json!({"enum": ["a", "b\"c", 1, null]}), "T = \"a\" | \"b\\\"c\" | 1 | null;"),
        (json!({"const": true}), "T = true;"),
        (json!({"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "number"}]}}), "T = (string | number)[];"),
        (json!({"type": "object", "additionalProperties": {"type": "integer"}}), "T = { [key: string]: number };"),
        (json!({"type": "object"}), "T = { [key: string]: unknown };"),
        (json!({"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}}], "properties": {"b": {"type": "boolean"}}}), "T = { b?: boolean;  } & { a?: string; };"),
        (json!({"anyOf": [{"$ref": "#/components/schemas/T"}, {"type": "string"}]}), "T = unknown;"),
        (json!({"type": "array", "items": {"$ref": "#/components/schemas/T"}}), "T = T[];"),
        (json!({}), "T = unknown;"),
        (json!({"$ref": "#/components/schemas/Missing"}), "T = unknown;"),
    ] {
        assert_eq!(declared(json!({"T": schema.clone()}), "T"), expected, "{schema}");
    }
    let round = json!({"T": {"$ref": "#/components/schemas/U"}, "U": {"allOf": [{"$ref": "#/components/schemas/T"}]}});
    assert_eq!(declared(round, "T"), "T = unknown;");
}

#[tokio::test]
async fn names_of_types_are_legal_and_one_each() {
    let thing = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let schemas = json!({"Promise": thing, "my.type": thing, "my-type": thing, "2d": thing, "ActionResult": thing, "ShopIntegration": thing});
    let members: serde_json::Map<String, Value> = schemas.as_object().unwrap().keys().enumerate().map(|(i, name)| (format!("m{i}"), json!({"$ref": format!("#/components/schemas/{name}")}))).collect();
    let imported = shop(&v3(json!({"/x/{id}": {"get": {"responses": ok(json!({"type": "object", "properties": members}))}}}), json!({"components": {"schemas": schemas}})));
    holds(&imported).await;
    for name in ["Promise2 {", "MyType {", "MyType2 {", "_2d {", "ActionResult2 {", "ShopIntegration2 {"] {
        assert!(imported.types.contains(&format!("export interface {name}")), "{name}\n{}", imported.types);
    }
}
