//! What asking models counts. Models are chosen by the operator, so they need no label.

use metrics::{counter, describe_counter};

const CALLS: &str = "millrace_ai_calls_total";
const TOKENS: &str = "millrace_ai_tokens_total";

/// Names and explains the metrics to whoever collects them.
pub(crate) fn describe() {
    describe_counter!(CALLS, "Calls of language models by workflows, by what they came to");
    describe_counter!(TOKENS, "Tokens that language models read and wrote, where their provider tells");
    for outcome in ["answered", "failed"] {
        counter!(CALLS, "outcome" => outcome).increment(0);
    }
    for direction in ["read", "written"] {
        counter!(TOKENS, "direction" => direction).increment(0);
    }
}

/// A call has ended.
pub(super) fn called(answered: bool) {
    counter!(CALLS, "outcome" => if answered { "answered" } else { "failed" }).increment(1);
}

/// A model read and wrote this much.
pub(super) fn tokens(read: Option<u64>, written: Option<u64>) {
    counter!(TOKENS, "direction" => "read").increment(read.unwrap_or(0));
    counter!(TOKENS, "direction" => "written").increment(written.unwrap_or(0));
}
