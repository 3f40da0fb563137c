//! Reading a backup again and comparing everything with its manifest.

use std::collections::BTreeMap;
use std::path::Path;

use millrace_db::portable::{Digest, parse_line};
use sha2::{Digest as _, Sha256};

use super::archive::{self, Item};
use super::error::failed;
use super::manifest::{KeysEntry, Manifest, PayloadsEntry, TableEntry};
use super::CopyError;

#[derive(Default)]
struct Seen {
    tables: BTreeMap<String, Digest>,
    payloads: Digest,
    payload_bytes: u64,
    keys: Vec<(String, String)>,
    manifest: Option<Manifest>,
    header: Option<super::Header>,
}

/// Reads a whole backup and compares every table, payload and key with the manifest, which it answers.
///
/// # Errors
/// `BACKUP_DAMAGED` names the first thing that differs.
pub fn verify(path: &Path) -> Result<Manifest, CopyError> {
    let differs = |what: String| failed("BACKUP_DAMAGED", format!("{}: {what}", path.display())).fix("Take another backup, or fetch the file again: it is not whole.");
    let mut seen = Seen::default();
    archive::read(path, |item| seen.take(item).map_err(&differs))?;
    let Some(manifest) = seen.manifest.take() else { return Err(differs("it ends before its manifest".to_owned())) };
    seen.compare(&manifest).map_err(differs)?;
    Ok(manifest)
}

impl Seen {
    fn take(&mut self, item: Item) -> Result<(), String> {
        if self.manifest.is_some() {
            return Err("something follows its manifest".to_owned());
        }
        match item {
            Item::Header(header) => self.header = Some(header),
            Item::Rows { table, text } => {
                let digest = self.tables.entry(table.clone()).or_default();
                for line in text.lines().skip(1) {
                    parse_line(line).map_err(|e| format!("table {table}: {e}"))?;
                    digest.add(line);
                }
            }
            Item::Payload(payload, bytes) => {
                payload.check(&bytes).map_err(|e| format!("payload {}: {e}", payload.name()))?;
                self.payloads.add(&payload.name());
                self.payload_bytes += bytes.len() as u64;
            }
            Item::Key(name, bytes) => self.keys.push((name, hex::encode(Sha256::digest(&bytes)))),
            Item::Manifest(manifest) => self.manifest = Some(*manifest),
        }
        Ok(())
    }

    fn compare(self, manifest: &Manifest) -> Result<(), String> {
        if self.header.as_ref() != Some(&manifest.header) {
            return Err("its header and its manifest differ".to_owned());
        }
        let tables: Vec<TableEntry> = self.tables.into_iter().map(|(name, d)| TableEntry { name, rows: d.rows, sha256: d.hash() }).collect();
        let mut said = manifest.tables.clone();
        said.sort_by(|a, b| a.name.cmp(&b.name));
        for (found, said) in tables.iter().zip(&said) {
            if found != said {
                return Err(format!("table {}: {} rows with hash {}…, where the manifest says {} with {}…", found.name, found.rows, &found.sha256[..8], said.rows, said.sha256.get(..8).unwrap_or("")));
            }
        }
        if tables.len() != said.len() {
            return Err(format!("it holds {} tables, where the manifest says {}", tables.len(), said.len()));
        }
        let payloads = PayloadsEntry { files: self.payloads.rows, bytes: self.payload_bytes, sha256: self.payloads.hash() };
        if payloads != manifest.payloads {
            return Err(format!("it holds {} payload files, where the manifest says {}", payloads.files, manifest.payloads.files));
        }
        if self.keys != manifest.keys.as_ref().map(|k: &KeysEntry| k.files.clone()).unwrap_or_default() {
            return Err("its keys differ from the manifest".to_owned());
        }
        Ok(())
    }
}
