//! What `/api/installations` reads and answers.

use std::collections::{BTreeMap, BTreeSet};

use millrace_ids::{ConnectionId, InstallationId, RunId, TenantId, TriggerId, VersionId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

use super::limits;
use super::model::{Status, masked};
use super::service::{Change, Install, Shown};
use crate::app::App;
use crate::http::ApiError;
use crate::identity::{Caller, Permission};
use crate::triggers::model::{Rules, SecretSource, Trigger, TriggerKind};
use crate::triggers::service as triggers;

/// A workflow to install.
#[derive(Debug, Deserialize, ToSchema)]
pub struct InstallRequest {
    /// The workflow: `wf_…`, or the id its module states.
    #[schema(example = "acme-meeting-processor")]
    #[serde(alias = "workflowId", alias = "workflow_id")]
    pub workflow: String,
    /// Which version: `ver_…` or a semantic version; the latest without it.
    #[serde(default)]
    pub version: Option<String>,
    /// Its name; the workflow's without it. Two installations of one workflow have two names.
    #[serde(default, alias = "instanceName", alias = "instance_name")]
    pub name: Option<String>,
    /// Whose app connections are made with, where the workflow leaves the choice (`hybrid`).
    #[serde(default, alias = "credentialSource")]
    pub credential_source: Option<CredentialSource>,
    /// Inputs by key, in snake_case or camelCase.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub config: Map<String, Value>,
    /// By service: the fields of a new connection, the id of an existing one, or the service's name for the newest existing one.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub connections: Map<String, Value>,
    /// Signing secrets by service or path, where the provider gives them out. Without one here, in the module or in the
    /// connection (`webhook_secret`), one is generated.
    #[serde(default, alias = "webhookSecrets")]
    pub webhook_secrets: BTreeMap<String, String>,
    /// The zone of schedules that name none; UTC without it.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Whether its triggers start runs at once.
    #[serde(default)]
    pub activate: bool,
}

/// Whose app connections are made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChosenCredentialSource)]
pub enum CredentialSource {
    /// The platform's.
    System,
    /// The developer's, or the organisation's own.
    Developer,
}

impl CredentialSource {
    /// The word in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
        }
    }
}

/// What to change; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ChangeRequest {
    /// Another version: `ver_…`, a semantic version, or `latest`.
    #[serde(default)]
    pub version: Option<String>,
    /// Another name.
    #[serde(default)]
    pub name: Option<String>,
    /// Inputs to set; null removes one. A masked secret sent back as it was shown stays.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub config: Map<String, Value>,
    /// Connections to set; null removes one.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub connections: Map<String, Value>,
    /// Signing secrets to set, by service, path or trigger id.
    #[serde(default)]
    pub webhook_secrets: BTreeMap<String, String>,
    /// Another zone.
    #[serde(default)]
    pub timezone: Option<String>,
}

/// An installation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstallationAnswer {
    /// Its id.
    pub id: InstallationId,
    /// The same id, under the name that tools look for.
    pub installation_id: InstallationId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: Status,
    /// Why it stands as it does, where something went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The same as a stable word: `activating`, `hook_failed`, `uninstalled` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// When it was uninstalled. What it stored is kept for thirty days from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uninstalled_at: Option<String>,
    /// The workspace whose workflow it is.
    pub publisher_id: TenantId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The id the workflow's module states.
    pub workflow: String,
    /// The version it is pinned to.
    pub version_id: VersionId,
    /// That version's semantic version.
    pub version: String,
    /// The zone of schedules that name none.
    pub timezone: String,
    /// Inputs by declared key; secrets are masked.
    #[schema(value_type = Object)]
    pub config: Map<String, Value>,
    /// Connections by service.
    pub connections: BTreeMap<String, ConnectionId>,
    /// Required services without a connection: it cannot be active without them.
    pub missing_connections: Vec<String>,
    /// Addresses to give to providers.
    pub webhooks: Vec<WebhookAnswer>,
    /// When it runs by itself.
    pub schedules: Vec<ScheduleAnswer>,
    /// Hosts that its secret inputs may be sent to.
    pub secret_hosts: BTreeSet<String>,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// An address to give to a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookAnswer {
    /// The trigger.
    pub trigger_id: TriggerId,
    /// The service that calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The path that the module names, for deliveries of no known service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The wanted event, when there is exactly one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Wanted events; empty means all.
    pub events: Vec<String>,
    /// Where to send deliveries.
    pub url: String,
    /// What deliveries are signed with: in full when we generated it, masked when its owner knows it from elsewhere.
    pub signing_secret: Option<String>,
    /// Where the signing secret comes from.
    pub secret_source: Option<SecretSource>,
    /// True when the module says that deliveries need no signature: whoever knows the address can start runs.
    pub unverified: bool,
    /// A secret that the provider announced; set it with `webhook_secrets` if it is the provider's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_secret: Option<String>,
    /// Whether deliveries start runs.
    pub active: bool,
}

