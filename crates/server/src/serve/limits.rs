//! Limits of starting and stopping, each with its reason.

use std::time::Duration;

/// Connections that the system holds ready for us: a burst of webhooks while we are busy for a moment.
pub(super) const BACKLOG: u32 = 1_024;

/// How long runs in memory may take to reach a stop. Whatever is not done continues at the next start or on another
/// node, so waiting longer gains nothing; a service manager kills after 30 s or more.
pub(super) const RUNS_STOP: Duration = Duration::from_secs(5);

/// How long the engine may take in all: what runs have, and one transaction on a slow disk to hand the rest back.
pub(super) const ENGINE_STOP: Duration = Duration::from_secs(10);

/// How long sandbox processes and database connections may take to end.
pub(super) const REST_STOP: Duration = Duration::from_secs(3);

/// How long mails that are being handed over may take; what is cut off is tried again by the next start or another node.
pub(super) const MAIL_STOP: Duration = Duration::from_secs(4);

/// Pause after a connection could not be accepted because files or memory ran out.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Pause between attempts to reach a database that is starting.
pub(super) const DATABASE_PAUSE: Duration = Duration::from_millis(500);

/// How long a start waits for its port: a former server that was killed lets go of it within milliseconds; another one that
/// runs there keeps it.
pub const BIND_PATIENCE: Duration = Duration::from_millis(500);
