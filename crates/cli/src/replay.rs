//! Executing a recording again in a sandbox of this very program: what it does, where in the author's source, and whether it
//! is what was recorded.

mod difference;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use millrace_sandbox::{Isolation, Limits, Pool, PoolConfig, Replay, SandboxError, Turn};
use millrace_server::runs::{Recorded, RecordedCall, RecordedEntry, RecordedLine, Recording};

use crate::exit::Exit;
use crate::failure::Failure;

pub use difference::{Difference, first};
pub use view::{pending, step, to_json};

/// A place in the author's source: `src/workflow.ts:12:5`.
pub type Place = Option<String>;

/// What happened at one place of the journal.
#[derive(Debug)]
pub struct Step<'a> {
    /// The outcome that was given; none at the beginning.
    pub entry: Option<&'a RecordedEntry>,
    /// The clock, epoch milliseconds.
    pub now_ms: i64,
    /// What was asked for then.
    pub calls: Vec<(RecordedCall, Place)>,
    /// What was logged then.
    pub lines: Vec<(RecordedLine, Place)>,
    /// Calls that nobody waits for any more.
    pub abandoned: Vec<u64>,
}

/// A replay under way.
pub struct Player<'a> {
    recording: &'a Recording,
    pool: Pool,
    replay: Option<Replay>,
    left: std::iter::Peekable<Box<dyn Iterator<Item = (&'a RecordedEntry, millrace_sandbox::Delivery)> + 'a>>,
    /// What was done so far.
    pub recorded: Recorded,
    /// Where each call and line was made.
    pub places: Places<'a>,
    /// Calls without an outcome, with their places.
    pub open: BTreeMap<u64, (RecordedCall, Place)>,
    /// The clock.
    pub now_ms: i64,
    begun: bool,
}

impl<'a> Player<'a> {
    /// Starts a sandbox.
    ///
    /// # Errors
    /// It cannot be started on this machine.
    pub async fn new(recording: &'a Recording) -> Result<Self, Failure> {
        let exe = PathBuf::from("/proc/self/exe");
        let config = PoolConfig { isolation: Isolation::Process, exe, max_children: 2, warm: 0, limits: Limits::default() };
        let pool = Pool::start(config).await.map_err(|e| Failure::new(Exit::Failed, "SANDBOX_UNAVAILABLE", "no sandbox can be started here").why(e.to_string()))?;
        let deliveries: Box<dyn Iterator<Item = _> + 'a> = Box::new(recording.deliveries());
        Ok(Self {
            recording,
            pool,
            replay: None,
            left: deliveries.peekable(),
            recorded: Recorded::default(),
            places: Places::new(recording),
            open: BTreeMap::new(),
            now_ms: recording.opening.now_ms,
            begun: false,
        })
    }

    /// The position of the next outcome; none at the end.
    pub fn next_pos(&mut self) -> Option<i64> {
        if self.is_over() { None } else { self.left.peek().map(|(entry, _)| entry.pos) }
    }

    fn is_over(&self) -> bool {
        self.begun && self.replay.as_ref().is_none_or(Replay::is_ended)
    }

