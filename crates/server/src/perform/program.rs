//! A run's program: its isolate, and before it the fetch of what an id-only webhook stands for.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use millrace_bundle::Bundle;
use millrace_clock::Timestamp;
use millrace_engine::{Call, Delivery, End, NewLog, Program, ProgramError, Run, RunError, Turn};
use millrace_ids::RunId;
use millrace_sandbox::{Open, SandboxError, ScriptError, Session};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::context::RunContext;
use super::facts::{Facts, Marks};
use super::secrets::Searches;
use crate::app::Parts;
use crate::installations::service::function_of;
use crate::workflows::LoadedVersion;

/// Keeps a run's context in memory as long as its program is.
pub struct Held {
    open: Arc<Mutex<HashMap<RunId, Arc<RunContext>>>>,
    run: RunId,
    context: Arc<RunContext>,
}

impl Held {
    /// Notes the context until the answer is dropped.
    pub fn new(open: Arc<Mutex<HashMap<RunId, Arc<RunContext>>>>, run: RunId, context: Arc<RunContext>) -> Self {
        open.lock().insert(run.clone(), context.clone());
        Self { open, run, context }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = self.open.lock();
        // A later activation of the same run may have noted its own.
        if open.get(&self.run).is_some_and(|known| Arc::ptr_eq(known, &self.context)) {
            open.remove(&self.run);
        }
    }
}

/// An open program.
struct RunProgram {
    parts: Parts,
    run: Run,
    context: Arc<RunContext>,
    input: Value,
    /// Calls made before the isolate began: its own are numbered after them.
    before: u64,
    session: Option<Session>,
    facts: Facts,
    _held: Held,
}

/// Builds a run's program and replays its journal into it.
pub async fn open(parts: &Parts, run: &Run, context: Arc<RunContext>, held: Held, replay: Vec<Delivery>) -> Result<(Box<dyn Program>, Turn), ProgramError> {
    context.check(run)?;
    let input = input_of(parts, run).await?;
    let hydrates = hydrates(run, &input);
    let mut program = RunProgram { parts: parts.clone(), run: run.clone(), context, input, before: u64::from(hydrates), session: None, facts: Facts::default(), _held: held };
    let turn = if hydrates { program.hydrate(replay).await? } else { program.begin(program.clock(), replay).await? };
    Ok((Box::new(program), turn))
}

/// What a run's isolate was opened with, without opening it.
pub struct Opening {
    /// Its parameters, with an empty replay.
    pub open: Open,
    /// Calls made before the isolate began: its own are numbered after them.
    pub before: u64,
    /// The pinned version.
    pub version: Arc<LoadedVersion>,
}

/// Rebuilds what a run's isolate was opened with. `first` is the first outcome of its journal. `None`: the isolate never began.
pub async fn opening(parts: &Parts, run: &Run, first: Option<&Delivery>) -> Result<Option<Opening>, ProgramError> {
    let context = RunContext::load(parts, &Searches::default(), run).await?;
    let mut input = input_of(parts, run).await?;
    let hydrates = hydrates(run, &input);
    let Some(mut now) = run.clock_at else { return Ok(None) };
    if hydrates {
        let Some(first) = first else { return Ok(None) };
        if fill_in(&mut input, &first.outcome.json).is_err() {
            return Ok(None);
        }
        now = first.at;
    }
    let open = open_of(parts, run, &context, &input, now, Vec::new());
    Ok(Some(Opening { open, before: u64::from(hydrates), version: context.version }))
}

async fn input_of(parts: &Parts, run: &Run) -> Result<Value, ProgramError> {
    let text = match run.input.inline() {
        Some(text) => text.to_owned(),
        None => parts.payloads.get(&run.tenant, &run.input).await.map_err(|e| ProgramError::Lost(e.to_string()))?,
    };
    serde_json::from_str(&text).map_err(|e| ProgramError::Run(RunError::new("INPUT_UNREADABLE", e.to_string())))
}

/// Whether the run begins by fetching what an id-only webhook stands for.
fn hydrates(run: &Run, input: &Value) -> bool {
    run.generation == 0 && function_of(run).is_none() && input.get("fetch").is_some_and(Value::is_object)
}

/// Puts what was fetched in its place.
fn fill_in(input: &mut Value, outcome: &str) -> Result<(), ProgramError> {
    let result: Value = serde_json::from_str(outcome).unwrap_or_default();
    if result["success"] != true {
        let message = result.pointer("/error/message").or_else(|| result.get("message")).and_then(Value::as_str).unwrap_or("no answer");
        return Err(ProgramError::Run(RunError::new("HYDRATION_FAILED", format!("What the webhook announced could not be fetched: {message}"))));
    }
    input["trigger"]["data"] = result["data"].clone();
    Ok(())
}

fn open_of(parts: &Parts, run: &Run, context: &RunContext, input: &Value, now: Timestamp, replay: Vec<millrace_sandbox::Delivery>) -> Open {
    Open {
        run_id: run.origin().to_string(),
        handler: context.version.handler(function_of(run).unwrap_or("execute")),
        context: context.to_json(parts, run, input),
        seed: run.seed_bytes(),
        now_ms: now.millis(),
        replay,
    }
}

impl RunProgram {
    fn clock(&self) -> Timestamp {
        self.run.clock_at.unwrap_or(self.run.created_at)
    }

