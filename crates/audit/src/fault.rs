//! What a verifier found, and where.

use std::fmt;

use serde::Serialize;

/// Where an export is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "place")]
pub enum Place {
    /// The first line.
    Header,
    /// A row.
    Row {
        /// Its place in the chain.
        seq: u64,
    },
    /// The last line.
    Trailer,
}

/// The first thing that is wrong with an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}, {place}: {reason}")]
pub struct Fault {
    /// The line, from 1.
    pub line: u64,
    /// What the line is.
    #[serde(flatten)]
    pub place: Place,
    /// What is wrong with it, in words.
    pub reason: String,
}

/// Why an export does not verify.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is wrong.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("the header"),
            Self::Row { seq } => write!(f, "row {seq}"),
            Self::Trailer => f.write_str("the trailer"),
        }
    }
}
