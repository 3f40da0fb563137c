//! Says of every body that is read field by field what the reader does with a field it does not know: it is refused.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{OpenApi, RefOr, Schema};

use super::operations;

const SCHEMAS: &str = "#/components/schemas/";

/// Closes the schemas that only requests use; one that answers use as well says so by itself.
pub(super) fn close(document: &mut OpenApi) {
    let (mut asked, mut told) = (BTreeSet::new(), BTreeSet::new());
    for item in document.paths.paths.values_mut() {
        for (_, operation) in operations(item) {
            mention(&operation.request_body, &mut asked);
            mention(&operation.responses, &mut told);
        }
    }
    let schemas = &mut document.components.get_or_insert_default().schemas;
    for names in [&mut asked, &mut told] {
        let mut waiting: Vec<String> = names.iter().cloned().collect();
        while let Some(name) = waiting.pop() {
            let mut inner = BTreeSet::new();
            mention(&schemas.get(&name), &mut inner);
            waiting.extend(inner.into_iter().filter(|name| names.insert(name.clone())));
        }
    }
    for name in asked.difference(&told) {
        if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(name)
            && !object.properties.is_empty()
            && object.additional_properties.is_none()
        {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// The names of the schemas that a part of the document refers to.
fn mention(part: &impl Serialize, names: &mut BTreeSet<String>) {
    let mut parts = vec![serde_json::to_value(part).unwrap_or_default()];
    while let Some(part) = parts.pop() {
        match part {
            Value::Object(members) => {
                names.extend(members.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix(SCHEMAS)).map(str::to_owned));
                parts.extend(members.into_iter().map(|(_, member)| member));
            }
            Value::Array(items) => parts.extend(items),
            _ => {}
        }
    }
}
