//! `millrace versions`.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{Context, escape, publish, query};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone};
use crate::view::{clock, or_dash, rows, text};

/// What can be done with versions. A version is an id, a semantic version, its number (`v3`) or `latest`.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List a workflow's versions and where each stands
    List {
        /// The workflow's id, or the id its metadata gives
        workflow: String,
    },
    /// Show one version
    Show {
        /// The workflow
        workflow: String,
        /// The version
        version: String,
    },
    /// Publish one version
    Publish {
        /// The workflow
        workflow: String,
        /// The version
        version: String,
        /// What is new in it
        #[arg(long, value_name = "TEXT")]
        notes: Option<String>,
        /// Publish although it breaks what is installed and the first number stays
        #[arg(long)]
        allow_breaking: bool,
    },
    /// Make a draft with the content of an older version; publishing it brings that content back
    Restore {
        /// The workflow
        workflow: String,
        /// The version whose content it gets
        version: String,
        /// Its number; the next after the highest unless given
        #[arg(long = "as", value_name = "VERSION")]
        number: Option<String>,
    },
    /// Take a version off the offer; where it is installed it goes on
    Deprecate {
        /// The workflow
        workflow: String,
        /// The version
        version: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Say what a version breaks for whoever has an older one installed
    Diff {
        /// The workflow
        workflow: String,
        /// The older version
        from: String,
        /// The newer one; the latest unless given
        to: Option<String>,
    },
    /// Show what changed
    Changelog {
        /// The workflow
        workflow: String,
        /// Only what came after this version
        #[arg(long, value_name = "VERSION")]
        from: Option<String>,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    let (client, terminal) = (&context.client, context.terminal);
    let of = |workflow: &str| format!("/api/developer/workflows/{}", escape(workflow));
    let one = |workflow: &str, version: &str, what: &str| format!("{}/versions/{}/{what}", of(workflow), escape(version));
    match action {
        Action::List { workflow } => {
            let list = client.get(&format!("{}/versions", of(workflow))).await?;
            terminal.answer(&list, || table(terminal, &list));
        }
        Action::Show { workflow, version } => {
            let list = client.get(&format!("{}/versions", of(workflow))).await?;
            let found = chosen(rows(&list), version).ok_or_else(|| Failure::new(Exit::NotFound, "NOT_FOUND", format!("`{workflow}` has no version `{version}`")).fix("`millrace versions list` shows them."))?;
            terminal.answer(found, || show(terminal, found));
        }
        Action::Publish { workflow, version, notes, allow_breaking } => {
            let done = client.post(&one(workflow, version, "publish"), &json!({"notes": notes, "allow_breaking": allow_breaking})).await?;
            terminal.answer(&done, || publish::show(terminal, &done));
        }
        Action::Restore { workflow, version, number } => {
            let copy = client.post(&one(workflow, version, "restore"), &json!({"version": number})).await?;
            terminal.answer(&copy, || format!("{} {}", terminal.paint(Tone::Good, "Restored as a draft:"), show(terminal, &copy)));
            terminal.hint(&format!("Next: millrace versions publish {workflow} {}", or_dash(&copy, "version")));
        }
        Action::Deprecate { workflow, version, reason } => {
            let done = client.post(&one(workflow, version, "deprecate"), &json!({"reason": reason})).await?;
            terminal.answer(&done, || format!("{} {}", terminal.paint(Tone::Good, "Deprecated"), show(terminal, &done)));
        }
        Action::Diff { workflow, from, to } => {
            let found = client.post(&format!("{}/diff", of(workflow)), &json!({"from_version": from, "to_version": to})).await?;
            terminal.answer(&found, || differences(terminal, &found));
        }
        Action::Changelog { workflow, from } => {
            let list = client.get(&format!("{}/changelog{}", of(workflow), query(&[("from", from.clone())]))).await?;
            terminal.answer(&list, || changes(terminal, &list));
        }
    }
    Ok(())
}

/// The version that a person means: the newest of several with one semantic version.
fn chosen<'a>(list: &'a [Value], wanted: &str) -> Option<&'a Value> {
    let number = wanted.strip_prefix(['v', 'V']).and_then(|n| n.parse::<i64>().ok());
    match wanted {
        "latest" => list.first(),
        _ => list.iter().find(|v| text(v, "id") == Some(wanted) || text(v, "version") == Some(wanted)).or_else(|| list.iter().find(|v| number.is_some() && v["number"].as_i64() == number)),
    }
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["VERSION", "NO.", "STATE", "NOTES", "DEPLOYED", "ID"]);
    for row in rows(list) {
        let state = if row["is_current"] == true { "current".to_owned() } else { or_dash(row, "state").to_owned() };
        let notes = text(row, "notes").or_else(|| text(row, "breaking_description")).unwrap_or_default();
        table.row(vec![
            (Tone::Strong, or_dash(row, "version").to_owned()),
            (Tone::Plain, format!("v{}", row["number"])),
            (Tone::Plain, state),
            (Tone::Plain, crate::view::cut(&notes.replace('\n', " "), 40)),
            (Tone::Faint, clock(row, "created_at")),
            (Tone::Faint, or_dash(row, "id").to_owned()),
        ]);
    }
    table.show(terminal, "No versions.")
}

