//! The one process on the embedded file is killed again and again.

use std::time::{Duration, Instant};

use rand::Rng as _;

use crate::world::{Ground, Kind, Plan, World};
use crate::{Options, Report};

/// `options.faults` kills, spread over the work.
pub(super) async fn run(options: &Options) -> anyhow::Result<Report> {
    let ground = Ground::new(Kind::Embedded).await?;
    let plan = Plan { name: "embedded", kind: Kind::Embedded, nodes: 1, env: Vec::new() };
    let mut world = World::start(ground, plan, options, None).await?;
    world.load(12, 120);
    for kill in 1..=options.faults {
        world.release_share(kill, options.faults);
        // From the midst of the first answers to well into the work.
        let alive = Duration::from_millis(world.rng.random_range(20..1_000));
        tokio::time::sleep(alive).await;
        world.nodes[0].kill();
        world.report.fault("kills");
        if kill % 10 == 0 {
            world.progress(&format!("{kill} kills"));
        }
        let away = Instant::now();
        world.nodes[0].spawn()?;
        world.nodes[0].ready().await?;
        world.report.recovery.push(away.elapsed());
    }
    world.judge().await
}
