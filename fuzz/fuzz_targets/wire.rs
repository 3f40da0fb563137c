//! Frames of the sandbox protocol. What a child sends is untrusted: hostile code may have taken the child over. Reading it
//! must end in an answer or in an error, with memory bounded by what was sent, however the bytes are cut into pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    millrace_sandbox::fuzzing::frames(data);
    millrace_sandbox::fuzzing::host_reads(data);
});
