//! Finds the master keys at start, and the root of derivation that they protect.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Tx};
use zeroize::Zeroizing;

use super::keyring::{Keyring, OpenError, Place};
use super::master::MasterKey;
use super::store;
use super::wrapping::{self, ServiceError, WrappingKey};
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
    /// The key service does not do what a start needs.
    #[error("master key: {0}")]
    Service(#[from] ServiceError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Loads or makes the keys, and finds out which of them seals.
///
/// # Errors
/// See [`KeyError`].
pub async fn load(config: &Config, db: &Db, now: Timestamp) -> Result<Keyring, KeyError> {
    let service = wrapping::of(config)?;
    // What was read is bound before anything else is asked: no connection is held meanwhile.
    let found = configured(config, &mut db.read().await?).await?;
    let mut keys = match found {
        found if !found.is_empty() || service.is_some() => found,
        _ if config.database.is_embedded() => vec![make_key_file(&config.data_dir.join(KEY_FILE))?],
        _ => vec![key_in_database(db, now).await?],
    };
    let state = store::state(&mut db.read().await?).await?;
    let seals = match state {
        Some(state) => state.seals,
        None => first(db, service.as_deref(), &keys, now).await?,
    };
    let wrapped = store::kept(&mut db.read().await?).await?;
    keys.extend(unwrapped(&wrapped, service.as_deref(), &keys, &seals, true).await?);
    let at = keys.iter().position(|key| key.id() == seals).ok_or_else(|| lacking(&seals))?;
    keys.swap(0, at);
    let root = derivation_root(db, &keys, now).await?;
    Ok(Keyring::new(&keys, &root))
}

/// Which key seals in a database in which that was not decided yet: the service's, or else the first one that is configured, as
/// releases before this one have it. Of several nodes that start at once, one decides.
async fn first(db: &Db, service: Option<&dyn WrappingKey>, keys: &[MasterKey], now: Timestamp) -> Result<String, KeyError> {
    let mut tx = db.begin().await?;
    // Nothing is sealed before there is a root: then there is nothing to go through.
    let fresh = settings::get(&mut tx, DERIVATION_SETTING).await?.is_none();
    drop(tx);
    // Where secrets are sealed already, the service takes over when an operator says so.
    let made = match service {
        Some(service) if fresh => Some(wrapping::make(service).await?.1),
        _ => None,
    };
    let seals = match (&made, keys.first()) {
        (Some(made), _) => made.id.clone(),
        (None, Some(key)) => key.id().to_owned(),
        (None, None) => return Err(KeyError::Text("this database's secrets were sealed with a configured key: keep MILLRACE_MASTER_KEY beside the key service until it was changed".to_owned())),
    };
    let mut tx = db.begin().await?;
    if store::begin(&mut tx, &seals, now, fresh.then_some(now)).await? {
        if let Some(made) = &made {
            store::keep(&mut tx, made, now).await?;
        }
        tx.commit().await?;
        return Ok(seals);
    }
    tx.rollback().await?;
    let state = store::state(&mut db.read().await?).await?;
    state.map(|state| state.seals).ok_or_else(|| KeyError::Text("nobody says which one seals".to_owned()))
}

/// The keys that the service has wrapped and that are not among those already had. One that seals must be had; of the others it
/// is said that they are not.
async fn unwrapped(wrapped: &[store::Kept], service: Option<&dyn WrappingKey>, had: &[MasterKey], seals: &str, patiently: bool) -> Result<Vec<MasterKey>, KeyError> {
    let Some(service) = service else { return Ok(Vec::new()) };
    let mut keys = Vec::new();
    for kept in wrapped.iter().filter(|kept| had.iter().all(|key| key.id() != kept.id)) {
        let found = if patiently { wrapping::unwrap_patiently(service, kept).await } else { wrapping::unwrap(service, kept).await };
        match found {
            Ok(key) => keys.push(key),
            Err(error) if kept.id == seals => return Err(error.into()),
            Err(error) => tracing::warn!(key = kept.id, %error, "a former master key could not be unwrapped"),
        }
    }
    Ok(keys)
}

/// Every key that this configuration leads to, without making one: those that are named, and the one that was made when none was.
/// The latter still opens what it sealed after another one was configured. Dev to production is a change of keys like any other.
pub(super) async fn configured(config: &Config, tx: &mut Tx) -> Result<Vec<MasterKey>, KeyError> {
    let mut keys = match &config.keys {
        KeySource::Text(text) => text.parse().map_err(KeyError::Text)?,
        KeySource::File(path) => read_key_file(path)?,
        KeySource::Generated => Vec::new(),
    };
    let made = if config.database.is_embedded() {
        own_key_file(&config.data_dir.join(KEY_FILE))?
    } else {
        let text = settings::get(tx, KEY_SETTING).await?.map(Zeroizing::new);
        text.map(|text| parse_setting(&text)).transpose()?.into_iter().collect()
    };
    for key in made {
        if keys.iter().all(|own| own.id() != key.id()) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// What a look at the keys found, without changing anything.
pub(crate) struct Found {
    /// The key that seals.
    pub seals: String,
    /// All that this configuration has.
    pub has: Vec<String>,
}

/// Reads the keys that there are, without making any, and opens what the database sealed with them. Nothing when the database has
/// not been started on yet.
///
/// # Errors
/// See [`KeyError`].
pub(crate) async fn check(config: &Config, tx: &mut Tx) -> Result<Option<Found>, KeyError> {
    let Some(sealed) = settings::get(tx, DERIVATION_SETTING).await? else { return Ok(None) };
    let mut keys = configured(config, tx).await?;
    // A database that was not yet started with this release has neither table.
    let state = if tx.tables().await?.iter().any(|table| table.name == "master_key_state") { store::state(tx).await? } else { None };
    if let Some(state) = &state {
        let service = wrapping::of(config)?;
        let wrapped = store::kept(tx).await?;
        let more = unwrapped(&wrapped, service.as_deref(), &keys, &state.seals, false).await?;
        keys.extend(more);
        if keys.iter().all(|key| key.id() != state.seals) {
            return Err(lacking(&state.seals));
        }
    }
    let first = keys.first().ok_or_else(|| KeyError::Text("there is none; set MILLRACE_MASTER_KEY".to_owned()))?;
    let place = Place { tenant: "", kind: "setting", id: DERIVATION_SETTING };
    Keyring::new(&keys, &[0; 32]).open_at(place, &sealed).map_err(KeyError::WrongKey)?;
    let seals = state.map_or_else(|| first.id().to_owned(), |state| state.seals);
    Ok(Some(Found { seals, has: keys.iter().map(|key| key.id().to_owned()).collect() }))
}

fn lacking(id: &str) -> KeyError {
    KeyError::WrongKey(OpenError::UnknownKey(id.to_owned()))
}

fn file_error(path: &Path, reason: impl ToString) -> KeyError {
    KeyError::File { path: path.display().to_string(), reason: reason.to_string() }
}

fn read_key_file(path: &Path) -> Result<Vec<MasterKey>, KeyError> {
    let text = fs::read_to_string(path).map_err(|e| file_error(path, e))?;
    let lines = text.split_whitespace().collect::<Vec<_>>().join(",");
    MasterKeyText::new(lines).parse().map_err(|e| file_error(path, e))
}

/// The keys beside the embedded database; none before the first start.
fn own_key_file(path: &Path) -> Result<Vec<MasterKey>, KeyError> {
    match fs::metadata(path) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Err(file_error(path, format!("others may read it (mode {:o}); run `chmod 600` on it", found.permissions().mode() & 0o777)))
        }
        Ok(_) => read_key_file(path),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(file_error(path, e)),
    }
}

fn make_key_file(path: &Path) -> Result<MasterKey, KeyError> {
    let key = MasterKey::generate();
    let text = Zeroizing::new(format!("{}\n", key.to_text().as_str()));
    write_private(path, text.as_bytes()).map_err(|e| file_error(path, e))?;
    tracing::info!(path = %path.display(), "made a master key; keep a copy: without it stored credentials cannot be read");
    Ok(key)
}

fn parse_setting(text: &str) -> Result<MasterKey, KeyError> {
    MasterKey::parse(text).map_err(|reason| KeyError::Text(format!("the one in the database {reason}")))
}

/// Nodes on one PostgreSQL share no disk: without a configured key, the first one makes it for all.
async fn key_in_database(db: &Db, now: Timestamp) -> Result<MasterKey, KeyError> {
    let offer = MasterKey::generate();
    let mut tx = db.begin().await?;
    let text = Zeroizing::new(settings::get_or_set(&mut tx, KEY_SETTING, &offer.to_text(), now).await?);
    tx.commit().await?;
    parse_setting(&text)
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
