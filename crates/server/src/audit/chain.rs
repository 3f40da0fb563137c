//! Walking a chain: its rows in order, hashed again, and the heads that were signed.

use millrace_audit::{Hash, Head, Row, SignedHead, SigningKey, genesis};
use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Tx, sql};

use super::{keys, limits, store};

const CHAIN: &str = "SELECT seq, hash, kept_from, signed FROM audit_chains WHERE tenant_id = $1";
const ROWS: &str = "SELECT * FROM audit_log WHERE tenant_id = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq LIMIT $4";
const HASH: &str = "SELECT hash FROM audit_log WHERE tenant_id = $1 AND seq = $2";
const HEAD: &str = "SELECT seq, hash, at, key_id, signature FROM audit_heads WHERE tenant_id = $1 AND seq = $2";
const PUT_HEAD: &str = "INSERT INTO audit_heads (tenant_id, seq, hash, at, key_id, signature) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, seq) DO NOTHING";
/// One head of a day is enough once the next one is there; the head that retention stands on stays.
const THIN_OUT: &str = "DELETE FROM audit_heads WHERE tenant_id = $1 AND at >= $2 AND seq < $3 AND seq <> (SELECT kept_from - 1 FROM audit_chains WHERE tenant_id = $1)";
const SIGNED: &str = "UPDATE audit_chains SET signed = $2 WHERE tenant_id = $1 AND signed < $2";

const DAY_MICROS: i64 = 86_400_000_000;

/// Where a chain stands.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub(super) tenant: String,
    pub(super) seq: u64,
    pub(super) hash: Hash,
    pub(super) kept_from: u64,
    pub(super) signed: u64,
}

/// Why a chain cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A row is not as it was recorded, or missing.
    #[error("the audit log of {tenant} was changed: row {seq} {what}")]
    Broken {
        /// Whose log.
        tenant: String,
        /// The first row that is wrong.
        seq: u64,
        /// What is wrong.
        what: &'static str,
    },
}

/// Where a chain stands; an empty one if nothing was ever recorded.
pub(super) async fn find(tx: &mut Tx, tenant: &str) -> Result<Chain, DbError> {
    let tenant = tenant.to_owned();
    let Some(row) = tx.optional(sql(CHAIN).bind(&tenant)).await? else {
        return Ok(Chain { seq: 0, hash: genesis(&tenant), kept_from: 1, signed: 0, tenant });
    };
    Ok(Chain { seq: store::place(&row, "seq")?, hash: store::hash(&row)?, kept_from: store::place(&row, "kept_from")?, signed: store::place(&row, "signed")?, tenant })
}

/// A part of a chain's rows, with their stored hashes.
pub(super) async fn rows(tx: &mut Tx, tenant: &str, from: u64, to: u64) -> Result<Vec<(Row, Hash)>, DbError> {
    let statement = sql(ROWS).bind(tenant).bind(store::stored(from)).bind(store::stored(to)).bind(limits::BATCH);
    tx.all(statement).await?.iter().map(store::from_row).collect()
}

impl Chain {
    /// The hash before a row: of the row before it, or what stands for it where that was dropped or never was.
    pub(super) async fn before(&self, tx: &mut Tx, seq: u64) -> Result<Option<Hash>, DbError> {
        if seq == 1 {
            return Ok(Some(genesis(&self.tenant)));
        }
        let place = store::stored(seq - 1);
        let row = match tx.optional(sql(HASH).bind(&self.tenant).bind(place)).await? {
            Some(row) => Some(row),
            None => tx.optional(sql(HEAD).bind(&self.tenant).bind(place)).await?,
        };
        row.as_ref().map(store::hash).transpose()
    }

    /// The signed head of this row, if there is one.
    pub(super) async fn head(&self, tx: &mut Tx, seq: u64) -> Result<Option<SignedHead>, DbError> {
        let Some(row) = tx.optional(sql(HEAD).bind(&self.tenant).bind(store::stored(seq))).await? else { return Ok(None) };
        let head = Head { tenant: self.tenant.clone(), seq, hash: store::hash(&row)?, at: row.time("at")?, key: row.get("key_id")? };
        Ok(Some(SignedHead { head, signature: row.get("signature")? }))
    }

    /// Hashes the rows from `from` to `to` again; answers the last one's hash.
    pub(super) async fn check(&self, db: &Db, from: u64, to: u64) -> Result<Hash, ChainError> {
        let broken = |seq, what| ChainError::Broken { tenant: self.tenant.clone(), seq, what };
        let mut hash = self.before(&mut db.read().await?, from).await?.ok_or_else(|| broken(from, "has nothing before it"))?;
        let mut next = from;
        while next <= to {
            let batch = rows(&mut db.read().await?, &self.tenant, next, to).await?;
            if batch.is_empty() {
                return Err(broken(next, "is missing"));
            }
            for (row, stored) in batch {
                if row.seq != next {
                    return Err(broken(next, "is missing"));
                }
                hash = row.hash(&self.tenant, &hash);
                if hash != stored || !row.personal.iter().all(|(name, personal)| personal.holds(name)) {
                    return Err(broken(next, "is not as it was recorded"));
                }
                next += 1;
            }
        }
        Ok(hash)
    }

    /// Whether the last signed head is there, was signed by one of our keys, and is still the hash of its row: a history that
    /// was written anew from there on would fit in itself.
    pub(super) async fn anchored(&self, tx: &mut Tx, key: &SigningKey) -> Result<(), ChainError> {
        if self.signed == 0 {
            return Ok(());
        }
        let broken = |what| ChainError::Broken { tenant: self.tenant.clone(), seq: self.signed, what };
        let head = self.head(tx, self.signed).await?.ok_or_else(|| broken("has lost its signed head"))?;
        // The present key from the keyring, former ones as the database knows them.
        let public = if head.head.key == key.fingerprint() {
            Some(key.public())
        } else {
            keys::known(tx).await?.into_iter().find(|known| known.key.fingerprint == head.head.key).map(|known| known.key.public_key)
        };
        if !public.is_some_and(|public| head.verifies(&public)) {
            return Err(broken("has a head that we did not sign"));
        }
        let row = tx.optional(sql(HASH).bind(&self.tenant).bind(store::stored(self.signed))).await?;
        match row.as_ref().map(store::hash).transpose()? {
            Some(hash) if hash != head.head.hash => Err(broken("is not the one that was signed")),
            _ => Ok(()),
        }
    }

    /// Writes a signed head of this row, which must have been checked.
    pub(super) async fn sign(&self, tx: &mut Tx, seq: u64, hash: Hash, key: &SigningKey, now: Timestamp) -> Result<(), DbError> {
        let SignedHead { head, signature } = Head::sign(&self.tenant, seq, hash, now, key);
        let place = store::stored(seq);
        tx.execute(sql(PUT_HEAD).bind(&self.tenant).bind(place).bind(hash.as_slice()).bind(now).bind(head.key).bind(signature)).await?;
        let day = now.micros() - now.micros().rem_euclid(DAY_MICROS);
        tx.execute(sql(THIN_OUT).bind(&self.tenant).bind(day).bind(place)).await?;
        tx.execute(sql(SIGNED).bind(&self.tenant).bind(place)).await.map(drop)
    }
}
