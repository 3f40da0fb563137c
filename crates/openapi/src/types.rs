//! TypeScript: an interface of the integration with the arguments and results of every operation.

mod comment;
mod schema;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use crate::answers::Content;
use crate::bodies::Body;
use crate::connector;
use crate::document::{Document, flag, one_line};
use crate::limits;
use crate::names;
use crate::plan::Plan;
use crate::report::Report;
use crate::schemas;
use crate::{ImportError, Options};
use comment::comment;
use schema::Types;

/// Writes `<service>.d.ts`.
pub(crate) fn write(document: &Document, options: &Options, plans: &[Plan<'_>], report: &mut Report) -> Result<String, ImportError> {
    let mut types = Types::new(document);
    let mut tree = Node::default();
    let mut arguments = String::new();
    let client = types.own_name(&format!("{}Integration", names::pascal(&options.service)));
    for plan in plans {
        let args = args_of(document, plan, &mut types, &mut arguments);
        let data = data_of(plan, &mut types);
        let signature = format!("({args}): Promise<ActionResult<{data}>>");
        tree.put(&plan.name, signature, Some(documentation(plan)));
        if let Some(alias) = &plan.alias {
            tree.put(alias, format!("({args}): Promise<ActionResult<{data}>>"), Some(format!("/** The same as `{}`. */", plan.name)));
        }
    }
    let mut out = format!(
        "// Written by `millrace connector import`. Types of the integration `{}`; what the service really does is its own affair.\n\nimport type {{ ActionResult }} from '@millrace/sdk';\n\n",
        options.service
    );
    out.push_str("/** Members that may be left out after all: the service fills them in. */\ntype Loose<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> & Partial<Pick<T, K & keyof T>> : never;\n");
    out.push_str("/** A body without the members that other parameters have the names of. */\ntype Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;\n\n");
    let title = one_line(&document.title(), 120);
    let _ = writeln!(out, "{}export interface {client} {{", comment("", &title, false));
    tree.write(1, &mut out);
    out.push_str("  /** The service directly, signed like an operation. */\n  request(path: string, init?: { method?: string; headers?: Record<string, string>; body?: unknown }): Promise<Response>;\n}\n\n");
    let camel = millrace_connector::spelling::to_camel(&options.service);
    let keys = if camel == options.service { vec![camel] } else { vec![options.service.clone(), camel] };
    out.push_str("declare global {\n  /** Services whose clients have types of their own. */\n  interface MillraceServices {\n");
    for key in keys {
        let _ = writeln!(out, "    '{key}': {client};");
    }
    out.push_str("  }\n}\n");
    out.push_str(&arguments);
    types.declare_all(&mut out);
    if out.len() > limits::TYPES_BYTES {
        let message = format!("the types would have {} bytes; choose some operations with --only", out.len());
        return Err(ImportError::new("DOCUMENT_TOO_LARGE", message));
    }
    report.types = types.count();
    Ok(out)
}

fn documentation(plan: &Plan<'_>) -> String {
    comment("", plan.operation.summary(), plan.operation.deprecated()).trim_end().to_owned()
}

/// The parameter list of an operation; its arguments become an interface of their own.
fn args_of(document: &Document, plan: &Plan<'_>, types: &mut Types<'_>, out: &mut String) -> String {
    let mut members = String::new();
    let mut needed = false;
    for param in plan.params.iter() {
        let required = param.given.required && param.only.is_none();
        needed |= required;
        let kind = types.of(param.given.schema);
        let kind = if required { kind } else { format!("{kind} | undefined") };
        members.push_str(&comment("  ", param.given.summary, param.given.deprecated));
        let _ = writeln!(members, "  {}{}: {kind};", schema::key(&param.name), if required { "" } else { "?" });
    }
    if plan.pages.is_some() {
        members.push_str("  /** All pages, or so many items, instead of one page. */\n  allPages?: boolean | number | undefined;\n");
    }
    let body = body_of(document, plan, types, &mut members, &mut needed);
    if members.is_empty() && body.is_none() {
        return String::new();
    }
    let name = types.own_name(&format!("{}Args", names::pascal(&plan.name)));
    let own = if members.is_empty() { None } else { Some(format!("{{\n{members}}}")) };
    let whole = [own, body].into_iter().flatten().collect::<Vec<_>>().join(" & ");
    let _ = write!(out, "\nexport type {name} = {whole};\n");
    if needed { format!("args: {name}") } else { format!("args?: {name}") }
}

/// The body's part of the arguments.
fn body_of(document: &Document, plan: &Plan<'_>, types: &mut Types<'_>, members: &mut String, needed: &mut bool) -> Option<String> {
    let sent = match &plan.body {
        Body::None => return None,
        Body::Whole(sent) => {
            let member = plan.members.first()?;
            *needed |= member.required;
            let _ = writeln!(members, "  /** The body of the request. */\n  {}{}: {};", schema::key(&member.name), if member.required { "" } else { "?" }, types.of(sent.schema.value()));
            return None;
        }
        Body::Members(sent) => sent,
    };
    let schema = sent.schema.value();
    let all = schemas::object_members(document, schema);
    // A body without any member would forbid the parameters beside it.
    if all.is_empty() && schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        return None;
    }
    let mut kind = types.of(schema);
    let renamed: Vec<_> = plan.members.iter().filter(|m| m.name != m.wire).collect();
    if !renamed.is_empty() {
        let taken: Vec<String> = renamed.iter().map(|m| schema::literal(&m.wire)).collect();
        kind = format!("Without<{kind}, {}>", taken.join(" | "));
        for member in renamed {
            let own = all.iter().find(|m| m.name == member.wire).map_or("unknown".to_owned(), |m| types.of(m.schema));
            let mark = if member.required { "" } else { "?" };
            let _ = writeln!(members, "  /** The body's `{}`. */\n  {}{mark}: {own};", member.wire.replace("*/", "*\\/"), schema::key(&member.name));
        }
    }
    let given = |name: &str| plan.members.iter().any(|m| m.wire == name && m.required);
    let loose: Vec<String> = all.iter().filter(|m| m.required && !given(m.name)).filter(|m| {
        let plain = schemas::plain(document, m.schema).unwrap_or(&Value::Null);
        flag(plain, "readOnly") || flag(m.schema, "readOnly") || plain.get("default").is_some()
    }).map(|m| schema::literal(m.name)).collect();
    if !loose.is_empty() {
        kind = format!("Loose<{kind}, {}>", loose.join(" | "));
    }
    *needed |= all.iter().any(|m| m.required && !loose.contains(&schema::literal(m.name)));
    let required_somewhere = all.iter().any(|m| m.required);
    Some(if sent.required || !required_somewhere { kind } else {
        *needed = plan.params.iter().any(|p| p.given.required && p.only.is_none());
        format!("Partial<{kind}>")
    })
}

