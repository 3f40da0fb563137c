//! The SQL of listings.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Query, Row, Sql, Tx, sql};
use millrace_ids::{TenantId, WorkflowId};
use serde_json::Value;

use super::model::{Listing, Standing, Visibility};
use super::sketch::Sketch;
use super::stated;

const GET: &str = "SELECT * FROM marketplace_integrations WHERE id = $1";
const STANDINGS: &str = "SELECT m.id, m.status, m.visibility, m.installs, v.version FROM marketplace_integrations m \
    LEFT JOIN workflow_versions v ON v.tenant_id = m.developer_id AND v.id = m.current_version_id WHERE m.developer_id = $1 AND m.id BETWEEN $2 AND $3";
const BY_SLUG: &str = "SELECT * FROM marketplace_integrations WHERE slug = $1";
/// An embedded database has one writer at a time anyway.
const HOLD: Sql = Sql::pair("SELECT * FROM marketplace_integrations WHERE id = $1", "SELECT * FROM marketplace_integrations WHERE id = $1 FOR UPDATE");
const INSERT: &str = "INSERT INTO marketplace_integrations (id, developer_id, slug, name, tagline, description, category, icon, status, visibility, credential_mode, pricing_model, base_price, \
    complexity_tier, pricing_details, metadata, services, words, current_version_id, created_at, updated_at, published_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";
const UPDATE: &str = "UPDATE marketplace_integrations SET name = $4, tagline = $5, description = $6, category = $7, icon = $8, status = $9, visibility = $10, credential_mode = $11, \
    pricing_model = $12, base_price = $13, complexity_tier = $14, pricing_details = $15, metadata = $16, services = $17, words = $18, current_version_id = $19, updated_at = $21, published_at = $22 \
    WHERE id = $1 AND developer_id = $2 AND slug = $3 AND created_at <= $20";
const GRANDFATHER: &str = "UPDATE installations SET grandfathered = $3 WHERE workflow_id = $1 AND tenant_id <> $2";

const SET_SKETCH: &str = "INSERT INTO marketplace_code (integration_id, developer_id, sketch) VALUES ($1, $2, $3) ON CONFLICT (integration_id) DO UPDATE SET sketch = $3";
const SKETCH: &str = "SELECT sketch FROM marketplace_code WHERE integration_id = $1";
const SKETCHES: &str = "SELECT c.integration_id, c.sketch FROM marketplace_code c JOIN marketplace_integrations m ON m.id = c.integration_id \
    WHERE c.developer_id <> $1 AND m.status = 'published' AND m.visibility = 'public' AND m.deleted_at IS NULL AND c.integration_id > $2 \
    AND c.integration_id <> $4 AND NOT EXISTS (SELECT 1 FROM workflow_lineage l WHERE l.workflow_id = c.integration_id AND l.original_id = $4) ORDER BY c.integration_id LIMIT $3";

/// What is listed, with a number to sort by. `$1`: the caller's own workspace, whose listings are all in it. `$2`, `$3`: category and
/// service. `$4` to `$7`: words. `$8`, `$9`: the number and id after which the page begins. `$11`, `$12`: the whole text and its
/// beginning, for how well a listing fits. `$13`: nothing but the caller's own.
macro_rules! listed {
    ($score:literal) => {
        concat!(
            "SELECT * FROM (SELECT m.*, CAST(",
            $score,
            " AS BIGINT) AS score FROM marketplace_integrations m WHERE m.deleted_at IS NULL AND ((m.status = 'published' AND m.visibility = 'public' AND NOT $13) OR m.developer_id = $1) \
             AND ($2 = '' OR m.category = $2) AND m.services LIKE $3 ESCAPE '\\' \
             AND m.words LIKE $4 ESCAPE '\\' AND m.words LIKE $5 ESCAPE '\\' AND m.words LIKE $6 ESCAPE '\\' AND m.words LIKE $7 ESCAPE '\\' AND ($11 = $11 AND $12 = $12)) listed \
             WHERE score < $8 OR (score = $8 AND id < $9) ORDER BY score DESC, id DESC LIMIT $10"
        )
    };
}
const BY_RELEVANCE: &str =
    listed!("CASE WHEN m.slug = $11 THEN 3000000000 WHEN lower(m.name) LIKE $12 ESCAPE '\\' THEN 2000000000 ELSE 0 END + CASE WHEN m.featured THEN 1000000000 ELSE 0 END + m.installs");
