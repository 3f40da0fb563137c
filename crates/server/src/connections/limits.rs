//! Limits of connections, each with its reason.

use std::time::Duration;

/// Fields of one connection; the richest auth kind of any connector has eight.
pub(super) const FIELDS: usize = 32;

/// Bytes of one field: a service-account key in PEM has 2 KB, a fat JWT 8 KB.
pub(super) const FIELD_BYTES: usize = 32 * 1024;

/// Characters of a connection's name.
pub(super) const NAME: usize = 120;

/// How long opened credentials are believed without looking at the database again. A token renewed by another node is
/// noticed earlier: the old one is refused, and renewal reads the row first.
pub(super) const BELIEVED: Duration = Duration::from_secs(5);

/// Opened connections kept in memory.
pub(super) const REMEMBERED: usize = 10_000;

/// How long a node may take to renew a connection before others may try: longer than a token request with its limits.
pub(super) const RENEWAL_LEASE: Duration = Duration::from_secs(60);

/// How often a node looks whether another one has finished renewing.
pub(super) const RENEWAL_LOOK: Duration = Duration::from_millis(200);

/// How long a caller waits for a renewal that another node makes.
pub(super) const RENEWAL_WAIT: Duration = Duration::from_secs(75);

/// Attempts to store a renewed token; a provider may already have ended the old one.
pub(super) const STORE_ATTEMPTS: u32 = 8;

/// Installations that a connection names as its users, of how many there are: what fits a question before it is deleted.
pub(super) const USERS_SHOWN: u32 = 20;
