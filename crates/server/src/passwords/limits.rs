//! Every limit of passwords, each with its reason.

/// Characters at least, where a password is all there is to sign in with (NIST SP 800-63B-4, section 3.1.1.2).
pub const AT_LEAST: usize = 15;

/// Characters at least, where a second factor is asked for as well (the same section).
pub const AT_LEAST_WITH_SECOND_FACTOR: usize = 8;

/// Characters at most: a passphrase fits, a megabyte to be hashed does not.
pub const AT_MOST: usize = 128;

/// What guessing must cost at least, in bits, by the estimate of `policy`: a thousand guesses a second for a hundred years
/// are 2^41.
pub const BITS: f64 = 40.0;

/// What guessing must cost where a second factor is asked for as well.
pub const BITS_WITH_SECOND_FACTOR: f64 = 26.0;

/// Characters of an address before the `@` from which on a password must not hold them: shorter ones occur by chance.
pub const LOCAL_PART: usize = 4;

/// Hashings that may wait for their turn; more are turned away, since nobody waits that long.
pub const WAITING: usize = 128;

/// Wrong passwords for one address until it is locked.
pub const ATTEMPTS: u32 = 5;

/// The time in which they are counted.
pub const WINDOW: std::time::Duration = std::time::Duration::from_secs(15 * 60);

/// How long an address is locked.
pub const LOCKED: std::time::Duration = std::time::Duration::from_secs(15 * 60);

/// How often a node forgets attempts, tokens and sessions that ended long ago: a few thousand rows at most by then.
pub const SWEEP_EVERY: std::time::Duration = std::time::Duration::from_secs(10 * 60);
