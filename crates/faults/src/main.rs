//! `make faults`: runs the scenarios against a built server and says what survived.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use millrace_faults::{Options, scenarios};
use rand::Rng as _;

/// Makes everything go wrong for a built server, and proves that nothing is lost, repeated or stuck.
#[derive(Parser)]
struct Args {
    /// Scenarios by name; all of them unless named.
    scenarios: Vec<String>,
    /// The server's executable.
    #[arg(long, default_value = "target/release/millrace")]
    binary: PathBuf,
    /// Where all chances come from; the same seed makes the same plan.
    #[arg(long)]
    seed: Option<u64>,
    /// Triggers to send, instead of the scenario's own number.
    #[arg(long)]
    runs: Option<u64>,
    /// Faults to make, instead of the scenario's own number.
    #[arg(long)]
    faults: Option<u64>,
    /// The short form that the tests use.
    #[arg(long)]
    short: bool,
    /// Seconds that the last runs may take after the last fault.
    #[arg(long, default_value_t = 120)]
    drain: u64,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    anyhow::ensure!(args.binary.exists(), "{} does not exist: build it first (make faults does)", args.binary.display());
    for name in &args.scenarios {
        anyhow::ensure!(scenarios::ALL.iter().any(|s| s.name == name), "there is no scenario `{name}`; there are {}", scenarios::names());
    }
    let seed = args.seed.unwrap_or_else(|| rand::rng().random_range(1..1_000_000));
    eprintln!("seed {seed}");
    let mut reports = Vec::new();
    for scenario in scenarios::ALL.iter().filter(|s| args.scenarios.is_empty() || args.scenarios.iter().any(|n| n == s.name)) {
        eprintln!("{}: {}", scenario.name, scenario.about);
        let size = if args.short { scenario.short } else { scenario.full };
        let options = Options {
            binary: std::path::absolute(&args.binary)?,
            seed,
            runs: args.runs.unwrap_or(size.runs),
            faults: args.faults.unwrap_or(size.faults),
            drain: Duration::from_secs(args.drain),
        };
        // On this thread: processes here live as long as the thread that starts them.
        let report = Box::pin(scenario.run(&options)).await?;
        if !args.json {
            println!("{}", report.text());
        }
        reports.push(report);
    }
    if args.json {
        println!("{:#}", serde_json::Value::Array(reports.iter().map(millrace_faults::Report::json).collect()));
    }
    let bad: Vec<&str> = reports.iter().filter(|r| !r.is_clean()).map(|r| r.scenario).collect();
    anyhow::ensure!(bad.is_empty(), "violated: {}; seed {seed}", bad.join(", "));
    Ok(())
}
