//! Deploying: source text in, immutable versions out.

use std::sync::Arc;

use millrace_bundle::{Bundle, SourceTree};
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{TenantId, VersionId, WorkflowId};
use serde_json::json;
use tokio::sync::Semaphore;

use super::finding::Finding;
use super::inspect::{self, DEFAULT_EXPORT, Export};
use super::model::{Version, VersionState, Workflow};
use super::{limits, naming, store};
use crate::access;
use crate::alerts;
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::marketplace::fork::{self, Fork};
use crate::marketplace::publish::{self, Acting, Wish};
use crate::marketplace::{self, Listing, ListingStatus, Sketch, Visibility};

/// What is asked of a deploy besides the source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// The file that exports the workflow.
    pub entry: Option<String>,
    /// Only make the version, even when the module states who finds it.
    pub draft: bool,
    /// Publish it, even when the module does not state who finds it.
    pub publish: bool,
    /// The workflow that the module must be: its id, or the id that it states.
    pub only: Option<String>,
    /// What is asked of publishing.
    pub wish: Wish,
    /// What it is a fork of: it must make new workflows then.
    pub fork: Option<Fork>,
}

/// What a deploy did with one definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployed {
    /// The workflow, as it stands now.
    pub workflow: Workflow,
    /// The version that holds the content.
    pub version: Version,
    /// Whether this deploy made the version, or the same content was there already.
    pub created: bool,
    /// What there is to say.
    pub warnings: Vec<Finding>,
    /// What the marketplace shows of it.
    pub listing: Listing,
}

/// What a deploy did: one entry per definition, the default export first.
pub type Deploy = Vec<Deployed>;

/// Bundles, inspects, checks and stores a source tree. The same content again changes nothing but the latest version.
///
/// # Errors
/// 400 with every finding; 409 as publishing; 413 `BUNDLE_TOO_LARGE`; 503 when the sandbox or the database is away. Nothing is
/// stored then.
pub async fn deploy(parts: &Parts, tenant: &TenantId, by: &Actor, tree: SourceTree, options: &Options) -> Result<Deploy, ApiError> {
    let (bundle, packed) = build(tree, options.entry.clone()).await?;
    let asked = Asked { parts, tenant, by, options, sketch: &packed.sketch };
    // A fork of what is there already is refused below, not taken for another deploy of it.
    if options.fork.is_none() && let Some(known) = again(asked, &bundle).await? {
        return Ok(known);
    }
    let (mut exports, mut warnings) = inspect::inspect(parts, tenant, &bundle).await?;
    for export in &mut exports {
        access::seal_codes(&parts.keyring, &mut export.metadata);
        export.definition.get_mut("metadata").into_iter().for_each(|older| access::seal_codes(&parts.keyring, older));
    }
    warnings.splice(0..0, bundle.warnings.iter().map(Finding::from));
    only(parts, tenant, options, &exports).await?;
    store_all(asked, &bundle, &packed, &exports, &warnings).await
}

/// Who deploys what, and what is asked of it.
#[derive(Clone, Copy)]
struct Asked<'a> {
    parts: &'a Parts,
    tenant: &'a TenantId,
    by: &'a Actor,
    options: &'a Options,
    sketch: &'a Sketch,
}

/// A version for one workflow must be of a module that states its id.
async fn only(parts: &Parts, tenant: &TenantId, options: &Options, exports: &[Export]) -> Result<(), ApiError> {
    let Some(name) = &options.only else { return Ok(()) };
    let workflow = super::service::find(&mut parts.of(tenant).read().await?, tenant, name).await?;
    if exports.iter().any(|export| export.slug == workflow.slug) {
        return Ok(());
    }
    Err(refused_id(&workflow.slug, exports.first().map_or("", |export| export.slug.as_str())))
}

fn refused_id(wanted: &str, stated: &str) -> ApiError {
    let message = format!("the module states the id `{stated}`; this is about `{wanted}`");
    ApiError::invalid("INVALID_WORKFLOW_ID", format!("metadata.id: {message}.")).with_field("metadata.id", "INVALID_WORKFLOW_ID", message)
}

