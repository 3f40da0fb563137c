//! A workspace as a developer: `/api/developer/me`, `register`, `earnings`, `payouts`, and the operator's `POST /api/admin/sales`.

use axum::extract::State;
use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_ids::{PayoutId, TenantId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::earnings::{self, Developer, Sale, Shared};
use super::limits::{CURRENCY, SALE_CENTS};
use super::upkeep::{begin_of_month, date, next_payout};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{Actor, May, Operator, need};
use crate::marketplace::fork;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(me, change)).routes(routes!(register)).routes(routes!(earned)).routes(routes!(paid)).routes(routes!(sell)).routes(routes!(settle))
}

/// A workspace as a developer.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeveloperAnswer {
    /// The workspace.
    developer_id: TenantId,
    /// Whether it has registered.
    is_registered: bool,
    /// The name that buyers see.
    name: Option<String>,
    /// Its page.
    website: Option<String>,
    /// Where buyers write to.
    contact_email: Option<String>,
    /// The account at whoever pays out.
    payout_account: Option<String>,
    /// When it registered.
    registered_at: Option<String>,
}

/// What a developer says of itself; what is absent stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeveloperRequest {
    /// The name that buyers see, 1 to 100 characters; needed to register.
    name: Option<String>,
    /// Its page: `https://…`.
    website: Option<String>,
    /// Where buyers write to.
    #[serde(alias = "contactEmail")]
    contact_email: Option<String>,
    /// The account at whoever pays out.
    #[serde(alias = "payoutAccount")]
    payout_account: Option<String>,
}

fn answer(id: &TenantId, known: Option<Developer>) -> Json<DeveloperAnswer> {
    let is_registered = known.is_some();
    let known = known.unwrap_or(Developer { name: String::new(), website: None, contact_email: None, payout_account: None, registered_at: None });
    Json(DeveloperAnswer {
        developer_id: id.clone(),
        is_registered,
        name: Some(known.name).filter(|name| !name.is_empty()),
        website: known.website,
        contact_email: known.contact_email,
        payout_account: known.payout_account,
        registered_at: known.registered_at.map(|at| at.to_string()),
    })
}

/// This workspace as a developer
#[utoipa::path(get, path = "/api/developer/me", tag = "developer", operation_id = "show_developer", responses((status = 200, description = "What it says of itself", body = DeveloperAnswer)))]
async fn me(State(app): State<App>, caller: May<need::BillingRead>) -> Result<Json<DeveloperAnswer>, ApiError> {
    let known = earnings::developer(&mut app.of(&caller.tenant).read().await?, &caller.tenant).await?;
    Ok(answer(&caller.tenant, known))
}

/// Register this workspace as a developer
///
/// Again changes what it says of itself. Publishing needs no registration; being paid does.
#[utoipa::path(post, path = "/api/developer/register", tag = "developer", operation_id = "register_developer", request_body = DeveloperRequest,
    responses((status = 201, description = "Registered", body = DeveloperAnswer), (status = 200, description = "It was; changed", body = DeveloperAnswer), (status = 400, description = "A field is wrong", body = Problem)))]
async fn register(State(app): State<App>, caller: May<need::BillingManage>, Json(body): Json<DeveloperRequest>) -> Result<(StatusCode, Json<DeveloperAnswer>), ApiError> {
    let (was, known) = write(&app, &caller, body).await?;
    Ok((if was { StatusCode::OK } else { StatusCode::CREATED }, known))
}

/// Change what this workspace says of itself as a developer
#[utoipa::path(patch, path = "/api/developer/me", tag = "developer", operation_id = "change_developer", request_body = DeveloperRequest,
    responses((status = 200, description = "As it is now", body = DeveloperAnswer), (status = 400, description = "A field is wrong", body = Problem)))]
async fn change(State(app): State<App>, caller: May<need::BillingManage>, Json(body): Json<DeveloperRequest>) -> Result<Json<DeveloperAnswer>, ApiError> {
    Ok(write(&app, &caller, body).await?.1)
}

