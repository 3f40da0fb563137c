//! Closing and opening workspaces: each change is one transaction with its audit rows, in force here at once and on other nodes
//! within a second.

use millrace_db::Tx;
use millrace_ids::TenantId;
use serde_json::json;

use super::limits::RETAINED;
use super::model::{Changed, TenantStatus, Workspace, confirmed, reason};
use super::{purge, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::{Actor, Caller, Overseer};
use crate::mail::Template;
use crate::memberships;
use crate::rate_limits::Rule;

/// Closes a workspace for now.
pub(super) async fn suspend(app: &App, by: &Overseer, id: &TenantId, why: &str) -> Result<Changed<Workspace>, ApiError> {
    change(app, by, id, why, TenantStatus::Suspended).await
}

/// Closes a workspace, which is then deleted after its time.
pub(super) async fn deactivate(app: &App, by: &Overseer, id: &TenantId, why: &str) -> Result<Changed<Workspace>, ApiError> {
    change(app, by, id, why, TenantStatus::Deactivated).await
}

/// Opens a workspace again.
pub(super) async fn reactivate(app: &App, by: &Overseer, id: &TenantId, why: &str) -> Result<Changed<Workspace>, ApiError> {
    change(app, by, id, why, TenantStatus::Active).await
}

/// What an overseer decides. Repeated, it changes nothing and is not an error.
async fn change(app: &App, by: &Overseer, id: &TenantId, why: &str, to: TenantStatus) -> Result<Changed<Workspace>, ApiError> {
    app.limits.check(Rule::AdminWrite, by.by.as_str())?;
    let why = reason(why)?;
    let mut tx = app.platform().begin().await?;
    let before = store::lock_workspace(&mut tx, id).await?.ok_or_else(|| no_workspace(id))?;
    if before.status == to {
        return Ok(Changed { now: before, already: true });
    }
    let entry = |action| Entry::new(action, "workspace", id).own("reason", why).meta(json!({"from": before.status.as_str(), "to": to.as_str()}));
    let action = follows(app, &before, to)?;
    store::set_status(&mut tx, id, to, app.clock.now()).await?;
    if to == TenantStatus::Deactivated {
        tell(&mut tx, app, &before, None).await?;
    }
    recorded(&mut tx, app, id, &by.by, || entry(action)).await?;
    tx.commit().await?;
    in_force(app, id).await;
    tracing::info!(tenant_id = %id, status = to.as_str(), "a workspace was closed or opened");
    shown(app, id, false).await
}

/// What a change is called, if it may follow.
fn follows(app: &App, before: &Workspace, to: TenantStatus) -> Result<Action, ApiError> {
    let past = before.deleted_on().is_some_and(|on| on <= app.clock.now());
    match (before.status, to) {
        (TenantStatus::Active, TenantStatus::Suspended) => Ok(Action::WorkspaceSuspended),
        (TenantStatus::Active | TenantStatus::Suspended, TenantStatus::Deactivated) => Ok(Action::WorkspaceDeactivated),
        (TenantStatus::Suspended, TenantStatus::Active) => Ok(Action::WorkspaceReactivated),
        // Past its time it may be half deleted.
        (TenantStatus::Deactivated, TenantStatus::Active) if !past => Ok(Action::WorkspaceReactivated),
        _ => Err(before.not_now(match to {
            TenantStatus::Active => "reactivated",
            TenantStatus::Suspended => "suspended",
            TenantStatus::Deactivated | TenantStatus::Deleted => "deactivated",
        })),
    }
}

/// An owner gives the workspace up: it is closed now and deleted after its time.
pub(super) async fn give_up(app: &App, caller: &Caller, typed: &str) -> Result<Workspace, ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let before = store::lock_workspace(&mut tx, &caller.tenant).await?.ok_or_else(|| ApiError::not_found("workspace"))?;
    confirmed("confirm_slug", typed, &before.slug)?;
    if before.status != TenantStatus::Active {
        return Err(before.not_now("deleted"));
    }
    store::set_status(&mut tx, &caller.tenant, TenantStatus::Deactivated, now).await?;
    let meta = json!({"from": before.status.as_str(), "to": "deactivated", "asked_by": "owner", "deleted_on": now.plus(RETAINED).to_string()});
    let entry = || Entry::new(Action::WorkspaceDeactivated, "workspace", &caller.tenant).meta(meta.clone());
    let by = match caller.by.user() {
        Some(user) => store::account(&mut tx, user).await?.map(|account| account.email),
        None => None,
    };
    tell(&mut tx, app, &before, by.as_deref()).await?;
    recorded(&mut tx, app, &caller.tenant, &caller.by, entry).await?;
    tx.commit().await?;
    in_force(app, &caller.tenant).await;
    Ok(shown(app, &caller.tenant, false).await?.now)
}

/// Deletes a deactivated workspace whose time is over, for good, without waiting for the next look.
pub(super) async fn delete(app: &App, by: &Overseer, id: &TenantId, typed: &str) -> Result<Changed<Workspace>, ApiError> {
    app.limits.check(Rule::AdminWrite, by.by.as_str())?;
    let found = find(app, id).await?;
    if found.status == TenantStatus::Deleted {
        return Ok(Changed { now: found, already: true });
    }
    confirmed("confirm_slug", typed, &found.slug)?;
    if found.deleted_on().is_none_or(|on| on > app.clock.now()) {
        return Err(found.not_now("deleted"));
    }
    purge::purge(app, id, &by.by).await?;
    shown(app, id, false).await
}

/// A workspace as it is.
pub(super) async fn find(app: &App, id: &TenantId) -> Result<Workspace, ApiError> {
    store::workspace(&mut app.platform().read().await?, id).await?.ok_or_else(|| no_workspace(id))
}

async fn shown(app: &App, id: &TenantId, already: bool) -> Result<Changed<Workspace>, ApiError> {
    Ok(Changed { now: find(app, id).await?, already })
}

/// Tells a workspace's owners and administrators that it is to be deleted.
async fn tell(tx: &mut Tx, app: &App, workspace: &Workspace, by: Option<&str>) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mail = Template::WorkspaceDeactivated { workspace: workspace.name.clone(), by: by.map(str::to_owned), deleted_on: now.plus(RETAINED), at: now };
    for email in memberships::managers(tx, &workspace.id).await? {
        // About the person: it outlives the workspace's own mails.
        app.mail.queue(tx, None, &email, &mail, &now.micros().to_string(), now).await?;
    }
    Ok(())
}

/// The rows about a change of a workspace: in its own chain, which it can read once it is open again, and in the
/// installation's. What staff had open in it ends.
pub(super) async fn recorded(tx: &mut Tx, app: &App, id: &TenantId, by: &Actor, entry: impl Fn() -> Entry) -> Result<(), ApiError> {
    let now = app.clock.now();
    store::end_support(tx, id, now).await?;
    audit::record(tx, Some(id), by, entry(), now).await?;
    audit::record(tx, None, by, entry(), now).await?;
    Ok(())
}

/// After the commit: nothing on this node remembers what the workspace was.
pub(super) async fn in_force(app: &App, id: &TenantId) {
    app.sessions.forget_all();
    app.keys.forget_tenant(id);
    app.addresses.forget(|_, address| address.is_some_and(|address| address.tenant == *id));
    if let Err(error) = app.closed.load().await {
        tracing::debug!(%error, "the closed workspaces are read again within a second");
    }
    app.engine.wake();
}

fn no_workspace(id: &TenantId) -> ApiError {
    ApiError::new(http::StatusCode::NOT_FOUND, "WORKSPACE_NOT_FOUND", format!("There is no workspace {id}."))
}
