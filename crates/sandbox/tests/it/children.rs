//! Children come, serve one tenant, die and are replaced.

use crate::support::{NOW, completed, config, eval, once, open, opening, pool, value, workflow};
use millrace_sandbox::{ChildEnd, Isolation, Limits, Pool, PoolConfig, SandboxError};
use serde_json::json;
use std::time::{Duration, Instant};

fn kill(pid: u32) {
    assert!(std::process::Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

fn alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn a_killed_child_fails_its_sessions_and_another_takes_over() {
    let pool = pool().await;
    let (mut session, _) = open(&pool, "return ctx.storage.get('k');").await;
    kill(session.child_pid().unwrap());
    let lost = session.deliver(vec![value(1, json!(1))]).await.unwrap_err();
    assert!(matches!(lost, SandboxError::Crashed { .. }) && lost.is_transient(), "{lost:?}");
    assert_eq!(eval(&pool, "1 + 1").await, json!(2));
}

#[tokio::test]
async fn a_child_is_never_shared_between_tenants() {
    let pool = pool().await;
    let body = "await ctx.storage.get('k');";
    let (a, _) = pool.open("a", workflow(body), opening()).await.unwrap();
    let (a2, _) = pool.open("a", workflow(body), opening()).await.unwrap();
    let (b, _) = pool.open("b", workflow(body), opening()).await.unwrap();
    assert_ne!(a.child_pid(), b.child_pid());
    let shared = a.child_pid() == a2.child_pid();
    let own = a2.child_pid() != b.child_pid();
    assert!(shared || own);
    // Even a host that makes a mistake is refused.
    assert!(matches!(pool.betray("a", "b", workflow(body)).await.unwrap(), ChildEnd::Exit(85)));
}

#[tokio::test]
async fn isolates_of_one_child_share_nothing() {
    let pool = pool().await;
    let program = crate::support::program(
        "let count = 0; export default { async execute(ctx) { count += 1; globalThis.leak = (globalThis.leak ?? 0) + 1; Object.prototype.p = (Object.prototype.p ?? 0) + 1; await ctx.storage.get('k'); return [count, leak, ({}).p]; } };",
    );
    let mut sessions = Vec::new();
    for _ in 0..5 {
        sessions.push(pool.open("tenant", program.clone(), opening()).await.unwrap().0);
    }
    for mut session in sessions {
        assert_eq!(completed(&session.deliver(vec![value(1, json!(1))]).await.unwrap()), json!([1, 1, 1]));
    }
}

#[tokio::test]
async fn a_full_pool_makes_room_by_ending_an_idle_child_and_waits_otherwise() {
    let limits = Limits { open_wait: Duration::from_millis(700), isolates_per_child: 1, ..config(Isolation::Process).limits };
    let pool = Pool::start(PoolConfig { max_children: 1, warm: 0, limits, ..config(Isolation::Process) }).await.unwrap();
    assert_eq!(eval(&pool, "1").await, json!(1));
    let (held, _) = pool.open("other", workflow("await ctx.storage.get('k');"), opening()).await.unwrap();
    let program = workflow("return 2;");
    let refused = pool.open("tenant", program.clone(), opening()).await.unwrap_err();
    assert_eq!(refused.code(), "SANDBOX_UNAVAILABLE");
    let waiting = pool.open("tenant", program, opening());
    let free = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(held);
    };
    let (opened, ()) = tokio::join!(waiting, free);
    assert_eq!(completed(&opened.unwrap().1), json!(2));
}

#[tokio::test]
async fn a_child_is_replaced_after_enough_runs() {
    let limits = Limits { runs_per_child: 3, ..config(Isolation::Process).limits };
    let pool = Pool::start(PoolConfig { limits, ..config(Isolation::Process) }).await.unwrap();
    let program = workflow("await ctx.storage.get('k');");
    let mut pids = Vec::new();
    for _ in 0..7 {
        let (session, _) = pool.open("tenant", program.clone(), opening()).await.unwrap();
        pids.push(session.child_pid().unwrap());
    }
    pids.dedup();
    assert_eq!(pids.len(), 3, "{pids:?}");
}

#[tokio::test]
async fn many_runs_at_once_all_finish() {
    let pool = pool().await;
    let program = workflow("const v = await ctx.storage.get('k'); return v * 2;");
    let runs = (0..100).map(|n| {
        let (pool, program) = (pool.clone(), program.clone());
        tokio::spawn(async move {
            let tenant = format!("tenant-{}", n % 3);
            let (mut session, _) = pool.open(&tenant, program, opening()).await.unwrap();
            let turn = session.deliver(vec![value(1, json!(n))]).await.unwrap();
            assert_eq!(completed(&turn), json!(n * 2));
        })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap();
    }
}

#[tokio::test]
async fn a_dropped_session_frees_its_isolate() {
    let pool = pool().await;
    let program = workflow("globalThis.keep = new Uint8Array(100 << 20); await ctx.storage.get('k');");
    // Twenty times 100 MiB would break the address space of the child, were they kept.
    for _ in 0..30 {
        drop(pool.open("tenant", program.clone(), opening()).await.unwrap());
    }
}

#[tokio::test]
async fn shutting_down_leaves_no_process() {
    let pool = pool().await;
    let (session, _) = open(&pool, "await ctx.storage.get('k');").await;
    let pid = session.child_pid().unwrap();
    assert!(alive(pid));
    pool.shutdown().await;
    assert!(!alive(pid));
    let refused = pool.open("tenant", workflow("return 1;"), opening()).await.unwrap_err();
    assert_eq!(refused.code(), "SANDBOX_UNAVAILABLE");
}

#[tokio::test]
async fn the_last_pool_takes_its_children_along() {
    let pool = pool().await;
    let (session, _) = open(&pool, "await ctx.storage.get('k');").await;
    let pid = session.child_pid().unwrap();
    drop(session);
    drop(pool);
    let since = Instant::now();
    while alive(pid) {
        assert!(since.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Set in the process that plays the host below.
const STAND_IN: &str = "SANDBOX_TEST_STAND_IN";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the other half of a_host_that_is_killed_leaves_no_spinning_child"]
async fn stand_in_for_a_host() {
    if std::env::var_os(STAND_IN).is_none() {
        return;
    }
    let pool = pool().await;
    let body = "await ctx.storage.get('k'); Array.prototype.reverse.call({ length: 2 ** 53 - 1 });";
    let (mut session, _) = open(&pool, body).await;
    eprintln!("child={}", session.child_pid().unwrap());
    drop(session.deliver(vec![value(1, json!(1))]).await);
}

#[test]
fn a_host_that_is_killed_leaves_no_spinning_child() {
    let mut host = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "children::stand_in_for_a_host", "--ignored", "--nocapture"])
        .env(STAND_IN, "1")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let errors = std::io::BufReader::new(host.stderr.take().unwrap());
    let line = std::io::BufRead::lines(errors).map(Result::unwrap).find(|line| line.starts_with("child=")).unwrap();
    let pid: u32 = line["child=".len()..].parse().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(alive(pid), "it spins in a loop that looks at nothing");
    host.kill().unwrap();
    host.wait().unwrap();
    let since = Instant::now();
    while alive(pid) {
        assert!(since.elapsed() < Duration::from_secs(1), "an orphan burns CPU");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn a_full_pool_can_still_compile() {
    let pool = Pool::start(PoolConfig { max_children: 1, warm: 0, ..config(Isolation::Process) }).await.unwrap();
    let (_held, _) = open(&pool, "await ctx.storage.get('k');").await;
    assert_eq!(eval(&pool, "1 + 1").await, json!(2));
}

#[tokio::test]
async fn a_binary_that_is_no_sandbox_is_a_clear_error() {
    let limits = Limits { start_wait: Duration::from_millis(500), ..Limits::default() };
    let failed = Pool::start(PoolConfig { exe: "/bin/true".into(), limits, ..config(Isolation::Process) }).await.unwrap_err();
    assert_eq!(failed.code(), "SANDBOX_UNAVAILABLE");
    let failed = Pool::start(PoolConfig { exe: "/no/such/file".into(), ..config(Isolation::Process) }).await.unwrap_err();
    assert_eq!(failed.code(), "SANDBOX_UNAVAILABLE");
}

#[tokio::test]
async fn an_inline_pool_serves_too() {
    let pool = Pool::start(config(Isolation::Inline)).await.unwrap();
    let turn = once(&pool, workflow("return Date.now();")).await;
    assert_eq!(completed(&turn), json!(NOW));
}
