//! Starts a server, and stops it in order: no new connections, running requests, runs in memory, the database.

mod accept;
pub(crate) mod database;
mod error;
mod first_owner;
mod forget;
mod limits;
pub(crate) mod sandbox;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_clock::Clock;
use millrace_connector::{Executor, ExecutorLimits, Pauses, Registry};
use millrace_db::Db;
use millrace_egress::{Egress, Network};
use millrace_engine::Engine;
use millrace_engine::payload::PayloadStore;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Parts, PartsInner};
use crate::config::Config;
use crate::mail::{self, Mail, Smtp};
use crate::news::News;
use crate::observe::Traces;
use crate::perform::Performer;
use crate::quotas::{Kept, Quotas};
use crate::rate_limits::Limits;
use crate::tenants::{Bootstrap, Closed, bootstrap};
use crate::{http, observe, secrets};

#[cfg(test)]
pub(crate) use accept::accept;
pub use error::ServeError;
pub use first_owner::first_owner;

/// A server that accepts connections.
pub struct Server {
    /// Its shared state.
    pub app: App,
    /// Where it listens: the real port, even when 0 was asked for.
    pub address: SocketAddr,
    /// Where the metrics are served besides, if anywhere.
    pub metrics_address: Option<SocketAddr>,
    accepting: JoinHandle<()>,
    mailing: Option<JoinHandle<()>>,
}

/// Serves until SIGTERM or SIGINT, then stops in order. A second signal ends the waiting.
///
/// # Errors
/// Why the server could not start.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    crate::config::init_logging(&config.log);
    let mut signals = Signals::new()?;
    let server = Box::pin(Server::start(config)).await?;
    announce(&server);
    signals.wait().await;
    tracing::info!("stopping: finishing what is running; a second signal ends the waiting");
    tokio::select! {
        () = server.stop() => tracing::info!("stopped"),
        () = signals.wait() => tracing::warn!("stopped without waiting; runs in memory continue at the next start"),
    }
    Ok(())
}

/// The one line that scripts wait for.
fn announce(server: &Server) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    // Nobody may be listening to standard output; that is no reason to stop.
    let _ = writeln!(out, "millrace listening on http://{}", server.address).and_then(|()| out.flush());
}

impl Server {
    /// Opens everything, and accepts connections when this returns.
    ///
    /// # Errors
    /// Why the server could not start.
    pub async fn start(mut config: Config) -> Result<Self, ServeError> {
        let clock = if config.test_clock { Clock::shifted() } else { Clock::System };
        observe::install();
        accept::raise_open_files();
        // The port is ours from here on, but nobody is let in before everything works.
        let socket = bind(config.listen.address)?;
        let address = socket.local_addr().map_err(|e| ServeError::Listen(config.listen.address, e))?;
        config.listen.address = address;
        let metrics = config.observe.metrics_listen.map(|address| bind(address).map(|socket| (address, socket))).transpose()?;
        let config = Arc::new(config);
        warn_about(&config);
        database::prepare_folder(&config.data_dir)?;
        let db = database::open(&config.database).await?;
        crate::moving::refuse_if_moved(&db).await?;
        db.migrate(clock.now()).await?;
        let walls = database::walls(&db).await?;
        let smtp = Smtp::new(&config).map_err(ServeError::Mail)?;
        let app = Box::pin(assemble(config.clone(), db, Surroundings { clock, ..Surroundings::default() }, walls)).await?;
        if app.config.roles.worker {
            crate::ai::history::announce(&app).await?;
        }
        app.engine.start_loops().await?;
        let router = if config.roles.api { http::router(app.clone()) } else { http::health_only(app.clone()) };
        let listener = socket.listen(limits::BACKLOG).map_err(|e| ServeError::Listen(address, e))?;
        let accepting = tokio::spawn(accept::accept(listener, router, config.requests.clone(), app.stopping.clone()));
        let metrics_address = metrics.map(|(address, socket)| serve_metrics(&app, address, socket)).transpose()?;
        tokio::spawn(observe::collect(app.stopping.clone()));
        tokio::spawn(crate::partner::keep_writing(app.clone()));
        tokio::spawn(crate::installations::service::keep_working(app.clone()));
        tokio::spawn(secrets::follow(secrets::Follower::new(app.clone()).map_err(secrets::KeyError::from)?));
        if config.roles.scheduler {
            tokio::spawn(forget::forget(app.clone()));
            tokio::spawn(crate::analytics::upkeep(app.clone()));
            tokio::spawn(crate::metering::upkeep(app.clone()));
            tokio::spawn(crate::audit::upkeep(app.parts.clone()));
            tokio::spawn(crate::oauth_apps::watch(app.parts.clone()));
            tokio::spawn(crate::rollouts::sweep(app.parts.clone()));
            tokio::spawn(crate::alerts::keep_looking(app.parts.clone()));
        }
        let mailing = smtp.map(|smtp| mail::start(&app, smtp));
        Ok(Self { app, address, metrics_address, accepting, mailing })
    }

