//! Limits of consent, each with its reason.

use std::time::Duration;

/// How long a person may take at the provider: the specification's.
pub const STATE_TTL: Duration = Duration::from_secs(10 * 60);
/// How long a person may take to test an app: the specification's. Whoever tests sits before it.
pub const TEST_TTL: Duration = Duration::from_secs(5 * 60);
/// How long a state that has ended is kept, so that using it again is told from inventing it.
pub const STATE_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest code and state in an answer, in bytes.
pub const PARAMETER: usize = 4_096;
/// Longest address to return to, in bytes.
pub const RETURN_TO: usize = 2_048;
/// Characters of a provider's words that are passed on: a sentence.
pub const SAID: usize = 200;
/// Consents under way of one workspace: a class of people who all begin within ten minutes.
pub const UNDER_WAY: i64 = 1_000;
/// Attempts to keep what was granted when others change the same installation.
pub const ATTEMPTS: u32 = 8;
