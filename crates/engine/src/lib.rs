//! Durable runs: journal, queue, leases, timers, waits, retries.
//!
//! The engine knows an opaque tenant, a program to perform and a journal. What a program is (JavaScript in a sandbox) and
//! what its calls do (HTTP, storage) the product says through one trait, [`Perform`]. What to do next is decided by a pure
//! function ([`activation`]); loops are `tick(now)`; every write of a node goes through one [`committer`].

pub mod activation;
mod also;
pub mod carry;
mod claim;
mod committer;
mod depth;
mod driver;
mod engine;
mod error;
pub mod farewell;
pub mod journal;
pub mod limits;
mod logs;
mod measure;
mod nodes;
mod pace;
pub mod payload;
mod perform;
#[cfg(test)]
mod plans;
pub mod resume;
mod retention;
pub mod run;
pub mod schedule;
mod settings;
mod store;
mod timers;
mod traces;
pub mod waits;

pub use also::{Also, nothing};
pub use committer::{NewRun, Parent, Started};
pub use engine::{Coming, Engine, Queue};
pub use error::EngineError;
pub use logs::{LogLine, latest_logs, logs_after};
pub use measure::describe as describe_metrics;
pub use nodes::Node;
pub use perform::{Call, Delivery, End, NewLog, Outcome, Perform, Plan, Program, ProgramError, RunError, Settled, Turn, WaitSpec};
pub use retention::forget_of_subject;
pub use run::{Run, RunFilter, RunState};
pub use settings::{Role, Settings};
