//! Extractors for people: routes before a workspace, and routes of a workspace that no API key may use.

use axum::extract::FromRequestParts;
use http::request::Parts;
use millrace_ids::{SessionId, TenantId, UserId};

use super::caller::{Credential, key_not_allowed};
use super::{Actor, Role};
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
        let caller = sessions::authenticate(app, token(parts)?).await?;
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
        sessions::authenticate(app, token(parts)?).await.map(Self)
    }
}

/// A member of the workspace that the session acts in: what [`Caller`] is, without API keys.
#[derive(Debug, Clone)]
pub struct Member {
    /// The workspace.
    pub tenant: TenantId,
    /// The person.
    pub user: UserId,
    /// The device's session.
    pub session: SessionId,
    /// The role in this workspace.
    pub role: Role,
}

impl Member {
    /// Who to name in an audit row.
    pub fn actor(&self) -> Actor {
        Actor::User { user: self.user.clone(), session: self.session.clone() }
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = sessions::authenticate(app, token(parts)?).await?;
        let (tenant, role) = caller.in_workspace(app, parts)?;
        Ok(Self { tenant, user: caller.user, session: caller.session, role })
    }
}

/// An owner or admin of the workspace that the session acts in.
#[derive(Debug, Clone)]
pub struct Administrator(pub Member);

impl FromRequestParts<App> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let member = Member::from_request_parts(parts, app).await?;
        if !matches!(member.role, Role::Owner | Role::Admin) {
            return Err(ApiError::forbidden("FORBIDDEN", format!("The role `{}` may not administer this workspace.", member.role.as_str())));
        }
        Ok(Self(member))
    }
}

/// The token of a request that a person makes; an API key is refused before anything else is looked at.
fn token(parts: &Parts) -> Result<&str, ApiError> {
    match Credential::of(parts)? {
        Credential::Key(_) => Err(key_not_allowed()),
        Credential::Token(text) => Ok(text),
    }
}
