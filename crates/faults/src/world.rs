//! What a scenario stands on: databases, nodes, sink, client, and in the end the checker.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base64::Engine as _;
use millrace_db::testing::PostgresServer;
use millrace_db::{Db, Options as DbOptions, sql};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::checker;
use crate::errand::{CHILD, ERRAND, Errand};
use crate::fleet::{Node, Setup};
use crate::http::api;
use crate::ledger::Client;
use crate::recovery::Recovery;
use crate::report::{Report, Violation};
use crate::sink::Sink;
use crate::store;

/// How a scenario is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The server's executable.
    pub binary: PathBuf,
    /// Where all chances come from.
    pub seed: u64,
    /// Triggers to send.
    pub runs: u64,
    /// Faults to make; what one is depends on the scenario.
    pub faults: u64,
    /// How long the last runs may take after the last fault.
    pub drain: Duration,
}

/// Which database a world has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The embedded file of one process.
    Embedded,
    /// A PostgreSQL server of our own.
    Postgres,
}

/// Everything that a scenario needs.
pub struct World {
    /// The nodes, in the order they were started.
    pub nodes: Vec<Node>,
    /// The outside world.
    pub sink: Arc<Sink>,
    /// The sender of triggers.
    pub client: Arc<Client>,
    /// The PostgreSQL server, if there is one.
    pub postgres: Option<PostgresServer>,
    /// A connection past the nodes, on PostgreSQL.
    pub db: Option<Db>,
    /// Chances that depend on the seed only.
    pub rng: ChaCha8Rng,
    /// What is known so far.
    pub report: Report,
    options: Options,
    folder: TempDir,
    senders: Vec<JoinHandle<()>>,
    started: Instant,
}

/// What is decided before the nodes start.
pub struct Plan {
    /// The scenario's name.
    pub name: &'static str,
    /// The database.
    pub kind: Kind,
    /// How many nodes.
    pub nodes: usize,
    /// Further environment of every node.
    pub env: Vec<(String, String)>,
}

/// The ground before the nodes: a folder, and PostgreSQL if wanted.
pub struct Ground {
    folder: TempDir,
    postgres: Option<PostgresServer>,
    db: Option<Db>,
}

