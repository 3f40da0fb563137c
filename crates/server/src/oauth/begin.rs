//! There: which app asks for which scopes, and where the person goes.

use std::sync::Arc;

use millrace_connector::schema::AuthKind;
use millrace_connector::{Connector, oauth};
use millrace_ids::{ConnectionId, InstallationId};
use url::Url;

use super::limits;
use super::state::{Kept, Purpose, State};
use super::store;
use crate::app::App;
use crate::connections::{self, Connection, Source};
use crate::http::ApiError;
use crate::identity::Caller;
use crate::installations;
use crate::marketplace::CredentialMode;
use crate::oauth_apps::model::{Kind, Opened};
use crate::oauth_apps::rule::{self, Choice};
use crate::oauth_apps::service::{self as apps, Owner};
use crate::oauth_apps::{byoo, slot};
use crate::workflows::LoadedVersion;

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub installation: Option<InstallationId>,
    pub connection: Option<ConnectionId>,
    pub source: Option<Choice>,
    pub scopes: Vec<String>,
    pub return_to: Option<String>,
    pub loopback_port: Option<u16>,
}

/// What becomes of it.
pub(super) enum Begun {
    /// The person consents at the provider.
    There {
        /// Where.
        url: Url,
        /// What must come back.
        state: State,
        /// What was written down.
        kept: Box<Kept>,
        /// Whose app asks.
        source: Source,
    },
    /// The app needs no person: the connection is made.
    Done(Box<Connection>),
}

/// Begins.
///
/// # Errors
/// 400 `UNKNOWN_PROVIDER`, `INVALID_RETURN_TO`; 404; 409 with the codes of [`crate::oauth_apps::Refusal`].
pub(super) async fn begin(app: &App, caller: &Caller, word: &str, wish: Wish) -> Result<Begun, ApiError> {
    let connector = apps::provider(app, word)?;
    let return_to = wish.return_to.as_deref().map(|to| own_address(app, to)).transpose()?;
    let installed = match &wish.installation {
        Some(id) => Some(slot::of_installation(app, &caller.tenant, id).await?),
        None => None,
    };
    let again = again(app, caller, &connector, &wish).await?;
    let opened = match (&installed, &again) {
        (Some((terms, version)), _) => {
            declared(version, &connector)?;
            terms.resolve(app, &connector).await?.map_err(|refusal| apps::refused(refusal, &connector.title))?
        }
        // The same client as before: another one would make another connection.
        (None, Some(connection)) => of_connection(app, &connector, connection).await?,
        (None, None) => of_workspace(app, caller, &connector, wish.source).await?,
    };
    if opened.app.kind != Kind::Oauth {
        return Ok(Begun::Done(Box::new(make(app, caller, &connector, &opened, installed.as_ref().zip(wish.installation.as_ref())).await?)));
    }
    let scopes = scopes(&connector, &opened, installed.as_ref().map(|(_, version)| &**version), &again, wish.scopes);
    let (state, now) = (State::generate(), app.clock.now());
    let url = address(app, &connector, &opened, &state, &scopes)?;
    let kept = Kept {
        tenant: caller.tenant.clone(),
        by: caller.by.clone(),
        purpose: Purpose::Connect,
        provider: connector.service.clone(),
        app: opened.app.id.clone(),
        service: installed.as_ref().and_then(|(_, version)| declared(version, &connector).ok()).unwrap_or_else(|| connector.service.clone()),
        installation: wish.installation,
        // Made anew only by the client that made it.
        connection: again.filter(|c| c.origin.app.as_ref() == Some(&opened.app.id)).map(|c| c.id),
        scopes,
        redirect_uri: opened.app.redirect_uri.clone(),
        return_to,
        loopback_port: wish.loopback_port,
        expires_at: now.plus(limits::STATE_TTL),
        is_used: false,
    };
    write_down(app, &state, &kept).await?;
    Ok(Begun::There { url, state, kept: Box::new(kept), source: opened.app.owner })
}

/// Where a person consents to what an app asks for.
pub(super) fn address(app: &App, connector: &Connector, opened: &Opened, state: &State, scopes: &[String]) -> Result<Url, ApiError> {
    let challenge = oauth::pkce_challenge(&state.verifier(&app.keyring));
    let url = oauth::authorize_url(connector, &opened.app.client_id, &opened.app.redirect_uri, state.expose(), scopes, Some(&challenge));
    url.map_err(|error| ApiError::invalid("UNKNOWN_PROVIDER", format!("{error}.")))
}

