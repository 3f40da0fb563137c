//! How an engine takes part.

use std::time::Duration;

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Serves the HTTP API.
    Api,
    /// Runs runs.
    Worker,
    /// Fires timers and schedules, and takes over from dead nodes.
    Scheduler,
}

impl Role {
    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "api" => Ok(Self::Api),
            "worker" => Ok(Self::Worker),
            "scheduler" => Ok(Self::Scheduler),
            _ => Err(format!("`{text}` is not a role; there are api, worker and scheduler")),
        }
    }
}

/// An engine's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What this node does.
    pub roles: Vec<Role>,
    /// Runs held in memory at once.
    pub slots: usize,
    /// Runs of one tenant held at once over all nodes.
    pub tenant_cap: usize,
    /// Runs of one tenant that move at once on this node while other tenants have work there: those whose program executes or
    /// whose outcomes are being committed, not those that wait for an answer.
    pub moving: usize,
    /// How long finished runs are kept.
    pub retention: Duration,
    /// The window after a cron slot over which the schedules of that slot are spread, each always at the same place in it.
    pub schedule_spread: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            roles: vec![Role::Api, Role::Worker, Role::Scheduler],
            // A held run costs an isolate of about 0.2–1 MB; 256 of them fit a small machine beside the database.
            slots: 256,
            // One tenant may use most of a node, never all of it.
            tenant_cap: 192,
            moving: crate::pace::usual(),
            retention: Duration::from_secs(30 * 24 * 3600),
            // Short enough that nobody minds, long enough that a full hour does not hit the providers in one instant.
            schedule_spread: Duration::from_secs(5),
        }
    }
}

impl Settings {
    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}
