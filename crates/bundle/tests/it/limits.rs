//! Sizes and depths: hostile trees end in a clear error, soon, and never take the process down.

use std::time::{Duration, Instant};

use crate::harness::{accept, refuse, run, workflow};

#[test]
fn ten_megabytes_are_too_large_and_a_little_less_is_not() {
    let blob = |bytes: usize| workflow(&format!("const blob = '{}';", "x".repeat(bytes)), "context.use(blob.length);");
    let errors = refuse(&[("workflow.ts", &blob(10 * 1_000_000))]);
    assert_eq!(errors[0].code, "BUNDLE_TOO_LARGE", "{errors:?}");
    assert!(errors[0].message.contains("10 MB"));
    let started = Instant::now();
    let bundle = accept(&[("workflow.ts", &blob(9_900_000))]);
    assert!(bundle.modules.iter().any(|m| m.code.len() > 9_900_000));
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn the_ceiling_is_for_all_modules_together_and_only_for_those_used() {
    let part = format!("export const x = '{}';", "x".repeat(3_500_000));
    let entry = workflow("import { x as a } from './a';\nimport { x as b } from './b';\nimport { x as c } from './c';", "context.use(a, b, c);");
    let errors = refuse(&[("workflow.ts", &entry), ("a.ts", &part), ("b.ts", &part), ("c.ts", &part)]);
    assert_eq!(errors[0].code, "BUNDLE_TOO_LARGE", "{errors:?}");
    let entry = workflow("import { x as a } from './a';", "context.use(a);");
    accept(&[("workflow.ts", &entry), ("a.ts", &part), ("b.ts", &part), ("c.ts", &part), ("data.json", &"x".repeat(9_000_000))]);
}

#[test]
fn a_thousand_modules_are_enough() {
    let mut files: Vec<(String, String)> = (0..1_001).map(|i| (format!("m{i}.ts"), format!("export * from './m{}';", i + 1))).collect();
    files.push(("m1001.ts".into(), "export const end = 1;".into()));
    files.push(("workflow.ts".into(), workflow("import { end } from './m0';", "context.use(end);")));
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    let errors = refuse(&files);
    assert_eq!(errors[0].code, "BUNDLE_TOO_LARGE", "{errors:?}");
    assert!(errors[0].message.contains("1000 modules"), "{errors:?}");
}

#[test]
fn deep_nesting_of_every_kind_is_refused_quickly() {
    let n = 300_000;
    let bombs = [
        format!("x = {}1{};", "[".repeat(n), "]".repeat(n)),
        format!("x = {}1{};", "(".repeat(n), ")".repeat(n)),
        format!("x = {}1{};", "{a:".repeat(n), "}".repeat(n)),
        format!("x = {}1;", "!".repeat(n)),
        format!("x = {}1;", "a=>".repeat(n)),
        format!("x = {}1;", "a?b:".repeat(n)),
        format!("x = a{};", ".b".repeat(n)),
        format!("x = {}1;", "1+".repeat(n)),
        format!("{};", "if(a)".repeat(n)),
        format!("{};", "if(a);else ".repeat(n)),
        format!("{}{}", "{".repeat(n), "}".repeat(n)),
        format!("type T = {}a{};", "A<".repeat(n), ">".repeat(n)),
        format!("type T = {}a;", "keyof ".repeat(n)),
        format!("x = {}1{};", "`${".repeat(n), "}`".repeat(n)),
        format!("x = {}1;", "a<b<".repeat(n)),
        format!("x = {}1{};", "function(){return ".repeat(n), "}".repeat(n)),
        "[".repeat(n), "(".repeat(n), "{".repeat(n), "`${".repeat(n), "<".repeat(n), "/".repeat(n), "'".repeat(n),
    ];
    for bomb in bombs {
        let started = Instant::now();
        let errors = refuse(&[("workflow.ts", &bomb)]);
        let start: String = bomb.chars().take(20).collect();
        assert!(errors.iter().all(|e| ["NESTING_TOO_DEEP", "SOURCE_TOO_COMPLEX", "SYNTAX_ERROR", "NO_WORKFLOW_EXPORT"].contains(&e.code.as_str())), "{start}: {errors:?}");
        assert!(errors[0].line == 1 && errors[0].column > 0, "{start}: {errors:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{start}: {:?}", started.elapsed());
    }
}

#[test]
fn the_deepest_trees_that_are_let_through_do_not_overflow() {
    // Just below the ceilings, in every pass: parser, names, types, output.
    let n = 9_000;
    let shapes = [
        format!("const x = {}1;", "!".repeat(2 * n)),
        format!("const x = (a: any, b: any) => {}1;", "a?b:".repeat(n / 2)),
        format!("const x = {}1;", "1+".repeat(n)),
        format!("const x = (a: any) => a{};", ".b".repeat(n)),
        format!("const x = {}1;", "a=>".repeat(n / 2)),
        format!("type T = {}string;", "keyof ".repeat(2 * n)),
        format!("function f(a: any) {{ {}; }}", "if(a)".repeat(n / 3)),
        format!("function f(a: any) {{ {}; }}", "if(a){}else ".repeat(n / 4)),
        format!("const x = {}1{};", "[".repeat(250), "]".repeat(250)),
        format!("const x = {}1{};", "(".repeat(250), ")".repeat(250)),
        format!("const x = {}1{};", "(a=(".repeat(120), "))=>1".repeat(120)),
    ];
    for shape in shapes {
        let start: String = shape.chars().take(40).collect();
        let bundle = accept(&[("workflow.ts", &workflow(&shape, ""))]);
        assert!(!bundle.modules.is_empty(), "{start}");
    }
}

#[test]
fn depth_behind_an_unclear_slash_is_refused() {
    // To one reading the bombs are regular expressions, to the other operands of divisions.
    for n in [60_000, 1_000_000] {
        let bombs = [
            format!("x={{}}/{}1/1;", "!".repeat(n)),
            format!("x={{}}/{}1/1;", "a=>".repeat(n / 3)),
            format!("x={{}}/{}1{}/1;", "[".repeat(n / 2), "]".repeat(n / 2)),
            format!("x=b>/{}1/1;", "1+".repeat(n / 2)),
            format!("x=b!/{}1{}/1;", "(".repeat(n / 2), ")".repeat(n / 2)),
            format!("x=b++/{}1/1;", "a?b:".repeat(n / 4)),
            format!("x={{}}/a{}/1;", ".b".repeat(n / 2)),
            format!("x={{}}/a/\n{}1;", "/!/!\n".repeat(n / 5)),
            format!("x={{}}/{}1/1;", "a<b<".repeat(n / 4)),
        ];
        for bomb in bombs {
            let found = millrace_bundle::validate(&millrace_bundle::SourceTree::single(bomb.as_str()), None);
            let start: String = bomb.chars().take(20).collect();
            assert!(["NESTING_TOO_DEEP", "AMBIGUOUS_SLASH"].contains(&found[0].code.as_str()), "{start}: {found:?}");
        }
    }
}

#[test]
fn memory_of_the_worst_trees_is_bounded() {
    // Each makes the parser start again and again; unbounded, the first alone would take 40 GB.
    for (open, close) in [("a<[b<", "]"), ("a?(b=", "):c=>d"), ("<T>(a=", ")"), ("([a=", "]=1)"), ("a<b,(", ")")] {
        let unit = format!("x={}a{};\n", open.repeat(120), close.repeat(120));
        let errors = refuse(&[("workflow.ts", &unit.repeat(5_000))]);
        assert_eq!((errors[0].code.as_str(), errors[0].line > 1), ("SOURCE_TOO_COMPLEX", true), "{open}: {errors:?}");
    }
    let files: Vec<(String, String)> = (0..40).map(|i| (format!("m{i}.ts"), "a;".repeat(100_000))).collect();
    let imports: String = (0..40).map(|i| format!("import './m{i}';\n")).collect();
    let entry = workflow(&imports, "");
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).chain([("workflow.ts", entry.as_str())]).collect();
    let errors = refuse(&files);
    assert_eq!(errors[0].code, "SOURCE_TOO_COMPLEX", "{errors:?}");
}

