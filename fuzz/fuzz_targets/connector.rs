//! Connector files: the text of a stranger becomes a checked description or an error with a place, in bounded time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace_connector::{Connector, Registry};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Connector::parse("connector.yaml", text) {
        Ok(connector) => {
            let mut registry = Registry::empty();
            drop(connector.operation_names());
            drop(registry.add("connector.yaml", connector));
            assert_eq!(registry.all().count(), 1);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
