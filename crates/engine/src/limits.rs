//! All limits of the engine in one place, each with its reason.

use std::time::Duration;

/// Attempts of a run whose program says that trying again may help, the first included: as the ecosystem's durable tier does.
pub const RETRY_ATTEMPTS: i64 = 3;

/// Pause before the second attempt; four times as long before the third. Shorter than ten seconds: what is due later than that is
/// taken for the work of a wrong clock and claimed at once (`claim.rs`). Who must wait longer sleeps in the program.
pub const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// Payloads above this leave the row: a page of either database holds at most a few of them, and lists stay quick.
pub const INLINE_PAYLOAD_BYTES: usize = 16 * 1024;

/// What a row of a run, its journal or its log is counted as besides its texts: ids, hashes, times, and its place in an index.
pub const ROW_BYTES: u64 = 256;

/// One payload at most: what one host call or run may return. Larger data belongs in a file.
pub const PAYLOAD_BYTES: usize = 32 * 1024 * 1024;

/// Operations in one group commit. More would make the first caller wait longer than one fsync saves.
pub const COMMIT_BATCH: usize = 512;

/// Journal entries read and replayed at once: bounds memory for a run with a million steps.
pub const JOURNAL_SEGMENT: u32 = 1_000;

/// How long a delivery id is remembered (DESIGN §3, D9).
pub const DELIVERY_MEMORY: Duration = Duration::from_secs(24 * 3600);

/// A node's lease while it holds runs. Others take over when they have seen no renewal for this long by their own stopwatch:
/// "back in ≤ 2 s" less two looks, and a claim on a busy machine.
pub const LEASE: Duration = Duration::from_millis(1_250);

/// How often a busy node renews; three tries fit into one lease.
pub const LEASE_RENEWAL: Duration = Duration::from_millis(400);

/// How often a busy node compares the runs in its name with those in its memory, in renewals: about every four seconds. What a
/// lost answer left behind is found by this at the latest.
pub const SWEEP_RENEWALS: u32 = 10;

/// How often a node looks for dead neighbours while any of them holds a lease.
pub const WATCH: Duration = Duration::from_millis(200);

/// How often a node looks again at a queue in which nothing was due or allowed to run: a run that a dead node had put off, or a
/// workspace at its cap over all nodes, wakes nobody here.
pub const QUEUE_POLL: Duration = Duration::from_secs(1);

/// How often an idle node looks at all: keeps an idle PostgreSQL at ≤ 10 statements a minute (DESIGN §9).
pub const IDLE_POLL: Duration = Duration::from_secs(60);

/// Activations that may end without a word (a sandbox process died) before the run is set aside as failed.
pub const MAX_CRASHES: i64 = 5;

/// First pause before a lost activation is tried again; doubles each time, with jitter.
pub const CRASH_BACKOFF: Duration = Duration::from_millis(200);

/// The committer's longest pause between tries while the database is away.
pub const COMMIT_BACKOFF_MAX: Duration = Duration::from_secs(2);

/// How long a caller that starts a run waits for the database before it is told to try again.
pub const START_TIMEOUT: Duration = Duration::from_secs(8);

/// Timers and schedules that are due and handled in one look.
pub const DUE_BATCH: u32 = 500;

/// Tenants looked at in one claim; the next claim goes on after the last of them (round robin).
pub const CLAIM_TENANTS: u32 = 64;

/// Runs of a tenant that is held back (see `pace`) which wait in memory for their turn: the next ones are taken when half of
/// them have had it, some at a time, so that claims are few and short.
pub const CLAIM_AHEAD: usize = 32;

/// Runs for which a claim is worth its transaction while more are queued than there is room for.
pub const CLAIM_WORTH: usize = 16;

/// How long a claim that would take fewer waits for room to come back: a step of a run takes about as long.
pub const CLAIM_PAUSE: Duration = Duration::from_millis(4);

/// For how long after another tenant's last step a node counts as shared.
pub const SHARED_WINDOW: Duration = Duration::from_secs(1);

/// Queued runs that a look at the queue's depth counts at most: some ten milliseconds on either database.
pub const QUEUE_LOOK: u32 = 100_000;

/// Missed slots of a schedule that `catch_up: all` starts at most.
pub const CATCH_UP_SLOTS: usize = 100;

/// Schedules of one look whose runs are started at once, so that the committer can group them.
pub const SCHEDULES_AT_ONCE: usize = 256;

/// How soon a scheduler looks again at what another one has in its hands.
pub const TAKEN_PAUSE: Duration = Duration::from_millis(100);

/// The longest window over which schedules of one second may be spread: beyond it "at nine" would mean something else.
pub const SCHEDULE_SPREAD_MAX: Duration = Duration::from_secs(300);

/// A slot that is later than this was missed; below it the scheduler only looked a moment late.
pub const SCHEDULE_GRACE: Duration = Duration::from_secs(60);

/// How deep runs may start runs. Deeper than people think, and shallow enough that a workflow that starts itself ends soon.
pub const INVOKE_DEPTH: i64 = 16;

/// Runs that one retention step forgets: keeps its transaction short beside live traffic.
pub const RETENTION_BATCH: u32 = 500;

/// Rows of journals, logs and large payloads that one retention step deletes: a run may have a million of them.
pub const RETENTION_ROWS: u32 = 5_000;

/// Large payloads that one retention step deletes: each may have megabytes.
pub const RETENTION_PAYLOADS: u32 = 200;

/// Days for which PostgreSQL has tables of journals and logs ahead; days without one share a table.
pub const DAYS_AHEAD: i64 = 2;

/// How long beyond its time a day waits for its last runs before what the others left is deleted row by row.
pub const DAY_PATIENCE: Duration = Duration::from_secs(2 * 24 * 3600);

/// Free pages that an embedded file keeps for the next runs; more go back to the file system.
pub const FREE_PAGES: i64 = 512;

/// Calls to the outside per run (DESIGN §10); a loop gone wrong must not become somebody's bill.
pub const OUTGOING_CALLS: u64 = 1_000;

/// Calls to the outside under way at once per run (spec workflow-sdk §9).
pub const CONCURRENT_CALLS: usize = 6;

/// A wait that ends this soon is not worth leaving memory for.
pub const LINGER: Duration = Duration::from_secs(2);

/// Log lines are written with the next step; when none comes, after this long, so that a follower sees them live.
pub const LOG_DELAY: Duration = Duration::from_millis(250);
