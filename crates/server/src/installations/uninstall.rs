//! The end of an installation: uninstalled, its data kept for a while; then erased, with whatever its workflow stored.

use millrace_db::Tx;
use millrace_ids::{InstallationId, RunId, TenantId};
use serde_json::json;

use super::hooks::{self, Asked, Follows, Hook};
use super::model::{Installation, Status};
use super::service::forget;
use super::{draft, hook_store, limits, revisions, snapshot, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::marketplace::service as marketplace;
use crate::storage;
use crate::triggers::service as triggers;
use crate::workflows::service as workflows;

/// How far an uninstallation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Nothing starts runs any more; or, where it was to be erased, nothing of it is left.
    Done,
    /// Its workflow's function still runs; it is erased when that has ended.
    Erasing,
}

/// What is wanted beyond that nothing starts runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Erasure {
    /// At once, not after the time for which data is kept.
    pub permanent: bool,
    /// Whatever `onDelete` says.
    pub force: bool,
}

/// Uninstalls: triggers go, runs are cancelled, `onDisable` is called. What it stored is kept for [`limits::KEPT`], unless it is
/// to be erased at once. Its connections stay.
///
/// # Errors
/// 404; 409 `HOOK_FAILED` when `onDelete` keeps it from being erased.
pub async fn uninstall(app: &App, tenant: &TenantId, by: &Actor, id: &InstallationId, erasure: Erasure) -> Result<Gone, ApiError> {
    let (installation, _) = draft::load(&mut app.of(tenant).read().await?, tenant, id).await?;
    if installation.status != Status::Uninstalled {
        stop(app, tenant, by, id).await?;
        cancel_runs(app, tenant, id).await?;
    }
    if !erasure.permanent {
        hooks::work_off(app, tenant, id).await?;
        return Ok(Gone::Done);
    }
    let last = ask_to_erase(app, tenant, by, id, erasure.force).await?;
    hooks::wait(app, tenant, id, &last).await?;
    let mut tx = app.of(tenant).read().await?;
    let Some(left) = store::get(&mut tx, tenant, id).await? else { return Ok(Gone::Done) };
    if hook_store::get(&mut tx, tenant, &last).await?.is_some() {
        return Ok(Gone::Erasing);
    }
    let hint = "Mend what it names and erase again, or erase with `force=true` whatever it says.";
    Err(ApiError::conflict("HOOK_FAILED", left.problem.unwrap_or_default()).with_hint(hint))
}

/// Nothing starts runs from here on.
async fn stop(app: &App, tenant: &TenantId, by: &Actor, id: &InstallationId) -> Result<(), ApiError> {
    for _ in 0..limits::CHANGE_ATTEMPTS {
        let now = app.clock.now();
        let (mut installation, _) = draft::load(&mut app.of(tenant).read().await?, tenant, id).await?;
        if installation.status == Status::Uninstalled {
            return Ok(());
        }
        let has_disable = has(app, tenant, &installation, Hook::Disable).await?;
        let variables = revisions::of_publisher(app, tenant, &installation).await?;
        let (read_at, before) = (installation.revision, installation.status);
        let mut tx = app.of(tenant).begin().await?;
        revisions::keep(&mut tx, tenant, id, read_at, variables.as_ref(), now).await?;
        // The row first: a change of the same installation that is about to commit schedules is waited for here. Everything above
        // was read before this transaction: the revision says whether it still holds.
        if !hook_store::uninstall(&mut tx, tenant, id, read_at, now).await? {
            continue;
        }
        if installation.publisher != *tenant {
            marketplace::left(&mut tx, tenant, &installation.workflow).await?;
        }
        installation.revision += 1;
        triggers::remove(&mut tx, tenant, id).await?;
        hook_store::release(&mut tx, tenant, id).await?;
        if let Some((hook, follows)) = hooks::asked_by(before, Status::Paused, false, |_| has_disable) {
            hooks::ask(&mut tx, tenant, &installation, Some(hook), follows, false, now).await?;
        }
        audit::record(&mut tx, Some(tenant), by, Entry::new(Action::InstallationRemoved, "installation", id), now).await?;
        tx.commit().await?;
        forget(app, tenant, id, &[]);
        return Ok(());
    }
    Err(ApiError::conflict("INSTALLATION_CHANGED", "Others changed this installation at the same time. Try again."))
}

/// Whether its version has this function, and the workspace may still have it called.
async fn has(app: &App, tenant: &TenantId, installation: &Installation, hook: Hook) -> Result<bool, ApiError> {
    if !workflows::program(app, &installation.publisher, &installation.version).await?.has(hook.function()) {
        return Ok(false);
    }
    Ok(snapshot::get(app, tenant, &installation.id).await?.denied.is_none())
}

