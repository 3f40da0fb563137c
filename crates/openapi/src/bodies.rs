//! Request bodies.

use serde_json::{Map, Value};

use crate::document::{Document, flag, items, members, text};
use crate::report::Skip;
use crate::schemas;

/// What a request carries.
#[derive(Debug, Clone)]
pub(crate) enum Body<'a> {
    /// Nothing.
    None,
    /// An object, member by member.
    Members(Sent<'a>),
    /// JSON of another kind, as one parameter.
    Whole(Sent<'a>),
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    /// Lists with brackets.
    Form,
    /// Lists repeated.
    FormRepeat,
}

/// A body.
#[derive(Debug, Clone)]
pub(crate) struct Sent<'a> {
    pub schema: Schema<'a>,
    pub required: bool,
    pub encoding: Encoding,
    /// The content type, where it is not the usual one.
    pub content_type: Option<&'a str>,
    pub example: Option<&'a Value>,
}

/// The document's schema, or one made from the form parameters of Swagger 2.0.
#[derive(Debug, Clone)]
pub(crate) enum Schema<'a> {
    Own(&'a Value),
    Made(Box<Value>),
}

impl Schema<'_> {
    pub fn value(&self) -> &Value {
        match self {
            Self::Own(value) => value,
            Self::Made(value) => value,
        }
    }
}

pub(crate) fn read<'a>(document: &'a Document, operation: &'a Value, raw: &[&'a Value]) -> Result<Body<'a>, Skip> {
    if document.v2 { of_v2(document, operation, raw) } else { of_v3(document, operation) }
}

fn of_v3<'a>(document: &'a Document, operation: &'a Value) -> Result<Body<'a>, Skip> {
    let Some(given) = operation.get("requestBody").filter(|body| !body.is_null()) else { return Ok(Body::None) };
    let Some(body) = document.resolve(given) else {
        return Err(Skip::new("reference", "its body's reference leads nowhere in the document"));
    };
    let content = members(body, "content");
    let required = flag(body, "required");
    if content.is_empty() {
        return Ok(Body::None);
    }
    let json = content.iter().filter(|(kind, _)| is_json(kind)).min_by_key(|(kind, _)| !kind.starts_with("application/json"));
    if let Some((kind, media)) = json {
        return Ok(json_body(document, Sent {
            schema: Schema::Own(media.get("schema").unwrap_or(&Value::Null)),
            required,
            encoding: Encoding::Json,
            content_type: (!kind.starts_with("application/json") && !kind.contains('*')).then_some(kind),
            example: example(document, media),
        }));
    }
    if let Some((_, media)) = content.iter().find(|(kind, _)| kind.starts_with("application/x-www-form-urlencoded")) {
        let schema = media.get("schema").unwrap_or(&Value::Null);
        let nested = members(media, "encoding").values().any(|e| text(e, "style") == "deepObject");
        let encoding = if nested { Encoding::Form } else { Encoding::FormRepeat };
        return Ok(Body::Members(Sent { schema: Schema::Own(schema), required, encoding, content_type: None, example: None }));
    }
    if !required {
        return Ok(Body::None);
    }
    Err(other_body(content.keys().map(String::as_str).next().unwrap_or_default()))
}

fn of_v2<'a>(document: &'a Document, operation: &'a Value, raw: &[&'a Value]) -> Result<Body<'a>, Skip> {
    let consumes: Vec<&str> = match operation.get("consumes") {
        Some(Value::Array(own)) => own.iter().filter_map(Value::as_str).collect(),
        _ => items(document.at(""), "consumes").iter().filter_map(Value::as_str).collect(),
    };
    if let Some(body) = raw.iter().find(|p| text(p, "in") == "body") {
        if !consumes.is_empty() && !consumes.iter().any(|kind| is_json(kind) || kind.contains('*')) {
            // A form that Swagger 2.0 describes by a schema is one all the same.
            if !consumes.iter().any(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
                return if flag(body, "required") { Err(other_body(consumes[0])) } else { Ok(Body::None) };
            }
        }
        let json = consumes.is_empty() || consumes.iter().any(|kind| is_json(kind) || kind.contains('*'));
        let plain = consumes.is_empty() || consumes.iter().any(|kind| kind.starts_with("application/json") || kind.contains('*'));
        return Ok(json_body(document, Sent {
            schema: Schema::Own(body.get("schema").unwrap_or(&Value::Null)),
            required: flag(body, "required"),
            encoding: if json { Encoding::Json } else { Encoding::FormRepeat },
            content_type: consumes.iter().find(|kind| is_json(kind)).copied().filter(|_| !plain && json),
            example: None,
        }));
    }
    let fields: Vec<&Value> = raw.iter().copied().filter(|p| text(p, "in") == "formData").collect();
    if fields.is_empty() {
        return Ok(Body::None);
    }
    if fields.iter().any(|field| text(field, "type") == "file") || (!consumes.is_empty() && consumes.iter().all(|kind| kind.starts_with("multipart/"))) {
        let needed = fields.iter().any(|field| flag(field, "required"));
        return if needed || !consumes.is_empty() { Err(other_body("multipart/form-data")) } else { Ok(Body::None) };
    }
    let properties: Map<String, Value> = fields.iter().map(|field| (text(field, "name").to_owned(), (*field).clone())).map(|(name, mut field)| {
        if let Value::Object(members) = &mut field {
            members.remove("required");
        }
        (name, field)
    }).collect();
    let required: Vec<&str> = fields.iter().filter(|field| flag(field, "required")).map(|field| text(field, "name")).collect();
    let any = !required.is_empty();
    let schema = serde_json::json!({"type": "object", "properties": properties, "required": required});
    Ok(Body::Members(Sent { schema: Schema::Made(Box::new(schema)), required: any, encoding: Encoding::FormRepeat, content_type: None, example: None }))
}

/// Objects with members go member by member; anything else is one value.
fn json_body<'a>(document: &'a Document, sent: Sent<'a>) -> Body<'a> {
    let by_members = schemas::is_object(document, sent.schema.value()) && !schemas::object_members(document, sent.schema.value()).is_empty();
    if by_members || sent.encoding != Encoding::Json { Body::Members(sent) } else { Body::Whole(sent) }
}

fn other_body(kind: &str) -> Skip {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let reason = if kind.starts_with("multipart/") { "multipart body" } else { "other body" };
    Skip::new(reason, format!("its body is {kind}"))
}

/// Whether a media type is JSON, or says nothing.
pub(crate) fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let sub = kind.split('/').nth(1).unwrap_or(&kind);
    kind == "*/*" || kind == "application/*" || sub == "json" || sub.ends_with("+json") || (sub.contains("json") && !sub.contains("seq") && !sub.contains("nd") && !sub.contains("lines") && !sub.contains("stream"))
}

/// An example of a media type.
pub(crate) fn example<'a>(document: &'a Document, media: &'a Value) -> Option<&'a Value> {
    let first = media.get("examples").and_then(Value::as_object).and_then(|all| all.values().next());
    media.get("example").or_else(|| document.resolve(first?)?.get("value"))
}
