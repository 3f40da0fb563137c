//! Doors for the fuzz targets in `fuzz/`, there only with the `fuzzing` feature.

use crate::{
    Delivery, Limits, Open, ProgramModule,
    isolate::{self, Detail, Isolate, Loaded, Watermark},
    pool,
    wire::{self, FromChild, ToChild},
};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// A run that uses calls one after another and at once, timers, a race, errors, storage, logs and its clock.
const PROGRAM: &str = r"
export default { async execute(ctx) {
  const seen = [];
  const one = async (i) => {
    try {
      const answer = await fetch('https://a.test/' + i);
      seen.push(answer.status, answer.headers.get('content-type'));
      const text = await answer.text();
      console.log(i, text.length, text.slice(0, 20));
      return JSON.parse(text);
    } catch (error) { console.log('caught', i, error?.name, error?.message); return null; }
  };
  const first = await Promise.race([one(1), one(2), ctx.storage.get('k')]);
  const all = await Promise.allSettled([one(3), ctx.storage.set('k', first), new Promise((done) => setTimeout(done, 5)), ctx.storage.keys()]);
  for (const { status, value, reason } of all) console.log(status, typeof value, reason?.name);
  const keys = [...Object.keys(Object(first)), ...seen.map(String)].sort();
  return { first, keys, at: Date.now(), chance: Math.random() };
} };
";

/// Bytes as a frame in either direction; what is a frame must survive being written and read again.
pub fn frames(data: &[u8]) {
    survives::<ToChild>(data);
    survives::<FromChild>(data);
}

fn survives<T: Serialize + for<'a> Deserialize<'a>>(data: &[u8]) {
    let Ok(frame) = wire::decode::<T>(data) else { return };
    let Ok(written) = wire::encode(&frame, 1 << 24, Vec::new()) else { return };
    let read = wire::decode::<T>(&written[4..]).map(|frame| wire::encode(&frame, 1 << 24, Vec::new()));
    assert!(matches!(read, Ok(Ok(again)) if again == written), "a frame changes when it is written and read");
}

/// Bytes as the host would read them from a child.
pub fn host_reads(data: &[u8]) {
    static RUNTIME: OnceLock<Option<tokio::runtime::Runtime>> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| tokio::runtime::Builder::new_current_thread().enable_io().build().ok());
    let Some(runtime) = runtime else { return };
    let step = data.first().map_or(1, |byte| usize::from(*byte) + 1);
    runtime.block_on(async {
        drop(pool::read_all(data, step, Limits { max_frame: 1 << 20, ..Limits::default() }));
        // A runtime forgets the sockets that were closed when it looks for news, which it does when nothing else is to be done.
        tokio::task::yield_now().await;
    });
}

/// Plays deliveries into an isolate, the first `cut` of them as its journal. Answers everything that can be seen of it.
#[must_use]
pub fn play(deliveries: Vec<Delivery>, cut: usize) -> String {
    let limits = Limits { heap_bytes: 32 << 20, ..Limits::default() };
    let stack = Watermark::thread_stack(limits.stack_bytes);
    let thread = std::thread::Builder::new().stack_size(stack).spawn(move || on_this_thread(&limits, deliveries, cut));
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(trace)) => trace,
        Ok(Err(panic)) => std::panic::resume_unwind(panic),
        Err(error) => format!("no thread: {error}"),
    }
}

fn on_this_thread(limits: &Limits, mut deliveries: Vec<Delivery>, cut: usize) -> String {
    let watermark = Watermark::lay(limits.stack_bytes);
    let rest = deliveries.split_off(cut.min(deliveries.len()));
    let program = match program(limits) {
        Ok(program) => program,
        Err(error) => return format!("the program does not compile: {error}"),
    };
    let mut isolate = match Isolate::blank(limits, watermark) {
        Ok(isolate) => isolate,
        Err(error) => return format!("no isolate: {error}"),
    };
    let open = Open {
        run_id: "run".into(),
        handler: "execute".into(),
        context: r#"{"trigger":{"type":"manual","data":{}},"inputs":{},"integrations":{}}"#.into(),
        seed: [7; 32],
        now_ms: 1_700_000_000_000,
        replay: deliveries,
    };
    let (mut calls, mut logs, mut abandoned, mut end) = (Vec::new(), Vec::new(), Vec::new(), None);
    let opened = isolate.open(program, open, false, &mut |_, _| {});
    let mut turns = vec![opened];
    if turns.iter().all(|turn| matches!(turn, Ok(tail) if tail.end.is_none())) && !rest.is_empty() {
        turns.push(isolate.resume(rest, &mut |_, _| {}));
    }
    for turn in turns {
        match turn {
            Ok(tail) => {
                calls.extend(tail.calls);
                logs.extend(tail.logs);
                abandoned.extend(tail.abandoned);
                end = tail.end;
            }
            // What had been asked before a refusal is not part of the answer.
            Err(error) => return format!("{error:?}"),
        }
    }
    format!("{calls:?}\n{logs:?}\n{abandoned:?}\n{end:?}")
}

fn program(limits: &Limits) -> Result<Arc<Loaded>, crate::SandboxError> {
    static PREPARED: OnceLock<Arc<Loaded>> = OnceLock::new();
    if let Some(known) = PREPARED.get() {
        return Ok(known.clone());
    }
    let modules = vec![ProgramModule { name: "main.js".into(), code: PROGRAM.into() }];
    let written = isolate::compile(&modules, limits, Detail::Positions)?;
    let names = modules.into_iter().map(|module| module.name);
    let loaded = Loaded { entry: "main.js".into(), modules: names.zip(written).collect() };
    Ok(PREPARED.get_or_init(|| Arc::new(loaded)).clone())
}
