//! What happened to security, for whoever looks after the server: repeated refusals, a token used twice.
//!
//! Unlike the audit log it tells of what was prevented, and it may be forgotten.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
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
            Self::SsoRefused => "sso_refused",
        }
    }
}

const INSERT: &str = "INSERT INTO security_events (id, tenant_id, kind, subject, meta, created_at) VALUES ($1, $2, $3, $4, $5, $6)";

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
