//! What developers sold up front, and what they are paid. The developer keeps all of it but the card fee; of a fork's sale, the developer of
//! the original and the platform have their parts.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{PayoutId, TenantId, WorkflowId};

use super::limits::{CURRENCY, FEE_CENTS, FEE_PER_MILLE};
use super::split::{Parts, split};
use crate::config::ForkSplit;

const DEVELOPER: &str = "SELECT * FROM developers WHERE developer_id = $1";
const SET_DEVELOPER: &str = "INSERT INTO developers (developer_id, name, website, contact_email, payout_account, registered_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6) \
    ON CONFLICT (developer_id) DO UPDATE SET name = excluded.name, website = excluded.website, contact_email = excluded.contact_email, payout_account = excluded.payout_account, \
      updated_at = excluded.updated_at";
const WORKFLOW: &str = "SELECT tenant_id FROM workflows WHERE id = $1";
const SALE: &str = "INSERT INTO earnings (reference, developer_id, workflow_id, organization_id, kind, gross_cents, fee_cents, net_cents, original_cents, platform_cents, currency, at, until) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (reference) DO NOTHING";
/// An original's share is no subscription of its own, so it is of the other kind.
const SHARE: &str = "INSERT INTO earnings (reference, developer_id, workflow_id, organization_id, kind, gross_cents, fee_cents, net_cents, currency, at, share_of) \
    VALUES ($1, $2, $3, $4, 'one_time', $5, 0, $5, $6, $7, $8)";
const RECORDED: &str = "SELECT * FROM earnings WHERE reference = $1 AND share_of IS NULL";
const REVENUE: &str = "SELECT workflow_id, CAST(sum(net_cents) AS BIGINT) AS total, CAST(sum(gross_cents) AS BIGINT) AS gross, CAST(sum(CASE WHEN at >= $2 THEN net_cents ELSE 0 END) AS BIGINT) AS this_month, \
      CAST(sum(CASE WHEN at >= $3 AND at < $2 THEN net_cents ELSE 0 END) AS BIGINT) AS last_month, CAST(sum(CASE WHEN at >= $4 THEN net_cents ELSE 0 END) AS BIGINT) AS period, \
      CAST(sum(CASE WHEN share_of IS NOT NULL THEN net_cents ELSE 0 END) AS BIGINT) AS from_forks \
    FROM earnings WHERE developer_id = $1 GROUP BY workflow_id ORDER BY workflow_id";
/// A subscription is what an organisation has paid for until some time; the last payment decides.
const SUBSCRIPTIONS: &str = "SELECT workflow_id, count(*) AS known, CAST(sum(CASE WHEN until > $2 THEN 1 ELSE 0 END) AS BIGINT) AS active, CAST(sum(CASE WHEN since >= $3 THEN 1 ELSE 0 END) AS BIGINT) AS fresh \
    FROM (SELECT workflow_id, organization_id, max(until) AS until, min(at) AS since FROM earnings WHERE developer_id = $1 AND kind = 'subscription' GROUP BY workflow_id, organization_id) AS subscribed \
    GROUP BY workflow_id";
const UNPAID: &str = "SELECT CAST(coalesce(sum(net_cents), 0) AS BIGINT) AS cents FROM earnings WHERE developer_id = $1 AND payout_id IS NULL";
const PAID: &str = "SELECT CAST(coalesce(sum(CASE WHEN status = 'paid' THEN amount_cents ELSE 0 END), 0) AS BIGINT) AS paid, \
    CAST(coalesce(sum(CASE WHEN status = 'pending' THEN amount_cents ELSE 0 END), 0) AS BIGINT) AS pending FROM payouts WHERE developer_id = $1";
