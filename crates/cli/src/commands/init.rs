//! `millrace init`: a project that deploys as it is.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::template::{self, Template};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Tone};

/// Options of `init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory to make, and the workflow's name; the present directory unless given
    name: Option<String>,
    /// Only people with a grant may install it
    #[arg(long)]
    private: bool,
    #[arg(long, value_name = "NAME", help = template::help())]
    template: Option<String>,
    /// The same as `--template ai`
    #[arg(long, conflicts_with = "template")]
    ai: bool,
}

const PRIVATE: &str = include_str!("../../templates/metadata-private.ts");
const PUBLIC: &str = include_str!("../../templates/metadata-public.ts");
const CONFIG: &str = include_str!("../../templates/millrace.config.ts");
const README: &str = include_str!("../../templates/README.md");
const TSCONFIG: &str = include_str!("../../templates/tsconfig.json");
/// What a workflow may import and the globals it has: a project type-checks with this and nothing installed.
pub const TYPES: &str = include_str!("../../../../sdk/millrace.d.ts");
const IGNORED: &str = "node_modules\ndist\n.millrace\n.env\n# Credentials for --connection.\n*.secret.json\n";

/// The types of a project.
pub const TYPES_FILE: &str = "millrace.d.ts";

/// Brings the types of a project up to this release, if it has any. Editors then know what the server knows.
pub fn refresh_types(dir: &Path) -> Result<(), Failure> {
    let path = dir.join(TYPES_FILE);
    match fs::read_to_string(&path) {
        Ok(text) if text != TYPES => write(dir, &[(TYPES_FILE, TYPES.to_owned())]),
        _ => Ok(()),
    }
}

/// Writes the project.
pub fn perform(terminal: Terminal, args: &Args) -> Result<(), Failure> {
    let dir = args.name.as_deref().map_or_else(|| PathBuf::from("."), PathBuf::from);
    let title = title_of(&dir)?;
    let slug = slug(&title);
    if slug.is_empty() {
        return Err(Failure::new(Exit::Usage, "NAME_INVALID", format!("no workflow can be named `{title}`")).fix("Use a name with letters or digits."));
    }
    let template = template::named(args.template.as_deref().unwrap_or(if args.ai { "ai" } else { template::DEFAULT }))?;
    let files = project(&title, &slug, template, args.private);
    if let Some((name, _)) = files.iter().find(|(name, _)| dir.join(name).exists()) {
        return Err(Failure::new(Exit::Usage, "FILE_EXISTS", format!("`{}` exists already", dir.join(name).display()))
            .why("init never overwrites")
            .fix("Choose another name, or move the file away."));
    }
    write(&dir, &files)?;
    let names: Vec<&str> = files.iter().map(|(name, _)| *name).collect();
    let made = json!({"directory": dir, "workflow": slug, "files": names});
    terminal.answer(&made, || format!("{} {} with {}", terminal.paint(Tone::Good, "Wrote"), terminal.paint(Tone::Strong, &dir.display().to_string()), names.join(", ")));
    terminal.hint(&format!("Next: millrace dev {}", dir.display()));
    Ok(())
}

fn project(title: &str, slug: &str, template: &Template, private: bool) -> Vec<(&'static str, String)> {
    let fill = |text: &str| text.replace("__TITLE__", title).replace("__SLUG__", slug);
    let metadata = if private { PRIVATE } else { PUBLIC };
    // What states who finds it is published by its deploy: that is for the author to say.
    let settings = if private { "\n  visibility: 'private' as const,\n  accessGrants: [{ type: 'email_domain' as const, value: 'example.com' }],\n" } else { "" };
    let package = json!({
        "name": slug, "version": "0.1.0", "private": true, "type": "module",
        "scripts": {"dev": "millrace dev", "test": "millrace test", "check": "tsc", "deploy": "millrace deploy"}, "millrace": {"entry": "workflow.ts"},
        "devDependencies": {"typescript": "^5.9.0"},
    });
    vec![
        ("workflow.ts", format!("{}\n{}", fill(template.workflow), fill(metadata))),
        ("millrace.config.ts", CONFIG.replace("__SETTINGS__", settings)),
        ("test-data.json", template.test_data.to_owned()),
        (template.scenario_file, template.scenario.to_owned()),
        (TYPES_FILE, TYPES.to_owned()),
        ("package.json", format!("{package:#}\n")),
        ("tsconfig.json", TSCONFIG.to_owned()),
        ("README.md", fill(README)),
        (".gitignore", IGNORED.to_owned()),
    ]
}