impl Ground {
    /// Prepares it. To be called on a thread that lives as long as the scenario.
    ///
    /// # Errors
    /// The database cannot be started.
    pub async fn new(kind: Kind) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("millrace-faults").tempdir()?;
        if kind == Kind::Embedded {
            return Ok(Self { folder, postgres: None, db: None });
        }
        let mut postgres = PostgresServer::start();
        let open = async |url: String| Db::open(&url.parse()?, &DbOptions { connections: 4, acquire: Duration::from_secs(30) }).await.context("open");
        let db = open(postgres.superuser_url("postgres")).await?;
        // The checker's clock: when a transaction was committed, by the machine's time and nobody else's.
        db.optional(sql("ALTER SYSTEM SET track_commit_timestamp = on")).await?;
        db.close().await;
        postgres.kill();
        postgres.restart();
        let db = open(postgres.url("postgres")).await?;
        Ok(Self { folder, postgres: Some(postgres), db: Some(db) })
    }

    /// Where PostgreSQL listens.
    pub fn postgres_address(&self) -> Option<SocketAddr> {
        self.postgres.as_ref().map(|p| SocketAddr::from(([127, 0, 0, 1], p.port)))
    }

    /// The scenario's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl World {
    /// Starts nodes on a ground, deploys and installs the errand. `database` replaces PostgreSQL's own address, for a proxy.
    ///
    /// # Errors
    /// Something did not start.
    pub async fn start(ground: Ground, plan: Plan, options: &Options, database: Option<SocketAddr>) -> anyhow::Result<Self> {
        let Ground { folder, postgres, db } = ground;
        let seed = options.seed;
        let sink = Arc::new(Sink::start(&folder.path().join("sink.log"), move |n| Errand::draw(seed, n).last_step()).await?);
        let mut env = vec![
            ("MILLRACE_MASTER_KEY".to_owned(), base64::engine::general_purpose::STANDARD.encode([7_u8; 32])),
            ("MILLRACE_EGRESS_MAP".to_owned(), format!("sink.example=http://{}", sink.address)),
            ("MILLRACE_LOG".to_owned(), "info".to_owned()),
        ];
        env.extend(plan.env);
        let address = database.or(postgres.as_ref().map(|p| SocketAddr::from(([127, 0, 0, 1], p.port))));
        let setup = Setup { binary: options.binary.clone(), database_url: address.map(|a| format!("postgres://{}@{a}/postgres", millrace_db::testing::ROLE)), env };
        let mut nodes = Vec::new();
        for n in 0..plan.nodes {
            nodes.push(Node::start(&setup, &folder.path().join(format!("node-{n}"))).await?);
        }
        let first = nodes.first().context("a scenario has a node")?;
        let bootstrap: Value = serde_json::from_slice(&std::fs::read(first.data.join("bootstrap.json"))?)?;
        let key = bootstrap["api_key"].as_str().context("bootstrap.json has no api_key")?.to_owned();
        install(first.address, &key, CHILD).await?;
        let installation = install(first.address, &key, ERRAND).await?;
        let targets = nodes.iter().map(|n| n.address).collect();
        let client = Client::new(targets, &installation, seed, options.runs, &folder.path().join("ledger.log"))?;
        let report = Report { scenario: plan.name, seed, ..Report::default() };
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Ok(Self { nodes, sink, client, postgres, db, rng, report, options: options.clone(), folder, senders: Vec::new(), started: Instant::now() })
    }

    /// Begins to send, with at most `window` errands under way.
    pub fn load(&mut self, senders: usize, window: u64) {
        self.started = Instant::now();
        self.senders = self.client.run(&self.sink, senders, window);
    }

    /// Lets so many of all triggers go out as correspond to the faults made.
    pub fn release_share(&self, done: u64, of: u64) {
        self.client.release((self.client.total() * done).div_ceil(of.max(1)).max(1));
    }

    /// Whether everything was accepted and as good as done.
    pub fn is_done(&self) -> bool {
        self.client.accepted() >= self.client.total() && self.sink.finished() >= self.client.total()
    }

    /// How long the last runs may take.
    pub fn drain(&self) -> Duration {
        self.options.drain
    }

    /// A watch over the runs of dead nodes.
    ///
    /// # Errors
    /// Not on PostgreSQL.
    pub fn recovery(&self) -> anyhow::Result<Recovery> {
        Ok(Recovery::on(self.db.clone().context("recovery is watched on PostgreSQL")?))
    }

    /// Says where things are.
    pub fn progress(&self, what: &str) {
        if std::env::var_os("MILLRACE_FAULTS_QUIET").is_none() {
            eprintln!("  {:>6.1} s  {} accepted, {} done: {what}", self.started.elapsed().as_secs_f64(), self.client.accepted(), self.sink.finished());
        }
    }

    /// Waits until every run has ended or the time for it is over, stops everything, and judges.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn judge(mut self) -> anyhow::Result<Report> {
        self.client.release(u64::MAX);
        let limit = Instant::now() + self.options.drain;
        while !self.is_done() && Instant::now() < limit {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.client.stop();
        for task in std::mem::take(&mut self.senders) {
            let _ = task.await;
        }
        self.progress("all sent; waiting for the ends");
        if let Some(db) = &self.db {
            while store::open_runs(db).await? > 0 && Instant::now() < limit {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        } else {
            // One process has the file: the last posts are answered, and their ends follow within moments.
            self.embedded_idle(limit).await;
        }
        self.report.elapsed = self.started.elapsed();
        for node in &mut self.nodes {
            node.thaw();
            node.kill();
        }
        self.count_missing();
        let db = match &self.db {
            Some(db) => db.clone(),
            None => Db::open(&format!("sqlite://{}", self.nodes[0].data.join("millrace.db").display()).parse()?, &DbOptions::default()).await?,
        };
        let ledger = self.client.ledger();
        checker::check(&db, self.report.seed, &ledger, self.sink.arrivals(), &mut self.report).await?;
        db.close().await;
        if !self.report.is_clean() {
            let kept = self.folder.keep();
            self.report.notes.push(format!("logs, ledger and the sink's log are kept in {}", kept.display()));
        }
        Ok(self.report)
    }

    async fn embedded_idle(&self, limit: Instant) {
        let key = std::fs::read(self.nodes[0].data.join("bootstrap.json")).ok().and_then(|b| serde_json::from_slice::<Value>(&b).ok());
        let key = key.and_then(|k| k["api_key"].as_str().map(str::to_owned)).unwrap_or_default();
        while Instant::now() < limit {
            let mut open = 0;
            for state in ["queued", "running", "waiting"] {
                let page = api(self.nodes[0].address, &key, "GET", &format!("/api/runs?limit=1&status={state}"), &Value::Null).await;
                open += page.map_or(1, |p| p["data"].as_array().map_or(0, Vec::len));
            }
            if open == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Triggers that could not be delivered although every fault was over.
    fn count_missing(&mut self) {
        let missing = self.client.total() - self.client.accepted();
        if missing > 0 {
            self.report.violations.push(Violation { kind: "stuck", run: None, text: format!("{missing} triggers were not accepted by the end") });
        }
    }
}

async fn install(address: SocketAddr, key: &str, source: &str) -> anyhow::Result<Value> {
    let deployed = api(address, key, "POST", "/api/developer/workflows", &json!({ "files": { "workflow.ts": source } })).await?;
    let body = json!({ "workflow": deployed["workflow_id"], "config": {}, "connections": {}, "activate": true });
    api(address, key, "POST", "/api/installations", &body).await
}
