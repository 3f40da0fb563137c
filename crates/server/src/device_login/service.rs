//! Asking, deciding, fetching.

use std::time::Duration;

use http::StatusCode;
use millrace_ids::{DeviceLoginId, SessionId};
use serde_json::json;

use super::code::{self, DeviceCode, UserCode};
use super::limits::{CLIENT_NAME, ENDED_KEPT, LONGEST_PAUSE, PAUSE, SLOWER, TTL};
use super::model::{DeviceLogin, State};
use super::store;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, ClientAddress};
use crate::identity::User;
use crate::rate_limits::Rule;
use crate::sessions::{self, Facts, Method, Opened};
use crate::users::{self, UserStatus};

/// What a device is handed.
pub(super) struct Asked {
    pub device_code: DeviceCode,
    pub user_code: UserCode,
}

/// Takes a device's wish to sign in.
pub(super) async fn ask(app: &App, client_name: &str) -> Result<Asked, ApiError> {
    let client_name = name(client_name)?;
    let (now, facts, device_code) = (app.clock.now(), Facts::current(), DeviceCode::generate());
    let mut tx = app.platform().begin().await?;
    store::sweep(&mut tx, now.minus(ENDED_KEPT)).await?;
    let new = DeviceLogin {
        id: DeviceLoginId::generate(),
        client_name,
        ip: facts.ip,
        user_agent: facts.user_agent,
        state: State::Pending,
        user: None,
        session: None,
        provider: None,
        decided_at: None,
        pause: PAUSE,
        polled_at: None,
        created_at: now,
        expires_at: now.plus(TTL),
    };
    // Two of the same code at once happen once in 25 thousand million; three times in a row they do not.
    for _ in 0..3 {
        let user_code = UserCode::generate();
        if store::insert(&mut tx, &new, &device_code.hash(&app.keyring), &user_code.hash(&app.keyring)).await? {
            tx.commit().await?;
            return Ok(Asked { device_code, user_code });
        }
    }
    Err(ApiError::unavailable("No code is free right now; try again."))
}

/// People read it before they decide, so it cannot hold anything that shows as something else.
fn name(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    let is_plain = |c: char| c.is_ascii_graphic() || c == ' ';
    if (1..=CLIENT_NAME).contains(&text.chars().count()) && text.chars().all(is_plain) {
        return Ok(text.to_owned());
    }
    let message = format!("has 1 to {CLIENT_NAME} printable ASCII characters");
    Err(ApiError::invalid("INVALID_NAME", format!("The name of a device {message}.")).with_field("client_name", "INVALID_NAME", message))
}

/// Shows the person who asks. Each try counts, right or wrong.
pub(super) async fn look(app: &App, user: &User, typed: &str) -> Result<(UserCode, DeviceLogin), ApiError> {
    app.limits.check(Rule::DeviceCode, user.id())?;
    let code = UserCode::read(typed).ok_or_else(unknown)?;
    let found = store::pending(&mut app.platform().read().await?, &code.hash(&app.keyring), app.clock.now()).await?;
    Ok((code, found.ok_or_else(unknown)?))
}

/// The person decides. A code is decided about once.
pub(super) async fn decide(app: &App, user: &User, typed: &str, approve: bool) -> Result<State, ApiError> {
    let (_, login) = look(app, user, typed).await?;
    let (state, action) = if approve { (State::Approved, Action::DeviceApproved) } else { (State::Denied, Action::DeviceDenied) };
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    // What allowed a device ends it, too, when it is believed no more.
    let provider = sessions::provider(&mut tx, user.session()).await?;
    if !store::decide(&mut tx, &login.id, state, (user.id(), user.session()), provider, now).await? {
        return Err(unknown());
    }
    let entry = Entry::new(action, "device_login", &login.id).person(user.id()).meta(json!({"client_name": login.client_name}));
    audit::record(&mut tx, user.0.tenant.as_ref(), &user.actor(), entry, now).await?;
    tx.commit().await?;
    Ok(state)
}

/// The device asks whether it may.
pub(super) async fn redeem(app: &App, from: ClientAddress, device_code: &str) -> Result<Opened, ApiError> {
    app.limits.check(Rule::DevicePoll, from.group())?;
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let Some(login) = store::lock(&mut tx, &code::device_code_hash(&app.keyring, device_code)).await? else { return Err(over()) };
    match login.state {
        State::Used => Err(over()),
        _ if now >= login.expires_at => Err(over()),
        State::Denied => Err(ApiError::invalid("DEVICE_DENIED", "The person refused this sign-in.")),
        State::Pending => {
            let too_early = login.polled_at.is_some_and(|at| now < at.plus(Duration::from_secs(login.pause.unsigned_abs())));
            let pause = if too_early { (login.pause + SLOWER).min(LONGEST_PAUSE) } else { login.pause };
            store::polled(&mut tx, &login.id, now, pause).await?;
            tx.commit().await?;
            Err(if too_early { slow_down(pause) } else { ApiError::invalid("AUTHORIZATION_PENDING", "Nobody has allowed this sign-in yet.") })
        }
        State::Approved => {
            let opened = open(app, &mut tx, &login).await?;
            tx.commit().await?;
            Ok(opened)
        }
    }
}

/// The session of a device that was allowed, once.
async fn open(app: &App, tx: &mut millrace_db::Tx, login: &DeviceLogin) -> Result<Opened, ApiError> {
    let (Some(user), Some(decided_at)) = (&login.user, login.decided_at) else { return Err(over()) };
    let user = users::lock(tx, user).await?.ok_or_else(over)?;
    if user.status == UserStatus::Suspended {
        return Err(sessions::suspended());
    }
    // Who has signed out everywhere since, or reset the password, did not mean to leave this one open; nor does a provider that
    // ended the session which allowed it.
    if sessions::ended_everywhere_since(tx, &user.id, decided_at).await? || !store::take(tx, &login.id).await? {
        return Err(over());
    }
    let opened = sessions::begin(tx, app, user, SessionId::generate(), Method::Device, None).await?;
    if let Some(from) = &login.session {
        // As strong as the one that allowed it, no stronger.
        sessions::inherit_proof(tx, from, &opened.begun.session).await?;
    }
    if let Some(provider) = &login.provider {
        sessions::set_provider(tx, &opened.begun.session, provider, None).await?;
    }
    Ok(opened)
}

/// 404: whether it was mistyped, has ended or was decided about is not said.
fn unknown() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "USER_CODE_UNKNOWN", "No device waits with this code.").with_hint("Compare it with what the device shows; after ten minutes it needs a new one.")
}

fn over() -> ApiError {
    ApiError::invalid("DEVICE_CODE_EXPIRED", "This code is unknown, was used, or its time is over.").with_hint("Begin again at POST /api/v1/auth/device.")
}

fn slow_down(pause: i64) -> ApiError {
    let seconds = u32::try_from(pause).unwrap_or(u32::MAX);
    ApiError::invalid("SLOW_DOWN", format!("This device asks too often; leave {pause} seconds between two questions.")).with_retry_after(seconds)
}
