//! Listings and grants for tests.
#![allow(clippy::unwrap_used)]

use millrace_db::sql;
use serde_json::{Value, json};

use crate::installations::fixture::{Answer, Bench};

/// Brings a workflow's listing to this state, whatever a deploy made of it.
pub(crate) async fn list(bench: &Bench, workflow: &str, status: &str, visibility: &str) {
    let now = bench.app.clock.now();
    let mut tx = bench.app.platform().begin().await.unwrap();
    let made = "INSERT INTO marketplace_integrations (id, developer_id, slug, name, tagline, description, category, status, visibility, pricing_model, base_price, pricing_details, metadata, services, words, \
        current_version_id, created_at, updated_at) SELECT id, tenant_id, id, name, '', description, '', $2, $3, 'free', 0, '{}', '{}', '[]', '', latest_version_id, $4, $4 FROM workflows WHERE id = $1 \
        ON CONFLICT (id) DO UPDATE SET status = $2, visibility = $3, current_version_id = excluded.current_version_id";
    tx.execute(sql(made).bind(workflow).bind(status).bind(visibility).bind(now)).await.unwrap();
    tx.commit().await.unwrap();
}

/// Deploys a manual workflow and shows it so; answers its id.
pub(crate) async fn shared(bench: &Bench, id: &str, visibility: &str) -> String {
    let deployed = bench.deploy_definition(id, "trigger: manual()").await;
    let workflow = deployed["workflow_id"].as_str().unwrap().to_owned();
    list(bench, &workflow, "published", visibility).await;
    workflow
}

/// Makes a grant.
pub(crate) async fn grant(bench: &Bench, workflow: &str, request: Value) -> Answer {
    bench.call("POST", &format!("/api/developer/workflows/{workflow}/grants"), request).await
}

/// Makes an access code and answers it with its grant's id.
pub(crate) async fn code(bench: &Bench, workflow: &str, places: Option<i64>) -> (String, String) {
    let made = grant(bench, workflow, json!({"type": "access_code", "max_installs": places})).await.of(201);
    (made["code"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
}
