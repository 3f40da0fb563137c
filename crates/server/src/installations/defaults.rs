//! Smart defaults: values that a set-up form is filled in with, inferred as the author asks for (spec workflow-sdk §2, `pathway`).

use millrace_ids::TenantId;
use serde_json::{Map, Value};

use super::service::Shown;
use crate::app::Parts;
use crate::connections::service as connections;
use crate::http::ApiError;
use crate::workflows::definition::Definition;

/// What the form is filled in with, by declared key: only fields that nobody filled in, and never secrets.
///
/// # Errors
/// The database failed.
pub(super) async fn of(parts: &Parts, tenant: &TenantId, shown: &Shown) -> Result<Map<String, Value>, ApiError> {
    let (definition, installation) = (&shown.version.definition, &shown.whole.installation);
    let mut found = Map::new();
    for (key, rule) in rules(definition) {
        if installation.config.contains_key(&key) {
            continue;
        }
        let value = match kind(&rule) {
            Rule::Value(value) => Some(value.clone()),
            Rule::Timezone => Some(Value::from(installation.timezone.as_str())),
            Rule::Connection { service, field } => of_connection(parts, tenant, shown, service, field).await?,
            // Nobody has told preferences here yet, and what is not understood infers nothing.
            Rule::Unknown => None,
        };
        if let Some(value) = value {
            found.insert(key, value);
        }
    }
    Ok(found)
}

/// How one default is inferred.
#[derive(Debug, PartialEq)]
enum Rule<'a> {
    Value(&'a Value),
    Timezone,
    Connection { service: &'a str, field: &'a str },
    Unknown,
}

fn kind(rule: &Value) -> Rule<'_> {
    let text = |name: &str| rule.get(name).and_then(Value::as_str);
    match (text("inferFrom"), rule.get("value")) {
        (None, Some(value)) => Rule::Value(value),
        (Some("user_timezone"), _) => Rule::Timezone,
        (Some("connected_integration"), _) => match (text("integration"), text("field")) {
            (Some(service), Some(field)) => Rule::Connection { service, field },
            _ => Rule::Unknown,
        },
        _ => Rule::Unknown,
    }
}

/// The author's rules for fields that are declared and no secrets, by declared key.
fn rules(definition: &Definition) -> Vec<(String, Value)> {
    let all = definition.pathway.get("smartDefaults").and_then(Value::as_object).into_iter().flatten();
    all.filter_map(|(name, rule)| definition.field(name).filter(|f| !f.secret).map(|f| (f.key.clone(), rule.clone()))).collect()
}

/// What a connection shows of itself.
async fn of_connection(parts: &Parts, tenant: &TenantId, shown: &Shown, service: &str, field: &str) -> Result<Option<Value>, ApiError> {
    let Some(id) = shown.whole.links.get(service) else { return Ok(None) };
    let connection = connections::get(parts, tenant, id).await?;
    let value = match field {
        "name" => Some(connection.name),
        field => connection.public.values.get(field).cloned(),
    };
    Ok(value.map(Value::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_are_understood_or_infer_nothing() {
        assert_eq!(kind(&json!({"value": 3})), Rule::Value(&json!(3)));
        assert_eq!(kind(&json!({"inferFrom": "user_timezone"})), Rule::Timezone);
        assert_eq!(kind(&json!({"inferFrom": "connected_integration", "integration": "zoom", "field": "account"})), Rule::Connection { service: "zoom", field: "account" });
        for unknown in [json!({"inferFrom": "connected_integration"}), json!({"inferFrom": "user_preference", "key": "k"}), json!({"inferFrom": "stars"}), json!(7)] {
            assert_eq!(kind(&unknown), Rule::Unknown, "{unknown}");
        }
    }
}
