//! What happened to security, for whoever looks after the server: repeated refusals, a token used twice.
//!
//! Unlike the audit log it tells of what was prevented, and it may be forgotten.

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Tx, sql};
use millrace_ids::{SecurityEventId, TenantId};
use serde_json::Value;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A limit on signing in or on guessing was met; `meta.rule` names it.
    RateLimited,
    /// An account was locked after wrong passwords.
    AccountLocked,
    /// A refresh token was used a second time: its session was ended.
    RefreshReused,
    /// A cookie came without its token.
    CsrfRefused,
    /// A second factor was wrong again and again.
    SecondFactorRefused,
    /// A passkey counted fewer signatures than before: there may be two of it.
    PasskeyCloned,
    /// An answer of an identity provider did not belong to a sign-in of ours.
    SsoRefused,
}

impl Kind {
    /// The word in storage and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RateLimited => "rate_limited",
            Self::AccountLocked => "account_locked",
            Self::RefreshReused => "refresh_reused",
            Self::CsrfRefused => "csrf_refused",
            Self::SecondFactorRefused => "second_factor_refused",
            Self::PasskeyCloned => "passkey_cloned",
            Self::SsoRefused => "sso_refused",
        }
    }
}

const INSERT: &str = "INSERT INTO security_events (id, tenant_id, kind, subject, meta, created_at) VALUES ($1, $2, $3, $4, $5, $6)";

const DELETE_OLD: &str = "DELETE FROM security_events WHERE id IN (SELECT id FROM security_events WHERE created_at < $1 LIMIT $2)";

/// How long events are kept: whoever looks for the beginning of an attack finds it, and addresses of people are not kept for ever.
const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Events forgotten in one statement.
const FORGET: u32 = 1_000;

/// Writes an event in the caller's transaction. `subject` is whom it is about: an address, an account's or key's id. `meta` is
/// an object without secrets.
///
/// # Errors
/// The database failed.
pub async fn record(tx: &mut Tx, tenant: Option<&TenantId>, kind: Kind, subject: &str, meta: &Value, now: Timestamp) -> Result<(), DbError> {
    let id = SecurityEventId::generate();
    tracing::warn!(kind = kind.as_str(), event = %id, "security event");
    let statement = sql(INSERT).bind(id.as_str()).bind(tenant.map(TenantId::as_str)).bind(kind.as_str()).bind(subject).bind(meta.to_string()).bind(now);
    tx.execute(statement).await.map(drop)
}

/// Forgets events older than 90 days.
///
/// # Errors
/// The database failed; what was forgotten until then stays forgotten.
pub(crate) async fn forget(db: &Db, now: Timestamp) -> Result<(), DbError> {
    loop {
        let mut tx = db.begin().await?;
        let gone = tx.execute(sql(DELETE_OLD).bind(now.minus(KEPT)).bind(FORGET)).await?;
        tx.commit().await?;
        if gone < u64::from(FORGET) {
            return Ok(());
        }
    }
}
