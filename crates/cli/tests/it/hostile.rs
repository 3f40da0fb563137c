//! What an isolate must not be able to do: each attempt ends as a clear error of that run, and the server stays well.

use serde_json::{Value, json};

use crate::harness::{Database, Server, Setup, both};

/// A workflow around one body.
fn workflow(name: &str, body: &str) -> String {
    format!(
        "import {{ defineWorkflow, manual }} from '@millrace/sdk';\nexport default defineWorkflow({{ name: '{name}', version: '1.0.0', integrations: [], trigger: manual(),\n  async execute({{ trigger, storage }}: any) {{\n    {body}\n  }},\n}});\n"
    )
}

async fn attempt(server: &Server, name: &str, body: &str) -> Value {
    let installation = server.install(&workflow(name, body), json!({}), json!({})).await;
    let run = server.trigger(&installation, json!({})).await;
    server.ended(&run).await
}

/// Ends as a failed run with this code, and the server goes on to run an honest one.
async fn fails_alone(server: &Server, name: &str, body: &str, codes: &[&str]) {
    let ended = attempt(server, name, body).await;
    assert_eq!(ended["status"], "failed", "{name}: {ended:#}");
    let code = ended["error"]["code"].as_str().unwrap_or_default();
    assert!(codes.contains(&code), "{name}: {:#}", ended["error"]);
    assert!(!ended["error"]["message"].as_str().unwrap().is_empty());
    let honest = attempt(server, &format!("Honest after {name}"), "return { well: 1 + 1 };").await;
    assert_eq!(honest["output"], json!({"well": 2}), "after {name}");
    server.ok("GET", "/api/health", None).await;
}

both! {
    async fn memory_stack_and_processor_time_are_bounded(db: Database) {
        let server = Setup::on(db).start().await;
        let memory = ["MEMORY_LIMIT"];
        fails_alone(&server, "Hoarder", "const all = []; while (true) all.push(new Array(10000).fill(all.length));", &memory).await;
        fails_alone(&server, "Long String", "let s = 'x'; while (s.indexOf('y') < 0) s += s; return s.length;", &memory).await;
        fails_alone(&server, "Catcher", "const all = []; while (true) { try { while (true) all.push('x'.repeat(1e6) + all.length); } catch {} }", &memory).await;
        let stack = ["STACK_OVERFLOW", "STACK_LIMIT"];
        fails_alone(&server, "Diver", "const dive = (n: number): number => dive(n + 1) + 1; return dive(0);", &stack).await;
        fails_alone(&server, "Diving Catcher", "const dive = (): number => { try { return dive(); } catch { return dive(); } }; return dive();", &stack).await;
    }

    async fn a_loop_without_end_is_ended(db: Database) {
        let server = Setup::on(db).start().await;
        fails_alone(&server, "Spinner", "while (true) {}", &["CPU_LIMIT"]).await;
    }

    async fn native_code_without_end_is_ended(db: Database) {
        let server = Setup::on(db).start().await;
        fails_alone(&server, "Backtracker", "return /^(a+)+$/.test('a'.repeat(60) + 'b');", &["CPU_LIMIT"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_no_way_to_files_sockets_or_the_process() {
    let server = Setup::on(Database::Embedded).start().await;
    let found = attempt(
        &server,
        "Searcher",
        "const g: any = globalThis; const names = ['process', 'require', 'module', 'Deno', 'Bun', 'std', 'os', 'bjson', 'WebAssembly', 'XMLHttpRequest', 'WebSocket', 'Worker', 'Buffer', '__dirname', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry'];
         return { present: names.filter((n) => typeof g[n] !== 'undefined') };",
    )
    .await;
    assert_eq!(found["output"], json!({"present": []}));
    let parser = attempt(
        &server,
        "Parser",
        "const roads: any[] = [() => eval('1'), () => (globalThis as any).Function('return 1')(), () => (() => {}).constructor('return 1')(),
           () => (async () => {}).constructor('return 1')(), () => (function* () {} as any).constructor('yield 1')(), () => (async function* () {} as any).constructor('yield 1')()];
         return { open: roads.map((road) => { try { road(); return true; } catch { return false; } }) };",
    )
    .await;
    assert_eq!(parser["output"], json!({"open": [false, false, false, false, false, false]}), "{parser:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn private_addresses_are_out_of_reach() {
    let server = Setup::on(Database::Embedded).start().await;
    let own = server.url();
    for (n, target) in [own.as_str(), "http://127.0.0.1:22/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://2130706433/", "http://0x7f.1/", "file:///etc/passwd", "http://[::ffff:127.0.0.1]/"].into_iter().enumerate() {
        let body = format!("try {{ const r = await fetch('{target}'); return {{ reached: r.status }}; }} catch (e: any) {{ return {{ refused: e.name, why: e.message }}; }}");
        let ended = attempt(&server, &format!("Caller {n}"), &body).await;
        assert!(ended["output"]["reached"].is_null(), "{target}: {}", ended["output"]);
        assert_eq!(ended["output"]["refused"], "TypeError", "{target}: {ended:#}");
    }
}

both! {
    async fn one_workflow_does_not_see_the_storage_of_another(db: Database) {
        let server = Setup::on(db).start().await;
        let writer = attempt(&server, "Writer", "await storage.set('shared-name', { mine: true }); return { has: await storage.has('shared-name') };").await;
        assert_eq!(writer["output"], json!({"has": true}));
        let reader = attempt(&server, "Reader", "return { value: await storage.get('shared-name'), keys: await storage.keys() };").await;
        assert_eq!(reader["output"], json!({"value": null, "keys": []}));
    }
}
