//! `millrace installations`, and finding one by its name.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, escape, install};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone, tone_of};
use crate::view::{clock, or_dash, rows, text};

/// What can be done with installations.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List installations
    List,
    /// Show one with its webhook addresses
    Show {
        /// Its id or name
        installation: String,
    },
    /// Let triggers start runs
    Activate {
        /// Its id or name
        installation: String,
    },
    /// Ignore triggers until it is activated again
    Pause {
        /// Its id or name
        installation: String,
    },
    /// Uninstall it; what it stored is kept for thirty days
    Delete {
        /// Its id or name
        installation: String,
        /// Erase it now, after the workflow's onDelete
        #[arg(long)]
        permanent: bool,
        /// Erase it whatever onDelete says
        #[arg(long, requires = "permanent")]
        force: bool,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let (client, terminal) = (&context.client, context.terminal);
    match action {
        Action::List => {
            let list = client.get("/api/installations").await?;
            terminal.answer(&list, || table(terminal, &list));
        }
        Action::Show { installation } => {
            let found = client.get(&path(client, installation).await?).await?;
            terminal.answer(&found, || install::show(terminal, &found));
        }
        Action::Activate { installation } => {
            let now = client.post(&format!("{}/activate", path(client, installation).await?), &json!({})).await?;
            terminal.answer(&now, || install::show(terminal, &now));
        }
        Action::Pause { installation } => {
            let now = client.post(&format!("{}/pause", path(client, installation).await?), &json!({})).await?;
            terminal.answer(&now, || install::show(terminal, &now));
        }
        Action::Delete { installation, permanent, force } => {
            let path = path(client, installation).await?;
            client.delete(&format!("{path}?permanent={permanent}&force={force}")).await?;
            let said = if *permanent { format!("Erased {installation}.") } else { format!("Uninstalled {installation}. What it stored is kept for thirty days.") };
            terminal.answer(&json!({"deleted": true, "id": path.rsplit('/').next()}), || said);
        }
    }
    Ok(())
}

async fn path(client: &Client, installation: &str) -> Result<String, Failure> {
    Ok(format!("/api/installations/{}", escape(&find(client, installation).await?)))
}

/// The id of an installation that is named by its id, its name or its workflow.
pub async fn find(client: &Client, named: &str) -> Result<String, Failure> {
    if named.starts_with("inst_") {
        return Ok(named.to_owned());
    }
    let list = client.get("/api/installations").await?;
    let is_named = |row: &&Value| ["name", "workflow", "workflow_id", "workflow_slug"].iter().any(|key| text(row, key) == Some(named));
    let found: Vec<&str> = rows(&list).iter().filter(is_named).filter_map(|row| text(row, "id")).collect();
    match found[..] {
        [only] => Ok(only.to_owned()),
        [] => Err(Failure::new(Exit::NotFound, "NOT_FOUND", format!("there is no installation `{named}`")).fix("`millrace installations list` shows them.")),
        _ => Err(Failure::new(Exit::Usage, "AMBIGUOUS", format!("`{named}` means {} installations", found.len()))
            .why(found.join(", "))
            .fix("Use the id of the one you mean.")),
    }
}

/// Deletes an installation that was made for one occasion, and the connections that were made with it.
pub async fn remove_with_connections(client: &Client, id: &str) -> Result<(), Failure> {
    let path = format!("/api/installations/{}", escape(id));
    let gone = |result: Result<Value, Failure>| match result {
        Err(failure) if failure.exit == Exit::NotFound => Ok(None),
        Err(failure) => Err(failure),
        Ok(found) => Ok(Some(found)),
    };
    let Some(found) = gone(client.get(&path).await)? else { return Ok(()) };
    gone(client.delete(&path).await)?;
    for connection in found["connections"].as_object().into_iter().flat_map(|links| links.values()).filter_map(Value::as_str) {
        match client.delete(&format!("/api/connections/{}", escape(connection))).await {
            // Somebody else uses it by now: then it is theirs.
            Err(failure) if failure.exit != Exit::Conflict && failure.exit != Exit::NotFound => return Err(failure),
            _ => {}
        }
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ID", "STATUS", "NAME", "WORKFLOW", "VERSION", "MADE"]);
    for row in rows(list) {
        let status = or_dash(row, "status");
        let workflow = text(row, "workflow").unwrap_or_else(|| or_dash(row, "workflow_id"));
        table.row(vec![
            (Tone::Strong, or_dash(row, "id").to_owned()),
            (tone_of(status), status.to_owned()),
            (Tone::Plain, or_dash(row, "name").to_owned()),
            (Tone::Plain, workflow.to_owned()),
            (Tone::Plain, or_dash(row, "version").to_owned()),
            (Tone::Faint, clock(row, "created_at")),
        ]);
    }
    table.show(terminal, "Nothing is installed yet: `millrace install WORKFLOW`.")
}
