//! Token buckets. A caller reserves its place at once and then waits for it, so the order of arrival is the order of
//! departure and nobody can be overtaken.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::limits;
use crate::schema::{Operation, Rate, RateScope};
use crate::Connector;

/// All buckets of a node.
#[derive(Default)]
pub(super) struct Rates {
    /// Key → the instant at which the bucket is full again (the theoretical arrival time of the GCRA).
    full_at: Mutex<HashMap<String, Instant>>,
}

/// One bucket that a request must pass.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    key: String,
    interval: Duration,
    burst: u32,
}

impl Bucket {
    fn new(key: String, rate: &Rate) -> Self {
        let interval = Duration::from_secs_f64(rate.seconds / f64::from(rate.requests));
        Self { key, interval, burst: rate.burst.unwrap_or(rate.requests) }
    }

    fn tolerance(&self) -> Duration {
        self.interval * self.burst.saturating_sub(1)
    }
}

/// The buckets that a request of this operation passes.
pub(super) fn buckets(
    connector: &Connector,
    operation: Option<(&str, &Operation)>,
    connection: &str,
) -> Vec<Bucket> {
    let service = &connector.service;
    let own = operation.and_then(|(_, operation)| operation.rate.as_ref()).map(|rate| (rate, "own"));
    let name = operation.map_or("request", |(name, _)| name);
    own.into_iter()
        .chain(connector.rate.as_ref().map(|rate| (rate, "all")))
        .map(|(rate, level)| {
            let key = match (level, rate.scope) {
                ("own", RateScope::Service) => format!("{service}\u{1f}{name}"),
                ("own", _) => format!("{service}\u{1f}{connection}\u{1f}{name}\u{1f}own"),
                (_, RateScope::Service) => service.clone(),
                (_, RateScope::Connection) => format!("{service}\u{1f}{connection}"),
                (_, RateScope::Operation) => format!("{service}\u{1f}{connection}\u{1f}{name}"),
            };
            Bucket::new(key, rate)
        })
        .collect()
}

impl Rates {
    /// Waits for a place in every bucket. `Err` is the wait that would have been needed, when it is longer than `at
    /// most` or the queue is full; nothing is reserved in that bucket then.
    pub async fn pass(&self, buckets: &[Bucket], at_most: Duration) -> Result<(), Duration> {
        let deadline = Instant::now() + at_most;
        for bucket in buckets {
            let ready = self.reserve(bucket, deadline)?;
            if ready > Instant::now() {
                tokio::time::sleep_until(ready).await;
            }
        }
        Ok(())
    }

    fn reserve(&self, bucket: &Bucket, deadline: Instant) -> Result<Instant, Duration> {
        let now = Instant::now();
        let mut full_at = self.full_at.lock();
        if full_at.len() >= limits::RATE_BUCKETS && !full_at.contains_key(&bucket.key) {
            full_at.retain(|_, at| *at > now);
        }
        let slot = full_at.entry(bucket.key.clone()).or_insert(now);
        let at = (*slot).max(now);
        let ready = at.checked_sub(bucket.tolerance()).unwrap_or(now).max(now);
        let longest_queue = bucket.interval.saturating_mul(limits::RATE_WAITERS as u32);
        if ready > deadline || ready - now > longest_queue {
            return Err(ready - now);
        }
        *slot = at + bucket.interval;
        Ok(ready)
    }

    /// The provider said "not before": nobody leaves earlier.
    pub fn pause(&self, buckets: &[Bucket], wait: Duration) {
        let now = Instant::now();
        let mut full_at = self.full_at.lock();
        for bucket in buckets {
            let until = now + wait + bucket.tolerance();
            let slot = full_at.entry(bucket.key.clone()).or_insert(now);
            *slot = (*slot).max(until);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bucket(requests: u32, seconds: f64, burst: Option<u32>) -> Bucket {
        Bucket::new("k".to_owned(), &Rate { requests, seconds, burst, scope: RateScope::Connection })
    }

    #[tokio::test(start_paused = true)]
    async fn burst_then_steady() {
        let rates = Rates::default();
        let bucket = [bucket(2, 1.0, None)];
        let start = Instant::now();
        for _ in 0..6 {
            rates.pass(&bucket, Duration::from_secs(60)).await.unwrap();
        }
        // Two at once, then one every 500 ms.
        assert_eq!((Instant::now() - start).as_millis(), 2_000);
    }

    #[tokio::test(start_paused = true)]
    async fn refuses_what_cannot_be_in_time_and_reserves_nothing() {
        let rates = Rates::default();
        let bucket = [bucket(1, 10.0, None)];
        rates.pass(&bucket, Duration::from_secs(1)).await.unwrap();
        assert_eq!(rates.pass(&bucket, Duration::from_secs(1)).await, Err(Duration::from_secs(10)));
        assert_eq!(rates.pass(&bucket, Duration::from_secs(1)).await, Err(Duration::from_secs(10)));
        rates.pass(&bucket, Duration::from_secs(11)).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_everyone() {
        let rates = Rates::default();
        let bucket = [bucket(100, 1.0, None)];
        rates.pause(&bucket, Duration::from_secs(7));
        let start = Instant::now();
        rates.pass(&bucket, Duration::from_secs(60)).await.unwrap();
        assert_eq!((Instant::now() - start).as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn first_come_first_served() {
        let rates = std::sync::Arc::new(Rates::default());
        let order = std::sync::Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for i in 0..5 {
            let (rates, order) = (rates.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                rates.pass(&[bucket(1, 1.0, None)], Duration::from_secs(60)).await.unwrap();
                order.lock().push(i);
            }));
            tokio::task::yield_now().await;
        }
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock(), [0, 1, 2, 3, 4]);
    }
}
