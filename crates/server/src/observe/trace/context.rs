//! Where something stands in a trace: W3C Trace Context, level 1.

use std::fmt;

use http::HeaderMap;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use sha2::{Digest as _, Sha256};

/// The header that carries it.
pub const HEADER: &str = "traceparent";

/// A trace and one span of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: [u8; 16],
    span: [u8; 8],
    sampled: bool,
}

impl TraceContext {
    /// A new trace.
    pub fn fresh(share: f64) -> Self {
        Self::of_trace(rand::random(), rand::random(), share)
    }

    /// The trace of something that brought none with it: every node comes to the same one.
    pub fn derived(of: &str, share: f64) -> Self {
        let hash = Sha256::digest(format!("trace {of}"));
        let mut trace = [0; 16];
        trace.copy_from_slice(&hash[..16]);
        Self::of_trace(trace, [0; 8], share)
    }

    /// As `traceidratio` decides: by the trace's own id, so that everybody decides alike.
    fn of_trace(trace: [u8; 16], span: [u8; 8], share: f64) -> Self {
        let low = u64::from_be_bytes([trace[8], trace[9], trace[10], trace[11], trace[12], trace[13], trace[14], trace[15]]);
        Self { trace, span, sampled: (low >> 1) as f64 / (u64::MAX >> 1) as f64 <= share && share > 0.0 }
    }

    /// Reads `00-<32 hex>-<16 hex>-<2 hex>`; anything else is nothing. Later versions may have more at the end.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lower = |s: &str| s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if version.len() != 2 || version == "ff" || flags.len() != 2 || ![version, trace, span, flags].into_iter().all(lower) {
            return None;
        }
        if version == "00" && parts.next().is_some() {
            return None;
        }
        let mut context = Self { trace: [0; 16], span: [0; 8], sampled: u8::from_str_radix(flags, 16).ok()? & 1 == 1 };
        hex::decode_to_slice(trace, &mut context.trace).ok()?;
        hex::decode_to_slice(span, &mut context.span).ok()?;
        (context.trace != [0; 16] && context.span != [0; 8]).then_some(context)
    }

    /// What a caller brought; two such headers are nothing.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut all = headers.get_all(HEADER).iter();
        let one = all.next()?;
        if all.next().is_some() {
            return None;
        }
        Self::parse(one.to_str().ok()?)
    }

    /// Another span of the same trace.
    pub fn child(self) -> Self {
        Self { span: rand::random(), ..self }
    }

    /// The span of the same trace that this name stands for: every node comes to the same one, before and after a restart.
    pub fn named(self, name: &str) -> Self {
        let hash = Sha256::digest(name);
        let mut span = [0; 8];
        span.copy_from_slice(&hash[..8]);
        Self { span, ..self }
    }

    /// Whether its spans are kept.
    pub fn is_sampled(self) -> bool {
        self.sampled
    }

    pub(super) fn span_id(self) -> SpanId {
        SpanId::from_bytes(self.span)
    }

    pub(super) fn to_otel(self) -> SpanContext {
        let flags = if self.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
        SpanContext::new(TraceId::from_bytes(self.trace), self.span_id(), flags, false, TraceState::default())
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", hex::encode(self.trace), hex::encode(self.span), u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_read_is_written_again() {
        let context = TraceContext::parse(TEXT).unwrap();
        assert!(context.is_sampled());
        assert_eq!(context.to_string(), TEXT);
        assert_eq!(context.named("x"), context.named("x"));
        assert_ne!(context.named("x"), context.named("y"));
        assert!(TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more").is_some_and(|c| !c.is_sampled()));
    }

    #[test]
    fn what_is_not_a_context_is_nothing() {
        for wrong in [
            "", "00", "00-0-0-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        ] {
            assert_eq!(TraceContext::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_share_is_kept() {
        assert!((0..100).all(|_| TraceContext::fresh(1.0).is_sampled() && !TraceContext::fresh(0.0).is_sampled()));
        let kept = (0..10_000).filter(|_| TraceContext::fresh(0.1).is_sampled()).count();
        assert!((700..1_300).contains(&kept), "{kept}");
    }
}
