//! Installations: a workflow at work in a workspace.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_ids::{ConnectionId, InstallationId, TenantId, TriggerId, UserId, VersionId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::triggers::model::TriggerKind;
use crate::variables::model::{Seen, Variable};
use crate::workflows::LoadedVersion;
use crate::workflows::definition::Definition;

pub use super::check::{ConfigProblem, by_declared_key, check};
pub use super::deliver::{deliver_inputs, hosts_of, template_inputs, template_inputs_with_secrets};

/// Where an installation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = InstallationStatus)]
pub enum Status {
    /// Configured, not yet active: nothing starts runs.
    Installed,
    /// Its triggers start runs.
    Active,
    /// Stopped by a person.
    Paused,
    /// Stopped because something it needs is missing; `problem` says what.
    Error,
    /// Its workflow's `onEnable` runs; when it ends well, the installation is active.
    Activating,
    /// Removed: nothing starts runs any more. Its data is kept for a while, then erased.
    Uninstalled,
}

impl Status {
    /// The word in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Error => "error",
            Self::Activating => "activating",
            Self::Uninstalled => "uninstalled",
        }
    }

    /// The word in the column `status`, which the version before reads as well. The two that it does not know follow from other
    /// columns, and the column stays as it is.
    pub(super) const fn stored(self) -> Option<&'static str> {
        match self {
            Self::Activating | Self::Uninstalled => None,
            known => Some(known.as_str()),
        }
    }

    /// Whether it must be complete: its triggers start runs, or are about to.
    pub const fn is_complete(self) -> bool {
        matches!(self, Self::Active | Self::Activating)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Status {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Installed, Self::Active, Self::Paused, Self::Error, Self::Activating, Self::Uninstalled];
        all.into_iter().find(|s| s.as_str() == text).ok_or_else(|| format!("`{text}` is not a status of an installation"))
    }
}

/// An installation as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// Whose workflow it is: the installation's own workspace, or another one that shares it.
    pub publisher: TenantId,
    /// The version it is pinned to.
    pub version: VersionId,
    /// Its name, the workflow's unless somebody chose another.
    pub name: String,
    /// Where it stands.
    pub status: Status,
    /// Why it stands as it does, in a sentence, where something went wrong.
    pub problem: Option<String>,
    /// Why it stands as it does, as a stable word: `activating`, `hook_failed`, `uninstalled`, `access_revoked` …
    pub status_reason: Option<String>,
    /// When it was uninstalled.
    pub uninstalled_at: Option<Timestamp>,
    /// Access that an older visibility gave stays.
    pub grandfathered: bool,
    /// The zone of schedules that name none.
    pub timezone: String,
    /// Plain inputs by declared key.
    pub config: Map<String, Value>,
    /// Secret inputs that have a value.
    pub secret_names: BTreeSet<String>,
    /// Their values, sealed together.
    pub secrets: Option<String>,
    /// Every change adds one and names the one it read.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Secret inputs by declared key.
pub type Secrets = BTreeMap<String, Zeroizing<String>>;

/// Divides a configuration into what may be shown and what is sealed. Empty secrets are none.
pub fn split(definition: &Definition, config: Map<String, Value>) -> (Map<String, Value>, Secrets) {
    let mut plain = Map::new();
    let mut secrets = Secrets::new();
    for (key, value) in config {
        let secret = definition.field(&key).is_some_and(|f| f.secret);
        match value {
            Value::Null => {}
            Value::String(text) if secret => {
                if !text.is_empty() {
                    secrets.insert(key, Zeroizing::new(text));
                }
            }
            value => {
                plain.insert(key, value);
            }
        }
    }
    (plain, secrets)
}

/// Plain and secret values together again, for checks.
pub fn joined(plain: &Map<String, Value>, secrets: &Secrets) -> Map<String, Value> {
    let mut config = plain.clone();
    for (key, secret) in secrets {
        config.insert(key.clone(), Value::String(secret.to_string()));
    }
    config
}

/// Lays values that somebody gives on a configuration: null removes one, a secret that comes back as it was shown stays what it is.
///
/// # Errors
/// Keys that the definition does not declare, or that are given twice.
pub fn lay(definition: &Definition, config: &mut Map<String, Value>, given: &Map<String, Value>) -> Result<(), Vec<ConfigProblem>> {
    for (key, value) in by_declared_key(definition, given)? {
        let is_secret = definition.field(&key).is_some_and(|field| field.secret);
        let held = config.get(&key).and_then(Value::as_str).filter(|_| is_secret);
        let is_untouched = held.zip(value.as_str()).is_some_and(|(held, shown)| masked(held) == shown);
        if value.is_null() {
            config.remove(&key);
        } else if !is_untouched {
            config.insert(key, value);
        }
    }
    Ok(())
}

