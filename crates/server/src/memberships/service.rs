//! Changing roles and removing members. The last owner stays.

use millrace_db::Tx;
use millrace_ids::UserId;
use serde_json::json;

use super::model::{Membership, MembershipStatus};
use super::{deactivate, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::{Caller, Permission, Role};

/// Gives a member another role.
pub(super) async fn change_role(app: &App, caller: &Caller, user: &UserId, role: Role) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let (member, own) = both(&mut tx, caller, user).await?;
    if member.role == role {
        return Ok(());
    }
    if role == Role::Owner && own != Role::Owner {
        return Err(only_owners(caller));
    }
    store::set_role(&mut tx, &caller.tenant, user, role, now).await?;
    let meta = json!({"from": member.role.as_str(), "to": role.as_str()});
    let entry = Entry::new(Action::MembershipRoleChanged, "membership", user).person(user).meta(meta);
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, entry, now).await?;
    tx.commit().await?;
    app.sessions.forget_user(user);
    Ok(())
}

/// Ends a membership: one's own, or as somebody who manages members.
pub(super) async fn remove(app: &App, caller: &Caller, user: &UserId) -> Result<(), ApiError> {
    if caller.by.user() != Some(user) {
        caller.needs(Permission::MembersManage)?;
    }
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let member = match deactivate::find(&mut tx, &caller.tenant, user).await? {
        Some(member) if member.role == Role::Owner && role_of(&mut tx, caller).await? != Role::Owner => return Err(only_owners(caller)),
        Some(member) => member,
        None => both(&mut tx, caller, user).await?.0,
    };
    deactivate::forget(&mut tx, &caller.tenant, user).await?;
    store::remove(&mut tx, &caller.tenant, user, now).await?;
    let entry = Entry::new(Action::MembershipRemoved, "membership", user).person(user).meta(json!({"role": member.role.as_str()}));
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, entry, now).await?;
    tx.commit().await?;
    app.sessions.forget_user(user);
    Ok(())
}

/// The member, and the caller's role at this moment. Owners are locked first: of two who leave at once, one stays.
pub(super) async fn both(tx: &mut Tx, caller: &Caller, user: &UserId) -> Result<(Membership, Role), ApiError> {
    let owners = store::owners(tx, &caller.tenant).await?;
    let active = |member: &Membership| member.status == MembershipStatus::Active;
    let member = store::find(tx, &caller.tenant, user).await?.filter(active).ok_or_else(|| ApiError::not_found("member"))?;
    let own = role_of(tx, caller).await?;
    if member.role == Role::Owner {
        if own != Role::Owner {
            return Err(only_owners(caller));
        }
        if owners.len() == 1 {
            return Err(ApiError::conflict("LAST_OWNER", "This is the workspace's last owner.").with_hint("Make somebody else an owner first."));
        }
    }
    Ok((member, own))
}

/// The caller's role at this moment.
pub(super) async fn role_of(tx: &mut Tx, caller: &Caller) -> Result<Role, ApiError> {
    Ok(match caller.by.user() {
        Some(own) => store::find(tx, &caller.tenant, own).await?.filter(|member| member.status == MembershipStatus::Active).map_or(Role::Viewer, |own| own.role),
        None => caller.role,
    })
}

pub(super) fn only_owners(caller: &Caller) -> ApiError {
    caller.refused("owner", "Only an owner may make, change or remove owners.")
}
