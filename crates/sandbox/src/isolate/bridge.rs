//! The Rust functions under `core.js`. Prelude code reaches them; tenant code never sees this object.

use super::{
    lazy,
    state::State,
    text::Text,
    thrown,
};
use crate::{
    native::{self, Outside},
    turn::{End, ScriptError},
};
use parking_lot::Mutex;
use rquickjs::{Array, ArrayBuffer, Ctx, Exception, Function, Object, Result, Value, function::Opt};
use std::sync::Arc;

/// Makes the object that `core.js` gets.
pub(super) fn native<'js>(ctx: &Ctx<'js>, state: &Arc<Mutex<State>>, outside: &Outside) -> Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    calls(ctx, &native, state)?;
    ends(ctx, &native, state)?;
    values(ctx, &native, state)?;
    native::register(ctx, &native, outside)?;
    lazy::install(ctx, &native)?;
    Ok(native)
}

fn calls<'js>(ctx: &Ctx<'js>, native: &Object<'js>, state: &Arc<Mutex<State>>) -> Result<()> {
    let s = state.clone();
    // 0 = not possible: the module is still being evaluated, or the run has ended.
    native.set("ask", Function::new(ctx.clone(), move |ctx: Ctx<'js>, kind: Text, args: Text, once: bool| {
        let (seq, watched) = {
            let mut state = s.lock();
            (state.ask(kind.0, args.0, once).unwrap_or(0), state.is_watched())
        };
        if watched && seq > 0 {
            let stack = thrown::here(&ctx);
            s.lock().sites.calls.push((seq, stack));
        }
        #[expect(clippy::cast_precision_loss, reason = "a run makes fewer than 2^53 calls")]
        let seq = seq as f64;
        seq
    })?)?;
    let s = state.clone();
    native.set("abandon", Function::new(ctx.clone(), move |seq: f64| {
        if seq >= 1.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked, and saturating")]
            s.lock().abandon(seq as u64);
        }
    })?)?;
    let s = state.clone();
    native.set("log", Function::new(ctx.clone(), move |ctx: Ctx<'js>, level: Text, message: Text, data: Opt<Option<Text>>| {
        let (before, after, watched) = {
            let mut state = s.lock();
            let before = state.last_line();
            state.log(level.0, message.0, data.0.flatten().map(|text| text.0));
            (before, state.last_line(), state.is_watched())
        };
        if watched && after > before {
            let stack = thrown::here(&ctx);
            s.lock().sites.lines.push((after, stack));
        }
    })?)
}

fn ends<'js>(ctx: &Ctx<'js>, native: &Object<'js>, state: &Arc<Mutex<State>>) -> Result<()> {
    let s = state.clone();
    native.set("completed", Function::new(ctx.clone(), move |json: Text| s.lock().finish(End::Completed(json.0)))?)?;
    let s = state.clone();
    native.set("continueWith", Function::new(ctx.clone(), move |json: Text| s.lock().finish(End::ContinueWith(json.0)))?)?;
    let s = state.clone();
    native.set("failed", Function::new(ctx.clone(), move |ctx: Ctx<'js>, value: Value<'js>, name: Opt<Option<Text>>, retryable: Opt<bool>| {
        let mut error = named(thrown::describe(&ctx, &value), name);
        error.retryable = retryable.0.unwrap_or_default();
        s.lock().finish(End::Failed(error));
    })?)?;
    native.set("describe", Function::new(ctx.clone(), |ctx: Ctx<'js>, value: Value<'js>, name: Opt<Option<Text>>| -> Result<Array<'js>> {
        let ScriptError { name, message, stack, .. } = named(thrown::describe(&ctx, &value), name);
        let described = Array::new(ctx)?;
        described.set(0, name)?;
        described.set(1, message)?;
        described.set(2, stack)?;
        Ok(described)
    })?)
}

/// `DOMException` keeps its name where only the prelude can read it.
fn named(mut error: ScriptError, name: Opt<Option<Text>>) -> ScriptError {
    if let Some(name) = name.0.flatten() {
        error.name = name.0;
    }
    error
}

fn values<'js>(ctx: &Ctx<'js>, native: &Object<'js>, state: &Arc<Mutex<State>>) -> Result<()> {
    let s = state.clone();
    #[expect(clippy::cast_precision_loss, reason = "epoch milliseconds fit a double exactly")]
    native.set("now", Function::new(ctx.clone(), move || s.lock().now_ms() as f64)?)?;
    let s = state.clone();
    native.set("random", Function::new(ctx.clone(), move || s.lock().random())?)?;
    let s = state.clone();
    native.set("randomBytes", Function::new(ctx.clone(), move |ctx: Ctx<'js>, length: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturating; the limit is far below")]
        let bytes = s.lock().random_bytes(length as usize);
        match bytes {
            Some(bytes) => ArrayBuffer::new_copy(ctx, bytes),
            None => Err(Exception::throw_range(&ctx, "more than 65536 random bytes were asked for at once")),
        }
    })?)?;
    native.set("isProxy", Function::new(ctx.clone(), |value: Value<'js>| value.is_proxy())?)
}
