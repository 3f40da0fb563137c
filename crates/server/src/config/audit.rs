//! How long the audit log is kept.

use std::time::Duration;

use super::reader::Reader;

/// How long the audit log is kept.
#[derive(Debug, Clone)]
pub struct AuditConfig {
    /// Older rows are dropped; a signed head keeps the rest verifiable.
    pub retention: Duration,
}

impl AuditConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        // Three years is what auditors ask for; below thirty days nobody would notice in time.
        let days: u64 = read.number("MILLRACE_AUDIT_RETENTION_DAYS", 1_095, 30..=3_650);
        Self { retention: Duration::from_secs(days * 86_400) }
    }
}
