//! A person comes in: the session, the workspace it begins in, and what is said about it.

use millrace_db::Tx;
use millrace_ids::{SessionId, TenantId};
use serde_json::json;

use super::model::{Facts, Method, NewSession};
use super::service::{self, Begun};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::mail::Template;
use crate::memberships::{self, Place};
use crate::security_events::{self, Kind};
use crate::users::{self, UserRecord, links};

/// Where a person goes on after signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// Into the workspace.
    Workspace,
    /// To a choice among several.
    PickWorkspace,
    /// To making a first one.
    CreateWorkspace,
}

/// A person who has come in; [`super::answer`] makes the response once that is committed.
#[derive(Debug)]
pub(crate) struct Opened {
    pub begun: Begun,
    pub user: UserRecord,
    /// The workspace that the session acts in.
    pub place: Option<Place>,
    /// All that are open to the person.
    pub places: Vec<Place>,
    pub next: Next,
}

/// Writes the session of a person who has shown who they are, and everything that goes with it. `user` is locked by the
/// caller, `session` the new session's id. With `into`, the session begins there; otherwise where the person was last, or in the oldest membership.
pub(crate) async fn begin(tx: &mut Tx, app: &App, user: UserRecord, session: SessionId, method: Method, into: Option<&TenantId>) -> Result<Opened, ApiError> {
    let (now, facts) = (app.clock.now(), Facts::current());
    let places = memberships::list_of_user(tx, &user.id).await?;
    let wanted = into.or(user.last_active_tenant.as_ref());
    let place = places.iter().find(|place| Some(&place.tenant) == wanted).or_else(|| places.first()).cloned();
    let next = match (places.len(), into) {
        (0, _) => Next::CreateWorkspace,
        (1, _) | (_, Some(_)) => Next::Workspace,
        _ => Next::PickWorkspace,
    };
    let is_new = user.last_login_at.is_some() && service::is_new_device(tx, &user.id, &facts).await?;
    let tenant = place.as_ref().map(|place| &place.tenant);
    let new = NewSession { id: session, user: &user.id, tenant, method, picker_pending: next == Next::PickWorkspace, facts: &facts };
    let begun = service::start(tx, new, now).await?;
    users::touch_login(tx, &user.id, now).await?;
    if let Some(tenant) = tenant {
        users::update_active_tenant(tx, &user.id, tenant).await?;
    }
    if is_new {
        let device = facts.user_agent.clone().unwrap_or_default();
        let mail = Template::LoginNewDevice { at: now, device, ip: facts.ip.clone(), sessions_url: links::page(app, "/app/account/sessions") };
        app.mail.queue(tx, None, user.email.as_str(), &mail, begun.session.as_str(), now).await?;
    }
    let kind = if is_new { Kind::NewDevice } else { Kind::SignedIn };
    let said = json!({"method": method.as_str(), "session": begun.session.as_str()});
    security_events::record(tx, tenant, kind, user.id.as_str(), &said, now).await?;
    let actor = Actor::User { user: user.id.clone(), session: begun.session.clone() };
    let entry = Entry::new(Action::UserSignedIn, "user", &user.id).person(&user.id).meta(json!({"login_method": method.as_str()}));
    audit::record(tx, tenant, &actor, entry, now).await?;
    Ok(Opened { begun, user, place, places, next })
}
