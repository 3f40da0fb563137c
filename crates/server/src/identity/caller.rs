//! The caller of a request, and the extractors whose presence in a handler's arguments is its authorisation.
//!
//! A bare [`Caller`] cannot be asked for: a handler says what the caller must be allowed to do.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use millrace_db::DbError;
use millrace_ids::TenantId;

use super::permission::Need;
use super::denied;
use super::{Actor, Permission, Permissions, Role};
use crate::api_keys::{ApiKeyText, KeyError};
use crate::app::App;
use crate::http::{ApiError, ClientAddress};
use crate::rate_limits::{self, Guesses, Rule};
use crate::{sessions, staff};

/// The header by which a member of staff says which support access the request uses; the workspace follows from it.
const SUPPORT_ACCESS: http::HeaderName = http::HeaderName::from_static("x-support-access");

/// Who is asking, in which workspace, and what they may do there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The workspace that the caller acts in; it comes from the credential and nowhere else.
    pub tenant: TenantId,
    /// The person or the key.
    pub by: Actor,
    /// The membership's role, or the role a key was made with. It decides nothing by itself: `permissions` do.
    pub role: Role,
    /// What the caller may do.
    pub permissions: Permissions,
}

impl Caller {
    /// Whether the caller may do this.
    pub const fn may(&self, what: Permission) -> bool {
        self.permissions.has(what)
    }

    /// The id of the session or key that the caller came with.
    pub fn credential(&self) -> &str {
        match &self.by {
            Actor::User { session, .. } => session.as_str(),
            Actor::ApiKey(_) | Actor::System => self.by.as_str(),
        }
    }

    /// Whether what let the caller in still does, and still lets them do this, for what goes on long after it was asked for. At most
    /// a second old.
    ///
    /// # Errors
    /// The database failed.
    pub async fn still_may(&self, app: &App, what: Permission) -> Result<bool, DbError> {
        match &self.by {
            Actor::User { session, .. } => {
                let Some(now) = sessions::still(app, session).await? else { return Ok(false) };
                if now.in_workspace().is_ok_and(|(tenant, role)| tenant == self.tenant && role.permissions().has(what)) {
                    return Ok(true);
                }
                // Staff are in it by an access, and their session is somewhere else.
                Ok(self.may(what) && staff::is_inside(app, &now.user, &self.tenant).await?)
            }
            Actor::ApiKey(key) => Ok(self.may(what) && app.keys.holds(app.platform(), &app.clock, key).await?),
            Actor::System => Ok(true),
        }
    }

    /// Refuses callers that may not do this; for handlers whose need depends on the request.
    ///
    /// # Errors
    /// 403 `INSUFFICIENT_PERMISSIONS`.
    pub fn needs(&self, what: Permission) -> Result<(), ApiError> {
        if self.may(what) {
            return Ok(());
        }
        let who = match &self.by {
            Actor::ApiKey(_) => "this API key does not have it".to_owned(),
            Actor::User { .. } | Actor::System => format!("the role `{}` does not have it", self.role.as_str()),
        };
        let detail = format!("This needs the permission `{what}`, and {who}.");
        Err(self.refused(what.as_str(), detail).with_hint("docs/permissions.md shows which roles and scopes have it."))
    }

    /// 403 for want of `missing`, a permission or what stands for one; that the caller tried is audited.
    pub(crate) fn refused(&self, missing: &str, detail: impl Into<String>) -> ApiError {
        denied::note(Some(&self.tenant), &self.by, missing);
        ApiError::forbidden("INSUFFICIENT_PERMISSIONS", detail)
    }
}

/// A caller of any kind who may do `P`: `caller: May<need::WorkflowsWrite>`.
#[derive(Debug, Clone)]
pub struct May<P>(pub Caller, PhantomData<P>);

/// A signed-in person who may do `P`; an API key is refused with 401 `API_KEY_NOT_ALLOWED`, whatever it may.
#[derive(Debug, Clone)]
pub struct PersonMay<P>(pub Caller, PhantomData<P>);

/// An API key that may do `P`; everybody else is refused with 401 `API_KEY_REQUIRED`.
#[derive(Debug, Clone)]
pub struct KeyMay<P>(pub Caller, PhantomData<P>);

