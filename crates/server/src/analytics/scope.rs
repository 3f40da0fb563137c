//! Who sees what of a workflow's runs.

use millrace_db::{Row, sql};
use millrace_ids::{TenantId, UserId, WorkflowId};
use serde_json::Value;

use super::declared::Declared;
use crate::app::App;
use crate::http::ApiError;
use crate::identity::Caller;
use crate::{access, marketplace, workflows};

/// Enough of them to find one that may run.
const INSTALLED: &str = "SELECT i.grandfathered, n.user_id FROM installations i LEFT JOIN installers n ON n.installation_id = i.id \
    WHERE i.tenant_id = $1 AND i.workflow_id = $2 ORDER BY i.id DESC LIMIT 20";
/// The metadata of what the workflow is now; its rows may be another workspace's. `$2`: what is shown to everybody, not what its
/// developer tries out.
const METADATA: &str = "SELECT v.metadata FROM workflows w LEFT JOIN marketplace_integrations m ON m.id = w.id AND $2 \
    JOIN workflow_versions v ON v.id = COALESCE(m.current_version_id, w.latest_version_id) WHERE w.id = $1";

/// A workflow as a caller may see it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// The workflow.
    pub(crate) workflow: WorkflowId,
    /// The caller's workspace.
    pub(crate) tenant: TenantId,
    /// Whether that wrote it, and so sees the figures of all.
    pub(crate) is_developer: bool,
    /// What the module says about its figures.
    pub(crate) declared: Declared,
    /// The whole metadata.
    pub(crate) metadata: Value,
}

impl Seen {
    /// The only workspace whose runs are shown; none: all.
    pub(crate) fn only(&self) -> Option<&TenantId> {
        (!self.is_developer).then_some(&self.tenant)
    }

    /// Refuses when the module has switched its figures off.
    pub(super) fn enabled(self) -> Result<Self, ApiError> {
        if self.declared.enabled {
            return Ok(self);
        }
        Err(ApiError::forbidden("ANALYTICS_DISABLED", "This workflow's module has switched its figures off (`metadata.analytics.enabled`)."))
    }

    /// Refuses when rows may not leave.
    pub(super) fn exported(&self) -> Result<(), ApiError> {
        if self.declared.export.unwrap_or(self.is_developer) {
            return Ok(());
        }
        Err(ApiError::forbidden("EXPORT_DISABLED", "This workflow's module does not allow its runs to be exported (`metadata.analytics.exportEnabled`)."))
    }
}

/// Lets members of a workspace see its runs while one of its installations has access.
async fn allowed(app: &App, tenant: &TenantId, workflow: &WorkflowId, installed: &[Row]) -> Result<(), ApiError> {
    let mut refused = ApiError::not_found("workflow");
    for row in installed {
        let (grandfathered, installer): (bool, Option<UserId>) = (row.get("grandfathered")?, row.get("user_id")?);
        match access::service::of_installation(app, tenant, installer.as_ref(), workflow, grandfathered).await? {
            None => return Ok(()),
            Some(denied) => refused = denied.error(),
        }
    }
    Err(refused)
}

/// The workflow that `name` means to the caller: one of its own workspace, or one that this has installed. Everything else is 404.
///
/// # Errors
/// 404; the database failed.
pub(crate) async fn find(app: &App, caller: &Caller, name: &str) -> Result<Seen, ApiError> {
    let tenant = &caller.tenant;
    let mut tx = app.of(tenant).read().await?;
    let (workflow, is_developer) = match workflows::service::find(&mut tx, tenant, name).await {
        Ok(own) => (own.id, true),
        Err(e) if e.status != ::http::StatusCode::NOT_FOUND => return Err(e),
        Err(e) => {
            let id = match name.parse::<WorkflowId>() {
                Ok(id) => id,
                Err(_) => marketplace::service::find(&mut tx, name).await?.ok_or(e)?.id,
            };
            let installed = tx.all(sql(INSTALLED).bind(tenant.as_str()).bind(id.as_str())).await?;
            drop(tx);
            allowed(app, tenant, &id, &installed).await?;
            (id, false)
        }
    };
    let row = app.platform().read().await?.optional(sql(METADATA).bind(workflow.as_str()).bind(!is_developer)).await?;
    let metadata: Value = match row {
        Some(row) => serde_json::from_str(&row.get::<String>("metadata")?).unwrap_or_default(),
        None => Value::Null,
    };
    Ok(Seen { workflow, tenant: tenant.clone(), is_developer, declared: Declared::read(&metadata), metadata })
}
