//! `millrace keys`: API keys, as the person who signed in. A key cannot make keys.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, escape, query};
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{clock, or_dash, rows, text};

/// What can be done with API keys.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Make a key; it is shown this once
    Create {
        /// What it is for
        name: String,
        /// What it may do: read_only, workflows_read, workflows_write, admin, deploy, runs
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// When it ends by itself (RFC 3339), at most 365 days ahead
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
    },
    /// List keys, never their secrets
    List {
        /// At most so many, 1 to 200
        #[arg(long)]
        limit: Option<u32>,
        /// `next_cursor` of the page before
        #[arg(long)]
        cursor: Option<String>,
    },
    /// Revoke a key
    Revoke {
        /// Its id, as `keys list` shows it
        id: String,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let (person, terminal) = (context.client.of_person()?, context.terminal);
    match action {
        Action::Create { name, scopes, expires } => {
            let answer = person.post("/api/v1/api-keys", &json!({"name": name, "permissions": scopes, "expires_at": expires})).await?;
            // Alone on its line, so that `key=$(millrace keys create …)` works.
            terminal.answer(&answer, || text(&answer, "key").unwrap_or_default().to_owned());
            terminal.hint("This is the only time that the key is shown.");
        }
        Action::List { limit, cursor } => {
            let parts = query(&[("limit", limit.map(|n| n.to_string())), ("cursor", cursor.clone())]);
            let list = person.get(&format!("/api/v1/api-keys{parts}")).await?;
            terminal.answer(&list, || table(terminal, &list));
        }
        Action::Revoke { id } => {
            person.delete(&format!("/api/v1/api-keys/{}", escape(id))).await?;
            terminal.answer(&json!({"id": id, "revoked": true}), || format!("Revoked {id}."));
        }
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["NAME", "MAY", "ENDS WITH", "STATUS", "LAST USED", "ID"]);
    for row in rows(list) {
        let scopes: Vec<&str> = row["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let may = if scopes.is_empty() { or_dash(row, "role").to_owned() } else { scopes.join(" ") };
        let tone = if row["status"] == "active" { Tone::Good } else { Tone::Faint };
        table.row(vec![
            (Tone::Strong, or_dash(row, "name").to_owned()),
            (Tone::Plain, may),
            (Tone::Plain, or_dash(row, "last4").to_owned()),
            (tone, or_dash(row, "status").to_owned()),
            (Tone::Faint, clock(row, "last_used_at")),
            (Tone::Faint, or_dash(row, "id").to_owned()),
        ]);
    }
    table.show(terminal, "There are no keys.")
}
