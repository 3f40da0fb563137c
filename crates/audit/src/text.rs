//! Texts of hashes, keys and instants: one spelling each, so that a verifier can insist on it.

use sha2::{Digest as _, Sha256};

/// SHA-256 of some bytes, in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Instants as RFC 3339 with microseconds.
pub(crate) mod instant {
    use millrace_clock::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(at)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Timestamp, D::Error> {
        Timestamp::parse(&String::deserialize(d)?).map_err(D::Error::custom)
    }
}

/// As [`instant`], for instants that may be missing.
pub(crate) mod instant_opt {
    use millrace_clock::Timestamp;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(at: &Option<Timestamp>, s: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => s.collect_str(at),
            None => s.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Timestamp>, D::Error> {
        Option::<String>::deserialize(d)?.map(|text| Timestamp::parse(&text).map_err(D::Error::custom)).transpose()
    }
}

/// 32 bytes as 64 hex digits.
pub(crate) mod hash {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::Hash;

    pub(crate) fn serialize<S: Serializer>(hash: &Hash, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&hex::encode(hash))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Hash, D::Error> {
        let bytes = hex::decode(String::deserialize(d)?).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| D::Error::custom("not 64 hex digits"))
    }
}
