//! Limits of invitations, each with its reason.

use std::time::Duration;

/// How long an invitation is good: a colleague's holiday.
pub const TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);
