//! The operator of the server: whoever knows its token. No workspace's key is one, whatever its role.

use axum::extract::FromRequestParts;
use http::request::Parts;
use subtle::ConstantTimeEq as _;

use super::May;
use super::caller::bearer;
use super::permission::Need;
use crate::app::App;
use crate::http::{AddressGroup, ApiError, ClientAddress};
use crate::rate_limits::Rule;

/// A handler that takes this argument answers nobody but the operator (`MILLRACE_OPERATOR_TOKEN`).
#[derive(Debug, Clone, Copy)]
pub struct Operator;

/// The operator, or somebody of a workspace who may do `P`: for routes that show each what is theirs.
#[derive(Debug, Clone)]
pub enum OperatorOr<P> {
    /// Whoever knows the operator's token.
    Operator,
    /// Whoever holds a workspace's credential.
    Caller(May<P>),
}

impl<P: Need> FromRequestParts<App> for OperatorOr<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = OperatorToken::of(parts, app);
        if token.is_right() {
            return Ok(Self::Operator);
        }
        match May::<P>::from_request_parts(parts, app).await {
            Ok(caller) => Ok(Self::Caller(caller)),
            Err(error) => Err(token.or_guess(error)?),
        }
    }
}

/// What a request carries where the operator's token may be, and others' credentials as well.
pub(super) struct OperatorToken<'a> {
    app: &'a App,
    address: AddressGroup,
    given: bool,
    is_right: bool,
}

impl<'a> OperatorToken<'a> {
    pub(super) fn of(parts: &Parts, app: &'a App) -> Self {
        let address = ClientAddress::in_parts(parts).group();
        let is_right = Operator::is(parts, app) && app.limits.look(Rule::OperatorToken, address).is_ok();
        Self { app, address, given: bearer(parts).is_some(), is_right }
    }

    /// Whether it is the operator's.
    pub(super) const fn is_right(&self) -> bool {
        self.is_right
    }

    /// What a caller is told whose credential opened nothing either: it may have been a guess at the operator's token.
    pub(super) fn or_guess(&self, error: ApiError) -> Result<ApiError, ApiError> {
        if error.status == http::StatusCode::UNAUTHORIZED && self.given {
            self.app.limits.check(Rule::OperatorToken, self.address)?;
        }
        Ok(error)
    }
}

impl Operator {
    /// Whether a request carries the operator's token.
    fn is(parts: &Parts, app: &App) -> bool {
        let token = app.config.quotas.operator_token.as_ref();
        token.zip(bearer(parts)).is_some_and(|(token, given)| given.as_bytes().ct_eq(token.as_bytes()).into())
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let address = ClientAddress::in_parts(parts).group();
        let given = bearer(parts);
        // Whoever guesses is refused although they may be right by now.
        if given.is_some() {
            app.limits.look(Rule::OperatorToken, address)?;
        }
        if Self::is(parts, app) {
            return Ok(Self);
        }
        if given.is_some() {
            app.limits.check(Rule::OperatorToken, address)?;
        }
        let hint = "Set MILLRACE_OPERATOR_TOKEN on the server and send it as a bearer token.";
        Err(ApiError { hint: Some(hint.to_owned()), ..ApiError::unauthorized() })
    }
}
