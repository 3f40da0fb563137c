//! Who is told about each request that leaves, for traces.

use http::{HeaderMap, Method};

/// Is told about each request before it leaves.
pub trait Observer: Send + Sync {
    /// A request is about to leave; its headers may be added to. The answer is told how it went.
    fn leaving(&self, method: &Method, headers: &mut HeaderMap) -> Option<Box<dyn Leaving>>;
}

/// A request that is under way. Dropped without a word when its caller gives it up.
pub trait Leaving: Send {
    /// It was answered with a status, or failed with a code. `host` has no secret in it.
    fn done(self: Box<Self>, host: &str, outcome: Result<u16, &'static str>);
}
