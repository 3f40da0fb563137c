//! The bridge: what a run's program is, and what its host calls do, when the engine asks.

mod child;
mod context;
mod outside;
mod program;
mod secrets;
mod shown;
mod wait;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_engine::schedule::Schedule;
use millrace_engine::{Call, Delivery, NewRun, Outcome, Perform, Plan, Program, ProgramError, Run, RunState, Turn, WaitSpec};
use millrace_ids::RunId;
use parking_lot::Mutex;

use self::context::RunContext;
use crate::app::Parts;
use crate::{approvals, storage, triggers};

pub(crate) use self::program::{Opening, opening};
pub(crate) use self::shown::arguments as shown_arguments;
pub(crate) use self::wait::after_ms;

/// Performs what runs ask for.
pub struct Performer {
    parts: Parts,
    /// What the runs in this node's memory need again and again.
    open: Arc<Mutex<HashMap<RunId, Arc<RunContext>>>>,
}

impl Performer {
    /// A performer over the server's parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts, open: Arc::default() }
    }

    /// The context of a run in memory; read again if it is not.
    async fn context(&self, run: &Run) -> Result<Arc<RunContext>, ProgramError> {
        if let Some(known) = self.open.lock().get(&run.id) {
            return Ok(known.clone());
        }
        RunContext::load(&self.parts, run).await.map(Arc::new)
    }
}

#[async_trait]
impl Perform for Performer {
    async fn open(&self, run: &Run, replay: Vec<Delivery>) -> Result<(Box<dyn Program>, Turn), ProgramError> {
        let context = Arc::new(RunContext::load(&self.parts, run).await?);
        let held = program::Held::new(self.open.clone(), run.id.clone(), context.clone());
        program::open(&self.parts, run, context, held, replay).await
    }

    fn plan(&self, call: &Call) -> Plan {
        match call.kind.as_str() {
            "timer" if wait::is_short(&call.args) => Plan::Outside,
            "timer" | "event" | "approval" => Plan::Wait,
            "invoke" => Plan::Child,
            "batch.result" => Plan::Inside,
            kind if kind.starts_with("storage.") || kind.starts_with("kv.") => Plan::Inside,
            _ => Plan::Outside,
        }
    }

    async fn perform(&self, run: &Run, call: &Call) -> Outcome {
        let context = match self.context(run).await {
            Ok(context) => context,
            Err(e) => return Outcome::error("Error", "internal", e.to_string()),
        };
        outside::perform(&self.parts, run, &context, call).await
    }

    async fn apply(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Outcome, DbError> {
        if call.kind == "batch.result" {
            // The journal entry itself is the record of the item.
            return Ok(Outcome::null());
        }
        let context = self.context(run).await.map_err(|e| DbError::Open(e.to_string()))?;
        let scope = storage::Scope { tenant: &run.tenant, workflow: context.workflow.as_str() };
        storage::perform(tx, &scope, &call.kind, &call.args, now).await
    }

    async fn register(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Result<WaitSpec, Outcome>, DbError> {
        match call.kind.as_str() {
            "approval" => approvals::service::request(tx, run, call, now).await,
            "event" => Ok(wait::event(&call.args, now)),
            _ => Ok(wait::timer(&call.args, now)),
        }
    }

    fn timed_out(&self, kind: &str) -> Outcome {
        wait::timed_out(kind)
    }

    async fn child(&self, run: &Run, call: &Call) -> Result<NewRun, Outcome> {
        child::new_run(&self.parts, run, call).await
    }

    fn is_failure(&self, kind: &str, outcome: &Outcome) -> bool {
        outside::is_failure(kind, outcome)
    }

    fn redact(&self, _run: &Run, call: &Call) -> String {
        shown::arguments(call)
    }

    async fn scheduled(&self, schedule: &Schedule, slot: Timestamp) -> Option<NewRun> {
        triggers::service::scheduled_run(&self.parts, schedule, slot).await
    }

    async fn ended(&self, tx: &mut Tx, run: &Run, _state: RunState, waited: bool, now: Timestamp) -> Result<(), DbError> {
        if waited {
            approvals::service::run_ended(tx, &run.id, now).await?;
        }
        Ok(())
    }
}
