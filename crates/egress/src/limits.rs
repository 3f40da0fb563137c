//! Every limit of this crate, with its reason. [`Limits`] holds the ones an operator may change.

use std::time::Duration;

/// Largest request body: what the workflow contract allows a run to send (25 MB).
pub const REQUEST_BODY_BYTES: usize = 25 * 1024 * 1024;

/// Largest response body, after decompression: it is handed to a 64–128 MB isolate and journaled (10 MB).
pub const RESPONSE_BODY_BYTES: usize = 10 * 1024 * 1024;

/// Largest sum of header names and values, either direction. Real services stay below 32 KiB.
pub const HEADER_BYTES: usize = 64 * 1024;

/// Most response header lines. Real services stay below 60; the parser allocates per line.
pub const RESPONSE_HEADERS: usize = 256;

/// Longest URL. Servers commonly refuse more than 8 to 16 KiB; signed storage URLs reach 4 KiB.
pub const URL_BYTES: usize = 32 * 1024;

/// Most redirects followed in one request; the battery of the trust contract fixes five.
pub const REDIRECTS: usize = 5;

/// Time for the whole request, redirects and body included, when the caller names none.
pub const TOTAL: Duration = Duration::from_secs(30);

/// The longest time a caller may ask for: a slow model answer, not a connection held for ever.
pub const TOTAL_MAX: Duration = Duration::from_secs(600);

/// Time for name resolution, TCP and TLS together.
pub const CONNECT: Duration = Duration::from_secs(10);

/// Time for name resolution alone: below [`CONNECT`], so that a dead resolver is reported as one.
pub const LOOKUP: Duration = Duration::from_secs(8);

/// Longest silence while a body arrives. Services that stream slowly still send something.
pub const BODY_IDLE: Duration = Duration::from_secs(30);

/// How long an unused connection is kept. Below the 60 s after which common load balancers drop one silently.
pub const POOL_IDLE: Duration = Duration::from_secs(45);

/// Unused connections kept per host: enough for the runs of a node that talk to one service at once.
pub const POOL_IDLE_PER_HOST: usize = 256;

/// Response bodies that a node holds at once, over all runs. 256 runs of 10 MB each would be 2.5 GB and several times
/// that as JSON; with this much, large answers wait for each other and small ones are not concerned.
pub const BUFFERED_BYTES: usize = 256 * 1024 * 1024;

/// The part of [`BUFFERED_BYTES`] that one workspace may hold: a provider that feeds its answers slowly must not keep
/// the room of all others. Six answers of the largest size.
pub const BUFFERED_SHARE_BYTES: usize = 64 * 1024 * 1024;

/// A body up to here needs no room of [`BUFFERED_BYTES`]: ordinary API answers, which never wait. All runs of a node
/// together stay below 32 MB with them.
pub const BUFFERED_FREE_BYTES: usize = 64 * 1024;

/// How long a body waits for room. Two bodies that each hold what the other needs end here, with `EGRESS_BUSY`.
pub const BUFFER_WAIT: Duration = Duration::from_secs(10);

/// A redirect's own body is read up to here so that the connection can be used again, and dropped beyond.
pub const REDIRECT_BODY_BYTES: usize = 64 * 1024;

/// How long a redirect's own body may take; after that its connection is given up instead.
pub const REDIRECT_BODY_TIME: Duration = Duration::from_millis(500);

/// Addresses taken from one resolver answer. More is an attempt to make us try many.
pub const ADDRESSES: usize = 32;

/// Shortest secret that is hidden in answers. Every secret of a run is looked for in every answer it gets, so that a
/// shorter one (a PIN, a year, a word) would replace ordinary data everywhere, and its base64 would occur by chance.
pub const MASK_BYTES: usize = 6;

/// Bodies above this are searched for secrets on a blocking thread: at some hundred MB/s the search of a larger one
/// would hold up the other requests of its thread for a millisecond and more.
pub const MASK_ASIDE_BYTES: usize = 256 * 1024;

/// Shortest single line of a multi-line secret (a private key) that is hidden on its own.
pub const MASK_LINE_BYTES: usize = 16;

/// The limits an operator may change; the defaults are the constants of this module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest request body in bytes.
    pub request_body: usize,
    /// Largest response body in bytes, after decompression (and also before it).
    pub response_body: usize,
    /// Response bodies held at once by the whole client.
    pub buffered: usize,
    /// The same for one [`Share`](crate::Share).
    pub buffered_share: usize,
    /// How long a body waits for that room.
    pub buffer_wait: Duration,
    /// Sum of header bytes, either direction.
    pub header_bytes: usize,
    /// Most redirects followed.
    pub redirects: usize,
    /// Time for a whole request when it names none.
    pub total: Duration,
    /// The most a request may ask for.
    pub total_max: Duration,
    /// Time for resolution, TCP and TLS.
    pub connect: Duration,
    /// Longest silence while a body arrives.
    pub body_idle: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            request_body: REQUEST_BODY_BYTES,
            response_body: RESPONSE_BODY_BYTES,
            buffered: BUFFERED_BYTES,
            buffered_share: BUFFERED_SHARE_BYTES,
            buffer_wait: BUFFER_WAIT,
            header_bytes: HEADER_BYTES,
            redirects: REDIRECTS,
            total: TOTAL,
            total_max: TOTAL_MAX,
            connect: CONNECT,
            body_idle: BODY_IDLE,
        }
    }
}
