//! The workflow of a scenario, deployed and installed on a stage.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use millrace_server::connector::schema::AuthKind;
use millrace_server::connector::webhook::{Verification, sign};
use millrace_server::connector::{Registry, SecretText};
use millrace_server::stage::{Answer, Stage};
use serde_json::{Map, Value, json};

use super::file::{Forged, Scenario, Webhook};
use crate::commands::escape;
use crate::source::{self, Files};
use crate::view::{or_dash, text};

/// What deliveries are signed with. Long enough for every service, and nothing like a real one.
pub const WEBHOOK_SECRET: &str = "test-webhook-secret";

/// A workflow on a stage.
pub struct Installed {
    /// The workflow's id.
    pub workflow: String,
    /// The installation's id.
    pub id: String,
    webhooks: Vec<Value>,
}

/// Why something could not be set up or done: what, and details.
pub type Refused = (String, Vec<String>);

/// The folder or file that a scenario is about: what it names, else the project above `scenarios/`.
pub fn source_of(scenario: &Scenario, file: &Path) -> PathBuf {
    let here = file.parent().unwrap_or(Path::new("."));
    match &scenario.workflow {
        Some(named) => here.join(named),
        None if here.file_name().is_some_and(|name| name == "scenarios") => here.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned(),
        None if here.as_os_str().is_empty() => PathBuf::from("."),
        None => here.to_owned(),
    }
}

/// The source files; a file that imports from beside its folder brings what it needs.
pub fn files_of(scenario: &Scenario, file: &Path) -> Result<(Files, Option<String>), Refused> {
    source::read_with_siblings(&source_of(scenario, file)).map_err(|failure| (failure.what, failure.why.into_iter().collect()))
}

/// Deploys and installs.
pub async fn install(stage: &Stage, scenario: &Scenario, file: &Path, given: &Map<String, Value>) -> Result<Installed, Refused> {
    let (files, entry) = files_of(scenario, file)?;
    let mut request = json!({ "files": files });
    if let Some(entry) = entry {
        request["entry"] = json!(entry);
    }
    let deployed = done(stage.call(Method::POST, "/api/developer/workflows", Some(&request)).await, "the workflow cannot be deployed")?;
    let deployed = chosen(&deployed, scenario.export.as_deref())?;
    let workflow = or_dash(&deployed, "workflow_id").to_owned();
    for (name, value) in &scenario.environment {
        let path = format!("/api/developer/workflows/{}/variables/{}", escape(&workflow), escape(name));
        done(stage.call(Method::PUT, &path, Some(&json!({ "value": value }))).await, &format!("`environment.{name}` cannot be set"))?;
    }
    let connections = connections(stage.connectors(), &deployed, &scenario.connections, given);
    let body = json!({"workflow": workflow, "config": scenario.config, "connections": connections, "timezone": scenario.timezone.as_deref().unwrap_or("UTC"), "activate": false});
    let made = done(stage.call(Method::POST, "/api/installations", Some(&body)).await, "the workflow cannot be installed")?;
    let id = or_dash(&made, "id").to_owned();
    let path = format!("/api/installations/{}", escape(&id));
    let signed = made["webhooks"].as_array().into_iter().flatten().filter(|webhook| webhook["unverified"] != true);
    let secrets: Map<String, Value> = signed.map(|webhook| (or_dash(webhook, "trigger_id").to_owned(), json!(WEBHOOK_SECRET))).collect();
    if !secrets.is_empty() {
        done(stage.call(Method::PATCH, &path, Some(&json!({ "webhook_secrets": secrets }))).await, "the webhooks' secrets cannot be set")?;
    }
    let active = done(stage.call(Method::POST, &format!("{path}/activate"), None).await, "the installation cannot be activated")?;
    Ok(Installed { workflow, id, webhooks: active["webhooks"].as_array().cloned().unwrap_or_default() })
}

/// Which of a module's workflows.
fn chosen(deployed: &Value, export: Option<&str>) -> Result<Value, Refused> {
    let Some(export) = export.filter(|export| *export != "default") else { return Ok(deployed.clone()) };
    let others = deployed["others"].as_array().into_iter().flatten();
    let wanted = others.clone().find(|other| text(other, "slug").is_some_and(|slug| slug == export || slug.ends_with(&format!("/{export}"))));
    let names = || others.clone().map(|other| or_dash(other, "slug").to_owned()).collect();
    wanted.cloned().ok_or_else(|| (format!("the module has no workflow `{export}`"), names()))
}