/// Trees being bundled; the next deploy waits for a place.
static BUILDS: Semaphore = Semaphore::const_new(limits::BUILDS);

/// Bundling and packing are work for the processor: they must not hold up the tasks of others.
async fn build(tree: SourceTree, entry: Option<String>) -> Result<(Arc<Bundle>, Packed), ApiError> {
    let _place = BUILDS.acquire().await.map_err(ApiError::internal)?;
    let done = tokio::task::spawn_blocking(move || {
        let bundle = millrace_bundle::bundle(&tree, entry.as_deref())?;
        let bytes = bundle.to_bytes();
        let sketch = Sketch::of(&bundle);
        let packed = zstd::bulk::compress(&bytes, 3).map(|z| Packed { bytes: z, size: i64::try_from(bytes.len()).unwrap_or(i64::MAX), sketch });
        Ok((Arc::new(bundle), packed))
    });
    match done.await.map_err(ApiError::internal)? {
        Ok((bundle, packed)) => Ok((bundle, packed.map_err(ApiError::internal)?)),
        Err(error) => Err(not_bundled(&error)),
    }
}

/// A bundle as it is stored.
#[derive(Debug, Clone)]
struct Packed {
    bytes: Vec<u8>,
    size: i64,
    sketch: Sketch,
}

fn not_bundled(error: &millrace_bundle::BundleError) -> ApiError {
    let errors: Vec<Finding> = error.diagnostics.iter().filter(|d| d.is_error()).map(Finding::from).collect();
    let mut answer = inspect::refused(errors);
    if answer.code == "BUNDLE_TOO_LARGE" {
        answer.status = http::StatusCode::PAYLOAD_TOO_LARGE;
    }
    answer
}

/// The same content was deployed before: no need to look into it again.
async fn again(asked: Asked<'_>, bundle: &Bundle) -> Result<Option<Deploy>, ApiError> {
    let Asked { parts, tenant, by, options, .. } = asked;
    let known = store::versions_of_bundle(&mut parts.of(tenant).read().await?, tenant, &bundle.hash).await?;
    if known.is_empty() || known.iter().any(|version| version.functions.is_none()) {
        return Ok(None);
    }
    let now = parts.clock.now();
    let (mut done, mut moved) = (Vec::with_capacity(known.len()), Vec::new());
    let mut tx = marketplace::service::begin(parts, tenant, !options.draft && known.iter().any(|v| is_private(&v.metadata))).await?;
    for version in known {
        let Some(mut workflow) = store::workflow(&mut tx, tenant, &version.workflow).await? else { continue };
        if options.only.as_ref().is_some_and(|only| *only != workflow.slug && *only != workflow.id.as_str()) {
            return Err(refused_id(options.only.as_deref().unwrap_or_default(), &workflow.slug));
        }
        if workflow.latest != version.id {
            point_at(&mut workflow, &version, now);
            store::set_latest(&mut tx, tenant, &workflow).await?;
            moved.push(entry(&workflow, &version, false));
        }
        let (listing, mut found) = publish::drafted(&mut tx, tenant, &workflow.slug, &version, now).await?;
        let mut one = Deployed { workflow, created: false, warnings: version.warnings.clone(), version, listing };
        settle(&mut tx, asked, &mut one, now).await?;
        found.retain(|f| !one.warnings.contains(f));
        one.warnings.extend(found);
        done.push(one);
    }
    for entry in moved {
        audit::record(&mut tx, Some(tenant), by, entry, now).await?;
    }
    tx.commit().await?;
    done.sort_by_key(|d| d.version.export != DEFAULT_EXPORT);
    Ok(Some(done))
}

/// Whether a module says that only some may find it.
fn is_private(metadata: &serde_json::Value) -> bool {
    metadata.get("visibility").and_then(serde_json::Value::as_str) == Some(Visibility::Private.as_str())
}

