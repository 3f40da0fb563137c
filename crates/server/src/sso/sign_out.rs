//! Signing out, there and from there: a browser is sent on to the provider's own sign-out, and a provider that ends its sessions
//! of a person ends ours that began with them (OpenID Connect RP-Initiated and Back-Channel Logout 1.0).

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, StatusCode, header};
use millrace_clock::Timestamp;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::http::see_other;
use super::token::Logout;
use super::{discovery, limits, provider, token};
use crate::app::App;
use crate::http::{ApiError, ClientAddress, Path, Problem, RawBody};
use crate::rate_limits::Rule;
use crate::{sessions, users};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(leave)).routes(routes!(ended))
}

/// Sign out at an identity provider
///
/// Sends the browser there, after `POST /api/v1/auth/logout` ended the session here. The provider asks the person; it sends the
/// browser back to the page of signing in if that is registered there. A provider without a sign-out of its own is left out.
#[utoipa::path(get, path = "/api/v1/auth/sso/{provider}/logout", tag = "sign-in", operation_id = "leave_sso", security(()), params(("provider" = String, Path, description = "`default`, or the id of a workspace's own")),
    responses((status = 303, description = "To the provider, or to the page of signing in"), (status = 404, description = "No such provider", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem),
        (status = 503, description = "The provider does not answer", body = Problem)))]
async fn leave(State(app): State<App>, address: ClientAddress, Path(word): Path<String>) -> Result<Response, ApiError> {
    app.limits.check(Rule::SsoBegin, address.group())?;
    let provider = provider::find_even_closed(&mut app.platform().read().await?, &app, &word).await?;
    let back = format!("{}/app/sign-in", app.config.public_url());
    let metadata = discovery::metadata(&app, &provider.issuer).await.map_err(token::unreachable)?;
    let Some(mut to) = metadata.end_session.clone() else { return see_other(HeaderMap::new(), &back) };
    to.query_pairs_mut().append_pair("client_id", &provider.client_id).append_pair("post_logout_redirect_uri", &back);
    see_other(HeaderMap::new(), to.as_str())
}

/// End sessions as an identity provider
///
/// For providers, with a form that holds a `logout_token`. Ends the sessions that began with the one session of the provider's that
/// it names, or all of the person that began there.
#[utoipa::path(post, path = "/api/v1/auth/sso/{provider}/backchannel-logout", tag = "sign-in", operation_id = "end_sso_sessions", security(()), params(("provider" = String, Path, description = "`default`, or the id of a workspace's own")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded", description = "`logout_token=…`"),
    responses((status = 200, description = "Ended, if there were any"), (status = 400, description = "LOGOUT_TOKEN_INVALID", body = Problem), (status = 404, description = "No such provider", body = Problem),
        (status = 413, description = "Too large", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem), (status = 503, description = "The provider does not answer", body = Problem)))]
async fn ended(State(app): State<App>, address: ClientAddress, Path(word): Path<String>, RawBody(body): RawBody) -> Result<(StatusCode, [(HeaderName, &'static str); 1]), ApiError> {
    // A provider ends many sessions at once when it has to: only what is wrong counts.
    app.limits.look(Rule::BadCredentials, address.group())?;
    let provider = provider::find_even_closed(&mut app.platform().read().await?, &app, &word).await?;
    let text = url::form_urlencoded::parse(&body).find(|(name, _)| name == "logout_token").map(|(_, value)| value.into_owned());
    let told = match token::logout(&app, &provider, text.as_deref().unwrap_or_default()).await {
        Ok(told) => told,
        Err(error) if error.status == StatusCode::UNAUTHORIZED => {
            app.limits.check(Rule::BadCredentials, address.group())?;
            return Err(ApiError::invalid("LOGOUT_TOKEN_INVALID", "This is no logout token of this provider for this server, or it does not hold now."));
        }
        Err(error) => return Err(error),
    };
    end(&app, &provider.word, &provider.issuer, &told).await?;
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")]))
}

async fn end(app: &App, word: &str, issuer: &str, told: &Logout) -> Result<(), ApiError> {
    let now = app.clock.now();
    // What began since is not meant: a token that comes a second time ends nothing new.
    let until = Timestamp::from_micros(told.iat.saturating_add(limits::LEEWAY_S).saturating_mul(1_000_000));
    let mut tx = app.platform().begin().await?;
    let user = match (&told.sub, &told.sid) {
        (Some(sub), _) => users::find_by_identity(&mut tx, issuer, sub).await?.map(|user| user.id),
        (None, Some(sid)) => sessions::user_of_provider_session(&mut tx, word, sid).await?,
        (None, None) => None,
    };
    let Some(user) = user else { return Ok(()) };
    let ended = sessions::end_by_provider(&mut tx, word, &user, told.sid.as_deref(), until, now).await?;
    tx.commit().await?;
    app.sessions.forget_user(&user);
    tracing::info!(provider = word, ended, "an identity provider ended sessions");
    Ok(())
}
