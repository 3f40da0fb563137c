//! A workspace.

use std::str::FromStr;

use millrace_clock::Timestamp;
use millrace_ids::TenantId;

/// Whose a workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A company's or a team's.
    Team,
    /// That of a developer without a company.
    Personal,
}

impl Kind {
    /// The word used in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Personal => "personal",
        }
    }
}

impl FromStr for Kind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "team" => Ok(Self::Team),
            "personal" => Ok(Self::Personal),
            other => Err(format!("`{other}` is not a kind of workspace")),
        }
    }
}

/// One tenant: "Workspace" in words people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name in addresses; unique.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub kind: Kind,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Tenant {
    /// The workspace of the first start.
    pub(super) fn demo(now: Timestamp) -> Self {
        Self { id: TenantId::generate(), slug: "demo".to_owned(), name: "Demo workspace".to_owned(), kind: Kind::Team, created_at: now }
    }
}

/// How the members of a workspace sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// At the identity provider only.
    SsoOnly,
    /// With a password only.
    LocalOnly,
    /// Either.
    Mixed,
}

impl AuthMode {
    /// The word used in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SsoOnly => "sso_only",
            Self::LocalOnly => "local_only",
            Self::Mixed => "mixed",
        }
    }
}

impl FromStr for AuthMode {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::SsoOnly, Self::LocalOnly, Self::Mixed];
        all.into_iter().find(|mode| mode.as_str() == text).ok_or_else(|| format!("`{text}` is not a way to sign in"))
    }
}

/// A workspace with what it decided about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The workspace.
    pub tenant: Tenant,
    /// `active`, `suspended`, `deactivated` or `deleted`.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// A name of the IANA database.
    pub timezone: String,
    /// How its members sign in; `None`: it follows from them.
    pub auth_mode: Option<AuthMode>,
    /// Whether people it invites must verify their address; `None`: as the installation says.
    pub email_verification: Option<bool>,
    /// Days for which its audit log is kept; `None`: as the installation says.
    pub audit_retention_days: Option<u32>,
    /// Whether its members must have shown a second factor.
    pub require_second_factor: bool,
}
