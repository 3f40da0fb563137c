//! SQL of whole scopes: how much is in one, what is in it, and emptying it.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};

use super::Scope;

const BYTES: Sql = Sql::pair(
    "SELECT (SELECT COALESCE(SUM(bytes + length(CAST(key AS BLOB))), 0) FROM storage WHERE tenant_id = $1 AND workflow_id = $2) \
     + (SELECT COALESCE(SUM(length(CAST(value AS BLOB)) + length(CAST(key AS BLOB))), 0) FROM kv WHERE tenant_id = $1 AND workflow_id = $2) AS n",
    "SELECT CAST((SELECT COALESCE(SUM(bytes + octet_length(key)), 0) FROM storage WHERE tenant_id = $1 AND workflow_id = $2) \
     + (SELECT COALESCE(SUM(octet_length(value) + octet_length(key)), 0) FROM kv WHERE tenant_id = $1 AND workflow_id = $2) AS BIGINT) AS n",
);
const VALUES: &str = "SELECT key, bytes, updated_at, NULL AS expires_at FROM storage WHERE tenant_id = $1 AND workflow_id = $2 AND key > $3 ORDER BY key LIMIT $4";
const KV_VALUES: Sql = Sql::pair(
    "SELECT key, length(CAST(value AS BLOB)) AS bytes, updated_at, expires_at FROM kv WHERE tenant_id = $1 AND workflow_id = $2 AND key > $3 ORDER BY key LIMIT $4",
    "SELECT key, CAST(octet_length(value) AS BIGINT) AS bytes, updated_at, expires_at FROM kv WHERE tenant_id = $1 AND workflow_id = $2 AND key > $3 ORDER BY key LIMIT $4",
);
const CLEAR: &str = "DELETE FROM storage WHERE tenant_id = $1 AND workflow_id = $2";
const KV_CLEAR: &str = "DELETE FROM kv WHERE tenant_id = $1 AND workflow_id = $2";
const FORGET: &str = "DELETE FROM kv WHERE (tenant_id, workflow_id, key) IN \
    (SELECT tenant_id, workflow_id, key FROM kv WHERE expires_at IS NOT NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2)";

/// A stored value without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its key.
    pub key: String,
    /// Bytes of its value.
    pub bytes: i64,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// Bytes of keys and values in a scope, expired ones included until they are forgotten.
pub(super) async fn bytes(tx: &mut Tx, scope: &Scope<'_>) -> Result<i64, DbError> {
    tx.one(sql(BYTES).bind(scope.tenant.as_str()).bind(scope.workflow)).await?.get("n")
}

/// What is in a scope after a key, in order: of `storage`, or of `env.KV`.
pub(super) async fn entries(tx: &mut Tx, scope: &Scope<'_>, kv: bool, after: &str, limit: u32) -> Result<Vec<Entry>, DbError> {
    let q = if kv { sql(KV_VALUES) } else { sql(VALUES) };
    tx.all(q.bind(scope.tenant.as_str()).bind(scope.workflow).bind(after).bind(limit)).await?.iter().map(read).collect()
}

/// Empties a scope; answers how many values there were.
pub(super) async fn clear(tx: &mut Tx, scope: &Scope<'_>) -> Result<u64, DbError> {
    let values = tx.execute(sql(CLEAR).bind(scope.tenant.as_str()).bind(scope.workflow)).await?;
    Ok(values + tx.execute(sql(KV_CLEAR).bind(scope.tenant.as_str()).bind(scope.workflow)).await?)
}

/// Forgets what has expired, in all workspaces.
pub(super) async fn forget(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, DbError> {
    tx.execute(sql(FORGET).bind(now).bind(limit)).await
}

fn read(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry { key: row.get("key")?, bytes: row.get("bytes")?, updated_at: row.time("updated_at")?, expires_at: row.time_opt("expires_at")? })
}
