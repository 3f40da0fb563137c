//! Envelope encryption: each value has a data key of its own, which a master key wraps. Both layers are AES-256-GCM with
//! random nonces, and both are bound to the value's place, so that a ciphertext moved to another row, kind or tenant does
//! not open. Which of several master keys seals is decided in the database (`follow`); here it can be changed at any moment.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use millrace_ids::TenantId;
use parking_lot::RwLock;
use zeroize::{Zeroize as _, Zeroizing};

use super::MasterKey;

/// The format's mark.
const VERSION: &str = "v1";
/// Characters of a sealed value that say its format and key: `v1:01234567:`.
pub(super) const PREFIX_LEN: usize = 12;
const KEY_LEN: usize = 32;
const TAG_LEN: usize = 16;
/// Nonce, wrapped data key and its tag, before the nonce and text of the value.
const WRAPPED_LEN: usize = NONCE_LEN + KEY_LEN + TAG_LEN;

/// Where a sealed value belongs. It opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Whose it is; empty for the installation's own settings.
    pub tenant: &'a str,
    /// What kind of thing: `connection`, `installation.inputs`.
    pub kind: &'a str,
    /// The row's id.
    pub id: &'a str,
}

impl Place<'_> {
    /// Lengths first: no two places share an encoding.
    fn aad(&self, key_id: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        for part in [VERSION, self.tenant, self.kind, self.id, key_id] {
            out.extend_from_slice(&(part.len() as u64).to_be_bytes());
            out.extend_from_slice(part.as_bytes());
        }
        out
    }
}

/// Why a sealed value does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The text is not a sealed value.
    #[error("a stored secret is damaged: not in the format {VERSION}")]
    Malformed,
    /// It was sealed with a key that this server does not have.
    #[error("a stored secret was sealed with master key {0}, which this server does not have")]
    UnknownKey(String),
    /// It was changed, or moved from its place.
    #[error("a stored secret does not open: it was changed, or belongs elsewhere")]
    Refused,
}

/// The keys of this server. Clone it freely: clones share what is added and chosen later.
#[derive(Clone)]
pub struct Keyring(Arc<Inner>);

struct Inner {
    ring: RwLock<Ring>,
    /// The root of everything derived; it stays the same when master keys change.
    derivation: hmac::Key,
    /// What an operator must know of the keys at this moment.
    trouble: RwLock<Option<String>>,
}

