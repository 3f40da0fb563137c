//! `millrace analytics` and `millrace executions`: what runs of a workflow came to; and what it earned, for `millrace developer`.

use serde_json::Value;

use super::{Context, escape, query};
use crate::failure::Failure;
use crate::table::Table;
use crate::terminal::{Terminal, Tone, tone_of};
use crate::view::{clock, cut, or_dash, rows, text};

/// Which figures.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The workflow: its id, or the id its module states
    workflow: String,
    #[command(flatten)]
    window: Window,
    /// Points of the series: hour or day
    #[arg(long)]
    interval: Option<String>,
}

/// Which runs are meant.
#[derive(Debug, clap::Args)]
pub struct Window {
    /// Only accepted since this instant (2026-01-15T09:30:00Z); the last 30 days unless told
    #[arg(long)]
    from: Option<String>,
    /// Only accepted before this instant
    #[arg(long)]
    to: Option<String>,
    /// Only of this version
    #[arg(long, value_name = "VERSION")]
    workflow_version: Option<String>,
    /// Only of this installation (its id)
    #[arg(long)]
    installation: Option<String>,
    /// Only of this organisation; for who wrote the workflow
    #[arg(long)]
    organization: Option<String>,
    /// webhook, schedule, poll, manual …
    #[arg(long)]
    trigger_type: Option<String>,
}

impl Window {
    fn parts(&self) -> Vec<(&'static str, Option<String>)> {
        vec![
            ("from", self.from.clone()),
            ("to", self.to.clone()),
            ("version", self.workflow_version.clone()),
            ("installation", self.installation.clone()),
            ("organization", self.organization.clone()),
            ("trigger_type", self.trigger_type.clone()),
        ]
    }
}

/// Which runs to list.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// The workflow: its id, or the id its module states
    workflow: String,
    #[command(flatten)]
    window: Window,
    /// Only with this status: queued, running, waiting, completed, failed, cancelled or skipped
    #[arg(long)]
    status: Option<String>,
    /// At most so many
    #[arg(long)]
    limit: Option<u32>,
    /// Go on where an earlier list ended (its next_cursor)
    #[arg(long)]
    cursor: Option<String>,
}

/// Shows the figures of a workflow.
pub async fn figures(context: &Context, args: &Args) -> Result<(), Failure> {
    let mut parts = args.window.parts();
    parts.push(("interval", args.interval.clone()));
    let found = context.client.get(&format!("/api/workflows/{}/analytics{}", escape(&args.workflow), query(&parts))).await?;
    context.terminal.answer(&found, || shown(context.terminal, &found));
    Ok(())
}

/// Lists the runs of a workflow.
pub async fn executions(context: &Context, args: &ListArgs) -> Result<(), Failure> {
    let mut parts = args.window.parts();
    parts.extend([("status", args.status.clone()), ("limit", args.limit.map(|n| n.to_string())), ("cursor", args.cursor.clone())]);
    let list = context.client.get(&format!("/api/workflows/{}/executions{}", escape(&args.workflow), query(&parts))).await?;
    context.terminal.answer(&list, || table(context.terminal, &list));
    if let Some(cursor) = text(&list, "next_cursor") {
        context.terminal.hint(&format!("More: --cursor {cursor}"));
    }
    Ok(())
}

/// Shows what this workspace's workflows earned.
pub async fn earned(context: &Context, period: Option<&str>) -> Result<(), Failure> {
    let found = context.client.get(&format!("/api/developer/earnings{}", query(&[("period", period.map(str::to_owned))]))).await?;
    context.terminal.answer(&found, || earnings(&found));
    Ok(())
}

/// Lists what this workspace was paid.
pub async fn payouts(context: &Context) -> Result<(), Failure> {
    let list = context.client.get("/api/developer/payouts").await?;
    context.terminal.answer(&list, || {
        let mut table = Table::new(&["ID", "AMOUNT", "STATUS", "MADE", "REFERENCE"]);
        for row in rows(&list) {
            let cells = [or_dash(row, "id").to_owned(), money(&row["amount_cents"]), or_dash(row, "status").to_owned(), clock(row, "created_at"), or_dash(row, "reference").to_owned()];
            table.row(cells.into_iter().map(|cell| (Tone::Plain, cell)).collect());
        }
        table.show(context.terminal, "No payouts.")
    });
    Ok(())
}

fn shown(terminal: Terminal, found: &Value) -> String {
    let runs = &found["executions"];
    let percent = |share: &Value| share.as_f64().map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let ms = |value: &Value| value.as_f64().map_or_else(|| "–".to_owned(), |ms| format!("{ms:.0} ms"));
    let times = &found["duration_ms"];
    let mut lines = vec![
        format!("{} runs since {} UTC", runs["total"], clock(found, "covers_from")),
        format!("  completed {}   failed {}   cancelled {}   skipped {}   open {}", runs["completed"], runs["failed"], runs["cancelled"], runs["skipped"], runs["open"]),
        format!("  success   {}", percent(&found["success_rate"])),
        format!("  time      mean {}   p50 {}   p95 {}   p99 {}", ms(&times["mean"]), ms(&times["p50"]), ms(&times["p95"]), ms(&times["p99"])),
    ];
    for error in found["errors"].as_array().into_iter().flatten() {
        let message = text(error, "message").unwrap_or_default();
        lines.push(format!("  {} {} × {} {}", terminal.paint(Tone::Bad, "error"), error["count"], or_dash(error, "code"), cut(message, 80)).trim_end().to_owned());
    }
    lines.join("\n")
}

fn table(terminal: Terminal, list: &Value) -> String {
    let mut table = Table::new(&["ID", "STATUS", "VERSION", "TRIGGER", "STARTED", "TOOK", "ERROR"]);
    for row in rows(list) {
        let status = or_dash(row, "status");
        table.row(vec![
            (Tone::Strong, or_dash(row, "id").to_owned()),
            (tone_of(status), status.to_owned()),
            (Tone::Plain, or_dash(row, "version").to_owned()),
            (Tone::Plain, or_dash(row, "trigger_type").to_owned()),
            (Tone::Faint, clock(row, "created_at")),
            (Tone::Plain, row["duration_ms"].as_f64().map_or_else(|| "–".to_owned(), |ms| format!("{ms:.1} ms"))),
            (Tone::Bad, cut(text(row, "error_code").unwrap_or_default(), 60)),
        ]);
    }
    table.show(terminal, "No runs.")
}

fn earnings(found: &Value) -> String {
    let (revenue, subscriptions, payouts) = (&found["revenue"], &found["subscriptions"], &found["payouts"]);
    [
        format!("revenue        {} in all   {} this month   {} last month", money(&revenue["total"]), money(&revenue["this_month"]), money(&revenue["last_month"])),
        format!("this {:<9} {}", or_dash(found, "period"), money(&revenue["period"])),
        format!("subscriptions  {} active   {} new this month   {} ended", subscriptions["active"], subscriptions["new_this_month"], subscriptions["churned"]),
        format!("payouts        {} to come, next on {}   {} paid", money(&payouts["pending"]), or_dash(payouts, "next_payout_date"), money(&payouts["paid"])),
    ]
    .join("\n")
}

/// Cents as dollars.
fn money(cents: &Value) -> String {
    let cents = cents.as_i64().unwrap_or(0);
    format!("{}${}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cents_are_shown_as_dollars() {
        assert_eq!([json!(0), json!(5), json!(9_680), json!(-120)].map(|cents| money(&cents)), ["$0.00", "$0.05", "$96.80", "-$1.20"]);
    }
}
