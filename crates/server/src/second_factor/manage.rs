//! Adding, listing and removing second factors; recovery codes.

use millrace_db::Tx;
use millrace_ids::SecondFactorId;
use serde_json::json;
use totp_rs::Secret;

use super::limits::{ENROL_TTL, FACTORS, NAME};
use super::model::{Factor, Shown};
use super::proof::{self, Proof};
use super::{codes, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::User;
use crate::mail::Template;
use crate::passwords;
use crate::sessions::{self, Facts};
use crate::users::{self, UserRecord, links};

/// The name of an app that was given none.
const UNNAMED: &str = "Authenticator app";

/// An app that waits for its first code.
pub(super) struct Begun {
    pub id: SecondFactorId,
    pub name: String,
    /// For typing it in, base32.
    pub secret: String,
    /// For a QR code.
    pub url: String,
}

/// Begins to add an app. Nothing is asked for until it is confirmed by a code; what was begun before is forgotten.
pub(super) async fn enrol(app: &App, user: &User, name: Option<&str>, proof: &Proof) -> Result<Begun, ApiError> {
    let name = checked_name(name, UNNAMED)?;
    let (mut tx, person) = proof::begin(app, user.id(), &user.actor(), proof).await?;
    if store::list(&mut tx, &person.id).await?.len() >= FACTORS {
        return Err(too_many());
    }
    let (id, secret) = (SecondFactorId::generate(), codes::new_secret());
    let url = codes::totp(secret.as_slice(), &person.email)?.to_url().map_err(|e| ApiError::internal(format!("second factor: {e}")))?;
    store::forget_unconfirmed(&mut tx, &person.id).await?;
    store::insert(&mut tx, &person.id, &id, &name, &codes::seal(&app.keyring, &id, secret.as_slice()), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Begun { id, name, secret: Secret::from(secret.as_slice()).to_base32(), url })
}

/// Confirms an app by a code; from then on it is asked for. With the first one, answers recovery codes.
pub(super) async fn confirm(app: &App, user: &User, id: &SecondFactorId, code: &str) -> Result<Option<Vec<String>>, ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let person = users::lock(&mut tx, user.id()).await?.ok_or_else(ApiError::unauthorized)?;
    let fresh = |factor: &Factor| factor.confirmed_at.is_none() && now < factor.created_at.plus(ENROL_TTL);
    let factor = store::find(&mut tx, &person.id, id).await?.filter(fresh).ok_or_else(not_found)?;
    let typed = codes::plain(code).filter(|code| codes::is_of_app(code)).ok_or_else(proof::wrong_code)?;
    let step = codes::step_of(app, &person, &factor, &typed, now)?.ok_or_else(proof::wrong_code)?;
    let is_first = !store::is_enrolled(&mut tx, &person.id).await?;
    if !store::confirm(&mut tx, &person.id, id, step, now).await? {
        return Err(not_found());
    }
    let entry = Entry::new(Action::SecondFactorAdded, "second_factor", id).person(&person.id).meta(json!({"kind": "totp"}));
    audit::record(&mut tx, None, &user.actor(), entry, now).await?;
    let mail = Template::SecondFactorAdded { name: factor.name, at: now, ip: Facts::current().ip, security_url: links::page(app, "/app/account/security") };
    app.mail.queue(&mut tx, None, person.email.as_str(), &mail, id.as_str(), now).await?;
    sessions::confirm(&mut tx, user.session(), Shown::Totp.as_str()).await?;
    let codes = if is_first { Some(make_codes(&mut tx, app, user).await?) } else { None };
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    Ok(codes)
}

/// What a person has, and how many recovery codes are left.
pub(super) async fn list(app: &App, user: &User) -> Result<(Vec<Factor>, u32), ApiError> {
    let mut tx = app.platform().read().await?;
    Ok((store::list(&mut tx, user.id()).await?, store::codes_left(&mut tx, user.id()).await?))
}

