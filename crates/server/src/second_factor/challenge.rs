//! Between the password and the session: a token that only a code turns into a session.

use http::StatusCode;
use millrace_db::{DbError, Tx};
use millrace_ids::SessionId;
use serde_json::json;

use super::limits::CHALLENGE_TTL;
use super::model::Shown;
use super::passkeys::{self, Purpose, QuestionAnswer};
use super::showing::{Given, Showing};
use super::store;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, ClientAddress};
use crate::identity::Actor;
use crate::mail::Template;
use crate::passwords::lockout;
use crate::rate_limits::Rule;
use crate::sessions::{self, Facts, Method, Opened};
use crate::users::tokens::{self, OneTimeToken};
use crate::users::{self, UserRecord, UserStatus, links};

/// Somebody's password was right, and a second factor is asked for.
#[derive(Debug)]
pub(crate) struct Challenge {
    pub(super) token: OneTimeToken,
    /// What the person has.
    pub(super) methods: Vec<&'static str>,
}

/// Begins to ask for a second factor, of a person who has one. `user` is locked by the caller.
pub(crate) async fn begin(tx: &mut Tx, app: &App, user: &UserRecord) -> Result<Option<Challenge>, DbError> {
    let has = [(Shown::Totp, store::has_app(tx, &user.id).await?), (Shown::Passkey, passkeys::has_any(tx, &user.id).await?)];
    let methods: Vec<_> = has.into_iter().filter(|(_, has)| *has).map(|(kind, _)| kind.as_str()).collect();
    if methods.is_empty() {
        return Ok(None);
    }
    let (now, token) = (app.clock.now(), OneTimeToken::generate());
    store::challenge(tx, &user.id, &token.hash(&app.keyring), now, now.plus(CHALLENGE_TTL)).await?;
    Ok(Some(Challenge { token, methods }))
}

/// Asks a passkey of somebody whose password was right.
///
/// # Errors
/// 401 `SECOND_FACTOR_TOKEN_INVALID`; 409 `NO_SECOND_FACTOR`, `PASSKEYS_UNAVAILABLE`; 429 `RATE_LIMITED`.
pub(super) async fn ask_passkey(app: &App, from: ClientAddress, token: &str) -> Result<QuestionAnswer, ApiError> {
    app.limits.look(Rule::SecondFactorAddress, from.group())?;
    let hash = tokens::hash(&app.keyring, token);
    let Some(user) = store::holder(&mut app.platform().read().await?, &hash, app.clock.now()).await? else {
        app.limits.check(Rule::SecondFactorAddress, from.group())?;
        return Err(token_invalid());
    };
    let asked = passkeys::ask_person(app, &user, Purpose::SecondStep, &hash).await?;
    Ok(asked.ok_or_else(passkeys::none)?.into())
}

/// Turns a token and a second factor into a session.
///
/// # Errors
/// 401 `SECOND_FACTOR_TOKEN_INVALID`, `SECOND_FACTOR_REFUSED`; 403 `USER_SUSPENDED`; 429 `SECOND_FACTOR_LOCKED`, `RATE_LIMITED`.
pub(super) async fn complete(app: &App, from: ClientAddress, token: &str, given: &Given) -> Result<Opened, ApiError> {
    app.limits.look(Rule::SecondFactorAddress, from.group())?;
    let (now, hash) = (app.clock.now(), tokens::hash(&app.keyring, token));
    let mut tx = app.platform().begin().await?;
    let Some(user) = store::try_challenge(&mut tx, &hash, now).await? else {
        drop(tx);
        app.limits.check(Rule::SecondFactorAddress, from.group())?;
        return Err(token_invalid());
    };
    tx.commit().await?;
    app.limits.look(Rule::SecondFactor, &user)?;
    lockout::factor_attempt(app, &user).await?;
    let shown = Showing::begin(app, given, Purpose::SecondStep, &hash).await?;

    let mut tx = app.platform().begin().await?;
    let user = users::lock(&mut tx, &user).await?.ok_or_else(token_invalid)?;
    if user.status == UserStatus::Suspended {
        return Err(sessions::suspended());
    }
    let Some(shown) = shown.spend(&mut tx, app, &user).await? else {
        let entry = Entry::new(Action::UserSignInFailed, "user", &user.id).failed().person(&user.id).meta(json!({"second_factor": "wrong"}));
        audit::record(&mut tx, None, &Actor::System, entry, now).await?;
        tx.commit().await?;
        // Counted here only: right codes from a busy office do not use it up.
        app.limits.check(Rule::SecondFactorAddress, from.group())?;
        app.limits.check(Rule::SecondFactor, &user.id)?;
        return Err(refused());
    };
    // Of two with one token, each with a good code, one signs in.
    if !store::spend_challenge(&mut tx, &user.id, &hash).await? {
        return Err(token_invalid());
    }
    lockout::factor_clear(&mut tx, &app.keyring, &user.id).await?;
    let session = SessionId::generate();
    let by = Actor::User { user: user.id.clone(), session: session.clone() };
    if shown == Shown::RecoveryCode {
        recovery_code_used(&mut tx, app, &user, &by, session.as_str()).await?;
    }
    let opened = sessions::begin(&mut tx, app, user, session, Method::Password, None).await?;
    sessions::set_second_factor(&mut tx, &opened.begun.session, shown.as_str()).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Says that a recovery code was used, in the log and to the person. `once` names the use.
pub(super) async fn recovery_code_used(tx: &mut Tx, app: &App, user: &UserRecord, by: &Actor, once: &str) -> Result<(), DbError> {
    let (now, left) = (app.clock.now(), store::codes_left(tx, &user.id).await?);
    let entry = Entry::new(Action::RecoveryCodeUsed, "user", &user.id).person(&user.id).meta(json!({"left": left}));
    audit::record(tx, None, by, entry, now).await?;
    let mail = Template::RecoveryCodeUsed { left, at: now, ip: Facts::current().ip, security_url: links::page(app, "/app/account/security") };
    app.mail.queue(tx, None, user.email.as_str(), &mail, once, now).await
}

fn token_invalid() -> ApiError {
    let detail = "This sign-in was finished, has ended, or had too many tries.";
    ApiError::new(StatusCode::UNAUTHORIZED, "SECOND_FACTOR_TOKEN_INVALID", detail).with_hint("Sign in again at POST /api/v1/auth/login.")
}

fn refused() -> ApiError {
    let detail = "This code or passkey is wrong, or was used already.";
    ApiError::new(StatusCode::UNAUTHORIZED, "SECOND_FACTOR_REFUSED", detail).with_hint("Take the code that the app shows at this moment, a passkey of yours, or a recovery code.")
}
