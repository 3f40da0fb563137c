//! A simulated node: an engine, its clock, and what befalls it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use millrace_clock::{Clock, Timestamp};
use millrace_db::simulated::{Fate, Faults, Later, Point, Storage};
use millrace_db::{DbError, Tx};
use millrace_engine::payload::PayloadStore;
use millrace_engine::schedule::Schedule;
use millrace_engine::{Call, Delivery, Engine, NewRun, Outcome, Perform, Plan, Program, ProgramError, Run, Settings, Turn, WaitSpec};
use millrace_ids::RunId;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::script::{Scripted, World};

/// Where all clocks begin.
pub const START: i64 = 1_700_000_000_000_000;

/// What all nodes share.
#[derive(Debug)]
pub struct Weather {
    /// No fault happens any more.
    pub calm: Mutex<bool>,
    /// The database refuses everything until then.
    pub outage: Mutex<Option<Instant>>,
    pub log: Mutex<Log>,
    pub runs: AtomicU64,
    pub began: Instant,
}

/// Everything that happened, in order, as a hash.
#[derive(Debug, Default)]
pub struct Log {
    hash: Sha256,
    pub acts: u64,
}

impl Weather {
    pub fn note(&self, what: &str) {
        let mut log = self.log.lock();
        let line = format!("{} {what}\n", self.began.elapsed().as_millis());
        if std::env::var_os("MILLRACE_STORY").is_some() {
            print!("{line}");
        }
        log.hash.update(line.as_bytes());
        log.acts += 1;
    }

    pub fn hash(&self) -> String {
        hex::encode(self.log.lock().hash.clone().finalize())
    }

