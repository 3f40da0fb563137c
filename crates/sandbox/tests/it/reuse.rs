//! An engine serves one run after another: each must meet it as the first one did, and leave nothing in the process.

use crate::support::{completed, config, open, opening, program, value, workflow};
use millrace_sandbox::{Isolation, Limits, Pool, PoolConfig, Program};
use serde_json::{Value, json};
use std::sync::Arc;

/// Everything that can be reached from the global object: names, kinds, flags, prototypes, extensibility, plain values.
const INVENTORY: &str = r#"
export default { async execute(ctx) {
  const seen = new Map(), lines = [], queue = [['globalThis', globalThis], ['ctx', ctx], ['async', (async () => {}).constructor.prototype]];
  while (queue.length > 0) {
    const [path, object] = queue.shift();
    if (seen.has(object)) { lines.push(`${path} = ${seen.get(object)}`); continue; }
    seen.set(object, path);
    lines.push(`${path} ${typeof object} ${Object.isExtensible(object)}`);
    const prototype = Object.getPrototypeOf(object);
    if (prototype !== null) queue.push([`${path}.__proto__`, prototype]);
    for (const key of Reflect.ownKeys(object)) {
      const at = `${path}.${String(key)}`, property = Object.getOwnPropertyDescriptor(object, key);
      lines.push(`${at} ${property.writable} ${property.enumerable} ${property.configurable}`);
      for (const part of ['get', 'set', 'value']) {
        const value = property[part];
        if (value !== null && (typeof value === 'object' || typeof value === 'function')) queue.push([`${at}:${part}`, value]);
        else lines.push(`${at}:${part} ${String(value)}`);
      }
    }
  }
  return [lines.length, lines.join('\n'), Symbol.keyFor(Symbol('x')) ?? null, Math.random(), Date.now()];
} };
"#;

/// Programs that change everything they can reach, fill memory at home and beyond, fail, and leave promises behind.
const MESSES: [&str; 9] = [
    include_str!("../hostile/pollution.js"),
    include_str!("../hostile/pollution_then.js"),
    include_str!("../hostile/tamper_prelude.js"),
    include_str!("../hostile/freeze_everything.js"),
    include_str!("../hostile/forge_native.js"),
    "export default { async execute() { globalThis.kept = Array.from({ length: 60000 }, (_, i) => ({ i, text: `text ${i}` })); kept.self = kept; return kept.length; } };",
    "export default { async execute() { globalThis.big = [new Uint8Array(9e6), 'x'.repeat(3e6), crypto.randomUUID(), new URL('https://a.b/c')]; Promise.reject(new Error('left')); throw new Error('over'); } };",
    "export default { async execute() { const d = new TextDecoder(); globalThis.d = d; return d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }) + d.decode(new Uint8Array([0xac])); } };",
    "import './nowhere.js';",
];

async fn run(pool: &Pool, program: Arc<Program>) -> Option<Value> {
    let (_, turn) = pool.open("tenant", program, opening()).await.ok()?;
    turn.end.is_some().then(|| json!(format!("{:?}", turn.end)))
}

#[tokio::test]
async fn whatever_a_run_did_the_next_one_finds_the_engine_as_the_first_one_did() {
    for isolation in [Isolation::Process, Isolation::Inline] {
        let limits = Limits { isolates_per_child: 1, ..config(isolation).limits };
        let pool = Pool::start(PoolConfig { max_children: 2, limits, ..config(isolation) }).await.unwrap();
        let inventory = program(INVENTORY);
        let (session, first) = pool.open("tenant", inventory.clone(), opening()).await.unwrap();
        let child = session.child_pid();
        drop(session);
        let first = completed(&first);
        assert!(first[0].as_u64().unwrap() > 3000, "{} lines", first[0]);
        for mess in MESSES {
            let program = program(mess);
            for _ in 0..2 {
                run(&pool, program.clone()).await;
                let (session, again) = pool.open("tenant", inventory.clone(), opening()).await.unwrap();
                assert_eq!(session.child_pid(), child, "the engine was not even reused");
                assert!(completed(&again) == first, "{isolation:?}: something was left by {mess}");
            }
        }
    }
}

fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    status.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[tokio::test]
async fn runs_leave_no_memory_behind_in_a_child() {
    let pool = Pool::start(PoolConfig { max_children: 1, ..config(Isolation::Process) }).await.unwrap();
    let messes: Vec<_> = MESSES.iter().take(8).map(|code| program(code)).collect();
    let waits = workflow("globalThis.x = 'y'.repeat(1e5); await ctx.storage.get('k'); return 1;");
    let (mut witness, _) = open(&pool, "await ctx.storage.get('k'); return 2;").await;
    let child = witness.child_pid().unwrap();
    let mut sizes = Vec::new();
    for _ in 0..3 {
        for _ in 0..40 {
            for mess in &messes {
                run(&pool, mess.clone()).await;
            }
            // Some sessions are closed while they wait, some are brought to their end.
            let (mut session, _) = pool.open("tenant", waits.clone(), opening()).await.unwrap();
            drop(pool.open("tenant", waits.clone(), opening()).await.unwrap());
            assert_eq!(completed(&session.deliver(vec![value(1, json!(null))]).await.unwrap()), json!(1));
        }
        sizes.push(resident(child));
    }
    let grown = sizes[2].saturating_sub(sizes[0]);
    assert!(grown < 2 << 20, "{sizes:?}");
    assert_eq!(completed(&witness.deliver(vec![value(1, json!(null))]).await.unwrap()), json!(2));
}
