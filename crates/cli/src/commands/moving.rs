//! `millrace move`.

use millrace_server::{Clock, DatabaseUrl, moving};
use serde_json::json;

use super::place_of_data::{DataPlace, json as to_json, not_copied};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Options of `move`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to: an empty database, sqlite://FILE or postgres://…
    #[arg(long, value_name = "URL", required_unless_present = "undo")]
    to: Option<String>,
    /// Where from, if it is not the database of the data folder
    #[arg(long, value_name = "URL", conflicts_with = "database_url")]
    from: Option<String>,
    #[command(flatten)]
    place: DataPlace,
    /// Give up a move that was begun; after a finished one, open the old database again as it was at the switch
    #[arg(long, conflicts_with = "to")]
    undo: bool,
}

/// Moves, or gives it up.
pub async fn perform(terminal: Terminal, mut args: Args) -> Result<(), Failure> {
    args.place.database_url = args.from.take().or(args.place.database_url);
    let config = args.place.config()?;
    if args.undo {
        moving::undo(&config).await.map_err(|e| not_copied("the move was not given up", e))?;
        terminal.answer(&json!({"undone": true}), || "The database takes writes again; what another one has accepted since is not in it.".to_owned());
        return Ok(());
    }
    let to: DatabaseUrl = args.to.unwrap_or_default().parse().map_err(|e| Failure::new(Exit::Usage, "CONFIGURATION_INVALID", format!("--to: {e}")))?;
    let say = |text: &str| terminal.hint(text);
    let moved = moving::run(&config, &to, &Clock::System, &say).await.map_err(|e| not_copied("the move is not finished", e).fix_if_none("Run the same command again: it goes on where it stopped."))?;
    terminal.answer(&to_json(&moved), || {
        format!(
            "moved {} rows and {} payload files\n  from {}\n  to   {}\n  {} tables compared by hash; no write was accepted for {} ms; {} running runs are queued again",
            moved.rows, moved.payloads, moved.from, moved.to, moved.tables, moved.fence_ms, moved.queued_again
        )
    });
    terminal.say(&format!("The old server answers 503 from now on. Start the new one, then stop the old one:\n  {}", moved.next));
    Ok(())
}
