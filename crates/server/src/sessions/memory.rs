//! Sessions read a moment ago, so that a busy person does not read the database each time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use millrace_ids::{SessionId, UserId};
use parking_lot::Mutex;

use super::limits::{BELIEVED, REMEMBERED};
use super::model::Live;
use super::signing::SigningKeys;

/// This node's memory of sessions and of the keys that sign their tokens. Clone it freely; clones share it.
#[derive(Clone, Default)]
pub struct Sessions(Arc<Inner>);

#[derive(Default)]
struct Inner {
    keys: SigningKeys,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    /// Counts what was forgotten: what was read before a revocation must not be remembered after it.
    forgotten: u64,
    sessions: HashMap<SessionId, (Instant, Arc<Live>)>,
}

impl Sessions {
    pub(super) fn keys(&self) -> &SigningKeys {
        &self.0.keys
    }

    /// The session, or the mark to hand to [`Sessions::remember`] after reading it.
    pub(super) fn recall(&self, id: &SessionId) -> Result<Arc<Live>, u64> {
        let memory = self.0.memory.lock();
        match memory.sessions.get(id) {
            Some((at, live)) if at.elapsed() < BELIEVED => Ok(live.clone()),
            _ => Err(memory.forgotten),
        }
    }

    pub(super) fn remember(&self, mark: u64, live: &Arc<Live>) {
        let mut memory = self.0.memory.lock();
        if memory.forgotten != mark {
            return;
        }
        if memory.sessions.len() >= REMEMBERED {
            memory.sessions.clear();
        }
        memory.sessions.insert(live.id.clone(), (Instant::now(), live.clone()));
    }

    /// Drops what is remembered of a person: after the commit of whatever changed what they may do.
    pub fn forget_user(&self, user: &UserId) {
        let mut memory = self.0.memory.lock();
        memory.forgotten += 1;
        memory.sessions.retain(|_, (_, live)| live.user != *user);
    }

    /// Drops everything: after the commit of what concerns many people, such as a workspace's suspension.
    pub fn forget_all(&self) {
        let mut memory = self.0.memory.lock();
        memory.forgotten += 1;
        memory.sessions.clear();
    }
}
