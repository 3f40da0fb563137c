//! `/api/installations/{id}/byoo/{provider}`: what the installing organisation brings. Written, and never read again.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::InstallationId;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::http::{OAuthApp, with_credentials};
use super::service::{self, Owner};
use super::slot::{self, Terms};
use super::{Refusal, byoo};
use crate::app::App;
use crate::http::{ApiError, Json, Path, Problem};
use crate::identity::{May, need};
use crate::installations;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(put, get, remove))
}

with_credentials! {
    /// The organisation's own credentials of a provider: an OAuth client, a server-to-server app, or a key.
    pub(crate) struct OwnCredentials {}
}

/// The provider of a path, where the workflow lets organisations bring their own.
fn listed(app: &App, terms: &Terms, word: &str) -> Result<std::sync::Arc<millrace_connector::Connector>, ApiError> {
    let connector = service::provider(app, word)?;
    if terms.byoo().lists(&connector) {
        return Ok(connector);
    }
    let listed = terms.byoo().providers.join(", ");
    let hint = if listed.is_empty() { "The workflow takes no credentials of organisations.".to_owned() } else { format!("The workflow takes credentials of {listed}.") };
    let detail = format!("This workflow does not take your organisation's own credentials for {}.", connector.title);
    Err(ApiError::invalid(Refusal::UnknownProvider.code(), detail).with_field("provider", "UNKNOWN_PROVIDER", "is not among `byoo.providers`").with_hint(hint))
}

/// Bring your own credentials
///
/// They replace what was there. A server-to-server app and a key connect the installation at once; with an OAuth client, people
/// consent next (`GET /api/oauth/{provider}/authorize?installation=…`).
#[utoipa::path(put, path = "/api/installations/{id}/byoo/{provider}", tag = "oauth", operation_id = "put_own_credentials", request_body = OwnCredentials,
    params(("id" = String, Path, description = "`inst_…`"), ("provider" = String, Path, description = "The service")),
    responses((status = 204, description = "Kept, sealed"), (status = 400, description = "`UNKNOWN_PROVIDER`, `INVALID_OAUTH_APP`, `MISSING_FIELD`", body = Problem),
        (status = 404, description = "No such installation", body = Problem), (status = 409, description = "`OAUTH_APP_CHANGED`, `INSTALLATION_CHANGED`", body = Problem)))]
async fn put(State(app): State<App>, caller: May<need::ConnectionsManage>, Path((id, word)): Path<(InstallationId, String)>, Json(mut body): Json<OwnCredentials>) -> Result<StatusCode, ApiError> {
    let (terms, version) = slot::of_installation(&app, &caller.tenant, &id).await?;
    let connector = listed(&app, &terms, &word)?;
    let fields = body.fields();
    let secret = installations::link::secret_in(&fields);
    let secret = secret.as_ref().map(|s| s.as_str());
    let present = byoo::present_of(&app, &caller.tenant, &terms.workflow, &connector).await?;
    let link = installations::link::prepare(&app, &caller.tenant, Some(&id), present.as_ref().zip(secret)).await?;
    let mut tx = app.of(&caller.tenant).begin().await?;
    link.begin(&mut tx, &app).await?;
    let (_, connection) = byoo::keep(&mut tx, &app, &caller.by, (&caller.tenant, &terms.workflow), &connector, fields, true).await?;
    let mut linked = installations::link::Linked::default();
    if let Some(connection) = &connection {
        linked = link.finish(&mut tx, &app, &caller.by, Some(&version.definition), &connector, (connection, secret)).await?;
    }
    tx.commit().await?;
    linked.forget(&app, &caller.tenant);
    if let Some(connection) = &connection {
        app.connections.forget(&caller.tenant, connection);
    }
    app.snapshots.forget(|_, _| true);
    Ok(StatusCode::NO_CONTENT)
}

/// Show what your organisation brought
///
/// Which credentials are there, masked.
#[utoipa::path(get, path = "/api/installations/{id}/byoo/{provider}", tag = "oauth", operation_id = "get_own_credentials",
    params(("id" = String, Path, description = "`inst_…`"), ("provider" = String, Path, description = "The service")),
    responses((status = 200, body = OAuthApp), (status = 404, description = "No such installation, or nothing was brought", body = Problem)))]
async fn get(State(app): State<App>, caller: May<need::ConnectionsRead>, Path((id, word)): Path<(InstallationId, String)>) -> Result<Json<OAuthApp>, ApiError> {
    let (terms, _) = slot::of_installation(&app, &caller.tenant, &id).await?;
    let connector = super::http::in_path(&app, &word)?;
    let mut tx = app.of(&caller.tenant).read().await?;
    Ok(Json(service::find(&mut tx, &app, &Owner::organization(&caller.tenant, &terms.workflow), &connector).await?.into()))
}

/// Take your own credentials back
///
/// They are gone at once, for every installation of the workflow in your workspace. Accounts that were connected with them are not
/// used any more.
#[utoipa::path(delete, path = "/api/installations/{id}/byoo/{provider}", tag = "oauth", operation_id = "remove_own_credentials",
    params(("id" = String, Path, description = "`inst_…`"), ("provider" = String, Path, description = "The service")),
    responses((status = 204, description = "Gone"), (status = 404, description = "No such installation, or nothing was brought", body = Problem)))]
async fn remove(State(app): State<App>, caller: May<need::ConnectionsManage>, Path((id, word)): Path<(InstallationId, String)>) -> Result<StatusCode, ApiError> {
    let (terms, _) = slot::of_installation(&app, &caller.tenant, &id).await?;
    let connector = super::http::in_path(&app, &word)?;
    let mut tx = app.of(&caller.tenant).begin().await?;
    let found = service::find(&mut tx, &app, &Owner::organization(&caller.tenant, &terms.workflow), &connector).await?;
    service::remove(&mut tx, &caller.by, &found.app, app.clock.now()).await?;
    tx.commit().await?;
    app.snapshots.forget(|_, _| true);
    Ok(StatusCode::NO_CONTENT)
}
