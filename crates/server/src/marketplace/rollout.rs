//! How a published version reaches what is installed: what is asked for, checked, and handed on.

use millrace_db::Tx;

use super::publish::Acting;
use crate::http::ApiError;
use crate::rollouts::model::{How, share};
use crate::rollouts::service as rollouts;
use crate::workflows::model::Version;

/// The share of installations that a request to publish gives a version, in basis points.
///
/// # Errors
/// 400 `INVALID_ROLLOUT`.
pub fn asked(strategy: Option<&str>, percentage: Option<f64>) -> Result<i64, ApiError> {
    share(strategy, percentage).map_err(invalid)
}

fn invalid((field, message): (&'static str, &'static str)) -> ApiError {
    ApiError::invalid("INVALID_ROLLOUT", format!("`rollout.{field}` {message}.")).with_field(format!("rollout.{field}"), "INVALID_ROLLOUT", message)
}

/// Begins the rollout of a version that becomes current, in the transaction that publishes it: to the share that is asked for, or else as
/// the module states.
///
/// # Errors
/// 400 `INVALID_ROLLOUT`; nothing was written.
pub(super) async fn begin(tx: &mut Tx, acting: Acting<'_>, version: &Version, asked: Option<i64>) -> Result<(), ApiError> {
    let stated = How::of_module(&version.metadata).map_err(invalid)?;
    let how = How { percentage: asked.unwrap_or(stated.percentage), ..stated };
    rollouts::start_in(tx, acting.parts, acting.by, acting.tenant, version, &how, acting.now).await?;
    Ok(())
}
