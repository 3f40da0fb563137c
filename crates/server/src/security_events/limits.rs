//! The limits of security events, each with its reason.

use std::time::Duration;

/// How long events are kept: whoever looks for the beginning of an attack finds it, and addresses of people are not kept for ever.
pub(super) const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Events forgotten in one statement.
pub(super) const FORGET: u32 = 1_000;
