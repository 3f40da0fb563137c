//! What must not get through: each with its code, its place and advice.

use millrace_bundle::{SourceTree, bundle, validate};

use crate::harness::{accept, refuse, refused_as, workflow};

/// One line of code at the top of a workflow (line 2) and what it is refused as.
#[track_caller]
fn line(code: &str, line: &str, column: u32) -> String {
    let error = refused_as(&[("workflow.ts", &workflow(line, ""))], code, "workflow.ts", (2, column));
    assert!(!error.message.is_empty());
    error.suggestion.unwrap_or_else(|| panic!("{code} gives no advice"))
}

#[test]
fn syntax_errors_have_line_and_column() {
    let error = refused_as(&[("workflow.ts", "const a = 1;\nconst b = ;\n")], "SYNTAX_ERROR", "workflow.ts", (2, 11));
    assert_eq!(error.to_string(), "workflow.ts:2:11: error SYNTAX_ERROR: Unexpected token.");
    let crlf = refuse(&[("workflow.ts", "\u{feff}// ä 𝒳\r\nlet x = '𝒳' +* 2;\r\n")]);
    assert_eq!((crlf[0].line, crlf[0].column), (2, 15), "{crlf:#?}");
    for text in ["const a = 1; const a = 2;", "return 1 = 2;", "{", "`${", "'abc", "/* open", "<div>", "\u{0}", "const enum", "🙈"] {
        let errors = refuse(&[("workflow.ts", text)]);
        assert!(errors.iter().any(|e| e.code == "SYNTAX_ERROR" && e.line >= 1 && e.column >= 1), "{text}: {errors:#?}");
    }
}

#[test]
fn a_mistake_in_another_file_names_that_file() {
    let files = [("workflow.ts", &*workflow("import { x } from './lib/x';\nx();", "")), ("lib/x.ts", "export const x = () => {\n  let 1;\n};")];
    let errors = refuse(&files);
    assert_eq!((errors[0].file.as_str(), errors[0].line), ("lib/x.ts", 2), "{errors:#?}");
}

#[test]
fn all_problems_are_reported_at_once() {
    let entry = workflow("import fs from 'fs';\nimport axios from 'axios';\nimport { gone } from './gone';\nconst x = require('y');", "fs; axios; gone; x; await import('z');");
    let errors = refuse(&[("workflow.ts", &entry)]);
    let codes: Vec<_> = errors.iter().map(|e| e.code.as_str()).collect();
    assert_eq!(codes, ["BLOCKED_NODE_MODULE", "INCOMPATIBLE_NPM_PACKAGE", "UNRESOLVED_IMPORT", "REQUIRE_NOT_SUPPORTED", "DYNAMIC_IMPORT"]);
    let all = bundle(&SourceTree::single(entry), None).unwrap_err();
    assert!(all.to_string().ends_with("(and 4 more)"), "{all}");
}

#[test]
fn modules_of_node_are_blocked() {
    for module in ["fs", "fs/promises", "path", "os", "http", "https", "net", "crypto", "child_process", "node:fs", "node:test", "worker_threads", "process"] {
        line("BLOCKED_NODE_MODULE", &format!("import x from '{module}'; x;"), 15);
    }
    // Even when nothing uses it: whoever writes it expects it to work.
    line("BLOCKED_NODE_MODULE", "import { readFileSync } from 'node:fs';", 30);
    line("BLOCKED_NODE_MODULE", "import 'fs';", 8);
    line("BLOCKED_NODE_MODULE", "export { join } from 'path';", 22);
    line("BLOCKED_NODE_MODULE", "export * from 'os';", 15);
}

#[test]
fn other_packages_are_incompatible() {
    for package in ["axios", "request", "node-fetch", "express", "lodash", "moment", "uuid", "bcrypt", "sharp", "puppeteer", "@scope/name", "lodash/fp"] {
        line("INCOMPATIBLE_NPM_PACKAGE", &format!("import x from '{package}'; x();"), 15);
    }
    assert!(line("INCOMPATIBLE_NPM_PACKAGE", "import axios from 'axios'; axios;", 19).contains("fetch"));
    let files = [("src/workflow.ts", &*workflow("import { a } from 'src/util'; a;", "")), ("src/util.ts", "export const a = 1;")];
    let error = refused_as(&files, "INCOMPATIBLE_NPM_PACKAGE", "src/workflow.ts", (2, 19));
    assert!(error.suggestion.unwrap().contains("`src/util.ts`"));
}

