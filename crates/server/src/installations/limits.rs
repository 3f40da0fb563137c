//! Every ceiling of installations, each with its reason.

/// Bytes of one configured text. Templates of messages are a few kilobytes.
pub const TEXT_BYTES: usize = 64 * 1024;

/// Bytes of a whole configuration as JSON. It travels into the sandbox with every run.
pub const CONFIG_BYTES: usize = 256 * 1024;

/// Items of one configured list.
pub const LIST_ITEMS: usize = 10_000;

/// Characters of an installation's name.
pub const NAME_CHARS: usize = 200;

/// Secrets shorter than this show no character at all: the last four would be most of them.
pub const SHOW_LAST_FROM: usize = 12;

/// Attempts to store a change when another change of the same installation commits in between.
pub const CHANGE_ATTEMPTS: u32 = 3;

/// Replaced revisions of an installation that are kept whether runs name them or not: looking through its runs is not worth
/// less.
pub const REVISIONS: usize = 20;

/// How long a replaced revision is kept in any case: far longer than a node's memory of an installation, and a stalled one's.
pub const REVISION_AGE: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// Runs that one pass of the engine's cancellation takes at most; fewer means that none are left.
pub const CANCEL_PASS: usize = 1_000;

/// Passes that a deletion makes: ten million queued runs, and an end if runs cannot be cancelled.
pub const CANCEL_PASSES: usize = 10_000;

/// Installations of one workflow that one request can mean at once.
pub const OF_WORKFLOW: u32 = 10_000;

/// Archived configurations that are kept of one installation: as many as it keeps revisions.
pub const ARCHIVED: i64 = 20;
