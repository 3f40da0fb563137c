//! Routes of workspaces: making one, choosing one, and its settings.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use millrace_ids::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::create::{self, NewWorkspace};
use super::model::{AuthMode, Kind, Tenant};
use super::{Slug, settings_http, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, Json, Page, Problem, Query};
use crate::identity::{Role, User};
use crate::memberships::{self, MembershipStatus};
use crate::rate_limits::Rule;
use crate::security_events::{Kind as SecurityKind, Noted};
use crate::sessions::{self, WorkspaceEntry, limits::ACCESS_TTL};
use crate::users::{self, AuthProvider};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(create_first))
        .routes(routes!(create_further))
        .routes(routes!(check_subdomain))
        .routes(routes!(list))
        .routes(routes!(switch))
        .merge(settings_http::routes())
        .merge(memberships::routes())
}

/// A workspace to be made.
#[derive(Debug, Deserialize, ToSchema)]
struct WorkspaceRequest {
    /// 1 to 100 characters.
    workspace_name: Option<String>,
    /// 3 to 30 lower-case letters, digits and hyphens; unique. A personal workspace gets one by itself.
    workspace_slug: Option<String>,
    /// Whether it is that of a developer without a company; everybody has at most one.
    #[serde(default)]
    personal: bool,
}

/// A workspace that was made.
#[derive(Debug, Serialize, ToSchema)]
struct WorkspaceAnswer {
    tenant_id: TenantId,
    workspace_name: String,
    workspace_slug: String,
    /// Where its pages are.
    workspace_url: String,
    /// `team` or `personal`.
    kind: &'static str,
    /// `owner`.
    role: &'static str,
    /// An access token of this session, which acts in the new workspace now.
    access_token: String,
    /// Seconds for which it is good.
    expires_in: u64,
}

/// Make your first workspace
///
/// Its maker is its owner, and the session goes on in it.
#[utoipa::path(post, path = "/api/v1/auth/create-workspace", tag = "workspaces", operation_id = "create_first_workspace", request_body = WorkspaceRequest,
    responses((status = 201, body = WorkspaceAnswer), (status = 400, description = "INVALID_SLUG, INVALID_NAME", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "EMAIL_NOT_VERIFIED", body = Problem), (status = 409, description = "SLUG_TAKEN with `suggestions`, WORKSPACE_MEMBERSHIP_EXISTS", body = Problem)))]
async fn create_first(State(app): State<App>, user: User, Json(body): Json<WorkspaceRequest>) -> Result<Response, ApiError> {
    make(&app, &user, body, true).await
}

/// Make another workspace
#[utoipa::path(post, path = "/api/v1/workspaces", tag = "workspaces", operation_id = "create_workspace", request_body = WorkspaceRequest,
    responses((status = 201, body = WorkspaceAnswer), (status = 400, description = "INVALID_SLUG, INVALID_NAME", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "EMAIL_NOT_VERIFIED", body = Problem), (status = 409, description = "SLUG_TAKEN with `suggestions`, WORKSPACE_MEMBERSHIP_EXISTS for a second personal one", body = Problem)))]
async fn create_further(State(app): State<App>, user: User, Json(body): Json<WorkspaceRequest>) -> Result<Response, ApiError> {
    make(&app, &user, body, false).await
}

async fn make(app: &App, user: &User, body: WorkspaceRequest, first: bool) -> Result<Response, ApiError> {
    let kind = if body.personal { Kind::Personal } else { Kind::Team };
    let missing = |field: &str| ApiError::invalid("INVALID_REQUEST", format!("`{field}` is missing.")).with_field(field, "MISSING_FIELD", "is required");
    let name = match (body.workspace_name, kind) {
        (Some(name), _) => create::name(&name)?,
        (None, Kind::Personal) => "Personal workspace".to_owned(),
        (None, Kind::Team) => return Err(missing("workspace_name")),
    };
    let slug = match (body.workspace_slug, kind) {
        (Some(slug), _) => slug.parse()?,
        (None, Kind::Personal) => own_slug(app, user).await?,
        (None, Kind::Team) => return Err(missing("workspace_slug")),
    };
    app.limits.check(Rule::CreateWorkspace, user.id())?;
    let (tenant, token) = create::create(app, user, NewWorkspace { name, slug, kind, first }).await?;
    Ok((StatusCode::CREATED, Json(answer(app, tenant, token.to_string()))).into_response())
}

/// A free short name made from the person's address.
async fn own_slug(app: &App, user: &User) -> Result<Slug, ApiError> {
    let wanted = Slug::made_from(user.0.email().split('@').next().unwrap_or_default());
    let mut tx = app.platform().read().await?;
    for slug in [wanted.clone()].into_iter().chain(wanted.alternatives().into_iter().rev()) {
        if !store::is_taken(&mut tx, None, &slug, app.clock.now()).await? {
            return Ok(slug);
        }
    }
    Ok(wanted)
}

fn answer(app: &App, tenant: Tenant, access_token: String) -> WorkspaceAnswer {
    WorkspaceAnswer {
        workspace_url: app.config.auth.workspace_url(&app.config.public_url(), &tenant.slug),
        tenant_id: tenant.id,
        workspace_name: tenant.name,
        workspace_slug: tenant.slug,
        kind: tenant.kind.as_str(),
        role: "owner",
        access_token,
        expires_in: ACCESS_TTL.as_secs(),
    }
}

