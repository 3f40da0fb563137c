//! Rules of the format that no single field can express. The first broken rule is reported.

mod operation;
mod steps;
mod webhook;

#[cfg(test)]
pub(crate) use webhook::check_webhook_alone;

use std::collections::{BTreeMap, BTreeSet};

use millrace_egress::HostList;
use url::Url;

use super::{Auth, AuthKind, ClientAuth, Connector, Rate};
use crate::error::ConnectorInvalid;
use crate::template::Template;

/// What results may claim (spec §6.2).
const CAPABILITIES: [&str; 12] = [
    "canHandleText",
    "canHandleRichText",
    "canHandleHtml",
    "canHandleMarkdown",
    "canHandleAttachments",
    "canHandleImages",
    "supportsSearch",
    "supportsPagination",
    "supportsBulkOperations",
    "supportsNesting",
    "supportsRelations",
    "supportsMetadata",
];

/// A rule that failed: where, and what would be right.
type Broken = (String, String);

pub(super) fn check(file: &str, connector: &Connector) -> Result<(), ConnectorInvalid> {
    run(connector).map_err(|(path, message)| ConnectorInvalid::new(file, path, message))
}

fn broken<T>(path: impl Into<String>, message: impl Into<String>) -> Result<T, Broken> {
    Err((path.into(), message.into()))
}

fn run(connector: &Connector) -> Result<(), Broken> {
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if connector.service.is_empty() || !connector.service.chars().all(kebab) {
        return broken("service", "the service name is kebab-case: small letters, digits and `-`");
    }
    let hosts = HostList::parse(&connector.hosts).map_err(|e| ("hosts".to_owned(), e.to_string()))?;
    let fields = connection_fields(connector);
    base_address("base_url", &connector.base_url, &hosts)?;
    templated("base_url", &connector.base_url, &fields)?;
    for (i, other) in connector.other_bases.iter().enumerate() {
        let at = format!("other_bases.{i}");
        if !fields.contains(&other.field) {
            return broken(at, format!("`{}` is not a field of any connection of this service", other.field));
        }
        base_address(&at, &other.base_url, &hosts)?;
        templated(&at, &other.base_url, &fields)?;
    }
    for (name, value) in &connector.headers {
        header_name(&format!("headers.{name}"), name)?;
        templated(&format!("headers.{name}"), value, &fields)?;
    }
    header_name("idempotency.header", &connector.idempotency.header)?;
    for capability in &connector.capabilities {
        if !CAPABILITIES.contains(&capability.as_str()) {
            return broken("capabilities", format!("`{capability}` is not one of {}", CAPABILITIES.join(", ")));
        }
    }
    if connector.auth.is_empty() {
        return broken("auth", "a connector needs at least one way to sign in");
    }
    for (i, auth) in connector.auth.iter().enumerate() {
        check_auth(&format!("auth.{i}"), auth)?;
        if !auth.name.is_empty() && connector.auth[..i].iter().any(|other| other.name == auth.name) {
            return broken(format!("auth.{i}.name"), format!("`{}` already names another way to sign in", auth.name));
        }
    }
    if let Some(rate) = &connector.rate {
        check_rate("rate", rate)?;
    }
    check_names(connector)?;
    if let Some(check) = &connector.check {
        match connector.operations.get(check) {
            None => return broken("check", format!("`{check}` is no operation of this service")),
            Some(operation) if operation.params.values().any(|param| param.required) => return broken("check", "an operation that checks a key needs nothing"),
            Some(_) => {}
        }
    }
    for (kind, picker) in &connector.pickers {
        if !connector.operations.contains_key(&picker.operation) {
            return broken(format!("pickers.{kind}.operation"), format!("`{}` is no operation of this service", picker.operation));
        }
        if picker.id.is_empty() || picker.name.is_empty() {
            return broken(format!("pickers.{kind}"), "a picker says where ids and names stand");
        }
    }
    for (name, operation) in &connector.operations {
        operation::check_operation(connector, &format!("operations.{name}"), operation, &hosts, &fields)?;
    }
    match &connector.webhook {
        Some(webhook) => webhook::check_webhook(connector, webhook),
        None => Ok(()),
    }
}

/// Every field that some kind of connection may have.
fn connection_fields(connector: &Connector) -> BTreeSet<String> {
    connector
        .auth
        .iter()
        .flat_map(|auth| {
            let declared = auth.fields.keys().cloned();
            let implied = auth.required_fields().into_iter().map(str::to_owned);
            declared.chain(implied).chain(auth.token_fields.keys().cloned()).collect::<Vec<_>>()
        })
        .chain(["access_token".to_owned(), "refresh_token".to_owned()])
        .collect()
}

/// As `address`, but the host name may begin with connection fields. Its end is fixed, and so is where credentials go:
/// `hosts` covers the name with a wildcard, and every request's host is compared with `hosts` before it is signed.
fn base_address(path: &str, text: &str, hosts: &HostList) -> Result<(), Broken> {
    let authority = text.trim_start_matches("https://").split('/').next().unwrap_or_default();
    match authority.rsplit_once('}') {
        Some((_, end)) if end.starts_with('.') && end.len() > 1 => {
            address(path, &text.replacen(authority, &authority.replace(['{', '}'], "x").replace('_', "x"), 1), hosts)
        }
        _ => address(path, text, hosts),
    }
}

