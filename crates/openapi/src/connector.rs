//! The connector file.

use std::collections::BTreeMap;

use millrace_connector::schema::SCHEMA_LINE;
use millrace_connector::spelling::to_snake;
use serde_json::{Map, Value, json};

use crate::answers::Content;
use crate::bodies::{Body, Encoding};
use crate::document::{Document, one_line, text};
use crate::limits;
use crate::names;
use crate::parameters::{Form, Place};
use crate::plan::{Param, Plan};
use crate::schemas;
use crate::security::{Security, Way};
use crate::servers::Servers;
use crate::{ImportError, Options};

/// Writes the file.
pub(crate) fn write(document: &Document, options: &Options, servers: &Servers, security: &Security, plans: &[Plan<'_>]) -> Result<String, ImportError> {
    let title = Some(document.title()).filter(|title| !title.is_empty()).unwrap_or_else(|| options.service.clone());
    let mut file = Map::new();
    file.insert("service".to_owned(), options.service.clone().into());
    file.insert("title".to_owned(), title.into());
    let description = one_line(text(document.at("/info"), "description"), 200);
    if !description.is_empty() {
        file.insert("description".to_owned(), description.into());
    }
    let docs = text(document.at("/externalDocs"), "url");
    if docs.starts_with("https://") && docs.len() < 300 {
        file.insert("docs".to_owned(), one_line(docs, 300).into());
    }
    file.insert("base_url".to_owned(), servers.base_url.clone().into());
    if !servers.others.is_empty() {
        let others = servers.others.iter().map(|(field, value, url)| json!({"field": field, "equals": value, "base_url": url}));
        file.insert("other_bases".to_owned(), others.collect());
    }
    file.insert("hosts".to_owned(), json!(servers.hosts));
    if let Some(rate) = rate_of(document.at("")).or_else(|| rate_of(document.at("/info"))) {
        file.insert("rate".to_owned(), rate);
    }
    if let Some(header) = key_header(document, plans) {
        file.insert("idempotency".to_owned(), json!({"header": header, "honoured": true}));
    }
    if plans.iter().any(|plan| plan.pages.is_some()) {
        file.insert("capabilities".to_owned(), json!(["supportsPagination"]));
    }
    file.insert("auth".to_owned(), security.ways.iter().map(|way| way_of(way, servers)).collect());
    let messages = messages(document, plans);
    if !messages.is_empty() {
        file.insert("errors".to_owned(), json!({"message": messages}));
    }
    let keys = file.contains_key("idempotency");
    let mut operations: BTreeMap<&str, Value> = BTreeMap::new();
    for plan in plans {
        operations.insert(&plan.name, operation(document, plan, keys));
    }
    file.insert("operations".to_owned(), json!(operations));
    let yaml = serde_norway::to_string(&file).map_err(|e| ImportError::new("CONNECTOR_INVALID", e.to_string()))?;
    Ok(format!("{SCHEMA_LINE}\n# Written by `millrace connector import` from an OpenAPI document; nobody has tried it against the service.\n{yaml}"))
}

fn way_of(way: &Way, servers: &Servers) -> Value {
    let mut out = Map::new();
    out.insert("kind".to_owned(), way.kind.into());
    out.insert("name".to_owned(), way.name.clone().into());
    out.insert("title".to_owned(), way.title.clone().into());
    out.extend(way.more.clone());
    let mut fields = Map::new();
    for (name, (secret, help)) in &way.fields {
        let mut field = Map::new();
        if !secret {
            field.insert("secret".to_owned(), false.into());
        }
        if !help.is_empty() {
            field.insert("help".to_owned(), help.clone().into());
        }
        fields.insert(name.clone(), Value::Object(field));
    }
    if way.kind == "oauth2" {
        fields.insert("refresh_token".to_owned(), json!({"optional": true}));
    }
    if way.open {
        fields.insert("access_token".to_owned(), json!({"optional": true, "help": "Nothing is sent: the document names no way to sign in."}));
    }
    for (name, help, optional) in &servers.fields {
        let mut field = json!({"secret": false});
        if *optional {
            field["optional"] = true.into();
        }
        if !help.is_empty() {
            field["help"] = help.clone().into();
        }
        fields.entry(name.clone()).or_insert(field);
    }
    out.insert("fields".to_owned(), Value::Object(fields));
    let mut place = Map::new();
    if !way.headers.is_empty() {
        place.insert("headers".to_owned(), way.headers.clone().into());
    }
    if !way.query.is_empty() {
        place.insert("query".to_owned(), way.query.clone().into());
    }
    if let Some((username, password)) = &way.basic {
        place.insert("basic".to_owned(), json!({"username": username, "password": password}));
    }
    out.insert("place".to_owned(), place.into());
    Value::Object(out)
}

fn operation(document: &Document, plan: &Plan<'_>, keys: bool) -> Value {
    let mut out = Map::new();
    let summary = one_line(plan.operation.summary(), limits::SUMMARY_CHARS);
    if !summary.is_empty() {
        out.insert("summary".to_owned(), summary.into());
    }
    if let Some(alias) = &plan.alias {
        out.insert("aliases".to_owned(), json!([alias]));
    }
    out.insert("method".to_owned(), plan.operation.method.to_uppercase().into());
    out.insert("path".to_owned(), plan.path.clone().into());
    if let Some(auth) = &plan.auth {
        out.insert("auth".to_owned(), json!(auth));
    }
    let headers = headers(plan);
    if !headers.is_empty() {
        out.insert("headers".to_owned(), headers.into());
    }
    body(plan, &mut out);
    let params = params(plan);
    if !params.is_empty() {
        out.insert("params".to_owned(), params.into());
    }
    // The key is honoured where the document says so, and nowhere else.
    if keys && !plan.keyed && ["post", "patch"].contains(&plan.operation.method) {
        out.insert("retry".to_owned(), "never".into());
    }
    if let Some(rate) = rate_of(plan.operation.value) {
        let mut rate = rate;
        rate["scope"] = "operation".into();
        out.insert("rate".to_owned(), rate);
    }
    result(document, plan, &mut out);
    if let Some(pages) = &plan.pages {
        out.insert("pagination".to_owned(), pages.value.clone());
    }
    Value::Object(out)
}

fn headers(plan: &Plan<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    if let Some(accept) = &plan.answer.accept {
        out.insert("Accept".to_owned(), accept.clone().into());
    }
    if let Some(kind) = content_type(plan) {
        out.insert("Content-Type".to_owned(), kind.into());
    }
    out
}

/// The body's content type where it is not what the encoding says.
pub(crate) fn content_type<'a>(plan: &Plan<'a>) -> Option<&'a str> {
    let sent = match &plan.body {
        Body::Members(sent) | Body::Whole(sent) => sent,
        Body::None => return None,
    };
    sent.content_type.filter(|kind| !kind.contains(['{', '}']) && http::HeaderValue::from_str(kind).is_ok())
}

