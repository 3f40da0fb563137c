//! `millrace publish`.

use serde_json::{Value, json};

use super::{Context, escape};
use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};
use crate::view::or_dash;

/// Options of `publish`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The workflow's id, or the id its metadata gives
    workflow: String,
    /// The version: an id, a semantic version or `v3`; the latest unless given
    #[arg(long, value_name = "VERSION")]
    at: Option<String>,
    /// What is new in it
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    /// Publish although it breaks what is installed and the first number stays
    #[arg(long)]
    allow_breaking: bool,
    /// The share of installations that get it, in percent; all unless given
    #[arg(long, value_name = "PERCENT")]
    rollout: Option<f64>,
    /// Take away the access of what other workspaces installed, when fewer may use it from now on
    #[arg(long)]
    revoke_existing: bool,
    /// Take it out of the marketplace again
    #[arg(long, conflicts_with_all = ["at", "notes", "allow_breaking", "rollout"])]
    undo: bool,
}

/// Publishes, or takes back.
pub async fn perform(context: &Context, args: &Args) -> Result<(), Failure> {
    let path = format!("/api/developer/workflows/{}", escape(&args.workflow));
    if args.undo {
        let listing = context.client.post(&format!("{path}/unpublish"), &json!({"revoke_existing": args.revoke_existing})).await?;
        context.terminal.answer(&listing, || format!("{} {}", context.terminal.paint(Tone::Good, "Unpublished"), or_dash(&listing, "name")));
        return Ok(());
    }
    let rollout = args.rollout.map(|percentage| json!({"strategy": "gradual", "percentage": percentage}));
    let body = json!({"version": args.at, "notes": args.notes, "allow_breaking": args.allow_breaking, "revoke_existing": args.revoke_existing, "rollout": rollout});
    let done = context.client.post(&format!("{path}/publish"), &body).await?;
    context.terminal.answer(&done, || show(context.terminal, &done));
    Ok(())
}

/// What was published, in a few lines.
pub fn show(terminal: Terminal, done: &Value) -> String {
    let (listing, version) = (&done["listing"], &done["version"]);
    let verb = if or_dash(version, "state") == "pending" { "Waits for review" } else { "Published" };
    let mut lines = vec![format!("{} {} {}", terminal.paint(Tone::Good, verb), terminal.paint(Tone::Strong, or_dash(listing, "name")), or_dash(version, "version"))];
    let mut fact = |name: &str, value: &str| lines.push(format!("  {} {value}", terminal.paint(Tone::Faint, &format!("{name:<10}"))));
    fact("workflow", &[or_dash(listing, "slug"), or_dash(listing, "id")].join(" "));
    fact("visibility", or_dash(listing, "visibility"));
    fact("install", or_dash(done, "install_url"));
    for warning in done["warnings"].as_array().into_iter().flatten() {
        fact("warning", or_dash(warning, "message"));
    }
    lines.join("\n")
}
