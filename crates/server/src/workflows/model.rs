//! A workflow, its versions, and what a version can do.

use std::sync::Arc;

use millrace_bundle::Bundle;
use millrace_clock::Timestamp;
use millrace_ids::{VersionId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::declared_trigger::DeclaredTrigger;
use super::definition::Definition;
use super::finding::Finding;
use super::input::InputSummary;

/// A workflow: the thing that is deployed again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// Its id.
    pub id: WorkflowId,
    /// The id its module states; unique in the tenant.
    pub slug: String,
    /// The name of its newest version.
    pub name: String,
    /// One sentence of its newest version.
    pub description: String,
    /// The version that new installations get.
    pub latest: VersionId,
    /// When it was first deployed.
    pub created_at: Timestamp,
    /// When it was last deployed.
    pub updated_at: Timestamp,
}

/// One immutable version, as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Its id.
    pub id: VersionId,
    /// Which workflow's.
    pub workflow: WorkflowId,
    /// Counts deploys from 1.
    pub number: i64,
    /// The author's semantic version.
    pub version: String,
    /// The export it is: `default` or a name.
    pub export: String,
    /// Content hash of its bundle.
    pub bundle_hash: String,
    /// The data part of the definition.
    pub definition: Value,
    /// The data part of the metadata.
    pub metadata: Value,
    /// Hosts of the addresses written in its source.
    pub hosts: Vec<String>,
    /// What the deploy had to say.
    pub warnings: Vec<Finding>,
    /// Where it stands in the marketplace.
    pub state: VersionState,
    /// What its author says of it.
    pub notes: Option<String>,
    /// Whether what was published before it is broken by it.
    pub is_breaking: bool,
    /// What it breaks, in a sentence.
    pub breaking_description: Option<String>,
    /// Paths of its module's functions; nothing for a version that nobody asked yet.
    pub functions: Option<Vec<String>>,
    /// The number of the version whose content it repeats.
    pub restored_from: Option<i64>,
    /// Who deployed it: a person, an API key or `system`.
    pub created_by: Option<String>,
    /// Who published it.
    pub published_by: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// When it was deprecated.
    pub deprecated_at: Option<Timestamp>,
    /// Why it was deprecated.
    pub deprecation_reason: Option<String>,
    /// When it was deployed.
    pub created_at: Timestamp,
}

/// Where a version stands in the marketplace. Its own workspace runs it in any state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Only its own workspace has it.
    Draft,
    /// It waits for the operator's review.
    Pending,
    /// The operator lets it be published.
    Approved,
    /// The operator does not.
    Rejected,
    /// It is, or was, what new installations get.
    Published,
    /// Not offered any more; where it is installed it goes on.
    Deprecated,
}

impl VersionState {
    /// The word in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Published => "published",
            Self::Deprecated => "deprecated",
        }
    }
}

impl std::str::FromStr for VersionState {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Draft, Self::Pending, Self::Approved, Self::Rejected, Self::Published, Self::Deprecated];
        all.into_iter().find(|state| state.as_str() == text).ok_or_else(|| format!("`{text}` is no state of a version"))
    }
}

/// The path under which the sandbox finds a function of an export.
fn handler(export: &str, function: &str) -> String {
    if export == super::inspect::DEFAULT_EXPORT { function.to_owned() } else { format!("{export}.{function}") }
}

impl Version {
    /// Whether the module has this function, for example `onEnable`. The module's `metadata` speaks for its default export.
    pub fn has(&self, function: &str) -> bool {
        let path = handler(&self.export, function);
        self.functions.as_ref().is_some_and(|all| all.contains(&path))
    }
}

/// A version in memory, ready to run.
#[derive(Debug)]
pub struct LoadedVersion {
    /// Its id.
    pub id: VersionId,
    /// Which workflow's.
    pub workflow: WorkflowId,
    /// The id its workflow's module states.
    pub slug: String,
    /// The author's semantic version.
    pub version: String,
    /// The export to run: `default` or a name.
    pub export: String,
    /// What the sandbox runs.
    pub program: Arc<millrace_sandbox::Program>,
    /// The modules with sources and maps, for stack traces.
    pub bundle: Arc<Bundle>,
    /// The definition as the product understands it.
    pub definition: Arc<Definition>,
    /// The data part of the metadata.
    pub metadata: Value,
    /// Hosts of the addresses written in its source.
    pub hosts: Vec<String>,
    /// Paths of its module's functions: see [`LoadedVersion::has`].
    pub functions: Vec<String>,
}