    /// Goes one step on; none at the end.
    ///
    /// # Errors
    /// The sandbox failed.
    pub async fn step(&mut self) -> Result<Option<Step<'a>>, Failure> {
        if !self.begun {
            self.begun = true;
            // Nobody else's code ever runs in this pool, so any name does for its tenant.
            let opened = Replay::open(&self.pool, "replay", self.recording.program(), self.recording.open()).await;
            let turn = opened.map(|(replay, turn)| {
                self.replay = Some(replay);
                turn
            });
            return self.take(None, turn).map(Some);
        }
        if self.is_over() {
            return Ok(None);
        }
        let (Some((entry, delivery)), Some(replay)) = (self.left.next(), self.replay.as_mut()) else { return Ok(None) };
        self.now_ms = self.now_ms.max(entry.now_ms);
        self.open.remove(&entry.seq);
        let turn = replay.deliver(delivery).await;
        self.take(Some(entry), turn).map(Some)
    }

    fn take(&mut self, entry: Option<&'a RecordedEntry>, turn: Result<Turn, SandboxError>) -> Result<Step<'a>, Failure> {
        let turn = match turn {
            Ok(turn) => turn,
            Err(error @ (SandboxError::Crashed { .. } | SandboxError::Unavailable(_))) => {
                return Err(Failure::new(Exit::Failed, error.code(), "the sandbox failed").why(error.to_string()));
            }
            Err(error) => {
                self.recorded.trace = self.replay.take().map(|r| r.trace()).unwrap_or_default();
                self.recorded.stopped = Some(error.code().to_owned());
                Turn::default()
            }
        };
        let before = self.recording.opening.before;
        let (calls, lines) = (self.recorded.calls.len(), self.recorded.logs.len());
        self.recorded.add(&turn, before);
        self.places.learn(&turn, before);
        if let Some(replay) = &self.replay {
            self.recorded.trace = replay.trace();
        }
        let calls: Vec<_> = self.recorded.calls[calls..].iter().map(|c| (c.clone(), self.places.of_call(c.seq))).collect();
        let lines = self.recorded.logs[lines..].iter().map(|l| (l.clone(), self.places.of_line(l.n))).collect();
        self.open.extend(calls.iter().map(|(call, place)| (call.seq, (call.clone(), place.clone()))));
        let abandoned: Vec<u64> = turn.abandoned.iter().map(|s| s + before).collect();
        abandoned.iter().for_each(|seq| drop(self.open.remove(seq)));
        Ok(Step { entry, now_ms: self.now_ms, calls, lines, abandoned })
    }
}

/// Where calls and lines were made, in the author's source.
pub struct Places<'a> {
    recording: &'a Recording,
    known: HashMap<String, Place>,
    calls: HashMap<u64, Place>,
    lines: HashMap<u64, Place>,
}

impl<'a> Places<'a> {
    fn new(recording: &'a Recording) -> Self {
        Self { recording, known: HashMap::new(), calls: HashMap::new(), lines: HashMap::new() }
    }

    fn learn(&mut self, turn: &Turn, before: u64) {
        for (seq, stack) in &turn.sites.calls {
            let place = self.place(stack);
            self.calls.insert(seq + before, place);
        }
        for (n, stack) in &turn.sites.lines {
            let place = self.place(stack);
            self.lines.insert(*n, place);
        }
    }

    /// Where a call was asked for.
    pub fn of_call(&self, seq: u64) -> Place {
        self.calls.get(&seq).cloned().flatten()
    }

    /// Where a line was written.
    pub fn of_line(&self, n: u64) -> Place {
        self.lines.get(&n).cloned().flatten()
    }

    /// The first frame of a stack that is the author's.
    pub fn place(&mut self, stack: &str) -> Place {
        if let Some(known) = self.known.get(stack) {
            return known.clone();
        }
        let place = self.recording.bundle.map_stack(stack).lines().find_map(frame);
        self.known.insert(stack.to_owned(), place.clone());
        place
    }

    /// The author's line at a place.
    pub fn source(&self, place: &str) -> Option<String> {
        let mut parts = place.rsplitn(3, ':');
        let (_, line, file) = (parts.next()?, parts.next()?.parse::<usize>().ok()?, parts.next()?);
        let module = self.recording.bundle.module(file)?;
        module.source.as_deref()?.lines().nth(line.checked_sub(1)?).map(|l| printable(l.trim()))
    }
}

/// `    at helper (src/workflow.ts:10:9)` → `src/workflow.ts:10:9`; nothing for frames of the SDK and of the engine.
fn frame(line: &str) -> Option<String> {
    let at = line.trim().strip_prefix("at ")?;
    let place = at.rsplit_once('(').map_or(at, |(_, inside)| inside.trim_end_matches(')'));
    let is_place = place.rsplitn(3, ':').take(2).all(|n| n.parse::<u32>().is_ok());
    (is_place && !place.starts_with("@millrace/")).then(|| printable(place))
}

/// A recording may come from anybody; what is printed of it must not steer a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_authors_frames_are_places() {
        assert_eq!(frame("    at helper (src/workflow.ts:10:9)").as_deref(), Some("src/workflow.ts:10:9"));
        assert_eq!(frame("    at src/workflow.ts:10:9").as_deref(), Some("src/workflow.ts:10:9"));
        assert_eq!(frame("    at sleep (@millrace/sdk/durable.ts:3:1)"), None);
        assert_eq!(frame("    at ask (native)"), None);
        assert_eq!(frame("Error: x"), None);
    }
}
