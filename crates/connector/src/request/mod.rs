//! From a call's arguments to an HTTP request.

mod bind;
mod convert;
pub(crate) mod default_time;
mod document;
mod draft;
mod encode;
pub(crate) mod make;
mod mime;
mod settle;
mod transform;

pub(crate) use bind::{Bound, bind};
pub(crate) use convert::instant_ms;
pub(crate) use draft::{Draft, draft};
pub(crate) use encode::percent;
pub(crate) use settle::{LookUp, look_ups, settle};
