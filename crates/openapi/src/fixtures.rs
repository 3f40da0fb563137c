//! Contract tests: for every operation a call, the request as the document says it must look, an answer that fits the
//! document, and what the workflow gets. The request is written here from the document's rules, not by the executor.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use millrace_connector::Connector;
use millrace_connector::spelling::to_snake;
use serde_json::{Map, Value, json};
use url::Url;

use crate::answers::Content;
use crate::bodies::{Body, Encoding};
use crate::connector;
use crate::document::Document;
use crate::limits;
use crate::parameters::{Form, Place};
use crate::plan::{Param, Plan};
use crate::sample::Sampler;
use crate::security::{Security, Way};
use crate::servers::Servers;
use crate::ImportError;

/// Writes the fixtures: file name → text.
pub(crate) fn write(document: &Document, servers: &Servers, security: &Security, parsed: &Connector, plans: &[Plan<'_>]) -> Result<BTreeMap<String, String>, ImportError> {
    let mut out = BTreeMap::new();
    for plan in plans {
        let fixture = one(document, servers, security, parsed, plan);
        let text = serde_json::to_string_pretty(&fixture).map_err(|e| ImportError::new("CONNECTOR_INVALID", e.to_string()))?;
        out.insert(format!("{}.json", plan.name), format!("{text}\n"));
    }
    Ok(out)
}

/// The arguments that a fixture calls with.
pub(crate) fn arguments(document: &Document, plan: &Plan<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    let mut optional = 0;
    for param in &plan.params {
        if param.only.is_some() || (!param.given.required && optional >= limits::SAMPLE_OPTIONS) {
            continue;
        }
        let value = argument(document, param);
        // An optional parameter whose sample cannot be written is left out.
        if !param.given.required && !writable(param, &value) {
            continue;
        }
        optional += usize::from(!param.given.required);
        out.insert(param.name.clone(), value);
    }
    match &plan.body {
        Body::None => {}
        Body::Whole(sent) => {
            if let Some(member) = plan.members.first() {
                let sample = sent.example.filter(|e| fits(document, e, sent.schema.value()) && small(e)).cloned().unwrap_or_else(|| Sampler::new(document).value(sent.schema.value()));
                out.insert(member.name.clone(), sample);
            }
        }
        Body::Members(sent) => {
            let Value::Object(members) = Sampler::new(document).value(sent.schema.value()) else { return out };
            for (wire, value) in members {
                let name = plan.members.iter().find(|m| m.wire == wire).map_or(wire.clone(), |m| m.name.clone());
                // What must be given is no empty text and not `null`.
                let needed = plan.members.iter().any(|m| m.name == name && m.required);
                let value = if needed && (value.is_null() || value.as_str() == Some("")) { json!("text") } else { value };
                // A member without a parameter of its own must not be taken for one.
                if !plan.params.iter().any(|p| millrace_connector::spelling::same_name(&p.name, &name)) {
                    out.insert(name, value);
                }
            }
        }
    }
    out
}

fn argument(document: &Document, param: &Param<'_>) -> Value {
    let sample = Sampler::new(document).value(param.given.schema);
    let example = param.given.example.filter(|example| same_kind(example, &sample) && small(example) && fits(document, example, param.given.schema));
    let value = example.cloned().unwrap_or(sample);
    let value = match (&value, param.given.form) {
        (Value::Array(items), _) if items.is_empty() => json!(["text"]),
        (Value::Null, _) => json!("text"),
        _ => value,
    };
    match &value {
        // A segment that a path cannot hold.
        Value::String(text) if param.given.place == Place::Path && (text.is_empty() || text.split('/').any(|s| s == "." || s == "..")) => json!("text"),
        Value::String(text) if param.given.place == Place::Header && !header_text(text) => json!("text"),
        Value::String(text) if text.is_empty() => json!("text"),
        Value::Object(_) if param.given.form == Form::Scalar && param.given.place != Place::Query => json!("text"),
        Value::Array(_) if param.given.form == Form::Scalar && param.given.place != Place::Query => json!("text"),
        _ => value,
    }
}

fn header_text(text: &str) -> bool {
    text.trim() == text && !text.is_empty() && text.bytes().all(|b| (0x20..0x7f).contains(&b))
}

fn writable(param: &Param<'_>, value: &Value) -> bool {
    match (value, param.given.form) {
        (Value::Array(_), Form::Scalar) => false,
        (Value::Object(_), Form::Scalar) => param.given.place == Place::Query,
        (Value::Array(items), _) => items.iter().all(|item| !item.is_null()),
        (Value::Object(members), Form::Members) => members.values().all(|v| !v.is_array() && !v.is_object() && !v.is_null()),
        (Value::Object(members), _) => !members.is_empty(),
        _ => true,
    }
}

fn same_kind(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// Whether an example is plainly of its schema: a value of the enumeration, a list of scalars of one kind.
fn fits(document: &Document, example: &Value, schema: &Value) -> bool {
    let sample = Sampler::new(document).value(schema);
    let Some(at) = crate::schemas::plain(document, schema) else { return false };
    let listed = crate::document::items(at, "enum");
    match example {
        Value::Array(_) | Value::Object(_) => false,
        scalar => same_kind(scalar, &sample) && (listed.is_empty() || listed.contains(scalar)) && !crate::schemas::kinds(at).is_empty(),
    }
}

fn small(value: &Value) -> bool {
    serde_json::to_string(value).is_ok_and(|text| text.len() <= limits::EXAMPLE_BYTES)
}

fn one(document: &Document, servers: &Servers, security: &Security, parsed: &Connector, plan: &Plan<'_>) -> Value {
    let args = arguments(document, plan);
    let way = way_for(security, plan);
    let (connection, values) = connection(&security.ways, way, servers);
    let request = request(servers, parsed, plan, &args, way.filter(|_| plan.auth.as_ref().is_none_or(|a| !a.is_empty())), &values);
    let (response, result) = answer(document, parsed, plan);
    let args = if args.is_empty() { json!([]) } else { json!([args]) };
    json!({"connection": connection, "args": args, "request": request, "response": response, "result": result})
}

/// The way that the fixture's connection is made for.
fn way_for<'a>(security: &'a Security, plan: &Plan<'_>) -> Option<&'a Way> {
    let names = plan.auth.as_ref().filter(|names| !names.is_empty());
    security.ways.iter().find(|way| names.is_none_or(|names| names.contains(&way.name)))
}

/// The connection's fields, and what each holds.
fn connection(ways: &[Way], way: Option<&Way>, servers: &Servers) -> (Value, BTreeMap<String, String>) {
    let mut values = BTreeMap::new();
    let Some(way) = way else { return (json!({}), values) };
    for name in way.fields.keys() {
        values.insert(name.clone(), format!("test-{}", name.replace('_', "-")));
    }
    // A server-to-server connection that has its token already.
    if way.headers.values().any(|v| v.as_str().is_some_and(|t| t.contains("{access_token}"))) {
        values.entry("access_token".to_owned()).or_insert_with(|| "test-token".to_owned());
    }
    if ways.iter().all(|way| way.open) {
        values.clear();
    }
    for (name, _, optional) in &servers.fields {
        if !optional {
            values.entry(name.clone()).or_insert_with(|| "acme".to_owned());
        }
    }
    (json!(values), values)
}

fn filled(template: &str, values: &BTreeMap<String, String>) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// What a value is in a path or query.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// RFC 3986: everything but the unreserved characters.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(b as char),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn request(servers: &Servers, parsed: &Connector, plan: &Plan<'_>, args: &Map<String, Value>, way: Option<&Way>, values: &BTreeMap<String, String>) -> Value {
    let mut out = Map::new();
    out.insert("method".to_owned(), plan.operation.method.to_uppercase().into());
    let url = address(servers, plan, args, values);
    out.insert("path".to_owned(), url.as_ref().map(Url::path).unwrap_or("/").into());
    let mut query: Vec<(String, String)> = url.iter().flat_map(Url::query_pairs).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let mut headers: BTreeMap<String, Value> = BTreeMap::from([("authorization".to_owned(), Value::Null)]);
    for param in &plan.params {
        let Some(value) = param.only.as_ref().or_else(|| args.get(&param.name)) else { continue };
        match param.given.place {
            Place::Path => {}
            Place::Query => in_query(&mut query, param.given.wire, value, param.given.form),
            Place::Header => {
                headers.insert(param.given.wire.to_ascii_lowercase(), in_header(value, param.given.form).into());
            }
        }
    }
    if let Some(accept) = &plan.answer.accept {
        headers.insert("accept".to_owned(), accept.clone().into());
    }
    if let Some(kind) = connector::content_type(plan) {
        headers.insert("content-type".to_owned(), kind.into());
    }
    if let Some(way) = way {
        for (name, template) in &way.headers {
            headers.insert(name.to_ascii_lowercase(), filled(template.as_str().unwrap_or_default(), values).into());
        }
        for (name, template) in &way.query {
            query.push((name.clone(), filled(template.as_str().unwrap_or_default(), values)));
        }
        if let Some((username, password)) = &way.basic {
            let pair = STANDARD.encode(format!("{}:{}", filled(username, values), filled(password, values)));
            headers.insert("authorization".to_owned(), format!("Basic {pair}").into());
        }
    }
    let query = collected(query);
    if !query.is_empty() {
        out.insert("query".to_owned(), query.into());
    }
    headers.remove(&parsed.idempotency.header.to_ascii_lowercase());
    out.insert("headers".to_owned(), json!(headers));
    body(plan, args, &mut out);
    Value::Object(out)
}

/// The address that the request goes to, as the URL standard spells it.
fn address(servers: &Servers, plan: &Plan<'_>, args: &Map<String, Value>, values: &BTreeMap<String, String>) -> Option<Url> {
    let mut path = plan.path.clone();
    for param in plan.params.iter().filter(|p| p.given.place == Place::Path) {
        let value = args.get(&param.name).unwrap_or(&Value::Null);
        let text = match (value, param.given.form) {
            (Value::Array(items), Form::Joined(join)) => items.iter().map(scalar).collect::<Vec<_>>().join(join),
            _ => scalar(value),
        };
        let text = if param.given.keep_slashes { text.split('/').map(escaped).collect::<Vec<_>>().join("/") } else { escaped(&text) };
        path = path.replace(&format!("{{{}}}", param.name), &text);
    }
    let escaped_values: BTreeMap<String, String> = values.iter().map(|(name, value)| (name.clone(), escaped(value))).collect();
    let whole = if path.starts_with("https://") { path } else { format!("{}{path}", filled(&servers.base_url, &escaped_values).trim_end_matches('/')) };
    Url::parse(&whole).ok()
}

fn in_query(query: &mut Vec<(String, String)>, wire: &str, value: &Value, form: Form) {
    match (value, form) {
        (Value::Array(items), Form::Joined(join)) => query.push((wire.to_owned(), items.iter().map(scalar).collect::<Vec<_>>().join(join))),
        (_, Form::Brackets) => in_brackets(query, wire, value, false),
        (Value::Array(items), _) => query.extend(items.iter().map(|item| (wire.to_owned(), scalar(item)))),
        (Value::Object(members), Form::Members) => {
            members.iter().filter(|(_, value)| !value.is_null()).for_each(|(name, value)| in_query(query, name, value, Form::Repeated));
        }
        (value, _) => query.push((wire.to_owned(), scalar(value))),
    }
}

fn in_brackets(out: &mut Vec<(String, String)>, name: &str, value: &Value, repeat: bool) {
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| in_brackets(out, &format!("{name}[{key}]"), value, repeat)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| {
            let place = if repeat { name.to_owned() } else { format!("{name}[{i}]") };
            in_brackets(out, &place, item, repeat);
        }),
        scalar_value => out.push((name.to_owned(), scalar(scalar_value))),
    }
}

