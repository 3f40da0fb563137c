//! The parts of a server over a test database.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;

use millrace_clock::Clock;
use millrace_connector::{Executor, ExecutorLimits, Registry};
use millrace_db::Db;
use millrace_egress::Egress;
use millrace_engine::payload::PayloadStore;
use millrace_sandbox::{Limits, Pool, PoolConfig};

use super::{Parts, PartsInner};
use crate::config::{Config, ServeOptions};
use crate::news::News;
use crate::passwords::{Cost, Passwords};
use crate::secrets::{Keyring, MasterKey};

tokio::task_local! {
    static COST: Cost;
}

/// Does something on parts that hash passwords at this cost, instead of as little as can be.
pub(crate) async fn hashing<T>(cost: Cost, work: impl Future<Output = T>) -> T {
    COST.scope(cost, work).await
}

/// What passwords cost here.
pub(crate) fn cost_of_hashing() -> Cost {
    COST.try_with(|cost| *cost).unwrap_or(Cost::LIGHT)
}

/// Parts of one node: its memories are its own, its key is that of every test node. `map` is an egress map.
pub(crate) async fn parts(db: &Db, clock: &Clock, dir: &Path, map: &str) -> Parts {
    let options = ServeOptions { data: Some(dir.to_owned()), ..ServeOptions::default() };
    let env = |name: &str| match name {
        "MILLRACE_SANDBOX" => Some("inline".to_owned()),
        "MILLRACE_EGRESS_MAP" => Some(map.to_owned()),
        _ => None,
    };
    let config = Arc::new(Config::from_parts(&options, env).unwrap());
    let egress = Egress::new(config.outgoing.egress()).unwrap();
    let registry = Arc::new(Registry::builtin().unwrap());
    let pool = PoolConfig { isolation: config.sandbox.isolation, exe: std::env::current_exe().unwrap(), max_children: 1, warm: 0, limits: Limits::default() };
    let keyring = Keyring::new(&[MasterKey::new([3; 32])], &[4; 32]);
    Parts::new(PartsInner {
        ai: config.ai.clone().map(|ai| crate::ai::Ai::new(ai, egress.clone())),
        ai_history: Default::default(),
        db: db.clone().into(),
        clock: clock.clone(),
        sandbox: Pool::start(pool).await.unwrap(),
        connectors: Arc::new(Executor::new(egress.clone(), registry.clone(), ExecutorLimits::default())),
        egress,
        registry,
        payloads: PayloadStore::Directory(dir.join("payloads")),
        mail: crate::mail::Mail::new(keyring.clone()),
        limits: crate::rate_limits::Limits::new(db.clone(), clock.clone(), config.rate_limits.factor),
        keyring,
        accesses: Default::default(),
        keys: Default::default(),
        sessions: Default::default(),
        providers: Default::default(),
        passwords: Passwords::new(cost_of_hashing()),
        connections: Default::default(),
        programs: Default::default(),
        snapshots: Default::default(),
        hooks: Default::default(),
        audited: Default::default(),
        metering: Default::default(),
        closed: crate::tenants::Closed::new(db.clone()),
        rollouts: News::of("rollouts"),
        alerts: News::of("alerts"),
        streams: Default::default(),
        addresses: Default::default(),
        checks: Default::default(),
        traces: Default::default(),
        quotas: crate::quotas::Quotas::new(db.clone(), &config.quotas.defaults, crate::quotas::Kept { payloads: PayloadStore::Directory(dir.join("payloads")), clock: clock.clone(), retention: config.work.retention }),
        metrics: Default::default(),
        config,
        leaving: Default::default(),
        stopping: Default::default(),
        walls: Vec::new(),
        warnings: Vec::new(),
    })
}
