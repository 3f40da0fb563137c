//! The host's end of one child: frames out, answers in, and the knowledge of how it ended.

use super::watch::Watch;
use crate::{
    error::SandboxError,
    limits::Limits,
    measure,
    turn::{Call, LogLine},
    wire::{self, FromChild, ToChild, exit},
};
use parking_lot::Mutex;
use std::{
    collections::VecDeque,
    io,
    os::unix::process::ExitStatusExt,
    process::{Child as Process, ExitStatus},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::UnixStream,
    sync::{Notify, oneshot},
};

/// How a child ended, for those who ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChildEnd {
    /// By a signal: 31 is a forbidden system call, 9 a kill.
    Signal(i32),
    /// With an exit code.
    Exit(i32),
    /// It was a thread.
    Thread,
}

/// An answer with the pieces that came before it.
pub(super) struct Answer {
    pub frame: FromChild,
    pub calls: Vec<Call>,
    pub logs: Vec<LogLine>,
}

type Reply = oneshot::Sender<Result<Answer, SandboxError>>;

/// A request the child has not answered yet.
struct InFlight {
    reply: Reply,
    cpu_limit: Duration,
    /// When it became the one being processed, as far as the host can know.
    since: Option<Instant>,
    /// CPU of the child when the watchdog first saw it being processed.
    baseline: Option<Duration>,
    calls: Vec<Call>,
    logs: Vec<LogLine>,
    pieces: usize,
}

#[derive(Default)]
struct Lines {
    out: VecDeque<u8>,
    in_flight: VecDeque<InFlight>,
    /// Why the child is being killed.
    sentence: Option<SandboxError>,
    /// Set when nothing more will come: what those get who ask from now on.
    dead: Option<SandboxError>,
    end: Option<ChildEnd>,
}

/// The host's end of one child.
pub(super) struct Link {
    stream: UnixStream,
    lines: Mutex<Lines>,
    wake: Notify,
    ended: Notify,
    process: Mutex<Option<Process>>,
    pid: Option<u32>,
    limits: Limits,
}

/// Pieces of one turn, in frames' worth of `max_frame`: a child that sends more is broken.
const MAX_PIECES: usize = 512;

impl Link {
    /// Takes over a started child and its reading task.
    pub(super) fn new(stream: UnixStream, process: Option<Process>, limits: Limits) -> Arc<Link> {
        let link = Arc::new(Link {
            stream,
            lines: Mutex::default(),
            wake: Notify::new(),
            ended: Notify::new(),
            pid: process.as_ref().map(Process::id),
            process: Mutex::new(process),
            limits,
        });
        tokio::spawn(link.clone().attend());
        link
    }

    /// Sends frames of which the last is answered.
    pub(super) async fn request(&self, frames: &[ToChild], cpu_limit: Duration, watch: &Watch) -> Result<Answer, SandboxError> {
        let (reply, answer) = oneshot::channel();
        self.push(frames, Some((reply, cpu_limit)))?;
        // After the request is in the queue: the watchdog either sees it there or is still to be woken.
        watch.wake();
        answer.await.unwrap_or_else(|_| Err(lost("the sandbox went away")))
    }

    /// Sends frames that are not answered.
    pub(super) fn tell(&self, frames: &[ToChild]) -> Result<(), SandboxError> {
        self.push(frames, None)
    }

