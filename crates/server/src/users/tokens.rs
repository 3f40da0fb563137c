//! One-time tokens that a mail carries: 32 random bytes, of which an HMAC is kept.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
use millrace_ids::{InvitationId, UserId};
use zeroize::Zeroizing;

use crate::secrets::Keyring;

const ISSUE: &str = "INSERT INTO user_tokens (user_id, purpose, token_hash, invitation_id, expires_at, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (user_id, purpose) DO UPDATE SET token_hash = $3, invitation_id = COALESCE($4, user_tokens.invitation_id), expires_at = $5, created_at = $6";
const FIND: &str = "SELECT user_id, invitation_id, expires_at FROM user_tokens WHERE token_hash = $1 AND purpose = $2";
const SPEND: &str = "DELETE FROM user_tokens WHERE token_hash = $1 AND purpose = $2";
const FORGET: &str = "DELETE FROM user_tokens WHERE user_id = $1";
const SWEEP: &str = "DELETE FROM user_tokens WHERE expires_at < $1";

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Its holder reads the mail of the address.
    VerifyEmail,
    /// Its holder may choose a new password.
    ResetPassword,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
        }
    }
}

/// A token as its holder has it. Never shown by `Debug`.
#[derive(Clone)]
pub(crate) struct OneTimeToken(Zeroizing<String>);

impl OneTimeToken {
    /// A new one.
    pub(crate) fn generate() -> Self {
        Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())))
    }

    /// Its text, for the one mail that carries it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub(crate) fn hash(&self, keyring: &Keyring) -> String {
        hash(keyring, &self.0)
    }
}

impl fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeToken(…)")
    }
}

/// What is kept of the token with this text.
pub(crate) fn hash(keyring: &Keyring, text: &str) -> String {
    hex::encode(keyring.derive("one-time token", text.as_bytes()))
}

/// A token that was issued and not used yet.
#[derive(Debug)]
pub(crate) struct Issued {
    /// Whose.
    pub user: UserId,
    /// The invitation that is accepted with it.
    pub invitation: Option<InvitationId>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Issues a token; one issued before for the same purpose is good no more.
pub(crate) async fn issue(
    tx: &mut Tx,
    keyring: &Keyring,
    user: &UserId,
    purpose: Purpose,
    invitation: Option<&InvitationId>,
    (now, ttl): (Timestamp, Duration),
) -> Result<OneTimeToken, DbError> {
    let token = OneTimeToken::generate();
    let invitation = invitation.map(|id| id.as_str().to_owned());
    let statement = sql(ISSUE).bind(user.as_str()).bind(purpose.as_str()).bind(token.hash(keyring)).bind(invitation).bind(now.plus(ttl)).bind(now);
    tx.execute(statement).await?;
    Ok(token)
}

/// The token with this text, whether it has ended or not.
pub(crate) async fn find(tx: &mut Tx, keyring: &Keyring, purpose: Purpose, text: &str) -> Result<Option<Issued>, DbError> {
    let Some(row) = tx.optional(sql(FIND).bind(hash(keyring, text)).bind(purpose.as_str())).await? else { return Ok(None) };
    Ok(Some(Issued { user: row.get("user_id")?, invitation: row.get("invitation_id")?, expires_at: row.time("expires_at")? }))
}

/// Uses a token up; of several who try at once one does.
pub(crate) async fn spend(tx: &mut Tx, keyring: &Keyring, purpose: Purpose, text: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SPEND).bind(hash(keyring, text)).bind(purpose.as_str())).await? == 1)
}

/// Takes all tokens of a person back.
pub(crate) async fn forget(tx: &mut Tx, user: &UserId) -> Result<(), DbError> {
    tx.execute(sql(FORGET).bind(user.as_str())).await.map(drop)
}

/// Forgets tokens that ended long ago.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(sql(SWEEP).bind(now.minus(super::limits::ENDED_KEPT))).await
}
