//! Generated programs through the whole engine, on both databases, while engines stop and sandbox processes are killed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use millrace_clock::{Clock, Timestamp};
use millrace_db::testing::TestDb;
use millrace_db::{Db, DbError, Dialect, Options, Tx, on_both};
use millrace_determinism::{generate, opening, outcome, pool_config, program_of};
use millrace_engine::payload::PayloadStore;
use millrace_engine::schedule::Schedule;
use millrace_engine::{Call, Delivery, End, Engine, NewLog, NewRun, Outcome, Perform, Plan, Program, ProgramError, Run, RunError, RunState, Settings, Turn, WaitSpec, journal, logs_after, run};
use millrace_ids::{RunId, TenantId};
use millrace_sandbox::{Isolation, Open, Pool, SandboxError, Session, Trace};
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::programs::EXE;

/// What all engines of a test share.
struct Shared {
    pool: Pool,
    programs: HashMap<String, Arc<millrace_sandbox::Program>>,
    /// The last word of every activation, by run and epoch.
    traces: Mutex<BTreeMap<(RunId, i64), String>>,
    losses: Mutex<HashMap<RunId, u32>>,
    rng: Mutex<StdRng>,
    waits: Mutex<Vec<(String, String, Outcome)>>,
    pids: Mutex<Vec<u32>>,
    calm: AtomicBool,
}

struct Performer(Arc<Shared>);

struct Activation {
    shared: Arc<Shared>,
    run: Run,
    session: Session,
    trace: Trace,
}

fn seed_of(run: &Run) -> u64 {
    run.program.trim_start_matches("seed-").parse().unwrap()
}

fn inward(d: Delivery) -> millrace_sandbox::Delivery {
    let outcome = if d.outcome.ok { millrace_sandbox::Outcome::Value(d.outcome.json) } else { millrace_sandbox::Outcome::Error(d.outcome.json) };
    millrace_sandbox::Delivery { seq: d.seq, now_ms: d.at.millis(), outcome }
}

fn outward(turn: &millrace_sandbox::Turn) -> Turn {
    let turn = turn.clone();
    Turn {
        calls: turn.calls.into_iter().map(|c| Call { seq: c.seq, kind: c.kind, args: c.args, once: c.once }).collect(),
        logs: turn.logs.into_iter().map(|l| NewLog { n: l.n, level: l.level, at: Timestamp::from_millis(l.now_ms), message: l.message, data: l.data }).collect(),
        abandoned: turn.abandoned,
        end: turn.end.map(|end| match end {
            millrace_sandbox::End::Completed(json) => End::Completed(json),
            millrace_sandbox::End::ContinueWith(json) => End::ContinueWith(json),
            millrace_sandbox::End::Failed(e) => End::Failed(RunError { name: Some(e.name), stack: Some(e.stack), ..RunError::new("WORKFLOW_ERROR", e.message) }),
        }),
    }
}

fn lost(error: SandboxError) -> ProgramError {
    match error {
        SandboxError::Crashed { .. } | SandboxError::Unavailable(_) => ProgramError::Lost(error.to_string()),
        other => ProgramError::Run(RunError::new(other.code(), other.to_string())),
    }
}

/// The opening of a run's present generation.
fn open_of(run: &Run, replay: Vec<millrace_sandbox::Delivery>) -> Open {
    let mut open = opening(seed_of(run));
    if run.generation > 0 {
        let mut context: serde_json::Value = serde_json::from_str(&open.context).unwrap();
        context["state"] = serde_json::from_str(run.input.inline().unwrap()).unwrap();
        open.context = context.to_string();
    }
    Open { seed: run.seed_bytes(), now_ms: run.clock_at.unwrap_or(run.created_at).millis(), replay, ..open }
}

impl Shared {
    /// Some activations are lost without a word; few enough that none is given up.
    fn is_lost(&self, run: &RunId) -> bool {
        let mut losses = self.losses.lock();
        let n = losses.entry(run.clone()).or_default();
        let lost = !self.calm.load(Ordering::Acquire) && *n < 2 && self.rng.lock().random_bool(0.05);
        *n += u32::from(lost);
        lost
    }
}

impl Activation {
    fn took(&mut self, turn: &millrace_sandbox::Turn) -> Turn {
        self.trace.turned(turn);
        self.shared.traces.lock().insert((self.run.id.clone(), self.run.epoch), self.trace.hash());
        outward(turn)
    }
}

#[async_trait]
impl Program for Activation {
    async fn deliver(&mut self, deliveries: Vec<Delivery>) -> Result<Turn, ProgramError> {
        let inward: Vec<_> = deliveries.into_iter().map(inward).collect();
        inward.iter().for_each(|d| self.trace.delivered(d));
        let turn = self.session.deliver(inward).await.map_err(lost)?;
        if self.shared.is_lost(&self.run.id) {
            return Err(ProgramError::Lost("as planned".into()));
        }
        Ok(self.took(&turn))
    }
}

