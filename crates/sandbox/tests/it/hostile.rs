//! Hostile programs, one per file in `tests/hostile/`. The first line says what must become of it:
//!
//! ```text
//! // expect: completed <json> | failed <name> [<code>] | error <CODE> | stuck   [; process only]
//! ```
//!
//! Each is played in a child process, and on a thread too where that can survive it. After each, another run of the same
//! tenant must work. `tests/hostile/README.md` says how to add one.

use crate::support::{completed, config, eval, opening, program};
use millrace_sandbox::{Call, Delivery, End, Isolation, Limits, Outcome, Pool, PoolConfig, Program, SandboxError, Turn};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

struct Case {
    name: String,
    code: String,
    expected: String,
    process_only: bool,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "js"));
    files.sort();
    assert!(files.len() >= 170, "the folder of hostile programs was not found");
    files.iter().map(|path| case(path)).collect()
}

fn case(path: &Path) -> Case {
    let code = std::fs::read_to_string(path).unwrap();
    let first = code.lines().next().unwrap().strip_prefix("// expect: ").unwrap_or_else(|| panic!("{path:?} expects nothing"));
    let mut parts = first.split("; ");
    let expected = parts.next().unwrap().trim().to_owned();
    let process_only = parts.any(|part| part.trim() == "process only");
    Case { name: path.file_stem().unwrap().to_string_lossy().into_owned(), code, expected, process_only }
}

/// What became of a run, in the words of the first line.
async fn outcome(pool: &Pool, code: &str) -> String {
    match play(pool, code).await {
        Ok(turn) => match turn.end {
            Some(End::Completed(json)) => format!("completed {json}"),
            Some(End::Failed(error)) => {
                assert!(error.message.len() < 9000 && error.stack.len() < 20_000);
                match error.code {
                    Some(code) => format!("failed {} {code}", error.name),
                    None => format!("failed {}", error.name),
                }
            }
            Some(End::ContinueWith(_)) => "continues".into(),
            None => "stuck".into(),
        },
        Err(error) => format!("error {}", error.code()),
    }
}

async fn play(pool: &Pool, code: &str) -> Result<Turn, SandboxError> {
    let (mut session, mut turn) = pool.open("tenant", program(code), opening()).await?;
    let mut waiting: Vec<Call> = Vec::new();
    for round in 0.. {
        assert!(turn.logs.iter().all(|line| line.message.len() < 9000), "a log line is too long");
        waiting.extend(std::mem::take(&mut turn.calls));
        if turn.end.is_some() || waiting.is_empty() || round > 50 {
            break;
        }
        let answers = waiting.drain(..).map(|call| Delivery { seq: call.seq, now_ms: 0, outcome: Outcome::Value("null".into()) });
        turn = session.deliver(answers.collect()).await?;
    }
    Ok(turn)
}

fn limited(isolation: Isolation, cpu: Duration) -> PoolConfig {
    let limits = Limits {
        cpu_per_turn: cpu,
        inspect_cpu: cpu,
        kill_grace: Duration::from_millis(100),
        wall_multiple: 60,
        heap_bytes: 64 << 20,
        max_call_bytes: 4 << 20,
        ..config(isolation).limits
    };
    PoolConfig { limits, max_children: 3, ..config(isolation) }
}

