//! `/api/oauth/{provider}/authorize` and `/callback`.

use std::collections::HashMap;

use axum::extract;
use axum::extract::FromRequestParts as _;
use axum::response::{IntoResponse, Response};
use http::request::Parts as RequestParts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use millrace_ids::{ConnectionId, InstallationId, OAuthAppId};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::begin::{Begun, Wish, begin};
use super::state::{Kept, Purpose, State, invalid};
use super::{finish, limits, store, trial};
use crate::app::App;
use crate::connections::{Connection, ConnectionView, Source};
use crate::http::{ApiError, ClientAddress, Json, Path, Problem, Query};
use crate::identity::{May, need};
use crate::oauth_apps::model::LastTest;
use crate::oauth_apps::service as apps;
use crate::rate_limits::Rule;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(authorize)).routes(routes!(callback))
}

/// What is to be connected.
#[derive(Debug, Deserialize, IntoParams)]
struct AuthorizeQuery {
    /// The installation that is given the connection; its workflow says which app asks, and for what.
    installation: Option<String>,
    /// The connection that is made anew, and keeps its id.
    connection: Option<String>,
    /// Without an installation: `system` or `developer`, whose app asks.
    source: Option<String>,
    /// Without an installation: scopes, with spaces or commas between.
    scopes: Option<String>,
    /// Where the browser goes afterwards: an address of this server.
    return_to: Option<String>,
    /// The port of this machine at which a command line waits for the answer.
    port: Option<u16>,
}

impl AuthorizeQuery {
    fn wish(self) -> Result<Wish, ApiError> {
        let wrong = |field: &'static str, message: String| ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message);
        Ok(Wish {
            installation: self.installation.map(|text| text.parse::<InstallationId>().map_err(|_| ApiError::not_found("installation"))).transpose()?,
            connection: self.connection.map(|text| text.parse::<ConnectionId>().map_err(|_| ApiError::not_found("connection"))).transpose()?,
            source: self.source.map(|text| text.parse().map_err(|message| wrong("source", message))).transpose()?,
            scopes: self.scopes.unwrap_or_default().split([' ', ',']).filter(|s| !s.is_empty()).map(str::to_owned).collect(),
            return_to: self.return_to,
            loopback_port: self.port,
        })
    }
}

/// Where a person connects an account.
#[derive(Debug, Serialize, ToSchema)]
struct AuthorizeAnswer {
    /// Where the browser goes; null when the app needs no person and the connection is made.
    authorize_url: Option<String>,
    /// Until when the answer counts.
    expires_at: Option<String>,
    /// What is asked for.
    scopes: Vec<String>,
    /// Whose app asks.
    credential_source: Source,
    /// The app.
    oauth_app_id: Option<OAuthAppId>,
    /// The connection, when it is made.
    connection: Option<ConnectionView>,
}

/// Connect an account
///
/// Programs are told the address at which a person consents; browsers (`Accept: text/html`) are sent there. An app that needs no
/// person (server-to-server, a key) makes its connection at once.
#[utoipa::path(get, path = "/api/oauth/{provider}/authorize", tag = "oauth", operation_id = "authorize_account", params(("provider" = String, Path, description = "The service"), AuthorizeQuery),
    responses((status = 200, body = AuthorizeAnswer), (status = 302, description = "For browsers: to the provider"), (status = 400, description = "`UNKNOWN_PROVIDER`, `INVALID_RETURN_TO`", body = Problem),
        (status = 404, description = "No such installation or connection", body = Problem),
        (status = 409, description = "`DEVELOPER_CREDENTIALS_REQUIRED`, `BYOO_REQUIRED`, `CREDENTIALS_SUSPENDED`", body = Problem)))]
async fn authorize(extract::State(app): extract::State<App>, caller: May<need::ConnectionsManage>, Path(word): Path<String>, headers: HeaderMap, Query(query): Query<AuthorizeQuery>) -> Result<Response, ApiError> {
    match begin(&app, &caller, &word, query.wish()?).await? {
        Begun::There { url, state, kept, source } => {
            let mut out = HeaderMap::new();
            state.remember(&app, &mut out);
            if wants(&headers, "text/html") {
                return sent(StatusCode::FOUND, out, url.as_str());
            }
            let Kept { app: asking, scopes, expires_at, .. } = *kept;
            let answer = AuthorizeAnswer { authorize_url: Some(url.into()), expires_at: Some(expires_at.to_string()), scopes, credential_source: source, oauth_app_id: Some(asking), connection: None };
            Ok((out, Json(answer)).into_response())
        }
        Begun::Done(made) => {
            let Connection { origin, .. } = &*made;
            let answer = AuthorizeAnswer {
                authorize_url: None,
                expires_at: None,
                scopes: origin.scopes.clone(),
                credential_source: origin.source,
                oauth_app_id: origin.app.clone(),
                connection: Some(ConnectionView::load(&app, &caller.tenant, *made).await?),
            };
            Ok(Json(answer).into_response())
        }
    }
}

