//! Blocking frames over the socket pair, from the child's side.
#![allow(unsafe_code)]

use crate::{error::SandboxError, jail::SOCKET, wire};
use serde::Serialize;
use std::{
    fs::File,
    io::{self, Read, Write},
    os::{
        fd::{FromRawFd, OwnedFd},
        unix::net::UnixStream,
    },
};

/// The child's end.
pub(crate) struct Socket {
    /// A file, as its reads and writes are the plain system calls that the jail allows.
    stream: File,
    buffer: Vec<u8>,
    filled: usize,
    taken: usize,
    out: Vec<u8>,
    max_frame: usize,
}

/// First size of the read buffer: most frames fit.
const FIRST_BUFFER: usize = 64 << 10;

impl Socket {
    /// The socket a child process gets as its standard input, moved to its own descriptor.
    pub(super) fn of_process() -> io::Result<Socket> {
        // SAFETY: plain system calls on descriptors this process owns.
        let fd = unsafe {
            if libc::dup3(0, SOCKET, libc::O_CLOEXEC) < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(SOCKET)
        };
        Ok(Socket::over(File::from(fd)))
    }

    /// Any socket, for the inline mode.
    pub(crate) fn new(stream: UnixStream) -> Socket {
        Socket::over(File::from(OwnedFd::from(stream)))
    }

    fn over(stream: File) -> Socket {
        Socket {
            stream,
            buffer: vec![0; FIRST_BUFFER],
            filled: 0,
            taken: 0,
            out: Vec::new(),
            max_frame: crate::Limits::default().max_frame,
        }
    }

    /// Frames above this size are refused, both ways.
    pub(super) fn limit(&mut self, max_frame: usize) {
        self.max_frame = max_frame;
    }

    /// Waits for the next frame; `None` when the host is gone.
    pub(super) fn receive(&mut self) -> Result<Option<&[u8]>, SandboxError> {
        loop {
            let waiting = &self.buffer[self.taken..self.filled];
            if let Some(length) = wire::length(waiting) {
                if length > self.max_frame {
                    return Err(SandboxError::Protocol("a frame is too large".into()));
                }
                if waiting.len() >= 4 + length {
                    let start = self.taken + 4;
                    self.taken = start + length;
                    return Ok(Some(&self.buffer[start..start + length]));
                }
                self.make_room(4 + length);
            } else {
                self.make_room(FIRST_BUFFER);
            }
            match self.stream.read(&mut self.buffer[self.filled..]) {
                Ok(0) => return Ok(None),
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Ok(None),
            }
        }
    }

    /// Moves what is waiting to the front and makes the buffer at least this large, and small again after a giant.
    fn make_room(&mut self, size: usize) {
        self.buffer.copy_within(self.taken..self.filled, 0);
        self.filled -= self.taken;
        self.taken = 0;
        if self.buffer.len() < size {
            self.buffer.resize(size, 0);
        } else if self.filled == 0 && self.buffer.len() > 16 * FIRST_BUFFER {
            self.buffer = vec![0; size.max(FIRST_BUFFER)];
        }
    }

    /// Sends a frame. `false` when the host is gone.
    pub(super) fn send<T: Serialize>(&mut self, frame: &T) -> Result<bool, SandboxError> {
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        self.out = wire::encode(frame, self.max_frame, out)?;
        let sent = self.stream.write_all(&self.out).is_ok();
        if self.out.capacity() > 16 * FIRST_BUFFER {
            self.out = Vec::new();
        }
        Ok(sent)
    }
}
