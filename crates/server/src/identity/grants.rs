//! The table: role × permission, scope × permission, and staff role × permission. Nothing else grants anything.

use super::Role;
use super::permission::Permission::{
    ApiKeysManage, ApiKeysRead, ApprovalsDecide, ApprovalsRead, AuditRead, AutomationsSummary, BillingManage, BillingRead, ConnectionsManage, ConnectionsRead, EventsPublish,
    InstallationsRead, InstallationsWrite, MailsRead, MembersManage, MembersRead, RunsRead, RunsWrite, SupportManage, WorkflowsRead, WorkflowsWrite, WorkspaceManage, WorkspaceRead,
};
use super::permission::{Permission, Permissions};
use crate::words::words;

/// What everybody of a workspace may do.
const BELONGS: Permissions = Permissions::of(&[WorkspaceRead, MembersRead, ApiKeysRead]);
/// Looking at work.
const LOOKS: Permissions = Permissions::of(&[WorkflowsRead, InstallationsRead, RunsRead, ApprovalsRead, AutomationsSummary]);
/// Building and running.
const BUILDS: Permissions = Permissions::of(&[WorkflowsWrite, InstallationsWrite, RunsWrite, EventsPublish, ApprovalsDecide, ConnectionsRead, ConnectionsManage]);
/// Paying.
const PAYS: Permissions = Permissions::of(&[BillingRead, BillingManage]);
/// Running the workspace itself.
const MANAGES: Permissions = Permissions::of(&[WorkspaceManage, MembersManage, ApiKeysManage, AuditRead, MailsRead, SupportManage]);

impl Role {
    /// What this role may do.
    pub const fn permissions(self) -> Permissions {
        match self {
            Self::Owner => Permissions::ALL,
            Self::Admin => BELONGS.and(LOOKS).and(BUILDS).and(PAYS).and(MANAGES),
            Self::Member => BELONGS.and(LOOKS).and(BUILDS),
            Self::Viewer => BELONGS.and(LOOKS),
            Self::Billing => BELONGS.and(PAYS),
        }
    }
}

words! {
    /// What an API key was made for. The first four only read; what changes things has a scope of its own (decision 0011).
    Scope {
        /// The partner API: automations and their runs in short.
        ReadOnly = "read_only",
        /// Looks at workflows, installations, runs, approvals and connections.
        WorkflowsRead = "workflows_read",
        /// As `workflows_read`, and the parts of blueprints and assets that a summary leaves out.
        WorkflowsWrite = "workflows_write",
        /// As `workflows_write`, and who did what.
        Admin = "admin",
        /// For continuous integration: deploys workflows and moves installations to them.
        Deploy = "deploy",
        /// For programs that work with runs: starts, cancels, retries and resumes them, sends events.
        Runs = "runs",
    }
}

impl Scope {
    /// What a key with this scope may do.
    pub const fn permissions(self) -> Permissions {
        const PARTNER: Permissions = Permissions::of(&[AutomationsSummary]);
        const READS: Permissions = PARTNER.and(LOOKS).and(Permissions::of(&[WorkspaceRead, ConnectionsRead]));
        match self {
            Self::ReadOnly => PARTNER,
            Self::WorkflowsRead | Self::WorkflowsWrite => READS,
            Self::Admin => READS.and(Permissions::of(&[MembersRead])),
            Self::Deploy => Permissions::of(&[WorkspaceRead, WorkflowsRead, WorkflowsWrite, InstallationsRead, InstallationsWrite, ConnectionsRead]),
            Self::Runs => Permissions::of(&[WorkspaceRead, InstallationsRead, RunsRead, RunsWrite, EventsPublish]),
        }
    }

    /// What a key with these scopes may do.
    pub fn all(scopes: &[Self]) -> Permissions {
        scopes.iter().fold(Permissions::NONE, |all, scope| all.and(scope.permissions()))
    }
}

words! {
    /// What a member of the operator's staff works at; any number per person.
    StaffRole {
        /// Builds automations.
        OpsBuild = "ops_build",
        /// Tests automations.
        OpsQa = "ops_qa",
        /// Deploys automations.
        OpsRelease = "ops_release",
        /// Prices automations.
        OpsPricing = "ops_pricing",
        /// Prices and bills.
        OpsBilling = "ops_billing",
        /// All of operations.
        OpsAdmin = "ops_admin",
        /// Keeps clients and their health.
        CsAdmin = "cs_admin",
        /// Looks after clients of their own.
        AccountManager = "account_manager",
        /// Stands in for the owner of one workspace.
        TenantAdmin = "tenant_admin",
        /// Everything on the platform.
        Admin = "admin",
    }
}

impl StaffRole {
    /// What support access to a workspace lets this role do there: it looks, and only `tenant_admin` works.
    pub const fn permissions(self) -> Permissions {
        const SUPPORT: Permissions = LOOKS.and(Permissions::of(&[WorkspaceRead, MembersRead, ConnectionsRead]));
        match self {
            Self::OpsBuild | Self::OpsQa | Self::OpsRelease | Self::CsAdmin | Self::AccountManager => SUPPORT,
            Self::OpsPricing | Self::OpsBilling => SUPPORT.and(Permissions::of(&[BillingRead])),
            Self::OpsAdmin | Self::Admin => SUPPORT.and(Permissions::of(&[BillingRead, AuditRead])),
            // Not what outlives the access: members, keys, the workspace itself.
            Self::TenantAdmin => SUPPORT.and(BUILDS),
        }
    }

    /// What a person with these staff roles may do in a workspace they have support access to.
    pub fn all(roles: &[Self]) -> Permissions {
        roles.iter().fold(Permissions::NONE, |all, role| all.and(role.permissions()))
    }
}

/// One row of the table per permission: who has it.
pub fn table() -> String {
    let mut text = String::new();
    let head: Vec<&str> = [Role::ALL.iter().map(|r| r.as_str()).collect::<Vec<_>>(), Scope::ALL.iter().map(|s| s.as_str()).collect()].concat();
    text.push_str(&format!("| permission | {} | allows |\n|---|{}---|\n", head.join(" | "), "---|".repeat(head.len())));
    let mark = |yes: bool| if yes { "✓" } else { "–" };
    for permission in Permission::ALL.iter().copied() {
        let roles = Role::ALL.iter().map(|r| mark(r.permissions().has(permission)));
        let scopes = Scope::ALL.iter().map(|s| mark(s.permissions().has(permission)));
        let marks: Vec<&str> = roles.chain(scopes).collect();
        text.push_str(&format!("| `{permission}` | {} | {} |\n", marks.join(" | "), permission.describe()));
    }
    text
}
