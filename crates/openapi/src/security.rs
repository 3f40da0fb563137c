//! Ways to sign in: security schemes and what operations ask for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::document::{Document, one_line, text};
use crate::limits;
use crate::names;
use crate::report::{Report, Skip};
use crate::servers::Servers;

/// One way to sign in, as the connector file says it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Way {
    pub name: String,
    pub kind: &'static str,
    pub title: String,
    /// Field → (secret, help).
    pub fields: BTreeMap<String, (bool, String)>,
    pub headers: Map<String, Value>,
    pub query: Map<String, Value>,
    pub basic: Option<(String, String)>,
    /// `authorize_url`, `token_url` … as they stand in the file.
    pub more: Map<String, Value>,
    /// There is nothing to sign in with.
    pub open: bool,
}

/// All ways of a document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Security {
    pub ways: Vec<Way>,
    /// Requirement (as JSON) → indexes of its ways; an absent entry cannot be met.
    by_requirement: BTreeMap<String, Vec<usize>>,
    /// What every operation asks for that says nothing.
    global: Value,
}

impl Security {
    pub fn find(document: &Document, servers: &Servers, report: &mut Report) -> Self {
        let schemes = if document.v2 { document.members("/securityDefinitions") } else { document.members("/components/securitySchemes") };
        let mut found = Self { global: document.at("/security").clone(), ..Self::default() };
        let mut usable: BTreeMap<&str, Vec<Way>> = BTreeMap::new();
        for (name, scheme) in schemes {
            let scheme = document.resolve(scheme).unwrap_or(&Value::Null);
            match ways_of(name, scheme, servers, schemes.len() == 1) {
                Ok(ways) => {
                    usable.insert(name, ways);
                }
                Err(reason) => report.note(format!("the way to sign in `{name}` cannot be used: {reason}")),
            }
        }
        for requirement in requirements(document) {
            found.add(&requirement, &usable);
        }
        // Schemes that no operation names are how people sign in all the same, where nothing else is said.
        if found.ways.is_empty() {
            for ways in usable.into_values().flatten().take(limits::WAYS) {
                found.push(ways);
            }
        }
        if found.ways.is_empty() {
            report.note("the document names no usable way to sign in: requests carry no credentials");
            found.ways.push(Way { name: "none".to_owned(), kind: "token", title: "No sign-in".to_owned(), fields: BTreeMap::new(), headers: Map::new(), query: Map::new(), basic: None, more: Map::new(), open: true });
        }
        found
    }

    /// The ways for one alternative: all its schemes together.
    fn add(&mut self, requirement: &Value, usable: &BTreeMap<&str, Vec<Way>>) {
        let Some(needed) = requirement.as_object().filter(|members| !members.is_empty()) else { return };
        let key = requirement_key(requirement);
        if self.by_requirement.contains_key(&key) {
            return;
        }
        let mut merged: Vec<Way> = Vec::new();
        for (i, name) in needed.keys().enumerate() {
            let Some(ways) = usable.get(name.as_str()) else { return };
            // Together with another scheme, only the first way of each is meant.
            merged = match (i, needed.len()) {
                (0, 1) => ways.clone(),
                (0, _) => ways[..1].to_vec(),
                _ => match together(&merged[0], &ways[0]) {
                    Some(way) => vec![way],
                    None => return,
                },
            };
        }
        let at: Vec<usize> = merged.into_iter().filter_map(|way| self.push(way)).collect();
        if !at.is_empty() {
            self.by_requirement.insert(key, at);
        }
    }

    fn push(&mut self, mut way: Way) -> Option<usize> {
        if let Some(at) = self.ways.iter().position(|own| *own == way) {
            return Some(at);
        }
        if self.ways.len() >= limits::WAYS {
            return None;
        }
        // Two schemes may differ in a separator only: `bearer-auth`, `bearerAuth`.
        if self.ways.iter().any(|own| own.name == way.name) {
            way.name = format!("{}_{}", way.name, self.ways.len() + 1);
        }
        self.ways.push(way);
        Some(self.ways.len() - 1)
    }

    /// The names that an operation's `auth` lists; `None` = any way will do.
    pub fn of(&self, operation: &Value) -> Result<Option<Vec<String>>, Skip> {
        let asked = operation.get("security").unwrap_or(&self.global);
        let Some(alternatives) = asked.as_array() else { return Ok(None) };
        if alternatives.is_empty() {
            // The document's own default without anything says nothing; an operation's says "open to all".
            return Ok((operation.get("security").is_some() && !self.ways[0].open).then(Vec::new));
        }
        if alternatives.iter().any(|one| one.as_object().is_some_and(Map::is_empty)) {
            return Ok(None);
        }
        let mut at: Vec<usize> = alternatives.iter().filter_map(|one| self.by_requirement.get(&requirement_key(one))).flatten().copied().collect();
        at.sort_unstable();
        at.dedup();
        if at.is_empty() {
            let names: Vec<String> = alternatives.iter().filter_map(Value::as_object).flat_map(|one| one.keys().cloned()).collect();
            return Err(Skip::new("sign-in", format!("none of its ways to sign in can be used: {}", names.join(", "))));
        }
        let all = at.len() == self.ways.len();
        Ok((!all).then(|| at.into_iter().map(|i| self.ways[i].name.clone()).collect()))
    }

