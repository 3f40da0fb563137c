//! Refreshing: the one good token of a family is exchanged for its successor.
//!
//! A token that was used before is one of two things. Within [`REFRESH_GRACE`](super::limits::REFRESH_GRACE) of its use, and as
//! long as nobody used its successor, it is a second tab or a lost answer: it gets the same successor again. Otherwise
//! two hold the family, one of whom stole it: the session ends for both.

use millrace_clock::Timestamp;
use millrace_db::Tx;

use super::limits::REFRESH_GRACE;
use super::model::{Family, RevokedReason, Started};
use super::refresh_token::RefreshToken;
use super::service::{self, Begun};
use super::store;
use crate::app::App;
use crate::http::ApiError;

/// What a presented token is worth.
enum Worth {
    /// It was the good one, or its holder asks twice: this generation is good now.
    Good(i64),
    /// It was used before.
    Reused,
    Nothing,
}

/// Exchanges a refresh token.
pub(super) async fn refresh(app: &App, token: &RefreshToken) -> Result<Started, ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let Some(family) = store::family(&mut tx, &token.session).await?.filter(|family| token.is_of(&app.keyring, family)) else { return Err(invalid()) };
    match worth(&mut tx, token, &family, now).await? {
        Worth::Good(generation) => {
            tx.commit().await?;
            let begun = Begun { session: family.id, user: family.user, tenant: family.tenant, seed: family.seed, generation };
            service::started(app, &begun).await
        }
        Worth::Reused => {
            // Of several who come with it at the same moment one ends the session and says so.
            if store::revoke(&mut tx, &family.user, &family.id, RevokedReason::Reuse, now).await? {
                service::report_reuse(&mut tx, &family, now).await?;
            }
            tx.commit().await?;
            app.sessions.forget_user(&family.user);
            Err(invalid())
        }
        Worth::Nothing => Err(invalid()),
    }
}

async fn worth(tx: &mut Tx, token: &RefreshToken, family: &Family, now: Timestamp) -> Result<Worth, ApiError> {
    if family.revoked_at.is_some() || now >= family.expires_at {
        return Ok(Worth::Nothing);
    }
    if token.generation == family.generation && store::rotate(tx, &family.id, token.generation, now).await? {
        return Ok(Worth::Good(token.generation + 1));
    }
    // Another request may have been faster since the row was read.
    let Some(family) = store::family(tx, &family.id).await?.filter(|family| family.revoked_at.is_none()) else { return Ok(Worth::Nothing) };
    let just_now = now < family.rotated_at.plus(REFRESH_GRACE);
    Ok(match family.generation - token.generation {
        1 if just_now => Worth::Good(family.generation),
        1.. => Worth::Reused,
        _ => Worth::Nothing,
    })
}

/// 401: unknown, ended, used or revoked. Which of them is not said.
pub(super) fn invalid() -> ApiError {
    ApiError::new(http::StatusCode::UNAUTHORIZED, "INVALID_REFRESH_TOKEN", "This session cannot be renewed.").with_hint("Sign in again.")
}
