//! What somebody must look at before an installation goes over to another version: the breaking rows of spec marketplace §9.

use crate::workflows::declared_trigger::DeclaredTrigger;
use crate::workflows::definition::Definition;
use crate::workflows::field::{Field, normalised};

/// One breaking difference between two versions.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Breaking {
    /// `config_field_removed`, `config_field_type_changed`, `config_field_required_added`, `oauth_provider_added` or `trigger_type_changed`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The input or the service; of a trigger, its new type.
    pub field: String,
    /// What it is, for people.
    pub message: String,
}

impl Breaking {
    /// Whether a migration of the configuration takes care of it.
    pub fn is_of_configuration(&self) -> bool {
        self.kind.starts_with("config_field")
    }
}

/// What breaks between two versions. Inputs that are only spelled otherwise (`api_key`, `apiKey`) are the same.
pub fn breaking(old: &Definition, new: &Definition) -> Vec<Breaking> {
    let mut found = Vec::new();
    for field in &old.fields {
        match same(new, field) {
            None => found.push(Breaking { kind: "config_field_removed", field: field.key.clone(), message: format!("the input `{}` is gone", field.key) }),
            Some(now) if now.kind != field.kind => {
                let message = format!("the input `{}` was {} and is {}", now.key, field.declared_type, now.declared_type);
                found.push(Breaking { kind: "config_field_type_changed", field: now.key.clone(), message });
            }
            Some(_) => {}
        }
    }
    let needed = |field: &Field| field.required && field.default.is_none();
    for field in new.fields.iter().filter(|field| needed(field) && !same(old, field).is_some_and(|before| before.required)) {
        found.push(Breaking { kind: "config_field_required_added", field: field.key.clone(), message: format!("the input `{}` is required now", field.key) });
    }
    let before: Vec<&str> = old.required_services().collect();
    for service in new.required_services().filter(|service| !before.contains(service)) {
        found.push(Breaking { kind: "oauth_provider_added", field: service.to_owned(), message: format!("a connection to {service} is needed now") });
    }
    let kind = |definition: &Definition| definition.triggers.first().map(DeclaredTrigger::kind);
    if let (Some(was), Some(is)) = (kind(old), kind(new))
        && was != is
    {
        found.push(Breaking { kind: "trigger_type_changed", field: is.to_owned(), message: format!("it was started by {was} and is started by {is}") });
    }
    found
}

fn same<'a>(of: &'a Definition, field: &Field) -> Option<&'a Field> {
    let wanted = normalised(&field.key);
    of.fields.iter().find(|other| normalised(&other.key) == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflows::finding::Findings;
    use serde_json::{Value, json};

    fn read(members: Value) -> Definition {
        let mut whole = json!({"name": "t", "trigger": {"type": "manual"}});
        for (key, value) in members.as_object().into_iter().flatten() {
            whole[key] = value.clone();
        }
        Definition::read(&whole, &Value::Null, &mut Findings::default())
    }

    fn kinds(old: Value, new: Value) -> Vec<&'static str> {
        breaking(&read(old), &read(new)).into_iter().map(|b| b.kind).collect()
    }

    #[test]
    fn what_breaks_is_found_and_the_rest_is_not() {
        let inputs = |fields: Value| json!({ "inputs": fields });
        assert_eq!(kinds(inputs(json!({"a": {"type": "text"}})), inputs(json!({}))), ["config_field_removed"]);
        assert_eq!(kinds(inputs(json!({"a": {"type": "text"}})), inputs(json!({"a": {"type": "number"}}))), ["config_field_type_changed"]);
        assert_eq!(kinds(inputs(json!({})), inputs(json!({"a": {"type": "text", "required": true}}))), ["config_field_required_added"]);
        assert_eq!(kinds(inputs(json!({"a": {"type": "text"}})), inputs(json!({"a": {"type": "text", "required": true}}))), ["config_field_required_added"]);
        assert_eq!(kinds(inputs(json!({})), inputs(json!({"a": {"type": "text", "required": true, "default": "x"}, "b": {"type": "text"}}))), [""; 0]);
        assert_eq!(kinds(inputs(json!({"api_url": {"type": "url"}})), inputs(json!({"apiUrl": {"type": "url"}}))), [""; 0]);
        assert_eq!(kinds(json!({}), json!({"integrations": ["slack", {"service": "notion", "optional": true}]})), ["oauth_provider_added"]);
        assert_eq!(kinds(json!({"integrations": ["slack"]}), json!({})), [""; 0]);
        assert_eq!(kinds(json!({}), json!({"trigger": {"type": "schedule", "cron": "0 8 * * *"}})), ["trigger_type_changed"]);
    }
}
