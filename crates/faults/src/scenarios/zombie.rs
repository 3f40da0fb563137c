//! A node is frozen in the midst of its work for longer than its lease, the others take its runs, and it wakes up again.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use millrace_clock::Clock;
use millrace_db::Db;
use rand::Rng as _;

use crate::report::Violation;
use crate::store;
use crate::world::{Ground, Kind, Plan, World};
use crate::{Options, Report};

/// `options.faults` times, spread over the work.
pub(super) async fn run(options: &Options) -> anyhow::Result<Report> {
    let ground = Ground::new(Kind::Postgres).await?;
    let plan = Plan { name: "zombie", kind: Kind::Postgres, nodes: 3, env: Vec::new() };
    let mut world = World::start(ground, plan, options, None).await?;
    let (recovery, db) = (world.recovery()?, world.db.clone().context("PostgreSQL")?);
    world.sink.delay(Duration::from_millis(0), Duration::from_millis(150));
    world.load(16, 90);
    for freeze in 1..=options.faults {
        world.release_share(freeze, options.faults);
        let alive = Duration::from_millis(world.rng.random_range(200..900));
        tokio::time::sleep(alive).await;
        let victim = world.rng.random_range(0..world.nodes.len());
        let long = Duration::from_millis(world.rng.random_range(2_200..4_500));
        let id = world.nodes[victim].id().context("a node says its id")?;
        let from = Clock::System.now();
        world.nodes[victim].freeze();
        let held = store::held(&db, &id).await?;
        recovery.died(id);
        tokio::time::sleep(long).await;
        let before = ended(&db, &held).await?;
        world.report.freezes.push((from, Clock::System.now()));
        world.nodes[victim].thaw();
        tokio::time::sleep(Duration::from_millis(300)).await;
        for (run, was) in before {
            let now = ended(&db, &BTreeMap::from([(run.clone(), 0)])).await?;
            if now.get(&run) != Some(&was) {
                let text = format!("had ended as {was:?}; after its former owner woke up it is {:?}", now.get(&run));
                world.report.violations.push(Violation { kind: "zombie", run: Some(run), text });
            }
        }
        world.report.fault("frozen nodes");
        world.report.faults.iter_mut().filter(|(name, _)| *name == "runs taken from them").for_each(|(_, n)| *n += held.len() as u64);
        if freeze == 1 {
            world.report.faults.push(("runs taken from them", held.len() as u64));
        }
        world.progress(&format!("{freeze} frozen nodes, the last with {} runs", held.len()));
    }
    world.report.recovery = recovery.times().await;
    world.judge().await
}

/// Those of some runs that have ended: state and epoch.
async fn ended(db: &Db, ids: &BTreeMap<String, i64>) -> anyhow::Result<BTreeMap<String, (String, i64)>> {
    let seen = store::progress(db, &ids.keys().collect::<Vec<_>>()).await?;
    Ok(seen.into_iter().filter(|(_, state, _)| state == "completed").map(|(id, state, epoch)| (id, (state, epoch))).collect())
}
