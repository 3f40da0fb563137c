//! Whatever is imported loads, and its contract tests are whole.

use millrace_openapi::{Options, import};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{connector, v3};

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}", "[A-Za-z_$-]{1,8}", "\\PC{0,6}",
        prop_oneof![Just("id"), Just("ID"), Just("allPages"), Just("then"), Just("__proto__"), Just("x-y"), Just("filter[a]"), Just("a.b"), Just("request")].prop_map(str::to_owned),
    ]
}

fn schema() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop_oneof![Just("string"), Just("integer"), Just("number"), Just("boolean"), Just("null"), Just("file"), Just("odd")].prop_map(|kind| json!({"type": kind})),
        Just(json!({})), Just(json!({"$ref": "#/components/schemas/A"})), Just(json!({"$ref": "#/components/schemas/B"})), Just(json!({"$ref": "#/nowhere"})),
        prop::collection::vec(name(), 1..3).prop_map(|names| json!({"enum": names})),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| json!({"type": "array", "items": one})),
            (prop::collection::vec((name(), inner.clone()), 0..4), prop::collection::vec(name(), 0..2)).prop_map(|(members, mut required)| {
                required.extend(members.first().map(|(name, _)| name.clone()));
                json!({"type": "object", "properties": members.into_iter().collect::<Map<_, _>>(), "required": required})
            }),
            (prop_oneof![Just("allOf"), Just("oneOf"), Just("anyOf")], prop::collection::vec(inner.clone(), 0..3)).prop_map(|(word, parts)| json!({word: parts})),
            inner.prop_map(|one| json!({"type": "object", "additionalProperties": one, "nullable": true})),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let place = prop_oneof![Just("query"), Just("header"), Just("path"), Just("cookie")];
    let style = prop_oneof![Just("form"), Just("simple"), Just("deepObject"), Just("pipeDelimited"), Just("label")];
    let parameter = (name(), place, any::<bool>(), prop::option::of(style), prop::option::of(any::<bool>()), schema()).prop_map(|(name, place, required, style, explode, schema)| {
        let mut out = json!({"name": name, "in": place, "required": required, "schema": schema});
        if let Some(style) = style {
            out["style"] = style.into();
        }
        if let Some(explode) = explode {
            out["explode"] = explode.into();
        }
        out
    });
    let media = prop_oneof![Just("application/json"), Just("application/x-www-form-urlencoded"), Just("multipart/form-data"), Just("application/hal+json"), Just("text/plain")];
    let status = prop_oneof![Just("200"), Just("201"), Just("204"), Just("default"), Just("2XX"), Just("404")];
    (prop::option::of(name()), prop::option::of(name()), prop::collection::vec(parameter, 0..4), prop::option::of((media.clone(), schema(), any::<bool>())), prop::collection::vec((status, media, schema()), 0..3)).prop_map(
        |(id, tag, parameters, body, responses)| {
            let responses: Map<String, Value> = responses.into_iter().map(|(status, kind, schema)| (status.to_owned(), json!({"content": {kind: {"schema": schema}}}))).collect();
            let mut out = json!({"parameters": parameters, "responses": responses, "tags": tag.into_iter().collect::<Vec<_>>()});
            if let Some(id) = id {
                out["operationId"] = id.into();
            }
            if let Some((kind, schema, required)) = body {
                out["requestBody"] = json!({"required": required, "content": {kind: {"schema": schema}}});
            }
            out
        },
    )
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![Just("{id}".to_owned()), Just("{x-y}".to_owned()), Just("v1".to_owned()), name()], 0..4).prop_map(|parts| format!("/{}", parts.join("/")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_import_loads(paths in prop::collection::vec((path(), prop_oneof![Just("get"), Just("post"), Just("put"), Just("delete"), Just("head")], operation()), 1..5), a in schema(), b in schema()) {
        let mut items = Map::new();
        for (path, method, operation) in paths {
            items.entry(path).or_insert_with(|| json!({}))[method] = operation;
        }
        let document = v3(Value::Object(items), json!({"components": {"schemas": {"A": a, "B": b}}}));
        match import(&document.to_string(), &Options { service: "shop".to_owned(), ..Options::default() }) {
            Ok(imported) => {
                let connector = connector(&imported);
                prop_assert_eq!(connector.operations.len(), imported.fixtures.len());
                prop_assert_eq!(imported.report.imported + imported.report.skipped.len(), imported.report.operations);
            }
            Err(error) => prop_assert_eq!(error.code, "NOTHING_TO_IMPORT", "{}", error),
        }
    }
}
