//! What answers show of listings and their versions.

use millrace_ids::{TenantId, VersionId, WorkflowId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::model::{CredentialMode, Listing, ListingStatus, Visibility};
use super::service::Detail;
use super::lineage_http::LineageAnswer;
use super::{fork, stated};
use crate::access::{GrantKind, StatedGrant, install_url};
use crate::app::Parts;
use crate::identity::Visitor;
use crate::workflows::changelog::{self, VersionChange};
use crate::workflows::finding::Finding;
use crate::workflows::model::{Capabilities, Version, VersionState};
use crate::workflows::service as workflows;

/// What a workflow costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricingAnswer {
    /// `free`, `freemium`, `subscription`, `usage`, `one-time`, `paid`.
    pub model: String,
    /// Once or per month, in cents.
    pub amount_cents: i64,
    /// `USD`.
    pub currency: &'static str,
    /// What the module states, in full.
    pub details: Value,
}

/// A workflow as the marketplace shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListingAnswer {
    /// The workflow's id.
    pub id: WorkflowId,
    /// The word in its address.
    pub slug: String,
    /// The workspace that publishes it.
    pub developer_id: TenantId,
    /// Its name.
    pub name: String,
    /// Half a sentence.
    pub tagline: String,
    /// A sentence or more.
    pub description: String,
    /// One word; empty for none.
    pub category: String,
    /// An address or an emoji.
    pub icon: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// `draft`: only its own workspace sees it. `published`. `deprecated`: it goes on where it is installed.
    pub status: ListingStatus,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whose OAuth app connects accounts.
    pub credential_mode: CredentialMode,
    /// What it costs.
    pub pricing: PricingAnswer,
    /// `light` or `heavy`, where its developer says.
    pub complexity_tier: Option<String>,
    /// Services it uses.
    pub services: Vec<String>,
    /// What new installations get.
    pub current_version_id: Option<VersionId>,
    /// Organisations that have it now.
    pub installs: i64,
    /// Whether the operator recommends it.
    pub featured: bool,
    /// Whether it is the caller's own workspace's.
    pub mine: bool,
    /// When it was first published.
    pub published_at: Option<String>,
    /// When the listing last changed.
    pub updated_at: String,
}

/// A listing with everything that is known before it is installed.
#[derive(Debug, Serialize, ToSchema)]
pub struct DetailAnswer {
    /// The listing.
    #[serde(flatten)]
    pub listing: ListingAnswer,
    /// The version that new installations get.
    pub version: Option<ListedVersion>,
    /// What it asks for.
    pub capabilities: Option<Capabilities>,
    /// The services for which whoever installs brings an app of their own: `{enabled, providers, instructions}`, as stated.
    pub byoo: Option<Value>,
    /// What its developer says besides: screenshots, pages, what it needs, what it is superseded by.
    pub details: Value,
    /// The licence of its source, as its developer states it.
    pub license: Option<String>,
    /// Whether others may fork it.
    pub forkable: bool,
    /// Where it comes from.
    pub lineage: LineageAnswer,
    /// What changed, newest first.
    pub changelog: Vec<VersionChange>,
    /// Where it is installed.
    pub install_url: String,
}

/// A version as anybody may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedVersion {
    /// Its id.
    pub id: VersionId,
    /// The author's semantic version.
    pub version: String,
    /// Counts deploys from 1.
    pub number: i64,
    /// What its author says of it.
    pub notes: Option<String>,
    /// Whether it broke what was published before.
    pub is_breaking: bool,
    /// When it was published.
    pub published_at: Option<String>,
}

/// A version as its own workspace sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnVersionAnswer {
    /// The version.
    #[serde(flatten)]
    pub listed: ListedVersion,
    /// Where it stands.
    pub state: VersionState,
    /// Whether it is what new installations get.
    pub is_current: bool,
    /// What it breaks.
    pub breaking_description: Option<String>,
    /// Content hash of its bundle.
    pub hash: String,
    /// The number of the version whose content it repeats.
    pub restored_from: Option<i64>,
    /// Who deployed it.
    pub created_by: Option<String>,
    /// Who published it.
    pub published_by: Option<String>,
    /// When it was deployed.
    pub created_at: String,
    /// When it was deprecated.
    pub deprecated_at: Option<String>,
    /// Why it was deprecated or rejected.
    pub reason: Option<String>,
}

