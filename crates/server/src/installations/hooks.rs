//! Lifecycle functions: `onEnable`, `onDisable`, `onDelete`, `metadata.onConfigChange` (spec workflow-sdk §12).
//!
//! Each call is a durable run of its own. What is to be called, and what follows its end, stands in a row that is written in the
//! transaction of whatever asks for it, and goes in the transaction of what follows. Those of one installation go one after another.

use std::fmt;
use std::str::FromStr;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_engine::{NewRun, Run, RunError, RunState};
use millrace_ids::{InstallationId, RunId, TenantId, VersionId};
use serde_json::json;
use tokio::sync::Notify;

use super::model::{Installation, Status};
use super::{change, hook_store as store, limits, uninstall};
use crate::app::{App, Parts};
use crate::http::ApiError;

/// How the label of a run begins that calls a lifecycle function; the function's path follows.
const LABEL: &str = "lifecycle ";

/// A lifecycle function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// Before an installation becomes active.
    Enable,
    /// After it stopped being active.
    Disable,
    /// Before it is erased.
    Delete,
    /// After its inputs were changed.
    ConfigChange,
}

impl Hook {
    /// Its path in the module.
    pub const fn function(self) -> &'static str {
        match self {
            Self::Enable => "onEnable",
            Self::Disable => "onDisable",
            Self::Delete => "onDelete",
            Self::ConfigChange => "metadata.onConfigChange",
        }
    }

    /// The one with this path.
    pub fn of(function: &str) -> Option<Self> {
        [Self::Enable, Self::Disable, Self::Delete, Self::ConfigChange].into_iter().find(|hook| hook.function() == function)
    }
}

/// What is done once a function has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// The installation becomes active; if it failed, it stays what it was.
    Activate,
    /// The installation is erased; if it failed, it is not.
    Erase,
    /// Nothing: a failure is in the log.
    Nothing,
}

impl Follows {
    /// The word in rows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Erase => "erase",
            Self::Nothing => "nothing",
        }
    }
}

impl FromStr for Follows {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Activate, Self::Erase, Self::Nothing].into_iter().find(|f| f.as_str() == text).ok_or_else(|| format!("`{text}` follows no lifecycle function"))
    }
}

/// A function that is to be called.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Its id, and the delivery of its run.
    pub id: RunId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which installation's.
    pub installation: InstallationId,
    /// Which function; none: only what follows is done.
    pub hook: Option<Hook>,
    /// The version whose function it is.
    pub version: VersionId,
    /// The configuration that it is given.
    pub revision: i64,
    /// What follows.
    pub follows: Follows,
    /// Whether that follows a failure, too.
    pub forced: bool,
    /// The run that is waited for, once it is started.
    pub run: Option<RunId>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// Rung when there may be something to do on this node.
#[derive(Debug, Default)]
pub struct Bell(Notify);

impl Bell {
    /// Has a look taken soon.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// The lifecycle function that a run calls instead of `execute`.
pub fn function_of(run: &Run) -> Option<&'static str> {
    run.trigger.strip_prefix(LABEL).and_then(Hook::of).map(Hook::function)
}

/// Notes a function of the installation as it stands in memory, in the caller's transaction. Ring [`Bell`] after its commit.
pub(super) async fn ask(tx: &mut Tx, tenant: &TenantId, installation: &Installation, hook: Option<Hook>, follows: Follows, forced: bool, now: Timestamp) -> Result<RunId, DbError> {
    let asked = Asked {
        id: RunId::generate(),
        tenant: tenant.clone(),
        installation: installation.id.clone(),
        hook,
        version: installation.version.clone(),
        revision: installation.revision,
        follows,
        forced,
        run: None,
        created_at: now,
    };
    store::ask(tx, &asked).await?;
    Ok(asked.id)
}

/// The run of a function.
fn new_run(asked: &Asked, hook: Hook) -> NewRun {
    let input = json!({
        "trigger": { "type": "manual", "data": {}, "timestamp": asked.created_at.millis() },
        "lifecycle": hook.function(),
        // A node of the version before knows nothing of this and would call `execute`. It begins with this fetch, which fails.
        "fetch": { "service": "lifecycle", "operation": hook.function(), "args": {} },
    });
    let label = format!("{LABEL}{}", hook.function());
    let mut run = NewRun::new(asked.tenant.clone(), "workflow", asked.installation.as_str(), asked.version.as_str(), label, input.to_string());
    run.subject_revision = Some(asked.revision);
    // The same delivery is the same run, however many nodes start it. Not by a common id: the engine takes that for one start
    // whose answer was lost, and performs it for each.
    run.delivery = Some((format!("{}:lifecycle", asked.installation), asked.id.to_string()));
    run
}

