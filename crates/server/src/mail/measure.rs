//! What is counted of mails.

use metrics::{counter, describe_counter};

const MAILS: &str = "millrace_mails_total";

/// What an attempt came to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    Sent,
    Retried,
    Failed,
}

impl Outcome {
    const fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Retried => "retried",
            Self::Failed => "failed",
        }
    }
}

/// Names and explains what is counted here.
pub(crate) fn describe() {
    describe_counter!(MAILS, "Attempts to send a mail, by what they came to: sent, to be retried, or given up");
    for outcome in [Outcome::Sent, Outcome::Retried, Outcome::Failed] {
        counter!(MAILS, "outcome" => outcome.word()).increment(0);
    }
}

pub(super) fn count(outcome: Outcome) {
    counter!(MAILS, "outcome" => outcome.word()).increment(1);
}
