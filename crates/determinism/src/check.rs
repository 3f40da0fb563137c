//! One seed: program, uninterrupted execution, interrupted execution, comparison.

use std::path::PathBuf;
use std::time::Duration;

use millrace_sandbox::{Isolation, Limits, Pool, PoolConfig, Trace, Turn};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::play::{Executed, Played, play, program_of, uninterrupted};
use crate::{Cuts, Oracle, Source, opening, shrink};

/// What a check went through, for the figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct Checked {
    /// Host calls of the uninterrupted execution.
    pub calls: usize,
    /// Outcomes it was given.
    pub deliveries: usize,
    /// Log lines it wrote.
    pub lines: usize,
    /// Sessions that the interrupted execution took.
    pub activations: u32,
    /// Whether it ended by itself.
    pub ended: bool,
}

/// Two executions of one journal that are not the same.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The seed.
    pub seed: u64,
    /// The first thing that differs.
    pub what: String,
    /// The smallest program found that differs.
    pub program: String,
}

/// The pool of a battery: `exe` is an executable that becomes a sandbox child.
pub fn pool_config(isolation: Isolation, exe: PathBuf) -> PoolConfig {
    // A busy machine starts a process slowly; nothing else of the limits is touched.
    PoolConfig { isolation, exe, max_children: 4, warm: 1, limits: Limits { start_wait: Duration::from_secs(60), ..Limits::default() } }
}

/// Checks a seed: the first execution in `live`, the interrupted one in `again`, which may be of another isolation.
///
/// # Errors
/// They differ, or the sandbox refused the program.
pub async fn check(live: &Pool, again: &Pool, seed: u64) -> Result<Checked, Box<Difference>> {
    let source = crate::generate(seed);
    match compare(live, again, &source).await {
        Ok(checked) => Ok(checked),
        Err(what) => {
            let (source, what) = shrink::smallest(live, again, source, what).await;
            Err(Box::new(Difference { seed, what, program: source.text() }))
        }
    }
}

/// A difference as a person reads it.
pub fn report(difference: &Difference) -> String {
    let Difference { seed, what, program } = difference;
    format!("seed {seed}: {what}\nAgain: MILLRACE_SEED={seed} MILLRACE_PROGRAMS=1 cargo test -p millrace-determinism --test it programs\n\n{program}")
}

pub(crate) async fn compare(live: &Pool, again: &Pool, source: &Source) -> Result<Checked, String> {
    let (_, program) = program_of(&source.text()).map_err(|e| format!("the bundler refuses the program: {e}"))?;
    let open = opening(source.seed);
    let mut rng = StdRng::seed_from_u64(source.seed ^ 0x6375_7473);
    let tenant = format!("tenant-{}", source.seed % 3);
    let Played { executed, journal } =
        uninterrupted(live, &tenant, &program, &open, &mut Oracle::new(source.seed)).await.map_err(|e| format!("the first execution failed: {e}"))?;
    // A process costs milliseconds to replace, and takes its other runs with it: one seed in sixteen.
    let cuts = Cuts { sessions: rng.random_range(1..=5), kill: source.seed % 16 == 3 && !is_inline(again) };
    let mut early = None;
    let mut seen = |turn: &Turn| {
        if early.is_none() {
            early = prefix(&executed.turn, turn);
        }
    };
    let second = play(again, &tenant, &program, &open, &journal, &mut rng, cuts, &mut seen).await.map_err(|e| format!("the interrupted execution failed: {e}"))?;
    if let Some(what) = early.or_else(|| differ(&executed, &second)) {
        return Err(what);
    }
    Ok(Checked { calls: executed.turn.calls.len(), deliveries: journal.len(), lines: executed.turn.logs.len(), activations: second.activations, ended: executed.turn.end.is_some() })
}

fn is_inline(pool: &Pool) -> bool {
    pool.layers().isolation == "inline"
}

/// What an execution that was cut off did other than the whole one.
fn prefix(whole: &Turn, part: &Turn) -> Option<String> {
    list("call", &whole.calls, &part.calls, false).or_else(|| list("log line", &whole.logs, &part.logs, false))
}

fn differ(a: &Executed, b: &Executed) -> Option<String> {
    list("call", &a.turn.calls, &b.turn.calls, true)
        .or_else(|| list("log line", &a.turn.logs, &b.turn.logs, true))
        .or_else(|| list("abandoned call", &a.turn.abandoned, &b.turn.abandoned, true))
        .or_else(|| (a.turn.end != b.turn.end).then(|| format!("the end: {:?} became {:?}", a.turn.end, b.turn.end)))
        .or_else(|| (a.hash != b.hash).then(|| format!("only the hash: {} became {} (an empty trace is {})", a.hash, b.hash, Trace::default().hash())))
}

fn list<T: PartialEq + std::fmt::Debug>(what: &str, a: &[T], b: &[T], whole: bool) -> Option<String> {
    let at = a.iter().zip(b).position(|(x, y)| x != y);
    if let Some(at) = at {
        return Some(format!("{what} {}: {:?} became {:?}", at + 1, a[at], b[at]));
    }
    let wrong = if whole { a.len() != b.len() } else { b.len() > a.len() };
    wrong.then(|| format!("{} {what}s became {}; the first of the rest is {:?}", a.len(), b.len(), a.get(b.len()).or_else(|| b.get(a.len()))))
}
