//! The defaults of every quota, each with its reason. An operator changes them per workspace.

use std::time::Duration;

/// Runs of one workspace that may wait in the queue: ten hours of one node's work, some 2 GB of rows.
pub const QUEUED_RUNS: u64 = 2_000_000;

/// Log lines that are kept of one run; a loop that prints must not fill the disk.
pub const LOG_LINES_PER_RUN: u64 = 100_000;

/// How old the limits in memory may be: a change reaches every node within this.
pub const LIMITS_AGE: Duration = Duration::from_secs(5);

/// A count of the queue grants a node this part of what is free: several nodes together stay close to the limit.
pub const GRANT_SHARE: u64 = 4;

/// How long such a grant holds; an idle workspace's queue is not counted.
pub const GRANT_AGE: Duration = Duration::from_secs(60);

/// How long a queue that was found full is taken to be full.
pub const FULL_AGE: Duration = Duration::from_millis(250);

/// Counting a full queue may take this share of the time at most: a long one is counted less often.
pub const COUNT_SHARE: u32 = 50;

/// Workspaces with limits of their own that a node keeps in memory.
pub const OVERRIDES: u32 = 100_000;

/// The largest limit that can be set.
pub const MOST: u64 = 1_000_000_000;

/// The largest limit in bytes: a petabyte, which a JSON number holds exactly.
pub const MOST_BYTES: u64 = 1 << 50;

/// How old a measurement of bytes may be while there is room.
pub const BYTES_AGE: Duration = Duration::from_secs(60);

/// The same when a limit is near or reached: who makes room is let in again soon.
pub const BYTES_AT_LEAST: Duration = Duration::from_secs(1);

/// The same when somebody looks.
pub const BYTES_SHOWN: Duration = Duration::from_secs(2);

/// How long what runs wrote is noted in memory before it is added up; a killed node forgets as much.
pub const NOTED_AGE: Duration = Duration::from_secs(10);

/// What a caller is told to wait when its runs have left too much: room comes with the days that are forgotten.
pub const BYTES_RETRY: u32 = 3_600;

/// What a caller is told to wait when the queue is full: long enough for some of it to be done.
pub const FULL_RETRY: u32 = 30;
