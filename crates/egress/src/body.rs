//! Reads an answer's body within limits, decoding it as it arrives, so that neither the wire nor a small bomb that
//! unpacks into a large body can use more memory than the limit.

use std::io::{self, Write};
use std::time::Duration;

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use http::header::{self, HeaderMap};

use crate::error::{EgressError, Phase, Side};

/// How much may be read and how long a silence may last.
#[derive(Clone, Copy)]
pub(crate) struct ReadLimits {
    pub bytes: usize,
    pub idle: Duration,
}

/// The whole body, decoded. Removes `Content-Encoding` and `Content-Length` from `headers` when it decoded something.
pub(crate) async fn read(
    mut response: reqwest::Response,
    headers: &mut HeaderMap,
    limits: ReadLimits,
    host: &str,
) -> Result<Bytes, EgressError> {
    let too_large = || EgressError::BodyTooLarge {
        side: Side::Response,
        what: "response body",
        limit: limits.bytes,
    };
    let broken = |detail: String| EgressError::Protocol {
        host: host.to_owned(),
        detail,
    };
    if response
        .content_length()
        .is_some_and(|length| length > limits.bytes as u64)
    {
        return Err(too_large());
    }
    let mut decoder = Decoder::for_headers(headers, limits.bytes).map_err(broken)?;
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
        if let Err(error) = decoder.write(&chunk) {
            return Err(if decoder.overflowed() {
                too_large()
            } else {
                broken(undecodable(&error))
            });
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
        if self.out.len() + data.len() > self.limit {
            self.overflow = true;
            return Err(io::Error::other("larger than the limit"));
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
        match self {
            Decoder::Identity(sink) => sink.overflow,
            Decoder::Gzip { inner, .. } => inner.get_ref().overflow,
            Decoder::Deflate(inflate) => inflate.sink.overflow,
        }
    }

    /// The body, if the compressed stream reached its end. No byte at all is an empty body (HEAD, 204, 304).
    fn finish(self) -> Result<Bytes, Finish> {
        match self {
            Decoder::Identity(sink) => Ok(sink.out.into()),
            Decoder::Gzip { empty: true, .. } => Ok(Bytes::new()),
            Decoder::Gzip { mut inner, .. } => match inner.try_finish() {
                Ok(()) => Ok(std::mem::take(&mut inner.get_mut().out).into()),
                Err(_) if inner.get_ref().overflow => Err(Finish::Overflow),
                Err(error) => Err(Finish::Broken(error)),
            },
            Decoder::Deflate(inflate) if inflate.state.is_none() || inflate.done => {
                Ok(inflate.sink.out.into())
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