fn body(plan: &Plan<'_>, out: &mut Map<String, Value>) {
    let takes_members = ["post", "put", "patch"].contains(&plan.operation.method);
    match &plan.body {
        Body::None if takes_members => {
            out.insert("body".to_owned(), "none".into());
        }
        Body::None => {}
        Body::Whole(_) => {
            out.insert("rest".to_owned(), "refuse".into());
        }
        Body::Members(sent) => {
            match sent.encoding {
                Encoding::Json => {}
                Encoding::Form => {
                    out.insert("body".to_owned(), "form".into());
                }
                Encoding::FormRepeat => {
                    out.insert("body".to_owned(), "form_repeat".into());
                }
            }
            if !takes_members {
                out.insert("rest".to_owned(), "body".into());
            }
        }
    }
}

fn params(plan: &Plan<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    let takes_members = ["post", "put", "patch"].contains(&plan.operation.method) && !matches!(plan.body, Body::None);
    for param in &plan.params {
        out.insert(param.name.clone(), one(param, takes_members, matches!(&plan.body, Body::Members(s) if s.encoding == Encoding::Form)));
    }
    for member in &plan.members {
        let mut value = json!({"in": "body"});
        if member.whole {
            value["whole"] = true.into();
        } else if member.name != member.wire {
            value["as"] = member.wire.clone().into();
        }
        if member.required {
            value["required"] = true.into();
        }
        out.insert(member.name.clone(), value);
    }
    out
}

