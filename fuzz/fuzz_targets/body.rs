//! Bodies in any content coding, in any pieces: decoded within the limit, or an error. The result does not depend on how the
//! bytes were cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace_egress::fuzzing::decoded;

const LIMIT: usize = 64 * 1024;

fuzz_target!(|data: &[u8]| {
    let Some(([coding, cut], data)) = data.split_first_chunk::<2>() else { return };
    let coding = ["", "identity", "gzip", "deflate", "x-gzip", "br", "gzip, gzip"][usize::from(*coding) % 7];
    let whole = decoded(coding, &[data], LIMIT);
    let cut = usize::from(*cut).min(data.len());
    let parted = decoded(coding, &[&data[..cut], &data[cut..]], LIMIT);
    if let Some(body) = &whole {
        assert!(body.len() <= LIMIT);
    }
    assert_eq!(whole, parted, "{coding} cut at {cut}");
});
