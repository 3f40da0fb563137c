//! The caller of a request.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use millrace_ids::TenantId;

use super::{Actor, ApiKeyText, Role};
use crate::app::App;
use crate::http::ApiError;

/// Who is asking. A handler that takes this argument is closed to strangers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The workspace that the caller acts in; it comes from the key and nowhere else.
    pub tenant: TenantId,
    /// The person or key.
    pub by: Actor,
    /// What the caller may do.
    pub role: Role,
}

impl Caller {
    /// Refuses roles that may only look.
    ///
    /// # Errors
    /// 403 `ROLE_NOT_ALLOWED`.
    pub fn may_change(&self) -> Result<(), ApiError> {
        if self.role.may_change() {
            return Ok(());
        }
        Err(ApiError::forbidden("ROLE_NOT_ALLOWED", format!("The role `{}` may look but not change anything.", self.role.as_str())))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let text = bearer(parts).ok_or_else(ApiError::unauthorized)?;
        let key: ApiKeyText = text.parse().map_err(|_| ApiError::unauthorized())?;
        app.keys.check(&app.db, &app.clock, &key).await?.ok_or_else(ApiError::unauthorized)
    }
}

/// The token of `Authorization: Bearer …`; two such headers are nobody's.
pub(super) fn bearer(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
