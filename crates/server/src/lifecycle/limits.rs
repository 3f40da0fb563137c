//! The limits of leaving, each with its reason.

use std::time::Duration;

/// How long a deactivated workspace is kept before it is gone for good: what the specification promises at least.
pub const RETAINED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Shortest and longest reason, in characters: a word is none, and a page is not read.
pub const REASON: std::ops::RangeInclusive<usize> = 10..=1_000;

/// How long after signing in somebody may erase themselves who has neither password nor second factor to show.
pub const FRESH: Duration = Duration::from_secs(15 * 60);

/// Workspaces past their time that one look deletes; the rest follows in the next one.
pub const PURGED_AT_ONCE: u32 = 10;
