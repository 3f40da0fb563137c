//! Which walls the kernel put around a child.

use serde::{Deserialize, Serialize};

/// The layers in force, as the child itself found them. A layer that is not `true` is worth a warning at start.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JailReport {
    /// `process` or `inline`.
    pub isolation: String,
    /// Landlock: no file, no network.
    pub landlock: bool,
    /// What Landlock said: `fully`, `partially`, `not enforced`, or an error.
    pub landlock_detail: String,
    /// seccomp: everything off the allow-list kills the child.
    pub seccomp: bool,
    /// Resource limits set.
    pub rlimits: bool,
    /// `PR_SET_NO_NEW_PRIVS`.
    pub no_new_privs: bool,
    /// The child dies with its parent.
    pub pdeathsig: bool,
    /// No core dump, not traceable by its own user.
    pub undumpable: bool,
    /// Only the frame socket is open, and the environment is empty.
    pub closed: bool,
}

impl JailReport {
    /// Whether every layer is in force.
    pub fn complete(&self) -> bool {
        self.landlock
            && self.seccomp
            && self.rlimits
            && self.no_new_privs
            && self.pdeathsig
            && self.undumpable
            && self.closed
    }
}
