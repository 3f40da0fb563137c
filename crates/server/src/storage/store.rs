//! SQL of `storage` and `kv`.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};

use super::Scope;

const GET: &str = "SELECT value FROM storage WHERE tenant_id = $1 AND workflow_id = $2 AND key = $3";
const PUT: &str = "INSERT INTO storage (tenant_id, workflow_id, key, value, bytes, updated_at) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (tenant_id, workflow_id, key) DO UPDATE SET value = $4, bytes = $5, updated_at = $6";
const DELETE: &str = "DELETE FROM storage WHERE tenant_id = $1 AND workflow_id = $2 AND key = $3";
const LIST: &str = "SELECT key FROM storage WHERE tenant_id = $1 AND workflow_id = $2 AND key > $3 AND key >= $4 AND ($5 = '' OR key < $5) ORDER BY key LIMIT $6";

const KV_GET: &str = "SELECT value FROM kv WHERE tenant_id = $1 AND workflow_id = $2 AND key = $3 AND (expires_at IS NULL OR expires_at > $4)";
const KV_PUT: &str = "INSERT INTO kv (tenant_id, workflow_id, key, value, expires_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (tenant_id, workflow_id, key) DO UPDATE SET value = $4, expires_at = $5, updated_at = $6";
const KV_DELETE: &str = "DELETE FROM kv WHERE tenant_id = $1 AND workflow_id = $2 AND key = $3";
const KV_LIST: &str = "SELECT key FROM kv WHERE tenant_id = $1 AND workflow_id = $2 AND key > $3 AND key >= $4 AND ($5 = '' OR key < $5) \
    AND (expires_at IS NULL OR expires_at > $7) ORDER BY key LIMIT $6";

/// A value's JSON text.
pub async fn get(tx: &mut Tx, scope: &Scope<'_>, key: &str) -> Result<Option<String>, DbError> {
    let row = tx.optional(sql(GET).bind(scope.tenant.as_str()).bind(scope.workflow).bind(key)).await?;
    row.map(|r| r.get("value")).transpose()
}

/// Writes a value.
pub async fn put(tx: &mut Tx, scope: &Scope<'_>, key: &str, json: &str, now: Timestamp) -> Result<(), DbError> {
    let bytes = i64::try_from(json.len()).unwrap_or(i64::MAX);
    tx.execute(sql(PUT).bind(scope.tenant.as_str()).bind(scope.workflow).bind(key).bind(json).bind(bytes).bind(now)).await?;
    Ok(())
}

/// Removes a value; answers whether there was one.
pub async fn delete(tx: &mut Tx, scope: &Scope<'_>, key: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(DELETE).bind(scope.tenant.as_str()).bind(scope.workflow).bind(key)).await? == 1)
}

/// Keys with a prefix after a cursor, in order.
pub async fn list(tx: &mut Tx, scope: &Scope<'_>, after: &str, prefix: &str, limit: u32) -> Result<Vec<String>, DbError> {
    let q = sql(LIST).bind(scope.tenant.as_str()).bind(scope.workflow).bind(after).bind(prefix).bind(end_of(prefix)).bind(limit);
    tx.all(q).await?.iter().map(|r| r.get("key")).collect()
}

/// A KV value that has not expired.
pub async fn kv_get(tx: &mut Tx, scope: &Scope<'_>, key: &str, now: Timestamp) -> Result<Option<String>, DbError> {
    let row = tx.optional(sql(KV_GET).bind(scope.tenant.as_str()).bind(scope.workflow).bind(key).bind(now)).await?;
    row.map(|r| r.get("value")).transpose()
}

/// Writes a KV value.
pub async fn kv_put(tx: &mut Tx, scope: &Scope<'_>, key: &str, value: &str, expires_at: Option<Timestamp>, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(KV_PUT).bind(scope.tenant.as_str()).bind(scope.workflow).bind(key).bind(value).bind(expires_at).bind(now)).await?;
    Ok(())
}

/// Removes a KV value.
pub async fn kv_delete(tx: &mut Tx, scope: &Scope<'_>, key: &str) -> Result<(), DbError> {
    tx.execute(sql(KV_DELETE).bind(scope.tenant.as_str()).bind(scope.workflow).bind(key)).await?;
    Ok(())
}

/// Unexpired KV keys with a prefix after a cursor, in order.
pub async fn kv_list(tx: &mut Tx, scope: &Scope<'_>, after: &str, prefix: &str, limit: u32, now: Timestamp) -> Result<Vec<String>, DbError> {
    let q = sql(KV_LIST).bind(scope.tenant.as_str()).bind(scope.workflow).bind(after).bind(prefix).bind(end_of(prefix)).bind(limit).bind(now);
    tx.all(q).await?.iter().map(|r| r.get("key")).collect()
}

/// The first text after all texts with this prefix; empty when there is none. Both databases compare keys by their bytes.
fn end_of(prefix: &str) -> String {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        // The character after U+D7FF is U+E000: the surrogates between are no characters.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            c => char::from_u32(u32::from(c) + 1),
        };
        if let Some(next) = next {
            chars.push(next);
            return chars.into_iter().collect();
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::end_of;

    #[test]
    fn the_end_of_a_prefix_is_the_next_text() {
        assert_eq!(end_of("a"), "b");
        assert_eq!(end_of("a\u{10ffff}"), "b");
        assert_eq!(end_of(""), "");
        assert_eq!(end_of("\u{d7ff}"), "\u{e000}");
    }
}
