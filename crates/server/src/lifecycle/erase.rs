//! Erasing a person: what is known of them goes everywhere at once; what they did stays, under an id that leads to nobody.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
use millrace_ids::{TenantId, UserId};
use serde_json::json;

use super::limits::FRESH;
use super::model::confirmed;
use super::people;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, without_origin};
use crate::identity::{Actor, PlatformAdmin, User};
use crate::passwords::lockout;
use crate::rate_limits::Rule;
use crate::second_factor::{self, Proof};
use crate::users::{EmailAddress, UserRecord};
use crate::{memberships, security_events};

/// No mail server answers for this domain (RFC 2606).
const NOBODY: &str = "@erased.invalid";

const OWNED: &str = "SELECT m.tenant_id, t.slug FROM memberships m JOIN tenants t ON t.id = m.tenant_id \
    WHERE m.user_id = $1 AND m.role = 'owner' AND m.status = 'active' AND t.status IN ('active', 'suspended') ORDER BY m.tenant_id";
const MEMBER_OF: &str = "SELECT tenant_id FROM memberships WHERE user_id = $1 AND status = 'active' ORDER BY tenant_id";
/// Rows about the person and nobody else, besides what they sign in with. A test (`every_table_of_people_is_erased_or_says_why_not`)
/// fails when a table with a person is in none of the lists.
pub(super) const THEIRS: [&str; 11] = [
    "DELETE FROM member_deactivations WHERE user_id = $1",
    "DELETE FROM memberships WHERE user_id = $1",
    "DELETE FROM sessions WHERE user_id = $1",
    "DELETE FROM user_tokens WHERE user_id = $1",
    "DELETE FROM device_logins WHERE user_id = $1",
    "DELETE FROM staff_roles WHERE user_id = $1",
    "DELETE FROM staff_tenants WHERE user_id = $1",
    "DELETE FROM workflow_access_redemptions WHERE user_id = $1",
    // From where their keys were used last may have been from home.
    "UPDATE api_keys SET last_used_ip = NULL WHERE created_by = $1",
    "DELETE FROM oauth_states WHERE actor_id = $1",
    // The account stays the workspace's; what it is called may be their address.
    "UPDATE connections SET user_id = NULL, name = CASE WHEN name = account_label THEN service ELSE name END, account_label = NULL WHERE user_id = $1",
];
/// Access that was given to their address: it was theirs alone.
const GRANTS: &str = "UPDATE workflow_access_grants SET grant_value = id, revoked_at = COALESCE(revoked_at, $2) WHERE grant_type = 'email' AND grant_value = $1";
const INVITATIONS: &str = "UPDATE invitations SET email = $2, status = CASE WHEN status = 'pending' THEN 'revoked' ELSE status END WHERE email = $1";
/// Mails to them, and those that told others of them, by address or by name, and are done with.
const MAILS: &str = "DELETE FROM mails WHERE recipient = $1 OR (due_at IS NULL AND (lower(variables) LIKE $2 ESCAPE '!' OR lower(variables) LIKE $3 ESCAPE '!'))";
const TOMBSTONE: &str = "UPDATE users SET email = $2, name = '', auth_provider = 'local', idp_provider = NULL, idp_sub = NULL, email_verified = $4, password_hash = NULL, \
    status = 'suspended', last_active_tenant_id = NULL, last_login_at = NULL, updated_at = $3 WHERE id = $1";

/// Whether this is the address of somebody who was erased.
pub(super) fn is_erased(email: &EmailAddress) -> bool {
    email.as_str().ends_with(NOBODY)
}

/// People erase themselves: they show once more who they are, and type their address.
pub(super) async fn by_oneself(app: &App, user: &User, typed: &str, proof: &Proof) -> Result<(), ApiError> {
    confirmed("confirm_email", &typed.to_lowercase(), user.0.email())?;
    let (mut tx, record, shown) = second_factor::fresh(app, user.id(), &user.actor(), proof).await?;
    // Somebody of an identity provider has nothing to show here but that they were there a moment ago.
    if !shown && user.0.signed_in_at().plus(FRESH) < app.clock.now() {
        return Err(ApiError::invalid("FRESH_PROOF_REQUIRED", "This ends your account: show once more who you are.").with_hint("Sign in again, and repeat this within 15 minutes."));
    }
    erase(app, &mut tx, &record, &user.actor()).await?;
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    Ok(())
}

