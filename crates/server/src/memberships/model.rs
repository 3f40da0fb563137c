//! A person's place in a workspace.

use millrace_clock::Timestamp;
use millrace_ids::{TenantId, UserId};

use crate::identity::Role;

/// Whether a membership holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipStatus {
    /// The person belongs to the workspace.
    Active,
    /// The person was removed; a new invitation makes it active again.
    Removed,
}

impl MembershipStatus {
    /// The word used in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Removed => "removed",
        }
    }
}

impl std::str::FromStr for MembershipStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "active" => Ok(Self::Active),
            "removed" => Ok(Self::Removed),
            other => Err(format!("`{other}` is not a state of a membership")),
        }
    }
}

/// One person in one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The workspace.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// What the person may do there.
    pub role: Role,
    /// Whether it holds.
    pub status: MembershipStatus,
    /// Since when.
    pub created_at: Timestamp,
}

/// A workspace as one of its members sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The workspace.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// Its short name in addresses.
    pub slug: String,
    /// The person's role there.
    pub role: Role,
}
