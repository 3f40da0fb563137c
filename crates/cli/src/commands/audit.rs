//! `millrace audit`: who changed what, and the proof of it.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use millrace_audit::{Report, VerifyError};
use serde_json::{Value, json};

use super::{Context, query};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{clock, cut, or_dash, rows};

/// What can be done with the audit log.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List what happened in the workspace, newest first
    List(ListArgs),
    /// Write the signed log to a file, and verify it there
    Export {
        /// From this instant on (RFC 3339)
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Before this instant
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        /// The file; without it, audit.ndjson
        #[arg(short, long, value_name = "FILE", default_value = "audit.ndjson")]
        output: PathBuf,
        /// What happened outside of workspaces; needs the operator's token as --api-key
        #[arg(long)]
        installation: bool,
    },
    /// Prove an export, without a server: nothing was changed, left out or put in
    Verify {
        /// What `audit export` has written
        file: PathBuf,
        /// The key that must have signed it, as `audit keys` shows it; got from elsewhere than the file
        #[arg(long, value_name = "FINGERPRINT")]
        key: Option<String>,
    },
    /// Show the keys that sign the log
    Keys,
}

/// Which rows to list.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// What happened outside of workspaces; needs the operator's token as --api-key
    #[arg(long)]
    installation: bool,
    /// Only by this user or API key
    #[arg(long, value_name = "ID")]
    actor: Option<String>,
    /// Only this action (workflow.deployed), or all of a noun (workflow)
    #[arg(long)]
    action: Option<String>,
    /// Only about the thing with this id
    #[arg(long, value_name = "ID")]
    resource: Option<String>,
    /// Only at or after this instant (RFC 3339)
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this instant
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only with this text
    #[arg(long)]
    text: Option<String>,
    /// At most so many, 1 to 200
    #[arg(long)]
    limit: Option<u32>,
    /// `next_cursor` of the page before
    #[arg(long)]
    cursor: Option<String>,
}

/// Does what needs a server.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    match action {
        Action::List(args) => list(context, args).await,
        Action::Export { from, to, output, installation } => {
            let path = format!("{}/export{}", log(*installation), query(&[("from", from.clone()), ("to", to.clone())]));
            export(context, &path, output).await
        }
        Action::Verify { file, key } => verify(context.terminal, file, key.as_deref()),
        Action::Keys => {
            let answer = context.client.get("/api/v1/audit/keys").await?;
            context.terminal.answer(&answer, || keys(context.terminal, &answer));
            Ok(())
        }
    }
}

/// A workspace's log, or that of the installation.
const fn log(installation: bool) -> &'static str {
    if installation { "/api/v1/admin/audit-logs" } else { "/api/v1/audit" }
}

async fn list(context: &Context, args: &ListArgs) -> Result<(), Failure> {
    let parts = query(&[
        ("actor", args.actor.clone()),
        ("action", args.action.clone()),
        ("resource_id", args.resource.clone()),
        ("from", args.from.clone()),
        ("to", args.to.clone()),
        ("text", args.text.clone()),
        ("limit", args.limit.map(|n| n.to_string())),
        ("cursor", args.cursor.clone()),
    ]);
    let answer = context.client.get(&format!("{}{parts}", log(args.installation))).await?;
    context.terminal.answer(&answer, || table(context.terminal, &answer));
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ROW", "WHEN", "WHAT", "WHO", "TO WHAT"]);
    for row in rows(list) {
        let tone = if row["outcome"] == "success" { Tone::Strong } else { Tone::Warn };
        let who = row["actor"]["id"].as_str().unwrap_or("system");
        let what = format!("{} {}", or_dash(&row["resource"], "type"), or_dash(&row["resource"], "id"));
        table.row(vec![
            (Tone::Faint, row["seq"].to_string()),
            (Tone::Faint, clock(row, "at")),
            (tone, or_dash(row, "action").to_owned()),
            (Tone::Plain, who.to_owned()),
            (Tone::Plain, cut(&what, 60)),
        ]);
    }
    table.show(terminal, "Nothing was recorded.")
}

