//! Journals of every released format, replayed for ever: a later version must make the same of them.
//!
//! `MILLRACE_UPDATE_GOLDEN=1` records those that are missing. It never touches one that is there: when a golden fails, runs in
//! flight would fail in the same way, and it is the change that has to go.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use millrace_determinism::{Oracle, Played, generate, opening, pool_config, program_of, uninterrupted};
use millrace_sandbox::{Delivery, End, Isolation, Open, Outcome, Pool, Program, ProgramModule, Trace, Turn};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::programs::EXE;

/// One recorded run. Everything a replay needs is in the file: nothing is generated or bundled anew.
#[derive(Debug, Serialize, Deserialize)]
struct Golden {
    name: String,
    entry: String,
    modules: Vec<Module>,
    handler: String,
    context: String,
    /// Hex.
    seed: String,
    now_ms: i64,
    journal: Vec<Entry>,
    calls: usize,
    end: String,
    /// The trace without the stack of an error: its text belongs to the JavaScript engine and may change with it.
    trace: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Module {
    name: String,
    code: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    seq: u64,
    now_ms: i64,
    ok: bool,
    json: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1")
}

fn without_stack(mut turn: Turn) -> Turn {
    if let Some(End::Failed(error)) = &mut turn.end {
        error.stack.clear();
    }
    turn
}

fn ending(turn: &Turn) -> String {
    match &turn.end {
        None => "stuck".into(),
        Some(End::Completed(_)) => "completed".into(),
        Some(End::ContinueWith(_)) => "continues".into(),
        Some(End::Failed(error)) => format!("failed: {}", error.name),
    }
}

/// The trace of a replay in one turn.
async fn replay(pool: &Pool, golden: &Golden) -> (String, Turn) {
    let modules = golden.modules.iter().map(|m| ProgramModule { name: m.name.clone(), code: m.code.clone() }).collect();
    let program = Arc::new(Program { hash: format!("golden-{}", golden.name), entry: golden.entry.clone(), modules });
    let outcome = |e: &Entry| if e.ok { Outcome::Value(e.json.clone()) } else { Outcome::Error(e.json.clone()) };
    let replay = golden.journal.iter().map(|e| Delivery { seq: e.seq, now_ms: e.now_ms, outcome: outcome(e) }).collect();
    let seed = hex::decode(&golden.seed).unwrap().try_into().unwrap();
    let open = Open { run_id: "run_golden".into(), handler: golden.handler.clone(), context: golden.context.clone(), seed, now_ms: golden.now_ms, replay };
    let mut trace = Trace::default();
    trace.opened(&open);
    let (_session, turn) = pool.open("golden", program, open).await.unwrap();
    let turn = without_stack(turn);
    trace.turned(&turn);
    (trace.hash(), turn)
}

/// What is recorded: the examples, programs made for one matter each, and generated ones.
fn cases() -> Vec<(String, String, Value, u64)> {
    let example = |name: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../examples/workflows/{name}/workflow.ts"))).unwrap();
    let service = |operations: &[&str]| json!({ "operations": operations });
    let example_context = json!({
        "trigger": { "type": "webhook", "service": "zoom", "event": "meeting.ended", "data": { "object": { "id": "85746065432", "topic": "Weekly" } } },
        "inputs": { "crmEndpoint": "https://crm.acmecorp.example/api/meetings", "crmApiKey": "placeholder", "notionDatabase": "d9824bdc" },
        "integrations": { "zoom": service(&["getMeeting"]), "notion": service(&["pages.create"]) },
        "runId": "run_golden",
    });
    let mut cases: Vec<_> = ["acme-meeting-processor", "client-crm-sync", "enterprise-zoom-sync"].iter().map(|n| ((*n).to_owned(), example(n), example_context.clone(), 1)).collect();
    let own = [
        ("timers-and-races", "const t = setTimeout(() => console.log('never'), 5000); const won = await Promise.race([sleep(50), storage.get('a')]); clearTimeout(t); const late = await Promise.race([fetch('https://a.example/').then((r: any) => r.status), new Promise((_, no) => setTimeout(() => no(new Error('late')), 10))]).catch((e: any) => e.message); return { won, late, at: Date.now() };"),
        ("batch-and-once", "const all = await batch([1, 2, 3, 4, 5], async (n: number, i: number) => { const v = await storage.get('k' + n); if (i === 3) throw new TypeError('three'); return [v, Math.random()]; }, { concurrency: 2 }); const once = await atMostOnce(() => fetch('https://pay.example/', { method: 'POST', body: '{}' }).then((r: any) => r.status)).catch((e: any) => e.code); return { all, once, id: crypto.randomUUID() };"),
        ("waits", "const e = await waitForEvent('paid', { match: { id: 7 }, timeout: '2d' }); const d = await approval({ title: 'Refund?', detail: e }); await sleep('3d'); const child = await invoke('other', { e }).catch((x: any) => x.message); return { e, d, child, day: new Date().toISOString() };"),
        ("ends-in-an-error", "await storage.set('a', 1); const e: any = new RangeError('as written'); e.code = 'odd'; e.data = { n: 1 }; throw e;"),
        ("goes-on-afresh", "const page = ctx.state?.page ?? 0; await storage.set('page', page); return continueWith({ page: page + 1, seen: Math.random() });"),
        ("text-and-numbers", "await sleep(5); return [new Intl.NumberFormat('en-US', { style: 'currency', currency: 'EUR' }).format(1234567.891), new Date().toLocaleString('en-GB', { timeZone: 'Europe/Berlin' }), ['b', 'ä', 'A'].sort((x, y) => x.localeCompare(y)), [...new Map([[3, 'c'], [1, 'a']])], Object.keys({ b: 1, 2: 2, a: 3, 1: 4 }), 0.1 + 0.2, (2n ** 80n).toString()];"),
    ];
    for (name, body) in own {
        let text = format!(
            "import {{ approval, atMostOnce, batch, continueWith, defineWorkflow, invoke, manual, sleep, waitForEvent }} from '@millrace/sdk';\n\
             export const used: any = [approval, atMostOnce, batch, continueWith, invoke, sleep, waitForEvent];\n\
             export default defineWorkflow({{ name: 'Golden', pricing: {{ model: 'free' }}, trigger: manual(), async execute(ctx: any) {{ const {{ storage }} = ctx;\n{body}\n}} }});\n"
        );
        cases.push((name.to_owned(), text, json!({ "runId": "run_golden" }), 2));
    }
    for seed in [11, 12, 13] {
        cases.push((format!("generated-{seed}"), generate(seed).text(), serde_json::from_str(&opening(seed).context).unwrap(), seed));
    }
    cases
}

async fn record(pool: &Pool, name: String, text: &str, context: &Value, seed: u64) -> Golden {
    let (_, program) = program_of(text).unwrap();
    let open = Open { context: context.to_string(), ..opening(seed) };
    let Played { journal, .. } = uninterrupted(pool, "golden", &program, &open, &mut Oracle::new(seed)).await.unwrap();
    let entry = |d: Delivery| match d.outcome {
        Outcome::Value(json) => Entry { seq: d.seq, now_ms: d.now_ms, ok: true, json },
        Outcome::Error(json) => Entry { seq: d.seq, now_ms: d.now_ms, ok: false, json },
    };
    let mut golden = Golden {
        name,
        entry: program.entry.clone(),
        modules: program.modules.iter().map(|m| Module { name: m.name.clone(), code: m.code.clone() }).collect(),
        handler: open.handler,
        context: open.context,
        seed: hex::encode(open.seed),
        now_ms: open.now_ms,
        journal: journal.into_iter().map(entry).collect(),
        calls: 0,
        end: String::new(),
        trace: String::new(),
    };
    let (trace, turn) = replay(pool, &golden).await;
    (golden.trace, golden.calls, golden.end) = (trace, turn.calls.len(), ending(&turn));
    golden
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_golden_journal_still_makes_its_trace() {
    let pool = Pool::start(pool_config(Isolation::Process, EXE.into())).await.unwrap();
    if std::env::var_os("MILLRACE_UPDATE_GOLDEN").is_some() {
        for (name, text, context, seed) in cases() {
            let path = folder().join(format!("{name}.json"));
            if !path.exists() {
                let golden = record(&pool, name, &text, &context, seed).await;
                std::fs::write(path, serde_json::to_string_pretty(&golden).unwrap() + "\n").unwrap();
            }
        }
    }
    let mut names = Vec::new();
    for file in std::fs::read_dir(folder()).unwrap() {
        let golden: Golden = serde_json::from_str(&std::fs::read_to_string(file.unwrap().path()).unwrap()).unwrap();
        let (trace, turn) = replay(&pool, &golden).await;
        assert_eq!((turn.calls.len(), ending(&turn)), (golden.calls, golden.end.clone()), "{}", golden.name);
        assert_eq!(trace, golden.trace, "the golden journal {} makes another trace: {turn:#?}", golden.name);
        names.push(golden.name);
    }
    for (name, ..) in cases() {
        assert!(names.contains(&name), "{name} has no golden journal; MILLRACE_UPDATE_GOLDEN=1 records it");
    }
}
