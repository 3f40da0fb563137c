//! `POST /execute[?trigger=webhook][&service=…][&event=…]`: runs the workflow once with the body as `trigger.data`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Bytes, Body};
use axum::extract::{Query, State};
use axum::http::{Response, StatusCode};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::installed::Installed;
use crate::commands::{Context, run};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::view::or_dash;

/// How long an answer waits for the run's end; a run that waits for longer is answered with its present state.
const WAIT: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Place {
    context: Context,
    installed: watch::Receiver<Option<Installed>>,
}

#[derive(Debug, Deserialize)]
struct Asked {
    /// `manual` unless given. What else the workflow sees of its trigger comes from the declared one of this kind.
    trigger: Option<String>,
    service: Option<String>,
    event: Option<String>,
}

/// Serves on loopback; answers where.
pub async fn serve(context: Context, installed: watch::Receiver<Option<Installed>>, port: u16) -> Result<SocketAddr, Failure> {
    let failed = |e: std::io::Error| Failure::new(Exit::Failed, "PORT_FAILED", "no port can be opened for /execute").why(e.to_string());
    let listener = match tokio::net::TcpListener::bind(("127.0.0.1", port)).await {
        Ok(listener) => listener,
        Err(_) => tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?,
    };
    let address = listener.local_addr().map_err(failed)?;
    let router = Router::new().route("/execute", post(execute)).with_state(Place { context, installed });
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    Ok(address)
}

async fn execute(State(place): State<Place>, Query(asked): Query<Asked>, body: Bytes) -> Response<Body> {
    match perform(&place, asked, &body).await {
        Ok(run) => answer(StatusCode::OK, &run),
        Err(failure) => {
            let status = if matches!(failure.exit, Exit::Usage | Exit::Refused) { StatusCode::BAD_REQUEST } else { StatusCode::BAD_GATEWAY };
            answer(status, &failure.to_json())
        }
    }
}

async fn perform(place: &Place, asked: Asked, body: &[u8]) -> Result<Value, Failure> {
    let installed = place.installed.borrow().clone().ok_or_else(Installed::missing)?;
    let data = if body.iter().all(u8::is_ascii_whitespace) {
        json!({})
    } else {
        serde_json::from_slice(body).map_err(|e| Failure::new(Exit::Usage, "BODY_NOT_JSON", "the body is not JSON").why(e.to_string()))?
    };
    let client = &place.context.client;
    let trigger = json!({"type": asked.trigger, "service": asked.service, "event": asked.event, "data": data});
    let started = run::start(client, &installed.id, &installed.asked(&trigger)?, None).await?;
    let run_id = or_dash(&started, "run_id");
    match run::wait(client, run_id, WAIT).await {
        Err(failure) if failure.exit == Exit::TimedOut => client.get(&format!("/api/runs/{}", crate::commands::escape(run_id))).await,
        ended => ended,
    }
}

fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    Response::builder().status(status).header("content-type", "application/json").body(Body::from(body.to_string())).unwrap_or_default()
}
