//! `millrace runs pull`: the recording of a run as a file.

use std::path::PathBuf;

use millrace_server::runs::Recording;
use serde_json::json;

use super::{Context, escape};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::MAX_RECORDING_BYTES;

/// What to write, and where.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run's id
    run: String,
    /// Of a run that began again with `continueWith`: which time, from 0; without it the last
    #[arg(long, value_name = "N")]
    generation: Option<i64>,
    /// The file; without it, the run's id with .json
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Does it.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    let busy = context.terminal.busy("The server executes the run again…");
    let which = args.generation.map(|n| format!("?generation={n}")).unwrap_or_default();
    let bytes = context.client.download(&format!("/api/runs/{}/recording{which}", escape(&args.run)), MAX_RECORDING_BYTES).await;
    busy.finish_and_clear();
    let recording = Recording::read(&bytes?).map_err(|why| Failure::new(Exit::Failed, "UNEXPECTED_ANSWER", "the server's answer is no recording").why(why))?;
    let file = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.json", recording.run.id)));
    write(&file, &recording).map_err(|e| Failure::new(Exit::Failed, "FILE_UNWRITABLE", format!("{} cannot be written", file.display())).why(e.to_string()))?;
    let shown = file.display().to_string();
    let answer = json!({
        "run_id": recording.run.id, "file": shown, "format": recording.format, "entries": recording.journal.len(),
        "trace": recording.recorded.trace, "status": recording.run.status,
        "generation": recording.run.generation, "last_generation": recording.run.last_generation,
    });
    context.terminal.answer(&answer, || format!("Wrote {shown}: {} calls, {} log lines. Execute it with: millrace replay {shown} --steps", recording.recorded.calls.len(), recording.recorded.logs.len()));
    Ok(())
}

/// Written beside the file and moved there, so that a half-written one never has its name.
fn write(file: &std::path::Path, recording: &Recording) -> std::io::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut text = serde_json::to_vec_pretty(recording).map_err(std::io::Error::other)?;
    text.push(b'\n');
    std::fs::write(&part, text)?;
    std::fs::rename(&part, file)
}
