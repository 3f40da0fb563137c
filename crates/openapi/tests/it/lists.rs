//! Lists and pages.

use serde_json::{Value, json};

use crate::support::{connector, file, fixture, holds, ok, shop, v3};

fn list(query: &[(&str, &str)], schema: Value, headers: Value) -> Value {
    let parameters: Vec<Value> = query.iter().map(|(name, kind)| json!({"name": name, "in": "query", "schema": {"type": kind}})).collect();
    let mut responses = ok(schema);
    responses["200"]["headers"] = headers;
    v3(json!({"/orders": {"get": {"parameters": parameters, "responses": responses}}}), json!({}))
}

fn envelope(members: Value) -> Value {
    let mut properties = json!({"data": {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}}});
    properties.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    json!({"type": "object", "properties": properties})
}

#[tokio::test]
async fn every_kind_of_pages_is_recognised() {
    let text = json!({"type": "string"});
    for (query, schema, headers, expected) in [
        (vec![("cursor", "string")], envelope(json!({"next_cursor": text})), json!({}), json!({"style": "cursor", "send": "cursor", "next": "next_cursor"})),
        (vec![("pageToken", "string")], envelope(json!({"nextPageToken": text})), json!({}), json!({"style": "cursor", "send": "pageToken", "next": "nextPageToken"})),
        (vec![("after", "string")], envelope(json!({"meta": {"type": "object", "properties": {"end_cursor": text}}})), json!({}), json!({"style": "cursor", "send": "after", "next": "meta.end_cursor"})),
        (vec![("starting_after", "string")], envelope(json!({"has_more": {"type": "boolean"}})), json!({}), json!({"style": "last_id", "send": "starting_after", "more": "has_more"})),
        (vec![("page", "integer"), ("per_page", "integer")], json!({"type": "array", "items": {}}), json!({"Link": {"schema": text}}), json!({"style": "link"})),
        (vec![("page", "integer"), ("per_page", "integer")], json!({"type": "array", "items": {}}), json!({}), json!({"style": "page", "send": "page"})),
        (vec![("offset", "integer"), ("limit", "integer")], envelope(json!({"total": {"type": "integer"}})), json!({}), json!({"style": "offset", "send": "offset"})),
        (vec![], envelope(json!({"next": {"type": "string", "format": "uri", "nullable": true}})), json!({}), json!({"style": "url", "next": "next"})),
    ] {
        let imported = shop(&list(&query, schema, headers));
        holds(&imported).await;
        assert_eq!(file(&imported)["operations"]["orders.list"]["pagination"], expected);
        assert_eq!(imported.report.pagination.values().sum::<usize>(), 1);
        assert!(imported.types.contains("allPages?: boolean | number"), "{}", imported.types);
    }
}

#[tokio::test]
async fn what_is_no_sure_way_to_turn_pages_is_none() {
    for (query, schema) in [
        (vec![("cursor", "string")], envelope(json!({}))),
        (vec![("after", "string")], envelope(json!({"total": {"type": "integer"}}))),
        (vec![("offset", "integer")], envelope(json!({}))),
        (vec![("page", "string")], envelope(json!({}))),
        (vec![("cursor", "string")], envelope(json!({"next": {"type": "string"}}))),
    ] {
        let imported = shop(&list(&query, schema, json!({})));
        holds(&imported).await;
        assert!(connector(&imported).operations["orders.list"].pagination.is_none(), "{query:?}");
    }
}

#[tokio::test]
async fn a_list_in_an_envelope_is_the_data_and_the_envelope_stays_visible() {
    let imported = shop(&list(&[], envelope(json!({"total": {"type": "integer"}, "length": {"type": "integer"}, "@odata": {"type": "string"}})), json!({})));
    holds(&imported).await;
    let made = fixture(&imported, "orders.list");
    assert_eq!(made["result"]["data"], json!([{"id": "text"}]));
    assert_eq!(made["result"]["hidden"], json!({"self": ["data"], "values": {"total": 1}}));
    assert!(imported.types.contains("readonly data: ") && imported.types.contains("readonly total: number | null"), "{}", imported.types);
}

#[test]
fn a_thing_that_has_lists_is_no_list() {
    let thing = json!({"type": "object", "properties": {"id": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}});
    let imported = shop(&v3(json!({"/orders/{id}": {"get": {"responses": ok(thing.clone())}}, "/status": {"get": {"responses": ok(thing)}}}), json!({})));
    assert_eq!(imported.report.lists, 0);
}
