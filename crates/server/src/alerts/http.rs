//! `/api/workflows/{id}/alerts`: the rules that a workspace has about a workflow's runs.

use axum::extract::State;
use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_ids::{AlertChannelId, AlertId, WorkflowId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::condition::spanned;
use super::draft::{ChangeAlert, NewAlert};
use super::service::{self, About, Shown};
use crate::analytics;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem};
use crate::identity::{May, need};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(show, change, remove))
}

/// A rule about a workflow's runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AlertAnswer {
    /// The rule.
    id: AlertId,
    /// About which workflow.
    workflow_id: WorkflowId,
    /// What it is called.
    name: String,
    /// `all`: about the runs of all organisations. `own`: about this workspace's.
    scope: &'static str,
    /// `module`: stated in `metadata.alerts`. `api`: set by somebody.
    source: &'static str,
    /// When it fires.
    condition: String,
    /// The runs of how long count.
    window: String,
    /// Runs without which a rate or a mean says nothing.
    min_runs: i64,
    /// How long it rests after it was resolved.
    cooldown: String,
    /// Whether it is looked at.
    enabled: bool,
    /// `firing` or `resolved`.
    state: &'static str,
    /// What was found when the state changed last.
    value: Option<String>,
    /// When the state changed last; null: it never fired.
    changed_at: Option<String>,
    /// When it was last looked at.
    looked_at: Option<String>,
    /// Where it is told.
    channels: Vec<ChannelAnswer>,
    /// When it was made.
    created_at: String,
    /// When it was changed last.
    updated_at: String,
}

/// Where an alert is told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertChannelAnswer)]
pub(crate) struct ChannelAnswer {
    /// The channel.
    id: AlertChannelId,
    /// `email`, `webhook` or `slack`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The host of its address; the address itself is not shown.
    host: Option<String>,
    /// With which requests of a webhook are signed. Shown once, when the channel is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// When a message last arrived there.
    delivered_at: Option<String>,
    /// Why the last attempt failed; null: it did not.
    error: Option<String>,
}

impl From<Shown> for AlertAnswer {
    fn from(shown: Shown) -> Self {
        let Shown { rule, channels, secrets } = shown;
        let (set, text) = (rule.settings, |at: Timestamp| at.to_string());
        let channel = |one: super::model::Channel| ChannelAnswer {
            secret: secrets.get(&one.id).map(|secret| secret.to_string()),
            id: one.id,
            kind: one.kind.as_str(),
            host: one.host,
            delivered_at: one.delivered_at.map(text),
            error: one.error,
        };
        Self {
            id: rule.id,
            workflow_id: rule.workflow,
            name: set.name,
            scope: if rule.everywhere { "all" } else { "own" },
            source: rule.source.as_str(),
            condition: set.condition.to_string(),
            window: spanned(set.window),
            min_runs: set.min_runs,
            cooldown: spanned(set.cooldown),
            enabled: set.enabled,
            state: rule.state.as_str(),
            value: rule.value.map(|value| set.condition.metric.shown(value)),
            changed_at: rule.changed_at.map(text),
            looked_at: rule.looked_at.map(text),
            channels: channels.into_iter().map(channel).collect(),
            created_at: text(rule.created_at),
            updated_at: text(rule.updated_at),
        }
    }
}

/// List the alerts of a workflow
///
/// Those of the caller's workspace, newest first. The workspace that wrote the workflow has rules about the runs of all
/// organisations, one that installed it about its own.
#[utoipa::path(get, path = "/api/workflows/{id}/alerts", tag = "analytics", operation_id = "list_alerts", params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, description = "All of them", body = Page<AlertAnswer>), (status = 404, description = "Neither written nor installed by this workspace", body = Problem)))]
async fn list(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<String>) -> Result<Json<Page<AlertAnswer>>, ApiError> {
    let seen = analytics::find(&app, &caller, &id).await?;
    let about = About { tenant: &caller.tenant, workflow: &seen.workflow, is_publisher: seen.is_developer };
    let found = service::list(&app, &about).await?;
    Ok(Json(Page { data: found.into_iter().map(AlertAnswer::from).collect(), next_cursor: None }))
}

