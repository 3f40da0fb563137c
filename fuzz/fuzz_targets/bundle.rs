//! TypeScript from a stranger: parser, refusals, nesting scanner, types stripped, modules linked. No panic, no overflow of
//! the stack; the same tree always gives the same hash; what is bundled is accepted again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace_bundle::{SourceTree, bundle};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // A line `//// name` begins another file.
    let mut tree = SourceTree::single("");
    let mut name = "workflow.ts".to_owned();
    for part in text.split_inclusive('\n') {
        match part.strip_prefix("//// ") {
            Some(next) => name = next.trim_end().to_owned(),
            None => tree.files.entry(name.clone()).or_default().push_str(part),
        }
    }
    let first = bundle(&tree, None);
    if let Err(error) = &first {
        assert!(error.diagnostics.iter().all(|d| d.code != "INTERNAL_ERROR"), "the compiler failed");
    }
    if let Ok(first) = first {
        let second = bundle(&tree, None).expect("it was a bundle a moment ago");
        assert_eq!(first.hash, second.hash);
    }
});
