//! The first start: one workspace, one owner key, and a file that tells their owner.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use millrace_clock::Clock;
use millrace_db::{Db, DbError, Tx};
use millrace_ids::TenantId;
use serde::{Deserialize, Serialize};

use super::model::Tenant;
use super::{settings, store};
use crate::api_keys::{self, ApiKeyText, KeyError, KeyGrant, Keys, NewApiKey};
use crate::identity::Role;
use crate::secrets::write_private;

/// The setting that says which node was first.
const SETTING: &str = "bootstrapped";
const FILE: &str = "bootstrap.json";
/// The file before its transaction is known to have been committed.
const PENDING: &str = "bootstrap.json.pending";

/// What `<data>/bootstrap.json` holds.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct BootstrapFile {
    /// Where the server answers.
    pub url: String,
    /// The demo workspace.
    pub tenant_id: TenantId,
    /// Its name.
    pub workspace: String,
    /// The owner's API key.
    pub api_key: String,
}

/// What the start found or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bootstrap {
    /// An empty database: workspace, key and file were made.
    Made(BootstrapFile),
    /// The file is there and its key is valid.
    Known(BootstrapFile),
    /// The database has its workspace, but this data folder has no valid file: another node was first.
    Elsewhere,
}

/// Why the first start failed.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The file could not be written or read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// Makes the first workspace and key if the database has none. Of several nodes that start at once exactly one does; a
/// node that dies half-way leaves either nothing or everything.
///
/// # Errors
/// See [`BootstrapError`].
pub async fn bootstrap(db: &Db, clock: &Clock, data_dir: &Path, url: &str) -> Result<Bootstrap, BootstrapError> {
    if is_first(db).await? {
        if let Some(made) = make(db, clock, data_dir, url).await? {
            return Ok(Bootstrap::Made(made));
        }
    } else {
        recover(db, clock, data_dir).await?;
    }
    known(db, clock, data_dir, url).await
}

/// The workspace that the first start made.
pub(crate) async fn first_tenant(tx: &mut Tx) -> Result<Option<TenantId>, DbError> {
    Ok(settings::get(tx, SETTING).await?.and_then(|id| id.parse().ok()))
}

async fn is_first(db: &Db) -> Result<bool, DbError> {
    Ok(settings::get(&mut db.read().await?, SETTING).await?.is_none())
}

/// The file is on disk before the commit and gets its name after it: a key is never made that nobody knows.
async fn make(db: &Db, clock: &Clock, data_dir: &Path, url: &str) -> Result<Option<BootstrapFile>, BootstrapError> {
    let now = clock.now();
    let tenant = Tenant::demo(now);
    let mut tx = db.begin().await?;
    if !settings::set_once(&mut tx, SETTING, tenant.id.as_str(), now).await? {
        return Ok(None);
    }
    // Nobody else makes workspaces before the first start has made its own.
    store::insert(&mut tx, &tenant).await?;
    let new = NewApiKey { name: "Owner key of the first start".to_owned(), grant: KeyGrant::Role(Role::Owner), expires_at: None, created_by: None };
    let key = api_keys::insert(&mut tx, &tenant.id, &new, now).await?;
    let file = BootstrapFile { url: url.to_owned(), tenant_id: tenant.id, workspace: tenant.name, api_key: key.expose().to_string() };
    write(&data_dir.join(PENDING), &file)?;
    tx.commit().await?;
    adopt(data_dir)?;
    Ok(Some(file))
}

/// A node that died between commit and rename left the pending file: it counts if its key is in the database.
async fn recover(db: &Db, clock: &Clock, data_dir: &Path) -> Result<(), BootstrapError> {
    let pending = data_dir.join(PENDING);
    let Some(file) = read(&pending)? else { return Ok(()) };
    if is_valid(db, clock, &file).await? {
        adopt(data_dir)
    } else {
        fs::remove_file(&pending).map_err(|e| file_error(&pending, e))
    }
}

async fn known(db: &Db, clock: &Clock, data_dir: &Path, url: &str) -> Result<Bootstrap, BootstrapError> {
    let path = data_dir.join(FILE);
    let Some(mut file) = read(&path)? else { return Ok(Bootstrap::Elsewhere) };
    if !is_valid(db, clock, &file).await? {
        return Ok(Bootstrap::Elsewhere);
    }
    // The port may have changed since: the file tells scripts where to go.
    if file.url != url {
        url.clone_into(&mut file.url);
        write(&path, &file)?;
    }
    Ok(Bootstrap::Known(file))
}

async fn is_valid(db: &Db, clock: &Clock, file: &BootstrapFile) -> Result<bool, DbError> {
    let Ok(key) = file.api_key.parse::<ApiKeyText>() else { return Ok(false) };
    match Keys::default().check(db, clock, &key, None).await {
        Ok(caller) if caller.tenant == file.tenant_id => {}
        Err(KeyError::Db(error)) => return Err(error),
        Ok(_) | Err(_) => return Ok(false),
    }
    Ok(store::get(&mut db.read().await?, &file.tenant_id).await?.is_some())
}

fn adopt(data_dir: &Path) -> Result<(), BootstrapError> {
    let path = data_dir.join(FILE);
    fs::rename(data_dir.join(PENDING), &path).map_err(|e| file_error(&path, e))
}

/// A file that is not ours to understand counts as none: the database decides.
fn read(path: &PathBuf) -> Result<Option<BootstrapFile>, BootstrapError> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(file_error(path, e)),
    }
}

fn write(path: &Path, file: &BootstrapFile) -> Result<(), BootstrapError> {
    let text = serde_json::to_string_pretty(file).map_err(|e| file_error(path, io::Error::other(e)))?;
    write_private(path, format!("{text}\n").as_bytes()).map_err(|e| file_error(path, e))
}

fn file_error(path: &Path, source: io::Error) -> BootstrapError {
    BootstrapError::File { path: path.display().to_string(), source }
}
