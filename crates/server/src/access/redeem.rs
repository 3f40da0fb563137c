//! Redeeming an access code: one transaction, so that a code with ten places serves ten people however many come at once.

use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::{GrantId, RedemptionId};

use super::model::{Decision, Grant, Via};
use super::stated::entry;
use super::{code, facts, rule, store};
use crate::app::App;
use crate::audit::{self, Action};
use crate::http::{ApiError, ClientAddress};
use crate::identity::{Actor, User};
use crate::marketplace::{self, Listing};
use crate::rate_limits::Rule;

/// What a redemption came to.
#[derive(Debug)]
pub(super) struct Redeemed {
    pub listing: Listing,
    pub via: Via,
    pub grant: Option<GrantId>,
    pub redemption: Option<RedemptionId>,
    /// This person had redeemed it before.
    pub again: bool,
}

fn gone(code: &str, detail: &str) -> ApiError {
    ApiError::new(StatusCode::GONE, code, detail).with_hint("Ask the developer for another code.")
}

/// One text for a wrong code and for a code of another workflow.
fn invalid_code() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "INVALID_CODE", "This code does not open this workflow.")
}

/// 409: every place of a grant is taken.
pub(super) fn exhausted() -> ApiError {
    ApiError::conflict("CODE_EXHAUSTED", "All places of this grant are taken.").with_hint("Ask the developer to raise its limit.")
}

/// Redeems a code of the workflow `name`; without a name, of the one workflow that has this code.
///
/// # Errors
/// 404 for the workflow, `INVALID_CODE`; 410 `CODE_EXPIRED`, `CODE_REVOKED`; 409 `CODE_EXHAUSTED`; 429 after ten wrong ones.
pub(super) async fn redeem(app: &App, user: &User, address: ClientAddress, name: Option<&str>, text: &str) -> Result<Redeemed, ApiError> {
    app.limits.look(Rule::AccessCode, user.id())?;
    app.limits.look(Rule::AccessCodeAddress, address.group())?;
    let done = attempt(app, user, name, text).await;
    if done.as_ref().is_err_and(|error| error.code == "INVALID_CODE") {
        app.limits.check(Rule::AccessCode, user.id())?;
        app.limits.check(Rule::AccessCodeAddress, address.group())?;
    }
    done
}

async fn attempt(app: &App, user: &User, name: Option<&str>, text: &str) -> Result<Redeemed, ApiError> {
    let hash = code::hash(&app.keyring, text);
    let mut tx = app.platform().begin().await?;
    let listing = match name {
        Some(name) => marketplace::service::find(&mut tx, name).await?.ok_or_else(|| ApiError::not_found("workflow"))?,
        None => of_code(&mut tx, &hash).await?,
    };
    let asker = facts::asker(&mut tx, Some(user.id()), None).await?;
    let subject = facts::subject(&listing);
    // A draft, or one that was taken down, is not there for strangers; its developer needs no code, nor does anybody for what all see.
    let without = rule::decide(Some(&subject), &asker, &[], false, app.clock.now());
    if without.denied().is_some_and(|denied| denied.reason == super::Reason::NotFound) {
        return Err(ApiError::not_found("workflow"));
    }
    if let Decision::Allowed(via @ (Via::Owner | Via::Public | Via::Unlisted), _) = without {
        return Ok(Redeemed { listing, via, grant: None, redemption: None, again: false });
    }
    let grant = store::by_code(&mut tx, &listing.id, &hash).await?.ok_or_else(invalid_code)?;
    if let Some(redemption) = store::redemption(&mut tx, &grant.id, user.id()).await? {
        if grant.revoked_at.is_some() {
            return Err(gone("CODE_REVOKED", "This code was taken back."));
        }
        return Ok(Redeemed { listing, via: Via::AccessCode, grant: Some(grant.id), redemption: Some(redemption), again: true });
    }
    take(app, tx, user, listing, grant).await
}

/// The one workflow that has this code. A code that several developers chose opens none of them without saying which.
async fn of_code(tx: &mut Tx, hash: &str) -> Result<Listing, ApiError> {
    let found = store::workflows_of_code(tx, hash).await?;
    let [one] = found.as_slice() else { return Err(invalid_code()) };
    marketplace::service::find(tx, one.as_str()).await?.ok_or_else(invalid_code)
}

async fn take(app: &App, mut tx: Tx, user: &User, listing: Listing, grant: Grant) -> Result<Redeemed, ApiError> {
    let now = app.clock.now();
    if !store::take_place(&mut tx, &grant.id, now).await? {
        // The last place may have been taken by the same person, from another window.
        return match store::redemption(&mut tx, &grant.id, user.id()).await? {
            Some(redemption) => Ok(Redeemed { listing, via: Via::AccessCode, grant: Some(grant.id), redemption: Some(redemption), again: true }),
            None => Err(refusal(&mut tx, &grant, now).await?),
        };
    }
    let redemption = RedemptionId::generate();
    if !store::redeem(&mut tx, &redemption, &grant.id, user.id().as_str(), None, now).await? {
        // The same person at the same time, from another window: that one took the place, this one gives its own back.
        tx.rollback().await?;
        let mut tx = app.platform().read().await?;
        let redemption = store::redemption(&mut tx, &grant.id, user.id()).await?;
        return Ok(Redeemed { listing, via: Via::AccessCode, grant: Some(grant.id), redemption, again: true });
    }
    let by: Actor = user.actor();
    audit::record(&mut tx, Some(&listing.developer), &by, entry(Action::GrantRedeemed, &grant), now).await?;
    tx.commit().await?;
    Ok(Redeemed { listing, via: Via::AccessCode, grant: Some(grant.id), redemption: Some(redemption), again: false })
}

/// Why there is no place: the row as it is now, under whose lock others were.
async fn refusal(tx: &mut Tx, seen: &Grant, now: Timestamp) -> Result<ApiError, ApiError> {
    let grant = store::get(tx, &seen.workflow, &seen.id).await?.ok_or_else(invalid_code)?;
    Ok(match &grant {
        grant if grant.revoked_at.is_some() => gone("CODE_REVOKED", "This code was taken back."),
        grant if grant.expires_at.is_some_and(|end| end <= now) => gone("CODE_EXPIRED", "This code has expired."),
        _ => exhausted(),
    })
}
