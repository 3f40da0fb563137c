//! One request and its retries.

use std::time::Duration;

use bytes::Bytes;
use millrace_egress::{EgressError, Response};

use super::rate::Bucket;
use super::retry::{self, Next, Tally};
use super::session::Session;
use crate::answer::{Failure, Outcome, rate_limit_info};
use crate::error::ErrorCode;
use crate::request::Draft;
use crate::schema::RetryClass;

/// A request that may be sent several times.
pub(super) struct Outgoing<'a> {
    pub draft: &'a Draft,
    pub class: RetryClass,
    pub timeout: Duration,
    pub buckets: &'a [Bucket],
    /// Which request of the call this is; 0 is the first.
    pub part: u32,
}

/// The last failure, with the answer it came from.
pub(super) struct Lost<T> {
    pub failure: Failure,
    pub last: Option<Box<T>>,
}

impl<T> From<Failure> for Lost<T> {
    fn from(failure: Failure) -> Self {
        Self { failure, last: None }
    }
}

impl Session<'_> {
    /// Sends until `judge` is satisfied or nothing more may be tried.
    pub async fn exchange<T>(
        &mut self,
        outgoing: &Outgoing<'_>,
        judge: impl Fn(Response) -> Result<T, Lost<T>>,
    ) -> Result<T, Lost<T>> {
        let mut tally = Tally::default();
        loop {
            let mut lost = match self.attempt(outgoing).await? {
                Ok(response) => match judge(response) {
                    Ok(answer) => return Ok(answer),
                    Err(lost) => lost,
                },
                Err(error) => Lost::from(Failure::from_egress(&error)),
            };
            let failure = &lost.failure;
            if let (ErrorCode::RateLimited, Some(wait)) = (failure.code, failure.retry_after) {
                self.rates.pause(outgoing.buckets, wait.min(self.limits.retry_after));
            }
            let remaining = self.remaining();
            let chance = rand::random::<f64>();
            let class = outgoing.class;
            match retry::next(failure, &mut tally, class, self.at_most_once, remaining, chance, &self.limits) {
                Next::Wait(wait) => self.pauses.pass(wait).await,
                Next::Refresh => {
                    if let Err(error) = self.refresh().await {
                        lost.failure = refused(lost.failure, &error);
                        return Err(lost);
                    }
                }
                Next::Stop => {
                    if self.at_most_once && lost.failure.outcome == Outcome::Unknown {
                        lost.failure.code = ErrorCode::Unknown;
                    }
                    return Err(lost);
                }
            }
        }
    }

    /// One attempt. The outer error ends the call, the inner one may be retried.
    async fn attempt(&mut self, outgoing: &Outgoing<'_>) -> Result<Result<Response, EgressError>, Failure> {
        if self.pauses.are_waited()
            && let Err(wait) = self.rates.pass(outgoing.buckets, self.remaining()).await
        {
            let mut failure = Failure::new(
                ErrorCode::RateLimited,
                format!("the service's rate limit has no room for another {} s", wait.as_secs().max(1)),
            );
            failure.retry_after = Some(wait);
            failure.passing = true;
            return Err(failure);
        }
        let credentials = self.usable_credentials().await?;
        let mut signed = self.sign(outgoing.draft, &credentials, outgoing.part)?;
        let remaining = self.remaining();
        if remaining.is_zero() {
            return Err(Failure::new(ErrorCode::Timeout, "the time for this call is over"));
        }
        signed.request.timeout = Some(outgoing.timeout.min(remaining));
        self.attempts += 1;
        let outcome = self.egress.send(signed.request, &signed.scope).await;
        Ok(outcome.map(|mut response| {
            self.rate_limit = rate_limit_info(&response.headers).or(self.rate_limit.take());
            self.clear_placeholders(&mut response);
            response
        }))
    }

    /// A provider that echoes our token gets its echo hidden from the workflow.
    fn clear_placeholders(&self, response: &mut Response) {
        let needle = self.nonce.as_bytes();
        if response.body.windows(needle.len()).any(|window| window == needle) {
            let text = String::from_utf8_lossy(&response.body);
            response.body = Bytes::from(self.unplaced(&text));
        }
    }
}

/// The refusal as the provider worded it, and why it could not be mended.
fn refused(mut original: Failure, error: &Failure) -> Failure {
    original.message = format!("{} ({})", original.message, error.message);
    if error.code == ErrorCode::AuthMissing {
        original.code = ErrorCode::AuthMissing;
    }
    original
}
