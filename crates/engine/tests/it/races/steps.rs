//! P4: a run with very many steps: memory and the time to resume do not depend on how many there are behind it, beyond reading
//! them once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use millrace_clock::{Clock, Timestamp};
use millrace_db::testing::TestDb;
use millrace_db::{Db, DbError, Tx, on_both, testing};
use millrace_engine::limits::JOURNAL_SEGMENT;
use millrace_engine::payload::PayloadStore;
use millrace_engine::{Call, Delivery, End, Engine, NewRun, Outcome, Perform, Plan, Program, ProgramError, Run, RunState, Settings, Turn, WaitSpec};
use millrace_ids::{RunId, TenantId};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::resting::until_nothing_is_held;
use crate::script::Rig;

/// Calls that a program asks for at once; they share a commit.
const AT_ONCE: u64 = 500;

/// What the engine did with programs of very many steps.
#[derive(Default)]
pub struct Seen {
    /// Effects performed, over all runs and activations.
    pub applied: AtomicU64,
    /// The most outcomes that a program was given at once.
    pub most_at_once: AtomicUsize,
    /// Activations.
    pub opened: AtomicU64,
    /// When an activation last began.
    pub began: Mutex<Option<Instant>>,
}

/// Programs that ask for `steps` effects of `bytes` each and keep nothing of them; then they sleep if told to, and end.
pub struct Looping(pub Arc<Seen>);

struct Loop {
    seen: Arc<Seen>,
    steps: u64,
    sleeps: bool,
    asked: u64,
    open: u64,
}

impl Loop {
    fn next(&mut self, turn: &mut Turn) {
        if self.open > 0 {
            return;
        }
        let (kind, count) = if self.asked < self.steps { ("put", AT_ONCE.min(self.steps - self.asked)) } else { ("timer", u64::from(self.sleeps)) };
        if count == 0 {
            turn.end = Some(End::Completed(self.steps.to_string()));
            return;
        }
        self.sleeps &= kind == "put";
        for _ in 0..count {
            self.asked += 1;
            turn.calls.push(Call { seq: self.asked, kind: kind.into(), args: "{}".into(), once: false });
        }
        self.open = count;
    }

    fn give(&mut self, deliveries: Vec<Delivery>, turn: &mut Turn) {
        self.seen.most_at_once.fetch_max(deliveries.len(), Ordering::Relaxed);
        for _ in deliveries {
            self.open -= 1;
            self.next(turn);
        }
    }
}

#[async_trait]
impl Program for Loop {
    async fn deliver(&mut self, deliveries: Vec<Delivery>) -> Result<Turn, ProgramError> {
        let mut turn = Turn::default();
        self.give(deliveries, &mut turn);
        Ok(turn)
    }
}

#[async_trait]
impl Perform for Looping {
    async fn open(&self, run: &Run, replay: Vec<Delivery>) -> Result<(Box<dyn Program>, Turn), ProgramError> {
        *self.0.began.lock() = Some(Instant::now());
        self.0.opened.fetch_add(1, Ordering::Relaxed);
        let input: Value = serde_json::from_str(run.input.inline().unwrap()).unwrap();
        let mut program = Loop { seen: self.0.clone(), steps: input["steps"].as_u64().unwrap(), sleeps: input["sleeps"] == true, asked: 0, open: 0 };
        let mut turn = Turn::default();
        program.next(&mut turn);
        program.give(replay, &mut turn);
        Ok((Box::new(program), turn))
    }

    fn plan(&self, call: &Call) -> Plan {
        if call.kind == "put" { Plan::Inside } else { Plan::Wait }
    }

    async fn perform(&self, _: &Run, _: &Call) -> Outcome {
        Outcome::null()
    }

    async fn apply(&self, _: &mut Tx, run: &Run, call: &Call, _: Timestamp) -> Result<Outcome, DbError> {
        self.0.applied.fetch_add(1, Ordering::Relaxed);
        let input: Value = serde_json::from_str(run.input.inline().unwrap()).unwrap();
        Ok(Outcome::value(json!(noise(call.seq, input["bytes"].as_u64().unwrap_or(8))).to_string()))
    }

    async fn register(&self, _: &mut Tx, _: &Run, _: &Call, now: Timestamp) -> Result<Result<WaitSpec, Outcome>, DbError> {
        Ok(Ok(WaitSpec { kind: "timer".into(), key: String::new(), due_at: Some(now.plus(Duration::from_secs(86_400))) }))
    }

    fn timed_out(&self, _: &str) -> Outcome {
        Outcome::null()
    }

    async fn child(&self, _: &Run, _: &Call) -> Result<NewRun, Outcome> {
        Err(Outcome::null())
    }

    fn redact(&self, _: &Run, call: &Call) -> String {
        call.args.clone()
    }

    async fn scheduled(&self, _: &millrace_engine::schedule::Schedule, _: Timestamp) -> Result<Option<NewRun>, DbError> {
        Ok(None)
    }

    async fn ended(&self, _: &mut Tx, _: &[&RunId], _: Timestamp) -> Result<(), DbError> {
        Ok(())
    }
}

