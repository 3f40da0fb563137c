//! A plain runtime with the prelude over a host that only records what it is asked, for tests of the globals alone.

use rquickjs::{CatchResultExt, Context, Ctx, Function, Module, Object, Runtime, Value};

use super::{native, prelude};

/// How the recording host and the lazy names are put together. `test` is what test code drives the host with.
const GLUE: &str = r#"
(native, load, lazy, eager) => {
  const calls = [];
  const abandoned = [];
  let clock = 1705311000000;
  let seed = 1;
  const cache = new Map();
  const owner = new Map();
  native.randomBytes = (n) => Uint8Array.from({ length: n }, () => (seed = (seed * 1103515245 + 12345) % 2147483648) >> 16 & 255);
  const host = {
    now: () => clock,
    abandon: (seq) => { abandoned.push(seq); },
    call(kind, args) {
      const call = { kind, args: JSON.parse(JSON.stringify(args)) };
      const promise = new Promise((resolve, reject) => Object.assign(call, { resolve, reject }));
      promise.seq = calls.push(call) - 1;
      return promise;
    },
    global(name) {
      if (!cache.has(name)) {
        if (!owner.has(name)) throw new Error(`no such global: ${name}`);
        const made = load(owner.get(name))(host, native);
        for (const key of Object.keys(made)) cache.set(key, made[key]);
      }
      return cache.get(name);
    },
  };
  lazy.forEach(([file, globals, parts]) => {
    for (const name of [...globals, ...parts]) owner.set(name, file);
    for (const name of globals) {
      const define = (value) => Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
      Object.defineProperty(globalThis, name, { get: () => { const v = host.global(name); define(v); return v; }, set: define, configurable: true });
    }
  });
  for (const file of eager) load(file)(host, native);
  globalThis.test = { calls, abandoned, tick: (ms) => { clock += ms; }, loaded: () => [...cache.keys()], provided: (file) => Object.keys(load(file)(host, native)) };
}
"#;

/// How both sides of a comparison print a value.
const SHOW: &str = include_str!("../vectors/show.js");

pub struct Isolate {
    context: Context,
}

impl Isolate {
    pub fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        runtime.set_max_stack_size(256 * 1024);
        let context = Context::full(&runtime).unwrap();
        context.with(|ctx| install(&ctx).catch(&ctx).map_err(|e| e.to_string()).unwrap());
        Self { context }
    }

    /// Evaluates an expression, awaits it, and prints the outcome as `tests/vectors/show.js` does. An exception prints as
    /// `{"throws": name}`.
    pub fn show(&self, expression: &str) -> serde_json::Value {
        let source = format!(
            "globalThis.out = undefined; (async () => ({expression}))().then((v) => ({SHOW})(v), \
             (e) => JSON.stringify({{throws: e instanceof Error ? e.name : 'not an error', message: String(e?.message), stack: String(e?.stack)}})).then((v) => {{ out = v; }});"
        );
        self.context.with(|ctx| {
            ctx.eval::<Value, _>(source).catch(&ctx).map_err(|e| format!("{e} in {expression}")).unwrap();
            while ctx.execute_pending_job() {}
            let text: Option<String> = ctx.globals().get("out").unwrap();
            serde_json::from_str(&text.unwrap_or_else(|| panic!("never settled: {expression}"))).unwrap()
        })
    }

    /// Runs statements of a test.
    pub fn run(&self, source: &str) {
        self.context.with(|ctx| {
            ctx.eval::<Value, _>(source).catch(&ctx).map_err(|e| format!("{e} in {source}")).unwrap();
            while ctx.execute_pending_job() {}
        });
    }
}

fn install<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<()> {
    let rust = Object::new(ctx.clone())?;
    native::register(ctx, &rust, &native::Outside::default())?;
    rust.set("isProxy", Function::new(ctx.clone(), |value: Value<'js>| value.is_proxy())?)?;
    let load = |ctx: Ctx<'js>, file: String| -> rquickjs::Result<Function<'js>> {
        let lazy = prelude::LAZY.iter().map(|f| (f.file, f.source));
        let all: Vec<_> = lazy.chain(prelude::EAGER.iter().map(|f| (f.file, f.source))).collect();
        let (name, source) = all.into_iter().find(|(name, _)| *name == file).expect("file is listed");
        let (module, _) = Module::declare(ctx, name, source)?.eval()?;
        module.get("default")
    };
    let lazy: Vec<_> = prelude::LAZY.iter().map(|f| serde_json::json!([f.file, f.globals, f.parts])).collect();
    let eager: Vec<_> = prelude::EAGER.iter().map(|f| f.file).collect();
    let glue: Function = ctx.eval(GLUE)?;
    glue.call((
        rust,
        Function::new(ctx.clone(), load)?,
        ctx.json_parse(serde_json::to_string(&lazy).expect("plain strings"))?,
        eager,
    ))
}
