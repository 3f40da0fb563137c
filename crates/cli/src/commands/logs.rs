//! `millrace logs`: what a run printed, as it prints it.

use serde_json::Value;

use super::{Context, escape, query};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::sse::{Event, Parser};
use crate::timeline;
use crate::view::{or_dash, rows, text};

/// Options of `logs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run
    run: String,
    /// Stay until the run has ended
    #[arg(long, short)]
    follow: bool,
}

/// Prints the log.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    if args.follow {
        return follow(context, &args.run).await.map(|_| ());
    }
    let mut after = None;
    loop {
        let path = format!("/api/runs/{}/logs{}", escape(&args.run), query(&[("after", after)]));
        let page = context.client.get(&path).await?;
        for line in rows(&page) {
            context.terminal.line(line, || timeline::log_line(context.terminal, line));
        }
        after = text(&page, "next_cursor").map(str::to_owned);
        if after.is_none() {
            return Ok(());
        }
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
