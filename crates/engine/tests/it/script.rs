//! A program as data: stages of calls; a stage asks for all its calls at once and ends when each has its outcome.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use millrace_clock::{Clock, Timestamp};
use millrace_db::testing::TestDb;
use millrace_db::{Db, DbError, Tx, sql};
use millrace_engine::payload::PayloadStore;
use millrace_engine::{Call, Delivery, End, Engine, NewLog, NewRun, Outcome, Perform, Plan, Program, ProgramError, Run, RunError, RunState, Settings, Turn, WaitSpec, run};
use millrace_ids::{RunId, TenantId};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// What the outside world saw: how often each call of each run was performed.
#[derive(Default)]
pub struct World {
    pub performed: Mutex<BTreeMap<(RunId, u64), usize>>,
    /// Outside calls do not come back while this is set.
    pub hold: Mutex<bool>,
    pub order: Mutex<Vec<TenantId>>,
    /// The version that each activation was opened with.
    pub programs: Mutex<Vec<(RunId, String)>>,
    /// Calls of these kinds fail.
    pub down: Mutex<HashSet<String>>,
    /// Tenants whose runs rest.
    pub resting: Mutex<HashSet<TenantId>>,
    /// Where calls of the kind `ask` look.
    asked: Option<Db>,
}

impl World {
    /// One whose calls of the kind `ask` need a connection of this database, twice.
    pub fn asking(db: &Db) -> Self {
        Self { asked: Some(db.clone()), ..Self::default() }
    }

    async fn ask(&self) -> Result<(), DbError> {
        let Some(db) = &self.asked else { return Ok(()) };
        db.optional(sql("SELECT 1 AS one")).await?;
        let mut tx = db.read().await?;
        tx.optional(sql("SELECT 2 AS two")).await?;
        tx.commit().await
    }
}

pub struct Scripted(pub Arc<World>);

struct Running {
    stages: Vec<Vec<Value>>,
    stage: usize,
    open: HashSet<u64>,
    /// Calls whose failure is the program's.
    must: HashSet<u64>,
    seq: u64,
    outcomes: Vec<Value>,
}

impl Running {
    fn ask(&mut self, turn: &mut Turn) {
        while self.open.is_empty() && turn.end.is_none() {
            let Some(stage) = self.stages.get(self.stage).cloned() else {
                turn.end = Some(End::Completed(json!(self.outcomes).to_string()));
                return;
            };
            self.stage += 1;
            for call in stage {
                let kind = call["kind"].as_str().unwrap().to_owned();
                match kind.as_str() {
                    "skip" => turn.end = Some(End::Skipped("null".into())),
                    "fail" => turn.end = Some(End::Failed(RunError { retryable: call["retryable"] == true, ..RunError::new("BOOM", "as scripted") })),
                    "continue" => turn.end = Some(End::ContinueWith(call["state"].to_string())),
                    "log" => turn.logs.push(NewLog { n: self.stage as u64, level: "info".into(), at: Timestamp::default(), message: "hello".into(), data: None }),
                    "crash" => turn.end = None,
                    _ => {
                        for _ in 0..call["times"].as_u64().unwrap_or(1) {
                            self.seq += 1;
                            self.open.insert(self.seq);
                            if call["must"] == true {
                                self.must.insert(self.seq);
                            }
                            turn.calls.push(Call { seq: self.seq, kind: kind.clone(), args: call.to_string(), once: call["once"] == true });
                        }
                    }
                }
            }
        }
    }

    fn give(&mut self, deliveries: Vec<Delivery>) -> Turn {
        let mut turn = Turn::default();
        for d in deliveries {
            assert!(self.open.remove(&d.seq), "an outcome for a call that was not asked");
            self.outcomes.push(json!({ "seq": d.seq, "ok": d.outcome.ok, "value": serde_json::from_str::<Value>(&d.outcome.json).unwrap() }));
            if !d.outcome.ok && self.must.contains(&d.seq) {
                turn.end = Some(End::Failed(RunError::new("CALL_FAILED", d.outcome.json)));
                return turn;
            }
            self.ask(&mut turn);
        }
        turn
    }
}

