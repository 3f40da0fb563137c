//! Reads an answer's body within limits, decoding it as it arrives, so that neither the wire nor a small bomb that
//! unpacks into a large body can use more memory than the limit.

use std::io::{self, Write};
use std::time::Duration;

use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use http::header::{self, HeaderMap};

use crate::budget::Room;
use crate::error::{EgressError, Phase, Side};
use crate::limits::BUFFERED_FREE_BYTES;

/// Compressed bytes given to a decoder at a time. DEFLATE makes at most 1,032 bytes of one, so that a body is never more
/// than 66 KB ahead of the room it has.
const PIECE: usize = 64;

/// How much may be read and how long a silence may last.
#[derive(Clone, Copy)]
pub(crate) struct ReadLimits {
    pub bytes: usize,
    pub idle: Duration,
}

/// The whole body, decoded. Removes `Content-Encoding` and `Content-Length` from `headers` when it decoded something.
/// Waits for `room` as the body grows; meanwhile nothing more is read from the connection.
pub(crate) async fn read(
    mut response: reqwest::Response,
    headers: &mut HeaderMap,
    limits: ReadLimits,
    room: &mut Room,
    host: &str,
) -> Result<Vec<u8>, EgressError> {
    let too_large = || EgressError::BodyTooLarge {
        side: Side::Response,
        what: "response body",
        limit: limits.bytes,
    };
    let broken = |detail: String| EgressError::Protocol {
        host: host.to_owned(),
        detail,
    };
    let announced = response.content_length();
    if announced.is_some_and(|length| length > limits.bytes as u64) {
        return Err(too_large());
    }
    let busy = |_| EgressError::Busy {
        host: host.to_owned(),
    };
    let mut decoder = Decoder::for_headers(headers, limits.bytes).map_err(broken)?;
    if let (Some(length), false) = (announced, decoder.is_coded()) {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        room.grow(length, length).await.map_err(busy)?;
        decoder.reserve(length.min(limits.bytes));
    }
    let mut wire = 0usize;
    loop {
        let chunk = tokio::time::timeout(limits.idle, response.chunk())
            .await
            .map_err(|_| EgressError::Timeout {
                host: host.to_owned(),
                after: limits.idle,
                phase: Phase::Body,
            })?;
        let Some(chunk) = chunk.map_err(|error| broken(crate::transport::root_cause(&error)))?
        else {
            break;
        };
        wire += chunk.len();
        if wire > limits.bytes {
            return Err(too_large());
        }
        for piece in chunk.chunks(decoder.piece()) {
            if let Err(error) = decoder.write(piece) {
                return Err(if decoder.overflowed() {
                    too_large()
                } else {
                    broken(undecodable(&error))
                });
            }
            if decoder.kept() > room.granted() {
                room.grow(decoder.kept(), limits.bytes)
                    .await
                    .map_err(busy)?;
                decoder.reserve(room.granted());
            }
        }
    }
    let decoded = decoder.is_coded();
    let body = match decoder.finish() {
        Ok(body) => body,
        Err(Finish::Overflow) => return Err(too_large()),
        Err(Finish::Broken(error)) => return Err(broken(undecodable(&error))),
    };
    if decoded && wire > 0 {
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
    }
    Ok(body)
}

/// The decoder alone.
#[cfg(feature = "fuzzing")]
pub(crate) fn decode(coding: &str, pieces: &[&[u8]], limit: usize) -> Option<Vec<u8>> {
    let mut headers = HeaderMap::new();
    if !coding.is_empty() {
        let value = http::HeaderValue::from_str(coding).ok()?;
        headers.insert(header::CONTENT_ENCODING, value);
    }
    let mut decoder = Decoder::for_headers(&headers, limit).ok()?;
    for piece in pieces {
        decoder.write(piece).ok()?;
    }
    decoder.finish().ok()
}

fn undecodable(error: &io::Error) -> String {
    format!("the compressed body cannot be decoded: {error}")
}

enum Finish {
    Overflow,
    Broken(io::Error),
}

/// Collects up to a limit and remembers that more came.
struct Sink {
    out: Vec<u8>,
    limit: usize,
    overflow: bool,
}

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let length = self.out.len() + data.len();
        if length > self.limit {
            self.overflow = true;
            return Err(io::Error::other("larger than the limit"));
        }
        if length > self.out.capacity() && length > BUFFERED_FREE_BYTES {
            // Not twice as much, as a vector does by itself: the room was counted.
            self.out.reserve_exact(data.len() + PIECE * 1032);
        }
        self.out.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

