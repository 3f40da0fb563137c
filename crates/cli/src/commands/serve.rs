//! `millrace serve`.

use std::path::PathBuf;

use millrace_server::config::{Config, ServeOptions};

use crate::exit::Exit;
use crate::failure::Failure;

/// Options of `serve`. Every other setting is an environment variable: `docs/configuration.md`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for the embedded database, keys, payloads and bootstrap.json [default: ./data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address and port; port 0 lets the system choose [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// sqlite://FILE or postgres://…; unset means the embedded database in the data folder
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// What this node does: any of api,worker,scheduler [default: all]
    #[arg(long, value_name = "ROLES")]
    roles: Option<String>,
    /// How others reach this server; webhook addresses are made from it
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Refuse everything that is for development only
    #[arg(long)]
    production: bool,
}

/// Serves until it is asked to stop.
pub async fn perform(args: Args) -> Result<(), Failure> {
    let Args { data, listen, database_url, roles, public_url, production } = args;
    let options = ServeOptions { data, listen, database_url, roles, public_url, production };
    let config = Config::from_parts(&options, |name| std::env::var(name).ok()).map_err(|errors| {
        let lines: Vec<String> = errors.0.iter().map(|e| format!("{}: {}", e.name, e.message)).collect();
        Failure::new(Exit::Usage, "CONFIGURATION_INVALID", "the server cannot start with this configuration")
            .why(lines.join("\n       "))
            .fix("docs/configuration.md describes every setting.")
    })?;
    Box::pin(millrace_server::serve(config)).await.map_err(|error| {
        Failure::new(Exit::Failed, error.code(), "the server stopped").why(chain(&error))
    })
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        next = cause.source();
    }
    said
}
