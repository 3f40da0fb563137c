//! Roles and stored keys.

use millrace_clock::Timestamp;
use millrace_ids::{ApiKeyId, TenantId};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;

/// What a caller may do in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, the workspace itself included.
    Owner,
    /// Everything but giving the workspace away.
    Admin,
    /// Builds and runs.
    Member,
    /// Looks.
    Viewer,
    /// Looks at usage and pays.
    Billing,
}

impl Role {
    const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Member, Self::Viewer, Self::Billing];

    /// The word used in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Viewer => "viewer",
            Self::Billing => "billing",
        }
    }

    /// Whether this role may change things.
    pub const fn may_change(self) -> bool {
        matches!(self, Self::Owner | Self::Admin | Self::Member)
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| format!("`{text}` is not a role"))
    }
}

/// An API key to be made.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is for, in its owner's words.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// An API key as it is stored.
#[derive(Debug, Clone)]
pub(super) struct StoredKey {
    pub id: ApiKeyId,
    pub tenant: TenantId,
    pub role: Role,
    pub secret_hash: String,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub tenant_active: bool,
}

impl StoredKey {
    /// Whether somebody who holds a secret with this hash may act now.
    pub(super) fn admits(&self, hash: &str, now: Timestamp) -> bool {
        let same = bool::from(self.secret_hash.as_bytes().ct_eq(hash.as_bytes()));
        same && self.tenant_active && self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