fn show(terminal: Terminal, version: &Value) -> String {
    let mut lines = vec![format!("{} v{} {}", terminal.paint(Tone::Strong, or_dash(version, "version")), version["number"], or_dash(version, "state"))];
    for (name, key) in [("id", "id"), ("hash", "hash"), ("notes", "notes"), ("breaking", "breaking_description"), ("reason", "reason"), ("by", "created_by"), ("published", "published_at")] {
        lines.extend(text(version, key).map(|value| format!("  {} {value}", terminal.paint(Tone::Faint, &format!("{name:<9}")))));
    }
    if let Some(from) = version["restored_from"].as_i64() {
        lines.push(format!("  {} v{from}", terminal.paint(Tone::Faint, &format!("{:<9}", "restores"))));
    }
    lines.join("\n")
}

fn differences(terminal: Terminal, found: &Value) -> String {
    let mut lines = vec![terminal.paint(Tone::Strong, or_dash(found, "summary"))];
    for change in found["all_changes"].as_array().into_iter().flatten() {
        let tone = match or_dash(change, "severity") {
            "breaking" => Tone::Bad,
            _ => Tone::Plain,
        };
        lines.push(format!("  {} {}", terminal.paint(tone, &format!("{:<9}", or_dash(change, "severity"))), or_dash(change, "message")));
    }
    lines.join("\n")
}

fn changes(terminal: Terminal, list: &Value) -> String {
    let mut lines = Vec::new();
    for change in rows(list) {
        let mark = if change["is_breaking"] == true { terminal.paint(Tone::Bad, " breaking") } else { String::new() };
        lines.push(format!("{}{mark}", terminal.paint(Tone::Strong, or_dash(change, "version"))));
        lines.extend(change["changes"].as_array().into_iter().flatten().filter_map(Value::as_str).map(|said| format!("  {said}")));
    }
    if lines.is_empty() { "Nothing is told.".to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_meant_by_any_of_its_names() {
        let list = [json!({"id": "ver_3", "version": "1.1.0", "number": 3}), json!({"id": "ver_2", "version": "1.0.0", "number": 2}), json!({"id": "ver_1", "version": "1.0.0", "number": 1})];
        let number = |wanted| chosen(&list, wanted).and_then(|v| v["number"].as_i64());
        for (wanted, found) in [("latest", Some(3)), ("1.0.0", Some(2)), ("v1", Some(1)), ("ver_1", Some(1)), ("9", None), ("v9", None)] {
            assert_eq!(number(wanted), found, "{wanted}");
        }
    }

    #[test]
    fn changes_are_told_in_words() {
        let found = json!({"summary": "1 breaking change(s)", "all_changes": [{"severity": "breaking", "message": "input `a` was removed"}]});
        assert_eq!(differences(Terminal::plain(), &found), "1 breaking change(s)\n  breaking  input `a` was removed");
        let list = json!({"data": [{"version": "2.0.0", "is_breaking": true, "changes": ["A token"]}, {"version": "1.0.0", "is_breaking": false, "changes": []}]});
        assert_eq!(changes(Terminal::plain(), &list), "2.0.0 breaking\n  A token\n1.0.0");
        assert_eq!(changes(Terminal::plain(), &json!({"data": []})), "Nothing is told.");
    }
}
