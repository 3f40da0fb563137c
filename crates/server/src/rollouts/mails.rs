//! Mails to developers: that a rollout was halted, or that a migration fails.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};

use super::model::Rollout;
use crate::app::Parts;
use crate::mail::Template;
use crate::memberships;
use crate::workflows::service as workflows;

/// The name of a rollout's workflow, for people.
async fn name(tx: &mut Tx, rollout: &Rollout) -> String {
    workflows::find(tx, &rollout.developer, rollout.workflow.as_str()).await.map_or_else(|_| "a workflow".to_owned(), |found| found.name)
}

fn page(parts: &Parts, rollout: &Rollout) -> String {
    format!("{}/app/developer/workflows/{}?tab=rollout", parts.config.public_url(), rollout.workflow)
}

/// A mail to the developer's people: it was halted.
pub(super) async fn halted(tx: &mut Tx, parts: &Parts, rollout: &Rollout, now: Timestamp) -> Result<(), DbError> {
    let reason = rollout.reason.clone().unwrap_or_default();
    let workflow = name(tx, rollout).await;
    let mail = Template::RolloutHalted { workflow, version: rollout.to_version.clone(), reason, rolled_back: rollout.back, at: now, rollout_url: page(parts, rollout) };
    queue(tx, parts, rollout, &mail, &format!("{}:{now}", rollout.id), now).await
}

/// A mail to the developer's people, once for each rollout: a migration fails. What it fails on is the installation's own.
pub(super) async fn migration_failed(tx: &mut Tx, parts: &Parts, rollout: &Rollout, code: &str, now: Timestamp) -> Result<(), DbError> {
    let workflow = name(tx, rollout).await;
    let mail = Template::MigrationFailed { workflow, version: rollout.to_version.clone(), code: code.to_owned(), at: now, rollout_url: page(parts, rollout) };
    queue(tx, parts, rollout, &mail, rollout.id.as_str(), now).await
}

async fn queue(tx: &mut Tx, parts: &Parts, rollout: &Rollout, mail: &Template, key: &str, now: Timestamp) -> Result<(), DbError> {
    for to in memberships::managers(tx, &rollout.developer).await? {
        parts.mail.queue(tx, Some(&rollout.developer), &to, mail, key, now).await?;
    }
    Ok(())
}
