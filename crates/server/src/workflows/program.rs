//! Versions in memory: what a run needs to start, read once and kept while it is used.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_bundle::Bundle;
use millrace_ids::{TenantId, VersionId};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::definition::Definition;
use super::finding::Findings;
use super::model::{LoadedVersion, Version, Workflow};
use super::{inspect, limits, store};
use crate::app::Parts;
use crate::http::ApiError;

/// Loaded versions; the one used longest ago goes when they take too much memory. Versions are immutable, so nothing
/// here grows stale.
#[derive(Debug, Default)]
pub struct Programs {
    inner: Mutex<Inner>,
}

type Key = (TenantId, VersionId);
type Cell = Arc<OnceCell<Arc<LoadedVersion>>>;

#[derive(Debug, Default)]
struct Inner {
    slots: HashMap<Key, Slot>,
    tick: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    cell: Cell,
    used: u64,
    bytes: usize,
}

impl Programs {
    /// The version, loaded by at most one caller at a time.
    pub(super) async fn get(&self, parts: &Parts, tenant: &TenantId, id: &VersionId) -> Result<Arc<LoadedVersion>, ApiError> {
        let key = (tenant.clone(), id.clone());
        let cell = self.cell(&key);
        if let Some(loaded) = cell.get() {
            return Ok(Arc::clone(loaded));
        }
        match cell.get_or_try_init(|| load(parts, tenant, id)).await {
            Ok(loaded) => {
                self.note_size(&key, size_of(loaded));
                Ok(Arc::clone(loaded))
            }
            Err(error) => {
                let mut inner = self.inner.lock();
                if inner.slots.get(&key).is_some_and(|slot| !slot.cell.initialized()) {
                    inner.slots.remove(&key);
                }
                Err(error)
            }
        }
    }

    fn cell(&self, key: &Key) -> Cell {
        let mut inner = self.inner.lock();
        inner.tick += 1;
        let tick = inner.tick;
        if let Some(slot) = inner.slots.get_mut(key) {
            slot.used = tick;
            return Arc::clone(&slot.cell);
        }
        let cell = Cell::default();
        inner.slots.insert(key.clone(), Slot { cell: Arc::clone(&cell), used: tick, bytes: 0 });
        cell
    }

    fn note_size(&self, key: &Key, bytes: usize) {
        let mut inner = self.inner.lock();
        let Some(slot) = inner.slots.get_mut(key).filter(|slot| slot.bytes == 0) else { return };
        slot.bytes = bytes;
        inner.bytes += bytes;
        while inner.bytes > limits::LOADED_BYTES {
            // The one just loaded stays, however large: it is about to run.
            let oldest = inner.slots.iter().filter(|(k, slot)| *k != key && slot.bytes > 0).min_by_key(|(_, slot)| slot.used).map(|(k, _)| k.clone());
            let Some(slot) = oldest.and_then(|k| inner.slots.remove(&k)) else { return };
            inner.bytes -= slot.bytes;
        }
    }
}

/// Roughly what a loaded version takes: the code is held twice, by the bundle and by the program.
fn size_of(loaded: &LoadedVersion) -> usize {
    let text = |t: &Option<String>| t.as_ref().map_or(0, String::len);
    loaded.bundle.modules.iter().map(|m| 2 * m.code.len() + text(&m.map) + text(&m.source)).sum::<usize>() + 1
}

async fn load(parts: &Parts, tenant: &TenantId, id: &VersionId) -> Result<Arc<LoadedVersion>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let version = store::version(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("workflow version"))?;
    let workflow = store::workflow(&mut tx, tenant, &version.workflow).await?.ok_or_else(|| ApiError::not_found("workflow"))?;
    let packed = store::bundle(&mut tx, tenant, &version.bundle_hash).await?;
    tx.rollback().await?;
    let (packed, size) = packed.ok_or_else(|| ApiError::internal(format!("the bundle {} of {id} is missing", version.bundle_hash)))?;
    tokio::task::spawn_blocking(move || unpack(version, &workflow, &packed, size)).await.map_err(ApiError::internal)?
}

fn unpack(version: Version, workflow: &Workflow, packed: &[u8], size: i64) -> Result<Arc<LoadedVersion>, ApiError> {
    let bytes = zstd::bulk::decompress(packed, usize::try_from(size).unwrap_or(0)).map_err(ApiError::internal)?;
    let bundle = Bundle::from_bytes(&bytes).map_err(ApiError::internal)?;
    // A version was checked when it was deployed; what a newer product would say about it now does not stop its runs.
    let definition = Definition::read(&version.definition, &version.metadata, &mut Findings::default());
    Ok(Arc::new(LoadedVersion {
        program: inspect::program(&bundle.hash, &bundle.entry, &bundle.modules),
        bundle: Arc::new(bundle),
        definition: Arc::new(definition),
        slug: workflow.slug.clone(),
        id: version.id,
        workflow: version.workflow,
        version: version.version,
        export: version.export,
        metadata: version.metadata,
        hosts: version.hosts,
        functions: version.functions.unwrap_or_default(),
    }))
}