const BY_INSTALLS: &str = listed!("m.installs");
const BY_AGE: &str = listed!("coalesce(m.published_at, m.created_at)");
const BY_RATING: &str = listed!("CASE WHEN m.featured THEN 1000000000 ELSE 0 END + m.installs");

/// In which order listings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// How well the words fit, then as `rating`.
    #[default]
    Relevance,
    /// Organisations that have it.
    Popular,
    /// When it was published.
    Recent,
    /// What the operator recommends, then as `popular`: nobody rates yet.
    Rating,
}

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Words that all must be in it.
    pub text: String,
    /// Its category.
    pub category: String,
    /// A service it uses.
    pub integration: String,
    /// In which order.
    pub sort: Sort,
    /// Whose own listings are among them, in any state.
    pub own: Option<TenantId>,
    /// Whether nothing else is.
    pub only_own: bool,
    /// Where the page before ended.
    pub after: Option<(i64, WorkflowId)>,
    /// Items at most.
    pub limit: u32,
}

/// A listing, and the number by which it stands where it does.
#[derive(Debug, Clone)]
pub struct Found {
    /// The listing.
    pub listing: Listing,
    /// For the cursor.
    pub score: i64,
}

/// A workspace's first installation of another one's workflow, and its last one's end. Two at the same instant may count twice: it is a
/// figure to sort by.
const ARRIVED: &str = "UPDATE marketplace_integrations SET installs = installs + 1 WHERE id = $2 \
    AND (SELECT count(*) FROM installations i WHERE i.tenant_id = $1 AND i.workflow_id = $2 AND i.uninstalled_at IS NULL) = 1";
const LEFT: &str = "UPDATE marketplace_integrations SET installs = installs - 1 WHERE id = $2 AND installs > 0 \
    AND (SELECT count(*) FROM installations i WHERE i.tenant_id = $1 AND i.workflow_id = $2 AND i.uninstalled_at IS NULL) = 0";

pub(super) async fn arrived(tx: &mut Tx, tenant: &TenantId, id: &WorkflowId) -> Result<(), DbError> {
    tx.execute(sql(ARRIVED).bind(tenant.as_str()).bind(id.as_str())).await.map(drop)
}

pub(super) async fn left(tx: &mut Tx, tenant: &TenantId, id: &WorkflowId) -> Result<(), DbError> {
    tx.execute(sql(LEFT).bind(tenant.as_str()).bind(id.as_str())).await.map(drop)
}