/// Writes it; whether it was registered before.
async fn write(app: &App, caller: &May<need::BillingManage>, body: DeveloperRequest) -> Result<(bool, Json<DeveloperAnswer>), ApiError> {
    let wrong = |field: &str, message: &str| ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message);
    for (field, value, most) in [("name", &body.name, 100), ("website", &body.website, 500), ("contact_email", &body.contact_email, 254), ("payout_account", &body.payout_account, 200)] {
        if value.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().count() > most || text.chars().any(char::is_control)) {
            return Err(wrong(field, &format!("must have 1 to {most} characters")));
        }
    }
    if body.website.as_ref().is_some_and(|url| !url.starts_with("https://")) {
        return Err(wrong("website", "must begin with https://"));
    }
    if body.contact_email.as_ref().is_some_and(|mail| !mail.contains('@')) {
        return Err(wrong("contact_email", "must be an e-mail address"));
    }
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let known = earnings::developer(&mut tx, &caller.tenant).await?;
    let was = known.is_some();
    let (old_name, old) = match known {
        Some(known) => (Some(known.name.clone()), Some(known)),
        None => (None, None),
    };
    let name = body.name.or(old_name).ok_or_else(|| wrong("name", "is needed to register"))?;
    let keep = |new: Option<String>, of: fn(&Developer) -> &Option<String>| new.or_else(|| old.as_ref().and_then(|known| of(known).clone()));
    let new = Developer {
        name,
        website: keep(body.website, |d| &d.website),
        contact_email: keep(body.contact_email, |d| &d.contact_email),
        payout_account: keep(body.payout_account, |d| &d.payout_account),
        registered_at: old.as_ref().map_or(Some(now), |d| d.registered_at),
    };
    earnings::set_developer(&mut tx, &caller.tenant, &new, now).await?;
    let action = if was { Action::DeveloperUpdated } else { Action::DeveloperRegistered };
    let said = json!({ "name": new.name, "website": new.website, "has_payout_account": new.payout_account.is_some() });
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, Entry::new(action, "developer", &caller.tenant).meta(said), now).await?;
    tx.commit().await?;
    Ok((was, answer(&caller.tenant, Some(new))))
}

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct EarningsQuery {
    /// `week`, `month` (the last 30 days, unless told) or `year`.
    period: Option<String>,
}

/// What a developer earned. Amounts in cents, after the card fee.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarningsAnswer {
    /// The workspace.
    developer_id: TenantId,
    /// What amounts are in.
    currency: &'static str,
    /// The period asked for.
    period: &'static str,
    /// All workflows together.
    revenue: RevenueAnswer,
    /// All workflows together.
    subscriptions: SubscriptionsAnswer,
    /// What was and is to be paid.
    payouts: BalanceAnswer,
    /// Each workflow that earned something.
    workflows: Vec<WorkflowEarnings>,
}

/// Revenue in cents, after the card fee.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct RevenueAnswer {
    /// In all.
    total: i64,
    /// Before the card fee, in all.
    gross: i64,
    /// In this month, UTC.
    this_month: i64,
    /// In the last one.
    last_month: i64,
    /// In the period asked for.
    period: i64,
    /// Of the total: the original's share of what forks were sold for.
    from_forks: i64,
}

/// Subscriptions: what organisations have paid for until some time.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct SubscriptionsAnswer {
    /// Paid for now.
    active: i64,
    /// Not paid for any more.
    churned: i64,
    /// Begun this month.
    new_this_month: i64,
}

/// What a developer is paid, in cents.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceAnswer {
    /// Earned or under way, not paid yet.
    pending: i64,
    /// Paid.
    paid: i64,
    /// The next day of paying. Less than `minimum` waits for the one after.
    next_payout_date: String,
    /// The least that is paid out.
    minimum: i64,
}

/// What one workflow earned.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowEarnings {
    /// The workflow.
    workflow_id: WorkflowId,
    /// Its revenue.
    revenue: RevenueAnswer,
    /// Its subscriptions.
    subscriptions: SubscriptionsAnswer,
}

/// What this workspace earned as a developer
///
/// Of what was sold up front the developer keeps all but the card fee, 2.9 % and 30 ¢; of a fork's sale the original's developer and the platform
/// have their parts. Fees per run are the platform's.
#[utoipa::path(get, path = "/api/developer/earnings", tag = "developer", operation_id = "show_earnings", params(EarningsQuery),
    responses((status = 200, description = "The earnings", body = EarningsAnswer), (status = 400, description = "No such period", body = Problem)))]