/// Makes what a module states of alerts so. Publishes what was deployed, when that is asked for or the module states who finds it, and it is not published yet.
async fn settle(tx: &mut Tx, asked: Asked<'_>, one: &mut Deployed, now: Timestamp) -> Result<(), ApiError> {
    let Asked { parts, tenant, by, options, sketch } = asked;
    let found = alerts::declare(parts, tx, tenant, &one.workflow.id, &one.version.metadata, now).await?;
    one.warnings.extend(found);
    let wanted = options.publish || one.version.metadata.get("visibility").is_some_and(serde_json::Value::is_string);
    // Content that was current once is not published anew by deploying it again: restoring it is.
    let open = one.listing.status == ListingStatus::Draft || matches!(one.version.state, VersionState::Draft | VersionState::Approved);
    if options.draft || !wanted || !open {
        return Ok(());
    }
    let acting = Acting { parts, tenant, by, now };
    let done = publish::publish(tx, acting, &one.workflow.slug, one.version.clone(), sketch, &options.wish).await?;
    (one.version, one.listing) = (done.version, done.listing);
    let new: Vec<Finding> = done.warnings.into_iter().filter(|f| !one.warnings.contains(f)).collect();
    one.warnings.extend(new);
    Ok(())
}

/// What the audit log says of one definition that was deployed.
fn entry(workflow: &Workflow, version: &Version, created: bool) -> Entry {
    let said = json!({ "slug": workflow.slug, "version_id": version.id, "version": version.version, "number": version.number, "hash": version.bundle_hash, "created": created });
    Entry::new(Action::WorkflowDeployed, "workflow", &workflow.id).meta(said)
}

/// A workflow shows the name and sentence of its latest version.
fn point_at(workflow: &mut Workflow, version: &Version, now: Timestamp) {
    let (name, description) = naming::shown(&version.definition, &version.metadata, version.export == DEFAULT_EXPORT);
    workflow.latest = version.id.clone();
    workflow.name = name;
    workflow.description = description;
    workflow.updated_at = now;
}

/// Why nothing was stored.
enum Halt {
    /// The database says so; a unique violation is worth another look.
    Db(DbError),
    /// Publishing says so.
    Refused(ApiError),
}