const PAYOUTS: &str = "SELECT * FROM payouts WHERE developer_id = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";
const DUE: &str = "SELECT developer_id, CAST(sum(net_cents) AS BIGINT) AS cents FROM earnings WHERE payout_id IS NULL AND at < $1 AND currency = $2 \
    AND NOT EXISTS (SELECT 1 FROM payouts p WHERE p.developer_id = earnings.developer_id AND p.month = $3 AND p.currency = $2) \
    GROUP BY developer_id HAVING sum(net_cents) >= $4 ORDER BY developer_id LIMIT $5";
const INSERT_PAYOUT: &str = "INSERT INTO payouts (id, developer_id, month, amount_cents, currency, status, created_at) VALUES ($1, $2, $3, $4, $5, 'pending', $6) ON CONFLICT DO NOTHING";
const CLAIM: &str = "UPDATE earnings SET payout_id = $1 WHERE developer_id = $2 AND payout_id IS NULL AND at < $3 AND currency = $4 RETURNING net_cents";
const SET_AMOUNT: &str = "UPDATE payouts SET amount_cents = $2 WHERE id = $1";
const PAYOUT: &str = "SELECT * FROM payouts WHERE id = $1";
const PENDING: &str = "SELECT * FROM payouts WHERE status = 'pending' AND id > $1 ORDER BY id LIMIT $2";
const SET_PAID: &str = "UPDATE payouts SET status = 'paid', reference = $2, paid_at = $3 WHERE id = $1 AND status = 'pending'";

/// A workspace as a developer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Developer {
    pub(super) name: String,
    pub(super) website: Option<String>,
    pub(super) contact_email: Option<String>,
    pub(super) payout_account: Option<String>,
    pub(super) registered_at: Option<Timestamp>,
}

/// A workspace as a developer, once it has registered.
pub(super) async fn developer(tx: &mut Tx, id: &TenantId) -> Result<Option<Developer>, DbError> {
    let read = |row: Row| {
        Ok(Developer {
            name: row.get("name")?,
            website: row.get("website")?,
            contact_email: row.get("contact_email")?,
            payout_account: row.get("payout_account")?,
            registered_at: row.time_opt("registered_at")?,
        })
    };
    tx.optional(sql(DEVELOPER).bind(id.as_str())).await?.map(read).transpose()
}

/// Writes what a developer says of itself.
pub(super) async fn set_developer(tx: &mut Tx, id: &TenantId, new: &Developer, now: Timestamp) -> Result<(), DbError> {
    let query = sql(SET_DEVELOPER).bind(id.as_str()).bind(&new.name).bind(new.website.as_deref()).bind(new.contact_email.as_deref()).bind(new.payout_account.as_deref()).bind(now);
    tx.execute(query).await.map(drop)
}

/// The workspace that wrote a workflow.
pub(super) async fn author(tx: &mut Tx, workflow: &WorkflowId) -> Result<Option<TenantId>, DbError> {
    tx.optional(sql(WORKFLOW).bind(workflow.as_str())).await?.map(|row| row.get("tenant_id")).transpose()
}

/// Something that was sold up front.
#[derive(Debug)]
pub(super) struct Sale<'a> {
    pub(super) reference: &'a str,
    pub(super) developer: &'a TenantId,
    pub(super) workflow: &'a WorkflowId,
    pub(super) organization: &'a TenantId,
    pub(super) is_subscription: bool,
    pub(super) gross_cents: i64,
    pub(super) until: Option<Timestamp>,
    /// Of a fork: the original, its developer, and how what the card fee leaves is divided.
    pub(super) shared: Option<Shared>,
}

/// Who else has a part in what a fork is sold for.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) original: WorkflowId,
    pub(super) developer: TenantId,
    pub(super) split: ForkSplit,
}

/// What became of a sale, in cents. The gross is the sum of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) developer: TenantId,
    pub(super) gross: i64,
    pub(super) fee: i64,
    pub(super) net: i64,
    pub(super) original: i64,
    pub(super) platform: i64,
}

/// The card fee of an amount: 2.9 % and 30 ¢.
pub(super) const fn fee(gross_cents: i64) -> i64 {
    (gross_cents * FEE_PER_MILLE + 500) / 1_000 + FEE_CENTS
}

