//! `/api/connections`.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::{ConnectionId, InstallationId, OAuthAppId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Connection, NewConnection, Source, Status, Uses};
use super::service;
use crate::app::{App, Parts};
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{May, need};

/// A connection as the API shows it: never its secrets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Connection)]
pub(crate) struct ConnectionView {
    /// Its id.
    id: ConnectionId,
    /// The service, as the connector file spells it.
    service: String,
    /// A name for people.
    name: String,
    /// How it signs in: `oauth2`, `token`, `api_key`, `basic`, `server_to_server`.
    auth_kind: String,
    /// The names of its fields.
    fields: Vec<String>,
    /// The values of fields that are not secret, such as account ids.
    public: BTreeMap<String, String>,
    /// Whether it can be used.
    status: Status,
    /// When its present token ends; it is renewed by itself.
    expires_at: Option<String>,
    /// Whose app made it: `system`, `developer`, `organization` (its own app, or fields that it brought).
    credential_source: Source,
    /// The app that made it; null: the workspace brought the fields.
    oauth_app_id: Option<OAuthAppId>,
    /// The person who connected it.
    user_id: Option<UserId>,
    /// What the provider calls the account.
    account_label: Option<String>,
    /// Scopes that were granted, as far as the provider said.
    scopes: Vec<String>,
    /// Whether it worked when it was last looked at: `healthy`, `degraded`, `unhealthy`, `unknown`.
    health_status: String,
    /// When that was.
    last_health_check_at: Option<String>,
    /// What the provider said when it refused.
    last_error: Option<String>,
    /// Where the account is connected again, keeping this id; null where no app made it.
    reconnect_url: Option<String>,
    /// Which installations use it. It can be deleted when none does.
    used_by: UsedBy,
    /// When it was made.
    created_at: String,
    /// When it last changed.
    updated_at: String,
}

/// Which installations use a connection.
#[derive(Debug, Serialize, ToSchema)]
struct UsedBy {
    /// How many.
    count: i64,
    /// The newest, twenty at most.
    installations: Vec<ConnectionUser>,
}

/// An installation that uses a connection.
#[derive(Debug, Serialize, ToSchema)]
struct ConnectionUser {
    /// Its id.
    id: InstallationId,
    /// Its name.
    name: String,
}

impl From<Uses> for UsedBy {
    fn from(uses: Uses) -> Self {
        Self { count: uses.count, installations: uses.newest.into_iter().map(|(id, name)| ConnectionUser { id, name }).collect() }
    }
}

impl ConnectionView {
    /// As the API shows it, with who uses it.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn load(parts: &Parts, tenant: &TenantId, c: Connection) -> Result<Self, ApiError> {
        let mut uses = service::uses(parts, tenant, std::slice::from_ref(&c)).await?;
        let own = uses.remove(&c.id).unwrap_or_default();
        Ok(Self::of(parts, c, own))
    }

    fn of(parts: &Parts, c: Connection, uses: Uses) -> Self {
        let checked = c.checked.as_ref();
        Self {
            reconnect_url: service::reconnect_url(parts, &c),
            health_status: checked.map_or_else(|| "unknown".to_owned(), |checked| checked.health.clone()),
            last_health_check_at: checked.map(|checked| checked.at.to_string()),
            last_error: checked.and_then(|checked| checked.error.clone()),
            id: c.id,
            service: c.service,
            name: c.name,
            auth_kind: c.auth_kind,
            fields: c.public.fields,
            public: c.public.values,
            status: c.status,
            expires_at: c.expires_at.map(|at| at.to_string()),
            credential_source: c.origin.source,
            oauth_app_id: c.origin.app,
            user_id: c.origin.user,
            account_label: c.origin.account_label,
            scopes: c.origin.scopes,
            used_by: uses.into(),
            created_at: c.created_at.to_string(),
            updated_at: c.updated_at.to_string(),
        }
    }
}

/// A connection to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CreateConnection {
    /// The service: `zoom`, `google-sheets`.
    service: String,
    /// A name for people; the service's title without one.
    name: Option<String>,
    /// The fields of one of the service's ways to sign in, for example `{"access_token": "…"}`. Further fields are kept
    /// sealed as well: `webhook_secret`, `client_id` and `client_secret` for renewal.
    #[schema(value_type = Object)]
    fields: Map<String, Value>,
}

/// Which connections to list.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct ListConnections {
    /// Only of this service.
    service: Option<String>,
    /// At most so many (1–200, usually 50).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Connect a service
#[utoipa::path(post, path = "/api/connections", tag = "connections", operation_id = "create_connection", request_body = CreateConnection,
    responses((status = 201, description = "Made", body = ConnectionView), (status = 400, description = "`UNKNOWN_SERVICE`, `MISSING_FIELD`, `INVALID_CONNECTION`", body = Problem)))]
async fn create(State(app): State<App>, caller: May<need::ConnectionsManage>, Json(body): Json<CreateConnection>) -> Result<(StatusCode, Json<ConnectionView>), ApiError> {
    let new = NewConnection { service: body.service, name: body.name, fields: body.fields };
    let made = service::create(&app, &caller.tenant, &caller.by, &new).await?;
    Ok((StatusCode::CREATED, Json(ConnectionView::of(&app, made, Uses::default()))))
}

/// List connections
///
/// Newest first; never with their secrets.
#[utoipa::path(get, path = "/api/connections", tag = "connections", operation_id = "list_connections", params(ListConnections),
    responses((status = 200, description = "A page", body = Page<ConnectionView>)))]
async fn list(State(app): State<App>, caller: May<need::ConnectionsRead>, Query(query): Query<ListConnections>) -> Result<Json<Page<ConnectionView>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before: Option<ConnectionId> = page_cursor(query.cursor.as_deref())?;
    let found = service::list(&app, &caller.tenant, query.service.as_deref(), before.as_ref(), limit).await?;
    let page = Page::from_overfull(found, limit, |c| c.id.to_string());
    let mut uses = service::uses(&app, &caller.tenant, &page.data).await?;
    Ok(Json(page.map(|c| {
        let own = uses.remove(&c.id).unwrap_or_default();
        ConnectionView::of(&app, c, own)
    })))
}

/// Show a connection
#[utoipa::path(get, path = "/api/connections/{id}", tag = "connections", operation_id = "get_connection", params(("id" = String, Path, description = "The connection")),
    responses((status = 200, description = "The connection", body = ConnectionView), (status = 404, description = "No such connection", body = Problem)))]
async fn get(State(app): State<App>, caller: May<need::ConnectionsRead>, Path(id): Path<ConnectionId>) -> Result<Json<ConnectionView>, ApiError> {
    Ok(Json(ConnectionView::load(&app, &caller.tenant, service::get(&app, &caller.tenant, &id).await?).await?))
}

/// Delete a connection
///
/// Its secrets are gone at once.
#[utoipa::path(delete, path = "/api/connections/{id}", tag = "connections", operation_id = "delete_connection", params(("id" = String, Path, description = "The connection")),
    responses((status = 204, description = "Deleted"), (status = 404, description = "No such connection", body = Problem),
        (status = 409, description = "`CONNECTION_IN_USE`", body = Problem)))]
async fn delete(State(app): State<App>, caller: May<need::ConnectionsManage>, Path(id): Path<ConnectionId>) -> Result<StatusCode, ApiError> {
    service::delete(&app, &caller.tenant, &caller.by, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(create, list)).routes(routes!(get, delete))
}