/// Removes one. With the last one its recovery codes go, and the password must be good enough alone: its length is known
/// only while it is typed, so it must be the proof then.
pub(super) async fn remove(app: &App, user: &User, id: &SecondFactorId, proof: &Proof) -> Result<(), ApiError> {
    store::find(&mut app.platform().read().await?, user.id(), id).await?.ok_or_else(not_found)?;
    let (mut tx, person) = proof::begin(app, user.id(), &user.actor(), proof).await?;
    let factor = store::find(&mut tx, &person.id, id).await?.ok_or_else(not_found)?;
    store::remove(&mut tx, &person.id, id).await?;
    let others = still_enough(&mut tx, &person, proof).await?;
    if factor.confirmed_at.is_some() {
        let entry = Entry::new(Action::SecondFactorRemoved, "second_factor", id).person(&person.id).meta(json!({"kind": "totp", "others": others}));
        tell_removed(&mut tx, app, user, &person, entry, (id.as_str(), &factor.name, others)).await?;
    }
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    Ok(())
}

/// Once a second factor was removed: whether another is left. With the last one the recovery codes go, and the password must
/// be good enough alone.
pub(super) async fn still_enough(tx: &mut Tx, person: &UserRecord, proof: &Proof) -> Result<bool, ApiError> {
    if store::is_enrolled(tx, &person.id).await? {
        return Ok(true);
    }
    if person.password_hash.is_some() {
        let password = proof.password.as_ref().ok_or_else(proof::required)?;
        passwords::check(password, &person.email, false).map_err(|_| passwords::too_weak_alone())?;
    }
    store::forget_codes(tx, &person.id).await?;
    store::forget_challenges(tx, &person.id).await?;
    Ok(false)
}

/// Says that a second factor was removed, in the log and to the person: its id, its name, and whether others are left.
pub(super) async fn tell_removed(tx: &mut Tx, app: &App, user: &User, person: &UserRecord, entry: Entry, gone: (&str, &str, bool)) -> Result<(), ApiError> {
    let (now, (id, name, others)) = (app.clock.now(), gone);
    audit::record(tx, None, &user.actor(), entry, now).await?;
    let mail = Template::SecondFactorRemoved { name: name.to_owned(), others, at: now, ip: Facts::current().ip, security_url: links::page(app, "/app/account/security") };
    app.mail.queue(tx, None, person.email.as_str(), &mail, id, now).await?;
    Ok(())
}

/// Makes new recovery codes; those from before are good no more.
pub(super) async fn renew_codes(app: &App, user: &User, proof: &Proof) -> Result<Vec<String>, ApiError> {
    let (mut tx, person) = proof::begin(app, user.id(), &user.actor(), proof).await?;
    if !store::is_enrolled(&mut tx, &person.id).await? {
        return Err(ApiError::conflict("NO_SECOND_FACTOR", "Recovery codes stand in for a second factor, and there is none.").with_hint("Add one at POST /api/v1/users/me/second-factors."));
    }
    let codes = make_codes(&mut tx, app, user).await?;
    tx.commit().await?;
    Ok(codes)
}

/// New recovery codes, and their row in the log.
pub(super) async fn make_codes(tx: &mut Tx, app: &App, user: &User) -> Result<Vec<String>, ApiError> {
    let now = app.clock.now();
    let codes = codes::make_recovery_codes(tx, app, user.id(), now).await?;
    let entry = Entry::new(Action::RecoveryCodesMade, "user", user.id()).meta(json!({"codes": codes.len()}));
    audit::record(tx, None, &user.actor(), entry, now).await?;
    Ok(codes)
}

/// A name as it is kept; without one, `unnamed`.
pub(super) fn checked_name(name: Option<&str>, unnamed: &str) -> Result<String, ApiError> {
    let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or(unnamed);
    if name.chars().count() > NAME || name.chars().any(char::is_control) {
        let message = format!("has up to {NAME} characters, none of them control characters");
        return Err(ApiError::invalid("INVALID_NAME", format!("A name {message}.")).with_field("name", "INVALID_NAME", message));
    }
    Ok(name.to_owned())
}

fn not_found() -> ApiError {
    ApiError::not_found("second factor")
}

fn too_many() -> ApiError {
    ApiError::conflict("TOO_MANY_SECOND_FACTORS", format!("An account has up to {FACTORS} authenticator apps.")).with_hint("Remove one first.")
}
