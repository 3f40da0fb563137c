//! Who pays developers: a port, because nobody is paid by this product itself.

use async_trait::async_trait;
use millrace_ids::{PayoutId, TenantId};

/// Pays a developer.
#[async_trait]
pub trait Payer: Send + Sync {
    /// Pays this amount once, however often it is asked with the same id. Answers what the payment is called there; none: it was
    /// noted, and somebody pays by hand.
    ///
    /// # Errors
    /// It could not be paid now; it is tried again at the next look.
    async fn pay(&self, payout: &PayoutId, developer: &TenantId, amount_cents: i64, currency: &str) -> Result<Option<String>, String>;
}

/// Pays nobody: payouts stay `pending` in the list, and the operator pays by hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Recorded;

#[async_trait]
impl Payer for Recorded {
    async fn pay(&self, _: &PayoutId, _: &TenantId, _: i64, _: &str) -> Result<Option<String>, String> {
        Ok(None)
    }
}
