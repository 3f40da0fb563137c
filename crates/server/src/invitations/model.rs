//! An invitation.

use millrace_clock::Timestamp;
use millrace_ids::{InvitationId, TenantId, UserId};

use crate::identity::Role;
use crate::users::{AuthProvider, EmailAddress};

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvitationStatus {
    /// It waits; whether it has ended by itself is a matter of the time.
    Pending,
    /// Its person came.
    Accepted,
    /// It was taken back, or a newer one took its place.
    Revoked,
}

impl InvitationStatus {
    /// The word used in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Revoked => "revoked",
        }
    }
}

impl std::str::FromStr for InvitationStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Pending, Self::Accepted, Self::Revoked];
        all.into_iter().find(|status| status.as_str() == text).ok_or_else(|| format!("`{text}` is not a state of an invitation"))
    }
}

/// An invitation as stored.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The workspace.
    pub tenant: TenantId,
    /// Whom it is for.
    pub email: EmailAddress,
    /// The role that waits.
    pub role: Role,
    /// How the person signs in.
    pub auth_provider: AuthProvider,
    /// What became of it.
    pub status: InvitationStatus,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// Who sent it.
    pub invited_by: UserId,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was sent.
    pub created_at: Timestamp,
}

impl Invitation {
    /// The word for its state at `now`, `expired` included.
    pub fn state(&self, now: Timestamp) -> &'static str {
        if self.status == InvitationStatus::Pending && now >= self.expires_at { "expired" } else { self.status.as_str() }
    }
}