/// Does what is left to do for an installation, until it waits for a run.
///
/// # Errors
/// The database failed; what was not done is done at the next look.
pub(super) async fn work_off(app: &App, tenant: &TenantId, installation: &InstallationId) -> Result<(), ApiError> {
    for _ in 0..limits::HOOKS_AT_ONCE {
        let Some(first) = store::all(&mut app.of(tenant).read().await?, tenant, installation).await?.into_iter().next() else { return Ok(()) };
        let ended = match (first.hook, &first.run) {
            (None, _) => Ok(()),
            (Some(hook), None) => {
                start(app, &first, hook).await?;
                return Ok(());
            }
            (Some(_), Some(run)) => match outcome(app, &first, run).await? {
                Some(ended) => ended,
                None => return Ok(()),
            },
        };
        settle(app, &first, ended).await?;
    }
    Ok(())
}

async fn start(app: &App, asked: &Asked, hook: Hook) -> Result<(), ApiError> {
    let started = app.engine.start(new_run(asked, hook)).await?;
    let mut tx = app.of(&asked.tenant).begin().await?;
    store::started(&mut tx, &asked.tenant, &asked.id, &started.run_id).await?;
    tx.commit().await?;
    Ok(())
}

/// How a function's run ended; nothing while it goes on.
async fn outcome(app: &App, asked: &Asked, id: &RunId) -> Result<Option<Result<(), String>>, ApiError> {
    let run = millrace_engine::run::get(&mut app.of(&asked.tenant).read().await?, &asked.tenant, id).await?;
    let Some(run) = run else { return Ok(Some(Err("its run is gone".to_owned()))) };
    match run.state {
        RunState::Completed | RunState::Skipped => Ok(Some(Ok(()))),
        RunState::Cancelled => Ok(Some(Err(format!("its run was cancelled: {}", run.cancel_reason.as_deref().unwrap_or("no reason was given"))))),
        RunState::Failed => {
            let error = run.error.as_deref().and_then(|text| serde_json::from_str::<RunError>(text).ok());
            // It is tried again by itself: that run's end counts.
            if let Some(next) = error.as_ref().and_then(|error| error.retried_as.clone()) {
                let mut tx = app.of(&asked.tenant).begin().await?;
                store::started(&mut tx, &asked.tenant, &asked.id, &next).await?;
                tx.commit().await?;
                return Ok(None);
            }
            Ok(Some(Err(error.map_or_else(|| "it failed".to_owned(), |error| error.message))))
        }
        RunState::Queued | RunState::Running | RunState::Waiting => {
            if app.clock.now().since(asked.created_at) > limits::HOOK_LIFE {
                app.engine.cancel(&asked.tenant, id, "a lifecycle function may take an hour").await?;
            }
            Ok(None)
        }
    }
}

/// Does what follows. Whoever removes the row does it: there is one.
async fn settle(app: &App, asked: &Asked, ended: Result<(), String>) -> Result<(), ApiError> {
    let name = asked.hook.map_or("", Hook::function);
    if let Err(why) = &ended {
        tracing::warn!(tenant_id = %asked.tenant, installation = %asked.installation, function = name, run_id = ?asked.run, why, "a lifecycle function failed");
    }
    match (asked.follows, ended) {
        (Follows::Activate, Ok(())) => match change::enable(app, asked).await {
            Err(error) if !error.status.is_server_error() => refuse(app, asked, &error.detail).await,
            done => done,
        },
        (Follows::Erase, Ok(())) => uninstall::erase(app, asked).await,
        (Follows::Erase, Err(_)) if asked.forced => uninstall::erase(app, asked).await,
        (Follows::Activate | Follows::Erase, Err(why)) => refuse(app, asked, &format!("{name} failed: {why}")).await,
        (Follows::Nothing, _) => {
            let mut tx = app.of(&asked.tenant).begin().await?;
            store::remove(&mut tx, &asked.tenant, &asked.id).await?;
            Ok(tx.commit().await?)
        }
    }
}

