//! The table of spec marketplace §9, row by row.
#![allow(clippy::unwrap_used)]

use millrace_clock::Timestamp;
use millrace_ids::{VersionId, WorkflowId};
use serde_json::{Value, json};

use super::*;
use crate::workflows::model::VersionState;

fn version(number: &str, definition: Value, metadata: Value) -> Version {
    let now = Timestamp::parse("2026-01-15T09:30:00Z").unwrap();
    Version {
        id: VersionId::generate(),
        workflow: WorkflowId::generate(),
        number: 1,
        version: number.to_owned(),
        export: "default".to_owned(),
        bundle_hash: String::new(),
        definition,
        metadata,
        hosts: Vec::new(),
        warnings: Vec::new(),
        state: VersionState::Draft,
        notes: None,
        is_breaking: false,
        breaking_description: None,
        functions: None,
        restored_from: None,
        created_by: None,
        published_by: None,
        published_at: None,
        deprecated_at: None,
        deprecation_reason: None,
        created_at: now,
    }
}

fn compared(old: Value, new: Value) -> Vec<(&'static str, Severity, String)> {
    let all = between(&version("1.0.0", old, Value::Null), &version("2.0.0", new, Value::Null)).all_changes;
    all.into_iter().map(|d| (d.kind, d.severity, d.field.unwrap())).collect()
}

fn inputs(members: Value) -> Value {
    json!({"name": "x", "trigger": {"type": "manual"}, "inputs": members})
}

fn services(list: Value) -> Value {
    json!({"name": "x", "trigger": {"type": "manual"}, "integrations": list})
}

fn trigger(declared: Value) -> Value {
    json!({"name": "x", "trigger": declared})
}

/// What a definition was, what it is, and what is said of it.
type Told = (Value, Value, Vec<(&'static str, Severity, &'static str)>);

