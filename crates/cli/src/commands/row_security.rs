//! `millrace row-security`.

use clap::Subcommand;
use millrace_server::row_security::{self, Status};

use super::place_of_data::{DataPlace, json};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// What to do with PostgreSQL's wall between workspaces.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Guard every table; first let every node run this release
    On(Args),
    /// Guard none, so that nodes of the release before can work again
    Off(Args),
    /// Say which tables are guarded
    Status(Args),
}

/// Options of `row-security`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: DataPlace,
}

/// Does it, then says how things stand.
pub async fn perform(terminal: Terminal, action: Action) -> Result<(), Failure> {
    let (switch, args) = match action {
        Action::On(args) => (Some(true), args),
        Action::Off(args) => (Some(false), args),
        Action::Status(args) => (None, args),
    };
    let config = args.place.config()?;
    let status = row_security::perform(&config, switch).await.map_err(|error| {
        let exit = if error.is_retryable() { Exit::Unavailable } else { Exit::Failed };
        Failure::new(exit, "ROW_SECURITY_FAILED", "row-level security is as it was, or partly changed").why(error.to_string()).fix("Run the same command again: it goes on where it stopped.")
    })?;
    terminal.answer(&json(&status), || show(&status));
    Ok(())
}

fn show(status: &Status) -> String {
    let mut text = format!("row-level security is {}: {} tables are guarded, {} are not", status.state, status.guarded, status.open.len());
    if status.state == "partly" {
        text = format!("{text} ({})", status.open.join(", "));
    }
    match &status.warning {
        Some(warning) => format!("{text}\n{warning}"),
        None => text,
    }
}
