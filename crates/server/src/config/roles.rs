//! What a node does.

use super::ServeOptions;
use super::reader::Reader;

/// What a node does; any combination with at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    /// Serves the HTTP API.
    pub api: bool,
    /// Runs workflows.
    pub worker: bool,
    /// Fires timers and schedules, and clears up.
    pub scheduler: bool,
}

impl Roles {
    /// Everything: the default.
    pub const ALL: Self = Self { api: true, worker: true, scheduler: true };

    pub(super) fn read(read: &mut Reader<'_>, options: &ServeOptions) -> Self {
        let Some(text) = options.roles.clone().or_else(|| read.text("MILLRACE_ROLES")) else { return Self::ALL };
        Self::parse(&text).unwrap_or_else(|reason| {
            read.refuse("--roles", reason);
            Self::ALL
        })
    }

    /// Reads `api,worker,scheduler`.
    ///
    /// # Errors
    /// A word is not a role, or there is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut roles = Self { api: false, worker: false, scheduler: false };
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match word {
                "api" => roles.api = true,
                "worker" => roles.worker = true,
                "scheduler" => roles.scheduler = true,
                "all" => roles = Self::ALL,
                _ => return Err(format!("`{word}` is not a role; there are api, worker and scheduler")),
            }
        }
        if roles == (Self { api: false, worker: false, scheduler: false }) {
            return Err("names no role; there are api, worker and scheduler".to_owned());
        }
        Ok(roles)
    }

    /// The words, as `/api/health` shows them.
    pub fn words(self) -> Vec<&'static str> {
        let all = [("api", self.api), ("worker", self.worker), ("scheduler", self.scheduler)];
        all.into_iter().filter(|(_, on)| *on).map(|(word, _)| word).collect()
    }
}
