//! Every limit of sessions, each with its reason.

use std::time::Duration;

/// How long an access token is good. Short, because a program may have copied it; the row is checked anyway.
pub const ACCESS_TTL: Duration = Duration::from_secs(15 * 60);

/// How far the clocks of nodes may be apart: a token from further in the future is refused.
pub const CLOCKS: Duration = Duration::from_secs(60);

/// How long a device stays signed in without being used; each refresh starts it again.
pub const REFRESH_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long after its use a refresh token still answers with the same successor, as long as nobody used that one: two
/// tabs that refresh at once, or an answer that was lost on the way, do not sign a person out.
pub const REFRESH_GRACE: Duration = Duration::from_secs(30);

/// How long a session read from the database is believed: a revocation takes effect on other nodes within this time.
pub const BELIEVED: Duration = Duration::from_secs(1);

/// Sessions remembered; beyond this the memory is emptied, which costs one statement per session.
pub const REMEMBERED: usize = 10_000;

/// How exact "last used" is: a write per request would be absurd.
pub const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// A signing key signs for this long; then the next token is signed by a new one.
pub const KEY_SIGNS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long after its successor was made a key still verifies: the life of its last token, and nodes that look late.
pub const KEY_VERIFIES: Duration = Duration::from_secs(60 * 60);

/// How old this node's knowledge of signing keys may be before it signs with one.
pub const KEYS_AGE: Duration = Duration::from_secs(60);

/// Bytes of an access token: ours have about 500, and what is longer is not parsed.
pub const ACCESS_TOKEN: usize = 2_048;

/// Devices on which a person can be signed in at once; the one used least recently is signed out then.
pub const DEVICES: u32 = 100;
