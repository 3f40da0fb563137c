//! A workspace.

use millrace_clock::Timestamp;
use millrace_ids::TenantId;

/// One tenant: "Workspace" in words people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name in addresses; unique.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Tenant {
    /// The workspace of the first start.
    pub(super) fn demo(now: Timestamp) -> Self {
        Self { id: TenantId::generate(), slug: "demo".to_owned(), name: "Demo workspace".to_owned(), created_at: now }
    }
}
