//! What an interpreter is slow at: calls, and JSON. Beside Node's figure when `node` is there.

use std::process::Command;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::Setting;
use crate::http::api;
use crate::load::finished;
use crate::report::note;
use crate::server::Server;

/// The work, in words that both engines understand.
const WORK: &str = "
const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
const json = (rounds) => {
  const records = Array.from({ length: 2000 }, (_, i) => ({ id: i, name: `record ${i}`, tags: ['a', 'b', `t${i % 17}`], amount: i * 1.25, nested: { ok: i % 2 === 0, note: null } }));
  let total = 0;
  for (let round = 0; round < rounds; round += 1) {
    const copy = JSON.parse(JSON.stringify(records));
    total += copy.filter((r) => r.nested.ok).map((r) => r.amount).reduce((a, b) => a + b, 0);
  }
  return total;
};
const work = (what) => (what === 'fib' ? fib(33) : what === 'json' ? json(20) : 0);
";

const ROUNDS: usize = 3;

pub async fn measure(setting: &Setting) -> anyhow::Result<()> {
    if setting.database != "sqlite" {
        return Ok(());
    }
    let server = Server::start(&setting.binary, &setting.database).await?;
    let source = format!(
        "import {{ defineWorkflow, manual }} from '@millrace/sdk';\n{WORK}\nexport default defineWorkflow({{ name: 'Bench compute', integrations: [], trigger: manual(),\n\
         async execute({{ trigger }}) {{ return {{ success: true, value: work(trigger.data.what) }}; }} }});\n"
    );
    let source = source.replace("(n)", "(n: number): number").replace("(rounds)", "(rounds: number)").replace("(what)", "(what: string)");
    let source = source.replace("work(what: string) }", "work(what) }");
    let installation = server.install(&source).await?;
    let id = installation["id"].as_str().context("no installation id")?;
    for (what, words) in [("fib", "fib(33)"), ("json", "20 x 2,000 records to JSON and back, filtered and summed")] {
        let ours = run(&server, id, what).await?;
        match node(what) {
            Some(node) => note(&format!("{words}: {ours:.0} ms; Node {node:.0} ms, {:.1} times faster", ours / node)),
            None => note(&format!("{words}: {ours:.0} ms; no `node` to compare with")),
        }
    }
    println!();
    Ok(())
}

/// The fastest of some runs, milliseconds from acceptance to end.
async fn run(server: &Server, installation: &str, what: &str) -> anyhow::Result<f64> {
    let mut fastest = f64::INFINITY;
    for _ in 0..ROUNDS {
        let path = format!("/api/installations/{installation}/trigger");
        api(server.address, &server.key, "POST", &path, &json!({ "data": { "what": what } })).await?;
        finished(server).await?;
        let page = api(server.address, &server.key, "GET", "/api/runs?limit=1", &Value::Null).await?;
        let run = &page["data"][0];
        anyhow::ensure!(run["status"] == "completed", "{run}");
        fastest = fastest.min(run["duration_ms"].as_f64().context("no duration")?);
    }
    Ok(fastest)
}

fn node(what: &str) -> Option<f64> {
    let script = format!("{WORK}\nlet best = Infinity;\nfor (let i = 0; i < {ROUNDS}; i += 1) {{ const t = performance.now(); work('{what}'); best = Math.min(best, performance.now() - t); }}\nconsole.log(best);");
    let done = Command::new("node").args(["-e", &script]).output().ok()?;
    String::from_utf8(done.stdout).ok()?.trim().parse().ok()
}
