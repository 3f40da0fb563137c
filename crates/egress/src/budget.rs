//! Memory for response bodies, bounded over all requests of a node and for each workspace.
//!
//! A body takes room as it grows, before the bytes are kept, and gives it back when the last copy of the answer's body is
//! dropped. What is small needs none, so that ordinary traffic never waits behind large answers.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::BUFFERED_FREE_BYTES;

/// One permit of a semaphore stands for this many bytes: their number is a `u32`.
const UNIT: usize = 1024;

/// The room of one client.
pub(crate) struct Budget {
    node: Arc<Semaphore>,
    units: usize,
    share_units: usize,
    wait: Duration,
    shares: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// The part of a client's room for response bodies that one workspace may hold, see [`Egress::share`](crate::Egress::share).
#[derive(Clone)]
pub struct Share(Arc<Semaphore>);

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Share({} bytes free)", self.0.available_permits() * UNIT)
    }
}

/// No room came free in time.
#[derive(Debug)]
pub(crate) struct NoRoom;

impl Budget {
    pub fn new(bytes: usize, share: usize, wait: Duration) -> Budget {
        let units = units_of(bytes);
        Budget {
            node: Arc::new(Semaphore::new(units)),
            units,
            share_units: units.min(units_of(share)),
            wait,
            shares: Mutex::default(),
        }
    }

    /// The part of `whose`; the same while anybody holds it.
    pub fn share(&self, whose: &str) -> Share {
        let mut shares = self.shares.lock();
        if let Some(known) = shares.get(whose).and_then(Weak::upgrade) {
            return Share(known);
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.share_units));
        shares.insert(whose.to_owned(), Arc::downgrade(&share));
        Share(share)
    }

    /// Bytes of room taken at present.
    pub fn taken(&self) -> usize {
        self.units.saturating_sub(self.node.available_permits()) * UNIT
    }

    /// Room for one body, nothing yet.
    pub fn open(self: &Arc<Budget>, share: Option<&Share>) -> Room {
        Room {
            budget: self.clone(),
            share: share.cloned(),
            granted: BUFFERED_FREE_BYTES,
            held: Vec::new(),
        }
    }
}

fn units(bytes: usize) -> usize {
    bytes.div_ceil(UNIT)
}

fn units_of(bytes: usize) -> usize {
    units(bytes).clamp(1, Semaphore::MAX_PERMITS)
}

/// The room one body has.
pub(crate) struct Room {
    budget: Arc<Budget>,
    share: Option<Share>,
    granted: usize,
    held: Vec<OwnedSemaphorePermit>,
}

impl Room {
    /// Bytes that may be kept.
    pub fn granted(&self) -> usize {
        self.granted
    }

    /// Waits for room for `bytes` in all, and takes some ahead, up to `most`: one wait for each fourfold growth.
    pub async fn grow(&mut self, bytes: usize, most: usize) -> Result<(), NoRoom> {
        if bytes <= self.granted {
            return Ok(());
        }
        let wanted = bytes
            .max(self.granted.saturating_mul(4))
            .min(most.max(bytes));
        let share = self.share.as_ref().map(|share| share.0.clone());
        let smallest = share
            .as_ref()
            .map_or(self.budget.units, |_| self.budget.share_units);
        // A limit that is smaller than one body would never let it through.
        let more = units(wanted - self.granted).min(smallest);
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        let take = async {
            let mut taken = Vec::new();
            for semaphore in share.into_iter().chain([self.budget.node.clone()]) {
                taken.push(
                    semaphore
                        .acquire_many_owned(more)
                        .await
                        .map_err(|_| NoRoom)?,
                );
            }
            Ok(taken)
        };
        let taken = tokio::time::timeout(self.budget.wait, take)
            .await
            .map_err(|_| NoRoom)??;
        self.held.extend(taken);
        self.granted = wanted;
        Ok(())
    }

    /// The body as shared bytes that hold the room until the last of them is dropped.
    pub fn keep(self, body: Vec<u8>) -> Bytes {
        if self.held.is_empty() {
            return body.into();
        }
        Bytes::from_owner(Kept {
            body,
            _held: self.held,
        })
    }
}

struct Kept {
    body: Vec<u8>,
    _held: Vec<OwnedSemaphorePermit>,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.body
    }
}