/// A version as lists show it: without its code.
#[derive(Debug, Clone)]
pub struct VersionCard {
    /// The id its workflow's module states.
    pub slug: String,
    /// The author's semantic version.
    pub version: String,
    /// The definition as the product understands it.
    pub definition: Arc<Definition>,
    /// Hosts of the addresses written in its source.
    pub hosts: Vec<String>,
}

impl From<&LoadedVersion> for VersionCard {
    fn from(v: &LoadedVersion) -> Self {
        Self { slug: v.slug.clone(), version: v.version.clone(), definition: Arc::clone(&v.definition), hosts: v.hosts.clone() }
    }
}

impl LoadedVersion {
    /// The path under which the sandbox finds one of this version's functions: `execute`, `second.onError`.
    pub fn handler(&self, function: &str) -> String {
        handler(&self.export, function)
    }

    /// Whether the module has this function: `onEnable`, `validateConfig`, `metadata.migration.script`. A version from before this
    /// was noted has none, until the same content is deployed again.
    pub fn has(&self, function: &str) -> bool {
        self.functions.contains(&self.handler(function))
    }
}

/// What a version asks for, told before anybody installs it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Capabilities {
    /// Hosts of the addresses written in its source.
    pub hosts: Vec<String>,
    /// Services it uses.
    pub services: Vec<ServiceNeed>,
    /// What starts it.
    pub triggers: Vec<TriggerSummary>,
    /// What an installer fills in.
    pub inputs: Vec<InputSummary>,
}

/// A service that a version uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ServiceNeed {
    /// The service as declared.
    pub service: String,
    /// Scopes as declared.
    pub scopes: Vec<String>,
    /// Whether a run can do without it.
    pub optional: bool,
    /// Whether this server has a connector for it.
    pub available: bool,
}

/// A declared trigger in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TriggerSummary {
    /// `webhook`, `schedule`, `manual` or `poll`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The service that calls or is polled.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service: Option<String>,
    /// The path of a webhook of no known service.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
    /// Wanted events; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub events: Vec<String>,
    /// Cron expression as declared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cron: Option<String>,
    /// Time zone as declared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timezone: Option<String>,
    /// Interval as declared: seconds, or text that waits for inputs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub interval: Option<String>,
}

impl Capabilities {
    /// What a definition asks for. `available` says whether there is a connector for a service.
    pub fn of(definition: &Definition, hosts: &[String], available: impl Fn(&str) -> bool) -> Self {
        let need = |i: &super::definition::Integration| ServiceNeed {
            service: i.service.clone(),
            scopes: i.scopes.clone(),
            optional: i.optional,
            available: available(&i.service),
        };
        Self {
            hosts: hosts.to_vec(),
            services: definition.integrations.iter().map(need).collect(),
            triggers: definition.triggers.iter().map(TriggerSummary::of).collect(),
            inputs: definition.fields.iter().map(|field| InputSummary::of(definition, field)).collect(),
        }
    }
}

impl TriggerSummary {
    fn of(trigger: &DeclaredTrigger) -> Self {
        let mut summary = Self {
            kind: trigger.kind().to_owned(),
            service: None,
            path: None,
            events: Vec::new(),
            cron: None,
            timezone: None,
            interval: None,
        };
        match trigger {
            DeclaredTrigger::Webhook(hook) => {
                (summary.service, summary.path, summary.events) = (hook.service.clone(), hook.path.clone(), hook.events.clone());
            }
            DeclaredTrigger::Schedule { cron, timezone, .. } => {
                (summary.cron, summary.timezone) = (Some(cron.clone()), timezone.clone());
            }
            DeclaredTrigger::Poll { service, interval } => {
                summary.service = service.clone();
                summary.interval = Some(match interval {
                    super::declared_trigger::Interval::Seconds(s) => s.to_string(),
                    super::declared_trigger::Interval::Template(text) => text.clone(),
                });
            }
            DeclaredTrigger::Manual => {}
        }
        summary
    }
}