fn in_header(value: &Value, form: Form) -> String {
    match (value, form) {
        (Value::Array(items), Form::Joined(join)) => items.iter().map(scalar).collect::<Vec<_>>().join(join),
        (value, _) => scalar(value),
    }
}

/// Repeated parameters as lists.
fn collected(query: Vec<(String, String)>) -> Map<String, Value> {
    let mut out: Map<String, Value> = Map::new();
    for (name, value) in query {
        match out.get_mut(&name) {
            None => {
                out.insert(name, value.into());
            }
            Some(Value::Array(list)) => list.push(value.into()),
            Some(one) => *one = json!([one.take(), value]),
        }
    }
    out
}

fn body(plan: &Plan<'_>, args: &Map<String, Value>, out: &mut Map<String, Value>) {
    match &plan.body {
        Body::None => {}
        Body::Whole(_) => {
            if let Some(value) = plan.members.first().and_then(|member| args.get(&member.name)).filter(|v| !v.is_null()) {
                out.insert("body".to_owned(), value.clone());
            }
        }
        Body::Members(sent) => {
            let of_params = |name: &String| plan.params.iter().any(|p| p.name == *name);
            let mut members = Map::new();
            for (name, value) in args.iter().filter(|(name, _)| !of_params(name)) {
                let wire = plan.members.iter().find(|m| m.name == *name).map_or(name.as_str(), |m| m.wire.as_str());
                members.insert(wire.to_owned(), value.clone());
            }
            if members.is_empty() && !["post", "put", "patch"].contains(&plan.operation.method) {
                return;
            }
            if sent.encoding == Encoding::Json {
                out.insert("body".to_owned(), Value::Object(members));
                return;
            }
            let mut fields = Vec::new();
            for (name, value) in &members {
                in_brackets(&mut fields, name, value, sent.encoding == Encoding::FormRepeat);
            }
            out.insert("form".to_owned(), json!(fields.into_iter().collect::<BTreeMap<_, _>>()));
        }
    }
}

