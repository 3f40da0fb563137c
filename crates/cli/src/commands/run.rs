//! `millrace run`: start a run, and wait for its end if asked to.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Context, escape, installations, runs};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::{DEFAULT_WAIT, FIRST_LOOK, LAST_LOOK};
use crate::source::read_json;
use crate::view::{or_dash, text};

/// Options of `run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The installation: its id or name
    installation: String,
    /// A JSON file that becomes `trigger.data`; `-` is standard input
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// The event that `trigger.event` shows
    #[arg(long)]
    event: Option<String>,
    /// Wait for the run's end and show it; the exit code says whether it completed
    #[arg(long)]
    wait: bool,
    /// Seconds to wait at most
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_WAIT.as_secs())]
    timeout: u64,
    /// Starting again with the same key answers with the first run
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

/// Starts the run.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    let client = &context.client;
    let data = args.data.as_deref().map(read_json).transpose()?;
    let installation = installations::find(client, &args.installation).await?;
    let mut asked = json!({"data": data.unwrap_or_else(|| json!({}))});
    if let Some(event) = &args.event {
        asked["event"] = json!(event);
    }
    let started = start(client, &installation, &asked, args.idempotency_key.as_deref()).await?;
    let run_id = or_dash(&started, "run_id").to_owned();
    if !args.wait {
        context.terminal.answer(&started, || format!("Started {run_id}"));
        context.terminal.hint(&format!("Next: millrace runs show {run_id}"));
        return Ok(());
    }
    let busy = context.terminal.busy(&format!("Running {run_id}"));
    let ended = wait(client, &run_id, Duration::from_secs(args.timeout)).await;
    busy.finish_and_clear();
    let mut ended = ended?;
    ended["run_id"] = json!(run_id);
    context.terminal.answer(&ended, || runs::show(context.terminal, &ended));
    verdict(&ended)
}

/// Starts a run of an installation with `{data, type?, event?, service?}`.
pub async fn start(client: &Client, installation: &str, asked: &Value, key: Option<&str>) -> Result<Value, Failure> {
    let headers: Vec<(&str, &str)> = key.map(|k| ("idempotency-key", k)).into_iter().collect();
    client.post_with(&format!("/api/installations/{}/trigger", escape(installation)), asked, &headers).await
}

/// Waits until the run has ended.
pub async fn wait(client: &Client, run_id: &str, limit: Duration) -> Result<Value, Failure> {
    let path = format!("/api/runs/{}", escape(run_id));
    let ended = async {
        let mut pause = FIRST_LOOK;
        loop {
            let run = client.get(&path).await?;
            if is_terminal(or_dash(&run, "status")) {
                return if run["journal_next"].is_null() { Ok(run) } else { runs::whole(client, run_id).await };
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LAST_LOOK);
        }
    };
    tokio::time::timeout(limit, ended).await.unwrap_or_else(|_| {
        Err(Failure::new(Exit::TimedOut, "WAIT_TIMED_OUT", format!("{run_id} has not ended within {} s", limit.as_secs()))
            .why("it may be waiting for a timer, an event or an approval")
            .fix(format!("It goes on by itself; look again with `millrace runs show {run_id}`.")))
    })
}

/// Whether nothing more happens to a run with this status.
pub fn is_terminal(status: &str) -> bool {
    matches!(status, "completed" | "failed" | "cancelled" | "skipped")
}

/// Nothing for a run that completed, a failure for one that did not.
pub fn verdict(run: &Value) -> Result<(), Failure> {
    let status = or_dash(run, "status");
    if matches!(status, "completed" | "skipped") {
        return Ok(());
    }
    let error = &run["error"];
    let failure = Failure::new(Exit::RunFailed, text(error, "code").unwrap_or("RUN_FAILED"), format!("the run is {status}"));
    Err(match text(error, "message").or_else(|| error.as_str()) {
        Some(message) => failure.why(message),
        None => failure,
    })
}
