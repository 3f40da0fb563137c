//! The same journal makes the same trace.

use crate::support::{Trace, completed, eval, merge, once, opening, play, pool, value, workflow};
use millrace_sandbox::{Open, Outcome, Turn};
use serde_json::json;

/// A run that uses everything that could differ between two replays.
const BUSY: &str = "
    const seen = [];
    const note = (what) => { seen.push([what, Date.now(), Math.random(), new Date().toISOString()]); console.log(what, seen.at(-1)[2]); };
    note('start');
    const branch = async (name, n) => { for (let i = 0; i < n; i += 1) { await ctx.storage.get(`${name}${i}`); note(`${name}${i}`); } return crypto.randomUUID(); };
    const ids = await Promise.all([branch('a', 3), branch('b', 5), branch('c', 1)]);
    const winner = await Promise.race([branch('d', 2), branch('e', 2)]);
    const timer = setTimeout(() => note('timer'), 1000);
    await ctx.storage.put('x', ids);
    if (Math.random() < 0.5) clearTimeout(timer);
    const bytes = crypto.getRandomValues(new Uint8Array(4));
    return { ids, winner, seen: seen.length, bytes: [...bytes] };";

fn shuffled(state: &mut u64, waiting: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    usize::try_from(*state >> 33).unwrap() % waiting
}

/// Answers calls in a random order.
async fn random_run(pool: &millrace_sandbox::Pool, program: std::sync::Arc<millrace_sandbox::Program>, seed: u64) -> Trace {
    let (mut session, mut turn) = pool.open("tenant", program, opening()).await.unwrap();
    let (mut trace, mut waiting, mut state) = (Trace::default(), Vec::new(), seed);
    loop {
        waiting.extend(turn.calls.iter().map(|call| call.seq));
        waiting.retain(|seq| !turn.abandoned.contains(seq));
        let over = turn.end.is_some();
        merge(&mut trace.turn, turn);
        if over {
            return trace;
        }
        let seq = waiting.remove(shuffled(&mut state, waiting.len()));
        let delivery = value(seq, json!(seq));
        trace.journal.push(delivery.clone());
        turn = session.deliver(vec![delivery]).await.unwrap();
    }
}

fn same(mut a: Turn, mut b: Turn) {
    (a.cpu_us, b.cpu_us) = (0, 0);
    assert_eq!(a, b);
}

#[tokio::test]
async fn a_replay_in_one_frame_makes_the_same_calls_logs_and_end() {
    let pool = pool().await;
    let program = workflow(BUSY);
    for seed in 0..20 {
        let live = random_run(&pool, program.clone(), seed).await;
        let (_, replayed) = pool.open("tenant", program.clone(), Open { replay: live.journal, ..opening() }).await.unwrap();
        same(live.turn, replayed);
    }
}

#[tokio::test]
async fn a_replay_of_any_prefix_stands_where_the_run_stood() {
    let pool = pool().await;
    let program = workflow(BUSY);
    let live = random_run(&pool, program.clone(), 99).await;
    for length in 0..live.journal.len() {
        let (head, tail) = live.journal.split_at(length);
        let (mut session, mut turn) =
            pool.open("tenant", program.clone(), Open { replay: head.to_vec(), ..opening() }).await.unwrap();
        let rest = session.deliver(tail.to_vec()).await.unwrap();
        merge(&mut turn, rest);
        same(live.turn.clone(), turn);
    }
}

#[tokio::test]
async fn a_long_replay_arrives_whole() {
    let pool = pool().await;
    let program = workflow(
        "let bytes = 0; for (let i = 0; i < 3000; i += 1) { const v = await ctx.storage.get('k' + i); bytes += v.length; console.log('x'.repeat(1000)); } return bytes;",
    );
    let journal: Vec<_> = (1..=3000).map(|seq| value(seq, json!("y".repeat(4000)))).collect();
    let (_, turn) = pool.open("tenant", program, Open { replay: journal, ..opening() }).await.unwrap();
    assert_eq!(completed(&turn), json!(12_000_000));
    assert_eq!((turn.calls.len(), turn.logs.len()), (3000, 3000));
    assert!(turn.calls.iter().zip(1..).all(|(call, n)| call.seq == n && u64::from(call.after) == n - 1));
    assert!(turn.logs.iter().zip(1..).all(|(line, n)| line.n == n));
}

#[tokio::test]
async fn the_clock_moves_only_with_deliveries() {
    let pool = pool().await;
    let body = "const a = Date.now(); let n = 0; while (n < 1e5) n += 1; const b = Date.now(); await ctx.storage.get('k');
        return [b - a, Date.now() - a, new Date().getTime() === Date.now(), new Date(0).getTimezoneOffset(), Date().startsWith('Tue Nov 14 2023 22:13:2')];";
    let trace = play(&pool, workflow(body), opening(), |_| Outcome::Value("1".into())).await.unwrap();
    assert_eq!(completed(&trace.turn), json!([0, 1000, true, 0, true]));
}

#[tokio::test]
async fn date_keeps_its_other_powers() {
    let pool = pool().await;
    let checks = "[new Date(2024, 0, 15, 9, 30).toISOString(), new Date('2024-01-15T09:30').getTime() === Date.UTC(2024, 0, 15, 9, 30),
        new Date(0) instanceof Date, Object.prototype.toString.call(new Date()), Date.length, Date.name, new Date(undefined).getTime(),
        new Date(new Date(5)).getTime(), (class D extends Date { x() { return this.getTime(); } }, new (class D extends Date {})(7).getTime()), Date.prototype.constructor === Date,
        Date.parse('Mon, 15 Jan 2024 09:30:00 GMT'), new Date(2024, 0).getDate()]";
    assert_eq!(
        eval(&pool, checks).await,
        json!(["2024-01-15T09:30:00.000Z", true, true, "[object Date]", 7, "Date", null, 5, 7, true, 1_705_311_000_000_i64, 1])
    );
}

#[tokio::test]
async fn random_numbers_come_from_the_seed() {
    let pool = pool().await;
    let program = workflow("return [Math.random(), Math.random(), crypto.randomUUID()];");
    let with = async |seed: [u8; 32]| {
        completed(&pool.open("tenant", program.clone(), Open { seed, ..opening() }).await.unwrap().1)
    };
    let (a, again, b) = (with([1; 32]).await, with([1; 32]).await, with([2; 32]).await);
    assert_eq!(a, again);
    assert_ne!(a, b);
    let first = a[0].as_f64().unwrap();
    assert!((0.0..1.0).contains(&first) && a[0] != a[1]);
}

#[tokio::test]
async fn both_modes_of_isolation_make_the_same_trace() {
    let process = pool().await;
    let inline = millrace_sandbox::Pool::start(crate::support::config(millrace_sandbox::Isolation::Inline)).await.unwrap();
    let program = workflow(BUSY);
    let a = random_run(&process, program.clone(), 5).await;
    let b = random_run(&inline, program, 5).await;
    same(a.turn, b.turn);
    assert_eq!(inline.layers().isolation, "inline");
    let _ = once(&inline, workflow("return 1;")).await;
}
