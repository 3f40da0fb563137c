//! `millrace replay`: executes a recording again, without a server, a network or a data directory.

use std::io::IsTerminal;
use std::path::PathBuf;

use millrace_server::runs::{RecordedEnd, Recording};
use serde_json::{Value, json};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::MAX_RECORDING_BYTES;
use crate::replay::{self, Difference, Player, Step};
use crate::terminal::{Terminal, Tone};
use crate::view::cut;

/// What to execute, and what to show.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file that `millrace runs pull` has written
    file: PathBuf,
    /// Show every call and log line with its time and its place in the source
    #[arg(long)]
    steps: bool,
    /// Stop after this position of the journal (0: before the first outcome) and show what is open
    #[arg(long, alias = "until", value_name = "POSITION")]
    at: Option<i64>,
    /// Show the steps one by one: Enter goes on
    #[arg(short, long, conflicts_with = "json")]
    interactive: bool,
}

/// Does it.
pub async fn perform(terminal: Terminal, args: &Args) -> Result<(), Failure> {
    let recording = read(args)?;
    let mut player = Player::new(&recording).await?;
    let mut steps = Vec::new();
    let shows = (args.steps || args.interactive) && !terminal.json;
    loop {
        let is_there = args.at.is_some_and(|at| player.next_pos().is_none_or(|next| next > at));
        if is_there && player.recorded.trace != String::new() {
            break;
        }
        let Some(step) = player.step().await? else { break };
        if shows {
            show(terminal, &step, recording.opening.now_ms);
        }
        if args.interactive && !wait() {
            break;
        }
        if args.steps {
            steps.push(replay::to_json(&step));
        }
    }
    // Stopped early there is nothing to compare.
    let whole = player.next_pos().is_none();
    let same = whole.then(|| player.recorded.trace == recording.recorded.trace);
    let difference = if same == Some(false) { replay::first(&recording.recorded, &player.recorded) } else { None };
    let answer = answer(&recording, &mut player, same, difference.as_ref(), args.steps.then_some(steps));
    terminal.answer(&answer, || told(terminal, &recording, &mut player, same));
    match same {
        Some(false) => Err(differs(&player, difference)),
        _ => Ok(()),
    }
}

fn read(args: &Args) -> Result<Recording, Failure> {
    let unreadable = |why: String| Failure::new(Exit::Usage, "RECORDING_UNREADABLE", format!("{} is not a recording that can be executed", args.file.display())).why(why);
    let size = std::fs::metadata(&args.file).map_err(|e| unreadable(e.to_string()))?.len();
    if size > MAX_RECORDING_BYTES as u64 {
        return Err(unreadable(format!("it has {size} bytes; at most {MAX_RECORDING_BYTES} are read")));
    }
    let bytes = std::fs::read(&args.file).map_err(|e| unreadable(e.to_string()))?;
    Recording::read(&bytes).map_err(unreadable)
}

fn show(terminal: Terminal, step: &Step<'_>, zero_ms: i64) {
    let text = replay::step(terminal, step, zero_ms);
    if !text.is_empty() {
        terminal.line(&Value::Null, || text);
    }
}

/// Waits for Enter; false when `q` was typed or nobody is there.
fn wait() -> bool {
    if !std::io::stdin().is_terminal() {
        return true;
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).is_ok_and(|n| n > 0 && line.trim() != "q")
}

fn answer(recording: &Recording, player: &mut Player<'_>, same: Option<bool>, difference: Option<&Difference>, steps: Option<Vec<Value>>) -> Value {
    let pending: Vec<Value> = player.open.values().map(|(c, place)| json!({ "seq": c.seq, "kind": c.kind, "args": c.args, "at": place })).collect();
    let mut answer = json!({
        "run_id": recording.run.id,
        "generation": recording.run.generation,
        "last_generation": recording.run.last_generation,
        "trace": player.recorded.trace,
        "recorded_trace": recording.recorded.trace,
        "same": same,
        "calls": player.recorded.calls.len(),
        "logs": player.recorded.logs.len(),
        "now_ms": player.now_ms,
        "next_position": player.next_pos(),
        "pending": pending,
        "end": player.recorded.end.as_ref().map(|e| json!({ "how": e.how, "message": e.message })),
        "failed_at": failed_at(player),
        "stopped": player.recorded.stopped,
        "difference": difference.map(|d| shown(player, d)),
    });
    if let Some(steps) = steps {
        answer["steps"] = Value::Array(steps);
    }
    answer
}

fn failed_at(player: &mut Player<'_>) -> Option<String> {
    let stack = player.recorded.end.as_ref().and_then(|e: &RecordedEnd| e.stack.clone())?;
    player.places.place(&stack)
}

fn shown(player: &Player<'_>, d: &Difference) -> Value {
    json!({ "what": d.what, "after": d.after, "recorded": d.recorded, "now": d.now, "at": place(player, d) })
}

fn place(player: &Player<'_>, d: &Difference) -> Option<String> {
    d.seq.and_then(|seq| player.places.of_call(seq)).or_else(|| d.line.and_then(|n| player.places.of_line(n)))
}

fn told(terminal: Terminal, recording: &Recording, player: &mut Player<'_>, same: Option<bool>) -> String {
    let mut lines = Vec::new();
    if let Some(last) = recording.run.last_generation.filter(|last| *last > 0) {
        lines.push(format!("generation {} of 0 to {last}; each has a recording of its own (runs pull --generation N)", recording.run.generation));
    }
    if let Some(end) = player.recorded.end.clone() {
        let message = end.message.map(|m| format!(": {}", cut(&m, 400))).unwrap_or_default();
        let tone = if end.how == "failed" { Tone::Bad } else { Tone::Good };
        lines.push(format!("{} {}{message}", recording.run.id, terminal.paint(tone, &end.how)));
        if let Some(at) = failed_at(player) {
            let source = player.places.source(&at).map(|s| format!("   {s}")).unwrap_or_default();
            lines.push(format!("  at {at}{source}"));
        }
    } else if let Some(limit) = &player.recorded.stopped {
        lines.push(format!("{} {}", recording.run.id, terminal.paint(Tone::Bad, limit)));
    } else {
        let open = player.open.len();
        lines.push(format!("{} has not ended here: {open} calls are open.", recording.run.id));
        lines.push(replay::pending(terminal, player));
    }
    match same {
        Some(true) => lines.push(format!("trace {} {}", player.recorded.trace, terminal.paint(Tone::Good, "as recorded"))),
        Some(false) => lines.push(format!("trace {} {} {}", player.recorded.trace, terminal.paint(Tone::Bad, "recorded"), recording.recorded.trace)),
        None => lines.push(format!("stopped before position {}", player.next_pos().unwrap_or_default())),
    }
    lines.retain(|l| !l.is_empty());
    lines.join("\n")
}

fn differs(player: &Player<'_>, difference: Option<Difference>) -> Failure {
    let failure = Failure::new(Exit::Differs, "REPLAY_DIFFERS", "the run takes another path than its recording");
    let Some(d) = difference else { return failure.why("what went into it is not what was recorded: the file has been changed") };
    let at = place(player, &d);
    let source = at.as_deref().and_then(|at| player.places.source(at)).map(|s| format!(": {s}")).unwrap_or_default();
    let at = at.map(|at| format!(", at {at}{source}")).unwrap_or_default();
    failure.why(format!("{} was {} and is {}{at}", d.what, cut(&d.recorded.to_string(), 300), cut(&d.now.to_string(), 300)))
}
