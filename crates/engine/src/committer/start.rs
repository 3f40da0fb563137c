//! Accepting runs: idempotent by delivery, and handed straight to this node's worker when it has a free slot.

use std::collections::{HashMap, HashSet};

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
use millrace_ids::{RunId, TenantId};
use rand::RngCore as _;
use serde_json::json;

use super::{Done, Job, Wakes};
use crate::engine::Inner;
use crate::limits::DELIVERY_MEMORY;
use crate::payload::Payload;
use crate::store::{FIND_DELIVERY, INSERT_DELIVERIES, INSERT_RUNS, Rows};
use crate::{Run, RunState, traces};

/// The call that a child run answers.
#[derive(Debug, Clone)]
pub struct Parent {
    /// The run that asked.
    pub run_id: RunId,
    /// In which generation.
    pub generation: i64,
    /// The number of its call.
    pub seq: i64,
}

/// A run to be accepted.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its id, given beforehand so that a repeated commit is recognised.
    pub id: RunId,
    /// Whose it is.
    pub tenant: TenantId,
    /// `workflow`, `hook`, `execution` or `automation`.
    pub kind: String,
    /// What defines it.
    pub subject: String,
    /// The exact version it is pinned to.
    pub program: String,
    /// The revision of what defines it that it is pinned to; none: whatever that is at the moment.
    pub subject_revision: Option<i64>,
    /// What started it, in words.
    pub trigger: String,
    /// Who asked for it, where somebody did; the engine only keeps it.
    pub started_by: Option<String>,
    /// What it is started with: JSON.
    pub input: String,
    /// 0 is served first, 9 last.
    pub priority: i64,
    /// Trigger and delivery id: the same pair within 24 h is the same run.
    pub delivery: Option<(String, String)>,
    /// The call it answers.
    pub parent: Option<Parent>,
    /// The failed run it repeats.
    pub retry_of: Option<RunId>,
    /// The whole-run attempt, from 1.
    pub attempt: i64,
    /// Where it belongs in a trace (W3C Trace Context); the engine only keeps it.
    pub traceparent: Option<String>,
    /// The seed of its random numbers.
    pub seed: [u8; 32],
}

impl NewRun {
    /// A run of ordinary priority with a fresh id and seed.
    pub fn new(tenant: TenantId, kind: &str, subject: impl Into<String>, program: impl Into<String>, trigger: impl Into<String>, input: String) -> Self {
        let mut seed = [0; 32];
        rand::rng().fill_bytes(&mut seed);
        Self {
            id: RunId::generate(),
            tenant,
            kind: kind.to_owned(),
            subject: subject.into(),
            program: program.into(),
            subject_revision: None,
            trigger: trigger.into(),
            started_by: None,
            input,
            priority: 5,
            delivery: None,
            parent: None,
            retry_of: None,
            attempt: 1,
            traceparent: None,
            seed,
        }
    }
}

/// An accepted run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The run of this delivery.
    pub run_id: RunId,
    /// Whether the delivery was known and the run is the earlier one.
    pub duplicate: bool,
}

/// A run whose input is already stored.
pub(crate) struct Start {
    pub(crate) new: NewRun,
    pub(crate) input: Payload,
}

/// The row of a new run.
pub(crate) fn run_row(start: &Start, node: Option<&str>, now: Timestamp) -> serde_json::Value {
    let new = &start.new;
    json!({
        "id": new.id.as_str(), "tenant_id": new.tenant.as_str(), "kind": new.kind, "subject": new.subject, "program": new.program, "trigger": new.trigger,
        "state": if node.is_some() { "running" } else { "queued" }, "priority": new.priority, "epoch": i64::from(node.is_some()), "node_id": node,
        "attempt": new.attempt, "created_at": now.micros(), "clock_at": node.map(|_| now.micros()), "seed": hex::encode(new.seed), "input": start.input.as_stored(),
        "parent_id": new.parent.as_ref().map(|p| p.run_id.as_str()), "parent_generation": new.parent.as_ref().map(|p| p.generation),
        "parent_seq": new.parent.as_ref().map(|p| p.seq), "retry_of": new.retry_of.as_ref().map(RunId::as_str), "subject_revision": new.subject_revision,
        "started_by": new.started_by,
    })
}

