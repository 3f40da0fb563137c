//! Parameters of operations: where they go and how they are written.

use serde_json::{Value, json};

use crate::document::{Document, flag, items, text};
use crate::limits;
use crate::operations::Operation;
use crate::report::Skip;
use crate::schemas;

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

impl Place {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// How a value that is no scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// There is no such value.
    Scalar,
    /// A list, joined.
    Joined(&'static str),
    /// A list, repeated.
    Repeated,
    /// An object or list in brackets.
    Brackets,
    /// An object whose members are parameters of their own.
    Members,
    /// JSON text.
    Json,
}

/// A parameter.
#[derive(Debug, Clone)]
pub(crate) struct Parameter<'a> {
    pub wire: &'a str,
    pub place: Place,
    pub required: bool,
    /// For Swagger 2.0 the parameter itself, which has a schema's members.
    pub schema: &'a Value,
    pub form: Form,
    pub example: Option<&'a Value>,
    pub summary: &'a str,
    pub deprecated: bool,
    /// Slashes of the value stay.
    pub keep_slashes: bool,
}

/// Headers that the executor or HTTP itself writes, and that the standard tells readers to ignore.
const OWN_HEADERS: [&str; 11] = [
    "accept", "content-type", "authorization", "content-length", "host", "connection", "cookie", "x-correlation-id", "transfer-encoding", "accept-encoding", "te",
];

/// Whether a parameter is the provider's idempotency key, which the executor sends.
pub(crate) fn is_idempotency_key(parameter: &Value) -> bool {
    let name = text(parameter, "name").to_ascii_lowercase();
    text(parameter, "in") == "header" && ["idempotency-key", "x-idempotency-key", "idempotencykey", "x-idempotent-key"].contains(&name.as_str())
}

/// The raw parameters of an operation, those of its path included; an operation's own come first and win.
pub(crate) fn raw<'a>(document: &'a Document, operation: &Operation<'a>) -> Result<Vec<&'a Value>, Skip> {
    let mut out: Vec<&'a Value> = Vec::new();
    for value in items(operation.value, "parameters").iter().chain(items(operation.item, "parameters")).take(limits::PARAMETERS) {
        let Some(found) = document.resolve(value) else {
            return Err(Skip::new("reference", format!("a parameter's reference `{}` leads nowhere in the document", text(value, "$ref"))));
        };
        let same = |own: &&Value| text(own, "name") == text(found, "name") && text(own, "in") == text(found, "in");
        if !out.iter().any(same) {
            out.push(found);
        }
    }
    Ok(out)
}

/// The parameters in path, query and headers, and what was left out of them.
pub(crate) fn read<'a>(document: &'a Document, raw: &[&'a Value], left_out: &mut Vec<String>) -> Result<Vec<Parameter<'a>>, Skip> {
    let mut out = Vec::new();
    for value in raw {
        let (name, required) = (text(value, "name"), flag(value, "required"));
        let place = match text(value, "in") {
            "path" => Place::Path,
            "query" => Place::Query,
            "header" if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) || is_idempotency_key(value) => continue,
            "header" if http::HeaderName::try_from(name).is_ok() => Place::Header,
            "body" | "formData" => continue,
            "cookie" if required => return Err(Skip::new("cookie parameter", format!("it needs the cookie `{name}`"))),
            other => {
                left_out.push(format!("the {other} parameter `{name}`"));
                continue;
            }
        };
        if name.is_empty() {
            continue;
        }
        match one(document, value, place) {
            Some(parameter) => out.push(parameter),
            None if required || place == Place::Path => {
                return Err(Skip::new("parameter style", format!("its {} parameter `{name}` is written in a way that the format cannot say", place.as_str())));
            }
            None => left_out.push(format!("the {} parameter `{name}`", place.as_str())),
        }
    }
    Ok(out)
}

