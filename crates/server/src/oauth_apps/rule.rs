//! Whose app serves a slot: one pure function (spec marketplace §2). A slot is an installation and a provider.
//!
//! Nothing is ever replaced by something of another trust domain: where an own app is asked for and there is none that may be
//! used, that is an error.

use millrace_ids::{OAuthAppId, TenantId};

use super::model::{App, Source, Status};
use crate::marketplace::CredentialMode;

/// What is known of a slot.
#[derive(Debug, Clone, Copy)]
pub struct Slot<'a> {
    /// What the workflow states; none: nothing.
    pub mode: Option<CredentialMode>,
    /// Whether organisations bring their own app for this provider (`byoo.enabled`, and it is among `byoo.providers`).
    pub byoo: bool,
    /// What the person who installed chose: `system` or `developer`.
    pub choice: Option<Choice>,
    /// The workspace that installed.
    pub installer: &'a TenantId,
    /// The organisation's own app for this workflow.
    pub organization: Option<&'a App>,
    /// The developer's app.
    pub developer: Option<&'a App>,
    /// The platform's app.
    pub system: Option<&'a App>,
}

/// What an installer of a `hybrid` workflow chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The platform's app.
    System,
    /// The developer's, or the organisation's own.
    Developer,
}

impl std::str::FromStr for Choice {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "system" => Ok(Self::System),
            "developer" => Ok(Self::Developer),
            _ => Err("is system or developer".to_owned()),
        }
    }
}

/// Why a slot has no app, or its connection may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The developer has no app that may be used here.
    DeveloperCredentialsRequired,
    /// The organisation has not brought its own.
    ByooRequired,
    /// Staff stopped the app.
    CredentialsSuspended,
    /// The grant has ended: a person must connect again.
    CredentialsExpired,
    /// The platform has no app for this provider.
    UnknownProvider,
    /// Another client made the connection.
    CredentialsMismatch,
}

impl Refusal {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::DeveloperCredentialsRequired => "DEVELOPER_CREDENTIALS_REQUIRED",
            Self::ByooRequired => "BYOO_REQUIRED",
            Self::CredentialsSuspended => "CREDENTIALS_SUSPENDED",
            Self::CredentialsExpired => "CREDENTIALS_EXPIRED",
            Self::UnknownProvider => "UNKNOWN_PROVIDER",
            Self::CredentialsMismatch => "CREDENTIALS_MISMATCH",
        }
    }

    /// A sentence about this provider.
    pub fn describe(self, provider: &str) -> String {
        match self {
            Self::DeveloperCredentialsRequired => format!("This workflow uses its developer's own app for {provider}, and there is none that may be used here."),
            Self::ByooRequired => format!("This workflow needs your organisation's own credentials for {provider}."),
            Self::CredentialsSuspended => format!("The app for {provider} is suspended."),
            Self::CredentialsExpired => format!("The connection to {provider} has ended and must be made again."),
            Self::UnknownProvider => format!("This server has no app for {provider}."),
            Self::CredentialsMismatch => format!("The connection to {provider} was made by another client than the one this workflow uses; connect it again."),
        }
    }
}

/// What may be done with an app that is there.
enum Standing {
    Usable,
    Suspended,
    /// As if it were not there.
    Absent,
}

fn standing(app: &App, installer: &TenantId) -> Standing {
    match app.status {
        Status::Testing | Status::PendingReview | Status::Production => Standing::Usable,
        Status::Development if app.tenant.as_ref() == Some(installer) => Standing::Usable,
        Status::Development | Status::Rejected => Standing::Absent,
        Status::Suspended => Standing::Suspended,
    }
}

/// Whether an app may connect accounts of this workspace.
pub fn is_usable(app: &App, installer: &TenantId) -> bool {
    matches!(standing(app, installer), Standing::Usable)
}

/// The app of a slot.
///
/// # Errors
/// Why there is none; never another one instead.
pub fn resolve<'a>(slot: &Slot<'a>) -> Result<&'a App, Refusal> {
    // The organisation's own app is first wherever the workflow lets it be brought, then the developer's.
    let brought = slot.organization.filter(|_| slot.byoo);
    let (own, or_system) = match (slot.mode, slot.choice) {
        (Some(CredentialMode::Developer), _) => ([brought, slot.developer], false),
        (None, _) if slot.byoo => ([brought, slot.developer], false),
        (Some(CredentialMode::Hybrid), Some(Choice::Developer)) => ([brought, slot.developer], false),
        (Some(CredentialMode::Hybrid), Some(Choice::System)) => ([None, None], true),
        (Some(CredentialMode::Hybrid), None) | (Some(CredentialMode::System) | None, Some(Choice::Developer)) => ([brought, slot.developer], true),
        (Some(CredentialMode::System) | None, Some(Choice::System) | None) => ([brought, None], true),
    };
    for app in own.into_iter().flatten() {
        match standing(app, slot.installer) {
            Standing::Usable => return Ok(app),
            Standing::Suspended => return Err(Refusal::CredentialsSuspended),
            Standing::Absent => {}
        }
    }
    match (or_system, slot.byoo) {
        (true, _) => usable(slot.system, slot.installer),
        (false, true) => Err(Refusal::ByooRequired),
        (false, false) => Err(Refusal::DeveloperCredentialsRequired),
    }
}

fn usable<'a>(app: Option<&'a App>, installer: &TenantId) -> Result<&'a App, Refusal> {
    let app = app.ok_or(Refusal::UnknownProvider)?;
    match standing(app, installer) {
        Standing::Usable => Ok(app),
        Standing::Suspended => Err(Refusal::CredentialsSuspended),
        Standing::Absent => Err(Refusal::UnknownProvider),
    }
}

/// Whether a connection may serve a slot whose app is `resolved`. A connection that no app made holds what the workspace itself
/// brought, and serves everywhere.
///
/// # Errors
/// Why not.
pub fn may_serve(resolved: Result<&App, Refusal>, minted_by: Option<&OAuthAppId>, is_expired: bool) -> Result<(), Refusal> {
    let Some(minted_by) = minted_by else { return Ok(()) };
    let app = resolved?;
    if app.id != *minted_by {
        return Err(Refusal::CredentialsMismatch);
    }
    if is_expired { Err(Refusal::CredentialsExpired) } else { Ok(()) }
}

/// Whether an app of this standing may still renew what it made.
///
/// # Errors
/// It is suspended, or was refused.
pub fn may_renew(app: &App) -> Result<(), Refusal> {
    match app.status {
        Status::Suspended => Err(Refusal::CredentialsSuspended),
        Status::Rejected if app.owner == Source::System => Err(Refusal::UnknownProvider),
        Status::Rejected => Err(Refusal::DeveloperCredentialsRequired),
        Status::Development | Status::Testing | Status::PendingReview | Status::Production => Ok(()),
    }
}

/// Whether the owner (or, with `staff`, the operator's people) may bring an app from one standing to another.
pub const fn may_become(from: Status, to: Status, staff: bool) -> bool {
    match (from, to) {
        (Status::Development, Status::Testing) | (Status::Testing, Status::PendingReview) | (Status::Rejected, Status::Development) => true,
        (Status::PendingReview, Status::Production | Status::Rejected) | (Status::Suspended, Status::Testing | Status::Production) => staff,
        (Status::Suspended, _) => false,
        (_, Status::Suspended) => staff,
        _ => false,
    }
}
