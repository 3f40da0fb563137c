//! A session, and what a sign-in answers.

use millrace_clock::Timestamp;
use millrace_ids::{SessionId, TenantId, UserId};
use zeroize::Zeroizing;

use crate::identity::Role;

/// How a session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// With a password.
    Password,
    /// At an identity provider.
    Sso,
    /// By accepting an invitation.
    Invitation,
    /// By allowing a device that has no browser.
    Device,
    /// With a passkey alone.
    Passkey,
}

impl Method {
    /// The word used in storage, in the API and in audit rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Sso => "sso",
            Self::Invitation => "invitation",
            Self::Device => "device",
            Self::Passkey => "passkey",
        }
    }
}

impl std::str::FromStr for Method {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Password, Self::Sso, Self::Invitation, Self::Device, Self::Passkey];
        all.into_iter().find(|method| method.as_str() == text).ok_or_else(|| format!("`{text}` is not a way to sign in"))
    }
}

/// What stands for a second factor that an identity provider says it asked for.
pub(crate) const BY_PROVIDER: &str = "sso";

/// Why a session ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevokedReason {
    /// The person signed out on the device.
    Logout,
    /// The person ended it from another device.
    Device,
    /// The person signed out everywhere.
    Everywhere,
    /// A refresh token came a second time: one of two holders is not its owner.
    Reuse,
    /// The password was reset.
    PasswordReset,
    /// The operator took the person's second factors away.
    FactorsReset,
    /// The person was suspended.
    Suspended,
    /// Too many devices.
    Crowded,
    /// The identity provider ended it, or is not believed any more.
    Provider,
}

impl RevokedReason {
    /// The word used in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Device => "device",
            Self::Everywhere => "everywhere",
            Self::Reuse => "reuse",
            Self::PasswordReset => "password_reset",
            Self::FactorsReset => "second_factors_reset",
            Self::Suspended => "suspended",
            Self::Crowded => "crowded",
            Self::Provider => "provider",
        }
    }
}

/// What is known of the other end of a connection; for the device list and for audit rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The network address.
    pub ip: Option<String>,
    /// What the program calls itself.
    pub user_agent: Option<String>,
}

impl Facts {
    /// Those of the request being served.
    pub fn current() -> Self {
        let crate::http::Origin { ip, user_agent } = crate::http::current_origin();
        Self { ip: ip.map(|ip| ip.to_canonical().to_string()), user_agent }
    }
}

/// A session to be made.
#[derive(Debug)]
pub(crate) struct NewSession<'a> {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user: &'a UserId,
    /// The workspace to begin in.
    pub tenant: Option<&'a TenantId>,
    /// How.
    pub method: Method,
    /// Whether the person has yet to pick one of several workspaces.
    pub picker_pending: bool,
    /// From where.
    pub facts: &'a Facts,
}

/// The part of a session that refreshing needs.
#[derive(Debug, Clone)]
pub(super) struct Family {
    pub id: SessionId,
    pub user: UserId,
    pub tenant: Option<TenantId>,
    pub seed: String,
    pub generation: i64,
    pub rotated_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// A session with everything that decides about a request.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub id: SessionId,
    pub user: UserId,
    pub email: String,
    pub user_status: crate::users::UserStatus,
    pub email_verified: bool,
    pub auth_provider: crate::users::AuthProvider,
    pub tenant: Option<TenantId>,
    pub tenant_slug: Option<String>,
    pub tenant_status: Option<String>,
    /// Whether the workspace lets its people in by single sign-on only.
    pub sso_only: bool,
    pub membership: Option<(Role, crate::memberships::MembershipStatus)>,
    pub created_at: Timestamp,
    /// By what second factor the session was confirmed.
    pub second_factor: Option<String>,
    /// Whether the person has a second factor here.
    pub is_enrolled: bool,
    /// Whether the workspace asks for one.
    pub tenant_asks_for_factor: bool,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Timestamp,
}

/// A session that somebody else than its person ends.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub id: SessionId,
    pub tenant: Option<TenantId>,
}

/// A session as the device list shows it.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub id: SessionId,
    pub method: Method,
    pub second_factor: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
}

/// What a sign-in or a refresh hands out. The refresh token goes into a cookie, or, for programs without one, into the body.
#[derive(Debug)]
pub struct Started {
    /// The session.
    pub session: SessionId,
    /// The access token.
    pub access_token: Zeroizing<String>,
    /// Seconds for which it is good.
    pub expires_in: u64,
    /// The refresh token.
    pub refresh_token: Zeroizing<String>,
    /// What a browser must repeat in `X-CSRF-Token`.
    pub csrf: String,
}
