//! Runs that somebody asks for.

use millrace_engine::{NewRun, Started};
use millrace_ids::{InstallationId, TenantId};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::model::Status;
use super::snapshot;
use crate::app::App;
use crate::http::ApiError;
use crate::triggers::model::TriggerKind;

/// A run that somebody asks for.
#[derive(Debug, Default)]
pub struct ManualRun {
    /// `trigger.data`; an empty object without it.
    pub data: Option<Value>,
    /// `trigger.type`, to try out a trigger; `manual` without it. The run itself is a manual one whatever it is told.
    pub kind: Option<TriggerKind>,
    /// `trigger.event`, to try out an event.
    pub event: Option<String>,
    /// `trigger.service`, to try out an event.
    pub service: Option<String>,
    /// Who asks: a person's or an API key's id.
    pub by: Option<String>,
    /// The same key within 24 hours is the same run.
    pub idempotency_key: Option<String>,
}

/// Starts a run because somebody asked.
///
/// # Errors
/// 409 `INSTALLATION_NOT_ACTIVE`; 404; 503.
pub async fn start_manual(app: &App, tenant: &TenantId, id: &InstallationId, asked: ManualRun) -> Result<Started, ApiError> {
    let installation = snapshot::get(app, tenant, id).await?;
    if let Some(denied) = installation.denied {
        return Err(denied.error());
    }
    if installation.status != Status::Active {
        let detail = format!("This installation is {}; only an active one starts runs.", installation.status);
        return Err(ApiError::conflict("INSTALLATION_NOT_ACTIVE", detail).with_hint(format!("POST /api/installations/{id}/activate")));
    }
    let data = match asked.data {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(data) => data,
    };
    let delivery = asked.idempotency_key.as_deref().map(delivery_id);
    let mut trigger = json!({"type": asked.kind.unwrap_or(TriggerKind::Manual), "data": data, "timestamp": app.clock.now().millis()});
    for (name, value) in [("id", &delivery), ("event", &asked.event), ("service", &asked.service)] {
        if let Some(value) = value {
            trigger[name] = value.as_str().into();
        }
    }
    let input = json!({ "trigger": trigger }).to_string();
    let mut run = NewRun::new(tenant.clone(), "workflow", id.as_str(), installation.version_id.as_str(), "manual", input);
    // Keys of different installations never meet: the scope names the installation.
    run.delivery = delivery.map(|delivery| (format!("{id}:manual"), delivery));
    run.traceparent = crate::observe::trace::current().map(|context| context.to_string());
    run.subject_revision = Some(installation.revision);
    run.started_by = asked.by;
    app.quotas.admit_run(&run.tenant).await?;
    Ok(app.engine.start(run).await?)
}

/// A caller's key as it is kept: long ones by their hash.
fn delivery_id(key: &str) -> String {
    if key.len() <= crate::triggers::limits::DELIVERY_ID && !key.chars().any(char::is_control) {
        return format!("key:{key}");
    }
    format!("key-hash:{}", hex::encode(Sha256::digest(key.as_bytes())))
}
