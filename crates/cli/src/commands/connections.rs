//! `millrace connections`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, escape};
use crate::failure::Failure;
use crate::source::read_json;
use crate::table::Table;
use crate::terminal::{Terminal, Tone, tone_of};
use crate::view::{clock, or_dash, rows};

/// What can be done with connections.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List connections
    List,
    /// Add a connection to a service
    Add {
        /// The service, such as zoom
        service: String,
        /// A JSON file with the fields of its kind of authentication, such as {"access_token": "…"}
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
    },
    /// Show one, without its secrets
    Show {
        /// Its id
        connection: String,
    },
    /// Delete one
    Delete {
        /// Its id
        connection: String,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let one = |id: &str| format!("/api/connections/{}", escape(id));
    match action {
        Action::List => {
            let list = context.client.get("/api/connections").await?;
            context.terminal.answer(&list, || table(context.terminal, &list));
        }
        Action::Add { service, file } => {
            let fields = read_json(file)?;
            let made = context.client.post("/api/connections", &json!({"service": service, "fields": fields})).await?;
            context.terminal.answer(&made, || format!("Connected {service}: {}", or_dash(&made, "id")));
        }
        Action::Show { connection } => {
            let found = context.client.get(&one(connection)).await?;
            context.terminal.answer(&found, || table(context.terminal, &json!({"data": [found]})));
        }
        Action::Delete { connection } => {
            context.client.delete(&one(connection)).await?;
            context.terminal.answer(&json!({"deleted": true, "id": connection}), || format!("Deleted {connection}."));
        }
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ID", "SERVICE", "STATUS", "NAME", "MADE"]);
    for row in rows(list) {
        let status = or_dash(row, "status");
        table.row(vec![
            (Tone::Strong, or_dash(row, "id").to_owned()),
            (Tone::Plain, or_dash(row, "service").to_owned()),
            (tone_of(status), status.to_owned()),
            (Tone::Plain, or_dash(row, "name").to_owned()),
            (Tone::Faint, clock(row, "created_at")),
        ]);
    }
    table.show(terminal, "No connections yet: `millrace install … --connection SERVICE=FILE` makes them.")
}
