//! How much a node works on at once, and how long finished work is kept.

use std::time::Duration;

use millrace_engine::limits::SCHEDULE_SPREAD_MAX;
use millrace_engine::{Role, Settings};

use super::Roles;
use super::reader::Reader;

/// How much a node works on at once, and how long finished work is kept.
#[derive(Debug, Clone)]
pub struct WorkConfig {
    /// Runs held in memory at once.
    pub slots: usize,
    /// Runs of one tenant held at once.
    pub tenant_cap: usize,
    /// Runs of one tenant that move at once while other tenants have work.
    pub moving: usize,
    /// How long finished runs are kept.
    pub retention: Duration,
    /// The window over which schedules of the same second are spread.
    pub schedule_spread: Duration,
    /// Timers up to this long are kept in memory: a durable one costs two writes and a look at the clock.
    pub short_timer: Duration,
}

/// Two seconds: what polling loops and pauses between requests take.
const SHORT_TIMER: Duration = Duration::from_secs(2);


impl WorkConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let usual = Settings::default();
        let slots = read.number("MILLRACE_SLOTS", usual.slots, 1..=100_000);
        // Three quarters of a node: one tenant may use most of it, never all.
        let tenant_cap = read.number("MILLRACE_TENANT_SLOTS", usual.tenant_cap.min((slots * 3 / 4).max(1)), 1..=100_000);
        let moving = read.number("MILLRACE_TENANT_MOVING", usual.moving, 1..=100_000);
        let days: u64 = read.number("MILLRACE_RETENTION_DAYS", usual.retention.as_secs() / 86_400, 1..=3_650);
        let spread: u64 = read.number("MILLRACE_SCHEDULE_SPREAD_S", usual.schedule_spread.as_secs(), 0..=SCHEDULE_SPREAD_MAX.as_secs());
        Self { slots, tenant_cap, moving, retention: Duration::from_secs(days * 86_400), schedule_spread: Duration::from_secs(spread), short_timer: SHORT_TIMER }
    }

    /// As the engine takes them.
    pub fn engine(&self, roles: Roles) -> Settings {
        let all = [(Role::Api, roles.api), (Role::Worker, roles.worker), (Role::Scheduler, roles.scheduler)];
        Settings {
            roles: all.into_iter().filter(|(_, on)| *on).map(|(role, _)| role).collect(),
            slots: self.slots,
            tenant_cap: self.tenant_cap,
            moving: self.moving,
            retention: self.retention,
            schedule_spread: self.schedule_spread,
        }
    }
}