/// What publishing did.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublishedAnswer {
    /// The listing.
    pub listing: ListingAnswer,
    /// The version: `published`, or `pending` while the operator reviews it.
    pub version: OwnVersionAnswer,
    /// What there is to say.
    pub warnings: Vec<Finding>,
    /// Where it is installed.
    pub install_url: String,
}

/// Members of the metadata that are for whoever looks at a listing.
const SHOWN: [&str; 19] = [
    "screenshots", "videoUrl", "author", "industry", "experimental", "new", "requiresCustomInfrastructure", "infrastructureRequired", "workaroundReason", "canonicalAlternative", "upgradeTarget",
    "upgradeCondition", "setupUrl", "dashboardUrl", "analytics", "analyticsUrl", "audit", "alerts", "internal",
];

impl ListingAnswer {
    /// As this visitor sees it.
    pub fn of(listing: &Listing, visitor: &Visitor) -> Self {
        Self::seen(listing, visitor.tenant.as_ref() == Some(&listing.developer))
    }

    /// As its own workspace, or another, sees it.
    pub fn seen(l: &Listing, mine: bool) -> Self {
        let tags = l.metadata.get("tags").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        Self {
            id: l.id.clone(),
            slug: l.slug.clone(),
            developer_id: l.developer.clone(),
            name: l.name.clone(),
            tagline: l.tagline.clone(),
            description: l.description.clone(),
            category: l.category.clone(),
            icon: l.icon.clone(),
            tags,
            status: l.status,
            visibility: l.visibility,
            credential_mode: l.credential_mode,
            pricing: PricingAnswer { model: l.pricing_model.clone(), amount_cents: l.base_price, currency: "USD", details: l.pricing.clone() },
            complexity_tier: l.complexity_tier.clone(),
            services: l.services.clone(),
            current_version_id: l.current_version.clone(),
            installs: l.installs,
            featured: l.featured,
            mine,
            published_at: l.published_at.map(|at| at.to_string()),
            updated_at: l.updated_at.to_string(),
        }
    }
}

impl DetailAnswer {
    /// As this visitor sees it.
    pub fn of(parts: &Parts, detail: &Detail, visitor: &Visitor) -> Self {
        let Detail { listing, version, versions, line } = detail;
        let member = |key: &&str| Some(((*key).to_owned(), listing.metadata.get(*key)?.clone()));
        Self {
            byoo: listing.metadata.get("byoo").filter(|b| b.is_object()).cloned(),
            details: Value::Object(SHOWN.iter().filter_map(member).collect::<Map<_, _>>()),
            license: fork::license(&listing.metadata).map(str::to_owned),
            forkable: fork::is_forkable(&listing.metadata),
            lineage: LineageAnswer::of(line),
            changelog: version.as_ref().map(|v| changelog::told(v, versions)).unwrap_or_default(),
            capabilities: version.as_ref().map(|v| workflows::capabilities(parts, v)),
            version: version.as_ref().map(ListedVersion::from),
            install_url: install_url(parts, listing),
            listing: ListingAnswer::of(listing, visitor),
        }
    }
}

impl From<&Version> for ListedVersion {
    fn from(v: &Version) -> Self {
        Self {
            id: v.id.clone(),
            version: v.version.clone(),
            number: v.number,
            notes: v.notes.clone(),
            is_breaking: v.is_breaking,
            published_at: v.published_at.map(|at| at.to_string()),
        }
    }
}

impl OwnVersionAnswer {
    /// As its own workspace sees it; `current` is what new installations get.
    pub fn of(v: &Version, current: Option<&VersionId>) -> Self {
        Self {
            listed: ListedVersion::from(v),
            state: v.state,
            is_current: current == Some(&v.id),
            breaking_description: v.breaking_description.clone(),
            hash: v.bundle_hash.clone(),
            restored_from: v.restored_from,
            created_by: v.created_by.clone(),
            published_by: v.published_by.clone(),
            created_at: v.created_at.to_string(),
            deprecated_at: v.deprecated_at.map(|at| at.to_string()),
            reason: v.deprecation_reason.clone(),
        }
    }
}

/// Who may install a private workflow, as its module states it; of a code at most its end.
pub fn access_list(metadata: &Value) -> Vec<String> {
    let shown = |grant: StatedGrant| match grant.kind {
        GrantKind::AccessCode => format!("{} …{}", grant.kind, grant.value.trim_start_matches('•')),
        _ => format!("{} {}", grant.kind, grant.value),
    };
    stated::grants(metadata).0.into_iter().map(shown).collect()
}
