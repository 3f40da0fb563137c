//! Setting up an installation, step by step (spec marketplace §6). Nothing is remembered but what somebody decided: every step
//! follows from what is there, so a set-up can be left and gone on with at any time.

use millrace_clock::Timestamp;
use millrace_ids::{InstallationId, TenantId};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::change::{Change, change};
use super::model::{self, Installation, Status};
use super::service::{Shown, get};
use super::{connect, defaults, draft, onboarding_store as store, snapshot};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::oauth_apps::slot;
use crate::workflows::definition::{BUILT_IN_SERVICES, Definition};
use crate::workflows::service as workflows;
use crate::workflows::LoadedVersion;

/// How far a step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OnboardingStatus)]
pub enum Progress {
    /// Nothing is left to do.
    Done,
    /// Something is left to do.
    Open,
    /// There is nothing to do here.
    Skipped,
}

/// One step.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OnboardingStep)]
pub struct Step {
    /// `access`, `setup`, `connections`, `byoo`, `config`, `activate`.
    pub key: &'static str,
    /// How far it has come.
    pub status: Progress,
    /// What there is to know about it; its members depend on the step.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// What keeps it open: field, code, message.
    #[serde(skip)]
    wrong: Vec<(String, &'static str, String)>,
}

/// A whole set-up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Onboarding {
    /// In the order in which they are meant.
    pub steps: Vec<Step>,
    /// The first open one.
    pub next: Option<&'static str>,
    /// Whether it can be activated.
    pub ready: bool,
}

impl Step {
    fn new(key: &'static str, status: Progress, detail: Value) -> Self {
        Self { key, status, detail, wrong: Vec::new() }
    }

    fn open_if(key: &'static str, wrong: Vec<(String, &'static str, String)>, detail: Value) -> Self {
        let status = if wrong.is_empty() { Progress::Done } else { Progress::Open };
        Self { key, status, detail, wrong }
    }
}

/// The set-up of an installation. `shows_state`: with the address of the developer's page, which whoever follows it may change inputs with.
///
/// # Errors
/// 404, or the database failed.
pub async fn of(parts: &Parts, tenant: &TenantId, id: &InstallationId, shows_state: bool) -> Result<Onboarding, ApiError> {
    let shown = get(parts, tenant, id).await?;
    let steps = steps(parts, tenant, &shown, shows_state).await?;
    let next = steps.iter().find(|step| step.status == Progress::Open).map(|step| step.key);
    let ready = steps.iter().all(|step| step.status != Progress::Open || step.key == "activate");
    Ok(Onboarding { steps, next, ready })
}

async fn steps(parts: &Parts, tenant: &TenantId, shown: &Shown, shows_state: bool) -> Result<Vec<Step>, ApiError> {
    let installation = &shown.whole.installation;
    let version = workflows::program(parts, &installation.publisher, &installation.version).await?;
    Ok(vec![
        access(parts, tenant, installation).await?,
        setup(parts, tenant, &version, installation, shows_state).await?,
        connections(parts, tenant, shown).await?,
        byoo(parts, tenant, shown).await?,
        config(parts, tenant, shown).await?,
        activation(installation),
    ])
}

/// Whether the workspace may use the workflow. Of its own workflows it may.
async fn access(parts: &Parts, tenant: &TenantId, installation: &Installation) -> Result<Step, ApiError> {
    if installation.publisher == *tenant {
        return Ok(Step::new("access", Progress::Done, json!({ "via": "own" })));
    }
    let denied = snapshot::get(parts, tenant, &installation.id).await?.denied;
    let wrong = denied.map(|denied| ("access".to_owned(), "ACCESS_DENIED", denied.error().detail)).into_iter().collect();
    Ok(Step::open_if("access", wrong, json!({ "publisher_id": installation.publisher })))
}

