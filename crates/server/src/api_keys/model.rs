//! API keys as they are stored, checked and listed.

use millrace_clock::Timestamp;
use millrace_ids::{ApiKeyId, TenantId, UserId};
use subtle::ConstantTimeEq as _;

use super::KeyError;
use crate::identity::{Actor, Caller, Permissions, Role, Scope};

/// What a key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyGrant {
    /// Everything that the role may: the key of the first start.
    Role(Role),
    /// What these scopes include: every key that a person makes.
    Scopes(Vec<Scope>),
}

impl KeyGrant {
    /// The permissions of it.
    pub fn permissions(&self) -> Permissions {
        match self {
            Self::Role(role) => role.permissions(),
            Self::Scopes(scopes) => Scope::all(scopes),
        }
    }

    /// The role that a caller with it is shown as; of scopes it decides nothing.
    pub(super) const fn role(&self) -> Role {
        match self {
            Self::Role(role) => *role,
            Self::Scopes(_) => Role::Viewer,
        }
    }
}

/// An API key to be made.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is for, in its owner's words.
    pub name: String,
    /// What it may do.
    pub grant: KeyGrant,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// The person who makes it; nobody at the first start.
    pub created_by: Option<UserId>,
}

/// An API key as it is checked.
#[derive(Debug, Clone)]
pub(super) struct StoredKey {
    pub id: ApiKeyId,
    pub tenant: TenantId,
    pub grant: KeyGrant,
    pub hash: String,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub tenant_active: bool,
}

impl StoredKey {
    /// Whether this is what is kept of its secret.
    pub(super) fn has(&self, hash: &str) -> bool {
        self.hash.as_bytes().ct_eq(hash.as_bytes()).into()
    }

    /// The caller that holds a secret with this hash now. Why a key is refused is told only to whoever has its secret.
    pub(super) fn admit(&self, hash: &str, now: Timestamp) -> Result<Caller, KeyError> {
        if !self.has(hash) {
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
        Ok(Caller { tenant: self.tenant.clone(), by: Actor::ApiKey(self.id.clone()), role: self.grant.role(), permissions: self.grant.permissions() })
    }
}

/// An API key as people see it in a list; never its secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub grant: KeyGrant,
    /// The last four characters of its secret; keys made before there were scopes have none.
    pub last4: Option<String>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Exact to a minute.
    pub last_used_at: Option<Timestamp>,
    /// From where.
    pub last_used_ip: Option<String>,
    /// When somebody ended it.
    pub revoked_at: Option<Timestamp>,
    /// Who did.
    pub revoked_by: Option<UserId>,
}