#[test]
fn each_row_of_the_table() {
    use Severity::{Breaking, Info, Warning};
    let rows: Vec<Told> = vec![
        (inputs(json!({"a": {"type": "text"}})), inputs(json!({})), vec![("config_field_removed", Breaking, "a")]),
        (inputs(json!({"a": {"type": "text"}})), inputs(json!({"a": {"type": "number"}})), vec![("config_field_type_changed", Breaking, "a")]),
        (inputs(json!({})), inputs(json!({"a": {"type": "text", "required": true}})), vec![("config_field_required_added", Breaking, "a")]),
        (inputs(json!({"a": {"type": "text"}})), inputs(json!({"a": {"type": "text", "required": true}})), vec![("config_field_required_added", Breaking, "a")]),
        (inputs(json!({"a": {"type": "text"}})), inputs(json!({"a": {"type": "text", "required": true, "default": "d"}})), vec![]),
        (inputs(json!({})), inputs(json!({"a": {"type": "text", "required": true, "default": "d"}})), vec![("config_field_required_added", Info, "a")]),
        (inputs(json!({})), inputs(json!({"a": {"type": "text"}})), vec![("config_field_required_added", Info, "a")]),
        (services(json!([])), services(json!(["zoom"])), vec![("oauth_provider_added", Breaking, "zoom")]),
        (services(json!([])), services(json!([{"service": "zoom", "optional": true}])), vec![("oauth_provider_added", Info, "zoom")]),
        (services(json!([{"service": "zoom", "optional": true}])), services(json!(["zoom"])), vec![("oauth_provider_added", Breaking, "zoom")]),
        (services(json!(["zoom"])), services(json!([])), vec![("oauth_provider_removed", Info, "zoom")]),
        (services(json!([])), services(json!(["ai"])), vec![]),
        (services(json!([{"service": "zoom", "scopes": ["a"]}])), services(json!([{"service": "zoom", "scopes": ["a", "b"]}])), vec![("oauth_scopes_added", Warning, "zoom")]),
        (trigger(json!({"type": "manual"})), trigger(json!({"type": "schedule", "cron": "0 9 * * *"})), vec![("trigger_type_changed", Breaking, "trigger")]),
        (
            trigger(json!({"type": "webhook", "service": "zoom", "events": ["a", "b"]})),
            trigger(json!({"type": "webhook", "service": "zoom", "events": ["a"]})),
            vec![("trigger_narrowed", Warning, "zoom")],
        ),
        (
            trigger(json!({"type": "webhook", "service": "zoom", "events": ["a"]})),
            trigger(json!({"type": "webhook", "service": "zoom", "events": ["a", "b"]})),
            vec![],
        ),
        (trigger(json!({"type": "webhook", "service": "zoom"})), trigger(json!({"type": "webhook", "service": "stripe"})), vec![("trigger_narrowed", Warning, "zoom")]),
        (
            inputs(json!({"a": {"type": "select", "options": ["x", "y"]}})),
            inputs(json!({"a": {"type": "select", "options": [{"value": "x"}]}})),
            vec![("config_field_narrowed", Warning, "a")],
        ),
        (inputs(json!({"a": {"type": "number", "max": 9}})), inputs(json!({"a": {"type": "number", "max": 5}})), vec![("config_field_narrowed", Warning, "a")]),
        (inputs(json!({"a": {"type": "number", "min": 1}})), inputs(json!({"a": {"type": "number", "min": 0}})), vec![]),
        (
            json!({"name": "x", "trigger": {"type": "manual"}, "steps": {"fetch": {}, "send": {}}}),
            json!({"name": "x", "trigger": {"type": "manual"}, "steps": [{"name": "send"}]}),
            vec![("step_removed", Warning, "fetch")],
        ),
        // One kind under two names, and one key in two spellings, are no changes.
        (inputs(json!({"a": {"type": "text"}})), inputs(json!({"a": {"type": "textarea"}})), vec![]),
        (inputs(json!({"slack_channel": {"type": "text"}})), inputs(json!({"slackChannel": {"type": "text"}})), vec![]),
    ];
    for (old, new, wanted) in rows {
        let wanted: Vec<_> = wanted.into_iter().map(|(kind, severity, field)| (kind, severity, field.to_owned())).collect();
        assert_eq!(compared(old.clone(), new.clone()), wanted, "{old} → {new}");
    }
}

#[test]
fn the_result_says_what_there_is() {
    let (old, new) = (inputs(json!({"a": {"type": "text"}, "b": {"type": "text"}, "n": {"type": "number"}})), inputs(json!({"n": {"type": "number", "max": 5}, "c": {"type": "text"}})));
    let found = between(&version("1.0.0", old.clone(), Value::Null), &version("1.1.0", new.clone(), Value::Null));
    assert_eq!(found.summary, "2 breaking change(s), 1 warning(s), 1 informational change(s)");
    assert_eq!(found.note().as_deref(), Some("BREAKING: input `a` was removed; input `b` was removed"));
    assert_eq!((found.has_breaking_changes, found.has_warnings, found.all_changes.len()), (true, true, 4));
    let shown = serde_json::to_value(&found).unwrap();
    assert_eq!(shown["breaking_changes"][0]["type"], "config_field_removed");
    assert_eq!(shown["breaking_changes"][0]["severity"], "breaking");
    let same = between(&version("1.0.0", old.clone(), Value::Null), &version("1.1.0", old.clone(), Value::Null));
    assert_eq!((same.summary.as_str(), same.note()), ("No changes detected", None));
    // A migration mends what was removed or retyped, if it takes what is there.
    let severities = |from: &str| {
        let found = between(&version("1.4.0", old.clone(), Value::Null), &version("2.0.0", new.clone(), json!({"migration": {"from": from}})));
        (found.breaking_changes.len(), found.warnings.len())
    };
    assert_eq!(severities("1.x"), (0, 3));
    assert_eq!(severities("0.x"), (2, 1));
}
