//! `millrace demo`: what `make run` shows.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use super::runs;
use crate::client::Client;
use crate::demo::story::{self, Story};
use crate::demo::{Record, supervisor};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::START_TIMEOUT;
use crate::place::{Nearby, Place};
use crate::terminal::{Terminal, Tone};
use crate::view::duration;

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where the demonstration keeps its data
    #[arg(long, value_name = "DIR", default_value = "./data/demo")]
    data: PathBuf,
    /// The server's port; when it is taken, the system picks another
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Stop everything at the end
    #[arg(long)]
    once: bool,
    /// Stop a demonstration that runs in the background, and do nothing else
    #[arg(long, conflicts_with = "once")]
    stop: bool,
}

/// Options of the supervisor.
#[derive(Debug, clap::Args)]
pub struct SupervisorArgs {
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    port: u16,
}

/// Keeps a demonstration running until it is asked to stop.
pub async fn supervise(args: SupervisorArgs) -> Result<(), Failure> {
    supervisor::supervise(&args.data, args.port).await
}

/// Runs the demonstration.
pub async fn perform(terminal: Terminal, args: Args) -> Result<(), Failure> {
    let was_running = supervisor::stop_former(&args.data).await?;
    if args.stop {
        terminal.answer(&json!({"stopped": was_running}), || if was_running { "Stopped." } else { "Nothing is running." }.to_owned());
        return Ok(());
    }
    if was_running {
        terminal.hint("The former demonstration was stopped.");
    }
    let shown = show(terminal, &args).await;
    if args.once || shown.is_err() {
        let stopped = supervisor::stop_former(&args.data).await;
        shown?;
        stopped?;
        terminal.hint("Everything was stopped again.");
    }
    Ok(())
}

async fn show(terminal: Terminal, args: &Args) -> Result<(), Failure> {
    let since = Instant::now();
    let (client, record) = start(terminal, args).await?;
    if !terminal.json {
        let micros = i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX);
        terminal.say(&format!("  ✓ {:<18} {:>9}  {} on the embedded database, in {}", "server ready", duration(micros), record.url, args.data.display()));
    }
    let story = story::play(terminal, &client, &record, &args.data).await?;
    terminal.answer(&story.to_json(client.url()), || page(terminal, &story, &client, args.once));
    story.verify()?;
    if !args.once {
        farewell(terminal, &story, &client);
    }
    Ok(())
}

/// Starts the supervisor and waits until its server is ready.
async fn start(terminal: Terminal, args: &Args) -> Result<(Client, Record), Failure> {
    let failed = |what: &str| { let what = what.to_owned(); move |e: std::io::Error| Failure::new(Exit::Failed, "DEMO_FAILED", what).why(e.to_string()) };
    std::fs::create_dir_all(&args.data).map_err(failed("the data directory cannot be made"))?;
    let data = std::fs::canonicalize(&args.data).map_err(failed("the data directory cannot be found"))?;
    let port = supervisor::free_port(args.port);
    if port != args.port {
        terminal.hint(&format!("Port {} is taken; using another.", args.port));
    }
    let mut process = supervisor::detach(&data, port).map_err(failed("the demonstration cannot start"))?;
    let busy = terminal.busy("Starting the server");
    let mut alive = move || match process.try_wait() {
        Ok(None) => Ok(()),
        _ => Err(Failure::new(Exit::Failed, "DEMO_FAILED", "the demonstration ended at once").why(last_lines(&data)).fix("Correct what the line above says, then run it again.")),
    };
    let record = wait_ready(&args.data, &mut alive).await;
    busy.finish_and_clear();
    let record = record?;
    let api_key = Nearby::read(&args.data.join("bootstrap.json")).and_then(|n| n.api_key);
    Ok((Client::new(Place { url: record.url.clone(), api_key })?, record))
}

/// The record that the supervisor writes when its server listens, once that server answers.
async fn wait_ready(data: &Path, alive: &mut impl FnMut() -> Result<(), Failure>) -> Result<Record, Failure> {
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        if let Some(record) = Record::read(data) {
            let health = Client::new(Place { url: record.url.clone(), api_key: None })?;
            health.wait_ready(START_TIMEOUT, alive).await?;
            return Ok(record);
        }
        alive()?;
        if Instant::now() > deadline {
            return Err(Failure::new(Exit::Failed, "DEMO_FAILED", "the demonstration left no record").fix(format!("See {}.", supervisor::log_path(data).display())));
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The end of the log, which says why nothing came up.
fn last_lines(data: &Path) -> String {
    let log = std::fs::read_to_string(supervisor::log_path(data)).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(4).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n       ")
}

fn page(terminal: Terminal, story: &Story, client: &Client, once: bool) -> String {
    let mut parts = vec![String::new(), runs::show(terminal, &story.run), String::new(), story.received_text(terminal)];
    // With `--once` nothing is there to be seen by the time somebody reads this.
    if !once {
        let links = [
            ("the app", story.sign_in_url.clone()),
            ("e-mail", story.person.email.clone()),
            ("password", story.person.password.clone()),
            ("API docs", format!("{}/api/docs", client.url())),
        ];
        parts.extend([String::new(), terminal.paint(Tone::Strong, "See it")]);
        parts.extend(links.map(|(name, url)| format!("  {} {url}", terminal.paint(Tone::Faint, &format!("{name:<9}")))));
    }
    parts.join("\n")
}

/// How to go on from here.
fn farewell(terminal: Terminal, story: &Story, client: &Client) {
    if terminal.json {
        return;
    }
    let run = story.run["id"].as_str().unwrap_or_default();
    let binary = std::env::args().next().unwrap_or_else(|| "millrace".to_owned());
    terminal.say(&format!(
        "
Server and stand-ins go on in the background.
  by hand   {binary} runs show {run}
  anywhere  MILLRACE_URL={} MILLRACE_API_KEY={}
  stop      make stop",
        client.url(),
        client.api_key().unwrap_or_default(),
    ));
}
