//! An installation on its way into the store: checked, its triggers planned. Making one, changing one and activating
//! one all end here.

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::TenantId;
use serde_json::{Map, Value};

use super::connect::{self, SigningSecrets};
use super::model::{self, ConfigProblem, Installation, Secrets, Status};
use super::store::{self, Links};
use super::{limits, snapshot};
use crate::app::Parts;
use crate::http::ApiError;
use crate::oauth_apps::byoo::{self, Brought};
use crate::triggers::model::{Inputs, PlanProblem, Planned, Trigger, plan};
use crate::triggers::service as triggers;
use crate::workflows::definition::Definition;

/// Signing secrets that the owner sets, by service, path or trigger id.
pub type OwnerSecrets = std::collections::BTreeMap<String, zeroize::Zeroizing<String>>;

/// 400 with the mistakes of a configuration.
pub fn invalid_config(problems: Vec<ConfigProblem>) -> ApiError {
    let first = problems.first().map_or_else(|| "the configuration is not valid".to_owned(), |p| format!("{}: {}", p.field, p.message));
    let more = if problems.len() > 1 { format!(" (and {} more)", problems.len() - 1) } else { String::new() };
    let answer = ApiError::invalid("INVALID_CONFIG", format!("{first}{more}."));
    problems.into_iter().fold(answer, |answer, p| answer.with_field(format!("config.{}", p.field), p.code, p.message))
}

/// 400 with the triggers that these inputs make impossible; the first one gives the code.
fn invalid_triggers(problems: Vec<PlanProblem>) -> ApiError {
    let (code, first) = problems.first().map_or(("INVALID_TRIGGER", String::new()), |p| (p.code, p.message.clone()));
    problems.into_iter().fold(ApiError::invalid(code, format!("{first}.")), |answer, p| answer.with_field(p.field, p.code, p.message))
}

/// The mistakes of a configuration of an installation that was configured with `before`. Credentials that were taken out of that are not
/// missing.
pub fn problems(definition: &Definition, before: &Map<String, Value>, config: &Map<String, Value>) -> Vec<ConfigProblem> {
    let mut problems = model::check(definition, config);
    problems.retain(|p| !(p.code == "REQUIRED" && is_taken_out(definition, before, &p.field)));
    problems
}

/// A configuration as it is stored: plain inputs, secret ones, and credentials of providers that organisations bring. Those are taken
/// out: they are the caller's to keep, and stand as empty texts.
pub fn divided(definition: &Definition, mut config: Map<String, Value>) -> (Map<String, Value>, Secrets, Brought) {
    let brought = byoo::take_out(definition, &mut config);
    let taken: Vec<String> = config.keys().filter(|key| byoo::field_of(&definition.byoo, key).is_some()).cloned().collect();
    let (mut plain, secrets) = model::split(definition, config);
    plain.extend(taken.into_iter().map(|key| (key, Value::String(String::new()))));
    (plain, secrets, brought)
}

/// Checks a configuration and puts it into the installation, secrets sealed. One that need not be complete yet may lack values.
/// Credentials of providers that organisations bring are the caller's to keep.
pub fn put_config(parts: &Parts, tenant: &TenantId, definition: &Definition, installation: &mut Installation, config: Map<String, Value>, complete: bool) -> Result<(Secrets, Brought), ApiError> {
    let problems = problems(definition, &installation.config, &config);
    if problems.iter().any(|problem| complete || problem.code != "REQUIRED") {
        return Err(invalid_config(problems));
    }
    let (plain, secrets, brought) = divided(definition, config);
    installation.config = plain;
    installation.secret_names = secrets.keys().cloned().collect();
    installation.secrets = snapshot::seal(parts, tenant, &installation.id, &secrets);
    Ok((secrets, brought))
}

fn is_taken_out(definition: &Definition, before: &Map<String, Value>, key: &str) -> bool {
    byoo::field_of(&definition.byoo, key).is_some() && before.get(key).is_some_and(|value| value.as_str() == Some(""))
}

