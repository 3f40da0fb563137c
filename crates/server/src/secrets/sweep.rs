//! Going through every sealed column, and sealing again what is not under the key that seals.
//!
//! Small transactions of compare-and-set steps: whoever changes a value meanwhile wins, and a sweep that is killed is begun again
//! by whoever comes next, for what it had done it finds done.

use std::time::Instant;

use millrace_clock::Clock;
use millrace_db::{Db, DbError};
use millrace_ids::NodeId;
use tokio_util::sync::CancellationToken;

use super::keyring::{Keyring, Place};
use super::limits::{BATCH, BATCH_PAUSE, NAMED, SWEEPER};
use super::places::{SEALED, Sealed};
use super::store::{self, Other};

/// What one look at everything came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Swept {
    /// Sealed again.
    pub again: u64,
    /// Changed by others while we looked; the next look sees how.
    pub changed: u64,
    /// Do not open with any key of this node, or are damaged. They are left as they are.
    pub unreadable: u64,
}

impl Swept {
    /// Whether everything that can be read was found under the key that seals.
    pub fn is_clean(self) -> bool {
        self.again == 0 && self.changed == 0
    }
}

/// Who goes through everything: one node at a time, as long as it says that it still does.
pub(super) struct Sweeper<'a> {
    pub db: &'a Db,
    pub keyring: &'a Keyring,
    pub clock: &'a Clock,
    pub node: &'a NodeId,
    pub stopping: &'a CancellationToken,
}

impl Sweeper<'_> {
    /// Goes through everything once; nothing when another node does, another key seals by now, or the server stops.
    pub async fn sweep(&self, seals: &str) -> Result<Option<Swept>, DbError> {
        let mut swept = Swept::default();
        let prefix = Keyring::prefix(seals);
        let mut held: Option<Instant> = None;
        for column in SEALED {
            let mut after = (String::new(), String::new());
            loop {
                if held.is_none_or(|since| since.elapsed() > SWEEPER / 3) {
                    if !self.hold(seals).await? {
                        return Ok(None);
                    }
                    held = Some(Instant::now());
                }
                if self.stopping.is_cancelled() || self.keyring.seals_with() != seals {
                    return Ok(None);
                }
                let found = store::others(&mut self.db.read().await?, column, &prefix, (&after.0, &after.1), BATCH).await?;
                let Some(last) = found.last() else { break };
                after = (last.first.clone(), last.second.clone());
                batch(self.db, self.keyring, column, &found, &mut swept).await?;
                tokio::time::sleep(BATCH_PAUSE).await;
            }
        }
        Ok(Some(swept))
    }

    async fn hold(&self, seals: &str) -> Result<bool, DbError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let ours = store::hold(&mut tx, self.node, seals, now.plus(SWEEPER), now).await?;
        tx.commit().await?;
        Ok(ours)
    }
}

async fn batch(db: &Db, keyring: &Keyring, column: &Sealed, found: &[Other], swept: &mut Swept) -> Result<(), DbError> {
    let mut fresh = Vec::with_capacity(found.len());
    for other in found {
        let place = Place { tenant: &other.tenant, kind: column.kind, id: &other.id };
        match keyring.open_at(place, &other.sealed) {
            Ok(plain) => fresh.push((other, keyring.seal_at(place, &plain))),
            Err(error) => {
                swept.unreadable += 1;
                if swept.unreadable <= NAMED {
                    tracing::warn!(column = column.name, id = other.id, %error, "a sealed value cannot be read; it stays as it is");
                }
            }
        }
    }
    if fresh.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    for (other, sealed) in &fresh {
        match store::replace(&mut tx, column, other, sealed).await? {
            true => swept.again += 1,
            false => swept.changed += 1,
        }
    }
    tx.commit().await
}
