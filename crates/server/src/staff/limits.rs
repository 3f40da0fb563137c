//! The limits of support access.

/// The longest support access, in hours: what the specification allows. Longer work asks again, with a reason again.
pub const MOST_HOURS: u32 = 4;
/// What it lasts unless told, in hours.
pub const USUAL_HOURS: u32 = 1;
/// Longest reason, in characters.
pub const REASON_CHARS: usize = 1_000;
/// Shortest reason: a word is none.
pub const REASON_LEAST: usize = 10;
/// Workspaces that one member of staff can be given by name; more means all.
pub const TENANTS: usize = 1_000;
