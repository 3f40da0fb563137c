//! API keys as they are stored.

use millrace_clock::Timestamp;
use millrace_ids::{ApiKeyId, TenantId};
use subtle::ConstantTimeEq as _;

use super::KeyError;
use crate::identity::{Actor, Caller, Permissions, Role, Scope};

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

/// An API key as it is checked.
#[derive(Debug, Clone)]
pub(super) struct StoredKey {
    pub id: ApiKeyId,
    pub tenant: TenantId,
    pub role: Role,
    /// `None`: everything that the role allows.
    pub scopes: Option<Vec<Scope>>,
    pub secret_hash: String,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub tenant_active: bool,
}

impl StoredKey {
    /// The caller that holds a secret with this hash now. Why a key is refused is told only to whoever has its secret.
    pub(super) fn admit(&self, hash: &str, now: Timestamp) -> Result<Caller, KeyError> {
        if !bool::from(self.secret_hash.as_bytes().ct_eq(hash.as_bytes())) {
            return Err(KeyError::Invalid);
        }
        if self.revoked_at.is_some() {
            return Err(KeyError::Revoked);
        }
        if self.expires_at.is_some_and(|end| now >= end) {
            return Err(KeyError::Expired);
        }
        if !self.tenant_active {
            return Err(KeyError::Suspended);
        }
        Ok(Caller { tenant: self.tenant.clone(), by: Actor::ApiKey(self.id.clone()), role: self.role, permissions: self.permissions() })
    }

    fn permissions(&self) -> Permissions {
        self.scopes.as_deref().map_or(self.role.permissions(), Scope::all)
    }
}