async fn earned(State(app): State<App>, caller: May<need::BillingRead>, Query(query): Query<EarningsQuery>) -> Result<Json<EarningsAnswer>, ApiError> {
    let (period, days) = match query.period.as_deref() {
        None | Some("month") => ("month", 30),
        Some("week") => ("week", 7),
        Some("year") => ("year", 365),
        Some(_) => return Err(ApiError::invalid("INVALID_QUERY", "`period` is `week`, `month` or `year`.").with_field("period", "INVALID_VALUE", "is no period")),
    };
    let (developer, now) = (&caller.tenant, app.clock.now());
    let this = begin_of_month(date(now), 0);
    let since = (this, begin_of_month(date(now), 1), now.minus(std::time::Duration::from_secs(days * 86_400)));
    let mut tx = app.of(developer).read().await?;
    let earned = earnings::revenue(&mut tx, developer, since).await?;
    let subscribed: std::collections::HashMap<_, _> = earnings::subscriptions(&mut tx, developer, now, this).await?.into_iter().collect();
    let (unpaid, pending, paid) = earnings::balance(&mut tx, developer).await?;
    let (mut revenue, mut subscriptions, mut workflows) = (RevenueAnswer::default(), SubscriptionsAnswer::default(), Vec::new());
    for one in earned {
        let own = subscribed.get(&one.workflow).copied().unwrap_or_default();
        revenue.total += one.total;
        revenue.gross += one.gross;
        revenue.this_month += one.this_month;
        revenue.last_month += one.last_month;
        revenue.period += one.period;
        revenue.from_forks += one.from_forks;
        subscriptions.active += own.active;
        subscriptions.churned += own.churned;
        subscriptions.new_this_month += own.fresh;
        workflows.push(WorkflowEarnings {
            workflow_id: WorkflowId::from_stored(one.workflow),
            revenue: RevenueAnswer { total: one.total, gross: one.gross, this_month: one.this_month, last_month: one.last_month, period: one.period, from_forks: one.from_forks },
            subscriptions: SubscriptionsAnswer { active: own.active, churned: own.churned, new_this_month: own.fresh },
        });
    }
    let rules = app.config.earnings;
    let payouts = BalanceAnswer { pending: unpaid + pending, paid, next_payout_date: next_payout(now, rules.payout_day).to_string(), minimum: rules.payout_minimum };
    Ok(Json(EarningsAnswer { developer_id: developer.clone(), currency: CURRENCY, period, revenue, subscriptions, payouts, workflows }))
}

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PayoutsQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A payment to a developer.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutAnswer {
    /// Its id.
    id: PayoutId,
    /// How much, in cents.
    amount_cents: i64,
    /// What that is in.
    currency: String,
    /// `pending` or `paid`.
    status: String,
    /// What it is called at whoever paid it.
    reference: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it was paid.
    paid_at: Option<String>,
}

/// What this workspace was paid, newest first
#[utoipa::path(get, path = "/api/developer/payouts", tag = "developer", operation_id = "list_payouts", params(PayoutsQuery), responses((status = 200, description = "A page", body = Page<PayoutAnswer>)))]
async fn paid(State(app): State<App>, caller: May<need::BillingRead>, Query(query): Query<PayoutsQuery>) -> Result<Json<Page<PayoutAnswer>>, ApiError> {
    let (limit, before) = (page_limit(query.limit)?, page_cursor::<PayoutId>(query.cursor.as_deref())?);
    let found = earnings::payouts(&mut app.of(&caller.tenant).read().await?, &caller.tenant, before.as_ref(), limit + 1).await?;
    Ok(Json(Page::from_overfull(found, limit, |payout| payout.id.to_string()).map(|p| PayoutAnswer {
        id: p.id,
        amount_cents: p.amount_cents,
        currency: p.currency,
        status: p.status,
        reference: p.reference,
        created_at: p.created_at.to_string(),
        paid_at: p.paid_at.map(|at| at.to_string()),
    })))
}

/// Something that was sold up front.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaleRequest {
    /// What the payment is called at whoever took it. The same again changes nothing.
    reference: String,
    /// The workflow.
    #[serde(alias = "workflowId")]
    workflow_id: WorkflowId,
    /// Who bought it.
    buyer: TenantId,
    /// What was paid, in cents: $1 to $1,000.
    #[serde(alias = "amountCents")]
    amount_cents: i64,
    /// Of a subscription: until when it is paid (RFC 3339).
    until: Option<String>,
}

