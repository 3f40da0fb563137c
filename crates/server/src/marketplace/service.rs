//! What other slices may do with listings.

use millrace_db::{DbError, Tx};
use millrace_ids::WorkflowId;

use super::model::Listing;
use super::store;

/// The listing that `name` means: a workflow's id, or the word in its address. Whether the caller may know it is `access`'s to say.
///
/// # Errors
/// The database failed.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<Listing>, DbError> {
    match name.parse::<WorkflowId>() {
        Ok(id) => store::get(tx, &id).await,
        Err(_) => store::by_slug(tx, name).await,
    }
}
