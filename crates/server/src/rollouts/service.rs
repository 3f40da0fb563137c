//! The use cases of rollouts; all that other slices may call.

use millrace_db::Tx;
use millrace_ids::{InstallationId, TenantId, VersionId, WorkflowId};
use serde_json::{Map, json};

use super::bucket::bucket;
use super::model::{Counted, Pin, Rollout, RolloutStatus, Update};
use super::moving::{self, Looked, Moved};
use super::plan::{self, Destination, Had, NoPlan};
use super::reach::{self, Progress};
use super::{asked, limits, store, sweep};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::installations::history::Left;
use crate::installations::switch::{self, Present, Switch, present};
use crate::marketplace::limits::CHANGELOG_VERSIONS;
use crate::workflows::breaking::Difference;
use crate::workflows::changelog::{self, VersionChange};
use crate::workflows::model::{Version, VersionState};
use crate::workflows::service as workflows;

pub use super::asked::{Over, over};
pub use super::control::start_in;

/// The version that a new installation of a workflow gets, by its bucket; nothing when none of its versions was ever rolled out, or the one
/// that was is not offered any more. The transaction is the publisher's.
///
/// # Errors
/// The database failed.
pub async fn version_for(tx: &mut Tx, workflow: &WorkflowId, installation: &InstallationId) -> Result<Option<VersionId>, ApiError> {
    let Some(rollout) = store::newest(tx, workflow).await? else { return Ok(None) };
    let given = workflows::version(tx, &rollout.developer, rollout.version_for(installation)).await?;
    Ok(given.filter(is_offered).map(|version| version.id))
}

/// A version that was deprecated goes on where it is installed, and nowhere else.
pub(super) fn is_offered(version: &Version) -> bool {
    version.state != VersionState::Deprecated
}

/// How far a rollout has come.
#[derive(Debug)]
pub(super) struct Standing {
    pub progress: Progress,
    /// Installations that it reaches and has not come to yet.
    pub waiting: i64,
    pub counted: Counted,
}

/// How far a rollout has come, over all workspaces: numbers only.
pub(super) async fn standing(parts: &Parts, rollout: &Rollout) -> Result<Standing, ApiError> {
    let counted = if rollout.status == RolloutStatus::Active { sweep::count(parts, rollout, parts.clock.now()).await? } else { rollout.counted };
    let mut tx = parts.platform().read().await?;
    let progress = reach::progress(&mut tx, rollout).await?;
    let (mut after, mut waiting) = (String::new(), 0);
    loop {
        let (found, back) = match rollout.status {
            RolloutStatus::Active => (reach::ahead(&mut tx, rollout, &after, limits::BATCH).await?, false),
            _ if rollout.back => (reach::back(&mut tx, rollout, &after, limits::BATCH).await?, true),
            _ => break,
        };
        let Some(last) = found.last() else { break };
        after = last.id.to_string();
        let place = |id: &InstallationId| bucket(&rollout.workflow, id, rollout.salt.as_deref());
        let here = found.iter().filter(|found| (place(&found.id) < rollout.percentage) != back).count();
        waiting += i64::try_from(here).unwrap_or(i64::MAX);
    }
    Ok(Standing { progress, waiting, counted })
}

/// A version in short.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub id: VersionId,
    pub version: String,
    pub number: i64,
}

impl From<&Version> for Named {
    fn from(v: &Version) -> Self {
        Self { id: v.id.clone(), version: v.version.clone(), number: v.number }
    }
}

/// What an installation's people are told about its version.
#[derive(Debug)]
pub(super) struct VersionInfo {
    pub current: Named,
    pub offered: Option<Named>,
    pub changelog: Vec<VersionChange>,
    pub breaking: Vec<Difference>,
    pub pin: Option<Pin>,
    pub update: Option<Update>,
}

/// An installation's place: who published its workflow, what is rolled out, and what it has.
struct Place {
    publisher: TenantId,
    present: Present,
    current: Version,
    rollout: Option<Rollout>,
    pin: Option<Pin>,
    update: Option<Update>,
}

