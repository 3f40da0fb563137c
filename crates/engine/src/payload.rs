//! JSON values of runs: small ones stay in the row, large ones go to a content-addressed, zstd-compressed store.

use std::io;
use std::path::{Path, PathBuf};

use millrace_clock::Timestamp;
use millrace_db::{Db, Row, Tx, sql};
use millrace_ids::TenantId;
use sha2::{Digest, Sha256};

use crate::EngineError;
use crate::measure::{PAYLOAD_GOT, PAYLOAD_PUT};
use crate::limits::{INLINE_PAYLOAD_BYTES, PAYLOAD_BYTES};

/// A JSON text, or `@day/hash` where it is kept. JSON never begins with `@`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload(String);

impl Payload {
    /// As it stands in a row.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// As it is written to a row.
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// The JSON text, if it is in the row.
    pub fn inline(&self) -> Option<&str> {
        (!self.0.starts_with('@')).then_some(self.0.as_str())
    }

    fn reference(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix('@')?.split_once('/')
    }
}

/// Where large payloads are kept.
#[derive(Debug, Clone)]
pub enum PayloadStore {
    /// A directory: one folder a day, one below it per tenant; retention removes whole days.
    Directory(PathBuf),
    /// The database that all nodes share; the default on PostgreSQL, where a local directory would be invisible to the others.
    Table(Db),
}

const PUT: &str = "INSERT INTO payloads (tenant_id, hash, bytes, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, hash) DO UPDATE SET created_at = $4";
const BYTES: &str = "SELECT COALESCE(SUM(octet_length(bytes)), 0) AS n FROM payloads WHERE tenant_id = $1";
const GET: &str = "SELECT bytes FROM payloads WHERE tenant_id = $1 AND hash = $2";

impl PayloadStore {
    /// Makes a payload of a JSON text; a large one is durable when this returns.
    ///
    /// # Errors
    /// It is over the limit, or the store is full or away.
    pub async fn put(&self, tenant: &TenantId, json: String, now: Timestamp) -> Result<Payload, EngineError> {
        let large = match Large::of(json, now)? {
            Ok(large) => large,
            Err(small) => return Ok(small),
        };
        match self {
            Self::Directory(root) => large.write(root, tenant).await,
            Self::Table(db) => {
                let mut tx = db.of(tenant.as_str()).begin().await?;
                let payload = large.insert(&mut tx, tenant, now).await?;
                tx.commit().await?;
                Ok(payload)
            }
        }
    }

    /// As [`Self::put`], within a transaction that takes the payload's reference, too: who holds a connection does not ask for
    /// another one. In a table it is durable when that commits.
    ///
    /// # Errors
    /// As [`Self::put`].
    pub async fn put_in(&self, tx: &mut Tx, tenant: &TenantId, json: String, now: Timestamp) -> Result<Payload, EngineError> {
        let large = match Large::of(json, now)? {
            Ok(large) => large,
            Err(small) => return Ok(small),
        };
        match self {
            Self::Directory(root) => large.write(root, tenant).await,
            Self::Table(_) => large.insert(tx, tenant, now).await,
        }
    }

    /// Bytes of a tenant's payloads as they are kept, compressed. Looks at every one: not to be asked often.
    ///
    /// # Errors
    /// The store is away.
    pub async fn bytes_of(&self, tenant: &TenantId) -> Result<u64, EngineError> {
        match self {
            Self::Directory(root) => {
                let (root, tenant) = (root.clone(), tenant.clone());
                let sum = tokio::task::spawn_blocking(move || bytes_below(&root, &tenant)).await;
                sum.map_err(io::Error::other).and_then(|r| r).map_err(EngineError::Payload)
            }
            Self::Table(db) => {
                let mut tx = db.of(tenant.as_str()).read().await?;
                let sum: i64 = tx.one(sql(BYTES).bind(tenant.as_str())).await?.get("n")?;
                Ok(u64::try_from(sum).unwrap_or(0))
            }
        }
    }

