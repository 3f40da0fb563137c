//! One connection of a stand-in: requests in, answers out, until either side closes.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::reply::{Manner, Reply};
use super::{Recorded, State};

pub(super) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    state: &State,
) -> io::Result<()> {
    let mut buffer = BytesMut::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let reply = state.reply_to(&request);
        let head = request.method == "HEAD";
        let close = request
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        state.requests.lock().push(request);
        tokio::time::sleep(reply.delay).await;
        if !write_reply(&mut stream, &reply, head).await? || close {
            break;
        }
    }
    stream.shutdown().await
}

/// The next request, or `None` at the end of the connection.
async fn read_request<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
) -> io::Result<Option<Recorded>> {
    let (mut request, length) = loop {
        if let Some((head, request, length)) = parse_head(buffer)? {
            buffer.advance(head);
            break (request, length);
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    if request.header("expect").is_some() {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    request.body = match length {
        Length::Known(length) => {
            while buffer.len() < length {
                more(stream, buffer).await?;
            }
            buffer.split_to(length).freeze()
        }
        Length::Chunked => read_chunks(stream, buffer).await?,
    };
    Ok(Some(request))
}

enum Length {
    Known(usize),
    Chunked,
}

fn parse_head(buffer: &[u8]) -> io::Result<Option<(usize, Recorded, Length)>> {
    let mut headers = [httparse::EMPTY_HEADER; 256];
    let mut parsed = httparse::Request::new(&mut headers);
    let size = match parsed.parse(buffer).map_err(io::Error::other)? {
        httparse::Status::Complete(size) => size,
        httparse::Status::Partial => return Ok(None),
    };
    let target = parsed.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = parsed
        .headers
        .iter()
        .map(|header| {
            (
                header.name.to_ascii_lowercase(),
                String::from_utf8_lossy(header.value).into_owned(),
            )
        })
        .collect();
    let request = Recorded {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: Bytes::new(),
    };
    let length = match request.header("transfer-encoding") {
        Some(coding) if coding.eq_ignore_ascii_case("chunked") => Length::Chunked,
        _ => Length::Known(
            request
                .header("content-length")
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
        ),
    };
    Ok(Some((size, request, length)))
}

async fn read_chunks<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut BytesMut,
) -> io::Result<Bytes> {
    let mut body = BytesMut::new();
    loop {
        let (head, size) = loop {
            match httparse::parse_chunk_size(buffer)
                .map_err(|_| io::Error::other("bad chunk size"))?
            {
                httparse::Status::Complete((head, size)) => break (head, size as usize),
                httparse::Status::Partial => more(stream, buffer).await?,
            }
        };
        while buffer.len() < head + size + 2 {
            more(stream, buffer).await?;
        }
        buffer.advance(head);
        body.extend_from_slice(&buffer.split_to(size));
        buffer.advance(2);
        if size == 0 {
            return Ok(body.freeze());
        }
    }
}

async fn more<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut BytesMut) -> io::Result<()> {
    match stream.read_buf(buffer).await? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(()),
    }
}

/// Writes the answer; `false` when the connection must end with it.
async fn write_reply<S: AsyncWrite + Unpin>(
    stream: &mut S,
    reply: &Reply,
    head: bool,
) -> io::Result<bool> {
    match reply.manner {
        Manner::Close => return Ok(false),
        Manner::Raw => {
            stream.write_all(&reply.body).await?;
            return Ok(false);
        }
        _ => {}
    }
    let mut out = head_text(reply).into_bytes();
    let body = if head {
        Bytes::new()
    } else {
        reply.body.clone()
    };
    match reply.manner {
        Manner::CutAfter(bytes) => {
            out.extend_from_slice(&body[..bytes.min(body.len())]);
            stream.write_all(&out).await?;
            return Ok(false);
        }
        Manner::Drip(bytes, pause) => {
            stream.write_all(&out).await?;
            for piece in body.chunks(bytes) {
                stream.write_all(piece).await?;
                stream.flush().await?;
                tokio::time::sleep(pause).await;
            }
        }
        Manner::Chunked(bytes) => {
            for piece in body.chunks(bytes) {
                out.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                out.extend_from_slice(piece);
                out.extend_from_slice(b"\r\n");
            }
            if !head {
                out.extend_from_slice(b"0\r\n\r\n");
            }
            stream.write_all(&out).await?;
        }
        Manner::Whole | Manner::Close | Manner::Raw => {
            out.extend_from_slice(&body);
            stream.write_all(&out).await?;
        }
    }
    stream.flush().await?;
    Ok(true)
}

fn head_text(reply: &Reply) -> String {
    let known = http::StatusCode::from_u16(reply.status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let reason = reply.reason.as_deref().or(known).unwrap_or_default();
    let mut text = format!("HTTP/1.1 {} {reason}\r\n", reply.status);
    for (name, value) in &reply.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    let given = |wanted: &str| {
        reply
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let bodiless = matches!(reply.status, 100..=199 | 204 | 304);
    if matches!(reply.manner, Manner::Chunked(_)) {
        text.push_str("transfer-encoding: chunked\r\n");
    } else if !bodiless && !given("content-length") && !given("transfer-encoding") {
        text.push_str(&format!("content-length: {}\r\n", reply.body.len()));
    }
    text.push_str("\r\n");
    text
}
