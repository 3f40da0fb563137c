//! The text of an API key: `mr_<id>_<secret>`. The id finds the row, the secret proves the caller.

use std::fmt;
use std::str::FromStr;

use millrace_ids::ApiKeyId;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const MARK: &str = "mr_";
/// 192 random bits: nobody guesses one, so a fast hash protects it at rest.
const SECRET_BYTES: usize = 24;

/// An API key as its owner holds it. Never shown by `Debug`.
#[derive(Clone)]
pub struct ApiKeyText {
    id: ApiKeyId,
    secret: Zeroizing<String>,
}

/// Text that cannot be an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an API key: one looks like mr_<id>_<secret>")]
pub struct InvalidApiKey;

impl ApiKeyText {
    /// A new key with a new id.
    pub fn generate() -> Self {
        let bytes = Zeroizing::new(rand::random::<[u8; SECRET_BYTES]>());
        Self { id: ApiKeyId::generate(), secret: Zeroizing::new(hex::encode(bytes.as_slice())) }
    }

    /// Whether a text wants to be an API key, right or wrong: then it is never taken for anything else. `mlr_` is what other
    /// documents call ours.
    pub fn claims(text: &str) -> bool {
        text.starts_with(MARK) || text.starts_with("mlr_api_")
    }

    /// The last four characters of the secret, by which its owner tells keys apart.
    pub fn last4(&self) -> &str {
        &self.secret[self.secret.len() - 4..]
    }

    /// The key's id: not secret.
    pub fn id(&self) -> &ApiKeyId {
        &self.id
    }

    /// The whole text, for its owner.
    pub fn expose(&self) -> Zeroizing<String> {
        let suffix = self.id.as_str().strip_prefix(ApiKeyId::PREFIX).unwrap_or_default().trim_start_matches('_');
        Zeroizing::new(format!("{MARK}{suffix}_{}", self.secret.as_str()))
    }

    /// What the database keeps: SHA-256 of the secret, hex.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.secret.as_bytes()))
    }
}

impl FromStr for ApiKeyText {
    type Err = InvalidApiKey;

    fn from_str(text: &str) -> Result<Self, InvalidApiKey> {
        let (suffix, secret) = text.strip_prefix(MARK).and_then(|rest| rest.split_once('_')).ok_or(InvalidApiKey)?;
        let id = format!("{}_{suffix}", ApiKeyId::PREFIX).parse().map_err(|_| InvalidApiKey)?;
        let well_formed = secret.len() == SECRET_BYTES * 2 && secret.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !well_formed {
            return Err(InvalidApiKey);
        }
        Ok(Self { id, secret: Zeroizing::new(secret.to_owned()) })
    }
}

impl fmt::Debug for ApiKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyText({}, …)", self.id)
    }
}
