//! Parameters of every place and style, in both versions.

use serde_json::json;

use crate::support::{fixture, holds, ok, shop, v2, v3};

#[tokio::test]
async fn styles_of_openapi_3_are_written_as_the_document_says() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let object = json!({"type": "object", "properties": {"status": {"type": "string"}, "size": {"type": "integer"}}});
    let imported = shop(&v3(
        json!({"/things/{thing-id}/{parts}": {
            "parameters": [{"name": "thing-id", "in": "path", "required": true, "schema": {"type": "string", "example": "a/b"}}],
            "get": {"operationId": "getThing", "parameters": [
                {"name": "parts", "in": "path", "required": true, "schema": {"type": "array", "items": {"type": "integer"}}, "example": [3, 4]},
                {"name": "repeated", "in": "query", "schema": list},
                {"name": "joined", "in": "query", "explode": false, "schema": list},
                {"name": "piped", "in": "query", "style": "pipeDelimited", "explode": false, "schema": list},
                {"name": "filter", "in": "query", "style": "deepObject", "schema": object},
                {"name": "flat", "in": "query", "schema": {"type": "object", "properties": {"r": {"type": "integer"}}}},
                {"name": "page[size]", "in": "query", "schema": {"type": "integer"}},
                {"name": "as-json", "in": "query", "content": {"application/json": {"schema": object}}},
                {"name": "X-Request-Tags", "in": "header", "schema": list},
                {"name": "X-Version", "in": "header", "required": true, "schema": {"type": "string", "enum": ["2024-05"]}},
                {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                {"name": "track", "in": "cookie", "schema": {"type": "string"}},
            ], "responses": ok(json!({"type": "object"}))},
        }}),
        json!({}),
    ));
    holds(&imported).await;
    let made = fixture(&imported, "things.get");
    assert_eq!(made["request"]["path"], "/v1/things/a%2Fb/1");
    assert_eq!(made["request"]["query"]["filter[status]"], "text");
    assert_eq!(made["request"]["query"]["r"], "1");
    assert_eq!(made["request"]["query"]["page[size]"], "1");
    assert_eq!(made["request"]["query"]["as-json"], "{\"status\":\"text\",\"size\":1}");
    assert_eq!(made["request"]["headers"]["x-version"], "2024-05");
    let names: Vec<&String> = made["args"][0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["parts", "thing_id", "repeated", "joined", "piped", "filter", "flat", "page_size", "as_json", "xRequestTags"]);
    assert!(imported.report.notes.iter().any(|note| note.contains("cookie parameter `track`")), "{:?}", imported.report.notes);
}

#[tokio::test]
async fn styles_of_swagger_2_are_written_as_the_document_says() {
    let list = |format: &str| json!({"name": format!("p{format}"), "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": format});
    let imported = shop(&v2(
        json!({"/things": {"get": {"parameters": [
            list("csv"), list("multi"), list("ssv"), list("tsv"), list("pipes"),
            {"name": "plain", "in": "query", "required": true, "type": "array", "items": {"type": "integer"}},
        ], "responses": {"200": {"description": "ok", "schema": {"type": "array", "items": {"type": "object"}}}}}}}),
        json!({}),
    ));
    holds(&imported).await;
    let file = crate::support::file(&imported);
    let params = &file["operations"]["things.list"]["params"];
    let joins: Vec<&str> = ["pcsv", "pssv", "ptsv", "ppipes", "plain"].iter().map(|name| params[name]["join"].as_str().unwrap()).collect();
    assert_eq!(joins, [",", " ", "\t", "|", ","]);
    assert!(params["pmulti"].get("join").is_none());
    assert_eq!(params["plain"]["required"], true);
}

#[tokio::test]
async fn parameters_of_one_name_are_told_apart() {
    let imported = shop(&v3(
        json!({"/users/{id}": {"put": {"operationId": "putUser", "parameters": [
            {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}},
            {"name": "ID", "in": "query", "schema": {"type": "string"}},
        ], "requestBody": {"required": true, "content": {"application/json": {"schema": {
            "type": "object", "required": ["id", "userName"], "properties": {"id": {"type": "string"}, "userName": {"type": "string"}, "allPages": {"type": "boolean"}}}}}},
        "responses": ok(json!({"type": "object"}))}}}),
        json!({}),
    ));
    holds(&imported).await;
    let made = fixture(&imported, "users.put");
    assert_eq!(made["args"][0], json!({"id": 1, "query_ID": "text", "body_id": "text", "userName": "text", "body_allPages": true}));
    assert_eq!(made["request"]["body"], json!({"id": "text", "userName": "text", "allPages": true}));
    assert!(imported.types.contains("body_id: string;"), "{}", imported.types);
}

#[test]
fn what_cannot_be_said_is_skipped_with_its_reason() {
    let get = |parameter: serde_json::Value| json!({"get": {"parameters": [parameter], "responses": {"204": {"description": "none"}}}});
    let imported = shop(&v3(
        json!({
            "/fine": {"get": {"responses": {"204": {"description": "none"}}}, "options": {"responses": {}}},
            "/matrix/{a}": get(json!({"name": "a", "in": "path", "required": true, "style": "matrix", "schema": {"type": "array", "items": {}}})),
            "/cookie": get(json!({"name": "a", "in": "cookie", "required": true, "schema": {"type": "string"}})),
            "/lost": get(json!({"$ref": "#/components/parameters/nowhere"})),
            "/remote": get(json!({"$ref": "https://evil.test/p.yaml"})),
            "/../up": {"get": {"responses": {}}},
        }),
        json!({}),
    ));
    let found: Vec<(&str, &str, &str)> = imported.report.skipped.iter().map(|s| (s.method.as_str(), s.path.as_str(), s.kind)).collect();
    assert_eq!(found, [
        ("OPTIONS", "/fine", "method"),
        ("GET", "/matrix/{a}", "parameter style"),
        ("GET", "/cookie", "cookie parameter"),
        ("GET", "/lost", "reference"),
        ("GET", "/remote", "reference"),
        ("GET", "/../up", "path"),
    ]);
    assert_eq!((imported.report.operations, imported.report.imported), (7, 1));
}
