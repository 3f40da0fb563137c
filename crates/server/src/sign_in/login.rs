//! Signing in with an address and a password.

use millrace_ids::SessionId;

use crate::app::App;
use crate::http::{ApiError, ClientAddress};
use crate::invitations;
use crate::passwords::{self, Password, lockout};
use crate::rate_limits::Rule;
use crate::second_factor::{self, Challenge};
use crate::sessions::{self, Method, Opened};
use crate::users::{self, AuthProvider, EmailAddress, NewUser, UserRecord, UserStatus, verification};

/// How far somebody came whose password was right.
pub(super) enum SignedIn {
    /// All the way.
    Opened(Box<Opened>),
    /// A second factor is asked for.
    Challenged(Challenge),
}

/// Signs somebody in. Whether the address is known shows neither in the answer nor in the time that it takes.
pub(super) async fn login(app: &App, from: ClientAddress, email: &EmailAddress, password: &Password) -> Result<SignedIn, ApiError> {
    app.limits.look(Rule::LoginAddress, from.group())?;
    lockout::attempt(app, email).await?;
    // All of this is looked up and judged for everybody, whether or not it can matter: otherwise an address that is known
    // would answer sooner than one that is not.
    let mut tx = app.platform().read().await?;
    let found = users::find_by_email(&mut tx, email).await?;
    let invitation = invitations::single_for(&mut tx, app, email).await?;
    drop(tx);
    let is_good = passwords::check(password, email, false).is_ok();
    if found.as_ref().is_some_and(|user| user.auth_provider == AuthProvider::Idp && user.status != UserStatus::Invited) {
        return Err(use_sso());
    }
    let kept = found.as_ref().and_then(|user| user.password_hash.as_deref());
    if app.passwords.verify(password, kept).await?
        && let Some(user) = found
    {
        return open(app, user, password).await;
    }
    let is_claim = kept.is_none() && is_good && invitation.is_some_and(|invitation| invitation.auth_provider == AuthProvider::Local);
    if is_claim
        && let Some(refusal) = claim(app, found.as_ref(), email, password).await?
    {
        return Err(refusal);
    }
    // Counted here only: right passwords from a busy office do not use it up.
    app.limits.check(Rule::LoginAddress, from.group())?;
    Err(passwords::invalid_credentials())
}

/// Opens a session for somebody whose password was right, unless they have a second factor: then that is asked for.
pub(super) async fn open(app: &App, user: UserRecord, password: &Password) -> Result<SignedIn, ApiError> {
    if user.status == UserStatus::Suspended {
        return Err(sessions::suspended());
    }
    sweep_later(app);
    let mut tx = app.platform().begin().await?;
    // A reset that was committed since the password was looked at has changed it and ended all sessions: this must not add one.
    let unchanged = |now: &UserRecord| now.password_hash == user.password_hash && now.status == user.status;
    let user = users::lock(&mut tx, &user.id).await?.filter(unchanged).ok_or_else(passwords::invalid_credentials)?;
    lockout::clear(&mut tx, &app.keyring, &user.email).await?;
    if app.config.auth.email_verification && !user.email_verified {
        resend(app, &mut tx, &user).await?;
        tx.commit().await?;
        return Err(sessions::email_not_verified());
    }
    if let Some(challenge) = second_factor::begin(&mut tx, app, &user).await? {
        tx.commit().await?;
        return Ok(SignedIn::Challenged(challenge));
    }
    // One that was chosen beside a second factor, which the operator has taken away since.
    if !passwords::is_long_enough_alone(password) {
        return Err(passwords::too_weak_alone());
    }
    let opened = sessions::begin(&mut tx, app, user, SessionId::generate(), Method::Password, None).await?;
    tx.commit().await?;
    Ok(SignedIn::Opened(Box::new(opened)))
}

/// 400: the person's organisation signs them in.
pub(super) fn use_sso() -> ApiError {
    ApiError::invalid("USE_SSO", "This address signs in at its organisation.").with_hint("GET /api/v1/auth/sso/providers lists where to begin.")
}

/// Sends the verification mail again, unless that was done too often.
async fn resend(app: &App, tx: &mut millrace_db::Tx, user: &UserRecord) -> Result<(), ApiError> {
    if app.limits.check(Rule::VerifyEmail, user.email.as_str()).is_ok() {
        verification::send(tx, app, &user.id, &user.email, None, app.clock.now()).await?;
    }
    Ok(())
}

/// Somebody without a password, known or not, whom exactly one workspace has invited, and who typed a good one: with verification
/// on, it becomes theirs once the mail is answered, and so does the membership. Answers what to tell them; nothing when this is
/// not so.
async fn claim(app: &App, found: Option<&UserRecord>, email: &EmailAddress, password: &Password) -> Result<Option<ApiError>, ApiError> {
    let open = found.is_none_or(|user| user.status == UserStatus::Invited);
    if !open || !app.config.auth.email_verification {
        return Ok(None);
    }
    let now = app.clock.now();
    let hash = app.passwords.hash(password).await?;
    let mut tx = app.platform().begin().await?;
    let single = invitations::single_for(&mut tx, app, email).await?;
    let Some(invitation) = single.filter(|invitation| invitation.auth_provider == AuthProvider::Local) else { return Ok(None) };
    let new = NewUser { email, auth_provider: AuthProvider::Local, email_verified: false, password_hash: Some(&hash), status: UserStatus::PendingVerification };
    let id = match users::insert(&mut tx, &new, now).await? {
        Some(id) => id,
        None => match users::claim_invited(&mut tx, &new, now).await? {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    verification::send(&mut tx, app, &id, email, Some(&invitation.id), now).await?;
    tx.commit().await?;
    Ok(Some(sessions::email_not_verified()))
}

/// Forgets beside the request what no longer matters: attempts, tokens and sessions that ended long ago.
pub(super) fn sweep_later(app: &App) {
    if !app.passwords.is_time_to_sweep() {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        let now = app.clock.now();
        let sweep = async {
            let mut tx = app.platform().begin().await?;
            let tokens = users::tokens::sweep(&mut tx, now).await? + second_factor::sweep(&mut tx, now).await?;
            let counts = (lockout::sweep(&mut tx, now).await?, tokens, sessions::sweep(&mut tx, now).await?);
            tx.commit().await?;
            Ok::<_, millrace_db::DbError>(counts)
        };
        match sweep.await {
            Ok((attempts, tokens, sessions)) => tracing::debug!(attempts, tokens, sessions, "swept what ended long ago"),
            Err(error) => tracing::debug!(%error, "what ended long ago was not swept"),
        }
    });
}