#[async_trait]
impl Program for Running {
    async fn deliver(&mut self, deliveries: Vec<Delivery>) -> Result<Turn, ProgramError> {
        Ok(self.give(deliveries))
    }
}

#[async_trait]
impl Perform for Scripted {
    async fn open(&self, run: &Run, replay: Vec<Delivery>) -> Result<(Box<dyn Program>, Turn), ProgramError> {
        let input: Value = serde_json::from_str(run.input.inline().unwrap()).unwrap();
        if input["lost"] == true {
            return Err(ProgramError::Lost("as scripted".into()));
        }
        self.0.order.lock().push(run.tenant.clone());
        self.0.programs.lock().push((run.id.clone(), run.program.clone()));
        // Another version of the program has stages of its own.
        let stages = input["versions"].get(&run.program).unwrap_or(&input["stages"]);
        let stages = stages.as_array().unwrap().iter().map(|s| s.as_array().unwrap().clone()).collect();
        let mut program = Running { stages, stage: 0, open: HashSet::new(), must: HashSet::new(), seq: 0, outcomes: Vec::new() };
        let mut turn = Turn::default();
        program.ask(&mut turn);
        let later = program.give(replay);
        turn.calls.extend(later.calls);
        turn.logs.extend(later.logs);
        turn.end = turn.end.or(later.end);
        Ok((Box::new(program), turn))
    }

    fn plan(&self, call: &Call) -> Plan {
        match call.kind.as_str() {
            "put" => Plan::Inside,
            "timer" | "event" | "approval" => Plan::Wait,
            "child" => Plan::Child,
            _ => Plan::Outside,
        }
    }

    async fn perform(&self, run: &Run, call: &Call) -> Outcome {
        *self.0.performed.lock().entry((run.id.clone(), call.seq)).or_default() += 1;
        assert_ne!(call.kind, "panic", "as scripted");
        while *self.0.hold.lock() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if call.kind == "ask" && self.0.ask().await.is_err() {
            return Outcome::error("Error", "UNANSWERED", "the database did not answer");
        }
        if self.0.down.lock().contains(&call.kind) {
            return Outcome::error("Error", "DOWN", "as scripted");
        }
        Outcome::value(json!(format!("{}:{}", call.kind, call.seq)).to_string())
    }

    async fn apply(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Outcome, DbError> {
        // Any table serves to show that the effect and its journal entry commit together.
        let q = sql("INSERT INTO deliveries (trigger, delivery_id, run_id, expires_at) VALUES ($1, $2, $3, $4)");
        tx.execute(q.bind("put").bind(format!("{}:{}", run.id, call.seq)).bind(run.id.as_str()).bind(now.plus(Duration::from_secs(86400)))).await?;
        Ok(Outcome::null())
    }

    async fn register(&self, _: &mut Tx, _: &Run, call: &Call, now: Timestamp) -> Result<Result<WaitSpec, Outcome>, DbError> {
        let args: Value = serde_json::from_str(&call.args).unwrap();
        let due_at = args["ms"].as_u64().map(|ms| now.plus(Duration::from_millis(ms)));
        Ok(Ok(WaitSpec { kind: call.kind.clone(), key: args["name"].as_str().unwrap_or_default().into(), due_at }))
    }

    fn is_resting(&self, tenant: &TenantId) -> bool {
        self.0.resting.lock().contains(tenant)
    }

    fn timed_out(&self, kind: &str) -> Outcome {
        Outcome::value(json!({ "timed_out": kind }).to_string())
    }

    async fn child(&self, run: &Run, call: &Call) -> Result<NewRun, Outcome> {
        let args: Value = serde_json::from_str(&call.args).unwrap();
        // Without an input of its own the child is what its parent is: a workflow that starts itself.
        let input = args.get("input").map_or_else(|| run.input.inline().unwrap().to_owned(), Value::to_string);
        Ok(NewRun::new(run.tenant.clone(), "workflow", &run.subject, &run.program, "invoke", input))
    }

    fn redact(&self, _: &Run, call: &Call) -> String {
        call.args.clone()
    }

    async fn scheduled(&self, schedule: &millrace_engine::schedule::Schedule, _: Timestamp) -> Result<Option<NewRun>, DbError> {
        Ok(Some(NewRun::new(schedule.tenant.clone(), "workflow", &schedule.subject, "p", "schedule", json!({ "stages": [] }).to_string())))
    }

    async fn ended(&self, _: &mut Tx, _: &[&RunId], _: Timestamp) -> Result<(), DbError> {
        Ok(())
    }
}

/// An engine under test with its world.
pub struct Rig {
    // Its engine and its world; `tenant` is who starts runs through it.
    pub engine: Engine,
    pub world: Arc<World>,
    pub clock: Clock,
    pub db: Db,
    pub tenant: TenantId,
}

pub async fn rig(db: &TestDb) -> Rig {
    rig_with(db, Settings::default(), Arc::default(), Clock::shifted()).await
}

pub async fn rig_with(db: &TestDb, settings: Settings, world: Arc<World>, clock: Clock) -> Rig {
    let engine = Engine::new(db.db.clone(), clock.clone(), Arc::new(Scripted(world.clone())), PayloadStore::Table(db.db.clone()), settings);
    engine.start_loops().await.unwrap();
    Rig { engine, world, clock, db: db.db.clone(), tenant: TenantId::generate() }
}

impl Rig {
    pub fn new_run(&self, stages: Value) -> NewRun {
        NewRun::new(self.tenant.clone(), "workflow", "inst_x", "ver_x", "manual", json!({ "stages": stages }).to_string())
    }

