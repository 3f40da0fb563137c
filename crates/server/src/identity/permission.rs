//! What a caller may do: the permissions, and the one table of who has which.
//!
//! A handler names its permission in its arguments (`caller: May<WorkflowsWrite>`); `docs/permissions.md` shows this table and
//! every route's need, and tests hold both to what the server does.

use std::fmt;

/// One thing that a caller may be allowed to do, as a type: what `May` and its kin take. Each is a unit struct in [`need`].
pub trait Need: Send + Sync + 'static {
    /// The permission it stands for.
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal;)*) => {
        /// One thing that a caller may be allowed to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[doc = $doc])+ $name,)* }

        impl Permission {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word in answers and documents: `workflows.write`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What it allows, for people.
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)* }
            }
        }

        /// The permissions as types.
        pub mod need {
            $($(#[doc = $doc])+ #[derive(Debug, Clone, Copy)] pub struct $name;
            impl super::Need for $name { const PERMISSION: super::Permission = super::Permission::$name; })*
        }
    };
}

permissions! {
    /// See the workspace: its name, its limits and how much of them is used.
    WorkspaceRead = "workspace.read";
    /// Change the workspace: name, slug, settings, how people sign in.
    WorkspaceManage = "workspace.manage";
    /// Suspend or delete the workspace, and give it away.
    WorkspaceDelete = "workspace.delete";
    /// See who belongs to the workspace.
    MembersRead = "members.read";
    /// Invite people, change their roles, remove them.
    MembersManage = "members.manage";
    /// See and revoke the API keys one made oneself.
    ApiKeysRead = "api_keys.read";
    /// Make API keys; see and revoke everybody's.
    ApiKeysManage = "api_keys.manage";
    /// Read and export the audit log.
    AuditRead = "audit.read";
    /// See the mails that were sent about the workspace.
    MailsRead = "mails.read";
    /// See which of the operator's staff may look into the workspace, and end that.
    SupportManage = "support.manage";
    /// See workflows and their versions.
    WorkflowsRead = "workflows.read";
    /// Deploy workflows.
    WorkflowsWrite = "workflows.write";
    /// See installations.
    InstallationsRead = "installations.read";
    /// Install, configure, activate, pause and remove workflows.
    InstallationsWrite = "installations.write";
    /// See runs, their journals, logs and recordings.
    RunsRead = "runs.read";
    /// Start, cancel, retry and resume runs.
    RunsWrite = "runs.write";
    /// Send events to runs that wait for them.
    EventsPublish = "events.publish";
    /// See what waits for a decision.
    ApprovalsRead = "approvals.read";
    /// Decide.
    ApprovalsDecide = "approvals.decide";
    /// See connections to services, never their secrets.
    ConnectionsRead = "connections.read";
    /// Connect and disconnect services.
    ConnectionsManage = "connections.manage";
    /// See automations and their runs in short: no owner, no price, no blueprint.
    AutomationsSummary = "automations.summary";
    /// See quotes, usage charges and invoices.
    BillingRead = "billing.read";
    /// Sign and reject quotes, change how the workspace pays.
    BillingManage = "billing.manage";
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u64);

impl Permissions {
    /// None.
    pub const NONE: Self = Self(0);
    /// All there are.
    pub const ALL: Self = Self((1 << Permission::ALL.len()) - 1);

    /// Exactly these.
    pub const fn of(list: &[Permission]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < list.len() {
            bits |= 1 << list[at] as u64;
            at += 1;
        }
        Self(bits)
    }

    /// Those of both.
    #[must_use]
    pub const fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// These without those.
    #[must_use]
    pub const fn without(self, fewer: Self) -> Self {
        Self(self.0 & !fewer.0)
    }

    /// Whether this one is among them.
    pub const fn has(self, one: Permission) -> bool {
        self.0 & (1 << one as u64) != 0
    }

    /// Whether all of those are among these.
    pub const fn covers(self, those: Self) -> bool {
        those.without(self).0 == 0
    }

    /// Each of them, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |p| self.has(*p))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Permission::as_str)).finish()
    }
}
