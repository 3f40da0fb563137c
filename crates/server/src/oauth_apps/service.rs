//! What other slices and the routes may do with apps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::StatusCode;
use millrace_connector::Connector;
use millrace_db::Tx;
use millrace_ids::{OAuthAppId, TenantId, WorkflowId};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::check;
use super::limits;
use super::model::{App, Health, Kind, Opened, Secrets, Source, Status};
use super::rule::{self, Refusal};
use super::store::{self, Sealed, Stored};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::secrets::Place;

/// The kinds under which an app's secrets are sealed.
const CLIENT_SECRET: &str = "oauth_app.client_secret";
const EXTRA: &str = "oauth_app.extra";
const WEBHOOK_SECRET: &str = "oauth_app.webhook_secret";

/// Whose an app is: the key of all that is asked about it.
#[derive(Debug, Clone)]
pub struct Owner<'a> {
    /// What kind of owner.
    pub source: Source,
    /// The workspace; none: the platform.
    pub tenant: Option<&'a TenantId>,
    /// For this workflow only.
    pub workflow: Option<&'a WorkflowId>,
}

impl<'a> Owner<'a> {
    /// A developer.
    pub const fn developer(tenant: &'a TenantId, workflow: Option<&'a WorkflowId>) -> Self {
        Self { source: Source::Developer, tenant: Some(tenant), workflow }
    }

    /// An organisation, for a workflow it has installed.
    pub const fn organization(tenant: &'a TenantId, workflow: &'a WorkflowId) -> Self {
        Self { source: Source::Organization, tenant: Some(tenant), workflow: Some(workflow) }
    }

    /// The platform.
    pub const fn system() -> Self {
        Self { source: Source::System, tenant: None, workflow: None }
    }

    /// The status of a new app: only a developer's begins at the beginning.
    const fn first_status(&self) -> Status {
        match self.source {
            Source::Developer => Status::Development,
            Source::Organization | Source::System => Status::Production,
        }
    }
}

/// What is said of an app; what is absent stays.
#[derive(Debug, Default)]
pub struct Said {
    /// Which kind; found out from the fields without it.
    pub kind: Option<Kind>,
    /// `client_id`, `client_secret` and the like, in either spelling.
    pub fields: Map<String, Value>,
    /// Scopes for workflows that declare none.
    pub scopes: Option<Vec<String>>,
}

/// The service that a word means.
///
/// # Errors
/// 400 `UNKNOWN_PROVIDER`.
pub fn provider(parts: &Parts, word: &str) -> Result<Arc<Connector>, ApiError> {
    parts.registry.get(word).cloned().ok_or_else(|| {
        let shown: String = word.chars().take(64).collect();
        let known: Vec<&str> = parts.registry.all().map(|c| c.service.as_str()).collect();
        ApiError::invalid("UNKNOWN_PROVIDER", format!("There is no connector for `{shown}`.")).with_field("provider", "UNKNOWN_PROVIDER", "names no connector").with_hint(format!("Known services: {}.", known.join(", ")))
    })
}

/// A refusal of the rule, as an answer.
pub fn refused(refusal: Refusal, title: &str) -> ApiError {
    let status = if refusal == Refusal::UnknownProvider { StatusCode::BAD_REQUEST } else { StatusCode::CONFLICT };
    let error = ApiError::new(status, refusal.code(), refusal.describe(title));
    match refusal {
        Refusal::ByooRequired => error.with_hint("Enter them with PUT /api/installations/{id}/byoo/{provider}."),
        Refusal::DeveloperCredentialsRequired => error.with_hint("Its developer registers one with POST /api/developer/oauth-apps and takes it to `testing`."),
        Refusal::CredentialsMismatch | Refusal::CredentialsExpired => error.with_hint("Begin at GET /api/oauth/{provider}/authorize?installation=…."),
        Refusal::CredentialsSuspended | Refusal::UnknownProvider => error,
    }
}

/// Where providers send people back.
pub fn redirect_uri(parts: &Parts, service: &str) -> String {
    format!("{}/api/oauth/{service}/callback", parts.config.public_url())
}

