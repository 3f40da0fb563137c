//! Where the master key comes from.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::DatabaseConfig;
use super::reader::Reader;
use crate::secrets::MasterKey;

/// Master keys as text: base64 or hex of 32 bytes each, divided by commas. The first one seals, all of them open.
#[derive(Clone)]
pub struct MasterKeyText(Zeroizing<String>);

impl MasterKeyText {
    /// Takes the text into care.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The keys.
    ///
    /// # Errors
    /// Says which one (counted from 1) is not a key, never its text.
    pub fn parse(&self) -> Result<Vec<MasterKey>, String> {
        let texts: Vec<&str> = self.0.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
        if texts.is_empty() {
            return Err("holds no key".to_owned());
        }
        texts.iter().enumerate().map(|(i, text)| MasterKey::parse(text).map_err(|e| format!("key {}: {e}", i + 1))).collect()
    }
}

impl fmt::Debug for MasterKeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeyText(…)")
    }
}

/// Where the master key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// From `MILLRACE_MASTER_KEY`.
    Text(MasterKeyText),
    /// From the file that `MILLRACE_MASTER_KEY_FILE` names; it must exist.
    File(PathBuf),
    /// Made at first start: beside the embedded database, or inside PostgreSQL, where nodes share no disk.
    Generated,
}

impl KeySource {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        match (read.text("MILLRACE_MASTER_KEY"), read.text("MILLRACE_MASTER_KEY_FILE")) {
            (Some(_), Some(_)) => {
                read.refuse("MILLRACE_MASTER_KEY_FILE", "is set together with MILLRACE_MASTER_KEY; keep one of them");
                Self::Generated
            }
            (Some(text), None) => {
                let text = MasterKeyText::new(text);
                if let Err(reason) = text.parse() {
                    read.refuse("MILLRACE_MASTER_KEY", reason);
                }
                Self::Text(text)
            }
            (None, Some(path)) => Self::File(PathBuf::from(path)),
            (None, None) => Self::Generated,
        }
    }

    /// Whether the key ends up in the database beside what it protects.
    pub fn in_database(&self, database: &DatabaseConfig) -> bool {
        matches!(self, Self::Generated) && !database.is_embedded()
    }
}
