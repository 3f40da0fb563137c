//! From a bearer token to a person: the token names the session, the session's row decides.

use std::sync::Arc;

use http::request::Parts as RequestParts;
use http::{StatusCode, header};
use millrace_clock::Timestamp;
use millrace_db::{Db, DbError};
use millrace_ids::{SessionId, TenantId, UserId};
use serde_json::json;

use super::limits::TOUCH_EVERY;
use super::model::{BY_PROVIDER, Live};
use super::{jwt, store};
use crate::app::App;
use crate::http::ApiError;
use crate::identity::{Actor, Role};
use crate::memberships::MembershipStatus;
use crate::security_events::{Kind, Noted};
use crate::tenants;
use crate::users::{AuthProvider, UserStatus};

/// A person behind a good access token.
#[derive(Debug, Clone)]
pub struct SessionCaller {
    /// The person.
    pub user: UserId,
    /// The device's session.
    pub session: SessionId,
    /// The workspace that the session acts in, whether or not the person may still enter it.
    pub tenant: Option<TenantId>,
    live: Arc<Live>,
    must_verify: bool,
}

/// Whether a text has the shape of an access token of this server; it may be forged or have ended.
pub fn is_ours(token: &str) -> bool {
    jwt::key_of(token).is_some()
}

/// Who holds this token.
///
/// # Errors
/// 401 when it is not a good access token, or its session has ended; 403 `USER_SUSPENDED`; the database failed.
pub async fn authenticate(app: &App, token: &str) -> Result<SessionCaller, ApiError> {
    let key = jwt::key_of(token).ok_or_else(ApiError::unauthorized)?;
    let key = app.sessions.keys().verifier(app, &key).await?.ok_or_else(ApiError::unauthorized)?;
    let now = app.clock.now();
    let claims = jwt::verify(token, &key, now).ok_or_else(ApiError::unauthorized)?;
    let live = live(app, &claims.sid, now).await?.ok_or_else(ApiError::unauthorized)?;
    if live.user != claims.sub {
        return Err(ApiError::unauthorized());
    }
    caller(app, live, now)
}

/// The person behind a session, as of now, for what goes on long after it was asked for; nobody once the session has ended. At
/// most a second old.
///
/// # Errors
/// The database failed.
pub(crate) async fn still(app: &App, id: &SessionId) -> Result<Option<SessionCaller>, DbError> {
    let now = app.clock.now();
    Ok(live(app, id, now).await?.and_then(|live| caller(app, live, now).ok()))
}

fn caller(app: &App, live: Arc<Live>, now: Timestamp) -> Result<SessionCaller, ApiError> {
    if live.revoked_at.is_some() || now >= live.expires_at {
        return Err(ApiError::unauthorized());
    }
    if live.user_status == UserStatus::Suspended {
        return Err(suspended());
    }
    let must_verify = app.config.auth.email_verification && !live.email_verified;
    Ok(SessionCaller { user: live.user.clone(), session: live.id.clone(), tenant: live.tenant.clone(), live, must_verify })
}

/// 403: the person may not sign in.
pub(crate) fn suspended() -> ApiError {
    ApiError::forbidden("USER_SUSPENDED", "This account is suspended.").with_hint("Ask the operator of this server.")
}

async fn live(app: &App, id: &SessionId, now: Timestamp) -> Result<Option<Arc<Live>>, DbError> {
    let mark = match app.sessions.recall(id) {
        Ok(live) => return Ok(Some(live)),
        Err(mark) => mark,
    };
    let mut tx = app.platform().read().await?;
    let found = store::live(&mut tx, id).await?.map(Arc::new);
    drop(tx);
    if let Some(live) = &found {
        app.sessions.remember(mark, live);
        touch_later(app.platform(), now, live);
    }
    Ok(found)
}

/// Writes "last used" beside the request, not in it.
fn touch_later(db: &Db, now: Timestamp, live: &Live) {
    let not_since = now.minus(TOUCH_EVERY);
    if live.last_used_at >= not_since {
        return;
    }
    let (db, id) = (db.clone(), live.id.clone());
    tokio::spawn(async move {
        let write = async {
            let mut tx = db.begin().await?;
            store::touch(&mut tx, &id, now, not_since).await?;
            tx.commit().await
        };
        if let Err(error) = write.await {
            let error: DbError = error;
            tracing::debug!(%error, "a session's last use was not written");
        }
    });
}

impl SessionCaller {
    /// Who to name in an audit row.
    pub fn actor(&self) -> Actor {
        Actor::User { user: self.user.clone(), session: self.session.clone() }
    }

    /// When this session began.
    pub fn signed_in_at(&self) -> Timestamp {
        self.live.created_at
    }

    /// The person's address.
    pub fn email(&self) -> &str {
        &self.live.email
    }

    /// How the person signs in.
    pub fn auth_provider(&self) -> AuthProvider {
        self.live.auth_provider
    }