/// The type of an operation's data.
fn data_of(plan: &Plan<'_>, types: &mut Types<'_>) -> String {
    let base = match &plan.answer.content {
        Content::Text => "string".to_owned(),
        Content::Nothing if plan.operation.method == "head" || plan.answer.status == 204 || plan.answer.status == 205 => return "null".to_owned(),
        Content::Nothing => "unknown".to_owned(),
        Content::Json { schema, .. } => match &plan.list {
            None => {
                let kind = types.of(schema);
                if kind == "null" { "unknown".to_owned() } else { kind }
            }
            Some(list) => {
                let item = types.of(list.item);
                let hidden = connector::hidden(plan);
                let members: Vec<String> = hidden.iter().map(|(name, path)| {
                    let member = list.others.iter().find(|m| m.name == name).filter(|_| path != "@data");
                    let kind = member.map_or_else(|| format!("{}[]", schema::grouped(&item)), |m| format!("{} | null", types.of(m.schema)));
                    format!("readonly {}: {kind}", schema::key(name))
                }).collect();
                let list = format!("{}[]", schema::grouped(&item));
                if members.is_empty() { list } else { format!("{list} & {{ {} }}", members.join("; ")) }
            }
        },
    };
    if plan.answer.nothing_on.is_empty() { base } else { format!("{} | null", schema::grouped(&base)) }
}

/// Operations by the parts of their names.
#[derive(Default)]
struct Node {
    signature: Option<(String, Option<String>)>,
    members: BTreeMap<String, Node>,
}

impl Node {
    fn put(&mut self, name: &str, signature: String, documentation: Option<String>) {
        let mut at = self;
        for part in name.split('.') {
            at = at.members.entry(part.to_owned()).or_default();
        }
        at.signature = Some((signature, documentation));
    }

    fn write(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        for (name, node) in &self.members {
            let key = schema::key(name);
            if let Some((signature, documentation)) = &node.signature {
                if let Some(text) = documentation.as_deref().filter(|text| !text.is_empty()) {
                    for line in text.lines() {
                        let _ = writeln!(out, "{indent}{line}");
                    }
                }
                let _ = writeln!(out, "{indent}{key}{signature};");
            }
            if !node.members.is_empty() {
                let _ = writeln!(out, "{indent}readonly {key}: {{");
                node.write(depth + 1, out);
                let _ = writeln!(out, "{indent}}};");
            }
        }
    }
}
