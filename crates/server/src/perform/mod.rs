//! The bridge: what a run's program is, and what its host calls do, when the engine asks.

mod child;
mod context;
mod facts;
mod outside;
mod program;
mod secrets;
mod shown;
mod trial;
mod wait;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_engine::schedule::Schedule;
use millrace_engine::{Call, Delivery, NewRun, Outcome, Perform, Plan, Program, ProgramError, Run, RunState, Settled, Turn, WaitSpec};
use millrace_ids::{RunId, TenantId, VersionId, WorkflowId};
use parking_lot::Mutex;

use self::context::RunContext;
use self::secrets::Searches;
use crate::app::Parts;
use crate::http::ApiError;
use crate::observe::trace;
use crate::{access, approvals, installations, storage, triggers, workflows};

pub(crate) use self::program::{Opening, opening};
pub(crate) use self::shown::arguments as shown_arguments;
pub(crate) use self::trial::Trial;
pub(crate) use self::wait::after_ms;

/// Pause before our own database is asked again for what a call needs.
const AWAY: std::time::Duration = std::time::Duration::from_millis(250);

/// Whether our own database was away. That is no outcome of anybody's call: it would be journaled and stay for ever.
fn is_away<T>(answer: &Result<T, ApiError>) -> bool {
    answer.as_ref().is_err_and(|e| e.status == http::StatusCode::SERVICE_UNAVAILABLE)
}

/// Performs what runs ask for.
pub struct Performer {
    parts: Parts,
    /// What the runs in this node's memory need again and again.
    open: Arc<Mutex<HashMap<RunId, Arc<RunContext>>>>,
    /// How the secrets of installations are searched for.
    searches: Searches,
    /// What workflows keep, as far as this node has noticed.
    sizes: storage::Sizes,
}

impl Performer {
    /// A performer over the server's parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts, open: Arc::default(), searches: Searches::default(), sizes: storage::Sizes::default() }
    }

    /// Pauses an installation whose people have lost access, beside the run that found it out.
    fn lost_access(&self, context: &RunContext) {
        let (parts, installation) = (self.parts.clone(), context.installation.clone());
        if installation.status != installations::model::Status::Active {
            return;
        }
        tokio::spawn(async move {
            if let Err(error) = access::service::lost(&parts, &installation.tenant, &installation.id).await {
                tracing::warn!(installation = %installation.id, error = %error.detail, "an installation without access is not paused yet");
            }
        });
    }

    /// The workflow of a run, in a transaction: a whole context is not read beside it, which would take more connections from a
    /// pool of which this one holds one.
    async fn workflow(&self, tx: &mut Tx, run: &Run) -> Result<WorkflowId, DbError> {
        if let Some(known) = self.open.lock().get(&run.id) {
            return Ok(known.workflow.clone());
        }
        let version: VersionId = run.program.parse().map_err(|_| DbError::Open("the run names no workflow version".to_owned()))?;
        workflows::service::of_version(tx, &version).await?.ok_or_else(|| DbError::Open("the run's workflow version is gone".to_owned()))
    }

    /// The context of a run in memory; read again if it is not.
    async fn context(&self, run: &Run) -> Result<Arc<RunContext>, ProgramError> {
        if let Some(known) = self.open.lock().get(&run.id) {
            return Ok(known.clone());
        }
        RunContext::load(&self.parts, &self.searches, run).await.map(Arc::new)
    }
}

#[async_trait]
impl Perform for Performer {
    async fn open(&self, run: &Run, replay: Vec<Delivery>) -> Result<(Box<dyn Program>, Turn), ProgramError> {
        let context = Arc::new(RunContext::load(&self.parts, &self.searches, run).await?);
        if context.installation.denied.is_some() {
            self.lost_access(&context);
        }
        let held = program::Held::new(self.open.clone(), run.id.clone(), context.clone());
        self.parts.audited.note(&context.version);
        self.parts.metering.begin(&self.parts, run, &context.installation.publisher).await?;
        program::open(&self.parts, run, context, held, replay).await
    }

