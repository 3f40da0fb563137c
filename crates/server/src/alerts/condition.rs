//! What a rule says: `error_rate > 10%`, `mean_duration > 10s`, `last_execution > 24h`. Pure.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::limits::{COUNT_MOST, TIME_MOST};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    /// Failed of those that completed or failed.
    ErrorRate,
    /// Completed of those.
    SuccessRate,
    /// How many failed.
    Failures,
    /// How many completed or failed.
    Runs,
    /// Mean time from acceptance to end.
    MeanDuration,
    /// How long ago the last run was accepted.
    LastExecution,
}

/// What a metric's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// From 0 to 1.
    Share,
    Count,
    /// Milliseconds.
    Time,
}

impl Metric {
    const ALL: [Self; 6] = [Self::ErrorRate, Self::SuccessRate, Self::Failures, Self::Runs, Self::MeanDuration, Self::LastExecution];

    const fn as_str(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::SuccessRate => "success_rate",
            Self::Failures => "failures",
            Self::Runs => "runs",
            Self::MeanDuration => "mean_duration",
            Self::LastExecution => "last_execution",
        }
    }

    /// By its word, or one that modules use for it.
    fn read(word: &str) -> Option<Self> {
        let word = match word {
            "failure_rate" => "error_rate",
            "avg_duration" | "average_duration" | "duration" => "mean_duration",
            "executions" => "runs",
            "last_run" => "last_execution",
            word => word,
        };
        Self::ALL.into_iter().find(|metric| metric.as_str() == word)
    }

    const fn unit(self) -> Unit {
        match self {
            Self::ErrorRate | Self::SuccessRate => Unit::Share,
            Self::Failures | Self::Runs => Unit::Count,
            Self::MeanDuration | Self::LastExecution => Unit::Time,
        }
    }

    /// A value in words that people read.
    pub(super) fn shown(self, value: f64) -> String {
        match self.unit() {
            Unit::Share => format!("{}%", rounded(value * 100.0)),
            Unit::Count => rounded(value),
            Unit::Time if value < 1_000.0 => format!("{}ms", rounded(value)),
            Unit::Time if value < 60_000.0 => format!("{}s", rounded(value / 1_000.0)),
            Unit::Time if value < 3_600_000.0 => format!("{}m", rounded(value / 60_000.0)),
            Unit::Time => format!("{}h", rounded(value / 3_600_000.0)),
        }
    }
}

/// With two digits behind the point at most.
fn rounded(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Op {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }

    /// Whether less than something is meant.
    pub(super) const fn is_below(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }
}

/// A metric, a comparison and a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Condition {
    pub(super) metric: Metric,
    pub(super) op: Op,
    /// A share from 0 to 1, a count, or milliseconds.
    pub(super) value: f64,
}

impl Condition {
    /// Whether it holds for what was found.
    pub(super) fn holds(&self, found: f64) -> bool {
        match self.op {
            Op::Above => found > self.value,
            Op::AtLeast => found >= self.value,
            Op::Below => found < self.value,
            Op::AtMost => found <= self.value,
        }
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.find(['<', '>']).ok_or("needs a comparison: `error_rate > 10%`, with `>`, `>=`, `<` or `<=`")?;
        let (metric, rest) = text.split_at(at);
        let is_strict = !rest[1..].starts_with('=');
        let op = match (rest.starts_with('>'), is_strict) {
            (true, true) => Op::Above,
            (true, false) => Op::AtLeast,
            (false, true) => Op::Below,
            (false, false) => Op::AtMost,
        };
        let words = || Metric::ALL.map(Metric::as_str).join("`, `");
        let metric = Metric::read(metric.trim()).ok_or_else(|| format!("measures one of `{}`", words()))?;
        if metric == Metric::LastExecution && op.is_below() {
            return Err("a last execution is waited for with `>` or `>=`".to_owned());
        }
        let value = value(metric.unit(), rest[if is_strict { 1 } else { 2 }..].trim())?;
        Ok(Self { metric, op, value })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.metric.as_str(), self.op.as_str())?;
        match self.metric.unit() {
            Unit::Share => write!(f, "{}%", exact(self.value * 100.0)),
            Unit::Count => write!(f, "{}", self.value),
            Unit::Time => f.write_str(&span(self.value)),
        }
    }
}

