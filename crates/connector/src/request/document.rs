//! `document_blocks`: a page from a title, a summary, sections of short points, and text.

use serde_json::{Map, Value, json};

use crate::answer::Failure;

/// Characters of one rich text (the documented limit).
const TEXT_CHARS: usize = 2_000;

/// Replaces `data` and `custom_blocks` by `properties` and `children`.
pub(super) fn expand(body: &mut Map<String, Value>) -> Result<(), Failure> {
    let Some(Value::Object(data)) = body.remove("data") else {
        return Err(Failure::input("needs an object as `data`"));
    };
    let text = |name: &str| data.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let title = text("title").ok_or_else(|| Failure::input("needs `data.title`"))?;
    let mut properties = Map::new();
    properties.insert("Title".to_owned(), json!({"title": rich_text(title)}));
    if let Some(date) = text("date") {
        properties.insert("Date".to_owned(), json!({"date": {"start": date}}));
    }
    if let Some(mood) = text("mood") {
        properties.insert("Mood".to_owned(), json!({"select": {"name": mood}}));
    }
    if let Some(Value::Object(own)) = data.get("properties") {
        properties.extend(own.clone());
    }
    let children = match body.remove("custom_blocks") {
        Some(Value::Array(blocks)) => blocks,
        _ => blocks(&data),
    };
    body.insert("properties".to_owned(), Value::Object(properties));
    body.insert("children".to_owned(), Value::Array(children));
    Ok(())
}

fn blocks(data: &Map<String, Value>) -> Vec<Value> {
    let mut out = Vec::new();
    if let Some(Value::Object(facts)) = data.get("metadata") {
        let line: Vec<String> = facts
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}: {}", crate::json_path::scalar_text(value)?)))
            .collect();
        out.extend((!line.is_empty()).then(|| block("paragraph", &line.join(" | "))));
    }
    if let Some(summary) = data.get("summary").and_then(Value::as_str) {
        out.push(block("callout", summary));
    }
    if let Some(Value::Object(sections)) = data.get("sections") {
        for (name, points) in sections {
            out.push(block("heading_2", &heading(name)));
            let kind = if name.to_ascii_lowercase().contains("action") { "to_do" } else { "bulleted_list_item" };
            let points = points.as_array().map(Vec::as_slice).unwrap_or_default();
            out.extend(points.iter().filter_map(Value::as_str).map(|point| block(kind, point)));
        }
    }
    let content = data.get("content").and_then(Value::as_str).unwrap_or_default();
    out.extend(content.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).map(|p| block("paragraph", p)));
    out
}

fn block(kind: &str, text: &str) -> Value {
    let mut content = Map::new();
    content.insert("rich_text".to_owned(), rich_text(text));
    if kind == "to_do" {
        content.insert("checked".to_owned(), Value::Bool(false));
    }
    json!({"object": "block", "type": kind, kind: content})
}

/// Long text becomes several pieces: nothing is cut off.
fn rich_text(text: &str) -> Value {
    let chars: Vec<char> = text.chars().collect();
    let pieces = chars.chunks(TEXT_CHARS).map(|piece| json!({"text": {"content": piece.iter().collect::<String>()}}));
    Value::Array(pieces.collect())
}

/// `actionItems` → `Action items`.
fn heading(name: &str) -> String {
    let words = crate::spelling::to_snake(name).replace('_', " ");
    let mut chars = words.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
