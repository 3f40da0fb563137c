//! Every ceiling of triggers, each with its reason.

use std::time::Duration;

/// How old a cached trigger or installation may be: what another node changed is seen within this time.
pub const STALE: Duration = Duration::from_secs(1);

/// From this age on, one caller looks again while the others still use what is there, so that a busy address does not
/// send all its callers to the database at once.
pub const REFRESH: Duration = Duration::from_millis(500);

/// Triggers or installations kept in memory; a few kilobytes each.
pub const CACHED: usize = 20_000;

/// Random bytes of a generated signing secret: as many as the digest has.
pub const SECRET_BYTES: usize = 32;

/// Longest signing secret that an owner may set, in bytes.
pub const SECRET_TEXT: usize = 512;

/// Characters of a delivery id that are kept as they are; a longer one is replaced by its hash.
pub const DELIVERY_ID: usize = 200;

/// Characters of what started a run, in words.
pub const LABEL_CHARS: usize = 200;