/// Plays all cases: those that must run into the CPU limit with little CPU, the others with plenty, so that a slow machine
/// changes nothing.
async fn play_all(isolation: Isolation, cases: impl Iterator<Item = Case>) {
    let tight = Pool::start(limited(isolation, Duration::from_millis(150))).await.unwrap();
    let roomy = Pool::start(limited(isolation, Duration::from_secs(20))).await.unwrap();
    let mut wrong = Vec::new();
    for case in cases {
        let since = Instant::now();
        let pool = if case.expected == "error CPU_LIMIT" { &tight } else { &roomy };
        let got = outcome(pool, &case.code).await;
        if got != case.expected {
            wrong.push(format!("{}: expected {}, got {got} after {:?}", case.name, case.expected, since.elapsed()));
        }
        assert_eq!(eval(pool, "40 + 2").await, 42, "after {}", case.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn no_hostile_program_gets_its_way_in_a_process() {
    play_all(Isolation::Process, cases().into_iter()).await;
}

#[tokio::test]
async fn what_a_thread_can_survive_ends_the_same_way_inline() {
    play_all(Isolation::Inline, cases().into_iter().filter(|case| !case.process_only)).await;
}

#[tokio::test]
async fn a_neighbour_in_the_same_child_survives_a_broken_limit_or_is_told_to_replay() {
    let pool = Pool::start(limited(Isolation::Process, Duration::from_millis(400))).await.unwrap();
    for hostile in ["for (;;);", "const a = []; for (;;) a.push('x'.repeat(1000) + a.length);", "const f = () => f() + 1; f();"] {
        let neighbour = crate::support::workflow("return ctx.storage.get('k');");
        let (mut session, _) = pool.open("tenant", neighbour, opening()).await.unwrap();
        let bad = outcome(&pool, &format!("export default {{ execute() {{ {hostile} }} }};")).await;
        assert!(bad.starts_with("error "), "{bad}");
        match session.deliver(vec![crate::support::value(1, serde_json::json!("fine"))]).await {
            Ok(turn) => assert_eq!(completed(&turn), serde_json::json!("fine")),
            Err(error) => assert!(error.is_transient(), "{error:?}"),
        }
    }
}

/// What a well-behaved run of another tenant takes, opening and two deliveries included.
async fn neighbourly(pool: &Pool, program: &Arc<Program>) -> Duration {
    let since = Instant::now();
    let (mut session, mut turn) = pool.open("neighbour", program.clone(), opening()).await.unwrap();
    while turn.end.is_none() {
        let answers = turn.calls.iter().map(|call| crate::support::value(call.seq, serde_json::json!([1, 2, 3]))).collect();
        turn = session.deliver(answers).await.unwrap();
    }
    assert_eq!(completed(&turn), serde_json::json!(477));
    since.elapsed()
}

fn neighbour() -> Arc<Program> {
    let body = "const a = await ctx.storage.get('a'); await ctx.storage.set('b', a); \
        return Array.from({ length: 500 }, (_, i) => ({ i, text: 'x'.repeat(i % 50) })).filter((r) => JSON.stringify(r).length > 20).length;";
    crate::support::workflow(body)
}

fn quantile(times: &mut [Duration], part: f64) -> Duration {
    times.sort();
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index of a short list")]
    let at = ((times.len() as f64 * part) as usize).min(times.len() - 1);
    times[at]
}

/// A tenant works while another one plays the whole folder in the same pool: all its runs end well. The times are printed,
/// as they are a matter of the machine: on two cores a hostile turn is entitled to one of them until its limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neighbour_goes_on_working_beside_all_of_them() {
    let config = limited(Isolation::Process, Duration::from_millis(150));
    let pool = Pool::start(config).await.unwrap();
    let program = neighbour();
    neighbourly(&pool, &program).await;
    let mut alone = Vec::new();
    for _ in 0..300 {
        alone.push(neighbourly(&pool, &program).await);
    }
    let attacker = pool.clone();
    let hostile = tokio::spawn(async move {
        let all = cases();
        for case in &all {
            outcome(&attacker, &case.code).await;
        }
        all.len()
    });
    let mut beside = Vec::new();
    while !hostile.is_finished() {
        beside.push(neighbourly(&pool, &program).await);
    }
    let played = hostile.await.unwrap();
    assert!(beside.len() > 100, "only {} runs beside {played} hostile programs", beside.len());
    let line = |name: &str, times: &mut Vec<Duration>| {
        let [p50, p99, most] = [0.5, 0.99, 1.0].map(|part| quantile(times, part).as_secs_f64() * 1_000.0);
        println!("neighbour {name}: {} runs, p50 {p50:.2} ms, p99 {p99:.2} ms, longest {most:.2} ms", times.len());
    };
    line("alone", &mut alone);
    line(&format!("beside {played} hostile programs"), &mut beside);
}
