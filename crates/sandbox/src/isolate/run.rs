//! The life of an isolate.

use super::{
    baked::{GLOBALS_READY, baked, global_names},
    bridge,
    core::{Core, Unhandled},
    guard::{Guard, Verdict},
    heap::Heap,
    last_words,
    lazy::install_function,
    loader::{FromBytecode, Loaded, Names, Shelf},
    stack::Watermark,
    state::{Refused, State},
    text,
    thrown,
};
use crate::{
    error::SandboxError,
    limits::{Limits, MAX_JSON_DEPTH, PIECE},
    native::Outside,
    turn::{Call, Delivery, End, LogLine, Open, Outcome},
    wire::{TurnTail, script_error},
};
use parking_lot::Mutex;
use rquickjs::{
    Context, Ctx, Function, Module, Object, Runtime, Value,
    context::intrinsic,
    promise::PromiseState,
};
use std::{
    mem::ManuallyDrop,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

/// Garbage is first collected at this heap size: a fresh engine alone holds 0.3 MB, and most runs end before.
const FIRST_GC: usize = 4 << 20;

/// Unhandled rejections that are remembered between two jobs.
const MAX_UNHANDLED: usize = 1000;

/// Jobs between two looks at the CPU clock; the engine also looks by itself.
const JOBS_PER_LOOK: u32 = 256;

type Intrinsics = (
    intrinsic::Date,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

/// Calls and log lines that leave before their turn is over.
pub(crate) type Piece<'a> = &'a mut dyn FnMut(Vec<Call>, Vec<LogLine>);

/// The engine of one run.
pub(crate) struct Isolate {
    context: ManuallyDrop<Context>,
    runtime: ManuallyDrop<Runtime>,
    heap: Heap,
    outside: Outside,
    state: Arc<Mutex<State>>,
    guard: Arc<Guard>,
    shelf: Shelf,
    watermark: Watermark,
    limits: Limits,
}

impl Isolate {
    /// Makes an engine with the globals in place. It belongs to no run yet, so it can be made ahead of time; its memory is
    /// kept as an image, so that it can serve many runs, each of which meets the same bytes.
    pub(crate) fn blank(limits: &Limits, watermark: Watermark) -> Result<Isolate, SandboxError> {
        let guard = Guard::new();
        let broken = |error: rquickjs::Error| SandboxError::Unavailable(error.to_string());
        let heap = Heap::with_home(limits.heap_bytes, guard.clone());
        let runtime = Runtime::new_with_alloc(heap.clone()).map_err(broken)?;
        runtime.set_gc_threshold(FIRST_GC);
        runtime.set_max_stack_size(watermark.engine_limit());
        let polled = guard.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || polled.poll())));
        runtime.set_host_promise_rejection_tracker(Some(Box::new(track)));
        let shelf = Shelf::default();
        runtime.set_loader(Names(shelf.clone()), FromBytecode(shelf.clone()));
        // Without the `Eval` intrinsic the engine has no parser to reach: the program comes as bytecode.
        let context = Context::custom::<Intrinsics>(&runtime).map_err(broken)?;
        let state = Arc::new(Mutex::new(State::new(limits.clone(), guard.clone())));
        let outside = Outside::default();
        context.with(|ctx| boot(&ctx, &state, &outside)).map_err(broken)?;
        runtime.run_gc();
        heap.freeze();
        Ok(Isolate {
            context: ManuallyDrop::new(context),
            runtime: ManuallyDrop::new(runtime),
            heap,
            outside,
            state,
            guard,
            shelf,
            watermark,
            limits: limits.clone(),
        })
    }

    /// Gives the engine to a run, which may use this much CPU until its first turn ends.
    fn begin(&self, program: Arc<Loaded>, seed: [u8; 32], now_ms: i64, cpu: Duration) {
        last_words::forget();
        self.guard.arm(cpu);
        self.state.lock().begin(seed, now_ms);
        *self.shelf.lock() = Some(program);
    }

    /// Takes the engine from its run and makes it blank again, byte for byte. `None` when that is not possible: then it has
    /// been freed.
    pub(crate) fn renew(self) -> Option<Isolate> {
        if self.is_spoiled() || self.outside.load(Relaxed) {
            return None;
        }
        self.context.with(|ctx| {
            if let Some(unhandled) = ctx.userdata::<Unhandled>() {
                // These values are overwritten with everything else; counting them down would only cost time.
                unhandled.0.take().into_iter().for_each(std::mem::forget);
            }
        });
        *self.shelf.lock() = None;
        self.guard.reset();
        *self.state.lock() = State::new(self.limits.clone(), self.guard.clone());
        // SAFETY: values of the engine live only inside `Context::with`, except `Core`, which is older than the image, and
        // the list emptied above. Rust objects that the engine owns are as old as the image too: a run that makes one sets
        // `outside`.
        #[allow(unsafe_code)]
        let restored = unsafe { self.heap.restore() };
        restored.then_some(self)
    }

    /// Evaluates the program, calls the handler, and plays the journal so far.
    pub(crate) fn open(&mut self, program: Arc<Loaded>, open: Open, watched: bool, piece: Piece<'_>) -> Result<TurnTail, SandboxError> {
        self.begin(program.clone(), open.seed, open.now_ms, self.limits.cpu_per_turn);
        if watched {
            self.state.lock().watch();
        }
        let outcome = self.context.with(|ctx| {
            let exports = self.evaluate(&ctx, &program.entry)?;
            self.state.lock().admit_calls();
            self.start(&ctx, exports, &open)?;
            self.drain(&ctx)?;
            self.deliver_all(&ctx, open.replay, piece)
        });
        self.conclude(outcome)
    }

    /// Delivers outcomes one after another.
    pub(crate) fn resume(&mut self, deliveries: Vec<Delivery>, piece: Piece<'_>) -> Result<TurnTail, SandboxError> {
        self.guard.arm(self.limits.cpu_per_turn);
        let outcome = self.context.with(|ctx| self.deliver_all(&ctx, deliveries, piece));
        self.conclude(outcome)
    }

    /// Whether a limit was broken: then neither the engine nor the process around it is trusted any longer.
    pub(crate) fn is_spoiled(&self) -> bool {
        !matches!(self.guard.verdict(), None | Some(Verdict::Ended))
    }

    /// Imports the entry module and answers its exports.
    fn evaluate<'js>(&self, ctx: &Ctx<'js>, entry: &str) -> Result<Object<'js>, SandboxError> {
        let loading = |error| self.failed_to_load(ctx, error);
        let promise = Module::import(ctx, entry).map_err(loading)?;
        self.drain(ctx)?;
        match promise.state() {
            PromiseState::Resolved | PromiseState::Rejected => {}
            PromiseState::Pending => {
                let message = "the module waits for something at its top level that can never happen";
                return Err(SandboxError::Load(script_error("Error", message, Some("TOP_LEVEL_AWAIT"))));
            }
        }
        match promise.result::<Object<'js>>() {
            Some(Ok(exports)) => Ok(exports),
            Some(Err(error)) => Err(loading(error)),
            None => Err(SandboxError::Load(script_error("Error", "the module was not evaluated", None))),
        }
    }

    fn failed_to_load(&self, ctx: &Ctx<'_>, error: rquickjs::Error) -> SandboxError {
        let described = thrown::caught(ctx, error);
        self.verdict().unwrap_or(SandboxError::Load(described))
    }

    /// Calls the handler; whatever it does later ends in the bridge.
    fn start<'js>(&self, ctx: &Ctx<'js>, exports: Object<'js>, open: &Open) -> Result<(), SandboxError> {
        let bad = |what: String| SandboxError::Protocol(what);
        let context = ctx.json_parse(open.context.as_str()).map_err(|error| {
            let error = thrown::caught(ctx, error);
            bad(format!("the context is no JSON: {error}"))
        })?;
        let start = core(ctx)?.start;
        let found: bool = start
            .call((exports, open.handler.as_str(), context))
            .map_err(|error| self.failed_to_load(ctx, error))?;
        if found {
            return Ok(());
        }
        let message = format!("the module has no function '{}'", open.handler);
        Err(SandboxError::Load(script_error("TypeError", message, Some("HANDLER_MISSING"))))
    }

    fn deliver_all(&self, ctx: &Ctx<'_>, deliveries: Vec<Delivery>, piece: Piece<'_>) -> Result<(), SandboxError> {
        for delivery in deliveries {
            if self.state.lock().end.is_some() {
                break;
            }
            self.deliver(ctx, delivery)?;
            self.drain(ctx)?;
            let mut state = self.state.lock();
            if state.bytes > PIECE {
                state.bytes = 0;
                let (calls, logs) = (std::mem::take(&mut state.calls), std::mem::take(&mut state.logs));
                drop(state);
                piece(calls, logs);
            }
        }
        Ok(())
    }

    fn deliver(&self, ctx: &Ctx<'_>, delivery: Delivery) -> Result<(), SandboxError> {
        let Delivery { seq, now_ms, outcome } = delivery;
        self.state.lock().deliver(seq, now_ms).map_err(|refused| {
            SandboxError::Diverged(match refused {
                Refused::NotAsked => format!("the journal has an outcome for host call {seq}, which was not made"),
                Refused::Twice => format!("the journal has two outcomes for host call {seq}"),
            })
        })?;
        let (resolved, json) = match outcome {
            Outcome::Value(json) => (true, json),
            Outcome::Error(json) => (false, json),
        };
        let (resolved, json) = if text::depth(&json) > MAX_JSON_DEPTH {
            (false, r#"{"name":"RangeError","message":"the outcome is nested too deeply","code":"NESTED_TOO_DEEPLY"}"#.into())
        } else {
            (resolved, json)
        };
        let value: Value = ctx.json_parse(json).map_err(|error| {
            let error = thrown::caught(ctx, error);
            self.verdict().unwrap_or_else(|| SandboxError::Protocol(format!("outcome {seq} is no JSON: {error}")))
        })?;
        #[expect(clippy::cast_precision_loss, reason = "a run makes fewer than 2^53 calls")]
        let result = core(ctx)?.deliver.call::<_, ()>((seq as f64, resolved, value));
        if let Err(error) = result {
            let error = thrown::caught(ctx, error);
            return Err(self.verdict().unwrap_or_else(|| SandboxError::Protocol(error.to_string())));
        }
        Ok(())
    }

    /// Runs jobs until none is left, the run has ended, or a limit is broken.
    fn drain(&self, ctx: &Ctx<'_>) -> Result<(), SandboxError> {
        loop {
            let mut looked = 0;
            while self.guard.verdict().is_none() && self.state.lock().end.is_none() && ctx.execute_pending_job() {
                looked += 1;
                if looked % JOBS_PER_LOOK == 0 {
                    self.guard.check_cpu();
                }
            }
            // The interrupt can be swallowed by a native loop; the clock cannot.
            self.guard.check_cpu();
            if let Some(error) = self.verdict() {
                return Err(error);
            }
            if !self.report_unhandled(ctx)? {
                return Ok(());
            }
        }
    }

    /// Logs rejections that nobody handled; whether there were any.
    fn report_unhandled<'js>(&self, ctx: &Ctx<'js>) -> Result<bool, SandboxError> {
        let list = match ctx.userdata::<Unhandled>() {
            Some(unhandled) => std::mem::take(&mut *unhandled.0.borrow_mut()),
            None => return Ok(false),
        };
        if list.is_empty() {
            return Ok(false);
        }
        let report = core(ctx)?.unhandled;
        for (_, reason) in list {
            if report.call::<_, ()>((reason,)).is_err() {
                drop(ctx.catch());
            }
        }
        Ok(true)
    }

    /// What ended the attempt: the stack's watermark first, as it has no voice of its own until it is asked.
    fn final_verdict(&self) -> Option<SandboxError> {
        if self.watermark.touched() {
            self.guard.trip(Verdict::Stack);
            return Some(SandboxError::StackLimit);
        }
        self.verdict()
    }

    /// The error that the guard's verdict means, unless the run has just ended.
    fn verdict(&self) -> Option<SandboxError> {
        match self.guard.verdict()? {
            Verdict::Cpu => Some(SandboxError::CpuLimit),
            Verdict::Memory => Some(SandboxError::MemoryLimit),
            Verdict::Stack => Some(SandboxError::StackLimit),
            Verdict::Starved => {
                Some(SandboxError::Crashed { reason: "the sandbox process ran out of memory".into(), processing: false })
            }
            Verdict::Ended => None,
        }
    }

    fn conclude(&self, outcome: Result<(), SandboxError>) -> Result<TurnTail, SandboxError> {
        let verdict = self.final_verdict();
        if self.is_spoiled() {
            self.watermark.clean();
        }
        if let Some(error) = verdict {
            return Err(error);
        }
        let mut state = self.state.lock();
        // A flood ends the run while the engine still unwinds; that error is a consequence.
        if !matches!(state.end, Some(End::Failed(_))) {
            outcome?;
        }
        state.bytes = 0;
        Ok(TurnTail {
            calls: std::mem::take(&mut state.calls),
            logs: std::mem::take(&mut state.logs),
            abandoned: std::mem::take(&mut state.abandoned),
            end: state.end.clone(),
            sites: std::mem::take(&mut state.sites),
        })
    }
}

