//! What the host side of an isolate remembers: calls asked, lines logged, time, entropy, the end.

use super::{
    guard::{Guard, Verdict},
    text::{cut, tame},
};
use crate::{
    limits::{Limits, MAX_RANDOM_BYTES, MAX_SITES},
    turn::{Call, End, LogLine, Sites},
    wire::script_error,
};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};
use std::sync::Arc;

/// What becomes of a host call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Pending,
    Settled,
    Abandoned,
}

/// Why a delivery was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// No call has this number.
    NotAsked,
    /// The call's outcome was delivered before.
    Twice,
}

/// The host side of one isolate.
pub(super) struct State {
    limits: Limits,
    guard: Arc<Guard>,
    rng: ChaCha20Rng,
    now_ms: i64,
    after: u32,
    /// Call `seq` is at index `seq - 1`.
    stages: Vec<Stage>,
    pending: usize,
    /// While the module is evaluated, nothing may be asked.
    open_for_calls: bool,
    line: u64,
    step_call_bytes: usize,
    step_lines: u32,
    step_lines_dropped: u64,
    /// What is to be reported with the turn.
    pub calls: Vec<Call>,
    pub logs: Vec<LogLine>,
    pub abandoned: Vec<u64>,
    pub end: Option<End>,
    /// Bytes in `calls` and `logs`.
    pub bytes: usize,
    /// Whether it is noted where calls are asked and lines written.
    watched: bool,
    pub sites: Sites,
}

impl State {
    pub(super) fn new(limits: Limits, guard: Arc<Guard>) -> State {
        State {
            limits,
            guard,
            rng: ChaCha20Rng::from_seed([0; 32]),
            now_ms: 0,
            after: 0,
            stages: Vec::new(),
            pending: 0,
            open_for_calls: false,
            line: 0,
            step_call_bytes: 0,
            step_lines: 0,
            step_lines_dropped: 0,
            calls: Vec::new(),
            logs: Vec::new(),
            abandoned: Vec::new(),
            end: None,
            bytes: 0,
            watched: false,
            sites: Sites::default(),
        }
    }

    /// From now on it is noted where calls are asked and lines written.
    pub(super) fn watch(&mut self) {
        self.watched = true;
    }

    /// Whether it is.
    pub(super) fn is_watched(&self) -> bool {
        self.watched && self.sites.calls.len() + self.sites.lines.len() < MAX_SITES
    }

    /// The number of the line written last.
    pub(super) fn last_line(&self) -> u64 {
        self.line
    }