/// A short name to be looked up.
#[derive(Debug, Deserialize, IntoParams)]
struct SlugQuery {
    /// The short name.
    slug: String,
}

/// Whether a short name is free.
#[derive(Debug, Serialize, ToSchema)]
struct SlugAnswer {
    slug: String,
    available: bool,
    /// Free ones like it, when it is taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<String>,
}

/// Is this short name free?
#[utoipa::path(get, path = "/api/v1/auth/check-subdomain", tag = "workspaces", operation_id = "check_subdomain", params(SlugQuery),
    responses((status = 200, body = SlugAnswer), (status = 400, description = "INVALID_SLUG", body = Problem), (status = 401, description = "Not signed in", body = Problem)))]
async fn check_subdomain(State(app): State<App>, user: User, Query(query): Query<SlugQuery>) -> Result<Json<SlugAnswer>, ApiError> {
    app.limits.check(Rule::CheckSlug, user.id())?;
    let slug: Slug = query.slug.parse()?;
    let (mut tx, now) = (app.platform().read().await?, app.clock.now());
    // What this workspace gave up itself it may have back.
    let available = !store::is_taken(&mut tx, user.0.tenant.as_ref(), &slug, now).await?;
    let suggestions = if available { Vec::new() } else { create::slug_taken(&mut tx, &slug, now).await?.suggestions };
    Ok(Json(SlugAnswer { slug: slug.as_str().to_owned(), available, suggestions }))
}

/// Your workspaces
#[utoipa::path(get, path = "/api/v1/auth/workspaces", tag = "workspaces", operation_id = "list_workspaces",
    responses((status = 200, description = "Those that are open to you, the oldest membership first", body = Page<WorkspaceEntry>), (status = 401, description = "Not signed in", body = Problem)))]
async fn list(State(app): State<App>, user: User) -> Result<Json<Page<WorkspaceEntry>>, ApiError> {
    let places = memberships::list_of_user(&mut app.platform().read().await?, user.id()).await?;
    Ok(Json(Page { data: places.into_iter().map(WorkspaceEntry::from).collect(), next_cursor: None }))
}

/// The workspace to go on in.
#[derive(Debug, Deserialize, ToSchema)]
struct SwitchRequest {
    /// Its id.
    tenant_id: TenantId,
}

/// The session acts in another workspace now.
#[derive(Debug, Serialize, ToSchema)]
struct SwitchAnswer {
    tenant_id: TenantId,
    workspace_name: String,
    workspace_slug: String,
    message: String,
    /// An access token of this session.
    access_token: String,
    /// Seconds for which it is good.
    expires_in: u64,
}

/// Go on in another workspace
#[utoipa::path(post, path = "/api/v1/auth/switch-workspace", tag = "workspaces", operation_id = "switch_workspace", request_body = SwitchRequest,
    responses((status = 200, body = SwitchAnswer), (status = 400, description = "Not an id", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "WORKSPACE_ACCESS_DENIED, SSO_REQUIRED", body = Problem), (status = 404, description = "WORKSPACE_NOT_FOUND", body = Problem)))]
async fn switch(State(app): State<App>, user: User, Json(body): Json<SwitchRequest>) -> Result<Json<SwitchAnswer>, ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let Some(settings) = store::settings(&mut tx, &body.tenant_id).await? else {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "WORKSPACE_NOT_FOUND", "There is no such workspace."));
    };
    let member = memberships::find(&mut tx, &body.tenant_id, user.id()).await?;
    let is_member = member.as_ref().is_some_and(|member| member.status == MembershipStatus::Active);
    if !is_member {
        let (tenant, subject) = (Some(settings.tenant.id), user.id().to_string());
        app.limits.note(Noted { kind: SecurityKind::WorkspaceRefused, tenant, user: Some(user.id().clone()), subject, meta: json!({"by": "switch"}) });
        return Err(sessions::workspace_denied());
    }
    if settings.status != "active" {
        return Err(sessions::workspace_denied());
    }
    let is_owner = member.is_some_and(|member| member.role == Role::Owner);
    if settings.auth_mode == Some(AuthMode::SsoOnly) && user.0.auth_provider() == AuthProvider::Local && !is_owner {
        return Err(sessions::sso_required());
    }
    let tenant = settings.tenant;
    let pending = sessions::switch_in(&mut tx, user.id(), user.session(), &tenant.id).await?.ok_or_else(ApiError::unauthorized)?;
    if pending || user.0.tenant.as_ref() != Some(&tenant.id) {
        users::update_active_tenant(&mut tx, user.id(), &tenant.id).await?;
        let action = if pending { Action::UserPickedWorkspace } else { Action::UserSwitchedWorkspace };
        let entry = Entry::new(action, "user", user.id()).meta(json!({"from": user.0.tenant.as_ref().map(TenantId::as_str)}));
        audit::record(&mut tx, Some(&tenant.id), &user.actor(), entry, now).await?;
    }
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    let token = sessions::access_token(&app, user.id(), user.session(), Some(&tenant.id)).await?;
    Ok(Json(SwitchAnswer {
        message: format!("You are in {} now.", tenant.name),
        tenant_id: tenant.id,
        workspace_name: tenant.name,
        workspace_slug: tenant.slug,
        access_token: token.to_string(),
        expires_in: ACCESS_TTL.as_secs(),
    }))
}