#[async_trait]
impl Perform for Performer {
    async fn open(&self, run: &Run, replay: Vec<Delivery>) -> Result<(Box<dyn Program>, Turn), ProgramError> {
        let open = open_of(run, replay.into_iter().map(inward).collect());
        let mut trace = Trace::default();
        trace.opened(&open);
        let (session, turn) = self.0.pool.open(run.tenant.as_str(), self.0.programs[&run.program].clone(), open).await.map_err(lost)?;
        self.0.pids.lock().extend(session.child_pid());
        let mut activation = Activation { shared: self.0.clone(), run: run.clone(), session, trace };
        let turn = activation.took(&turn);
        Ok((Box::new(activation), turn))
    }

    fn plan(&self, call: &Call) -> Plan {
        match call.kind.as_str() {
            "event" | "approval" => Plan::Wait,
            "timer" if call.args.len() > 11 => Plan::Wait,
            "batch.result" => Plan::Inside,
            kind if kind.starts_with("storage.") || kind.starts_with("kv.") => Plan::Inside,
            _ => Plan::Outside,
        }
    }

    async fn perform(&self, run: &Run, call: &Call) -> Outcome {
        let ms = self.0.rng.lock().random_range(0..15);
        tokio::time::sleep(Duration::from_millis(ms)).await;
        answer(run, call)
    }

    async fn apply(&self, _: &mut Tx, run: &Run, call: &Call, _: Timestamp) -> Result<Outcome, DbError> {
        Ok(answer(run, call))
    }

