//! Every mail there is, each with what it says as typed fields. Wording is in `letter.rs`.

use std::fmt;

use millrace_clock::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A link that lets whoever has it act: sealed at rest, removed after sending, never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretLink(Zeroizing<String>);

impl SecretLink {
    /// Takes the whole address, token included, into care.
    pub fn new(url: String) -> Self {
        Self(Zeroizing::new(url))
    }

    /// The address, for the one letter that carries it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Stands for a link that was removed.
    pub(super) fn removed() -> Self {
        Self::new(String::new())
    }
}

impl fmt::Debug for SecretLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretLink(…)")
    }
}

/// The link travels apart from the other fields: this leaves nothing of it in their JSON.
impl Serialize for SecretLink {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_unit()
    }
}

impl<'de> Deserialize<'de> for SecretLink {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        <()>::deserialize(d).map(|()| Self::removed())
    }
}

/// A mail to be written. Texts that people chose (names of people, workspaces, keys) may be passed as they are: whatever they
/// hold is shown as text. Addresses that end in `_url` are of this server and open to anyone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum Template {
    /// To somebody who signed in through single sign-on for the first time.
    WelcomeSso {
        /// What to call them, if known.
        name: Option<String>,
        /// The workspace they came into, if any.
        workspace: Option<String>,
        /// Where to begin.
        open_url: String,
    },
    /// To somebody who confirmed the address they signed up with.
    Welcome {
        /// What to call them, if known.
        name: Option<String>,
        /// Where to begin.
        open_url: String,
    },
    /// To an address that somebody signed up with.
    VerifyEmail {
        /// Confirms the address.
        link: SecretLink,
        /// Until when the link works.
        expires_at: Timestamp,
    },
    /// To somebody who forgot a password, or whose password another wants to change.
    PasswordReset {
        /// Lets its reader choose a new password.
        link: SecretLink,
        /// Until when the link works.
        expires_at: Timestamp,
        /// The address that asked for it, if known.
        ip: Option<String>,
    },
    /// After a password was changed by such a link.
    PasswordResetSuccess {
        /// When.
        at: Timestamp,
        /// From where, if known.
        ip: Option<String>,
        /// Where a password is reset, should it have been somebody else.
        reset_url: String,
    },
    /// After a sign-in from a device that was not seen before.
    LoginNewDevice {
        /// When.
        at: Timestamp,
        /// The device in words, such as `Firefox on Linux`.
        device: String,
        /// From where, if known.
        ip: Option<String>,
        /// Where devices are signed out.
        sessions_url: String,
    },
    /// After a second factor was added to an account.
    SecondFactorAdded {
        /// What the person calls it.
        name: String,
        /// When.
        at: Timestamp,
        /// From where, if known.
        ip: Option<String>,
        /// Where second factors are removed.
        security_url: String,
    },
    /// After a passkey was added to an account.
    PasskeyAdded {
        /// What the person calls it.
        name: String,
        /// When.
        at: Timestamp,
        /// From where, if known.
        ip: Option<String>,
        /// Where passkeys are removed.
        security_url: String,
    },
    /// After the operator took all second factors of an account away.
    SecondFactorsReset {
        /// When.
        at: Timestamp,
        /// Where second factors are added.
        security_url: String,
    },
    /// After a second factor was removed from an account.
    SecondFactorRemoved {
        /// What the person called it.
        name: String,
        /// Whether another one is left.
        others: bool,
        /// When.
        at: Timestamp,
        /// From where, if known.
        ip: Option<String>,
        /// Where second factors are added.
        security_url: String,
    },
    /// After a recovery code was used in place of a second factor.
    RecoveryCodeUsed {
        /// How many are left.
        left: u32,
        /// When.
        at: Timestamp,
        /// From where, if known.
        ip: Option<String>,
        /// Where new ones are made.
        security_url: String,
    },
    /// To those who run a workspace, when a domain's record is gone.
    DomainMissing {
        /// The workspace.
        workspace: String,
        /// The domain.
        domain: String,
        /// The name of the TXT record.
        record_name: String,
        /// Its text.
        record_text: String,
        /// Until when the domain counts all the same.
        until: Timestamp,
        /// Where domains are looked after.
        settings_url: String,
    },
    /// To those who run a workspace, when a domain stopped to count because its record is gone.
    DomainLapsed {
        /// The workspace.
        workspace: String,
        /// The domain.
        domain: String,
        /// The name of the TXT record.
        record_name: String,
        /// Its text.
        record_text: String,
        /// Where domains are looked after.
        settings_url: String,
    },
    /// To whoever connected an account, or installed what uses it, when the provider ended the grant.
    ConnectionExpired {
        /// The workspace.
        workspace: String,
        /// The service.
        service: String,
        /// What the connection is called.
        name: String,
        /// When.
        at: Timestamp,
        /// Where the account is connected again.
        reconnect_url: String,
    },
    /// To those who run a developer's workspace, when a provider does not take their app any more.
    OauthAppUnhealthy {
        /// The service.
        provider: String,
        /// What it said.
        error: String,
        /// When.
        at: Timestamp,
        /// Where apps are looked after.
        apps_url: String,
    },
    /// To somebody invited to a workspace.
    TeamInvitation {
        /// The workspace.
        workspace: String,
        /// Who invites: a name or an address.
        inviter: String,
        /// The role offered.
        role: String,
        /// Accepts the invitation.
        link: SecretLink,
        /// Until when the link works.
        expires_at: Timestamp,
    },
    /// To somebody invited to a workspace whose members sign in through their organisation.
    TeamInvitationSso {
        /// The workspace.
        workspace: String,
        /// Who invites: a name or an address.
        inviter: String,
        /// The role offered.
        role: String,
        /// Accepts the invitation.
        link: SecretLink,
        /// Until when the link works.
        expires_at: Timestamp,
    },
    /// To whoever invited somebody that came.
    InvitationAccepted {
        /// The workspace.
        workspace: String,
        /// Who came: a name or an address.
        member: String,
        /// The role they have.
        role: String,
        /// The workspace's members.
        members_url: String,
    },
    /// To a key's maker and the workspace's administrators.
    ApiKeyCreated {
        /// The workspace.
        workspace: String,
        /// What the key is called.
        name: String,
        /// The key's last four characters.
        last4: String,
        /// What it may do, in the API's words.
        scopes: Vec<String>,
        /// Who made it: a name or an address.
        by: String,
        /// From where, if known.
        ip: Option<String>,
        /// When it ends by itself.
        expires_at: Option<Timestamp>,
        /// When it was made.
        at: Timestamp,
        /// Where keys are revoked.
        keys_url: String,
    },
    /// To a key's maker and the workspace's administrators.
    ApiKeyRevoked {
        /// The workspace.
        workspace: String,
        /// What the key is called.
        name: String,
        /// The key's last four characters.
        last4: String,
        /// Who revoked it: a name or an address.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// To a workspace's owners and administrators, when it is to be deleted.
    WorkspaceDeactivated {
        /// The workspace.
        workspace: String,
        /// Who did it: an address; nothing: the operator.
        by: Option<String>,
        /// When it is deleted for good.
        deleted_on: Timestamp,
        /// When.
        at: Timestamp,
    },
    /// To those who run a developer's workspace, when a rollout stopped itself or was stopped.
    RolloutHalted {
        /// The workflow.
        workflow: String,
        /// The version that was rolled out.
        version: String,
        /// Why.
        reason: String,
        /// Whether installations that were moved go back.
        rolled_back: bool,
        /// When.
        at: Timestamp,
        /// Where rollouts are seen.
        rollout_url: String,
    },
    /// To those who run a workspace, when one of its alerts fires.
    AlertFiring {
        /// The workflow.
        workflow: String,
        /// What the alert is called.
        alert: String,
        /// When it fires.
        condition: String,
        /// The runs of how long count.
        window: String,
        /// What was found.
        value: String,
        /// When.
        at: Timestamp,
        /// Where alerts are seen.
        alerts_url: String,
    },
    /// To the same, when it does not any more.
    AlertResolved {
        /// The workflow.
        workflow: String,
        /// What the alert is called.
        alert: String,
        /// When it fires.
        condition: String,
        /// When.
        at: Timestamp,
        /// Where alerts are seen.
        alerts_url: String,
    },
    /// To a workspace's owners, once a month and cap, when it has spent what it wants to.
    SpendCapReached {
        /// The workspace.
        workspace: String,
        /// The cap, such as `50.00 USD`.
        cap: String,
        /// The month, such as `2026-01`.
        month: String,
        /// Whether runs of priced workflows do not begin any more.
        stops: bool,
        /// When.
        at: Timestamp,
        /// Where the cap is changed.
        billing_url: String,
    },
    /// To those who run a developer's workspace, when the first installation could not be migrated to a version.
    MigrationFailed {
        /// The workflow.
        workflow: String,
        /// The version.
        version: String,
        /// The stable word for what went wrong.
        code: String,
        /// When.
        at: Timestamp,
        /// Where rollouts are seen.
        rollout_url: String,
    },
}

