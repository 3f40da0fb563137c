//! A definition as the product understands it: read from the data part of a module's export, checked as it is read.

use millrace_connector::Connector;
use serde_json::{Map, Value};

use super::declared_trigger::DeclaredTrigger;
use super::field::{self, Field};
use super::finding::Findings;
use super::{limits, naming};

/// Services that every run has without a connection.
pub const BUILT_IN_SERVICES: [&str; 3] = ["ai", "workers-ai", "workersAi"];

/// A declared integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// The service as declared.
    pub service: String,
    /// Scopes as declared.
    pub scopes: Vec<String>,
    /// Whether a run can do without it.
    pub optional: bool,
}

/// What a workflow says about credentials that organisations bring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Byoo {
    /// Providers, as the module spells them; none when it is not enabled.
    pub providers: Vec<String>,
    /// What people are told.
    pub instructions: String,
}

impl Byoo {
    /// What a module's metadata say.
    pub fn of(metadata: &Value) -> Self {
        let block = &metadata["byoo"];
        let listed = block["providers"].as_array().into_iter().flatten().filter(|_| block["enabled"] != Value::Bool(false));
        let single = metadata.get("byooProvider").or_else(|| metadata.get("byoo_provider"));
        Self {
            providers: listed.chain(single).filter_map(Value::as_str).map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect(),
            instructions: block["instructions"].as_str().unwrap_or_default().trim().to_owned(),
        }
    }

    /// Whether organisations bring their own for this service.
    pub fn lists(&self, connector: &Connector) -> bool {
        self.providers.iter().any(|p| connector.answers_to(p))
    }
}

/// One workflow as its module defines it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The name people see.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// `major.minor.patch`.
    pub version: String,
    /// Services it uses.
    pub integrations: Vec<Integration>,
    /// What an installer fills in.
    pub fields: Vec<Field>,
    /// Credentials that installing organisations bring.
    pub byoo: Byoo,
    /// What starts it; the first is the main trigger.
    pub triggers: Vec<DeclaredTrigger>,
    /// How its set-up is made short: `smartDefaults`, `essentialFields`, as the author wrote them.
    pub pathway: Value,
}

impl Definition {
    /// Reads the data part of a definition and of `export const metadata`; every mistake is noted in `found`.
    pub fn read(definition: &Value, metadata: &Value, found: &mut Findings) -> Self {
        let name = naming::name(definition, metadata, found);
        check_metadata(metadata, found);
        Self {
            description: naming::description(definition, metadata),
            version: naming::version(definition, metadata, found),
            integrations: integrations(definition, found),
            fields: field::read_all(definition, &byoo_providers(metadata), found),
            byoo: Byoo::of(metadata),
            triggers: triggers(definition, found),
            pathway: metadata.get("pathway").or_else(|| definition.get("pathway")).cloned().unwrap_or_default(),
            name,
        }
    }

    /// The services a run must have a connection for.
    pub fn required_services(&self) -> impl Iterator<Item = &str> {
        let needed = |i: &&Integration| !i.optional && !BUILT_IN_SERVICES.contains(&i.service.as_str());
        self.integrations.iter().filter(needed).map(|i| i.service.as_str())
    }

    /// The field that a key of a configuration means, in either spelling.
    pub fn field(&self, key: &str) -> Option<&Field> {
        let wanted = field::normalised(key);
        self.fields.iter().find(|f| f.key == key).or_else(|| self.fields.iter().find(|f| field::normalised(&f.key) == wanted))
    }
}

/// Lays `over` on `base`, member by member of the first level: the module's own words win over the project file's.
pub fn merge_metadata(base: &Value, over: &Value) -> Value {
    let mut merged: Map<String, Value> = base.as_object().cloned().unwrap_or_default();
    if let Some(members) = over.as_object() {
        merged.extend(members.clone());
    }
    Value::Object(merged)
}

