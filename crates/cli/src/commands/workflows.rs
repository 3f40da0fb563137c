//! `millrace workflows`.

use clap::Subcommand;
use serde_json::Value;

use super::{Context, escape};
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{clock, or_dash, rows, text};

/// What can be done with workflows.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List deployed workflows
    List,
    /// Show one with its versions
    Show {
        /// Its id, or the id its metadata gives
        workflow: String,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    match action {
        Action::List => {
            let list = context.client.get("/api/developer/workflows").await?;
            context.terminal.answer(&list, || table(context.terminal, &list));
        }
        Action::Show { workflow } => {
            let found = context.client.get(&format!("/api/developer/workflows/{}", escape(workflow))).await?;
            context.terminal.answer(&found, || show(context.terminal, &found));
        }
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ID", "SLUG", "NAME", "CHANGED"]);
    for row in rows(list) {
        let cell = |key: &str| (Tone::Plain, or_dash(row, key).to_owned());
        table.row(vec![(Tone::Strong, or_dash(row, "id").to_owned()), cell("slug"), cell("name"), (Tone::Faint, clock(row, "updated_at"))]);
    }
    table.show(terminal, "No workflow is deployed yet: `millrace deploy DIR`.")
}

fn show(terminal: Terminal, workflow: &Value) -> String {
    let mut lines = vec![format!("{}  {}", terminal.paint(Tone::Strong, or_dash(workflow, "name")), or_dash(workflow, "id"))];
    lines.extend(text(workflow, "description").map(|d| format!("  {d}")));
    let mut table = Table::new(&["VERSION", "ID", "HASH", "DEPLOYED"]);
    for row in workflow["versions"].as_array().into_iter().flatten() {
        let hash: String = or_dash(row, "hash").chars().take(12).collect();
        let cells = [or_dash(row, "version").to_owned(), or_dash(row, "id").to_owned(), hash, clock(row, "created_at")];
        table.row(cells.into_iter().map(|c| (Tone::Plain, c)).collect());
    }
    lines.push(table.show(terminal, "No versions."));
    lines.join("\n")
}
