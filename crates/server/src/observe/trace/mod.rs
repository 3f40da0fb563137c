//! Traces: request → run → activation → host call → request to a provider, across nodes and restarts.
//!
//! A run keeps the context it was accepted with; the spans below it have ids that follow from the run, so whichever node
//! performs it continues the same trace without asking anybody. Spans are made when what they stand for is over. Without
//! `OTEL_EXPORTER_OTLP_ENDPOINT` nothing of this happens. Attributes hold ids, kinds and codes, never what a caller, a
//! workflow or a provider wrote.

mod context;
mod export;
mod run;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use millrace_clock::{Clock, Timestamp};
use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanProcessor as _};

pub use context::{HEADER, TraceContext};
pub use run::{Activation, egress};

use crate::config::TraceConfig;

tokio::task_local! {
    /// The span that the present task works for.
    static CURRENT: TraceContext;
}

/// The span that the present task works for, if it is traced.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(|context| *context).ok()
}

/// Runs `future` as part of a span.
pub async fn within<F: Future>(context: Option<TraceContext>, future: F) -> F::Output {
    match context {
        Some(context) => CURRENT.scope(context, future).await,
        None => future.await,
    }
}

/// Where spans go; nowhere unless it was configured. Clone it freely.
#[derive(Clone, Default)]
pub struct Traces(Option<Arc<Inner>>);

struct Inner {
    processor: BatchSpanProcessor,
    scope: InstrumentationScope,
    clock: Clock,
    share: f64,
    propagate: bool,
}

/// What a span says.
pub struct Span {
    /// Which it is.
    pub context: TraceContext,
    /// The span it belongs to, if any.
    pub parent: Option<TraceContext>,
    /// Server, client or internal.
    pub kind: SpanKind,
    /// A name from a short list.
    pub name: String,
    /// When it began.
    pub began: Timestamp,
    /// Whether what it stands for failed.
    pub failed: bool,
    /// What is known about it.
    pub attributes: Vec<KeyValue>,
}

impl Traces {
    /// Begins to send spans where the configuration says.
    ///
    /// # Errors
    /// The exporter cannot be set up.
    pub fn new(config: Option<&TraceConfig>, clock: &Clock) -> Result<Self, String> {
        let Some(config) = config else { return Ok(Self::default()) };
        let scope = InstrumentationScope::builder("millrace").with_version(env!("CARGO_PKG_VERSION")).build();
        let inner = Inner { processor: export::processor(config)?, scope, clock: clock.clone(), share: config.share, propagate: config.propagate };
        Ok(Self(Some(Arc::new(inner))))
    }

    /// Whether spans go anywhere.
    pub fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// The context of a request: in the caller's trace if it brought one, else in a new one.
    pub fn request(&self, headers: &http::HeaderMap) -> Option<(TraceContext, Option<TraceContext>)> {
        let inner = self.0.as_ref()?;
        let parent = TraceContext::of(headers);
        Some((parent.map_or_else(|| TraceContext::fresh(inner.share), TraceContext::child), parent))
    }

    /// The present instant, for a span that begins; nothing when spans go nowhere.
    pub fn now(&self) -> Option<Timestamp> {
        self.0.as_ref().map(|inner| inner.clock.now())
    }

    /// Sends a span that ends now.
    pub fn end(&self, span: Span) {
        let Some(inner) = self.0.as_ref().filter(|_| span.context.is_sampled()) else { return };
        let at = |t: Timestamp| UNIX_EPOCH + Duration::from_micros(u64::try_from(t.micros()).unwrap_or(0));
        inner.processor.on_end(SpanData {
            span_context: span.context.to_otel(),
            parent_span_id: span.parent.map_or(SpanId::INVALID, TraceContext::span_id),
            parent_span_is_remote: false,
            span_kind: span.kind,
            name: span.name.into(),
            start_time: at(span.began),
            end_time: at(inner.clock.now().max(span.began)),
            attributes: span.attributes,
            dropped_attributes_count: 0,
            events: Default::default(),
            links: Default::default(),
            status: if span.failed { Status::error("") } else { Status::Unset },
            instrumentation_scope: inner.scope.clone(),
        });
    }

    /// Sends what is left; to be called when the server stops.
    pub async fn close(&self) {
        let Some(inner) = self.0.clone() else { return };
        let closed = tokio::task::spawn_blocking(move || inner.processor.shutdown()).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::warn!("the last spans could not be sent");
        }
    }
}
