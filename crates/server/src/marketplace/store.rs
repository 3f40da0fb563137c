//! The SQL of listings.

use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::WorkflowId;

use super::model::Listing;

const GET: &str = "SELECT * FROM marketplace_integrations WHERE id = $1";
const BY_SLUG: &str = "SELECT * FROM marketplace_integrations WHERE slug = $1";

pub(super) async fn get(tx: &mut Tx, id: &WorkflowId) -> Result<Option<Listing>, DbError> {
    tx.optional(sql(GET).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

pub(super) async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Listing>, DbError> {
    tx.optional(sql(BY_SLUG).bind(slug)).await?.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Listing, DbError> {
    Ok(Listing {
        id: row.get("id")?,
        developer: row.get("developer_id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        tagline: row.get("tagline")?,
        description: row.get("description")?,
        category: row.get("category")?,
        icon: row.get("icon")?,
        status: row.parse("status")?,
        visibility: row.parse("visibility")?,
        credential_mode: row.parse("credential_mode")?,
        pricing_model: row.get("pricing_model")?,
        base_price: row.get("base_price")?,
        complexity_tier: row.get("complexity_tier")?,
        pricing: json(row, "pricing_details")?,
        metadata: json(row, "metadata")?,
        services: json(row, "services")?,
        current_version: row.get("current_version_id")?,
        installs: row.get("installs")?,
        featured: row.get("featured")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        published_at: row.time_opt("published_at")?,
        deleted_at: row.time_opt("deleted_at")?,
    })
}

fn json<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|e| DbError::Column { column: column.to_owned(), reason: e.to_string() })
}
