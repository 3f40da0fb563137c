//! The first person of a new installation: an owner of the first workspace, made by whoever holds its data folder.

use millrace_clock::Clock;
use millrace_db::{Db, Tx};
use millrace_ids::{TenantId, UserId};
use serde_json::json;

use super::{ServeError, database};
use crate::audit::{self, Action, Entry};
use crate::config::Config;
use crate::identity::{Actor, Role};
use crate::passwords::{self, Cost, Password, Passwords};
use crate::tenants::{bootstrap, first_tenant};
use crate::users::{self, AuthProvider, EmailAddress, NewUser, UserStatus};
use crate::{memberships, moving};

/// Makes the person with this address an owner of the first workspace, who signs in with this password; makes that workspace, too, if
/// the installation was never started. Somebody who is there keeps the password that they have, unless `renew` says otherwise.
///
/// No server may be at work on an embedded database meanwhile.
///
/// # Errors
/// The address or the password cannot be used, or the database cannot.
pub async fn first_owner(config: &Config, email: &str, password: &str, renew: bool) -> Result<(), ServeError> {
    let clock = Clock::System;
    database::prepare_folder(&config.data_dir)?;
    let db = database::open(&config.database).await?;
    moving::refuse_if_moved(&db).await?;
    db.migrate(clock.now()).await?;
    bootstrap(&db, &clock, &config.data_dir, &config.public_url()).await?;
    let made = make(&db, &clock, email, password, renew).await;
    db.close().await;
    made
}

pub(crate) async fn make(db: &Db, clock: &Clock, email: &str, password: &str, renew: bool) -> Result<(), ServeError> {
    let refused = |why: String| ServeError::FirstOwner(why);
    let email: EmailAddress = email.parse().map_err(|_| refused(format!("`{email}` is no e-mail address")))?;
    let password = Password::new(password.to_owned());
    passwords::check(&password, &email, false).map_err(|e| refused(e.detail))?;
    // Hashed before the transaction: it takes its time on purpose.
    let hash = Passwords::new(Cost::STANDARD).hash(&password).await.map_err(|e| refused(e.detail))?;
    let now = clock.now();
    let mut tx = db.begin().await?;
    let Some(tenant) = first_tenant(&mut tx).await? else { return Err(refused("this installation has no first workspace".to_owned())) };
    let user = match users::find_by_email(&mut tx, &email).await? {
        Some(known) => {
            if renew {
                users::set_password(&mut tx, &known.id, &hash, now).await?;
            }
            known.id
        }
        None => {
            let new = NewUser { email: &email, auth_provider: AuthProvider::Local, email_verified: true, password_hash: Some(&hash), status: UserStatus::Active };
            let Some(id) = users::insert(&mut tx, &new, now).await? else { return Err(refused("somebody made this person a moment ago".to_owned())) };
            let entry = Entry::new(Action::UserCreated, "user", &id).person(&id).about("email", email.as_str()).meta(json!({"auth_provider": "local"}));
            audit::record(&mut tx, None, &Actor::System, entry, now).await?;
            id
        }
    };
    join(&mut tx, &tenant, &user, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Whoever is a member keeps the role that they have.
async fn join(tx: &mut Tx, tenant: &TenantId, user: &UserId, now: millrace_clock::Timestamp) -> Result<(), ServeError> {
    if memberships::find(tx, tenant, user).await?.is_some() || !memberships::add(tx, tenant, user, Role::Owner, now).await? {
        return Ok(());
    }
    users::update_active_tenant(tx, user, tenant).await?;
    let entry = Entry::new(Action::MembershipCreated, "membership", user).person(user).meta(json!({"role": Role::Owner.as_str()}));
    audit::record(tx, Some(tenant), &Actor::System, entry, now).await?;
    Ok(())
}
