//! How a server's outgoing requests are set up.

use std::path::PathBuf;

use crate::address::AddressRange;
use crate::limits::Limits;
use crate::map::EgressMap;

/// Set-up of an [`Egress`](crate::Egress). The default is right for production.
#[derive(Clone, Debug)]
pub struct EgressConfig {
    /// Hosts whose traffic goes to a stand-in. Development and tests only.
    pub map: EgressMap,
    /// Blocks that may be contacted although they are not public: loopback in tests, a company's own network when it
    /// runs the server for itself. Normally empty.
    pub allow_private: Vec<AddressRange>,
    /// Public blocks that must not be contacted, over and above the built-in rules: the server's own public address,
    /// its database. Wins over `allow_private`.
    pub refuse: Vec<AddressRange>,
    /// Sizes and times.
    pub limits: Limits,
    /// Sent when a request names none.
    pub user_agent: String,
    /// PEM file with further certificate authorities to trust (a company's own). The usual ones stay trusted.
    pub extra_ca: Option<PathBuf>,
}

impl Default for EgressConfig {
    fn default() -> EgressConfig {
        EgressConfig {
            map: EgressMap::default(),
            allow_private: Vec::new(),
            refuse: Vec::new(),
            limits: Limits::default(),
            user_agent: concat!("Millrace/", env!("CARGO_PKG_VERSION")).to_owned(),
            extra_ca: None,
        }
    }
}
