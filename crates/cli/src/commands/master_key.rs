//! `millrace master-key`: which key seals secrets, and changing it while servers work.

use clap::Subcommand;
use millrace_server::Clock;
use millrace_server::secrets::{self, RotationError, ServiceError, Status};

use super::place_of_data::{DataPlace, json};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};

/// What to do with master keys.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Say which key seals, how many values are under which key, and whether a former one may go
    Status(StatusArgs),
    /// Seal with another key from now on, and everything that is sealed again; servers go on working
    Rotate(RotateArgs),
}

/// Options of `master-key status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    #[command(flatten)]
    place: DataPlace,
}

/// Options of `master-key rotate`.
#[derive(Debug, clap::Args)]
pub struct RotateArgs {
    #[command(flatten)]
    place: DataPlace,
    /// The key that is to seal; without it a new one of the key service, or the first of the configuration
    #[arg(long, value_name = "KEY")]
    to: Option<String>,
}

/// Does it, then says how things stand.
pub async fn perform(terminal: Terminal, action: Action) -> Result<(), Failure> {
    let now = Clock::System.now();
    let status = match &action {
        Action::Status(args) => secrets::status(&args.place.config()?, now).await,
        Action::Rotate(args) => secrets::rotate(&args.place.config()?, args.to.as_deref(), now).await,
    };
    let status = status.map_err(failure)?;
    terminal.answer(&json(&status), || show(terminal, &status));
    Ok(())
}

fn failure(error: RotationError) -> Failure {
    let why = error.to_string();
    let failed = |exit, code, what: &str| Failure::new(exit, code, what).why(why.clone());
    match error {
        RotationError::Service(ServiceError::Away(..)) | RotationError::Key(secrets::KeyError::Service(ServiceError::Away(..))) => {
            failed(Exit::Unavailable, "KEY_SERVICE_UNAVAILABLE", "the key service did not answer; nothing was changed").fix("Servers go on meanwhile. Try again when it is back.")
        }
        RotationError::Service(_) | RotationError::Key(secrets::KeyError::Service(_)) => {
            failed(Exit::Failed, "KEY_SERVICE_REFUSED", "the key service refused; nothing was changed").fix("Look at its policy and at the settings of docs/configuration.md, section Secrets.")
        }
        RotationError::Unchanged(_) => {
            failed(Exit::Conflict, "MASTER_KEY_NOT_CHANGED", "that key seals already").fix("Put a new key first (`openssl rand -base64 32`), keep the former one behind it, restart the nodes, and run this with the same configuration.")
        }
        RotationError::UnderWay(_) => failed(Exit::Conflict, "MASTER_KEY_NOT_CHANGED", "a change is under way").fix("`millrace master-key status` names the nodes that it waits for."),
        RotationError::NotStarted | RotationError::Unknown(_) => {
            failed(Exit::Conflict, "MASTER_KEY_NOT_CHANGED", "nothing was changed").fix("Run it with the servers' own settings; `millrace master-key status` lists the keys.")
        }
        RotationError::Db(ref error) if error.is_retryable() => failed(Exit::Unavailable, "DATABASE_UNAVAILABLE", "the database does not answer").fix("Check that it runs and that its address is right."),
        RotationError::Key(_) | RotationError::Db(_) => failed(Exit::Failed, "MASTER_KEY_NOT_CHANGED", "the keys cannot be looked at").fix("Run it with the servers' own settings: data folder, database and keys."),
    }
}

fn show(terminal: Terminal, status: &Status) -> String {
    let mut table = Table::new(&["KEY", "VALUES", "FROM", ""]);
    for key in &status.keys {
        let from = match &key.wrapped_by {
            Some(service) => service.clone(),
            None if key.configured => "the configuration".to_owned(),
            None => "unknown here".to_owned(),
        };
        let (tone, role) = if key.id == status.seals {
            (Tone::Good, "seals")
        } else if Some(&key.id) == status.next.as_ref() {
            (Tone::Plain, "seals next")
        } else if status.done && key.values == 0 {
            (Tone::Faint, "may go")
        } else {
            (Tone::Plain, "")
        };
        table.row(vec![(Tone::Plain, key.id.clone()), (Tone::Plain, key.values.to_string()), (Tone::Plain, from), (tone, role.to_owned())]);
    }
    let mut text = table.show(terminal, "no keys");
    let mut say = |line: String| {
        text.push('\n');
        text.push_str(&line);
    };
    match (&status.next, status.done) {
        (Some(next), _) if status.waiting_for.is_empty() => say(format!("{next} seals within a minute: every node has it.")),
        (Some(next), _) => say(format!("{next} seals as soon as these nodes have it: {}", status.waiting_for.join(", "))),
        (None, true) => say("Everything that can be read is under the key that seals. Other keys may go from the configuration; keep them as long as backups that need them.".to_owned()),
        (None, false) if status.waiting_for.is_empty() => say("Servers are sealing the rest again.".to_owned()),
        (None, false) => say(format!("These nodes still seal with another key: {}", status.waiting_for.join(", "))),
    }
    if status.unreadable > 0 {
        say(format!("{} values open with no key that the servers have; their log names some. `millrace doctor` says under which keys they are.", status.unreadable));
    }
    text
}