fn one(param: &Param<'_>, takes_members: bool, brackets: bool) -> Value {
    let given = &param.given;
    let mut out = Map::new();
    match given.place {
        Place::Path => {}
        Place::Query if !takes_members => {}
        Place::Query => {
            out.insert("in".to_owned(), "query".into());
        }
        Place::Header => {
            out.insert("in".to_owned(), "header".into());
        }
    }
    if given.place != Place::Path && param.name != given.wire {
        out.insert("as".to_owned(), given.wire.into());
    }
    if given.required && param.only.is_none() {
        out.insert("required".to_owned(), true.into());
    }
    if let Some(only) = &param.only {
        out.insert("default".to_owned(), only.clone());
    }
    match given.form {
        Form::Scalar => {}
        Form::Joined(join) => {
            out.insert("type".to_owned(), "array".into());
            out.insert("join".to_owned(), join.into());
        }
        Form::Repeated => {
            out.insert("type".to_owned(), "array".into());
            if brackets {
                out.insert("nested".to_owned(), "json".into());
            }
        }
        Form::Brackets => {
            out.insert("nested".to_owned(), "brackets".into());
        }
        Form::Members => {
            out.insert("nested".to_owned(), "members".into());
        }
        Form::Json => {
            out.insert("nested".to_owned(), "json".into());
        }
    }
    if given.keep_slashes {
        out.insert("encode".to_owned(), "keep_slashes".into());
    }
    Value::Object(out)
}

fn result(document: &Document, plan: &Plan<'_>, out: &mut Map<String, Value>) {
    let mut result = Map::new();
    let mut null_on = plan.answer.nothing_on.clone();
    if let Some(schema) = type_name(plan) {
        result.insert("schema".to_owned(), schema.into());
    }
    match &plan.answer.content {
        Content::Text => {
            result.insert("text".to_owned(), true.into());
        }
        Content::Nothing if plan.operation.method == "head" || plan.answer.status == 204 || plan.answer.status == 205 => null_on.push(plan.answer.status),
        Content::Nothing => {
            result.insert("empty".to_owned(), json!({}));
        }
        Content::Json { schema, .. } => match &plan.list {
            Some(list) => {
                result.insert("items".to_owned(), list.path.clone().into());
                result.insert("missing".to_owned(), "null".into());
                let hidden = hidden(plan);
                if !hidden.is_empty() {
                    result.insert("hidden".to_owned(), hidden.into());
                }
            }
            None if schemas::nullable(document, schema) => {
                result.insert("missing".to_owned(), "null".into());
            }
            None => {}
        },
    }
    if !result.is_empty() {
        out.insert("result".to_owned(), result.into());
    }
    if !null_on.is_empty() {
        null_on.sort_unstable();
        null_on.dedup();
        out.insert("null_on".to_owned(), json!(null_on));
    }
}

/// Members of the envelope that stay visible: name → path.
pub(crate) fn hidden(plan: &Plan<'_>) -> Map<String, Value> {
    let mut out = Map::new();
    let Some(list) = plan.list.as_ref().filter(|list| !list.path.is_empty()) else { return out };
    let own = list.path.rsplit('.').next().unwrap_or_default();
    if is_free(own) {
        out.insert(own.to_owned(), "@data".into());
    }
    for member in list.others.iter().filter(|m| is_free(m.name) && m.name != own) {
        out.insert(member.name.to_owned(), member.name.into());
    }
    out
}

/// A name that a list does not have already: `length`, `values` and the like are JavaScript's.
pub(crate) fn is_free(name: &str) -> bool {
    const OF_LISTS: [&str; 42] = [
        "length", "at", "concat", "copyWithin", "entries", "every", "fill", "filter", "find", "findIndex", "findLast", "findLastIndex", "flat", "flatMap",
        "forEach", "includes", "indexOf", "join", "keys", "lastIndexOf", "map", "pop", "push", "reduce", "reduceRight", "reverse", "shift", "slice", "some",
        "sort", "splice", "toLocaleString", "toReversed", "toSorted", "toSpliced", "toString", "unshift", "values", "with", "constructor", "__proto__", "then",
    ];
    !OF_LISTS.contains(&name) && !name.starts_with('$') && names::is_identifier(name)
}

