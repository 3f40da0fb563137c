//! What is said about walls that the kernel lacks: at start, in the health, and by refusing to start for production. The kernel
//! without Landlock is this one behind a filter that answers its system call as an old kernel does.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::Stdio;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::harness::{LONG, binary, eventually};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn without_landlock() -> BpfProgram {
    let rules = BTreeMap::from([(444, Vec::new())]);
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let absent = SeccompAction::Errno(38);
    SeccompFilter::new(rules, SeccompAction::Allow, absent, arch).unwrap().try_into().unwrap()
}

/// A server for production on a kernel without Landlock.
fn start(data: &Path, port: u16, more: &[(&str, &str)]) -> Child {
    let filter = without_landlock();
    let mut command = Command::new(binary());
    command.args(["serve", "--data"]).arg(data).arg("--listen").arg(format!("127.0.0.1:{port}"));
    command.env("MILLRACE_MASTER_KEY", KEY).env("MILLRACE_PUBLIC_URL", "https://automation.example").envs(more.iter().copied());
    command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    // SAFETY: between fork and exec only the two system calls of the filter are made; the program was built before.
    unsafe {
        command.pre_exec(move || seccompiler::apply_filter(&filter).map_err(|_| io::ErrorKind::Other.into()));
    }
    command.spawn().unwrap()
}

async fn health(port: u16) -> Value {
    let client = reqwest::Client::new();
    eventually("the server answers", LONG, async || client.get(format!("http://127.0.0.1:{port}/api/health")).send().await.ok()?.text().await.ok())
        .await
        .parse()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_does_not_start_without_a_wall_unless_told() {
    let scratch = tempfile::tempdir().unwrap();
    let production = ("MILLRACE_PRODUCTION", "1");
    for listed in ["", "seccomp"] {
        let more = [production, ("MILLRACE_SANDBOX_ALLOW_MISSING", listed)];
        let ended = start(&scratch.path().join("refused"), 0, &more).wait_with_output().await.unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success(), "{said}");
        for word in ["SANDBOX_LAYER_MISSING", "landlock", "MILLRACE_SANDBOX_ALLOW_MISSING=landlock"] {
            assert!(said.contains(word), "{word} is missing in {said}");
        }
    }

    for more in [&[production, ("MILLRACE_SANDBOX_ALLOW_MISSING", "landlock")][..], &[]] {
        let port = millrace_db::testing::free_port();
        let mut server = start(&scratch.path().join(format!("told{}", more.len())), port, more);
        let health = health(port).await;
        let layers = health["sandbox"]["layers"].as_array().unwrap();
        assert!(!layers.contains(&"landlock".into()) && layers.contains(&"seccomp".into()), "{layers:?}");
        let warnings = health["warnings"].to_string();
        assert!(warnings.contains("lacks walls") && warnings.contains("landlock"), "{warnings}");
        server.start_kill().unwrap();
        let said = String::from_utf8_lossy(&server.wait_with_output().await.unwrap().stderr).into_owned();
        assert!(said.contains("lacks walls") && said.contains("landlock"), "said at start: {said}");
    }
}
