//! Signing up with an address and a password.

use millrace_ids::{SessionId, UserId};
use serde_json::json;

use super::login::{self, SignedIn};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::passwords::{self, Password, lockout};
use crate::second_factor::Challenge;
use crate::sessions::{self, Method, Opened};
use crate::users::{self, AuthProvider, EmailAddress, NewUser, UserRecord, UserStatus, verification};
use crate::memberships;

/// What became of a sign-up.
pub(super) enum SignedUp {
    /// The address is to be verified first.
    MustVerify(UserId),
    /// The person is signed in, without a workspace.
    Opened(Box<Opened>),
    /// The person was here before, and a second factor is asked for.
    Challenged(Challenge),
}

/// Signs somebody up, or back in who signed up before and never got further.
pub(super) async fn signup(app: &App, email: &EmailAddress, password: &Password) -> Result<SignedUp, ApiError> {
    passwords::check(password, email, false)?;
    let known = users::find_by_email(&mut app.platform().read().await?, email).await?;
    match known {
        Some(user) if user.status != UserStatus::Invited => again(app, user, password).await,
        _ => {
            let hash = app.passwords.hash(password).await?;
            match new(app, email, &hash).await? {
                Some(done) => Ok(done),
                // Somebody signed up with the same address a moment ago.
                None => {
                    let user = users::find_by_email(&mut app.platform().read().await?, email).await?.ok_or_else(passwords::invalid_credentials)?;
                    again(app, user, password).await
                }
            }
        }
    }
}

/// A person who was never here; `None` when they came a moment ago.
async fn new(app: &App, email: &EmailAddress, hash: &str) -> Result<Option<SignedUp>, ApiError> {
    let (now, must_verify) = (app.clock.now(), app.config.auth.email_verification);
    let status = if must_verify { UserStatus::PendingVerification } else { UserStatus::Active };
    let new = NewUser { email, auth_provider: AuthProvider::Local, email_verified: !must_verify, password_hash: Some(hash), status };
    let mut tx = app.platform().begin().await?;
    let id = match users::insert(&mut tx, &new, now).await? {
        Some(id) => id,
        // Invited before, and here for the first time: the row waits for its password.
        None => match users::claim_invited(&mut tx, &new, now).await? {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    let user = users::lock(&mut tx, &id).await?.ok_or_else(ApiError::unauthorized)?;
    let session = SessionId::generate();
    let by = if must_verify { Actor::System } else { Actor::User { user: id.clone(), session: session.clone() } };
    let entry = Entry::new(Action::UserCreated, "user", &id).person(&id).about("email", email.as_str()).meta(json!({"auth_provider": "local"}));
    audit::record(&mut tx, None, &by, entry, now).await?;
    let done = if must_verify {
        verification::send(&mut tx, app, &id, email, None, now).await?;
        SignedUp::MustVerify(id)
    } else {
        SignedUp::Opened(Box::new(sessions::begin(&mut tx, app, user, session, Method::Password, None).await?))
    };
    tx.commit().await?;
    Ok(Some(done))
}

/// The address is known: whoever knows its password goes on where they stopped.
async fn again(app: &App, user: UserRecord, password: &Password) -> Result<SignedUp, ApiError> {
    if user.auth_provider == AuthProvider::Idp {
        return Err(ApiError::conflict("SSO_ACCOUNT_EXISTS", "This address signs in at its organisation.").with_hint("GET /api/v1/auth/sso/providers lists where to begin."));
    }
    if !memberships::list_of_user(&mut app.platform().read().await?, &user.id).await?.is_empty() {
        return Err(ApiError::conflict("ACCOUNT_EXISTS", "There is an account with this address.").with_hint("Sign in at POST /api/v1/auth/login."));
    }
    lockout::attempt(app, &user.email).await?;
    if !app.passwords.verify(password, user.password_hash.as_deref()).await? {
        return Err(passwords::invalid_credentials());
    }
    Ok(match login::open(app, user, password).await? {
        SignedIn::Opened(opened) => SignedUp::Opened(opened),
        SignedIn::Challenged(challenge) => SignedUp::Challenged(challenge),
    })
}