/// Set an alert
///
/// Looked at each minute. It is told when it begins to hold and when it does not any more, and nothing in between.
#[utoipa::path(post, path = "/api/workflows/{id}/alerts", tag = "analytics", operation_id = "create_alert", request_body = NewAlert,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 201, description = "Set; signing secrets of webhooks are shown this once", body = AlertAnswer), (status = 400, description = "`INVALID_ALERT`, `TOO_MANY_ALERTS`", body = Problem),
        (status = 404, description = "Neither written nor installed by this workspace", body = Problem)))]
async fn create(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<String>, Json(body): Json<NewAlert>) -> Result<(StatusCode, Json<AlertAnswer>), ApiError> {
    let seen = analytics::find(&app, &caller, &id).await?;
    let about = About { tenant: &caller.tenant, workflow: &seen.workflow, is_publisher: seen.is_developer };
    Ok((StatusCode::CREATED, Json(service::create(&app, &about, &caller.by, &body).await?.into())))
}

/// Show an alert
#[utoipa::path(get, path = "/api/workflows/{id}/alerts/{alert}", tag = "analytics", operation_id = "show_alert",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("alert" = String, Path, description = "`alrt_…`")),
    responses((status = 200, description = "The rule and its state", body = AlertAnswer), (status = 404, description = "No such alert of this workspace", body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::RunsRead>, Path((id, alert)): Path<(String, AlertId)>) -> Result<Json<AlertAnswer>, ApiError> {
    let seen = analytics::find(&app, &caller, &id).await?;
    let about = About { tenant: &caller.tenant, workflow: &seen.workflow, is_publisher: seen.is_developer };
    Ok(Json(service::get(&app, &about, &alert).await?.into()))
}

/// Change an alert
///
/// `channels` replaces all of them; those named by `id` stay. Of one that a module states, only channels, rest and `enabled` change.
#[utoipa::path(patch, path = "/api/workflows/{id}/alerts/{alert}", tag = "analytics", operation_id = "change_alert", request_body = ChangeAlert,
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("alert" = String, Path, description = "`alrt_…`")),
    responses((status = 200, description = "As it is now", body = AlertAnswer), (status = 400, description = "`INVALID_ALERT`", body = Problem), (status = 404, description = "No such alert of this workspace", body = Problem)))]
async fn change(State(app): State<App>, caller: May<need::InstallationsWrite>, Path((id, alert)): Path<(String, AlertId)>, Json(body): Json<ChangeAlert>) -> Result<Json<AlertAnswer>, ApiError> {
    let seen = analytics::find(&app, &caller, &id).await?;
    let about = About { tenant: &caller.tenant, workflow: &seen.workflow, is_publisher: seen.is_developer };
    Ok(Json(service::change(&app, &about, &caller.by, &alert, &body).await?.into()))
}

/// Remove an alert
#[utoipa::path(delete, path = "/api/workflows/{id}/alerts/{alert}", tag = "analytics", operation_id = "remove_alert",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("alert" = String, Path, description = "`alrt_…`")),
    responses((status = 204, description = "Gone"), (status = 404, description = "No such alert of this workspace", body = Problem), (status = 409, description = "`ALERT_DECLARED`", body = Problem)))]
async fn remove(State(app): State<App>, caller: May<need::InstallationsWrite>, Path((id, alert)): Path<(String, AlertId)>) -> Result<StatusCode, ApiError> {
    let seen = analytics::find(&app, &caller, &id).await?;
    let about = About { tenant: &caller.tenant, workflow: &seen.workflow, is_publisher: seen.is_developer };
    service::remove(&app, &about, &caller.by, &alert).await?;
    Ok(StatusCode::NO_CONTENT)
}
