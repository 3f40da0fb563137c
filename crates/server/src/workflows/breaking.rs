//! What a new version breaks: two definitions compared, row by row of spec marketplace §9.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::declared_trigger::{DeclaredTrigger, DeclaredWebhook};
use super::definition::{BUILT_IN_SERVICES, Definition};
use super::field::{Field, FieldKind, normalised};
use super::model::Version;
use super::semver;

/// How bad a change is for whoever has the older version installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// An installation cannot go on as it is.
    Breaking,
    /// Something may not work as before.
    Warning,
    /// Good to know.
    Info,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Difference {
    /// `config_field_removed`, `config_field_type_changed`, `config_field_required_added`, `config_field_narrowed`,
    /// `oauth_provider_added`, `oauth_provider_removed`, `oauth_scopes_added`, `trigger_type_changed`, `trigger_narrowed`, `step_removed`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The input, service, trigger or step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// A sentence.
    pub message: String,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<Value>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_value: Option<Value>,
    /// What a migration would do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migration_hint: Option<String>,
}

/// All differences between two versions.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Comparison {
    /// Whether anything breaks.
    pub has_breaking_changes: bool,
    /// Whether anything may not work as before.
    pub has_warnings: bool,
    /// What breaks.
    pub breaking_changes: Vec<Difference>,
    /// What may not work as before.
    pub warnings: Vec<Difference>,
    /// What is good to know.
    pub info_changes: Vec<Difference>,
    /// All of them, in the order found.
    pub all_changes: Vec<Difference>,
    /// `2 breaking change(s), 1 warning(s)`, or `No changes detected`.
    pub summary: String,
}

impl Comparison {
    fn of(all: Vec<Difference>) -> Self {
        let with = |severity| all.iter().filter(|d| d.severity == severity).cloned().collect::<Vec<_>>();
        let (breaking, warnings, infos) = (with(Severity::Breaking), with(Severity::Warning), with(Severity::Info));
        let counted = [(breaking.len(), "breaking change(s)"), (warnings.len(), "warning(s)"), (infos.len(), "informational change(s)")];
        let said: Vec<String> = counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        Self {
            has_breaking_changes: !breaking.is_empty(),
            has_warnings: !warnings.is_empty(),
            summary: if said.is_empty() { "No changes detected".to_owned() } else { said.join(", ") },
            breaking_changes: breaking,
            warnings,
            info_changes: infos,
            all_changes: all,
        }
    }

    /// `BREAKING: a; b`, the note that a breaking version carries; nothing for others.
    pub fn note(&self) -> Option<String> {
        let said: Vec<&str> = self.breaking_changes.iter().map(|d| d.message.as_str()).collect();
        (!said.is_empty()).then(|| format!("BREAKING: {}", said.join("; ")))
    }
}

/// Compares two stored versions. A migration of the newer one that takes configurations of the older one makes warnings of what
/// it can mend.
pub fn between(old: &Version, new: &Version) -> Comparison {
    let read = |v: &Version| Definition::read(&v.definition, &v.metadata, &mut super::finding::Findings::default());
    let from = new.metadata.pointer("/migration/from").and_then(Value::as_str);
    let migrates = from.is_some_and(|range| semver::satisfies(&old.version, range));
    let mut all = differences(&read(old), &read(new), migrates);
    steps(&old.definition, &new.definition, &mut all);
    Comparison::of(all)
}

/// Compares two definitions as far as they are read. `migrates`: a migration takes configurations of the older one, and what it can mend
/// is a warning.
pub fn differences(was: &Definition, is: &Definition, migrates: bool) -> Vec<Difference> {
    let mut all = Vec::new();
    fields(was, is, migrates, &mut all);
    services(was, is, &mut all);
    triggers(&was.triggers, &is.triggers, &mut all);
    all
}

fn change(kind: &'static str, severity: Severity, field: &str, message: String) -> Difference {
    Difference { kind, severity, field: Some(field.to_owned()), message, old_value: None, new_value: None, migration_hint: None }
}

fn fields(was: &Definition, is: &Definition, migrates: bool, all: &mut Vec<Difference>) {
    // A spelling apart is no change.
    let counterpart = |list: &[Field], key: &str| list.iter().find(|f| normalised(&f.key) == normalised(key)).cloned();
    let mended = if migrates { Severity::Warning } else { Severity::Breaking };
    for old in &was.fields {
        let key = &old.key;
        let Some(new) = counterpart(&is.fields, key) else {
            let mut gone = change("config_field_removed", mended, key, format!("input `{key}` was removed"));
            gone.old_value = Some(json!(old.declared_type));
            gone.migration_hint = Some(format!("a migration can carry the value of `{key}` to another input"));
            all.push(gone);
            continue;
        };
        if is_retyped(old, &new) {
            let mut retyped = change("config_field_type_changed", mended, key, format!("input `{key}` was {} and is {}", old.declared_type, new.declared_type));
            (retyped.old_value, retyped.new_value) = (Some(json!(old.declared_type)), Some(json!(new.declared_type)));
            retyped.migration_hint = Some(format!("a migration can turn the value of `{key}` into a {}", new.declared_type));
            all.push(retyped);
        }
        if new.required && !old.required && new.default.is_none() {
            let mut needed = change("config_field_required_added", Severity::Breaking, key, format!("input `{key}` is required now and has no default"));
            needed.migration_hint = Some(format!("give `{key}` a default"));
            all.push(needed);
        }
        narrowed(old, &new, all);
    }
    for new in is.fields.iter().filter(|f| counterpart(&was.fields, &f.key).is_none()) {
        let key = &new.key;
        let mut added = if new.required && new.default.is_none() {
            change("config_field_required_added", Severity::Breaking, key, format!("input `{key}` is new and required, without a default"))
        } else {
            change("config_field_required_added", Severity::Info, key, format!("input `{key}` is new"))
        };
        added.new_value = Some(json!(new.declared_type));
        all.push(added);
    }
}

