//! What was thrown, described without running a line of the program: own data properties only, no getter, no proxy.
#![allow(unsafe_code)]

use super::{
    core::Core,
    text::{Text, cut, tame},
};
use crate::{
    limits::{MAX_ERROR_DATA, MAX_ERROR_MESSAGE, MAX_ERROR_STACK, MAX_SITE},
    turn::ScriptError,
};
use rquickjs::{Atom, Ctx, FromJs, Object, Value, qjs};

/// Prototypes that are looked at for a `name`; a longer chain is someone's joke.
const MAX_CHAIN: usize = 16;

/// Takes the pending exception and describes it.
pub(super) fn caught(ctx: &Ctx<'_>, error: rquickjs::Error) -> ScriptError {
    if error.is_exception() {
        let value = ctx.catch();
        return describe(ctx, &value);
    }
    ScriptError { name: "Error".into(), message: error.to_string(), ..ScriptError::default() }
}

/// Describes a thrown value.
pub(super) fn describe<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> ScriptError {
    let mut error = ScriptError { name: "Error".into(), ..ScriptError::default() };
    let Some(object) = value.as_object().filter(|_| !value.is_proxy()) else {
        error.message = primitive(ctx, value);
        return error;
    };
    if let Some(name) = inherited(ctx, object, "name") {
        error.name = cut(tame(name), 200);
    }
    error.message = match inherited(ctx, object, "message") {
        Some(message) => cut(tame(message), MAX_ERROR_MESSAGE),
        None if value.is_error() => String::new(),
        None => "an object that is not an Error was thrown".into(),
    };
    if value.is_error() {
        error.stack = cut(tame(stack(ctx, value).unwrap_or_default()), MAX_ERROR_STACK);
    }
    error.code = own(ctx, object, "code").and_then(|code| match code.as_number() {
        Some(number) => Some(number.to_string()),
        None => Text::from_js(ctx, code).ok().map(|text| cut(tame(text.0), 200)),
    });
    error.data = own(ctx, object, "data").and_then(|data| {
        let json = ctx.json_stringify(data).map_err(|_| drop(ctx.catch())).ok()??;
        Text::from_js(ctx, json.into_value()).ok().map(|text| text.0).filter(|text| text.len() <= MAX_ERROR_DATA)
    });
    error
}

fn primitive<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> String {
    if let Ok(text) = Text::from_js(ctx, value.clone()) {
        return cut(tame(text.0), MAX_ERROR_MESSAGE);
    }
    if let Some(number) = value.as_number() {
        return format!("{number} was thrown");
    }
    if let Some(flag) = value.as_bool() {
        return format!("{flag} was thrown");
    }
    match () {
        () if value.is_null() => "null was thrown".into(),
        () if value.is_undefined() => "undefined was thrown".into(),
        () if value.is_proxy() => "a Proxy was thrown".into(),
        () => format!("a {} was thrown", value.type_name()),
    }
}

/// A string held by a data property of the object or of its prototypes.
fn inherited<'js>(ctx: &Ctx<'js>, object: &Object<'js>, name: &str) -> Option<String> {
    let mut object = object.clone();
    for _ in 0..MAX_CHAIN {
        if let Some(value) = own(ctx, &object, name) {
            return Text::from_js(ctx, value).ok().map(|text| text.0);
        }
        object = object.get_prototype()?;
        if object.as_value().is_proxy() {
            return None;
        }
    }
    None
}

/// The value of an own data property; accessors and everything exotic answer `None`.
fn own<'js>(ctx: &Ctx<'js>, object: &Object<'js>, name: &str) -> Option<Value<'js>> {
    let atom = Atom::from_str(ctx.clone(), name).ok()?;
    let raw = ctx.as_raw().as_ptr();
    // SAFETY: `object` is live and no proxy, so no program code runs; the descriptor's values are owned by us and handed
    // to `Value`, which frees them. `JS_NewAtomLen` made an atom that is freed below.
    unsafe {
        let mut descriptor: qjs::JSPropertyDescriptor = std::mem::zeroed();
        let text = atom.to_string().ok()?;
        let key = qjs::JS_NewAtomLen(raw, text.as_ptr().cast(), text.len() as qjs::size_t);
        let found = qjs::JS_GetOwnProperty(raw, &raw mut descriptor, object.as_value().as_raw(), key);
        qjs::JS_FreeAtom(raw, key);
        if found < 0 {
            drop(ctx.catch());
            return None;
        }
        if found == 0 {
            return None;
        }
        let value = Value::from_raw(ctx.clone(), descriptor.value);
        drop(Value::from_raw(ctx.clone(), descriptor.getter));
        drop(Value::from_raw(ctx.clone(), descriptor.setter));
        let is_accessor = descriptor.flags & (qjs::JS_PROP_GETSET as i32) != 0;
        (!is_accessor).then_some(value)
    }
}

/// The engine's stack text: the original getter, which only reads a slot. Before the prelude has run, and in the
/// compiler, there is no program that could have replaced the getter.
fn stack<'js>(ctx: &Ctx<'js>, error: &Value<'js>) -> Option<String> {
    let stack_of = ctx.userdata::<Core>().map(|core| core.stack_of.clone());
    let text = match stack_of {
        Some(stack_of) => stack_of.call::<_, Value>((error.clone(),)),
        None => error.as_object()?.get("stack"),
    };
    let text = text.map_err(|_| drop(ctx.catch())).ok()?;
    Text::from_js(ctx, text).ok().map(|text| own_frames(&text.0))
}

/// The program's stack at this moment, as an error made here would have it.
pub(super) fn here(ctx: &Ctx<'_>) -> String {
    let Some(here) = ctx.userdata::<Core>().map(|core| core.here.clone()) else { return String::new() };
    match here.call::<_, Text>(()) {
        Ok(text) => cut(own_frames(&text.0), MAX_SITE),
        Err(_) => {
            drop(ctx.catch());
            String::new()
        }
    }
}

/// The stack without the prelude's frames, which carry no position, and without the native ones at its foot, through
/// which the host called the handler. The frames of the program stay as the engine wrote them.
fn own_frames(stack: &str) -> String {
    let mut frames: Vec<&str> = stack.lines().filter(|frame| !frame.contains(" (<null>") && !frame.is_empty()).collect();
    while frames.last().is_some_and(|frame| frame.ends_with(" (native)")) {
        frames.pop();
    }
    frames.iter().flat_map(|frame| [frame, "\n"]).collect()
}
