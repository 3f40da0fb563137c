//! Limits of what is told and done about runs, each with its reason.

/// Runs that one request resumes: each is played through a sandbox first, and the answer should come within seconds.
pub const RESUME_MOST: u32 = 500;

/// … unless told.
pub const RESUME_USUAL: u32 = 100;

/// Runs that are tried at the same time while a group is resumed: the sandboxes also have live work to do.
pub const RESUME_AT_ONCE: usize = 4;

/// Outcomes in one recording, in bytes: it is made in memory, and read in memory by whoever replays it.
pub const RECORDING_BYTES: usize = 40 * 1024 * 1024;

/// Journal entries in one recording: each is a step that somebody may want to look at.
pub const RECORDING_ENTRIES: usize = 100_000;

/// Journal entries read at once for a recording.
pub const RECORDING_PAGE: u32 = 1_000;

/// Live streams that one session or API key may have open on a node: twenty tabs, each at a run.
pub const STREAMS_OF_CALLER: usize = 20;

/// Live streams of one workspace on a node: a tenth of the connections it serves, and some 800 small reads a second.
pub const STREAMS_OF_TENANT: usize = 200;

/// What a caller with too many is told to wait, in seconds: tabs are closed, and runs end.
pub const STREAM_RETRY: u32 = 5;

/// Events that wait for a slow reader: a screen full of lines.
pub const STREAM_AHEAD: usize = 64;

/// How long a reader may leave its connection full before it is cut off; its client goes on with `Last-Event-ID`.
pub const STREAM_PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
