//! A master key: 32 bytes that are never shown.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// The length of a master key.
const BYTES: usize = 32;

/// A master key. Wiped from memory when dropped.
#[derive(Clone)]
pub struct MasterKey {
    bytes: Zeroizing<[u8; BYTES]>,
    id: String,
}

impl MasterKey {
    /// Takes 32 bytes into care.
    pub fn new(bytes: [u8; BYTES]) -> Self {
        // The id names a key without telling anything about it: a hash of 256 random bits cannot be searched.
        let digest = Sha256::new().chain_update(b"millrace master key id\0").chain_update(bytes).finalize();
        Self { bytes: Zeroizing::new(bytes), id: hex::encode(&digest[..4]) }
    }

    /// A new random key.
    pub fn generate() -> Self {
        Self::new(rand::random())
    }

    /// Reads base64 or hex of 32 bytes.
    ///
    /// # Errors
    /// Says what a key looks like; never repeats the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
        let decoded = hex::decode(text).ok().filter(|b| b.len() == BYTES).or_else(|| engines.iter().find_map(|e| e.decode(text).ok().filter(|b| b.len() == BYTES)));
        let decoded = Zeroizing::new(decoded.ok_or("is not 32 bytes in base64 or hex; make one with `openssl rand -base64 32`")?);
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&decoded);
        Ok(Self::new(bytes))
    }

    /// The text that [`MasterKey::parse`] reads.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.bytes.as_slice()))
    }

    /// A short name for the key; not secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_slice()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}
