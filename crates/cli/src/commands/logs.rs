//! `millrace logs`: what a run printed, as it prints it.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;

use super::{Context, escape, query};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sse::{Event, Parser};
use crate::timeline;
use crate::view::{or_dash, rows, text};

/// How often a workflow's runs are looked at while they are followed.
const LOOK: Duration = Duration::from_secs(1);

/// Options of `logs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run
    #[arg(required_unless_present = "workflow")]
    run: Option<String>,
    /// All runs of this workflow, the latest 50 first of all
    #[arg(long, conflicts_with = "run")]
    workflow: Option<String>,
    /// Of a workflow: only runs with this status
    #[arg(long, requires = "workflow")]
    status: Option<String>,
    /// Stay until the run has ended; with a workflow, until it is interrupted
    #[arg(long, short)]
    follow: bool,
}

/// Prints the log.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    match (&args.workflow, &args.run) {
        (Some(workflow), _) => of_workflow(context, workflow, args).await,
        (None, Some(run)) if args.follow => follow(context, run).await.map(|_| ()),
        (None, Some(run)) => lines(context, run, 0).await.map(|_| ()),
        (None, None) => Ok(()),
    }
}

/// Prints a run's lines after the one with this number; answers the number of the last one.
async fn lines(context: &Context, run: &str, mut after: u64) -> Result<u64, Failure> {
    loop {
        let path = format!("/api/runs/{}/logs{}", escape(run), query(&[("after", Some(after.to_string()))]));
        let page = context.client.get(&path).await?;
        for line in rows(&page) {
            after = line["n"].as_u64().unwrap_or(after);
            context.terminal.line(line, || timeline::log_line(context.terminal, line));
        }
        if text(&page, "next_cursor").is_none() {
            return Ok(after);
        }
    }
}

/// Prints the lines of a workflow's latest runs, oldest run first. Runs of other organisations have none to show.
async fn of_workflow(context: &Context, workflow: &str, args: &Args) -> Result<(), Failure> {
    // What was printed of each run; nothing more comes of those that are done.
    let mut seen: HashMap<String, (u64, bool)> = HashMap::new();
    loop {
        let list = context.client.get(&format!("/api/workflows/{}/executions{}", escape(workflow), query(&[("status", args.status.clone())]))).await?;
        for row in rows(&list).iter().rev() {
            let (Some(id), Some(status)) = (text(row, "id"), text(row, "status")) else { continue };
            let known = seen.get(id).copied();
            if known.is_some_and(|(_, done)| done) {
                continue;
            }
            if known.is_none() && !context.terminal.json {
                context.terminal.hint(&format!("– {id} {status}"));
            }
            let after = known.map_or(0, |(after, _)| after);
            let ended = matches!(status, "completed" | "failed" | "cancelled" | "skipped");
            let now = match lines(context, id, after).await {
                Ok(after) => (after, ended),
                Err(failure) if failure.exit == Exit::NotFound => (after, true),
                Err(failure) => return Err(failure),
            };
            seen.insert(id.to_owned(), now);
        }
        if !args.follow {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Prints lines as they come; returns the last status seen.
pub async fn follow(context: &Context, run_id: &str) -> Result<Option<String>, Failure> {
    let path = format!("/api/runs/{}/logs", escape(run_id));
    let mut answer = context.client.stream(&path).await?;
    let mut parser = Parser::default();
    let mut status = None;
    loop {
        let piece = answer.chunk().await.map_err(|e| {
            Failure::new(Exit::Unavailable, "STREAM_BROKEN", "the stream of log lines broke off")
                .why(e.to_string())
                .fix(format!("The run goes on; call `millrace logs {run_id} --follow` again."))
        })?;
        let Some(piece) = piece else { return Ok(status) };
        for event in parser.feed(&piece) {
            show(context, &event, &mut status);
            if event.name == "end" {
                return Ok(status);
            }
        }
    }
}

fn show(context: &Context, event: &Event, status: &mut Option<String>) {
    let data = event.json();
    match event.name.as_str() {
        "status" | "end" => {
            let now = text(&data, "status").map(str::to_owned);
            if now.is_some() && now != *status {
                *status = now;
                if !context.terminal.json {
                    context.terminal.hint(&format!("– {}", or_dash(&data, "status")));
                }
            }
        }
        _ if data.get("message").is_some() => context.terminal.line(&data, || timeline::log_line(context.terminal, &data)),
        _ => unknown(context, &data),
    }
}

/// Kinds of events that are newer than this command are only for programs.
fn unknown(context: &Context, data: &Value) {
    if context.terminal.json {
        context.terminal.line(data, String::new);
    }
}
