//! Source to bytecode. The only place where the parser runs.

use super::{
    guard::{Guard, Verdict},
    heap::Heap,
    loader,
    thrown,
};
use crate::{
    error::SandboxError,
    limits::{COMPILER_HEAP, Limits, MAX_MODULES, MAX_SOURCE},
    program::ProgramModule,
    wire::{Bytes, script_error},
};
use parking_lot::Mutex;
use rquickjs::{
    Context, Ctx, Exception, Module, Result, Runtime,
    context::intrinsic,
    loader::{ImportAttributes, Loader, Resolver},
    module::{Declared, WriteOptions},
};
use std::{collections::HashMap, sync::Arc};

/// Name and version of the engine: bytecode of one is worthless to another.
pub(crate) fn engine() -> String {
    concat!("quickjs-ng/rquickjs-0.14.0/", env!("CARGO_PKG_VERSION")).to_owned()
}

/// How much the bytecode tells about its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Positions and names, for stack traces. For programs.
    Positions,
    /// Nothing: half the size, and reading it is what an isolate's start consists of. For the prelude.
    Bare,
}

/// Compiles modules to bytecode, in the order given, resolving their imports among each other.
///
/// # Errors
/// [`SandboxError::Load`] with the syntax error and its position, or for an import that is not in the set.
pub(crate) fn compile(
    modules: &[ProgramModule],
    limits: &Limits,
    detail: Detail,
) -> std::result::Result<Vec<Bytes>, SandboxError> {
    let size: usize = modules.iter().map(|module| module.code.len()).sum();
    if modules.len() > MAX_MODULES || size > MAX_SOURCE {
        let message = format!("a program has at most {MAX_MODULES} modules and {MAX_SOURCE} bytes of source");
        return Err(SandboxError::Load(script_error("LimitError", message, Some("PROGRAM_TOO_LARGE"))));
    }
    let guard = Guard::new();
    guard.arm(limits.cpu_per_turn);
    let runtime = Runtime::new_with_alloc(Heap::new(COMPILER_HEAP, guard.clone())).map_err(unavailable)?;
    let polled = guard.clone();
    runtime.set_interrupt_handler(Some(Box::new(move || polled.poll())));
    runtime.set_max_stack_size(limits.stack_bytes);
    let source = Source(Arc::new(modules.iter().map(|module| (module.name.clone(), module.code.clone())).collect()));
    let written = Written { modules: Arc::default(), detail };
    runtime.set_loader(source.clone(), Compiler { source, written: written.clone() });
    let context = Context::custom::<(intrinsic::Promise, intrinsic::Eval, intrinsic::RegExpCompiler, intrinsic::RegExp)>(&runtime)
        .map_err(unavailable)?;
    context.with(|ctx| {
        for module in modules {
            if !written.modules.lock().contains_key(&module.name) {
                declare(&ctx, &module.name, &module.code, &written).map_err(|error| match guard.verdict() {
                    Some(Verdict::Cpu) => SandboxError::CpuLimit,
                    Some(Verdict::Memory | Verdict::Starved) => SandboxError::MemoryLimit,
                    _ => SandboxError::Load(thrown::caught(&ctx, error)),
                })?;
            }
        }
        let mut written = written.modules.lock();
        modules
            .iter()
            .map(|module| written.remove(&module.name).map(Bytes))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| SandboxError::Load(script_error("Error", "two modules have the same name", None)))
    })
}

fn unavailable(error: rquickjs::Error) -> SandboxError {
    SandboxError::Unavailable(error.to_string())
}

#[derive(Clone)]
struct Written {
    modules: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    detail: Detail,
}

fn declare<'js>(ctx: &Ctx<'js>, name: &str, code: &str, written: &Written) -> Result<Module<'js, Declared>> {
    let module = Module::declare(ctx.clone(), name, code)?;
    // The source text of functions is not kept: nothing needs `Function.prototype.toString`, and it doubles the size.
    let strip_debug = written.detail == Detail::Bare;
    let bytecode = module.write(WriteOptions { strip_source: true, strip_debug, ..WriteOptions::default() })?;
    written.modules.lock().insert(name.to_owned(), bytecode);
    Ok(module)
}

#[derive(Clone)]
struct Source(Arc<HashMap<String, String>>);

impl Resolver for Source {
    fn resolve<'js>(&mut self, ctx: &Ctx<'js>, base: &str, name: &str, _: Option<ImportAttributes<'js>>) -> Result<String> {
        loader::resolve(ctx, base, name, |name| self.0.contains_key(name))
    }
}

struct Compiler {
    source: Source,
    written: Written,
}

impl Loader for Compiler {
    fn load<'js>(&mut self, ctx: &Ctx<'js>, name: &str, _: Option<ImportAttributes<'js>>) -> Result<Module<'js, Declared>> {
        if name == loader::HOST_MODULE {
            return loader::declare_host(ctx);
        }
        match self.source.0.get(name) {
            Some(code) => declare(ctx, name, code, &self.written),
            None => Err(Exception::throw_reference(ctx, &format!("module '{name}' is not part of this workflow"))),
        }
    }
}
