//! Limits of the audit log, each with its reason.

use std::time::Duration;

/// Bytes of a row's metadata: before and after of a few settings, never a body or a document.
pub(super) const METADATA: usize = 8 * 1024;

/// Characters of a personal value: an e-mail address has at most 254, a client's name for itself is cut at 256.
pub(super) const PERSONAL: usize = 512;

/// Characters of a resource's id: our ids have 30, names that tenants give have up to 200.
pub(super) const RESOURCE: usize = 256;

/// Rows that are read, verified or erased at once: some 100 KB.
pub(super) const BATCH: u32 = 500;

/// How often ends of chains are signed and old rows dropped. What is written between two signatures is only as safe as the
/// database; a signature per minute for each busy workspace costs some 50 µs.
pub(super) const EVERY: Duration = Duration::from_secs(60);

/// Rounds after which a node looks for what others wrote; what it wrote itself it signs in the next one. An idle server is to ask
/// its database less than ten times a minute in all.
pub(super) const ROUNDS_PER_LOOK: u64 = 5;

/// Old rows are looked for once an hour: a retention is counted in days.
pub(super) const ROUNDS_PER_DROP: u64 = 60;

/// Chains that one round of signing looks at: the rest follows in the next one.
pub(super) const CHAINS: u32 = 200;

/// Days that a workspace may have its log kept: below thirty nobody would notice in time, ten years is the longest that laws ask for.
pub(super) const RETENTION_DAYS: std::ops::RangeInclusive<u32> = 30..=3_650;

/// Rows that retention drops in one transaction: nobody waits longer than some milliseconds for the chain.
pub(super) const DROPPED: u32 = 5_000;
