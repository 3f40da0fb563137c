//! The mail about a spend cap: to the owners, once for each cap and month, in the transaction that ends the run by which it is reached.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};

use super::limits::CURRENCY;
use super::store::{self, Spent};
use crate::app::Parts;
use crate::mail::Template;
use crate::memberships;

/// Tells the owners, unless they were told, or the cap is another one by now: what this node remembers of it may be seconds old.
pub(super) async fn reached(parts: &Parts, tx: &mut Tx, spent: &Spent, month: i64, now: Timestamp) -> Result<(), DbError> {
    let tenant = &spent.tenant;
    let Some(cap) = store::cap(tx, tenant).await?.filter(|cap| spent.is_to_be_told(*cap)) else { return Ok(()) };
    if !store::tell(tx, tenant, month, cap.cents).await? {
        return Ok(());
    }
    let mail = Template::SpendCapReached {
        workspace: store::workspace(tx, tenant).await?,
        cap: format!("{}.{:02} {CURRENCY}", cap.cents / 100, cap.cents % 100),
        month: format!("{:04}-{:02}", month / 100, month % 100),
        stops: cap.stops,
        at: now,
        billing_url: format!("{}/app/billing", parts.config.public_url()),
    };
    // A cap that is changed and changed back is told once.
    let key = format!("{tenant}:{month}:{}", cap.cents);
    for to in memberships::owner_addresses(tx, tenant).await? {
        parts.mail.queue(tx, Some(tenant), &to, &mail, &key, now).await?;
    }
    Ok(())
}