/// A connection for every declared service: given ones, or made-up fields.
pub fn connections(registry: &Registry, deployed: &Value, own: &Map<String, Value>, given: &Map<String, Value>) -> Map<String, Value> {
    let mut made = Map::new();
    let declared = deployed["capabilities"]["services"].as_array().into_iter().flatten();
    for service in declared.filter_map(|service| service.as_str().or_else(|| text(service, "service"))) {
        let said = given.get(service).or_else(|| own.get(service));
        match said {
            Some(Value::Bool(false) | Value::Null) => {}
            Some(Value::Object(fields)) => {
                let mut whole = stand_in(registry, service).unwrap_or_default();
                // Somebody's own fields are a whole connection; a few of them complete the made-up one.
                if given.contains_key(service) {
                    whole.clear();
                }
                whole.extend(fields.clone());
                made.insert(service.to_owned(), Value::Object(whole));
            }
            _ => {
                if let Some(fields) = stand_in(registry, service) {
                    made.insert(service.to_owned(), Value::Object(fields));
                }
            }
        }
    }
    for (service, fields) in own.iter().chain(given).filter(|(_, fields)| fields.is_object()) {
        made.entry(service.clone()).or_insert_with(|| fields.clone());
    }
    made
}

/// Made-up credentials: a way to sign in that needs no token of its own first, where there is one.
fn stand_in(registry: &Registry, service: &str) -> Option<Map<String, Value>> {
    let connector = registry.get(service)?;
    let order = [AuthKind::Token, AuthKind::ApiKey, AuthKind::Basic, AuthKind::Oauth2, AuthKind::ServerToServer];
    let auth = order.into_iter().find_map(|kind| connector.auth(kind))?;
    Some(auth.required_fields().into_iter().map(|name| (name.to_owned(), json!(format!("test-{name}")))).collect())
}

/// The answer, or why it is a refusal.
pub fn done(answer: Answer, what: &str) -> Result<Value, Refused> {
    if answer.is_ok() {
        return Ok(answer.body);
    }
    let mut why = vec![format!("{} {}", text(&answer.body, "code").unwrap_or("HTTP"), text(&answer.body, "detail").unwrap_or_default())];
    for finding in answer.body["errors"].as_array().into_iter().flatten() {
        let line = finding["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
        let place = text(finding, "file").or_else(|| text(finding, "field")).unwrap_or_default();
        why.push(format!("{place}{line} {} {}", text(finding, "code").unwrap_or_default(), text(finding, "message").unwrap_or_default()));
    }
    Err((what.to_owned(), why))
}

impl Installed {
    /// Delivers, signed as the sender signs.
    pub async fn deliver(&self, stage: &Stage, delivery: &Webhook) -> Result<Answer, Refused> {
        let webhook = self.address(delivery)?;
        let mut headers = headers(&delivery.headers)?;
        let (body, kind) = match delivery {
            Webhook { text: Some(text), .. } => (text.clone(), "text/plain"),
            Webhook { form: Some(form), .. } => (form_body(form), "application/x-www-form-urlencoded"),
            Webhook { body, .. } => (body.as_ref().map(Value::to_string).unwrap_or_default(), "application/json"),
        };
        headers.entry(http::header::CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        let body = Bytes::from(body);
        if !delivery.unsigned && webhook["unverified"] != true {
            let secret = SecretText::new(if delivery.signature == Some(Forged::Wrong) { "another-webhook-secret" } else { WEBHOOK_SECRET }.to_owned());
            let own = text(webhook, "service").and_then(|service| stage.connectors().get(service)).and_then(|connector| Verification::service(connector));
            let verification = own.unwrap_or_else(Verification::path_hook);
            sign(&verification, &secret, &mut headers, &body, stage.now().seconds()).map_err(|e| ("the delivery cannot be signed".to_owned(), vec![e.to_string()]))?;
        }
        let query = delivery.query.as_ref().map(|query| url::form_urlencoded::Serializer::new("?".to_owned()).extend_pairs(query).finish()).unwrap_or_default();
        Ok(stage.deliver(&format!("/api/webhooks/{}{query}", or_dash(webhook, "trigger_id")), headers, body).await)
    }

    fn address(&self, delivery: &Webhook) -> Result<&Value, Refused> {
        let same = |own: Option<&str>, wanted: &Option<String>| wanted.as_deref().is_some_and(|wanted| own.is_some_and(|own| own == wanted || own.replace('-', "") == wanted.to_ascii_lowercase()));
        let found = self.webhooks.iter().find(|webhook| same(text(webhook, "service"), &delivery.service) || same(text(webhook, "path"), &delivery.path));
        found.ok_or_else(|| {
            let known = self.webhooks.iter().map(|webhook| text(webhook, "service").or_else(|| text(webhook, "path")).unwrap_or_default().to_owned()).collect();
            ("the workflow has no webhook of this service or path; it has".to_owned(), known)
        })
    }
}

fn headers(given: &BTreeMap<String, String>) -> Result<HeaderMap, Refused> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let pair = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
        let (name, value) = pair.ok_or_else(|| (format!("`{name}` is not a header"), Vec::new()))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Form fields; those that are no texts as JSON, as services put JSON into forms.
fn form_body(form: &Map<String, Value>) -> String {
    let value = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form.iter().map(|(name, given)| (name, value(given)))).finish()
}
