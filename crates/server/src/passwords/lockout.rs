//! Wrong passwords are counted by the address that was typed, known or not, so that a lock says nothing about who exists.
//!
//! An attempt is counted before the password is looked at and forgotten when it was right: a thousand guesses at once are
//! as few as a thousand in a row. Kept in the database, so the lock holds on all nodes.

use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
use millrace_ids::{TenantId, UserId};
use serde_json::json;

use super::limits::{ATTEMPTS, LOCKED, WINDOW};
use crate::app::App;
use crate::http::ApiError;
use crate::secrets::Keyring;
use crate::security_events::{self, Event, Kind};
use crate::users::EmailAddress;

/// A lock that has ended, or a window that has, begins anew.
const COUNT: &str = "INSERT INTO login_attempts (subject, failures, window_start, locked_until) VALUES ($1, 1, $2, NULL) ON CONFLICT (subject) DO UPDATE SET \
    failures = CASE WHEN (login_attempts.locked_until IS NULL AND login_attempts.window_start <= $3) OR login_attempts.locked_until <= $2 THEN 1 ELSE login_attempts.failures + 1 END, \
    window_start = CASE WHEN (login_attempts.locked_until IS NULL AND login_attempts.window_start <= $3) OR login_attempts.locked_until <= $2 THEN $2 ELSE login_attempts.window_start END, \
    locked_until = CASE WHEN (login_attempts.locked_until IS NULL AND login_attempts.window_start <= $3) OR login_attempts.locked_until <= $2 THEN NULL \
        WHEN login_attempts.failures + 1 = $5 THEN $4 ELSE login_attempts.locked_until END \
    RETURNING failures, locked_until";
/// An account, and the workspace in which the person was last, if they still belong to it.
macro_rules! account {
    ($column:literal) => {
        concat!("SELECT u.id, m.tenant_id FROM users u LEFT JOIN memberships m ON m.tenant_id = u.last_active_tenant_id AND m.user_id = u.id AND m.status = 'active' WHERE u.", $column, " = $1")
    };
}
const OF_ADDRESS: &str = account!("email");
const OF_PERSON: &str = account!("id");
const CLEAR: &str = "DELETE FROM login_attempts WHERE subject = $1";
const SWEEP: &str = "DELETE FROM login_attempts WHERE window_start < $1";

/// Counts an attempt to sign in with this address.
///
/// # Errors
/// 429 `ACCOUNT_LOCKED` after too many wrong ones, whatever the password; the database failed.
pub(crate) async fn attempt(app: &App, email: &EmailAddress) -> Result<(), ApiError> {
    match count(app, subject(&app.keyring, email), Kind::AccountLocked, Named::Address(email)).await? {
        None => Ok(()),
        Some(seconds) => {
            let detail = "Too many wrong passwords for this address; it is locked for a while.";
            Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "ACCOUNT_LOCKED", detail).with_hint("Wait, or reset the password.").with_retry_after(seconds))
        }
    }
}

/// Counts a try of a person's second factor, on its own: whoever tries codes knows the password, and each sign-in with it
/// would otherwise begin the count anew.
///
/// # Errors
/// 429 `SECOND_FACTOR_LOCKED` after too many wrong ones, whatever the code; the database failed.
pub(crate) async fn factor_attempt(app: &App, user: &UserId) -> Result<(), ApiError> {
    match count(app, factor_subject(&app.keyring, user), Kind::SecondFactorRefused, Named::Person(user)).await? {
        None => Ok(()),
        Some(seconds) => {
            let detail = "Too many wrong codes; the second factor is locked for a while.";
            Err(ApiError::new(StatusCode::TOO_MANY_REQUESTS, "SECOND_FACTOR_LOCKED", detail).with_hint("Wait; then take the code that the app shows at that moment.").with_retry_after(seconds))
        }
    }
}

/// Whom a count is about.
#[derive(Clone, Copy)]
enum Named<'a> {
    Address(&'a EmailAddress),
    Person(&'a UserId),
}

impl Named<'_> {
    const fn account(&self) -> &'static str {
        match self {
            Self::Address(_) => OF_ADDRESS,
            Self::Person(_) => OF_PERSON,
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Address(email) => email.as_str(),
            Self::Person(user) => user.as_str(),
        }
    }
}

/// Counts one; answers for how many seconds the subject is locked, if it is.
async fn count(app: &App, subject: String, kind: Kind, named: Named<'_>) -> Result<Option<u32>, ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let statement = sql(COUNT).bind(subject).bind(now).bind(now.minus(WINDOW)).bind(now.plus(LOCKED)).bind(ATTEMPTS);
    let row = tx.one(statement).await?;
    let (failures, until) = (row.get::<i64>("failures")?, row.time_opt("locked_until")?);
    if failures == i64::from(ATTEMPTS) + 1 {
        // Looked up whether or not there is such an account; who has one sees the lock, and so do the admins of their workspace.
        let found = tx.optional(sql(named.account()).bind(named.as_str())).await?;
        let (user, tenant): (Option<UserId>, Option<TenantId>) = match &found {
            Some(row) => (row.get("id")?, row.get("tenant_id")?),
            None => (None, None),
        };
        let event = Event { kind, tenant: tenant.as_ref(), user: user.as_ref(), subject: named.as_str(), meta: &json!({"failures": ATTEMPTS}) };
        security_events::record_event(&mut tx, &event, now).await?;
    }
    tx.commit().await?;
    let wait = until.unwrap_or(now).since(now).as_secs();
    Ok((failures > i64::from(ATTEMPTS)).then(|| u32::try_from(wait).unwrap_or(u32::MAX).max(1)))
}

/// Forgets the attempts with this address: one was right.
pub(crate) async fn clear(tx: &mut Tx, keyring: &Keyring, email: &EmailAddress) -> Result<(), DbError> {
    tx.execute(sql(CLEAR).bind(subject(keyring, email))).await.map(drop)
}

/// Forgets the tries of a person's second factor: one was right.
pub(crate) async fn factor_clear(tx: &mut Tx, keyring: &Keyring, user: &UserId) -> Result<(), DbError> {
    tx.execute(sql(CLEAR).bind(factor_subject(keyring, user))).await.map(drop)
}

/// Forgets attempts that no longer matter.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(sql(SWEEP).bind(now.minus(WINDOW + LOCKED))).await
}

fn subject(keyring: &Keyring, email: &EmailAddress) -> String {
    format!("email:{}", hex::encode(keyring.derive("login attempts", email.as_str().as_bytes())))
}

fn factor_subject(keyring: &Keyring, user: &UserId) -> String {
    format!("factor:{}", hex::encode(keyring.derive("login attempts", user.as_str().as_bytes())))
}