    fn plan(&self, call: &Call) -> Plan {
        match call.kind.as_str() {
            "timer" if wait::is_short(&call.args, self.parts.config.work.short_timer) => Plan::Outside,
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
        let traces = &self.parts.traces;
        let began = traces.now();
        let outcome = trace::within(traces.call(run, call), outside::perform(&self.parts, run, &context, call)).await;
        traces.called(run, call, began, outcome.ok);
        outcome
    }

    async fn apply(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Outcome, DbError> {
        if call.kind == "batch.result" {
            // The journal entry itself is the record of the item.
            return Ok(Outcome::null());
        }
        if matches!(call.kind.as_str(), "storage.set" | "kv.put")
            && let Err(refused) = self.parts.quotas.admit_stored(&run.tenant, call.args.len())
        {
            return Ok(Outcome::error("Error", "QUOTA_EXCEEDED", refused));
        }
        let workflow = self.workflow(tx, run).await?;
        let scope = storage::Scope { tenant: &run.tenant, workflow: workflow.as_str() };
        if matches!(call.kind.as_str(), "storage.set" | "kv.put")
            && let Err(refused) = self.sizes.admit(tx, &scope, call.args.len()).await?
        {
            return Ok(Outcome::error("Error", "QUOTA_EXCEEDED", refused));
        }
        let traces = &self.parts.traces;
        let began = traces.now();
        let outcome = storage::perform(tx, &scope, &call.kind, &call.args, now).await?;
        traces.called(run, call, began, outcome.ok);
        Ok(outcome)
    }

    async fn register(&self, tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Result<WaitSpec, Outcome>, DbError> {
        match call.kind.as_str() {
            "approval" => approvals::service::request(tx, run, call, now).await,
            "event" => Ok(wait::event(&call.args, now)),
            _ => Ok(wait::timer(&call.args, now)),
        }
    }

    fn slots(&self, tenant: &TenantId) -> Option<usize> {
        self.parts.quotas.of(tenant).concurrent_runs.and_then(|n| usize::try_from(n).ok())
    }

    fn is_resting(&self, tenant: &TenantId) -> bool {
        self.parts.closed.has(tenant)
    }

    async fn rests(&self, tenant: &TenantId) -> bool {
        self.parts.closed.has_now(tenant).await
    }

    fn log_lines(&self, tenant: &TenantId) -> u64 {
        self.parts.quotas.of(tenant).log_lines_per_run.unwrap_or(u64::MAX)
    }

    fn wrote(&self, tenant: &TenantId, bytes: u64) {
        self.parts.quotas.wrote(tenant, bytes);
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

    fn redact(&self, run: &Run, call: &Call) -> String {
        let shown = shown::arguments(call);
        let context = self.open.lock().get(&run.id).cloned();
        match context {
            Some(context) => context.secrets.mask_text(&shown).into_owned(),
            None => shown,
        }
    }

    async fn scheduled(&self, schedule: &Schedule, slot: Timestamp) -> Result<Option<NewRun>, DbError> {
        triggers::service::scheduled_run(&self.parts, schedule, slot).await
    }

    fn traces(&self) -> bool {
        self.parts.traces.are_on()
    }

    fn activation(&self, run: &Run) -> Option<Box<dyn Send>> {
        self.parts.traces.begin(run).map(|activation| Box::new(activation) as Box<dyn Send>)
    }

    fn finished(&self, run: &Run, state: RunState, class: &'static str) {
        tracing::debug!(run_id = %run.id, tenant_id = %run.tenant, state = state.as_str(), class, "a run ended");
        if crate::installations::service::function_of(run).is_some() {
            self.parts.hooks.ring();
        }
        self.parts.traces.finished(run, state, class);
    }

    async fn settled(&self, tx: &mut Tx, runs: &[Settled<'_>], now: Timestamp) -> Result<(), DbError> {
        self.parts.metering.settle(&self.parts, tx, runs, now).await?;
        // Last: it locks chains.
        self.parts.audited.settle(tx, runs, now).await
    }

    async fn ended(&self, tx: &mut Tx, runs: &[&RunId], now: Timestamp) -> Result<(), DbError> {
        approvals::service::runs_ended(tx, runs, now).await
    }
}
