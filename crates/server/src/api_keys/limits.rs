//! The limits of API keys.

use std::time::Duration;

/// Longest name, in characters: what the specification allows.
pub const NAME_CHARS: usize = 255;
/// The furthest end of a key that has one.
pub const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How long a key read from the database is believed: a revocation takes effect everywhere within this time.
pub const BELIEVED: Duration = Duration::from_secs(1);
/// Keys remembered by a node; beyond this the memory is emptied, which costs one statement per key.
pub const REMEMBERED: usize = 10_000;
/// How exact "last used" is: a write per request would be absurd.
pub const TOUCH_EVERY: Duration = Duration::from_secs(60);
