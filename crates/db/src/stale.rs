//! Prepared statements that a newer node has made stale.
//!
//! While a release is rolled out, its migrations add columns under the nodes of the release before. PostgreSQL then refuses what
//! those prepared with a `*`, on each of their connections and for as long as it lives. The first refusal tells that all
//! connections of before should go; each is replaced when it is next asked for, so that the same work succeeds when it is tried
//! again.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgDatabaseError;

/// What all times here are counted from.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Connections made before this go, in microseconds since the beginning.
static GOOD_SINCE: AtomicU64 = AtomicU64::new(0);

/// Whether PostgreSQL refused a prepared statement because its tables have other columns now. Its message is in the server's
/// language; the name of the routine that refuses is not.
pub(crate) fn is_stale(error: &sqlx::Error) -> bool {
    let refused = error.as_database_error().and_then(|e| e.try_downcast_ref::<PgDatabaseError>());
    refused.is_some_and(|e| e.code() == "0A000" && e.routine() == Some("RevalidateCachedQuery"))
}

/// No connection of before is trusted any more, whichever database it is to: a few too many are made anew.
pub(crate) fn distrust() {
    GOOD_SINCE.fetch_max(now(), Ordering::Relaxed);
}

/// Whether a connection of this age may be used.
pub(crate) fn is_good(age: Duration) -> bool {
    let since = GOOD_SINCE.load(Ordering::Relaxed);
    since == 0 || now().saturating_sub(micros(age)) > since
}

fn now() -> u64 {
    // Never 0, which says that nothing was ever stale.
    micros(BEGINNING.elapsed()) + 1
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::{Kind, sql, testing};

    const LOOK: &str = "SELECT * FROM guests";

    #[tokio::test]
    async fn one_refusal_renews_all_connections() {
        let db = testing::postgres().await;
        db.all(sql("CREATE TABLE guests (id TEXT)")).await.unwrap();
        // Several connections know the statement.
        let mut open = Vec::new();
        for _ in 0..4 {
            let mut tx = db.begin().await.unwrap();
            tx.all(sql(LOOK)).await.unwrap();
            open.push(tx);
        }
        for tx in open {
            tx.commit().await.unwrap();
        }
        db.all(sql("ALTER TABLE guests ADD COLUMN name TEXT")).await.unwrap();
        let refused = db.all(sql(LOOK)).await.unwrap_err();
        assert_eq!(refused.kind(), Kind::Retry, "{refused}");
        let mut open = Vec::new();
        for _ in 0..4 {
            let mut tx = db.begin().await.unwrap();
            tx.all(sql(LOOK)).await.unwrap();
            open.push(tx);
        }
    }
}