#[test]
fn zod_has_an_answer_of_its_own() {
    line("ZOD_NOT_SUPPORTED", "import { z } from 'zod'; z;", 19);
    line("ZOD_NOT_SUPPORTED", "import { z } from '@millrace/sdk'; z;", 10);
}

#[test]
fn the_hosts_module_is_for_the_sdk_only() {
    for specifier in ["millrace:host", "millrace:other"] {
        line("BLOCKED_HOST_MODULE", &format!("import {{ call }} from '{specifier}'; call('fetch', {{}});"), 22);
    }
    line("UNRESOLVED_IMPORT", "import { x } from '@millrace/sdk/internal/x'; x;", 19);
}

#[test]
fn imports_that_lead_nowhere_say_so() {
    line("UNRESOLVED_IMPORT", "import { a } from './a'; a;", 19);
    line("UNRESOLVED_IMPORT", "import { a } from '../../outside'; a;", 19);
    line("UNRESOLVED_IMPORT", "import { a } from '/etc/passwd'; a;", 19);
    line("UNRESOLVED_IMPORT", "import { a } from '#internal'; a;", 19);
    line("UNRESOLVED_IMPORT", "import { a } from ''; a;", 19);
    line("UNRESOLVED_IMPORT", "import { a } from '@millrace/sdk/nothing'; a;", 19);
    line("UNRESOLVED_IMPORT", "import { unused } from './a';", 24);
    line("URL_IMPORT", "import { a } from 'https://example.com/a.js'; a;", 19);
    line("URL_IMPORT", "import { a } from 'data:text/javascript,export const a=1'; a;", 19);
    let files = [("src/workflow.ts", &*workflow("import { a } from './Help_ers'; a;", "")), ("src/lib/helpers.ts", "export const a = 1;")];
    let error = refused_as(&files, "UNRESOLVED_IMPORT", "src/workflow.ts", (2, 19));
    assert_eq!(error.suggestion.as_deref(), Some("Did you mean the file `src/lib/helpers.ts`?"));
}

#[test]
fn names_that_are_not_exported_are_found_before_the_run() {
    let advice = line("MISSING_EXPORT", "import { defineWorkFlow as d } from '@millrace/sdk'; d;", 10);
    assert_eq!(advice, "Did you mean `defineWorkflow`?");
    line("MISSING_EXPORT", "import sdk from '@workwayco/sdk'; sdk;", 8);
    let files = [("workflow.ts", &*workflow("import { Total } from './sum';\nexport { nope } from './barrel';", "Total;")), ("sum.ts", "export const total = 1;"), ("barrel.ts", "export * from './sum';")];
    let errors = refuse(&files);
    let places: Vec<_> = errors.iter().map(|e| (e.code.as_str(), e.line, e.column)).collect();
    assert_eq!(places, [("MISSING_EXPORT", 2, 10), ("MISSING_EXPORT", 3, 10)], "{errors:#?}");
    assert_eq!(errors[0].suggestion.as_deref(), Some("Did you mean `total`?"));
}

#[test]
fn constructs_without_a_meaning_here_have_their_own_codes() {
    line("TOP_LEVEL_AWAIT", "const x = await fetch('https://example.com'); x;", 11);
    line("TOP_LEVEL_AWAIT", "for await (const x of []) x;", 1);
    line("DYNAMIC_IMPORT", "const load = () => import('./x');  load;", 20);
    line("IMPORT_META", "console.log(import.meta.url);", 13);
    line("REQUIRE_NOT_SUPPORTED", "const x = require('./x'); x;", 11);
    line("REQUIRE_NOT_SUPPORTED", "declare const require: any; require('./x');", 29);
    line("COMMONJS_NOT_SUPPORTED", "module.exports = {};", 1);
    line("COMMONJS_NOT_SUPPORTED", "exports.x = 1;", 1);
    line("COMMONJS_NOT_SUPPORTED", "module.exports.x = 1;", 1);
    line("IMPORT_ASSIGNMENT", "import fs = require('fs'); fs;", 1);
    line("NAMESPACE_NOT_SUPPORTED", "namespace N { export const x = 1 }", 1);
    line("DECORATOR_NOT_SUPPORTED", "@sealed class A {} declare const sealed: any;", 1);
    line("DECORATOR_NOT_SUPPORTED", "class A { @log m() {} } declare const log: any; A;", 11);
    line("UNSUPPORTED_SYNTAX", "{ using x = null; }", 3);
    line("UNSUPPORTED_SYNTAX", "class A { accessor x = 1 } A;", 11);
    line("IMPORT_ATTRIBUTES_NOT_SUPPORTED", "import { a } from './workflow.js' with { type: 'x' };", 40);
    let errors = refuse(&[("workflow.ts", "export = { execute() {} };")]);
    assert!(errors.iter().any(|e| e.code == "EXPORT_ASSIGNMENT" && e.line == 1), "{errors:#?}");
}

