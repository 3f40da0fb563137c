//! Ways to sign in.

use serde_json::{Value, json};

use crate::support::{connector, fixture, holds, shop, try_shop, v2, v3};

fn get(security: Option<Value>) -> Value {
    let mut operation = json!({"responses": {"204": {"description": ""}}});
    if let Some(security) = security {
        operation["security"] = security;
    }
    json!({"get": operation})
}

#[tokio::test]
async fn every_scheme_has_its_place() {
    for (scheme, kind, header, value) in [
        (json!({"type": "http", "scheme": "bearer"}), "token", "authorization", "Bearer test-access-token"),
        (json!({"type": "http", "scheme": "basic"}), "basic", "authorization", "Basic dGVzdC11c2VybmFtZTp0ZXN0LXBhc3N3b3Jk"),
        (json!({"type": "apiKey", "in": "header", "name": "X-Key"}), "api_key", "x-key", "test-api-key"),
        (json!({"type": "apiKey", "in": "cookie", "name": "sid"}), "api_key", "cookie", "sid=test-api-key"),
        (json!({"type": "openIdConnect", "openIdConnectUrl": "https://id.test"}), "token", "authorization", "Bearer test-access-token"),
        (json!({"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/token", "scopes": {}}}}), "server_to_server", "authorization", "Bearer test-token"),
        (json!({"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": "https://id.test/a", "tokenUrl": "https://id.test/t", "scopes": {"read": ""}}}}), "oauth2", "authorization", "Bearer test-access-token"),
        (json!({"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://id.test/a", "scopes": {}}}}), "token", "authorization", "Bearer test-access-token"),
        (json!({"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": "http://id.test/a", "tokenUrl": "http://id.test/t", "scopes": {}}}}), "token", "authorization", "Bearer test-access-token"),
    ] {
        let imported = shop(&v3(json!({"/x/{id}": get(None)}), json!({"components": {"securitySchemes": {"main": scheme}}, "security": [{"main": []}]})));
        holds(&imported).await;
        assert_eq!(connector(&imported).auth[0].kind.as_str(), kind);
        assert_eq!(fixture(&imported, "x.get")["request"]["headers"][header], value);
    }
    let query = shop(&v2(json!({"/x/{id}": get(None)}), json!({"securityDefinitions": {"k": {"type": "apiKey", "in": "query", "name": "key"}}})));
    holds(&query).await;
    assert_eq!(fixture(&query, "x.get")["request"]["query"]["key"], "test-api-key");
    let client = shop(&v2(json!({"/x/{id}": get(None)}), json!({"securityDefinitions": {"o": {"type": "oauth2", "flow": "application", "tokenUrl": "https://id.test/t"}}})));
    assert_eq!(connector(&client).auth[0].token_url.as_deref(), Some("https://id.test/t"));
}

#[tokio::test]
async fn operations_take_the_ways_that_they_name() {
    let schemes = json!({"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "app": {"type": "apiKey", "in": "header", "name": "X-App"}, "login": {"type": "http", "scheme": "basic"}, "odd": {"type": "http", "scheme": "digest"}});
    let imported = shop(&v3(
        json!({
            "/default/{id}": get(None), "/open/{id}": get(Some(json!([]))), "/login/{id}": get(Some(json!([{"login": []}]))),
            "/both/{id}": get(Some(json!([{"key": [], "app": []}]))), "/either/{id}": get(Some(json!([{"odd": []}, {"login": []}]))),
            "/optional/{id}": get(Some(json!([{}, {"login": []}]))), "/never/{id}": get(Some(json!([{"odd": []}]))),
        }),
        json!({"components": {"securitySchemes": schemes}, "security": [{"key": []}]}),
    ));
    holds(&imported).await;
    let connector = connector(&imported);
    let auth = |name: &str| connector.operations[name].auth.clone();
    assert_eq!(auth("default.get"), Some(vec!["key".to_owned()]));
    assert_eq!(auth("open.get"), Some(vec![]));
    assert_eq!(auth("login.get"), Some(vec!["login".to_owned()]));
    assert_eq!(auth("both.get"), Some(vec!["key_app".to_owned()]));
    assert_eq!(auth("either.get"), Some(vec!["login".to_owned()]));
    assert_eq!(auth("optional.get"), None);
    let both = fixture(&imported, "both.get");
    assert_eq!((&both["request"]["headers"]["x-key"], &both["request"]["headers"]["x-app"]), (&json!("test-key"), &json!("test-app")));
    assert_eq!(fixture(&imported, "open.get")["request"]["headers"], json!({"authorization": null}));
    assert_eq!(imported.report.skipped.iter().map(|s| s.kind).collect::<Vec<_>>(), ["sign-in"]);
}

#[tokio::test]
async fn a_document_without_security_sends_nothing_and_says_so() {
    let imported = shop(&v3(json!({"/x/{id}": get(None)}), json!({})));
    holds(&imported).await;
    assert!(imported.report.notes.iter().any(|note| note.contains("no usable way to sign in")), "{:?}", imported.report.notes);
    let odd = json!({"components": {"securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X-{evil}"}, "l": {"$ref": "#/nowhere"}, "m": 7}}, "security": [{"k": []}]});
    assert_eq!(try_shop(&v3(json!({"/x": get(None)}), odd)).unwrap_err().code, "NOTHING_TO_IMPORT");
}
