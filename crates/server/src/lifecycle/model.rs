//! The states of a workspace, and workspaces and people as an overseer sees them.

use std::fmt;
use std::str::FromStr;

use millrace_clock::Timestamp;
use millrace_ids::{TenantId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::ApiError;

/// What may happen in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TenantStatus {
    /// Everything.
    Active,
    /// Nothing for now; everything stays.
    Suspended,
    /// Nothing any more, and it is deleted after a time, unless it is reactivated.
    Deactivated,
    /// It is gone; its id and its audit log remain.
    Deleted,
}

impl TenantStatus {
    /// The word in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
        }
    }
}

impl FromStr for TenantStatus {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Active, Self::Suspended, Self::Deactivated, Self::Deleted];
        all.into_iter().find(|status| status.as_str() == text).ok_or_else(|| format!("`{text}` is not a state of a workspace"))
    }
}

impl fmt::Display for TenantStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A workspace as an overseer sees it: nothing of what is in it.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub status: TenantStatus,
    pub created_at: Timestamp,
    pub deactivated_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    /// Active ones.
    pub members: i64,
}

impl Workspace {
    /// When it is gone for good, if nobody reactivates it.
    pub fn deleted_on(&self) -> Option<Timestamp> {
        self.deactivated_at.filter(|_| self.status == TenantStatus::Deactivated).map(|at| at.plus(super::limits::RETAINED))
    }

    /// 409: what was asked for does not follow from this state.
    pub fn not_now(&self, wanted: &str) -> ApiError {
        let detail = match self.deleted_on() {
            Some(on) => format!("This workspace is deactivated and kept until {on}; it cannot be {wanted} now."),
            None => format!("This workspace is {}; it cannot be {wanted}.", self.status),
        };
        ApiError::conflict("WORKSPACE_STATE", detail)
    }
}

/// A person as an overseer sees them.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub id: UserId,
    pub email: String,
    pub status: String,
    pub created_at: Timestamp,
    pub last_login_at: Option<Timestamp>,
    /// Workspaces that they belong to, whatever their state.
    pub memberships: i64,
}

/// Whether a change was one, or had been made before.
#[derive(Debug, Clone)]
pub(super) struct Changed<T> {
    pub now: T,
    pub already: bool,
}

/// The reason that goes into the audit log.
///
/// # Errors
/// 400: it says nothing, or too much.
pub(super) fn reason(text: &str) -> Result<&str, ApiError> {
    let text = text.trim();
    if super::limits::REASON.contains(&text.chars().count()) && !text.contains('\0') {
        return Ok(text);
    }
    let message = format!("has {} to {} characters: it is in the audit log", super::limits::REASON.start(), super::limits::REASON.end());
    Err(ApiError::invalid("INVALID_REQUEST", format!("`reason` {message}.")).with_field("reason", "INVALID_VALUE", message))
}

/// 400 unless somebody typed what they are about to lose.
///
/// # Errors
/// `CONFIRMATION_WRONG`.
pub(super) fn confirmed(field: &str, typed: &str, wanted: &str) -> Result<(), ApiError> {
    if typed.trim() == wanted {
        return Ok(());
    }
    Err(ApiError::invalid("CONFIRMATION_WRONG", "What you typed to confirm is something else. Nothing was changed.").with_field(field, "CONFIRMATION_WRONG", "must be spelled as it is"))
}
