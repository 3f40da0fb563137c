//! The audit log of one workflow (spec marketplace §11): the rows of the caller's own log that are about the workflow or about its
//! installations. It is a view: the log itself, its chain and its signatures are the workspace's.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use millrace_clock::Timestamp;
use millrace_db::{DbError, Sql, TenantDb, sql};
use millrace_ids::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::list::{self, AuditRow};
use super::record::record_read;
use super::{Action, limits, store};
use crate::analytics::{self, AuditDeclared};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{May, need};

/// What events are, by the nouns of actions.
macro_rules! rows {
    ($ids:literal) => {
        concat!(
            "SELECT * FROM audit_log WHERE tenant_id = $1 AND seq < $2 AND resource_id ", $ids, " AND at >= $4 AND at < $5 AND ($6 IS NULL OR actor_id = $6) \
               AND ($7 IS NULL OR $7 = CASE WHEN action = 'run.ended' THEN 'execute' WHEN action LIKE 'grant.%' OR action LIKE 'access%' THEN 'access_grant' ELSE 'config_change' END) \
               ORDER BY seq DESC LIMIT $8"
        )
    };
}
const ROWS: Sql = Sql::pair(rows!("IN (SELECT value FROM json_each($3))"), rows!("= ANY(ARRAY(SELECT json_array_elements_text($3::json)))"));
/// What its rows are about besides the workflow itself.
const ABOUT: &str = "SELECT id FROM installations WHERE tenant_id = $1 AND workflow_id = $2 UNION ALL SELECT id FROM workflow_access_grants WHERE integration_id = $2";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_rows)).routes(routes!(export_rows))
}

/// Which rows to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct WorkflowAuditQuery {
    /// `execute`, `config_change` or `access_grant`.
    event: Option<String>,
    /// Only by this user or API key.
    actor: Option<String>,
    /// Only at or after this instant (RFC 3339); as far back as the workflow's retention unless told.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only before this instant (RFC 3339).
    #[param(format = DateTime)]
    to: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Which rows to export.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct WorkflowAuditExport {
    /// `execute`, `config_change` or `access_grant`.
    event: Option<String>,
    /// Only by this user or API key.
    actor: Option<String>,
    /// Only at or after this instant (RFC 3339); as far back as the workflow's retention unless told.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only before this instant (RFC 3339).
    #[param(format = DateTime)]
    to: Option<String>,
}

/// A row of a workflow's audit log.
#[derive(Debug, Serialize, ToSchema)]
struct WorkflowAuditRow {
    /// `execute`: a run ended. `config_change`: the workflow or an installation was changed. `access_grant`: who may use it.
    event: &'static str,
    /// The row of the workspace's log, with its hash.
    #[serde(flatten)]
    row: AuditRow,
}

/// What is meant by the caller.
struct Meant {
    tenant: TenantId,
    /// JSON list of ids.
    ids: String,
    event: Option<String>,
    actor: Option<String>,
    from: Timestamp,
    to: Timestamp,
}

impl Meant {
    async fn read(app: &App, caller: &May<need::AuditRead>, workflow: &str, query: &WorkflowAuditExport) -> Result<Self, ApiError> {
        let seen = analytics::find(app, caller, workflow).await?;
        if query.event.as_deref().is_some_and(|event| !["execute", "config_change", "access_grant"].contains(&event)) {
            return Err(ApiError::invalid("INVALID_QUERY", "`event` is `execute`, `config_change` or `access_grant`.").with_field("event", "INVALID_VALUE", "is no event of this log"));
        }
        let kept = AuditDeclared::read(&seen.metadata).retention.start(app.clock.now());
        let instant = |name: &str, text: &Option<String>| {
            let wrong = |_| ApiError::invalid("INVALID_QUERY", format!("`{name}` is not an RFC 3339 instant.")).with_field(name, "INVALID_VALUE", "such as 2026-01-15T09:30:00Z");
            text.as_deref().map(|text| Timestamp::parse(text).map_err(wrong)).transpose()
        };
        let (from, to) = (instant("from", &query.from)?, instant("to", &query.to)?);
        let mut tx = app.of(&caller.tenant).read().await?;
        let rows = tx.all(sql(ABOUT).bind(caller.tenant.as_str()).bind(seen.workflow.as_str())).await?;
        let mut ids = rows.iter().map(|row| row.get::<String>("id")).collect::<Result<Vec<_>, _>>()?;
        ids.push(seen.workflow.to_string());
        Ok(Self {
            tenant: caller.tenant.clone(),
            ids: json!(ids).to_string(),
            event: query.event.clone(),
            actor: query.actor.clone(),
            from: from.unwrap_or(kept).max(kept),
            to: to.unwrap_or(Timestamp::from_micros(i64::MAX)),
        })
    }

