//! The SQL of people. They belong to no workspace: these are the only statements that look for one without a tenant.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{TenantId, UserId};

use super::model::{NewUser, UserRecord, UserStatus};
use super::EmailAddress;

const INSERT: &str = "INSERT INTO users (id, email, name, auth_provider, email_verified, password_hash, status, created_at, updated_at) \
    VALUES ($1, $2, '', $3, $4, $5, $6, $7, $7) ON CONFLICT (email) DO NOTHING";
const CLAIM: &str = "UPDATE users SET auth_provider = $2, email_verified = $3, password_hash = $4, status = $5, updated_at = $6 \
    WHERE email = $1 AND status = 'invited' AND password_hash IS NULL RETURNING id";
const FIND: &str = "SELECT * FROM users WHERE id = $1";
const FIND_BY_EMAIL: &str = "SELECT * FROM users WHERE email = $1";
const FIND_BY_IDENTITY: &str = "SELECT * FROM users WHERE idp_provider = $1 AND idp_sub = $2";
const LINK: &str = "UPDATE users SET auth_provider = 'idp', idp_provider = $2, idp_sub = $3, email = $4, name = CASE WHEN name = '' THEN $5 ELSE name END, email_verified = $6, \
    status = 'active', updated_at = $7 WHERE id = $1 AND (status = 'invited' OR (auth_provider = 'idp' AND status <> 'suspended')) AND password_hash IS NULL";
/// Nobody has shown that this person is whose the address is: who shows it now is another person, or the same.
const TAKE_OVER: &str = "UPDATE users SET auth_provider = 'idp', password_hash = NULL, name = '', updated_at = $3 \
    WHERE id = $1 AND auth_provider = 'local' AND status = 'pending_verification' AND email_verified = $2";
const LOCK: millrace_db::Sql = millrace_db::Sql::pair("SELECT * FROM users WHERE id = $1", "SELECT * FROM users WHERE id = $1 FOR NO KEY UPDATE");
const SET_NAME: &str = "UPDATE users SET name = $2, updated_at = $3 WHERE id = $1";
const SET_PASSWORD: &str = "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1 AND auth_provider = 'local'";
const VERIFY: &str = "UPDATE users SET email_verified = $4, status = $2, updated_at = $3 WHERE id = $1 AND status <> 'suspended'";
const TOUCH_LOGIN: &str = "UPDATE users SET last_login_at = $2 WHERE id = $1";
const ACTIVE_TENANT: &str = "UPDATE users SET last_active_tenant_id = $2 WHERE id = $1";

/// Stores a person; `None` when somebody has that address already, a moment ago or long since.
pub(crate) async fn insert(tx: &mut Tx, new: &NewUser<'_>, now: Timestamp) -> Result<Option<UserId>, DbError> {
    let id = UserId::generate();
    let statement = sql(INSERT)
        .bind(id.as_str())
        .bind(new.email.as_str())
        .bind(new.auth_provider.as_str())
        .bind(new.email_verified)
        .bind(new.password_hash.map(str::to_owned))
        .bind(new.status.as_str())
        .bind(now);
    Ok((tx.execute(statement).await? == 1).then_some(id))
}

/// Completes the row of a person who was invited and comes for the first time; `None` when there is no such row.
pub(crate) async fn claim_invited(tx: &mut Tx, new: &NewUser<'_>, now: Timestamp) -> Result<Option<UserId>, DbError> {
    let statement = sql(CLAIM)
        .bind(new.email.as_str())
        .bind(new.auth_provider.as_str())
        .bind(new.email_verified)
        .bind(new.password_hash.map(str::to_owned))
        .bind(new.status.as_str())
        .bind(now);
    tx.optional(statement).await?.map(|row| row.get("id")).transpose()
}

/// A person by id.
pub(crate) async fn find(tx: &mut Tx, id: &UserId) -> Result<Option<UserRecord>, DbError> {
    tx.optional(sql(FIND).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

/// A person by id, locked until the transaction ends: whoever signs in, resets a password or makes a first workspace does it alone.
pub(crate) async fn lock(tx: &mut Tx, id: &UserId) -> Result<Option<UserRecord>, DbError> {
    tx.optional(sql(LOCK).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

/// A person by address.
pub(crate) async fn find_by_email(tx: &mut Tx, email: &EmailAddress) -> Result<Option<UserRecord>, DbError> {
    tx.optional(sql(FIND_BY_EMAIL).bind(email.as_str())).await?.as_ref().map(from_row).transpose()
}

/// The person whom an issuer calls so.
pub(crate) async fn find_by_identity(tx: &mut Tx, issuer: &str, subject: &str) -> Result<Option<UserRecord>, DbError> {
    tx.optional(sql(FIND_BY_IDENTITY).bind(issuer).bind(subject)).await?.as_ref().map(from_row).transpose()
}

/// Writes down what an identity provider says of a person who signs in there, or was invited and comes for the first time.
/// The name only where none was told. Somebody who has a password, or is suspended, stays as they are.
pub(crate) async fn link(tx: &mut Tx, id: &UserId, (issuer, subject): (&str, &str), email: &EmailAddress, name: &str, now: Timestamp) -> Result<bool, DbError> {
    let statement = sql(LINK).bind(id.as_str()).bind(issuer).bind(subject).bind(email.as_str()).bind(name).bind(true).bind(now);
    Ok(tx.execute(statement).await? == 1)
}

/// Turns an account whose address nobody has verified into one of an identity provider, without the password and the name of
/// whoever signed up; answers whether it was such an account.
pub(crate) async fn take_over(tx: &mut Tx, id: &UserId, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(TAKE_OVER).bind(id.as_str()).bind(false).bind(now)).await? == 1)
}

/// Gives a person another name.
pub(super) async fn set_name(tx: &mut Tx, id: &UserId, name: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SET_NAME).bind(id.as_str()).bind(name).bind(now)).await.map(drop)
}

/// Gives a person who signs in here another password.
pub(crate) async fn set_password(tx: &mut Tx, id: &UserId, hash: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SET_PASSWORD).bind(id.as_str()).bind(hash).bind(now)).await? == 1)
}

/// Says whether a person's address is verified, and what the person may do from now on. Suspended people stay as they are.
pub(crate) async fn verify(tx: &mut Tx, id: &UserId, verified: bool, status: UserStatus, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(VERIFY).bind(id.as_str()).bind(status.as_str()).bind(now).bind(verified)).await? == 1)
}

/// Remembers a sign-in.
pub(crate) async fn touch_login(tx: &mut Tx, id: &UserId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(TOUCH_LOGIN).bind(id.as_str()).bind(now)).await.map(drop)
}

/// Remembers the workspace in which a person is.
pub(crate) async fn update_active_tenant(tx: &mut Tx, id: &UserId, tenant: &TenantId) -> Result<(), DbError> {
    tx.execute(sql(ACTIVE_TENANT).bind(id.as_str()).bind(tenant.as_str())).await.map(drop)
}

fn from_row(row: &Row) -> Result<UserRecord, DbError> {
    Ok(UserRecord {
        id: row.get("id")?,
        email: EmailAddress::from_stored(row.get("email")?),
        name: row.get("name")?,
        auth_provider: row.parse("auth_provider")?,
        identity: row.get::<Option<String>>("idp_provider")?.zip(row.get("idp_sub")?),
        email_verified: row.get("email_verified")?,
        password_hash: row.get("password_hash")?,
        status: row.parse("status")?,
        last_active_tenant: row.get("last_active_tenant_id")?,
        last_login_at: row.time_opt("last_login_at")?,
        created_at: row.time("created_at")?,
    })
}
