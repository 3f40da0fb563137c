//! `/api/installations/{id}/storage`: what a workflow keeps, without the values.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::InstallationId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::scope_store::{self, Entry};
use super::{Scope, limits, store};
use crate::app::App;
use crate::audit::{self, Action, Entry as AuditEntry};
use crate::http::{ApiError, Json, Path, Problem, Query, page_limit};
use crate::identity::{May, need};
use crate::installations::service as installations;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, clear))
}

/// One of the two key spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = StorageSpace)]
enum Space {
    /// `storage`.
    #[default]
    Storage,
    /// `env.KV`.
    Kv,
}

/// Which part to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StorageQuery {
    /// `storage` (without it) or `kv`.
    #[serde(default)]
    space: Space,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items of the page, 1 to 200; 50 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What to clear.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ClearQuery {
    /// `storage` (without it) or `kv`; it counts where a key is named.
    #[serde(default)]
    space: Space,
    /// Only this key; without it, everything in both key spaces.
    key: Option<String>,
}

/// A stored value, without the value.
#[derive(Debug, Serialize, ToSchema)]
struct StoredKey {
    /// Its key.
    key: String,
    /// Bytes of its value.
    bytes: i64,
    /// When it was last written.
    updated_at: String,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// What a workflow keeps in this workspace.
#[derive(Debug, Serialize, ToSchema)]
struct StorageAnswer {
    /// Which key space `data` is of.
    space: Space,
    /// Bytes of all keys and values, of both key spaces.
    bytes: i64,
    /// How much there may be.
    limit_bytes: u64,
    /// Keys in order.
    data: Vec<StoredKey>,
    /// Leads to the next page.
    next_cursor: Option<String>,
}

/// Show what a workflow keeps
///
/// Installations of one workflow in one workspace share it. Values are not shown.
#[utoipa::path(get, path = "/api/installations/{id}/storage", tag = "installations", operation_id = "show_storage",
    params(("id" = String, Path, description = "`inst_…`"), StorageQuery),
    responses((status = 200, body = StorageAnswer), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::InstallationsRead>, Path(id): Path<InstallationId>, Query(query): Query<StorageQuery>) -> Result<Json<StorageAnswer>, ApiError> {
    let limit = page_limit(query.limit)?;
    let installation = installations::get(&app, &caller.tenant, &id).await?.whole.installation;
    let scope = Scope { tenant: &caller.tenant, workflow: installation.workflow.as_str() };
    let mut tx = app.of(&caller.tenant).read().await?;
    let bytes = scope_store::bytes(&mut tx, &scope).await?;
    let mut found = scope_store::entries(&mut tx, &scope, query.space == Space::Kv, query.cursor.as_deref().unwrap_or_default(), limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = found.last().filter(|_| more).map(|last| last.key.clone());
    Ok(Json(StorageAnswer { space: query.space, bytes, limit_bytes: limits::SCOPE_BYTES, data: found.into_iter().map(stored).collect(), next_cursor }))
}

fn stored(entry: Entry) -> StoredKey {
    StoredKey { key: entry.key, bytes: entry.bytes, updated_at: entry.updated_at.to_string(), expires_at: entry.expires_at.map(|at| at.to_string()) }
}

/// Clear what a workflow keeps
///
/// One key, or everything in both key spaces. Other installations of the workflow in this workspace share it.
#[utoipa::path(delete, path = "/api/installations/{id}/storage", tag = "installations", operation_id = "clear_storage",
    params(("id" = String, Path, description = "`inst_…`"), ClearQuery),
    responses((status = 204, description = "Nothing of it is left"), (status = 404, body = Problem)))]
async fn clear(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<InstallationId>, Query(query): Query<ClearQuery>) -> Result<StatusCode, ApiError> {
    let installation = installations::get(&app, &caller.tenant, &id).await?.whole.installation;
    let scope = Scope { tenant: &caller.tenant, workflow: installation.workflow.as_str() };
    let mut tx = app.of(&caller.tenant).begin().await?;
    match (&query.key, query.space) {
        (None, _) => drop(scope_store::clear(&mut tx, &scope).await?),
        (Some(key), Space::Storage) => drop(store::delete(&mut tx, &scope, key).await?),
        (Some(key), Space::Kv) => store::kv_delete(&mut tx, &scope, key).await?,
    }
    let entry = AuditEntry::new(Action::StorageCleared, "installation", &id).meta(json!({ "everything": query.key.is_none() }));
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, entry, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
