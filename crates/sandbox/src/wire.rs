//! The frames between host and child, and how they are written: a 32-bit little-endian length, then postcard.
//!
//! Nothing in a frame is engine-specific except the bytecode, which only a child of ours produces and only a child of
//! ours reads. Every request but `Adopt`, `Load`, `Unload` and `Close` is answered by exactly one final frame, in order.

use crate::{
    error::SandboxError,
    jail::JailReport,
    limits::Limits,
    program::ProgramModule,
    turn::{Call, Delivery, End, LogLine, Open, ScriptError, Sites},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Visitor};

/// Bytes that serde writes in one piece instead of one number at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Take;
        impl<'de> Visitor<'de> for Take {
            type Value = Bytes;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Take)
    }
}

/// A program as a child runs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bytecode {
    /// [`crate::Program::hash`].
    pub hash: String,
    /// Name of the entry module.
    pub entry: String,
    /// Module names with their bytecode.
    pub modules: Vec<(String, Bytes)>,
}

impl Bytecode {
    /// Size in memory, for caches.
    pub fn size(&self) -> usize {
        self.modules.iter().map(|(name, code)| name.len() + code.0.len()).sum()
    }
}

/// Host to child.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum ToChild {
    /// First frame: the limits, and whether test probes are wanted. Answered by `Hello`.
    Start { limits: Limits },
    /// From now on this child works for this tenant and never for another.
    Adopt { tenant: String },
    /// Bytecode of a program.
    Load { program: Bytecode },
    /// Forget a program.
    Unload { hash: String },
    /// Open an isolate, watched or not. Answered by `Turn`.
    Open { session: u64, hash: String, open: Open, watched: bool },
    /// Outcomes for an isolate. Answered by `Turn`.
    Deliver { session: u64, deliveries: Vec<Delivery> },
    /// Drop an isolate.
    Close { session: u64 },
    /// Compile only. A child that has compiled never runs anything. Answered by `Compiled`.
    Compile { modules: Vec<ProgramModule> },
    /// Evaluate a module without host calls. Answered by `Inspected`.
    Inspect { hash: String },
    /// Try something forbidden. Accepted only when the child was started for it. Answered by `Probed`.
    Probe { what: String },
}

/// Child to host.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum FromChild {
    /// The jail is closed; no tenant byte was read before.
    Hello { report: JailReport, engine: String },
    /// The child could not set itself up.
    Broken { reason: String },
    /// A piece of a turn whose end is still to come.
    Piece { calls: Vec<Call>, logs: Vec<LogLine> },
    /// The end of a turn.
    Turn { result: Result<TurnTail, SandboxError>, cpu_us: u64, retire: bool },
    /// Bytecode of the modules, in order.
    Compiled { result: Result<Vec<Bytes>, SandboxError> },
    /// JSON of [`crate::Inspection`].
    Inspected { result: Result<String, SandboxError>, retire: bool },
    /// What became of a probe that was survived.
    Probed { errno: i32 },
}

/// What remains of a turn after its pieces.
#[derive(Debug, Serialize, Deserialize, Default)]
pub(crate) struct TurnTail {
    pub calls: Vec<Call>,
    pub logs: Vec<LogLine>,
    pub abandoned: Vec<u64>,
    pub end: Option<End>,
    pub sites: Sites,
}

/// Exit codes with which a dying child says why.
pub(crate) mod exit {
    /// The engine gave up while the isolate was over its memory limit.
    pub const MEMORY: i32 = 81;
    /// … while it was over its stack limit.
    pub const STACK: i32 = 82;
    /// … while it was over its CPU limit.
    pub const CPU: i32 = 83;
    /// The engine gave up for a reason of its own.
    pub const FAULT: i32 = 84;
    /// The host broke the protocol (another tenant's frame, an unknown frame).
    pub const PROTOCOL: i32 = 85;
}

/// Appends a frame to `out`.
///
/// # Errors
/// [`SandboxError::Protocol`] when the frame would be larger than `max_frame`.
pub(crate) fn encode<T: Serialize>(frame: &T, max_frame: usize, out: Vec<u8>) -> Result<Vec<u8>, SandboxError> {
    let start = out.len();
    let mut out = out;
    out.extend_from_slice(&[0; 4]);
    let mut out = postcard::to_extend(frame, out).map_err(|error| SandboxError::Protocol(error.to_string()))?;
    let length = out.len() - start - 4;
    if length > max_frame {
        return Err(SandboxError::Protocol(format!("a frame of {length} bytes is over the limit of {max_frame}")));
    }
    out[start..start + 4].copy_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    Ok(out)
}

/// Reads the body of one frame.
///
/// # Errors
/// [`SandboxError::Protocol`] when it is no frame of this kind.
pub(crate) fn decode<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, SandboxError> {
    postcard::from_bytes(body).map_err(|error| SandboxError::Protocol(error.to_string()))
}

/// Length of the frame that starts at `head`, when its four bytes are there.
pub(crate) fn length(head: &[u8]) -> Option<usize> {
    let head: [u8; 4] = head.get(..4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(head)).ok()
}

/// An error that has only a message.
pub(crate) fn script_error(name: &str, message: impl Into<String>, code: Option<&str>) -> ScriptError {
    ScriptError {
        name: name.to_owned(),
        message: message.into(),
        code: code.map(str::to_owned),
        ..ScriptError::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_frame_survives_the_wire() {
        let frame = ToChild::Load {
            program: Bytecode {
                hash: "h".into(),
                entry: "main.js".into(),
                modules: vec![("main.js".into(), Bytes((0..=255).collect()))],
            },
        };
        let bytes = encode(&frame, 1 << 20, Vec::new()).unwrap();
        assert_eq!(length(&bytes).unwrap(), bytes.len() - 4);
        let ToChild::Load { program } = decode(&bytes[4..]).unwrap() else { panic!("another frame") };
        assert_eq!(program.modules[0].1.0.len(), 256);
    }

    #[test]
    fn a_frame_over_the_limit_is_refused() {
        let frame = ToChild::Adopt { tenant: "x".repeat(100) };
        assert!(matches!(encode(&frame, 50, Vec::new()), Err(SandboxError::Protocol(_))));
    }

    #[test]
    fn garbage_is_an_error() {
        assert!(decode::<ToChild>(&[0xff; 32]).is_err());
    }
}
