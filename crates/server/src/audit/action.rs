//! What can happen: the closed vocabulary of the audit log, `noun.verb` in the past tense.

use std::fmt;
use std::str::FromStr;

macro_rules! actions {
    ($($name:ident = $text:literal;)*) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The word in storage and in the API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    // People, sessions and how they sign in.
    UserCreated = "user.created";
    UserUpdated = "user.updated";
    UserSuspended = "user.suspended";
    UserReactivated = "user.reactivated";
    UserErased = "user.erased";
    UserSignedIn = "user.signed_in";
    UserSignInFailed = "user.sign_in_failed";
    UserLocked = "user.locked";
    UserSignedOut = "user.signed_out";
    UserSignedOutEverywhere = "user.signed_out_everywhere";
    UserSwitchedWorkspace = "user.switched_workspace";
    UserPickedWorkspace = "user.picked_workspace";
    EmailVerified = "email.verified";
    EmailVerificationRequested = "email.verification_requested";
    EmailChanged = "email.changed";
    PasswordResetRequested = "password.reset_requested";
    PasswordReset = "password.reset";
    PasswordChanged = "password.changed";
    SessionRevoked = "session.revoked";
    SessionReuseDetected = "session.reuse_detected";
    SecondFactorAdded = "second_factor.added";
    SecondFactorRemoved = "second_factor.removed";
    RecoveryCodesMade = "recovery_codes.made";
    RecoveryCodeUsed = "recovery_code.used";
    SecondFactorsReset = "second_factors.reset";
    PasskeyRenamed = "passkey.renamed";
    SessionConfirmed = "session.confirmed";
    IdentityLinked = "identity.linked";
    IdentityUnlinked = "identity.unlinked";
    DeviceApproved = "device.approved";
    DeviceDenied = "device.denied";

    // Workspaces and who is in them.
    WorkspaceCreated = "workspace.created";
    WorkspaceUpdated = "workspace.updated";
    WorkspaceSuspended = "workspace.suspended";
    WorkspaceReactivated = "workspace.reactivated";
    WorkspaceDeactivated = "workspace.deactivated";
    WorkspaceDeleted = "workspace.deleted";
    WorkspaceExported = "workspace.exported";
    WorkspaceLimitsChanged = "workspace_limits.changed";
    InvitationSent = "invitation.sent";
    InvitationResent = "invitation.resent";
    InvitationRevoked = "invitation.revoked";
    InvitationAccepted = "invitation.accepted";
    MembershipCreated = "membership.created";
    MembershipAutoProvisioned = "membership.auto_provisioned";
    MembershipRoleChanged = "membership.role_changed";
    MembershipDeactivated = "membership.deactivated";
    MembershipReactivated = "membership.reactivated";
    MembershipRemoved = "membership.removed";
    SsoConfigured = "sso.configured";
    SsoRemoved = "sso.removed";
    DomainAdded = "domain.added";
    DomainVerified = "domain.verified";
    DomainRemoved = "domain.removed";
    DomainLapsed = "domain.lapsed";

    // Keys, staff and refusals.
    ApiKeyCreated = "api_key.created";
    ApiKeyUpdated = "api_key.updated";
    ApiKeyRevoked = "api_key.revoked";
    ApiKeyUsed = "api_key.used";
    StaffRoleChanged = "staff.role_changed";
    SupportAccessGranted = "support_access.granted";
    SupportAccessRevoked = "support_access.revoked";
    SupportAccessUsed = "support_access.used";
    AccessDenied = "access.denied";

    // What the product is about.
    WorkflowDeployed = "workflow.deployed";
    WorkflowArchived = "workflow.archived";
    WorkflowPublished = "workflow.published";
    WorkflowUnpublished = "workflow.unpublished";
    WorkflowListed = "workflow.listed";
    WorkflowForked = "workflow.forked";
    VersionSubmitted = "version.submitted";
    VersionApproved = "version.approved";
    VersionRejected = "version.rejected";
    VersionRestored = "version.restored";
    VersionDeprecated = "version.deprecated";
    GrantCreated = "grant.created";
    GrantChanged = "grant.changed";
    GrantRevoked = "grant.revoked";
    GrantRedeemed = "grant.redeemed";
    VariableSet = "variable.set";
    VariableRemoved = "variable.removed";
    InstallationCreated = "installation.created";
    InstallationConfigured = "installation.configured";
    InstallationActivated = "installation.activated";
    InstallationPaused = "installation.paused";
    InstallationUpdated = "installation.updated";
    InstallationRolledBack = "installation.rolled_back";
    InstallationUpdateFailed = "installation.update_failed";
    InstallationPinned = "installation.pinned";
    InstallationUnpinned = "installation.unpinned";
    RolloutStarted = "rollout.started";
    RolloutChanged = "rollout.changed";
    RolloutHalted = "rollout.halted";
    RolloutRolledBack = "rollout.rolled_back";
    RolloutCompleted = "rollout.completed";
    VersionRehearsed = "version.rehearsed";
    InstallationRemoved = "installation.removed";
    InstallationErasing = "installation.erasing";
    InstallationErased = "installation.erased";
    StorageCleared = "storage.cleared";
    InstallationConnected = "installation.connected";
    ConnectionCreated = "connection.created";
    ConnectionUpdated = "connection.updated";
    ConnectionRemoved = "connection.removed";
    ConnectionExpired = "connection.expired";
    OauthAppCreated = "oauth_app.created";
    OauthAppUpdated = "oauth_app.updated";
    OauthAppPromoted = "oauth_app.promoted";
    OauthAppRemoved = "oauth_app.removed";
    TriggerAddressRenewed = "trigger.address_renewed";
    RunStarted = "run.started";
    RunEnded = "run.ended";
    RunCancelled = "run.cancelled";
    RunResumed = "run.resumed";
    RunRetried = "run.retried";
    RunExported = "run.exported";
    AlertCreated = "alert.created";
    AlertChanged = "alert.changed";
    AlertRemoved = "alert.removed";
    AlertFired = "alert.fired";
    AlertResolved = "alert.resolved";
    SpendCapChanged = "spend_cap.changed";
    DeveloperRegistered = "developer.registered";
    DeveloperUpdated = "developer.updated";
    SaleRecorded = "sale.recorded";
    PayoutMade = "payout.made";
    PayoutPaid = "payout.paid";
    ApprovalApproved = "approval.approved";
    ApprovalDenied = "approval.denied";
    EventSent = "event.sent";

    // The log itself.
    AuditRead = "audit.read";
    AuditExported = "audit.exported";
    SecurityEventsRead = "security_events.read";
    AuditRetained = "audit.retained";
    AuditKeyMade = "audit_key.made";
    AuditKeyRotated = "audit_key.rotated";
    MasterKeyRotated = "master_key.rotated";
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text).ok_or_else(|| format!("`{text}` is not an action"))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
