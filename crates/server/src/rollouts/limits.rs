//! Every ceiling of rollouts, each with its reason.

use std::time::Duration;

/// How often an active rollout is looked at: a version that fails is to be halted well within a minute.
pub const LOOK: Duration = Duration::from_secs(3);

/// How often a node looks whether another one began a rollout, should it not have heard of it.
pub const LOOK_IDLE: Duration = Duration::from_secs(60);

/// Pause after the database or the sandbox was away.
pub const SETBACK: Duration = Duration::from_secs(2);

/// How long a node has a rollout for itself; it renews this while it moves installations.
pub const LEASE: Duration = Duration::from_secs(60);

/// A whole pass is made again after this, for installations that appeared or changed on their own.
pub const SWEEP_AGAIN: Duration = Duration::from_secs(300);

/// A rollout to everybody that halts itself is looked at for so long after it came so far.
pub const WATCH: Duration = Duration::from_secs(24 * 3_600);

/// Installations read at once by the sweep, and between two looks whether the rollout still stands.
pub const BATCH: u32 = 200;

/// Installations that are moved between two looks whether somebody halted the rollout: with a script and a `validateConfig` that take
/// as long as they may, less than [`LEASE`].
pub const MOVES_PER_LOOK: usize = 5;

/// Attempts to move an installation that its owner changes at the same time.
pub const MOVE_ATTEMPTS: u32 = 3;

/// CPU of one migration script (spec marketplace §8).
pub const SCRIPT_CPU: Duration = Duration::from_secs(5);

/// Ends of runs become final for the counts after this: nodes write them in groups, a little after the instant they name.
pub const COUNT_FINAL: Duration = Duration::from_secs(15);

/// Characters of a message about one installation.
pub const MESSAGE_CHARS: usize = 500;

/// Characters of the reason for a pin.
pub const REASON_CHARS: usize = 500;

/// Runs of one installation that a rehearsal plays at most.
pub const REHEARSED_OF_ONE: u32 = 50;

/// Runs that a rehearsal plays when the request does not say.
pub const REHEARSED_USUAL: u32 = 5;

/// Runs that one rehearsal plays in all: some seconds of work.
pub const REHEARSED_RUNS: usize = 200;

/// Installations that one rehearsal looks at.
pub const REHEARSED_INSTALLATIONS: u32 = 500;

/// How long a rehearsal may take; what is not played by then is said to be missing.
pub const REHEARSAL_TIME: Duration = Duration::from_secs(60);

/// Rehearsals of one node at a time: each keeps the sandbox busy.
pub const REHEARSALS: usize = 2;

/// Runs with a difference that a rehearsal shows one by one; all are counted.
pub const DIFFERENCES_SHOWN: usize = 50;