async fn refuse(app: &App, asked: &Asked, why: &str) -> Result<(), ApiError> {
    let why: String = why.chars().take(limits::PROBLEM_CHARS).collect();
    let mut tx = app.of(&asked.tenant).begin().await?;
    // The installation first, as every change does: two that wait for each other would both fail.
    store::refused(&mut tx, &asked.tenant, &asked.installation, &why, app.clock.now()).await?;
    if store::remove(&mut tx, &asked.tenant, &asked.id).await? {
        tx.commit().await?;
        super::service::forget(app, &asked.tenant, &asked.installation, &[]);
    }
    Ok(())
}

/// Waits for the end of a function, but not for ever.
///
/// # Errors
/// The database failed.
pub(super) async fn wait(app: &App, tenant: &TenantId, installation: &InstallationId, id: &RunId) -> Result<(), ApiError> {
    let until = tokio::time::Instant::now() + limits::HOOK_WAIT;
    loop {
        work_off(app, tenant, installation).await?;
        if store::get(&mut app.of(tenant).read().await?, tenant, id).await?.is_none() || tokio::time::Instant::now() >= until {
            return Ok(());
        }
        tokio::time::sleep(limits::HOOK_LOOK).await;
    }
}

/// The function whose end makes an installation active.
pub(super) async fn activation(parts: &Parts, tenant: &TenantId, installation: &InstallationId) -> Result<Option<RunId>, ApiError> {
    let left = store::all(&mut parts.of(tenant).read().await?, tenant, installation).await?;
    Ok(left.into_iter().find(|asked| asked.follows == Follows::Activate).map(|asked| asked.id))
}

/// Works off whatever is left to do, whoever asked for it, until the server stops. What a node left behind that was killed is
/// found by the others, and by itself when it is back.
pub async fn keep_working(app: App) {
    loop {
        if let Err(error) = look(&app).await {
            tracing::debug!(%error, "lifecycle functions could not be looked at");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = app.hooks.0.notified() => {}
            () = tokio::time::sleep(limits::HOOK_SWEEP) => {}
        }
    }
}

async fn look(app: &App) -> Result<(), ApiError> {
    let pending = store::pending(app.platform(), limits::HOOKS_PENDING).await?;
    for (tenant, installation) in pending {
        if let Err(error) = work_off(app, &tenant, &installation).await {
            tracing::warn!(tenant_id = %tenant, %installation, %error, "a lifecycle function could not be seen to yet");
        }
    }
    Ok(())
}

/// What a change of an installation asks of its version: the one before is active, or the new one is about to be.
pub(super) fn asked_by(before: Status, after: Status, config_changed: bool, has: impl Fn(Hook) -> bool) -> Option<(Hook, Follows)> {
    let wanted = match (before, after) {
        (_, Status::Activating) if before != Status::Activating => (Hook::Enable, Follows::Activate),
        (Status::Active, Status::Active) if config_changed => (Hook::ConfigChange, Follows::Nothing),
        (Status::Active | Status::Activating, Status::Paused) => (Hook::Disable, Follows::Nothing),
        _ => return None,
    };
    Some(wanted).filter(|(hook, _)| has(*hook))
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_of_an_installations_life_ask_for_their_functions() {
        let all = |before, after, config| asked_by(before, after, config, |_| true).map(|(hook, _)| hook);
        assert_eq!(all(Status::Installed, Status::Activating, false), Some(Hook::Enable));
        assert_eq!(all(Status::Paused, Status::Activating, true), Some(Hook::Enable));
        assert_eq!(all(Status::Activating, Status::Activating, true), None, "it is asked already");
        assert_eq!(all(Status::Active, Status::Active, true), Some(Hook::ConfigChange));
        assert_eq!(all(Status::Active, Status::Active, false), None);
        assert_eq!(all(Status::Installed, Status::Installed, true), None, "nothing listens yet");
        assert_eq!(all(Status::Active, Status::Paused, false), Some(Hook::Disable));
        assert_eq!(all(Status::Paused, Status::Paused, false), None);
        assert_eq!(asked_by(Status::Active, Status::Paused, false, |_| false), None);
    }
}
