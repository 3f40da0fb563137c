//! Every limit of the HTTP edge, each with its reason.

use std::time::Duration;

/// Bytes of a usual request's body: above what providers send (GitHub and Stripe stay under 25 MB and 256 KB, and a
/// delivery near 25 MB is refused by most receivers), below what would let a few callers fill a small machine.
pub const BODY: usize = 10 * 1024 * 1024;

/// Bytes of a deployment's body: a 10 MB bundle as JSON text, with its escapes.
pub const DEPLOY_BODY: usize = 12 * 1024 * 1024;

/// The most that configuration may allow a body.
pub const BODY_MOST: usize = 100 * 1024 * 1024;

/// How long a body may take to arrive. 12 MB in 30 s is 3.2 Mbit/s.
pub const BODY_TIME: Duration = Duration::from_secs(30);

/// How much of a refused body is read and thrown away, and for how long: a client that is still sending would otherwise
/// see its connection reset and never the answer that says why.
pub const REFUSED_BODY: usize = 16 * 1024 * 1024;
/// See [`REFUSED_BODY`].
pub const REFUSED_BODY_TIME: Duration = Duration::from_secs(2);

/// How long request headers may take. Nobody honest needs more than a second.
pub const HEADER_TIME: Duration = Duration::from_secs(10);

/// Connections served at once: an idle one costs about 10 KB here, and the usual limit of open files is 1,024 soft and
/// at least 4,096 hard; the soft one is raised at start.
pub const CONNECTIONS: usize = 3_072;

/// Bytes of one request's headers. Providers' signatures and traces fit in 8 KB.
pub const HEADERS: usize = 64 * 1024;

/// How long running requests may take to finish when the server stops.
pub const DRAIN_TIME: Duration = Duration::from_secs(10);

/// How deep JSON may nest: real documents stay under 20, and parsers recurse.
pub const JSON_DEPTH: usize = 64;

/// Bytes of a request id that a caller chose.
pub const REQUEST_ID: usize = 64;

/// Items of a list when the caller names no limit.
pub const PAGE: u32 = 50;

/// The most items of a list in one answer.
pub const PAGE_MOST: u32 = 200;

/// How old the answer of the last database check in `/api/health` may be: a crowd of probes costs one statement.
pub const HEALTH_AGE: Duration = Duration::from_secs(1);

/// How long the database may take to answer that check.
pub const HEALTH_TIME: Duration = Duration::from_secs(2);

/// Characters that are kept of a client's name for itself: browsers use up to 200.
pub const USER_AGENT: usize = 256;
