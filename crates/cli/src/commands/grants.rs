//! `millrace access-grants`, `millrace access`, `millrace redeem`: who may use a workflow that is not everybody's.

use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{Context, escape};
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{clock, or_dash, rows, text};

/// What can be done with the grants of a workflow of one's own.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List a workflow's grants; codes are masked
    List {
        /// The workflow: its id, or the id its metadata gives
        workflow: String,
        /// Also those that were revoked
        #[arg(long)]
        revoked: bool,
    },
    /// Grant access; without a value an access code is made, and shown this once
    Create {
        /// The workflow: its id, or the id its metadata gives
        workflow: String,
        /// Whom: user, email, email_domain, organization or access_code
        #[arg(long, default_value = "access_code")]
        grant_type: String,
        /// A user's id, an address, a domain, a workspace's id, a code
        #[arg(long)]
        grant_value: Option<String>,
        /// How many different people may take it up
        #[arg(long)]
        max_installs: Option<u32>,
        /// From when on nobody new may: a date (its end, UTC) or an instant
        #[arg(long)]
        expires: Option<String>,
        /// For people
        #[arg(long)]
        notes: Option<String>,
        /// Grant to a domain where everybody gets an address
        #[arg(long)]
        force: bool,
    },
    /// Take a grant back; what was installed by it and nothing else stops
    Revoke {
        /// The workflow: its id, or the id its metadata gives
        workflow: String,
        /// The grant: `grant_…`
        grant: String,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let all = |workflow: &str| format!("/api/developer/workflows/{}/grants", escape(workflow));
    match action {
        Action::List { workflow, revoked } => {
            let list = context.client.get(&format!("{}?limit=200&include_revoked={revoked}", all(workflow))).await?;
            context.terminal.answer(&list, || table(context.terminal, &list));
        }
        Action::Create { workflow, grant_type, grant_value, max_installs, expires, notes, force } => {
            let mut body = Map::from_iter([("grant_type".to_owned(), json!(grant_type)), ("force".to_owned(), json!(force))]);
            let said = [("grant_value", grant_value.as_ref().map(|v| json!(v))), ("max_installs", max_installs.map(|n| json!(n))), ("expires_at", expires.as_ref().map(|v| json!(v))), ("notes", notes.as_ref().map(|v| json!(v)))];
            body.extend(said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
            let made = context.client.post(&all(workflow), &Value::Object(body)).await?;
            context.terminal.answer(&made, || match (text(&made, "code"), text(&made, "share_url")) {
                (Some(code), Some(link)) => format!("Access code {code}: it is shown this once.\nShare {link}"),
                _ => format!("Granted to {} {} ({}).", or_dash(&made, "grant_type"), or_dash(&made, "grant_value"), or_dash(&made, "id")),
            });
        }
        Action::Revoke { workflow, grant } => {
            context.client.delete(&format!("{}/{}", all(workflow), escape(grant))).await?;
            context.terminal.answer(&json!({"revoked": true, "grant_id": grant}), || format!("Revoked {grant}."));
        }
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["GRANT", "TYPE", "VALUE", "USED", "UNTIL", "STATE"]);
    for row in rows(list) {
        let most = row["max_installs"].as_i64().map_or("∞".to_owned(), |n| n.to_string());
        let state = if row["revoked_at"].is_null() { (Tone::Plain, "live") } else { (Tone::Faint, "revoked") };
        let until = if row["expires_at"].is_null() { "–".to_owned() } else { clock(row, "expires_at") };
        table.row(vec![
            (Tone::Faint, or_dash(row, "id").to_owned()),
            (Tone::Plain, or_dash(row, "grant_type").to_owned()),
            (Tone::Strong, or_dash(row, "grant_value").to_owned()),
            (Tone::Plain, format!("{}/{most}", row["used"])),
            (Tone::Faint, until),
            (state.0, state.1.to_owned()),
        ]);
    }
    table.show(terminal, "No grants: `millrace access-grants create WORKFLOW` makes an access code.")
}

/// `millrace access WORKFLOW`: whether the caller may use it.
pub async fn check(context: &Context, workflow: &str) -> Result<(), Failure> {
    let answer = context.client.get(&format!("/api/marketplace/{}/access", escape(workflow))).await?;
    context.terminal.answer(&answer, || match (answer["has_access"] == true, answer["redeemable"] == true) {
        (true, _) => format!("You have access ({}). Install it at {}", or_dash(&answer, "via"), or_dash(&answer, "install_url")),
        (false, true) => format!("No access ({}). An access code opens it: millrace redeem {workflow} CODE", or_dash(&answer, "reason")),
        (false, false) => format!("No access ({}). Ask its developer.", or_dash(&answer, "reason")),
    });
    Ok(())
}

/// `millrace redeem [WORKFLOW] CODE`, as the person who signed in.
pub async fn redeem(context: &Context, workflow: Option<&str>, code: &str) -> Result<(), Failure> {
    let path = workflow.map_or("/api/marketplace/redeem".to_owned(), |name| format!("/api/marketplace/{}/redeem", escape(name)));
    let done = context.client.of_person()?.post(&path, &json!({"access_code": code})).await?;
    context.terminal.answer(&done, || {
        let again = if done["already_redeemed"] == true { "You had redeemed it before. " } else { "" };
        format!("{again}{} can be installed: {}", or_dash(&done, "workflow_id"), or_dash(&done, "install_url"))
    });
    Ok(())
}