/// An app with its secrets.
///
/// # Errors
/// They do not open with this server's key.
pub(super) fn open(parts: &Parts, stored: &Stored) -> Result<Opened, ApiError> {
    let app = &stored.app;
    let tenant = app.tenant.as_ref().map_or("", TenantId::as_str);
    let text = |sealed: &Option<String>, kind| -> Result<Option<Zeroizing<String>>, ApiError> {
        let Some(sealed) = sealed else { return Ok(None) };
        let bytes = parts.keyring.open_at(Place { tenant, kind, id: app.id.as_str() }, sealed).map_err(ApiError::internal)?;
        Ok(Some(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())))
    };
    let extra: BTreeMap<String, String> = match text(&stored.sealed.extra, EXTRA)? {
        Some(json) => serde_json::from_str(&json).map_err(|_| ApiError::internal("an app's sealed fields are not JSON"))?,
        None => BTreeMap::new(),
    };
    let secrets = Secrets {
        client_secret: text(&stored.sealed.client_secret, CLIENT_SECRET)?,
        extra: extra.into_iter().map(|(name, value)| (name, Zeroizing::new(value))).collect(),
        webhook_secret: text(&stored.sealed.webhook_secret, WEBHOOK_SECRET)?,
    };
    Ok(Opened { app: app.clone(), secrets })
}

fn seal(parts: &Parts, app: &App, secrets: &Secrets) -> Sealed {
    let tenant = app.tenant.as_ref().map_or("", TenantId::as_str);
    let seal = |kind, text: &str| parts.keyring.seal_at(Place { tenant, kind, id: app.id.as_str() }, text.as_bytes());
    let extra: BTreeMap<&String, &str> = secrets.extra.iter().map(|(name, value)| (name, value.as_str())).collect();
    let extra = (!extra.is_empty()).then(|| Zeroizing::new(json!(extra).to_string()));
    Sealed {
        client_secret: secrets.client_secret.as_ref().map(|text| seal(CLIENT_SECRET, text)),
        extra: extra.map(|text| seal(EXTRA, &text)),
        webhook_secret: secrets.webhook_secret.as_ref().map(|text| seal(WEBHOOK_SECRET, text)),
    }
}

/// An app by its id, whoever's it is.
///
/// # Errors
/// The database failed, or its secrets do not open.
pub async fn by_id(parts: &Parts, id: &OAuthAppId) -> Result<Option<Opened>, ApiError> {
    let stored = store::get(&mut parts.platform().read().await?, id).await?;
    stored.map(|stored| open(parts, &stored)).transpose()
}

/// An owner's app for a provider.
///
/// # Errors
/// 404, or the database failed.
pub async fn find(tx: &mut Tx, parts: &Parts, owner: &Owner<'_>, connector: &Connector) -> Result<Opened, ApiError> {
    let found = store::find(tx, owner.source, owner.tenant, &connector.service, owner.workflow).await?;
    open(parts, &found.ok_or_else(|| ApiError::not_found("OAuth app"))?)
}

/// By provider, whose apps may connect accounts of a workspace for no workflow in particular.
///
/// # Errors
/// The database failed.
pub async fn at_hand(parts: &Parts, tenant: &TenantId) -> Result<BTreeMap<String, BTreeSet<Source>>, ApiError> {
    let mut found: BTreeMap<String, BTreeSet<Source>> = BTreeMap::new();
    for app in store::at_hand(&mut parts.platform().read().await?, tenant).await?.into_iter().filter(|app| rule::is_usable(app, tenant)) {
        found.entry(app.provider).or_default().insert(app.owner);
    }
    Ok(found)
}

/// A developer's apps, oldest first; one more than `limit` if there are more.
///
/// # Errors
/// The database failed.
pub async fn of_developer(parts: &Parts, tenant: &TenantId, after: Option<&OAuthAppId>, limit: u32) -> Result<Vec<Opened>, ApiError> {
    let found = store::of_tenant(&mut parts.of(tenant).read().await?, tenant, Source::Developer, after, limit + 1).await?;
    found.iter().map(|stored| open(parts, stored)).collect()
}

