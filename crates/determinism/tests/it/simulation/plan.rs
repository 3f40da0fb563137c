//! What is asked of the engine and what is done to it, in virtual time.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use millrace_db::simulated::Storage;
use millrace_engine::NewRun;
use millrace_ids::{RunId, TenantId};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::model::Model;
use super::node::{Log, Mode, Node, Weather};
use crate::script::World;

/// How far a node's clock may be wrong, in microseconds: a machine whose time service works.
pub const SKEW: i64 = 300_000;

/// Ticks of 10 ms in which things are asked and broken.
const BUSY: u32 = 600;
/// Ticks after which, with every fault gone, a run that has not ended is stuck: two idle polls and the longest timer.
const PATIENCE: u32 = 12_000;

type Accepted = Arc<Mutex<Vec<(Option<u32>, RunId)>>>;

struct Play {
    seed: u64,
    rng: StdRng,
    storage: Storage,
    weather: Arc<Weather>,
    world: Arc<World>,
    nodes: Vec<Node>,
    tenants: Vec<TenantId>,
    /// Runs whose acceptance was answered, with the delivery they came by.
    accepted: Accepted,
    model: Model,
}

/// Plays a seed.
pub async fn play(storage: Storage, seed: u64) -> Result<(String, u64), String> {
    let weather = Weather { calm: Mutex::new(false), outage: Mutex::default(), log: Mutex::new(Log::default()), runs: AtomicU64::new(1), began: Instant::now() };
    let tenants = (1..=2).map(|n| TenantId::from_stored(format!("org_{n:026}"))).collect();
    let mut play = Play { seed, rng: StdRng::seed_from_u64(seed), storage, weather: Arc::new(weather), world: Arc::default(), nodes: Vec::new(), tenants, accepted: Accepted::default(), model: Model::default() };
    for _ in 0..play.rng.random_range(1..=3) {
        play.add_node();
    }
    for tick in 0..BUSY {
        play.tick().await;
        if tick % 20 == 0 {
            play.act();
        }
        if tick % 50 == 49 {
            play.model.check(&play.storage, &play.world).await?;
        }
    }
    *play.weather.calm.lock() = true;
    if play.nodes.iter().all(Node::is_dead) {
        play.add_node();
    }
    for tick in 0..PATIENCE {
        play.tick().await;
        if tick % 100 == 99 {
            play.release();
            play.model.check(&play.storage, &play.world).await?;
            if play.model.is_over() {
                break;
            }
        }
    }
    play.model.check(&play.storage, &play.world).await?;
    let accepted = play.accepted.lock().clone();
    play.model.finish(&play.storage, &accepted).await?;
    play.weather.note(&play.model.summary());
    let acts = play.weather.log.lock().acts;
    Ok((play.weather.hash(), acts))
}

impl Play {
    async fn tick(&self) {
        tokio::time::sleep(Duration::from_millis(10)).await;
        for node in &self.nodes {
            node.tick(self.weather.began);
        }
    }

    fn add_node(&mut self) {
        let skew = if self.rng.random_bool(0.5) { 0 } else { self.rng.random_range(-SKEW..=SKEW) };
        let number = self.nodes.len();
        self.weather.note(&format!("node {number} starts, {skew} us off"));
        self.nodes.push(Node::start(number, self.seed, &self.storage, &self.weather, &self.world, skew));
    }

    /// A node that would take a request now.
    fn any_up(&mut self) -> Option<usize> {
        let up: Vec<usize> = (0..self.nodes.len()).filter(|n| self.nodes[*n].is_up()).collect();
        if up.is_empty() { None } else { Some(up[self.rng.random_range(0..up.len())]) }
    }

    fn act(&mut self) {
        let living = self.nodes.iter().filter(|n| !n.is_dead()).count();
        if living == 0 || (living < 3 && self.rng.random_bool(0.15)) {
            self.add_node();
        }
        let Some(node) = self.any_up() else { return };
        match self.rng.random_range(0..20) {
            0..=9 => self.start(node),
            10..=12 => self.publish(node),
            13 => self.cancel(node),
            14 => {
                self.weather.note(&format!("n{node} dies"));
                *self.nodes[node].fortune.mode.lock() = Mode::Dead;
            }
            15 | 16 => {
                let until = Instant::now() + Duration::from_millis(self.rng.random_range(200..4_000));
                self.weather.note(&format!("n{node} sleeps"));
                *self.nodes[node].fortune.mode.lock() = Mode::AsleepUntil(until);
            }
            17 => {
                let until = Instant::now() + Duration::from_millis(self.rng.random_range(50..2_500));
                self.weather.note("the database is away");
                *self.weather.outage.lock() = Some(until);
            }
            18 => self.nodes[node].skew = self.rng.random_range(-SKEW..=SKEW),
            _ => {}
        }
    }

