//! How a published version reaches what is installed: what is asked for, checked, and handed on.

use millrace_db::Tx;
use serde_json::Value;

use super::publish::{Acting, stated_rollout};
use crate::http::ApiError;
use crate::rollouts::model::How;
use crate::rollouts::service as rollouts;
use crate::workflows::model::Version;

/// The share of installations that get a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rollout {
    /// Hundredths of a percent, 0 to 10,000.
    pub share: u32,
}

/// Every installation at once.
const ALL: u32 = 10_000;

impl Rollout {
    /// Reads `{ strategy, percentage }`. Without a strategy, or with `immediate` or `all`, it is everybody.
    ///
    /// # Errors
    /// 400 `INVALID_ROLLOUT`.
    pub fn read(strategy: Option<&str>, percentage: Option<f64>) -> Result<Self, ApiError> {
        match (strategy, percentage) {
            (None, None) | (Some("immediate" | "all"), _) => Ok(Self { share: ALL }),
            (None | Some("gradual"), Some(percentage)) if (0.0..=100.0).contains(&percentage) => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10,000")]
                let share = (percentage * 100.0).round() as u32;
                Ok(Self { share })
            }
            (Some("gradual"), None) => Err(invalid("rollout.percentage", "a gradual rollout needs a percentage")),
            (None | Some("gradual"), Some(_)) => Err(invalid("rollout.percentage", "must be from 0 to 100")),
            (Some(_), _) => Err(invalid("rollout.strategy", "is gradual, immediate or all")),
        }
    }

    /// What a module states.
    ///
    /// # Errors
    /// 400 `INVALID_ROLLOUT`.
    pub fn of_module(metadata: &Value) -> Result<Option<Self>, ApiError> {
        let Some(said) = stated_rollout(metadata) else { return Ok(None) };
        Self::read(said.get("strategy").and_then(Value::as_str), said.get("percentage").and_then(Value::as_f64)).map(Some)
    }
}

fn invalid(field: &str, message: &str) -> ApiError {
    ApiError::invalid("INVALID_ROLLOUT", format!("`{field}` {message}.")).with_field(field, "INVALID_ROLLOUT", message)
}

/// Begins the rollout of a version that becomes current, in the transaction that publishes it.
///
/// # Errors
/// 400 `INVALID_ROLLOUT`; nothing was written.
pub(super) async fn begin(tx: &mut Tx, acting: Acting<'_>, version: &Version, asked: Option<Rollout>) -> Result<(), ApiError> {
    let stated = Rollout::of_module(&version.metadata)?;
    let rollout = asked.or(stated).unwrap_or(Rollout { share: ALL });
    let how = How { percentage: rollout.share.into(), ..How::of_metadata(&version.metadata) };
    rollouts::start_in(tx, acting.parts, acting.by, acting.tenant, version, &how, acting.now).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn shares_are_hundredths_of_a_percent() {
        for (said, wanted) in [
            (json!({}), Some(10_000)),
            (json!({"strategy": "immediate", "percentage": 5}), Some(10_000)),
            (json!({"strategy": "all"}), Some(10_000)),
            (json!({"strategy": "gradual", "percentage": 10}), Some(1_000)),
            (json!({"strategy": "gradual", "percentage": 0.01}), Some(1)),
            (json!({"percentage": 0}), Some(0)),
            (json!({"strategy": "gradual"}), None),
            (json!({"strategy": "gradual", "percentage": 101}), None),
            (json!({"strategy": "gradual", "percentage": -1}), None),
            (json!({"strategy": "canary", "percentage": 1}), None),
        ] {
            let read = Rollout::of_module(&json!({"rollout": said}));
            assert_eq!(read.ok().flatten().map(|r| r.share), wanted, "{said}");
        }
        assert_eq!(Rollout::of_module(&json!({})).unwrap(), None);
    }
}
