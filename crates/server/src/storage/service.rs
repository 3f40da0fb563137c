//! The calls `storage.*` and `kv.*` of a run.

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_engine::Outcome;
use millrace_ids::TenantId;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::json;

use super::{limits, store};

/// Whose key space.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The workflow.
    pub workflow: &'a str,
}

#[derive(Deserialize)]
struct Args<'a> {
    #[serde(default)]
    key: String,
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    #[serde(default)]
    ttl_seconds: Option<f64>,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    limit: Option<u32>,
    #[serde(default)]
    cursor: Option<String>,
}

/// Performs a `storage.*` or `kv.*` call. A mistake of the caller is an outcome with a code.
///
/// # Errors
/// The database failed.
pub async fn perform(tx: &mut Tx, scope: &Scope<'_>, kind: &str, args: &str, now: Timestamp) -> Result<Outcome, DbError> {
    let args: Args<'_> = match serde_json::from_str(args) {
        Ok(args) => args,
        Err(e) => return Ok(invalid(format!("{kind}: {e}"))),
    };
    if let Some(refused) = check(kind, &args) {
        return Ok(refused);
    }
    match kind {
        "storage.get" => Ok(Outcome::value(store::get(tx, scope, &args.key).await?.unwrap_or_else(|| "null".into()))),
        "storage.has" => Ok(truth(store::get(tx, scope, &args.key).await?.is_some())),
        "storage.set" => {
            store::put(tx, scope, &args.key, args.value.map_or("null", RawValue::get), now).await?;
            Ok(Outcome::null())
        }
        "storage.delete" => Ok(truth(store::delete(tx, scope, &args.key).await?)),
        "storage.keys" => Ok(Outcome::value(json!(store::list(tx, scope, "", "", limits::ALL_KEYS).await?).to_string())),
        "storage.list" => {
            let limit = limit_of(&args);
            let found = store::list(tx, scope, args.cursor.as_deref().unwrap_or_default(), &args.prefix, limit + 1).await?;
            Ok(listed(found, limit, false))
        }
        "kv.get" => Ok(Outcome::value(json!(store::kv_get(tx, scope, &args.key, now).await?).to_string())),
        "kv.put" => kv_put(tx, scope, &args, now).await,
        "kv.delete" => {
            store::kv_delete(tx, scope, &args.key).await?;
            Ok(Outcome::null())
        }
        "kv.list" => {
            let limit = limit_of(&args);
            let found = store::kv_list(tx, scope, args.cursor.as_deref().unwrap_or_default(), &args.prefix, limit + 1, now).await?;
            Ok(listed(found, limit, true))
        }
        _ => Ok(invalid(format!("`{kind}` is not a storage call"))),
    }
}

fn limit_of(args: &Args<'_>) -> u32 {
    args.limit.unwrap_or(limits::LIST_KEYS).clamp(1, limits::LIST_KEYS)
}

fn check(kind: &str, args: &Args<'_>) -> Option<Outcome> {
    let needs_key = !matches!(kind, "storage.keys" | "storage.list" | "kv.list");
    if needs_key && args.key.is_empty() {
        return Some(invalid("a key must not be empty"));
    }
    if args.key.len() > limits::KEY_BYTES {
        return Some(invalid(format!("a key may have {} bytes; this one has {}", limits::KEY_BYTES, args.key.len())));
    }
    if args.key.contains('\0') {
        return Some(invalid("a key must not contain the character U+0000"));
    }
    let size = args.value.map_or(0, |v| v.get().len());
    (size > limits::VALUE_BYTES).then(|| Outcome::error("Error", "VALUE_TOO_LARGE", format!("A value may have {} bytes; this one has {size}.", limits::VALUE_BYTES)))
}

async fn kv_put(tx: &mut Tx, scope: &Scope<'_>, args: &Args<'_>, now: Timestamp) -> Result<Outcome, DbError> {
    let Some(value) = args.value.and_then(|v| serde_json::from_str::<String>(v.get()).ok()) else {
        return Ok(invalid("env.KV.put takes a string; use JSON.stringify"));
    };
    if value.contains('\0') {
        return Ok(invalid("a value of env.KV must not contain the character U+0000"));
    }
    let expires_at = match args.ttl_seconds {
        None => None,
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // Clamped to whole seconds in range.
        Some(ttl) => {
            let (least, most) = limits::TTL_SECONDS;
            let seconds = (ttl as i64).clamp(least, most);
            Some(now.plus(Duration::from_secs(u64::try_from(seconds).unwrap_or(0))))
        }
    };
    store::kv_put(tx, scope, &args.key, &value, expires_at, now).await?;
    Ok(Outcome::null())
}

/// One key more than asked was read, to know whether the list goes on.
fn listed(mut keys: Vec<String>, limit: u32, kv: bool) -> Outcome {
    let more = keys.len() > limit as usize;
    keys.truncate(limit as usize);
    let cursor = more.then(|| keys.last().cloned()).flatten();
    let body = if kv {
        let names: Vec<_> = keys.iter().map(|k| json!({ "name": k })).collect();
        json!({ "keys": names, "list_complete": !more, "cursor": cursor })
    } else {
        json!({ "keys": keys, "complete": !more, "cursor": cursor })
    };
    Outcome::value(body.to_string())
}

fn truth(value: bool) -> Outcome {
    Outcome::value(if value { "true" } else { "false" })
}

fn invalid(message: impl Into<String>) -> Outcome {
    Outcome::error("TypeError", "invalid_input", message)
}