/// The developer's own page, where the module names one (`setupUrl`).
fn setup_page(metadata: &Value) -> Option<url::Url> {
    let address = metadata.get("setupUrl").or_else(|| metadata.get("setup_url"))?.as_str()?;
    url::Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

async fn setup(parts: &Parts, tenant: &TenantId, version: &LoadedVersion, installation: &Installation, shows_state: bool) -> Result<Step, ApiError> {
    let Some(page) = setup_page(&version.metadata) else { return Ok(Step::new("setup", Progress::Skipped, json!({}))) };
    let found = store::setup(&mut parts.of(tenant).read().await?, tenant, &installation.id).await?;
    if found.as_ref().is_some_and(|setup| setup.is_done) {
        return Ok(Step::new("setup", Progress::Done, json!({})));
    }
    let wrong = vec![("setup".to_owned(), "SETUP_OPEN", "pass the workflow's own set-up page".to_owned())];
    if !shows_state {
        return Ok(Step::open_if("setup", wrong, json!({})));
    }
    let known = found.as_ref().map(|setup| state_of(parts, installation, &setup.seed));
    let state = match (known, &found) {
        (Some(state), Some(setup)) if hashed(&state) == setup.state_hash => state,
        // It was never shown, or the server's keys have changed since.
        (_, former) => begin_setup(parts, tenant, installation, former.as_ref().map_or("", |setup| &setup.state_hash)).await?,
    };
    let return_to = format!("{}/workflows/private/{}/configure", parts.config.public_url(), version.slug);
    let mut address = page;
    address.query_pairs_mut().extend_pairs([("installation", installation.id.as_str()), ("workflow", version.slug.as_str()), ("return_to", &return_to), ("state", &state)]);
    Ok(Step::open_if("setup", wrong, json!({ "setup_url": address.as_str(), "return_to": return_to })))
}

/// The word with which the page comes back. It follows from the row, so that looking twice does not make the first look worthless.
fn state_of(parts: &Parts, installation: &Installation, seed: &str) -> String {
    hex::encode(parts.keyring.derive("setup state", format!("{}:{seed}", installation.id).as_bytes()))
}

async fn begin_setup(parts: &Parts, tenant: &TenantId, installation: &Installation, former: &str) -> Result<String, ApiError> {
    let seed = hex::encode(rand::random::<[u8; 16]>());
    let state = state_of(parts, installation, &seed);
    let mut tx = parts.of(tenant).begin().await?;
    store::begin_setup(&mut tx, tenant, &installation.id, &hashed(&state), &seed, former).await?;
    let stands = store::setup(&mut tx, tenant, &installation.id).await?;
    tx.commit().await?;
    Ok(stands.map_or(state, |setup| state_of(parts, installation, &setup.seed)))
}

fn hashed(state: &str) -> String {
    hex::encode(Sha256::digest(state.as_bytes()))
}

async fn connections(parts: &Parts, tenant: &TenantId, shown: &Shown) -> Result<Step, ApiError> {
    let (definition, links) = (&shown.version.definition, &shown.whole.links);
    let skipped = store::skipped(&mut parts.of(tenant).read().await?, tenant, &shown.whole.installation.id).await?;
    let services: Vec<Value> = definition
        .integrations
        .iter()
        .filter(|i| !BUILT_IN_SERVICES.contains(&i.service.as_str()))
        .map(|i| {
            let status = match links.get(&i.service) {
                Some(_) => "connected",
                None if i.optional && skipped.contains(&i.service) => "skipped",
                None => "missing",
            };
            json!({ "service": i.service, "optional": i.optional, "status": status, "connection_id": links.get(&i.service) })
        })
        .collect();
    if services.is_empty() {
        return Ok(Step::new("connections", Progress::Skipped, json!({ "services": [] })));
    }
    // For these the next step comes first: there is nothing to connect with yet.
    let later = to_be_brought(parts, tenant, shown).await?;
    let missing = shown.missing.iter().filter(|service| !later.contains(service));
    let wrong = missing.map(|service| (format!("connections.{service}"), "CONNECTION_MISSING", format!("connect {service}"))).collect();
    Ok(Step::open_if("connections", wrong, json!({ "services": services })))
}

/// Services for which the organisation brings an app or key of its own, and has not.
async fn to_be_brought(parts: &Parts, tenant: &TenantId, shown: &Shown) -> Result<Vec<String>, ApiError> {
    let brought = slot::brought(&mut parts.of(tenant).read().await?, tenant, &shown.whole.installation.workflow).await?;
    let is_missing = |service: &&String| connect::is_to_be_brought(&parts.registry, &shown.version.definition, service, &brought);
    Ok(shown.missing.iter().filter(is_missing).cloned().collect())
}

async fn byoo(parts: &Parts, tenant: &TenantId, shown: &Shown) -> Result<Step, ApiError> {
    let byoo = &shown.version.definition.byoo;
    if byoo.providers.is_empty() {
        return Ok(Step::new("byoo", Progress::Skipped, json!({})));
    }
    let missing = to_be_brought(parts, tenant, shown).await?;
    let wrong = missing.iter().map(|service| (format!("connections.{service}"), "BYOO_REQUIRED", "enter your own credentials".to_owned())).collect();
    Ok(Step::open_if("byoo", wrong, json!({ "providers": byoo.providers, "missing": missing, "instructions": byoo.instructions })))
}

async fn config(parts: &Parts, tenant: &TenantId, shown: &Shown) -> Result<Step, ApiError> {
    let definition = &shown.version.definition;
    if definition.fields.is_empty() {
        return Ok(Step::new("config", Progress::Skipped, json!({})));
    }
    let installation = &shown.whole.installation;
    let secrets = snapshot::open(parts, tenant, &installation.id, installation.secrets.as_deref())?;
    let problems = draft::problems(definition, &installation.config, &model::joined(&installation.config, &secrets));
    let missing: Vec<&str> = problems.iter().map(|p| p.field.as_str()).collect();
    let detail = json!({
        "missing": missing,
        "essential": essential(definition),
        "defaults": defaults::of(parts, tenant, shown).await?,
    });
    let wrong = problems.iter().map(|p| (format!("config.{}", p.field), p.code, p.message.clone())).collect();
    Ok(Step::open_if("config", wrong, detail))
}

/// The fields that are asked first: those the author calls essential, otherwise the required ones without a default.
fn essential(definition: &Definition) -> Vec<&str> {
    let named: Vec<&str> = definition.pathway.get("essentialFields").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let known: Vec<&str> = named.iter().filter_map(|name| definition.field(name)).map(|f| f.key.as_str()).collect();
    if !known.is_empty() {
        return known;
    }
    definition.fields.iter().filter(|f| f.required && f.default.is_none()).map(|f| f.key.as_str()).collect()
}

fn activation(installation: &Installation) -> Step {
    let status = if installation.status == Status::Active { Progress::Done } else { Progress::Open };
    Step::new("activate", status, json!({ "status": installation.status, "status_reason": installation.status_reason, "problem": installation.problem }))
}

/// 409 with every open step but access, which whoever changes an installation is asked for. Before an installation is activated. Where connections alone are missing, or the organisation's own
/// credentials alone, the code says that.
pub(super) async fn require(parts: &Parts, tenant: &TenantId, shown: &Shown) -> Result<(), ApiError> {
    let open: Vec<Step> = steps(parts, tenant, shown, false).await?.into_iter().filter(|step| step.status == Progress::Open && !["access", "activate"].contains(&step.key)).collect();
    if open.iter().any(|step| !["connections", "byoo"].contains(&step.key)) {
        return Err(incomplete("ONBOARDING_INCOMPLETE", &open));
    }
    let brought = slot::brought(&mut parts.of(tenant).read().await?, tenant, &shown.whole.installation.workflow).await?;
    connect::require(&parts.registry, &shown.version.definition, &shown.whole.links, &brought)
}

/// 409 for an installation that is to be active at once, and cannot: a page has to be passed first.
pub(super) fn require_at_once(version: &LoadedVersion) -> Result<(), ApiError> {
    match setup_page(&version.metadata) {
        None => Ok(()),
        Some(_) => {
            let step = Step::open_if("setup", vec![("setup".to_owned(), "SETUP_OPEN", "pass the workflow's own set-up page".to_owned())], Value::Null);
            Err(incomplete("ONBOARDING_INCOMPLETE", &[step]).with_hint("Install it without `activate`, follow `setup_url` of its onboarding, then activate it."))
        }
    }
}

fn incomplete(code: &str, open: &[Step]) -> ApiError {
    let keys: Vec<&str> = open.iter().map(|step| step.key).collect();
    let error = ApiError::conflict(code, format!("The set-up is not complete: {}.", keys.join(", "))).with_hint("GET …/onboarding says what is left to do.");
    open.iter().flat_map(|step| &step.wrong).fold(error, |error, (field, code, message)| error.with_field(field.clone(), *code, message.clone()))
}

/// The developer's page comes back: with the word it was given, and with inputs if it collected any.
///
/// # Errors
/// 400 `INVALID_STATE` for a word that is wrong or used up; 400 `INVALID_CONFIG`.
pub async fn complete_setup(parts: &Parts, id: &InstallationId, state: &str, config: serde_json::Map<String, Value>) -> Result<Onboarding, ApiError> {
    let hash = hashed(state);
    let tenant = store::by_state(parts.platform(), id, &hash).await?.ok_or_else(invalid_state)?;
    let wanted = Change { config, setup: Some(hash), ..Change::default() };
    change(parts, &tenant, &Actor::System, id, &wanted).await?;
    of(parts, &tenant, id, false).await
}

/// 400 for a word that is wrong or used up.
pub(super) fn invalid_state() -> ApiError {
    ApiError::invalid("INVALID_STATE", "This set-up was passed already, or the address it came from is not the one it was given.").with_field("state", "INVALID_STATE", "not a word of an open set-up")
}

/// Uses up the word of a page that came back, in the transaction that stores what it collected.
pub(super) async fn pass(tx: &mut millrace_db::Tx, tenant: &TenantId, id: &InstallationId, state_hash: &str, now: Timestamp) -> Result<(), ApiError> {
    if store::pass(tx, tenant, id, state_hash, now).await? { Ok(()) } else { Err(invalid_state()) }
}

/// Chooses to do without optional services: one, or all that are not connected.
///
/// # Errors
/// 404; 400 `UNKNOWN_SERVICE`; 409 `STEP_NOT_OPTIONAL` for a service that runs cannot do without.
pub async fn skip(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId, service: Option<&str>) -> Result<(), ApiError> {
    let shown = get(parts, tenant, id).await?;
    let declared = &shown.version.definition.integrations;
    let chosen: Vec<&str> = match service {
        None => declared.iter().filter(|i| i.optional).map(|i| i.service.as_str()).collect(),
        Some(name) => {
            let named: String = name.chars().take(64).collect();
            let unknown = || ApiError::invalid("UNKNOWN_SERVICE", format!("`{named}` is not a service of this workflow.")).with_field("service", "UNKNOWN_SERVICE", "not a service of this workflow");
            let found = declared.iter().find(|i| i.service == name).ok_or_else(unknown)?;
            if !found.optional {
                return Err(ApiError::conflict("STEP_NOT_OPTIONAL", format!("Runs cannot do without {}.", found.service)).with_field("service", "STEP_NOT_OPTIONAL", "the workflow needs it"));
            }
            vec![found.service.as_str()]
        }
    };
    let now = parts.clock.now();
    let mut tx = parts.of(tenant).begin().await?;
    for service in &chosen {
        store::skip(&mut tx, tenant, id, service, now).await?;
    }
    let entry = Entry::new(Action::InstallationConfigured, "installation", id).meta(json!({ "skipped": chosen }));
    audit::record(&mut tx, Some(tenant), by, entry, now).await?;
    Ok(tx.commit().await?)
}
