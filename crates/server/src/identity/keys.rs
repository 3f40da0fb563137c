//! Checks API keys, with a small memory so that a busy caller does not read the database each time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, DbError, Tx};
use millrace_ids::{ApiKeyId, TenantId};
use parking_lot::Mutex;

use super::key::ApiKeyText;
use super::model::{NewApiKey, StoredKey};
use super::{Actor, Caller, store};

/// How long a key read from the database is believed: a revocation takes effect everywhere within this time.
const BELIEVED: Duration = Duration::from_secs(1);
/// Keys remembered; beyond this the memory is emptied, which costs one statement per key.
const REMEMBERED: usize = 10_000;
/// How exact "last used" is: a write per request would be absurd.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Checks API keys. Clone it freely; clones share one memory.
#[derive(Debug, Clone, Default)]
pub struct Keys(Arc<Mutex<Memory>>);

/// Keys with the moment at which they were read.
type Memory = HashMap<ApiKeyId, (Instant, Arc<StoredKey>)>;

impl Keys {
    /// The caller that holds this key; `None` when the key is unknown, wrong, revoked, expired, or its workspace suspended.
    ///
    /// # Errors
    /// The database failed.
    pub async fn check(&self, db: &Db, clock: &Clock, key: &ApiKeyText) -> Result<Option<Caller>, DbError> {
        let Some(stored) = self.stored(db, clock, key.id()).await? else { return Ok(None) };
        if !stored.admits(&key.hash(), clock.now()) {
            return Ok(None);
        }
        Ok(Some(Caller { tenant: stored.tenant.clone(), by: Actor::ApiKey(stored.id.clone()), role: stored.role }))
    }

    async fn stored(&self, db: &Db, clock: &Clock, id: &ApiKeyId) -> Result<Option<Arc<StoredKey>>, DbError> {
        if let Some((at, key)) = self.0.lock().get(id)
            && at.elapsed() < BELIEVED
        {
            return Ok(Some(key.clone()));
        }
        let mut tx = db.read().await?;
        let found = store::find(&mut tx, id).await?.map(Arc::new);
        drop(tx);
        let mut memory = self.0.lock();
        match &found {
            // Unknown ids are not remembered: a guesser could fill the memory.
            None => drop(memory.remove(id)),
            Some(key) => {
                if memory.len() >= REMEMBERED {
                    memory.clear();
                }
                memory.insert(id.clone(), (Instant::now(), key.clone()));
                drop(memory);
                touch_later(db, clock.now(), key);
            }
        }
        Ok(found)
    }

    /// Ends a key at once on this node, within a second elsewhere. Answers whether there was one to end.
    ///
    /// # Errors
    /// The database failed.
    pub async fn revoke(&self, db: &Db, now: Timestamp, tenant: &TenantId, id: &ApiKeyId) -> Result<bool, DbError> {
        let mut tx = db.begin().await?;
        let done = store::revoke(&mut tx, tenant, id, now).await?;
        tx.commit().await?;
        self.0.lock().remove(id);
        Ok(done)
    }
}

/// Writes "last used" beside the request, not in it.
fn touch_later(db: &Db, now: Timestamp, key: &StoredKey) {
    let not_since = now.minus(TOUCH_EVERY);
    if key.last_used_at.is_some_and(|at| at >= not_since) {
        return;
    }
    let (db, tenant, id) = (db.clone(), key.tenant.clone(), key.id.clone());
    tokio::spawn(async move {
        let write = async {
            let mut tx = db.begin().await?;
            store::touch(&mut tx, &tenant, &id, now, not_since).await?;
            tx.commit().await
        };
        if let Err(error) = write.await {
            let error: DbError = error;
            tracing::debug!(%error, "an API key's last use was not written");
        }
    });
}

/// Makes a key in the caller's transaction. Its text is shown once: only a hash is kept.
pub(crate) async fn create(tx: &mut Tx, tenant: &TenantId, new: &NewApiKey, now: Timestamp) -> Result<ApiKeyText, DbError> {
    let key = ApiKeyText::generate();
    store::insert(tx, tenant, key.id(), new, &key.hash(), now).await?;
    Ok(key)
}
