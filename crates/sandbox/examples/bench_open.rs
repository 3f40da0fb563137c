//! How long it takes to open a run and get its first turn in a warm child.
//!
//! Build first: `cargo build --release -p millrace-sandbox --bin millrace-sandbox`, then
//! `cargo run --release -p millrace-sandbox --example bench_open [runs] [inline]`.

use millrace_sandbox::{Delivery, Isolation, Limits, Open, Outcome, Pool, PoolConfig, Program, ProgramModule};
use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

const CODE: &str = r#"
export default {
  name: 'bench',
  async execute({ inputs, storage, trigger }) {
    const total = trigger.data.items.map((item) => item.amount * inputs.rate).reduce((a, b) => a + b, 0);
    return { total, ok: true };
  },
};
export const two = { async execute({ storage }) { await storage.put('a', 1); return storage.get('a'); } };
"#;

fn exe() -> Result<std::path::PathBuf, Box<dyn Error>> {
    let me = std::env::current_exe()?;
    let target = me.parent().and_then(|examples| examples.parent()).ok_or("no target directory")?;
    Ok(target.join("millrace-sandbox"))
}

fn open(n: usize, handler: &str) -> Open {
    let context = r#"{"trigger":{"type":"webhook","data":{"items":[{"amount":2},{"amount":3}]}},"inputs":{"rate":7},
        "integrations":{"notion":{"service":"notion","operations":["pages.create","pages.update","search"]}},
        "aliases":{},"env":{"BASE":"x"},"ai":false,"runId":"run_1","userId":"usr_1","installationId":"inst_1"}"#;
    Open {
        run_id: format!("run_{n}"),
        handler: handler.into(),
        context: context.into(),
        seed: [7; 32],
        now_ms: 1_700_000_000_000,
        replay: Vec::new(),
    }
}

fn line(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("{what:<28} p50 {:>9.1?}  p99 {:>9.1?}  max {:>9.1?}", at(0.5), at(0.99), at(1.0));
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let runs: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(2000);
    let isolation = if std::env::args().any(|arg| arg == "inline") { Isolation::Inline } else { Isolation::Process };
    let config = PoolConfig { isolation, exe: exe()?, max_children: 4, warm: 1, limits: Limits::default() };
    let started = Instant::now();
    let pool = Pool::start(config).await?;
    println!("start {:?}, layers {:?}", started.elapsed(), pool.layers());
    let program = Arc::new(Program {
        hash: "bench".into(),
        entry: "main.js".into(),
        modules: vec![ProgramModule { name: "main.js".into(), code: CODE.into() }],
    });
    let cold = Instant::now();
    pool.open("t", program.clone(), open(0, "execute")).await?;
    println!("first open (compiles) {:?}", cold.elapsed());

    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    let (before, began) = (usage(), Instant::now());
    for n in 0..runs {
        let start = Instant::now();
        let (_session, turn) = pool.open("t", program.clone(), open(n, "execute")).await?;
        wall.push(start.elapsed());
        cpu.push(Duration::from_micros(turn.cpu_us));
        assert!(turn.end.is_some());
    }
    line("open + turn, wall", wall);
    line("open + turn, child CPU", cpu);
    println!("host CPU per run {:.1?}, wall {:.1?}", (usage() - before) / runs as u32, began.elapsed() / runs as u32);

    let (mut wall, mut cpu) = (Vec::new(), Vec::new());
    for n in 0..runs {
        let (mut session, turn) = pool.open("t", program.clone(), open(n, "two.execute")).await?;
        let start = Instant::now();
        let deliver = |seq| Delivery { seq, now_ms: 1_700_000_000_001, outcome: Outcome::Value("null".into()) };
        let next = session.deliver(vec![deliver(turn.calls[0].seq)]).await?;
        wall.push(start.elapsed());
        cpu.push(Duration::from_micros(next.cpu_us));
        session.deliver(vec![deliver(next.calls[0].seq)]).await?;
    }
    line("deliver + turn, wall", wall);
    line("deliver + turn, child CPU", cpu);
    if let Isolation::Process = isolation {
        let (first, _) = pool.open("t", program.clone(), open(0, "two.execute")).await?;
        let before = resident(first.child_pid());
        let mut waiting = Vec::new();
        for n in 0..16 {
            waiting.push(pool.open("t", program.clone(), open(n, "two.execute")).await?);
        }
        let here = waiting.iter().filter(|(session, _)| session.child_pid() == first.child_pid()).count();
        println!("memory of a waiting isolate {} KiB", (resident(first.child_pid()) - before) / here.max(1));
    }
    pool.shutdown().await;
    Ok(())
}

/// Resident memory of a child, KiB.
fn resident(pid: Option<u32>) -> usize {
    let status = pid.and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()).unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4
}

/// CPU time of this process, children excluded.
#[allow(unsafe_code)]
fn usage() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid struct for the duration of the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
