//! The agreements of this tree. Each test names every offender at once and says what to do.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;

use millrace_tidy::{File, files, is_code, own_dependencies, permitted, root};

/// Above this, a file holds two things.
const MAX_LINES: usize = 800;

/// Files that may be longer, each with its reason.
const LONG_FILES: [(&str, &str); 1] = [("Cargo.lock", "written by cargo")];

fn assert_none(offenders: &[String], advice: &str) {
    assert!(offenders.is_empty(), "{advice}\n  {}", offenders.join("\n  "));
}

fn rust() -> Vec<File> {
    let found = files("crates", &[".rs"]);
    assert!(found.len() > 50, "the tree was not found");
    found
}

fn architecture() -> Vec<(String, Vec<String>)> {
    permitted(&fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap())
}

#[test]
fn dependencies_point_the_way_architecture_says() {
    let table = architecture();
    assert!(table.len() >= 10, "the table of ARCHITECTURE.md was not found");
    let mut offenders = Vec::new();
    for (name, may) in &table {
        let manifest = fs::read_to_string(root().join(format!("crates/{name}/Cargo.toml"))).unwrap_or_default();
        if manifest.is_empty() {
            offenders.push(format!("{name}: in the table, not in crates/"));
        }
        for used in own_dependencies(&manifest).iter().filter(|used| !may.contains(used)) {
            offenders.push(format!("{name} → {used}"));
        }
    }
    assert_none(&offenders, "These arrows are not in ARCHITECTURE.md. Move the code, or change the table with a reason:");
}

#[test]
fn every_crate_is_in_the_architecture() {
    let table = architecture();
    let mut offenders = Vec::new();
    for entry in fs::read_dir(root().join("crates")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().join("Cargo.toml").exists() && !table.iter().any(|(known, _)| *known == name) {
            offenders.push(name);
        }
    }
    assert_none(&offenders, "These crates are missing from the table of ARCHITECTURE.md:");
}

#[test]
fn every_crate_root_says_what_it_is() {
    let roots = rust().into_iter().filter(|f| f.path.matches('/').count() == 3 && (f.path.ends_with("/src/lib.rs") || f.path.ends_with("/src/main.rs")));
    let silent: Vec<String> = roots.filter(|f| !f.text.starts_with("//! ")).map(|f| f.path).collect();
    assert_none(&silent, "Begin these files with `//! ` and a sentence that says what the crate is:");
}

#[test]
fn migrations_come_in_pairs_and_in_order() {
    let names = |driver: &str| -> Vec<String> {
        let all = files(&format!("migrations/{driver}"), &[".sql"]);
        all.into_iter().map(|f| f.path.rsplit('/').next().unwrap().to_owned()).collect()
    };
    let (sqlite, postgres) = (names("sqlite"), names("postgres"));
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres, "every migration exists for both databases, under the same number and name");
    let numbers: BTreeSet<&str> = sqlite.iter().map(|name| name.split('_').next().unwrap()).collect();
    assert_eq!(numbers.len(), sqlite.len(), "two migrations have the same number: {sqlite:?}");
    assert!(numbers.iter().all(|n| n.len() == 4 && n.bytes().all(|b| b.is_ascii_digit())), "a migration is named NNNN_name.sql: {sqlite:?}");
}

#[test]
fn both_migrations_of_a_pair_make_the_same_tables() {
    let made = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("CREATE TABLE "));
        lines.map(|rest| rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap().to_owned()).collect()
    };
    let mut offenders = Vec::new();
    for (sqlite, postgres) in files("migrations/sqlite", &[".sql"]).iter().zip(files("migrations/postgres", &[".sql"])) {
        let (a, b) = (made(&sqlite.text), made(&postgres.text));
        offenders.extend(a.symmetric_difference(&b).map(|table| format!("{table} in only one of {} and {}", sqlite.path, postgres.path)));
    }
    assert_none(&offenders, "The databases must have the same tables:");
}

