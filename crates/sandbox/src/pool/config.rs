//! How a pool is set up.

use crate::limits::Limits;
use std::path::PathBuf;

/// Where isolates live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// In jailed child processes: the default, and the only mode that is a boundary.
    Process,
    /// On threads of this process, over the same protocol. For development: a native loop of the engine cannot be ended,
    /// a bug of the engine ends the server, memory of a run that broke its limit is not given back, and the process's
    /// local time becomes UTC.
    Inline,
}

/// How a pool is set up.
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// Where isolates live.
    pub isolation: Isolation,
    /// Executable that becomes a child when run as `exe sandbox-child`: the server's own.
    pub exe: PathBuf,
    /// Children at the same time, all tenants together, at least 1.
    pub max_children: usize,
    /// Children without a tenant that are kept ready.
    pub warm: usize,
    /// Limits of isolates and children.
    pub limits: Limits,
}
