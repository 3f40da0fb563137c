//! `millrace runs resume`: failed runs go on where they failed.

use serde_json::{Value, json};

use super::{Context, escape, installations};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};
use crate::timeline;
use crate::view::{cut, or_dash, rows, text};

/// One run, or a group of failed ones.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run's id
    #[arg(required_unless_present = "failed", conflicts_with = "failed")]
    run: Option<String>,
    /// All failed runs that have not been resumed, narrowed by the options below
    #[arg(long)]
    failed: bool,
    /// The version to go on with: an id, a semantic version or `latest`; without it, the installation's own
    #[arg(long = "at", value_name = "VERSION")]
    version: Option<String>,
    /// Make calls from this number on again, even where they fit
    #[arg(long, value_name = "SEQ", conflicts_with = "failed")]
    from: Option<u64>,
    /// Only tell what would happen
    #[arg(long)]
    dry_run: bool,
    /// Resume once more although it has been resumed
    #[arg(long, conflicts_with = "failed")]
    force: bool,
    /// Only of this installation (id or name)
    #[arg(long, requires = "failed")]
    installation: Option<String>,
    /// Only of this workflow (its id or the id its module states)
    #[arg(long, requires = "failed")]
    workflow: Option<String>,
    /// Only with this error code
    #[arg(long, requires = "failed", value_name = "CODE")]
    error_code: Option<String>,
    /// Only failed at or after this instant (RFC 3339)
    #[arg(long, requires = "failed", value_name = "INSTANT")]
    failed_after: Option<String>,
    /// Only failed before this instant (RFC 3339)
    #[arg(long, requires = "failed", value_name = "INSTANT")]
    failed_before: Option<String>,
    /// At most so many; all unless told
    #[arg(long, requires = "failed", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

/// Runs asked for at a time.
const BATCH: u32 = 100;

/// Does it.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    match &args.run {
        Some(run) => one(context, run, args).await,
        None => group(context, args).await,
    }
}

async fn one(context: &Context, run: &str, args: &Args) -> Result<(), Failure> {
    let body = json!({ "version": args.version, "from": args.from, "dry_run": args.dry_run, "force": args.force });
    let answer = context.client.post(&format!("/api/runs/{}/resume", escape(run)), &body).await?;
    context.terminal.answer(&answer, || told(context.terminal, run, &answer));
    Ok(())
}

fn told(terminal: Terminal, run: &str, answer: &Value) -> String {
    let mut lines = vec![match text(answer, "run_id") {
        Some(new) if answer["already"] == true => format!("{run} has been resumed as {new}."),
        Some(new) => format!("{} goes on as {} on {}.", run, terminal.paint(Tone::Strong, new), or_dash(answer, "version_id")),
        None => format!("{run} would go on on {}. Nothing was changed.", or_dash(answer, "version_id")),
    }];
    lines.push(format!("  {} of its calls are kept and not made again.", answer["kept"]));
    let again = answer["retried"].as_array().filter(|r| !r.is_empty());
    lines.extend(again.map(|seqs| format!("  Made again, because they ended it: call {}.", seqs.iter().map(Value::to_string).collect::<Vec<_>>().join(", "))));
    lines.extend(difference(terminal, &answer["difference"]));
    lines.join("\n")
}

/// The first difference as two lines: before, and now.
fn difference(terminal: Terminal, difference: &Value) -> Vec<String> {
    let Some(seq) = difference["seq"].as_u64() else { return Vec::new() };
    // Two calls may look alike in one line; then the whole of their arguments is shown.
    let alike = timeline::describe(&difference["recorded"]) == timeline::describe(&difference["now"]);
    let call = |value: &Value| {
        let (what, about) = timeline::describe(value);
        let about = if alike { cut(&value["args"].to_string(), 400) } else { cut(&about, 80) };
        format!("{what} {about}").trim_end().to_owned()
    };
    let recorded = if difference["recorded"].is_null() { "not completed".to_owned() } else { call(&difference["recorded"]) };
    let now = match text(&difference["now"], "does") {
        Some("asks") => call(&difference["now"]),
        Some("ended") => "the run has ended".to_owned(),
        _ => "not asked for yet".to_owned(),
    };
    vec![
        format!("  The first difference is call {seq}:"),
        format!("    {} {recorded}", terminal.paint(Tone::Bad, "before")),
        format!("    {} {now}", terminal.paint(Tone::Good, "now   ")),
    ]
}

async fn group(context: &Context, args: &Args) -> Result<(), Failure> {
    let installation = match &args.installation {
        Some(named) => Some(installations::find(&context.client, named).await?),
        None => None,
    };
    let mut body = json!({
        "installation": installation, "workflow": args.workflow, "version": args.version, "error_code": args.error_code,
        "failed_after": args.failed_after, "failed_before": args.failed_before, "dry_run": args.dry_run,
    });
    let mut left = args.limit.unwrap_or(u32::MAX);
    let mut all: Vec<Value> = Vec::new();
    let busy = context.terminal.busy("Resuming…");
    while left > 0 {
        body["limit"] = json!(left.min(BATCH));
        let page = context.client.post("/api/runs/resume", &body).await?;
        let found = rows(&page);
        left -= u32::try_from(found.len()).unwrap_or(left).min(left);
        all.extend_from_slice(found);
        busy.set_message(format!("Resuming… {}", all.len()));
        let Some(next) = text(&page, "next_cursor") else { break };
        body["cursor"] = json!(next);
    }
    busy.finish_and_clear();
    let refused: Vec<&Value> = all.iter().filter(|i| !i["refused"].is_null()).collect();
    let answer = json!({ "resumed": all.len() - refused.len(), "refused": refused.len(), "dry_run": args.dry_run, "data": all });
    context.terminal.answer(&answer, || summary(context.terminal, args.dry_run, &all));
    if refused.is_empty() { Ok(()) } else { Err(Failure::new(Exit::Conflict, "RESUME_INCOMPLETE", format!("{} of {} runs were not resumed", refused.len(), all.len())).fix("The reasons stand above; see each code's page.")) }
}

fn summary(terminal: Terminal, dry_run: bool, all: &[Value]) -> String {
    let (refused, resumed): (Vec<&Value>, Vec<&Value>) = all.iter().partition(|i| !i["refused"].is_null());
    let verb = if dry_run { "would go on" } else { "go on" };
    let mut lines = vec![format!("{} runs {verb}, {} do not.", resumed.len(), refused.len())];
    let differing: Vec<&&Value> = resumed.iter().filter(|i| !i["resumed"]["difference"].is_null()).collect();
    if let Some(first) = differing.first() {
        lines.push(format!("  {} of them take another path; the first is {}:", differing.len(), or_dash(first, "run_id")));
        lines.extend(difference(terminal, &first["resumed"]["difference"]));
    }
    let line = |i: &&Value| format!("  {} {} {}", or_dash(i, "run_id"), terminal.paint(Tone::Bad, or_dash(&i["refused"], "code")), cut(or_dash(&i["refused"], "message"), 120));
    lines.extend(refused.iter().take(20).map(line));
    lines.join("\n")
}
