//! What happens by itself: ends of chains are signed, and rows older than the retention dropped.

use std::sync::atomic::Ordering;
use std::time::Duration;

use millrace_audit::{Hash, SigningKey};
use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use serde_json::json;

use super::chain::{Chain, ChainError};
use super::keys::{SignerError, signer};
use super::record::WRITTEN;
use super::{Action, Entry, limits, record, retention, store};
use crate::app::Parts;
use crate::identity::Actor;
use crate::observe;

const UNSIGNED: &str = "SELECT tenant_id, seq, hash, kept_from, signed FROM audit_chains WHERE seq > signed AND tenant_id > $1 ORDER BY tenant_id LIMIT $2";
/// One statement on an idle server, where nothing is ever there to sign.
const ANY_UNSIGNED: &str = "SELECT tenant_id FROM audit_chains WHERE seq > signed LIMIT 1";
/// Chains whose oldest row is past the time that its workspace decided on, or else the installation.
const OLD: &str = "SELECT c.tenant_id, c.seq, c.hash, c.kept_from, c.signed, r.days FROM audit_chains c LEFT JOIN audit_retentions r ON r.tenant_id = c.tenant_id \
    WHERE c.tenant_id > $1 AND EXISTS (SELECT 1 FROM audit_log l WHERE l.tenant_id = c.tenant_id AND l.seq = c.kept_from \
      AND l.at < CASE WHEN r.days IS NULL THEN $3 ELSE $4 - r.days * 86400000000 END) ORDER BY c.tenant_id LIMIT $2";
/// The first row that is young enough; a clock that once went wrong makes more stay, never less.
const FIRST_YOUNG: &str = "SELECT min(seq) AS seq FROM audit_log WHERE tenant_id = $1 AND at >= $2";
const KEEP_FROM: &str = "UPDATE audit_chains SET kept_from = $2 WHERE tenant_id = $1 AND kept_from < $2";
const DROP_ROWS: &str = "DELETE FROM audit_log WHERE tenant_id = $1 AND seq < $2";
const DROP_HEADS: &str = "DELETE FROM audit_heads WHERE tenant_id = $1 AND seq < $2 - 1";

/// Why a round failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpkeepError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// Signs and drops, until the server stops. A node with the scheduler's role runs it; several do no harm to each other.
pub async fn upkeep(app: Parts) {
    for round in 1_u64.. {
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(limits::EVERY) => {}
        }
        let now = app.clock.now();
        let keep = app.config.audit.retention;
        let done = async {
            let due = WRITTEN.swap(false, Ordering::AcqRel) || round.is_multiple_of(limits::ROUNDS_PER_LOOK);
            if due && app.platform().optional(sql(ANY_UNSIGNED)).await?.is_some() {
                sign_ends(&app, now).await?;
            }
            if round.is_multiple_of(limits::ROUNDS_PER_DROP) {
                drop_old(&app, now, keep).await?;
            }
            Ok::<(), UpkeepError>(())
        };
        if let Err(error) = done.await {
            WRITTEN.store(true, Ordering::Release);
            tracing::warn!(%error, "the audit log's upkeep waits for the next round");
        }
    }
}

fn from_row(row: &Row) -> Result<Chain, DbError> {
    Ok(Chain { tenant: row.get("tenant_id")?, seq: store::place(row, "seq")?, hash: store::hash(row)?, kept_from: store::place(row, "kept_from")?, signed: store::place(row, "signed")? })
}

/// Signs the end of every chain that grew, once its new rows were hashed again.
pub(super) async fn sign_ends(app: &Parts, now: Timestamp) -> Result<u64, UpkeepError> {
    let (mut after, mut signed) = (String::new(), 0);
    loop {
        let found = app.platform().read().await?.all(sql(UNSIGNED).bind(&after).bind(limits::CHAINS)).await?;
        let chains = found.iter().map(from_row).collect::<Result<Vec<_>, _>>()?;
        let Some(last) = chains.last() else { return Ok(signed) };
        after.clone_from(&last.tenant);
        let key = signer(app.platform(), &app.keyring, now).await?;
        for chain in &chains {
            if let Err(error) = chain.anchored(&mut app.platform().read().await?, &key).await {
                match error {
                    ChainError::Db(error) => return Err(error.into()),
                    error @ ChainError::Broken { .. } => broken(&error),
                }
                continue;
            }
            match checked(app, chain, chain.seq).await? {
                Some(hash) if hash == chain.hash => signed += sign(app, chain, chain.seq, hash, &key, now).await?,
                Some(_) => broken(&ChainError::Broken { tenant: chain.tenant.clone(), seq: chain.seq, what: "is not the end that was recorded" }),
                None => {}
            }
        }
    }
}

