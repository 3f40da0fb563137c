//! The functions of `core.js` that the host calls, kept where the program cannot reach them.
#![allow(unsafe_code)]

use rquickjs::{Function, JsLifetime, Object, Result, Value};
use std::cell::RefCell;

/// What `core.js` answers when it boots.
pub(super) struct Core<'js> {
    /// `(seq, resolved, value)`: settles the promise of a call.
    pub deliver: Function<'js>,
    /// `(namespace, handler, context)`: finds and calls the handler.
    pub start: Function<'js>,
    /// `(namespace)`: JSON of what the module exports.
    pub inspect: Function<'js>,
    /// `(reason)`: logs a rejection that nobody handled.
    pub unhandled: Function<'js>,
    /// `(error)`: the engine's own stack text.
    pub stack_of: Function<'js>,
    /// `()`: the stack of whoever asks.
    pub here: Function<'js>,
    /// What `millrace:host` exports.
    pub sdk: Object<'js>,
}

// SAFETY: all fields change their lifetime with the struct.
unsafe impl<'js> JsLifetime<'js> for Core<'js> {
    type Changed<'to> = Core<'to>;
}

impl<'js> Core<'js> {
    pub(super) fn take(core: &Object<'js>) -> Result<Core<'js>> {
        Ok(Core {
            deliver: core.get("deliver")?,
            start: core.get("start")?,
            inspect: core.get("inspect")?,
            unhandled: core.get("unhandled")?,
            stack_of: core.get("stackOf")?,
            here: core.get("here")?,
            sdk: core.get("sdk")?,
        })
    }
}

/// Promises that were rejected and have no handler yet, with their reasons.
#[derive(Default)]
pub(super) struct Unhandled<'js>(pub RefCell<Vec<(Value<'js>, Value<'js>)>>);

// SAFETY: the only field changes its lifetime with the struct.
unsafe impl<'js> JsLifetime<'js> for Unhandled<'js> {
    type Changed<'to> = Unhandled<'to>;
}
