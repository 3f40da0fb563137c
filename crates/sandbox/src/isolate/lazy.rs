//! Prelude files that are evaluated when one of their names is first touched.

use super::{
    baked::{baked, file_of},
    loader,
    text::Text,
};
use crate::{native, prelude};
use rquickjs::{Ctx, Exception, Function, Object, Result};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Gives `core.js` two functions: `fileOf(name)`, -1 for none, and `file(native, index)`, which evaluates a file and
/// answers its `install` function.
pub(super) fn install<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    let registered = AtomicBool::new(false);
    let file = Function::new(ctx.clone(), move |ctx: Ctx<'js>, native: Object<'js>, index: usize| {
        // The Rust half of the globals costs microseconds; most runs never need it.
        if index < prelude::LAZY.len() && !registered.swap(true, Relaxed) {
            native::register(&ctx, &native)?;
        }
        let Some(file) = baked().lazy.get(index) else {
            return Err(Exception::throw_range(&ctx, "no such prelude file"));
        };
        install_function(&ctx, file)
    })?;
    native.set("file", file)?;
    let file_of = |name: Text| file_of(&name.0).and_then(|index| i32::try_from(index).ok()).unwrap_or(-1);
    native.set("fileOf", Function::new(ctx.clone(), file_of)?)
}

/// Evaluates a prelude module and answers its default export.
pub(super) fn install_function<'js>(ctx: &Ctx<'js>, bytecode: &[u8]) -> Result<Function<'js>> {
    let (module, _) = loader::load(ctx, bytecode)?.eval()?;
    module.get("default")
}
