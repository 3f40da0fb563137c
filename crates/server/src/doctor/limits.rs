//! From where on a figure is worth a word, each with its reason.

use std::time::Duration;

/// Free disk below this fails: one busy hour of journals may take as much.
pub(super) const DISK_FAILURE: u64 = 200 * 1024 * 1024;
/// Free disk below this is a warning.
pub(super) const DISK_WARNING: u64 = 2 * 1024 * 1024 * 1024;

/// Every step of a run waits for one flush to disk; above this, runs feel it.
pub(super) const FSYNC_WARNING: Duration = Duration::from_millis(20);
/// Flushes that are measured.
pub(super) const FSYNC_SAMPLES: usize = 15;

/// Open files: each connection, webhook and sandbox process takes some.
pub(super) const OPEN_FILES: u64 = 4_096;

/// Clocks may differ by this much; leases last 1.5 s and are judged by each node's own clock.
pub(super) const CLOCK_WARNING: Duration = Duration::from_millis(500);

/// Share of an embedded file that is free pages, in per cent, before it is worth a word.
pub(super) const FREE_PAGES: i64 = 50;

/// How long the mail server may take to let us in.
pub(super) const MAIL: Duration = Duration::from_secs(15);

/// Payload references looked up in the database, at most: a look must end.
pub(super) const PAYLOADS: usize = 50_000;
