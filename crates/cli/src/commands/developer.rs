//! `millrace developer`: what somebody needs who publishes workflows.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, analytics, escape, oauth};
use crate::failure::Failure;
use crate::password;
use crate::source::read_json;
use crate::table::Table;
use crate::terminal::{Terminal, Tone, tone_of};
use crate::view::{clock, or_dash, rows, text};

/// What a developer looks after.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Your own OAuth apps, with which installers of your workflows connect their accounts
    #[command(subcommand)]
    Oauth(Oauth),
    /// Show what this workspace's workflows earned
    Earnings {
        /// week, month or year
        #[arg(long)]
        period: Option<String>,
    },
    /// List what this workspace was paid
    Payouts,
}

/// What can be done with OAuth apps.
#[derive(Debug, Subcommand)]
pub enum Oauth {
    /// List your apps
    List,
    /// Register an app; its secret is read from standard input, or asked for without showing it
    Add {
        /// The service, such as gmail
        provider: String,
        /// Its name at the provider
        #[arg(long, required_unless_present = "file")]
        client_id: Option<String>,
        /// A JSON file with all its fields instead, such as {"access_token": "…"}
        #[arg(long, value_name = "FILE", conflicts_with = "client_id")]
        file: Option<std::path::PathBuf>,
        /// For this workflow only
        #[arg(long)]
        workflow: Option<String>,
        /// A scope for workflows that declare none; may be given several times
        #[arg(long = "scope")]
        scopes: Vec<String>,
    },
    /// Remove an app
    Remove {
        /// The service
        provider: String,
        /// The one for this workflow
        #[arg(long)]
        workflow: Option<String>,
    },
    /// Ask the provider whether it takes an app
    Test {
        /// The service
        provider: String,
        /// The one for this workflow
        #[arg(long)]
        workflow: Option<String>,
        /// Go the whole way: consent in a browser. Nothing is connected
        #[arg(long)]
        consent: bool,
        /// Only print the address
        #[arg(long)]
        no_browser: bool,
    },
    /// Take an app to testing, or ask for a review
    Promote {
        /// The service
        provider: String,
        /// testing or pending_review
        status: String,
        /// Why it should be reviewed
        #[arg(long)]
        justification: Option<String>,
        /// The one for this workflow
        #[arg(long)]
        workflow: Option<String>,
    },
}

const APPS: &str = "/api/developer/oauth-apps";

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let action = match action {
        Action::Earnings { period } => return analytics::earned(context, period.as_deref()).await,
        Action::Payouts => return analytics::payouts(context).await,
        Action::Oauth(action) => action,
    };
    match action {
        Oauth::List => {
            let list = context.client.get(APPS).await?;
            context.terminal.answer(&list, || table(context.terminal, &list));
        }
        Oauth::Add { provider, client_id, file, workflow, scopes } => {
            let mut body = match (client_id, file) {
                (Some(id), _) => json!({ "client_id": id, "client_secret": password::ask_value("Client secret")? }),
                (None, Some(file)) => json!({ "fields": read_json(file)? }),
                (None, None) => json!({}),
            };
            body["provider"] = json!(provider);
            body["workflow"] = json!(workflow);
            if !scopes.is_empty() {
                body["scopes"] = json!(scopes);
            }
            let made = context.client.post(APPS, &body).await?;
            context.terminal.answer(&made, || format!("Registered {}: {}\nSend people back to {}", provider, or_dash(&made, "id"), or_dash(&made, "redirect_uri")));
        }
        Oauth::Remove { provider, workflow } => {
            context.client.delete(&one(provider, "", workflow.as_deref())).await?;
            context.terminal.answer(&json!({"removed": true, "provider": provider}), || format!("Removed the app for {provider}."));
        }
        Oauth::Test { provider, workflow, consent: false, .. } => {
            let tested = context.client.post(&one(provider, "/test", workflow.as_deref()), &json!({})).await?;
            context.terminal.answer(&tested, || said(&tested));
        }
        Oauth::Test { provider, workflow, no_browser, .. } => {
            let (listener, port) = oauth::listen().await?;
            let path = one(provider, "/test", workflow.as_deref());
            let joint = if path.contains('?') { '&' } else { '?' };
            let mut tested = context.client.post(&format!("{path}{joint}port={port}"), &json!({})).await?;
            if text(&tested, "authorize_url").is_some() {
                tested = oauth::consented(context, provider, &tested, &listener, *no_browser).await?;
            }
            context.terminal.answer(&tested, || ended(&tested));
        }
        Oauth::Promote { provider, status, justification, workflow } => {
            let body = json!({ "target_status": status, "justification": justification });
            let promoted = context.client.post(&one(provider, "/promote", workflow.as_deref()), &body).await?;
            context.terminal.answer(&promoted, || format!("The app for {provider} is {}.", or_dash(&promoted, "status")));
        }
    }
    Ok(())
}

fn one(provider: &str, step: &str, workflow: Option<&str>) -> String {
    let of = workflow.map_or_else(String::new, |workflow| format!("?workflow={}", escape(workflow)));
    format!("{APPS}/{}{step}{of}", escape(provider))
}

fn said(tested: &Value) -> String {
    match text(tested, "error") {
        None => format!("It works ({} ms).", tested["latency_ms"]),
        Some(error) => format!("{}: {error}", or_dash(tested, "health_status")),
    }
}

/// What a test consent ended with; an app that asks no people has ended at once.
fn ended(tested: &Value) -> String {
    let scopes: Vec<&str> = tested["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match text(tested, "error") {
        None => format!("It works. Granted: {}", if scopes.is_empty() { "-".to_owned() } else { scopes.join(" ") }),
        Some(error) => format!("It does not work: {error}"),
    }
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ID", "SERVICE", "KIND", "CLIENT", "STATUS", "HEALTH", "MADE"]);
    for row in rows(list) {
        let status = or_dash(row, "status");
        table.row(vec![
            (Tone::Strong, or_dash(row, "id").to_owned()),
            (Tone::Plain, or_dash(row, "provider").to_owned()),
            (Tone::Plain, or_dash(row, "kind").to_owned()),
            (Tone::Plain, or_dash(row, "client_id").to_owned()),
            (tone_of(status), status.to_owned()),
            (Tone::Plain, or_dash(row, "health_status").to_owned()),
            (Tone::Faint, clock(row, "created_at")),
        ]);
    }
    table.show(terminal, "No apps yet: `millrace developer oauth add SERVICE --client-id ID` registers one.")
}
