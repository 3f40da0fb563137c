//! What a workspace pays: `GET /api/workflows/{id}/usage`, and where it wants to stop: `/api/v1/workspace/spend-cap`.

use axum::extract::State;
use millrace_ids::{InstallationId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits::{CREDIT, CURRENCY, MOST_CAP};
use super::memory::Cap;
use super::price::cents;
use super::store;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, Json, Path, Problem};
use crate::identity::{May, need};
use crate::analytics;
use crate::marketplace::discount::{self, Step};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(usage)).routes(routes!(show_cap, set_cap, drop_cap))
}

/// What runs of a workflow cost a workspace this month.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageAnswer {
    /// The workflow.
    workflow_id: WorkflowId,
    /// The month, UTC: `2026-01`.
    month: String,
    /// What amounts are in.
    currency: &'static str,
    /// What this workflow cost, in cents.
    amount_cents: i64,
    /// The same in 1/10 000 of the major unit.
    amount_units: i64,
    /// Free runs that the workspace has left from its beginning, for all workflows.
    credit_left: i64,
    /// How far the workspace has come in the workflow's discounts by volume; null: it has none.
    volume: Option<VolumeUsage>,
    /// Each installation.
    installations: Vec<InstallationUsage>,
}

/// How far a workspace has come in a workflow's discounts by volume.
#[derive(Debug, Serialize, ToSchema)]
pub struct VolumeUsage {
    /// Paid runs of this month, of all its installations.
    paid_runs: i64,
    /// Percent off the price of the next one.
    next_percent: i64,
    /// The table.
    steps: Vec<DiscountStep>,
}

/// From this paid run of a month on, a run costs so much less.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiscountStep {
    /// The first run that has it.
    from: i64,
    /// Percent off the price.
    percent: i64,
}

impl VolumeUsage {
    fn of(steps: &[Step], paid_runs: i64) -> Self {
        Self { paid_runs, next_percent: discount::percent(steps, paid_runs + 1), steps: steps.iter().map(|step| DiscountStep { from: step.from, percent: step.percent }).collect() }
    }
}

/// What runs of an installation cost this month.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstallationUsage {
    /// The installation.
    installation_id: InstallationId,
    /// Its name.
    name: String,
    /// What a run costs when nothing makes it free, in 1/10 000 of the major unit; null: runs cost nothing.
    price_units: Option<i64>,
    /// Free runs that it has left for good.
    free_left: i64,
    /// Until when all runs are free.
    trial_until: Option<String>,
    /// Runs of this month by what became of them: `charged`, `free`, `included`, `credit`, `trial`, `waived`.
    runs: Vec<KindUsage>,
}

/// Runs of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct KindUsage {
    /// `charged`, `free` (of the installation), `included` (each month), `credit` (of the workspace), `trial` or `waived`.
    kind: String,
    /// How many.
    runs: i64,
    /// What they cost, in 1/10 000 of the major unit.
    units: i64,
    /// What was off by volume, in 1/10 000 of the major unit.
    discount_units: i64,
}

/// What runs of a workflow cost this workspace
///
/// Of the present month, by installation. Runs of a workspace's own workflows cost nothing.
#[utoipa::path(get, path = "/api/workflows/{id}/usage", tag = "billing", operation_id = "show_usage", params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, description = "What it cost", body = UsageAnswer), (status = 404, description = "Neither written nor installed by this workspace", body = Problem)))]
async fn usage(State(app): State<App>, caller: May<need::BillingRead>, Path(id): Path<String>) -> Result<Json<UsageAnswer>, ApiError> {
    let seen = analytics::find(&app, &caller, &id).await?;
    let (tenant, now) = (&caller.tenant, app.clock.now());
    let month = store::month(now);
    let mut tx = app.of(tenant).read().await?;
    let mut charged = store::charged(&mut tx, tenant, month, &seen.workflow).await?;
    let credit = store::used(&mut tx, tenant, "", 0).await?;
    let (mut installations, mut units, mut volume) = (Vec::new(), 0, None);
    for one in store::installed(&mut tx, tenant, &seen.workflow).await? {
        let used = store::used(&mut tx, tenant, &one.id, 0).await?;
        let runs: Vec<KindUsage> = charged.remove(&one.id).unwrap_or_default().into_iter().map(|c| KindUsage { kind: c.kind, runs: c.runs, units: c.units, discount_units: c.list_units - c.units }).collect();
        units += runs.iter().map(|kind| kind.units).sum::<i64>();
        if let Some(price) = one.price.as_ref().filter(|p| volume.is_none() && !p.discounts.is_empty()) {
            volume = Some(VolumeUsage::of(&price.discounts, store::volume(&mut tx, tenant, &seen.workflow, month).await?));
        }
        let trial = one.price.as_ref().filter(|p| !p.trial.is_zero()).map(|p| one.created_at.plus(p.trial).to_string());
        installations.push(InstallationUsage {
            installation_id: InstallationId::from_stored(one.id),
            name: one.name,
            price_units: one.price.as_ref().filter(|p| !p.waived).map(|p| p.units),
            free_left: one.price.as_ref().map_or(0, |p| (p.free_runs - used).max(0)),
            trial_until: trial,
            runs,
        });
    }
    // Of installations that are gone.
    units += charged.values().flatten().map(|c| c.units).sum::<i64>();
    Ok(Json(UsageAnswer {
        workflow_id: seen.workflow,
        month: format!("{:04}-{:02}", month / 100, month % 100),
        currency: CURRENCY,
        amount_cents: cents(units),
        amount_units: units,
        credit_left: (CREDIT - credit).max(0),
        volume,
        installations,
    }))
}

