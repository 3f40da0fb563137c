//! `/api/developer/oauth-apps`: a developer's own apps.

use axum::extract::State;
use http::{HeaderMap, StatusCode};
use millrace_ids::{OAuthAppId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::health::{self, Tested};
use super::model::{Health, Kind, LastTest, Opened, Source, Status};
use super::service::{self, Owner, Said};
use super::slot::shown;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{May, need};
use crate::oauth;
use crate::workflows::service as workflows;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, create)).routes(routes!(get, change, remove)).routes(routes!(test)).routes(routes!(promote))
}

/// An app as the API shows it: its secrets masked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OAuthApp {
    /// Its id; another client makes another app of it.
    id: OAuthAppId,
    /// `developer`, `organization` or `system`.
    owner_type: Source,
    /// The workflow that it is for; null: all of its owner's.
    workflow_id: Option<WorkflowId>,
    /// The service.
    provider: String,
    /// How it comes to connections.
    kind: Kind,
    /// Its name at the provider; empty for a key.
    client_id: String,
    /// Its secrets: `••••` and the last four characters.
    secrets: BTreeMap<String, String>,
    /// To be registered at the provider: where people come back to.
    redirect_uri: String,
    /// Scopes asked for when a workflow declares none.
    scopes: Vec<String>,
    /// Where it stands.
    status: Status,
    /// What was written when a review was asked for.
    justification: Option<String>,
    /// What the review answered.
    review_note: Option<String>,
    /// Whether it works.
    health_status: Health,
    /// When that was looked at.
    last_health_check_at: Option<String>,
    /// What the provider said when it refused.
    last_error: Option<String>,
    /// What the last test consent ended with; null before the first one of this client.
    last_test: Option<LastTest>,
    /// When it was made.
    created_at: String,
    /// When it last changed.
    updated_at: String,
}

impl From<Opened> for OAuthApp {
    fn from(opened: Opened) -> Self {
        let secrets = opened.masked();
        let app = opened.app;
        Self {
            id: app.id,
            owner_type: app.owner,
            workflow_id: app.workflow,
            provider: app.provider,
            kind: app.kind,
            client_id: app.client_id,
            secrets,
            redirect_uri: app.redirect_uri,
            scopes: app.scopes,
            status: app.status,
            justification: app.justification,
            review_note: app.review_note,
            health_status: app.health,
            last_health_check_at: shown(app.last_health_check_at),
            last_error: app.last_error,
            last_test: app.last_test,
            created_at: app.created_at.to_string(),
            updated_at: app.updated_at.to_string(),
        }
    }
}

/// A request with the credentials of an app among its members.
macro_rules! with_credentials {
    ($(#[$of:meta])* $vis:vis struct $name:ident { $($(#[$each:meta])* $inner:vis $field:ident: $type:ty,)* }) => {
        $(#[$of])*
        #[derive(Deserialize, ToSchema)]
        $vis struct $name {
            $($(#[$each])* $inner $field: $type,)*
            /// Its name at the provider.
            #[serde(alias = "clientId")]
            client_id: Option<String>,
            /// Its secret.
            #[serde(alias = "clientSecret")]
            client_secret: Option<String>,
            /// Account id of a server-to-server app.
            #[serde(alias = "accountId")]
            account_id: Option<String>,
            /// An API key.
            #[serde(alias = "apiKey")]
            api_key: Option<String>,
            /// A token that does not end.
            #[serde(alias = "accessToken")]
            access_token: Option<String>,
            /// By which the provider signs its deliveries.
            #[serde(alias = "webhookSecret")]
            webhook_secret: Option<String>,
            /// Further fields of the service's ways to sign in, by name.
            #[schema(value_type = Option<Object>)]
            fields: Option<Map<String, Value>>,
        }

        impl $name {
            /// The credentials by name.
            $vis fn fields(&mut self) -> Map<String, Value> {
                let mut all = self.fields.take().unwrap_or_default();
                let named = [
                    ("client_id", self.client_id.take()),
                    ("client_secret", self.client_secret.take()),
                    ("account_id", self.account_id.take()),
                    ("api_key", self.api_key.take()),
                    ("access_token", self.access_token.take()),
                    ("webhook_secret", self.webhook_secret.take()),
                ];
                all.extend(named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?)))));
                all
            }
        }
    };
}
pub(super) use with_credentials;