/// Writes files into a directory, which is made where it is not there.
pub fn write<N: AsRef<str>>(dir: &Path, files: &[(N, String)]) -> Result<(), Failure> {
    let failed = |path: &Path, e: std::io::Error| Failure::new(Exit::Failed, "FILE_UNWRITABLE", format!("`{}` cannot be written", path.display())).why(e.to_string());
    for (name, text) in files {
        let path = dir.join(name.as_ref());
        let folder = path.parent().unwrap_or(dir);
        fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
        fs::write(&path, text).map_err(|e| failed(&path, e))?;
    }
    Ok(())
}

/// The workflow's name: the last part of the path, in words.
fn title_of(dir: &Path) -> Result<String, Failure> {
    let full = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let name = full.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if name.chars().any(|c| c.is_control() || "'\"`\\${}".contains(c)) {
        return Err(Failure::new(Exit::Usage, "NAME_INVALID", "this name cannot stand in a source file").fix("Use letters, digits, blanks and hyphens."));
    }
    let words = name.split(['-', '_', ' ']).filter(|w| !w.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    });
    Ok(words.collect::<Vec<_>>().join(" "))
}

fn slug(title: &str) -> String {
    let kept: String = title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    kept.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::source;

    fn args(name: &Path, private: bool, template: &str) -> Args {
        Args { name: Some(name.display().to_string()), private, template: Some(template.to_owned()), ai: false }
    }

    fn made(private: bool, template: &str) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        perform(Terminal::plain(), &args(&dir.path().join("client-sync"), private, template)).unwrap();
        dir
    }

    #[test]
    fn every_kind_of_project_is_complete_and_filled_in() {
        for (private, template) in [false, true].into_iter().flat_map(|private| template::ALL.map(|template| (private, template))) {
            let dir = made(private, template.name);
            let root = dir.path().join("client-sync");
            let files = source::read(&root).unwrap();
            assert_eq!(files.keys().collect::<Vec<_>>(), ["millrace.config.ts", "package.json", "workflow.ts"]);
            let workflow = &files["workflow.ts"];
            assert!(workflow.contains("name: 'Client Sync'") && workflow.contains("id: 'client-sync'"));
            assert_eq!(workflow.contains("visibility: 'private'"), private);
            assert_eq!(files["millrace.config.ts"].contains("visibility"), private, "a first deploy publishes nothing for everybody");
            assert_eq!(workflow.contains("integrations.ai") || workflow.contains("env.AI"), template.name == "ai");
            for name in ["workflow.ts", "millrace.config.ts", "README.md"] {
                assert!(!fs::read_to_string(root.join(name)).unwrap().contains("__"), "{name} holds an unfilled place");
            }
            // It starts with what the workflow's trigger is, and says no input that the workflow has not.
            let data = source::read_json(&root.join("test-data.json")).unwrap();
            assert!(workflow.contains(&format!("trigger: {}(", data["trigger"]["type"].as_str().unwrap())), "{}", template.name);
            for input in data["config"].as_object().unwrap().keys() {
                assert!(workflow.contains(&format!("    {input}: {{ type:")), "{}: {input}", template.name);
            }
        }
    }

    #[test]
    fn the_short_flag_means_its_template_and_an_unknown_one_writes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let short = Args { ai: true, template: None, ..args(&dir.path().join("short"), false, "") };
        perform(Terminal::plain(), &short).unwrap();
        assert!(dir.path().join("short/scenarios/summary.yaml").exists());
        let root = dir.path().join("unknown");
        assert_eq!(perform(Terminal::plain(), &args(&root, false, "cron")).unwrap_err().code, "TEMPLATE_UNKNOWN");
        assert!(!root.exists());
    }

    #[test]
    fn types_of_another_release_are_replaced_and_none_are_forced_on_a_project() {
        let dir = made(false, template::DEFAULT);
        let (root, types) = (dir.path().join("client-sync"), dir.path().join("client-sync/millrace.d.ts"));
        fs::write(&types, "declare const old: 1;\n").unwrap();
        refresh_types(&root).unwrap();
        assert_eq!(fs::read_to_string(&types).unwrap(), TYPES);
        fs::remove_file(&types).unwrap();
        refresh_types(&root).unwrap();
        assert!(!types.exists());
    }

    #[test]
    fn nothing_is_overwritten() {
        let dir = made(false, template::DEFAULT);
        let again = args(&dir.path().join("client-sync"), true, "webhook");
        assert_eq!(perform(Terminal::plain(), &again).unwrap_err().code, "FILE_EXISTS");
    }

    #[test]
    fn names_that_would_break_the_source_are_refused() {
        for bad in ["a'b", "x`y", "---", "${z}"] {
            let dir = tempfile::tempdir().unwrap();
            assert_eq!(perform(Terminal::plain(), &args(&dir.path().join(bad), false, template::DEFAULT)).unwrap_err().code, "NAME_INVALID", "{bad}");
        }
    }
}
