//! Those who look after all workspaces: the operator, and staff with the role for it.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::operator::OperatorToken;
use super::{Actor, Staff, StaffRole};
use crate::app::App;
use crate::http::ApiError;

/// The operator, or a member of staff with the role `ops_admin` or `admin`. A handler that takes this argument is closed to
/// everybody else.
#[derive(Debug, Clone)]
pub struct Overseer {
    /// Who to name in an audit row.
    pub by: Actor,
}

/// The operator, or a member of staff with the role `admin`: for what is decided about people.
#[derive(Debug, Clone)]
pub struct PlatformAdmin {
    /// Who to name in an audit row.
    pub by: Actor,
}

impl FromRequestParts<App> for Overseer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let by = either(parts, app, &[StaffRole::OpsAdmin, StaffRole::Admin], "This is for the operator, and for staff with the role `ops_admin` or `admin`.").await?;
        Ok(Self { by })
    }
}

impl FromRequestParts<App> for PlatformAdmin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let by = either(parts, app, &[StaffRole::Admin], "This is for the operator, and for staff with the role `admin`.").await?;
        Ok(Self { by })
    }
}

async fn either(parts: &mut Parts, app: &App, roles: &[StaffRole], refusal: &str) -> Result<Actor, ApiError> {
    let token = OperatorToken::of(parts, app);
    if token.is_right() {
        return Ok(Actor::System);
    }
    let staff = match Staff::from_request_parts(parts, app).await {
        Ok(staff) => staff,
        Err(error) => return Err(token.or_guess(error)?),
    };
    if staff.is_any(roles) {
        return Ok(staff.actor());
    }
    super::denied::note(None, &staff.actor(), "staff");
    Err(ApiError::forbidden("STAFF_ONLY", refusal))
}
