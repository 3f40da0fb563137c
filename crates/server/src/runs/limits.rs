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
