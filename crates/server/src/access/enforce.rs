//! What follows when access changed under what is installed: installations that nothing covers any more stop, and their runs with
//! them. Every start of a run asks by itself; this makes it prompt.

use millrace_db::{DbError, Tx, sql};
use millrace_ids::{InstallationId, TenantId, UserId, WorkflowId};

use super::model::Denied;
use super::{limits, service};
use crate::app::{App, Parts};
use crate::http::ApiError;
use crate::installations::service as installations;

/// Installations of other workspaces, which only the platform sees together.
const FOREIGN: &str = "SELECT i.id, i.tenant_id, i.grandfathered, p.user_id FROM installations i LEFT JOIN installers p ON p.installation_id = i.id \
    WHERE i.workflow_id = $1 AND i.publisher_id IS NOT NULL AND i.uninstalled_at IS NULL AND i.id > $2 ORDER BY i.id LIMIT $3";

struct Foreign {
    id: InstallationId,
    tenant: TenantId,
    is_grandfathered: bool,
    installer: Option<UserId>,
}

/// Stops the installations of a workflow whose people have lost access. What fails is made up for when they next start a run.
pub async fn enforce(app: &App, workflow: &WorkflowId) {
    app.snapshots.forget(|_, known| known.is_none_or(|i| i.workflow_id == *workflow));
    if let Err(error) = try_enforce(app, workflow).await {
        tracing::warn!(%workflow, error = %error.detail, "installations without access are stopped at their next run");
    }
}

async fn try_enforce(app: &App, workflow: &WorkflowId) -> Result<(), ApiError> {
    let mut after = String::new();
    loop {
        let page = {
            let mut tx = app.platform().read().await?;
            foreign(&mut tx, workflow, &after).await?
        };
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        for installation in page {
            let Foreign { id, tenant, is_grandfathered, installer } = installation;
            if service::of_installation(app, &tenant, installer.as_ref(), workflow, is_grandfathered).await?.is_some() {
                lost(app, &tenant, &id).await?;
                // Those that wait look up, see that they may not go on, and say so.
                while app.engine.look_again(&tenant, id.as_str()).await? > 0 {}
            }
        }
    }
}

async fn foreign(tx: &mut Tx, workflow: &WorkflowId, after: &str) -> Result<Vec<Foreign>, DbError> {
    let rows = tx.all(sql(FOREIGN).bind(workflow.as_str()).bind(after).bind(limits::STEP)).await?;
    let read = |row: &millrace_db::Row| Ok(Foreign { id: row.get("id")?, tenant: row.get("tenant_id")?, is_grandfathered: row.get("grandfathered")?, installer: row.get("user_id")? });
    rows.iter().map(read).collect()
}

/// Pauses an installation whose people have lost access.
///
/// # Errors
/// The database failed.
pub async fn lost(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<(), ApiError> {
    const WHY: &str = "Access to this workflow was taken back. Ask its developer, or redeem a code; then activate the installation again.";
    installations::suspend(parts, tenant, id, "access_revoked", WHY).await
}

impl Denied {
    /// What a run says that may not begin or go on.
    pub fn run_error(self) -> millrace_engine::RunError {
        millrace_engine::RunError::new("access_revoked", "Access to this workflow was taken back, so the run was not executed.")
    }
}