    /// Stops in order: no new connections, running requests finish, runs in memory reach a stop, the database closes.
    pub async fn stop(self) {
        self.app.leaving.cancel();
        // Whoever sends us requests looks at our readiness now and then: until it has looked, they are still served.
        tokio::time::sleep(self.app.config.requests.drain_delay).await;
        self.app.stopping.cancel();
        if let Err(error) = self.accepting.await {
            tracing::error!(%error, "accepting connections ended badly");
        }
        within(limits::REST_STOP, "the log of accesses", self.app.accesses.write(&self.app)).await;
        // Each has limits of its own; these only make sure that a stop always ends. What is cut off here is recovered at
        // the next start, as after a power cut.
        within(limits::ENGINE_STOP, "the engine", self.app.engine.shutdown(limits::RUNS_STOP)).await;
        if let Some(mailing) = self.mailing {
            within(limits::MAIL_STOP, "mail", async { drop(mailing.await) }).await;
        }
        within(limits::REST_STOP, "the exporter of traces", self.app.traces.close()).await;
        within(limits::REST_STOP, "the sandbox", self.app.sandbox.shutdown()).await;
        within(limits::REST_STOP, "the database", self.app.platform().close()).await;
    }
}

async fn within(limit: Duration, what: &str, stop: impl Future<Output = ()>) {
    if tokio::time::timeout(limit, stop).await.is_err() {
        tracing::warn!("{what} did not stop within {} s", limit.as_secs());
    }
}

