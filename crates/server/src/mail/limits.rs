//! Limits of mail, each with its reason.

use std::time::Duration;

/// Characters shown of a text that somebody chose: names fit, a letter of an advertiser does not.
pub(super) const SHOWN: usize = 100;

/// Mails that one look takes: they are sent side by side, and a relay takes some connections at once.
pub(super) const BATCH: u32 = 8;

/// How long one attempt may take in all, whatever the server does: half the lease.
pub(super) const ATTEMPT: Duration = Duration::from_secs(120);

/// How long nobody else tries a mail that somebody tries: a node that dies meanwhile delays it by this.
pub(super) const LEASE: Duration = Duration::from_secs(240);

/// The first pause after a failed attempt; each further one is twice as long.
pub(super) const PAUSE: Duration = Duration::from_secs(30);
/// The longest pause. Servers that greylist let a mail in after minutes; a broken one is mended in hours.
pub(super) const PAUSE_MOST: Duration = Duration::from_secs(2 * 60 * 60);
/// Attempts before a mail is given up: a day and a half.
pub(super) const ATTEMPTS: i64 = 24;
/// News older than this are not sent any more; mails with a link end with their link.
pub(super) const NEWS: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// How often an idle node looks without having been told: one statement in five minutes.
pub(super) const LOOK: Duration = Duration::from_secs(300);
/// Pause after a failed look at the database.
pub(super) const SETBACK: Duration = Duration::from_secs(2);

/// How often the outcome of an attempt is written before that is given up: two minutes, as long as the lease surely holds.
pub(super) const MARK_TRIES: u32 = 50;

/// How long attempts under way may take when the server stops; a mail that is cut off is tried again when its lease has ended.
pub(super) const STOP: Duration = Duration::from_secs(3);

/// Characters kept of what a mail server said.
pub(super) const ERROR: usize = 300;

/// How long mails are kept (the specification's).
pub(super) const KEPT: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Mails forgotten in one statement.
pub(super) const FORGET: u32 = 1_000;
