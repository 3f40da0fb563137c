//! A request without its credentials.

use serde_json::{Map, Value};

use super::bind::Bound;
use super::{encode, make, transform};
use crate::answer::Failure;
use crate::json_path;
use crate::schema::{BodyEncoding, Connector, Location, Method, Nested, Operation, Rest};
use crate::template::Template;

/// What is known of a request before the credentials are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    /// Method.
    pub method: Method,
    /// Path under the base URL, or a whole address; already encoded.
    pub path: String,
    /// Query parameters in order.
    pub query: Vec<(String, String)>,
    /// Headers from `in: header` parameters.
    pub headers: Vec<(String, String)>,
    /// Headers of the operation, whose values may name connection fields.
    pub templates: Vec<(String, String)>,
    /// Body members; `None` for requests without a body.
    pub body: Option<Map<String, Value>>,
    /// A body that is one parameter's value, instead of members.
    pub whole: Option<Value>,
    /// Names of the ways to sign in that the operation takes; `None` = any.
    pub auth: Option<Vec<String>>,
    /// How the body is written.
    pub encoding: BodyEncoding,
}

/// Builds the request of settled arguments.
pub(crate) fn draft(connector: &Connector, operation: &Operation, bound: &Bound) -> Result<Draft, Failure> {
    let encoding = operation.body.unwrap_or(connector.body);
    let mut draft = Draft {
        method: operation.method,
        path: path(operation, bound)?,
        query: Vec::new(),
        headers: Vec::new(),
        templates: operation.headers.iter().map(|(name, text)| (name.clone(), text.clone())).collect(),
        body: None,
        whole: None,
        auth: operation.auth.clone(),
        encoding,
    };
    let mut body = Map::new();
    let brackets = encoding == BodyEncoding::Form;
    for (name, param) in &operation.params {
        let Some(value) = bound.values.get(name) else { continue };
        let wire = param.wire_name.as_deref().unwrap_or(name);
        match operation.location(name, param) {
            Location::Path | Location::None => {}
            Location::Query => {
                let nested = param.nested.unwrap_or(nested_by(brackets));
                encode::add_query(&mut draft.query, wire, value, param.join.as_deref(), nested);
            }
            Location::Body if param.whole => draft.whole = Some(value.clone()),
            Location::Body => match value {
                Value::Object(members) if param.spread => body.extend(members.clone()),
                value => json_path::set(&mut body, wire, value.clone()),
            },
            Location::Header => {
                if let Some(text) = joined(value, param.join.as_deref()) {
                    draft.headers.push((wire.to_owned(), text));
                }
            }
        }
    }
    match operation.rest() {
        Rest::Query => {
            for (name, value) in &bound.rest {
                encode::add_query(&mut draft.query, name, value, None, nested_by(brackets));
            }
        }
        Rest::Body => match &operation.rest_at {
            Some(place) => {
                for (name, value) in &bound.rest {
                    json_path::set_member(&mut body, place, name, value.clone());
                }
            }
            None => body.extend(bound.rest.clone()),
        },
        Rest::Drop | Rest::Refuse => {}
    }
    made(operation, bound, &mut draft.query, &mut body, brackets);
    for step in &operation.transforms {
        transform::apply(step, &mut body)?;
    }
    if let Some(document) = &operation.graphql {
        let variables = std::mem::take(&mut body);
        body.insert("query".to_owned(), Value::String(document.clone()));
        body.insert("variables".to_owned(), Value::Object(variables));
    }
    let wants_body = !matches!(operation.method, Method::Get | Method::Head | Method::Delete);
    let has_body = encoding != BodyEncoding::None && draft.whole.is_none() && (wants_body || !body.is_empty());
    // A whole body that was not given is no body: `{}` would be another value than the service expects.
    let left_out = draft.whole.is_none() && operation.params.values().any(|param| param.whole);
    draft.body = (has_body && !left_out).then_some(body);
    Ok(draft)
}

/// How objects in the query are written where the parameter does not say.
fn nested_by(brackets: bool) -> Nested {
    if brackets { Nested::Brackets } else { Nested::Json }
}

/// A scalar as text, or a list joined; anything else has no such form.
fn joined(value: &Value, join: Option<&str>) -> Option<String> {
    match (value, join) {
        (Value::Array(items), Some(join)) => {
            Some(items.iter().filter_map(json_path::scalar_text).collect::<Vec<_>>().join(join))
        }
        (value, _) => json_path::scalar_text(value),
    }
}

/// What the operation's recipes make.
fn made(
    operation: &Operation,
    bound: &Bound,
    query: &mut Vec<(String, String)>,
    body: &mut Map<String, Value>,
    brackets: bool,
) {
    let Some(recipes) = &operation.make else { return };
    let material = make::material(bound);
    for (name, recipe) in &recipes.query {
        if let Some(value) = make::make(recipe, &material) {
            encode::add_query(query, name, &value, None, nested_by(brackets));
        }
    }
    if let Some(Value::Object(members)) = recipes.body.as_ref().and_then(|recipe| make::make(recipe, &material)) {
        body.extend(members);
    }
}

fn path(operation: &Operation, bound: &Bound) -> Result<String, Failure> {
    let template = Template::parse(&operation.path).map_err(Failure::input)?;
    let mut wrong = None;
    let filled = template.fill(|name| {
        let param = operation.params.get(name)?;
        let value = bound.values.get(name)?;
        let text = joined(value, param.join.as_deref())?;
        match encode::path_segment(&text, param.encode) {
            Ok(segment) => Some(segment),
            Err(reason) => {
                wrong = Some(Failure::input(format!("cannot use this `{name}`: {reason}")));
                None
            }
        }
    });
    filled.map_err(|name| wrong.unwrap_or_else(|| Failure::input(format!("needs text or a number as `{name}`"))))
}

impl Draft {
    /// The body as it travels, with its content type.
    pub fn written_body(&self) -> Option<(&'static str, Vec<u8>)> {
        if let Some(whole) = &self.whole {
            return Some(("application/json", whole.to_string().into_bytes()));
        }
        let body = self.body.as_ref()?;
        Some(match self.encoding {
            BodyEncoding::None => return None,
            BodyEncoding::Json => ("application/json", Value::Object(body.clone()).to_string().into_bytes()),
            BodyEncoding::Form | BodyEncoding::FormRepeat => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(encode::form_fields(body, self.encoding == BodyEncoding::FormRepeat));
                ("application/x-www-form-urlencoded", form.finish().into_bytes())
            }
        })
    }

    /// Sets a query parameter, replacing any of that name.
    pub fn set_query(&mut self, name: &str, value: String) {
        self.query.retain(|(own, _)| own != name);
        self.query.push((name.to_owned(), value));
    }
}
