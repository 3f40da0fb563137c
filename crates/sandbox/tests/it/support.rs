//! A pool, programs, and a host that answers what a run asks.

use millrace_sandbox::{
    Call, Delivery, End, Isolation, Limits, Open, Outcome, Pool, PoolConfig, Program, ProgramModule, SandboxError, Session, Turn,
};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub const NOW: i64 = 1_700_000_000_000;

pub fn config(isolation: Isolation) -> PoolConfig {
    PoolConfig {
        isolation,
        exe: PathBuf::from(env!("CARGO_BIN_EXE_millrace-sandbox")),
        max_children: 4,
        warm: 1,
        limits: Limits { start_wait: Duration::from_secs(60), ..Limits::default() },
    }
}

pub async fn pool() -> Pool {
    Pool::start(config(Isolation::Process)).await.unwrap()
}

/// A program of several modules; the first is the entry.
pub fn program_of(modules: &[(&str, &str)]) -> Arc<Program> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    Arc::new(Program {
        hash: format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
        entry: modules[0].0.into(),
        modules: modules.iter().map(|(name, code)| ProgramModule { name: (*name).into(), code: (*code).into() }).collect(),
    })
}

pub fn program(code: &str) -> Arc<Program> {
    program_of(&[("main.js", code)])
}

/// A workflow whose `execute` has this body; `ctx` is its context.
pub fn workflow(body: &str) -> Arc<Program> {
    program(&format!("export default {{ async execute(ctx) {{ {body} }} }};"))
}

pub fn opening() -> Open {
    opening_with(json!({}))
}

pub fn opening_with(context: Value) -> Open {
    Open {
        run_id: "run_1".into(),
        handler: "execute".into(),
        context: context.to_string(),
        seed: [7; 32],
        now_ms: NOW,
        replay: Vec::new(),
    }
}

pub fn value(seq: u64, value: Value) -> Delivery {
    Delivery { seq, now_ms: NOW + i64::try_from(seq).unwrap() * 1000, outcome: Outcome::Value(value.to_string()) }
}

pub fn error(seq: u64, error: Value) -> Delivery {
    Delivery { seq, now_ms: NOW + i64::try_from(seq).unwrap() * 1000, outcome: Outcome::Error(error.to_string()) }
}

pub fn args(call: &Call) -> Value {
    serde_json::from_str(&call.args).unwrap()
}

pub fn completed(turn: &Turn) -> Value {
    match &turn.end {
        Some(End::Completed(json)) => serde_json::from_str(json).unwrap(),
        other => panic!("not completed: {other:?}, calls {:?}, logs {:?}", turn.calls, turn.logs),
    }
}

pub fn failed(turn: &Turn) -> &millrace_sandbox::ScriptError {
    match &turn.end {
        Some(End::Failed(error)) => error,
        other => panic!("not failed: {other:?}"),
    }
}

pub fn messages(turn: &Turn) -> Vec<&str> {
    turn.logs.iter().map(|line| line.message.as_str()).collect()
}

/// Everything a run did until it ended.
#[derive(Debug, Default, PartialEq)]
pub struct Trace {
    pub turn: Turn,
    /// The journal that was made, in order of delivery.
    pub journal: Vec<Delivery>,
}

/// Opens a run and answers its calls one at a time with `answer` until it ends.
pub async fn play(
    pool: &Pool,
    program: Arc<Program>,
    open: Open,
    mut answer: impl FnMut(&Call) -> Outcome,
) -> Result<Trace, SandboxError> {
    let (mut session, mut turn) = pool.open("tenant", program, open).await?;
    let mut trace = Trace::default();
    let mut waiting: Vec<Call> = Vec::new();
    loop {
        waiting.extend(turn.calls.iter().cloned());
        waiting.retain(|call| !turn.abandoned.contains(&call.seq));
        let end = turn.end.clone();
        merge(&mut trace.turn, turn);
        if end.is_some() || waiting.is_empty() {
            return Ok(trace);
        }
        let call = waiting.remove(0);
        let at = NOW + i64::try_from(trace.journal.len() + 1).unwrap() * 1000;
        let delivery = Delivery { seq: call.seq, now_ms: at, outcome: answer(&call) };
        trace.journal.push(delivery.clone());
        turn = session.deliver(vec![delivery]).await?;
    }
}

pub fn merge(into: &mut Turn, turn: Turn) {
    into.calls.extend(turn.calls);
    into.logs.extend(turn.logs);
    into.abandoned.extend(turn.abandoned);
    into.end = turn.end;
}

/// Opens a run that ends in its first turn.
pub async fn once(pool: &Pool, program: Arc<Program>) -> Turn {
    pool.open("tenant", program, opening()).await.unwrap().1
}

/// Runs an expression in `execute` and answers its JSON.
pub async fn eval(pool: &Pool, expression: &str) -> Value {
    completed(&once(pool, workflow(&format!("return ({expression});"))).await)
}

pub async fn open(pool: &Pool, body: &str) -> (Session, Turn) {
    pool.open("tenant", workflow(body), opening()).await.unwrap()
}
