//! Limits of master keys, each with its reason.

use std::time::Duration;

/// How often a node looks which key seals when nothing is under way. On PostgreSQL an idle server asks at most ten times a minute
/// in all; who changes keys waits this long for the last node to notice.
pub(super) const CALM: Duration = Duration::from_secs(30);

/// The same beside an embedded database, whose answer costs microseconds.
pub(super) const CALM_EMBEDDED: Duration = Duration::from_secs(2);

/// How often it looks while a change is under way.
pub(super) const BUSY: Duration = Duration::from_secs(1);

/// After how long everything is looked through again although nothing was under way: a node of an earlier release may have sealed
/// with the key that is first in its own configuration.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(60 * 60);

/// A node that was not seen for so long is gone: idle ones write their row every four minutes at the latest.
pub(super) const NODE_GONE: Duration = Duration::from_secs(300);

/// Values that are sealed again in one transaction: a few milliseconds of the embedded database's one writer.
pub(super) const BATCH: u32 = 100;

/// Pause between two transactions, in which runs go on: ten thousand values take seconds, a hundred thousand less than a minute.
pub(super) const BATCH_PAUSE: Duration = Duration::from_millis(5);

/// For how long a node may seal again without saying that it still does. Two at once would do no harm, only double work.
pub(super) const SWEEPER: Duration = Duration::from_secs(30);

/// Unreadable values that are named in the log; the others are counted.
pub(super) const NAMED: u64 = 10;

/// How often a running node asks the key service whether a start would work.
pub(super) const PROBE: Duration = Duration::from_secs(300);

/// How long one request to the key service may take, and how often and with what pause a start asks again.
pub(super) const SERVICE_TIME: Duration = Duration::from_secs(10);
pub(super) const SERVICE_ATTEMPTS: u32 = 5;
pub(super) const SERVICE_PAUSE: Duration = Duration::from_secs(1);

/// Characters of a key service's own words that are repeated.
pub(super) const SERVICE_WORDS: usize = 200;
