//! What modules say about themselves.

use crate::support::{pool, program, program_of};
use millrace_sandbox::SandboxError;
use serde_json::json;

#[tokio::test]
async fn an_inspection_tells_data_functions_and_further_definitions() {
    let pool = pool().await;
    let program = program_of(&[
        (
            "main.js",
            "import { defineWorkflow } from '@millrace/sdk';
             export const metadata = { id: 'm', migration: { from: '1.x', script: async () => ({}) } };
             export const other = defineWorkflow({ name: 'Other', execute() {} });
             export const helper = 5;
             export default defineWorkflow({ name: 'Main', inputs: { a: { type: 'text', default: undefined } }, when: new Date(0), tags: ['x', null],
                customActions: { send: async () => 1 }, async execute() {}, onError: () => {} });",
        ),
        ("@millrace/sdk", "import { call } from 'millrace:host'; export const defineWorkflow = (d) => d; export const ask = () => call('x', {});"),
    ]);
    let seen = pool.inspect("tenant", program).await.unwrap();
    let mark = json!({"$function": true});
    assert_eq!(
        seen.definition,
        json!({"name": "Main", "inputs": {"a": {"type": "text"}}, "when": "1970-01-01T00:00:00.000Z", "tags": ["x", null],
            "customActions": {"send": mark}, "execute": mark, "onError": mark})
    );
    assert_eq!(seen.metadata, json!({"id": "m", "migration": {"from": "1.x", "script": mark}}));
    assert_eq!((seen.others.len(), seen.others[0].name.as_str()), (1, "other"));
    assert_eq!(seen.others[0].definition["name"], json!("Other"));
    assert_eq!(seen.functions, ["customActions.send", "execute", "onError", "metadata.migration.script", "other.execute"]);
}

#[tokio::test]
async fn a_module_without_a_definition_is_seen_as_such() {
    let pool = pool().await;
    let seen = pool.inspect("tenant", program("export const x = 1;")).await.unwrap();
    assert_eq!((seen.definition, seen.metadata, seen.functions.len()), (json!(null), json!(null), 0));
}

#[tokio::test]
async fn an_inspection_makes_no_host_call_and_is_cut_short() {
    let pool = pool().await;
    let calls = "let code; fetch('https://x').catch((e) => { code = e.code; }); await null; await null; await null; await null; export default { name: code, execute() {} };";
    let seen = pool.inspect("tenant", program(calls)).await.unwrap();
    assert_eq!(seen.definition["name"], json!("HOST_CALL_NOT_POSSIBLE"));
    for (code, error) in [
        ("for (;;);", "CPU_LIMIT"),
        ("throw new Error('no');", "LOAD_FAILED"),
        ("export default (() => { const a = { execute() {} }; a.a = a; return a; })();", "LOAD_FAILED"),
        ("export default { get a() { for (;;); } };", "CPU_LIMIT"),
    ] {
        let failed = pool.inspect("tenant", program(code)).await;
        assert_eq!(failed.as_ref().map_err(SandboxError::code).err(), Some(error), "{code}: {failed:?}");
    }
}
