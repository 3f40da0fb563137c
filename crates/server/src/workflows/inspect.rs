//! What a bundle's modules say about themselves: evaluated once in the sandbox, then checked.

use std::sync::Arc;

use millrace_bundle::{Bundle, Module};
use millrace_sandbox::{Inspection, Program, ProgramModule, SandboxError};
use millrace_ids::TenantId;
use serde_json::Value;

use super::definition::{BUILT_IN_SERVICES, Definition, merge_metadata};
use super::finding::{Finding, Findings};
use super::{limits, naming};
use crate::app::Parts;
use crate::http::ApiError;

/// The name of the export that most modules have only.
pub const DEFAULT_EXPORT: &str = "default";

/// One definition of a bundle, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// `default` or the export's name.
    pub name: String,
    /// The id it is deployed under.
    pub slug: String,
    /// As the product understands it.
    pub read: Definition,
    /// The data part of the definition.
    pub definition: Value,
    /// The data part of the metadata.
    pub metadata: Value,
    /// Paths of all functions of the module.
    pub functions: Vec<String>,
}

/// The program of a module set.
pub fn program(hash: &str, entry: &str, modules: &[Module]) -> Arc<Program> {
    let modules = modules.iter().map(|m| ProgramModule { name: m.name.clone(), code: m.code.clone() }).collect();
    Arc::new(Program { hash: hash.to_owned(), entry: entry.to_owned(), modules })
}

/// Evaluates a bundle in the sandbox, without any host call, and checks what it finds.
///
/// # Errors
/// The module cannot be evaluated, or its definition is not valid: 400 with all findings.
pub async fn inspect(parts: &Parts, tenant: &TenantId, bundle: &Bundle) -> Result<(Vec<Export>, Vec<Finding>), ApiError> {
    let main = evaluate(parts, tenant, bundle, program(&bundle.hash, &bundle.entry, &bundle.modules)).await?;
    let project = match &bundle.config {
        None => Value::Null,
        // Another entry is another program, although the content is part of the same hash.
        Some(config) => evaluate(parts, tenant, bundle, program(&format!("{}-config", bundle.hash), &config.entry, &config.modules)).await?.definition,
    };
    let mut found = Findings::default();
    let exports = exports(&main, &project, &mut found);
    for export in &exports {
        unknown_services(parts, &export.read, &mut found);
    }
    match found.errors.is_empty() {
        true => Ok((exports, found.warnings)),
        false => Err(refused(found.errors)),
    }
}

async fn evaluate(parts: &Parts, tenant: &TenantId, bundle: &Bundle, program: Arc<Program>) -> Result<Inspection, ApiError> {
    let entry = program.entry.clone();
    parts.sandbox.inspect(tenant.as_str(), program).await.map_err(|error| match error {
        SandboxError::Load(script) => {
            let stack = bundle.map_stack(&script.stack);
            let place = place_of(&stack).unwrap_or_else(|| entry.clone());
            let message = format!("{}: {}", script.name, script.message);
            refused(vec![Finding::new(place, "LOAD_FAILED", message).suggest("the module is evaluated once at deploy, without network: move effects into execute")])
        }
        SandboxError::CpuLimit | SandboxError::MemoryLimit | SandboxError::StackLimit | SandboxError::WallLimit => {
            refused(vec![Finding::new(entry.clone(), error.code(), error.to_string())])
        }
        other if other.is_transient() => ApiError::unavailable("The module could not be evaluated right now. Nothing was changed; try again."),
        other => ApiError::internal(other),
    })
}

/// `    at execute (src/workflow.ts:12:3)` → `src/workflow.ts:12:3`, the first place of the author's own.
fn place_of(stack: &str) -> Option<String> {
    let place = |line: &str| -> Option<String> {
        let line = line.trim().strip_prefix("at ")?;
        let place = line.rsplit_once('(').map_or(line, |(_, p)| p.trim_end_matches(')'));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        let (rest, column) = place.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        (digits(column) && digits(line) && !file.starts_with("@millrace/")).then(|| place.to_owned())
    };
    stack.lines().find_map(place)
}