/// Keeps credentials that inputs brought, and connects those that need no person: where nothing is connected yet, or the same app
/// made what is. A signing secret among them counts from the same moment.
pub async fn keep_brought(tx: &mut Tx, parts: &Parts, tenant: &TenantId, by: &crate::identity::Actor, (installation, definition): (&Installation, &Definition), brought: Brought, (links, of_connections): (&mut Links, &mut SigningSecrets)) -> Result<(), ApiError> {
    for (provider, fields) in brought {
        let connector = crate::oauth_apps::service::provider(parts, &provider)?;
        let (opened, made) = byoo::keep(tx, parts, by, (tenant, &installation.workflow), &connector, fields, false).await?;
        let declared = definition.integrations.iter().map(|i| &i.service).find(|service| connector.answers_to(service));
        if let (Some(connection), Some(service)) = (made, declared) {
            let linked = links.entry(service.clone()).or_insert_with(|| connection.clone());
            if *linked == connection && let Some(secret) = connect::secret_of(&opened.fields()) {
                of_connections.insert(service.clone(), secret);
            }
        }
    }
    Ok(())
}

/// What a name must be.
pub fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > limits::NAME_CHARS || name.chars().any(char::is_control) {
        let message = format!("is a text of 1 to {} characters", limits::NAME_CHARS);
        return Err(ApiError::invalid("INVALID_REQUEST", format!("`name` {message}.")).with_field("name", "INVALID_VALUE", message));
    }
    Ok(name.to_owned())
}

/// What a time zone must be.
pub fn checked_timezone(zone: &str) -> Result<String, ApiError> {
    if super::format::is_timezone(zone) {
        return Ok(zone.to_owned());
    }
    let message = "is not a known time zone; write an IANA name such as Europe/Berlin";
    let shown: String = zone.chars().take(64).collect();
    Err(ApiError::invalid("INVALID_TIMEZONE", format!("`{shown}` {message}.")).with_field("timezone", "INVALID_TIMEZONE", message))
}

/// An installation with what belongs to it.
#[derive(Debug)]
pub struct Whole {
    /// The row.
    pub installation: Installation,
    /// Its connections by service as declared.
    pub links: Links,
    /// Its triggers.
    pub triggers: Vec<Trigger>,
}

/// What decides about the triggers of an installation.
#[derive(Debug)]
pub struct Wish<'a> {
    /// The definition of its version.
    pub definition: &'a Definition,
    /// Its secret inputs.
    pub secrets: &'a Secrets,
    /// Signing secrets that its connections hold.
    pub of_connections: &'a SigningSecrets,
    /// What the request says about signing secrets.
    pub by_owner: &'a OwnerSecrets,
}

/// Registers triggers and schedules for the installation as it stands in memory. An active one must be complete:
/// required services connected and every trigger possible with its inputs.
pub async fn register(tx: &mut Tx, parts: &Parts, tenant: &TenantId, installation: &Installation, links: &Links, wish: &Wish<'_>, now: Timestamp) -> Result<Vec<Trigger>, ApiError> {
    let active = installation.status == Status::Active;
    let (planned, problems) = plan_for(installation, wish);
    if installation.status.is_complete() {
        let brought = crate::oauth_apps::slot::brought(tx, tenant, &installation.workflow).await?;
        connect::require(&parts.registry, wish.definition, links, &brought)?;
        if !problems.is_empty() {
            return Err(invalid_triggers(problems));
        }
    }
    let wanted = triggers::Registration {
        tenant,
        installation: &installation.id,
        version: &installation.version,
        planned: &planned,
        of_connections: wish.of_connections,
        by_owner: wish.by_owner,
        active,
    };
    triggers::register(tx, parts, &wanted, now).await
}

fn plan_for(installation: &Installation, wish: &Wish<'_>) -> (Vec<Planned>, Vec<PlanProblem>) {
    let plain = model::template_inputs(wish.definition, &installation.config);
    let with_secrets = model::template_inputs_with_secrets(wish.definition, &installation.config, wish.secrets);
    plan(wish.definition, Inputs { plain: &plain, with_secrets: &with_secrets }, &installation.timezone)
}

/// Reads an installation for a change.
pub async fn load(tx: &mut Tx, tenant: &TenantId, id: &millrace_ids::InstallationId) -> Result<(Installation, Links), ApiError> {
    let installation = store::get(tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("installation"))?;
    let links = store::connections(tx, tenant, id).await?;
    Ok((installation, links))
}

/// As [`load`], for whoever changes it: an uninstalled one stays as it is.
pub async fn load_live(tx: &mut Tx, tenant: &TenantId, id: &millrace_ids::InstallationId) -> Result<(Installation, Links), ApiError> {
    let found = load(tx, tenant, id).await?;
    if found.0.status == Status::Uninstalled {
        return Err(ApiError::conflict("INSTALLATION_UNINSTALLED", "This installation was uninstalled; what it stored is kept for a while and then erased.").with_hint("Install the workflow again."));
    }
    Ok(found)
}
