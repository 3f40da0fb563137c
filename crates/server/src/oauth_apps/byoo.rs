//! Credentials that an installing organisation brings: entered at set-up, kept sealed as an app of its own, never shown.

use std::collections::BTreeMap;

use millrace_connector::Connector;
use millrace_connector::schema::AuthKind;
use millrace_db::Tx;
use millrace_ids::{ConnectionId, TenantId, WorkflowId};
use serde_json::{Map, Value};

use super::check;
use super::model::{Kind, Opened};
use super::service::{self, Owner, Said};
use crate::app::Parts;
use crate::connections::{self, Grant, Origin};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::definition::{Byoo, Definition};

/// What inputs hold of providers' credentials: service → fields.
pub type Brought = BTreeMap<String, Map<String, Value>>;

/// What an input may be called after its provider, and the field it is.
const PARTS: [(&str, &str); 6] =
    [("clientid", "client_id"), ("clientsecret", "client_secret"), ("apikey", "api_key"), ("accesstoken", "access_token"), ("accountid", "account_id"), ("webhooksecret", "webhook_secret")];

/// The provider and field that an input is, where organisations bring credentials of that provider: `zoomClientId`.
pub fn field_of<'a>(byoo: &'a Byoo, key: &str) -> Option<(&'a str, &'static str)> {
    let name = squeeze(key);
    byoo.providers.iter().find_map(|provider| {
        let rest = name.strip_prefix(&squeeze(provider))?;
        PARTS.iter().find(|(word, _)| *word == rest).map(|(_, field)| (provider.as_str(), *field))
    })
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect::<String>().to_lowercase()
}

/// Takes the credentials of providers out of a configuration; empty texts stay in their place, so that nothing of them enters a
/// program.
pub fn take_out(definition: &Definition, config: &mut Map<String, Value>) -> Brought {
    let mut brought = Brought::new();
    for (key, value) in config.iter_mut() {
        let Some((provider, field)) = field_of(&definition.byoo, key) else { continue };
        let taken = std::mem::replace(value, Value::String(String::new()));
        if taken.as_str().is_some_and(|text| !text.trim().is_empty()) {
            brought.entry(provider.to_owned()).or_default().insert(field.to_owned(), taken);
        }
    }
    brought
}

/// Keeps what an organisation brought for a workflow, in the caller's transaction. A server-to-server app or a key makes its
/// connection at once, or changes it; an OAuth client waits for a person's consent.
///
/// # Errors
/// 400 `UNKNOWN_PROVIDER`, `INVALID_OAUTH_APP`, `MISSING_FIELD`; the database failed.
pub async fn keep(tx: &mut Tx, parts: &Parts, by: &Actor, (tenant, workflow): (&TenantId, &WorkflowId), connector: &Connector, mut fields: Map<String, Value>, or_replace: bool) -> Result<(Opened, Option<ConnectionId>), ApiError> {
    // Modules say `notionApiKey` for what Notion calls a token.
    for (given, other) in [("api_key", "access_token"), ("access_token", "api_key")] {
        if check::key_field(connector) == other && !fields.contains_key(other) && let Some(value) = fields.remove(given) {
            fields.insert(other.to_owned(), value);
        }
    }
    let owner = Owner::organization(tenant, workflow);
    let said = Said { kind: None, fields, scopes: None };
    let is_there = service::find(tx, parts, &owner, connector).await.is_ok();
    let opened = if is_there && !or_replace { service::change(tx, parts, by, &owner, connector, said).await? } else { service::make(tx, parts, by, &owner, connector, said, true).await? };
    let connection = make_connection(tx, parts, tenant, by, connector, &opened).await?;
    Ok((opened, connection))
}

/// The connection of an app that needs no person; nothing for an OAuth client. One that the app made before is made anew.
///
/// # Errors
/// The database failed.
pub async fn make_connection(tx: &mut Tx, parts: &Parts, tenant: &TenantId, by: &Actor, connector: &Connector, opened: &Opened) -> Result<Option<ConnectionId>, ApiError> {
    let credentials = opened.fields();
    let auth_kind = match opened.app.kind {
        Kind::Oauth => return Ok(None),
        Kind::S2s => AuthKind::ServerToServer,
        Kind::Static => check::auth_kind(connector, &credentials),
    };
    let origin = Origin { source: opened.app.owner, app: Some(opened.app.id.clone()), user: by.user().cloned(), account_label: None, scopes: opened.app.scopes.clone() };
    let again = connections::of_app(tx, tenant, &connector.service, &opened.app.id).await?;
    let grant = Grant { service: connector.service.clone(), auth_kind: auth_kind.as_str(), origin, credentials };
    Ok(Some(connections::keep(tx, parts, tenant, by, grant, again.as_ref()).await?.0.id))
}

/// The connection that an app which needs no person has made, and would make anew.
///
/// # Errors
/// The database failed.
pub async fn present(parts: &Parts, tenant: &TenantId, connector: &Connector, opened: &Opened) -> Result<Option<ConnectionId>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    connections::of_app(&mut tx, tenant, &connector.service, &opened.app.id).await
}

/// As [`present`], of what an organisation has brought for a workflow.
///
/// # Errors
/// The database failed.
pub async fn present_of(parts: &Parts, tenant: &TenantId, workflow: &WorkflowId, connector: &Connector) -> Result<Option<ConnectionId>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    match service::find(&mut tx, parts, &Owner::organization(tenant, workflow), connector).await {
        Ok(opened) => connections::of_app(&mut tx, tenant, &connector.service, &opened.app.id).await,
        Err(error) if error.status == http::StatusCode::NOT_FOUND => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::workflows::finding::Findings;

    #[test]
    fn inputs_are_known_by_their_provider_and_part() {
        let byoo = Byoo::of(&json!({"byoo": {"enabled": true, "providers": ["zoom", "google-sheets"]}}));
        assert_eq!(field_of(&byoo, "zoomClientId"), Some(("zoom", "client_id")));
        assert_eq!(field_of(&byoo, "zoom_webhook_secret"), Some(("zoom", "webhook_secret")));
        assert_eq!(field_of(&byoo, "googleSheetsAccessToken"), Some(("google-sheets", "access_token")));
        assert_eq!((field_of(&byoo, "notionApiKey"), field_of(&byoo, "zoomRoom"), field_of(&byoo, "clientId")), (None, None, None));
        let off = Byoo::of(&json!({"byoo": {"enabled": false, "providers": ["zoom"]}}));
        assert_eq!(field_of(&off, "zoomClientId"), None);
    }

    #[test]
    fn what_is_taken_out_leaves_an_empty_text() {
        let definition = json!({"name": "t", "trigger": {"type": "manual"}, "inputs": {"zoomClientId": {"type": "text"}, "zoomClientSecret": {"type": "text"}, "other": {"type": "text"}}});
        let definition = Definition::read(&definition, &json!({"byoo": {"enabled": true, "providers": ["zoom"]}}), &mut Findings::default());
        let mut config = json!({"zoomClientId": "c", "zoomClientSecret": "  ", "other": "o"}).as_object().unwrap().clone();
        let brought = take_out(&definition, &mut config);
        assert_eq!(Value::Object(config), json!({"zoomClientId": "", "zoomClientSecret": "", "other": "o"}));
        assert_eq!(json!(brought), json!({"zoom": {"client_id": "c"}}));
    }
}
