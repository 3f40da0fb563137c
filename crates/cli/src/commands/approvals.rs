//! `millrace approvals`.

use clap::{ArgGroup, Subcommand};
use serde_json::{Value, json};

use super::{Context, escape, query};
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone, tone_of};
use crate::view::{clock, cut, or_dash, rows};

/// What can be done with approvals.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// List approvals that runs wait for
    List {
        /// Only with this status: pending, approved, rejected or closed
        #[arg(long)]
        status: Option<String>,
        /// Only of this run
        #[arg(long)]
        run: Option<String>,
    },
    /// Decide one
    #[command(group(ArgGroup::new("decision").required(true)))]
    Decide {
        /// Its id
        approval: String,
        /// Let the run go on
        #[arg(long, group = "decision")]
        approve: bool,
        /// Refuse
        #[arg(long, group = "decision")]
        reject: bool,
        /// A word to the run
        #[arg(long)]
        comment: Option<String>,
    },
}

/// Does it.
pub async fn perform(context: &Context, action: &Action) -> Result<(), Failure> {
    match action {
        Action::List { status, run } => {
            let list = context.client.get(&format!("/api/approvals{}", query(&[("status", status.clone()), ("run", run.clone())]))).await?;
            context.terminal.answer(&list, || table(context.terminal, &list));
        }
        Action::Decide { approval, approve, comment, .. } => {
            let path = format!("/api/approvals/{}/decide", escape(approval));
            let mut body = json!({"decision": if *approve { "approve" } else { "reject" }});
            if let Some(comment) = comment {
                body["comment"] = json!(comment);
            }
            let answer = context.client.post(&path, &body).await?;
            context.terminal.answer(&answer, || format!("{} {approval}.", if *approve { "Approved" } else { "Rejected" }));
        }
    }
    Ok(())
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ID", "STATUS", "TITLE", "RUN", "ASKED"]);
    for row in rows(list) {
        let status = or_dash(row, "status");
        table.row(vec![
            (Tone::Strong, or_dash(row, "id").to_owned()),
            (tone_of(status), status.to_owned()),
            (Tone::Plain, cut(or_dash(row, "title"), 60)),
            (Tone::Faint, or_dash(row, "run_id").to_owned()),
            (Tone::Faint, clock(row, "created_at")),
        ]);
    }
    table.show(terminal, "Nothing waits for approval.")
}
