//! `millrace deploy`.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use super::Context;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::{Failure, Finding};
use crate::source;
use crate::terminal::{Terminal, Tone};
use crate::view::{duration, or_dash, text};

/// Options of `deploy`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The workflow's directory, or its one file
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The file that exports the workflow, relative to the directory
    #[arg(long)]
    entry: Option<String>,
    /// Only make the version, even when the module says who finds it
    #[arg(long)]
    draft: bool,
    /// What is new in it
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// Publish although it breaks what is installed and the first number stays
    #[arg(long)]
    allow_breaking: bool,
    /// When it becomes private: take away the access of what other workspaces installed
    #[arg(long)]
    revoke_existing: bool,
}

/// Deploys and prints what was made.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    let (files, found) = source::read_with_siblings(&args.dir)?;
    let entry = args.entry.as_deref().or(found.as_deref());
    let started = Instant::now();
    let busy = context.terminal.busy("Deploying");
    let body = json!({"files": files, "entry": entry, "draft": args.draft, "notes": args.notes, "allow_breaking": args.allow_breaking, "revoke_existing": args.revoke_existing});
    let answer = ask(&context.client, &files, &body).await;
    busy.finish_and_clear();
    let answer = answer?;
    let micros = i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX);
    context.terminal.answer(&answer, || show(context.terminal, &answer, micros));
    warn(context.terminal, &answer, &files);
    let named = text(&answer, "slug").unwrap_or_else(|| or_dash(&answer, "workflow_id"));
    context.terminal.hint(&format!("Next: millrace install {named} --config FILE --connection SERVICE=FILE --activate"));
    Ok(())
}

/// Sends the files as a draft: for what is tried out.
pub async fn send_draft(client: &Client, files: &source::Files, entry: Option<&str>) -> Result<Value, Failure> {
    ask(client, files, &json!({"files": files, "entry": entry, "draft": true})).await
}

/// Findings about the files come back with the lines they are about.
async fn ask(client: &Client, files: &source::Files, body: &Value) -> Result<Value, Failure> {
    client.post("/api/developer/workflows", body).await.map_err(|mut failure| {
        failure.findings.iter_mut().for_each(|finding| finding.quote(files));
        if failure.exit == Exit::Refused {
            // Findings speak for themselves; the server's sentence about them would only repeat the first.
            let said = std::mem::replace(&mut failure.what, "the workflow was not deployed".to_owned());
            failure.why = failure.findings.is_empty().then_some(said);
        }
        failure
    })
}

/// What was deployed, in a few lines.
pub fn show(terminal: Terminal, answer: &Value, micros: i64) -> String {
    let unchanged = answer["created"] == false;
    let verb = if unchanged { "Unchanged" } else { "Deployed" };
    let mut lines = vec![format!(
        "{} {} {} {}",
        terminal.paint(Tone::Good, verb),
        terminal.paint(Tone::Strong, or_dash(answer, "name")),
        or_dash(answer, "version"),
        terminal.paint(Tone::Faint, &format!("in {}", duration(micros)))
    )];
    let mut fact = |name: &str, value: &str| lines.push(format!("  {} {value}", terminal.paint(Tone::Faint, &format!("{name:<9}"))));
    fact("workflow", &[text(answer, "slug").unwrap_or_default(), or_dash(answer, "workflow_id")].join(" "));
    fact("version", or_dash(answer, "version_id"));
    fact("listing", &[or_dash(answer, "state"), or_dash(answer, "visibility")].join(", "));
    let access: Vec<&str> = answer["access"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !access.is_empty() {
        fact("access", &access.join(", "));
    }
    if text(answer, "status") == Some("published") {
        fact("install", or_dash(answer, "install_url"));
    }
    let capabilities = &answer["capabilities"];
    for (name, key) in [("triggers", "triggers"), ("services", "services"), ("inputs", "inputs"), ("hosts", "hosts")] {
        let words: Vec<String> = capabilities[key].as_array().into_iter().flatten().map(word).collect();
        if !words.is_empty() {
            fact(name, &words.join(", "));
        }
    }
    lines.join("\n")
}

/// One capability in words, whatever members describe it.
fn word(value: &Value) -> String {
    if let Some(word) = value.as_str() {
        return word.to_owned();
    }
    let mut parts: Vec<String> = ["type", "service", "path", "event", "cron", "key", "name", "timezone"].iter().filter_map(|k| text(value, k).map(str::to_owned)).collect();
    parts.extend(value["events"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    for (flag, word) in [("required", "required"), ("optional", "optional"), ("secret", "secret")] {
        if value[flag] == true {
            parts.push(format!("({word})"));
        }
    }
    parts.join(" ")
}

/// Tells what the server has to say about the source.
pub fn warn(terminal: Terminal, answer: &Value, files: &source::Files) {
    if terminal.json {
        return;
    }
    for warning in answer["warnings"].as_array().into_iter().flatten() {
        let mut finding = match warning.as_str() {
            Some(message) => Finding::read(&json!({"message": message})),
            None => Finding::read(warning),
        };
        if warning.get("severity").is_none() {
            finding.severity = "warning".to_owned();
        }
        // What is true of most good workflows is for `--json` and editors, not for every deploy.
        if finding.severity != "info" {
            finding.quote(files);
            terminal.say(&terminal.finding(&finding));
        }
    }
}
