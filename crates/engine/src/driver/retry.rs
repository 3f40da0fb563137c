//! Trying again by itself: a new run for one that failed, where its program says that this may help.

use millrace_clock::Timestamp;

use crate::committer::Start;
use crate::engine::Inner;
use crate::limits::{RETRY_ATTEMPTS, RETRY_PAUSE};
use crate::{EngineError, NewRun, Run, RunError};

/// The run that repeats this one from its beginning, pinned to the same program and configuration, and when it is due; the error
/// names it. Nothing for a run that others wait for: they hear of the failure and decide. Nothing either for one that began again
/// with a state: what it was started with is not what it works with.
pub(super) async fn of(inner: &Inner, run: &Run, error: &mut RunError) -> Result<Option<(Start, Timestamp)>, EngineError> {
    if !error.retryable || run.parent_id.is_some() || run.generation > 0 || run.attempt >= RETRY_ATTEMPTS {
        return Ok(None);
    }
    let now = inner.clock.now();
    let input = inner.payloads.get(&run.tenant, &run.input).await?;
    let mut new = NewRun::new(run.tenant.clone(), &run.kind, run.subject.clone(), run.program.clone(), run.trigger.clone(), String::new());
    new.subject_revision = run.subject_revision;
    new.priority = run.priority;
    new.retry_of = Some(run.id.clone());
    new.attempt = run.attempt + 1;
    error.retried_as = Some(new.id.clone());
    let input = inner.payloads.put(&run.tenant, input, now).await?;
    Ok(Some((Start { new, input }, now.plus(pause(run.attempt)))))
}

/// The pause after this attempt.
fn pause(attempt: i64) -> std::time::Duration {
    RETRY_PAUSE * 4_u32.pow(u32::try_from(attempt.clamp(1, RETRY_ATTEMPTS) - 1).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_below_what_a_queue_takes_for_a_wrong_clock() {
        let all: Vec<u64> = (1..RETRY_ATTEMPTS).map(|attempt| pause(attempt).as_secs()).collect();
        assert_eq!(all, [2, 8]);
        assert!(all.iter().all(|seconds| *seconds < 10));
    }
}
