//! What requests ask of a log, read and checked: one reader for a workspace's log and the installation's.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use millrace_clock::Timestamp;
use millrace_ids::TenantId;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::IntoParams;

use super::export::{self, Range};
use super::limits;
use super::list::{self, AuditRow, Filter};
use super::record::{chain, record_read};
use super::Action;
use crate::app::App;
use crate::http::{ApiError, Json, Page, page_cursor, page_limit};
use crate::identity::Actor;
use crate::rate_limits::Rule;

/// Which rows to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Only by this user or API key.
    actor: Option<String>,
    /// Only this action (`workflow.deployed`), or all of a noun (`workflow`).
    action: Option<String>,
    /// Only about this kind of thing.
    resource_type: Option<String>,
    /// Only about the thing with this id.
    resource_id: Option<String>,
    /// Only of this HTTP request.
    request_id: Option<String>,
    /// `success`, `failure` or `denied`.
    outcome: Option<String>,
    /// Only with this text in action, resource, facts, personal values or actor.
    text: Option<String>,
    /// Only at or after this instant (RFC 3339).
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

/// Which part to export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ExportQuery {
    /// From this instant on (RFC 3339); from the beginning unless told.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this instant (RFC 3339); to the end unless told.
    #[param(format = DateTime)]
    to: Option<String>,
}

/// A page of a log; without a tenant of the installation's. That somebody looked is recorded before they see it.
pub(super) async fn page(app: &App, tenant: Option<&TenantId>, by: &Actor, query: ListQuery) -> Result<Json<Page<AuditRow>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let filter = query.filter(limit + 1)?;
    let rows = list::list(&app.platform().of(chain(tenant)), chain(tenant), &filter).await?;
    record_read(app, tenant, by, Action::AuditRead, "audit_log", serde_json::json!({})).await?;
    Ok(Json(Page::from_overfull(rows, limit, |row| row.seq.to_string())))
}

/// A signed export of a log; without a tenant of the installation's.
pub(super) async fn export(app: App, tenant: Option<&TenantId>, by: &Actor, query: &ExportQuery) -> Result<Response, ApiError> {
    let range = Range { from: instant("from", query.from.as_deref())?, to: instant("to", query.to.as_deref())? };
    if let (Some(from), Some(to)) = (range.from, range.to)
        && from > to
    {
        return Err(wrong("to", "must not be before `from`"));
    }
    app.limits.check(Rule::AuditExport, chain(tenant))?;
    let part = export::begin(&app, tenant, by, range).await.map_err(ApiError::internal)?;
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(export::write(app, part, sender));
    let mut response = Body::from_stream(ReceiverStream::new(receiver)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.ndjson\""));
    Ok(response)
}

impl ListQuery {
    fn filter(self, limit: u32) -> Result<Filter, ApiError> {
        Ok(Filter {
            from: instant("from", self.from.as_deref())?,
            to: instant("to", self.to.as_deref())?,
            actor: bounded("actor", self.actor)?,
            action: bounded("action", self.action)?,
            resource_type: bounded("resource_type", self.resource_type)?,
            resource_id: bounded("resource_id", self.resource_id)?,
            request_id: bounded("request_id", self.request_id)?,
            outcome: bounded("outcome", self.outcome)?,
            text: bounded("text", self.text)?,
            before: page_cursor(self.cursor.as_deref())?,
            limit,
        })
    }
}

fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    text.map(|text| Timestamp::parse(text).map_err(|_| wrong(name, "must be an instant such as 2026-01-15T09:30:00Z"))).transpose()
}

/// PostgreSQL cannot hold a NUL in a text, and nothing that is stored is longer.
fn bounded(name: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    match text {
        Some(text) if text.contains('\0') || text.chars().count() > limits::PERSONAL => Err(wrong(name, "is not something that rows hold")),
        other => Ok(other),
    }
}

fn wrong(name: &str, message: &str) -> ApiError {
    ApiError::invalid("INVALID_QUERY", format!("`{name}` {message}.")).with_field(name, "INVALID_VALUE", message)
}