impl Drop for Isolate {
    fn drop(&mut self) {
        if self.is_spoiled() {
            // The engine may have lost track of objects, and freeing them would abort on that. Its memory goes as a whole;
            // the few objects it has outside are left behind, as the process is replaced soon.
            // SAFETY: nothing uses the engine after this.
            #[allow(unsafe_code)]
            unsafe { self.heap.abandon() };
        } else {
            drop_in_order(&mut self.context, &mut self.runtime);
        }
    }
}

#[allow(unsafe_code)]
fn drop_in_order(context: &mut ManuallyDrop<Context>, runtime: &mut ManuallyDrop<Runtime>) {
    // SAFETY: called once, from `Drop`; neither is used afterwards. The context goes before its runtime.
    unsafe {
        ManuallyDrop::drop(context);
        ManuallyDrop::drop(runtime);
    }
}

/// Evaluates a module without host calls and answers what it exports, as JSON of [`crate::Inspection`].
pub(crate) fn inspect(isolate: &Isolate, program: &Arc<Loaded>) -> Result<String, SandboxError> {
    isolate.begin(program.clone(), [0; 32], 0, isolate.limits.inspect_cpu);
    let outcome = isolate.context.with(|ctx| {
        let exports = isolate.evaluate(&ctx, &program.entry)?;
        let json = core(&ctx)?.inspect.call::<_, text::Text>((exports,));
        json.map(|json| json.0).map_err(|error| isolate.failed_to_load(&ctx, error))
    });
    let outcome = isolate.final_verdict().map_or(outcome, Err);
    if isolate.is_spoiled() {
        isolate.watermark.clean();
    }
    outcome
}

