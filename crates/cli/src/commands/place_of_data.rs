//! Which installation a command works on directly, without its server: the same options and settings as `serve`.

use std::path::PathBuf;

use millrace_server::backup::CopyError;
use millrace_server::config::{Config, ConfigErrors, ServeOptions};

use crate::exit::Exit;
use crate::failure::Failure;

/// The data folder and the database.
#[derive(Debug, Clone, clap::Args)]
pub struct DataPlace {
    /// The server's data folder [default: ./data]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The server's database, if it is not the one in the data folder
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

impl DataPlace {
    /// The configuration that a server with these options would have.
    pub fn read(&self) -> Result<Config, ConfigErrors> {
        let options = ServeOptions { data: self.data.clone(), database_url: self.database_url.clone(), ..ServeOptions::default() };
        Config::from_parts(&options, |name| std::env::var(name).ok())
    }

    /// As [`DataPlace::read`], as a command needs it.
    pub fn config(&self) -> Result<Config, Failure> {
        self.read().map_err(|errors| invalid(&errors))
    }
}

/// A configuration that cannot be used.
pub fn invalid(errors: &ConfigErrors) -> Failure {
    let lines: Vec<String> = errors.0.iter().map(|e| format!("{}: {}", e.name, e.message)).collect();
    Failure::new(Exit::Usage, "CONFIGURATION_INVALID", "this configuration cannot be used")
        .why(lines.join("\n       "))
        .fix("docs/configuration.md describes every setting.")
}

/// A copy that was not made, as a failed command.
pub fn not_copied(what: &str, error: CopyError) -> Failure {
    let exit = match error.code {
        "BACKUP_UNREADABLE" | "MOVE_TO_ITSELF" => Exit::Usage,
        "BACKUP_DAMAGED" | "BACKUP_TOO_NEW" | "SCHEMA_TOO_NEW" => Exit::Refused,
        "BACKUP_EXISTS" | "TARGET_NOT_EMPTY" | "DATABASE_IN_USE" | "MOVE_VERSION" | "DATABASE_MOVED" | "MOVE_UNFINISHED" => Exit::Conflict,
        "DATABASE_UNAVAILABLE" => Exit::Unavailable,
        _ => Exit::Failed,
    };
    let failure = Failure::new(exit, error.code, what).why(error.what);
    match error.fix {
        Some(fix) => failure.fix(fix),
        None => failure,
    }
}

/// The answer as JSON with stable keys.
pub fn json(answer: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(answer).unwrap_or_default()
}