    /// The next run's id: the same in every play of a seed.
    pub fn run_id(&self) -> RunId {
        RunId::from_stored(format!("run_{:026}", self.runs.fetch_add(1, Ordering::Relaxed)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Up,
    /// The process stands still: a zombie, if its lease ends meanwhile.
    AsleepUntil(Instant),
    Dead,
}

/// What befalls one node.
#[derive(Debug)]
pub struct Fortune {
    pub number: usize,
    rng: Mutex<StdRng>,
    pub mode: Mutex<Mode>,
    weather: Arc<Weather>,
}

impl Fortune {
    fn roll(&self, of: u32) -> u32 {
        self.rng.lock().random_range(0..of)
    }

    /// Goes on when the node is awake; never if it is dead.
    async fn awake(&self) {
        loop {
            let mode = *self.mode.lock();
            match mode {
                Mode::Up => return,
                Mode::AsleepUntil(at) if at > Instant::now() => tokio::time::sleep_until(at).await,
                Mode::AsleepUntil(_) => *self.mode.lock() = Mode::Up,
                Mode::Dead => std::future::pending().await,
            }
        }
    }

    fn fate(&self, point: Point) -> Fate {
        if *self.mode.lock() == Mode::Dead {
            return Fate::Halted;
        }
        if *self.weather.calm.lock() {
            return Fate::Done;
        }
        if self.weather.outage.lock().is_some_and(|until| until > Instant::now()) {
            return Fate::Refused;
        }
        match (point, self.roll(1000)) {
            (Point::Commit, 0..=9) => Fate::Refused,
            (Point::Commit, 10..=29) => Fate::AnswerLost,
            (Point::Commit, n @ 30..=33) => {
                *self.mode.lock() = Mode::Dead;
                if n < 32 { Fate::Halted } else { Fate::HaltedAfter }
            }
            (Point::Begin | Point::Read, 0..=4) => Fate::Refused,
            _ => Fate::Done,
        }
    }
}

impl Faults for Fortune {
    fn meet(&self, point: Point) -> Later<'_, Fate> {
        Box::pin(async move {
            let slow = self.roll(20);
            if slow < 3 || (slow < 10 && point == Point::Begin) {
                tokio::time::sleep(Duration::from_millis(u64::from(self.roll(if slow == 0 { 40 } else { 6 })))).await;
            }
            if point != Point::Commit && *self.mode.lock() != Mode::Dead {
                self.awake().await;
            }
            let fate = self.fate(point);
            self.weather.note(&format!("n{} {point:?} {fate:?}", self.number));
            fate
        })
    }

    fn notice_delay(&self) -> Duration {
        let long = self.roll(20) == 0;
        Duration::from_millis(u64::from(self.roll(if long { 800 } else { 5 })))
    }
}

/// The scripted programs, performed by a node that may sleep or die.
struct Performer {
    scripted: Scripted,
    fortune: Arc<Fortune>,
}

#[async_trait]
impl Perform for Performer {
    async fn open(&self, run: &Run, replay: Vec<Delivery>) -> Result<(Box<dyn Program>, Turn), ProgramError> {
        self.fortune.awake().await;
        self.scripted.open(run, replay).await
    }

    fn plan(&self, call: &Call) -> Plan {
        self.scripted.plan(call)
    }

    async fn perform(&self, run: &Run, call: &Call) -> Outcome {
        self.fortune.awake().await;
        let outcome = self.scripted.perform(run, call).await;
        let long = self.fortune.roll(15) == 0;
        tokio::time::sleep(Duration::from_millis(u64::from(self.fortune.roll(if long { 2500 } else { 40 })))).await;
        self.fortune.awake().await;
        outcome
    }

    async fn apply(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Outcome, DbError> {
        self.scripted.apply(tx, run, call, now).await
    }

    async fn register(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Result<WaitSpec, Outcome>, DbError> {
        self.scripted.register(tx, run, call, now).await
    }

    fn timed_out(&self, kind: &str) -> Outcome {
        self.scripted.timed_out(kind)
    }

    async fn child(&self, run: &Run, call: &Call) -> Result<NewRun, Outcome> {
        let mut new = self.scripted.child(run, call).await?;
        new.id = self.fortune.weather.run_id();
        Ok(new)
    }

    fn redact(&self, run: &Run, call: &Call) -> String {
        self.scripted.redact(run, call)
    }

    async fn scheduled(&self, schedule: &Schedule, at: Timestamp) -> Result<Option<NewRun>, DbError> {
        self.scripted.scheduled(schedule, at).await
    }

    async fn ended(&self, tx: &mut Tx, runs: &[&RunId], now: Timestamp) -> Result<(), DbError> {
        self.scripted.ended(tx, runs, now).await
    }
}

/// One node.
pub struct Node {
    pub engine: Engine,
    pub fortune: Arc<Fortune>,
    clock: Clock,
    /// How wrong its clock is, in microseconds.
    pub skew: i64,
}

impl Node {
    /// Starts a node; its engine takes part as soon as the database lets it.
    pub fn start(number: usize, seed: u64, storage: &Storage, weather: &Arc<Weather>, world: &Arc<World>, skew: i64) -> Self {
        let rng = Mutex::new(StdRng::seed_from_u64(seed.wrapping_mul(31) ^ number as u64));
        let fortune = Arc::new(Fortune { number, rng, mode: Mutex::new(Mode::Up), weather: weather.clone() });
        let db = storage.node(fortune.clone());
        let clock = Clock::manual(Timestamp::from_micros(START));
        let performer = Performer { scripted: Scripted(world.clone()), fortune: fortune.clone() };
        let settings = Settings { slots: 6, tenant_cap: 5, ..Settings::default() };
        let engine = Engine::new(db.clone(), clock.clone(), Arc::new(performer), PayloadStore::Table(db), settings);
        let node = Self { engine: engine.clone(), fortune, clock, skew };
        node.tick(weather.began);
        tokio::spawn(async move {
            // A start that fails is a process that exits and is started again.
            while engine.start_loops().await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        node
    }

    /// Moves its clock to where virtual time is.
    pub fn tick(&self, began: Instant) {
        let micros = i64::try_from(began.elapsed().as_micros()).unwrap_or(0);
        self.clock.set(Timestamp::from_micros(START + micros + self.skew));
    }

    pub fn is_up(&self) -> bool {
        *self.fortune.mode.lock() == Mode::Up
    }

    pub fn is_dead(&self) -> bool {
        *self.fortune.mode.lock() == Mode::Dead
    }
}