/// Clones of the functions of `core.js`, so that no borrow is held while they run.
struct Functions<'js> {
    deliver: Function<'js>,
    start: Function<'js>,
    inspect: Function<'js>,
    unhandled: Function<'js>,
}

fn core<'js>(ctx: &Ctx<'js>) -> Result<Functions<'js>, SandboxError> {
    let core = ctx.userdata::<Core>().ok_or_else(|| SandboxError::Unavailable("the isolate is not set up".into()))?;
    Ok(Functions {
        deliver: core.deliver.clone(),
        start: core.start.clone(),
        inspect: core.inspect.clone(),
        unhandled: core.unhandled.clone(),
    })
}

/// Evaluates the prelude.
fn boot(ctx: &Ctx<'_>, state: &Arc<Mutex<State>>, outside: &Outside) -> rquickjs::Result<()> {
    let native = bridge::native(ctx, state, outside)?;
    let booted: Object = install_function(ctx, &baked().core)?.call((native.clone(),))?;
    let host: Object = booted.get("host")?;
    for file in &baked().eager {
        install_function(ctx, file)?.call::<_, ()>((host.clone(), native.clone()))?;
    }
    let expose: Function = booted.get("expose")?;
    global_names().try_for_each(|name| expose.call::<_, ()>((name,)))?;
    let global: Function = host.get("global")?;
    GLOBALS_READY.iter().try_for_each(|name| global.call::<_, Value>((*name,)).map(drop))?;
    let core = Core::take(&booted)?;
    drop(ctx.store_userdata(core));
    drop(ctx.store_userdata(Unhandled::default()));
    Ok(())
}