async fn place(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Place, ApiError> {
    let present = present(parts, tenant, id).await?;
    let publisher = present.installation.publisher.clone();
    let mut tx = parts.of(tenant).read().await?;
    let rollout = store::newest(&mut tx, &present.installation.workflow).await?;
    let pin = reach::pin(&mut tx, tenant, id).await?;
    let update = reach::latest_update(&mut tx, tenant, id).await?;
    drop(tx);
    let current = version(parts, &publisher, &present.installation.workflow, &present.installation.version).await?;
    Ok(Place { publisher, present, current, rollout, pin, update })
}

async fn version(parts: &Parts, publisher: &TenantId, workflow: &WorkflowId, id: &VersionId) -> Result<Version, ApiError> {
    let mut tx = parts.of(publisher).read().await?;
    let workflow = workflows::find(&mut tx, publisher, workflow.as_str()).await?;
    workflows::find_version(&mut tx, publisher, &workflow, Some(id.as_str())).await
}

impl Place {
    /// The rollout whose version the installation may have and has not.
    fn offer(&self) -> Option<&Rollout> {
        self.rollout.as_ref().filter(|r| r.to_number > self.current.number && r.reaches(&self.present.installation.id))
    }
}

/// What there is to say about an installation's version: which it has, which it is offered, what came in between.
pub(super) async fn version_info(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<VersionInfo, ApiError> {
    let place = place(parts, tenant, id).await?;
    let mut info = VersionInfo { current: Named::from(&place.current), offered: None, changelog: Vec::new(), breaking: Vec::new(), pin: place.pin.clone(), update: place.update.clone() };
    let Some(rollout) = place.offer() else { return Ok(info) };
    let offered = version(parts, &place.publisher, &rollout.workflow, &rollout.to).await?;
    if !is_offered(&offered) {
        return Ok(info);
    }
    let released = workflows::versions(&mut parts.of(&place.publisher).read().await?, &place.publisher, &rollout.workflow, CHANGELOG_VERSIONS).await?;
    info.changelog = changelog::between(changelog::told(&offered, &released), Some(&place.current.version), Some(&offered.version));
    let to = Destination::read(parts, &place.publisher, &rollout.workflow, &rollout.to, rollout.to_number).await?;
    let old = workflows::program(parts, &place.publisher, &place.current.id).await?;
    info.breaking = plan::unsolved(&to, &old);
    info.offered = Some(Named::from(&offered));
    Ok(info)
}

/// Gives an installation the version that it is offered, now: after a failed migration, and after somebody looked at what breaks. A pinned
/// one is not pinned any more.
pub(super) async fn update(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId, looked: &Looked) -> Result<(), ApiError> {
    let place = place(parts, tenant, id).await?;
    let none = || ApiError::conflict("NO_UPDATE_OFFERED", "There is no newer version for this installation at the moment.");
    let rollout = place.offer().ok_or_else(none)?;
    if !is_offered(&version(parts, &place.publisher, &rollout.workflow, &rollout.to).await?) {
        return Err(none());
    }
    let to = Destination::read(parts, &place.publisher, &rollout.workflow, &rollout.to, rollout.to_number).await?;
    match moving::advance(parts, by, rollout, &to, tenant, id, Some(looked)).await? {
        Moved::Yes => {
            if place.pin.is_some() {
                unpin(parts, tenant, by, &place.present).await?;
            }
            Ok(())
        }
        Moved::Nothing => Err(none()),
        Moved::No(why @ NoPlan::Review(..)) => Err(ApiError::from(why).with_hint("Give the inputs that the new version needs in `config`.")),
        Moved::No(why) => Err(why.into()),
    }
}

/// Pins an installation to a version, which it has from then on, whatever is rolled out.
pub(super) async fn pin(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId, wanted: &str, reason: &str) -> Result<(), ApiError> {
    let place = place(parts, tenant, id).await?;
    let installation = &place.present.installation;
    let found = {
        let mut tx = parts.of(&place.publisher).read().await?;
        let workflow = workflows::find(&mut tx, &place.publisher, installation.workflow.as_str()).await?;
        workflows::find_version(&mut tx, &place.publisher, &workflow, Some(wanted)).await?
    };
    asked::may_have(parts, tenant, &place.present, &found).await?;
    let now = parts.clock.now();
    let row = reach::set_pin(tenant, id, &found.id, reason, by.as_str(), now);
    let entry = Entry::new(Action::InstallationPinned, "installation", id).meta(json!({ "version_id": found.id, "from_version_id": installation.version })).own("reason", reason);
    if found.id == installation.version {
        let mut tx = parts.of(tenant).begin().await?;
        tx.execute(row).await?;
        audit::record(&mut tx, Some(tenant), by, entry, now).await?;
        return Ok(tx.commit().await?);
    }
    let to = Destination::read(parts, &place.publisher, &found.workflow, &found.id, found.number).await?;
    let old = workflows::program(parts, &place.publisher, &place.current.id).await?;
    let none = Map::new();
    let plan = plan::plan(parts, tenant, by, &Had::from(&place.present), &old, &to, Some(&none)).await?;
    let left = Left { reason: "pin", rollout: None, actor: by.as_str() };
    let switched = switch::switch(parts, tenant, by, place.present, Switch { version: &to.version, config: plan.config, connections: &none, left, also: vec![row], entry }).await?;
    if switched { Ok(()) } else { Err(ApiError::conflict("INSTALLATION_CHANGED", "Others changed this installation at the same time. Look at it again and repeat your change.")) }
}

/// Ends a pin: rollouts reach the installation again.
pub(super) async fn end_pin(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId) -> Result<(), ApiError> {
    let present = present(parts, tenant, id).await?;
    unpin(parts, tenant, by, &present).await
}

async fn unpin(parts: &Parts, tenant: &TenantId, by: &Actor, present: &Present) -> Result<(), ApiError> {
    let now = parts.clock.now();
    let id = &present.installation.id;
    let mut tx = parts.of(tenant).begin().await?;
    if reach::unpin(&mut tx, tenant, id).await? {
        store::stir(&mut tx, &present.installation.workflow).await?;
        parts.rollouts.tell(&mut tx).await?;
        audit::record(&mut tx, Some(tenant), by, Entry::new(Action::InstallationUnpinned, "installation", id), now).await?;
    }
    Ok(tx.commit().await?)
}
