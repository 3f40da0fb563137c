//! Somebody who is signed in shows once more who they are: a device left open must not change how its owner signs in.

use millrace_db::Tx;
use millrace_ids::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::Shown;
use super::passkeys::{PasskeyAnswer, Purpose};
use super::showing::{Given, Showing};
use super::{challenge, store};
use crate::app::App;
use crate::http::ApiError;
use crate::identity::Actor;
use crate::passwords::{Password, lockout};
use crate::users::{self, UserRecord};

/// One of them.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Proof {
    /// The current password.
    pub password: Option<Password>,
    /// A code of an app, or a recovery code.
    pub code: Option<String>,
    /// What a passkey answered, of `POST /api/v1/users/me/passkeys/challenge`.
    pub passkey: Option<PasskeyAnswer>,
}

/// A transaction in which the person is locked, once they have shown who they are. Somebody with neither a password nor a
/// second factor has nothing to show, and comes through.
///
/// # Errors
/// 400 `FRESH_PROOF_REQUIRED`, `WRONG_PASSWORD`, `WRONG_CODE`, `WRONG_PASSKEY`; 429 `ACCOUNT_LOCKED`, `SECOND_FACTOR_LOCKED`.
pub(super) async fn begin(app: &App, user: &UserId, by: &Actor, proof: &Proof) -> Result<(Tx, UserRecord), ApiError> {
    let (tx, user, _) = fresh(app, user, by, proof).await?;
    Ok((tx, user))
}

/// As [`begin`]; says besides whether anything was shown, which somebody with neither of both cannot.
///
/// # Errors
/// As [`begin`].
pub(crate) async fn fresh(app: &App, user: &UserId, by: &Actor, proof: &Proof) -> Result<(Tx, UserRecord, bool), ApiError> {
    if let Some(password) = &proof.password {
        let (tx, user) = with_password(app, user, password).await?;
        return Ok((tx, user, true));
    }
    let given = Given { code: proof.code.clone(), passkey: proof.passkey.clone() };
    if given.is_some() {
        let (tx, user, _) = with_factor(app, user, by, &given).await?;
        return Ok((tx, user, true));
    }
    let mut tx = app.platform().begin().await?;
    let user = users::lock(&mut tx, user).await?.ok_or_else(ApiError::unauthorized)?;
    if user.password_hash.is_some() || store::is_enrolled(&mut tx, &user.id).await? {
        return Err(required());
    }
    Ok((tx, user, false))
}

async fn with_password(app: &App, user: &UserId, password: &Password) -> Result<(Tx, UserRecord), ApiError> {
    let before = users::find(&mut app.platform().read().await?, user).await?.ok_or_else(ApiError::unauthorized)?;
    lockout::attempt(app, &before.email).await?;
    if !app.passwords.verify(password, before.password_hash.as_deref()).await? {
        return Err(wrong_password());
    }
    let mut tx = app.platform().begin().await?;
    let user = users::lock(&mut tx, user).await?.filter(|now| now.password_hash == before.password_hash).ok_or_else(wrong_password)?;
    lockout::clear(&mut tx, &app.keyring, &user.email).await?;
    Ok((tx, user))
}

/// The same, with a second factor that was shown in this session; what it was.
pub(super) async fn with_factor(app: &App, user: &UserId, by: &Actor, given: &Given) -> Result<(Tx, UserRecord, Shown), ApiError> {
    let session = match by {
        Actor::User { session, .. } => session.as_str(),
        Actor::ApiKey(_) | Actor::System => return Err(ApiError::unauthorized()),
    };
    lockout::factor_attempt(app, user).await?;
    let showing = Showing::begin(app, given, Purpose::Prove, session).await?;
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let user = users::lock(&mut tx, user).await?.ok_or_else(ApiError::unauthorized)?;
    let Some(shown) = showing.spend(&mut tx, app, &user).await? else {
        tx.commit().await?;
        return Err(if given.passkey.is_some() { wrong_passkey() } else { wrong_code() });
    };
    lockout::factor_clear(&mut tx, &app.keyring, &user.id).await?;
    if shown == Shown::RecoveryCode {
        let once = format!("{}:{}", user.id, now.micros());
        challenge::recovery_code_used(&mut tx, app, &user, by, &once).await?;
    }
    Ok((tx, user, shown))
}

pub(super) fn required() -> ApiError {
    ApiError::invalid("FRESH_PROOF_REQUIRED", "This changes how you sign in: show once more who you are.")
        .with_field("password", "MISSING_FIELD", "is required")
        .with_hint("Send your `password`. Where there is none, send a `code`, or the answer of a `passkey`.")
}

pub(super) fn wrong_code() -> ApiError {
    ApiError::invalid("WRONG_CODE", "This code is wrong, or was used already.").with_field("code", "WRONG_CODE", "is the one that the app shows at this moment")
}

/// 400: it is of another question, page, server or person, is not signed as it must be, or came too late. Which is in the log only.
pub(super) fn wrong_passkey() -> ApiError {
    ApiError::invalid("WRONG_PASSKEY", "This is not the answer of a passkey to what was asked here.").with_hint("Begin again: each question is good once, for five minutes.")
}

fn wrong_password() -> ApiError {
    ApiError::invalid("WRONG_PASSWORD", "This is not your password.").with_field("password", "WRONG_PASSWORD", "is your current password")
}