/// What stands before the reference of a sale in that of an original's share. References of sales have no control characters, so that
/// nobody's sale is taken for it.
const SHARE_MARK: &str = "share\u{1f}";

/// Writes a sale, with the original's share of a fork's; what was written, and whether it was new.
pub(super) async fn record(tx: &mut Tx, sale: &Sale<'_>, now: Timestamp) -> Result<(Recorded, bool), DbError> {
    let fee = fee(sale.gross_cents);
    let rest = sale.gross_cents - fee;
    let parts = match &sale.shared {
        Some(shared) => split(rest, shared.split),
        None => Parts { fork: rest, original: 0, platform: 0 },
    };
    let query = sql(SALE)
        .bind(sale.reference)
        .bind(sale.developer.as_str())
        .bind(sale.workflow.as_str())
        .bind(sale.organization.as_str())
        .bind(if sale.is_subscription { "subscription" } else { "one_time" })
        .bind(sale.gross_cents)
        .bind(fee)
        .bind(parts.fork)
        .bind(parts.original)
        .bind(parts.platform)
        .bind(CURRENCY)
        .bind(now)
        .bind(sale.until);
    let is_new = tx.execute(query).await? == 1;
    if let Some(shared) = sale.shared.as_ref().filter(|_| is_new && parts.original > 0) {
        let query = sql(SHARE).bind(format!("{SHARE_MARK}{}", sale.reference)).bind(shared.developer.as_str()).bind(shared.original.as_str()).bind(sale.organization.as_str());
        tx.execute(query.bind(parts.original).bind(CURRENCY).bind(now).bind(sale.reference)).await?;
    }
    let row = tx.one(sql(RECORDED).bind(sale.reference)).await?;
    let recorded = Recorded {
        developer: row.get("developer_id")?,
        gross: row.get("gross_cents")?,
        fee: row.get("fee_cents")?,
        net: row.get("net_cents")?,
        original: row.get("original_cents")?,
        platform: row.get("platform_cents")?,
    };
    Ok((recorded, is_new))
}

/// What one workflow earned, in cents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Revenue {
    pub(super) workflow: String,
    pub(super) total: i64,
    pub(super) gross: i64,
    pub(super) this_month: i64,
    pub(super) last_month: i64,
    pub(super) period: i64,
    /// Of the total: shares of what forks were sold for.
    pub(super) from_forks: i64,
}

