//! Deciding who is staff; opening, using and ending support access.

use std::collections::BTreeSet;
use std::time::Duration;

use http::request::Parts;
use axum::extract::MatchedPath;
use millrace_db::DbError;
use millrace_ids::{SupportAccessId, TenantId, UserId};
use serde_json::json;

use super::limits::{MOST_HOURS, REASON_CHARS, REASON_LEAST};
use super::model::{StaffMember, SupportAccess};
use super::store;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::{Actor, Caller, Role, Staff, StaffRole};
use crate::security_events::{Kind, Noted};
use crate::sessions::SessionCaller;

/// The staff roles of a person; none for everybody else.
pub(crate) async fn roles(app: &App, user: &UserId) -> Result<Vec<StaffRole>, DbError> {
    store::roles(&mut app.platform().read().await?, user).await
}

/// The caller that a member of staff is in the workspace of an access of theirs. The use is in the workspace's audit log
/// before anything is shown.
pub(crate) async fn enter(app: &App, session: &SessionCaller, access: &str, parts: &Parts) -> Result<Caller, ApiError> {
    session.verified()?;
    let closed = || ApiError::forbidden("SUPPORT_ACCESS_ENDED", "There is no such support access, or it has ended.").with_hint("Ask for one at POST /api/v1/admin/tenants/{tenant_id}/support-access.");
    let id: SupportAccessId = access.parse().map_err(|_| closed())?;
    let now = app.clock.now();
    let mut tx = app.platform().read().await?;
    let Some(found) = store::find(&mut tx, &session.user, &id).await? else {
        let (user, subject) = (Some(session.user.clone()), session.user.to_string());
        app.limits.note(Noted { kind: Kind::WorkspaceRefused, tenant: None, user, subject, meta: json!({"by": "support_access"}) });
        return Err(closed());
    };
    if !found.is_open(now) {
        return Err(closed());
    }
    let roles = store::roles(&mut tx, &session.user).await?;
    let still = !roles.is_empty() && store::may_enter(&mut tx, &session.user, &found.tenant).await?;
    drop(tx);
    if !still {
        return Err(closed());
    }
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let meta = json!({"method": parts.method.as_str(), "route": route});
    let entry = Entry::new(Action::SupportAccessUsed, "support_access", &id).meta(meta);
    audit::record_alone(app.platform(), Some(&found.tenant), &session.actor(), entry, now).await?;
    Ok(Caller { tenant: found.tenant, by: session.actor(), role: Role::Viewer, permissions: StaffRole::all(&roles) })
}

/// Whether a person is in this workspace by an access that is open now.
pub(crate) async fn is_inside(app: &App, user: &UserId, tenant: &TenantId) -> Result<bool, DbError> {
    store::is_inside(&mut app.platform().read().await?, user, tenant, app.clock.now()).await
}

/// Opens a look into a workspace.
pub(super) async fn open(app: &App, staff: &Staff, tenant: &TenantId, reason: &str, hours: u32) -> Result<SupportAccess, ApiError> {
    let reason = reason.trim();
    let mut error = ApiError::invalid("INVALID_REQUEST", "Support access cannot be given like this.");
    if !(REASON_LEAST..=REASON_CHARS).contains(&reason.chars().count()) || reason.contains('\0') {
        error = error.with_field("reason", "INVALID_VALUE", format!("has {REASON_LEAST} to {REASON_CHARS} characters: the workspace reads it"));
    }
    if !(1..=MOST_HOURS).contains(&hours) {
        error = error.with_field("hours", "INVALID_VALUE", format!("must be from 1 to {MOST_HOURS}"));
    }
    if !error.errors.is_empty() {
        return Err(error);
    }
    let now = app.clock.now();
    let until = now.plus(Duration::from_secs(u64::from(hours) * 3_600));
    let id = SupportAccessId::generate();
    // Which workspaces a member of staff may ask for is no workspace's own.
    let mut tx = app.platform().begin().await?;
    if !store::may_enter(&mut tx, &staff.user, tenant).await? {
        return Err(ApiError::not_found("workspace"));
    }
    store::open(&mut tx, tenant, &id, &staff.user, reason, now, until).await?;
    let made = store::get(&mut tx, tenant, &id).await?.ok_or_else(|| ApiError::internal("a support access that was just opened is gone"))?;
    let entry = Entry::new(Action::SupportAccessGranted, "support_access", &id).person(&staff.user).own("reason", reason).meta(json!({"hours": hours}));
    audit::record(&mut tx, Some(tenant), &staff.actor(), entry, now).await?;
    tx.commit().await?;
    Ok(made)
}

