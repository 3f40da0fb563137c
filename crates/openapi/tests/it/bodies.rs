//! Bodies and answers.

use serde_json::{Value, json};

use crate::support::{connector, fixture, holds, ok, shop, v2, v3};

fn post(content: Value, responses: Value) -> Value {
    json!({"post": {"requestBody": {"required": true, "content": content}, "responses": responses}})
}

#[tokio::test]
async fn bodies_of_every_kind() {
    let object = json!({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}, "a.b": {"type": "integer"}}});
    let imported = shop(&v3(
        json!({
            "/json": post(json!({"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}), ok(json!({"$ref": "#/components/schemas/Thing"}))),
            "/list": post(json!({"application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}}), ok(json!({"type": "object"}))),
            "/any": post(json!({"application/json": {}}), ok(json!({}))),
            "/form": post(json!({"application/x-www-form-urlencoded": {"schema": object}}), ok(json!({"type": "object"}))),
            "/deep": post(json!({"application/x-www-form-urlencoded": {"schema": object, "encoding": {"tags": {"style": "deepObject"}}}}), ok(json!({"type": "object"}))),
            "/patch": post(json!({"application/merge-patch+json": {"schema": object}}), ok(json!({"type": "object"}))),
            "/bare": {"post": {"parameters": [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}], "responses": {"204": {"description": "done"}}}},
            "/gone": {"delete": {"requestBody": {"content": {"application/json": {"schema": object}}}, "responses": {"202": {"description": "later"}}}},
            "/upload": post(json!({"multipart/form-data": {"schema": object}}), ok(json!({}))),
            "/xml": post(json!({"application/xml": {"schema": object}}), ok(json!({}))),
        }),
        json!({"components": {"schemas": {"Thing": {"allOf": [object, {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "readOnly": true}}}]}}}}),
    ));
    holds(&imported).await;
    assert_eq!(fixture(&imported, "list.create")["args"], json!([{"body": [1]}]));
    assert_eq!(fixture(&imported, "form.create")["request"]["form"], json!({"name": "text", "tags": "text", "a.b": "1"}));
    assert_eq!(fixture(&imported, "deep.create")["request"]["form"], json!({"name": "text", "tags[0]": "text", "a.b": "1"}));
    assert_eq!(fixture(&imported, "patch.create")["request"]["headers"]["content-type"], "application/merge-patch+json");
    assert_eq!(fixture(&imported, "bare.create")["result"]["data"], Value::Null);
    assert_eq!(fixture(&imported, "gone.delete")["request"]["body"]["a.b"], 1);
    let kinds: Vec<&str> = imported.report.skipped.iter().map(|s| s.kind).collect();
    assert_eq!(kinds, ["multipart body", "other body"]);
    let connector = connector(&imported);
    let required: Vec<&String> = connector.operations["json.create"].params.keys().collect();
    assert_eq!(required, ["name"], "what the service fills in need not be given");
}

#[tokio::test]
async fn answers_of_every_kind() {
    let answer = |content: Value| json!({"get": {"responses": {"200": {"description": "ok", "content": content}}}});
    let imported = shop(&v3(
        json!({
            "/json/{id}": answer(json!({"application/vnd.shop+json": {"schema": {"type": "object"}, "example": {"id": 7}}})),
            "/text/{id}": answer(json!({"text/csv": {"schema": {"type": "string"}}})),
            "/null/{id}": answer(json!({"application/json": {"schema": {"type": "object", "nullable": true}}})),
            "/file/{id}": answer(json!({"application/pdf": {"schema": {"type": "string", "format": "binary"}}})),
            "/stream/{id}": answer(json!({"text/event-stream": {}})),
            "/away/{id}": {"get": {"responses": {"302": {"description": "there"}}}},
            "/exists/{id}": {"head": {"responses": {"200": {"description": "yes"}}}},
            "/maybe/{id}": {"get": {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}, "204": {"description": "none"}}}},
        }),
        json!({}),
    ));
    holds(&imported).await;
    assert_eq!(fixture(&imported, "json.get")["result"]["data"], json!({"id": 7}));
    assert_eq!(fixture(&imported, "json.get")["request"]["headers"]["accept"], "application/vnd.shop+json");
    assert_eq!(fixture(&imported, "text.get")["result"]["data"], "text");
    let kinds: Vec<&str> = imported.report.skipped.iter().map(|s| s.kind).collect();
    assert_eq!(kinds, ["file answer", "stream", "redirect"]);
    assert_eq!(connector(&imported).operations["maybe.get"].null_on, [204]);
}

#[tokio::test]
async fn forms_and_bodies_of_swagger_2() {
    let imported = shop(&v2(
        json!({
            "/form": {"post": {"consumes": ["application/x-www-form-urlencoded"], "parameters": [
                {"name": "name", "in": "formData", "type": "string", "required": true},
                {"name": "tags", "in": "formData", "type": "array", "items": {"type": "string"}},
            ], "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/Thing"}}}}},
            "/body": {"post": {"parameters": [{"name": "thing", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Thing"}}], "responses": {"201": {"description": "made"}}}},
            "/file": {"post": {"consumes": ["multipart/form-data"], "parameters": [{"name": "f", "in": "formData", "type": "file", "required": true}], "responses": {}}},
        }),
        json!({"definitions": {"Thing": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "self": {"$ref": "#/definitions/Thing"}}}}}),
    ));
    holds(&imported).await;
    assert_eq!(fixture(&imported, "form.create")["request"]["form"], json!({"name": "text", "tags": "text"}));
    assert_eq!(imported.report.skipped[0].kind, "multipart body");
    assert_eq!(imported.report.base_url, "https://api.shop.test/v1");
}

#[tokio::test]
async fn keys_make_a_post_repeatable_where_the_document_has_them() {
    let keyed = json!([{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}]);
    let imported = shop(&v3(
        json!({"/a": {"post": {"parameters": keyed, "responses": {"204": {"description": ""}}}}, "/b": {"post": {"responses": {"204": {"description": ""}}}}}),
        json!({}),
    ));
    holds(&imported).await;
    let connector = connector(&imported);
    let class = |name: &str| connector.operations[name].retry_class(&connector.idempotency).repeatable();
    assert_eq!((class("a.create"), class("b.create")), (true, false));
    let without = shop(&v3(json!({"/b": {"post": {"responses": {"204": {"description": ""}}}}}), json!({})));
    let connector = crate::support::connector(&without);
    assert!(!connector.operations["b.create"].retry_class(&connector.idempotency).repeatable());
}
