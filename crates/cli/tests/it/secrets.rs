//! A provider's token and a secret input are found nowhere: not in the sandbox's memory, environment or command line, not in
//! the server's log, database or files, and in no answer of the API.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use millrace_cli::demo::{Reply, StandIn, zoom};
use serde_json::json;

use crate::harness::{Database, LONG, Server, Setup, both, eventually};

const LEAKER: &str = include_str!("workflows/leaker.ts");
const TOKEN: &str = "zoomtok3n-Qm7vLx2PzR9wKd4TgYh6";
/// Another field of the same connection, which no call of the run uses.
const REFRESH: &str = "refr3sh-Hd8kPw1YtVn5SxCz3LqJ6bGm";
const KEY: &str = "crmk3y-Wb5nHs8JcVf1XaEo0UiMq7Zt";

/// A text as it may appear: as it is, in hex as a dump shows bytes, in base64.
fn needles() -> Vec<(String, String)> {
    let spellings = |secret: &str| {
        [
            (format!("{secret} as it is"), secret.to_owned()),
            (format!("{secret} in hex"), hex::encode(secret)),
            (format!("{secret} in base64"), base64(secret.as_bytes())),
            (format!("{secret} in base64, one letter before"), base64(&[b"x", secret.as_bytes()].concat())[2..].to_owned()),
            (format!("{secret} in base64, two letters before"), base64(&[b"xy", secret.as_bytes()].concat())[3..].to_owned()),
            (format!("{secret} in capital hex"), hex::encode_upper(secret)),
            (format!("{secret} with every byte percent-encoded"), percent(secret)),
            (format!("{secret} escaped as JSON"), escaped(secret)),
        ]
    };
    [TOKEN, REFRESH, KEY].into_iter().flat_map(spellings).collect()
}

fn percent(secret: &str) -> String {
    secret.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn escaped(secret: &str) -> String {
    secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
}

/// An answer to a call that has nothing to do with the secrets, from a service that knows them all the same.
fn gossip() -> Reply {
    let all = |secret: &str| {
        let alignments = ["", "x", "xy"].map(|before| base64(format!("{before}{secret}yz").as_bytes()));
        [vec![secret.to_owned(), hex::encode(secret), hex::encode_upper(secret), percent(secret), percent(secret).to_lowercase(), escaped(secret)], alignments.to_vec()].concat().join(" ; ")
    };
    let known = [TOKEN, REFRESH, KEY].map(all).join("\n");
    Reply::bytes(200, "text/plain", known.into_bytes()).with("x-gossip", &format!("{TOKEN},{KEY}"))
}

/// Base64 of all whole groups, which is the part that does not depend on what follows.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |g: &[u8]| {
        let n = u32::from(g[0]) << 16 | u32::from(g[1]) << 8 | u32::from(g[2]);
        [18, 12, 6, 0].map(|shift| char::from(LETTERS[(n >> shift) as usize & 63]))
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

fn assert_clean(place: &str, bytes: &[u8]) {
    // Needles are ASCII, so what is lost in other bytes does not matter; searching text is quick even without optimisation.
    let text = String::from_utf8_lossy(bytes);
    for (name, needle) in needles() {
        if let Some(at) = text.find(&needle) {
            let around = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '.' };
            let before: String = text[..at].chars().rev().take(120).collect::<Vec<_>>().into_iter().rev().map(around).collect();
            panic!("{name} was found in {place}: …{before}>>>{needle}<<<");
        }
    }
}

fn children(parent: u32) -> Vec<u32> {
    let is_child = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let after_name = stat.rsplit(") ").next().unwrap_or_default().to_owned();
        after_name.split(' ').nth(1) == Some(&parent.to_string())
    };
    let all = fs::read_dir("/proc").unwrap().flatten().filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    all.filter(is_child).collect()
}

/// Everything readable of a process. Reading it takes the right to trace it, which root has.
///
/// Only pages that are there are read: reading another one makes it, and a sandbox counts the pages of its stack.
fn memory_of(pid: u32) -> Option<Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut table = fs::File::open(format!("/proc/{pid}/pagemap")).ok()?;
    let mut all = Vec::new();
    for line in maps.lines() {
        let mut parts = line.split_whitespace();
        let (range, rights) = (parts.next()?, parts.next()?);
        // Untouched address space would be gigabytes of zeros; the program's own file cannot hold what was sent later.
        let of_file = parts.nth(3).is_some_and(|name| name.starts_with('/'));
        if !rights.starts_with('r') || (of_file && !rights.starts_with("rw")) || line.contains("[vvar") || line.contains("[vsyscall") {
            continue;
        }
        let (from, to) = range.split_once('-')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        let mut page = [0_u8; 4096];
        let mut at = from;
        while at < to {
            let mut entry = [0_u8; 8];
            let known = table.seek(SeekFrom::Start(at / 4096 * 8)).is_ok() && table.read_exact(&mut entry).is_ok();
            let is_there = known && u64::from_le_bytes(entry) >> 62 != 0;
            if is_there && memory.seek(SeekFrom::Start(at)).is_ok() && memory.read_exact(&mut page).is_ok() {
                all.extend_from_slice(&page);
            }
            at += 4096;
        }
    }
    Some(all)
}

