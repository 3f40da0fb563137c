//! Keys that sign access tokens: made here, sealed in the database, known to all nodes. The newest signs for a month; the
//! one before it verifies until the last token that it signed has ended.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use millrace_clock::Timestamp;
use millrace_ids::SigningKeyId;
use parking_lot::Mutex;

use super::limits::{KEYS_AGE, KEY_SIGNS, KEY_VERIFIES};
use super::store::{self, StoredKey};
use crate::app::Parts;
use crate::http::ApiError;
use crate::secrets::Place;

/// Where a sealed key belongs.
const KIND: &str = "signing_key";

/// This node's knowledge of signing keys.
#[derive(Default)]
pub(super) struct SigningKeys {
    known: Mutex<Known>,
    /// Held while reading, so that a crowd costs one statement.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default, Clone)]
struct Known {
    at: Option<Instant>,
    signer: Option<Arc<Signer>>,
    verifiers: HashMap<SigningKeyId, Arc<DecodingKey>>,
}

/// The key that signs now.
pub(super) struct Signer {
    pub id: SigningKeyId,
    pub key: EncodingKey,
    created_at: Timestamp,
}

impl SigningKeys {
    /// The key that signs at this moment; makes one when there is none or the newest has signed long enough.
    pub(super) async fn signer(&self, app: &Parts) -> Result<Arc<Signer>, ApiError> {
        if let Some(signer) = self.fresh(app.clock.now()) {
            return Ok(signer);
        }
        let _one = self.reading.lock().await;
        if let Some(signer) = self.fresh(app.clock.now()) {
            return Ok(signer);
        }
        self.read(app).await?;
        if let Some(signer) = self.fresh(app.clock.now()) {
            return Ok(signer);
        }
        add(app).await?;
        self.read(app).await?;
        self.fresh(app.clock.now()).ok_or_else(|| ApiError::internal("there is no signing key although one was just made"))
    }

    /// The key of this id, if tokens that it signed may still be good.
    pub(super) async fn verifier(&self, app: &Parts, id: &SigningKeyId) -> Result<Option<Arc<DecodingKey>>, ApiError> {
        let known = || self.known.lock().verifiers.get(id).cloned();
        let stale = self.known.lock().at.is_none_or(|at| at.elapsed() >= KEYS_AGE);
        if let Some(key) = known().filter(|_| !stale) {
            return Ok(Some(key));
        }
        let _one = self.reading.lock().await;
        if let Some(key) = known().filter(|_| !stale) {
            return Ok(Some(key));
        }
        self.read(app).await?;
        Ok(known())
    }

    fn fresh(&self, now: Timestamp) -> Option<Arc<Signer>> {
        let known = self.known.lock();
        known.at.filter(|at| at.elapsed() < KEYS_AGE)?;
        known.signer.clone().filter(|signer| now < signer.created_at.plus(KEY_SIGNS))
    }

    async fn read(&self, app: &Parts) -> Result<(), ApiError> {
        let now = app.clock.now();
        let mut tx = app.platform().read().await?;
        let stored = store::keys(&mut tx, now, KEY_SIGNS + KEY_SIGNS).await?;
        drop(tx);
        let mut known = Known { at: Some(Instant::now()), ..Known::default() };
        let mut successor: Option<Timestamp> = None;
        for key in &stored {
            // Newest first: an older one ends with its successor's beginning.
            if successor.is_none_or(|began| now < began.plus(KEY_VERIFIES)) {
                known.verifiers.insert(key.id.clone(), Arc::new(decoding(key)?));
            }
            if successor.is_none() {
                known.signer = Some(Arc::new(open(app, key)?));
            }
            successor = Some(key.created_at);
        }
        *self.known.lock() = known;
        Ok(())
    }
}

/// Two nodes may each add one at the same moment: the newer signs, both verify.
async fn add(app: &Parts) -> Result<(), ApiError> {
    let id = SigningKeyId::generate();
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| ApiError::internal("no random numbers for a signing key"))?;
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).map_err(|_| ApiError::internal("a new signing key does not read"))?;
    let key = StoredKey {
        sealed: app.keyring.seal_at(Place { tenant: "", kind: KIND, id: id.as_str() }, document.as_ref()),
        public: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        created_at: app.clock.now(),
        id,
    };
    let mut tx = app.platform().begin().await?;
    store::add_key(&mut tx, &key).await?;
    tx.commit().await?;
    tracing::info!(key = %key.id, "made a key that signs access tokens");
    Ok(())
}

fn open(app: &Parts, key: &StoredKey) -> Result<Signer, ApiError> {
    let plain = app.keyring.open_at(Place { tenant: "", kind: KIND, id: key.id.as_str() }, &key.sealed).map_err(ApiError::internal)?;
    Ok(Signer { id: key.id.clone(), key: EncodingKey::from_ed_der(&plain), created_at: key.created_at })
}

fn decoding(key: &StoredKey) -> Result<DecodingKey, ApiError> {
    Ok(DecodingKey::from_ed_der(&URL_SAFE_NO_PAD.decode(&key.public).map_err(ApiError::internal)?))
}
