//! Short ways to make trees, and a bare QuickJS that runs bundles with a scripted host.

use millrace_bundle::{Bundle, BundleError, Diagnostic, Severity, SourceTree, bundle};
use rquickjs::loader::{BuiltinLoader, BuiltinResolver};
use rquickjs::{CatchResultExt, Context, Module, Promise, Runtime};

/// A tree from `(path, text)` pairs.
pub fn tree(files: &[(&str, &str)]) -> SourceTree {
    SourceTree::of(files.iter().copied())
}

/// A complete, faultless workflow whose `execute` has this body, below these imports.
pub fn workflow(imports: &str, body: &str) -> String {
    format!(
        "import {{ defineWorkflow, manual }} from '@millrace/sdk';\n{imports}\nexport default defineWorkflow({{\n  name: 'Test',\n  \
         pricing: {{ model: 'free' }},\n  trigger: manual(),\n  async execute(context: any) {{\n{body}\n    return {{ success: true }};\n  }},\n}});\n"
    )
}

/// Bundles files that must be accepted.
pub fn accept(files: &[(&str, &str)]) -> Bundle {
    bundle(&tree(files), None).unwrap_or_else(|e| panic!("{:#?}", e.diagnostics))
}

/// The errors of files that must be refused.
pub fn refuse(files: &[(&str, &str)]) -> Vec<Diagnostic> {
    match bundle(&tree(files), None) {
        Ok(bundle) => panic!("accepted: {:#?}", bundle.modules),
        Err(BundleError { diagnostics }) => diagnostics.into_iter().filter(|d| d.severity == Severity::Error).collect(),
    }
}

/// Asserts that the only error is `code` at this place of this file.
#[track_caller]
pub fn refused_as(files: &[(&str, &str)], code: &str, file: &str, at: (u32, u32)) -> Diagnostic {
    let errors = refuse(files);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    let error = errors.into_iter().next().unwrap();
    assert_eq!((error.code.as_str(), error.file.as_str(), (error.line, error.column)), (code, file, at), "{error:#?}");
    error
}

/// The host's module: calls are kept in `globalThis.calls` and answered by `globalThis.answer(kind, args)`.
const HOST: &str = "
globalThis.calls = []; let ids = 0; let atMostOnce = 0;
export async function call(kind, args) {
  globalThis.calls.push({ kind, args: JSON.parse(JSON.stringify(args)), ...(atMostOnce ? { once: true } : {}) });
  return globalThis.answer ? globalThis.answer(kind, args) : null;
}
export async function once(fn) { atMostOnce++; try { return await fn(); } finally { atMostOnce--; } }
export function continueWith(state) { globalThis.calls.push({ kind: 'continue', args: { state } }); return new Promise(() => {}); }
export function now() { return Date.now(); }
export function newId() { return `id-${++ids}`; }
";

/// Evaluates `script`, an async function body that sees the entry's default export as `workflow` and all its exports as
/// `exports`, and returns its result as JSON. A throw becomes `Err` with message and stack.
pub fn run(bundle: &Bundle, script: &str) -> Result<serde_json::Value, String> {
    let runtime = Runtime::new().unwrap();
    runtime.set_max_stack_size(1 << 20);
    let mut resolver = BuiltinResolver::default().with_module("millrace:host");
    let mut loader = BuiltinLoader::default().with_module("millrace:host", HOST);
    for module in &bundle.modules {
        resolver = resolver.with_module(&module.name);
        loader = loader.with_module(&module.name, module.code.as_str());
    }
    runtime.set_loader(resolver, loader);
    let context = Context::full(&runtime).unwrap();
    context.with(|ctx| {
        let text = format!(
            "import * as exports from {:?}; const workflow = exports.default;
             globalThis.console ??= {{ log() {{}}, info() {{}}, warn() {{}}, error() {{}}, debug() {{}} }};
             globalThis.outcome = (async () => {{ {script} }})().then(
               (value) => JSON.stringify({{ value: value ?? null }}),
               (error) => JSON.stringify({{ message: String(error?.message ?? error), stack: String(error?.stack), name: error?.name, code: error?.code }}));",
            bundle.entry
        );
        let evaluated = Module::evaluate(ctx.clone(), "test", text).catch(&ctx).map_err(|e| e.to_string())?;
        evaluated.finish::<()>().catch(&ctx).map_err(|e| e.to_string())?;
        let outcome: Promise = ctx.globals().get("outcome").unwrap();
        let json: String = outcome.finish().catch(&ctx).map_err(|e| e.to_string())?;
        let outcome: serde_json::Value = serde_json::from_str(&json).unwrap();
        match outcome.get("value") {
            Some(value) => Ok(value.clone()),
            None => Err(format!("{}\n{}", outcome["message"].as_str().unwrap(), outcome["stack"].as_str().unwrap())),
        }
    })
}

/// Bundles one workflow that imports from the SDK and runs `script` with those names in scope.
pub fn with_sdk(names: &str, script: &str) -> Result<serde_json::Value, String> {
    let source = format!(
        "import {{ defineWorkflow, manual, {names} }} from '@millrace/sdk';\nexport const sdk: any = {{ {names} }};\n\
         export default defineWorkflow({{ name: 'x', pricing: {{ model: 'free' }}, trigger: manual(), async execute() {{ return 1 }} }});"
    );
    run(&accept(&[("workflow.ts", &source)]), &format!("const {{ {names} }} = exports.sdk; {script}"))
}
