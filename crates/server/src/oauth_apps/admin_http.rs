//! `/api/admin/oauth-apps`: the platform's own apps, and reviews of developers'.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::OAuthAppId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::http::{ChangeOAuthApp, CreateOAuthApp, OAuthApp};
use super::model::{Source, Status};
use super::service::{self, Owner};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::Overseer;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(change, remove)).routes(routes!(review))
}

/// Which apps to list.
#[derive(Debug, Deserialize, IntoParams)]
struct ListForStaff {
    /// Only in this status.
    status: Option<Status>,
    /// At most so many (1–200, usually 50).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What a review decides.
#[derive(Debug, Deserialize, ToSchema)]
struct ReviewOAuthApp {
    /// `production`, `rejected`, `suspended`, or `testing` for a suspended one.
    status: Status,
    /// What its owner is told.
    note: Option<String>,
}

/// List OAuth apps of the platform
///
/// The platform's own, and developers' that wait for a review or are suspended. Secrets are masked.
#[utoipa::path(get, path = "/api/admin/oauth-apps", tag = "staff", operation_id = "list_platform_oauth_apps", params(ListForStaff), responses((status = 200, description = "A page", body = Page<OAuthApp>)))]
async fn list(State(app): State<App>, _: Overseer, Query(query): Query<ListForStaff>) -> Result<Json<Page<OAuthApp>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let after: Option<OAuthAppId> = page_cursor(query.cursor.as_deref())?;
    let found = service::for_staff(&app, query.status, after.as_ref(), limit).await?;
    Ok(Json(Page::from_overfull(found, limit, |o| o.app.id.to_string()).map(OAuthApp::from)))
}

/// Register an OAuth app of the platform
///
/// Installers of workflows whose credential mode is `system` connect their accounts with it.
#[utoipa::path(post, path = "/api/admin/oauth-apps", tag = "staff", operation_id = "create_platform_oauth_app", request_body = CreateOAuthApp,
    responses((status = 201, description = "Registered", body = OAuthApp), (status = 400, description = "`UNKNOWN_PROVIDER`, `INVALID_OAUTH_APP`, `MISSING_FIELD`", body = Problem),
        (status = 409, description = "`OAUTH_APP_EXISTS`", body = Problem)))]
async fn create(State(app): State<App>, staff: Overseer, Json(mut body): Json<CreateOAuthApp>) -> Result<(StatusCode, Json<OAuthApp>), ApiError> {
    let connector = service::provider(&app, &body.provider)?;
    if body.workflow.is_some() {
        return Err(ApiError::invalid("INVALID_OAUTH_APP", "An app of the platform is for all workflows.").with_field("workflow", "INVALID_VALUE", "is for developers' apps"));
    }
    let mut tx = app.platform().begin().await?;
    let made = service::make(&mut tx, &app, &staff.by, &Owner::system(), &connector, body.said(), false).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// One of the platform's own.
async fn own(app: &App, id: &OAuthAppId) -> Result<super::model::App, ApiError> {
    let found = service::by_id(app, id).await?.filter(|opened| opened.app.owner == Source::System);
    Ok(found.ok_or_else(|| ApiError::not_found("OAuth app"))?.app)
}

/// Change an OAuth app of the platform
///
/// Another client makes another app of it: accounts that the old one connected are connected again.
#[utoipa::path(patch, path = "/api/admin/oauth-apps/{id}", tag = "staff", operation_id = "change_platform_oauth_app", request_body = ChangeOAuthApp, params(("id" = String, Path, description = "`oapp_…`")),
    responses((status = 200, body = OAuthApp), (status = 400, description = "`INVALID_OAUTH_APP`, `MISSING_FIELD`", body = Problem), (status = 404, description = "No such app", body = Problem),
        (status = 409, description = "`OAUTH_APP_CHANGED`", body = Problem)))]
async fn change(State(app): State<App>, staff: Overseer, Path(id): Path<OAuthAppId>, Json(mut body): Json<ChangeOAuthApp>) -> Result<Json<OAuthApp>, ApiError> {
    let connector = service::provider(&app, &own(&app, &id).await?.provider)?;
    let mut tx = app.platform().begin().await?;
    let changed = service::change(&mut tx, &app, &staff.by, &Owner::system(), &connector, body.said()).await?;
    tx.commit().await?;
    app.snapshots.forget(|_, _| true);
    Ok(Json(changed.into()))
}

/// Remove an OAuth app of the platform
#[utoipa::path(delete, path = "/api/admin/oauth-apps/{id}", tag = "staff", operation_id = "remove_platform_oauth_app", params(("id" = String, Path, description = "`oapp_…`")),
    responses((status = 204, description = "Removed"), (status = 404, description = "No such app", body = Problem)))]
async fn remove(State(app): State<App>, staff: Overseer, Path(id): Path<OAuthAppId>) -> Result<StatusCode, ApiError> {
    let found = own(&app, &id).await?;
    let mut tx = app.platform().begin().await?;
    service::remove(&mut tx, &staff.by, &found, app.clock.now()).await?;
    tx.commit().await?;
    app.snapshots.forget(|_, _| true);
    Ok(StatusCode::NO_CONTENT)
}

/// Review an OAuth app
///
/// Decides about a developer's app that waits for it, or suspends any app; one that is suspended serves and renews nothing.
#[utoipa::path(post, path = "/api/admin/oauth-apps/{id}/review", tag = "staff", operation_id = "review_oauth_app", request_body = ReviewOAuthApp, params(("id" = String, Path, description = "`oapp_…`")),
    responses((status = 200, body = OAuthApp), (status = 404, description = "No such app", body = Problem), (status = 409, description = "`INVALID_PROMOTION`, `OAUTH_APP_CHANGED`", body = Problem)))]
async fn review(State(app): State<App>, staff: Overseer, Path(id): Path<OAuthAppId>, Json(body): Json<ReviewOAuthApp>) -> Result<Json<OAuthApp>, ApiError> {
    let found = service::by_id(&app, &id).await?.ok_or_else(|| ApiError::not_found("OAuth app"))?;
    let mut tx = app.platform().begin().await?;
    let reviewed = service::promote(&mut tx, &app, &staff.by, found, body.status, body.note, true).await?;
    tx.commit().await?;
    app.snapshots.forget(|_, _| true);
    Ok(Json(reviewed.into()))
}
