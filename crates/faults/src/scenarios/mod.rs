//! What can go wrong, one file each.

mod clock;
mod cut;
mod database;
mod disk_full;
mod embedded;
mod nodes;
mod slow_disk;
mod zombie;

use std::future::Future;
use std::pin::Pin;

use crate::{Options, Report};

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Triggers to send.
    pub runs: u64,
    /// Faults to make.
    pub faults: u64,
}

type Run = for<'a> fn(&'a Options) -> Pin<Box<dyn Future<Output = anyhow::Result<Report>> + 'a>>;

/// One scenario.
pub struct Scenario {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Its size for `make faults`.
    pub full: Size,
    /// Its size for `make test`.
    pub short: Size,
    run: Run,
}

impl Scenario {
    /// Runs it. To be awaited on a thread that lives until its end: the processes it starts die with their starter.
    ///
    /// # Errors
    /// Something did not start, or the database cannot be read. Violations are in the report.
    pub fn run<'a>(&self, options: &'a Options) -> Pin<Box<dyn Future<Output = anyhow::Result<Report>> + 'a>> {
        (self.run)(options)
    }

    /// The scenario of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|s| s.name == name)
    }
}

/// All names, for people.
pub fn names() -> String {
    ALL.iter().map(|s| s.name).collect::<Vec<_>>().join(", ")
}

const fn size(runs: u64, faults: u64) -> Size {
    Size { runs, faults }
}

/// All scenarios, in the order they are run.
pub const ALL: [Scenario; 8] = [
    Scenario { name: "nodes", about: "three nodes on one PostgreSQL; every second one is killed", full: size(20_000, 0), short: size(60, 2), run: |o| Box::pin(nodes::run(o)) },
    Scenario { name: "embedded", about: "one process on the embedded file, killed again and again", full: size(4_000, 200), short: size(40, 3), run: |o| Box::pin(embedded::run(o)) },
    Scenario { name: "database", about: "PostgreSQL is killed and started again under load", full: size(3_000, 20), short: size(30, 2), run: |o| Box::pin(database::run(o)) },
    Scenario { name: "cut", about: "connections to PostgreSQL are cut, reset, stalled and refused", full: size(3_000, 60), short: size(40, 4), run: |o| Box::pin(cut::run(o)) },
    Scenario { name: "zombie", about: "a node is frozen beyond its lease and wakes up again", full: size(1_500, 20), short: size(30, 1), run: |o| Box::pin(zombie::run(o)) },
    Scenario { name: "clock", about: "the nodes' clocks are moved forth and back", full: size(1_500, 30), short: size(30, 3), run: |o| Box::pin(clock::run(o)) },
    Scenario { name: "slow-disk", about: "every fsync takes long", full: size(1_000, 12), short: size(20, 2), run: |o| Box::pin(slow_disk::run(o)) },
    Scenario { name: "disk-full", about: "writes and fsyncs fail, for want of room or with an I/O error", full: size(2_000, 30), short: size(40, 3), run: |o| Box::pin(disk_full::run(o)) },
];