    /// Refuses people whose address is still to be verified.
    ///
    /// # Errors
    /// 403 `EMAIL_NOT_VERIFIED`.
    pub fn verified(&self) -> Result<(), ApiError> {
        if self.must_verify { Err(email_not_verified()) } else { Ok(()) }
    }

    /// The workspace that the session acts in and the person's role there, as of now.
    ///
    /// # Errors
    /// 403: the address is unverified, no workspace was chosen, the person is no member any more, the workspace is not open, lets
    /// nobody in with a password but its owners, or asks for a second factor.
    pub fn in_workspace(&self) -> Result<(TenantId, Role), ApiError> {
        self.verified()?;
        let Some(tenant) = &self.tenant else {
            return Err(ApiError::forbidden("NO_ACTIVE_WORKSPACE", "This session has no workspace yet.")
                .with_hint("Make one at POST /api/v1/auth/create-workspace, or choose one at POST /api/v1/auth/switch-workspace."));
        };
        let role = match self.live.membership {
            Some((role, MembershipStatus::Active)) => role,
            _ => return Err(workspace_denied()),
        };
        match self.live.tenant_status.as_deref() {
            Some("active") => {}
            Some("deactivated" | "deleted") => return Err(ApiError::forbidden("WORKSPACE_DEACTIVATED", "This workspace is deactivated.")),
            _ => return Err(workspace_denied()),
        }
        if self.live.sso_only && self.live.auth_provider == AuthProvider::Local && role != Role::Owner {
            return Err(sso_required());
        }
        self.confirmed()?;
        Ok((tenant.clone(), role))
    }

    /// Refuses requests that came to another workspace's address. One that the workspace gave up lately is still its own.
    ///
    /// # Errors
    /// 403 `WORKSPACE_ACCESS_DENIED`; the database failed.
    pub async fn at_own_address(&self, app: &App, request: &RequestParts) -> Result<(), ApiError> {
        let host = host(request);
        let Some(named) = app.config.auth.workspace_of_host(&host).filter(|named| Some(*named) != self.live.tenant_slug.as_deref()) else { return Ok(()) };
        let whose = tenants::by_slug(&mut app.platform().read().await?, named, app.clock.now()).await?;
        if whose.is_some() && whose == self.tenant {
            return Ok(());
        }
        let (user, subject) = (Some(self.user.clone()), self.user.to_string());
        app.limits.note(Noted { kind: Kind::WorkspaceRefused, tenant: None, user, subject, meta: json!({"by": "address", "workspace_slug": named.chars().take(30).collect::<String>()}) });
        Err(workspace_denied())
    }
}

impl SessionCaller {
    /// Refuses sessions without a second factor where the workspace asks for one. What was shown of a factor that was removed
    /// since counts no more; what an identity provider asked for is not ours to know.
    fn confirmed(&self) -> Result<(), ApiError> {
        let live = &self.live;
        let is_confirmed = live.second_factor.as_deref().is_some_and(|word| word == BY_PROVIDER || live.is_enrolled);
        match (live.tenant_asks_for_factor && !is_confirmed, live.is_enrolled) {
            (false, _) => Ok(()),
            (true, false) => Err(ApiError::forbidden("SECOND_FACTOR_ENROLMENT_REQUIRED", "This workspace asks its members for a second factor, and you have none yet.")
                .with_hint("Add an authenticator app at POST /api/v1/users/me/second-factors, or a passkey at POST /api/v1/users/me/passkeys.")),
            (true, true) => Err(ApiError::forbidden("SECOND_FACTOR_REQUIRED", "This workspace asks for a second factor, and none was shown in this session.")
                .with_hint("Show one at POST /api/v1/auth/confirm-session, or sign in again.")),
        }
    }
}

/// The host that the request names, as configuration writes hosts: names mean the same in capital letters.
fn host(request: &RequestParts) -> String {
    request.headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}

/// 403: no member, or the workspace is not open. Which of the two is not said.
pub(crate) fn workspace_denied() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "WORKSPACE_ACCESS_DENIED", "You cannot act in this workspace.").with_hint("GET /api/v1/auth/workspaces lists those that are open to you.")
}

/// 403: the workspace lets its people in by single sign-on only, and this person has a password. Owners come in all the same:
/// somebody must be able to repair it when the provider is away.
pub(crate) fn sso_required() -> ApiError {
    ApiError::forbidden("SSO_REQUIRED", "This workspace lets its people in by single sign-on only.").with_hint("Ask an owner of the workspace; GET /api/v1/auth/workspaces lists others that are open to you.")
}

/// 403: the mail with the link has not been answered yet.
pub(crate) fn email_not_verified() -> ApiError {
    ApiError::forbidden("EMAIL_NOT_VERIFIED", "This e-mail address is not verified yet; a link was sent to it.").with_hint("POST /api/v1/auth/resend-verification sends another one.")
}