/// What an owner may see of a secret: `••••` and the last four characters, or nothing of a short one.
pub fn masked(secret: &str) -> String {
    let length = secret.chars().count();
    if length < super::limits::SHOW_LAST_FROM {
        return "••••".to_owned();
    }
    let last: String = secret.chars().skip(length - 4).collect();
    format!("••••{last}")
}

/// An installation as a run needs it; at most a second old.
#[derive(Debug, Clone)]
pub struct InstallationSnapshot {
    /// Its id.
    pub id: InstallationId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// Whose workflow it is.
    pub publisher: TenantId,
    /// Why its runs may not begin or go on, if so; a second old at most.
    pub denied: Option<crate::access::Denied>,
    /// The version it is pinned to now; a run in flight keeps its own.
    pub version_id: VersionId,
    /// The version it is pinned to now, loaded.
    pub version: Arc<LoadedVersion>,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: Status,
    /// Which revision `config`, `secret_names`, `connections` and `variables` are of.
    pub revision: i64,
    /// The zone of schedules that name none.
    pub timezone: String,
    /// Plain inputs by declared key, without defaults.
    pub config: Map<String, Value>,
    /// Secret inputs that have a value.
    pub secret_names: BTreeSet<String>,
    /// Connections by service as declared.
    pub connections: BTreeMap<String, ConnectionId>,
    /// Services whose connection must not be used, and why: another client made it than the one that the workflow uses.
    pub refused: BTreeMap<String, crate::oauth_apps::Refusal>,
    /// The workflow's variables as runs see them.
    pub variables: Seen,
    /// The person who installed it; none: an API key did.
    pub installer: Option<UserId>,
    /// What starts its runs.
    pub triggers: Vec<SnapshotTrigger>,
    /// Hosts that its secret inputs may be sent to: those of addresses in its configuration and in the module's source,
    /// and those of its connectors (which may begin with `*.`). Lower case, without port.
    pub secret_hosts: BTreeSet<String>,
    /// Hosts that the secrets among its variables may be sent to: those of addresses that the developer wrote, in the module's
    /// source or in a variable. Not those of the configuration, which is somebody else's.
    pub variable_hosts: BTreeSet<String>,
    pub(super) sealed: Option<String>,
    /// The workflow's variables as they are now, whatever the revision.
    pub(super) present_variables: Vec<Variable>,
}

/// A trigger in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotTrigger {
    /// Its id.
    pub id: TriggerId,
    /// What kind.
    pub kind: TriggerKind,
    /// The service that calls or is polled.
    pub service: Option<String>,
    /// The path of a webhook of no known service.
    pub path: Option<String>,
}

impl InstallationSnapshot {
    /// `inputs` as a run gets them: defaults, both spellings, and what `placeholder` answers for each secret.
    pub fn inputs(&self, definition: &Definition, placeholder: &dyn Fn(&str) -> String) -> Map<String, Value> {
        deliver_inputs(definition, &self.config, &self.secret_names, placeholder)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workflows::finding::Findings;
    use serde_json::json;

    #[test]
    fn secrets_are_divided_from_the_rest() {
        let definition = json!({"name": "t", "trigger": {"type": "manual"}, "inputs": {"apiKey": {"type": "text"}, "token": {"type": "text"}, "n": {"type": "number"}}});
        let definition = Definition::read(&definition, &Value::Null, &mut Findings::default());
        let config = json!({"apiKey": "k", "token": "", "n": 3});
        let (plain, secrets) = split(&definition, config.as_object().unwrap().clone());
        assert_eq!(Value::Object(plain.clone()), json!({"n": 3}));
        assert_eq!(secrets.keys().collect::<Vec<_>>(), ["apiKey"]);
        assert_eq!(Value::Object(joined(&plain, &secrets)), json!({"n": 3, "apiKey": "k"}));
    }

    #[test]
    fn little_of_a_secret_is_shown() {
        assert_eq!(masked("sk_live_1234567890"), "••••7890");
        assert_eq!(masked("hunter2"), "••••");
        assert_eq!(masked("ääääääääääöüß!"), "••••öüß!");
    }
}