#[test]
fn require_of_ones_own_is_only_a_function() {
    let bundle = accept(&[("workflow.ts", &workflow("const require = (x: string) => x; const module = { exports: {} as any };", "module.exports.x = require('a');"))]);
    assert!(bundle.warnings.is_empty(), "{:#?}", bundle.warnings);
}

#[test]
fn jsx_is_refused_where_it_can_be_written() {
    let files = [("workflow.ts", &*workflow("import { view } from './view';\nimport { plain } from './plain';", "view(); plain();")), ("view.tsx", "export const a = 1;\nexport const view = () => <div>don't</div>;"), ("plain.tsx", "export const plain = <T,>(x?: T) => x as T;")];
    let errors = refuse(&files);
    assert!(errors.iter().all(|e| (e.code.as_str(), e.file.as_str(), e.line) == ("JSX_NOT_SUPPORTED", "view.tsx", 2)), "{errors:#?}");
}

#[test]
fn json_is_refused() {
    let files = [("workflow.ts", &*workflow("import data from './data.json'; data;", "")), ("data.json", "{}")];
    refused_as(&files, "JSON_IMPORT", "workflow.ts", (2, 18));
}

#[test]
fn code_from_text_is_warned_about() {
    let bundle = accept(&[("workflow.ts", &workflow("", "eval('1'); new Function('return 1')();"))]);
    assert_eq!(bundle.warnings.iter().filter(|w| w.code == "EVAL_DISABLED").count(), 2, "{:#?}", bundle.warnings);
}

#[test]
fn a_module_without_a_workflow_is_refused() {
    let refused = |text: &str| {
        let errors = refuse(&[("workflow.ts", text)]);
        assert!(errors.iter().any(|e| e.code == "NO_WORKFLOW_EXPORT" && e.suggestion.is_some()), "{text}: {errors:#?}");
    };
    for text in ["", "export const workflow = {};", "// nothing", "export default 42;", "export default function () {}", "export default class {}", "export default async () => {};", "export default interface X {}", "const n = 1; export default n;", "export { x as y }; const x = 1;"] {
        refused(text);
    }
    for text in ["export default make();\ndeclare function make(): any;", "const w = { execute() { return 1 }, trigger: { type: 'manual' } }; export { w as default };"] {
        accept(&[("workflow.ts", text)]);
    }
    accept(&[("workflow.ts", "export { default } from './real';"), ("real.ts", &workflow("", ""))]);
}

#[test]
fn a_configuration_without_a_default_export_is_refused() {
    refused_as(&[("workflow.ts", &workflow("", "")), ("millrace.config.ts", "export const x = 1;")], "NO_CONFIG_EXPORT", "millrace.config.ts", (1, 1));
    let errors = refuse(&[("workflow.ts", &workflow("", "")), ("millrace.config.ts", "import fs from 'fs';\nexport default { x: fs };")]);
    assert_eq!((errors[0].code.as_str(), errors[0].file.as_str()), ("BLOCKED_NODE_MODULE", "millrace.config.ts"));
}

#[test]
fn validate_says_what_bundle_says() {
    let bad = SourceTree::single("import 'fs';");
    assert_eq!(validate(&bad, None), bundle(&bad, None).unwrap_err().diagnostics);
    let good = SourceTree::single(workflow("", "for (;;) { await 1; }"));
    assert_eq!(validate(&good, None), bundle(&good, None).unwrap().warnings);
}
