//! Why an activation ends early, and what becomes of its run.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::Driver;
use super::commit::Step;
use crate::committer::{Advanced, Then};
use crate::limits::{CRASH_BACKOFF, MAX_CRASHES};
use crate::measure::LOST;
use crate::{End, EngineError, ProgramError, Run, RunError};

/// Why an activation stops before the run's end.
pub(super) enum Stop {
    /// Another node owns the run, or this one is stopping: write nothing more.
    Fenced,
    /// The program's surroundings failed: a sandbox process died.
    Lost(String),
    /// Our own database or payload store failed, which is not the run's fault.
    Away(String),
    /// The run is at fault.
    Run(RunError),
    /// The run may not begin, or not go on.
    Refused(RunError),
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Fenced | EngineError::Stopping => Self::Fenced,
            EngineError::TooLarge { .. } => Self::Run(RunError::new("PAYLOAD_TOO_LARGE", error.to_string())),
            other => Self::Away(other.to_string()),
        }
    }
}

impl From<millrace_db::DbError> for Stop {
    fn from(error: millrace_db::DbError) -> Self {
        Self::Away(error.to_string())
    }
}

impl From<ProgramError> for Stop {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Run(e) => Self::Run(e),
            ProgramError::Refused(e) => Self::Refused(e),
            ProgramError::Lost(reason) => Self::Lost(reason),
        }
    }
}

impl Driver {
    /// Ends or gives back a run whose activation stopped early.
    pub(super) async fn stopped(&mut self, stop: Stop) {
        self.step = Step { logs: std::mem::take(&mut self.step.logs), ..Step::default() };
        let done = match stop {
            Stop::Fenced => return,
            Stop::Run(error) => self.commit(Then::Finish(End::Failed(error), None)).await,
            Stop::Refused(error) => self.commit(Then::Finish(End::Refused(error), None)).await,
            Stop::Lost(reason) if self.run.crashes + 1 >= MAX_CRASHES => {
                let error = RunError::new("RUN_LOST", format!("The run was lost {MAX_CRASHES} times without progress: {reason}"));
                self.commit(Then::Finish(End::Failed(error), None)).await
            }
            Stop::Lost(reason) => {
                LOST.increment(1);
                self.give_back(&reason, self.run.crashes + 1).await
            }
            Stop::Away(reason) => self.give_back(&reason, self.run.crashes).await,
        };
        if let Err(Stop::Lost(reason) | Stop::Away(reason)) = done {
            tracing::error!(run_id = %self.run.id, reason, "a run could not be given back yet");
            self.inner.request_sweep();
        }
    }

    async fn give_back(&mut self, reason: &str, crashes: i64) -> Result<Advanced, Stop> {
        tracing::warn!(run_id = %self.run.id, reason, "an activation was lost; the run is queued again");
        let factor = 1u32 << u32::try_from(self.run.crashes.clamp(0, 8)).unwrap_or(0);
        let pause = CRASH_BACKOFF.saturating_mul(factor).mul_f64(jitter(&self.run));
        let done = self.commit(Then::Release(self.inner.clock.now().plus(pause), crashes)).await;
        self.inner.clone().look_again_after(pause);
        done
    }
}

/// Between 0.5 and 1.5, by run and attempt: many runs lost together come back one after another, and a simulation repeats itself.
fn jitter(run: &Run) -> f64 {
    let mut hash = DefaultHasher::new();
    (run.id.as_str(), run.epoch).hash(&mut hash);
    0.5 + f64::from(u16::try_from(hash.finish() & 0x3ff).unwrap_or(0)) / 1024.0
}

pub(super) fn cancelled(reason: &str) -> Stop {
    Stop::Run(RunError { name: Some("CancelledError".into()), ..RunError::new("CANCELLED", reason) })
}
