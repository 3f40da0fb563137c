//! Every limit of second factors, each with its reason.

use std::time::Duration;

/// How long after the password a code may be shown: time to find the telephone, not to be phished at leisure.
pub const CHALLENGE_TTL: Duration = Duration::from_secs(5 * 60);

/// Codes that may be tried with one token; the account's own count, which new tokens do not begin anew, is in `passwords`.
pub const CHALLENGE_TRIES: u32 = 5;

/// How long an app that was begun with can be confirmed.
pub const ENROL_TTL: Duration = Duration::from_secs(10 * 60);

/// Apps per person: a telephone, its successor, a tablet. Each makes guessing so many times easier.
pub const FACTORS: usize = 3;

/// How long a passkey may take for its answer: as long as browsers wait for a person to find the device.
pub const QUESTION_TTL: Duration = Duration::from_secs(5 * 60);

/// Passkeys per person: each device or password manager has its own.
pub const PASSKEYS: usize = 10;

/// Characters of a name.
pub const NAME: usize = 60;

/// Bytes of what codes are made of: as long as the output of the MAC (RFC 4226, section 4).
pub const SECRET: usize = 20;

/// Recovery codes made at once.
pub const RECOVERY_CODES: usize = 10;

/// Characters of a recovery code, five bits each: 2^50 codes, of which five may be tried in a quarter of an hour.
pub const RECOVERY_CODE: usize = 10;

/// Characters of a typed code that are looked at at all.
pub const TYPED: usize = 64;