/// A sale as it was written down.
#[derive(Debug, Serialize, ToSchema)]
pub struct SaleAnswer {
    /// What the payment is called.
    reference: String,
    /// Whose workflow it was.
    developer_id: TenantId,
    /// What was paid, in cents.
    gross_cents: i64,
    /// The card fee.
    fee_cents: i64,
    /// What the developer gets. With the fee and the two below it is what was paid.
    net_cents: i64,
    /// Of a fork: what the developer of the original gets.
    original_cents: i64,
    /// Of a fork: what the platform gets.
    platform_cents: i64,
    /// Whether it was not known before.
    is_new: bool,
}

/// Write down a sale
///
/// For whoever takes payments for this server. Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`) instead of an API key.
#[utoipa::path(post, path = "/api/admin/sales", tag = "developer", operation_id = "record_sale", request_body = SaleRequest,
    responses((status = 200, description = "Written down", body = SaleAnswer), (status = 400, description = "A field is wrong", body = Problem), (status = 401, description = "Not the operator", body = Problem),
        (status = 404, description = "No such workflow", body = Problem)))]
async fn sell(State(app): State<App>, _: Operator, Json(body): Json<SaleRequest>) -> Result<Json<SaleAnswer>, ApiError> {
    let wrong = |field: &str, message: &str| ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message);
    if !SALE_CENTS.contains(&body.amount_cents) {
        return Err(wrong("amount_cents", "must be from 100 to 100000"));
    }
    if body.reference.trim().is_empty() || body.reference.len() > 200 || body.reference.chars().any(char::is_control) {
        return Err(wrong("reference", "must have 1 to 200 characters, none of them a control character"));
    }
    let until = body.until.as_deref().map(Timestamp::parse).transpose().map_err(|_| wrong("until", "must be an RFC 3339 instant"))?;
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let developer = earnings::author(&mut tx, &body.workflow_id).await?.ok_or_else(|| ApiError::not_found("workflow"))?;
    let shared = fork::sharing(&mut tx, &body.workflow_id, &developer).await?;
    let sale = Sale {
        reference: body.reference.trim(),
        developer: &developer,
        workflow: &body.workflow_id,
        organization: &body.buyer,
        is_subscription: until.is_some(),
        gross_cents: body.amount_cents,
        until,
        shared: shared.map(|(original, developer)| Shared { original, developer, split: app.config.earnings.fork_split }),
    };
    let (recorded, is_new) = earnings::record(&mut tx, &sale, now).await?;
    if is_new {
        let said = json!({ "reference": sale.reference, "workflow_id": body.workflow_id, "gross_cents": recorded.gross, "fee_cents": recorded.fee, "original_cents": recorded.original, "platform_cents": recorded.platform });
        audit::record(&mut tx, Some(&developer), &Actor::System, Entry::new(Action::SaleRecorded, "workflow", &body.workflow_id).meta(said), now).await?;
    }
    tx.commit().await?;
    Ok(Json(SaleAnswer {
        reference: sale.reference.to_owned(),
        developer_id: recorded.developer,
        gross_cents: recorded.gross,
        fee_cents: recorded.fee,
        net_cents: recorded.net,
        original_cents: recorded.original,
        platform_cents: recorded.platform,
        is_new,
    }))
}

/// How a payout was paid.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaidRequest {
    /// What the payment is called at whoever made it.
    reference: String,
}

/// A payout was paid by hand
///
/// Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`) instead of an API key. Again changes nothing.
#[utoipa::path(post, path = "/api/admin/payouts/{id}/paid", tag = "developer", operation_id = "settle_payout", request_body = PaidRequest, params(("id" = String, Path, description = "`pay_…`")),
    responses((status = 204, description = "It is paid"), (status = 401, description = "Not the operator", body = Problem), (status = 404, description = "No such payout", body = Problem)))]
async fn settle(State(app): State<App>, _: Operator, Path(id): Path<PayoutId>, Json(body): Json<PaidRequest>) -> Result<StatusCode, ApiError> {
    let reference: String = body.reference.trim().chars().take(200).collect();
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let payout = earnings::payout(&mut tx, &id).await?.ok_or_else(|| ApiError::not_found("payout"))?;
    if earnings::set_paid(&mut tx, &id, &reference, now).await? {
        let entry = Entry::new(Action::PayoutPaid, "payout", &id).meta(json!({ "amount_cents": payout.amount_cents, "reference": reference }));
        audit::record(&mut tx, Some(&payout.developer), &Actor::System, entry, now).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