/// Come back from a provider
///
/// Its answer is in the query, and counts once: from the browser that was sent there, or with the credential that began. To
/// `Accept: application/json` the answer is the connection; a browser is sent to `return_to`. After a test of an app
/// (`POST /api/developer/oauth-apps/{provider}/test`) the answer is what was found, `last_test` of the app, and nothing is connected.
#[utoipa::path(get, path = "/api/oauth/{provider}/callback", tag = "oauth", operation_id = "finish_account", security(()),
    params(("provider" = String, Path, description = "The service"), ("code" = Option<String>, Query, description = "From the provider"), ("state" = Option<String>, Query, description = "As it was sent there"),
        ("error" = Option<String>, Query, description = "Why the provider did not connect the account"), ("error_description" = Option<String>, Query, description = "The same in words")),
    responses((status = 200, description = "The connection", body = ConnectionView), (status = 302, description = "To the command line that waits on the browser's machine"),
        (status = 303, description = "For browsers: to `return_to`, with `error` when it was refused"), (status = 400, description = "`INVALID_STATE`, `OAUTH_REFUSED`", body = Problem),
        (status = 409, description = "`CREDENTIALS_MISMATCH`, `CREDENTIALS_SUSPENDED`", body = Problem), (status = 429, description = "`RATE_LIMITED`", body = Problem), (status = 503, description = "The provider does not answer", body = Problem)))]
async fn callback(extract::State(app): extract::State<App>, address: ClientAddress, Path(word): Path<String>, mut request: RequestParts, Query(query): Query<HashMap<String, String>>) -> Result<Response, ApiError> {
    app.limits.check(Rule::OauthCallback, address.group())?;
    let state = query.get("state").filter(|text| text.len() <= limits::PARAMETER).map(|text| State::of(text));
    let state = state.ok_or_else(|| invalid("The answer has no state."))?;
    let kept = store::get(&mut app.platform().read().await?, &state.hash(&app.keyring)).await?;
    let kept = kept.filter(|kept| !kept.is_used).ok_or_else(|| invalid("This answer belongs to nothing that was begun here, or was used before."))?;
    if !state.is_of(&app, &request.headers) && !is_by_whoever_began(&app, &mut request, &kept).await {
        // A command line waits on the browser's machine, and comes with its credential.
        let Some(port) = kept.loopback_port.filter(|_| app.clock.now() < kept.expires_at) else {
            return Err(invalid("This answer came from another browser than the one that began."));
        };
        let mut to = Url::parse(&format!("http://127.0.0.1:{port}/callback")).map_err(ApiError::internal)?;
        to.query_pairs_mut().extend_pairs(query.iter().filter(|(name, _)| ["state", "code", "error", "error_description"].contains(&name.as_str())));
        return sent(StatusCode::FOUND, HeaderMap::new(), to.as_str());
    }
    finish::spend(&app, &state, &kept).await?;
    let connector = apps::provider(&app, &kept.provider)?;
    if !connector.answers_to(&word) {
        return Err(invalid("This answer was meant for another service."));
    }
    let mut out = HeaderMap::new();
    state.forget(&app, &mut out);
    if kept.purpose == Purpose::Test {
        return tested(&app, out, &request.headers, kept.return_to.as_deref(), trial::finish(&app, &state, &kept, &connector, &query).await);
    }
    let done = match (finish::told(&query, &connector.title), query.get("code").filter(|code| !code.is_empty() && code.len() <= limits::PARAMETER)) {
        (Some(refused), _) => Err(refused),
        (None, None) => Err(ApiError::invalid("OAUTH_REFUSED", format!("{} sent no code.", connector.title))),
        (None, Some(code)) => finish::finish(&app, &state, &kept, &connector, code).await,
    };
    if !wants(&request.headers, "text/html") {
        return Ok((out, Json(ConnectionView::load(&app, &kept.tenant, done?).await?)).into_response());
    }
    let mut to = Url::parse(&kept.return_to.unwrap_or_else(|| format!("{}/app/connections", app.config.public_url()))).map_err(ApiError::internal)?;
    match &done {
        Ok(made) => to.query_pairs_mut().append_pair("connection", made.id.as_str()),
        Err(error) => to.query_pairs_mut().append_pair("error", &error.code),
    };
    sent(StatusCode::SEE_OTHER, out, to.as_str())
}

/// The end of a consent that tested an app.
fn tested(app: &App, headers: HeaderMap, asked: &HeaderMap, return_to: Option<&str>, done: Result<LastTest, ApiError>) -> Result<Response, ApiError> {
    if !wants(asked, "text/html") {
        return done.map(|test| (headers, Json(test)).into_response());
    }
    let apps = format!("{}/app/developer/oauth-apps", app.config.public_url());
    let mut to = Url::parse(return_to.unwrap_or(&apps)).map_err(ApiError::internal)?;
    match &done {
        Ok(test) => to.query_pairs_mut().append_pair("test", if test.success { "success" } else { "failed" }),
        Err(error) => to.query_pairs_mut().append_pair("error", &error.code),
    };
    sent(StatusCode::SEE_OTHER, headers, to.as_str())
}

/// Whether a request carries the credential that began.
async fn is_by_whoever_began(app: &App, request: &mut RequestParts, kept: &Kept) -> bool {
    if !request.headers.contains_key(header::AUTHORIZATION) {
        return false;
    }
    match May::<need::ConnectionsManage>::from_request_parts(request, app).await {
        Ok(caller) => caller.tenant == kept.tenant && caller.by == kept.by,
        Err(_) => false,
    }
}

fn wants(headers: &HeaderMap, kind: &str) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|value| value.to_str().is_ok_and(|text| text.contains(kind)))
}

fn sent(status: StatusCode, mut headers: HeaderMap, to: &str) -> Result<Response, ApiError> {
    headers.insert(header::LOCATION, HeaderValue::from_str(to).map_err(ApiError::internal)?);
    // The state in the address is nobody else's concern.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok((status, headers).into_response())
}
