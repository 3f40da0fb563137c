//! Small documents and what is made of them.

use std::sync::Arc;

use millrace_connector::contract::{Contract, Fixture};
use millrace_connector::{Connector, Registry};
use millrace_openapi::{ImportError, Imported, Options, import};
use serde_json::{Value, json};

/// Imports a document as `shop`.
pub fn try_shop(document: &Value) -> Result<Imported, ImportError> {
    import(&document.to_string(), &Options { service: "shop".to_owned(), ..Options::default() })
}

/// The same, which must succeed.
pub fn shop(document: &Value) -> Imported {
    try_shop(document).unwrap_or_else(|e| panic!("{}: {e}", e.code))
}

/// The connector of a document.
pub fn connector(imported: &Imported) -> Connector {
    Connector::parse("shop", &imported.connector).unwrap_or_else(|e| panic!("{e}\n{}", imported.connector))
}

/// The connector file as a value.
pub fn file(imported: &Imported) -> Value {
    serde_norway::from_str(&imported.connector).unwrap()
}

/// An OpenAPI 3 document with these paths and further members.
pub fn v3(paths: Value, more: Value) -> Value {
    let mut document = json!({"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "servers": [{"url": "https://api.shop.test/v1"}], "paths": paths});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

/// A Swagger 2.0 document.
pub fn v2(paths: Value, more: Value) -> Value {
    let mut document = json!({"swagger": "2.0", "info": {"title": "Shop", "version": "1"}, "host": "api.shop.test", "basePath": "/v1", "schemes": ["http"], "paths": paths});
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

/// A JSON answer.
pub fn ok(schema: Value) -> Value {
    json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}})
}

/// Plays every fixture through the executor; all must hold, and every operation must have one.
pub async fn holds(imported: &Imported) {
    let connector = connector(imported);
    let names: Vec<String> = connector.operations.keys().map(|name| format!("{name}.json")).collect();
    assert_eq!(names, imported.fixtures.keys().cloned().collect::<Vec<_>>());
    let mut registry = Registry::empty();
    registry.add("shop", connector).unwrap();
    let contract = Contract::start(Arc::new(registry)).await.unwrap();
    for (name, text) in &imported.fixtures {
        let fixture: Fixture = serde_json::from_str(text).unwrap();
        let played = contract.play("shop", name.trim_end_matches(".json"), &fixture).await;
        played.unwrap_or_else(|e| panic!("{name}: {e}\n{text}\n{}", imported.connector));
    }
}

/// One fixture.
pub fn fixture(imported: &Imported, name: &str) -> Value {
    let text = imported.fixtures.get(&format!("{name}.json")).unwrap_or_else(|| panic!("no {name} among {:?}", imported.fixtures.keys()));
    serde_json::from_str(text).unwrap()
}
