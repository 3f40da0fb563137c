//! `millrace connector check`.

use std::path::PathBuf;

use millrace_connector::contract::{Checked, check_dir};
use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};

/// Differences shown to a person; `--json` has all.
const SHOWN: usize = 20;

/// Options of `connector check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// `connectors/acme`, or `connectors`
    dir: PathBuf,
}

/// Checks and prints what was found.
pub async fn perform(terminal: Terminal, args: &Args) -> Result<(), Failure> {
    let checked = check_dir(&args.dir).await.map_err(|e| {
        Failure::new(Exit::Usage, e.code(), e.to_string()).fix("docs/connectors.md says what a connector file may hold.")
    })?;
    if checked.is_empty() {
        return Err(Failure::new(Exit::Usage, "DIRECTORY_NOT_FOUND", format!("`{}` holds no connector", args.dir.display()))
            .fix("Name a directory with connector.yaml, or one of such directories."));
    }
    let wrong: usize = checked.iter().map(|one| one.wrong.len()).sum();
    terminal.answer(&json!({"connectors": checked, "wrong": wrong}), || table(terminal, &checked));
    if wrong == 0 {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, "FIXTURES_DIFFER", format!("{wrong} fixtures do not hold")).fix("Correct the connector file or the fixture."))
}

fn table(terminal: Terminal, checked: &[Checked]) -> String {
    let mut lines = Vec::new();
    for one in checked {
        let tone = if one.wrong.is_empty() { Tone::Good } else { Tone::Bad };
        let name = terminal.paint(Tone::Strong, &one.service);
        lines.push(format!("{name}: {} operations, {}", one.operations, terminal.paint(tone, &format!("{} of {} fixtures hold", one.fixtures - one.wrong.len(), one.fixtures))));
        if !one.without_fixture.is_empty() {
            lines.push(format!("  without a fixture: {}", one.without_fixture.join(", ")));
        }
        for wrong in one.wrong.iter().take(SHOWN) {
            lines.push(format!("  {}: {}", wrong.fixture, wrong.difference.replace('\n', "\n  ")));
        }
    }
    lines.join("\n")
}
