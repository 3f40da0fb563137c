//! Limits of alerts, each with its reason.

use std::time::Duration;

/// Rules that a workspace may have about one workflow.
pub(super) const RULES: i64 = 20;

/// Channels of a rule.
pub(super) const CHANNELS: usize = 5;

/// Characters of a rule's name.
pub(super) const NAME_CHARS: usize = 100;

/// Characters of a condition, a window or a pause.
pub(super) const TEXT_CHARS: usize = 100;

/// Characters of a webhook's address.
pub(super) const URL_CHARS: usize = 2_000;

/// How often a rule is looked at, at most: five rules or five thousand, it is one look.
pub(super) const EACH: Duration = Duration::from_secs(60);
/// How often at least: a rule about a day need not be exact to the minute.
pub(super) const EACH_MOST: Duration = Duration::from_secs(15 * 60);

/// The window when none is said.
pub(super) const WINDOW: Duration = Duration::from_secs(5 * 60);
/// The shortest window: rules are looked at each minute.
pub(super) const WINDOW_LEAST: Duration = Duration::from_secs(60);
/// The longest window: its runs are read at each look.
pub(super) const WINDOW_MOST: Duration = Duration::from_secs(24 * 3_600);

/// The longest time that a condition may name: runs are kept for about as long.
pub(super) const TIME_MOST: Duration = Duration::from_secs(30 * 24 * 3_600);

/// The most runs that a condition may name.
pub(super) const COUNT_MOST: f64 = 1_000_000.0;

/// Runs without which a rate or a mean says nothing, where the rule does not say how many.
pub(super) const MIN_RUNS: i64 = 5;
/// The most that a rule may ask for.
pub(super) const MIN_RUNS_MOST: i64 = 1_000_000;

/// How long a rule rests after it was resolved, where it does not say: what comes and goes is told four times an hour at most.
pub(super) const COOLDOWN: Duration = Duration::from_secs(15 * 60);
/// The longest rest.
pub(super) const COOLDOWN_MOST: Duration = Duration::from_secs(24 * 3_600);

/// Rules of one look; more are another one right after it.
pub(super) const AT_ONCE: u32 = 200;

/// How far back a look goes for failures that a look before it would have found, had it taken place.
pub(super) const MISSED: Duration = Duration::from_secs(24 * 3_600);

/// Ends of runs are all there after this: nodes write them in groups, a little after the instant they name.
pub(super) const FINAL: Duration = Duration::from_secs(15);

/// How long a node rests that knows of no rules. It hears of new ones at once; this is for a word that was lost.
pub(super) const IDLE: Duration = Duration::from_secs(3_600);
/// The shortest rest between two looks.
pub(super) const REST: Duration = Duration::from_secs(1);
/// Pause after a look that failed.
pub(super) const SETBACK: Duration = Duration::from_secs(10);

/// Messages that are sent side by side.
pub(super) const BATCH: u32 = 8;
/// How long one attempt may take.
pub(super) const ATTEMPT: Duration = Duration::from_secs(10);
/// How long nobody else tries a message that somebody tries.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// The first pause after a failed attempt; each further one is twice as long.
pub(super) const PAUSE: Duration = Duration::from_secs(30);
/// The longest pause.
pub(super) const PAUSE_MOST: Duration = Duration::from_secs(3_600);
/// Attempts before a message is given up: some three hours, after which its news is none.
pub(super) const ATTEMPTS: i64 = 10;

/// Characters kept of why an attempt failed.
pub(super) const ERROR: usize = 300;

/// How long messages are kept.
pub(super) const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Messages forgotten in one statement.
pub(super) const FORGET: u32 = 1_000;
