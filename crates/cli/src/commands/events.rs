//! `millrace events`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::{Value, json};

use super::Context;
use crate::failure::Failure;
use crate::source::read_json;

/// What can be done with events.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Publish an event; every run that waits for it goes on
    Publish {
        /// Its name, as `waitForEvent` names it
        name: String,
        /// A JSON file with its data; `-` is standard input
        #[arg(long, value_name = "FILE")]
        data: Option<PathBuf>,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let Action::Publish { name, data } = action;
    let data = data.as_deref().map(read_json).transpose()?.unwrap_or_else(|| json!({}));
    let answer = context.client.post("/api/events", &json!({"name": name, "data": data})).await?;
    context.terminal.answer(&answer, || {
        let woken = answer.get("woken").and_then(Value::as_u64).unwrap_or(0);
        let runs = if woken == 1 { "run" } else { "runs" };
        format!("Published {name}: {woken} waiting {runs} woken.")
    });
    Ok(())
}
