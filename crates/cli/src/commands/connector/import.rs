//! `millrace connector import`.

use std::path::PathBuf;

use millrace_openapi::{Options, Report, import};
use serde_json::json;

use super::{fetch, place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};

/// Skipped operations and notes shown to a person; `--json` has all.
const SHOWN: usize = 15;

/// Options of `connector import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An OpenAPI 3.0, 3.1 or Swagger 2.0 document: a file (`-` is standard input) or an https address
    document: String,
    /// The connector's name: small letters, digits and hyphens
    #[arg(long, value_name = "NAME")]
    service: String,
    /// The directory of connectors
    #[arg(long, value_name = "DIR", default_value = "connectors")]
    out: PathBuf,
    /// Only operations with this tag, or whose path begins so; may be given several times
    #[arg(long, value_name = "TAG|/PATH")]
    only: Vec<String>,
    /// Where operations live, instead of what the document says
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

/// Imports, writes and prints what was made.
pub async fn perform(terminal: Terminal, args: Args) -> Result<(), Failure> {
    let text = fetch::read(&args.document).await?;
    let options = Options {
        service: args.service.clone(),
        source: args.document.starts_with("https://").then(|| args.document.clone()),
        base_url: args.base_url,
        only: args.only,
    };
    let busy = terminal.busy("Importing");
    let imported = import(&text, &options);
    busy.finish_and_clear();
    let imported = imported.map_err(|e| Failure::new(Exit::Usage, e.code, e.to_string()).why(format!("`{}` cannot be imported", args.document)))?;
    let dir = place::write(&args.out, &args.service, &imported, args.force)?;
    let report = &imported.report;
    terminal.answer(&json!({"directory": dir, "fixtures": imported.fixtures.len(), "report": report}), || summary(terminal, report));
    terminal.hint(&format!("Next: read {}/connector.yaml, then millrace connector check {}", dir.display(), dir.display()));
    Ok(())
}

fn summary(terminal: Terminal, report: &Report) -> String {
    let strong = |text: &str| terminal.paint(Tone::Strong, text);
    let title = if report.title.is_empty() { &report.service } else { &report.title };
    let mut lines = vec![format!("{}: {} of {} operations imported, {} types", strong(title), report.imported, report.operations, report.types)];
    lines.push(format!("  address     {}", report.base_url));
    lines.push(format!("  credentials go to {}", report.hosts.join(", ")));
    lines.push(format!("  sign-in     {}", report.auth.join(" · ")));
    let pages: Vec<String> = report.pagination.iter().map(|(style, n)| format!("{style} {n}")).collect();
    lines.push(format!("  lists       {}, pages of {}", report.lists, if pages.is_empty() { "none".to_owned() } else { pages.join(", ") }));
    lines.push(format!("  keys        {}", report.idempotency.as_deref().unwrap_or("no idempotency key is documented: POST is never repeated")));
    if !report.skipped.is_empty() {
        let kinds: Vec<String> = report.skipped_by_kind().iter().map(|(kind, n)| format!("{kind} {n}")).collect();
        lines.push(terminal.paint(Tone::Busy, &format!("  skipped     {}: {}", report.skipped.len(), kinds.join(", "))));
        lines.extend(report.skipped.iter().take(SHOWN).map(|one| format!("    {} {}: {}", one.method, one.path, one.reason)));
        lines.extend(more(report.skipped.len()));
    }
    lines.extend(report.notes.iter().take(SHOWN).map(|note| format!("  note: {note}")));
    lines.extend(more(report.notes.len()));
    lines.join("\n")
}

fn more(all: usize) -> Option<String> {
    (all > SHOWN).then(|| format!("    and {} more; --json has them all", all - SHOWN))
}
