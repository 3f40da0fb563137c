//! Limits of figures, each with its reason.

use std::time::Duration;

/// The window when none is asked for.
pub(super) const WINDOW: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The longest window: roll-ups are kept as long.
pub(super) const LONGEST: Duration = Duration::from_secs(731 * 24 * 3_600);

/// Runs that one answer is computed from, newest first: some 20 MB of rows in passing and a second or two of the database. What is
/// older than they are is left out, and the answer says from when on it is exact.
pub(super) const ROWS: usize = 100_000;

/// Rows read at once.
pub(super) const BATCH: u32 = 5_000;

/// Rows of one export; a longer one goes on behind the last id.
pub(super) const EXPORTED: usize = 100_000;

/// Errors that the breakdown names.
pub(super) const ERRORS: usize = 20;

/// Different errors and users that are told apart while counting; what a window has beyond that is counted together.
pub(super) const GROUPS: usize = 10_000;

/// Users that are shown, most runs first.
pub(super) const USERS: usize = 200;

/// The longest window by the hour: 31 days are 744 points.
pub(super) const HOURLY: Duration = Duration::from_secs(31 * 24 * 3_600);

/// Characters of a normalised message.
pub(super) const MESSAGE: usize = 200;

/// How often days that are over are rolled up, and runs past their workflow's own retention forgotten.
pub(super) const EVERY: Duration = Duration::from_secs(3_600);

/// How long after its end a day is rolled up: the commits of its last runs have landed.
pub(super) const SETTLED: Duration = Duration::from_secs(600);

/// Days that roll-ups are kept: two years and the day.
pub(super) const ROLLED_DAYS: i64 = 731;

/// Days rolled up in one round, after a long absence.
pub(super) const DAYS_AT_ONCE: i64 = 400;

/// Installations whose runs one round forgets early.
pub(super) const INSTALLATIONS: u32 = 100_000;