/// What a statement of a migration does that a binary of the release before could not live with; nothing if it only adds.
fn takes_away(statement: &str) -> Option<&'static str> {
    let words: Vec<String> = statement.split_whitespace().map(str::to_uppercase).collect();
    let text = words.join(" ");
    let alters = text.starts_with("ALTER TABLE");
    let adds_column = alters && text.contains(" ADD COLUMN ");
    let adds_rule = alters && !adds_column && text.contains(" ADD ") && ["CHECK", "UNIQUE", "FOREIGN", "PRIMARY"].iter().any(|w| text.contains(w));
    let rules = [
        (text.starts_with("DROP TABLE") || (alters && text.contains(" DROP ")), "drops what the release before uses"),
        (text.contains(" RENAME "), "renames what the release before uses"),
        (alters && (text.contains(" ALTER COLUMN ") || text.contains(" TYPE ")), "changes a column that the release before uses"),
        (adds_column && text.contains("NOT NULL") && !text.contains(" DEFAULT "), "adds a column that the release before cannot fill: give it a DEFAULT"),
        (adds_rule, "adds a rule that rows of the release before may break"),
    ];
    rules.into_iter().find(|(broken, _)| *broken).map(|(_, why)| why)
}

#[test]
fn migrations_only_add() {
    let mut offenders = Vec::new();
    for driver in ["sqlite", "postgres"] {
        for file in files(&format!("migrations/{driver}"), &[".sql"]) {
            // Said with its reason in the file, and shown by `scripts/rolling.sh`.
            if file.text.contains("-- kept-for-the-release-before: ") {
                continue;
            }
            let text: String = file.text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
            for statement in text.split(';') {
                if let Some(why) = takes_away(statement) {
                    offenders.push(format!("{}: {why}: {}", file.path, statement.split_whitespace().take(8).collect::<Vec<_>>().join(" ")));
                }
            }
        }
    }
    assert_none(&offenders, "Two releases share a database during an upgrade, so a migration only adds (docs/operations.md, Upgrade):");
}

#[test]
fn what_takes_away_is_recognised() {
    for (statement, yes) in [
        ("CREATE TABLE a (b TEXT NOT NULL)", false),
        ("CREATE UNIQUE INDEX x ON a (b)", false),
        ("ALTER TABLE a ADD COLUMN c TEXT", false),
        ("ALTER TABLE a ADD COLUMN c BIGINT NOT NULL DEFAULT 0", false),
        ("DROP INDEX x", false),
        ("alter table a add column c text not null", true),
        ("DROP TABLE a", true),
        ("ALTER TABLE a DROP COLUMN b", true),
        ("ALTER TABLE a RENAME COLUMN b TO c", true),
        ("ALTER TABLE a ALTER COLUMN b TYPE BIGINT", true),
        ("ALTER TABLE a ADD CONSTRAINT k CHECK (b > 0)", true),
    ] {
        assert_eq!(takes_away(statement).is_some(), yes, "{statement}");
    }
}

#[test]
fn tables_of_sqlite_are_strict() {
    let mut offenders = Vec::new();
    for file in files("migrations/sqlite", &[".sql"]) {
        let without_comments: String = file.text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
        for statement in without_comments.split(';').filter(|s| s.contains("CREATE TABLE")) {
            if !statement.rsplit(')').next().unwrap_or_default().contains("STRICT") {
                let name = statement.split("CREATE TABLE").nth(1).unwrap_or_default().trim().lines().next().unwrap_or_default().to_owned();
                offenders.push(format!("{}: {name}", file.path));
            }
        }
    }
    assert_none(&offenders, "SQLite keeps any type in any column of a table that is not STRICT:");
}

/// Literals of the shape of a code that are none.
fn is_setting(text: &str) -> bool {
    ["MILLRACE_", "AWS_", "CARGO_", "OTEL_", "SQLITE_", "SECCOMP_", "XDG_"].iter().any(|prefix| text.starts_with(prefix))
        || ["DATABASE_URL", "NO_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR", "OUT_DIR"].contains(&text)
}

#[test]
fn every_error_code_is_documented() {
    // A page of its own, whose name is the code, or a row wherever the subject is explained.
    let named = |f: &File| f.path.rsplit('/').next().unwrap().trim_end_matches(".md").to_uppercase();
    let pages: String = files("docs", &[".md"]).into_iter().map(|f| format!("`{}` {}", named(&f), f.text)).collect();
    let mut missing: BTreeSet<String> = BTreeSet::new();
    for crate_name in ["bundle", "cli", "engine", "server"] {
        for file in files(&format!("crates/{crate_name}/src"), &[".rs"]).iter().filter(|f| !f.is_test()) {
            for code in file.literals().into_iter().filter(|l| is_code(l) && !is_setting(l)) {
                if !pages.contains(&format!("`{code}`")) {
                    missing.insert(format!("{code} ({})", file.path));
                }
            }
        }
    }
    assert_none(&Vec::from_iter(missing), "Give each of these codes a page in docs/errors, or a row where its subject is explained: what it means, and what to do:");
}