fn address(path: &str, text: &str, hosts: &HostList) -> Result<(), Broken> {
    let plain = text.replace(['{', '}'], "x");
    let url = Url::parse(&plain).map_err(|e| (path.to_owned(), format!("`{text}` is not an address: {e}")))?;
    if url.scheme() != "https" {
        return broken(path, format!("`{text}` must begin with https://"));
    }
    let authority = text.trim_start_matches("https://").split('/').next().unwrap_or_default();
    if authority.contains('{') {
        return broken(path, "the host name must end in fixed text; connection fields stand before it or in the path");
    }
    let host = url.host_str().unwrap_or_default();
    if !hosts.matches(host, url.port_or_known_default().unwrap_or(443)) {
        return broken(path, format!("`{host}` is not among `hosts`"));
    }
    Ok(())
}

fn templated(path: &str, text: &str, fields: &BTreeSet<String>) -> Result<(), Broken> {
    let template = Template::parse(text).map_err(|e| (path.to_owned(), e))?;
    match template.names().find(|name| !fields.contains(*name)) {
        Some(name) => broken(path, format!("`{{{name}}}` is not a field of any connection of this service")),
        None => Ok(()),
    }
}

fn header_name(path: &str, name: &str) -> Result<(), Broken> {
    match http::HeaderName::try_from(name) {
        Ok(_) => Ok(()),
        Err(_) => broken(path, format!("`{name}` is not a header name")),
    }
}

fn check_rate(path: &str, rate: &Rate) -> Result<(), Broken> {
    let sensible = rate.requests > 0 && rate.seconds.is_finite() && rate.seconds > 0.0 && rate.burst != Some(0);
    if sensible { Ok(()) } else { broken(path, "`requests`, `seconds` and `burst` must be above zero") }
}

fn check_auth(path: &str, auth: &Auth) -> Result<(), Broken> {
    let needs_token_url = matches!(auth.kind, AuthKind::Oauth2 | AuthKind::ServerToServer);
    if needs_token_url && auth.token_url.is_none() {
        return broken(path, format!("`{}` needs `token_url`", auth.kind.as_str()));
    }
    if auth.kind == AuthKind::Oauth2 && auth.authorize_url.is_none() {
        return broken(path, "`oauth2` needs `authorize_url`");
    }
    if auth.kind == AuthKind::ApiKey && auth.place.is_none() {
        return broken(path, "`api_key` needs `place`: which header or query parameter carries the key");
    }
    if auth.kind == AuthKind::ServerToServer && auth.fields.is_empty() {
        return broken(path, "`server_to_server` needs `fields`: what the token request is made from");
    }
    for (name, url) in [("authorize_url", &auth.authorize_url), ("token_url", &auth.token_url), ("revoke_url", &auth.revoke_url)] {
        if url.as_ref().is_some_and(|url| !url.starts_with("https://") || Url::parse(url).is_err()) {
            return broken(format!("{path}.{name}"), "an address must begin with https://");
        }
    }
    let mut fields: BTreeSet<String> = auth.required_fields().into_iter().map(str::to_owned).collect();
    fields.extend(auth.fields.keys().cloned());
    fields.extend(auth.token_fields.keys().cloned());
    if auth.client_auth == ClientAuth::None && auth.kind != AuthKind::ServerToServer {
        return broken(format!("{path}.client_auth"), "only `server_to_server` may do without a client");
    }
    for (name, value) in auth.token_params.iter().chain(&auth.token_headers) {
        templated(&format!("{path}.token_params.{name}"), value, &fields)?;
    }
    for name in auth.token_headers.keys() {
        header_name(&format!("{path}.token_headers.{name}"), name)?;
    }
    fields.insert("access_token".to_owned());
    let place = auth.place();
    for (name, value) in place.headers.iter().chain(&place.query) {
        templated(&format!("{path}.place.{name}"), value, &fields)?;
    }
    if let Some(basic) = &place.basic {
        templated(&format!("{path}.place.basic"), &basic.username, &fields)?;
        templated(&format!("{path}.place.basic"), &basic.password, &fields)?;
    }
    Ok(())
}

/// No name may mean two operations.
fn check_names(connector: &Connector) -> Result<(), Broken> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, operation) in &connector.operations {
        for spelled in std::iter::once(name).chain(&operation.aliases) {
            let legal = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
            if spelled.is_empty() || !spelled.chars().all(legal) {
                return broken(format!("operations.{name}"), format!("`{spelled}` is not a name a script can call"));
            }
            if let Some(other) = seen.insert(spelled, name) {
                return broken(format!("operations.{name}"), format!("`{spelled}` already means `{other}`"));
            }
        }
    }
    Ok(())
}
