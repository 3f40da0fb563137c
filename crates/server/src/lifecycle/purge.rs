//! Deleting a workspace for good: everything of it goes but its id, its audit log without personal values, and what others own.

use millrace_db::{DbError, Tx, sql};
use millrace_engine::farewell;
use millrace_ids::TenantId;
use serde_json::json;

use super::limits::{PURGED_AT_ONCE, RETAINED};
use super::model::TenantStatus;
use super::{store, workspaces};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::sso;

/// What a workspace has, what refers to something before that. One transaction each: storage may hold a lot. A test
/// (`every_table_of_workspaces_is_purged_or_says_why_not`) fails when a table with a tenant is in none of the lists.
pub(super) const BEFOREHAND: &[&str] = &[
    "DELETE FROM storage WHERE tenant_id = $1",
    "DELETE FROM kv WHERE tenant_id = $1",
    "DELETE FROM approvals WHERE tenant_id = $1",
    "DELETE FROM mails WHERE tenant_id = $1",
];
pub(super) const TOGETHER: &[&str] = &[
    "DELETE FROM analytics_daily WHERE tenant_id = $1",
    "DELETE FROM usage_charges WHERE tenant_id = $1",
    "DELETE FROM free_runs WHERE tenant_id = $1",
    "DELETE FROM spend WHERE tenant_id = $1",
    "DELETE FROM volume_runs WHERE tenant_id = $1",
    "DELETE FROM spend_caps WHERE tenant_id = $1",
    // Its own, and those of others about what it wrote.
    "DELETE FROM alert_deliveries WHERE tenant_id = $1",
    "DELETE FROM alert_channels WHERE tenant_id = $1",
    "DELETE FROM alert_rules WHERE tenant_id = $1 OR workflow_id IN (SELECT id FROM workflows WHERE tenant_id = $1)",
    "DELETE FROM oauth_states WHERE tenant_id = $1",
    "DELETE FROM oauth_apps WHERE tenant_id = $1",
    "DELETE FROM workflow_bindings WHERE tenant_id = $1",
    "DELETE FROM automation_versions WHERE tenant_id = $1",
    "DELETE FROM automations WHERE tenant_id = $1",
    "DELETE FROM triggers WHERE tenant_id = $1",
    "DELETE FROM installation_connections WHERE tenant_id = $1",
    "DELETE FROM installation_revisions WHERE tenant_id = $1",
    "DELETE FROM installation_hooks WHERE tenant_id = $1",
    "DELETE FROM installation_steps WHERE tenant_id = $1",
    "DELETE FROM installers WHERE tenant_id = $1",
    "DELETE FROM config_history WHERE tenant_id = $1",
    "DELETE FROM installation_pins WHERE tenant_id = $1",
    "DELETE FROM installation_updates WHERE tenant_id = $1",
    "DELETE FROM workflow_rollouts WHERE developer_id = $1",
    "DELETE FROM installations WHERE tenant_id = $1",
    // Others cannot run what nobody has any more; nobody could install it since the workspace was closed.
    "DELETE FROM installations WHERE publisher_id = $1",
    "DELETE FROM workflow_access_redemptions WHERE user_id = $1 OR grant_id IN \
        (SELECT g.id FROM workflow_access_grants g JOIN marketplace_integrations m ON m.id = g.integration_id WHERE m.developer_id = $1 OR g.grant_value = $1)",
    "DELETE FROM workflow_access_grants WHERE grant_value = $1 OR integration_id IN (SELECT id FROM marketplace_integrations WHERE developer_id = $1)",
    // What others made of its workflows stays theirs, with its attribution.
    "DELETE FROM workflow_lineage WHERE workflow_id IN (SELECT id FROM workflows WHERE tenant_id = $1)",
    "DELETE FROM marketplace_integrations WHERE developer_id = $1",
    "DELETE FROM workflow_variables WHERE tenant_id = $1",
    "DELETE FROM workflow_versions WHERE tenant_id = $1",
    "DELETE FROM bundles WHERE tenant_id = $1",
    "DELETE FROM workflows WHERE tenant_id = $1",
    "DELETE FROM connections WHERE tenant_id = $1",
    "DELETE FROM api_keys WHERE tenant_id = $1",
    "DELETE FROM invitations WHERE tenant_id = $1",
    "DELETE FROM member_deactivations WHERE tenant_id = $1",
    "DELETE FROM memberships WHERE tenant_id = $1",
    "DELETE FROM identity_providers WHERE tenant_id = $1",
    "DELETE FROM tenant_auto_provision_domains WHERE tenant_id = $1",
    "DELETE FROM former_slugs WHERE tenant_id = $1",
    "DELETE FROM support_accesses WHERE tenant_id = $1",
    "DELETE FROM staff_tenants WHERE tenant_id = $1",
    "DELETE FROM security_events WHERE tenant_id = $1",
    "DELETE FROM audit_retentions WHERE tenant_id = $1",
    "DELETE FROM tenant_settings WHERE tenant_id = $1",
    "DELETE FROM tenant_limits WHERE tenant_id = $1",
    "DELETE FROM tenant_byte_limits WHERE tenant_id = $1",
    "DELETE FROM tenant_journal_bytes WHERE tenant_id = $1",
    "DELETE FROM marketplace_code WHERE developer_id = $1",
    // People stay; they are just not in it any more.
    "UPDATE sessions SET tenant_id = NULL WHERE tenant_id = $1",
    "UPDATE users SET last_active_tenant_id = NULL WHERE last_active_tenant_id = $1",
    // What a workspace wrote while the lists above were worked off.
    "DELETE FROM mails WHERE tenant_id = $1",
];