fn bind(address: SocketAddr) -> Result<TcpSocket, ServeError> {
    let failed = |e| ServeError::Listen(address, e);
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.map_err(failed)?;
    // A restart must not wait for old connections to time out.
    socket.set_reuseaddr(true).map_err(failed)?;
    // After a kill -9 a child of the former server may hold its socket until it notices: some milliseconds.
    let deadline = Instant::now() + limits::BIND_PATIENCE;
    while let Err(error) = socket.bind(address) {
        if error.kind() != std::io::ErrorKind::AddrInUse || Instant::now() > deadline {
            return Err(failed(error));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(socket)
}

/// Serves the metrics on an address of their own.
fn serve_metrics(app: &App, address: SocketAddr, socket: TcpSocket) -> Result<SocketAddr, ServeError> {
    let failed = |e| ServeError::Listen(address, e);
    let listener = socket.listen(limits::BACKLOG).map_err(failed)?;
    let real = listener.local_addr().map_err(failed)?;
    tokio::spawn(accept::accept(listener, http::metrics_only(app.clone()), app.config.requests.clone(), app.stopping.clone()));
    tracing::info!("metrics on http://{real}/metrics");
    Ok(real)
}

fn warn_about(config: &Config) {
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
}

/// What a server is put into: everything is real unless a test of workflows brings its own.
pub(crate) struct Surroundings {
    pub clock: Clock,
    /// Answers in the network's place.
    pub network: Option<Arc<dyn Network>>,
    /// How pauses inside calls pass.
    pub pauses: Pauses,
    /// A sandbox that several servers share.
    pub sandbox: Option<sandbox::Sandbox>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { clock: Clock::System, network: None, pauses: Pauses::Waited, sandbox: None }
    }
}

pub(crate) async fn assemble(config: Arc<Config>, db: Db, around: Surroundings, walls: Option<String>) -> Result<App, ServeError> {
    let Surroundings { clock, network, pauses, sandbox } = around;
    let keyring = secrets::load(&config, &db, clock.now()).await?;
    report(&bootstrap(&db, &clock, &config.data_dir, &config.public_url()).await?, &config);
    let traces = Traces::new(config.observe.traces.as_ref(), &clock).map_err(ServeError::Traces)?;
    let egress = Egress::new(config.outgoing.egress())?.observed_by(observe::trace::egress(&traces));
    let egress = match network {
        Some(network) => egress.through(network),
        None => egress,
    };
    let registry = Arc::new(match &config.connectors_dir {
        Some(dir) => Registry::with_dir(dir)?,
        None => Registry::builtin()?,
    });
    let connectors = Arc::new(Executor::new(egress.clone(), registry.clone(), ExecutorLimits::default()).pausing(pauses.clone()));
    let sandbox = match sandbox {
        Some(shared) => shared,
        None => sandbox::start(&config.sandbox, config.production).await?,
    };
    let mut warnings = config.warnings();
    warnings.extend(sandbox.warnings);
    warnings.extend(walls);
    let payloads = if config.database.is_embedded() { PayloadStore::Directory(config.data_dir.join("payloads")) } else { PayloadStore::Table(db.clone()) };
    let quotas = Quotas::new(db.clone(), &config.quotas.defaults, Kept { payloads: payloads.clone(), clock: clock.clone(), retention: config.work.retention });
    quotas.load().await?;
    let limits = Limits::new(db.clone(), clock.clone(), config.rate_limits.factor);
    let settings = config.work.engine(config.roles);
    let parts = Parts::new(PartsInner {
        ai: config.ai.clone().map(|ai| crate::ai::Ai::new(ai, egress.clone()).pausing(pauses)),
        ai_history: Default::default(),
        db: db.clone().into(),
        clock: clock.clone(),
        config,
        sandbox: sandbox.pool,
        egress,
        connectors,
        registry,
        payloads: payloads.clone(),
        mail: Mail::new(keyring.clone()),
        limits,
        keyring,
        accesses: Default::default(),
        keys: Default::default(),
        sessions: Default::default(),
        providers: Default::default(),
        passwords: Default::default(),
        connections: Default::default(),
        programs: Default::default(),
        snapshots: Default::default(),
        hooks: Default::default(),
        audited: Default::default(),
        metering: Default::default(),
        closed: Closed::new(db.clone()),
        rollouts: News::of("rollouts"),
        alerts: News::of("alerts"),
        streams: Default::default(),
        addresses: Default::default(),
        checks: Default::default(),
        traces,
        quotas,
        metrics: Default::default(),
        leaving: Default::default(),
        stopping: CancellationToken::new(),
        walls: sandbox.walls,
        warnings,
    });
    let engine = Engine::new(db, clock, Arc::new(Performer::new(parts.clone())), payloads, settings);
    Ok(App { parts, engine })
}

fn report(found: &Bootstrap, config: &Config) {
    let file = config.data_dir.join("bootstrap.json");
    match found {
        Bootstrap::Made(_) => tracing::info!(file = %file.display(), "made the demo workspace; its owner key is in the file"),
        Bootstrap::Known(_) => {}
        Bootstrap::Elsewhere => {
            tracing::info!(file = %file.display(), "this database has its workspace already; its owner key is with the node that made it, so nothing is written here");
        }
    }
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    fn new() -> Result<Self, ServeError> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate()).map_err(ServeError::Signals)?, interrupt: signal(SignalKind::interrupt()).map_err(ServeError::Signals)? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
