//! What a new project begins with: the files of `templates/` that bear its name. The browser's deploy page offers the same ones.

use crate::exit::Exit;
use crate::failure::Failure;

/// A workflow to begin with, and what shows that it works.
#[derive(Debug)]
pub struct Template {
    /// What `--template` calls it.
    pub name: &'static str,
    /// What it shows, in a few words.
    about: &'static str,
    /// Its module, without metadata and with places to fill in.
    pub workflow: &'static str,
    /// The file of its scenario.
    pub scenario_file: &'static str,
    /// What `millrace test` plays.
    pub scenario: &'static str,
    /// What `millrace dev` starts it with.
    pub test_data: &'static str,
}

macro_rules! template {
    ($name:literal, $scenario:literal, $about:literal) => {
        Template {
            name: $name,
            about: $about,
            workflow: include_str!(concat!("../../templates/workflow-", $name, ".ts")),
            scenario_file: concat!("scenarios/", $scenario, ".yaml"),
            scenario: include_str!(concat!("../../templates/scenario-", $name, ".yaml")),
            test_data: include_str!(concat!("../../templates/test-data-", $name, ".json")),
        }
    };
}

/// What a project begins with unless another is named.
pub const DEFAULT: &str = "minimal";

/// In the order in which they are offered.
pub const ALL: [Template; 5] = [
    template!("minimal", "greeting", "started by hand; inputs, storage, a result"),
    template!("webhook", "orders", "an address of its own, each delivery dealt with once"),
    template!("schedule", "changes", "every morning, in the zone of whoever installs it"),
    template!("approval", "decisions", "waits for people, asks again, goes on days later"),
    template!("ai", "summary", "asks a language model"),
];

/// The template of this name.
///
/// # Errors
/// There is none.
pub fn named(name: &str) -> Result<&'static Template, Failure> {
    ALL.iter().find(|template| template.name == name).ok_or_else(|| {
        let names: Vec<&str> = ALL.iter().map(|template| template.name).collect();
        Failure::new(Exit::Usage, "TEMPLATE_UNKNOWN", format!("there is no template `{name}`")).fix(format!("Use one of {}.", names.join(", ")))
    })
}

/// What the help says of `--template`.
pub fn help() -> String {
    let lines = ALL.iter().map(|template| format!("\n- {}: {}", template.name, template.about));
    format!("What it begins with; {DEFAULT} unless given{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Path;

    use super::*;

    #[test]
    fn every_workflow_of_the_folder_is_offered() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut there: Vec<String> = files.filter_map(|file| Some(file.strip_prefix("workflow-")?.strip_suffix(".ts")?.to_owned())).collect();
        let mut offered: Vec<&str> = ALL.iter().map(|template| template.name).collect();
        there.sort();
        offered.sort_unstable();
        assert_eq!(there, offered);
    }

    #[test]
    fn an_unknown_one_is_told_with_those_that_there_are() {
        let failure = named("cron").unwrap_err();
        assert_eq!((failure.code.as_str(), failure.exit), ("TEMPLATE_UNKNOWN", Exit::Usage));
        for template in ALL {
            assert_eq!(named(template.name).unwrap().name, template.name);
            assert!(failure.fix.as_ref().unwrap().contains(template.name) && help().contains(template.name));
        }
        assert_eq!(named(DEFAULT).unwrap().name, DEFAULT);
    }
}
