//! Counting, refusing, and telling of it.

use std::fmt::Display;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::{Quota, RateLimiter};
use http::StatusCode;
use metrics::{counter, describe_counter};
use millrace_clock::Clock;
use millrace_db::{Db, DbError};
use serde_json::json;

use super::memory::{Look, Memory, Watch};
use super::rules::{Allowance, Rule};
use crate::http::{ApiError, as_request, current_origin, current_request_id};
use crate::security_events::{self, Event, Kind, Noted};

type Limiter = RateLimiter<Look, Memory, Watch, NoOpMiddleware<Nanos>>;

const REFUSED: &str = "millrace_rate_limited_total";
/// One subject that goes on and on is written down once in this time for each rule.
const EVENT_EACH: Duration = Duration::from_secs(15 * 60);
/// Security events that one node writes in a minute, whoever causes them: a flood from many addresses must not fill the database.
const EVENTS: u32 = 60;

/// How often callers may ask. Clone it freely; clones count together.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    watch: Watch,
    /// By the rule's number; empty when there are no limits.
    limiters: Vec<Limiter>,
    /// Which subjects were written down lately, and how many in all.
    noted: Limiter,
    written: Limiter,
    hasher: RandomState,
}

impl Limits {
    /// Nobody has asked yet; every allowance is multiplied by `factor`, and without one nobody is limited.
    pub fn new(db: Db, clock: Clock, factor: Option<NonZeroU32>) -> Self {
        let watch = Watch::new(clock.clone());
        let limiter = |allowance: Allowance, factor: u32| RateLimiter::new(quota(allowance, factor), Memory::default(), watch.clone());
        let limiters = factor.map(|factor| Rule::ALL.iter().map(|rule| limiter(rule.allowance(), factor.get())).collect()).unwrap_or_default();
        let noted = limiter(Allowance { most: 1, per: EVENT_EACH }, 1);
        let written = limiter(Allowance { most: EVENTS, per: Duration::from_secs(60) }, 1);
        Self(Arc::new(Inner { db, clock, watch, limiters, noted, written, hasher: RandomState::new() }))
    }

    /// Counts one more of `rule` by `subject`, or refuses it: a refused one does not count.
    ///
    /// # Errors
    /// 429 `RATE_LIMITED`, with the seconds after which trying again makes sense.
    pub fn check(&self, rule: Rule, subject: impl Hash + Display) -> Result<(), ApiError> {
        self.decide(rule, subject, true)
    }

    /// Whether [`Limits::check`] would refuse now, without counting: for what counts only when it fails, such as passwords.
    ///
    /// # Errors
    /// As [`Limits::check`].
    pub fn look(&self, rule: Rule, subject: impl Hash + Display) -> Result<(), ApiError> {
        self.decide(rule, subject, false)
    }

    fn decide(&self, rule: Rule, subject: impl Hash + Display, counts: bool) -> Result<(), ApiError> {
        let Some(limiter) = self.0.limiters.get(rule as usize) else { return Ok(()) };
        let look = Look { subject: self.0.hasher.hash_one(&subject), counts };
        let Err(not_until) = limiter.check_key(&look) else { return Ok(()) };
        let wait = not_until.wait_time_from(self.0.watch.now());
        counter!(REFUSED, "rule" => rule.word()).increment(1);
        if rule.is_security() {
            self.note(Noted { kind: Kind::RateLimited, tenant: None, user: subject.to_string().parse().ok(), subject: subject.to_string(), meta: json!({"rule": rule.word()}) });
        }
        Err(refusal(rule, wait))
    }

    /// Writes a security event beside the request: once in a quarter of an hour for each kind, subject and facts, and so many a
    /// minute of each kind, so that a flood of one kind hides no other.
    pub fn note(&self, event: Noted) {
        let of_subject = Look { subject: self.0.hasher.hash_one((event.kind, &event.subject, &event.tenant, event.meta.to_string())), counts: true };
        let of_kind = Look { subject: self.0.hasher.hash_one(event.kind), counts: true };
        if self.0.noted.check_key(&of_subject).is_err() || self.0.written.check_key(&of_kind).is_err() {
            return;
        }
        let (own, origin, request) = (self.0.clone(), current_origin(), current_request_id());
        tokio::spawn(as_request(origin, request, async move {
            let write = async {
                let mut tx = own.db.begin().await?;
                let event = Event { kind: event.kind, tenant: event.tenant.as_ref(), user: event.user.as_ref(), subject: &event.subject, meta: &event.meta };
                security_events::record_event(&mut tx, &event, own.clock.now()).await?;
                tx.commit().await
            };
            if let Err(error) = write.await {
                let error: DbError = error;
                tracing::warn!(%error, "a security event was not written");
            }
        }));
    }

    /// Whether this was not said in the last quarter of an hour ([`Limits::is_known`]), as far as this node remembers: for what
    /// is written down once although it goes on.
    pub fn is_news(&self, what: impl Hash) -> bool {
        self.0.noted.check_key(&Look { subject: self.0.hasher.hash_one(what), counts: false }).is_ok()
    }

    /// Remembers that this was said.
    pub fn is_known(&self, what: impl Hash) {
        // Of two who say it at once, both may.
        let _ = self.0.noted.check_key(&Look { subject: self.0.hasher.hash_one(what), counts: true });
    }
}

/// Names and explains what is counted here.
pub(crate) fn describe() {
    describe_counter!(REFUSED, "Requests refused because their caller asks too often, by rule");
    for rule in Rule::ALL {
        counter!(REFUSED, "rule" => rule.word()).increment(0);
    }
}

fn quota(allowance: Allowance, factor: u32) -> Quota {
    let most = NonZeroU32::new(allowance.most.saturating_mul(factor)).unwrap_or(NonZeroU32::MIN);
    // The period is zero only for an allowance of more than one in a nanosecond.
    Quota::with_period(allowance.per / most.get()).unwrap_or_else(|| Quota::per_second(most)).allow_burst(most)
}

fn refusal(rule: Rule, wait: Duration) -> ApiError {
    let seconds = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX).max(1);
    let detail = format!("Too many requests of this kind; try again in {seconds} s.");
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail).with_field(rule.word(), "RATE_LIMITED", "this limit was met").with_retry_after(seconds)
}