/// Ends an access of this workspace. A second time changes nothing and is not an error.
pub(super) async fn end(app: &App, tenant: &TenantId, id: &SupportAccessId, by: &Actor) -> Result<(), ApiError> {
    let now = app.clock.now();
    let person = by.user().ok_or_else(|| ApiError::not_found("support access"))?;
    let mut tx = app.of(tenant).begin().await?;
    let found = store::get(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("support access"))?;
    if store::end(&mut tx, tenant, id, person, now).await? {
        let entry = Entry::new(Action::SupportAccessRevoked, "support_access", id).person(&found.user);
        audit::record(&mut tx, Some(tenant), by, entry, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Ends one's own access.
pub(super) async fn leave(app: &App, staff: &Staff, id: &SupportAccessId) -> Result<(), ApiError> {
    let found = store::find(&mut app.platform().read().await?, &staff.user, id).await?.ok_or_else(|| ApiError::not_found("support access"))?;
    end(app, &found.tenant, id, &staff.actor()).await
}

pub(super) async fn of_tenant(app: &App, tenant: &TenantId, before: Option<&SupportAccessId>, limit: u32) -> Result<Vec<SupportAccess>, DbError> {
    store::of_tenant(&mut app.of(tenant).read().await?, tenant, before, limit).await
}

pub(super) async fn of_staff(app: &App, staff: &Staff, before: Option<&SupportAccessId>, limit: u32) -> Result<Vec<SupportAccess>, DbError> {
    store::of_user(&mut app.platform().read().await?, &staff.user, before, limit).await
}

/// Says what a person is among the staff, and which workspaces they may ask for (`None`: all). No roles: nothing any more,
/// and what they had open ends.
pub(super) async fn decide(app: &App, email: &str, roles: &[StaffRole], tenants: Option<&[TenantId]>) -> Result<StaffMember, ApiError> {
    let tenants: Option<Vec<TenantId>> = tenants.map(|named| named.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect());
    if roles.contains(&StaffRole::TenantAdmin) && tenants.as_ref().is_none_or(|named| named.len() != 1) {
        return Err(ApiError::invalid("INVALID_REQUEST", "`tenant_admin` stands in for the owner of exactly one workspace.").with_field("tenants", "INVALID_VALUE", "names exactly one workspace"));
    }
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let user = store::user_of(&mut tx, &email.trim().to_lowercase()).await?;
    let user = user.ok_or_else(|| ApiError::new(http::StatusCode::NOT_FOUND, "NOT_FOUND", "Nobody with this address has an account that is active."))?;
    let before = store::roles(&mut tx, &user).await?;
    let mut roles = roles.to_vec();
    roles.sort_unstable();
    roles.dedup();
    let named: Vec<&str> = match (roles.is_empty(), &tenants) {
        (true, _) => Vec::new(),
        (false, None) => vec![store::ALL],
        (false, Some(named)) => named.iter().map(TenantId::as_str).collect(),
    };
    store::decide(&mut tx, &user, &roles, &named, now).await?;
    if roles.is_empty() {
        store::end_all_of(&mut tx, &user, now).await?;
    }
    let words = |roles: &[StaffRole]| roles.iter().map(|r| r.as_str()).collect::<Vec<_>>();
    let meta = json!({"by": "operator", "before": words(&before), "after": words(&roles), "workspaces": named});
    audit::record(&mut tx, None, &Actor::System, Entry::new(Action::StaffRoleChanged, "user", &user).person(&user).meta(meta), now).await?;
    tx.commit().await?;
    Ok(StaffMember { user, email: email.trim().to_lowercase(), roles, tenants })
}

/// Everybody of the staff.
pub(super) async fn members(app: &App) -> Result<Vec<StaffMember>, DbError> {
    let mut tx = app.platform().read().await?;
    let mut all = Vec::new();
    for (user, email) in store::members(&mut tx).await? {
        let roles = store::roles(&mut tx, &user).await?;
        let named = store::tenants(&mut tx, &user).await?;
        let tenants = (!named.iter().any(|t| t == store::ALL)).then(|| named.into_iter().map(TenantId::from_stored).collect());
        all.push(StaffMember { user, email, roles, tenants });
    }
    Ok(all)
}
