//! The loop: read a frame, do it, answer.

use super::{Socket, imprison, warm};
use crate::{
    error::SandboxError,
    isolate::{self, Detail, Isolate, Loaded, Watermark, thread_cpu_ns},
    jail::{self, JailReport},
    limits::{Limits, PIECE, SPARE_ISOLATES},
    turn::{Call, Delivery, LogLine, Open},
    wire::{Bytecode, FromChild, ToChild, TurnTail, decode, exit},
};
use std::{collections::HashMap, sync::Arc};

/// What the loop runs in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// A process of its own, jailed.
    Process {
        /// The process that must be alive.
        parent: i32,
        /// Whether probes are answered.
        probes: bool,
    },
    /// A thread of the server: no wall but the engine's. For development.
    Inline,
}

/// Serves one host until it goes away. Answers the exit code.
pub(crate) fn serve(mut socket: Socket, role: Role) -> i32 {
    let limits = match socket.receive().map(|frame| frame.map(decode::<ToChild>)) {
        Ok(Some(Ok(ToChild::Start { limits }))) => limits,
        _ => return exit::PROTOCOL,
    };
    socket.limit(limits.max_frame);
    if let Role::Process { .. } = role
        && let Err(reason) = jail::widen_stack(Watermark::thread_stack(limits.stack_bytes))
    {
        drop(socket.send(&FromChild::Broken { reason }));
        return exit::PROTOCOL;
    }
    let watermark = Watermark::lay(limits.stack_bytes);
    warm();
    let probes = matches!(role, Role::Process { probes: true, .. });
    let report = match role {
        Role::Process { parent, .. } => {
            watermark.of_process();
            imprison(&limits, parent)
        }
        Role::Inline => Ok(JailReport { isolation: "inline".into(), ..JailReport::default() }),
    };
    let hello = match report {
        Ok(report) => FromChild::Hello { report, engine: isolate::engine() },
        Err(reason) => FromChild::Broken { reason },
    };
    if !matches!(socket.send(&hello), Ok(true)) || matches!(hello, FromChild::Broken { .. }) {
        return exit::PROTOCOL;
    }
    let mut child = Child {
        limits,
        watermark,
        probes,
        tenant: None,
        compiler: false,
        programs: HashMap::new(),
        spares: Vec::new(),
        isolates: HashMap::new(),
    };
    child.prepare();
    let code = child.run(&mut socket);
    if let Role::Process { .. } = role {
        // The host takes a closed socket for the end and kills; the exit code must come first.
        std::mem::forget(socket);
    }
    code
}

struct Child {
    limits: Limits,
    watermark: Watermark,
    probes: bool,
    tenant: Option<String>,
    /// This child parses foreign text and never runs any.
    compiler: bool,
    programs: HashMap<String, Arc<Loaded>>,
    /// Blank engines: made ahead of time, or taken back from runs that have ended.
    spares: Vec<Isolate>,
    isolates: HashMap<u64, Isolate>,
}

/// How the loop goes on.
enum Next {
    Go,
    Leave(i32),
}

impl Child {
    fn run(&mut self, socket: &mut Socket) -> i32 {
        loop {
            let frame = match socket.receive() {
                Ok(Some(body)) => decode::<ToChild>(body),
                Ok(None) => return 0,
                Err(_) => return exit::PROTOCOL,
            };
            let Ok(frame) = frame else { return exit::PROTOCOL };
            match self.handle(frame, socket) {
                Ok(Next::Go) => {}
                Ok(Next::Leave(code)) => return code,
                Err(_) => return exit::PROTOCOL,
            }
        }
    }

    fn handle(&mut self, frame: ToChild, socket: &mut Socket) -> Result<Next, SandboxError> {
        let answered = match frame {
            ToChild::Start { .. } => return Ok(Next::Leave(exit::PROTOCOL)),
            ToChild::Adopt { tenant } => {
                // The second wall behind the host's own bookkeeping.
                if self.compiler || self.tenant.as_ref().is_some_and(|known| *known != tenant) {
                    return Ok(Next::Leave(exit::PROTOCOL));
                }
                self.tenant = Some(tenant);
                true
            }
            ToChild::Load { program } => {
                if self.compiler || self.tenant.is_none() {
                    return Ok(Next::Leave(exit::PROTOCOL));
                }
                self.load(program);
                true
            }
            ToChild::Unload { hash } => {
                self.programs.remove(&hash);
                true
            }
            ToChild::Open { session, hash, open, watched } => self.open(session, &hash, open, watched, socket)?,
            ToChild::Deliver { session, deliveries } => self.deliver(session, deliveries, socket)?,
            ToChild::Close { session } => {
                if let Some(isolate) = self.isolates.remove(&session) {
                    self.put_back(isolate);
                }
                true
            }
            ToChild::Compile { modules } => {
                if self.tenant.is_some() {
                    return Ok(Next::Leave(exit::PROTOCOL));
                }
                self.compiler = true;
                let result = isolate::compile(&modules, &self.limits, Detail::Positions);
                socket.send(&FromChild::Compiled { result })?
            }
            ToChild::Inspect { hash } => {
                let (result, retire) = match self.ready(&hash) {
                    Ok((isolate, program)) => {
                        let result = isolate::inspect(&isolate, &program);
                        let retire = isolate.is_spoiled();
                        self.put_back(isolate);
                        (result, retire)
                    }
                    Err(error) => (Err(error), false),
                };
                socket.send(&FromChild::Inspected { result, retire })?
            }
            ToChild::Probe { what } => {
                if !self.probes {
                    return Ok(Next::Leave(exit::PROTOCOL));
                }
                socket.send(&FromChild::Probed { errno: jail::probe::attempt(&what) })?
            }
        };
        Ok(if answered { Next::Go } else { Next::Leave(0) })
    }