/// Cancels what the installation had started, but for its lifecycle functions. A pass of the engine is bounded; a long queue is
/// finished behind the answer.
async fn cancel_runs(app: &App, tenant: &TenantId, id: &InstallationId) -> Result<(), ApiError> {
    const REASON: &str = "the installation was removed";
    let left = hook_store::all(&mut app.of(tenant).read().await?, tenant, id).await?;
    let kept: Vec<RunId> = left.into_iter().flat_map(|asked| [Some(asked.id), asked.run]).flatten().collect();
    let first = app.engine.cancel_subject_but(tenant, id.as_str(), REASON, &kept).await?;
    if first < limits::CANCEL_PASS {
        return Ok(());
    }
    let (engine, tenant, id) = (app.engine.clone(), tenant.clone(), id.clone());
    tokio::spawn(async move {
        for _ in 0..limits::CANCEL_PASSES {
            match engine.cancel_subject_but(&tenant, id.as_str(), REASON, &kept).await {
                Ok(count) if count >= limits::CANCEL_PASS => {}
                Ok(_) => return,
                // What is left ends when its turn comes.
                Err(error) => return tracing::warn!(installation = %id, %error, "runs of a removed installation are left in the queue"),
            }
        }
    });
    Ok(())
}

/// Notes that an uninstalled installation is to be erased, after `onDelete` where its version has one. Answers what to wait for.
async fn ask_to_erase(app: &App, tenant: &TenantId, by: &Actor, id: &InstallationId, force: bool) -> Result<RunId, ApiError> {
    let now = app.clock.now();
    let read = store::get(&mut app.of(tenant).read().await?, tenant, id).await?.ok_or_else(|| ApiError::not_found("installation"))?;
    let hook = has(app, tenant, &read, Hook::Delete).await?.then_some(Hook::Delete);
    let mut tx = app.of(tenant).begin().await?;
    let left = hook_store::all(&mut tx, tenant, id).await?;
    if let Some(asked) = left.into_iter().find(|asked| asked.follows == Follows::Erase) {
        if force {
            hook_store::force(&mut tx, tenant, id).await?;
            tx.commit().await?;
        }
        return Ok(asked.id);
    }
    let installation: Installation = store::get(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("installation"))?;
    let asked = hooks::ask(&mut tx, tenant, &installation, hook, Follows::Erase, force, now).await?;
    let said = json!({"waits_for": hook.map(Hook::function), "force": force});
    audit::record(&mut tx, Some(tenant), by, Entry::new(Action::InstallationErasing, "installation", id).meta(said), now).await?;
    tx.commit().await?;
    app.hooks.ring();
    Ok(asked)
}

/// Erases an installation: its inputs, secrets, revisions and links, and, if no other one of its workflow is there, whatever the
/// workflow stored in this workspace. The row in the audit log stays.
pub(super) async fn erase(app: &App, asked: &Asked) -> Result<(), ApiError> {
    let (tenant, id) = (&asked.tenant, &asked.installation);
    let mut tx = app.of(tenant).begin().await?;
    let Some(installation) = store::get(&mut tx, tenant, id).await? else { return Ok(()) };
    // With it go its rows elsewhere, this function's among them. Whoever deletes it does the rest.
    if !store::delete(&mut tx, tenant, id).await? {
        return Ok(());
    }
    let wiped = wipe(&mut tx, tenant, &installation).await?;
    let said = json!({"workflow_id": installation.workflow, "stored_values_erased": wiped});
    audit::record(&mut tx, Some(tenant), &Actor::System, Entry::new(Action::InstallationErased, "installation", id).meta(said), app.clock.now()).await?;
    tx.commit().await?;
    forget(app, tenant, id, &[]);
    Ok(())
}

/// Installations of one workflow share what it stores: the last one takes it along.
async fn wipe(tx: &mut Tx, tenant: &TenantId, installation: &Installation) -> Result<u64, ApiError> {
    if hook_store::has_sibling(tx, tenant, &installation.workflow).await? {
        return Ok(0);
    }
    Ok(storage::clear(tx, &storage::Scope { tenant, workflow: installation.workflow.as_str() }).await?)
}

/// Begins to erase what was uninstalled long enough ago. A failing `onDelete` is called again each day, and in the end no more.
///
/// # Errors
/// The database failed.
pub async fn erase_due(app: &App) -> Result<(), ApiError> {
    let now = app.clock.now();
    let due = hook_store::due(&mut app.platform().read().await?, now.minus(limits::KEPT), now.minus(limits::ERASE_AGAIN), limits::ERASED_AT_ONCE).await?;
    for (tenant, id, uninstalled_at) in due {
        let force = uninstalled_at < now.minus(limits::KEPT + limits::KEPT_AGAINST);
        let begun = async {
            ask_to_erase(app, &tenant, &Actor::System, &id, force).await?;
            hooks::work_off(app, &tenant, &id).await
        };
        if let Err(error) = begun.await {
            tracing::warn!(tenant_id = %tenant, installation = %id, %error, "an uninstalled installation could not be erased yet");
        }
    }
    Ok(())
}
