//! A run's journal and log as people read them: what happened when, how long it took, and how it ended.

use jiff::Timestamp;
use serde_json::Value;

use crate::terminal::{Terminal, Tone};
use crate::view::{cut, duration, micros_between, one_line, or_dash, text, time};

/// Characters that describe one call's arguments.
const ARGUMENTS: usize = 64;

/// Characters that describe one call's outcome.
const OUTCOME: usize = 56;

/// The journal of a run, one line per call.
pub fn journal(terminal: Terminal, run: &Value) -> String {
    let zero = time(run, "created_at");
    let entries = run["journal"].as_array().into_iter().flatten();
    let lines: Vec<String> = entries.map(|e| entry(terminal, e, zero)).collect();
    lines.join("\n")
}

/// One completed call: `+12 ms  ✓ integration zoom getMeeting  41 ms  200`.
fn entry(terminal: Terminal, entry: &Value, zero: Option<Timestamp>) -> String {
    let failed = entry["ok"] == false || entry["outcome"]["success"] == false;
    let (tone, mark) = if failed { (Tone::Bad, "✗") } else { (Tone::Good, "✓") };
    let since = match (zero, time(entry, "started_at")) {
        (Some(zero), Some(at)) => format!("+{}", duration(at.as_microsecond() - zero.as_microsecond())),
        _ => String::new(),
    };
    let took = micros_between(entry, "started_at", "finished_at").map(duration).unwrap_or_default();
    let (what, about) = describe(entry);
    format!(
        "  {} {} {} {} {} {}",
        terminal.paint(Tone::Faint, &format!("{since:>9}")),
        terminal.paint(tone, mark),
        terminal.paint(Tone::Strong, &what),
        cut(&about, ARGUMENTS),
        terminal.paint(Tone::Busy, &took),
        terminal.paint(Tone::Faint, &outcome(entry)),
    )
    .trim_end()
    .to_owned()
}

/// What was called, and with what.
pub fn describe(entry: &Value) -> (String, String) {
    let kind = or_dash(entry, "kind");
    let parsed: Value;
    // Arguments come as JSON, or as the text the journal keeps.
    let args = match &entry["args"] {
        Value::String(raw) => {
            parsed = serde_json::from_str(raw).unwrap_or(Value::Null);
            &parsed
        }
        other => other,
    };
    match kind {
        "fetch" => (format!("fetch {}", or_dash(args, "method")), or_dash(args, "url").to_owned()),
        "integration" => (format!("{}.{}", or_dash(args, "service"), or_dash(args, "operation")), one_line(&args["args"], ARGUMENTS)),
        "integration.request" => (format!("{}.request {}", or_dash(args, "service"), text(args, "method").unwrap_or("GET")), or_dash(args, "path").to_owned()),
        _ => {
            let about = ["key", "name", "title", "workflow", "model", "batch", "until", "ms"].iter().find_map(|k| args.get(*k).filter(|v| !v.is_null()));
            (kind.to_owned(), about.map(|v| one_line(v, ARGUMENTS)).unwrap_or_default())
        }
    }
}

/// How it ended, as short as possible: a status, an error, a value.
pub fn outcome(entry: &Value) -> String {
    let value = &entry["outcome"];
    if let Some(status) = value.get("status").and_then(Value::as_u64) {
        return status.to_string();
    }
    let error = if entry["ok"] == false { value } else { &value["error"] };
    if let Some(message) = text(error, "message") {
        return cut(message, OUTCOME);
    }
    if value.get("success").is_some() {
        return one_line(&value["data"], OUTCOME);
    }
    if value.is_null() { String::new() } else { one_line(value, OUTCOME) }
}

/// The log lines of a run.
pub fn log(terminal: Terminal, run: &Value) -> String {
    let lines: Vec<String> = run["logs"].as_array().into_iter().flatten().map(|l| log_line(terminal, l)).collect();
    lines.join("\n")
}

/// One log line: time, level, message, data.
pub fn log_line(terminal: Terminal, line: &Value) -> String {
    let level = text(line, "level").unwrap_or("info");
    let tone = match level {
        "error" => Tone::Bad,
        "warn" => Tone::Warn,
        "debug" => Tone::Faint,
        _ => Tone::Busy,
    };
    let at = time(line, "at").map(|t| t.strftime("%H:%M:%S%.3f").to_string()).unwrap_or_default();
    let data = line.get("data").filter(|d| !d.is_null()).map(|d| one_line(d, 400)).unwrap_or_default();
    let text = format!("  {} {} {} {}", terminal.paint(Tone::Faint, &at), terminal.paint(tone, &format!("{level:<5}")), or_dash(line, "message"), terminal.paint(Tone::Faint, &data));
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_journal_reads_as_a_timeline() {
        let run = json!({"created_at": "2026-01-01T00:00:00Z", "journal": [
            {"kind": "integration", "args": {"service": "zoom", "operation": "getMeeting", "args": ["123"]}, "ok": true,
             "outcome": {"success": true, "data": {"id": 1}}, "started_at": "2026-01-01T00:00:00.012Z", "finished_at": "2026-01-01T00:00:00.053Z"},
            {"kind": "fetch", "args": {"method": "POST", "url": "https://crm.example/api"}, "ok": true,
             "outcome": {"status": 201}, "started_at": "2026-01-01T00:00:00.060Z", "finished_at": "2026-01-01T00:00:01.080Z"},
            {"kind": "storage.get", "args": "{\"key\":\"last\"}", "ok": false, "outcome": {"message": "too long"}},
        ]});
        let text = journal(Terminal::plain(), &run);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "     +12 ms ✓ zoom.getMeeting [\"123\"] 41 ms {\"id\":1}");
        assert_eq!(lines[1], "     +60 ms ✓ fetch POST https://crm.example/api 1.02 s 201");
        assert!(lines[2].contains("✗ storage.get last") && lines[2].ends_with("too long"), "{}", lines[2]);
    }

    #[test]
    fn a_log_line_shows_level_and_data() {
        let line = json!({"level": "warn", "at": "2026-01-01T10:20:30.456Z", "message": "careful", "data": {"n": 1}});
        assert_eq!(log_line(Terminal::plain(), &line), "  10:20:30.456 warn  careful {\"n\":1}");
    }
}
