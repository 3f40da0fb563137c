//! Placeholders: what a program sees instead of a secret. They are derived from the run, so that every replay sees the same
//! text; only the egress task knows the values, and splices them in only towards hosts that the installation allows.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use millrace_connector::ConnectionError;
use millrace_egress::{HostList, Scope, SecretSet, SecretString};
use millrace_engine::ProgramError;
use millrace_ids::{InstallationId, RunId};
use parking_lot::Mutex;

use super::context::RunContext;
use crate::app::Parts;
use crate::connections;
use crate::http::ApiError;
use crate::installations;
use crate::installations::model::InstallationSnapshot;
use crate::secrets::Keyring;

/// How the placeholder of a secret input begins.
const INPUT: &str = "mrsec_";
/// How the placeholder of a secret variable begins.
const VARIABLE: &str = "mrenv_";
/// How the handle of a connection's access token begins.
const TOKEN: &str = "mrtok_";

/// The placeholder of a secret input in one run.
pub fn of_input(keyring: &Keyring, run: &RunId, field: &str) -> String {
    placeholder(keyring, INPUT, run, field)
}

/// The placeholder of a secret variable in one run.
pub fn of_variable(keyring: &Keyring, run: &RunId, name: &str) -> String {
    placeholder(keyring, VARIABLE, run, name)
}

/// The handle that stands for a connection's access token in one run.
pub fn of_token(keyring: &Keyring, run: &RunId, service: &str) -> String {
    placeholder(keyring, TOKEN, run, service)
}

fn placeholder(keyring: &Keyring, prefix: &str, run: &RunId, name: &str) -> String {
    let derived = keyring.derive("run placeholder", format!("{prefix}{run}:{name}").as_bytes());
    format!("{prefix}{}", hex::encode(&derived[..20]))
}

/// Every secret that a run could know: the secret inputs of its installation, the secrets among its workflow's variables, and all credentials of its connections. What
/// has a placeholder may be sent towards its hosts; all of it is hidden in whatever comes back, whichever call it belongs to.
///
/// # Errors
/// The database or the key is away: the run is begun again later. A connection that is gone or has ended is left out, as
/// nothing can be sent with it.
pub async fn of_run(parts: &Parts, searches: &Searches, run: &RunId, installation: &InstallationSnapshot) -> Result<SecretSet, ProgramError> {
    let mut secrets = SecretSet::new();
    let inputs = installations::service::secrets_of(parts, installation).map_err(|e| ProgramError::Lost(e.detail))?;
    if !inputs.is_empty() {
        let hosts = HostList::parse(installation.secret_hosts.iter().map(String::as_str)).map_err(|e| ProgramError::Lost(e.to_string()))?;
        for (field, value) in &inputs {
            secrets.insert(of_input(&parts.keyring, run, field), SecretString::from(value.as_str()), hosts.clone());
        }
    }
    let variables = installations::service::variable_secrets_of(parts, installation).map_err(|e| ProgramError::Lost(e.detail))?;
    if !variables.is_empty() {
        let hosts = HostList::parse(installation.variable_hosts.iter().map(String::as_str)).map_err(|e| ProgramError::Lost(e.to_string()))?;
        for (name, value) in &variables {
            secrets.insert(of_variable(&parts.keyring, run, name), SecretString::from(value.as_str()), hosts.clone());
        }
    }
    for (service, id) in installation.connections.iter().filter(|(service, _)| !installation.refused.contains_key(*service)) {
        let credentials = match connections::service::credentials(parts, &installation.tenant, id).await {
            Ok(credentials) => credentials,
            Err(ConnectionError::Unavailable(reason)) => return Err(ProgramError::Lost(reason)),
            Err(ConnectionError::Missing(_) | ConnectionError::Expired(_)) => continue,
        };
        let Some(connector) = parts.registry.get(service) else { continue };
        let hosts = HostList::parse(connector.hosts.iter().map(String::as_str)).map_err(|e| ProgramError::Lost(e.to_string()))?;
        for (name, value) in credentials.names().filter_map(|name| Some((name, credentials.get(name)?))) {
            match name {
                "access_token" => secrets.insert(of_token(&parts.keyring, run, service), SecretString::from(value), hosts.clone()),
                name if connector.is_secret(name) => secrets.hide(SecretString::from(value)),
                _ => {}
            }
        }
    }
    if !secrets.is_empty() {
        searches.share(&installation.id, &mut secrets);
    }
    Ok(secrets)
}

/// The scope of a call with these arguments. A token that was renewed since the run came into memory is taken as it is now.
///
/// # Errors
/// The call mentions a token whose connection cannot be used.
pub async fn scope_for(parts: &Parts, run: &RunId, context: &RunContext, args: &str) -> Result<Scope, ApiError> {
    let mut secrets = context.secrets.clone();
    if args.contains(TOKEN) || mentions_encoded(args) {
        for (service, id) in context.installation.connections.iter().filter(|(service, _)| !context.installation.refused.contains_key(*service)) {
            let Some(connector) = parts.registry.get(service) else { continue };
            let connection = connections::service::connection(parts, &context.installation.tenant, id);
            let credentials = loop {
                match millrace_connector::Connection::credentials(&connection).await {
                    // No outcome of anybody's call: it would be journaled and stay for ever.
                    Err(ConnectionError::Unavailable(reason)) if reason == connections::DATABASE_AWAY => tokio::time::sleep(super::AWAY).await,
                    answer => break answer.map_err(ApiError::internal)?,
                }
            };
            if let Some(token) = credentials.get("access_token") {
                let hosts = HostList::parse(connector.hosts.iter().map(String::as_str)).map_err(ApiError::internal)?;
                secrets.insert(of_token(&parts.keyring, run, service), SecretString::from(token), hosts);
            }
        }
    }
    let share = parts.egress.share(context.installation.tenant.as_str());
    Ok(Scope { hosts: None, secrets, share: Some(share) })
}

/// `Basic` credentials hide a placeholder in base64.
fn mentions_encoded(args: &str) -> bool {
    args.contains("Basic ")
}

/// The search for an installation's secrets, built once and used by all its runs on this node: building it takes a
/// millisecond, which is as much as the rest of a short run.
#[derive(Default)]
pub struct Searches(Mutex<HashMap<InstallationId, (Instant, SecretSet)>>);

impl Searches {
    /// How long the search of an installation without new runs is kept.
    const KEPT: Duration = Duration::from_secs(60);
    /// Searches kept at once, about 100 KB each.
    const MOST: usize = 512;

    fn share(&self, installation: &InstallationId, secrets: &mut SecretSet) {
        let mut known = self.0.lock();
        if let Some((used, last)) = known.get_mut(installation)
            && secrets.share_search(last)
        {
            *used = Instant::now();
            return;
        }
        known.retain(|_, (used, _)| used.elapsed() < Self::KEPT);
        if known.len() < Self::MOST {
            known.insert(installation.clone(), (Instant::now(), secrets.search_only()));
        }
    }
}
