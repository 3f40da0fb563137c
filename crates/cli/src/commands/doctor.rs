//! `millrace doctor`.

use millrace_server::doctor::{self, Level, Report};

use super::place_of_data::{DataPlace, json};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};

/// Options of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: DataPlace,
}

/// Looks at everything; fails when something would not work.
pub async fn perform(terminal: Terminal, args: Args) -> Result<(), Failure> {
    let config = args.place.read();
    let busy = terminal.busy("looking");
    let report = doctor::examine(config.as_ref()).await;
    busy.finish_and_clear();
    terminal.answer(&json(&report), || show(terminal, &report));
    let failures = report.findings.iter().filter(|f| f.level == Level::Failure).count();
    if failures == 0 {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, "DOCTOR_FOUND_FAILURES", format!("{failures} of {} findings are failures", report.findings.len())).fix("Each finding says what to do."))
}

fn show(terminal: Terminal, report: &Report) -> String {
    let mut table = Table::new(&["", "CHECK", "FOUND"]);
    for finding in &report.findings {
        let (tone, mark) = match finding.level {
            Level::Ok => (Tone::Good, "ok"),
            Level::Note => (Tone::Faint, "note"),
            Level::Warning => (Tone::Warn, "warning"),
            Level::Failure => (Tone::Bad, "FAILURE"),
        };
        table.row(vec![(tone, mark.to_owned()), (Tone::Strong, finding.check.to_owned()), (Tone::Plain, finding.found.clone())]);
        if !finding.fix.is_empty() {
            table.row(vec![(Tone::Plain, String::new()), (Tone::Plain, String::new()), (Tone::Faint, format!("→ {}", finding.fix))]);
        }
    }
    table.show(terminal, "nothing was looked at")
}