impl Template {
    /// The word in storage, in the API and in metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::WelcomeSso { .. } => "welcome_sso",
            Self::Welcome { .. } => "welcome",
            Self::VerifyEmail { .. } => "verify_email",
            Self::PasswordReset { .. } => "password_reset",
            Self::PasswordResetSuccess { .. } => "password_reset_success",
            Self::LoginNewDevice { .. } => "login_new_device",
            Self::SecondFactorAdded { .. } => "second_factor_added",
            Self::PasskeyAdded { .. } => "passkey_added",
            Self::SecondFactorsReset { .. } => "second_factors_reset",
            Self::SecondFactorRemoved { .. } => "second_factor_removed",
            Self::RecoveryCodeUsed { .. } => "recovery_code_used",
            Self::DomainMissing { .. } => "domain_missing",
            Self::DomainLapsed { .. } => "domain_lapsed",
            Self::ConnectionExpired { .. } => "connection_expired",
            Self::OauthAppUnhealthy { .. } => "oauth_app_unhealthy",
            Self::TeamInvitation { .. } => "team_invitation",
            Self::TeamInvitationSso { .. } => "team_invitation_sso",
            Self::InvitationAccepted { .. } => "invitation_accepted",
            Self::ApiKeyCreated { .. } => "api_key_created",
            Self::ApiKeyRevoked { .. } => "api_key_revoked",
            Self::WorkspaceDeactivated { .. } => "workspace_deactivated",
            Self::RolloutHalted { .. } => "rollout_halted",
            Self::AlertFiring { .. } => "alert_firing",
            Self::AlertResolved { .. } => "alert_resolved",
            Self::SpendCapReached { .. } => "spend_cap_reached",
            Self::MigrationFailed { .. } => "migration_failed",
        }
    }

    /// The link that only the recipient may see.
    pub(super) const fn link(&self) -> Option<&SecretLink> {
        match self {
            Self::VerifyEmail { link, .. } | Self::PasswordReset { link, .. } | Self::TeamInvitation { link, .. } | Self::TeamInvitationSso { link, .. } => Some(link),
            _ => None,
        }
    }

    /// The same mail with this link in its place.
    pub(super) fn with_link(mut self, url: String) -> Self {
        if let Self::VerifyEmail { link, .. } | Self::PasswordReset { link, .. } | Self::TeamInvitation { link, .. } | Self::TeamInvitationSso { link, .. } = &mut self {
            *link = SecretLink::new(url);
        }
        self
    }

    /// When its link ends, after which nobody needs the mail.
    pub(super) const fn expires_at(&self) -> Option<Timestamp> {
        match self {
            Self::VerifyEmail { expires_at, .. } | Self::PasswordReset { expires_at, .. } | Self::TeamInvitation { expires_at, .. } | Self::TeamInvitationSso { expires_at, .. } => {
                Some(*expires_at)
            }
            _ => None,
        }
    }
}
