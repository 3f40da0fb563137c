//! Ed25519 keys of an installation.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use zeroize::Zeroizing;

use crate::text::sha256;

/// The length of a seed, from which the whole key follows.
const SEED_BYTES: usize = 32;
/// Digits of a fingerprint: 128 bits, which nobody finds a second key for.
const FINGERPRINT: usize = 32;

/// Bytes that are not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 key")]
pub struct InvalidKey;

/// A key that signs heads. Never shown by `Debug`.
pub struct SigningKey {
    seed: Zeroizing<[u8; SEED_BYTES]>,
    pair: Ed25519KeyPair,
    fingerprint: String,
}

impl SigningKey {
    /// A new random key.
    ///
    /// # Errors
    /// Never in practice: every 32 bytes are a seed.
    pub fn generate() -> Result<Self, InvalidKey> {
        Self::from_seed(&rand::random::<[u8; SEED_BYTES]>())
    }

    /// The key of a seed.
    ///
    /// # Errors
    /// The seed does not have 32 bytes.
    pub fn from_seed(seed: &[u8]) -> Result<Self, InvalidKey> {
        let seed: Zeroizing<[u8; SEED_BYTES]> = Zeroizing::new(seed.try_into().map_err(|_| InvalidKey)?);
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| InvalidKey)?;
        let fingerprint = fingerprint(pair.public_key().as_ref());
        Ok(Self { seed, pair, fingerprint })
    }

    /// The seed, to be sealed.
    pub fn seed(&self) -> &[u8] {
        self.seed.as_slice()
    }

    /// The public half in hex.
    pub fn public(&self) -> String {
        hex::encode(self.pair.public_key().as_ref())
    }

    /// The name of the key: what people compare.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// A signature in hex. `domain` says what kind of thing is signed, so that one never passes for another.
    pub(crate) fn sign(&self, domain: &str, text: &str) -> String {
        hex::encode(self.pair.sign(&message(domain, text)).as_ref())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.fingerprint)
    }
}

/// The name of a public key: the beginning of its SHA-256, in hex.
pub fn fingerprint(public: &[u8]) -> String {
    let mut text = sha256(public);
    text.truncate(FINGERPRINT);
    text
}

/// Whether a signature in hex is that of this public key in hex. One spelling only: small letters.
pub(crate) fn verifies(public: &str, domain: &str, text: &str, signature: &str) -> bool {
    let (Ok(public), Ok(bytes)) = (hex::decode(public), hex::decode(signature)) else { return false };
    hex::encode(&bytes) == signature && UnparsedPublicKey::new(&ED25519, public).verify(&message(domain, text), &bytes).is_ok()
}

fn message(domain: &str, text: &str) -> Vec<u8> {
    format!("{domain}\n{text}").into_bytes()
}
