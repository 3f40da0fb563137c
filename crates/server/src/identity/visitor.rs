//! Whoever looks at what is everybody's: a stranger, a person, an API key. What they are shown may depend on who they are.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;
use millrace_ids::{TenantId, UserId};

use super::caller::Credential;
use super::{Actor, May, need};
use crate::app::App;
use crate::http::ApiError;
use crate::rate_limits::{self, Rule};
use crate::sessions;

/// A caller of a public route. A credential that is sent must be good: a wrong one is refused, not taken for none.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// The person, if one is signed in.
    pub user: Option<UserId>,
    /// The workspace they act in, or whose API key it is.
    pub tenant: Option<TenantId>,
    /// Who to name; none for a stranger.
    pub by: Option<Actor>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            return Ok(Self::default());
        }
        match Credential::of(parts)? {
            Credential::Key(_) => {
                let caller = May::<need::WorkflowsRead>::from_request_parts(parts, app).await?;
                Ok(Self { user: None, tenant: Some(caller.tenant.clone()), by: Some(caller.by.clone()) })
            }
            Credential::Token(text) => {
                let session = sessions::authenticate(app, text).await?;
                let tenant = session.in_workspace().ok().map(|(tenant, _)| tenant);
                if let Some(tenant) = &tenant {
                    rate_limits::request(app, parts, Rule::Session, &session.session, tenant)?;
                }
                Ok(Self { user: Some(session.user.clone()), tenant, by: Some(session.actor()) })
            }
        }
    }
}
