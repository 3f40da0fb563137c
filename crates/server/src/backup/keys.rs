//! The keys of an installation: what a backup holds of them, and where a restore puts them.

use std::fs;
use std::io;
use std::path::Path;

use millrace_clock::Timestamp;
use millrace_db::portable::{PortableRow, Table};
use millrace_db::{Tx, sql};
use zeroize::Zeroizing;

use super::CopyError;
use super::error::failed;
use crate::config::{Config, KeySource};
use crate::secrets::write_private;
use crate::tenants::settings;

/// The master key's file, in the data folder and in a backup.
pub(crate) const MASTER_KEY: &str = "master.key";
pub(super) const BOOTSTRAP: &str = "bootstrap.json";
/// The setting that holds a generated key on PostgreSQL.
pub(crate) const MASTER_KEY_SETTING: &str = "master_key";

/// Whether a row is the generated master key, which never travels with the rows.
pub(crate) fn is_master_key_row(table: &Table, row: &PortableRow) -> bool {
    table.name == "settings" && table.column("name").is_some_and(|at| row[at].text() == Some(MASTER_KEY_SETTING))
}

/// What keys there are: where the master key is, and the files as they go into a backup.
pub(super) struct Found {
    pub(super) source: &'static str,
    pub(super) files: Vec<(&'static str, Zeroizing<Vec<u8>>)>,
}

pub(super) async fn find(config: &Config, tx: &mut Tx) -> Result<Found, CopyError> {
    let key = match &config.keys {
        KeySource::Text(_) => std::env::var("MILLRACE_MASTER_KEY").ok().map(|text| Zeroizing::new(text.replace(',', "\n").into_bytes())),
        KeySource::File(path) => Some(Zeroizing::new(fs::read(path).map_err(|e| unreadable(path, &e))?)),
        KeySource::Generated if config.database.is_embedded() => file(&config.data_dir.join(MASTER_KEY))?,
        KeySource::Generated => settings::get(tx, MASTER_KEY_SETTING).await?.map(|text| Zeroizing::new(text.into_bytes())),
    };
    let source = if config.keys.in_database(&config.database) { "database" } else { "file" };
    let key = key.ok_or_else(|| failed("MASTER_KEY_MISSING", "there is no master key to put into the backup"))?;
    let mut files = vec![(MASTER_KEY, key)];
    if let Some(bytes) = file(&config.data_dir.join(BOOTSTRAP))? {
        files.push((BOOTSTRAP, bytes));
    }
    Ok(Found { source, files })
}

fn unreadable(path: &Path, error: &io::Error) -> CopyError {
    failed("MASTER_KEY_MISSING", format!("{}: {error}", path.display()))
}

fn file(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, CopyError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unreadable(path, &e)),
    }
}

/// Puts a key where a server finds it. A file that is there with other content is somebody's key and stays.
pub(super) async fn put(config: &Config, tx: &mut Tx, source: &str, name: &str, bytes: &[u8], now: Timestamp) -> Result<String, CopyError> {
    if name == MASTER_KEY && source == "database" && !config.database.is_embedded() {
        let text = String::from_utf8_lossy(bytes).trim().to_owned();
        tx.execute(sql("DELETE FROM settings WHERE name = $1").bind(MASTER_KEY_SETTING)).await?;
        settings::set_once(tx, MASTER_KEY_SETTING, &text, now).await?;
        return Ok("the database".to_owned());
    }
    let path = config.data_dir.join(name);
    match file(&path)? {
        Some(there) if there.as_slice() == bytes => {}
        Some(_) => return Err(failed("TARGET_NOT_EMPTY", format!("{} exists and differs from the one in the backup", path.display())).fix("Move it away, or restore into another data folder.")),
        None => write_private(&path, bytes)?,
    }
    Ok(path.display().to_string())
}
