//! What the database driver counts. Statements are not: they are counted by what they are for, above.

use std::sync::LazyLock;

use metrics::{Counter, counter, describe_counter};

use crate::Kind;

const ERRORS: &str = "millrace_database_errors_total";

fn of(kind: &'static str) -> Counter {
    counter!(ERRORS, "kind" => kind)
}

static RETRY: LazyLock<Counter> = LazyLock::new(|| of("retry"));
static FULL: LazyLock<Counter> = LazyLock::new(|| of("full"));
static CORRUPT: LazyLock<Counter> = LazyLock::new(|| of("corrupt"));
static FATAL: LazyLock<Counter> = LazyLock::new(|| of("fatal"));

/// Names and explains the driver's metrics to whoever collects them.
pub fn describe() {
    describe_counter!(ERRORS, "Statements that failed, by what may be done about it; a taken key is an answer and not counted");
    for counter in [&RETRY, &FULL, &CORRUPT, &FATAL] {
        LazyLock::force(counter);
    }
}

pub(crate) fn failed(kind: Kind) {
    match kind {
        Kind::Unique | Kind::ForeignKey | Kind::Moved => {}
        Kind::Retry => RETRY.increment(1),
        Kind::Full => FULL.increment(1),
        Kind::Corrupt => CORRUPT.increment(1),
        Kind::Fatal => FATAL.increment(1),
    }
}