/// Text that no compression makes small.
fn noise(seed: u64, bytes: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = String::with_capacity(usize::try_from(bytes).unwrap());
    while (text.len() as u64) < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text.truncate(usize::try_from(bytes).unwrap());
    text
}

/// A node that performs looping programs.
pub async fn looping(db: &Db) -> (Rig, Arc<Seen>) {
    let (seen, clock): (Arc<Seen>, _) = (Arc::default(), Clock::shifted());
    let engine = Engine::new(db.clone(), clock.clone(), Arc::new(Looping(seen.clone())), PayloadStore::Table(db.clone()), Settings::default());
    engine.start_loops().await.unwrap();
    (Rig { engine, world: Arc::default(), clock, db: db.clone(), tenant: TenantId::generate() }, seen)
}

/// Starts a run of so many effects.
pub async fn start(rig: &Rig, input: Value) -> RunId {
    let new = NewRun::new(rig.tenant.clone(), "workflow", "inst_x", "ver_x", "manual", input.to_string());
    rig.engine.start(new).await.unwrap().run_id
}

/// Bytes of memory that this process holds.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

/// How long a run of so many steps took to make, and to be resumed when it had slept.
async fn made_and_resumed(rig: &Rig, seen: &Seen, steps: u64, patience: usize) -> (Duration, Duration) {
    let begun = Instant::now();
    seen.applied.store(0, Ordering::Relaxed);
    let id = start(rig, json!({"steps": steps, "sleeps": true})).await;
    wait(rig, &id, RunState::Waiting, patience).await;
    let made = begun.elapsed();
    // A run that sleeps is not in memory, a moment after its sleep stands in the database.
    until_nothing_is_held(rig).await;
    rig.clock.advance(Duration::from_secs(86_401));
    let before = seen.opened.load(Ordering::Relaxed);
    rig.engine.wake();
    wait(rig, &id, RunState::Completed, patience).await;
    assert_eq!(seen.opened.load(Ordering::Relaxed), before + 1);
    let resumed = seen.began.lock().unwrap().elapsed();
    assert_eq!(seen.applied.load(Ordering::Relaxed), steps, "each effect once");
    assert!(seen.most_at_once.load(Ordering::Relaxed) <= JOURNAL_SEGMENT as usize, "a journal is read in segments");
    (made, resumed)
}

async fn wait(rig: &Rig, id: &RunId, state: RunState, patience: usize) {
    for _ in 0..patience {
        let run = rig.run(id).await;
        if run.state == state {
            return;
        }
        assert!(!run.state.is_terminal(), "{id} is {}: {:?}", run.state, run.error);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{id} did not become {state}");
}

on_both! {
    async fn p04_steps_are_not_counted_and_cost_the_same_wherever_they_stand(db: TestDb) {
        let (rig, seen) = looping(&db).await;
        made_and_resumed(&rig, &seen, 500, 3_000).await;
        let (made_few, resumed_few) = made_and_resumed(&rig, &seen, 4_000, 3_000).await;
        let (made_many, resumed_many) = made_and_resumed(&rig, &seen, 32_000, 6_000).await;
        println!("4,000 steps: {made_few:?} and {resumed_few:?}; 32,000: {made_many:?} and {resumed_many:?}");
        // Eight times the steps; something that looked at all steps for each of them would take 64 times as long.
        let floor = Duration::from_millis(200);
        assert!(made_many < made_few.max(floor) * 24, "{made_few:?} → {made_many:?}");
        assert!(resumed_many < resumed_few.max(floor) * 24, "{resumed_few:?} → {resumed_many:?}");
    }
}

/// One run with a million steps: memory after the first tenth is memory at the end.
async fn million(db: TestDb) {
    let steps = std::env::var("MILLRACE_RACES_STEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let (rig, seen) = looping(&db).await;
    let (small_made, small_resumed) = made_and_resumed(&rig, &seen, steps / 10, 60_000).await;
    let base = resident();
    let watcher = tokio::spawn(async {
        let mut most = 0;
        loop {
            most = resident().max(most);
            PEAK.store(most, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let (made, resumed) = made_and_resumed(&rig, &seen, steps, 120_000).await;
    watcher.abort();
    let peak = PEAK.load(Ordering::Relaxed);
    println!("{steps} steps: made in {made:?} (a tenth: {small_made:?}), resumed in {resumed:?} (a tenth: {small_resumed:?}), memory {} → at most {} MiB", base >> 20, peak >> 20);
    assert!(peak < base + (96 << 20), "memory grew from {base} to {peak}");
    assert!(resumed < small_resumed.max(Duration::from_millis(500)) * 20, "resuming is linear in the journal: {small_resumed:?} → {resumed:?}");
}

static PEAK: AtomicU64 = AtomicU64::new(0);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, minutes"]
async fn p04_a_million_steps_in_flat_memory_sqlite() {
    million(testing::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "full size, minutes"]
async fn p04_a_million_steps_in_flat_memory_postgres() {
    million(testing::postgres().await).await;
}