/// Never empty. One seals, all open.
struct Ring {
    keys: Vec<(String, Arc<LessSafeKey>)>,
    seals: usize,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl Keyring {
    /// A keyring of these master keys (the first one seals) and this root of derivation.
    pub fn new(keys: &[MasterKey], derivation: &[u8; KEY_LEN]) -> Self {
        let keys = keys.iter().map(|key| (key.id().to_owned(), Arc::new(aead(key.bytes())))).collect();
        let derivation = hmac::Key::new(hmac::HMAC_SHA256, derivation);
        Self(Arc::new(Inner { ring: RwLock::new(Ring { keys, seals: 0 }), derivation, trouble: RwLock::default() }))
    }

    /// The name of the key that seals.
    pub fn seals_with(&self) -> String {
        let ring = self.0.ring.read();
        ring.keys[ring.seals].0.clone()
    }

    /// The names of all keys, in the order in which they came.
    pub fn ids(&self) -> Vec<String> {
        self.0.ring.read().keys.iter().map(|(id, _)| id.clone()).collect()
    }

    /// Whether values under the key of this name open here.
    pub fn has(&self, id: &str) -> bool {
        self.0.ring.read().position(id).is_some()
    }

    /// Takes one more key, which opens from now on.
    pub(super) fn add(&self, key: &MasterKey) {
        let mut ring = self.0.ring.write();
        if ring.position(key.id()).is_none() {
            ring.keys.push((key.id().to_owned(), Arc::new(aead(key.bytes()))));
        }
    }

    /// The key of this name seals from now on; `false` when there is none.
    pub(super) fn seal_with(&self, id: &str) -> bool {
        let mut ring = self.0.ring.write();
        let found = ring.position(id);
        if let Some(at) = found {
            ring.seals = at;
        }
        found.is_some()
    }

    /// What an operator must know of the keys at this moment; shown in `/api/health`.
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble.read().clone()
    }

    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        *self.0.trouble.write() = trouble;
    }

    /// Seals a tenant's secret for the row `id` of this kind.
    pub fn seal(&self, tenant: &TenantId, kind: &str, id: &str, plaintext: &[u8]) -> String {
        self.seal_at(Place { tenant: tenant.as_str(), kind, id }, plaintext)
    }

    /// Opens what [`Keyring::seal`] made. The answer is wiped from memory when dropped.
    ///
    /// # Errors
    /// It is damaged, moved, or sealed with a key this server lacks.
    pub fn open(&self, tenant: &TenantId, kind: &str, id: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.open_at(Place { tenant: tenant.as_str(), kind, id }, sealed)
    }

    /// As [`Keyring::seal`], for any place.
    pub fn seal_at(&self, place: Place<'_>, plaintext: &[u8]) -> String {
        let (key_id, master) = {
            let ring = self.0.ring.read();
            ring.keys[ring.seals].clone()
        };
        let aad = place.aad(&key_id);
        let mut data_key = Zeroizing::new(rand::random::<[u8; KEY_LEN]>());
        let mut out = Vec::with_capacity(WRAPPED_LEN + NONCE_LEN + plaintext.len() + TAG_LEN);
        append_sealed(&mut out, &master, &aad, data_key.as_slice());
        append_sealed(&mut out, &aead(data_key.as_slice()), &aad, plaintext);
        data_key.zeroize();
        format!("{VERSION}:{key_id}:{}", STANDARD_NO_PAD.encode(out))
    }

    /// As [`Keyring::open`], for any place.
    ///
    /// # Errors
    /// As [`Keyring::open`].
    pub fn open_at(&self, place: Place<'_>, sealed: &str) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let mut parts = sealed.splitn(3, ':');
        let (Some(VERSION), Some(key_id), Some(text)) = (parts.next(), parts.next(), parts.next()) else { return Err(OpenError::Malformed) };
        let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| OpenError::Malformed)?;
        if bytes.len() < WRAPPED_LEN + NONCE_LEN + TAG_LEN {
            return Err(OpenError::Malformed);
        }
        let master = self.0.ring.read().find(key_id).ok_or_else(|| OpenError::UnknownKey(key_id.chars().take(16).collect()))?;
        let aad = place.aad(key_id);
        let (wrapped, value) = bytes.split_at(WRAPPED_LEN);
        let data_key = open_part(&master, &aad, wrapped)?;
        open_part(&aead(&data_key), &aad, value)
    }

    /// Whether a value was sealed with another key than the one that seals now.
    pub fn is_outdated(&self, sealed: &str) -> bool {
        let ring = self.0.ring.read();
        sealed.split(':').nth(1) != Some(ring.keys[ring.seals].0.as_str())
    }

    /// How everything begins that the key of this name has sealed; [`PREFIX_LEN`] characters.
    pub(super) fn prefix(id: &str) -> String {
        format!("{VERSION}:{id}:")
    }

    /// 32 bytes that only this server can make from `label` and `data`; the same on every node and after every restart.
    pub fn derive(&self, label: &str, data: &[u8]) -> [u8; KEY_LEN] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&self.0.derivation, label.as_bytes()).as_ref());
        let mut out = [0; KEY_LEN];
        out.copy_from_slice(hmac::sign(&key, data).as_ref());
        out
    }
}

impl Ring {
    fn position(&self, id: &str) -> Option<usize> {
        self.keys.iter().position(|(own, _)| own == id)
    }

    fn find(&self, id: &str) -> Option<Arc<LessSafeKey>> {
        self.keys.iter().find(|(own, _)| own == id).map(|(_, key)| key.clone())
    }
}

/// Every key here has exactly 32 bytes, which is the only thing that this can refuse.
#[allow(clippy::expect_used)]
fn aead(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key has 32 bytes"))
}

/// Nonce, ciphertext, tag.
#[allow(clippy::expect_used)] // AES-GCM refuses only texts of more than 64 GB.
fn append_sealed(out: &mut Vec<u8>, key: &LessSafeKey, aad: &[u8], plaintext: &[u8]) {
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut text = plaintext.to_vec();
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut text).expect("within AES-GCM's limits");
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&text);
    out.extend_from_slice(tag.as_ref());
}

fn open_part(key: &LessSafeKey, aad: &[u8], part: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, text) = part.split_at(NONCE_LEN);
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError::Malformed)?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = key.open_in_place(nonce, Aad::from(aad), &mut text).map_err(|_| OpenError::Refused)?.len();
    text.truncate(length);
    Ok(text)
}