with_credentials! {
    /// An app to be made.
    pub(crate) struct CreateOAuthApp {
        /// The service, such as `gmail`.
        pub(super) provider: String,
        /// How it comes to connections; found out from the credentials without it.
        pub(super) kind: Option<Kind>,
        /// The workflow that it is for, by id or by the id its module states; all of the workspace's without it.
        #[serde(alias = "workflowId", alias = "workflow_id")]
        pub(super) workflow: Option<String>,
        /// Scopes for workflows that declare none.
        pub(super) scopes: Option<Vec<String>>,
    }
}

with_credentials! {
    /// What to change of an app; what is absent stays, and an empty text removes a field.
    pub(crate) struct ChangeOAuthApp {
        /// Scopes for workflows that declare none.
        pub(super) scopes: Option<Vec<String>>,
    }
}

impl CreateOAuthApp {
    pub(super) fn said(&mut self) -> Said {
        Said { kind: self.kind, fields: self.fields(), scopes: self.scopes.take() }
    }
}

impl ChangeOAuthApp {
    pub(super) fn said(&mut self) -> Said {
        Said { kind: None, fields: self.fields(), scopes: self.scopes.take() }
    }
}

/// Which app is tested, and where a person's browser goes afterwards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TestOAuthApp {
    /// The workflow that the app is for; without it, the app for all of the workspace's.
    workflow: Option<String>,
    /// Where the browser goes after the consent: an address of this server.
    return_to: Option<String>,
    /// The port of this machine at which a command line waits for the answer.
    port: Option<u16>,
}

/// What a test found at once, and where it goes on.
#[derive(Debug, Serialize, ToSchema)]
struct OAuthAppTested {
    #[serde(flatten)]
    tested: Tested,
    /// Where a person consents, to test the whole way; null where none is asked, or the app may not be used.
    authorize_url: Option<String>,
    /// Until when that counts.
    expires_at: Option<String>,
}

/// Where an app is to stand.
#[derive(Debug, Deserialize, ToSchema)]
struct PromoteOAuthApp {
    /// `testing`, or `pending_review`.
    #[serde(alias = "targetStatus")]
    target_status: Status,
    /// Why it should be reviewed; needed for `pending_review`.
    justification: Option<String>,
}

/// Which app of a provider is meant.
#[derive(Debug, Deserialize, IntoParams)]
struct OfWorkflow {
    /// The one for this workflow; the one for all of the workspace's without it.
    workflow: Option<String>,
}

/// Which apps to list.
#[derive(Debug, Deserialize, IntoParams)]
struct ListApps {
    /// At most so many (1–200, usually 50).
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The workspace's own workflow that a word means.
async fn workflow(app: &App, caller: &crate::identity::Caller, word: Option<&str>) -> Result<Option<WorkflowId>, ApiError> {
    let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(None) };
    let mut tx = app.of(&caller.tenant).read().await?;
    Ok(Some(workflows::find(&mut tx, &caller.tenant, word).await?.id))
}

/// A provider in a path: one that nobody knows has no apps.
pub(super) fn in_path(app: &App, word: &str) -> Result<std::sync::Arc<millrace_connector::Connector>, ApiError> {
    app.registry.get(word).cloned().ok_or_else(|| ApiError::not_found("OAuth app"))
}

/// List your OAuth apps
///
/// Those that installers of your workflows connect their accounts with; oldest first, secrets masked.
#[utoipa::path(get, path = "/api/developer/oauth-apps", tag = "oauth", operation_id = "list_oauth_apps", params(ListApps), responses((status = 200, description = "A page", body = Page<OAuthApp>)))]
async fn list(State(app): State<App>, caller: May<need::ConnectionsRead>, Query(query): Query<ListApps>) -> Result<Json<Page<OAuthApp>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let after: Option<OAuthAppId> = page_cursor(query.cursor.as_deref())?;
    let found = service::of_developer(&app, &caller.tenant, after.as_ref(), limit).await?;
    Ok(Json(Page::from_overfull(found, limit, |o| o.app.id.to_string()).map(OAuthApp::from)))
}

