//! `millrace variables`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, escape};
use crate::failure::Failure;
use crate::password;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{clock, or_dash, rows, text};

/// What can be done with the variables that a workflow reads as `env.NAME`.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List a workflow's variables; of secrets only the names
    List {
        /// The workflow: its id, or the id its metadata gives
        workflow: String,
    },
    /// Set a variable; without VALUE it is read from standard input, or asked for without showing it
    Set {
        /// The workflow: its id, or the id its metadata gives
        workflow: String,
        /// The name: capital letters, digits and `_`
        name: String,
        /// The text. Secrets do not belong into a shell's history: leave it out
        value: Option<String>,
        /// It is a secret: sealed, and shown to nobody
        #[arg(long, conflicts_with_all = ["value", "plain"])]
        secret: bool,
        /// It is no secret, whatever its name says
        #[arg(long)]
        plain: bool,
    },
    /// Unset a variable
    Unset {
        /// The workflow: its id, or the id its metadata gives
        workflow: String,
        /// The name
        name: String,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let all = |workflow: &str| format!("/api/developer/workflows/{}/variables", escape(workflow));
    let one = |workflow: &str, name: &str| format!("{}/{}", all(workflow), escape(name));
    match action {
        Action::List { workflow } => {
            let list = context.client.get(&all(workflow)).await?;
            context.terminal.answer(&list, || table(context.terminal, &list));
        }
        Action::Set { workflow, name, value, secret, plain } => {
            let value = match value {
                Some(value) => value.clone(),
                None => password::ask_value(&format!("Value of {name}"))?,
            };
            let mut body = json!({ "value": value });
            if *secret || *plain {
                body["secret"] = json!(*secret);
            }
            let set = context.client.put(&one(workflow, name), &body).await?;
            context.terminal.answer(&set, || format!("Set {name}{}.", if set["secret"] == true { ", a secret" } else { "" }));
        }
        Action::Unset { workflow, name } => {
            context.client.delete(&one(workflow, name)).await?;
            context.terminal.answer(&json!({"unset": true, "name": name}), || format!("Unset {name}."));
        }
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["NAME", "VALUE", "CHANGED"]);
    for row in rows(list) {
        let value = if row["secret"] == true { (Tone::Faint, "secret".to_owned()) } else { (Tone::Plain, first_line(text(row, "value").unwrap_or_default())) };
        table.row(vec![(Tone::Strong, or_dash(row, "name").to_owned()), value, (Tone::Faint, clock(row, "updated_at"))]);
    }
    table.show(terminal, "No variables: `millrace variables set WORKFLOW NAME VALUE` makes one.")
}

/// What fits a row of a table.
fn first_line(value: &str) -> String {
    let line = value.lines().next().unwrap_or_default();
    let shown: String = line.chars().take(60).collect();
    if shown.len() < value.len() { format!("{shown}…") } else { shown }
}
