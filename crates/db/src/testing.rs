//! Real databases for tests: a SQLite file in a temporary folder, and a PostgreSQL server of our own on a free port.
//!
//! `on_both!` writes each test twice without its author thinking of it. One server serves a whole test binary and dies with
//! it; each test gets a database of its own, made from a migrated template. What a killed test process leaves is removed by the
//! next one that starts a server. `MILLRACE_TEST_POSTGRES_BIN` names the folder of
//! the server's programs if it is not where Debian puts it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use millrace_clock::Timestamp;
use tempfile::TempDir;

use crate::{DatabaseUrl, Db, Options};

/// A private, migrated database; its files go when it is dropped.
#[derive(Debug)]
pub struct TestDb {
    /// The open database.
    pub db: Db,
    /// Its address, to open it again or from another process.
    pub url: String,
    _dir: Option<TempDir>,
}

impl std::ops::Deref for TestDb {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Writes a test once and runs it on both databases: `on_both! { async fn claims_once(db: TestDb) { … } }`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($db:ident : TestDb) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            $(#[$meta])*
            async fn body($db: $crate::testing::TestDb) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body($crate::testing::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body($crate::testing::postgres().await).await;
            }
        }
    )*};
}

/// A fresh SQLite database.
pub async fn sqlite() -> TestDb {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("test.db").display());
    TestDb { db: open(&url).await, url, _dir: Some(dir) }
}

/// A fresh PostgreSQL database.
pub async fn postgres() -> TestDb {
    let url = copy_of(Some(template().await)).await;
    TestDb { db: open(&url).await, url, _dir: None }
}

/// The role that tests and benchmarks use, as an operator is told to make one: no superuser, so that row-level security holds.
pub const ROLE: &str = "millrace";

/// The address of a fresh, empty PostgreSQL database, for tests that start processes of their own.
pub async fn postgres_url() -> String {
    copy_of(None).await
}

/// The name of a migrated database, made on first use, that others are copied from: a copy is a fifth of the work.
async fn template() -> &'static str {
    static NAME: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
    let make = || async {
        let url = copy_of(None).await;
        // A pool belongs to the runtime of the test that made it, and nobody may be connected while the database is copied.
        let db = open(&url).await;
        db.close().await;
        url.rsplit('/').next().unwrap_or_default().to_owned()
    };
    NAME.get_or_init(make).await
}

/// The address of a new database of this binary's server, a copy of this one or empty.
async fn copy_of(template: Option<&str>) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let port = tokio::task::spawn_blocking(server).await.unwrap();
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(60)).connect(&admin).await.unwrap();
    let source = template.map(|of| format!(" TEMPLATE {of}")).unwrap_or_default();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} OWNER {ROLE}{source}"))).execute(&pool).await.unwrap();
    pool.close().await;
    format!("postgres://{ROLE}@127.0.0.1:{port}/{name}")
}

async fn open(url: &str) -> Db {
    let url: DatabaseUrl = url.parse().unwrap();
    let db = Db::open(&url, &Options { connections: 6, ..Options::default() }).await.unwrap();
    db.migrate(Timestamp::default()).await.unwrap();
    db
}

/// The port of this test binary's server; started on first use.
fn server() -> u16 {
    static PORT: OnceLock<u16> = OnceLock::new();
    *PORT.get_or_init(|| {
        let (tell, told) = mpsc::channel();
        // The server gets SIGKILL when the thread that started it ends, so that thread lives as long as the process.
        std::thread::spawn(move || {
            let server = PostgresServer::start_with(QUICK);
            at_exit(&server);
            tell.send(server.port).unwrap();
            loop {
                std::thread::park();
            }
        });
        told.recv().expect("PostgreSQL did not start")
    })
}

/// A test's server outlives killed clients, not power cuts: it need not wait for disks, nor keep a gigabyte of log.
const QUICK: &[&str] = &["fsync=off", "max_wal_size=128MB", "min_wal_size=32MB"];

/// Process and folder of this test binary's server.
static AT_EXIT: OnceLock<(libc::pid_t, PathBuf)> = OnceLock::new();

