//! A smaller program with the same fault: statements are left out as long as the executions still differ.

use millrace_sandbox::Pool;

use crate::Source;
use crate::check::compare;

/// The smallest program found, and what differs in it.
pub(crate) async fn smallest(live: &Pool, again: &Pool, mut source: Source, mut what: String) -> (Source, String) {
    let mut at = 0;
    while at < source.statements.len() {
        let mut smaller = source.clone();
        smaller.statements.remove(at);
        match compare(live, again, &smaller).await {
            Err(still) => (source, what) = (smaller, still),
            Ok(_) => at += 1,
        }
    }
    (source, what)
}