/// The platform's apps, and developers' that wait for staff or are suspended.
///
/// # Errors
/// The database failed.
pub async fn for_staff(parts: &Parts, status: Option<Status>, after: Option<&OAuthAppId>, limit: u32) -> Result<Vec<Opened>, ApiError> {
    let found = store::for_staff(&mut parts.platform().read().await?, status, after, limit + 1).await?;
    found.iter().map(|stored| open(parts, stored)).collect()
}

/// Makes an app; with `or_replace`, lays what is said in place of the one that is there.
///
/// # Errors
/// 400 `INVALID_OAUTH_APP`, `MISSING_FIELD`; 409 `OAUTH_APP_EXISTS`, `TOO_MANY_OAUTH_APPS`.
pub async fn make(tx: &mut Tx, parts: &Parts, by: &Actor, owner: &Owner<'_>, connector: &Connector, said: Said, or_replace: bool) -> Result<Opened, ApiError> {
    let exists = || ApiError::conflict("OAUTH_APP_EXISTS", format!("There is an app for {} already.", connector.title)).with_hint("Change it with PATCH, or remove it first.");
    if let Some(present) = store::find(tx, owner.source, owner.tenant, &connector.service, owner.workflow).await? {
        return if or_replace { change_in(tx, parts, by, connector, present, said, true).await } else { Err(exists()) };
    }
    if let Some(tenant) = owner.tenant
        && store::count(tx, tenant).await? >= limits::APPS
    {
        return Err(ApiError::conflict("TOO_MANY_OAUTH_APPS", format!("A workspace may have {} apps.", limits::APPS)));
    }
    let (fields, now) = (check::fields(connector, None, &said.fields, said.kind)?, parts.clock.now());
    let app = App {
        id: OAuthAppId::generate(),
        owner: owner.source,
        tenant: owner.tenant.cloned(),
        workflow: owner.workflow.cloned(),
        provider: connector.service.clone(),
        kind: fields.kind,
        client_id: fields.client_id,
        redirect_uri: redirect_uri(parts, &connector.service),
        scopes: check::scopes(said.scopes.unwrap_or_default())?,
        status: owner.first_status(),
        justification: None,
        review_note: None,
        health: Health::Unknown,
        last_health_check_at: None,
        last_error: None,
        last_test: None,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let stored = Stored { sealed: seal(parts, &app, &fields.secrets), app };
    store::insert(tx, &stored).await.map_err(|error| if error.is_unique_violation() { exists() } else { error.into() })?;
    record(tx, by, &stored.app, Action::OauthAppCreated, json!({})).await?;
    Ok(Opened { app: stored.app, secrets: fields.secrets })
}

/// Changes an app. Another client makes another app of it, with another id: what the old one made is not renewed by the new one.
///
/// # Errors
/// As [`make`]; 404; 409 `OAUTH_APP_CHANGED`.
pub async fn change(tx: &mut Tx, parts: &Parts, by: &Actor, owner: &Owner<'_>, connector: &Connector, said: Said) -> Result<Opened, ApiError> {
    let present = store::find(tx, owner.source, owner.tenant, &connector.service, owner.workflow).await?;
    change_in(tx, parts, by, connector, present.ok_or_else(|| ApiError::not_found("OAuth app"))?, said, false).await
}

async fn change_in(tx: &mut Tx, parts: &Parts, by: &Actor, connector: &Connector, present: Stored, said: Said, whole: bool) -> Result<Opened, ApiError> {
    let old = open(parts, &present)?;
    let base = (!whole).then_some((old.app.client_id.as_str(), &old.secrets));
    let fields = check::fields(connector, base, &said.fields, said.kind)?;
    let mut app = old.app.clone();
    let is_same_client = fields.kind == app.kind && fields.client_id == app.client_id;
    if !is_same_client {
        app.id = OAuthAppId::generate();
    }
    app.kind = fields.kind;
    app.client_id = fields.client_id;
    app.redirect_uri = redirect_uri(parts, &connector.service);
    if let Some(scopes) = said.scopes {
        app.scopes = check::scopes(scopes)?;
    }
    // Whatever a review or a look said was about another client.
    if !is_same_client && app.owner == Source::Developer && app.status != Status::Suspended {
        app.status = Status::Development;
        app.review_note = None;
    }
    app.health = Health::Unknown;
    app.last_error = None;
    app.last_test = None;
    app.updated_at = parts.clock.now();
    let stored = Stored { sealed: seal(parts, &app, &fields.secrets), app };
    put(tx, &old.app, &stored).await?;
    // What was tested were other credentials.
    store::forget_test(tx, &stored.app.id).await?;
    record(tx, by, &stored.app, Action::OauthAppUpdated, json!({ "fields": said.fields.keys().collect::<Vec<_>>(), "same_client": is_same_client })).await?;
    Ok(Opened { app: App { version: stored.app.version + 1, ..stored.app }, secrets: fields.secrets })
}

async fn put(tx: &mut Tx, old: &App, new: &Stored) -> Result<(), ApiError> {
    if store::update(tx, (&old.id, old.version), new).await? {
        return Ok(());
    }
    Err(ApiError::conflict("OAUTH_APP_CHANGED", "Others changed this app at the same time. Try again."))
}

/// Brings an app to another standing.
///
/// # Errors
/// 409 `INVALID_PROMOTION` when the life cycle does not know this way; 400 `MISSING_FIELD` without a justification for a review.
pub async fn promote(tx: &mut Tx, parts: &Parts, by: &Actor, opened: Opened, to: Status, note: Option<String>, staff: bool) -> Result<Opened, ApiError> {
    let mut app = opened.app.clone();
    if !rule::may_become(app.status, to, staff) {
        let detail = format!("An app that is `{}` does not become `{to}`{}.", app.status, if staff { "" } else { " by its owner" });
        return Err(ApiError::conflict("INVALID_PROMOTION", detail).with_hint("development → testing → pending_review; staff decide from there."));
    }
    let note = check::note(if staff { "note" } else { "justification" }, note)?;
    match (staff, to) {
        (false, Status::PendingReview) if note.is_none() => {
            return Err(ApiError::invalid("MISSING_FIELD", "A review needs a justification.").with_field("justification", "MISSING_FIELD", "is required"));
        }
        (false, Status::PendingReview) => app.justification = note,
        (true, _) => app.review_note = note,
        (false, _) => {}
    }
    let from = app.status;
    app.status = to;
    app.updated_at = parts.clock.now();
    let stored = Stored { sealed: seal(parts, &app, &opened.secrets), app };
    put(tx, &opened.app, &stored).await?;
    record(tx, by, &stored.app, Action::OauthAppPromoted, json!({ "from": from, "to": to, "staff": staff })).await?;
    Ok(Opened { app: App { version: stored.app.version + 1, ..stored.app }, secrets: opened.secrets })
}

/// Removes an app and its secrets. What it made is not renewed any more.
///
/// # Errors
/// 409 `OAUTH_APP_CHANGED`, or the database failed.
pub async fn remove(tx: &mut Tx, by: &Actor, app: &App, now: millrace_clock::Timestamp) -> Result<(), ApiError> {
    if !store::delete(tx, app).await? {
        return Err(ApiError::conflict("OAUTH_APP_CHANGED", "Others changed this app at the same time. Try again."));
    }
    record(tx, by, &App { updated_at: now, ..app.clone() }, Action::OauthAppRemoved, json!({})).await
}

async fn record(tx: &mut Tx, by: &Actor, app: &App, action: Action, mut said: Value) -> Result<(), ApiError> {
    said["provider"] = json!(app.provider);
    said["kind"] = json!(app.kind);
    said["owner"] = json!(app.owner);
    said["workflow_id"] = json!(app.workflow);
    audit::record(tx, app.tenant.as_ref(), by, Entry::new(action, "oauth_app", &app.id).meta(said), app.updated_at).await?;
    Ok(())
}

/// The client that made a connection, for renewing it.
///
/// # Errors
/// The inner error says why it must not be used; the outer one that the database failed.
pub async fn renewing(parts: &Parts, id: &OAuthAppId) -> Result<Result<Opened, String>, ApiError> {
    let Some(opened) = by_id(parts, id).await? else { return Ok(Err("the app that made the connection is gone; connect the account again".to_owned())) };
    Ok(match rule::may_renew(&opened.app) {
        Ok(()) => Ok(opened),
        Err(refusal) => Err(refusal.describe(&opened.app.provider)),
    })
}
