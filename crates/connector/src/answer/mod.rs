//! From a provider's answer to an action result.

mod action;
mod failure;
mod judge;
mod parse;
mod shape;
mod tally;
mod webvtt;

pub use action::{ActionError, ActionResult, Hidden, HiddenMember, Metadata, RateLimitInfo, SourceInfo};
pub(crate) use failure::{Failure, Outcome};
pub(crate) use judge::judge;
pub(crate) use parse::{Parsed, parse, rate_limit_info, retry_after};
pub(crate) use shape::{Shaped, items_of, shape};
pub(crate) use webvtt::transcript;