/// Ends the server and removes its folder when the process exits: nothing that stands in a static is ever dropped.
#[allow(unsafe_code)]
fn at_exit(server: &PostgresServer) {
    extern "C" fn remove() {
        let Some((pid, dir)) = AT_EXIT.get() else { return };
        // SAFETY: both take plain numbers; the child is ours and has not been waited for, so the number is still its own. At
        // SIGQUIT the server ends its own processes before itself.
        unsafe {
            libc::kill(*pid, libc::SIGQUIT);
            libc::waitpid(*pid, std::ptr::null_mut(), 0);
        }
        // Some hundred databases are some hundred thousand files: the next test program need not wait two minutes for them.
        let beside = Command::new("rm").args(["-rf", "--"]).arg(dir).process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        if beside.is_err() {
            let _ = std::fs::remove_dir_all(dir);
        }
    }
    let Ok(pid) = libc::pid_t::try_from(server.child.id()) else { return };
    if AT_EXIT.set((pid, server.dir.path().to_owned())).is_ok() {
        // SAFETY: `remove` is a plain function that lives as long as the program.
        unsafe { libc::atexit(remove) };
    }
}

/// How the folders of servers begin, in the folder for temporary files.
const PREFIX: &str = "millrace-pg";
/// The file in it that the owner has locked for as long as it lives.
const OWNER: &str = "owner";
/// A younger folder may be one that is just being made.
const BEING_MADE: Duration = Duration::from_secs(60);
/// A folder without an owner's file is of an older version of this file, which a long test may still be using.
const WITHOUT_OWNER: Duration = Duration::from_secs(24 * 3_600);

/// Removes the folders of servers whose owners were killed. Answers how many there were.
pub fn sweep(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let ours = entries.into_iter().filter(|e| e.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX)));
    ours.filter(|entry| {
        let path = entry.path();
        let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|at| at.elapsed().ok()).unwrap_or_default();
        let owner = File::open(path.join(OWNER));
        let abandoned = match &owner {
            // Held while the folder is removed, so that of several sweeps one does it.
            Ok(lock) => age >= BEING_MADE && lock.try_lock().is_ok(),
            Err(_) => age >= WITHOUT_OWNER,
        };
        abandoned && std::fs::remove_dir_all(path).is_ok()
    })
    .count()
}

/// A PostgreSQL server of our own: data in a temporary folder, trust on loopback, killed with its owner.
#[derive(Debug)]
pub struct PostgresServer {
    /// The port it listens on, on 127.0.0.1.
    pub port: u16,
    dir: TempDir,
    child: std::process::Child,
    settings: &'static [&'static str],
    /// Locked, so that nobody takes the folder for one that was left behind.
    _owner: File,
}

impl PostgresServer {
    /// Initialises and starts a server on a free port.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with further settings, as `name=value`.
    fn start_with(settings: &'static [&'static str]) -> Self {
        sweep(&std::env::temp_dir());
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir().unwrap();
        let owner = File::create(dir.path().join(OWNER)).unwrap();
        owner.lock().unwrap();
        let bin = programs();
        let data = dir.path().join("data");
        hand_over(dir.path());
        let done = as_postgres(Command::new(bin.join("initdb")))
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "-D"])
            .arg(&data)
            .output()
            .expect("initdb");
        assert!(done.status.success(), "initdb: {}", String::from_utf8_lossy(&done.stderr));
        let port = free_port();
        let child = Self::spawn(&bin, &data, dir.path(), port, settings);
        let server = Self { port, dir, child, settings, _owner: owner };
        server.wait();
        server.prepare();
        server
    }

    /// Makes the plain role, and the first database its own.
    fn prepare(&self) {
        let make = [format!("CREATE ROLE {ROLE} LOGIN CREATEDB"), format!("ALTER DATABASE postgres OWNER TO {ROLE}")];
        let mut command = Command::new(programs().join("psql"));
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1"]).args(make.iter().flat_map(|text| ["-c", text])).arg(self.superuser_url("postgres"));
        let done = command.output().expect("psql");
        assert!(done.status.success(), "psql: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn spawn(bin: &Path, data: &Path, sockets: &Path, port: u16, settings: &[&str]) -> std::process::Child {
        as_postgres(Command::new(bin.join("postgres")))
            .arg("-D")
            .arg(data)
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=400", "-c", "shared_buffers=64MB", "-c", "log_min_messages=panic"])
            .args(["-c", &format!("port={port}"), "-c", &format!("unix_socket_directories={}", sockets.display())])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("postgres")
    }

    fn wait(&self) {
        for _ in 0..600 {
            let ready = Command::new(programs().join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]).status();
            if ready.is_ok_and(|s| s.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PostgreSQL on port {} did not become ready", self.port);
    }

    /// Kills the server at once, as a power cut would end it.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again on the same data and port after [`PostgresServer::kill`].
    pub fn restart(&mut self) {
        let _ = std::fs::remove_file(self.dir.path().join("data/postmaster.pid"));
        // Processes of the killed server may hold its shared memory for a moment; a new one refuses to start until they are gone.
        for _ in 0..50 {
            self.child = Self::spawn(&programs(), &self.dir.path().join("data"), self.dir.path(), self.port, self.settings);
            std::thread::sleep(Duration::from_millis(200));
            if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
                break;
            }
            let _ = std::fs::remove_file(self.dir.path().join("data/postmaster.pid"));
        }
        self.wait();
    }

    /// The address of a database on it, for the plain role.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/{database}", self.port)
    }

    /// The same for the superuser, who sets the server up.
    pub fn superuser_url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of loopback for a server that may be stopped and started again on it.