    async fn register(&self, _: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Result<WaitSpec, Outcome>, DbError> {
        if call.kind == "timer" {
            return Ok(Ok(WaitSpec { kind: "timer".into(), key: String::new(), due_at: Some(now.plus(Duration::from_millis(30))) }));
        }
        let key = format!("{}:{}:{}", run.id, run.generation, call.seq);
        self.0.waits.lock().push((call.kind.clone(), key.clone(), answer(run, call)));
        Ok(Ok(WaitSpec { kind: call.kind.clone(), key, due_at: None }))
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

    async fn scheduled(&self, _: &Schedule, _: Timestamp) -> Result<Option<NewRun>, DbError> {
        Ok(None)
    }

    async fn ended(&self, _: &mut Tx, _: &[&RunId], _: Timestamp) -> Result<(), DbError> {
        Ok(())
    }
}

fn answer(run: &Run, call: &Call) -> Outcome {
    let asked = millrace_sandbox::Call { seq: call.seq, after: 0, kind: call.kind.clone(), args: call.args.clone(), once: call.once };
    match outcome(seed_of(run), &asked) {
        millrace_sandbox::Outcome::Value(json) => Outcome { ok: true, json },
        millrace_sandbox::Outcome::Error(json) => Outcome { ok: false, json },
    }
}

/// A new engine, with a pool of its own where the database allows it: the pool of one that stopped at once stays in use.
async fn engine(db: &TestDb, shared: &Arc<Shared>) -> Engine {
    let db = match db.dialect() {
        Dialect::Sqlite => db.db.clone(),
        Dialect::Postgres => Db::open(&db.url.parse().unwrap(), &Options { connections: 8, ..Options::default() }).await.unwrap(),
    };
    let engine = Engine::new(db.clone(), Clock::System, Arc::new(Performer(shared.clone())), PayloadStore::Table(db.clone()), Settings::default());
    engine.start_loops().await.unwrap();
    engine
}

/// What a run's journal makes, played once from beginning to end, one outcome at a time; against what was stored of it.
async fn compare(db: &Db, shared: &Shared, run: &Run) {
    let seed = seed_of(run);
    let mut tx = db.read().await.unwrap();
    let entries = journal::page(&mut tx, &run.id, run.generation, 0, 10_000).await.unwrap();
    let stored = logs_after(&mut tx, &run.id, 0, 10_000).await.unwrap();
    drop(tx);
    let open = open_of(run, Vec::new());
    let mut trace = Trace::default();
    trace.opened(&open);
    let (mut session, mut turn) = shared.pool.open("replay", shared.programs[&run.program].clone(), open).await.unwrap();
    let (mut logs, mut end) = (Vec::new(), None);
    let mut entries = entries.into_iter();
    loop {
        trace.turned(&turn);
        logs.extend(turn.logs.clone());
        end = turn.end.clone().or(end);
        let Some(entry) = entries.next() else { break };
        let json = entry.outcome.inline().unwrap().to_owned();
        let delivery = inward(Delivery { seq: u64::try_from(entry.seq).unwrap(), at: entry.finished_at, outcome: Outcome { ok: entry.ok, json } });
        trace.delivered(&delivery);
        // What was committed together with the last outcome stands in the journal too; nobody looks at it any more.
        turn = if end.is_some() { millrace_sandbox::Turn::default() } else { session.deliver(vec![delivery]).await.unwrap() };
    }
    let known = shared.traces.lock().range((run.id.clone(), 0)..=(run.id.clone(), i64::MAX)).next_back().unwrap().1.clone();
    assert_eq!(trace.hash(), known, "seed {seed}: the replay of the journal is not what the engine executed\n{}", generate(seed).text());
    match (&end, run.state) {
        (Some(millrace_sandbox::End::Completed(json)), RunState::Completed) => assert_eq!(Some(json.as_str()), run.output.as_ref().and_then(|o| o.inline()), "seed {seed}"),
        (Some(millrace_sandbox::End::Failed(_)), RunState::Failed) => {}
        (None, RunState::Failed) => assert!(run.error.as_ref().unwrap().contains("STUCK"), "seed {seed}: {:?}", run.error),
        other => panic!("seed {seed}: {other:?}, {:?}", run.error),
    }
    if run.generation == 0 {
        let stored: Vec<_> = stored.iter().map(|l| (l.level.clone(), l.message.clone())).collect();
        let made: Vec<_> = logs.iter().map(|l| (l.level.clone(), l.message.clone())).collect();
        assert_eq!(stored, made, "seed {seed}: the log");
    }
}

async fn battery(db: &TestDb, first: u64, count: u64, nodes: usize) {
    let seeds: Vec<u64> = (first..first + count).collect();
    let programs = seeds.iter().map(|s| (format!("seed-{s}"), program_of(&generate(*s).text()).unwrap().1)).collect();
    let pool = Pool::start(pool_config(Isolation::Process, EXE.into())).await.unwrap();
    let rng = Mutex::new(StdRng::seed_from_u64(first));
    let shared = Arc::new(Shared { pool, programs, traces: Mutex::default(), losses: Mutex::default(), rng, waits: Mutex::default(), pids: Mutex::default(), calm: AtomicBool::new(false) });
    let mut engines = Vec::new();
    for _ in 0..nodes {
        engines.push(engine(db, &shared).await);
    }
    let tenant = TenantId::generate();
    let mut runs = Vec::new();
    for (i, seed) in seeds.iter().enumerate() {
        let new = NewRun::new(tenant.clone(), "workflow", "inst_x", format!("seed-{seed}"), "manual", "{}".into());
        runs.push(engines[i % nodes].start(new).await.unwrap().run_id);
    }
    let mut ended = Vec::new();
    for round in 0..2_000 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let at = round % nodes;
        let open: Vec<_> = shared.waits.lock().iter().cloned().collect();
        for (kind, key, outcome) in open {
            if shared.rng.lock().random_bool(0.5) {
                let mut tx = db.begin().await.unwrap();
                let first = engines[at].settle(&mut tx, &tenant, &kind, &key, &outcome).await.unwrap();
                tx.commit().await.unwrap();
                engines[at].wake();
                if first {
                    shared.waits.lock().retain(|(_, k, _)| *k != key);
                }
            }
        }
        match round {
            8 | 20 | 32 | 44 => {
                engines[at].shutdown(Duration::ZERO).await;
                engines[at] = engine(db, &shared).await;
            }
            14 | 38 => shared.pids.lock().last().copied().into_iter().for_each(kill),
            60 => shared.calm.store(true, Ordering::Release),
            _ => {}
        }
        ended.clear();
        let mut tx = db.read().await.unwrap();
        for id in &runs {
            let run = run::get(&mut tx, &tenant, id).await.unwrap().unwrap();
            if run.state.is_terminal() {
                ended.push(run);
            }
        }
        if ended.len() == runs.len() && round > 45 {
            break;
        }
    }
    assert_eq!(ended.len(), runs.len(), "some runs do not end");
    for run in &ended {
        compare(db, &shared, run).await;
    }
    let again = ended.iter().filter(|r| r.epoch > 1).count();
    assert!(again * 4 > ended.len(), "only {again} of {} runs took more than one activation", ended.len());
    for engine in engines {
        engine.shutdown(Duration::from_secs(1)).await;
    }
}

#[allow(unsafe_code)]
fn kill(pid: u32) {
    // SAFETY: kill has no preconditions; the pid is of a child of this process, which reaps it after this.
    unsafe { libc::kill(i32::try_from(pid).unwrap(), libc::SIGKILL) };
}

on_both! {
    async fn what_the_engine_executed_is_what_its_journal_makes(db: TestDb) {
        let count = crate::programs::from_environment("MILLRACE_WHOLE", 50);
        let first = crate::programs::from_environment("MILLRACE_SEED", 1000);
        // The embedded file serves one process at a time.
        let nodes = if db.dialect() == Dialect::Sqlite { 1 } else { 2 };
        battery(&db, first, count, nodes).await;
    }
}
