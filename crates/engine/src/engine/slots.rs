//! Room for runs in memory: so many in all, and so many per tenant.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_ids::TenantId;
use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

use super::Inner;

/// Room for one run; dropping it frees the room.
pub(crate) struct Slot {
    _permit: OwnedSemaphorePermit,
    tenants: Arc<Mutex<HashMap<TenantId, usize>>>,
    tenant: Option<TenantId>,
}

impl Slot {
    /// Books the slot for a tenant.
    pub(crate) fn for_tenant(mut self, tenant: &TenantId) -> Self {
        *self.tenants.lock().entry(tenant.clone()).or_default() += 1;
        self.tenant = Some(tenant.clone());
        self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(tenant) = &self.tenant else { return };
        let mut tenants = self.tenants.lock();
        if let Some(n) = tenants.get_mut(tenant) {
            *n -= 1;
            if *n == 0 {
                tenants.remove(tenant);
            }
        }
    }
}

impl Inner {
    fn slot(&self) -> Option<Slot> {
        let permit = self.slots.clone().try_acquire_owned().ok()?;
        Some(Slot { _permit: permit, tenants: self.tenants.clone(), tenant: None })
    }

    /// Room for a run that was just accepted here, if this node works and the tenant is under its cap and not held back. Otherwise
    /// nothing of it can be queued while slots are free, so handing a run over does not overtake anybody.
    pub(crate) fn take_slot(&self, tenant: &TenantId) -> Option<Slot> {
        if !self.works() {
            return None;
        }
        let held = self.tenants.lock().get(tenant).copied().unwrap_or(0);
        if held >= self.cap(tenant) || self.pace.is_held_back(tenant) {
            return None;
        }
        self.slot().map(|s| s.for_tenant(tenant))
    }

    /// How many runs of each tenant this node holds.
    pub(crate) fn held_here(&self) -> HashMap<TenantId, i64> {
        self.tenants.lock().iter().map(|(tenant, n)| (tenant.clone(), i64::try_from(*n).unwrap_or(i64::MAX))).collect()
    }

    /// Runs of a tenant that may be performed at once; none while they rest.
    pub(crate) fn cap(&self, tenant: &TenantId) -> usize {
        if self.perform.is_resting(tenant) { 0 } else { self.perform.slots(tenant).unwrap_or(self.settings.tenant_cap) }
    }

    /// The room there is now, up to `most` runs.
    pub(crate) fn free_slots(&self, most: usize) -> Vec<Slot> {
        if !self.works() {
            return Vec::new();
        }
        std::iter::from_fn(|| self.slot()).take(most).collect()
    }
}
