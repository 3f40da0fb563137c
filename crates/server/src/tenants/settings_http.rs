//! `GET` and `PATCH /api/v1/workspace`: the settings of the workspace that the session acts in.

use axum::extract::State;
use jiff::tz::TimeZone;
use millrace_ids::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::create::{self, slug_taken};
use super::model::{AuthMode, Settings};
use super::{Slug, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, Json, Problem, said};
use crate::identity::{Caller, May, PersonMay, need};
use crate::sso;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show, change))
}

/// A workspace as its members see it.
#[derive(Debug, Serialize, ToSchema)]
struct SettingsAnswer {
    tenant_id: TenantId,
    workspace_name: String,
    workspace_slug: String,
    /// Where its pages are.
    workspace_url: String,
    /// `team` or `personal`.
    kind: &'static str,
    status: String,
    /// ISO 4217.
    currency: String,
    /// A name of the IANA database.
    timezone: String,
    /// `sso_only`, `local_only` or `mixed`; null: it follows from its members.
    auth_mode: Option<&'static str>,
    /// Whether people it invites must verify their address; null: as the installation says.
    email_verification: Option<bool>,
    /// Days for which its audit log is kept; null: as the installation says.
    audit_retention_days: Option<u32>,
    /// Whether members must have shown a second factor before it answers them. API keys are not asked.
    require_second_factor: bool,
    created_at: String,
}

/// What can be changed of a workspace; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
struct SettingsRequest {
    /// 1 to 100 characters.
    workspace_name: Option<String>,
    /// 3 to 30 lower-case letters, digits and hyphens; unique. The one before is kept for this workspace for 90 days.
    workspace_slug: Option<String>,
    /// ISO 4217.
    currency: Option<String>,
    /// A name of the IANA database.
    timezone: Option<String>,
    /// `sso_only`, `local_only`, `mixed`, or `default`: it follows from its members. With `sso_only` nobody who has a password
    /// acts here but owners.
    auth_mode: Option<String>,
    /// Whether people it invites must verify their address; null: as the installation says.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<bool>)]
    email_verification: Option<Option<bool>>,
    /// Days for which its audit log is kept, 30 to 3650; 0: as the installation says.
    audit_retention_days: Option<u32>,
    /// Whether members must have shown a second factor before it answers them; who has none is asked to add one.
    require_second_factor: Option<bool>,
}

/// This workspace
#[utoipa::path(get, path = "/api/v1/workspace", tag = "workspaces", operation_id = "show_workspace",
    responses((status = 200, body = SettingsAnswer), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::WorkspaceRead>) -> Result<Json<SettingsAnswer>, ApiError> {
    let found = store::settings(&mut app.of(&caller.tenant).read().await?, &caller.tenant).await?.ok_or_else(|| ApiError::not_found("workspace"))?;
    Ok(Json(answer(&app, found)))
}

/// Change this workspace
#[utoipa::path(patch, path = "/api/v1/workspace", tag = "workspaces", operation_id = "change_workspace", request_body = SettingsRequest,
    responses((status = 200, body = SettingsAnswer), (status = 400, description = "A value is invalid", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem), (status = 409, description = "SLUG_TAKEN with `suggestions`, SSO_NOT_CONFIGURED", body = Problem)))]
async fn change(State(app): State<App>, caller: PersonMay<need::WorkspaceManage>, Json(body): Json<SettingsRequest>) -> Result<Json<SettingsAnswer>, ApiError> {
    // Short names are the installation's: whether one is free is asked of all workspaces.
    let mut tx = app.platform().begin().await?;
    let before = store::lock_settings(&mut tx, &caller.tenant).await?.ok_or_else(|| ApiError::not_found("workspace"))?;
    let after = changed(before.clone(), body)?;
    if after == before {
        return Ok(Json(answer(&app, before)));
    }
    if after.tenant.slug != before.tenant.slug {
        let (slug, now): (Slug, _) = (after.tenant.slug.parse()?, app.clock.now());
        if store::is_taken(&mut tx, Some(&caller.tenant), &slug, now).await? {
            return Err(slug_taken(&mut tx, &slug, now).await?);
        }
    }
    if after.auth_mode == Some(AuthMode::SsoOnly) && before.auth_mode != after.auth_mode && sso::entrance(&mut tx, &app, &caller.tenant).await?.is_none() {
        let detail = "There is no identity provider at which the people of this workspace could sign in.";
        return Err(ApiError::conflict("SSO_NOT_CONFIGURED", detail).with_hint("Configure one first: PUT /api/v1/workspace/sso."));
    }
    write(&app, &caller, tx, &before, &after).await?;
    Ok(Json(answer(&app, after)))
}

