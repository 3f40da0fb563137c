//! Rows of runs as CSV or as lines of JSON, streamed.

use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderValue, header};
use millrace_ids::RunId;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::execution::ExecutionAnswer;
use super::limits::{BATCH, EXPORTED};
use super::scope::Seen;
use super::window::Window;
use super::{service, store};
use crate::app::App;
use crate::http::ApiError;

/// The columns, in order (spec marketplace §11).
const COLUMNS: [&str; 15] = [
    "id", "workflow_id", "version", "installation_id", "organization_id", "user_id", "trigger_type", "status", "started_at", "finished_at", "duration_ms", "error_code", "error_message", "steps_total",
    "steps_failed",
];

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
}

/// Streams the rows of a window, newest first, after the run `before`. A failure half-way breaks the answer off.
pub(super) fn stream(app: App, seen: Seen, window: Window, before: Option<RunId>, format: Format) -> Response {
    let (sender, receiver) = mpsc::channel::<Result<Bytes, io::Error>>(4);
    tokio::spawn(async move {
        if let Err(error) = write(&app, &seen, &window, before, format, &sender).await {
            tracing::debug!(%error, "an export of runs broke off");
            let _ = sender.send(Err(io::Error::other("the export broke off"))).await;
        }
    });
    let mut response = Body::from_stream(ReceiverStream::new(receiver)).into_response();
    let (kind, disposition) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"executions.csv\""),
        Format::Ndjson => ("application/x-ndjson", "attachment; filename=\"executions.ndjson\""),
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition));
    response
}

async fn write(app: &App, seen: &Seen, window: &Window, mut before: Option<RunId>, format: Format, out: &mpsc::Sender<Result<Bytes, io::Error>>) -> Result<(), ApiError> {
    let gone = || ApiError::unavailable("the reader is gone");
    if format == Format::Csv {
        out.send(Ok(Bytes::from(COLUMNS.join(",") + "\r\n"))).await.map_err(|_| gone())?;
    }
    let mut left = EXPORTED;
    while left > 0 {
        let limit = BATCH.min(u32::try_from(left).unwrap_or(BATCH));
        // A transaction for each piece: a slow reader holds none.
        let mut tx = app.platform().read().await?;
        let programs = service::programs(&mut tx, &seen.workflow, window.version.as_deref()).await?;
        let runs = store::page(&mut tx, &seen.workflow, window, programs.as_deref(), None, before.as_ref(), limit).await?;
        let shown = service::shown(&mut tx, &seen.tenant, &seen.workflow, &runs).await?;
        drop(tx);
        let text: String = shown.iter().map(|run| line(run, format)).collect();
        out.send(Ok(Bytes::from(text))).await.map_err(|_| gone())?;
        if runs.len() < limit as usize || app.is_draining() {
            return Ok(());
        }
        left -= runs.len();
        before = runs.last().map(|run| run.id.clone());
    }
    Ok(())
}

fn line(run: &ExecutionAnswer, format: Format) -> String {
    match format {
        Format::Csv => csv(run),
        Format::Ndjson => {
            let row = json!({
                "id": run.id, "workflow_id": run.workflow_id, "version": run.version, "installation_id": run.installation_id, "organization_id": run.organization_id,
                "user_id": run.user_id, "trigger_type": run.trigger_type, "status": run.status, "started_at": run.started_at, "finished_at": run.finished_at,
                "duration_ms": run.duration_ms, "error_code": run.error_code, "error_message": run.error_message, "steps_total": run.steps_total, "steps_failed": run.steps_failed,
            });
            row.to_string() + "\n"
        }
    }
}

fn csv(run: &ExecutionAnswer) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let cells = [
        run.id.to_string(),
        run.workflow_id.to_string(),
        run.version.clone(),
        run.installation_id.to_string(),
        run.organization_id.to_string(),
        text(&run.user_id),
        run.trigger_type.clone(),
        run.status.to_owned(),
        text(&run.started_at),
        text(&run.finished_at),
        run.duration_ms.map(|ms| ms.to_string()).unwrap_or_default(),
        text(&run.error_code),
        text(&run.error_message),
        run.steps_total.to_string(),
        run.steps_failed.to_string(),
    ];
    cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula (CWE-1236): what would begin one gets an apostrophe before it.
fn cell(text: &str) -> String {
    let begins = text.trim_start().starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']) || text.starts_with(['\t', '\r', '\n']);
    let safe = if begins { format!("'{text}") } else { text.to_owned() };
    if safe.contains(['"', ',', '\r', '\n', ';', '\t']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("=HYPERLINK(\"http://x\")", "\"'=HYPERLINK(\"\"http://x\"\")\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("  =1", "'  =1"),
            ("\t=1", "\"'\t=1\""),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
