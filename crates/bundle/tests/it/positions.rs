//! From the trace of the engine back to the author's file.

use crate::harness::{accept, run, workflow};

/// 1-based line and column of a marker in a text.
fn place(text: &str, marker: &str) -> (u32, u32) {
    let at = text.find(marker).unwrap();
    let line = text[..at].matches('\n').count() as u32 + 1;
    let column = text[..at].rsplit('\n').next().unwrap().encode_utf16().count() as u32 + 1;
    (line, column)
}

#[test]
fn a_thrown_error_points_at_the_authors_line() {
    let helper = "// Äöü\nimport type { X } from './types';\n\ninterface Y {\n  a: string;\n}\n\nexport function fail(x: X | Y): never {\n  const text: string = 'größe 𝒳'; throw new Error(text + String(x));\n}\n";
    let entry = workflow("import { fail } from './helper.js';\n\ntype Unused = {\n  a: number;\n};\n", "    const row: unknown = 1;\n\n    if (row) {\n      fail(row as any);\n    }");
    let bundle = accept(&[("src/workflow.ts", &entry), ("src/helper.ts", helper)]);
    let trace = run(&bundle, "return workflow.execute({})").unwrap_err();
    let mapped = bundle.map_stack(&trace);
    assert!(trace.contains("src/helper.ts:"), "{trace}\n{}", bundle.module("src/helper.ts").unwrap().code);
    // The engine names the last operand it evaluated, here the arguments; behind characters of two and four bytes.
    let (line, column) = place(helper, "x));");
    assert!(mapped.contains(&format!("src/helper.ts:{line}:{column})")), "{trace}\n{mapped}");
    let (line, column) = place(&entry, "row as any");
    assert!(mapped.contains(&format!("src/workflow.ts:{line}:{column}")), "{trace}\n{mapped}");
    assert!(mapped.starts_with("größe 𝒳1\n"), "{mapped}");
}

#[test]
fn sdk_frames_name_the_sdks_sources() {
    let bundle = accept(&[("workflow.ts", &workflow("import { chunk } from '@millrace/sdk';", "chunk([1], 0);"))]);
    let mapped = bundle.map_stack(&run(&bundle, "return workflow.execute({})").unwrap_err());
    assert!(mapped.contains("@millrace/sdk/list.ts:"), "{mapped}");
    assert!(mapped.contains("workflow.ts:8:"), "{mapped}");
}

#[test]
fn every_position_of_the_output_maps_into_the_source() {
    let entry = workflow("", "    const list = [1, 2, 3].map((n: number) => n * 2);\n    context.use(list as number[], `a${list.length}`);");
    let bundle = accept(&[("workflow.ts", &entry)]);
    let module = bundle.module("workflow.ts").unwrap();
    let lines = entry.lines().count() as u32;
    let mut mapped = 0;
    for (index, text) in module.code.lines().enumerate() {
        for column in 1..=text.len() as u32 {
            if let Some(position) = bundle.map_position("workflow.ts", index as u32 + 1, column) {
                assert!(position.line >= 1 && position.line <= lines && position.column >= 1);
                mapped += 1;
            }
        }
    }
    assert!(mapped > module.code.len() / 2, "{mapped} of {}", module.code.len());
    let (line, _) = place(&module.code, "length");
    let position = bundle.map_position("workflow.ts", line, place(&module.code, "length").1).unwrap();
    assert_eq!((position.line, position.file.as_str()), (place(&entry, "length").0, "workflow.ts"));
    assert_eq!(bundle.map_position("workflow.ts", 0, 0), None);
    assert_eq!(bundle.map_position("workflow.ts", 9_999, 1), None);
    assert_eq!(bundle.map_position("other.ts", 1, 1), None);
}

#[test]
fn the_map_carries_the_source() {
    let entry = workflow("", "");
    let bundle = accept(&[("workflow.ts", &entry)]);
    let module = bundle.module("workflow.ts").unwrap();
    let map: serde_json::Value = serde_json::from_str(module.map.as_ref().unwrap()).unwrap();
    assert_eq!((map["version"].as_u64(), map["sources"][0].as_str(), map["sourcesContent"][0].as_str()), (Some(3), Some("workflow.ts"), Some(entry.as_str())));
    assert_eq!(module.source.as_deref(), Some(entry.as_str()));
    let sdk = bundle.module("@millrace/sdk/define").unwrap();
    assert!(sdk.source.is_none() && !sdk.map.as_ref().unwrap().contains("export function"));
}

#[test]
fn text_that_is_no_place_is_left_alone() {
    let bundle = accept(&[("workflow.ts", &workflow("", "")), ("my file.ts", "export {}")]);
    for text in ["", "at <anonymous>", "at f (native)", "at 12:30:15", "https://example.com:8080/x:1:2", "at x (other.ts:1:2)", "notworkflow.ts:1:1", "workflow.ts", "workflow.ts:", "workflow.ts:x", "workflow.ts:99999999999:1", "workflow.ts:4000:1", ":::1:1:"] {
        assert_eq!(bundle.map_stack(text), text);
    }
    let long = format!("{}\n    at f (workflow.ts:3:1)", "(workflow.ts:3:1 ".repeat(50_000));
    assert!(bundle.map_stack(&long).len() > 100_000);
}
