//! `/api/v1/security-events` for workspaces, `/api/v1/users/me/security-events` for people, `/api/v1/admin/security-events` for staff.

use axum::extract::State;
use millrace_ids::{SecurityEventId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Kind, Stored};
use super::store::{self, Slice};
use crate::app::App;
use crate::audit::{self, Action};
use crate::http::{ApiError, Json, Page, Problem, Query, page_cursor, page_limit};
use crate::identity::{May, Overseer, User, need};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_tenant)).routes(routes!(of_person)).routes(routes!(all))
}

/// Something that happened to security.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecurityEvent)]
struct SecurityEventView {
    /// Its id.
    id: SecurityEventId,
    /// What happened: `signed_in`, `new_device`, `account_locked`, `refresh_reused`, `csrf_refused`, `second_factor_refused`,
    /// `passkey_cloned`, `sso_refused`, `workspace_refused`, `rate_limited`, `user_suspended`.
    kind: String,
    /// The workspace that it concerns, if it concerns one.
    tenant_id: Option<TenantId>,
    /// The account that it is about, if it is about one.
    user_id: Option<UserId>,
    /// Whom it is about: an address, an account, a key.
    subject: String,
    /// From where the request came.
    ip: Option<String>,
    /// What its client called itself.
    user_agent: Option<String>,
    /// Facts about it.
    #[schema(value_type = Object)]
    metadata: Value,
    /// When, RFC 3339.
    created_at: String,
}

impl From<Stored> for SecurityEventView {
    fn from(e: Stored) -> Self {
        let created_at = e.created_at.to_string();
        Self { id: e.id, kind: e.kind, tenant_id: e.tenant, user_id: e.user, subject: e.subject, ip: e.ip, user_agent: e.user_agent, metadata: e.meta, created_at }
    }
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only of this kind.
    #[param(inline)]
    kind: Option<Kind>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Which of all events to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AllQuery {
    /// Only of this workspace.
    tenant_id: Option<TenantId>,
    /// Only about this account.
    user_id: Option<UserId>,
    /// Only of this kind.
    #[param(inline)]
    kind: Option<Kind>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Which part of a list a request asks for.
struct Asked {
    before: Option<SecurityEventId>,
    kind: Option<Kind>,
    limit: u32,
}

impl Asked {
    fn read(cursor: Option<&str>, kind: Option<Kind>, limit: Option<u32>) -> Result<Self, ApiError> {
        Ok(Self { before: page_cursor(cursor)?, kind, limit: page_limit(limit)? })
    }

    fn slice(&self) -> Slice<'_> {
        Slice { before: self.before.as_ref(), kind: self.kind, limit: self.limit + 1 }
    }

    fn page(&self, found: Vec<Stored>) -> Json<Page<SecurityEventView>> {
        Json(Page::from_overfull(found, self.limit, |event| event.id.to_string()).map(SecurityEventView::from))
    }
}

/// Security events of this workspace
///
/// Sign-ins into it, and what was refused, newest first. Kept for 90 days.
#[utoipa::path(get, path = "/api/v1/security-events", tag = "workspaces", operation_id = "list_security_events", params(ListQuery),
    responses((status = 200, description = "Newest first", body = Page<SecurityEventView>), (status = 400, description = "A parameter makes no sense", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Neither owner nor admin", body = Problem)))]
async fn of_tenant(State(app): State<App>, caller: May<need::AuditRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<SecurityEventView>>, ApiError> {
    let asked = Asked::read(query.cursor.as_deref(), query.kind, query.limit)?;
    let found = store::of_tenant(&mut app.of(&caller.tenant).read().await?, &caller.tenant, asked.slice()).await?;
    Ok(asked.page(found))
}

/// Security events about you
///
/// Your sign-ins and new devices, locks of your account, refresh tokens that came twice, newest first. Kept for 90 days.
#[utoipa::path(get, path = "/api/v1/users/me/security-events", tag = "sign-in", operation_id = "list_own_security_events", params(ListQuery),
    responses((status = 200, description = "Newest first", body = Page<SecurityEventView>), (status = 400, description = "A parameter makes no sense", body = Problem),
        (status = 401, description = "Not signed in", body = Problem)))]
async fn of_person(State(app): State<App>, user: User, Query(query): Query<ListQuery>) -> Result<Json<Page<SecurityEventView>>, ApiError> {
    let asked = Asked::read(query.cursor.as_deref(), query.kind, query.limit)?;
    let found = store::of_user(&mut app.platform().read().await?, user.id(), asked.slice()).await?;
    Ok(asked.page(found))
}

/// All security events
///
/// For staff (`ops_admin`, `admin`) and the operator. That they looked is in the installation's audit log.
#[utoipa::path(get, path = "/api/v1/admin/security-events", tag = "staff", operation_id = "list_all_security_events", params(AllQuery),
    responses((status = 200, description = "Newest first", body = Page<SecurityEventView>), (status = 400, description = "A parameter makes no sense", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "`STAFF_ONLY`", body = Problem)))]
async fn all(State(app): State<App>, overseer: Overseer, Query(query): Query<AllQuery>) -> Result<Json<Page<SecurityEventView>>, ApiError> {
    let asked = Asked::read(query.cursor.as_deref(), query.kind, query.limit)?;
    let found = store::all(&mut app.platform().read().await?, query.tenant_id.as_ref(), query.user_id.as_ref(), asked.slice()).await?;
    let said = json!({"tenant_id": query.tenant_id, "user_id": query.user_id, "kind": query.kind});
    audit::record_read(&app, None, &overseer.by, Action::SecurityEventsRead, "security_events", said).await?;
    Ok(asked.page(found))
}
