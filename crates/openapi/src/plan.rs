//! What the connector file says of each operation.

use serde_json::{Value, json};

use crate::answers::{self, Answer, Content};
use crate::bodies::{self, Body, Sent};
use crate::document::{Document, flag, text};
use crate::limits;
use crate::lists::{self, List, Pages};
use crate::names::{Names, ParamNames};
use crate::operations::{self, Operation};
use crate::parameters::{self, Form, Parameter, Place};
use crate::report::{Report, Skip};
use crate::schemas;
use crate::security::Security;
use crate::servers::{self, Servers};
use crate::{ImportError, Options};

/// An operation that can be imported.
#[derive(Debug, Clone)]
pub(crate) struct Plan<'a> {
    pub name: String,
    pub alias: Option<String>,
    pub operation: Operation<'a>,
    /// Path under the base, or a whole address; its names are those of the parameters.
    pub path: String,
    pub params: Vec<Param<'a>>,
    pub body: Body<'a>,
    /// Members of the body that have a parameter: name in the call, name on the wire.
    pub members: Vec<BodyParam>,
    pub answer: Answer<'a>,
    pub list: Option<List<'a>>,
    pub pages: Option<Pages>,
    pub auth: Option<Vec<String>>,
    /// The document has the idempotency key's header here.
    pub keyed: bool,
}

/// A parameter in path, query or headers.
#[derive(Debug, Clone)]
pub(crate) struct Param<'a> {
    pub name: String,
    pub given: Parameter<'a>,
    /// Sent without being asked for.
    pub only: Option<Value>,
}

/// A member of a body that is a parameter.
#[derive(Debug, Clone)]
pub(crate) struct BodyParam {
    pub name: String,
    pub wire: String,
    pub required: bool,
    /// The parameter is the whole body.
    pub whole: bool,
}

/// A text schema for path parameters that nobody declares.
static TEXT: std::sync::LazyLock<Value> = std::sync::LazyLock::new(|| json!({"type": "string"}));

pub(crate) fn all<'a>(
    document: &'a Document,
    options: &Options,
    servers: &mut Servers,
    security: &Security,
    report: &mut Report,
) -> Result<Vec<Plan<'a>>, ImportError> {
    let found = operations::all(document, options);
    report.operations = found.len();
    if found.len() > limits::OPERATIONS {
        let message = format!("{} operations are too many for one connector (at most {}); choose some with --only", found.len(), limits::OPERATIONS);
        return Err(ImportError::new("DOCUMENT_TOO_LARGE", message));
    }
    let mut plans = Vec::new();
    let mut names = Names::default();
    for operation in found {
        match one(document, &operation, options, servers, security, report) {
            Ok(mut plan) => {
                plan.name = names.operation(&options.service, operation.id(), operation.tag(), operation.method, operation.path, plan.list.is_some());
                plans.push(plan);
            }
            Err(skip) => report.skip(operation.method, operation.path, skip),
        }
    }
    // Aliases come after all names: none may take a name that another operation has by right.
    for plan in &mut plans {
        plan.alias = names.alias(plan.operation.id()).filter(|alias| *alias != plan.name);
    }
    Ok(plans)
}

fn one<'a>(
    document: &'a Document,
    operation: &Operation<'a>,
    options: &Options,
    servers: &mut Servers,
    security: &Security,
    report: &mut Report,
) -> Result<Plan<'a>, Skip> {
    if ["options", "trace"].contains(&operation.method) {
        return Err(Skip::new("method", format!("{} is no method of connectors", operation.method.to_uppercase())));
    }
    let auth = security.of(operation.value)?;
    let raw = parameters::raw(document, operation)?;
    let mut left_out = Vec::new();
    let mut given = parameters::read(document, &raw, &mut left_out)?;
    given.retain(|p| p.place == Place::Path || !security.takes(p.place.as_str(), p.wire));
    let keyed = raw.iter().any(|p| parameters::is_idempotency_key(p));
    let body = if operation.method == "head" { Body::None } else { bodies::read(document, operation.value, &raw)? };
    let answer = answers::read(document, operation.value, operation.method)?;
    if !left_out.is_empty() {
        report.note(format!("{} {}: without {}", operation.method.to_uppercase(), operation.path, left_out.join(", ")));
    }
    let mut names = ParamNames::default();
    let (path, mut params) = path_and_params(operation, given, &mut names)?;
    for param in &mut params {
        param.only = parameters::only_value(document, &param.given);
    }
    let members = members_of(document, &body, &mut names)?;
    let schema = match answer.content {
        Content::Json { schema, .. } => Some(schema),
        _ => None,
    };
    let list = schema.and_then(|schema| lists::list(document, operation, schema));
    let given: Vec<Parameter<'_>> = params.iter().map(|p| p.given.clone()).collect();
    let pages = list.as_ref().zip(schema).and_then(|(list, schema)| lists::pages(document, list, schema, &given, answer.link));
    let path = own_server(operation, options, servers, report).map(|base| format!("{base}{path}")).unwrap_or(path);
    Ok(Plan { name: String::new(), alias: None, operation: *operation, path, params, body, members, answer, list, pages, auth, keyed })
}

