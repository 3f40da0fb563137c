//! `millrace runs`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, escape, installations, pull, query, resume};
use crate::client::Client;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone, tone_of};
use crate::timeline;
use crate::view::{clock, cut, duration, micros_between, or_dash, rows, text, time};

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List runs, newest first
    List(ListArgs),
    /// Show one with its journal
    Show {
        /// Its id
        run: String,
    },
    /// Ask one to stop; its children stop with it
    Cancel {
        /// Its id
        run: String,
    },
    /// Start a failed one again from its input
    Retry {
        /// Its id
        run: String,
    },
    /// Go on with a failed or cancelled one, or with all that failed: what it has done is not done again
    Resume(resume::Args),
    /// Write the recording of one to a file, for `millrace replay`
    Pull(pull::Args),
}

/// Which runs to list.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Only with this status: queued, running, waiting, completed, failed, cancelled or skipped
    #[arg(long)]
    status: Option<String>,
    /// Only of this installation (id or name)
    #[arg(long)]
    installation: Option<String>,
    /// At most so many
    #[arg(long)]
    limit: Option<u32>,
    /// Go on where an earlier list ended (its next_cursor)
    #[arg(long)]
    cursor: Option<String>,
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let (client, terminal) = (&context.client, context.terminal);
    let one = |id: &str| format!("/api/runs/{}", escape(id));
    match action {
        Action::List(args) => list(context, args).await?,
        Action::Show { run } => {
            let found = whole(client, run).await?;
            terminal.answer(&found, || show(terminal, &found));
        }
        Action::Cancel { run } => {
            let answer = client.post(&format!("{}/cancel", one(run)), &json!({})).await?;
            terminal.answer(&answer, || if answer["cancelling"] == false { format!("{run} had ended already.") } else { format!("Cancelling {run}.") });
        }
        Action::Resume(args) => resume::perform(context, args).await?,
        Action::Pull(args) => pull::perform(context, args).await?,
        Action::Retry { run } => {
            let answer = client.post(&format!("{}/retry", one(run)), &json!({})).await?;
            terminal.answer(&answer, || format!("Started {} as a retry of {run}.", or_dash(&answer, "run_id")));
        }
    }
    Ok(())
}

/// A run with its complete journal: the server sends long ones in parts.
pub async fn whole(client: &Client, run: &str) -> Result<Value, Failure> {
    let path = format!("/api/runs/{}", escape(run));
    let mut found = client.get(&path).await?;
    while let Some(after) = found["journal_next"].as_i64() {
        let mut part = client.get(&format!("{path}?after={after}")).await?;
        let (Some(entries), Some(journal)) = (part["journal"].as_array_mut(), found["journal"].as_array_mut()) else { break };
        journal.append(entries);
        found["journal_next"] = part["journal_next"].take();
    }
    Ok(found)
}

async fn list(context: &Context, args: &ListArgs) -> Result<(), Failure> {
    let installation = match &args.installation {
        Some(named) => Some(installations::find(&context.client, named).await?),
        None => None,
    };
    let parts = [
        ("status", args.status.clone()),
        ("installation", installation),
        ("limit", args.limit.map(|n| n.to_string())),
        ("cursor", args.cursor.clone()),
    ];
    let list = context.client.get(&format!("/api/runs{}", query(&parts))).await?;
    context.terminal.answer(&list, || table(context.terminal, &list));
    if let Some(cursor) = text(&list, "next_cursor") {
        context.terminal.hint(&format!("More: --cursor {cursor}"));
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ID", "STATUS", "TRIGGER", "STARTED", "TOOK", "ERROR"]);
    for row in rows(list) {
        let status = or_dash(row, "status");
        let error = text(row, "error_code").unwrap_or_default();
        table.row(vec![
            (Tone::Strong, or_dash(row, "id").to_owned()),
            (tone_of(status), status.to_owned()),
            (Tone::Plain, cut(or_dash(row, "trigger"), 40)),
            (Tone::Faint, clock(row, "created_at")),
            (Tone::Plain, micros_between(row, "created_at", "finished_at").map_or_else(|| "–".to_owned(), duration)),
            (Tone::Bad, cut(error, 60)),
        ]);
    }
    table.show(terminal, "No runs.")
}

/// A run with its journal, its log, and its end.
pub fn show(terminal: Terminal, run: &Value) -> String {
    let status = or_dash(run, "status");
    let took = micros_between(run, "created_at", "finished_at").map(|m| format!("in {}", duration(m))).unwrap_or_default();
    let mut lines = vec![format!(
        "{} {} {}",
        terminal.paint(Tone::Strong, or_dash(run, "id")),
        terminal.paint(tone_of(status), status),
        terminal.paint(Tone::Faint, &took)
    )];
    let mut fact = |name: &str, value: String| lines.push(format!("  {} {value}", terminal.paint(Tone::Faint, &format!("{name:<8}"))));
    if let Some(trigger) = text(run, "trigger") {
        fact("trigger", trigger.to_owned());
    }
    fact("started", format!("{} UTC", clock(run, "created_at")));
    if let Some(parent) = text(run, "parent_id") {
        fact("parent", parent.to_owned());
    }
    for (name, key) in [("resumed", "resumed_from"), ("goes on", "resumed_by")] {
        if let Some(other) = text(run, key) {
            fact(name, if key == "resumed_from" { format!("from {other}, {} calls kept", run["resumption"]["kept"]) } else { format!("as {other}") });
        }
    }
    if run["attempt"].as_u64().is_some_and(|n| n > 1) {
        fact("attempt", run["attempt"].to_string());
    }
    if let Some(next) = run["error"]["retried_as"].as_str() {
        fact("again", format!("as {next}"));
    }
    let journal = timeline::journal(terminal, run);
    if !journal.is_empty() {
        lines.push(String::new());
        lines.push(journal);
    }
    let log = timeline::log(terminal, run);
    if !log.is_empty() {
        lines.push(String::new());
        lines.push(log);
    }
    lines.extend(waiting(terminal, run));
    lines.extend(ending(terminal, run));
    lines.join("\n")
}

/// What an unfinished run waits for.
fn waiting(terminal: Terminal, run: &Value) -> Vec<String> {
    let waits = run["waits"].as_array().into_iter().flatten();
    let line = |wait: &Value| {
        let until = time(wait, "due_at").map(|_| format!("until {} UTC", clock(wait, "due_at"))).unwrap_or_default();
        format!("  {} {} {} {}", terminal.paint(Tone::Warn, "waits for"), or_dash(wait, "kind"), text(wait, "key").unwrap_or_default(), until).trim_end().to_owned()
    };
    waits.map(line).collect()
}

fn ending(terminal: Terminal, run: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(output) = run.get("output").filter(|o| !o.is_null()) {
        lines.push(String::new());
        lines.push(format!("  {} {}", terminal.paint(Tone::Faint, "output"), cut(&output.to_string(), 2_000)));
    }
    let error = &run["error"];
    if !error.is_null() {
        let message = text(error, "message").or_else(|| error.as_str()).unwrap_or("");
        lines.push(String::new());
        lines.push(format!("  {} {message} {}", terminal.paint(Tone::Bad, "error"), terminal.paint(Tone::Faint, &format!("[{}]", or_dash(error, "code")))));
        lines.extend(text(error, "stack").into_iter().flat_map(str::lines).filter(|l| l.trim_start().starts_with("at ")).map(|l| format!("    {}", l.trim())));
        lines.extend(text(error, "hint").map(|hint| format!("    {} {hint}", terminal.paint(Tone::Faint, "fix:"))));
    }
    lines
}
