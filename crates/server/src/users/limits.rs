//! Limits of people and of the tokens mailed to them, each with its reason.

use std::time::Duration;

/// Characters of a name: the longest real ones stay below.
pub const NAME: usize = 100;

/// How long a link that verifies an address is good: mail is read the next day.
pub const VERIFICATION_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a link that resets a password is good: it is asked for by somebody who waits for it.
pub const RESET_TTL: Duration = Duration::from_secs(60 * 60);

/// How long a token that has ended is kept, so that its holder is told so instead of that there never was one.
pub const ENDED_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
