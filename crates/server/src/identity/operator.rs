//! The operator of the server: whoever knows its token. No workspace's key is one, whatever its role.

use axum::extract::FromRequestParts;
use http::request::Parts;
use subtle::ConstantTimeEq as _;

use super::caller::bearer;
use crate::app::App;
use crate::http::ApiError;

/// A handler that takes this argument answers nobody but the operator (`MILLRACE_OPERATOR_TOKEN`).
#[derive(Debug, Clone, Copy)]
pub struct Operator;

impl FromRequestParts<App> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let given = bearer(parts);
        let is = |token: &crate::config::Token| given.is_some_and(|text| text.as_bytes().ct_eq(token.as_bytes()).into());
        if app.config.quotas.operator_token.as_ref().is_some_and(is) {
            return Ok(Self);
        }
        let hint = "Set MILLRACE_OPERATOR_TOKEN on the server and send it as a bearer token.";
        Err(ApiError { hint: Some(hint.to_owned()), ..ApiError::unauthorized() })
    }
}
