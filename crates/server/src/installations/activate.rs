//! Activating an installation: its set-up must be complete, its workflow must agree, and `onEnable` must end well.

use millrace_ids::{InstallationId, TenantId};

use super::change::{Change, change, lacks_access};
use super::hooks::{self, Hook};
use super::model::Status;
use super::service::{Shown, get};
use super::{draft, onboarding};
use crate::app::App;
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::service as workflows;

/// Makes an installation's triggers start runs. Where its version has an `onEnable`, that runs first, and the answer waits for it
/// for a moment: one that takes longer is answered as [`Status::Activating`] and moves by itself.
///
/// # Errors
/// 409 `CONNECTION_MISSING`, `ONBOARDING_INCOMPLETE` with every open step, `HOOK_FAILED`; 400 `INVALID_CONFIG`, `INVALID_CRON`; 404.
pub async fn activate(app: &App, tenant: &TenantId, by: &Actor, id: &InstallationId) -> Result<Shown, ApiError> {
    draft::load_live(&mut app.of(tenant).read().await?, tenant, id).await?;
    let found = get(app, tenant, id).await?;
    let installation = &found.whole.installation;
    if let Some(denied) = lacks_access(app, tenant, by, installation).await? {
        return Err(denied.error());
    }
    let waiting = hooks::activation(app, tenant, id).await?;
    if !(installation.status == Status::Activating && waiting.is_some()) {
        onboarding::require(app, tenant, &found).await?;
        let version = workflows::program(app, &installation.publisher, &installation.version).await?;
        let is_asked = version.has(Hook::Enable.function()) && installation.status != Status::Active;
        let status = if is_asked { Status::Activating } else { Status::Active };
        let done = change(app, tenant, by, id, &Change { status: Some(status), ..Change::default() }).await?;
        if !is_asked {
            return Ok(done);
        }
    }
    let shown = settled(app, tenant, id).await?;
    let installation = &shown.whole.installation;
    if installation.status_reason.as_deref() == Some("hook_failed") {
        let detail = installation.problem.clone().unwrap_or_default();
        return Err(ApiError::conflict("HOOK_FAILED", detail).with_hint("The run of the function is in the list of runs. Mend what it names, then activate again."));
    }
    Ok(shown)
}

/// An installation that is being activated, once that has ended or has taken long enough.
///
/// # Errors
/// 404, or the database failed.
pub async fn settled(app: &App, tenant: &TenantId, id: &InstallationId) -> Result<Shown, ApiError> {
    if let Some(hook) = hooks::activation(app, tenant, id).await? {
        hooks::wait(app, tenant, id, &hook).await?;
    }
    get(app, tenant, id).await
}