async fn sign(app: &Parts, chain: &Chain, seq: u64, hash: Hash, key: &SigningKey, now: Timestamp) -> Result<u64, DbError> {
    let mut tx = app.platform().begin().await?;
    chain.sign(&mut tx, seq, hash, key, now).await?;
    tx.commit().await?;
    Ok(1)
}

/// The hash of row `to` if everything from the last signed row on is as it was recorded. If not, that is said loudly, and
/// nothing is ever signed over it.
async fn checked(app: &Parts, chain: &Chain, to: u64) -> Result<Option<Hash>, DbError> {
    match chain.check(app.platform(), chain.kept_from.max(chain.signed.min(to)), to).await {
        Ok(hash) => Ok(Some(hash)),
        Err(ChainError::Db(error)) => Err(error),
        Err(error @ ChainError::Broken { .. }) => {
            broken(&error);
            Ok(None)
        }
    }
}

fn broken(error: &ChainError) {
    observe::audit_broken();
    tracing::error!(%error, "an audit log does not verify; it is not signed any more");
}

/// Drops what is older than its workspace keeps it, or than `keep` where it decided nothing: first a signed head of the last row that goes, then the rows.
pub(super) async fn drop_old(app: &Parts, now: Timestamp, keep: Duration) -> Result<u64, UpkeepError> {
    let (mut after, mut dropped) = (String::new(), 0);
    loop {
        let found = app.platform().read().await?.all(sql(OLD).bind(&after).bind(limits::CHAINS).bind(now.minus(keep)).bind(now)).await?;
        let chains = found.iter().map(|row| Ok((from_row(row)?, retention::from_row(row)?))).collect::<Result<Vec<_>, DbError>>()?;
        let Some((last, _)) = chains.last() else { return Ok(dropped) };
        after.clone_from(&last.tenant);
        let key = signer(app.platform(), &app.keyring, now).await?;
        for (chain, own) in &chains {
            dropped += drop_from(app, chain, now.minus(own.unwrap_or(keep)), &key, now).await?;
        }
    }
}

async fn drop_from(app: &Parts, chain: &Chain, limit: Timestamp, key: &SigningKey, now: Timestamp) -> Result<u64, DbError> {
    let young = app.platform().read().await?.one(sql(FIRST_YOUNG).bind(&chain.tenant).bind(limit)).await?.get::<Option<i64>>("seq")?;
    let young = young.and_then(|seq| u64::try_from(seq).ok()).unwrap_or(chain.seq + 1);
    let keep_from = young.min(chain.kept_from + u64::from(limits::DROPPED));
    if keep_from <= chain.kept_from {
        return Ok(0);
    }
    let whole = Chain { signed: chain.kept_from, ..chain.clone() };
    let Some(hash) = checked(app, &whole, keep_from - 1).await? else { return Ok(0) };
    let mut tx = app.platform().begin().await?;
    // The row that says so is written first: it locks the chain.
    let tenant = (chain.tenant != super::INSTALLATION).then(|| millrace_ids::TenantId::from_stored(chain.tenant.clone()));
    let entry = Entry::new(Action::AuditRetained, "audit_log", &chain.tenant).meta(json!({ "dropped_from": chain.kept_from, "dropped_until": keep_from - 1, "older_than": limit.to_string() }));
    record(&mut tx, tenant.as_ref(), &Actor::System, entry, now).await?;
    if tx.execute(sql(KEEP_FROM).bind(&chain.tenant).bind(store::stored(keep_from))).await? == 0 {
        // Another node was here meanwhile.
        tx.rollback().await?;
        return Ok(0);
    }
    chain.sign(&mut tx, keep_from - 1, hash, key, now).await?;
    let rows = delete(&mut tx, &chain.tenant, keep_from).await?;
    tx.commit().await?;
    tracing::info!(chain = %chain.tenant, rows, "audit rows past their retention were dropped");
    Ok(rows)
}

async fn delete(tx: &mut Tx, tenant: &str, keep_from: u64) -> Result<u64, DbError> {
    let rows = tx.execute(sql(DROP_ROWS).bind(tenant).bind(store::stored(keep_from))).await?;
    tx.execute(sql(DROP_HEADS).bind(tenant).bind(store::stored(keep_from))).await?;
    Ok(rows)
}
