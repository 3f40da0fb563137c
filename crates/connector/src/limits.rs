//! Every limit of this crate, each with its reason.

use std::time::Duration;

/// A webhook body may nest this deep. Real providers stay under 20; a parser that recurses must not be fed more.
pub const WEBHOOK_DEPTH: usize = 64;

/// A provider's answer may nest this deep before it is refused (the JSON parser's own limit is 128).
pub const ANSWER_DEPTH: usize = 120;

/// A text echoed through an HMAC in a handshake may be this long and only `[A-Za-z0-9_-]`: longer or richer texts
/// would let a stranger have arbitrary messages signed.
pub const HANDSHAKE_TOKEN: usize = 128;

/// A challenge echoed as it came may be this long.
pub const HANDSHAKE_ECHO: usize = 1024;

/// Default time for one attempt against a provider.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// A call that names no budget may take this long, waits and retries included.
pub const CALL_BUDGET: Duration = Duration::from_secs(120);

/// Longest wait that a provider's `Retry-After` may impose on one attempt; above it the call ends as `rate_limited`
/// and the caller, who knows durable timers, decides.
pub const RETRY_AFTER: Duration = Duration::from_secs(60);

/// First back-off; doubled for each further attempt.
pub const BACKOFF_FIRST: Duration = Duration::from_millis(500);

/// Back-off never grows past this.
pub const BACKOFF_MAX: Duration = Duration::from_secs(20);

/// Share of a back-off that is random, so that a crowd of failed calls does not come back in step.
pub const BACKOFF_JITTER: f64 = 0.25;

/// Retries after HTTP 429 (spec §6.3).
pub const RETRIES_RATE_LIMITED: u32 = 3;

/// Retries after 500, 502, 503, 504 (spec §6.3).
pub const RETRIES_PROVIDER_DOWN: u32 = 5;

/// Retries after a time-out (spec §6.3).
pub const RETRIES_TIMEOUT: u32 = 2;

/// Retries after a connection that failed (spec §6.3).
pub const RETRIES_NETWORK: u32 = 5;

/// A token is renewed when it expires within this time: longer than an attempt, shorter than any provider's lifetime.
pub const RENEW_AHEAD_MS: i64 = 60_000;

/// Callers that may wait for one rate-limit bucket; the next is refused at once instead of growing the queue for ever.
pub const RATE_WAITERS: usize = 1_000;

/// Rate-limit buckets kept; idle ones are dropped first.
pub const RATE_BUCKETS: usize = 50_000;

/// Pages that one call may read, whatever its item limit says.
pub const PAGES: u32 = 100;

/// Items that one `all_pages` call returns when neither the file nor the caller says less.
pub const ITEMS: u64 = 10_000;

/// Requests that one batched operation may send.
pub const BATCHES: usize = 200;

/// Longest pause between two requests of a batch.
pub const BATCH_PAUSE: Duration = Duration::from_secs(10);

/// Characters of a provider's text that an error message repeats.
pub const MESSAGE_CHARS: usize = 300;

/// A connector file may be this large: the largest public API descriptions become files of three to four megabytes.
pub const FILE_BYTES: usize = 8 * 1024 * 1024;
