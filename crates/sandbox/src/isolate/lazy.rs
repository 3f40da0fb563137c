//! Prelude files that are evaluated when one of their names is first touched.

use super::{
    baked::{baked, file_of},
    loader,
    text::Text,
};
use rquickjs::{Ctx, Exception, Function, Object, Result};

/// Gives `core.js` two functions: `fileOf(name)`, -1 for none, and `file(index)`, which evaluates a file and
/// answers its `install` function.
pub(super) fn install<'js>(ctx: &Ctx<'js>, native: &Object<'js>) -> Result<()> {
    let file = Function::new(ctx.clone(), |ctx: Ctx<'js>, index: usize| {
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
