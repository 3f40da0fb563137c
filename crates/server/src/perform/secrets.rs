//! Placeholders: what a program sees instead of a secret. They are derived from the run, so that every replay sees the same
//! text; only the egress task knows the values, and splices them in only towards hosts that the installation allows.

use millrace_egress::{HostList, Scope, SecretSet, SecretString};
use millrace_ids::RunId;

use super::context::RunContext;
use crate::app::Parts;
use crate::connections;
use crate::http::ApiError;
use crate::installations;
use crate::secrets::Keyring;

/// How the placeholder of a secret input begins.
const INPUT: &str = "mrsec_";
/// How the handle of a connection's access token begins.
const TOKEN: &str = "mrtok_";

/// The placeholder of a secret input in one run.
pub fn of_input(keyring: &Keyring, run: &RunId, field: &str) -> String {
    placeholder(keyring, INPUT, run, field)
}

/// The handle that stands for a connection's access token in one run.
pub fn of_token(keyring: &Keyring, run: &RunId, service: &str) -> String {
    placeholder(keyring, TOKEN, run, service)
}

fn placeholder(keyring: &Keyring, prefix: &str, run: &RunId, name: &str) -> String {
    let derived = keyring.derive("run placeholder", format!("{prefix}{run}:{name}").as_bytes());
    format!("{prefix}{}", hex::encode(&derived[..20]))
}

/// What the egress may splice into a call with these arguments: nothing unless a placeholder occurs in them, so that an
/// ordinary call opens no secret at all.
pub async fn scope_for(parts: &Parts, run: &RunId, context: &RunContext, args: &str) -> Result<Scope, ApiError> {
    loop {
        let scope = open_scope(parts, run, context, args).await;
        if !super::is_away(&scope) {
            return scope;
        }
        tokio::time::sleep(super::AWAY).await;
    }
}

async fn open_scope(parts: &Parts, run: &RunId, context: &RunContext, args: &str) -> Result<Scope, ApiError> {
    let mut secrets = SecretSet::new();
    if args.contains(INPUT) || mentions_encoded(args) {
        let hosts = HostList::parse(context.installation.secret_hosts.iter().map(String::as_str)).map_err(ApiError::internal)?;
        for field in &context.installation.secret_names {
            let value = installations::service::secret(parts, &context.installation.tenant, &context.installation.id, field).await?;
            secrets.insert(of_input(&parts.keyring, run, field), SecretString::from(value.as_str()), hosts.clone());
        }
    }
    if args.contains(TOKEN) || mentions_encoded(args) {
        for (service, id) in &context.installation.connections {
            let Some(connector) = parts.registry.get(service) else { continue };
            let connection = connections::service::connection(parts, &context.installation.tenant, id);
            let credentials = millrace_connector::Connection::credentials(&connection).await.map_err(ApiError::internal)?;
            if let Some(token) = credentials.get("access_token") {
                let hosts = HostList::parse(connector.hosts.iter().map(String::as_str)).map_err(ApiError::internal)?;
                secrets.insert(of_token(&parts.keyring, run, service), SecretString::from(token), hosts);
            }
        }
    }
    Ok(Scope { hosts: None, secrets })
}

/// `Basic` credentials hide a placeholder in base64.
fn mentions_encoded(args: &str) -> bool {
    args.contains("Basic ")
}
