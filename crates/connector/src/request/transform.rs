//! The named changes that a connector file may ask for.

use serde_json::{Map, Value};

use super::{document, mime};
use crate::answer::Failure;
use crate::json_path;
use crate::schema::{Transform, TransformKind};

/// Members of a block that are not its content.
const BLOCK_META: [&str; 5] = ["object", "id", "type", "has_children", "archived"];

pub(super) fn apply(step: &Transform, body: &mut Map<String, Value>) -> Result<(), Failure> {
    match step.kind {
        TransformKind::DropUndefined => body.values_mut().for_each(drop_undefined),
        TransformKind::InferBlockType => {
            if let Some(Value::Array(blocks)) = body.get_mut(step.at.as_deref().unwrap_or("children")) {
                blocks.iter_mut().for_each(infer_block_type);
            }
        }
        TransformKind::MimeRaw => {
            let raw = mime::take_message(body)?;
            json_path::set(body, step.at.as_deref().unwrap_or("raw"), Value::String(raw));
        }
        TransformKind::DocumentBlocks => document::expand(body)?,
    }
    Ok(())
}

/// JSON has no `undefined`; as an element of a list it arrives as `null`.
fn drop_undefined(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(drop_undefined);
        }
        Value::Object(members) => members.values_mut().for_each(drop_undefined),
        _ => {}
    }
}

fn infer_block_type(block: &mut Value) {
    let Value::Object(members) = block else { return };
    members.entry("object").or_insert_with(|| Value::from("block"));
    if !members.contains_key("type") {
        let mut content = members.keys().filter(|key| !BLOCK_META.contains(&key.as_str()));
        if let (Some(only), None) = (content.next().cloned(), content.next()) {
            members.insert("type".to_owned(), Value::String(only));
        }
    }
    // Children stand inside the content member, or beside it in hand-written blocks.
    for content in members.values_mut() {
        match content {
            Value::Object(inner) => {
                if let Some(Value::Array(children)) = inner.get_mut("children") {
                    children.iter_mut().for_each(infer_block_type);
                }
            }
            _ => continue,
        }
    }
}
