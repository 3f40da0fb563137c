//! Personal values: in the chain they are commitments, beside it salt and value, which can be deleted.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Whose data a personal value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// Of whoever did it.
    Actor,
    /// Of the person it was done to.
    Person,
}

/// What opens a commitment. Deleting it erases the value for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// 128 random bits in hex: without them the few possible values of an address could be tried out.
    pub salt: String,
    /// The value.
    pub value: String,
}

/// One personal value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Personal {
    /// Whose it is.
    pub of: Whose,
    /// SHA-256 over salt and value, in hex; stays when the value is erased.
    pub commitment: String,
    /// Salt and value; null once erased.
    pub opening: Option<Opening>,
}

const DOMAIN: &[u8] = b"millrace audit personal 1\0";
const SALT_BYTES: usize = 16;

impl Opening {
    /// A value with a fresh salt.
    pub fn new(value: &str) -> Self {
        Self { salt: hex::encode(rand::random::<[u8; SALT_BYTES]>()), value: value.to_owned() }
    }

    /// The commitment of the value in the field of this name.
    pub fn commitment(&self, field: &str) -> String {
        let mut digest = Sha256::new_with_prefix(DOMAIN);
        for part in [field, &self.salt, &self.value] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        hex::encode(digest.finalize())
    }
}

impl Personal {
    /// A value that is committed to under this name.
    pub fn new(field: &str, of: Whose, value: &str) -> Self {
        let opening = Opening::new(value);
        Self { of, commitment: opening.commitment(field), opening: Some(opening) }
    }

    /// Whether salt and value belong to the commitment; an erased value cannot disagree.
    pub fn holds(&self, field: &str) -> bool {
        self.opening.as_ref().is_none_or(|opening| opening.commitment(field) == self.commitment)
    }
}