/// Names of one kind (`text`, `string`, `textarea`) are one type.
fn is_retyped(old: &Field, new: &Field) -> bool {
    old.kind != new.kind || (matches!(old.kind, FieldKind::Other | FieldKind::Picker) && old.declared_type != new.declared_type)
}

fn narrowed(old: &Field, new: &Field, all: &mut Vec<Difference>) {
    let key = &old.key;
    let gone: Vec<&Value> = old.options.iter().filter(|o| !new.options.is_empty() && !new.options.contains(o)).collect();
    if !gone.is_empty() {
        let mut narrowed = change("config_field_narrowed", Severity::Warning, key, format!("input `{key}` lost {} of its options", gone.len()));
        (narrowed.old_value, narrowed.new_value) = (Some(json!(old.options)), Some(json!(new.options)));
        all.push(narrowed);
    }
    let lower = new.max.is_some_and(|now| old.max.is_none_or(|was| now < was));
    let higher = new.min.is_some_and(|now| old.min.is_none_or(|was| now > was));
    if lower || higher {
        let mut narrowed = change("config_field_narrowed", Severity::Warning, key, format!("input `{key}` allows fewer numbers"));
        (narrowed.old_value, narrowed.new_value) = (Some(json!({"min": old.min, "max": old.max})), Some(json!({"min": new.min, "max": new.max})));
        all.push(narrowed);
    }
}

fn services(was: &Definition, is: &Definition, all: &mut Vec<Difference>) {
    let connected = |service: &str| !BUILT_IN_SERVICES.contains(&service);
    for new in is.integrations.iter().filter(|i| connected(&i.service)) {
        let name = &new.service;
        match was.integrations.iter().find(|old| old.service == *name) {
            None if new.optional => all.push(change("oauth_provider_added", Severity::Info, name, format!("service `{name}` is new and optional"))),
            None => all.push(change("oauth_provider_added", Severity::Breaking, name, format!("service `{name}` is needed now"))),
            Some(old) => {
                if old.optional && !new.optional {
                    all.push(change("oauth_provider_added", Severity::Breaking, name, format!("service `{name}` was optional and is needed now")));
                }
                let added: Vec<&String> = new.scopes.iter().filter(|scope| !old.scopes.contains(scope)).collect();
                if !added.is_empty() {
                    let mut scopes = change("oauth_scopes_added", Severity::Warning, name, format!("service `{name}` needs new scopes"));
                    (scopes.old_value, scopes.new_value) = (Some(json!(old.scopes)), Some(json!(new.scopes)));
                    all.push(scopes);
                }
            }
        }
    }
    for old in was.integrations.iter().filter(|i| connected(&i.service)) {
        if !is.integrations.iter().any(|new| new.service == old.service) {
            all.push(change("oauth_provider_removed", Severity::Info, &old.service, format!("service `{}` is not needed any more", old.service)));
        }
    }
}

fn triggers(was: &[DeclaredTrigger], is: &[DeclaredTrigger], all: &mut Vec<Difference>) {
    let kind = |list: &[DeclaredTrigger]| list.first().map(|t| t.kind().to_owned());
    let (old, new) = (kind(was), kind(is));
    if let (Some(old), Some(new)) = (&old, &new)
        && old != new
    {
        let mut changed = change("trigger_type_changed", Severity::Breaking, "trigger", format!("the trigger was {old} and is {new}"));
        (changed.old_value, changed.new_value) = (Some(json!(old)), Some(json!(new)));
        all.push(changed);
        return;
    }
    let (old, new) = (hooks(was), hooks(is));
    for hook in old.into_iter().filter(|old| !new.iter().any(|new| covers(new, old))) {
        let from = hook.service.as_deref().or(hook.path.as_deref()).unwrap_or("trigger");
        let mut narrowed = change("trigger_narrowed", Severity::Warning, from, format!("fewer events of `{from}` start it"));
        narrowed.old_value = Some(json!(hook.events));
        all.push(narrowed);
    }
}

fn hooks(list: &[DeclaredTrigger]) -> Vec<&DeclaredWebhook> {
    let mut found = Vec::new();
    for trigger in list {
        if let DeclaredTrigger::Webhook(hook) = trigger {
            found.push(hook);
        }
    }
    found
}

/// Whether everything that started the old one starts the new one. No events stand for all.
fn covers(new: &DeclaredWebhook, old: &DeclaredWebhook) -> bool {
    let same = new.service == old.service && new.path == old.path;
    same && (new.events.is_empty() || (!old.events.is_empty() && old.events.iter().all(|event| new.events.contains(event))))
}

fn steps(was: &Value, is: &Value, all: &mut Vec<Difference>) {
    let new = names(is);
    for step in names(was).difference(&new) {
        all.push(change("step_removed", Severity::Warning, step, format!("step `{step}` was removed")));
    }
}

/// Names of declared steps: members of an object, or the names or ids of a list.
fn names(definition: &Value) -> BTreeSet<String> {
    match definition.get("steps") {
        Some(Value::Object(members)) => members.keys().cloned().collect(),
        Some(Value::Array(list)) => list.iter().filter_map(|s| s.as_str().or_else(|| s.get("name").or_else(|| s.get("id")).and_then(Value::as_str))).map(str::to_owned).collect(),
        _ => BTreeSet::new(),
    }
}

#[cfg(test)]
mod tests;
