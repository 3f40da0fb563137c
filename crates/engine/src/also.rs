//! What a caller writes in the transaction of a change that the engine makes, such as the record of who asked for it.

use futures::future::{BoxFuture, FutureExt as _};
use millrace_db::{DbError, Tx};
use millrace_ids::RunId;

/// Writes of the caller, made right before the engine commits. They are given the run that the change is about: the new one
/// where there is one. If they fail, nothing happens at all.
pub type Also = Box<dyn for<'t> FnOnce(&'t mut Tx, &'t RunId) -> BoxFuture<'t, Result<(), DbError>> + Send>;

/// Nothing besides.
pub fn nothing() -> Also {
    Box::new(|_, _| futures::future::ready(Ok(())).boxed())
}