/// A schedule or poll.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleAnswer {
    /// The trigger.
    pub trigger_id: TriggerId,
    /// `schedule` or `poll`.
    #[serde(rename = "type")]
    pub kind: TriggerKind,
    /// Cron expression with the inputs filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cron: Option<String>,
    /// The zone its fields are read in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Seconds between polls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_seconds: Option<i64>,
    /// Whether it starts runs.
    pub active: bool,
    /// The next time it starts one; null while it starts none. It comes within the server's window for schedules after that time.
    pub next_run_at: Option<String>,
    /// The times after that one, of a cron expression: two.
    pub following_runs_at: Vec<String>,
}

/// A run to start.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct TriggerRequest {
    /// `trigger.data`; an empty object without it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
    /// `trigger.type`, to try out a trigger; `manual` without it.
    #[serde(default, rename = "type")]
    pub kind: Option<TriggerKind>,
    /// `trigger.event`, to try out an event.
    #[serde(default)]
    pub event: Option<String>,
    /// `trigger.service`, to try out an event.
    #[serde(default)]
    pub service: Option<String>,
}

/// A started run.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriggerAnswer {
    /// The run.
    pub run_id: RunId,
    /// Whether the idempotency key was known and this is the earlier run.
    pub duplicate: bool,
}

/// How to remove an installation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RemoveQuery {
    /// Erase it at once, after the workflow's `onDelete`, instead of thirty days later.
    #[serde(default)]
    pub permanent: bool,
    /// Erase it whatever `onDelete` says.
    #[serde(default)]
    pub force: bool,
}

/// How far a removal has come.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemovalAnswer {
    /// The installation.
    pub id: InstallationId,
    /// Always `erasing`: its workflow's `onDelete` still runs.
    pub status: &'static str,
}

/// Which installations to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only in this status. Without it, all but the uninstalled ones.
    pub status: Option<Status>,
    /// Only of this workflow (`wf_…`).
    pub workflow_id: Option<WorkflowId>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items of the page, 1 to 200; 50 by default.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl From<InstallRequest> for Install {
    fn from(request: InstallRequest) -> Self {
        Self {
            workflow: request.workflow,
            version: request.version,
            name: request.name,
            credential_source: request.credential_source.map(CredentialSource::as_str),
            config: request.config,
            connections: request.connections,
            webhook_secrets: owner_secrets(request.webhook_secrets),
            timezone: request.timezone,
            activate: request.activate,
        }
    }
}

impl From<ChangeRequest> for Change {
    fn from(request: ChangeRequest) -> Self {
        Self {
            version: request.version,
            name: request.name,
            config: request.config,
            connections: request.connections,
            webhook_secrets: owner_secrets(request.webhook_secrets),
            timezone: request.timezone,
            ..Self::default()
        }
    }
}

fn owner_secrets(given: BTreeMap<String, String>) -> BTreeMap<String, Zeroizing<String>> {
    given.into_iter().map(|(name, secret)| (name, Zeroizing::new(secret))).collect()
}

