//! What must get through, and what it becomes.

use serde_json::json;

use crate::harness::{accept, run, workflow};

#[test]
fn a_workflow_of_several_files_runs() {
    let entry = "
import { defineWorkflow, webhook } from '@workwayco/sdk';
import type { Row } from './types';
import { total, type Options } from './lib/sum.js';
import greet from '../shared/greet';
import * as names from './names/index.ts';
export const metadata = { id: 'several', visibility: 'private' as const };
const rows = [{ value: 1 }, { value: 2 }] satisfies Row[];
export default defineWorkflow({
  name: 'Several', trigger: webhook({ service: 'zoom', event: 'meeting.ended' }),
  async execute({ trigger }) {
    const options = <Options>{ factor: 2 };
    return { success: true, total: total(rows as Row[], options!), hello: greet(names.NAME), id: trigger.data?.id };
  },
});";
    let bundle = accept(&[
        ("app/workflow.ts", entry),
        ("app/types.ts", "export interface Row { value: number }"),
        ("app/lib/sum.ts", "import type { Row } from '../types.js';\nexport type Options = { factor: number };\nexport function total(rows: Row[], o: Options): number { return rows.reduce((a: number, r) => a + r.value, 0) * o.factor; }"),
        ("shared/greet.ts", "export default (name: string): string => `hello ${name}`;"),
        ("app/names/index.ts", "export { NAME } from './name';"),
        ("app/names/name.ts", "export const NAME = 'world' as const;"),
        ("app/unused.ts", "export const unused = 1;"),
        ("package.json", r#"{ "millrace": { "entry": "app/workflow.ts" } }"#),
        ("README.md", "# hello"),
    ]);
    let names: Vec<&str> = bundle.modules.iter().map(|m| m.name.as_str()).collect();
    let expected = [
        "@millrace/sdk/define", "@millrace/sdk/trigger", "app/lib/sum.ts", "app/names/index.ts", "app/names/name.ts",
        "app/workflow.ts", "shared/greet.ts",
    ];
    assert_eq!(names, expected);
    let out = run(&bundle, "return [await workflow.execute({ trigger: { data: { id: 7 } } }), exports.metadata.id]").unwrap();
    assert_eq!(out, json!([{ "success": true, "total": 6, "hello": "hello world", "id": 7 }, "several"]));
}

#[test]
fn types_that_look_like_values_vanish_across_files() {
    let entry = workflow(
        "import { Row, type Cell, make } from './barrel';\nimport { Row as Again } from './barrel';\nexport { Row, Cell } from './barrel';\nexport { Again };\nexport * from './model';",
        "const r: Row | Cell | Again = make(); if (r.value !== 1) throw new Error('no');",
    );
    let bundle = accept(&[
        ("workflow.ts", &entry),
        ("barrel.ts", "export { Row, make } from './model';\nimport { Cell } from './model';\nexport { Cell };"),
        ("model.ts", "export interface Row { value: number }\nexport type Cell = Row;\nexport const make = (): Row => ({ value: 1 });"),
    ]);
    assert_eq!(run(&bundle, "return [await workflow.execute({}), Object.keys(exports).sort()]").unwrap(), serde_json::json!([{ "success": true }, ["default", "make"]]));
}

#[test]
fn wide_and_circular_barrels_are_followed() {
    let mut files: Vec<(String, String)> = (0..100).map(|i| (format!("lib/m{i}.ts"), format!("export const v{i} = {i};\nexport * from './index';"))).collect();
    files.push(("lib/index.ts".into(), (0..100).map(|i| format!("export * from './m{i}';\n")).collect()));
    files.push(("workflow.ts".into(), workflow("import { v0, v99 } from './lib';", "if (v0 + v99 !== 99) throw new Error('no');")));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    assert_eq!(run(&accept(&files), "return workflow.execute({})").unwrap(), json!({ "success": true }));
}

#[test]
fn everything_that_only_typescript_has_is_stripped() {
    let entry = workflow(
        "enum Level { Low, High = 5, Text = 'x' }\nconst enum Flag { A = 1 << 2 }\ndeclare const outside: number;\ndeclare module 'x' {}\ndeclare global { interface Y {} }\n\
         namespace OnlyTypes { export type T = number }\nabstract class Base<T> { constructor(protected readonly value: T, public other?: string) {} abstract get(): T; declare hidden: string; }\n\
         class Box extends Base<number> { override get(): number { return this.value! } static #count = 0; static { Box.#count++ } }\n\
         function over(a: string): string; function over(a: number): number; function over(a: any) { return a }\n\
         type Fn = <const T extends readonly unknown[]>(this: void, ...args: T) => asserts args is T;\n\
         const generic = <T,>(x: T) => x; let later!: number; const assertion = (<unknown>1) as any as number;",
        "later = 1; const all = [Level.High, Level[0], Level.Text, Flag.A, new Box(3, 'o').get(), over(2), generic<string>('g'), later, assertion, ({ a: 1 })!.a];\n\
         if (JSON.stringify(all) !== '[5,\"Low\",\"x\",4,3,2,\"g\",1,1,1]') throw new Error(JSON.stringify(all));",
    );
    let bundle = accept(&[("workflow.ts", &entry)]);
    assert_eq!(run(&bundle, "return workflow.execute({})").unwrap(), json!({ "success": true }));
}

#[test]
fn new_syntax_is_left_alone() {
    let entry = workflow(
        "",
        "const x: any = { a: { b: null } }; x.a.b ??= 1_000; const { a, ...rest } = x; const m = 'a-b'.match(/(?<first>\\w)(?<=a)-/u);\n\
         const all = [x?.a?.b, rest, m?.groups?.first, [1, [2]].flat().at(-1), 2n ** 3n === 8n, [3, 1].toSorted?.()];\n\
         if (JSON.stringify(all) !== '[1000,{},\"a\",2,true,[1,3]]') throw new Error(JSON.stringify(all));",
    );
    let bundle = accept(&[("workflow.ts", &entry)]);
    let code = &bundle.module("workflow.ts").unwrap().code;
    assert!(code.contains("??=") && code.contains("?.") && code.contains("8n"), "{code}");
    assert_eq!(run(&bundle, "return workflow.execute({})").unwrap(), json!({ "success": true }));
}

#[test]
fn javascript_modules_cycles_and_byte_order_marks_work() {
    let entry = workflow("import { a } from './a.js';\nimport { plain } from './plain.mjs';", "if (a() + plain !== 5) throw new Error('no');");
    let entry = format!("\u{feff}{}", entry.replace('\n', "\r\n"));
    let bundle = accept(&[
        ("workflow.ts", &entry),
        ("a.ts", "\u{feff}import { b } from './b';\nexport const a = () => b() + 1;\nexport const one = 1;"),
        ("b.ts", "import { one } from './a';\nexport const b = (): number => one + 2;"),
        ("plain.mjs", "export const plain = 1;"),
    ]);
    assert_eq!(run(&bundle, "return workflow.execute({})").unwrap(), json!({ "success": true }));
}

#[test]
fn the_typescript_file_wins_over_its_build_output() {
    let entry = workflow("import { from } from './lib.js';", "if (from !== 'ts') throw new Error(from);");
    let bundle = accept(&[("workflow.ts", &entry), ("lib.js", "export const from = 'js';"), ("lib.ts", "export const from: string = 'ts';")]);
    assert_eq!(run(&bundle, "return workflow.execute({})").unwrap(), json!({ "success": true }));
}

#[test]
fn type_errors_are_warnings_at_most() {
    let entry = workflow("function f(a?: number, b: string) { return b }\nconst wrong: number = 'text';", "context.nothing(1, 2, 3 as never) ?? f(); (wrong as any).x = 1;");
    let bundle = accept(&[("workflow.ts", &entry)]);
    assert!(bundle.warnings.iter().any(|w| w.code == "TYPE_ERROR"), "{:#?}", bundle.warnings);
}

#[test]
fn imports_of_packages_for_their_types_vanish() {
    let entry = workflow(
        "import type { AxiosInstance } from 'axios';\nimport { type Stats } from 'fs';\nimport { Pool } from 'pg';\nimport type X from './missing';\nexport type { Y } from './missing';",
        "const a = null as AxiosInstance | Stats | Pool | X; if (a) throw new Error('no');",
    );
    let bundle = accept(&[("workflow.ts", &entry)]);
    assert_eq!(run(&bundle, "return workflow.execute({})").unwrap(), json!({ "success": true }));
}

#[test]
fn hosts_of_url_literals_are_listed() {
    let entry = workflow(
        "type T = 'https://types.example.com/';\nimport { BASE } from './base';",
        "const id = 1; await fetch(`https://api.example.com/v1/${id}`); await fetch(`https://${id}.example.org/`); await fetch(BASE + '/x');\n\
         const text = 'see https://docs.example.com'; const t: T = 'HTTPS://Upper.Example.com:8443/a' as any; context.use(text, t);",
    );
    let bundle = accept(&[("workflow.ts", &entry), ("base.ts", "export const BASE = 'http://crm.internal:8080';")]);
    assert_eq!(bundle.hosts, ["api.example.com", "crm.internal", "upper.example.com"]);
}

#[test]
fn the_project_configuration_is_a_set_of_its_own() {
    for name in ["millrace.config.ts", "workway.config.ts"] {
        let bundle = accept(&[
            ("workflow.ts", &workflow("", "")),
            (name, "import { grants } from './grants';\nexport default { visibility: 'private' as const, accessGrants: grants };"),
            ("grants.ts", "export const grants: unknown[] = [{ type: 'email_domain', value: 'clientcorp.com' }];"),
        ]);
        let config = bundle.config.clone().unwrap();
        assert_eq!(config.entry, name);
        assert_eq!(config.modules.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["grants.ts", name]);
        assert!(bundle.modules.iter().all(|m| m.name != name && m.name != "grants.ts"));
    }
}