    /// Makes it the state of one run.
    pub(super) fn begin(&mut self, seed: [u8; 32], now_ms: i64) {
        self.rng = ChaCha20Rng::from_seed(seed);
        self.now_ms = now_ms;
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// From here on the program may ask for host calls.
    pub(super) fn admit_calls(&mut self) {
        self.open_for_calls = true;
    }

    /// Records a host call. `None`: calls are not possible yet, or no longer.
    pub(super) fn ask(&mut self, kind: String, args: String, once: bool) -> Option<u64> {
        if !self.open_for_calls || self.end.is_some() {
            return None;
        }
        self.step_call_bytes += args.len();
        if self.pending >= self.limits.max_pending_calls {
            let most = self.limits.max_pending_calls;
            self.refuse("TOO_MANY_PENDING_CALLS", format!("more than {most} host calls were in flight at the same time"));
            return None;
        }
        if self.step_call_bytes > self.limits.max_call_bytes {
            let most = self.limits.max_call_bytes;
            self.refuse("HOST_CALLS_TOO_LARGE", format!("host calls asked at one time carried more than {most} bytes"));
            return None;
        }
        self.stages.push(Stage::Pending);
        self.pending += 1;
        let seq = self.stages.len() as u64;
        self.bytes += kind.len() + args.len() + 32;
        self.calls.push(Call { seq, after: self.after, kind, args, once });
        Some(seq)
    }

    fn refuse(&mut self, code: &str, message: String) {
        self.finish(End::Failed(script_error("LimitError", message, Some(code))));
        self.guard.trip(Verdict::Ended);
    }

    /// Nobody waits for this call any more.
    pub(super) fn abandon(&mut self, seq: u64) {
        if self.end.is_none()
            && let Some(stage) = slot(&mut self.stages, seq)
            && *stage == Stage::Pending
        {
            *stage = Stage::Abandoned;
            self.pending -= 1;
            self.abandoned.push(seq);
        }
    }

    /// Starts the step of a delivery: time moves, the counters of the step begin again.
    pub(super) fn deliver(&mut self, seq: u64, now_ms: i64) -> Result<(), Refused> {
        let stage = slot(&mut self.stages, seq).ok_or(Refused::NotAsked)?;
        match *stage {
            Stage::Settled => return Err(Refused::Twice),
            Stage::Pending => self.pending -= 1,
            Stage::Abandoned => {}
        }
        *stage = Stage::Settled;
        self.end_step();
        self.now_ms = self.now_ms.max(now_ms);
        self.after += 1;
        Ok(())
    }

    /// Closes a step: says how many log lines it lost.
    pub(super) fn end_step(&mut self) {
        self.step_call_bytes = 0;
        self.step_lines = 0;
        let dropped = std::mem::take(&mut self.step_lines_dropped);
        if dropped > 0 {
            self.push_line("warn".into(), format!("{dropped} log lines were dropped"), None);
        }
    }

    /// Records a log line.
    pub(super) fn log(&mut self, level: String, message: String, data: Option<String>) {
        if self.end.is_some() {
            return;
        }
        if self.step_lines >= self.limits.max_logs_per_step {
            self.step_lines_dropped += 1;
            return;
        }
        self.step_lines += 1;
        let limit = self.limits.max_log_line;
        let message = tame(cut(message, limit));
        let data = data.map(|data| {
            if data.len() > limit { format!("{{\"$truncated\":{}}}", data.len()) } else { data }
        });
        self.push_line(level, message, data);
    }

    fn push_line(&mut self, level: String, message: String, data: Option<String>) {
        self.line += 1;
        self.bytes += message.len() + data.as_ref().map_or(0, String::len) + 64;
        self.logs.push(LogLine { n: self.line, after: self.after, level, now_ms: self.now_ms, message, data });
    }

    /// Records the end; the first one stands.
    pub(super) fn finish(&mut self, end: End) {
        if self.end.is_some() {
            return;
        }
        let too_large = match &end {
            End::Completed(json) | End::ContinueWith(json) => json.len() > self.limits.max_result,
            End::Failed(_) => false,
        };
        let end = if too_large {
            let most = self.limits.max_result;
            End::Failed(script_error("LimitError", format!("the result is larger than {most} bytes"), Some("RESULT_TOO_LARGE")))
        } else {
            end
        };
        self.end_step();
        self.end = Some(end);
    }

    /// A number in [0, 1) with 53 random bits.
    pub(super) fn random(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let bits = (self.rng.next_u64() >> 11) as f64;
        bits * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Random bytes from the run's seed; at most 64 KiB at a time.
    pub(super) fn random_bytes(&mut self, length: usize) -> Option<Vec<u8>> {
        if length > MAX_RANDOM_BYTES {
            return None;
        }
        let mut bytes = vec![0; length];
        self.rng.fill_bytes(&mut bytes);
        Some(bytes)
    }
}

fn slot(stages: &mut [Stage], seq: u64) -> Option<&mut Stage> {
    stages.get_mut(usize::try_from(seq).ok()?.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn state(limits: Limits) -> State {
        let mut state = State::new(limits, Guard::new());
        state.begin([7; 32], 1000);
        state.admit_calls();
        state
    }

    #[test]
    fn calls_are_numbered_from_one_and_remember_the_delivery_before_them() {
        let mut state = state(Limits::default());
        assert_eq!(state.ask("timer".into(), "{}".into(), false), Some(1));
        state.deliver(1, 2000).unwrap();
        assert_eq!(state.ask("timer".into(), "{}".into(), true), Some(2));
        assert_eq!(state.calls.iter().map(|call| (call.seq, call.after, call.once)).collect::<Vec<_>>(), [
            (1, 0, false),
            (2, 1, true)
        ]);
        assert_eq!(state.now_ms(), 2000);
    }

    #[test]
    fn an_outcome_nobody_asked_for_is_refused_and_so_is_a_second_one() {
        let mut state = state(Limits::default());
        state.ask("timer".into(), "{}".into(), false);
        assert_eq!(state.deliver(2, 0), Err(Refused::NotAsked));
        assert_eq!(state.deliver(0, 0), Err(Refused::NotAsked));
        assert_eq!(state.deliver(1, 0), Ok(()));
        assert_eq!(state.deliver(1, 0), Err(Refused::Twice));
    }

    #[test]
    fn time_never_goes_back() {
        let mut state = state(Limits::default());
        state.ask("timer".into(), "{}".into(), false);
        state.deliver(1, 500).unwrap();
        assert_eq!(state.now_ms(), 1000);
    }

    #[test]
    fn a_flood_of_calls_ends_the_run() {
        let mut state = state(Limits { max_pending_calls: 2, ..Limits::default() });
        for _ in 0..3 {
            state.ask("timer".into(), "{}".into(), false);
        }
        let Some(End::Failed(error)) = &state.end else { panic!("no end") };
        assert_eq!(error.code.as_deref(), Some("TOO_MANY_PENDING_CALLS"));
        assert_eq!(state.calls.len(), 2);
    }

    #[test]
    fn log_lines_beyond_the_limit_are_counted() {
        let mut state = state(Limits { max_logs_per_step: 2, ..Limits::default() });
        for n in 0..5 {
            state.log("info".into(), n.to_string(), None);
        }
        state.finish(End::Completed("null".into()));
        let lines: Vec<_> = state.logs.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(lines, ["0", "1", "3 log lines were dropped"]);
    }

    #[test]
    fn random_numbers_follow_from_the_seed() {
        let (mut a, mut b) = (state(Limits::default()), state(Limits::default()));
        for _ in 0..100 {
            let number = a.random();
            assert!((0.0..1.0).contains(&number));
            assert!((number - b.random()).abs() < f64::EPSILON);
        }
        assert_eq!(a.random_bytes(16), b.random_bytes(16));
        assert_eq!(a.random_bytes(MAX_RANDOM_BYTES + 1), None);
    }
}
