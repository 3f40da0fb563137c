//! Which workflow and which installation runs are of, by name: a list shows them without asking once more for each row.

use std::collections::{BTreeSet, HashMap};

use millrace_db::{Sql, sql};
use millrace_engine::Run;
use millrace_ids::{TenantId, WorkflowId};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::model::RunSummary;
use crate::app::App;
use crate::http::ApiError;
use crate::workflows::service as workflows;

/// Versions that the workspace's own runs are pinned to; another workspace may have written them.
const VERSIONS: Sql = Sql::pair(
    "SELECT id, workflow_id, version, export, definition, metadata FROM workflow_versions WHERE id IN (SELECT value FROM json_each($1))",
    "SELECT id, workflow_id, version, export, definition, metadata FROM workflow_versions WHERE id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))",
);
const INSTALLATIONS: Sql = Sql::pair(
    "SELECT id, name FROM installations WHERE tenant_id = $2 AND id IN (SELECT value FROM json_each($1))",
    "SELECT id, name FROM installations WHERE tenant_id = $2 AND id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))",
);

/// The workflow of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RunWorkflow {
    /// Its id.
    pub id: WorkflowId,
    /// Its name, as the version says that the run is pinned to.
    pub name: String,
    /// That version, as its author calls it.
    pub version: String,
}

/// What a list shows of these runs of a workspace.
pub(super) async fn summaries(app: &App, tenant: &TenantId, runs: &[Run]) -> Result<Vec<RunSummary>, ApiError> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let programs: BTreeSet<&str> = runs.iter().map(|run| run.program.as_str()).collect();
    let subjects: BTreeSet<&str> = runs.iter().map(|run| run.subject.as_str()).collect();
    let mut of_versions = HashMap::new();
    for row in app.platform().read().await?.all(sql(VERSIONS).bind(json!(programs).to_string())).await? {
        let name = workflows::name_of(&row.get::<String>("definition")?, &row.get::<String>("metadata")?, &row.get::<String>("export")?);
        of_versions.insert(row.get::<String>("id")?, RunWorkflow { id: row.get("workflow_id")?, name, version: row.get("version")? });
    }
    let mut names: HashMap<String, String> = HashMap::new();
    for row in app.of(tenant).read().await?.all(sql(INSTALLATIONS).bind(json!(subjects).to_string()).bind(tenant.as_str())).await? {
        names.insert(row.get("id")?, row.get("name")?);
    }
    let named = |run: &Run| RunSummary { workflow: of_versions.get(&run.program).cloned(), installation_name: names.get(&run.subject).cloned(), ..RunSummary::from(run) };
    Ok(runs.iter().map(named).collect())
}
