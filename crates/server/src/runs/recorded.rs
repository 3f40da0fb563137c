//! The recording of a run: one file with which it can be executed again anywhere, to the same trace, without a server.
//!
//! It holds what the sandbox was given and nothing else, so it holds no secrets: a program sees placeholders only.

use std::sync::Arc;

use millrace_bundle::Bundle;
use millrace_sandbox::{Call, Delivery, End, LogLine, Open, Outcome, Program};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::workflows;

/// The format's name. A change that an older reader would misread gets the next number.
pub const FORMAT: &str = "millrace.run/1";

/// A run with all that is needed to execute it again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Recording {
    /// `millrace.run/1`.
    pub format: String,
    /// Which version made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: String,
    /// Which run this is, and how it stands.
    pub run: RecordedRun,
    /// What the sandbox was given first.
    pub opening: RecordedOpening,
    /// The completed calls in the order of completion.
    pub journal: Vec<RecordedEntry>,
    /// What the sandbox did with that.
    pub recorded: Recorded,
    /// The program: modules with source maps and the author's sources.
    #[schema(value_type = Object)]
    pub bundle: Bundle,
}

/// Which run this is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordedRun {
    /// Its id.
    pub id: String,
    /// Its status when the recording was made.
    pub status: String,
    /// `workflow`, `hook`, `execution` or `automation`.
    pub kind: String,
    /// The installation it belongs to.
    pub installation_id: String,
    /// The revision of the installation's configuration it is pinned to; recordings of older versions do not say.
    #[serde(default)]
    pub installation_revision: Option<i64>,
    /// The workflow version it is pinned to.
    pub version_id: String,
    /// The id that the workflow's module states.
    pub workflow: String,
    /// The author's version.
    pub version: String,
    /// What started it.
    pub trigger: String,
    /// The whole-run attempt.
    pub attempt: i64,
    /// Which time this is a recording of: how often the run had begun again with `continueWith`.
    pub generation: i64,
    /// How often it had when the recording was made; recordings of older versions do not say, and are of the last time.
    #[serde(default)]
    pub last_generation: Option<i64>,
    /// The failed run whose journal it began with.
    pub resumed_from: Option<String>,
    /// When it was accepted.
    pub created_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// What it returned.
    pub output: Option<Value>,
    /// Why it failed.
    pub error: Option<Value>,
}

/// What the sandbox was given first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordedOpening {
    /// The id that the program knows.
    pub run_id: String,
    /// Which function was called.
    pub handler: String,
    /// What the handler's argument is built from; secrets are placeholders. The exact text counts.
    #[schema(value_type = Object)]
    pub context: Box<RawValue>,
    /// The seed of random numbers, 64 hex digits.
    pub seed: String,
    /// The clock at the beginning, epoch milliseconds.
    pub now_ms: i64,
    /// Calls that were made before the sandbox began: theirs come first in the journal.
    pub before: u64,
}

/// One completed call.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct RecordedEntry {
    /// Its place in the order of completion.
    pub pos: i64,
    /// Its number in the order asked.
    pub seq: u64,
    /// What kind of effect.
    pub kind: String,
    /// Its arguments as the journal shows them; secrets are masked.
    pub args: Value,
    /// Hash of kind and true arguments.
    pub args_hash: String,
    /// Whether it resolved.
    pub ok: bool,
    /// What it resolved or rejected with. The exact text counts.
    #[schema(value_type = serde_json::Value)]
    pub outcome: Box<RawValue>,
    /// The clock from then on, epoch milliseconds.
    pub now_ms: i64,
    /// When it began.
    pub started_at: String,
    /// When it completed.
    pub finished_at: String,
}

/// What the sandbox did.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Recorded {
    /// Hash of everything that went in and came out.
    pub trace: String,
    /// The limit that ended the execution, if one did.
    pub stopped: Option<String>,
    /// The calls it asked for.
    pub calls: Vec<RecordedCall>,
    /// The lines it logged.
    pub logs: Vec<RecordedLine>,
    /// How it ended, if it did.
    pub end: Option<RecordedEnd>,
}

/// One call that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RecordedCall {
    /// Its number.
    pub seq: u64,
    /// After how many outcomes it was asked for.
    pub after: u32,
    /// What kind of effect.
    pub kind: String,
    /// Its arguments; secrets are masked, long ones are cut.
    pub args: Value,
    /// Hash of kind and true arguments.
    pub args_hash: String,
    /// Whether it was marked at-most-once.
    pub once: bool,
}

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordedLine {
    /// Its number.
    pub n: u64,
    /// After how many outcomes it was written.
    pub after: u32,
    /// `debug`, `info`, `warn` or `error`.
    pub level: String,
    /// The run's clock, epoch milliseconds.
    pub now_ms: i64,
    /// Text.
    pub message: String,
    /// Further values, JSON text.
    pub data: Option<String>,
}

