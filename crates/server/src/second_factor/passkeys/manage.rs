//! Adding, listing, renaming and removing passkeys.

use millrace_db::Tx;
use millrace_ids::PasskeyId;
use serde_json::json;
use webauthn_rs::prelude::{PasskeyRegistration, RegisterPublicKeyCredential};

use super::super::limits::PASSKEYS;
use super::super::manage::{self, checked_name};
use super::super::proof::{self, Proof};
use super::answer::PasskeyAnswer;
use super::model::{Asked, StoredPasskey};
use super::question::{self, Purpose};
use super::{relying_party, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::User;
use crate::mail::Template;
use crate::sessions::{self, Facts};
use crate::users::{self, UserRecord, links};

/// The name of a passkey that was given none.
const UNNAMED: &str = "Passkey";

/// A passkey that was added, and recovery codes if it is the first second factor.
pub(super) struct Added {
    pub passkey: StoredPasskey,
    pub recovery_codes: Option<Vec<String>>,
}

/// Begins to add one.
pub(super) async fn begin(app: &App, user: &User, name: Option<&str>, proof: &Proof) -> Result<Asked, ApiError> {
    let name = checked_name(name, UNNAMED)?;
    // Before anything is used up for it.
    relying_party::relying_party(app)?;
    let (mut tx, person) = proof::begin(app, user.id(), &user.actor(), proof).await?;
    let known: Vec<_> = store::list(&mut tx, &person.id).await?.into_iter().map(|stored| stored.key).collect();
    if known.len() >= PASSKEYS {
        return Err(too_many());
    }
    let (options, state) = relying_party::ask_for_new(app, &person, &known)?;
    let state = serde_json::to_string(&state).map_err(ApiError::internal)?;
    let asked = question::ask(&mut tx, app, Purpose::Add, (user.session().as_str(), Some(&person.id), &name), state, options).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Adds one. From then on it is asked for.
pub(super) async fn finish(app: &App, user: &User, answer: &PasskeyAnswer) -> Result<Added, ApiError> {
    let asked = question::take(app, &answer.token, Purpose::Add, user.session().as_str()).await?;
    let question = asked.filter(|asked| asked.user.as_ref() == Some(user.id())).ok_or_else(proof::wrong_passkey)?;
    let state: PasskeyRegistration = serde_json::from_str(&question.state).map_err(ApiError::internal)?;
    let credential: RegisterPublicKeyCredential = serde_json::from_value(answer.credential.clone()).map_err(|_| proof::wrong_passkey())?;
    let key = relying_party::relying_party(app)?.finish_passkey_registration(&credential, &state).map_err(|error| {
        tracing::info!(%error, "a new passkey was refused");
        proof::wrong_passkey()
    })?;
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let person = users::lock(&mut tx, user.id()).await?.ok_or_else(ApiError::unauthorized)?;
    if store::list(&mut tx, &person.id).await?.len() >= PASSKEYS {
        return Err(too_many());
    }
    let is_first = !super::super::is_enrolled(&mut tx, &person.id).await?;
    let passkey = StoredPasskey { id: PasskeyId::generate(), user: person.id.clone(), name: question.name, key, created_at: now, last_used_at: None };
    if !store::insert(&mut tx, &passkey).await? {
        return Err(ApiError::conflict("PASSKEY_EXISTS", "This passkey was added before."));
    }
    tell_added(&mut tx, app, user, &person, &passkey).await?;
    sessions::confirm(&mut tx, user.session(), "passkey").await?;
    let recovery_codes = if is_first { Some(manage::make_codes(&mut tx, app, user).await?) } else { None };
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    Ok(Added { passkey, recovery_codes })
}

async fn tell_added(tx: &mut Tx, app: &App, user: &User, person: &UserRecord, passkey: &StoredPasskey) -> Result<(), ApiError> {
    let now = app.clock.now();
    let entry = Entry::new(Action::SecondFactorAdded, "passkey", &passkey.id).person(&person.id).meta(json!({"kind": "passkey"}));
    audit::record(tx, None, &user.actor(), entry, now).await?;
    let mail = Template::PasskeyAdded { name: passkey.name.clone(), at: now, ip: Facts::current().ip, security_url: links::page(app, "/app/account/security") };
    app.mail.queue(tx, None, person.email.as_str(), &mail, passkey.id.as_str(), now).await?;
    Ok(())
}

pub(super) async fn list(app: &App, user: &User) -> Result<Vec<StoredPasskey>, ApiError> {
    Ok(store::list(&mut app.platform().read().await?, user.id()).await?)
}

/// Calls one something else.
pub(super) async fn rename(app: &App, user: &User, id: &PasskeyId, name: &str) -> Result<StoredPasskey, ApiError> {
    let name = checked_name(Some(name), UNNAMED)?;
    let mut tx = app.platform().begin().await?;
    let mut passkey = store::find(&mut tx, user.id(), id).await?.ok_or_else(not_found)?;
    if passkey.name != name {
        store::rename(&mut tx, user.id(), id, &name).await?;
        let entry = Entry::new(Action::PasskeyRenamed, "passkey", id).person(user.id());
        audit::record(&mut tx, None, &user.actor(), entry, app.clock.now()).await?;
        tx.commit().await?;
        passkey.name = name;
    }
    Ok(passkey)
}

/// Removes one, on the terms on which a second factor is removed.
pub(super) async fn remove(app: &App, user: &User, id: &PasskeyId, proof: &Proof) -> Result<(), ApiError> {
    store::find(&mut app.platform().read().await?, user.id(), id).await?.ok_or_else(not_found)?;
    let (mut tx, person) = proof::begin(app, user.id(), &user.actor(), proof).await?;
    let passkey = store::find(&mut tx, &person.id, id).await?.ok_or_else(not_found)?;
    store::remove(&mut tx, &person.id, id).await?;
    let others = manage::still_enough(&mut tx, &person, proof).await?;
    let entry = Entry::new(Action::SecondFactorRemoved, "passkey", id).person(&person.id).meta(json!({"kind": "passkey", "others": others}));
    manage::tell_removed(&mut tx, app, user, &person, entry, (id.as_str(), &passkey.name, others)).await?;
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    Ok(())
}

fn not_found() -> ApiError {
    ApiError::not_found("passkey")
}

fn too_many() -> ApiError {
    ApiError::conflict("TOO_MANY_SECOND_FACTORS", format!("An account has up to {PASSKEYS} passkeys.")).with_hint("Remove one first.")
}