/// Register an OAuth app
///
/// Its status is `development`: for installations in your own workspace only. Promote it for others. Register `redirect_uri` of the
/// answer at the provider.
#[utoipa::path(post, path = "/api/developer/oauth-apps", tag = "oauth", operation_id = "create_oauth_app", request_body = CreateOAuthApp,
    responses((status = 201, description = "Registered", body = OAuthApp), (status = 400, description = "`UNKNOWN_PROVIDER`, `INVALID_OAUTH_APP`, `MISSING_FIELD`", body = Problem),
        (status = 404, description = "No such workflow", body = Problem), (status = 409, description = "`OAUTH_APP_EXISTS`, `TOO_MANY_OAUTH_APPS`", body = Problem)))]
async fn create(State(app): State<App>, caller: May<need::ConnectionsManage>, Json(mut body): Json<CreateOAuthApp>) -> Result<(StatusCode, Json<OAuthApp>), ApiError> {
    let connector = service::provider(&app, &body.provider)?;
    let workflow = workflow(&app, &caller, body.workflow.as_deref()).await?;
    let mut tx = app.of(&caller.tenant).begin().await?;
    let made = service::make(&mut tx, &app, &caller.by, &Owner::developer(&caller.tenant, workflow.as_ref()), &connector, body.said(), false).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Show an OAuth app
#[utoipa::path(get, path = "/api/developer/oauth-apps/{provider}", tag = "oauth", operation_id = "get_oauth_app", params(("provider" = String, Path, description = "The service"), OfWorkflow),
    responses((status = 200, body = OAuthApp), (status = 404, description = "No such app", body = Problem)))]
async fn get(State(app): State<App>, caller: May<need::ConnectionsRead>, Path(word): Path<String>, Query(query): Query<OfWorkflow>) -> Result<Json<OAuthApp>, ApiError> {
    let connector = in_path(&app, &word)?;
    let workflow = workflow(&app, &caller, query.workflow.as_deref()).await?;
    let mut tx = app.of(&caller.tenant).read().await?;
    Ok(Json(service::find(&mut tx, &app, &Owner::developer(&caller.tenant, workflow.as_ref()), &connector).await?.into()))
}

/// Change an OAuth app
///
/// Another client makes another app of it: accounts that the old one connected are connected again, and it begins in `development`.
#[utoipa::path(patch, path = "/api/developer/oauth-apps/{provider}", tag = "oauth", operation_id = "change_oauth_app", request_body = ChangeOAuthApp,
    params(("provider" = String, Path, description = "The service"), OfWorkflow),
    responses((status = 200, body = OAuthApp), (status = 400, description = "`INVALID_OAUTH_APP`, `MISSING_FIELD`", body = Problem), (status = 404, description = "No such app", body = Problem),
        (status = 409, description = "`OAUTH_APP_CHANGED`", body = Problem)))]
async fn change(State(app): State<App>, caller: May<need::ConnectionsManage>, Path(word): Path<String>, Query(query): Query<OfWorkflow>, Json(mut body): Json<ChangeOAuthApp>) -> Result<Json<OAuthApp>, ApiError> {
    let connector = in_path(&app, &word)?;
    let workflow = workflow(&app, &caller, query.workflow.as_deref()).await?;
    let mut tx = app.of(&caller.tenant).begin().await?;
    let changed = service::change(&mut tx, &app, &caller.by, &Owner::developer(&caller.tenant, workflow.as_ref()), &connector, body.said()).await?;
    tx.commit().await?;
    app.snapshots.forget(|_, _| true);
    Ok(Json(changed.into()))
}

/// Remove an OAuth app
///
/// Its secrets are gone at once. Accounts that it connected are not renewed any more.
#[utoipa::path(delete, path = "/api/developer/oauth-apps/{provider}", tag = "oauth", operation_id = "remove_oauth_app", params(("provider" = String, Path, description = "The service"), OfWorkflow),
    responses((status = 204, description = "Removed"), (status = 404, description = "No such app", body = Problem)))]