    /// The run's first act is call 1; the isolate begins with its outcome.
    async fn hydrate(&mut self, mut replay: Vec<Delivery>) -> Result<Turn, ProgramError> {
        let fetch = &self.input["fetch"];
        let args = json!({ "service": fetch["service"], "operation": fetch["operation"], "args": fetch["args"] }).to_string();
        let mut turn = Turn { calls: vec![Call { seq: 1, kind: "integration".into(), args, once: false }], ..Turn::default() };
        if !replay.is_empty() {
            let first = replay.remove(0);
            let later = self.hydrated(&first, replay).await?;
            turn.calls.extend(later.calls);
            turn.logs = later.logs;
            turn.end = later.end;
        }
        Ok(turn)
    }

    async fn hydrated(&mut self, first: &Delivery, replay: Vec<Delivery>) -> Result<Turn, ProgramError> {
        fill_in(&mut self.input, &first.outcome.json)?;
        self.begin(first.at, replay).await
    }

    async fn begin(&mut self, now: Timestamp, replay: Vec<Delivery>) -> Result<Turn, ProgramError> {
        self.facts.begin(now);
        let replay = replay.into_iter().map(|d| self.inward(d)).collect();
        let open = open_of(&self.parts, &self.run, &self.context, &self.input, now, replay);
        let program = self.context.version.program.clone();
        let opened = self.parts.sandbox.open(self.run.tenant.as_str(), program, open).await;
        let (session, turn) = opened.map_err(|e| failed(&self.context.version.bundle, e))?;
        self.session = Some(session);
        Ok(self.outward(turn))
    }

    fn inward(&mut self, d: Delivery) -> millrace_sandbox::Delivery {
        self.facts.answered(d.at);
        let outcome = if d.outcome.ok { millrace_sandbox::Outcome::Value(d.outcome.json) } else { millrace_sandbox::Outcome::Error(d.outcome.json) };
        millrace_sandbox::Delivery { seq: d.seq.saturating_sub(self.before), now_ms: d.at.millis(), outcome }
    }

    fn outward(&mut self, turn: millrace_sandbox::Turn) -> Turn {
        turn.calls.iter().for_each(|call| self.facts.asked(&call.kind));
        let call = |c: millrace_sandbox::Call| Call { seq: c.seq + self.before, kind: c.kind, args: c.args, once: c.once };
        let log = |l: millrace_sandbox::LogLine| NewLog { n: l.n, level: l.level, at: Timestamp::from_millis(l.now_ms), message: l.message, data: l.data };
        Turn {
            calls: turn.calls.into_iter().map(call).collect(),
            logs: turn.logs.into_iter().map(log).collect(),
            abandoned: turn.abandoned.into_iter().map(|s| s + self.before).collect(),
            end: turn.end.map(|e| end(&self.context.version.bundle, e, &self.facts)),
        }
    }
}

#[async_trait]
impl Program for RunProgram {
    async fn deliver(&mut self, mut deliveries: Vec<Delivery>) -> Result<Turn, ProgramError> {
        if self.session.is_none() && !deliveries.is_empty() {
            let first = deliveries.remove(0);
            return self.hydrated(&first, deliveries).await;
        }
        let inward = deliveries.into_iter().map(|d| self.inward(d)).collect();
        let session = self.session.as_mut().ok_or_else(|| ProgramError::Lost("the isolate is gone".into()))?;
        let turn = session.deliver(inward).await.map_err(|e| failed(&self.context.version.bundle, e))?;
        Ok(self.outward(turn))
    }
}

/// The run failed if it threw or returned `success: false`; `skipped: true` is its own end (spec workflow-sdk §6.1).
fn end(bundle: &Bundle, end: millrace_sandbox::End, facts: &Facts) -> End {
    match end {
        millrace_sandbox::End::Failed(error) => End::Failed(script_error(bundle, error)),
        millrace_sandbox::End::ContinueWith(state) => End::ContinueWith(state),
        millrace_sandbox::End::Completed(json) => match marks(&json) {
            Some(marks) if marks.success == Some(false) => End::Failed(RunError {
                data: serde_json::from_str(&json).ok(),
                ..RunError::new("WORKFLOW_FAILED", marks.error.as_ref().and_then(reason).unwrap_or_else(|| "The workflow returned success: false.".into()))
            }),
            Some(marks) if marks.skipped == Some(true) => End::Skipped(facts.on(json, &marks)),
            Some(marks) if marks.success.is_some() => End::Completed(facts.on(json, &marks)),
            _ => End::Completed(json),
        },
    }
}

fn marks(json: &str) -> Option<Marks> {
    if !json.starts_with('{') {
        return None;
    }
    serde_json::from_str(json).ok()
}

fn reason(error: &Value) -> Option<String> {
    error.as_str().or_else(|| error.get("message").and_then(Value::as_str)).map(str::to_owned)
}

fn script_error(bundle: &Bundle, error: ScriptError) -> RunError {
    let stack = (!error.stack.is_empty()).then(|| bundle.map_stack(&error.stack));
    RunError {
        code: error.code.unwrap_or_else(|| "WORKFLOW_ERROR".into()),
        message: error.message,
        name: Some(error.name),
        stack,
        data: error.data.and_then(|d| serde_json::from_str(&d).ok()),
        retryable: error.retryable,
        retried_as: None,
    }
}

/// A limit ends the run; a lost process only the attempt.
fn failed(bundle: &Bundle, error: SandboxError) -> ProgramError {
    match error {
        SandboxError::Load(script) => {
            let loaded = script_error(bundle, script);
            ProgramError::Run(RunError { code: "LOAD_FAILED".into(), ..loaded })
        }
        SandboxError::Crashed { .. } | SandboxError::Unavailable(_) => ProgramError::Lost(error.to_string()),
        other => ProgramError::Run(RunError::new(other.code(), other.to_string())),
    }
}
