//! The steps of a replay as people and as programs read them.

use millrace_server::runs::{RecordedCall, RecordedEntry, RecordedLine};
use serde_json::{Value, json};

use super::{Place, Player, Step};
use crate::terminal::{Terminal, Tone};
use crate::timeline;
use crate::view::{cut, duration};

/// Characters that describe one call or line.
const WIDTH: usize = 72;

/// One step: what was given, what was logged, what was asked for, each with its place in the source.
pub fn step(terminal: Terminal, step: &Step<'_>, zero_ms: i64) -> String {
    let since = terminal.paint(Tone::Faint, &format!("{:>10}", format!("+{}", duration(step.now_ms.saturating_sub(zero_ms).saturating_mul(1000)))));
    let mut lines = Vec::new();
    if let Some(entry) = step.entry {
        let (tone, mark) = if entry.ok { (Tone::Good, "←") } else { (Tone::Bad, "←") };
        let (what, _) = timeline::describe(&json!({ "kind": entry.kind, "args": entry.args }));
        let outcome = timeline::outcome(&json!({ "ok": entry.ok, "outcome": outcome(entry) }));
        lines.push(format!("{since} {} {:>3} {what} {} {}", terminal.paint(tone, mark), entry.seq, cut(&outcome, WIDTH), terminal.paint(Tone::Faint, &format!("(position {})", entry.pos))));
    }
    for (line, place) in &step.lines {
        let data = line.data.as_deref().unwrap_or_default();
        let text = cut(format!("{} {data}", line.message).trim_end(), WIDTH);
        lines.push(format!("{since} · {:<5} {text} {}", line.level, at(terminal, place)));
    }
    for (call, place) in &step.calls {
        lines.push(format!("{since} {}", asked(terminal, call, place)));
    }
    for seq in &step.abandoned {
        lines.push(format!("{since} {} {seq:>3} nobody waits for it any more", terminal.paint(Tone::Faint, "×")));
    }
    lines.iter().map(|l| l.trim_end()).collect::<Vec<_>>().join("\n")
}

/// The calls that have no outcome.
pub fn pending(terminal: Terminal, player: &Player<'_>) -> String {
    let lines: Vec<String> = player.open.values().map(|(call, place)| format!("  {}", asked(terminal, call, place))).collect();
    lines.join("\n")
}

fn asked(terminal: Terminal, call: &RecordedCall, place: &Place) -> String {
    let (what, about) = timeline::describe(&json!({ "kind": call.kind, "args": call.args }));
    let once = if call.once { " (at most once)" } else { "" };
    format!("{} {:>3} {} {}{once} {}", terminal.paint(Tone::Busy, "→"), call.seq, terminal.paint(Tone::Strong, &what), cut(&about, WIDTH), at(terminal, place))
}

fn at(terminal: Terminal, place: &Place) -> String {
    place.as_deref().map(|p| terminal.paint(Tone::Faint, &format!("at {p}"))).unwrap_or_default()
}

fn outcome(entry: &RecordedEntry) -> Value {
    serde_json::from_str(entry.outcome.get()).unwrap_or(Value::Null)
}

/// One step as JSON.
pub fn to_json(step: &Step<'_>) -> Value {
    let call = |(call, place): &(RecordedCall, Place)| json!({ "seq": call.seq, "kind": call.kind, "args": call.args, "once": call.once, "at": place });
    let line = |(line, place): &(RecordedLine, Place)| json!({ "n": line.n, "level": line.level, "message": line.message, "data": line.data, "at": place });
    json!({
        "position": step.entry.map(|e| e.pos),
        "now_ms": step.now_ms,
        "given": step.entry.map(|e| json!({ "seq": e.seq, "kind": e.kind, "ok": e.ok, "outcome": outcome(e) })),
        "logs": step.lines.iter().map(line).collect::<Vec<_>>(),
        "calls": step.calls.iter().map(call).collect::<Vec<_>>(),
        "abandoned": step.abandoned,
    })
}