    async fn rows(&self, db: &TenantDb, before: Option<u64>, limit: u32) -> Result<Vec<WorkflowAuditRow>, DbError> {
        let query = sql(ROWS)
            .bind(self.tenant.as_str())
            .bind(before.map_or(i64::MAX, store::stored))
            .bind(&self.ids)
            .bind(self.from)
            .bind(self.to)
            .bind(self.actor.clone())
            .bind(self.event.clone())
            .bind(limit);
        let read = |row: &millrace_db::Row| {
            let row = list::answer(row)?;
            Ok(WorkflowAuditRow { event: event_of(row.action()), row })
        };
        db.read().await?.all(query).await?.iter().map(read).collect()
    }
}

/// The event that an action is. As the statement has it.
fn event_of(action: &str) -> &'static str {
    match action {
        "run.ended" => "execute",
        action if action.starts_with("grant.") || action.starts_with("access") => "access_grant",
        _ => "config_change",
    }
}

/// List what happened to a workflow, newest first
///
/// Of this workspace: changes of the workflow and of its installations, who was given access, and, where its module asks for it
/// (`metadata.audit`), the end of each run. For owners and admins.
#[utoipa::path(get, path = "/api/workflows/{id}/audit", tag = "analytics", operation_id = "list_workflow_audit",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), WorkflowAuditQuery),
    responses((status = 200, description = "A page", body = Page<WorkflowAuditRow>), (status = 400, description = "A filter makes no sense", body = Problem),
        (status = 403, description = "Neither owner nor admin", body = Problem), (status = 404, description = "Neither written nor installed by this workspace", body = Problem)))]
async fn list_rows(State(app): State<App>, caller: May<need::AuditRead>, Path(id): Path<String>, Query(query): Query<WorkflowAuditQuery>) -> Result<Json<Page<WorkflowAuditRow>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before = page_cursor::<u64>(query.cursor.as_deref())?;
    let asked = WorkflowAuditExport { event: query.event, actor: query.actor, from: query.from, to: query.to };
    let meant = Meant::read(&app, &caller, &id, &asked).await?;
    let rows = meant.rows(&app.of(&caller.tenant), before, limit + 1).await?;
    record_read(&app, Some(&caller.tenant), &caller.by, Action::AuditRead, "audit_log", json!({ "workflow": id })).await?;
    Ok(Json(Page::from_overfull(rows, limit, |one| one.row.seq.to_string())))
}

/// Export what happened to a workflow
///
/// A line of JSON for each row, newest first, with its place and hash in the workspace's chain. What proves itself is the
/// workspace's signed export, `GET /api/v1/audit/export`. For owners and admins.
#[utoipa::path(get, path = "/api/workflows/{id}/audit/export", tag = "analytics", operation_id = "export_workflow_audit",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), WorkflowAuditExport),
    responses((status = 200, description = "The rows", body = String, content_type = "application/x-ndjson"), (status = 400, description = "A filter makes no sense", body = Problem),
        (status = 403, description = "Neither owner nor admin", body = Problem), (status = 404, description = "Neither written nor installed by this workspace", body = Problem)))]
async fn export_rows(State(app): State<App>, caller: May<need::AuditRead>, Path(id): Path<String>, Query(query): Query<WorkflowAuditExport>) -> Result<Response, ApiError> {
    let meant = Meant::read(&app, &caller, &id, &query).await?;
    record_read(&app, Some(&caller.tenant), &caller.by, Action::AuditExported, "audit_log", json!({ "workflow": id })).await?;
    let (sender, receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(4);
    tokio::spawn(async move {
        let mut before = None;
        loop {
            // A failure half-way breaks the answer off.
            let rows = match meant.rows(&app.of(&meant.tenant), before, limits::BATCH).await {
                Ok(rows) => rows,
                Err(error) => return drop(sender.send(Err(std::io::Error::other(error))).await),
            };
            let text: String = rows.iter().filter_map(|row| serde_json::to_string(row).ok()).map(|line| line + "\n").collect();
            before = rows.last().map(|row| row.row.seq);
            if sender.send(Ok(Bytes::from(text))).await.is_err() || rows.len() < limits::BATCH as usize {
                return;
            }
        }
    });
    let mut response = Body::from_stream(ReceiverStream::new(receiver)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}