/// The address of an operation that has a server of its own.
fn own_server(operation: &Operation<'_>, options: &Options, servers: &mut Servers, report: &mut Report) -> Option<String> {
    let server = servers::own_of(operation.item, operation.value).filter(|_| options.base_url.is_none())?;
    servers.own(server, options, report)
}

/// The path with the parameters' names in it.
fn path_and_params<'a>(operation: &Operation<'a>, given: Vec<Parameter<'a>>, names: &mut ParamNames) -> Result<(String, Vec<Param<'a>>), Skip> {
    let missing = parameters::undeclared(operation.path, &given);
    let mut wires: Vec<(String, String)> = Vec::new();
    let mut params = Vec::new();
    // Those of the path have the first choice of names.
    let (in_path, others): (Vec<_>, Vec<_>) = given.into_iter().partition(|p| p.place == Place::Path);
    for parameter in in_path.into_iter().filter(|p| operation.path.contains(&format!("{{{}}}", p.wire))) {
        let name = names.give(parameter.wire, "path");
        wires.push((parameter.wire.to_owned(), name.clone()));
        params.push(Param { name, given: parameter, only: None });
    }
    for wire in missing {
        let name = names.give(wire.trim_start_matches(['+', '#', '.', ';']), "path");
        let given = Parameter {
            wire: find_in(operation.path, &wire).unwrap_or_default(), place: Place::Path, required: true, schema: &TEXT, form: Form::Scalar, example: None, summary: "", deprecated: false,
            keep_slashes: wire.starts_with('+'),
        };
        wires.push((wire, name.clone()));
        params.push(Param { name, given, only: None });
    }
    for parameter in others {
        let name = names.give(parameter.wire, parameter.place.as_str());
        params.push(Param { name, given: parameter, only: None });
    }
    let path = operation.path.split('#').next().unwrap_or_default();
    let mut out = if path.starts_with('/') { String::new() } else { "/".to_owned() };
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((wire, tail)) = after.split_once('}') else { break };
        let Some((_, name)) = wires.iter().find(|(own, _)| own == wire) else { break };
        out.push_str(before);
        out.push_str(&format!("{{{name}}}"));
        rest = tail;
    }
    out.push_str(rest);
    let odd = rest.contains(['{', '}']) || out.starts_with("//") || out.contains('\\') || out.chars().any(char::is_control);
    let dots = out.split(['/', '?']).any(|s| ["..", "."].contains(&s.replace("%2e", ".").replace("%2E", ".").as_str()));
    if odd || dots {
        return Err(Skip::new("path", "its path cannot be written in a connector file"));
    }
    Ok((out, params))
}

/// The text of a parameter's name where it stands in the path, which lives as long as the document.
fn find_in<'a>(path: &'a str, wire: &str) -> Option<&'a str> {
    path.split('{').filter_map(|piece| piece.split_once('}')).map(|(name, _)| name).find(|name| *name == wire)
}

/// Members of the body that need a parameter: those that must be there, and those whose name another parameter has.
fn members_of(document: &Document, body: &Body<'_>, names: &mut ParamNames) -> Result<Vec<BodyParam>, Skip> {
    let sent = match body {
        Body::None => return Ok(vec![]),
        Body::Whole(sent) => {
            let required = sent.required && !schemas::nullable(document, sent.schema.value());
            return Ok(vec![BodyParam { name: names.give("body", "request"), wire: "body".to_owned(), required, whole: true }]);
        }
        Body::Members(sent) => sent,
    };
    let members = schemas::object_members(document, sent.schema.value());
    let clashing = |name: &str| members.iter().filter(|m| millrace_connector::spelling::same_name(m.name, name)).count() > 1;
    let mut out = Vec::new();
    for member in &members {
        let taken = names.has(member.name);
        let needed = member.required && must_be_given(document, sent, member.schema);
        if taken {
            if member.name.contains('.') || clashing(member.name) {
                return Err(Skip::new("names", format!("its body's `{}` has the name of another parameter", member.name)));
            }
            out.push(BodyParam { name: names.give(member.name, "body"), wire: member.name.to_owned(), required: needed, whole: false });
        } else if needed && !member.name.contains('.') && !clashing(member.name) && crate::names::is_identifier(member.name) && !member.name.contains('$') {
            names.keep(member.name);
            out.push(BodyParam { name: member.name.to_owned(), wire: member.name.to_owned(), required: true, whole: false });
        }
    }
    Ok(out)
}

/// Whether a call without the member is certainly wrong: an empty text or `null` may be what the provider wants.
fn must_be_given(document: &Document, sent: &Sent<'_>, schema: &Value) -> bool {
    let plain = schemas::plain(document, schema).unwrap_or(&Value::Null);
    sent.required && !schemas::nullable(document, schema) && !flag(plain, "readOnly") && !flag(schema, "readOnly")
        && plain.get("default").is_none() && text(plain, "default").is_empty()
        && !plain.get("enum").and_then(Value::as_array).is_some_and(|all| all.iter().any(|v| v.as_str() == Some("")))
}