#[test]
fn files_full_of_one_thing_do_not_take_minutes() {
    let many = |n: usize, part: &dyn Fn(usize) -> String| (0..n).map(part).collect::<String>();
    let files = [
        workflow(&many(30_000, &|i| format!("import {{ sleep as s{i} }} from '@millrace/sdk'; s{i}; ")), ""),
        workflow("", &many(100_000, &|_| "eval('1'); ".to_owned())),
        workflow("", &many(60_000, &|i| format!("fetch('https://h{i}.example.com/'); "))),
        workflow(&many(30_000, &|i| format!("import x{i} from './gone{i}'; ")), ""),
        workflow("", &many(100_000, &|i| format!("context.v{i} = env{i}; "))),
        many(100_000, &|_| "a<b,throw /*/[/".to_owned()),
    ];
    for file in files {
        let started = Instant::now();
        let tree = millrace_bundle::SourceTree::single(file.as_str());
        let found = millrace_bundle::validate(&tree, None);
        let start: String = file.chars().skip(60).take(60).collect();
        assert!(found.len() <= 200, "{start}");
        assert!(started.elapsed() < Duration::from_secs(10), "{start}: {:?}", started.elapsed());
    }
}

#[test]
fn many_mistakes_are_cut_to_a_readable_number() {
    let text = workflow(&"import 'fs';\n".repeat(10_000), "");
    assert_eq!(refuse(&[("workflow.ts", &text)]).len(), 200);
}

#[test]
fn a_usual_workflow_is_bundled_in_milliseconds() {
    let text = workflow("import { webhook, http } from '@millrace/sdk';", "await http.get('https://example.com'); webhook;");
    accept(&[("workflow.ts", &text)]);
    let started = Instant::now();
    for _ in 0..20 {
        accept(&[("workflow.ts", &text)]);
    }
    assert!(started.elapsed() / 20 < Duration::from_millis(100), "{:?}", started.elapsed() / 20);
}

#[test]
fn several_bundles_at_once_share_nothing_but_the_sdk() {
    let threads: Vec<_> = (0..8)
        .map(|i| {
            std::thread::spawn(move || {
                let bundle = accept(&[("workflow.ts", &workflow(&format!("export const n = {i};"), ""))]);
                run(&bundle, "return exports.n").unwrap()
            })
        })
        .collect();
    for (i, thread) in threads.into_iter().enumerate() {
        assert_eq!(thread.join().unwrap(), i);
    }
}
