//! Executions in the real sandbox: one that is never interrupted, and one that is, again and again.

use std::sync::Arc;

use millrace_bundle::{Bundle, SourceTree, bundle};
use millrace_sandbox::{Delivery, Open, Pool, Program, ProgramModule, SandboxError, Trace, Turn};
use rand::Rng as _;
use rand::rngs::StdRng;
use serde_json::json;

use crate::Oracle;
use crate::oracle::NOW;

/// Deliveries after which a program is left where it stands; its trace so far is compared.
const MOST_DELIVERIES: usize = 1_500;

/// What an execution did.
#[derive(Debug, Clone, Default)]
pub struct Executed {
    /// All turns in one.
    pub turn: Turn,
    /// Its trace in hex.
    pub hash: String,
    /// Sessions it took.
    pub activations: u32,
}

/// An uninterrupted execution, with the journal that came of it.
#[derive(Debug, Clone, Default)]
pub struct Played {
    /// What it did.
    pub executed: Executed,
    /// The outcomes, in order of completion.
    pub journal: Vec<Delivery>,
}

/// How an execution is interrupted.
#[derive(Debug, Clone, Copy)]
pub struct Cuts {
    /// Sessions dropped at most; after that the execution goes through.
    pub sessions: u32,
    /// Whether one of them goes with its whole process, by SIGKILL.
    pub kill: bool,
}

/// Bundles a module as a deploy would.
///
/// # Errors
/// The bundler refuses it.
pub fn program_of(text: &str) -> Result<(Bundle, Arc<Program>), String> {
    let made = bundle(&SourceTree::of([("workflow.ts", text)]), None).map_err(|e| format!("{:#?}", e.diagnostics))?;
    let modules = made.modules.iter().map(|m| ProgramModule { name: m.name.clone(), code: m.code.clone() }).collect();
    let program = Program { hash: made.hash.clone(), entry: made.entry.clone(), modules };
    Ok((made, Arc::new(program)))
}

/// How the run of a seed is opened.
pub fn opening(seed: u64) -> Open {
    let service = |name: &str, operations: &[&str]| json!({ "service": name, "operations": operations });
    let context = json!({
        "trigger": { "type": "manual", "data": { "n": seed } },
        "inputs": { "limit": 3 },
        "integrations": { "zoom": service("zoom", &["getMeeting"]), "notion": service("notion", &["pages.create"]) },
        "env": {},
        "runId": format!("run_{seed}"),
    });
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    Open { run_id: format!("run_{seed}"), handler: "execute".into(), context: context.to_string(), seed: bytes, now_ms: NOW, replay: Vec::new() }
}

/// Executes without an interruption, one outcome at a time, and writes the journal.
///
/// # Errors
/// The sandbox ended the execution.
pub async fn uninterrupted(pool: &Pool, tenant: &str, program: &Arc<Program>, open: &Open, oracle: &mut Oracle) -> Result<Played, SandboxError> {
    let mut trace = Trace::default();
    trace.opened(open);
    let (mut session, mut turn) = pool.open(tenant, program.clone(), open.clone()).await?;
    let (mut played, mut pending) = (Played::default(), Vec::new());
    played.executed.activations = 1;
    loop {
        trace.turned(&turn);
        pending.extend(turn.calls.iter().cloned());
        let over = turn.end.is_some();
        append(&mut played.executed.turn, turn);
        if over || pending.is_empty() || played.journal.len() >= MOST_DELIVERIES {
            break;
        }
        let delivery = oracle.next(&mut pending);
        trace.delivered(&delivery);
        played.journal.push(delivery.clone());
        turn = session.deliver(vec![delivery]).await?;
    }
    played.executed.hash = trace.hash();
    Ok(played)
}

/// Executes the same journal with interruptions: a session is dropped after some outcomes, or while it works on a batch of
/// them, or with its process; the next one replays what was delivered and goes on. Answers the last session's execution;
/// `seen` is shown what each earlier one had done.
///
/// # Errors
/// The sandbox ended the execution.
#[allow(clippy::too_many_arguments)] // One execution needs all of it; a struct would only rename it.
pub async fn play(
    pool: &Pool,
    tenant: &str,
    program: &Arc<Program>,
    open: &Open,
    journal: &[Delivery],
    rng: &mut StdRng,
    cuts: Cuts,
    seen: &mut (dyn FnMut(&Turn) + Send),
) -> Result<Executed, SandboxError> {
    let (mut at, mut activations) = (0, 0);
    // A process that was killed is noticed a moment later: a session may still be given to it.
    let forgives = |activations: u32| cuts.kill && activations <= cuts.sessions + 5;
    loop {
        activations += 1;
        let last = activations > cuts.sessions;
        let stop = if last { journal.len() } else { rng.random_range(at..=journal.len()) };
        let kill = cuts.kill && activations == 1;
        let mut trace = Trace::default();
        let opened = Open { replay: journal[..at].to_vec(), ..open.clone() };
        trace.opened(&opened);
        let (mut session, turn) = match pool.open(tenant, program.clone(), opened).await {
            Err(SandboxError::Crashed { .. }) if forgives(activations) => continue,
            other => other?,
        };
        trace.turned(&turn);
        let mut whole = turn;
        let mut lost = false;
        while at < stop && whole.end.is_none() {
            let size = if rng.random_bool(0.5) { 1 } else { rng.random_range(1..=7) };
            let batch = journal[at..(at + size).min(stop)].to_vec();
            batch.iter().for_each(|d| trace.delivered(d));
            if !last && rng.random_bool(0.1) {
                // Mid-batch: its answer is never read, and nothing of it was journaled.
                let polls = rng.random_range(0..3);
                tokio::select! { biased; _ = session.deliver(batch.clone()) => {} () = yields(polls) => {} }
                lost = true;
                break;
            }
            at += batch.len();
            let turn = match session.deliver(batch).await {
                Err(SandboxError::Crashed { .. }) if forgives(activations) => {
                    lost = true;
                    break;
                }
                other => other?,
            };
            trace.turned(&turn);
            append(&mut whole, turn);
        }
        if kill {
            kill_child(session.child_pid());
        }
        if !lost && (last || whole.end.is_some()) {
            return Ok(Executed { turn: whole, hash: trace.hash(), activations });
        }
        seen(&whole);
    }
}

async fn yields(times: u32) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

#[allow(unsafe_code)]
fn kill_child(pid: Option<u32>) {
    if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()) {
        // SAFETY: kill has no preconditions; the pid is of a child of this process that has not been waited for.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
}

fn append(into: &mut Turn, turn: Turn) {
    into.calls.extend(turn.calls);
    into.logs.extend(turn.logs);
    into.abandoned.extend(turn.abandoned);
    into.end = turn.end;
    into.cpu_us += turn.cpu_us;
}
