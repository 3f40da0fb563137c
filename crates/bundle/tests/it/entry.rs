//! Which file is the workflow.

use millrace_bundle::bundle;

use crate::harness::{tree, workflow};

#[track_caller]
fn entry_of(files: &[&str], package: Option<&str>, asked: Option<&str>) -> Result<String, String> {
    let text = workflow("", "");
    let mut files: Vec<(&str, &str)> = files.iter().map(|path| (*path, text.as_str())).collect();
    files.extend(package.map(|package| ("package.json", package)));
    bundle(&tree(&files), asked).map(|b| b.entry).map_err(|e| e.diagnostics[0].code.clone())
}

#[test]
fn the_usual_names_are_found_in_order() {
    let ok = |files: &[&str], expected: &str| assert_eq!(entry_of(files, None, None).as_deref(), Ok(expected));
    ok(&["workflow.ts", "src/workflow.ts", "index.ts"], "workflow.ts");
    ok(&["src/workflow.ts", "index.ts", "src/index.ts"], "src/workflow.ts");
    ok(&["index.ts", "src/index.ts", "a.ts"], "index.ts");
    ok(&["src/index.ts", "src/b.ts"], "src/index.ts");
    ok(&["src/sync.ts", "src/sync.test.ts", "src/types.d.ts", "src/lib/x.ts", "millrace.config.ts"], "src/sync.ts");
    ok(&["sync.ts", "vite.config.ts"], "sync.ts");
}

#[test]
fn package_json_is_asked_first() {
    let files = ["workflow.ts", "app/main.ts"];
    let ok = |package: &str, expected: &str| assert_eq!(entry_of(&files, Some(package), None).as_deref(), Ok(expected));
    ok(r#"{"millrace":{"entry":"./app/main.ts"},"main":"workflow.ts"}"#, "app/main.ts");
    ok(r#"{"millrace.entry":"app/main"}"#, "app/main.ts");
    ok(r#"{"main":"app/main.js"}"#, "app/main.ts");
    ok(r#"{"main":"dist/index.js"}"#, "workflow.ts");
    ok("not json", "workflow.ts");
    assert_eq!(entry_of(&files, Some(r#"{"millrace":{"entry":"gone.ts"}}"#), None), Err("FILE_NOT_FOUND".into()));
}

#[test]
fn what_is_asked_for_is_taken_or_refused() {
    assert_eq!(entry_of(&["workflow.ts", "b.ts"], None, Some("./b.ts")).as_deref(), Ok("b.ts"));
    assert_eq!(entry_of(&["workflow.ts"], None, Some("gone.ts")), Err("FILE_NOT_FOUND".into()));
    assert_eq!(entry_of(&["workflow.ts"], None, Some("../workflow.ts")), Err("FILE_NOT_FOUND".into()));
    assert_eq!(entry_of(&["a.ts", "b.ts"], None, None), Err("FILE_NOT_FOUND".into()));
    assert_eq!(entry_of(&[], None, None), Err("FILE_NOT_FOUND".into()));
}

#[test]
fn paths_that_are_no_names_are_refused() {
    for path in ["/etc/x.ts", "../x.ts", "a//b.ts", "a\\b.ts", "a/./b.ts", "a\nb.ts", "", "@millrace/sdk/mine.ts", "@millrace/x.ts", &"x".repeat(2_000)] {
        assert_eq!(entry_of(&["workflow.ts", path], None, None), Err("INVALID_PATH".into()), "{path}");
    }
}