enum Decoder {
    Identity(Sink),
    Gzip {
        inner: Box<MultiGzDecoder<Sink>>,
        empty: bool,
    },
    Deflate(Box<Inflate>),
}

impl Decoder {
    /// By `Content-Encoding`. One coding at most, and only one that was offered.
    fn for_headers(headers: &HeaderMap, limit: usize) -> Result<Decoder, String> {
        let sink = Sink {
            out: Vec::new(),
            limit,
            overflow: false,
        };
        let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
        let coding = values.next().map(|value| {
            String::from_utf8_lossy(value.as_bytes())
                .trim()
                .to_ascii_lowercase()
        });
        if values.next().is_some() {
            return Err("more than one content coding".into());
        }
        match coding.as_deref() {
            None | Some("" | "identity") => Ok(Decoder::Identity(sink)),
            Some("gzip" | "x-gzip") => Ok(Decoder::Gzip {
                inner: Box::new(MultiGzDecoder::new(sink)),
                empty: true,
            }),
            Some("deflate") => Ok(Decoder::Deflate(Box::new(Inflate {
                state: None,
                done: false,
                sink,
            }))),
            Some(_) => Err("a content coding that was not asked for".into()),
        }
    }

    fn sink(&self) -> &Sink {
        match self {
            Decoder::Identity(sink) => sink,
            Decoder::Gzip { inner, .. } => inner.get_ref(),
            Decoder::Deflate(inflate) => &inflate.sink,
        }
    }

    /// Bytes of body so far.
    fn kept(&self) -> usize {
        self.sink().out.len()
    }

    /// Makes place for a body of this many bytes.
    fn reserve(&mut self, bytes: usize) {
        let sink = match self {
            Decoder::Identity(sink) => sink,
            Decoder::Gzip { inner, .. } => inner.get_mut(),
            Decoder::Deflate(inflate) => &mut inflate.sink,
        };
        sink.out.reserve_exact(bytes.saturating_sub(sink.out.len()));
    }

    /// How many bytes to give it at a time.
    fn piece(&self) -> usize {
        if self.is_coded() { PIECE } else { usize::MAX }
    }

    fn is_coded(&self) -> bool {
        !matches!(self, Decoder::Identity(_))
    }

    fn write(&mut self, data: &[u8]) -> io::Result<()> {
        match self {
            Decoder::Identity(sink) => sink.write_all(data),
            Decoder::Gzip { inner, empty } => {
                *empty &= data.is_empty();
                inner.write_all(data)
            }
            Decoder::Deflate(inflate) => inflate.write(data),
        }
    }

    fn overflowed(&self) -> bool {
        self.sink().overflow
    }

    /// The body, if the compressed stream reached its end. No byte at all is an empty body (HEAD, 204, 304).
    fn finish(self) -> Result<Vec<u8>, Finish> {
        match self {
            Decoder::Identity(sink) => Ok(sink.out),
            Decoder::Gzip { empty: true, .. } => Ok(Vec::new()),
            Decoder::Gzip { mut inner, .. } => match inner.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut inner.get_mut().out)),
                Err(_) if inner.get_ref().overflow => Err(Finish::Overflow),
                Err(error) => Err(Finish::Broken(error)),
            },
            Decoder::Deflate(inflate) if inflate.state.is_none() || inflate.done => {
                Ok(inflate.sink.out)
            }
            Decoder::Deflate(_) => Err(Finish::Broken(io::ErrorKind::UnexpectedEof.into())),
        }
    }
}

/// `deflate` means a zlib stream; several servers send the bare stream. The first byte tells them apart.
struct Inflate {
    state: Option<Decompress>,
    done: bool,
    sink: Sink,
}

impl Inflate {
    fn write(&mut self, mut data: &[u8]) -> io::Result<()> {
        let Some(first) = data.first() else {
            return Ok(());
        };
        let zlib = first & 0x0f == 8 && first >> 4 <= 7;
        let state = self.state.get_or_insert_with(|| Decompress::new(zlib));
        let mut buffer = [0u8; 16 * 1024];
        while !self.done {
            let (read, written) = (state.total_in(), state.total_out());
            let status = state
                .decompress(data, &mut buffer, FlushDecompress::None)
                .map_err(io::Error::other)?;
            let (read, written) = (
                (state.total_in() - read) as usize,
                (state.total_out() - written) as usize,
            );
            self.sink.write_all(&buffer[..written])?;
            data = &data[read..];
            self.done = status == Status::StreamEnd;
            if read == 0 && written == 0 || data.is_empty() && written < buffer.len() {
                break;
            }
        }
        Ok(())
    }
}
