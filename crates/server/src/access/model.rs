//! Grants, who asks, and what is decided.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_ids::{GrantId, TenantId, UserId, WorkflowId};
use serde::{Deserialize, Serialize};

use crate::http::ApiError;

/// How a grant says whom it means (spec marketplace §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantKind {
    /// A person, by id.
    User,
    /// Whoever has shown that this address is theirs.
    Email,
    /// Members of a workspace.
    Organization,
    /// Whoever has shown that an address at exactly this domain is theirs.
    EmailDomain,
    /// Whoever redeems a code.
    AccessCode,
}

impl GrantKind {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::User, Self::Email, Self::Organization, Self::EmailDomain, Self::AccessCode];

    /// The word in rows and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Email => "email",
            Self::Organization => "organization",
            Self::EmailDomain => "email_domain",
            Self::AccessCode => "access_code",
        }
    }
}

impl fmt::Display for GrantKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for GrantKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| "is one of user, email, email_domain, organization, access_code".to_owned())
    }
}

/// A grant as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The workflow.
    pub workflow: WorkflowId,
    /// How it says whom it means.
    pub kind: GrantKind,
    /// Whom: normalised; of a code its keyed hash.
    pub value: String,
    /// What may be shown of a code.
    pub hint: Option<String>,
    /// How many different people may take it up.
    pub max_installs: Option<i64>,
    /// How many have.
    pub used: i64,
    /// From when on nobody new may.
    pub expires_at: Option<Timestamp>,
    /// The person or key that made it.
    pub granted_by: String,
    /// `metadata`: the module states it. `api`: somebody made it.
    pub origin: String,
    /// For people.
    pub notes: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

/// A grant as the decision sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The grant.
    pub grant: Grant,
    /// Whether the asker has taken it up: redeemed the code, or installed by it.
    pub is_held: bool,
}

/// A person, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: UserId,
    /// Their address, lower case.
    pub email: String,
    /// Whether they have shown that it is theirs.
    pub is_verified: bool,
}

/// Who asks for access. Nothing in it: a stranger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asker {
    /// The person; none for an API key.
    pub person: Option<Person>,
    /// The workspaces they are in; of an API key its own; of an installation also the one that it belongs to.
    pub organisations: BTreeSet<TenantId>,
    /// Whether they administer the platform.
    pub is_staff: bool,
}

impl Asker {
    /// Whether nobody is signed in.
    pub fn is_anonymous(&self) -> bool {
        self.person.is_none() && self.organisations.is_empty() && !self.is_staff
    }
}

/// Why somebody has access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// They are of the workspace that deployed it, or administer the platform.
    Owner,
    /// Everybody has.
    Public,
    /// Everybody with the address has.
    Unlisted,
    /// A grant to the person.
    User,
    /// A grant to their address.
    Email,
    /// A grant to their workspace.
    Organization,
    /// A grant to the domain of their address.
    EmailDomain,
    /// They redeemed a code.
    AccessCode,
    /// What was installed while it was visible stays.
    Grandfathered,
}

impl Via {
    /// The word in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::User => "user",
            Self::Email => "email",
            Self::Organization => "organization",
            Self::EmailDomain => "email_domain",
            Self::AccessCode => "access_code",
            Self::Grandfathered => "grandfathered",
        }
    }
}

impl From<GrantKind> for Via {
    fn from(kind: GrantKind) -> Self {
        match kind {
            GrantKind::User => Self::User,
            GrantKind::Email => Self::Email,
            GrantKind::Organization => Self::Organization,
            GrantKind::EmailDomain => Self::EmailDomain,
            GrantKind::AccessCode => Self::AccessCode,
        }
    }
}

/// Why somebody has no access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no such workflow for them.
    NotFound,
    /// Nobody is signed in.
    AuthRequired,
    /// Their address would open it, but they have not shown that it is theirs.
    EmailNotVerified,
    /// Nothing opens it for them.
    AccessDenied,
}

impl Reason {
    /// The code in answers.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::AuthRequired => "AUTH_REQUIRED",
            Self::EmailNotVerified => "EMAIL_NOT_VERIFIED",
            Self::AccessDenied => "ACCESS_DENIED",
        }
    }
}

/// No access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Denied {
    /// Why.
    pub reason: Reason,
    /// Whether an access code could change that.
    pub redeemable: bool,
}

impl Denied {
    /// As an answer where it may be known that the workflow exists: when it is installed, configured, redeemed.
    pub fn error(self) -> ApiError {
        match self.reason {
            Reason::NotFound => ApiError::not_found("workflow"),
            Reason::AuthRequired => ApiError::new(StatusCode::UNAUTHORIZED, "AUTH_REQUIRED", "Sign in to use this workflow."),
            Reason::EmailNotVerified => ApiError::forbidden("EMAIL_NOT_VERIFIED", "Your address would open this workflow, but it is not verified yet.").with_hint("Open the link in the verification mail."),
            Reason::AccessDenied => {
                let hint = if self.redeemable { "If you have an access code, redeem it first." } else { "Ask its developer for access." };
                ApiError::forbidden("ACCESS_DENIED", "You have no access to this workflow.").with_hint(hint)
            }
        }
    }
}

/// What is decided about one asker and one workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// They have access, by this; where a grant gives it, by that one.
    Allowed(Via, Option<GrantId>),
    /// They have none.
    Denied(Denied),
}

impl Decision {
    /// Whether they have access.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed(..))
    }

    /// Why they have none.
    pub const fn denied(&self) -> Option<Denied> {
        match self {
            Self::Allowed(..) => None,
            Self::Denied(denied) => Some(*denied),
        }
    }
}
