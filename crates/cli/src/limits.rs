//! Every ceiling of this crate, each with its reason.

use std::time::Duration;

/// Source sent by one `deploy`, in bytes. The server refuses more than ten decimal megabytes with a proper diagnosis; this
/// is a little above, so that the server's answer is what people see, and far below what would hurt the command itself.
pub const MAX_UPLOAD_BYTES: u64 = 11_000_000;

/// Files sent by one `deploy`. A workflow is one file, sometimes a dozen; more means the wrong directory was named.
pub const MAX_UPLOAD_FILES: usize = 2_000;

/// How deep `deploy` looks into directories; a deeper tree is a loop of mounts or somebody's home directory.
pub const MAX_DEPTH: usize = 24;

/// A JSON file read from the command line (`--config`, `--data`, `--connection`), in bytes: the server takes 10 MB bodies.
pub const MAX_JSON_FILE_BYTES: u64 = 10_000_000;

/// An API answer kept in memory, in bytes. A run with a long journal is a few megabytes.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// A recording of a run, in bytes: the server's limit for its outcomes, and as much again for the program and its sources.
pub const MAX_RECORDING_BYTES: usize = 256 * 1024 * 1024;

/// Time to connect. The server is on this machine or near; a firewall that drops packets must not look like a hang.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for one answer. A deploy compiles and evaluates a workflow, which takes well under a second.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// First pause between two looks at a run that is waited for; each further one is half as long again. Most runs take
/// milliseconds, and their end should feel immediate.
pub const FIRST_LOOK: Duration = Duration::from_millis(8);

/// Longest such pause: a run that takes longer is no reason for load.
pub const LAST_LOOK: Duration = Duration::from_millis(300);

/// How long `run --wait` waits unless told otherwise.
pub const DEFAULT_WAIT: Duration = Duration::from_secs(300);

/// How long a server may take to answer its health check after it was started by `demo` or `dev`. A cold machine creates
/// its database and warms sandbox processes first.
pub const START_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a process that was asked to end may take before it is killed: the server drains for up to 30 s.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(40);

/// Saves of one file arrive as several notices; the ones within this time are one change.
pub const SETTLE: Duration = Duration::from_millis(80);

/// Requests a stand-in remembers. Enough for every test; bounded because a demonstration may run for weeks.
pub const MAX_RECORDED: usize = 20_000;

/// Body of a request to a stand-in, in bytes: above the 25 MiB that a run may send.
pub const MAX_STANDIN_BODY: usize = 32 * 1024 * 1024;

/// How long before its end an access token is renewed, in milliseconds: it must not end on its way.
pub const TOKEN_MARGIN_MS: i64 = 30_000;

/// A password read from standard input, in bytes. The server takes up to 128 characters.
pub const MAX_PASSWORD_BYTES: u64 = 4_096;

/// A variable's value read from standard input, in bytes. The server takes up to 16 KiB and says so.
pub const MAX_VALUE_BYTES: u64 = 64 * 1024;

/// How much longer the pause between two looks at a device's sign-in becomes when the server says that they are too many.
pub const SLOWER: Duration = Duration::from_secs(5);
