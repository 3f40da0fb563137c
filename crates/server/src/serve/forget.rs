//! Forgets what the product's tables keep for a time only, and looks again at domains. The engine forgets its runs by itself.

use std::time::Duration;

use crate::app::App;
use crate::http::ApiError;
use crate::{alerts, installations, lifecycle, mail, oauth, security_events, sso, storage};

/// Nobody minds an hour more or less of ninety days.
const EACH: Duration = Duration::from_secs(60 * 60);

/// Looks each hour until the server stops.
pub(super) async fn forget(app: App) {
    loop {
        if let Err(error) = look(&app).await {
            tracing::debug!(%error, "old mails and security events could not be forgotten");
        }
        if let Err(error) = sso::recheck(&app).await {
            tracing::warn!(%error, "the records of domains could not be looked for; the next round does it");
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            () = tokio::time::sleep(EACH) => {}
        }
    }
}

async fn look(app: &App) -> Result<(), ApiError> {
    mail::forget(app.platform(), app.clock.now()).await?;
    alerts::forget(app.platform(), app.clock.now()).await?;
    security_events::forget(app.platform(), app.clock.now()).await?;
    installations::service::erase_due(app).await?;
    storage::forget(app).await?;
    let mut tx = app.platform().begin().await?;
    oauth::sweep(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    lifecycle::purge_due(app).await
}
