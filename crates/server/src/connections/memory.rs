//! Opened credentials, for a short while, and the locks under which they are renewed.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Instant;

use millrace_connector::Credentials;
use millrace_ids::{ConnectionId, TenantId};
use parking_lot::Mutex;

use super::limits;

/// This node's memory of connections. Clone it freely; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Connections(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    opened: Mutex<HashMap<(TenantId, ConnectionId), (Instant, Credentials)>>,
    locks: Mutex<HashMap<ConnectionId, Weak<tokio::sync::Mutex<()>>>>,
}

impl Connections {
    pub(super) fn recall(&self, tenant: &TenantId, id: &ConnectionId) -> Option<Credentials> {
        let opened = self.0.opened.lock();
        let (at, credentials) = opened.get(&(tenant.clone(), id.clone()))?;
        (at.elapsed() < limits::BELIEVED).then(|| credentials.clone())
    }

    pub(super) fn remember(&self, tenant: &TenantId, id: &ConnectionId, credentials: &Credentials) {
        let mut opened = self.0.opened.lock();
        if opened.len() >= limits::REMEMBERED {
            opened.retain(|_, (at, _)| at.elapsed() < limits::BELIEVED);
        }
        if opened.len() < limits::REMEMBERED {
            opened.insert((tenant.clone(), id.clone()), (Instant::now(), credentials.clone()));
        }
    }

    /// To be called when a connection was made anew, after the commit.
    pub fn forget(&self, tenant: &TenantId, id: &ConnectionId) {
        self.0.opened.lock().remove(&(tenant.clone(), id.clone()));
    }

    /// The lock under which this node renews a connection; it lives as long as somebody holds or awaits it.
    pub(super) fn lock(&self, id: &ConnectionId) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.locks.lock();
        if let Some(lock) = locks.get(id).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(id.clone(), Arc::downgrade(&lock));
        lock
    }
}