/// Deletes the workspaces whose time is over. A failure of one does not keep the others; it is tried again at the next look.
pub(crate) async fn purge_due(app: &App) -> Result<(), ApiError> {
    let due = store::due(&mut app.platform().read().await?, app.clock.now().minus(RETAINED), PURGED_AT_ONCE).await?;
    for id in due {
        if let Err(error) = purge(app, &id, &Actor::System).await {
            tracing::warn!(tenant_id = %id, %error, "a workspace past its time could not be deleted yet");
        }
    }
    Ok(())
}

/// Deletes a workspace that is deactivated and past its time. What breaks off in between is finished by the next one.
pub(super) async fn purge(app: &App, id: &TenantId, by: &Actor) -> Result<(), ApiError> {
    // Not while somebody opens it again: once it is seen to be past under its lock, nobody can any more.
    let mut tx = app.platform().begin().await?;
    if !is_past(&mut tx, app, id).await? {
        return Ok(());
    }
    tx.commit().await?;
    farewell::forget_tenant(app.platform(), &app.payloads, id).await?;
    for statement in BEFOREHAND {
        let mut tx = app.platform().begin().await?;
        tx.execute(sql(*statement).bind(id.as_str())).await?;
        tx.commit().await?;
    }
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    if !is_past(&mut tx, app, id).await? {
        // Another node was here meanwhile.
        return Ok(());
    }
    // While it can still be told which.
    sso::end_all_sessions(&mut tx, id, now).await?;
    for statement in TOGETHER {
        tx.execute(sql(*statement).bind(id.as_str())).await?;
    }
    store::bury(&mut tx, id, now).await?;
    let erased = audit::forget_tenant(&mut tx, id).await?;
    let entry = || Entry::new(Action::WorkspaceDeleted, "workspace", id).meta(json!({"audit_rows_erased": erased}));
    workspaces::recorded(&mut tx, app, id, by, entry).await?;
    tx.commit().await?;
    workspaces::in_force(app, id).await;
    tracing::info!(tenant_id = %id, "a workspace was deleted for good");
    Ok(())
}

/// Whether a workspace is deactivated and its time is over. Nobody changes that while the transaction lasts.
async fn is_past(tx: &mut Tx, app: &App, id: &TenantId) -> Result<bool, DbError> {
    let found = store::lock_workspace(tx, id).await?.filter(|found| found.status == TenantStatus::Deactivated);
    Ok(found.and_then(|found| found.deleted_on()).is_some_and(|on| on <= app.clock.now()))
}