/// How the execution ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordedEnd {
    /// `completed`, `failed` or `continued`.
    pub how: String,
    /// For an error: its name and message.
    pub message: Option<String>,
    /// For an error: its stack in the JavaScript that ran.
    pub stack: Option<String>,
    /// Hash of the whole end, values included.
    pub hash: String,
}

impl Recorded {
    /// Adds what one turn brought. `before` calls came before the sandbox's own.
    pub fn add(&mut self, turn: &millrace_sandbox::Turn, before: u64) {
        self.calls.extend(turn.calls.iter().map(|c| RecordedCall::new(c, before)));
        self.logs.extend(turn.logs.iter().map(RecordedLine::new));
        if let Some(end) = &turn.end {
            self.end = Some(RecordedEnd::new(end));
        }
    }
}

impl RecordedCall {
    fn new(call: &Call, before: u64) -> Self {
        let whole = millrace_engine::Call { seq: call.seq + before, kind: call.kind.clone(), args: call.args.clone(), once: call.once };
        let shown = crate::perform::shown_arguments(&whole);
        Self {
            seq: whole.seq,
            after: call.after,
            args: super::model::lenient(&shown),
            args_hash: millrace_engine::journal::args_hash(&whole),
            kind: whole.kind,
            once: whole.once,
        }
    }
}

impl RecordedLine {
    fn new(line: &LogLine) -> Self {
        Self { n: line.n, after: line.after, level: line.level.clone(), now_ms: line.now_ms, message: line.message.clone(), data: line.data.clone() }
    }
}

impl RecordedEnd {
    fn new(end: &End) -> Self {
        let hash = sha(format!("{end:?}").as_bytes());
        match end {
            End::Completed(_) => Self { how: "completed".into(), message: None, stack: None, hash },
            End::ContinueWith(_) => Self { how: "continued".into(), message: None, stack: None, hash },
            End::Failed(error) => Self { how: "failed".into(), message: Some(error.to_string()), stack: Some(error.stack.clone()), hash },
        }
    }
}

impl RecordedEntry {
    /// The outcome as the sandbox is given it.
    pub fn delivery(&self, before: u64) -> Delivery {
        let json = self.outcome.get().to_owned();
        let outcome = if self.ok { Outcome::Value(json) } else { Outcome::Error(json) };
        Delivery { seq: self.seq.saturating_sub(before), now_ms: self.now_ms, outcome }
    }
}

impl Recording {
    /// Reads a recording and checks that its program is what its hash says.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let head: Head = serde_json::from_slice(bytes).map_err(|e| format!("it is not a recording: {e}"))?;
        if head.format != FORMAT {
            return Err(format!("its format is `{}`; this version reads `{FORMAT}`", head.format));
        }
        let recording: Self = serde_json::from_slice(bytes).map_err(|e| format!("it is damaged: {e}"))?;
        Bundle::from_bytes(&recording.bundle.to_bytes()).map_err(|e| e.to_string())?;
        recording.seed().ok_or("its seed is not 64 hex digits")?;
        if recording.opening.before > 1 {
            return Err("at most one call comes before the sandbox".into());
        }
        Ok(recording)
    }

    fn seed(&self) -> Option<[u8; 32]> {
        let mut seed = [0; 32];
        hex::decode_to_slice(&self.opening.seed, &mut seed).ok()?;
        Some(seed)
    }

    /// What the sandbox is given first.
    pub fn open(&self) -> Open {
        Open {
            run_id: self.opening.run_id.clone(),
            handler: self.opening.handler.clone(),
            context: self.opening.context.get().to_owned(),
            seed: self.seed().unwrap_or_default(),
            now_ms: self.opening.now_ms,
            replay: Vec::new(),
        }
    }

    /// The program.
    pub fn program(&self) -> Arc<Program> {
        workflows::program_of(&self.bundle)
    }

    /// The outcomes that the sandbox is given, in order, each with its place in the journal.
    pub fn deliveries(&self) -> impl Iterator<Item = (&RecordedEntry, Delivery)> {
        let before = self.opening.before;
        self.journal.iter().filter(move |e| e.seq > before).map(move |e| (e, e.delivery(before)))
    }
}

/// SHA-256, in hex.
pub fn sha(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(bytes))
}
