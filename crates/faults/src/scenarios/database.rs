//! PostgreSQL is killed and started again while two nodes work.

use std::time::Duration;

use anyhow::Context as _;
use rand::Rng as _;

use crate::world::{Ground, Kind, Plan, World};
use crate::{Options, Report};

/// `options.faults` kills, spread over the work.
pub(super) async fn run(options: &Options) -> anyhow::Result<Report> {
    let ground = Ground::new(Kind::Postgres).await?;
    let plan = Plan { name: "database", kind: Kind::Postgres, nodes: 2, env: Vec::new() };
    let mut world = World::start(ground, plan, options, None).await?;
    world.load(16, 120);
    for kill in 1..=options.faults {
        world.release_share(kill, options.faults);
        let alive = Duration::from_millis(world.rng.random_range(300..2_500));
        tokio::time::sleep(alive).await;
        let away = Duration::from_millis(world.rng.random_range(0..1_500));
        let postgres = world.postgres.as_mut().context("PostgreSQL")?;
        postgres.kill();
        tokio::time::sleep(away).await;
        postgres.restart();
        world.report.fault("PostgreSQL kills");
        world.progress(&format!("{kill} kills of PostgreSQL"));
    }
    world.judge().await
}
