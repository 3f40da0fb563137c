//! How using the sandbox can fail, apart from the program throwing.

use crate::turn::ScriptError;
use serde::{Deserialize, Serialize};

/// Why an attempt ended without a turn. The session is gone in every case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SandboxError {
    /// The turn used more CPU than allowed.
    #[error("the workflow used more CPU time than one turn may use")]
    CpuLimit,
    /// The isolate's heap outgrew its limit.
    #[error("the workflow used more memory than it may use")]
    MemoryLimit,
    /// The program nested its calls (or its data) too deeply.
    #[error("the workflow nested its calls too deeply")]
    StackLimit,
    /// The turn took too long on the wall clock without using its CPU.
    #[error("the sandbox did not answer in time")]
    WallLimit,
    /// The child process died, through no fault that could be blamed on this run. Replay the run elsewhere.
    #[error("the sandbox process ended: {reason}")]
    Crashed {
        /// What is known about its end.
        reason: String,
        /// Whether this run's frame was the one being processed: a run that does this again and again is poison.
        processing: bool,
    },
    /// The two sides disagree about the protocol, or a frame was too large.
    #[error("sandbox protocol: {0}")]
    Protocol(String),
    /// The module could not be compiled, linked or evaluated, or has no such handler.
    #[error("the workflow could not be loaded: {0}")]
    Load(ScriptError),
    /// The replay differs from the journal: an outcome arrived for a call that was not asked.
    #[error("the replay took another path: {0}")]
    Diverged(String),
    /// There is no room, or no child could be started.
    #[error("no sandbox available: {0}")]
    Unavailable(String),
}

impl SandboxError {
    /// Stable code for API answers and run records.
    pub fn code(&self) -> &'static str {
        match self {
            SandboxError::CpuLimit => "CPU_LIMIT",
            SandboxError::MemoryLimit => "MEMORY_LIMIT",
            SandboxError::StackLimit => "STACK_LIMIT",
            SandboxError::WallLimit => "WALL_LIMIT",
            SandboxError::Crashed { .. } => "SANDBOX_CRASHED",
            SandboxError::Protocol(_) => "SANDBOX_PROTOCOL",
            SandboxError::Load(_) => "LOAD_FAILED",
            SandboxError::Diverged(_) => "NON_DETERMINISTIC",
            SandboxError::Unavailable(_) => "SANDBOX_UNAVAILABLE",
        }
    }

    /// Whether the same attempt may succeed when it is simply made again.
    pub fn is_transient(&self) -> bool {
        matches!(self, SandboxError::Crashed { .. } | SandboxError::Unavailable(_) | SandboxError::WallLimit)
    }
}
