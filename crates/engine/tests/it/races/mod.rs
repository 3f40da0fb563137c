//! The race catalogue (docs/race-catalogue.md): what went wrong in other engines, row by row. A test's name begins with its row.
//!
//! Tests marked `ignore` are the full size of a row whose short form runs always: `cargo test -p millrace-engine --test it -- --ignored races`.

mod claims;
mod disk;
mod fair;
mod intake;
mod journals;
mod killable;
mod leases;
mod recovery;
mod schedules;
mod steps;
mod tenants;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use millrace_clock::Clock;
use millrace_db::{Db, DatabaseUrl, Options};
use millrace_engine::payload::PayloadStore;
use millrace_engine::{Engine, Role, Settings};
use millrace_ids::TenantId;

use crate::script::{Rig, Scripted, World};

/// A node with connections of its own, so that a test can cut them: what others see is a node that died.
async fn node(url: &str, settings: Settings, world: &Arc<World>, tenant: &TenantId) -> Rig {
    let url: DatabaseUrl = url.parse().unwrap();
    let db = Db::open(&url, &Options { connections: 6, acquire: Duration::from_secs(2) }).await.unwrap();
    let engine = Engine::new(db.clone(), Clock::System, Arc::new(Scripted(world.clone())), PayloadStore::Table(db.clone()), settings);
    engine.start_loops().await.unwrap();
    Rig { engine, world: world.clone(), clock: Clock::System, db, tenant: tenant.clone() }
}

/// An engine that only accepts: what it starts is queued.
fn intake(db: &Db, tenant: &TenantId) -> Rig {
    let settings = Settings { roles: vec![Role::Api], ..Settings::default() };
    let world: Arc<World> = Arc::default();
    let engine = Engine::new(db.clone(), Clock::System, Arc::new(Scripted(world.clone())), PayloadStore::Table(db.clone()), settings);
    Rig { engine, world, clock: Clock::System, db: db.clone(), tenant: tenant.clone() }
}