/// `metadata.schema` after the document's own name for the answer: `pet`, `pet-list`.
pub(crate) fn type_name(plan: &Plan<'_>) -> Option<String> {
    let Content::Json { schema, .. } = &plan.answer.content else { return None };
    let (schema, end) = match &plan.list {
        Some(list) => (list.item, "-list"),
        None => (*schema, ""),
    };
    let reference = schema.get("$ref").and_then(Value::as_str)?;
    let last = reference.rsplit('/').next().unwrap_or_default();
    let words: Vec<String> = names::words(last).into_iter().flat_map(|w| to_snake(&w).split('_').map(str::to_owned).collect::<Vec<_>>()).collect();
    let name = words.join("-");
    (!name.is_empty() && name.len() <= 60).then(|| format!("{name}{end}"))
}

/// A rate limit that an extension names: `x-ratelimit: {limit: 100, period: minute}` and its relatives.
fn rate_of(value: &Value) -> Option<Value> {
    let stated = ["x-ratelimit", "x-rate-limit", "x-rateLimit", "x-ratelimit-limit"].iter().find_map(|name| value.get(name))?;
    let number = |names: &[&str]| names.iter().find_map(|name| stated.get(name).and_then(Value::as_f64));
    let requests = number(&["requests", "limit", "rate", "calls", "max"]).filter(|n| *n >= 1.0 && *n < 1e9)?;
    let unit = ["period", "per", "unit", "interval", "window"].iter().find_map(|name| stated.get(name));
    let seconds = number(&["seconds", "window_seconds", "period_seconds"]).or_else(|| unit.and_then(seconds)).filter(|n| *n > 0.0 && *n < 1e8)?;
    Some(json!({"requests": requests as u32, "seconds": seconds}))
}

fn seconds(unit: &Value) -> Option<f64> {
    match unit.as_str().map(|text| text.trim_start_matches("1 ").trim_end_matches('s').to_ascii_lowercase()).as_deref() {
        Some("second" | "" | "1") => Some(1.0),
        Some("minute" | "min" | "1m") => Some(60.0),
        Some("hour" | "1h") => Some(3_600.0),
        Some("day" | "1d") => Some(86_400.0),
        Some(_) => None,
        None => unit.as_f64(),
    }
}

/// The header that the document's idempotency keys travel in.
fn key_header(document: &Document, plans: &[Plan<'_>]) -> Option<String> {
    let keyed = plans.iter().find(|plan| plan.keyed)?;
    let raw = crate::parameters::raw(document, &keyed.operation).ok()?;
    let header = raw.iter().find(|p| crate::parameters::is_idempotency_key(p))?;
    Some(text(header, "name").to_owned())
}

/// Where the texts of failures stand, after the first answers to failures that the document describes.
fn messages(document: &Document, plans: &[Plan<'_>]) -> Vec<&'static str> {
    const PLACES: [(&str, &str); 8] = [
        ("message", "message"), ("error.message", "error"), ("error_description", "error_description"), ("detail", "detail"), ("title", "title"),
        ("error", "error"), ("errors.0.message", "errors"), ("errorMessage", "errorMessage"),
    ];
    let failures = plans.iter().take(50).flat_map(|plan| crate::document::members(plan.operation.value, "responses")).filter(|(code, _)| code.starts_with('4') || *code == "default");
    for (_, response) in failures {
        let Some(response) = document.resolve(response) else { continue };
        let media = crate::document::members(response, "content").iter().find(|(kind, _)| crate::bodies::is_json(kind)).map(|(_, media)| media);
        let Some(schema) = media.unwrap_or(response).get("schema") else { continue };
        let members = schemas::object_members(document, schema);
        let has = |name: &str, object: bool| members.iter().any(|m| m.name == name && schemas::is_object(document, m.schema) == object);
        let found: Vec<&'static str> = PLACES.into_iter().filter(|(path, name)| has(name, path.contains("error.")) || (*name == "errors" && has(name, false))).map(|(path, _)| path).collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}
