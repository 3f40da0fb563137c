//! The operator's staff: people with staff roles, who act across workspaces.

use axum::extract::FromRequestParts;
use http::request::Parts;
use millrace_ids::{SessionId, UserId};

use super::{Actor, StaffRole, User};
use crate::app::App;
use crate::http::ApiError;
use crate::staff;

/// A signed-in person with at least one staff role. A handler that takes this argument is closed to everybody else.
#[derive(Debug, Clone)]
pub struct Staff {
    /// The person.
    pub user: UserId,
    /// The device's session.
    pub session: SessionId,
    /// What they work at, as of now.
    pub roles: Vec<StaffRole>,
}

impl Staff {
    /// Who to name in an audit row.
    pub fn actor(&self) -> Actor {
        Actor::User { user: self.user.clone(), session: self.session.clone() }
    }

    /// Whether they have one of these roles.
    pub fn is_any(&self, roles: &[StaffRole]) -> bool {
        self.roles.iter().any(|role| roles.contains(role))
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let User(session) = User::from_request_parts(parts, app).await?;
        let roles = staff::roles(app, &session.user).await?;
        if roles.is_empty() {
            super::denied::note(None, &session.actor(), "staff");
            return Err(ApiError::forbidden("STAFF_ONLY", "This is for the staff of the server's operator."));
        }
        Ok(Self { user: session.user, session: session.session, roles })
    }
}