#[test]
fn files_hold_one_thing() {
    let mut offenders = Vec::new();
    for file in files("", &[".rs", ".ts", ".tsx", ".js", ".mjs", ".sql", ".md", ".yaml", ".sh"]) {
        let lines = file.text.lines().count();
        let generated = file.text.lines().take(10).any(|line| line.to_lowercase().contains("generated by"));
        if lines > MAX_LINES && !generated && !LONG_FILES.iter().any(|(path, _)| *path == file.path) {
            offenders.push(format!("{} has {lines} lines", file.path));
        }
    }
    assert_none(&offenders, &format!("A file over {MAX_LINES} lines holds two things; divide it:"));
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let words = [["todo", "!("].concat(), ["unimplemented", "!("].concat(), ["FIX", "ME"].concat(), ["dbg", "!("].concat()];
    let mut offenders = Vec::new();
    for file in files("", &[".rs", ".ts", ".tsx", ".js", ".mjs", ".sql", ".yaml", ".sh", ".toml"]) {
        for (number, line) in file.text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word.as_str())) {
                offenders.push(format!("{}:{}", file.path, number + 1));
            }
        }
    }
    assert_none(&offenders, "Finish these places:");
}

#[test]
fn time_is_an_argument() {
    // clippy says the same of calls; this finds the word in files that clippy does not build.
    let clock = ["SystemTime", "::now("].concat();
    let mut offenders = Vec::new();
    for file in rust().iter().filter(|f| !f.is_test()) {
        let text = file.product_text();
        for (at, _) in text.match_indices(&clock) {
            let before: Vec<&str> = text[..at].lines().rev().take(6).collect();
            if !before.iter().any(|line| line.contains("clippy::disallowed_methods")) && !file.path.starts_with("crates/clock/") {
                offenders.push(format!("{}:{}", file.path, text[..at].lines().count()));
            }
        }
    }
    assert_none(&offenders, "Take the time from millrace_clock::Clock, or allow clippy::disallowed_methods there and say why:");
}

#[test]
fn modules_say_what_they_are_about() {
    let silent: Vec<String> = rust()
        .into_iter()
        .filter(|f| f.path.contains("/src/") && !f.is_test() && !f.text.starts_with("//!"))
        .map(|f| f.path)
        .collect();
    assert_none(&silent, "Begin these files with `//! ` and a sentence:");
}

#[test]
fn every_row_of_the_flows_has_tests_that_exist() {
    let text = fs::read_to_string(root().join("docs/flows.md")).unwrap();
    let declared: String = rust().into_iter().map(|f| f.text).collect();
    let mut offenders = Vec::new();
    for flow in ["1A", "1B", "2", "3", "4", "5", "6", "7"] {
        let Some((_, section)) = text.split_once(&format!("\n## Flow {flow}:")) else {
            offenders.push(format!("flow {flow}: no section"));
            continue;
        };
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| step ")).collect();
        if rows.len() < 5 {
            offenders.push(format!("flow {flow}: its table was not found"));
        }
        for row in rows {
            let cell = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
            let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
            if names.is_empty() {
                offenders.push(format!("flow {flow}: no test: {row}"));
            }
            offenders.extend(names.iter().filter(|name| !declared.contains(&format!("fn {name}("))).map(|name| format!("flow {flow}: {name} does not exist")));
        }
    }
    assert_none(&offenders, "docs/flows.md names the tests of each step and refusal; these are missing:");
}

/// The rows of the race catalogue.
fn rows_of_the_catalogue() -> Vec<String> {
    (1..=14).map(|n| format!("R{n}")).chain((1..=11).map(|n| format!("P{n}"))).collect()
}

#[test]
fn every_row_of_the_race_catalogue_has_tests_that_exist() {
    let text = fs::read_to_string(root().join("docs/race-catalogue.md")).unwrap();
    let declared: String = rust().into_iter().map(|f| f.text).collect();
    let mut offenders = Vec::new();
    for row in rows_of_the_catalogue() {
        let Some(line) = text.lines().find(|line| line.starts_with(&format!("| {row} |"))) else {
            offenders.push(format!("{row}: no row"));
            continue;
        };
        let cell = line.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            offenders.push(format!("{row}: no test"));
        }
        offenders.extend(names.iter().filter(|name| !declared.contains(&format!("fn {name}("))).map(|name| format!("{row}: {name} does not exist")));
    }
    assert_none(&offenders, "docs/race-catalogue.md names the test of each row; these are missing:");
}
