//! Where operations live: servers and their variables.

use serde_json::{Map, Value};
use url::Url;

use crate::document::{Document, items, one_line, text};
use crate::limits;
use crate::names;
use crate::report::Report;
use crate::{ImportError, Options};

/// Where a connector's operations live.
#[derive(Debug, Clone, Default)]
pub(crate) struct Servers {
    /// The first server's address; `{field}` is a connection field.
    pub base_url: String,
    /// Field, value, address.
    pub others: Vec<(String, String, String)>,
    /// Hosts of all of them.
    pub hosts: Vec<String>,
    /// Connection fields: name → what it is, and whether a connection can do without.
    pub fields: Vec<(String, String, bool)>,
}

/// One address with its fields.
struct Address {
    url: String,
    host: String,
    fields: Vec<(String, String)>,
    /// Variable, value, address with that value.
    choices: Vec<(String, String, String, String)>,
}

pub(crate) fn find(document: &Document, options: &Options, report: &mut Report) -> Result<Servers, ImportError> {
    let mut servers = Servers::default();
    if let Some(base) = &options.base_url {
        let host = host_of(base).ok_or_else(|| ImportError::new("SERVER_INVALID", format!("`{base}` is no https address")))?;
        servers.base_url = base.trim_end_matches('/').to_owned();
        servers.hosts.push(host);
        return Ok(servers);
    }
    let listed: Vec<Value> = if document.v2 { of_v2(document) } else { items(document.at(""), "servers").to_vec() };
    let usable: Vec<_> = listed.iter().filter_map(|server| Some((server, read(server, options, report)?))).take(limits::SERVERS + 1).collect();
    let mut usable = usable.into_iter();
    let Some((_, first)) = usable.next() else {
        let message = "the document names no server with an https address; say where operations live with --base-url";
        return Err(ImportError::new("SERVER_MISSING", message));
    };
    servers.base_url.clone_from(&first.url);
    servers.take(&first);
    for (server, address) in usable {
        if address.fields.iter().any(|(name, _)| !servers.fields.iter().any(|(own, ..)| own == name)) {
            report.note(format!("the server {} has variables of its own and is left out", address.url));
            continue;
        }
        let label = one_line(text(server, "description"), 40).to_lowercase();
        let label = Some(names::words(&label).join("-")).filter(|l| !l.is_empty()).unwrap_or_else(|| address.host.clone());
        let known = |value: &str| servers.others.iter().any(|(field, own, _)| field == "server" && own == value);
        let value = if known(&label) { format!("{label}-{}", servers.others.len() + 1) } else { label };
        servers.others.push(("server".to_owned(), value, address.url.clone()));
        if !servers.hosts.contains(&address.host) {
            servers.hosts.push(address.host);
        }
    }
    let values: Vec<String> = servers.others.iter().filter(|(field, ..)| field == "server").map(|(_, value, _)| value.clone()).collect();
    if !values.is_empty() {
        let help = format!("Leave it out for {}; else one of: {}", servers.base_url, values.join(", "));
        servers.fields.push(("server".to_owned(), help, true));
    }
    Ok(servers)
}

impl Servers {
    fn take(&mut self, address: &Address) {
        self.hosts.push(address.host.clone());
        for (name, help) in &address.fields {
            self.fields.push((name.clone(), help.clone(), false));
        }
        for (field, value, url, host) in &address.choices {
            self.others.push((field.clone(), value.clone(), url.clone()));
            if !self.hosts.contains(host) {
                self.hosts.push(host.clone());
            }
            if !self.fields.iter().any(|(name, ..)| name == field) {
                let values: Vec<&str> = address.choices.iter().filter(|c| c.0 == *field).map(|c| c.1.as_str()).collect();
                self.fields.push((field.clone(), format!("Leave it out for {}; else one of: {}", address.url, values.join(", ")), true));
            }
        }
    }

    /// A whole address for one operation's own server, if it has a fixed one.
    pub fn own(&mut self, server: &Value, options: &Options, report: &mut Report) -> Option<String> {
        let address = read(server, options, report).filter(|a| a.fields.is_empty())?;
        if address.url == self.base_url {
            return None;
        }
        if !self.hosts.contains(&address.host) {
            self.hosts.push(address.host);
        }
        Some(address.url)
    }
}

fn of_v2(document: &Document) -> Vec<Value> {
    let root = document.at("");
    let (host, base) = (text(root, "host"), text(root, "basePath").trim_matches('/'));
    let url = if host.is_empty() { format!("/{base}") } else { format!("https://{host}/{base}") };
    vec![serde_json::json!({"url": url})]
}

