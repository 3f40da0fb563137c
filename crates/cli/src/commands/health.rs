//! `millrace health`.

use serde_json::Value;

use super::Context;
use crate::failure::Failure;
use crate::terminal::Tone;
use crate::view::{one_line, or_dash};

/// Prints how the server is.
pub async fn perform(context: &Context) -> Result<(), Failure> {
    let health = context.client.get("/api/health").await?;
    context.terminal.answer(&health, || show(context, &health));
    Ok(())
}

fn show(context: &Context, health: &Value) -> String {
    let terminal = context.terminal;
    let well = health["ok"] == true;
    let (tone, word) = if well { (Tone::Good, "well") } else { (Tone::Bad, "not well") };
    let mut lines = vec![format!("{} is {}", terminal.paint(Tone::Strong, context.client.url()), terminal.paint(tone, word))];
    let mut fact = |name: &str, value: String| lines.push(format!("  {} {value}", terminal.paint(Tone::Faint, &format!("{name:<9}"))));
    fact("version", or_dash(health, "version").to_owned());
    for name in ["database", "nodes", "sandbox"] {
        if let Some(value) = health.get(name).filter(|v| !v.is_null()) {
            fact(name, one_line(value, 160));
        }
    }
    for warning in health["warnings"].as_array().into_iter().flatten() {
        lines.push(format!("  {} {}", terminal.paint(Tone::Warn, "warning:"), one_line(warning, 400)));
    }
    lines.join("\n")
}
