//! `millrace install`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::source::read_json;
use crate::terminal::{Terminal, Tone, tone_of};
use crate::view::{or_dash, text};

/// Options of `install`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The workflow: its id, or the id its metadata gives
    workflow: String,
    /// A JSON file with the values of the workflow's inputs; `-` is standard input
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A service and a JSON file with its credentials, such as zoom=zoom.json
    #[arg(long, value_name = "SERVICE=FILE", value_parser = service_file)]
    connection: Vec<(String, PathBuf)>,
    /// Activate it at once
    #[arg(long)]
    activate: bool,
    /// A name to find it by
    #[arg(long)]
    name: Option<String>,
    /// The version to install; the newest unless given
    #[arg(long, value_name = "VERSION")]
    at: Option<String>,
    /// The zone of schedules that name none, such as Europe/Berlin
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// A service or path and a file with the secret that its webhooks are signed with, where the provider gives one out
    #[arg(long, value_name = "SERVICE=FILE", value_parser = service_file)]
    webhook_secret: Vec<(String, PathBuf)>,
}

/// Reads `SERVICE=FILE`.
pub fn service_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((service, file)) if !service.is_empty() && !file.is_empty() => Ok((service.to_owned(), PathBuf::from(file))),
        _ => Err("write SERVICE=FILE, such as zoom=zoom.json".to_owned()),
    }
}

/// Installs and prints the webhook addresses.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    let body = request(args)?;
    let mut made = context.client.post("/api/installations", &body).await?;
    if made.get("installation_id").is_none() {
        made["installation_id"] = made["id"].clone();
    }
    context.terminal.answer(&made, || show(context.terminal, &made));
    if made["status"] != "active" {
        context.terminal.hint(&format!("Next: millrace installations activate {}", or_dash(&made, "installation_id")));
    }
    Ok(())
}

fn request(args: &Args) -> Result<Value, Failure> {
    let config = args.config.as_deref().map(object).transpose()?.unwrap_or_default();
    let connections = connections(&args.connection)?;
    let mut body = json!({"workflow": args.workflow, "config": config, "connections": connections, "activate": args.activate});
    if let Some(name) = &args.name {
        body["name"] = json!(name);
    }
    if let Some(version) = &args.at {
        body["version"] = json!(version);
    }
    if let Some(zone) = &args.timezone {
        body["timezone"] = json!(zone);
    }
    for (service, file) in &args.webhook_secret {
        let secret = std::fs::read_to_string(file)
            .map_err(|e| Failure::new(Exit::Usage, "FILE_UNREADABLE", format!("`{}` cannot be read", file.display())).why(e.to_string()))?;
        body["webhook_secrets"][service] = json!(secret.trim());
    }
    Ok(body)
}

/// The credentials of each service.
pub fn connections(named: &[(String, PathBuf)]) -> Result<Map<String, Value>, Failure> {
    let mut connections = Map::new();
    for (service, file) in named {
        if connections.insert(service.clone(), Value::Object(object(file)?)).is_some() {
            return Err(Failure::new(Exit::Usage, "CONNECTION_TWICE", format!("`{service}` is connected twice")).fix("Give each service one --connection."));
        }
    }
    Ok(connections)
}

/// A file that holds a JSON object.
pub fn object(file: &Path) -> Result<Map<String, Value>, Failure> {
    match read_json(file)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Failure::new(Exit::Usage, "FILE_NOT_OBJECT", format!("`{}` is not a JSON object", file.display()))
            .fix("Write {\"field\": value, …}.")),
    }
}

/// An installation with its webhook addresses.
pub fn show(terminal: Terminal, made: &Value) -> String {
    let status = or_dash(made, "status");
    let name = text(made, "name").unwrap_or("installation");
    let id = text(made, "installation_id").unwrap_or_else(|| or_dash(made, "id"));
    let mut lines = vec![format!("{} {id} {}", terminal.paint(Tone::Strong, name), terminal.paint(tone_of(status), status))];
    for webhook in made["webhooks"].as_array().into_iter().flatten() {
        let of = text(webhook, "service").or_else(|| text(webhook, "path")).unwrap_or("webhook");
        let events: Vec<&str> = webhook["events"].as_array().into_iter().flatten().filter_map(Value::as_str).chain(text(webhook, "event")).collect();
        lines.push(format!("  {of} {}", terminal.paint(Tone::Faint, &events.join(", "))));
        lines.push(format!("    address {}", or_dash(webhook, "url")));
        lines.extend(text(webhook, "signing_secret").map(|secret| format!("    secret  {secret}")));
    }
    for trigger in made["schedules"].as_array().into_iter().flatten() {
        let when = text(trigger, "cron").map_or_else(|| format!("every {} s", trigger["every_seconds"]), |cron| format!("{cron} {}", or_dash(trigger, "timezone")));
        lines.push(format!("  {} {when}", or_dash(trigger, "type")));
    }
    let missing: Vec<&str> = made["missing_connections"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !missing.is_empty() {
        lines.push(format!("  {} {}", terminal.paint(Tone::Warn, "not connected:"), missing.join(", ")));
    }
    lines.extend(text(made, "problem").map(|problem| format!("  {} {problem}", terminal.paint(Tone::Bad, "problem:"))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_connection_is_a_service_and_a_file() {
        assert_eq!(service_file("zoom=a=b.json").unwrap(), ("zoom".to_owned(), PathBuf::from("a=b.json")));
        for bad in ["zoom", "=x", "zoom="] {
            assert!(service_file(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_request_holds_what_was_given_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let mut args = Args {
            workflow: "acme".into(), config: Some(file("c.json", r#"{"a":1}"#)), connection: vec![("zoom".into(), file("z.json", r#"{"access_token":"t"}"#))],
            activate: true, name: None, at: None, timezone: None, webhook_secret: vec![("zoom".into(), file("s.txt", "whsec\n"))],
        };
        assert_eq!(
            request(&args).unwrap(),
            json!({"workflow": "acme", "config": {"a": 1}, "connections": {"zoom": {"access_token": "t"}}, "activate": true, "webhook_secrets": {"zoom": "whsec"}})
        );
        args.connection.push(args.connection[0].clone());
        assert_eq!(request(&args).unwrap_err().code, "CONNECTION_TWICE");
        args.config = Some(file("l.json", "[1]"));
        assert_eq!(request(&args).unwrap_err().code, "FILE_NOT_OBJECT");
    }
}