fn search_processes(server: &Server) {
    let children = children(server.pid());
    assert!(!children.is_empty(), "the server has sandbox processes");
    let mut searched = 0;
    for pid in children {
        for file in ["environ", "cmdline"] {
            assert_clean(&format!("/proc/{pid}/{file}"), &fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default());
        }
        if let Some(memory) = memory_of(pid) {
            searched += memory.len();
            assert_clean(&format!("the memory of sandbox process {pid}"), &memory);
        }
    }
    // An ordinary user may not look into a jailed process; then the rest of the test still counts.
    if fs::metadata("/proc/self").is_ok_and(|m| std::os::unix::fs::MetadataExt::uid(&m) == 0) {
        assert!(searched > 1_000_000, "only {searched} bytes of memory could be read");
    }
}

fn search_files(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            search_files(&path);
        } else {
            assert_clean(&path.display().to_string(), &fs::read(&path).unwrap_or_default());
        }
    }
}

/// Every row of a PostgreSQL database as text.
async fn search_postgres(url: &str) {
    let programs = fs::read_dir("/usr/lib/postgresql").unwrap().flatten().map(|e| e.path().join("bin/pg_dump"));
    let program = programs.filter(|p| p.exists()).max().expect("pg_dump comes with PostgreSQL");
    // As the server's own role, which sees all rows only as the platform.
    let dump = tokio::process::Command::new(program).args(["--data-only", "--inserts", "--enable-row-security", url]).env("PGOPTIONS", "-c millrace.tenant=*").output().await.unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    assert!(dump.stdout.len() > 10_000, "the dump holds the runs");
    assert_clean("the database", &dump.stdout);
}

async fn search_answers(server: &Server, runs: &[String], installation: &str) {
    let mut paths: Vec<String> = ["/api/health", "/api/runs", "/api/installations", "/api/connections", "/api/developer/workflows", "/api/approvals"].map(str::to_owned).to_vec();
    paths.push(format!("/api/installations/{installation}"));
    for run in runs {
        paths.extend([format!("/api/runs/{run}"), format!("/api/runs/{run}/logs"), format!("/api/runs/{run}/recording")]);
    }
    for path in paths {
        assert_clean(&path, server.ok("GET", &path, None).await.to_string().as_bytes());
    }
    for run in runs {
        let shown = server.cli(&["runs", "show", run]).await;
        assert_clean("millrace runs show", shown.stdout.as_bytes());
        // A recording is made to be given away.
        let file = server.data().join(format!("../{run}.json")).display().to_string();
        let pulled = server.cli_json(&["runs", "pull", run, "-o", &file]).await;
        assert!(pulled["entries"].as_u64().unwrap() > 3, "{pulled}");
        assert_clean("a recording", &fs::read(&file).unwrap());
        let replayed = server.cli(&["replay", &file, "--steps"]).await;
        assert_eq!(replayed.code, 0, "{}", replayed.stderr);
        assert_clean("a replay", replayed.stdout.as_bytes());
    }
}

both! {
    async fn credentials_are_found_nowhere(db: Database) {
        let zoom_api = zoom::start(TOKEN.into()).await.unwrap();
        // A service that gives back what it was given, in the body and in a header.
        let echo = StandIn::start("echo", |r| {
            if r.path.ends_with("/gossip") {
                return gossip();
            }
            Reply::json(200, &json!({"authorization": r.header("authorization"), "body": r.body})).with("x-echo", r.header("x-copy"))
        });
        let echo = echo.await.unwrap();
        let server = Setup::on(db.clone()).host(zoom::HOST, &zoom_api).host("echo.example", &echo).env("MILLRACE_LOG", "trace").start().await;
        let config = json!({"apiKey": KEY, "endpoint": "https://echo.example/in"});
        let installation = server.install(LEAKER, config, json!({"zoom": {"access_token": TOKEN, "refresh_token": REFRESH}})).await;
        let mut runs = Vec::new();
        for fail in [false, true] {
            echo.forget();
            echo.hold_after(2);
            let run = server.trigger(&installation, json!({"fail": fail})).await;
            eventually("the second call is in flight", LONG, async || (echo.count() == 3).then_some(())).await;
            let first = &echo.requests()[1];
            assert!(first.bears(KEY) && first.header("x-copy") == KEY, "the service itself gets the key: {first:?}");
            search_processes(&server);
            echo.release();
            let ended = server.ended(&run).await;
            assert_eq!(ended["status"], if fail { "failed" } else { "completed" }, "{:#}", ended["error"]);
            runs.push(run);
        }
        assert!(zoom_api.requests()[0].bears(TOKEN));
        search_processes(&server);
        search_answers(&server, &runs, installation["id"].as_str().unwrap()).await;
        search_files(server.data());
        if let Database::Postgres(url) = &db {
            search_postgres(url).await;
        }
        assert_clean("the server's log", server.log().as_bytes());
    }
}