    /// The JSON text of a payload.
    ///
    /// # Errors
    /// It is gone or damaged, or the store is away.
    pub async fn get(&self, tenant: &TenantId, payload: &Payload) -> Result<String, EngineError> {
        let Some((day, hash)) = payload.reference() else {
            return Ok(payload.0.clone());
        };
        let packed = match self {
            Self::Directory(root) => tokio::fs::read(file_path(root, day, tenant, hash)).await.map_err(EngineError::Payload)?,
            Self::Table(db) => {
                let mut tx = db.of(tenant.as_str()).read().await?;
                let row = tx.optional(sql(GET).bind(tenant.as_str()).bind(hash)).await?;
                row.as_ref().map(|r: &Row| r.get("bytes")).transpose()?.ok_or_else(|| EngineError::Payload(io::ErrorKind::NotFound.into()))?
            }
        };
        let json = unpack(&packed, hash).map_err(EngineError::Payload)?;
        PAYLOAD_GOT.increment(json.len() as u64);
        Ok(json)
    }
}

/// A payload that is too large for a row of its own run.
struct Large {
    hash: String,
    day: String,
    bytes: Vec<u8>,
}

impl Large {
    /// A small one is a payload already.
    fn of(json: String, now: Timestamp) -> Result<Result<Self, Payload>, EngineError> {
        if json.len() <= INLINE_PAYLOAD_BYTES {
            return Ok(Err(Payload(json)));
        }
        if json.len() > PAYLOAD_BYTES {
            return Err(EngineError::TooLarge { bytes: json.len(), limit: PAYLOAD_BYTES });
        }
        PAYLOAD_PUT.increment(json.len() as u64);
        let hash = hex::encode(Sha256::digest(json.as_bytes()));
        let day = now.to_jiff().strftime("%Y%m%d").to_string();
        let bytes = zstd::encode_all(json.as_bytes(), 3).map_err(EngineError::Payload)?;
        Ok(Ok(Self { hash, day, bytes }))
    }

    async fn write(self, root: &Path, tenant: &TenantId) -> Result<Payload, EngineError> {
        let (path, payload) = (file_path(root, &self.day, tenant, &self.hash), self.payload());
        tokio::task::spawn_blocking(move || write_durably(&path, &self.bytes)).await.map_err(io::Error::other).and_then(|r| r).map_err(EngineError::Payload)?;
        Ok(payload)
    }

    async fn insert(self, tx: &mut Tx, tenant: &TenantId, now: Timestamp) -> Result<Payload, EngineError> {
        let payload = self.payload();
        tx.execute(sql(PUT).bind(tenant.as_str()).bind(&self.hash).bind(self.bytes).bind(now)).await?;
        Ok(payload)
    }

    fn payload(&self) -> Payload {
        Payload(format!("@{}/{}", self.day, self.hash))
    }
}

pub(crate) fn unpack(packed: &[u8], hash: &str) -> io::Result<String> {
    let bytes = zstd::decode_all(packed)?;
    if hex::encode(Sha256::digest(&bytes)) != hash {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a stored payload does not match its hash"));
    }
    String::from_utf8(bytes).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))
}

pub(crate) fn file_path(root: &Path, day: &str, tenant: &TenantId, hash: &str) -> PathBuf {
    root.join(day).join(tenant.as_str()).join(hash)
}

/// What a tenant has in the folders of all days. A day that is being removed meanwhile counts for nothing.
fn bytes_below(root: &Path, tenant: &TenantId) -> io::Result<u64> {
    let entries = |path: &Path| match std::fs::read_dir(path) {
        Ok(entries) => entries.collect::<io::Result<Vec<_>>>(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    };
    let mut sum = 0;
    for day in entries(root)? {
        for file in entries(&day.path().join(tenant.as_str()))? {
            sum += file.metadata().map_or(0, |m| m.len());
        }
    }
    Ok(sum)
}

pub(crate) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    if path.exists() {
        return Ok(());
    }
    let dir = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    std::fs::create_dir_all(dir)?;
    let part = path.with_extension(format!("part{}", millrace_ids::RequestId::generate()));
    let mut file = std::fs::File::create(&part)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(e) = written {
        let _ = std::fs::remove_file(&part);
        return Err(e);
    }
    std::fs::rename(&part, path)?;
    std::fs::File::open(dir)?.sync_all()
}
