//! `make bench`: the rows of the performance goals, measured on the release binary with a driver of our own.
//!
//! Each row starts a fresh server (embedded file or a PostgreSQL of our own, fsync on), deploys a small workflow, drives it
//! over HTTP and prints figures beside the goal. Latencies under load are taken from the moment a request was *due*, so a
//! stalled server cannot hide behind a waiting client.

mod http;
mod load;
mod report;
mod rows;
mod server;

use clap::Parser;

/// Measures a built server.
#[derive(Parser)]
struct Args {
    /// The server's executable.
    #[arg(long, default_value = "target/release/millrace")]
    binary: std::path::PathBuf,
    /// `sqlite`, `postgres` or both.
    #[arg(long, value_delimiter = ',', default_values_t = ["sqlite".to_owned(), "postgres".to_owned()])]
    databases: Vec<String>,
    /// Seconds of each measured phase.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Share of the large numbers (100,000 sleeping runs, 1,000,000 queued ones) that is used.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Only rows whose name contains this: webhook, calls, cold, sleeping, tenants, crash, idle, compute, sign-in, keys, policies.
    #[arg(long)]
    only: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    anyhow::ensure!(args.binary.exists(), "{} does not exist: build it first (make bench does)", args.binary.display());
    report::machine();
    for database in &args.databases {
        let setting = rows::Setting { binary: args.binary.clone(), database: database.clone(), seconds: args.seconds, scale: args.scale };
        rows::measure(&setting, args.only.as_deref()).await?;
    }
    Ok(())
}
