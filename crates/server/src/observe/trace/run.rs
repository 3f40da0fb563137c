//! The spans of runs: all their ids follow from the run.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Method};
use millrace_clock::Timestamp;
use millrace_egress::Observer;
use millrace_engine::{Call, Run, RunState};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;

use super::{HEADER, Span, TraceContext, Traces, current};

/// The kinds of calls there are; a span is named after nothing else.
const KINDS: [&str; 19] = [
    "fetch", "integration", "integration.request", "storage.get", "storage.set", "storage.delete", "storage.keys", "storage.list", "storage.has", "kv.get", "kv.put", "kv.delete", "kv.list", "ai", "ai.embed",
    "timer", "event", "approval", "invoke",
];

/// Lives as long as an activation; its end is the span's.
pub struct Activation {
    traces: Traces,
    run: Run,
    began: Timestamp,
}

impl Drop for Activation {
    fn drop(&mut self) {
        let (traces, run) = (&self.traces, &self.run);
        let Some(context) = traces.activation(run) else { return };
        let attributes = vec![KeyValue::new("millrace.run.id", run.id.to_string()), KeyValue::new("millrace.epoch", run.epoch)];
        let name = "activation".to_owned();
        traces.end(Span { context, parent: traces.run(run), kind: SpanKind::Internal, name, began: self.began, failed: false, attributes });
    }
}

impl Traces {
    /// What a run was accepted in; one that brought nothing has a trace of its own.
    fn accepted(&self, run: &Run) -> Option<(TraceContext, Option<TraceContext>)> {
        let inner = self.0.as_ref()?;
        let known = run.traceparent.as_deref().and_then(TraceContext::parse);
        Some((known.unwrap_or_else(|| TraceContext::derived(run.id.as_str(), inner.share)), known))
    }

    /// A run's own span.
    fn run(&self, run: &Run) -> Option<TraceContext> {
        self.accepted(run).map(|(context, _)| context.named(&format!("run {}", run.id)))
    }

    /// The span of a run's present activation.
    fn activation(&self, run: &Run) -> Option<TraceContext> {
        self.run(run).map(|context| context.named(&format!("activation {} {}", run.id, run.epoch)))
    }

    /// The span of one call of a run's present activation.
    pub fn call(&self, run: &Run, call: &Call) -> Option<TraceContext> {
        self.run(run).map(|context| context.named(&format!("call {} {} {} {}", run.id, run.epoch, run.generation, call.seq)))
    }

    /// An activation begins.
    pub fn begin(&self, run: &Run) -> Option<Activation> {
        self.run(run).filter(|context| context.is_sampled())?;
        Some(Activation { traces: self.clone(), run: run.clone(), began: self.now()? })
    }

    /// A call is over.
    pub fn called(&self, run: &Run, call: &Call, began: Option<Timestamp>, ok: bool) {
        let (Some(context), Some(began)) = (self.call(run, call), began) else { return };
        let kind = KINDS.into_iter().find(|kind| *kind == call.kind).unwrap_or("other");
        let attributes = vec![
            KeyValue::new("millrace.run.id", run.id.to_string()),
            KeyValue::new("millrace.call.seq", i64::try_from(call.seq).unwrap_or(i64::MAX)),
            KeyValue::new("millrace.call.kind", kind),
            KeyValue::new("millrace.call.ok", ok),
        ];
        self.end(Span { context, parent: self.activation(run), kind: SpanKind::Internal, name: format!("call {kind}"), began, failed: !ok, attributes });
    }

    /// A run is over.
    pub fn finished(&self, run: &Run, state: RunState, class: &'static str) {
        let (Some((_, parent)), Some(context)) = (self.accepted(run), self.run(run)) else { return };
        let mut attributes = vec![
            KeyValue::new("millrace.run.id", run.id.to_string()),
            KeyValue::new("millrace.tenant.id", run.tenant.to_string()),
            KeyValue::new("millrace.run.kind", run.kind.clone()),
            KeyValue::new("millrace.run.subject", run.subject.clone()),
            KeyValue::new("millrace.run.program", run.program.clone()),
            KeyValue::new("millrace.run.state", state.as_str()),
            KeyValue::new("millrace.run.attempt", run.attempt),
        ];
        if state == RunState::Failed {
            attributes.push(KeyValue::new("error.type", class));
        }
        let failed = state == RunState::Failed;
        self.end(Span { context, parent, kind: SpanKind::Internal, name: "run".to_owned(), began: run.created_at, failed, attributes });
    }
}

/// Sees requests that leave: the provider's part of a trace.
pub fn egress(traces: &Traces) -> Option<Arc<dyn Observer>> {
    traces.0.as_ref()?;
    Some(Arc::new(Outgoing(traces.clone())))
}

struct Outgoing(Traces);

/// A request that is under way.
struct Leaving {
    traces: Traces,
    context: TraceContext,
    parent: TraceContext,
    began: Timestamp,
    method: Method,
}

impl Observer for Outgoing {
    fn leaving(&self, method: &Method, headers: &mut HeaderMap) -> Option<Box<dyn millrace_egress::Leaving>> {
        let inner = self.0.0.as_ref()?;
        let parent = current()?;
        let context = parent.child();
        if inner.propagate
            && let Ok(value) = HeaderValue::from_str(&context.to_string())
        {
            headers.insert(HEADER, value);
        }
        Some(Box::new(Leaving { traces: self.0.clone(), context, parent, began: inner.clock.now(), method: method.clone() }))
    }
}

impl millrace_egress::Leaving for Leaving {
    fn done(self: Box<Self>, host: &str, outcome: Result<u16, &'static str>) {
        let mut attributes = vec![KeyValue::new("http.request.method", self.method.to_string()), KeyValue::new("server.address", host.to_owned())];
        match outcome {
            Ok(status) => attributes.push(KeyValue::new("http.response.status_code", i64::from(status))),
            Err(code) => attributes.push(KeyValue::new("error.type", code)),
        }
        let failed = !matches!(outcome, Ok(status) if status < 400);
        let name = self.method.to_string();
        self.traces.end(Span { context: self.context, parent: Some(self.parent), kind: SpanKind::Client, name, began: self.began, failed, attributes });
    }
}