async fn write(app: &App, caller: &Caller, mut tx: millrace_db::Tx, before: &Settings, after: &Settings) -> Result<(), ApiError> {
    let now = app.clock.now();
    if let Err(error) = store::update(&mut tx, after, now).await {
        // Somebody took the name a moment ago.
        let taken = ApiError::conflict("SLUG_TAKEN", "This short name was just taken.").with_field("workspace_slug", "SLUG_TAKEN", "is taken");
        return Err(if error.is_unique_violation() { taken } else { error.into() });
    }
    if after.tenant.slug != before.tenant.slug {
        store::rename(&mut tx, &caller.tenant, &before.tenant.slug, &after.tenant.slug, now).await?;
    }
    let entry = Entry::new(Action::WorkspaceUpdated, "workspace", &caller.tenant).meta(json!({"before": facts(before), "after": facts(after)}));
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, entry, now).await?;
    tx.commit().await?;
    // A session remembers the short name, and how people sign in.
    app.sessions.forget_all();
    Ok(())
}

fn changed(mut settings: Settings, body: SettingsRequest) -> Result<Settings, ApiError> {
    let invalid = |field: &str, message: &str| ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message);
    if let Some(name) = body.workspace_name {
        settings.tenant.name = create::name(&name)?;
    }
    if let Some(slug) = body.workspace_slug {
        let slug = slug.trim();
        // A short name from before the rules stays valid as long as it stays.
        if slug != settings.tenant.slug {
            settings.tenant.slug = slug.parse::<Slug>()?.as_str().to_owned();
        }
    }
    if let Some(currency) = body.currency {
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(invalid("currency", "is three capital letters, such as EUR"));
        }
        settings.currency = currency;
    }
    if let Some(timezone) = body.timezone {
        TimeZone::get(&timezone).map_err(|_| invalid("timezone", "is a name such as Europe/Berlin"))?;
        settings.timezone = timezone;
    }
    if let Some(mode) = body.auth_mode {
        settings.auth_mode = match mode.as_str() {
            "default" => None,
            word => Some(word.parse().map_err(|_| invalid("auth_mode", "is sso_only, local_only, mixed or default"))?),
        };
    }
    settings.email_verification = body.email_verification.unwrap_or(settings.email_verification);
    if let Some(days) = body.audit_retention_days {
        settings.audit_retention_days = audit::retention::read(days)?;
    }
    settings.require_second_factor = body.require_second_factor.unwrap_or(settings.require_second_factor);
    Ok(settings)
}

fn facts(settings: &Settings) -> serde_json::Value {
    json!({
        "name": settings.tenant.name,
        "slug": settings.tenant.slug,
        "currency": settings.currency,
        "timezone": settings.timezone,
        "auth_mode": settings.auth_mode.map(super::AuthMode::as_str),
        "email_verification": settings.email_verification,
        "audit_retention_days": settings.audit_retention_days,
        "require_second_factor": settings.require_second_factor,
    })
}

fn answer(app: &App, settings: Settings) -> SettingsAnswer {
    let tenant = settings.tenant;
    SettingsAnswer {
        workspace_url: app.config.auth.workspace_url(&app.config.public_url(), &tenant.slug),
        tenant_id: tenant.id,
        workspace_name: tenant.name,
        workspace_slug: tenant.slug,
        kind: tenant.kind.as_str(),
        status: settings.status,
        currency: settings.currency,
        timezone: settings.timezone,
        auth_mode: settings.auth_mode.map(super::AuthMode::as_str),
        email_verification: settings.email_verification,
        audit_retention_days: settings.audit_retention_days,
        require_second_factor: settings.require_second_factor,
        created_at: tenant.created_at.to_string(),
    }
}
