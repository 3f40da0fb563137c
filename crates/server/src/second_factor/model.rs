//! A second factor as stored, and what somebody has shown.

use millrace_clock::Timestamp;
use millrace_ids::SecondFactorId;

/// An authenticator app of a person.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    pub id: SecondFactorId,
    /// What the person calls it.
    pub name: String,
    /// What codes are made of, sealed.
    pub sealed: String,
    pub created_at: Timestamp,
    /// When its first code was shown.
    pub confirmed_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

/// What was shown besides a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A code of an app.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A passkey.
    Passkey,
}

impl Shown {
    /// The word used in storage and in the API.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
        }
    }
}
