//! What outgoing requests may reach.

use std::path::PathBuf;

use millrace_egress::{AddressRange, EgressConfig, EgressMap};

use super::reader::Reader;

/// What outgoing requests may reach.
#[derive(Debug, Clone, Default)]
pub struct OutgoingConfig {
    /// Hosts whose traffic goes to stand-ins. Development and tests only.
    pub map: EgressMap,
    /// Blocks that may be contacted although they are not public.
    pub allow_private: Vec<AddressRange>,
    /// Further certificate authorities to trust.
    pub extra_ca: Option<PathBuf>,
}

impl OutgoingConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let map = match EgressMap::parse(&read.text("MILLRACE_EGRESS_MAP").unwrap_or_default()) {
            Ok(map) => map,
            Err(error) => {
                read.refuse("MILLRACE_EGRESS_MAP", error.to_string());
                EgressMap::default()
            }
        };
        let mut allow_private = Vec::new();
        for text in read.text("MILLRACE_EGRESS_ALLOW").unwrap_or_default().split(',').map(str::trim).filter(|t| !t.is_empty()) {
            match text.parse::<AddressRange>() {
                Ok(range) => allow_private.push(range),
                Err(error) => read.refuse("MILLRACE_EGRESS_ALLOW", error.to_string()),
            }
        }
        Self { map, allow_private, extra_ca: read.text("MILLRACE_EXTRA_CA").map(PathBuf::from) }
    }

    /// The set-up of the outgoing client.
    pub fn egress(&self) -> EgressConfig {
        EgressConfig { map: self.map.clone(), allow_private: self.allow_private.clone(), extra_ca: self.extra_ca.clone(), ..EgressConfig::default() }
    }
}