impl From<DbError> for Halt {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<ApiError> for Halt {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

/// Two deploys at once meet at the unique keys; the second one looks again.
async fn store_all(asked: Asked<'_>, bundle: &Bundle, packed: &Packed, exports: &[Export], warnings: &[Finding]) -> Result<Deploy, ApiError> {
    for attempt in 1.. {
        match store_once(asked, bundle, packed, exports, warnings).await {
            Err(Halt::Db(error)) if error.is_unique_violation() && attempt < limits::DEPLOY_ATTEMPTS => {}
            Err(Halt::Db(error)) => return Err(error.into()),
            Err(Halt::Refused(error)) => return Err(error),
            Ok(done) => return Ok(done),
        }
    }
    Err(ApiError::unavailable("The workflow is being deployed by others. Nothing was changed; try again."))
}

async fn store_once(asked: Asked<'_>, bundle: &Bundle, packed: &Packed, exports: &[Export], warnings: &[Finding]) -> Result<Deploy, Halt> {
    let Asked { parts, tenant, by, options, .. } = asked;
    let now = parts.clock.now();
    let mut tx = marketplace::service::begin(parts, tenant, !options.draft && exports.iter().any(|e| is_private(&e.metadata))).await?;
    store::insert_bundle(&mut tx, tenant, &bundle.hash, packed.bytes.clone(), packed.size, now).await?;
    let mut done = Vec::with_capacity(exports.len());
    for export in exports {
        if options.fork.is_some() && store::workflow_by_slug(&mut tx, tenant, &export.slug).await?.is_some() {
            return Err(fork::taken(&export.slug).into());
        }
        done.push(store_export(&mut tx, tenant, by, bundle, export, warnings, now).await?);
    }
    for deployed in &done {
        let entry = match &options.fork {
            None => entry(&deployed.workflow, &deployed.version, deployed.created),
            Some(fork) => {
                fork.record(&mut tx, deployed, now).await?;
                fork.entry(&deployed.workflow, &deployed.version)
            }
        };
        audit::record(&mut tx, Some(tenant), by, entry, now).await?;
    }
    for deployed in &mut done {
        settle(&mut tx, asked, deployed, now).await?;
    }
    tx.commit().await?;
    Ok(done)
}

async fn store_export(tx: &mut Tx, tenant: &TenantId, by: &Actor, bundle: &Bundle, export: &Export, warnings: &[Finding], now: Timestamp) -> Result<Deployed, DbError> {
    let known = store::workflow_by_slug(tx, tenant, &export.slug).await?;
    let id = known.as_ref().map_or_else(WorkflowId::generate, |w| w.id.clone());
    let mut warnings = warnings.to_vec();
    if let Some(version) = store::version_of_bundle(tx, tenant, &id, &bundle.hash).await? {
        // Another deploy of the same content was first, or one from before functions were noted.
        store::set_functions(tx, tenant, &bundle.hash, &export.functions).await?;
        let mut workflow = known.ok_or(DbError::Driver(sqlx::Error::RowNotFound))?;
        point(&mut workflow, export, &version, now);
        store::set_latest(tx, tenant, &workflow).await?;
        let version = Version { functions: Some(export.functions.clone()), ..version };
        let (listing, found) = publish::drafted(tx, tenant, &workflow.slug, &version, now).await?;
        let warnings = version.warnings.iter().cloned().chain(found).collect();
        return Ok(Deployed { workflow, warnings, version, created: false, listing });
    }
    if known.is_some() && store::version_by_text(tx, tenant, &id, &export.read.version).await?.is_some() {
        let message = format!("version {} was deployed before with other content: the content is new, the number is not", export.read.version);
        warnings.push(Finding::new("version", "VERSION_UNCHANGED", message).suggest("raise `version` so that people can tell the two apart"));
    }
    let version = Version {
        id: VersionId::generate(),
        workflow: id.clone(),
        number: store::last_number(tx, tenant, &id).await? + 1,
        version: export.read.version.clone(),
        export: export.name.clone(),
        bundle_hash: bundle.hash.clone(),
        definition: export.definition.clone(),
        metadata: export.metadata.clone(),
        hosts: bundle.hosts.clone(),
        warnings: warnings.clone(),
        state: VersionState::Draft,
        notes: None,
        is_breaking: false,
        breaking_description: None,
        functions: Some(export.functions.clone()),
        restored_from: None,
        created_by: Some(by.as_str().to_owned()),
        published_by: None,
        published_at: None,
        deprecated_at: None,
        deprecation_reason: None,
        created_at: now,
    };
    let workflow = match known {
        Some(mut workflow) => {
            point(&mut workflow, export, &version, now);
            store::set_latest(tx, tenant, &workflow).await?;
            workflow
        }
        None => {
            let workflow = fresh(id, export, &version, now);
            store::insert_workflow(tx, tenant, &workflow).await?;
            workflow
        }
    };
    store::insert_version(tx, tenant, &version).await?;
    let (listing, found) = publish::drafted(tx, tenant, &workflow.slug, &version, now).await?;
    warnings.extend(found);
    Ok(Deployed { workflow, version, created: true, warnings, listing })
}

fn fresh(id: WorkflowId, export: &Export, version: &Version, now: Timestamp) -> Workflow {
    Workflow {
        id,
        slug: export.slug.clone(),
        name: export.read.name.clone(),
        description: export.read.description.clone(),
        latest: version.id.clone(),
        created_at: now,
        updated_at: now,
    }
}

fn point(workflow: &mut Workflow, export: &Export, version: &Version, now: Timestamp) {
    workflow.latest = version.id.clone();
    workflow.name = export.read.name.clone();
    workflow.description = export.read.description.clone();
    workflow.updated_at = now;
}