///
/// It lies below the range from which the system gives ports to outgoing connections, so that none of those can take it
/// while nobody listens; and a locked file keeps other test processes off it for as long as this process lives.
pub fn free_port() -> u16 {
    const FIRST: u32 = 10_000;
    const PORTS: u32 = 20_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(97);
    let folder = std::env::temp_dir().join("millrace-ports");
    std::fs::create_dir_all(&folder).unwrap();
    for _ in 0..PORTS {
        let port = u16::try_from(FIRST + start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS).unwrap();
        let lock = std::fs::File::create(folder.join(port.to_string())).unwrap();
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            // Held until the process ends.
            std::mem::forget(lock);
            return port;
        }
    }
    panic!("no free port between {FIRST} and {}", FIRST + PORTS);
}

fn programs() -> PathBuf {
    if let Some(dir) = std::env::var_os("MILLRACE_TEST_POSTGRES_BIN") {
        return dir.into();
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql").map(|d| d.filter_map(|e| Some(e.ok()?.path().join("bin"))).collect()).unwrap_or_default();
    found.retain(|bin| bin.join("initdb").exists());
    found.sort();
    found.pop().expect("PostgreSQL's server programs are missing: on Debian or Ubuntu `apt-get install postgresql`; elsewhere set MILLRACE_TEST_POSTGRES_BIN")
}

/// PostgreSQL refuses to run as root: give the folder and the process to another user then.
#[allow(unsafe_code)]
fn as_postgres(mut command: Command) -> Command {
    if let Some((uid, gid)) = other_user() {
        command.uid(uid).gid(gid);
    }
    // SAFETY: prctl is async-signal-safe and touches only the new process.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
    command
}

fn hand_over(dir: &Path) {
    if let Some((uid, gid)) = other_user() {
        std::os::unix::fs::chown(dir, Some(uid), Some(gid)).unwrap();
    }
}

#[allow(unsafe_code)]
fn other_user() -> Option<(u32, u32)> {
    // SAFETY: geteuid has no preconditions.
    if unsafe { libc::geteuid() } != 0 {
        return None;
    }
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        let line = passwd.lines().find(|l| l.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).or(Some((65534, 65534)))
}

tokio::task_local! {
    static STATEMENTS: std::cell::RefCell<Vec<&'static str>>;
}

/// Does `work` and answers the statements that it sent, in order; those of tasks that it started beside are not among them.
pub async fn statements_of<T>(work: impl Future<Output = T>) -> (T, Vec<&'static str>) {
    let noted = async {
        let done = work.await;
        (done, STATEMENTS.with(|all| all.borrow().clone()))
    };
    STATEMENTS.scope(std::cell::RefCell::default(), noted).await
}

/// Notes a statement for whoever counts.
pub(crate) fn note(statement: &'static str) {
    let _ = STATEMENTS.try_with(|all| all.borrow_mut().push(statement));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_owner_left_is_swept_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let dir = temp.path().join(name);
            std::fs::create_dir(&dir).unwrap();
            std::fs::create_dir(dir.join("data")).unwrap();
            let owner = File::create(dir.join(OWNER)).unwrap();
            let past = File::open(&dir).unwrap().metadata().unwrap().modified().unwrap() - age;
            File::open(&dir).unwrap().set_modified(past).unwrap();
            owner
        };
        let old = BEING_MADE * 2;
        drop(make("millrace-pg-killed", old));
        let alive = make("millrace-pg-alive", old);
        alive.lock().unwrap();
        drop(make("millrace-pg-young", Duration::ZERO));
        drop(make("somebody-elses", old));
        assert_eq!(sweep(temp.path()), 1);
        let mut left: Vec<_> = std::fs::read_dir(temp.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        left.sort();
        assert_eq!(left, ["millrace-pg-alive", "millrace-pg-young", "somebody-elses"]);
        drop(alive);
        assert_eq!(sweep(temp.path()), 1, "its owner is gone now");
    }
}
