//! Signing in with a passkey alone: nobody says who they are, the device does. It counts as two factors.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use millrace_db::Tx;
use millrace_ids::SessionId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::{ApiError, ClientAddress, Json, Problem};
use crate::memberships;
use crate::rate_limits::Rule;
use crate::second_factor::passkeys::{self, PasskeyAnswer, Purpose, QuestionAnswer};
use crate::sessions::{self, Method, Opened, SignInAnswer, cookies};
use crate::tenants::{self, AuthMode};
use crate::users::{self, AuthProvider, UserRecord, UserStatus};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(ask)).routes(routes!(sign_in_with_passkey))
}

/// Begin to sign in with a passkey
///
/// Answers what the browser's `navigator.credentials.get` takes. It asks for no address: the device finds the passkey by itself.
#[utoipa::path(post, path = "/api/v1/auth/passkey", tag = "sign-in", operation_id = "ask_passkey_to_sign_in", security(()),
    responses((status = 200, body = QuestionAnswer), (status = 403, description = "CSRF_FAILED", body = Problem), (status = 409, description = "PASSKEYS_UNAVAILABLE", body = Problem),
        (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn ask(State(app): State<App>, address: ClientAddress, headers: HeaderMap) -> Result<Json<QuestionAnswer>, ApiError> {
    cookies::check_origin(&app, &headers)?;
    app.limits.check(Rule::PasskeyBegin, address.group())?;
    super::login::sweep_later(&app);
    Ok(Json(passkeys::ask_anybody(&app).await?.into()))
}

/// Sign in with a passkey
///
/// With what the device answered, within 5 minutes. Nothing else is asked for: who has the device and can open it has shown two
/// factors.
#[utoipa::path(post, path = "/api/v1/auth/passkey/finish", tag = "sign-in", operation_id = "sign_in_with_passkey", security(()), request_body = PasskeyAnswer,
    responses((status = 200, body = SignInAnswer), (status = 400, description = "USE_SSO", body = Problem), (status = 401, description = "PASSKEY_REFUSED", body = Problem),
        (status = 403, description = "EMAIL_NOT_VERIFIED, USER_SUSPENDED, CSRF_FAILED", body = Problem), (status = 409, description = "PASSKEYS_UNAVAILABLE", body = Problem),
        (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn sign_in_with_passkey(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Json(body): Json<PasskeyAnswer>) -> Result<Response, ApiError> {
    cookies::check_origin(&app, &headers)?;
    app.limits.look(Rule::SecondFactorAddress, address.group())?;
    match attempt(&app, &body).await? {
        Some(opened) => sessions::answer(&app, opened, StatusCode::OK).await,
        None => {
            app.limits.check(Rule::SecondFactorAddress, address.group())?;
            Err(refused())
        }
    }
}

/// Opens a session for the person whose passkey answered rightly.
async fn attempt(app: &App, answer: &PasskeyAnswer) -> Result<Option<Opened>, ApiError> {
    let question = passkeys::take(app, &answer.token, Purpose::SignIn, "").await?;
    let claimed = passkeys::claim(app, &answer.credential, true).await?;
    let (Some(question), Some(claimed)) = (question, claimed) else { return Ok(None) };
    let mut tx = app.platform().begin().await?;
    let Some(user) = users::lock(&mut tx, &claimed.passkey.user).await? else { return Ok(None) };
    if passkeys::spend(&mut tx, app, &user, &question, &claimed).await?.is_none() {
        // What was seen of a copied key stays.
        tx.commit().await?;
        return Ok(None);
    }
    may_sign_in(&mut tx, app, &user).await?;
    let opened = sessions::begin(&mut tx, app, user, SessionId::generate(), Method::Passkey, None).await?;
    sessions::confirm(&mut tx, &opened.begun.session, "passkey").await?;
    tx.commit().await?;
    Ok(Some(opened))
}

/// What else decides whether somebody may sign in who has shown who they are.
async fn may_sign_in(tx: &mut Tx, app: &App, user: &UserRecord) -> Result<(), ApiError> {
    if user.status == UserStatus::Suspended {
        return Err(sessions::suspended());
    }
    if app.config.auth.email_verification && !user.email_verified {
        return Err(sessions::email_not_verified());
    }
    if user.auth_provider == AuthProvider::Idp {
        // The organisation decides about its people at each sign-in; a passkey here must not outlive their account there.
        for place in memberships::list_of_user(tx, &user.id).await? {
            let settings = tenants::workspace_settings(tx, &place.tenant).await?;
            if settings.is_some_and(|settings| settings.auth_mode == Some(AuthMode::SsoOnly)) {
                return Err(super::login::use_sso());
            }
        }
    }
    Ok(())
}

/// 401: which of the reasons is not said.
fn refused() -> ApiError {
    let detail = "This passkey does not sign in here, or its answer came too late.";
    ApiError::new(StatusCode::UNAUTHORIZED, "PASSKEY_REFUSED", detail).with_hint("Begin again at POST /api/v1/auth/passkey, or sign in with your password.")
}
