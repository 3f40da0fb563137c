//! `millrace fork` and `millrace lineage`: a workflow of one's own from another's, and where workflows come from.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Context, escape, init};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};
use crate::view::{or_dash, rows, text};

/// Options of `fork`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The workflow: its id, or the word in its address
    workflow: String,
    /// The directory to write its source to, whose name has letters, digits, `_` and `-`; without it, the word in its address
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
    /// Why; everybody who sees the fork may read it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Forks, and writes the source.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    let dir = directory(args)?;
    let taken = fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some());
    if taken && !args.force {
        return Err(Failure::new(Exit::Usage, "FILE_EXISTS", format!("`{}` holds files already", dir.display())).why("fork does not write over them unless told").fix("Name another with --dir, or add --force."));
    }
    let made = context.client.post(&format!("/api/marketplace/{}/fork", escape(&args.workflow)), &json!({"reason": args.reason})).await?;
    let files = project(&made)?;
    init::write(&dir, &files)?;
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let answer = json!({
        "workflow_id": made["workflow_id"], "slug": made["slug"], "version": made["version"], "status": made["status"], "others": made["others"], "lineage": made["lineage"],
        "directory": dir, "files": names,
    });
    context.terminal.answer(&answer, || {
        let parent = &made["lineage"]["parent"];
        let done = format!("{} {} {} from {}", context.terminal.paint(Tone::Good, "Forked"), context.terminal.paint(Tone::Strong, or_dash(&made, "slug")), or_dash(&made, "version"), or_dash(parent, "name"));
        format!("{done}\n  a draft of this workspace, {}\n  source in {}: {}", or_dash(&made, "workflow_id"), dir.display(), names.join(", "))
    });
    context.terminal.hint(&format!("Next: change it, then millrace deploy {}", dir.display()));
    Ok(())
}

/// Prints where a workflow comes from.
pub async fn lineage(context: &Context, workflow: &str) -> Result<(), Failure> {
    let line = context.client.get(&format!("/api/marketplace/{}/lineage", escape(workflow))).await?;
    context.terminal.answer(&line, || show(context.terminal, &line));
    Ok(())
}

fn show(terminal: Terminal, line: &Value) -> String {
    let named = |one: &Value| format!("{} {}", or_dash(one, "name"), text(one, "slug").unwrap_or_default()).trim_end().to_owned();
    let mut lines = Vec::new();
    let mut fact = |name: &str, value: String| lines.push(format!("{} {value}", terminal.paint(Tone::Faint, &format!("{name:<10}"))));
    if line["parent"].is_object() {
        fact("parent", format!("{}, version {}", named(&line["parent"]), or_dash(line, "parent_version")));
        fact("original", named(&line["original"]));
        fact("depth", line["depth"].to_string());
        fact("forked", or_dash(line, "forked_at").to_owned());
        if let Some(reason) = text(line, "reason") {
            fact("reason", reason.to_owned());
        }
    } else {
        fact("original", "it is no fork".to_owned());
    }
    fact("forks", line["forks_count"].to_string());
    for fork in rows(&json!({"data": line["forks"]})) {
        fact("", named(fork));
    }
    lines.join("\n")
}

/// Where the source is written to.
fn directory(args: &Args) -> Result<PathBuf, Failure> {
    let dir = args.dir.clone().unwrap_or_else(|| PathBuf::from(&args.workflow));
    let name = dir.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    // What is not asked for here is a name from elsewhere: it stays in this directory.
    let is_here = args.dir.is_some() || dir.components().count() == 1;
    if is_here && !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
        return Ok(dir);
    }
    Err(Failure::new(Exit::Usage, "NAME_INVALID", format!("no directory can be named `{}`", dir.display())).fix("Name one with --dir: letters, digits, `_` and `-`."))
}

/// The files to write: the source, with what a project needs besides. A path that leaves the directory is refused, whoever sent it.
fn project(made: &Value) -> Result<Vec<(String, String)>, Failure> {
    let sent = made["files"].as_object().into_iter().flatten();
    let mut files: Vec<(String, String)> = sent.map(|(name, text)| (name.clone(), text.as_str().unwrap_or_default().to_owned())).collect();
    let leaves = |name: &str| name.is_empty() || name.contains('\\') || Path::new(name).components().any(|part| !matches!(part, std::path::Component::Normal(_)));
    if files.is_empty() || files.iter().any(|(name, _)| leaves(name)) {
        return Err(Failure::new(Exit::Failed, "UNEXPECTED_ANSWER", "the server's answer is no source tree"));
    }
    let entry = or_dash(made, "entry");
    let package = json!({"name": or_dash(made, "slug").replace('/', "-"), "private": true, "type": "module", "millrace": {"entry": entry}});
    if !files.iter().any(|(name, _)| name == "package.json") {
        files.push(("package.json".to_owned(), format!("{package:#}\n")));
    }
    files.push((init::TYPES_FILE.to_owned(), init::TYPES.to_owned()));
    Ok(files)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn no_file_leaves_the_directory() {
        let made = |name: &str| json!({"slug": "pair/digest", "entry": "src/workflow.ts", "files": {name: "x"}});
        let files = project(&made("src/workflow.ts")).unwrap();
        assert_eq!(files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["src/workflow.ts", "package.json", "millrace.d.ts"]);
        assert!(files[1].1.contains("\"entry\": \"src/workflow.ts\"") && files[1].1.contains("\"pair-digest\""), "{}", files[1].1);
        for wrong in ["../x.ts", "/etc/x.ts", "a/../../x.ts", "a\\..\\x.ts", "", "."] {
            assert!(project(&made(wrong)).is_err(), "{wrong}");
        }
        assert!(project(&json!({"files": {}})).is_err());
    }

    #[test]
    fn a_line_is_told_with_its_names() {
        let parent = json!({"name": "Notes", "slug": "notes", "developer_id": "org_1"});
        let line = json!({"parent": parent, "original": {"name": "First", "slug": null}, "parent_version": "1.0.0", "depth": 2, "forked_at": "2026-01-15T09:30:00Z", "reason": null, "forks_count": 1, "forks": [{"name": "More", "slug": "more"}]});
        assert_eq!(show(Terminal::plain(), &line).lines().map(|l| l.trim().to_owned()).collect::<Vec<_>>(), [
            "parent     Notes notes, version 1.0.0", "original   First", "depth      2", "forked     2026-01-15T09:30:00Z", "forks      1", "More more",
        ]);
        assert!(show(Terminal::plain(), &json!({"parent": null, "forks_count": 0, "forks": []})).contains("no fork"));
    }
}
