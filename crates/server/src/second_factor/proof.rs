//! Somebody who is signed in shows once more who they are: a device left open must not change how its owner signs in.

use millrace_db::Tx;
use millrace_ids::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::Shown;
use super::{challenge, codes, store};
use crate::app::App;
use crate::http::ApiError;
use crate::identity::Actor;
use crate::passwords::{Password, lockout};
use crate::users::{self, UserRecord};

/// One of both.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Proof {
    /// The current password.
    pub password: Option<Password>,
    /// A code of an app, or a recovery code.
    pub code: Option<String>,
}

/// A transaction in which the person is locked, once they have shown who they are. Somebody with neither a password nor a
/// second factor has nothing to show, and comes through.
///
/// # Errors
/// 400 `FRESH_PROOF_REQUIRED`, `WRONG_PASSWORD`, `WRONG_CODE`; 429 `ACCOUNT_LOCKED`, `SECOND_FACTOR_LOCKED`.
pub(super) async fn begin(app: &App, user: &UserId, by: &Actor, proof: &Proof) -> Result<(Tx, UserRecord), ApiError> {
    let (tx, user, _) = fresh(app, user, by, proof).await?;
    Ok((tx, user))
}

/// As [`begin`]; says besides whether anything was shown, which somebody with neither of both cannot.
///
/// # Errors
/// As [`begin`].
pub(crate) async fn fresh(app: &App, user: &UserId, by: &Actor, proof: &Proof) -> Result<(Tx, UserRecord, bool), ApiError> {
    let mut tx = app.platform().read().await?;
    let before = users::find(&mut tx, user).await?.ok_or_else(ApiError::unauthorized)?;
    let is_enrolled = store::is_enrolled(&mut tx, user).await?;
    drop(tx);
    match (&proof.password, &proof.code) {
        (Some(password), _) => {
            lockout::attempt(app, &before.email).await?;
            if !app.passwords.verify(password, before.password_hash.as_deref()).await? {
                return Err(wrong_password());
            }
        }
        (None, Some(_)) => lockout::factor_attempt(app, user).await?,
        (None, None) if before.password_hash.is_some() || is_enrolled => return Err(required()),
        (None, None) => {}
    }
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let user = users::lock(&mut tx, user).await?.filter(|now| now.password_hash == before.password_hash).ok_or_else(wrong_password)?;
    match (&proof.password, &proof.code) {
        (Some(_), _) => lockout::clear(&mut tx, &app.keyring, &user.email).await?,
        (None, Some(code)) => {
            let shown = codes::spend(&mut tx, app, &user, code, now).await?.ok_or_else(wrong_code)?;
            lockout::factor_clear(&mut tx, &app.keyring, &user.id).await?;
            if shown == Shown::RecoveryCode {
                let once = format!("{}:{}", user.id, now.micros());
                challenge::recovery_code_used(&mut tx, app, &user, by, &once).await?;
            }
        }
        (None, None) => {}
    }
    let shown = proof.password.is_some() || proof.code.is_some();
    Ok((tx, user, shown))
}

pub(super) fn required() -> ApiError {
    ApiError::invalid("FRESH_PROOF_REQUIRED", "This changes how you sign in: show once more who you are.")
        .with_field("password", "MISSING_FIELD", "is required")
        .with_hint("Send your `password`. Where there is none, send a `code`.")
}

pub(super) fn wrong_code() -> ApiError {
    ApiError::invalid("WRONG_CODE", "This code is wrong, or was used already.").with_field("code", "WRONG_CODE", "is the one that the app shows at this moment")
}

fn wrong_password() -> ApiError {
    ApiError::invalid("WRONG_PASSWORD", "This is not your password.").with_field("password", "WRONG_PASSWORD", "is your current password")
}
