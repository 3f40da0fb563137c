//! Signed heads: at this moment the chain ended with this hash.

use millrace_clock::Timestamp;
use serde::{Deserialize, Serialize};

use crate::key::verifies;
use crate::text::{hash, instant};
use crate::{Hash, SigningKey};

/// The end of a chain at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Whose chain.
    pub tenant: String,
    /// The last row.
    pub seq: u64,
    /// Its hash.
    #[serde(with = "hash")]
    pub hash: Hash,
    /// When it was signed.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// The fingerprint of the key that signs.
    pub key: String,
}

/// A head with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    /// What is signed.
    pub head: Head,
    /// Ed25519, hex.
    pub signature: String,
}

const DOMAIN: &str = "millrace audit head 1";

impl Head {
    /// Signs the end of a chain.
    pub fn sign(tenant: &str, seq: u64, hash: Hash, at: Timestamp, key: &SigningKey) -> SignedHead {
        let head = Self { tenant: tenant.to_owned(), seq, hash, at, key: key.fingerprint().to_owned() };
        let signature = key.sign(DOMAIN, &head.text());
        SignedHead { head, signature }
    }

    fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl SignedHead {
    /// Whether this public key, in hex, signed it.
    pub fn verifies(&self, public: &str) -> bool {
        verifies(public, DOMAIN, &self.head.text(), &self.signature)
    }
}
