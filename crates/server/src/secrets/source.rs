//! Finds the master keys at start, and the root of derivation that they protect.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError};
use zeroize::Zeroizing;

use super::keyring::{Keyring, OpenError, Place};
use super::master::MasterKey;
use crate::config::{Config, KeySource, MasterKeyText};
use crate::tenants::settings;

/// Where the generated key of an embedded database is kept, in the data folder.
const KEY_FILE: &str = "master.key";
/// The setting that holds the generated key of a PostgreSQL database.
const KEY_SETTING: &str = "master_key";
/// The setting that holds the sealed root of derivation.
const DERIVATION_SETTING: &str = "derivation_key";

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A key file cannot be read, written or trusted.
    #[error("master key file {path}: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A configured key is none.
    #[error("master key: {0}")]
    Text(String),
    /// The database was made with another key.
    #[error("this database's secrets were sealed with another master key ({0}). Start with that key; to change keys, list both: MILLRACE_MASTER_KEY=new,old")]
    WrongKey(OpenError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Loads or makes the keys.
///
/// # Errors
/// See [`KeyError`].
pub async fn load(config: &Config, db: &Db, now: Timestamp) -> Result<Keyring, KeyError> {
    let keys = match &config.keys {
        KeySource::Text(text) => text.parse().map_err(KeyError::Text)?,
        KeySource::File(path) => read_key_file(path)?,
        KeySource::Generated if config.database.is_embedded() => vec![own_key_file(&config.data_dir.join(KEY_FILE))?],
        KeySource::Generated => vec![key_in_database(db, now).await?],
    };
    let root = derivation_root(db, &keys, now).await?;
    Ok(Keyring::new(&keys, &root))
}

/// Reads the keys that there are, without making any, and opens what the database sealed with them. Answers the first
/// key's name; nothing when the database has not been started on yet.
///
/// # Errors
/// See [`KeyError`].
pub(crate) async fn check(config: &Config, tx: &mut millrace_db::Tx) -> Result<Option<String>, KeyError> {
    let Some(sealed) = settings::get(tx, DERIVATION_SETTING).await? else { return Ok(None) };
    let keys = match &config.keys {
        KeySource::Text(text) => text.parse().map_err(KeyError::Text)?,
        KeySource::File(path) => read_key_file(path)?,
        KeySource::Generated if config.database.is_embedded() => read_key_file(&config.data_dir.join(KEY_FILE))?,
        KeySource::Generated => {
            let text = settings::get(tx, KEY_SETTING).await?.ok_or_else(|| KeyError::Text("the database holds none; set MILLRACE_MASTER_KEY".to_owned()))?;
            vec![MasterKey::parse(&text).map_err(|reason| KeyError::Text(format!("the one in the database {reason}")))?]
        }
    };
    let place = Place { tenant: "", kind: "setting", id: DERIVATION_SETTING };
    Keyring::new(&keys, &[0; 32]).open_at(place, &sealed).map_err(KeyError::WrongKey)?;
    Ok(keys.first().map(|key| key.id().to_owned()))
}

fn file_error(path: &Path, reason: impl ToString) -> KeyError {
    KeyError::File { path: path.display().to_string(), reason: reason.to_string() }
}

fn read_key_file(path: &Path) -> Result<Vec<MasterKey>, KeyError> {
    let text = fs::read_to_string(path).map_err(|e| file_error(path, e))?;
    let lines = text.split_whitespace().collect::<Vec<_>>().join(",");
    MasterKeyText::new(lines).parse().map_err(|e| file_error(path, e))
}

/// The key beside the embedded database; made at first start.
fn own_key_file(path: &Path) -> Result<MasterKey, KeyError> {
    match fs::metadata(path) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Err(file_error(path, format!("others may read it (mode {:o}); run `chmod 600` on it", found.permissions().mode() & 0o777)))
        }
        Ok(_) => read_key_file(path)?.into_iter().next().ok_or_else(|| file_error(path, "holds no key")),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let key = MasterKey::generate();
            let text = Zeroizing::new(format!("{}\n", key.to_text().as_str()));
            write_private(path, text.as_bytes()).map_err(|e| file_error(path, e))?;
            tracing::info!(path = %path.display(), "made a master key; keep a copy: without it stored credentials cannot be read");
            Ok(key)
        }
        Err(e) => Err(file_error(path, e)),
    }
}

/// Nodes on one PostgreSQL share no disk: without a configured key, the first one makes it for all.
async fn key_in_database(db: &Db, now: Timestamp) -> Result<MasterKey, KeyError> {
    let offer = MasterKey::generate();
    let mut tx = db.begin().await?;
    let text = Zeroizing::new(settings::get_or_set(&mut tx, KEY_SETTING, &offer.to_text(), now).await?);
    tx.commit().await?;
    MasterKey::parse(&text).map_err(|reason| KeyError::Text(format!("the one in the database {reason}")))
}

async fn derivation_root(db: &Db, keys: &[MasterKey], now: Timestamp) -> Result<[u8; 32], KeyError> {
    let place = Place { tenant: "", kind: "setting", id: DERIVATION_SETTING };
    // Sealing and opening need no root.
    let ring = Keyring::new(keys, &[0; 32]);
    let offer = Zeroizing::new(rand::random::<[u8; 32]>());
    let mut tx = db.begin().await?;
    let sealed = settings::get_or_set(&mut tx, DERIVATION_SETTING, &ring.seal_at(place, offer.as_slice()), now).await?;
    tx.commit().await?;
    let opened = ring.open_at(place, &sealed).map_err(KeyError::WrongKey)?;
    <[u8; 32]>::try_from(opened.as_slice()).map_err(|_| KeyError::WrongKey(OpenError::Malformed))
}

/// Writes a file that only its owner may read: complete or not at all.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let _ = fs::remove_file(&temporary);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(folder)?.sync_all()
}
