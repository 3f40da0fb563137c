//! Prices and limits where nobody stated others, each with its source or reason (spec marketplace §12).

/// 1/10 000 of the major unit in a cent.
pub(super) const UNITS_PER_CENT: i64 = 100;

/// What all prices are in.
pub(super) const CURRENCY: &str = "USD";

/// A run whose module names no price and whose developer chose no tier: 1 ¢.
pub(super) const FLAT: i64 = 100;

/// A run of the tier `light`: 5 ¢.
pub(super) const LIGHT: i64 = 500;

/// A run of the tier `heavy`: 25 ¢.
pub(super) const HEAVY: i64 = 2_500;

/// The dearest run: $1,000. A module that names more has mistyped.
pub(super) const DEAREST: i64 = 10_000_000;

/// Free runs of an installation whose module names none.
pub(super) const FREE_RUNS: i64 = 20;

/// Free runs that every workspace has to begin with, used before those of its installations.
pub(super) const CREDIT: i64 = 100;

/// The most free runs and days of trial that count.
pub(super) const MOST_FREE: i64 = 1_000_000_000;

/// The longest trial, in days.
pub(super) const LONGEST_TRIAL: i64 = 366;

/// The card fee: 2.9 % …
pub(super) const FEE_PER_MILLE: i64 = 29;
/// … and 30 ¢.
pub(super) const FEE_CENTS: i64 = 30;

/// The least and the most that something may be sold for, up front: $1 to $1,000.
pub(super) const SALE_CENTS: std::ops::RangeInclusive<i64> = 100..=100_000;

/// The largest cap: $1,000,000 a month.
pub(super) const MOST_CAP: i64 = 100_000_000;

/// How old what is remembered of an installation's price and of a workspace's cap may be, in seconds: a run that begins sees a
/// change by then, and a cap is passed by what ends meanwhile.
pub(super) const FRESH_SECONDS: u64 = 5;

/// The same for installations of a workspace's own workflows, which stay so.
pub(super) const OWN_SECONDS: u64 = 3_600;

/// Installations that a node remembers; then it begins anew.
pub(super) const REMEMBERED: usize = 100_000;

/// Failures that say that a run did not begin: nothing was done, nothing is charged.
pub(super) const NOT_BEGUN: [&str; 8] = [
    "VERSION_GONE",
    "INSTALLATION_GONE",
    "SPEND_CAP_REACHED",
    "auth_missing",
    "invalid_config",
    "access_revoked",
    "HYDRATION_FAILED",
    "CANCELLED",
];

/// How often it is looked whether developers are to be paid.
pub(super) const EVERY: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Developers paid in one round.
pub(super) const AT_ONCE: u32 = 1_000;
