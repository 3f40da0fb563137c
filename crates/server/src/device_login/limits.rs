//! Limits of devices' sign-ins, each with its reason.

use std::time::Duration;

/// How long the codes are good: a person opens a page, signs in and reads.
pub const TTL: Duration = Duration::from_secs(600);

/// The least pause between two questions of a device, in seconds; what RFC 8628 takes for the default.
pub const PAUSE: i64 = 5;

/// How much longer it becomes each time that a device asks too early, in seconds; RFC 8628's.
pub const SLOWER: i64 = 5;

/// The longest that it becomes: a device that never listens is limited by its address, too.
pub const LONGEST_PAUSE: i64 = 60;

/// How long what has ended is kept, so that a device that asks late is told so.
pub const ENDED_KEPT: Duration = Duration::from_secs(60 * 60);

/// Characters of the name by which a device calls itself.
pub const CLIENT_NAME: usize = 100;
