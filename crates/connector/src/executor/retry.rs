//! Whether and when a failed attempt is repeated: a pure decision over what happened so far.

use std::time::Duration;

use super::ExecutorLimits;
use crate::answer::{Failure, Outcome};
use crate::error::ErrorCode;
use crate::limits;
use crate::schema::RetryClass;

/// What was tried so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    rate_limited: u32,
    down: u32,
    timeout: u32,
    network: u32,
    refreshed: bool,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Report it.
    Stop,
    /// Renew the credentials, then repeat.
    Refresh,
    /// Repeat after this time.
    Wait(Duration),
}

/// Decides. `chance` is a random number from 0 to 1.
pub(super) fn next(
    failure: &Failure,
    tally: &mut Tally,
    class: RetryClass,
    at_most_once: bool,
    remaining: Duration,
    chance: f64,
    limits: &ExecutorLimits,
) -> Next {
    if failure.code == ErrorCode::AuthExpired {
        // A provider that refuses the credentials did nothing: repeating is safe for every class.
        return if std::mem::replace(&mut tally.refreshed, true) { Next::Stop } else { Next::Refresh };
    }
    let harmless = failure.outcome == Outcome::NotDone || (class.repeatable() && !at_most_once);
    if !failure.passing || !harmless {
        return Next::Stop;
    }
    let (count, most) = match failure.code {
        ErrorCode::RateLimited => (&mut tally.rate_limited, limits::RETRIES_RATE_LIMITED),
        ErrorCode::ProviderDown => (&mut tally.down, limits::RETRIES_PROVIDER_DOWN),
        ErrorCode::Timeout => (&mut tally.timeout, limits::RETRIES_TIMEOUT),
        ErrorCode::NetworkError => (&mut tally.network, limits::RETRIES_NETWORK),
        _ => return Next::Stop,
    };
    if *count >= most {
        return Next::Stop;
    }
    let wait = match failure.retry_after {
        Some(asked) if asked > limits.retry_after => return Next::Stop,
        Some(asked) => asked,
        None => backoff(*count, chance, limits),
    };
    if wait >= remaining {
        return Next::Stop;
    }
    *count += 1;
    Next::Wait(wait)
}

fn backoff(tried: u32, chance: f64, limits: &ExecutorLimits) -> Duration {
    let full = limits.backoff_first.saturating_mul(2u32.saturating_pow(tried)).min(limits.backoff_max);
    full.mul_f64(1.0 - limits::BACKOFF_JITTER * chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: ErrorCode, outcome: Outcome) -> Failure {
        let mut failure = Failure::new(code, "x");
        failure.passing = true;
        failure.outcome = outcome;
        failure
    }

    fn waits(failure: &Failure, class: RetryClass, once: bool) -> usize {
        let mut tally = Tally::default();
        let limits = ExecutorLimits::default();
        let hour = Duration::from_secs(3600);
        (0..50).take_while(|_| matches!(next(failure, &mut tally, class, once, hour, 0.0, &limits), Next::Wait(_))).count()
    }

    #[test]
    fn counts_follow_the_table() {
        let safe = RetryClass::Safe;
        assert_eq!(waits(&failure(ErrorCode::RateLimited, Outcome::NotDone), safe, false), 3);
        assert_eq!(waits(&failure(ErrorCode::ProviderDown, Outcome::MaybeDone), safe, false), 5);
        assert_eq!(waits(&failure(ErrorCode::Timeout, Outcome::Unknown), safe, false), 2);
        assert_eq!(waits(&failure(ErrorCode::NetworkError, Outcome::NotDone), safe, false), 5);
        assert_eq!(waits(&failure(ErrorCode::NotFound, Outcome::NotDone), safe, false), 0);
    }

    #[test]
    fn effects_are_not_repeated_when_they_may_have_happened() {
        for code in [ErrorCode::ProviderDown, ErrorCode::Timeout] {
            for outcome in [Outcome::MaybeDone, Outcome::Unknown] {
                assert_eq!(waits(&failure(code, outcome), RetryClass::Never, false), 0);
                assert_eq!(waits(&failure(code, outcome), RetryClass::Key, true), 0);
                assert!(waits(&failure(code, outcome), RetryClass::Key, false) > 0);
                assert!(waits(&failure(code, outcome), RetryClass::Idempotent, false) > 0);
            }
        }
        assert_eq!(waits(&failure(ErrorCode::RateLimited, Outcome::NotDone), RetryClass::Never, true), 3);
        assert_eq!(waits(&failure(ErrorCode::NetworkError, Outcome::NotDone), RetryClass::Never, true), 5);
    }

    #[test]
    fn waits_grow_and_stay_inside_the_budget() {
        let limits = ExecutorLimits::default();
        let down = failure(ErrorCode::ProviderDown, Outcome::MaybeDone);
        let mut tally = Tally::default();
        let hour = Duration::from_secs(3600);
        let mut step = |chance| next(&down, &mut tally, RetryClass::Safe, false, hour, chance, &limits);
        assert_eq!(step(0.0), Next::Wait(Duration::from_millis(500)));
        assert_eq!(step(0.0), Next::Wait(Duration::from_millis(1000)));
        assert_eq!(step(1.0), Next::Wait(Duration::from_millis(1500)));
        let mut tally = Tally::default();
        let short = Duration::from_millis(400);
        assert_eq!(next(&down, &mut tally, RetryClass::Safe, false, short, 0.0, &limits), Next::Stop);
        let mut asked = failure(ErrorCode::RateLimited, Outcome::NotDone);
        asked.retry_after = Some(Duration::from_secs(61));
        assert_eq!(next(&asked, &mut tally, RetryClass::Safe, false, hour, 0.0, &limits), Next::Stop);
    }

    #[test]
    fn one_refresh() {
        let limits = ExecutorLimits::default();
        let expired = failure(ErrorCode::AuthExpired, Outcome::NotDone);
        let mut tally = Tally::default();
        let hour = Duration::from_secs(3600);
        assert_eq!(next(&expired, &mut tally, RetryClass::Never, true, hour, 0.0, &limits), Next::Refresh);
        assert_eq!(next(&expired, &mut tally, RetryClass::Never, true, hour, 0.0, &limits), Next::Stop);
    }
}