/// What a developer earned, by workflow. The instants are the beginnings of this month, of the last one, and of the period.
pub(super) async fn revenue(tx: &mut Tx, developer: &TenantId, (this, last, period): (Timestamp, Timestamp, Timestamp)) -> Result<Vec<Revenue>, DbError> {
    let rows = tx.all(sql(REVENUE).bind(developer.as_str()).bind(this).bind(last).bind(period)).await?;
    let read = |row: &Row| {
        Ok(Revenue {
            workflow: row.get("workflow_id")?,
            total: row.get("total")?,
            gross: row.get("gross")?,
            this_month: row.get("this_month")?,
            last_month: row.get("last_month")?,
            period: row.get("period")?,
            from_forks: row.get("from_forks")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Subscriptions of a workflow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Subscriptions {
    pub(super) active: i64,
    pub(super) churned: i64,
    pub(super) fresh: i64,
}

/// A developer's subscriptions by workflow: paid for now, not any more, and new this month.
pub(super) async fn subscriptions(tx: &mut Tx, developer: &TenantId, now: Timestamp, month: Timestamp) -> Result<Vec<(String, Subscriptions)>, DbError> {
    let rows = tx.all(sql(SUBSCRIPTIONS).bind(developer.as_str()).bind(now).bind(month)).await?;
    let read = |row: &Row| {
        let (known, active): (i64, i64) = (row.get("known")?, row.get("active")?);
        Ok((row.get("workflow_id")?, Subscriptions { active, churned: known - active, fresh: row.get("fresh")? }))
    };
    rows.iter().map(read).collect()
}

/// A payment to a developer.
#[derive(Debug, Clone)]
pub(super) struct Payout {
    pub(super) id: PayoutId,
    pub(super) developer: TenantId,
    pub(super) amount_cents: i64,
    pub(super) currency: String,
    pub(super) status: String,
    pub(super) reference: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) paid_at: Option<Timestamp>,
}

fn read_payout(row: &Row) -> Result<Payout, DbError> {
    Ok(Payout {
        id: row.get("id")?,
        developer: row.get("developer_id")?,
        amount_cents: row.get("amount_cents")?,
        currency: row.get("currency")?,
        status: row.get("status")?,
        reference: row.get("reference")?,
        created_at: row.time("created_at")?,
        paid_at: row.time_opt("paid_at")?,
    })
}

/// What a developer is still to be paid, and was: cents not in a payout yet, pending, paid.
pub(super) async fn balance(tx: &mut Tx, developer: &TenantId) -> Result<(i64, i64, i64), DbError> {
    let unpaid = tx.one(sql(UNPAID).bind(developer.as_str())).await?.get("cents")?;
    let row = tx.one(sql(PAID).bind(developer.as_str())).await?;
    Ok((unpaid, row.get("pending")?, row.get("paid")?))
}

/// A page of a developer's payouts, newest first.
pub(super) async fn payouts(tx: &mut Tx, developer: &TenantId, before: Option<&PayoutId>, limit: u32) -> Result<Vec<Payout>, DbError> {
    tx.all(sql(PAYOUTS).bind(developer.as_str()).bind(before.map(PayoutId::as_str)).bind(limit)).await?.iter().map(read_payout).collect()
}

/// Developers who are to be paid at least `least` for what they sold before, and have not been this month.
pub(super) async fn due(tx: &mut Tx, before: Timestamp, month: i64, least: i64, limit: u32) -> Result<Vec<TenantId>, DbError> {
    tx.all(sql(DUE).bind(before).bind(CURRENCY).bind(month).bind(least).bind(limit)).await?.iter().map(|row| row.get("developer_id")).collect()
}

/// Puts what a developer sold before into one payout. None: another node did.
pub(super) async fn claim(tx: &mut Tx, developer: &TenantId, before: Timestamp, month: i64, now: Timestamp) -> Result<Option<(PayoutId, i64)>, DbError> {
    let id = PayoutId::generate();
    let made = tx.execute(sql(INSERT_PAYOUT).bind(id.as_str()).bind(developer.as_str()).bind(month).bind(0_i64).bind(CURRENCY).bind(now)).await?;
    if made == 0 {
        return Ok(None);
    }
    let rows = tx.all(sql(CLAIM).bind(id.as_str()).bind(developer.as_str()).bind(before).bind(CURRENCY)).await?;
    let cents = rows.iter().map(|row| row.get::<i64>("net_cents")).sum::<Result<i64, DbError>>()?;
    tx.execute(sql(SET_AMOUNT).bind(id.as_str()).bind(cents)).await?;
    Ok(Some((id, cents)))
}

/// One payout.
pub(super) async fn payout(tx: &mut Tx, id: &PayoutId) -> Result<Option<Payout>, DbError> {
    tx.optional(sql(PAYOUT).bind(id.as_str())).await?.as_ref().map(read_payout).transpose()
}

/// Payouts that nobody has paid yet.
pub(super) async fn pending(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<Payout>, DbError> {
    tx.all(sql(PENDING).bind(after).bind(limit)).await?.iter().map(read_payout).collect()
}

/// A payout was paid; whether it had not been before.
pub(super) async fn set_paid(tx: &mut Tx, id: &PayoutId, reference: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SET_PAID).bind(id.as_str()).bind(reference).bind(now)).await? == 1)
}
