//! A collector of traces: takes OTLP over HTTP as any other would, and keeps what it gets.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use parking_lot::Mutex;
use prost::Message as _;

/// One span as it arrived.
#[derive(Debug, Clone)]
pub struct Span {
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub name: String,
    pub kind: i32,
    pub began: u64,
    pub ended: u64,
    pub attributes: Vec<(String, String)>,
}

impl Span {
    /// An attribute as text; empty when there is none.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

#[derive(Default)]
struct Kept {
    bodies: Vec<Vec<u8>>,
    spans: Vec<Span>,
}

/// A running collector.
pub struct Collector {
    url: String,
    kept: Arc<Mutex<Kept>>,
}

impl Collector {
    pub async fn start() -> Self {
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(kept.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, kept }
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be.
    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn spans(&self) -> Vec<Span> {
        self.kept.lock().spans.clone()
    }

    /// Every byte that was received.
    pub fn bytes(&self) -> Vec<u8> {
        self.kept.lock().bytes()
    }
}

impl Kept {
    fn bytes(&self) -> Vec<u8> {
        self.bodies.concat()
    }
}

async fn take(State(kept): State<Arc<Mutex<Kept>>>, body: Bytes) -> StatusCode {
    let request = ExportTraceServiceRequest::decode(body.clone()).expect("it is OTLP");
    let text = |value: Option<Value>| match value {
        Some(Value::StringValue(s)) => s,
        Some(Value::BoolValue(b)) => b.to_string(),
        Some(Value::IntValue(n)) => n.to_string(),
        other => format!("{other:?}"),
    };
    let mut kept = kept.lock();
    kept.bodies.push(body.to_vec());
    for resource in request.resource_spans {
        let service = resource.resource.unwrap_or_default().attributes.into_iter().find(|a| a.key == "service.name");
        assert_eq!(text(service.and_then(|a| a.value).and_then(|v| v.value)), "millrace");
        for span in resource.scope_spans.into_iter().flat_map(|s| s.spans) {
            let attributes = span.attributes.into_iter().map(|a| (a.key, text(a.value.and_then(|v| v.value)))).collect();
            kept.spans.push(Span {
                trace: hex::encode(&span.trace_id),
                id: hex::encode(&span.span_id),
                parent: hex::encode(&span.parent_span_id),
                name: span.name,
                kind: span.kind,
                began: span.start_time_unix_nano,
                ended: span.end_time_unix_nano,
                attributes,
            });
        }
    }
    StatusCode::OK
}