/// The operator, or a platform admin, erases a person.
pub(super) async fn by_admin(app: &App, by: &PlatformAdmin, id: &UserId, typed: &str) -> Result<(), ApiError> {
    app.limits.check(Rule::AdminWrite, by.by.as_str())?;
    let mut tx = app.platform().begin().await?;
    let record = people::locked(&mut tx, id).await?;
    confirmed("confirm_email", &typed.to_lowercase(), record.email.as_str())?;
    erase(app, &mut tx, &record, &by.by).await?;
    tx.commit().await?;
    app.sessions.forget_user(id);
    Ok(())
}

/// Takes a locked person out of everything.
async fn erase(app: &App, tx: &mut Tx, user: &UserRecord, by: &Actor) -> Result<(), ApiError> {
    let now = app.clock.now();
    owns_nothing_alone(tx, &user.id).await?;
    let left: Vec<TenantId> = tx.all(sql(MEMBER_OF).bind(user.id.as_str())).await?.iter().map(|row| row.get("tenant_id")).collect::<Result<_, DbError>>()?;
    for statement in THEIRS {
        tx.execute(sql(statement).bind(user.id.as_str())).await?;
    }
    second_factor::remove_all(tx, &user.id).await?;
    forget_address(app, tx, user, now).await?;
    security_events::forget_person(tx, &user.id, user.email.as_str()).await?;
    // Workspaces' chains first; the address and client of somebody who erases themselves are not written down again.
    without_origin(async {
        for tenant in &left {
            let entry = Entry::new(Action::MembershipRemoved, "membership", &user.id).person(&user.id).meta(json!({"by": "erasure"}));
            audit::record(tx, Some(tenant), by, entry, now).await?;
        }
        audit::erase_person(tx, &user.id, Some(user.email.as_str()), by, now).await
    })
    .await?;
    Ok(())
}

/// A workspace always has an owner. Each is locked in one order: of two last owners who are erased at once, one stays.
async fn owns_nothing_alone(tx: &mut Tx, user: &UserId) -> Result<(), ApiError> {
    let mut alone: Vec<String> = Vec::new();
    for row in tx.all(sql(OWNED).bind(user.as_str())).await? {
        let tenant: TenantId = row.get("tenant_id")?;
        if memberships::owners(tx, &tenant).await?.iter().all(|owner| owner == user) {
            alone.push(row.get("slug")?);
        }
    }
    if alone.is_empty() {
        return Ok(());
    }
    let detail = format!("This person is the last owner of {}.", alone.join(", "));
    Err(ApiError::conflict("LAST_OWNER", detail).with_hint("Make somebody else an owner there, or delete the workspace, first."))
}

/// The address is a name: it goes from everything that knew it.
async fn forget_address(app: &App, tx: &mut Tx, user: &UserRecord, now: Timestamp) -> Result<(), DbError> {
    let (email, nobody) = (user.email.as_str(), format!("{}{NOBODY}", user.id));
    tx.execute(sql(GRANTS).bind(user.email.as_str()).bind(now)).await?;
    tx.execute(sql(INVITATIONS).bind(email).bind(&nobody)).await?;
    let name = Some(&user.name).filter(|name| !name.is_empty()).map(|name| audit::containing(&json!(name).to_string()));
    tx.execute(sql(MAILS).bind(email).bind(audit::containing(email)).bind(name)).await?;
    lockout::clear(tx, &app.keyring, &user.email).await?;
    lockout::factor_clear(tx, &app.keyring, &user.id).await?;
    tx.execute(sql(TOMBSTONE).bind(user.id.as_str()).bind(&nobody).bind(now).bind(false)).await.map(drop)
}