/// Keeps the list of rejected promises without a handler.
fn track<'js>(ctx: Ctx<'js>, promise: Value<'js>, reason: Value<'js>, handled: bool) {
    let Some(unhandled) = ctx.userdata::<Unhandled>() else { return };
    let Ok(mut list) = unhandled.0.try_borrow_mut() else { return };
    if handled {
        if let Some(at) = list.iter().rposition(|(known, _)| *known == promise) {
            let gone = list.remove(at);
            drop(list);
            drop(gone);
        }
    } else if list.len() < MAX_UNHANDLED {
        list.push((promise, reason));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        isolate::{Detail, compile},
        program::ProgramModule,
    };

    const BUSY: &str = "globalThis.left = Array.from({ length: 500 }, (_, i) => ({ i })); \
        export default { async execute(ctx) { Array.prototype.at = 1; console.log(left, new URL('https://a.b')); \
        Promise.reject(1); ctx.storage.get('k'); await ctx.storage.get('k'); return 'x'.repeat(3e6); } };";

    fn open() -> Open {
        let context = r#"{"inputs":{"a":[1,2,3]}}"#.into();
        Open { run_id: "r".into(), handler: "execute".into(), context, seed: [1; 32], now_ms: 5, replay: Vec::new() }
    }

    #[test]
    fn a_renewed_isolate_is_byte_for_byte_the_blank_one() {
        let limits = Limits::default();
        let thread = std::thread::Builder::new().stack_size(Watermark::thread_stack(limits.stack_bytes));
        let job = move || {
            let modules = [ProgramModule { name: "main.js".into(), code: BUSY.into() }];
            let code = compile(&modules, &limits, Detail::Positions).unwrap().remove(0);
            let program = Loaded { entry: "main.js".into(), modules: [("main.js".into(), code)].into() };
            let program = Arc::new(program);
            let mut isolate = Isolate::blank(&limits, Watermark::lay(limits.stack_bytes)).unwrap();
            let blank = isolate.heap.home().to_vec();
            let mut traces = Vec::new();
            for round in 0..3 {
                let mut tail = isolate.open(program.clone(), open(), false, &mut |_, _| {}).unwrap();
                if round != 1 {
                    let deliveries = [2, 1].map(|seq| Delivery { seq, now_ms: 9, outcome: Outcome::Value("7".into()) });
                    tail = isolate.resume(deliveries.into(), &mut |_, _| {}).unwrap();
                    traces.push(format!("{tail:?}"));
                }
                assert!(isolate.heap.home() != blank);
                isolate = isolate.renew().unwrap();
                assert!(isolate.heap.home() == blank, "round {round}: {tail:?}");
                assert!(isolate.shelf.lock().is_none() && isolate.guard.verdict().is_none());
            }
            assert!(traces[0] == traces[1] && traces[0].contains("Completed"), "{traces:?}");
        };
        thread.spawn(job).unwrap().join().unwrap();
    }
}
