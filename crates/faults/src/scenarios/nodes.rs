//! Three nodes share one PostgreSQL; every second one of them is killed and soon started again.

use std::time::{Duration, Instant};

use rand::Rng as _;

use crate::world::{Ground, Kind, Plan, World};
use crate::{Options, Report};

/// Errands under way at most: below the share of the slots that one workspace may have, so that a run that comes back finds
/// room and the time it takes is the engine's own.
const WINDOW: u64 = 120;

/// One kill each.
const PACE: Duration = Duration::from_secs(1);

/// Kills until all is done, or so many as `options.faults` says.
pub(super) async fn run(options: &Options) -> anyhow::Result<Report> {
    let ground = Ground::new(Kind::Postgres).await?;
    let plan = Plan { name: "nodes", kind: Kind::Postgres, nodes: 3, env: Vec::new() };
    let mut world = World::start(ground, plan, options, None).await?;
    let recovery = world.recovery()?;
    world.client.release(u64::MAX);
    world.load(24, WINDOW);
    let mut kills = 0;
    let mut next = Instant::now() + PACE;
    while !world.is_done() && (options.faults == 0 || kills < options.faults) {
        tokio::time::sleep_until(next.into()).await;
        let victim = world.rng.random_range(0..world.nodes.len());
        let away = Duration::from_millis(world.rng.random_range(0..700));
        let id = world.nodes[victim].id();
        world.nodes[victim].kill();
        if let Some(id) = id {
            recovery.died(id);
        }
        kills += 1;
        world.report.fault("kills");
        if kills % 10 == 0 {
            world.progress(&format!("{kills} kills"));
        }
        tokio::time::sleep(away).await;
        world.nodes[victim].spawn()?;
        // On a slow machine the next kill waits until a majority serves again, or nothing would ever be done.
        world.nodes[victim].ready().await?;
        next = (next + PACE).max(Instant::now());
    }
    world.report.recovery = recovery.times().await;
    world.judge().await
}
