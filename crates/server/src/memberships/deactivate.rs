//! Closing the door to a member for a while. The membership keeps its role; stored as removed, it lets nobody in on any node.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
use millrace_ids::{TenantId, UserId};
use serde_json::json;

use super::model::{Membership, MembershipStatus};
use super::{service, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::{Caller, Role};

const NOTE: &str = "INSERT INTO member_deactivations (tenant_id, user_id, deactivated_at) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, user_id) DO UPDATE SET deactivated_at = $3";
const FORGET: &str = "DELETE FROM member_deactivations WHERE tenant_id = $1 AND user_id = $2";
const IS_NOTED: &str = "SELECT deactivated_at FROM member_deactivations WHERE tenant_id = $1 AND user_id = $2";

/// Closes the door: at once here, within a second on other nodes. Their role waits for them.
pub(super) async fn deactivate(app: &App, caller: &Caller, user: &UserId) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    if find(&mut tx, &caller.tenant, user).await?.is_some() {
        return Ok(());
    }
    let (member, _) = service::both(&mut tx, caller, user).await?;
    store::remove(&mut tx, &caller.tenant, user, now).await?;
    tx.execute(sql(NOTE).bind(caller.tenant.as_str()).bind(user.as_str()).bind(now)).await?;
    record(&mut tx, caller, Action::MembershipDeactivated, &member, now).await?;
    tx.commit().await?;
    app.sessions.forget_user(user);
    Ok(())
}

/// Opens it again. Only owners let owners in again.
pub(super) async fn reactivate(app: &App, caller: &Caller, user: &UserId) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let own = service::role_of(&mut tx, caller).await?;
    let Some(member) = find(&mut tx, &caller.tenant, user).await? else {
        let there = store::find(&mut tx, &caller.tenant, user).await?.is_some_and(|member| member.status == MembershipStatus::Active);
        return if there { Ok(()) } else { Err(ApiError::not_found("member")) };
    };
    if member.role == Role::Owner && own != Role::Owner {
        return Err(service::only_owners(caller));
    }
    store::add(&mut tx, &caller.tenant, user, member.role, now).await?;
    record(&mut tx, caller, Action::MembershipReactivated, &member, now).await?;
    tx.commit().await?;
    app.sessions.forget_user(user);
    Ok(())
}

/// The membership of somebody to whom the door is closed.
pub(super) async fn find(tx: &mut Tx, tenant: &TenantId, user: &UserId) -> Result<Option<Membership>, DbError> {
    if tx.optional(sql(IS_NOTED).bind(tenant.as_str()).bind(user.as_str())).await?.is_none() {
        return Ok(None);
    }
    Ok(store::find(tx, tenant, user).await?.filter(|member| member.status == MembershipStatus::Removed))
}

/// Forgets that the door was closed: the person is in again, or out for good.
pub(super) async fn forget(tx: &mut Tx, tenant: &TenantId, user: &UserId) -> Result<(), DbError> {
    tx.execute(sql(FORGET).bind(tenant.as_str()).bind(user.as_str())).await.map(drop)
}

async fn record(tx: &mut Tx, caller: &Caller, action: Action, member: &Membership, now: Timestamp) -> Result<(), DbError> {
    let entry = Entry::new(action, "membership", &member.user).person(&member.user).meta(json!({"role": member.role.as_str()}));
    audit::record(tx, Some(&caller.tenant), &caller.by, entry, now).await.map(drop)
}
