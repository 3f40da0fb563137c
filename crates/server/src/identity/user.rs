//! Extractors for people who may have no workspace yet.

use axum::extract::FromRequestParts;
use http::request::Parts;
use millrace_ids::{SessionId, UserId};

use super::caller::{Credential, key_not_allowed};
use super::Actor;
use crate::app::App;
use crate::http::ApiError;
use crate::sessions::{self, SessionCaller};

/// A signed-in person, maybe without a workspace. A handler that takes this argument is closed to strangers and API keys.
#[derive(Debug, Clone)]
pub struct User(pub SessionCaller);

impl User {
    /// The person.
    pub fn id(&self) -> &UserId {
        &self.0.user
    }

    /// The device's session.
    pub fn session(&self) -> &SessionId {
        &self.0.session
    }

    /// Who to name in an audit row.
    pub fn actor(&self) -> Actor {
        self.0.actor()
    }
}

impl FromRequestParts<App> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = person(parts, app).await?;
        caller.verified()?;
        Ok(Self(caller))
    }
}

/// A signed-in person whose address may still be unverified: for signing out, and nothing else.
#[derive(Debug, Clone)]
pub struct UnverifiedUser(pub SessionCaller);

impl FromRequestParts<App> for UnverifiedUser {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        person(parts, app).await.map(Self)
    }
}

/// An API key is refused before anything else is looked at.
async fn person(parts: &Parts, app: &App) -> Result<SessionCaller, ApiError> {
    match Credential::of(parts)? {
        Credential::Key(_) => Err(key_not_allowed()),
        Credential::Token(text) => sessions::authenticate(app, text).await,
    }
}