/// The provider's answer and the result that the workflow gets of it.
fn answer(document: &Document, parsed: &Connector, plan: &Plan<'_>) -> (Value, Value) {
    let status = plan.answer.status;
    let kind = connector::type_name(plan).unwrap_or_else(|| plan.name.split('.').map(|part| to_snake(part).replace('_', "-")).collect::<Vec<_>>().join("-"));
    let schema = format!("{}.{kind}.v1", parsed.service);
    let success = |data: Value| json!({"success": true, "schema": schema, "data": data});
    let nothing = plan.operation.method == "head" || status == 204 || status == 205;
    match &plan.answer.content {
        Content::Text => (json!({"status": status, "text": "text"}), success(json!("text"))),
        Content::Nothing if nothing => (json!({"status": status}), success(Value::Null)),
        Content::Nothing => (json!({"status": status}), success(json!({}))),
        Content::Json { schema, example } => {
            let body = example.filter(|e| small(e) && usable(plan, e)).cloned().unwrap_or_else(|| sampled(document, plan, schema));
            let mut result = success(body.clone());
            if let Some(list) = &plan.list {
                result["data"] = at(&body, &list.path).cloned().unwrap_or_else(|| json!([]));
                let hidden = connector::hidden(plan);
                if !hidden.is_empty() {
                    let itself: Vec<&String> = hidden.iter().filter(|(_, path)| *path == "@data").map(|(name, _)| name).collect();
                    let values: Map<String, Value> = hidden.iter().filter(|(_, path)| *path != "@data")
                        .map(|(name, path)| (name.clone(), at(&body, path.as_str().unwrap_or_default()).cloned().unwrap_or(Value::Null))).collect();
                    result["hidden"] = json!({"self": itself, "values": values});
                }
            }
            (json!({"status": status, "body": body}), result)
        }
    }
}

/// A sample of the answer; one that samples as nothing becomes an empty object.
fn sampled(document: &Document, plan: &Plan<'_>, schema: &Value) -> Value {
    let value = Sampler::new(document).value(schema);
    match (&plan.list, value) {
        (Some(list), value) if !list.path.is_empty() && !at(&value, &list.path).is_some_and(Value::is_array) => {
            let mut out = json!([Sampler::new(document).value(list.item)]);
            for step in list.path.rsplit('.') {
                out = json!({step: out});
            }
            out
        }
        (Some(list), value) if list.path.is_empty() && !value.is_array() => json!([]),
        (None, Value::Null) => json!({}),
        (_, value) => value,
    }
}

/// Whether an example of the document is an answer that the operation can read.
fn usable(plan: &Plan<'_>, example: &Value) -> bool {
    match &plan.list {
        Some(list) => at(example, &list.path).is_some_and(Value::is_array),
        None => example.is_object() || example.is_array(),
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() { Some(value) } else { path.split('.').try_fold(value, |at, step| at.get(step)) }
}