    fn load(&mut self, program: Bytecode) {
        let Bytecode { hash, entry, modules } = program;
        let modules = modules.into_iter().collect();
        self.programs.insert(hash, Arc::new(Loaded { entry, modules }));
    }

    /// An engine and the program it shall run.
    fn ready(&mut self, hash: &str) -> Result<(Isolate, Arc<Loaded>), SandboxError> {
        let program = self.programs.get(hash).cloned().ok_or_else(|| not_loaded(hash))?;
        let isolate = match self.spares.pop() {
            Some(spare) => spare,
            None => Isolate::blank(&self.limits, self.watermark)?,
        };
        Ok((isolate, program))
    }

    fn open(&mut self, session: u64, hash: &str, open: Open, watched: bool, socket: &mut Socket) -> Result<bool, SandboxError> {
        let started = thread_cpu_ns();
        let sent = match self.ready(hash) {
            Ok((mut isolate, program)) => {
                let result = isolate.open(program, open, watched, &mut |calls, logs| drop(socket.send(&FromChild::Piece { calls, logs })));
                self.answer(session, isolate, result, started, socket)?
            }
            Err(error) => socket.send(&FromChild::Turn { result: Err(error), cpu_us: 0, retire: true })?,
        };
        self.prepare();
        Ok(sent)
    }

    /// Sees to it that the next run finds an engine.
    fn prepare(&mut self) {
        if self.spares.is_empty() {
            self.spares.extend(Isolate::blank(&self.limits, self.watermark));
        }
    }

    /// Takes the engine of a run that is over.
    fn put_back(&mut self, isolate: Isolate) {
        if self.spares.len() < SPARE_ISOLATES {
            self.spares.extend(isolate.renew());
        }
    }

    fn deliver(&mut self, session: u64, deliveries: Vec<Delivery>, socket: &mut Socket) -> Result<bool, SandboxError> {
        let started = thread_cpu_ns();
        isolate::last_words::forget();
        let Some(mut isolate) = self.isolates.remove(&session) else {
            let result = Err(SandboxError::Protocol("no such session".into()));
            return socket.send(&FromChild::Turn { result, cpu_us: 0, retire: false });
        };
        let result = isolate.resume(deliveries, &mut |calls, logs| drop(socket.send(&FromChild::Piece { calls, logs })));
        self.answer(session, isolate, result, started, socket)
    }

    /// Sends the turn first and puts the isolate of a finished run back afterwards: nobody waits for that.
    fn answer(
        &mut self,
        session: u64,
        isolate: Isolate,
        result: Result<TurnTail, SandboxError>,
        started: u64,
        socket: &mut Socket,
    ) -> Result<bool, SandboxError> {
        let result = result.and_then(|tail| lighten(tail, socket));
        let goes_on = matches!(&result, Ok(tail) if tail.end.is_none());
        let cpu_us = thread_cpu_ns().saturating_sub(started) / 1000;
        let retire = isolate.is_spoiled();
        let sent = socket.send(&FromChild::Turn { result, cpu_us, retire })?;
        if goes_on {
            self.isolates.insert(session, isolate);
        } else {
            self.put_back(isolate);
        }
        Ok(sent)
    }
}

/// Sends the calls and lines of a heavy turn ahead, so that each frame stays far below the limit.
fn lighten(mut tail: TurnTail, socket: &mut Socket) -> Result<TurnTail, SandboxError> {
    let weight = |call: &Call| call.args.len() + call.kind.len();
    let lines = |line: &LogLine| line.message.len() + line.data.as_ref().map_or(0, String::len);
    let total: usize = tail.calls.iter().map(weight).chain(tail.logs.iter().map(lines)).sum();
    if total <= PIECE {
        return Ok(tail);
    }
    for calls in pieces(std::mem::take(&mut tail.calls), weight) {
        socket.send(&FromChild::Piece { calls, logs: Vec::new() })?;
    }
    for logs in pieces(std::mem::take(&mut tail.logs), lines) {
        socket.send(&FromChild::Piece { calls: Vec::new(), logs })?;
    }
    Ok(tail)
}

/// Cuts a list into parts of about [`PIECE`] bytes; one item is never cut.
fn pieces<T>(items: Vec<T>, weight: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut all: Vec<Vec<T>> = Vec::new();
    let mut size = 0;
    for item in items {
        let more = weight(&item);
        if all.is_empty() || size + more > PIECE {
            all.push(Vec::new());
            size = 0;
        }
        size += more;
        if let Some(last) = all.last_mut() {
            last.push(item);
        }
    }
    all
}

fn not_loaded(hash: &str) -> SandboxError {
    SandboxError::Protocol(format!("program {hash} is not loaded"))
}