/// Takes down what is under way.
pub(super) async fn write_down(app: &App, state: &State, kept: &Kept) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&kept.tenant).begin().await?;
    if store::count(&mut tx, &kept.tenant, now).await? >= limits::UNDER_WAY {
        return Err(ApiError::new(http::StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", "Too many accounts of this workspace are being connected right now.").with_retry_after(60));
    }
    store::begin(&mut tx, &state.hash(&app.keyring), kept, now).await?;
    Ok(tx.commit().await?)
}

/// The connection that is to be made anew: the one that is named, or the one that serves the installation now.
async fn again(app: &App, caller: &Caller, connector: &Connector, wish: &Wish) -> Result<Option<Connection>, ApiError> {
    let id = match (&wish.connection, &wish.installation) {
        (Some(id), _) => Some(id.clone()),
        (None, Some(installation)) => {
            let shown = installations::service::get(app, &caller.tenant, installation).await?;
            let found = shown.whole.links.into_iter().find(|(service, _)| connector.answers_to(service));
            found.map(|(_, id)| id)
        }
        (None, None) => None,
    };
    let Some(id) = id else { return Ok(None) };
    let found = connections::service::get(app, &caller.tenant, &id).await?;
    if found.service != connector.service {
        let message = format!("is a connection to {}", found.service);
        return Err(ApiError::invalid("INVALID_CONNECTION", format!("`connection` {message}.")).with_field("connection", "INVALID_CONNECTION", message));
    }
    Ok(Some(found))
}

async fn of_connection(app: &App, connector: &Connector, connection: &Connection) -> Result<Opened, ApiError> {
    let Some(id) = &connection.origin.app else {
        let detail = "This connection holds fields that the workspace brought; no app can make it anew.";
        return Err(ApiError::invalid("INVALID_CONNECTION", detail).with_field("connection", "INVALID_CONNECTION", "was made by no app"));
    };
    let found = apps::by_id(app, id).await?.ok_or_else(|| apps::refused(rule::Refusal::CredentialsMismatch, &connector.title))?;
    rule::may_renew(&found.app).map_err(|refusal| apps::refused(refusal, &connector.title))?;
    Ok(found)
}

/// For no installation in particular: the platform's app, or the workspace's own.
async fn of_workspace(app: &App, caller: &Caller, connector: &Connector, choice: Option<Choice>) -> Result<Opened, ApiError> {
    let find = async |owner: Owner<'_>, tx: &mut millrace_db::Tx| match apps::find(tx, app, &owner, connector).await {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.status == http::StatusCode::NOT_FOUND => Ok(None),
        Err(error) => Err(error),
    };
    let developer = find(Owner::developer(&caller.tenant, None), &mut app.of(&caller.tenant).read().await?).await?;
    let system = find(Owner::system(), &mut app.platform().read().await?).await?;
    let slot = rule::Slot {
        mode: Some(CredentialMode::Hybrid),
        byoo: false,
        choice: Some(choice.unwrap_or(Choice::System)),
        installer: &caller.tenant,
        organization: None,
        developer: developer.as_ref().map(|o| &o.app),
        system: system.as_ref().map(|o| &o.app),
    };
    let resolved = rule::resolve(&slot).map_err(|refusal| apps::refused(refusal, &connector.title))?.id.clone();
    [developer, system].into_iter().flatten().find(|o| o.app.id == resolved).ok_or_else(|| ApiError::internal("an app that was found is gone"))
}

/// The service as the workflow declares it.
fn declared(version: &LoadedVersion, connector: &Connector) -> Result<String, ApiError> {
    let found = version.definition.integrations.iter().map(|i| &i.service).find(|service| connector.answers_to(service));
    found.cloned().ok_or_else(|| ApiError::invalid("UNKNOWN_SERVICE", format!("The workflow does not use {}.", connector.title)))
}

/// The workflow's, or what is asked for, or what was granted before, or the app's own.
fn scopes(connector: &Connector, opened: &Opened, version: Option<&LoadedVersion>, again: &Option<Connection>, asked: Vec<String>) -> Vec<String> {
    let stated = version.and_then(|v| v.definition.integrations.iter().find(|i| connector.answers_to(&i.service))).map(|i| i.scopes.clone());
    let before = again.as_ref().map(|c| c.origin.scopes.clone());
    let all = [stated, Some(asked), before, Some(opened.app.scopes.clone())];
    all.into_iter().flatten().find(|scopes| !scopes.is_empty()).unwrap_or_default()
}

/// A connection of an app that needs no person, given to the installation if there is one.
async fn make(app: &App, caller: &Caller, connector: &Arc<Connector>, opened: &Opened, installed: Option<(&(slot::Terms, Arc<LoadedVersion>), &InstallationId)>) -> Result<Connection, ApiError> {
    let secret = installations::link::secret_of(&opened.fields());
    let secret = secret.as_ref().map(|s| s.as_str());
    let present = byoo::present(app, &caller.tenant, connector, opened).await?;
    let linking = installations::link::prepare(app, &caller.tenant, installed.map(|(_, id)| id), present.as_ref().zip(secret)).await?;
    let mut tx = app.of(&caller.tenant).begin().await?;
    linking.begin(&mut tx, app).await?;
    let made = byoo::make_connection(&mut tx, app, &caller.tenant, &caller.by, connector, opened).await?.ok_or_else(|| ApiError::internal("an app that asks people makes no connection"))?;
    let definition = installed.map(|((_, version), _)| &*version.definition);
    let linked = linking.finish(&mut tx, app, &caller.by, definition, connector, (&made, secret)).await?;
    let made = connections::service::get_in(&mut tx, &caller.tenant, &made).await?;
    tx.commit().await?;
    linked.forget(app, &caller.tenant);
    app.connections.forget(&caller.tenant, &made.id);
    app.snapshots.forget(|(tenant, _), _| *tenant == caller.tenant);
    Ok(made)
}

/// An address of this server, whole.
pub(super) fn own_address(app: &App, to: &str) -> Result<String, ApiError> {
    let wrong = || ApiError::invalid("INVALID_RETURN_TO", "`return_to` is an address of this server.").with_field("return_to", "INVALID_RETURN_TO", "begins with `/`, or with this server's own address");
    if to.len() > limits::RETURN_TO || to.contains('\\') || to.chars().any(char::is_control) {
        return Err(wrong());
    }
    let own = Url::parse(&app.config.public_url()).map_err(ApiError::internal)?;
    let meant = own.join(to).map_err(|_| wrong())?;
    if meant.origin() == own.origin() && meant.username().is_empty() && meant.password().is_none() { Ok(meant.into()) } else { Err(wrong()) }
}

/// How a connection by consent signs in.
pub(super) const CONSENT: AuthKind = AuthKind::Oauth2;