/// The run as this node would read it back when it was handed to it directly.
fn handed(start: &Start, now: Timestamp) -> Run {
    let new = &start.new;
    Run {
        id: new.id.clone(),
        tenant: new.tenant.clone(),
        kind: new.kind.clone(),
        subject: new.subject.clone(),
        program: new.program.clone(),
        subject_revision: new.subject_revision,
        trigger: new.trigger.clone(),
        state: RunState::Running,
        priority: new.priority,
        epoch: 1,
        attempt: new.attempt,
        crashes: 0,
        generation: 0,
        clock_at: Some(now),
        seed: hex::encode(new.seed),
        input: start.input.clone(),
        output: None,
        error: None,
        parent_id: new.parent.as_ref().map(|p| p.run_id.clone()),
        retry_of: new.retry_of.clone(),
        resumed_from: None,
        origin: None,
        cancel_reason: None,
        traceparent: new.traceparent.clone(),
        created_at: now,
        started_at: Some(now),
        finished_at: None,
    }
}

pub(super) async fn apply(inner: &Inner, tx: &mut Tx, batch: &[Job], answers: &mut [Option<Done>], wakes: &mut Wakes, now: Timestamp, again: bool) -> Result<(), DbError> {
    let starts: Vec<(usize, &Start)> = batch.iter().enumerate().filter_map(|(i, j)| if let Job::Start(s, _) = j { Some((i, &**s)) } else { None }).collect();
    if starts.is_empty() {
        return Ok(());
    }
    let duplicates = deliveries(tx, &starts, now).await?;
    let (mut rows, mut places) = (Rows::default(), Rows::default());
    for (i, start) in starts {
        if let Some(earlier) = duplicates.get(&i) {
            answers[i] = Some(Done::Started(Started { run_id: earlier.clone(), duplicate: true }));
            continue;
        }
        // A repeated batch may find its row already there, so nothing is handed over then: the queue decides.
        let slot = if again { None } else { inner.take_slot(&start.new.tenant) };
        traces::note(&mut places, &start.new);
        rows.push(run_row(start, slot.is_some().then(|| inner.nodes.id().as_str()), now));
        match slot {
            Some(slot) => wakes.handed.push((handed(start, now), slot)),
            None => wakes.queue = true,
        }
        answers[i] = Some(Done::Started(Started { run_id: start.new.id.clone(), duplicate: false }));
    }
    rows.write(tx, INSERT_RUNS).await?;
    places.write(tx, traces::INSERT).await?;
    Ok(())
}

/// Records the deliveries of a batch; answers the jobs whose delivery belongs to an earlier run.
async fn deliveries(tx: &mut Tx, starts: &[(usize, &Start)], now: Timestamp) -> Result<HashMap<usize, RunId>, DbError> {
    let mut rows = Rows::default();
    for (_, start) in starts {
        if let Some((trigger, delivery)) = &start.new.delivery {
            rows.push(json!({ "trigger": trigger, "delivery_id": delivery, "run_id": start.new.id.as_str(), "expires_at": now.plus(DELIVERY_MEMORY).micros() }));
        }
    }
    let mut fresh = HashSet::new();
    for row in rows.write_returning(tx, INSERT_DELIVERIES).await? {
        fresh.insert(row.get::<RunId>("run_id")?);
    }
    let mut duplicates = HashMap::new();
    for (i, start) in starts {
        let Some((trigger, delivery)) = &start.new.delivery else { continue };
        if fresh.contains(&start.new.id) {
            continue;
        }
        let earlier: RunId = tx.one(sql(FIND_DELIVERY).bind(trigger).bind(delivery)).await?.get("run_id")?;
        if earlier != start.new.id {
            duplicates.insert(*i, earlier);
        }
    }
    Ok(duplicates)
}