    /// Headers and query parameters that credentials take.
    pub fn takes(&self, place: &str, name: &str) -> bool {
        self.ways.iter().any(|way| match place {
            "header" => way.headers.keys().any(|own| own.eq_ignore_ascii_case(name)),
            _ => way.query.contains_key(name),
        })
    }
}

/// Scopes do not make two ways of one.
fn requirement_key(requirement: &Value) -> String {
    requirement.as_object().map(|members| members.keys().cloned().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// Every alternative that the document or an operation names, in order.
fn requirements(document: &Document) -> Vec<Value> {
    let mut out: Vec<Value> = document.at("/security").as_array().cloned().unwrap_or_default();
    let operations = document.members("/paths").values().filter_map(|item| document.resolve(item)).filter_map(Value::as_object).flat_map(Map::values);
    let mut seen: std::collections::BTreeSet<String> = out.iter().map(requirement_key).collect();
    for operation in operations {
        for one in operation.get("security").and_then(Value::as_array).into_iter().flatten() {
            if seen.insert(requirement_key(one)) {
                out.push(one.clone());
            }
        }
    }
    out
}

/// Two ways in one request.
fn together(a: &Way, b: &Way) -> Option<Way> {
    let simple = |way: &Way| ["api_key", "token", "basic"].contains(&way.kind);
    let (first, second) = if simple(a) { (b, a) } else { (a, b) };
    // Two names for what a request carries once: Google's documents ask for both of two OAuth 2 flows.
    if first.headers == second.headers && first.query == second.query && first.basic == second.basic {
        return Some(first.clone());
    }
    if !simple(second) {
        return None;
    }
    let clash = second.headers.keys().any(|name| first.headers.keys().any(|own| own.eq_ignore_ascii_case(name)))
        || (first.basic.is_some() && second.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization")))
        || (second.basic.is_some() && (first.basic.is_some() || first.headers.keys().any(|name| name.eq_ignore_ascii_case("authorization"))))
        || second.fields.keys().any(|field| first.fields.contains_key(field));
    if clash {
        return None;
    }
    let mut way = first.clone();
    way.name = format!("{}_{}", a.name, b.name);
    way.title = format!("{} and {}", a.title, b.title);
    way.fields.extend(second.fields.clone());
    way.headers.extend(second.headers.clone());
    way.query.extend(second.query.clone());
    way.basic = way.basic.or_else(|| second.basic.clone());
    if simple(&way) {
        way.kind = "api_key";
    }
    Some(way)
}

/// The ways that one scheme offers.
fn ways_of(name: &str, scheme: &Value, servers: &Servers, alone: bool) -> Result<Vec<Way>, String> {
    let id = Some(names::words(name).join("_")).filter(|id| !id.is_empty()).unwrap_or_else(|| "key".to_owned());
    let help = one_line(text(scheme, "description"), 160);
    let bare = |kind: &'static str| Way {
        name: id.clone(), kind, title: one_line(name, 60), fields: BTreeMap::new(), headers: Map::new(), query: Map::new(), basic: None, more: Map::new(), open: false,
    };
    let token = || {
        let mut way = bare("token");
        way.fields.insert("access_token".to_owned(), (true, help.clone()));
        way.headers.insert("Authorization".to_owned(), "Bearer {access_token}".into());
        way
    };
    let basic = || {
        let mut way = bare("basic");
        way.fields.insert("username".to_owned(), (false, String::new()));
        way.fields.insert("password".to_owned(), (true, help.clone()));
        way.basic = Some(("{username}".to_owned(), "{password}".to_owned()));
        way
    };
    match (text(scheme, "type"), text(scheme, "scheme").to_lowercase().as_str()) {
        ("basic", _) | ("http", "basic") => Ok(vec![basic()]),
        ("http", "bearer") | ("openIdConnect", _) => Ok(vec![token()]),
        ("http", other) => Err(format!("the scheme `{}` is not supported", one_line(other, 40))),
        ("apiKey", _) => api_key(bare("api_key"), scheme, if alone { "api_key".to_owned() } else { field(&id) }, &help).map(|way| vec![way]),
        ("oauth2", _) => Ok(flows(scheme).into_iter().filter_map(|(kind, flow)| of_flow(kind, flow, bare("oauth2"), servers)).chain([token()]).take(1).collect()),
        ("", _) => Err("it has no type, or its reference leads nowhere".to_owned()),
        (other, _) => Err(format!("`{}` is not supported", one_line(other, 40))),
    }
}

/// A connection field for a scheme: never one that means something else to every connection.
fn field(id: &str) -> String {
    let id: String = id.chars().take(40).collect();
    match id.as_str() {
        "access_token" | "refresh_token" | "expires_at" | "scope" | "token_type" | "username" | "password" => format!("{id}_key"),
        _ if id.starts_with(|c: char| c.is_ascii_digit()) => format!("key_{id}"),
        _ => id,
    }
}

fn api_key(mut way: Way, scheme: &Value, field: String, help: &str) -> Result<Way, String> {
    let (name, value) = (text(scheme, "name"), format!("{{{field}}}"));
    let plain = !name.is_empty() && !name.contains(['{', '}', ';', '=', ' ']) && !name.chars().any(char::is_control);
    match text(scheme, "in") {
        _ if !plain => return Err("it has no usable name".to_owned()),
        "query" => {
            way.query.insert(name.to_owned(), value.into());
        }
        "header" => {
            http::HeaderName::try_from(name).map_err(|_| format!("`{}` is no header", one_line(name, 40)))?;
            way.headers.insert(name.to_owned(), value.into());
        }
        "cookie" => {
            http::HeaderName::try_from(name).map_err(|_| format!("`{}` is no cookie", one_line(name, 40)))?;
            way.headers.insert("Cookie".to_owned(), format!("{name}={value}").into());
        }
        other => return Err(format!("a key in `{}`", one_line(other, 40))),
    }
    way.fields.insert(field, (true, help.to_owned()));
    Ok(way)
}

/// Flows of both versions, the one with most use first.
fn flows(scheme: &Value) -> Vec<(&'static str, &Value)> {
    if let Some(kind) = scheme.get("flow").and_then(Value::as_str) {
        let kind = match kind {
            "accessCode" => "code",
            "application" => "client",
            "password" => "password",
            _ => return vec![],
        };
        return vec![(kind, scheme)];
    }
    let flows = scheme.get("flows").unwrap_or(&Value::Null);
    let known = [("authorizationCode", "code"), ("clientCredentials", "client"), ("password", "password")];
    known.into_iter().filter_map(|(name, kind)| Some((kind, flows.get(name)?))).collect()
}

/// The way of an OAuth 2 flow; `None` where its addresses cannot be used: a token is then pasted.
fn of_flow(kind: &str, flow: &Value, mut way: Way, servers: &Servers) -> Option<Way> {
    let token_url = address(text(flow, "tokenUrl"), servers)?;
    way.headers.insert("Authorization".to_owned(), "Bearer {access_token}".into());
    way.more.insert("token_url".to_owned(), token_url.into());
    let secret = |text: &str| (true, text.to_owned());
    match kind {
        "code" => {
            way.more.insert("authorize_url".to_owned(), address(text(flow, "authorizationUrl"), servers)?.into());
            way.fields.insert("access_token".to_owned(), secret("A token that was had elsewhere works too."));
            let scopes: Vec<&String> = flow.get("scopes").and_then(Value::as_object).map(|s| s.keys().take(200).collect()).unwrap_or_default();
            way.more.insert("scopes".to_owned(), json!(scopes));
        }
        "client" => {
            way.kind = "server_to_server";
            way.more.insert("client_auth".to_owned(), "basic".into());
            way.more.insert("token_params".to_owned(), json!({"grant_type": "client_credentials"}));
            way.fields.insert("client_id".to_owned(), (false, String::new()));
            way.fields.insert("client_secret".to_owned(), secret(""));
        }
        _ => {
            way.kind = "server_to_server";
            way.more.insert("client_auth".to_owned(), "none".into());
            way.more.insert("token_params".to_owned(), json!({"grant_type": "password", "username": "{username}", "password": "{password}"}));
            way.fields.insert("username".to_owned(), (false, String::new()));
            way.fields.insert("password".to_owned(), secret(""));
        }
    }
    Some(way)
}

/// A whole https address of a token or authorization endpoint; relative ones are relative to the first server.
fn address(written: &str, servers: &Servers) -> Option<String> {
    let written = written.trim();
    if written.is_empty() || written.contains(['{', '}']) {
        return None;
    }
    let url = if written.contains("://") { url::Url::parse(written).ok()? } else { url::Url::parse(&servers.base_url).ok()?.join(written).ok()? };
    let host = url.host_str().filter(|host| !host.is_empty())?;
    (url.scheme() == "https" && !host.contains(['{', '%']) && url.username().is_empty()).then(|| url.to_string())
}
