//! A run as it happens, as Server-Sent Events.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream as Lines;
use millrace_ids::RunId;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::limits::{STREAM_AHEAD, STREAM_PATIENCE};
use super::service;
use super::streams::Stream;
use crate::app::App;
use crate::identity::{Caller, Permission};

/// How often the run is looked at: quick enough to feel live, one small read each.
const LOOK: Duration = Duration::from_millis(250);

/// How often it is asked whether the caller may still look: a revoked key or a suspended workspace sees nothing more after this.
const ALLOWED: Duration = Duration::from_secs(1);

/// Longest stream; the client resumes with `Last-Event-ID`.
const LONGEST: Duration = Duration::from_secs(3600);

type Reader = mpsc::Sender<Result<Event, Infallible>>;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub struct From {
    /// Log lines after this number.
    pub line: i64,
    /// Whether the journal has grown.
    pub journal: bool,
}

/// Log lines, state changes, and the end. `place` is given back when it ends.
pub fn stream(app: App, caller: Caller, place: Stream, run: RunId, from: From) -> Sse<impl Lines<Item = Result<Event, Infallible>>> {
    let (sender, receiver) = mpsc::channel(STREAM_AHEAD);
    tokio::spawn(async move {
        // Ends when the reader is gone or too slow, may not look any more, the run is over, or the database fails: the client
        // then connects again.
        let _ = tokio::time::timeout(LONGEST, follow(app, caller, run, from, sender)).await;
        drop(place);
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::default())
}

async fn follow(app: App, caller: Caller, id: RunId, from: From, out: Reader) -> Option<()> {
    let (mut after, mut told, mut grown) = (from.line, "", (0, 0));
    let mut allowed = Instant::now();
    loop {
        if allowed.elapsed() >= ALLOWED {
            caller.still_may(&app, Permission::RunsRead).await.ok()?.then_some(())?;
            allowed = Instant::now();
        }
        // The state is read before lines and entries, so that a terminal state means that all of them are there.
        let run = service::find(&app, &caller.tenant, &id).await.ok()?;
        let lines = service::logs(&app, &caller.tenant, &id, after).await.ok()?;
        let full = lines.len() == service::LOG_PAGE as usize;
        for line in lines {
            after = line.n;
            send(&out, Event::default().event("log").id(line.n.to_string()).json_data(&line).ok()?).await?;
        }
        if from.journal {
            let (generation, pos) = (run.generation, service::journal_end(&app, &caller.tenant, &run).await.ok()?);
            if pos > 0 && (generation, pos) != grown {
                grown = (generation, pos);
                send(&out, Event::default().event("journal").data(serde_json::json!({ "generation": generation, "pos": pos }).to_string())).await?;
            }
        }
        let state = run.state.as_str();
        if state != told {
            told = state;
            send(&out, Event::default().event("status").data(serde_json::json!({ "status": state }).to_string())).await?;
        }
        if run.state.is_terminal() && !full {
            return send(&out, Event::default().event("end").data(serde_json::json!({ "status": state }).to_string())).await;
        }
        if !full {
            tokio::time::sleep(LOOK).await;
        }
        if out.is_closed() || app.is_draining() {
            return None;
        }
    }
}

/// Hands over an event. A reader that takes none for so long is cut off: what it left would wait in our memory.
async fn send(out: &Reader, event: Event) -> Option<()> {
    out.send_timeout(Ok(event), STREAM_PATIENCE).await.ok()
}
