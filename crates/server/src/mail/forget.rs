//! Forgetting mails after their time.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError};

use super::limits::KEPT;
use super::store;

/// Forgets mails written more than 90 days ago.
///
/// # Errors
/// The database failed; what was forgotten until then stays forgotten.
pub(crate) async fn forget(db: &Db, now: Timestamp) -> Result<(), DbError> {
    loop {
        let mut tx = db.begin().await?;
        let more = store::forget(&mut tx, now.minus(KEPT)).await?;
        tx.commit().await?;
        if !more {
            return Ok(());
        }
    }
}
