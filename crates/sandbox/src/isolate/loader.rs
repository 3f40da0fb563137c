//! Modules of an isolate: bytecode of the program, and the one internal module.
#![allow(unsafe_code)]

use super::core::Core;
use crate::wire::Bytes;
use parking_lot::Mutex;
use rquickjs::{
    Ctx, Error, Exception, Module, Result,
    loader::{ImportAttributes, Loader, Resolver},
    module::{Declarations, Declared, Exports, ModuleDef},
};
use std::{collections::HashMap, sync::Arc};

/// The internal module with the host's primitives.
pub(super) const HOST_MODULE: &str = "millrace:host";

/// Names of modules that may import [`HOST_MODULE`].
const TRUSTED_PREFIX: &str = "@millrace/";

/// What [`HOST_MODULE`] exports.
const HOST_EXPORTS: [&str; 5] = ["call", "once", "continueWith", "now", "newId"];

/// A program in a child's memory.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// Name of the entry module.
    pub entry: String,
    /// Module name to bytecode.
    pub modules: HashMap<String, Bytes>,
}

/// The program of an isolate, known only when a run comes.
pub(super) type Shelf = Arc<Mutex<Option<Arc<Loaded>>>>;

fn program(shelf: &Shelf) -> Option<Arc<Loaded>> {
    shelf.lock().clone()
}

/// Declares a module from bytecode that this very build made, in a child of ours.
pub(super) fn load<'js>(ctx: &Ctx<'js>, bytecode: &[u8]) -> Result<Module<'js, Declared>> {
    // SAFETY: bytecode is made by `compile` of the same build and never leaves our own memory and sockets.
    unsafe { Module::load(ctx.clone(), bytecode) }
}

/// Refuses every name that is not in the program.
pub(super) struct Names(pub Shelf);

impl Resolver for Names {
    fn resolve<'js>(&mut self, ctx: &Ctx<'js>, base: &str, name: &str, _: Option<ImportAttributes<'js>>) -> Result<String> {
        resolve(ctx, base, name, |name| program(&self.0).is_some_and(|program| program.modules.contains_key(name)))
    }
}

/// The rule for import names, shared with the compiler.
pub(super) fn resolve(ctx: &Ctx<'_>, base: &str, name: &str, known: impl Fn(&str) -> bool) -> Result<String> {
    let allowed = if name == HOST_MODULE { base.starts_with(TRUSTED_PREFIX) } else { known(name) };
    if allowed { Ok(name.to_owned()) } else { Err(missing(ctx, base, name)) }
}

fn missing(ctx: &Ctx<'_>, base: &str, name: &str) -> Error {
    let message = if base.is_empty() {
        format!("module '{name}' is not part of this workflow")
    } else {
        format!("module '{name}', imported by '{base}', is not part of this workflow")
    };
    Exception::throw_reference(ctx, &message)
}

/// Loads a program's modules from bytecode.
pub(super) struct FromBytecode(pub Shelf);

impl Loader for FromBytecode {
    fn load<'js>(&mut self, ctx: &Ctx<'js>, name: &str, _: Option<ImportAttributes<'js>>) -> Result<Module<'js, Declared>> {
        if name == HOST_MODULE {
            return declare_host(ctx);
        }
        match program(&self.0).as_ref().and_then(|program| program.modules.get(name)) {
            Some(bytecode) => load(ctx, &bytecode.0),
            None => Err(missing(ctx, "", name)),
        }
    }
}

/// Declares the internal module.
pub(super) fn declare_host<'js>(ctx: &Ctx<'js>) -> Result<Module<'js, Declared>> {
    Module::declare_def::<HostModule, _>(ctx.clone(), HOST_MODULE)
}

struct HostModule;

impl ModuleDef for HostModule {
    fn declare(declarations: &Declarations<'_>) -> Result<()> {
        for name in HOST_EXPORTS {
            declarations.declare(name)?;
        }
        Ok(())
    }

    fn evaluate<'js>(ctx: &Ctx<'js>, exports: &Exports<'js>) -> Result<()> {
        let sdk = ctx.userdata::<Core>().map(|core| core.sdk.clone());
        let Some(sdk) = sdk else { return Err(Exception::throw_internal(ctx, "the host is not ready")) };
        for name in HOST_EXPORTS {
            exports.export(name, sdk.get::<_, rquickjs::Value>(name)?)?;
        }
        Ok(())
    }
}
