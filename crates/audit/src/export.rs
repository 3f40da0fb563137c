//! The export: lines of JSON. A header, the rows, and a signed trailer.

use millrace_clock::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::{hash, instant, instant_opt, sha256};
use crate::{Hash, Row, SignedHead, SigningKey};

/// The name of the format.
pub(crate) const FORMAT: &str = "millrace-audit-export";
/// Its version.
pub(crate) const VERSION: u32 = 1;
pub(crate) const TRAILER_DOMAIN: &str = "millrace audit trailer 1";

/// A public key that signatures of the export refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// Its name: the beginning of its SHA-256.
    pub fingerprint: String,
    /// Always `ed25519`.
    pub algorithm: String,
    /// 32 bytes in hex.
    pub public_key: String,
}

/// What an export says about itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// `millrace-audit-export`.
    pub format: String,
    /// The format's version.
    pub version: u32,
    /// Whose log it is.
    pub tenant: String,
    /// When it was made.
    #[serde(with = "instant")]
    pub exported_at: Timestamp,
    /// The range that was asked for: from this instant on.
    #[serde(with = "instant_opt")]
    pub from: Option<Timestamp>,
    /// And before this one.
    #[serde(with = "instant_opt")]
    pub to: Option<Timestamp>,
    /// The place of the first row.
    pub first: u64,
    /// The hash before the first row.
    #[serde(with = "hash")]
    pub previous: Hash,
    /// Where older rows were dropped: the signed head up to which they reached.
    pub start: Option<SignedHead>,
    /// The keys that signed.
    pub keys: Vec<PublicKey>,
}

/// What ends an export; signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trailer {
    /// Whose log it is.
    pub tenant: String,
    /// SHA-256 of the header's line without its line feed, in hex.
    pub header: String,
    /// The place of the first row.
    pub first: u64,
    /// How many rows there are.
    pub rows: u64,
    /// The place of the last row; one less than `first` if there is none.
    pub last: u64,
    /// The hash of the last row, or the one before the first.
    #[serde(with = "hash")]
    pub hash: Hash,
    /// When it was signed.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// The fingerprint of the key that signs.
    pub key: String,
}

/// A line of the header: `check` is the SHA-256 of the header's JSON, so that damage in it is known for what it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeaderLine {
    pub(crate) header: Header,
    pub(crate) check: String,
}

/// A line of a row.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowLine {
    pub(crate) row: Row,
    pub(crate) hash: String,
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrailerLine {
    pub(crate) trailer: Trailer,
    pub(crate) signature: String,
}

/// Writes an export line by line, hashing as it goes: the rows must be the chain's, in order and without a gap.
#[derive(Debug)]
pub struct Export {
    tenant: String,
    header: String,
    first: u64,
    next: u64,
    hash: Hash,
}

impl Export {
    /// Begins an export; answers its first line. Format and version are filled in.
    ///
    /// # Errors
    /// Never in practice: a header is always JSON.
    pub fn begin(header: Header) -> Result<(Self, String), serde_json::Error> {
        let header = Header { format: FORMAT.to_owned(), version: VERSION, ..header };
        let (tenant, first, hash) = (header.tenant.clone(), header.first, header.previous);
        let check = sha256(serde_json::to_string(&header)?.as_bytes());
        let line = serde_json::to_string(&HeaderLine { header, check })?;
        Ok((Self { tenant, header: sha256(line.as_bytes()), first, next: first, hash }, line + "\n"))
    }

    /// The line of the next row. `stored` is the hash that was stored with it: it is written as it is, so that an export of
    /// a log that was tampered with says so when it is verified.
    ///
    /// # Errors
    /// Never in practice: a row is always JSON.
    pub fn row(&mut self, row: Row, stored: Hash) -> Result<String, serde_json::Error> {
        self.next = row.seq + 1;
        self.hash = stored;
        Ok(serde_json::to_string(&RowLine { row, hash: hex::encode(stored) })? + "\n")
    }

    /// Ends the export: signs what was written.
    ///
    /// # Errors
    /// Never in practice: a trailer is always JSON.
    pub fn end(self, key: &SigningKey, at: Timestamp) -> Result<String, serde_json::Error> {
        let last = self.next - 1;
        let trailer = Trailer {
            tenant: self.tenant,
            header: self.header,
            first: self.first,
            rows: self.next - self.first,
            last,
            hash: self.hash,
            at,
            key: key.fingerprint().to_owned(),
        };
        let signature = key.sign(TRAILER_DOMAIN, &serde_json::to_string(&trailer)?);
        Ok(serde_json::to_string(&TrailerLine { trailer, signature })? + "\n")
    }
}
