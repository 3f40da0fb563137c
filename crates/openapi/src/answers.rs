//! What a provider answers when all is well.

use serde_json::{Map, Value};

use crate::bodies::{example, is_json};
use crate::document::{Document, items, members, text};
use crate::report::Skip;
use crate::schemas;

/// A success.
#[derive(Debug, Clone)]
pub(crate) struct Answer<'a> {
    pub status: u16,
    pub content: Content<'a>,
    /// Further statuses that carry nothing.
    pub nothing_on: Vec<u16>,
    /// The answer's `Link` header is documented.
    pub link: bool,
    /// What to ask for, where it is not JSON of the usual name.
    pub accept: Option<String>,
}

/// What it carries.
#[derive(Debug, Clone)]
pub(crate) enum Content<'a> {
    /// JSON; `null` where the document does not say which.
    Json { schema: &'a Value, example: Option<&'a Value> },
    Text,
    /// Nothing that the document tells of.
    Nothing,
}

/// The statuses of success that are looked at, in this order.
const ORDER: [&str; 6] = ["200", "201", "202", "203", "2XX", "2xx"];

pub(crate) fn read<'a>(document: &'a Document, operation: &'a Value, method: &str) -> Result<Answer<'a>, Skip> {
    let responses = members(operation, "responses");
    let (status, response) = chosen(document, responses)?;
    let mut nothing_on: Vec<u16> = Vec::new();
    for code in ["204", "205"] {
        if responses.contains_key(code) && code != status.to_string() {
            nothing_on.extend(code.parse::<u16>());
        }
    }
    let Some(response) = response else {
        return Ok(Answer { status, content: Content::Nothing, nothing_on, link: false, accept: None });
    };
    let link = members(response, "headers").keys().any(|name| name.eq_ignore_ascii_case("link"));
    let (content, accept) = match (method, document.v2) {
        ("head", _) => (Content::Nothing, None),
        _ if status == 204 || status == 205 => (Content::Nothing, None),
        (_, true) => of_v2(document, operation, response)?,
        (_, false) => of_v3(document, response)?,
    };
    Ok(Answer { status, content, nothing_on, link, accept })
}

/// The success that tells most: JSON before anything else.
fn chosen<'a>(document: &'a Document, responses: &'a Map<String, Value>) -> Result<(u16, Option<&'a Value>), Skip> {
    let number = |code: &str| code.parse::<u16>().unwrap_or(200);
    let is_success = |code: &str| code.len() == 3 && code.starts_with('2');
    let mut codes: Vec<&String> = responses.keys().filter(|code| is_success(code)).collect();
    codes.sort_by_key(|code| (ORDER.iter().position(|own| own == code).unwrap_or(ORDER.len()), number(code)));
    let full = |code: &&String| {
        let response = responses.get(code.as_str()).and_then(|r| document.resolve(r));
        response.is_some_and(|r| r.get("content").and_then(Value::as_object).is_some_and(|c| !c.is_empty()) || r.get("schema").is_some())
    };
    let code = codes.iter().copied().find(|code| full(code)).or_else(|| codes.first().copied());
    if let Some(code) = code {
        let response = responses.get(code).and_then(|r| document.resolve(r));
        return response.map(|r| (number(code), Some(r))).ok_or_else(|| Skip::new("reference", "its answer's reference leads nowhere in the document"));
    }
    if responses.keys().any(|code| code.len() == 3 && code.starts_with('3')) {
        return Err(Skip::new("redirect", "it answers with a redirect"));
    }
    if responses.keys().any(|code| code == "101") {
        return Err(Skip::new("stream", "it answers with another protocol"));
    }
    Ok((200, responses.get("default").and_then(|r| document.resolve(r)).filter(|_| responses.len() == 1)))
}

type Read<'a> = Result<(Content<'a>, Option<String>), Skip>;

fn of_v3<'a>(document: &'a Document, response: &'a Value) -> Read<'a> {
    let content = members(response, "content");
    let json = content.iter().filter(|(kind, _)| is_json(kind)).min_by_key(|(kind, _)| !kind.starts_with("application/json"));
    if let Some((kind, media)) = json {
        let schema = media.get("schema").unwrap_or(&Value::Null);
        if is_binary(document, schema) {
            return Err(Skip::new("file answer", "it answers with a file"));
        }
        let accept = (!kind.contains('*') && !kind.starts_with("application/json")).then(|| plain_kind(kind));
        return Ok((Content::Json { schema, example: example(document, media) }, accept));
    }
    match content.iter().next() {
        None => Ok((Content::Nothing, None)),
        Some((kind, media)) if is_binary(document, media.get("schema").unwrap_or(&Value::Null)) => {
            Err(Skip::new("file answer", format!("it answers with a file ({kind})")))
        }
        Some((kind, _)) => other(kind),
    }
}

fn of_v2<'a>(document: &'a Document, operation: &'a Value, response: &'a Value) -> Read<'a> {
    let produces: Vec<&str> = match operation.get("produces") {
        Some(Value::Array(own)) => own.iter().filter_map(Value::as_str).collect(),
        _ => items(document.at(""), "produces").iter().filter_map(Value::as_str).collect(),
    };
    let schema = response.get("schema");
    if schema.is_some_and(|schema| text(schema, "type") == "file" || is_binary(document, schema)) {
        return Err(Skip::new("file answer", "it answers with a file"));
    }
    let Some(schema) = schema else { return Ok((Content::Nothing, None)) };
    let json = produces.iter().filter(|kind| is_json(kind)).min_by_key(|kind| !kind.starts_with("application/json"));
    match (json, produces.first()) {
        (Some(kind), _) => {
            let example = members(response, "examples").iter().find(|(own, _)| is_json(own)).map(|(_, example)| example);
            let accept = (!kind.contains('*') && !kind.starts_with("application/json")).then(|| plain_kind(kind));
            Ok((Content::Json { schema, example }, accept))
        }
        (None, Some(kind)) => other(kind),
        (None, None) => Ok((Content::Json { schema, example: members(response, "examples").get("application/json") }, None)),
    }
}

/// Answers that are no JSON: texts are data, files are not.
fn other<'a>(kind: &str) -> Read<'a> {
    let plain = plain_kind(kind);
    if http::HeaderValue::from_str(&plain).is_err() {
        return Err(Skip::new("file answer", "its answer has no usable media type"));
    }
    if plain.contains("event-stream") || plain.contains("grpc") || plain.contains("multipart") {
        return Err(Skip::new("stream", format!("it answers with {plain}")));
    }
    let is_text = plain.starts_with("text/") || ["xml", "yaml", "csv", "json", "javascript", "graphql", "calendar", "x-www-form-urlencoded", "jwt", "pem"].iter().any(|word| plain.contains(word));
    if is_text { Ok((Content::Text, Some(plain))) } else { Err(Skip::new("file answer", format!("it answers with a file ({plain})"))) }
}

fn plain_kind(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_binary(document: &Document, schema: &Value) -> bool {
    let format = schemas::plain(document, schema).map(|s| text(s, "format")).unwrap_or_default();
    format == "binary" || format == "file"
}
