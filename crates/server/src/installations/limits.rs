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

/// How long an activation or an erasure waits for the workflow's own function before it answers that it goes on.
#[cfg(not(test))]
pub const HOOK_WAIT: std::time::Duration = std::time::Duration::from_secs(10);
/// Tests perform no runs: who waits there waits in vain.
#[cfg(test)]
pub const HOOK_WAIT: std::time::Duration = std::time::Duration::from_millis(50);

/// Pause between two looks of somebody who waits.
pub const HOOK_LOOK: std::time::Duration = std::time::Duration::from_millis(40);

/// How long a lifecycle function may take: it calls a service or two.
pub const HOOK_LIFE: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Pause between two looks for what a killed node left behind.
pub const HOOK_SWEEP: std::time::Duration = std::time::Duration::from_secs(30);

/// Installations that one such look sees to; the rest follows in the next one.
pub const HOOKS_PENDING: u32 = 1_000;

/// Functions of one installation that one look sees to.
pub const HOOKS_AT_ONCE: u32 = 20;

/// Characters of what an installation says about a failure.
pub const PROBLEM_CHARS: usize = 1_000;

/// How long `validateConfig` may take (spec workflow-sdk §12).
pub const VALIDATE: std::time::Duration = std::time::Duration::from_secs(5);

/// How long what an uninstalled workflow stored is kept (spec marketplace §6).
pub const KEPT: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 3_600);

/// How long after that a failing `onDelete` keeps it from being erased: data does not stay for ever because a program fails.
pub const KEPT_AGAINST: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 3_600);

/// Pause before a failing `onDelete` is called again by itself.
pub const ERASE_AGAIN: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// Installations that one look begins to erase.
pub const ERASED_AT_ONCE: u32 = 100;

/// Archived configurations that are kept of one installation: as many as it keeps revisions.
pub const ARCHIVED: i64 = 20;

/// Times of a schedule that are shown: enough to see that it is the one that was meant.
pub const SLOTS_SHOWN: usize = 3;