fn byoo_providers(metadata: &Value) -> Vec<String> {
    let listed = metadata.pointer("/byoo/providers").and_then(Value::as_array).into_iter().flatten();
    listed.chain(metadata.get("byooProvider")).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn check_metadata(metadata: &Value, found: &mut Findings) {
    match metadata {
        Value::Null => return,
        Value::Object(_) => {}
        _ => found.error("metadata", "INVALID_METADATA", "`metadata` must be an object"),
    }
    if let Some(visibility) = metadata.get("visibility").filter(|v| !v.is_null())
        && !visibility.as_str().is_some_and(|v| ["public", "private", "unlisted"].contains(&v))
    {
        found.error("metadata.visibility", "INVALID_VISIBILITY", "`visibility` is public, private or unlisted");
    }
    let mode = metadata.get("credentialMode").or_else(|| metadata.get("credential_mode")).filter(|v| !v.is_null());
    if mode.is_some_and(|mode| mode.as_str().is_none_or(|v| v.parse::<crate::marketplace::CredentialMode>().is_err())) {
        found.error("metadata.credentialMode", "INVALID_METADATA", "`credentialMode` is system, developer or hybrid");
    }
    if let Some(grants) = metadata.get("accessGrants").filter(|v| !v.is_null())
        && !grants.as_array().is_some_and(|list| list.iter().all(Value::is_object))
    {
        found.error("metadata.accessGrants", "INVALID_METADATA", "`accessGrants` is a list of { type, value }");
    }
}

fn integrations(definition: &Value, found: &mut Findings) -> Vec<Integration> {
    let declared = match definition.get("integrations") {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(list)) => list,
        Some(_) => {
            found.error("integrations", "INVALID_INTEGRATIONS", "`integrations` is a list of services");
            return Vec::new();
        }
    };
    if declared.len() > limits::INTEGRATIONS {
        found.error("integrations", "INVALID_INTEGRATIONS", format!("at most {} services can be declared", limits::INTEGRATIONS));
    }
    let mut read: Vec<Integration> = Vec::new();
    for (i, entry) in declared.iter().enumerate().take(limits::INTEGRATIONS) {
        let service = entry.as_str().or_else(|| entry.get("service").and_then(Value::as_str)).map(str::trim).filter(|s| !s.is_empty());
        let Some(service) = service else {
            found.error(format!("integrations.{i}"), "INVALID_INTEGRATIONS", "an integration is a service's name or { service, scopes?, optional? }");
            continue;
        };
        let scopes = entry.get("scopes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        let optional = entry.get("optional") == Some(&Value::Bool(true));
        match read.iter_mut().find(|i| i.service == service) {
            // Declared twice: needed if either says so.
            Some(earlier) => earlier.optional &= optional,
            None => read.push(Integration { service: service.to_owned(), scopes, optional }),
        }
    }
    read
}

fn triggers(definition: &Value, found: &mut Findings) -> Vec<DeclaredTrigger> {
    let main = match definition.get("trigger") {
        None | Some(Value::Null) => {
            found.error("trigger", "MISSING_TRIGGER", "the workflow has no trigger; add one such as `trigger: webhook({ service: 'zoom', event: 'meeting.ended' })`");
            return Vec::new();
        }
        Some(main) => main,
    };
    let extra: &[Value] = match definition.get("webhooks") {
        None | Some(Value::Null) => &[],
        Some(Value::Array(list)) => list,
        Some(_) => {
            found.error("webhooks", "INVALID_TRIGGER", "`webhooks` is a list of triggers");
            &[]
        }
    };
    if extra.len() >= limits::TRIGGERS {
        found.error("webhooks", "INVALID_TRIGGER", format!("at most {} triggers can be declared", limits::TRIGGERS));
    }
    let mut read: Vec<DeclaredTrigger> = DeclaredTrigger::read("trigger", main, found).into_iter().collect();
    for (i, declared) in extra.iter().enumerate().take(limits::TRIGGERS) {
        read.extend(DeclaredTrigger::read(&format!("webhooks.{i}"), declared, found));
    }
    read
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn codes(definition: Value, metadata: Value) -> Vec<String> {
        let mut found = Findings::default();
        Definition::read(&definition, &metadata, &mut found);
        found.errors.iter().map(|f| format!("{} {}", f.field, f.code)).collect()
    }

    #[test]
    fn a_whole_definition_is_read() {
        let mut found = Findings::default();
        let definition = Definition::read(
            &json!({
                "name": "ACME", "version": "1.2.0",
                "integrations": [{"service": "zoom", "scopes": ["meeting:read"]}, {"service": "notion", "optional": true}, "slack", "ai", {"service": "slack", "optional": true}],
                "inputs": {"crmApiKey": {"type": "text", "required": true}},
                "trigger": {"type": "webhook", "service": "zoom", "event": "meeting.ended"},
                "webhooks": [{"type": "manual"}],
            }),
            &json!({"id": "acme"}),
            &mut found,
        );
        assert_eq!(found, Findings::default());
        assert_eq!(definition.required_services().collect::<Vec<_>>(), ["zoom", "slack"]);
        assert_eq!(definition.triggers.iter().map(DeclaredTrigger::kind).collect::<Vec<_>>(), ["webhook", "manual"]);
        assert!(definition.field("crm_api_key").is_some_and(|f| f.secret && f.key == "crmApiKey"));
        assert!(definition.field("crm").is_none());
    }

    #[test]
    fn each_mistake_has_its_place_and_code() {
        assert_eq!(codes(json!({"name": "x"}), Value::Null), ["trigger MISSING_TRIGGER"]);
        let manual = json!({"type": "manual"});
        assert_eq!(codes(json!({"trigger": manual, "integrations": "zoom"}), Value::Null), ["integrations INVALID_INTEGRATIONS"]);
        assert_eq!(codes(json!({"trigger": manual, "integrations": [{"scopes": []}]}), Value::Null), ["integrations.0 INVALID_INTEGRATIONS"]);
        assert_eq!(codes(json!({"trigger": manual, "webhooks": {}}), Value::Null), ["webhooks INVALID_TRIGGER"]);
        assert_eq!(codes(json!({"trigger": manual, "webhooks": [{"type": "smoke"}]}), Value::Null), ["webhooks.0 INVALID_TRIGGER"]);
        assert_eq!(codes(json!({"trigger": manual}), json!({"visibility": "secret"})), ["metadata.visibility INVALID_VISIBILITY"]);
        assert_eq!(codes(json!({"trigger": manual}), json!({"accessGrants": "all"})), ["metadata.accessGrants INVALID_METADATA"]);
        assert_eq!(codes(json!({"trigger": manual}), json!({"credentialMode": "ours"})), ["metadata.credentialMode INVALID_METADATA"]);
        assert_eq!(codes(json!({"trigger": manual}), json!("x")), ["metadata INVALID_METADATA"]);
    }

    #[test]
    fn the_modules_metadata_wins_over_the_projects() {
        let merged = merge_metadata(&json!({"visibility": "private", "tags": ["a"]}), &json!({"tags": ["b"], "id": "x"}));
        assert_eq!(merged, json!({"visibility": "private", "tags": ["b"], "id": "x"}));
        assert_eq!(merge_metadata(&Value::Null, &Value::Null), json!({}));
    }
}