async fn remove(State(app): State<App>, caller: May<need::ConnectionsManage>, Path(word): Path<String>, Query(query): Query<OfWorkflow>) -> Result<StatusCode, ApiError> {
    let connector = in_path(&app, &word)?;
    let workflow = workflow(&app, &caller, query.workflow.as_deref()).await?;
    let mut tx = app.of(&caller.tenant).begin().await?;
    let found = service::find(&mut tx, &app, &Owner::developer(&caller.tenant, workflow.as_ref()), &connector).await?;
    service::remove(&mut tx, &caller.by, &found.app, app.clock.now()).await?;
    tx.commit().await?;
    app.snapshots.forget(|_, _| true);
    Ok(StatusCode::NO_CONTENT)
}

/// Test an OAuth app
///
/// Asks the provider at once whether it knows the client, or takes the key: what it says is the app's health. For an OAuth client the
/// answer also has an `authorize_url`, at which a person consents within five minutes: what that ends with is `last_test` of the app.
/// The tokens are thrown away; no connection is made.
#[utoipa::path(post, path = "/api/developer/oauth-apps/{provider}/test", tag = "oauth", operation_id = "test_oauth_app", params(("provider" = String, Path, description = "The service"), TestOAuthApp),
    responses((status = 200, description = "What the provider said", body = OAuthAppTested), (status = 400, description = "`INVALID_RETURN_TO`", body = Problem),
        (status = 404, description = "No such app", body = Problem), (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn test(State(app): State<App>, caller: May<need::ConnectionsManage>, Path(word): Path<String>, Query(query): Query<TestOAuthApp>) -> Result<(HeaderMap, Json<OAuthAppTested>), ApiError> {
    let connector = in_path(&app, &word)?;
    let workflow = workflow(&app, &caller, query.workflow.as_deref()).await?;
    let found = service::find(&mut app.of(&caller.tenant).read().await?, &app, &Owner::developer(&caller.tenant, workflow.as_ref()), &connector).await?;
    let consent = oauth::trial::begin(&app, &caller, &connector, &found, query.return_to.as_deref(), query.port).await?;
    let tested = health::test(&app, &found).await?;
    let mut headers = HeaderMap::new();
    let (authorize_url, expires_at) = match consent {
        Some(consent) => {
            consent.remember(&app, &mut headers);
            (Some(consent.url.into()), Some(consent.expires_at.to_string()))
        }
        None => (None, None),
    };
    Ok((headers, Json(OAuthAppTested { tested, authorize_url, expires_at })))
}

/// Promote an OAuth app
///
/// `development → testing` is yours to decide, and enough for private workflows; `testing → pending_review` asks staff, who answer
/// with `production` or `rejected`.
#[utoipa::path(post, path = "/api/developer/oauth-apps/{provider}/promote", tag = "oauth", operation_id = "promote_oauth_app", request_body = PromoteOAuthApp,
    params(("provider" = String, Path, description = "The service"), OfWorkflow),
    responses((status = 200, body = OAuthApp), (status = 400, description = "`MISSING_FIELD`", body = Problem), (status = 404, description = "No such app", body = Problem),
        (status = 409, description = "`INVALID_PROMOTION`, `OAUTH_APP_CHANGED`", body = Problem)))]
async fn promote(State(app): State<App>, caller: May<need::ConnectionsManage>, Path(word): Path<String>, Query(query): Query<OfWorkflow>, Json(body): Json<PromoteOAuthApp>) -> Result<Json<OAuthApp>, ApiError> {
    let connector = in_path(&app, &word)?;
    let workflow = workflow(&app, &caller, query.workflow.as_deref()).await?;
    let mut tx = app.of(&caller.tenant).begin().await?;
    let found = service::find(&mut tx, &app, &Owner::developer(&caller.tenant, workflow.as_ref()), &connector).await?;
    let promoted = service::promote(&mut tx, &app, &caller.by, found, body.target_status, body.justification, false).await?;
    tx.commit().await?;
    Ok(Json(promoted.into()))
}