fn one<'a>(document: &'a Document, value: &'a Value, place: Place) -> Option<Parameter<'a>> {
    let content = value.get("content").and_then(Value::as_object).and_then(|content| content.values().next());
    let schema = match (value.get("schema"), content) {
        (Some(schema), _) => schema,
        (None, Some(media)) => media.get("schema").unwrap_or(&Value::Null),
        (None, None) if document.v2 => value,
        (None, None) => &Value::Null,
    };
    let form = match content {
        Some(_) if schemas::list_items(document, schema).is_some() => return None,
        Some(_) if place == Place::Query => Form::Json,
        Some(_) => return None,
        None => form(document, value, schema, place)?,
    };
    let examples = value.get("examples").and_then(Value::as_object).and_then(|all| all.values().next());
    let example = value.get("example").or_else(|| document.resolve(examples?)?.get("value")).or_else(|| content?.get("example"));
    let pattern = schemas::plain(document, schema).map(|s| text(s, "pattern")).unwrap_or_default();
    Some(Parameter {
        wire: text(value, "name"),
        place,
        required: flag(value, "required") || place == Place::Path,
        schema,
        form,
        example,
        summary: text(value, "description"),
        deprecated: flag(value, "deprecated"),
        // Google's resource names: `^projects/[^/]+$` stands in a path with its slashes.
        keep_slashes: place == Place::Path && pattern.replace("[^/]", "").contains('/'),
    })
}

/// How lists and objects are written; `None` where the format has no such form.
fn form(document: &Document, value: &Value, schema: &Value, place: Place) -> Option<Form> {
    let is_list = schemas::list_items(document, schema).is_some();
    let is_map = schemas::is_object(document, schema);
    if document.v2 {
        return match (is_list, text(value, "collectionFormat")) {
            (false, _) if is_map => None,
            (false, _) => Some(Form::Scalar),
            (true, "multi") if place == Place::Query => Some(Form::Repeated),
            (true, "ssv") => Some(Form::Joined(" ")),
            (true, "tsv") => Some(Form::Joined("\t")),
            (true, "pipes") => Some(Form::Joined("|")),
            (true, _) => Some(Form::Joined(",")),
        };
    }
    let style = text(value, "style");
    let explode = value.get("explode").and_then(Value::as_bool).unwrap_or(style.is_empty() || style == "form" || style == "deepObject");
    match (place, style) {
        (_, "deepObject") => (place == Place::Query).then_some(Form::Brackets),
        (Place::Path | Place::Header, "" | "simple") if is_list => Some(Form::Joined(",")),
        (Place::Path | Place::Header, "" | "simple") => (!is_map).then_some(Form::Scalar),
        (Place::Path | Place::Header, _) => None,
        (Place::Query, _) if is_list && explode => Some(Form::Repeated),
        (Place::Query, "" | "form") if is_list => Some(Form::Joined(",")),
        (Place::Query, "spaceDelimited") if is_list => Some(Form::Joined(" ")),
        (Place::Query, "pipeDelimited") if is_list => Some(Form::Joined("|")),
        (Place::Query, _) if is_map && explode => Some(Form::Members),
        (Place::Query, _) => (!is_map).then_some(Form::Scalar),
    }
}

/// Parameters that the path names and nobody declares.
pub(crate) fn undeclared(path: &str, declared: &[Parameter<'_>]) -> Vec<String> {
    let names = path.split('{').skip(1).filter_map(|piece| piece.split_once('}')).map(|(name, _)| name);
    let mut out: Vec<String> = Vec::new();
    for name in names {
        let known = declared.iter().any(|p| p.place == Place::Path && p.wire == name);
        if !known && !out.iter().any(|own| own == name) {
            out.push(name.to_owned());
        }
    }
    out
}

/// The one value that a parameter can have: it is sent without being asked for.
pub(crate) fn only_value(document: &Document, parameter: &Parameter<'_>) -> Option<Value> {
    let schema = schemas::plain(document, parameter.schema)?;
    let single = schema.get("const").or_else(|| match items(schema, "enum") {
        [only] => Some(only),
        _ => None,
    })?;
    (parameter.required && parameter.place != Place::Path && (single.is_string() || single.is_number() || single.is_boolean())).then(|| json!(single))
}