/// Where a workspace wants to stop in a month.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpendCapAnswer {
    /// In cents; null: nowhere.
    cap_cents: Option<i64>,
    /// `stop`: runs of priced workflows do not begin any more. `warn`: they do, and `is_reached` says so.
    action: &'static str,
    /// What amounts are in.
    currency: &'static str,
    /// What was spent this month, in cents.
    spent_cents: i64,
    /// Whether that is as much.
    is_reached: bool,
}

/// Where to stop.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetSpendCap {
    /// In cents a month.
    #[serde(alias = "capCents")]
    cap_cents: i64,
    /// `stop` unless told, or `warn`.
    action: Option<String>,
}

async fn shown(app: &App, caller: &May<impl crate::identity::Need>) -> Result<Json<SpendCapAnswer>, ApiError> {
    let mut tx = app.of(&caller.tenant).read().await?;
    let cap = store::cap(&mut tx, &caller.tenant).await?;
    let spent = store::spent(&mut tx, &caller.tenant, store::month(app.clock.now())).await?;
    Ok(Json(SpendCapAnswer {
        cap_cents: cap.map(|c| c.cents),
        action: if cap.is_none_or(|c| c.stops) { "stop" } else { "warn" },
        currency: CURRENCY,
        spent_cents: cents(spent),
        is_reached: cap.is_some_and(|c| spent >= c.cents.saturating_mul(super::limits::UNITS_PER_CENT)),
    }))
}

/// Where this workspace wants to stop spending
#[utoipa::path(get, path = "/api/v1/workspace/spend-cap", tag = "billing", operation_id = "show_spend_cap", responses((status = 200, description = "Cap and what was spent", body = SpendCapAnswer)))]
async fn show_cap(State(app): State<App>, caller: May<need::BillingRead>) -> Result<Json<SpendCapAnswer>, ApiError> {
    shown(&app, &caller).await
}

/// Decide where this workspace wants to stop spending
///
/// In force on every node within five seconds; what ends meanwhile is charged.
#[utoipa::path(put, path = "/api/v1/workspace/spend-cap", tag = "billing", operation_id = "set_spend_cap", request_body = SetSpendCap,
    responses((status = 200, description = "As it is now", body = SpendCapAnswer), (status = 400, description = "Out of range", body = Problem)))]
async fn set_cap(State(app): State<App>, caller: May<need::BillingManage>, Json(body): Json<SetSpendCap>) -> Result<Json<SpendCapAnswer>, ApiError> {
    let wrong = |field: &str, message: &str| ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message);
    if !(0..=MOST_CAP).contains(&body.cap_cents) {
        return Err(wrong("cap_cents", "must be from 0 to 100000000"));
    }
    let stops = match body.action.as_deref() {
        None | Some("stop") => true,
        Some("warn") => false,
        Some(_) => return Err(wrong("action", "must be `stop` or `warn`")),
    };
    decide(&app, &caller, Some(Cap { cents: body.cap_cents, stops })).await?;
    shown(&app, &caller).await
}

/// Stop nowhere
#[utoipa::path(delete, path = "/api/v1/workspace/spend-cap", tag = "billing", operation_id = "remove_spend_cap", responses((status = 204, description = "There is no cap")))]
async fn drop_cap(State(app): State<App>, caller: May<need::BillingManage>) -> Result<http::StatusCode, ApiError> {
    decide(&app, &caller, None).await?;
    Ok(http::StatusCode::NO_CONTENT)
}

async fn decide(app: &App, caller: &May<need::BillingManage>, cap: Option<Cap>) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    store::set_cap(&mut tx, &caller.tenant, cap, now).await?;
    let said = json!({ "cap_cents": cap.map(|c| c.cents), "action": cap.map(|c| if c.stops { "stop" } else { "warn" }) });
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, Entry::new(Action::SpendCapChanged, "workspace", &caller.tenant).meta(said), now).await?;
    tx.commit().await?;
    app.metering.forget();
    Ok(())
}
