//! Roles.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody is in a workspace. What a role may do is in `grants.rs`.
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
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Member, Self::Viewer, Self::Billing];

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
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| format!("`{text}` is not a role"))
    }
}