    fn start(&mut self, node: usize) {
        let stages = self.stages(2);
        let tenant = self.tenants[self.rng.random_range(0..self.tenants.len())].clone();
        let mut new = NewRun::new(tenant, "workflow", "inst_x", "ver_x", "manual", json!({ "stages": stages }).to_string());
        new.id = self.weather.run_id();
        let delivery = self.rng.random_bool(0.3).then(|| self.rng.random_range(0..4));
        new.delivery = delivery.map(|d| ("hook".to_owned(), d.to_string()));
        let (engine, accepted, weather) = (self.nodes[node].engine.clone(), self.accepted.clone(), self.weather.clone());
        weather.note(&format!("n{node} start {}", new.id));
        tokio::spawn(async move {
            if let Ok(started) = engine.start(new).await {
                weather.note(&format!("accepted {}", started.run_id));
                accepted.lock().push((delivery, started.run_id));
            }
        });
    }

    fn stages(&mut self, depth: u32) -> Value {
        let n = self.rng.random_range(0..if depth == 0 { 6 } else { 10 });
        let ms = self.rng.random_range(50..6_000);
        let key = self.rng.random_range(0..3);
        match n {
            0 => json!([[{"kind": "fetch"}], [{"kind": "put"}], [{"kind": "fetch"}]]),
            1 => json!([[{"kind": "fetch", "times": 4}, {"kind": "put"}], [{"kind": "put"}]]),
            2 => json!([[{"kind": "timer", "ms": ms}], [{"kind": "put"}]]),
            3 => json!([[{"kind": "event", "name": "e", "match": {"k": key}}, {"kind": "fetch"}], [{"kind": "put"}]]),
            4 => json!([[{"kind": "fetch", "once": true}], [{"kind": "put"}]]),
            5 => json!([[{"kind": "event", "name": "e", "match": {"k": key}, "ms": ms}, {"kind": "timer", "ms": ms}]]),
            6 => json!([[{"kind": "child", "input": {"stages": self.stages(depth - 1)}}, {"kind": "fetch"}], [{"kind": "put"}]]),
            7 => json!([[{"kind": "child", "input": {"stages": [[{"kind": "fetch"}], [{"kind": "fail"}]]}}], [{"kind": "put"}]]),
            8 => json!([[{"kind": "fetch"}], [{"kind": "continue", "state": {"stages": self.stages(0)}}]]),
            _ => json!([[{"kind": "child", "input": {"stages": self.stages(depth - 1)}}, {"kind": "child", "input": {"stages": self.stages(depth - 1)}}]]),
        }
    }

    fn publish(&mut self, node: usize) {
        let key = self.rng.random_range(0..3);
        self.publish_as(node, key);
    }

    fn publish_as(&self, node: usize, key: u32) {
        for tenant in self.tenants.clone() {
            let engine = self.nodes[node].engine.clone();
            tokio::spawn(async move { drop(engine.publish_event(&tenant, "e", &json!({ "k": key })).await) });
        }
    }

    fn cancel(&mut self, node: usize) {
        let known = self.accepted.lock().clone();
        if known.is_empty() {
            return;
        }
        let (_, run) = known[self.rng.random_range(0..known.len())].clone();
        self.weather.note(&format!("n{node} cancel {run}"));
        for tenant in self.tenants.clone() {
            let (engine, run) = (self.nodes[node].engine.clone(), run.clone());
            tokio::spawn(async move { drop(engine.cancel(&tenant, &run, "as planned").await) });
        }
    }

    /// At the end every event comes, so that whoever waits for one can go on.
    fn release(&mut self) {
        if let Some(node) = self.any_up() {
            (0..3).for_each(|key| self.publish_as(node, key));
        }
    }
}