/// How much of secrets an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// Signing secrets that we generated in full, everything else masked.
    Full,
    /// The last four characters.
    Masked,
    /// That there is one.
    Nothing,
}

impl Sight {
    /// What this caller may see, at most `most`.
    pub(super) fn of(caller: &Caller, most: Self) -> Self {
        if caller.may(Permission::InstallationsWrite) { most } else { Self::Nothing }
    }

    /// A secret as this sight shows it.
    fn shows(self, secret: &str, own: bool) -> String {
        match self {
            Self::Full if own => secret.to_owned(),
            Self::Full | Self::Masked => masked(secret),
            Self::Nothing => masked(""),
        }
    }
}

/// An installation as this sight shows it.
pub(super) fn answer(app: &App, shown: &Shown, sight: Sight) -> Result<InstallationAnswer, ApiError> {
    let installation = &shown.whole.installation;
    let mut config = installation.config.clone();
    let hidden = masked("");
    let text = |shown: &'_ String| if sight == Sight::Nothing { hidden.clone() } else { shown.clone() };
    config.extend(shown.masked.iter().map(|(key, shown)| (key.clone(), Value::from(text(shown)))));
    let webhooks = shown.whole.triggers.iter().filter(|t| t.kind == TriggerKind::Webhook);
    Ok(InstallationAnswer {
        id: installation.id.clone(),
        installation_id: installation.id.clone(),
        name: installation.name.clone(),
        status: installation.status,
        problem: installation.problem.clone(),
        status_reason: installation.status_reason.clone(),
        uninstalled_at: installation.uninstalled_at.map(|at| at.to_string()),
        publisher_id: installation.publisher.clone(),
        workflow_id: installation.workflow.clone(),
        workflow: shown.version.slug.clone(),
        version_id: installation.version.clone(),
        version: shown.version.version.clone(),
        timezone: installation.timezone.clone(),
        config,
        connections: shown.whole.links.clone(),
        missing_connections: shown.missing.clone(),
        webhooks: webhooks.map(|t| webhook(app, t, sight)).collect::<Result<_, _>>()?,
        schedules: shown.whole.triggers.iter().filter_map(schedule).collect(),
        secret_hosts: shown.secret_hosts.clone(),
        created_at: installation.created_at.to_string(),
        updated_at: installation.updated_at.to_string(),
    })
}

fn webhook(app: &App, trigger: &Trigger, sight: Sight) -> Result<WebhookAnswer, ApiError> {
    let open = triggers::secrets(app, trigger)?;
    let own = trigger.secret_source == Some(SecretSource::Generated);
    let events = trigger.events();
    Ok(WebhookAnswer {
        trigger_id: trigger.id.clone(),
        service: trigger.service.clone(),
        path: trigger.path.clone(),
        event: if let [only] = events.as_slice() { Some(only.clone()) } else { None },
        events,
        url: format!("{}/api/webhooks/{}", app.config.public_url(), trigger.id),
        signing_secret: open.signing.map(|s| sight.shows(&s, own)),
        secret_source: trigger.secret_source,
        unverified: !trigger.verified,
        pending_secret: open.pending.map(|s| sight.shows(&s, true)),
        active: trigger.active,
    })
}

fn schedule(trigger: &Trigger) -> Option<ScheduleAnswer> {
    let (cron, timezone, every_seconds) = match &trigger.rules {
        Rules::Schedule { cron, timezone, .. } => (Some(cron.clone()), Some(timezone.clone()), None),
        Rules::Poll { every_s } => (None, None, Some(*every_s)),
        Rules::Webhook { .. } | Rules::Manual => return None,
    };
    let mut slots = trigger.next_slots(limits::SLOTS_SHOWN).into_iter().map(|at| at.to_string());
    Some(ScheduleAnswer { trigger_id: trigger.id.clone(), kind: trigger.kind, cron, timezone, every_seconds, active: trigger.active, next_run_at: slots.next(), following_runs_at: slots.collect() })
}
