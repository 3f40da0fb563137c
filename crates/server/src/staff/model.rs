//! Support access.

use millrace_clock::Timestamp;
use millrace_ids::{SupportAccessId, TenantId, UserId};

use crate::identity::StaffRole;

/// A time-boxed look of a member of staff into one workspace.
#[derive(Debug, Clone)]
pub struct SupportAccess {
    /// Its id.
    pub id: SupportAccessId,
    /// The workspace.
    pub tenant: TenantId,
    /// The member of staff.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Why, in their words.
    pub reason: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when at most.
    pub expires_at: Timestamp,
    /// When somebody ended it before that.
    pub ended_at: Option<Timestamp>,
    /// Who did.
    pub ended_by: Option<UserId>,
}

impl SupportAccess {
    /// Whether it opens the workspace now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

/// One member of staff.
#[derive(Debug, Clone)]
pub(super) struct StaffMember {
    pub user: UserId,
    pub email: String,
    pub roles: Vec<StaffRole>,
    /// `None`: all workspaces.
    pub tenants: Option<Vec<TenantId>>,
}
