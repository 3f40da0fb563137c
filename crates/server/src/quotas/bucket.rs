//! A rate limit: a bucket that fills at a steady rate and holds one minute's worth.

use std::time::{Duration, Instant};

/// What is left of a minute's worth.
#[derive(Debug)]
pub(super) struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    pub fn full(per_minute: u64, now: Instant) -> Self {
        Self { tokens: per_minute as f64, at: now }
    }

    /// Takes one, or says how long until there is one. A burst of a whole minute's worth is allowed.
    pub fn take(&mut self, per_minute: u64, now: Instant) -> Result<(), Duration> {
        let rate = per_minute as f64 / 60.0;
        self.tokens = now.saturating_duration_since(self.at).as_secs_f64().mul_add(rate, self.tokens).min(per_minute as f64);
        self.at = now;
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        // A limit of zero never fills: the caller is told to come back in a minute, in case it is raised.
        Err(if rate > 0.0 { Duration::from_secs_f64((1.0 - self.tokens) / rate) } else { Duration::from_secs(60) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_at_once_then_at_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::full(60, start);
        assert!((0..60).all(|_| bucket.take(60, start).is_ok()));
        let wait = bucket.take(60, start).err();
        assert!(wait.is_some_and(|w| (Duration::from_millis(990)..=Duration::from_secs(1)).contains(&w)), "{wait:?}");
        assert!(bucket.take(60, start + Duration::from_millis(1_001)).is_ok());
        assert!(bucket.take(60, start + Duration::from_millis(1_100)).is_err());
        let later = start + Duration::from_secs(3_600);
        assert_eq!((0..100).filter(|_| bucket.take(60, later).is_ok()).count(), 60, "it never holds more than a minute's worth");
    }

    #[test]
    fn a_limit_of_zero_lets_nothing_through() {
        let start = Instant::now();
        assert_eq!(Bucket::full(0, start).take(0, start), Err(Duration::from_secs(60)));
    }
}