    fn push(&self, frames: &[ToChild], expected: Option<(Reply, Duration)>) -> Result<(), SandboxError> {
        let mut bytes = Vec::new();
        for frame in frames {
            bytes = wire::encode(frame, self.limits.max_frame, bytes)?;
        }
        let mut lines = self.lines.lock();
        if let Some(error) = &lines.dead {
            return Err(error.clone());
        }
        if let Some((reply, cpu_limit)) = expected {
            let since = lines.in_flight.is_empty().then(Instant::now);
            lines.in_flight.push_back(InFlight {
                reply,
                cpu_limit,
                since,
                baseline: None,
                calls: Vec::new(),
                logs: Vec::new(),
                pieces: 0,
            });
        }
        // Written at once when the socket takes it: no task needs to wake up for an ordinary frame.
        let mut rest = bytes.as_slice();
        while lines.out.is_empty() && !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(_) => break,
            }
        }
        if !rest.is_empty() {
            lines.out.extend(rest);
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Process id, when it is a process.
    pub(super) fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Number of requests without an answer.
    pub(super) fn load(&self) -> usize {
        self.lines.lock().in_flight.len()
    }

    /// Whether the child can no longer be used.
    pub(super) fn is_dead(&self) -> bool {
        let lines = self.lines.lock();
        lines.dead.is_some() || lines.sentence.is_some()
    }

    /// Ends the child now. Whoever is being processed gets `sentence`.
    pub(super) fn kill(&self, sentence: SandboxError) {
        self.lines.lock().sentence.get_or_insert(sentence);
        if let Some(process) = self.process.lock().as_mut() {
            drop(process.kill());
        }
        // A thread cannot be killed. It finds its socket closed when it looks up.
        self.hang_up();
        self.wake.notify_one();
    }

    #[allow(unsafe_code)]
    fn hang_up(&self) {
        use std::os::fd::AsRawFd;
        // SAFETY: shutdown touches no memory; the descriptor is open as long as `self` lives.
        unsafe { libc::shutdown(self.stream.as_raw_fd(), libc::SHUT_RDWR) };
    }

    /// Waits until the child is gone and answers how it went.
    pub(super) async fn ended(&self) -> ChildEnd {
        loop {
            let waiter = self.ended.notified();
            if let Some(end) = self.lines.lock().end.clone() {
                return end;
            }
            waiter.await;
        }
    }

    /// Looks at the request being processed and kills a child that takes too much. Answers whether there is one.
    pub(super) fn watch(&self) -> bool {
        let mut lines = self.lines.lock();
        if lines.dead.is_some() {
            return false;
        }
        let Some(front) = lines.in_flight.front_mut() else { return false };
        let wall = front.since.map_or(Duration::ZERO, |since| since.elapsed());
        let used = match (self.pid.and_then(cpu_of), front.baseline) {
            (Some(now), Some(before)) => now.saturating_sub(before),
            (Some(now), None) => {
                front.baseline = Some(now);
                Duration::ZERO
            }
            (None, _) => Duration::ZERO,
        };
        let sentence = if used > front.cpu_limit + self.limits.kill_grace {
            Some(SandboxError::CpuLimit)
        } else if wall > front.cpu_limit * self.limits.wall_multiple + self.limits.kill_grace {
            Some(SandboxError::WallLimit)
        } else {
            None
        };
        drop(lines);
        if let Some(sentence) = sentence {
            self.kill(sentence);
        }
        true
    }

    /// The child's task: reads until nothing more comes.
    async fn attend(self: Arc<Self>) {
        let mut buffer = Vec::with_capacity(64 << 10);
        let reason = loop {
            let unsent = !self.lines.lock().out.is_empty();
            tokio::select! {
                ready = self.stream.readable() => {
                    if ready.is_err() {
                        break "the socket failed".to_owned();
                    }
                    match self.stream.try_read_buf(&mut buffer) {
                        Ok(0) => break "it closed its socket".to_owned(),
                        Ok(_) => {
                            if let Err(error) = self.take_frames(&mut buffer) {
                                break error.to_string();
                            }
                        }
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        Err(error) => break error.to_string(),
                    }
                }
                ready = self.stream.writable(), if unsent => {
                    if ready.is_err() || !self.flush() {
                        break "the socket failed".to_owned();
                    }
                }
                () = self.wake.notified() => {}
            }
        };
        self.bury(reason).await;
    }

    fn flush(&self) -> bool {
        let mut lines = self.lines.lock();
        loop {
            let (first, _) = lines.out.as_slices();
            if first.is_empty() {
                return true;
            }
            match self.stream.try_write(first) {
                Ok(count) => drop(lines.out.drain(..count)),
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    fn take_frames(&self, buffer: &mut Vec<u8>) -> Result<(), SandboxError> {
        let mut at = 0;
        while let Some(length) = wire::length(&buffer[at..]) {
            if length > self.limits.max_frame {
                return Err(SandboxError::Protocol("a frame is too large".into()));
            }
            let Some(body) = buffer.get(at + 4..at + 4 + length) else {
                buffer.reserve(4 + length - (buffer.len() - at));
                break;
            };
            self.take_frame(wire::decode(body)?)?;
            at += 4 + length;
        }
        buffer.drain(..at);
        if buffer.is_empty() && buffer.capacity() > (1 << 20) {
            *buffer = Vec::with_capacity(64 << 10);
        }
        Ok(())
    }

    fn take_frame(&self, frame: FromChild) -> Result<(), SandboxError> {
        let unasked = || SandboxError::Protocol("an answer without a question".into());
        let mut lines = self.lines.lock();
        if let FromChild::Piece { calls, logs } = frame {
            let front = lines.in_flight.front_mut().ok_or_else(unasked)?;
            front.pieces += 1;
            if front.pieces > MAX_PIECES {
                return Err(SandboxError::Protocol("a turn has no end".into()));
            }
            front.calls.extend(calls);
            front.logs.extend(logs);
            return Ok(());
        }
        let answered = lines.in_flight.pop_front().ok_or_else(unasked)?;
        if let Some(next) = lines.in_flight.front_mut() {
            next.since = Some(Instant::now());
        }
        drop(lines);
        let InFlight { reply, calls, logs, .. } = answered;
        // Nobody waits any more: the session was dropped meanwhile.
        drop(reply.send(Ok(Answer { frame, calls, logs })));
        Ok(())
    }

    /// The child is gone: finds out how, and tells everybody who waits.
    async fn bury(&self, reason: String) {
        let process = self.process.lock().take();
        let end = match process {
            Some(mut process) => {
                drop(process.kill());
                let status = tokio::task::spawn_blocking(move || process.wait()).await;
                status.ok().and_then(Result::ok).map_or(ChildEnd::Exit(-1), how)
            }
            None => ChildEnd::Thread,
        };
        let mut lines = self.lines.lock();
        let guilty = lines.sentence.clone().unwrap_or_else(|| verdict(&end, &reason));
        measure::ended(lines.sentence.as_ref().map_or_else(|| measure::unasked(&end), told));
        let in_flight = std::mem::take(&mut lines.in_flight);
        lines.dead = Some(lost(&describe(&end, &reason)));
        lines.out.clear();
        lines.end = Some(end);
        let others = lines.dead.clone().unwrap_or_else(|| lost(&reason));
        drop(lines);
        for (index, waiting) in in_flight.into_iter().enumerate() {
            let error = if index == 0 { guilty.clone() } else { others.clone() };
            drop(waiting.reply.send(Err(error)));
        }
        self.ended.notify_waiters();
    }
}

#[cfg(feature = "fuzzing")]
impl Link {
    /// Reads what a child sent, cut into pieces of `step` bytes, while two requests wait for an answer. Nothing is started.
    pub(crate) fn read_all(data: &[u8], step: usize, limits: Limits) -> io::Result<()> {
        let (ours, _theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let link = Link {
            stream: UnixStream::from_std(ours)?,
            lines: Mutex::default(),
            wake: Notify::new(),
            ended: Notify::new(),
            pid: None,
            process: Mutex::new(None),
            limits,
        };
        let mut waiting = Vec::new();
        for _ in 0..2 {
            let (reply, answer) = oneshot::channel();
            waiting.push(answer);
            let (calls, logs) = (Vec::new(), Vec::new());
            let request = InFlight { reply, cpu_limit: Duration::ZERO, since: None, baseline: None, calls, logs, pieces: 0 };
            link.lines.lock().in_flight.push_back(request);
        }
        let mut buffer = Vec::new();
        for piece in data.chunks(step.max(1)) {
            buffer.extend_from_slice(piece);
            if link.take_frames(&mut buffer).is_err() {
                break;
            }
        }
        Ok(())
    }
}

fn lost(reason: &str) -> SandboxError {
    SandboxError::Crashed { reason: reason.to_owned(), processing: false }
}

/// Why the host ended a child.
fn told(sentence: &SandboxError) -> &'static str {
    match sentence {
        SandboxError::CpuLimit => "cpu",
        SandboxError::WallLimit => "wall",
        SandboxError::Protocol(_) => "protocol",
        SandboxError::Crashed { .. } => "dismissed",
        _ => "died",
    }
}

fn how(status: ExitStatus) -> ChildEnd {
    match (status.signal(), status.code()) {
        (Some(signal), _) => ChildEnd::Signal(signal),
        (None, code) => ChildEnd::Exit(code.unwrap_or(-1)),
    }
}

/// What the run gets that was being processed when its child died unasked.
fn verdict(end: &ChildEnd, reason: &str) -> SandboxError {
    match end {
        ChildEnd::Exit(exit::MEMORY) => SandboxError::MemoryLimit,
        ChildEnd::Exit(exit::STACK) => SandboxError::StackLimit,
        ChildEnd::Exit(exit::CPU) | ChildEnd::Signal(libc::SIGXCPU) => SandboxError::CpuLimit,
        ChildEnd::Exit(exit::PROTOCOL) => SandboxError::Protocol("the child refused a frame".into()),
        _ => SandboxError::Crashed { reason: describe(end, reason), processing: true },
    }
}

fn describe(end: &ChildEnd, reason: &str) -> String {
    match end {
        ChildEnd::Signal(libc::SIGSYS) => "it made a forbidden system call".into(),
        ChildEnd::Signal(signal) => format!("signal {signal}"),
        ChildEnd::Exit(exit::FAULT) => "the engine failed".into(),
        ChildEnd::Exit(code) => format!("exit code {code}"),
        ChildEnd::Thread => reason.to_owned(),
    }
}

/// CPU time a process has used.
#[allow(unsafe_code)]
fn cpu_of(pid: u32) -> Option<Duration> {
    let mut clock = 0;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    let pid = libc::pid_t::try_from(pid).ok()?;
    // SAFETY: both structs are valid for the duration of the calls.
    let known = unsafe {
        libc::clock_getcpuclockid(pid, &raw mut clock) == 0 && libc::clock_gettime(clock, &raw mut time) == 0
    };
    known.then(|| Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0)))
}
