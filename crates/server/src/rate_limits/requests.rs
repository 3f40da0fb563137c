//! The limits that every request with a credential meets.

use axum::extract::MatchedPath;
use http::request::Parts;
use millrace_ids::TenantId;

use super::rules::Rule;
use crate::app::App;
use crate::http::{AddressGroup, ApiError, ClientAddress};

/// What programs send into a workspace at whatever rate they work: the workspace's quotas govern that, as they govern webhooks.
const INTAKE: [&str; 2] = ["/api/installations/{id}/trigger", "/api/events"];

/// Counts a request of a caller who was let in, `rule` being that of their credential and `who` its id.
///
/// # Errors
/// 429 `RATE_LIMITED`.
pub fn request(app: &App, parts: &Parts, rule: Rule, who: &impl AsRef<str>, tenant: &TenantId) -> Result<(), ApiError> {
    if parts.extensions.get::<MatchedPath>().is_some_and(|path| INTAKE.contains(&path.as_str())) {
        return Ok(());
    }
    app.limits.check(rule, who.as_ref())?;
    app.limits.check(Rule::Tenant, tenant.as_str())
}

/// Credentials of one address that opened nothing.
pub struct Guesses<'a> {
    app: &'a App,
    address: AddressGroup,
}

impl<'a> Guesses<'a> {
    /// Those of a request's address.
    pub fn of(app: &'a App, parts: &Parts) -> Self {
        Self { app, address: ClientAddress::in_parts(parts).group() }
    }

    /// Refuses an address with too many wrong ones, before anything is asked about this one.
    ///
    /// # Errors
    /// 429 `RATE_LIMITED`.
    pub fn may_go_on(&self) -> Result<(), ApiError> {
        self.app.limits.look(Rule::BadCredentials, self.address)
    }

    /// Counts a wrong one; what its sender is told: `why`, or 429 `RATE_LIMITED` after too many.
    pub fn wrong(&self, why: ApiError) -> ApiError {
        self.app.limits.check(Rule::BadCredentials, self.address).err().unwrap_or(why)
    }
}
