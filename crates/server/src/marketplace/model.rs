//! What is shown of a workflow.

use millrace_clock::Timestamp;
use millrace_ids::{TenantId, VersionId, WorkflowId};
use serde_json::Value;

use crate::words::words;

words! {
    /// Who finds a workflow, and who may install it (spec marketplace §1).
    Visibility {
        /// Everybody finds it and may install it.
        Public = "public",
        /// Nobody finds it; whoever has the address may install it.
        Unlisted = "unlisted",
        /// Only those who have access know that it exists.
        Private = "private",
    }
    /// Whose OAuth app connects the accounts of an installation (spec marketplace §2).
    CredentialMode {
        /// The platform's.
        System = "system",
        /// The developer's or the installing workspace's own; never the platform's.
        Developer = "developer",
        /// Whoever installs chooses.
        Hybrid = "hybrid",
    }
    /// Where a listing stands.
    ListingStatus {
        /// Only its own workspace knows it.
        Draft = "draft",
        /// Its visibility says who finds it.
        Published = "published",
        /// What is installed goes on; whoever installs it is warned.
        Deprecated = "deprecated",
    }
}

/// Where a workflow stands in the marketplace, in short.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub struct Standing {
    /// Where it stands.
    pub status: ListingStatus,
    /// Who finds it.
    pub visibility: Visibility,
    /// The version that new installations get; none before one was published.
    pub version: Option<String>,
    /// Organisations that have it now.
    pub installs: i64,
}

/// A row of `marketplace_integrations`.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The workflow.
    pub id: WorkflowId,
    /// The workspace that deployed it.
    pub developer: TenantId,
    /// The word in addresses.
    pub slug: String,
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
    /// Where it stands.
    pub status: ListingStatus,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whose OAuth app connects accounts.
    pub credential_mode: CredentialMode,
    /// `free`, `freemium`, `subscription`, `usage`, `one-time`, `paid`.
    pub pricing_model: String,
    /// Cents.
    pub base_price: i64,
    /// `light` or `heavy`, where the developer chose.
    pub complexity_tier: Option<String>,
    /// The module's `pricing`.
    pub pricing: Value,
    /// The data part of the module's metadata.
    pub metadata: Value,
    /// Services it uses.
    pub services: Vec<String>,
    /// The version that the marketplace shows and new installations get.
    pub current_version: Option<VersionId>,
    /// Organisations that have it now.
    pub installs: i64,
    /// Whether the operator recommends it.
    pub featured: bool,
    /// When it was first deployed.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was first published.
    pub published_at: Option<Timestamp>,
    /// When it was taken down for good.
    pub deleted_at: Option<Timestamp>,
}
