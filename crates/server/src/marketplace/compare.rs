//! Whether what is published for everybody is somebody else's work already (spec marketplace §12).

use millrace_db::Tx;
use millrace_ids::{TenantId, WorkflowId};

use super::limits::{ALIKE, COPY, SKETCHES_READ};
use super::sketch::Sketch;
use super::{lineage, store};
use crate::http::ApiError;
use crate::workflows::finding::Finding;

/// Compares code with what other developers have published for everybody. A fork says whose work it is: nothing of its line is a copy of
/// anything else of it.
///
/// # Errors
/// 409 `SIMILAR_WORKFLOW` for a copy; the database failed.
pub(super) async fn with_others(tx: &mut Tx, developer: &TenantId, workflow: &WorkflowId, sketch: &Sketch) -> Result<Option<Finding>, ApiError> {
    let original = lineage::original(tx, workflow).await?;
    let (mut after, mut nearest) = (String::new(), None);
    loop {
        let page = store::sketches(tx, developer, &original, &after, SKETCHES_READ).await?;
        let Some((last, _)) = page.last() else { break };
        last.as_str().clone_into(&mut after);
        for (id, theirs) in &page {
            let likeness = sketch.likeness(theirs).unwrap_or(0.0);
            if nearest.as_ref().is_none_or(|(_, most)| likeness > *most) {
                nearest = Some((id.clone(), likeness));
            }
        }
    }
    let Some((id, likeness)) = nearest.filter(|(_, likeness)| *likeness > ALIKE) else { return Ok(None) };
    let other = store::get(tx, &id).await?.map_or_else(|| id.to_string(), |listing| listing.slug);
    let percent = (likeness * 100.0).floor();
    if likeness > COPY {
        let detail = format!("{percent} % of this code is that of `{other}`, which another developer has published.");
        return Err(ApiError::conflict("SIMILAR_WORKFLOW", detail).with_hint("Fork it instead, or keep yours private."));
    }
    let message = format!("{percent} % of this code is that of `{other}` of another developer");
    Ok(Some(Finding::new("workflow", "SIMILAR_WORKFLOW", message).suggest("say so by forking it")))
}