    pub async fn start(&self, stages: Value) -> RunId {
        self.engine.start(self.new_run(stages)).await.unwrap().run_id
    }

    pub async fn run(&self, id: &RunId) -> Run {
        let mut tx = self.db.read().await.unwrap();
        run::get(&mut tx, &self.tenant, id).await.unwrap().unwrap()
    }

    pub async fn until(&self, id: &RunId, state: RunState) -> Run {
        for _ in 0..1500 {
            let run = self.run(id).await;
            if run.state == state {
                return run;
            }
            assert!(!run.state.is_terminal(), "{id} is {} with {:?}, wanted {state}", run.state, run.error);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let waits = "SELECT kind || ' ' || key || ' due ' || COALESCE(CAST(due_at AS TEXT), 'never') AS t FROM waits WHERE run_id = $1";
        let inbox = "SELECT 'inbox ' || CAST(seq AS TEXT) AS t FROM inbox WHERE run_id = $1";
        let children = "SELECT id || ' ' || state AS t FROM runs WHERE parent_id = $1";
        let mut seen = Vec::new();
        let mut tx = self.db.read().await.unwrap();
        for statement in [waits, inbox, children] {
            for row in tx.all(sql(statement).bind(id.as_str())).await.unwrap() {
                seen.push(row.get::<String>("t").unwrap());
            }
        }
        panic!("{id} did not become {state}: it is {} at {} with {seen:?}", self.run(id).await.state, self.clock.now().micros());
    }

    /// Waits until a run has completed, also while the database is away.
    pub async fn until_completed(&self, id: &RunId) {
        for _ in 0..3000 {
            if let Ok(mut tx) = self.db.read().await
                && let Ok(Some(run)) = run::get(&mut tx, &self.tenant, id).await
            {
                if run.state == RunState::Completed {
                    return;
                }
                assert!(!run.state.is_terminal(), "{id} is {} with {:?}", run.state, run.error);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{id} did not complete");
    }

    /// Tries until a number read from the database is as wanted.
    pub async fn until_count(&self, statement: &'static str, wanted: i64) {
        let mut last = -1;
        for _ in 0..3000 {
            last = self.count(statement).await;
            if last == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{statement}: {last}, wanted {wanted}");
    }

    /// A number read from the database; the statement names it `n`.
    pub async fn count(&self, statement: &'static str) -> i64 {
        self.db.optional(sql(statement)).await.unwrap().unwrap().get("n").unwrap()
    }

    pub fn performed(&self, id: &RunId) -> usize {
        self.world.performed.lock().iter().filter(|((r, _), _)| r == id).map(|(_, n)| n).sum()
    }

    /// Moves time on and lets the scheduler see it.
    pub fn pass(&self, by: Duration) {
        self.clock.advance(by);
        self.engine.wake();
    }
}