/// Reads all definitions of a module. The project file's metadata is the base, the definition's older placement lies
/// on it, and the module's own export wins.
fn exports(main: &Inspection, project: &Value, found: &mut Findings) -> Vec<Export> {
    let base = main.metadata.clone();
    let metadata = merge_metadata(&merge_metadata(project, main.definition.get("metadata").unwrap_or(&Value::Null)), &base);
    if !base.is_null() && !base.is_object() {
        found.error("metadata", "INVALID_METADATA", "`metadata` must be an object");
    }
    let mut read: Vec<Export> = Vec::new();
    let has = |path: &str| main.functions.iter().any(|f| f == path);
    if main.definition.is_object() {
        if !has("execute") {
            found.error("execute", "MISSING_EXECUTE", "the definition has no `execute` function");
        }
        read.extend(export(DEFAULT_EXPORT, &main.definition, &metadata, None, found));
    } else {
        let message = "the module has no default export that is a workflow; write `export default defineWorkflow({ … })`";
        found.error("default", "NO_WORKFLOW_EXPORT", message);
    }
    let module_id = read.first().map(|e| e.slug.clone());
    for other in &main.others {
        let own = merge_metadata(&metadata, other.definition.get("metadata").unwrap_or(&Value::Null));
        read.extend(export(&other.name, &other.definition, &own, module_id.as_deref(), found));
    }
    for export in &mut read {
        export.functions.clone_from(&main.functions);
    }
    read
}

fn export(name: &str, definition: &Value, metadata: &Value, module_id: Option<&str>, found: &mut Findings) -> Option<Export> {
    let spoken = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-'));
    if !spoken || name.chars().count() > limits::SLUG_CHARS {
        found.error("exports", "INVALID_EXPORT", "a further workflow is exported under a plain name of letters, digits and `_`");
        return None;
    }
    let size = definition.to_string().len().max(metadata.to_string().len());
    if size > limits::DEFINITION_BYTES {
        let message = format!("the definition or its metadata has {size} bytes of data, at most {} are allowed", limits::DEFINITION_BYTES);
        found.error(name, "DEFINITION_TOO_LARGE", message);
        return None;
    }
    let mut own = Findings::default();
    let mut read = Definition::read(definition, metadata, &mut own);
    (read.name, read.description) = naming::shown(definition, metadata, module_id.is_none());
    let slug = match module_id {
        Some(id) => format!("{id}/{name}"),
        None => naming::slug(definition, metadata, &read.name, &mut own),
    };
    let place = |f: Finding| if module_id.is_some() { Finding { field: format!("{name}.{}", f.field), ..f } } else { f };
    found.errors.extend(own.errors.into_iter().map(place));
    found.warnings.extend(own.warnings.into_iter().map(place));
    Some(Export { name: name.to_owned(), slug, read, definition: definition.clone(), metadata: metadata.clone(), functions: Vec::new() })
}

fn unknown_services(parts: &Parts, definition: &Definition, found: &mut Findings) {
    let named = definition.integrations.iter().enumerate().map(|(i, need)| (format!("integrations.{i}"), need.service.as_str()));
    for (field, service) in named {
        if !BUILT_IN_SERVICES.contains(&service) && parts.registry.get(service).is_none() {
            found.warn(field, "UNKNOWN_INTEGRATION", format!("there is no connector for `{service}` on this server: it cannot be connected"));
        }
    }
    for (i, trigger) in definition.triggers.iter().enumerate() {
        let super::declared_trigger::DeclaredTrigger::Webhook(hook) = trigger else { continue };
        let Some(service) = hook.service.as_deref() else { continue };
        if parts.registry.get(service).is_none_or(|c| c.webhook.is_none()) {
            let field = if i == 0 { "trigger.service".to_owned() } else { format!("webhooks.{}.service", i - 1) };
            let message = format!("how `{service}` signs its webhooks is not known here: deliveries must carry X-Webhook-Signature: sha256=<hex HMAC of the body>");
            found.warn(field, "UNKNOWN_INTEGRATION", message);
        }
    }
}

