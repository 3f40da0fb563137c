//! The installation's signing keys: made at the first need, sealed by the server's keyring, replaced on request.

use millrace_audit::{PublicKey, SigningKey, genesis};
use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Tx, sql};
use serde_json::json;

use super::record::INSTALLATION;
use super::{Action, Entry, record, store};
use crate::identity::Actor;
use crate::secrets::{Keyring, Place};

const ACTIVE: &str = "SELECT id, sealed_key FROM audit_keys WHERE retired_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1";
const ALL: &str = "SELECT id, public_key, created_at, retired_at FROM audit_keys ORDER BY created_at, id";
const INSERT: &str = "INSERT INTO audit_keys (id, public_key, sealed_key, created_at) VALUES ($1, $2, $3, $4)";
const RETIRE: &str = "UPDATE audit_keys SET retired_at = $1, sealed_key = NULL WHERE retired_at IS NULL";
const SEAL_AGAIN: &str = "UPDATE audit_keys SET sealed_key = $2 WHERE id = $1 AND retired_at IS NULL";

/// A key's public side.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) key: PublicKey,
    pub(super) created_at: Timestamp,
    pub(super) retired_at: Option<Timestamp>,
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The stored key does not open.
    #[error("the audit log's signing key: {0}")]
    Sealed(#[from] crate::secrets::OpenError),
    /// The stored key is no key.
    #[error("the audit log's signing key: {0}")]
    Invalid(#[from] millrace_audit::InvalidKey),
}

fn place(fingerprint: &str) -> Place<'_> {
    Place { tenant: "", kind: "audit.key", id: fingerprint }
}

/// The key that signs now; the first call ever makes it.
pub(super) async fn signer(db: &Db, keyring: &Keyring, now: Timestamp) -> Result<SigningKey, SignerError> {
    let found = db.optional(sql(ACTIVE)).await?;
    if let Some(row) = found {
        return open(db, keyring, &row).await;
    }
    let mut tx = db.begin().await?;
    // Nodes that come here at once go one after another.
    store::lock_end(&mut tx, INSTALLATION, &genesis(INSTALLATION)).await?;
    if let Some(row) = tx.optional(sql(ACTIVE)).await? {
        tx.rollback().await?;
        return open(db, keyring, &row).await;
    }
    let key = insert(&mut tx, keyring, now).await?;
    record(&mut tx, None, &Actor::System, Entry::new(Action::AuditKeyMade, "audit_key", key.fingerprint()), now).await?;
    tx.commit().await?;
    tracing::info!(fingerprint = key.fingerprint(), "made the key that signs the audit log; keep its fingerprint elsewhere, to verify exports with");
    Ok(key)
}

async fn open(db: &Db, keyring: &Keyring, row: &Row) -> Result<SigningKey, SignerError> {
    let (id, sealed): (String, String) = (row.get("id")?, row.get("sealed_key")?);
    let key = SigningKey::from_seed(&keyring.open_at(place(&id), &sealed)?)?;
    if keyring.is_outdated(&sealed) {
        let mut tx = db.begin().await?;
        tx.execute(sql(SEAL_AGAIN).bind(&id).bind(keyring.seal_at(place(&id), key.seed()))).await?;
        tx.commit().await?;
    }
    Ok(key)
}

async fn insert(tx: &mut Tx, keyring: &Keyring, now: Timestamp) -> Result<SigningKey, SignerError> {
    let key = SigningKey::generate()?;
    let sealed = keyring.seal_at(place(key.fingerprint()), key.seed());
    tx.execute(sql(INSERT).bind(key.fingerprint()).bind(key.public()).bind(sealed).bind(now)).await?;
    Ok(key)
}

/// Replaces the signing key. The former one's private half is deleted; what it signed stays verifiable.
///
/// # Errors
/// The database failed, or the keyring cannot seal.
pub async fn rotate(db: &Db, keyring: &Keyring, by: &Actor, now: Timestamp) -> Result<String, SignerError> {
    let mut tx = db.begin().await?;
    store::lock_end(&mut tx, INSTALLATION, &genesis(INSTALLATION)).await?;
    // Not opened: a key that was sealed with a lost master key must be replaceable.
    let before: Option<String> = tx.optional(sql(ACTIVE)).await?.map(|row| row.get("id")).transpose()?;
    tx.execute(sql(RETIRE).bind(now)).await?;
    let key = insert(&mut tx, keyring, now).await?;
    let entry = Entry::new(Action::AuditKeyRotated, "audit_key", key.fingerprint()).meta(json!({ "before": before }));
    record(&mut tx, None, by, entry, now).await?;
    tx.commit().await?;
    tracing::info!(fingerprint = key.fingerprint(), before, "the key that signs the audit log was replaced");
    Ok(key.fingerprint().to_owned())
}

/// All keys that ever signed, oldest first.
pub(super) async fn known(tx: &mut Tx) -> Result<Vec<Known>, DbError> {
    let read = |row: &Row| {
        let key = PublicKey { fingerprint: row.get("id")?, algorithm: "ed25519".to_owned(), public_key: row.get("public_key")? };
        Ok(Known { key, created_at: row.time("created_at")?, retired_at: row.time_opt("retired_at")? })
    };
    tx.all(sql(ALL)).await?.iter().map(read).collect()
}