pub(super) async fn get(tx: &mut Tx, id: &WorkflowId) -> Result<Option<Listing>, DbError> {
    tx.optional(sql(GET).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

pub(super) async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Listing>, DbError> {
    tx.optional(sql(BY_SLUG).bind(slug)).await?.as_ref().map(read).transpose()
}

/// Where a developer's listings stand, of workflows from one id to another.
pub(super) async fn standings(tx: &mut Tx, developer: &TenantId, from: &WorkflowId, to: &WorkflowId) -> Result<Vec<(WorkflowId, Standing)>, DbError> {
    let rows = tx.all(sql(STANDINGS).bind(developer.as_str()).bind(from.as_str()).bind(to.as_str())).await?;
    let standing = |row: &Row| -> Result<Standing, DbError> {
        Ok(Standing { status: row.parse("status")?, visibility: row.parse("visibility")?, version: row.get("version")?, installs: row.get("installs")? })
    };
    rows.iter().map(|row| Ok((row.get("id")?, standing(row)?))).collect()
}

/// A listing that nobody else changes until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, id: &WorkflowId) -> Result<Option<Listing>, DbError> {
    tx.optional(sql(HOLD).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

pub(super) async fn insert(tx: &mut Tx, listing: &Listing) -> Result<(), DbError> {
    tx.execute(columns(sql(INSERT), listing)).await.map(drop)
}

/// Writes what may change; the workflow, its developer and its word in addresses do not.
pub(super) async fn update(tx: &mut Tx, listing: &Listing) -> Result<(), DbError> {
    tx.execute(columns(sql(UPDATE), listing)).await.map(drop)
}

fn columns(q: Query, l: &Listing) -> Query {
    let q = q.bind(l.id.as_str()).bind(l.developer.as_str()).bind(&l.slug).bind(&l.name).bind(&l.tagline).bind(&l.description).bind(&l.category).bind(l.icon.as_deref());
    let q = q.bind(l.status.as_str()).bind(l.visibility.as_str()).bind(l.credential_mode.as_str()).bind(&l.pricing_model).bind(l.base_price).bind(l.complexity_tier.as_deref());
    let q = q.bind(l.pricing.to_string()).bind(l.metadata.to_string()).bind(Value::from(l.services.clone()).to_string()).bind(stated::words(l));
    q.bind(l.current_version.as_ref().map(millrace_ids::VersionId::as_str)).bind(l.created_at).bind(l.updated_at).bind(l.published_at)
}

/// Says of all installations of other workspaces whether they keep an access that they would not be given any more.
pub(super) async fn grandfather(tx: &mut Tx, listing: &Listing, keep: bool) -> Result<u64, DbError> {
    tx.execute(sql(GRANDFATHER).bind(listing.id.as_str()).bind(listing.developer.as_str()).bind(keep)).await
}

pub(super) async fn set_sketch(tx: &mut Tx, listing: &Listing, sketch: &Sketch) -> Result<(), DbError> {
    tx.execute(sql(SET_SKETCH).bind(listing.id.as_str()).bind(listing.developer.as_str()).bind(sketch.to_bytes())).await.map(drop)
}

/// What a listing's code is compared by; nothing before it was first published.
pub(super) async fn sketch(tx: &mut Tx, id: &WorkflowId) -> Result<Option<Sketch>, DbError> {
    tx.optional(sql(SKETCH).bind(id.as_str())).await?.map(|row| Ok(Sketch::from_bytes(&row.get::<Vec<u8>>("sketch")?))).transpose()
}

/// Sketches of what other developers have published for everybody, after this one; none of the original's line.
pub(super) async fn sketches(tx: &mut Tx, developer: &TenantId, original: &WorkflowId, after: &str, limit: u32) -> Result<Vec<(WorkflowId, Sketch)>, DbError> {
    let rows = tx.all(sql(SKETCHES).bind(developer.as_str()).bind(after).bind(limit).bind(original.as_str())).await?;
    rows.iter().map(|row| Ok((row.get("integration_id")?, Sketch::from_bytes(&row.get::<Vec<u8>>("sketch")?)))).collect()
}

/// A page of listings.
pub(super) async fn search(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Found>, DbError> {
    let statement = match wanted.sort {
        Sort::Relevance if !wanted.text.is_empty() => BY_RELEVANCE,
        Sort::Relevance | Sort::Rating => BY_RATING,
        Sort::Popular => BY_INSTALLS,
        Sort::Recent => BY_AGE,
    };
    let text = wanted.text.to_lowercase();
    let mut words = text.split_whitespace().map(|word| format!("%{}%", escaped(word)));
    let own = wanted.own.as_ref().map_or("", |t| t.as_str());
    let service = if wanted.integration.is_empty() { "%".to_owned() } else { format!("%\"{}\"%", escaped(&wanted.integration.to_lowercase())) };
    let mut q = sql(statement).bind(own).bind(wanted.category.to_lowercase()).bind(service);
    for _ in 0..super::limits::SEARCH_WORDS {
        q = q.bind(words.next().unwrap_or_else(|| "%".to_owned()));
    }
    let (score, id) = wanted.after.as_ref().map_or((i64::MAX, ""), |(score, id)| (*score, id.as_str()));
    let q = q.bind(score).bind(id).bind(wanted.limit).bind(&text).bind(format!("%{}%", escaped(&text))).bind(wanted.only_own);
    tx.all(q).await?.iter().map(|row| Ok(Found { listing: read(row)?, score: row.get("score")? })).collect()
}

/// A text as `LIKE` takes it literally.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A listing that is not stored yet: a draft without words of its own.
pub(super) fn blank(id: &WorkflowId, developer: &TenantId, slug: String, now: Timestamp) -> Listing {
    Listing {
        id: id.clone(),
        developer: developer.clone(),
        slug,
        name: String::new(),
        tagline: String::new(),
        description: String::new(),
        category: String::new(),
        icon: None,
        status: super::ListingStatus::Draft,
        visibility: Visibility::Public,
        credential_mode: super::CredentialMode::System,
        pricing_model: "free".to_owned(),
        base_price: 0,
        complexity_tier: None,
        pricing: Value::Null,
        metadata: Value::Null,
        services: Vec::new(),
        current_version: None,
        installs: 0,
        featured: false,
        created_at: now,
        updated_at: now,
        published_at: None,
        deleted_at: None,
    }
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
        pricing: row.json("pricing_details")?,
        metadata: row.json("metadata")?,
        services: row.json("services")?,
        current_version: row.get("current_version_id")?,
        installs: row.get("installs")?,
        featured: row.get("featured")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        published_at: row.time_opt("published_at")?,
        deleted_at: row.time_opt("deleted_at")?,
    })
}