/// With so many digits that it is read as the same share again.
fn exact(percent: f64) -> String {
    format!("{percent:.6}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn value(unit: Unit, text: &str) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    match unit {
        Unit::Share => {
            let share = match text.strip_suffix('%') {
                Some(percent) => number(percent).map(|n| n / 100.0),
                None => number(text),
            };
            share.filter(|n| *n <= 1.0).ok_or_else(|| "a rate is compared with a share from 0 to 1, or with `10%`".to_owned())
        }
        Unit::Count => number(text).filter(|n| n.fract() == 0.0 && *n <= COUNT_MOST).ok_or_else(|| "a count is compared with a whole number".to_owned()),
        Unit::Time => {
            let ms = millis(text).or_else(|| number(text)).ok_or("a time is compared with `500ms`, `10s`, `5m`, `24h`, `7d`, or with milliseconds")?;
            if ms <= 0.0 || ms > TIME_MOST.as_secs_f64() * 1_000.0 {
                return Err("a time is above nothing and at most 30 days".to_owned());
            }
            Ok(ms)
        }
    }
}

/// Milliseconds of `500ms`, `10s`, `5m`, `24h`, `7d`, `1w`.
fn millis(text: &str) -> Option<f64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(at);
    let factor = match unit {
        "ms" => 1.0,
        "s" => 1_000.0,
        "m" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        "w" => 604_800_000.0,
        _ => return None,
    };
    let number: f64 = number.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number * factor)
}

/// A time such as `5m`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let ms = millis(text.trim())?;
    (ms <= 1e12).then(|| Duration::from_secs_f64(ms / 1_000.0))
}

/// Milliseconds in the largest unit that says them exactly.
fn span(ms: f64) -> String {
    let units = [(86_400_000.0, "d"), (3_600_000.0, "h"), (60_000.0, "m"), (1_000.0, "s")];
    match units.iter().find(|(factor, _)| ms >= *factor && ms % factor == 0.0) {
        Some((factor, unit)) => format!("{}{unit}", ms / factor),
        None => format!("{ms}ms"),
    }
}

/// The same of a duration.
pub(super) fn spanned(duration: Duration) -> String {
    span(duration.as_millis() as f64)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn conditions_are_read_and_written_the_same() {
        for (text, shown) in [
            ("error_rate > 0.05", "error_rate > 5%"),
            ("failure_rate>=12.5%", "error_rate >= 12.5%"),
            ("error_rate > 7%", "error_rate > 7%"),
            ("failures > 0", "failures > 0"),
            ("runs < 1", "runs < 1"),
            ("duration > 10000", "mean_duration > 10s"),
            ("mean_duration >  1.5s", "mean_duration > 1500ms"),
            ("last_execution > 24h", "last_execution > 1d"),
            ("success_rate <= 99%", "success_rate <= 99%"),
        ] {
            let read: Condition = text.parse().unwrap();
            assert_eq!(read.to_string(), shown, "{text}");
            assert_eq!(shown.parse::<Condition>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            "", "error_rate", "error_rate > ", "error_rate > 5", "error_rate > 101%", "error_rate > -1", "error_rate > NaN", "cpu > 3", "failures > 1.5", "failures > inf", "failures = 1",
            "last_execution < 1h", "last_execution > 31d", "mean_duration > 0", "mean_duration > 5parsecs", "failures >> 1", "é > 1", "runs <é",
        ] {
            assert!(wrong.parse::<Condition>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn comparisons_are_strict_where_they_say_so() {
        let holds = |text: &str, found| text.parse::<Condition>().unwrap().holds(found);
        assert!(!holds("error_rate > 10%", 0.1) && holds("error_rate > 10%", 0.11) && holds("error_rate >= 10%", 0.1));
        assert!(holds("runs < 1", 0.0) && !holds("runs < 1", 1.0) && holds("runs <= 1", 1.0));
    }

    #[test]
    fn times_are_read_and_shown() {
        assert_eq!((duration("5m"), duration("24h"), duration("x"), duration("5")), (Some(Duration::from_secs(300)), Some(Duration::from_secs(86_400)), None, None));
        assert_eq!((spanned(Duration::from_secs(300)), spanned(Duration::ZERO)), ("5m".to_owned(), "0ms".to_owned()));
        assert_eq!((Metric::MeanDuration.shown(12_345.0), Metric::ErrorRate.shown(1.0 / 3.0), Metric::Failures.shown(3.0)), ("12.35s".to_owned(), "33.33%".to_owned(), "3".to_owned()));
    }
}
