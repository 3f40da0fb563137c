//! Limits of a stage.

use std::time::Duration;

/// Longest wait that passes by itself: retries, pauses between requests, polling loops.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Real time after which a stage that still moves is called restless: a run has 10 s of CPU for one activation, and several follow
/// one another.
pub const REST: Duration = Duration::from_secs(60);

/// Waits that may pass within one step: a loop over 500 rows with a pause after each is usual, one that never ends is a mistake.
pub const MOVES: usize = 20_000;

/// Between two looks at whether anything moves.
pub const LOOK: Duration = Duration::from_micros(200);

/// For taking it down.
pub const CLOSE: Duration = Duration::from_secs(2);
