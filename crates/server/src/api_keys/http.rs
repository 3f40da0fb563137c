//! `/api/v1/api-keys`. People only: a key that could make keys would outlive its own revocation.

use axum::extract::State;
use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_ids::{ApiKeyId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{ApiKey, KeyGrant};
use super::service::{self, Asked};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{PersonMay, Role, Scope, need};

/// The routes of API keys.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create, list)).routes(routes!(revoke))
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CreateApiKey {
    /// What it is for; 1 to 255 characters.
    name: String,
    /// Its scopes, at least one.
    permissions: Vec<Scope>,
    /// When it ends by itself (RFC 3339), at most 365 days from now; never, unless told.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// A key as people see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView {
    /// Its id.
    id: ApiKeyId,
    /// What it is for.
    name: String,
    /// Its scopes; none for a key that has a role.
    permissions: Vec<Scope>,
    /// The role of the key of the first start, which has no scopes.
    role: Option<Role>,
    /// `active` or `revoked`. A key whose time is over stays `active` and opens nothing.
    status: &'static str,
    /// The last four characters of its secret.
    last4: Option<String>,
    /// Who made it.
    created_by_user_id: Option<UserId>,
    /// When.
    created_at: String,
    /// When it ends by itself.
    expires_at: Option<String>,
    /// When it was last used, exact to a minute.
    last_used_at: Option<String>,
    /// From which address.
    last_used_ip: Option<String>,
    /// When it was revoked.
    revoked_at: Option<String>,
    /// By whom.
    revoked_by_user_id: Option<UserId>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        let (permissions, role) = match key.grant {
            KeyGrant::Role(role) => (Vec::new(), Some(role)),
            KeyGrant::Scopes(scopes) => (scopes, None),
        };
        Self {
            id: key.id,
            name: key.name,
            permissions,
            role,
            status: if key.revoked_at.is_some() { "revoked" } else { "active" },
            last4: key.last4,
            created_by_user_id: key.created_by,
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|t| t.to_string()),
            last_used_at: key.last_used_at.map(|t| t.to_string()),
            last_used_ip: key.last_used_ip,
            revoked_at: key.revoked_at.map(|t| t.to_string()),
            revoked_by_user_id: key.revoked_by,
        }
    }
}

/// A key that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedApiKey {
    /// What a list shows of it.
    #[serde(flatten)]
    shown: ApiKeyView,
    /// The key itself. It is never shown again.
    key: String,
}

/// Which keys to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Make an API key
///
/// For owners and admins. The answer holds the key; only its hash is kept. Its maker and the workspace's owners and admins are
/// told by mail.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "api keys", operation_id = "create_api_key", request_body = CreateApiKey,
    responses((status = 201, description = "Made; `key` is shown this once", body = CreatedApiKey),
        (status = 400, description = "`INVALID_REQUEST` with every field that is wrong", body = Problem),
        (status = 401, description = "`API_KEY_NOT_ALLOWED`: keys do not make keys", body = Problem),
        (status = 403, description = "`INSUFFICIENT_PERMISSIONS`: not the caller's to give", body = Problem)))]
async fn create(State(app): State<App>, caller: PersonMay<need::ApiKeysManage>, Json(body): Json<CreateApiKey>) -> Result<(StatusCode, Json<CreatedApiKey>), ApiError> {
    let expires_at = body.expires_at.as_deref().map(Timestamp::parse).transpose().map_err(|e| {
        ApiError::invalid("INVALID_REQUEST", "`expires_at` is not an RFC 3339 instant.").with_field("expires_at", "INVALID_VALUE", e.to_string())
    })?;
    let asked = Asked { name: body.name, scopes: body.permissions, expires_at };
    let (made, text) = service::create(&app, &caller, asked).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiKey { shown: made.into(), key: text.expose().to_string() })))
}

/// List API keys
///
/// Newest first. Owners and admins see all, others those they made.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "api keys", operation_id = "list_api_keys", params(ListQuery),
    responses((status = 200, description = "A page", body = Page<ApiKeyView>)))]
async fn list(State(app): State<App>, caller: PersonMay<need::ApiKeysRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<ApiKeyView>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before: Option<ApiKeyId> = page_cursor(query.cursor.as_deref())?;
    let keys = service::list(&app, &caller, before.as_ref(), limit + 1).await?;
    Ok(Json(Page::from_overfull(keys, limit, |k| k.id.to_string()).map(ApiKeyView::from)))
}

/// Revoke an API key
///
/// At once on the node that answers, within a second on the others. Owners and admins revoke any, others those they made.
#[utoipa::path(delete, path = "/api/v1/api-keys/{key_id}", tag = "api keys", operation_id = "revoke_api_key", params(("key_id" = String, Path, description = "`key_…`")),
    responses((status = 204, description = "It opens nothing any more"), (status = 403, description = "`INSUFFICIENT_PERMISSIONS`: somebody else made it", body = Problem),
        (status = 404, description = "No such key", body = Problem)))]
async fn revoke(State(app): State<App>, caller: PersonMay<need::ApiKeysRead>, Path(id): Path<ApiKeyId>) -> Result<StatusCode, ApiError> {
    service::revoke(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
