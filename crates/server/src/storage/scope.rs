//! What one workflow keeps in one workspace, as a whole: its limit, and forgetting.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use millrace_db::{DbError, Tx};
use millrace_ids::TenantId;
use parking_lot::Mutex;

use super::{Scope, limits, scope_store};
use crate::app::App;
use crate::http::ApiError;

/// How long a sum is trusted: other nodes write, too.
const TRUSTED: Duration = Duration::from_secs(10 * 60);
/// How long a full scope is taken as full: adding up a hundred megabytes for every refusal would be the attack.
const FULL: Duration = Duration::from_secs(10);
/// Scopes that a node remembers.
const REMEMBERED: usize = 10_000;

/// What a node has noticed of the sizes of scopes. Summing up is only done when what it knows and what it has let through
/// since then could reach the limit, so that a write usually costs no look.
#[derive(Debug, Default)]
pub struct Sizes(Mutex<HashMap<(TenantId, String), Known>>);

#[derive(Debug, Clone, Copy)]
struct Known {
    /// At most so much is there, as far as this node knows.
    bytes: u64,
    at: Instant,
    full: bool,
}

impl Sizes {
    /// Lets a write of so many bytes in, or says why not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn admit(&self, tx: &mut Tx, scope: &Scope<'_>, adding: usize) -> Result<Result<(), String>, DbError> {
        let adding = u64::try_from(adding).unwrap_or(u64::MAX);
        let key = (scope.tenant.clone(), scope.workflow.to_owned());
        if let Some(known) = self.0.lock().get_mut(&key) {
            if known.full && known.at.elapsed() < FULL {
                return Ok(Err(refusal()));
            }
            if !known.full && known.at.elapsed() < TRUSTED && known.bytes.saturating_add(adding) <= limits::SCOPE_BYTES {
                known.bytes += adding;
                return Ok(Ok(()));
            }
        }
        let there = u64::try_from(scope_store::bytes(tx, scope).await?).unwrap_or(0);
        let bytes = there.saturating_add(adding);
        let fits = bytes <= limits::SCOPE_BYTES;
        let mut all = self.0.lock();
        if all.len() >= REMEMBERED {
            all.clear();
        }
        // Only a scope that is really full is remembered as such: one large value refused says nothing about a small one.
        let full = !fits && there >= limits::SCOPE_BYTES;
        all.insert(key, Known { bytes: if fits { bytes } else { there }, at: Instant::now(), full });
        Ok(if fits { Ok(()) } else { Err(refusal()) })
    }
}

fn refusal() -> String {
    format!("A workflow may keep {} MB in one workspace. Delete what is no longer needed.", limits::SCOPE_BYTES / (1024 * 1024))
}

/// Empties a scope in the caller's transaction; answers how many values there were.
///
/// # Errors
/// The database failed.
pub async fn clear(tx: &mut Tx, scope: &Scope<'_>) -> Result<u64, DbError> {
    scope_store::clear(tx, scope).await
}

/// Forgets values of `env.KV` whose time is over.
///
/// # Errors
/// The database failed.
pub async fn forget(app: &App) -> Result<(), ApiError> {
    for _ in 0..limits::FORGET_PASSES {
        let mut tx = app.platform().begin().await?;
        let gone = scope_store::forget(&mut tx, app.clock.now(), limits::FORGOTTEN_AT_ONCE).await?;
        tx.commit().await?;
        if gone < u64::from(limits::FORGOTTEN_AT_ONCE) {
            return Ok(());
        }
    }
    Ok(())
}