macro_rules! extracts {
    ($name:ident, $from:ident) => {
        impl<P> Deref for $name<P> {
            type Target = Caller;
            fn deref(&self) -> &Caller {
                &self.0
            }
        }

        impl<P: Need> FromRequestParts<App> for $name<P> {
            type Rejection = ApiError;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
                let caller = $from(parts, app).await?;
                caller.needs(P::PERMISSION)?;
                Ok(Self(caller, PhantomData))
            }
        }
    };
}

extracts!(May, anybody);
extracts!(PersonMay, person);
extracts!(KeyMay, key);

async fn anybody(parts: &Parts, app: &App) -> Result<Caller, ApiError> {
    match Credential::of(parts)? {
        Credential::Key(text) => by_key(parts, app, text).await,
        Credential::Token(text) => by_session(parts, app, text).await,
    }
}

/// The caller of a request that only people may make.
pub(super) async fn person(parts: &Parts, app: &App) -> Result<Caller, ApiError> {
    match Credential::of(parts)? {
        Credential::Key(_) => Err(key_not_allowed()),
        Credential::Token(text) => by_session(parts, app, text).await,
    }
}

async fn key(parts: &Parts, app: &App) -> Result<Caller, ApiError> {
    match Credential::of(parts) {
        Ok(Credential::Key(text)) => by_key(parts, app, text).await,
        Ok(Credential::Token(_)) | Err(_) => {
            let detail = "This route answers API keys only.";
            Err(ApiError::new(StatusCode::UNAUTHORIZED, "API_KEY_REQUIRED", detail).with_hint("Send `Authorization: Bearer mr_…`."))
        }
    }
}

async fn by_key(parts: &Parts, app: &App, text: &str) -> Result<Caller, ApiError> {
    let guesses = Guesses::of(app, parts);
    let Ok(key) = text.parse::<ApiKeyText>() else { return Err(guesses.wrong(KeyError::Invalid.into())) };
    if !app.keys.knows(&key) {
        guesses.may_go_on()?;
    }
    let from = parts.extensions.get::<ClientAddress>().map(|address| address.0);
    let caller = match app.keys.check(app.platform(), &app.clock, &key, from).await {
        Ok(caller) => caller,
        Err(KeyError::Db(error)) => return Err(error.into()),
        Err(refused) => return Err(guesses.wrong(refused.into())),
    };
    rate_limits::request(app, parts, Rule::ApiKey, &caller.by.as_str(), &caller.tenant)?;
    Ok(caller)
}

async fn by_session(parts: &Parts, app: &App, token: &str) -> Result<Caller, ApiError> {
    if !sessions::is_ours(token) {
        // Not even the shape of a token of ours. One that has ended is no guess: it happens to everybody, every quarter of an hour.
        return Err(Guesses::of(app, parts).wrong(ApiError::unauthorized()));
    }
    let session = sessions::authenticate(app, token).await?;
    let caller = match parts.headers.get(SUPPORT_ACCESS) {
        Some(access) => staff::enter(app, &session, access.to_str().unwrap_or_default(), parts).await?,
        None => {
            let (tenant, role) = session.in_workspace()?;
            session.at_own_address(app, parts).await?;
            Caller { tenant, by: session.actor(), role, permissions: role.permissions() }
        }
    };
    rate_limits::request(app, parts, Rule::Session, &session.session, &caller.tenant)?;
    Ok(caller)
}

/// 401: the route is for people, and a key is not one.
pub(super) fn key_not_allowed() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "API_KEY_NOT_ALLOWED", "This route answers signed-in people only, never API keys.")
}

/// What a request carries as its proof, before anything of it is believed.
pub(super) enum Credential<'a> {
    /// Something that wants to be an API key. It is never tried as anything else.
    Key(&'a str),
    /// Any other bearer token.
    Token(&'a str),
}

impl<'a> Credential<'a> {
    /// The credential of these headers.
    pub(super) fn of(parts: &'a Parts) -> Result<Self, ApiError> {
        let text = bearer(parts).filter(|text| !text.is_empty()).ok_or_else(ApiError::unauthorized)?;
        Ok(if ApiKeyText::claims(text) { Self::Key(text) } else { Self::Token(text) })
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