/// 400 with all findings; the first one gives the code.
pub fn refused(errors: Vec<Finding>) -> ApiError {
    let first = errors.first();
    let code = first.map_or("INVALID_WORKFLOW", |f| f.code.as_str());
    let place = first.filter(|f| !f.field.is_empty()).map(|f| format!("{}: ", f.field)).unwrap_or_default();
    let message = first.map_or("the workflow is not valid", |f| f.message.as_str());
    let more = match errors.len() {
        0 | 1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let mut answer = ApiError::invalid(code, format!("{place}{message}{more}"));
    if let Some(hint) = first.and_then(|f| f.suggestion.as_deref()) {
        answer = answer.with_hint(hint);
    }
    errors.into_iter().fold(answer, |answer, f| answer.with_field(f.field, f.code, f.message))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use millrace_sandbox::OtherDefinition;
    use serde_json::json;

    fn inspection(definition: Value, metadata: Value) -> Inspection {
        Inspection { definition, metadata, others: Vec::new(), functions: vec!["execute".to_owned()] }
    }

    #[test]
    fn metadata_is_laid_in_order() {
        let mut found = Findings::default();
        let main = inspection(json!({"name": "N", "trigger": {"type": "manual"}, "metadata": {"id": "inner", "tags": ["i"]}}), json!({"id": "outer"}));
        let read = exports(&main, &json!({"visibility": "private", "tags": ["p"]}), &mut found);
        assert_eq!(found.errors, []);
        assert_eq!(read[0].slug, "outer");
        assert_eq!(read[0].metadata, json!({"visibility": "private", "tags": ["i"], "id": "outer"}));
    }

    #[test]
    fn further_definitions_get_the_modules_id() {
        let mut found = Findings::default();
        let mut main = inspection(json!({"name": "Main", "trigger": {"type": "manual"}}), json!({"id": "main", "name": "Shown"}));
        main.others = vec![OtherDefinition { name: "second".into(), definition: json!({"name": "Second", "trigger": {"type": "schedule", "cron": "bad"}}) }];
        let read = exports(&main, &Value::Null, &mut found);
        assert_eq!(read.iter().map(|e| (e.slug.as_str(), e.read.name.as_str())).collect::<Vec<_>>(), [("main", "Shown"), ("main/second", "Second")]);
        assert_eq!(found.errors[0].field, "second.trigger.cron");
    }

    #[test]
    fn what_is_no_workflow_is_refused() {
        let codes = |main: Inspection| {
            let mut found = Findings::default();
            exports(&main, &Value::Null, &mut found);
            found.errors.into_iter().map(|f| f.code).collect::<Vec<_>>()
        };
        assert_eq!(codes(inspection(Value::Null, Value::Null)), ["NO_WORKFLOW_EXPORT"]);
        let mut none = inspection(json!({"name": "x", "trigger": {"type": "manual"}}), Value::Null);
        none.functions.clear();
        assert_eq!(codes(none), ["MISSING_EXECUTE"]);
        assert_eq!(codes(inspection(json!({"name": "x"}), Value::Null)), ["MISSING_TRIGGER"]);
    }

    #[test]
    fn the_first_place_of_the_author_is_found() {
        let stack = "TypeError: x\n    at webhook (@millrace/sdk/trigger.ts:3:9)\n    at <anonymous> (src/workflow.ts:12:3)\n";
        assert_eq!(place_of(stack).as_deref(), Some("src/workflow.ts:12:3"));
        assert_eq!(place_of("    at workflow.ts:1:2").as_deref(), Some("workflow.ts:1:2"));
        assert_eq!(place_of("Error: x"), None);
    }

    #[test]
    fn all_findings_travel_and_the_first_gives_the_code() {
        let error = refused(vec![Finding::new("trigger.cron", "INVALID_CRON", "no"), Finding::new("name", "INVALID_NAME", "long")]);
        assert_eq!((error.status.as_u16(), error.code.as_str(), error.errors.len()), (400, "INVALID_CRON", 2));
        assert_eq!(error.detail, "trigger.cron: no (and 1 more)");
    }
}