fn keys(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["FINGERPRINT", "MADE", "RETIRED"]);
    for row in rows(list) {
        let retired = row["retired_at"].as_str().map_or_else(|| "-".to_owned(), |_| clock(row, "retired_at"));
        table.row(vec![(Tone::Strong, or_dash(row, "fingerprint").to_owned()), (Tone::Faint, clock(row, "created_at")), (Tone::Faint, retired)]);
    }
    table.show(terminal, "There is no key yet.")
}

/// Written beside the file and moved there, so that a half-written one never has its name.
async fn export(context: &Context, path: &str, output: &Path) -> Result<(), Failure> {
    let unwritable = |e: std::io::Error| Failure::new(Exit::Failed, "FILE_UNWRITABLE", format!("{} cannot be written", output.display())).why(e.to_string());
    let mut part = output.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut file = File::create(&part).map_err(unwritable)?;
    let saved = context.client.save(path, |bytes| file.write_all(bytes).map_err(unwritable)).await;
    if let Err(failure) = saved.and_then(|()| file.sync_all().map_err(unwritable)) {
        let _ = std::fs::remove_file(&part);
        return Err(failure);
    }
    std::fs::rename(&part, output).map_err(unwritable)?;
    verify(context.terminal, output, None)
}

/// Needs no server, and asks none.
pub fn verify(terminal: Terminal, file: &Path, key: Option<&str>) -> Result<(), Failure> {
    let shown = file.display().to_string();
    let unreadable = |e: std::io::Error| Failure::new(Exit::Usage, "FILE_UNREADABLE", format!("`{shown}` cannot be read")).why(e.to_string());
    let opened = File::open(file).map_err(unreadable)?;
    match millrace_audit::verify(BufReader::with_capacity(1 << 16, opened), key) {
        Ok(report) => {
            terminal.answer(&json!({ "ok": true, "file": shown, "report": report }), || told(&shown, &report));
            Ok(())
        }
        Err(VerifyError::Io(e)) => Err(unreadable(e)),
        Err(VerifyError::Fault(fault)) => {
            if terminal.json {
                terminal.answer(&json!({ "ok": false, "file": shown, "fault": fault }), String::new);
            }
            let what = format!("`{shown}` does not prove anything: line {}, {}", fault.line, fault.place);
            Err(Failure::new(Exit::Unproven, "AUDIT_EXPORT_WRONG", what).why(fault.reason).fix("Export again. If the same row is wrong again, the log itself was changed: see docs/audit.md."))
        }
    }
}

fn told(file: &str, report: &Report) -> String {
    let mut lines = vec![match report.rows {
        0 => format!("{file}: no rows in this range of {}.", report.tenant),
        rows => format!("{file}: {rows} rows, {} to {}, of {}. Nothing was changed, left out or put in.", report.first, report.last, report.tenant),
    }];
    if let Some(row) = report.dropped_until {
        lines.push(format!("Rows up to {row} are past their retention; a signed head fixes where they ended."));
    } else if !report.from_the_beginning {
        lines.push("It begins in the middle of the log: earlier rows are in other exports.".to_owned());
    }
    if report.rows_erased > 0 {
        lines.push(format!("{} rows have personal values that were erased.", report.rows_erased));
    }
    lines.push(if report.pinned {
        format!("Signed by the expected key {}.", report.key)
    } else {
        format!("Signed by key {}. Compare it with the one you know, or give that as --key.", report.key)
    });
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_cannot_be_read_or_proven_is_said() {
        let terminal = Terminal::plain();
        let missing = verify(terminal, Path::new("/nowhere/audit.ndjson"), None).unwrap_err();
        assert_eq!((missing.exit, missing.code.as_str()), (Exit::Usage, "FILE_UNREADABLE"));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.ndjson");
        std::fs::write(&file, "{}\n").unwrap();
        let wrong = verify(terminal, &file, None).unwrap_err();
        assert_eq!((wrong.exit, wrong.code.as_str()), (Exit::Unproven, "AUDIT_EXPORT_WRONG"));
        assert!(wrong.what.contains("line 1, the header"));
    }
}
