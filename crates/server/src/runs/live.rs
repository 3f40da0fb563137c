//! A run as it happens, as Server-Sent Events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use millrace_ids::{RunId, TenantId};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::service;
use crate::app::App;

/// How often the run is looked at: quick enough to feel live, one small read each.
const LOOK: Duration = Duration::from_millis(250);

/// Longest stream; the client resumes with `Last-Event-ID`.
const LONGEST: Duration = Duration::from_secs(3600);

/// Log lines after number `after`, state changes, and the end.
pub fn stream(app: App, tenant: TenantId, run: RunId, after: i64) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = mpsc::channel(64);
    tokio::spawn(async move {
        // Ends when the reader is gone, the run is over, or the database fails: the client then connects again.
        let _ = tokio::time::timeout(LONGEST, follow(app, tenant, run, after, sender)).await;
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

async fn follow(app: App, tenant: TenantId, id: RunId, mut after: i64, out: mpsc::Sender<Result<Event, Infallible>>) -> Option<()> {
    let mut told = "";
    loop {
        // The state is read before the lines, so that a terminal state means that all lines are there.
        let run = service::find(&app, &tenant, &id).await.ok()?;
        let lines = service::logs(&app, &tenant, &id, after).await.ok()?;
        let full = lines.len() == service::LOG_PAGE as usize;
        for line in lines {
            after = line.n;
            let event = Event::default().event("log").id(line.n.to_string()).json_data(&line).ok()?;
            out.send(Ok(event)).await.ok()?;
        }
        let state = run.state.as_str();
        if state != told {
            told = state;
            let event = Event::default().event("status").data(serde_json::json!({ "status": state }).to_string());
            out.send(Ok(event)).await.ok()?;
        }
        if run.state.is_terminal() && !full {
            out.send(Ok(Event::default().event("end").data(serde_json::json!({ "status": state }).to_string()))).await.ok()?;
            return Some(());
        }
        if !full {
            tokio::time::sleep(LOOK).await;
        }
        if out.is_closed() || app.is_draining() {
            return None;
        }
    }
}