/// Reads a server; `None` where it has no address that a connector can use.
fn read(server: &Value, options: &Options, report: &mut Report) -> Option<Address> {
    let written = text(server, "url").trim();
    let (variables, fields, choice) = variables(server, written, report);
    let url = absolute(&filled(written, &variables), options, report)?;
    let host = host_of(&url)?;
    let mut choices = Vec::new();
    for (name, values) in choice {
        for value in values.iter().take(limits::SERVERS) {
            let mut other = variables.clone();
            other.insert(name.clone(), value.clone().into());
            let Some(url) = absolute(&filled(written, &other), options, report) else { continue };
            choices.extend(host_of(&url).map(|host| (names::ParamNames::default().give(&name, "server"), value.clone(), url.clone(), host)));
        }
    }
    Some(Address { url, host, fields, choices })
}

type Variables = (Map<String, Value>, Vec<(String, String)>, Vec<(String, Vec<String>)>);

/// What stands for each variable: a connection field (`{name}`) where only the connection can know, else its default.
/// Variables with a list of values are choices as well.
fn variables(server: &Value, written: &str, report: &mut Report) -> Variables {
    let (mut values, mut fields, mut choices) = (Map::new(), Vec::new(), Vec::new());
    let authority = written.split("//").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    for name in template_names(written) {
        let variable = server.get("variables").and_then(|v| v.get(&name)).unwrap_or(&Value::Null);
        let listed: Vec<String> = items(variable, "enum").iter().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        let default = variable.get("default").map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default();
        let default = Some(default).filter(|d| !d.is_empty()).or_else(|| listed.first().cloned()).unwrap_or_default();
        let braces = format!("{{{name}}}");
        // A whole host name, scheme or port is not a connection's to choose: credentials go where the file says.
        let end = authority.rsplit_once('}').map(|(_, end)| end).unwrap_or_default();
        let leads = authority.starts_with('{') && end.starts_with('.') && end[1..].contains('.');
        let in_host = authority.contains(&braces);
        let words = names::words(&default);
        let stands_in = ["your", "example", "xxx", "tenant", "subdomain"].iter().any(|p| default.to_lowercase().contains(p));
        let placeholder = default.is_empty() || words == names::words(&name) || default.contains(['<', '{']) || stands_in;
        if !listed.is_empty() {
            let others: Vec<String> = listed.into_iter().filter(|value| *value != default).collect();
            values.insert(name.clone(), default.into());
            if !others.is_empty() {
                choices.push((name, others));
            }
        } else if (in_host && leads) || (!in_host && placeholder && !written.starts_with(&braces)) {
            let field = names::ParamNames::default().give(&name, "server");
            values.insert(name, format!("{{{field}}}").into());
            fields.push((field, one_line(text(variable, "description"), 120)));
        } else {
            report.note(format!("the server's variable `{name}` is fixed to `{default}`"));
            values.insert(name, default.into());
        }
    }
    (values, fields, choices)
}

fn template_names(written: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for piece in written.split('{').skip(1) {
        if let Some((name, _)) = piece.split_once('}')
            && !name.is_empty()
            && !out.iter().any(|own| own == name)
        {
            out.push(name.to_owned());
        }
    }
    out
}

fn filled(written: &str, variables: &Map<String, Value>) -> String {
    let mut out = String::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) => {
                out.push_str(variables.get(name).and_then(Value::as_str).unwrap_or_default());
                rest = tail;
            }
            None => rest = after,
        }
    }
    out + rest
}

/// A whole https address without a final slash; relative ones are relative to where the document came from.
fn absolute(written: &str, options: &Options, report: &mut Report) -> Option<String> {
    let whole = if written.starts_with("//") {
        format!("https:{written}")
    } else if written.contains("://") {
        written.to_owned()
    } else {
        let source = options.source.as_deref().and_then(|source| Url::parse(source).ok());
        match source {
            Some(source) => source.join(written).ok()?.to_string(),
            // `api.example.com/v1`, as some documents write it.
            None if written.split('/').next().is_some_and(|first| first.contains('.') && !first.starts_with('.')) => format!("https://{written}"),
            None => return None,
        }
    };
    let secure = match whole.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
            report.note(format!("the server http://{rest} is called with https"));
            format!("https://{}", rest.replacen(":80/", "/", 1))
        }
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => format!("https://{rest}"),
        _ => return None,
    };
    let secure = secure.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
    host_of(&secure).is_some().then_some(secure)
}

/// The entry of `hosts` for an address: its host name and port, or a wildcard where fields stand before a fixed end.
pub(crate) fn host_of(address: &str) -> Option<String> {
    let authority = address.strip_prefix("https://")?.split('/').next()?;
    if authority.contains('@') || address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    if let Some((head, end)) = authority.rsplit_once('}') {
        let plain = end.strip_prefix('.').filter(|end| end.contains('.'))?;
        return head.starts_with('{').then(|| format!("*.{}", plain.to_lowercase()));
    }
    let url = Url::parse(&address.replace(['{', '}'], "x")).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// The servers that an operation or its path names for itself.
pub(crate) fn own_of<'a>(path_item: &'a Value, operation: &'a Value) -> Option<&'a Value> {
    items(operation, "servers").first().or_else(|| items(path_item, "servers").first())
}
