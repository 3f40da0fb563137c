//! Checks API keys, with a small memory so that a busy caller does not read the database each time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use http::StatusCode;
use millrace_clock::{Clock, Timestamp};
use millrace_db::{Db, DbError, Tx};
use millrace_ids::{ApiKeyId, TenantId};
use parking_lot::Mutex;

use super::limits::{BELIEVED, REMEMBERED, TOUCH_EVERY};
use super::model::{NewApiKey, StoredKey};
use super::{ApiKeyText, store};
use crate::http::ApiError;
use crate::identity::Caller;

/// Checks API keys. Clone it freely; clones share one memory.
#[derive(Debug, Clone, Default)]
pub struct Keys(Arc<Mutex<Memory>>);

/// Keys with the moment at which they were read.
type Memory = HashMap<ApiKeyId, (Instant, Arc<StoredKey>)>;

/// Why a key opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No such key, or another secret.
    #[error("not a valid API key")]
    Invalid,
    /// Somebody ended it.
    #[error("the API key was revoked")]
    Revoked,
    /// Its time is over.
    #[error("the API key has expired")]
    Expired,
    /// Its workspace is not active.
    #[error("the API key's workspace is not active")]
    Suspended,
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        let refused = |code: &str, detail: &str| Self::new(StatusCode::UNAUTHORIZED, code, detail).with_hint("Owners and admins of the workspace make new keys: POST /api/v1/api-keys.");
        match error {
            KeyError::Invalid => refused("INVALID_API_KEY", "This is not a valid API key."),
            KeyError::Revoked => refused("API_KEY_REVOKED", "This API key was revoked."),
            KeyError::Expired => refused("API_KEY_EXPIRED", "This API key has expired."),
            KeyError::Suspended => Self::forbidden("WORKSPACE_DEACTIVATED", "The workspace of this API key is deactivated."),
            KeyError::Db(error) => error.into(),
        }
    }
}

impl Keys {
    /// The caller that holds this key, and asks from this address.
    ///
    /// # Errors
    /// See [`KeyError`].
    pub async fn check(&self, db: &Db, clock: &Clock, key: &ApiKeyText, from: Option<IpAddr>) -> Result<Caller, KeyError> {
        let (hash, now) = (key.hash(), clock.now());
        // Another secret is looked up like an id that nobody has: otherwise the time would tell that somebody has it.
        if let Some(known) = self.recall(key.id()).filter(|known| known.has(&hash)) {
            return known.admit(&hash, now);
        }
        let stored = self.read(db, key.id()).await?.ok_or(KeyError::Invalid)?;
        let caller = stored.admit(&hash, now)?;
        touch_later(db, now, &stored, from);
        Ok(caller)
    }

    /// What was read a moment ago.
    fn recall(&self, id: &ApiKeyId) -> Option<Arc<StoredKey>> {
        self.0.lock().get(id).filter(|(at, _)| at.elapsed() < BELIEVED).map(|(_, known)| known.clone())
    }

    async fn read(&self, db: &Db, id: &ApiKeyId) -> Result<Option<Arc<StoredKey>>, DbError> {
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
            }
        }
        Ok(found)
    }

    /// Whether this node has read this very key lately: its holder is not held up by a neighbour who guesses.
    pub(crate) fn knows(&self, key: &ApiKeyText) -> bool {
        let known = self.0.lock().get(key.id()).map(|(_, known)| known.clone());
        known.is_some_and(|known| known.has(&key.hash()))
    }

    /// Forgets the keys of a workspace: after the commit of whatever closed or opened it.
    pub(crate) fn forget_tenant(&self, tenant: &TenantId) {
        self.0.lock().retain(|_, (_, key)| key.tenant != *tenant);
    }

    /// Whether a key is still good, for what goes on long after it was shown.
    pub(crate) async fn holds(&self, db: &Db, clock: &Clock, id: &ApiKeyId) -> Result<bool, DbError> {
        let stored = match self.recall(id) {
            Some(known) => Some(known),
            None => self.read(db, id).await?,
        };
        Ok(stored.is_some_and(|key| key.revoked_at.is_none() && key.tenant_active && key.expires_at.is_none_or(|end| clock.now() < end)))
    }

    /// Forgets a key that was revoked: from now on this node reads it again.
    pub(super) fn forget(&self, id: &ApiKeyId) {
        self.0.lock().remove(id);
    }
}

/// Writes "last used" beside the request, not in it.
fn touch_later(db: &Db, now: Timestamp, key: &StoredKey, from: Option<IpAddr>) {
    let not_since = now.minus(TOUCH_EVERY);
    if key.last_used_at.is_some_and(|at| at >= not_since) {
        return;
    }
    let (db, tenant, id) = (db.clone(), key.tenant.clone(), key.id.clone());
    tokio::spawn(async move {
        let write = async {
            let mut tx = db.begin().await?;
            store::touch(&mut tx, &tenant, &id, from, now, not_since).await?;
            tx.commit().await
        };
        if let Err(error) = write.await {
            let error: DbError = error;
            tracing::debug!(%error, "an API key's last use was not written");
        }
    });
}

/// Makes a key in the caller's transaction. Its text is shown once: only a hash is kept.
pub(crate) async fn insert(tx: &mut Tx, tenant: &TenantId, new: &NewApiKey, now: Timestamp) -> Result<ApiKeyText, DbError> {
    let key = ApiKeyText::generate();
    store::insert(tx, tenant, &key, new, now).await?;
    Ok(key)
}
