//! What people see: colours when somebody looks, JSON when a program does.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use owo_colors::{OwoColorize, Style};
use serde_json::Value;

use crate::failure::{Failure, Finding};

/// How a command talks.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// JSON on standard output instead of text.
    pub json: bool,
    colour_out: bool,
    colour_err: bool,
}

/// What a piece of text means; the colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It went well.
    Good,
    /// It went wrong.
    Bad,
    /// Worth a look.
    Warn,
    /// Being worked on.
    Busy,
    /// Less important.
    Faint,
    /// A heading or a name.
    Strong,
    /// Nothing special.
    Plain,
}

impl Terminal {
    /// Colours follow `NO_COLOR` (<https://no-color.org>), `TERM=dumb`, and whether the stream is a terminal.
    pub fn new(json: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::env::var_os("TERM").is_none_or(|t| t != "dumb");
        Self { json, colour_out: wanted && !json && std::io::stdout().is_terminal(), colour_err: wanted && std::io::stderr().is_terminal() }
    }

    /// Without any colour, for files.
    pub const fn without_colour() -> Self {
        Self { json: false, colour_out: false, colour_err: false }
    }

    /// Without any colour, for tests.
    #[cfg(test)]
    pub fn plain() -> Self {
        Self::without_colour()
    }

    /// Text for standard output in the tone's colour.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        colour(self.colour_out, tone, text)
    }

    /// Prints the command's answer: the JSON, or the text made from it.
    pub fn answer(self, value: &Value, text: impl FnOnce() -> String) {
        let out = if self.json { value.to_string() } else { text() };
        print_out(&out);
    }

    /// Prints one line of text, or one JSON value per line, as streams do.
    pub fn line(self, value: &Value, text: impl FnOnce() -> String) {
        self.answer(value, text);
    }

    /// Says something to the person, never to the program that reads the output.
    pub fn say(self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// A hint below an answer.
    pub fn hint(self, text: &str) {
        if !self.json {
            self.say(&colour(self.colour_err, Tone::Faint, text));
        }
    }

    /// A spinner while something takes time; silent when nobody looks.
    pub fn busy(self, what: &str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new_spinner().with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// Prints why a command failed.
    pub fn failure(self, failure: &Failure) {
        if self.json {
            self.say(&failure.to_json().to_string());
            return;
        }
        self.say(&self.failure_text(failure));
    }

    fn failure_text(self, failure: &Failure) -> String {
        let err = |tone, text: &str| colour(self.colour_err, tone, text);
        let mut lines = vec![format!("{} {} {}", err(Tone::Bad, "error:"), failure.what, err(Tone::Faint, &format!("[{}]", failure.code)))];
        let (placed, fields): (Vec<&Finding>, Vec<&Finding>) = failure.findings.iter().partition(|f| f.line > 0);
        if let Some(why) = &failure.why {
            lines.push(format!("  {} {why}", err(Tone::Faint, "why:")));
        }
        for finding in fields {
            let place = if finding.place.is_empty() { String::new() } else { format!("{}: ", finding.place) };
            lines.push(format!("  {} {place}{} {}", err(Tone::Bad, "·"), finding.message, err(Tone::Faint, &format!("[{}]", finding.code))));
            lines.extend(finding.suggestion.iter().map(|s| format!("    {s}")));
        }
        if let Some(fix) = &failure.fix {
            lines.push(format!("  {} {fix}", err(Tone::Faint, "fix:")));
        }
        if let Some(id) = failure.request_id.as_deref().filter(|_| failure.code == "INTERNAL" || failure.exit as u8 == 1) {
            lines.push(format!("  {} {id}", err(Tone::Faint, "request:")));
        }
        for finding in placed {
            lines.push(String::new());
            lines.push(self.finding(finding));
        }
        lines.join("\n")
    }

    /// A finding as compilers print it: the place, the line, a caret under the column.
    pub fn finding(self, finding: &Finding) -> String {
        let err = |tone, text: &str| colour(self.colour_err, tone, text);
        let tone = if finding.severity == "error" { Tone::Bad } else { Tone::Warn };
        let place = if finding.line > 0 { format!("{}:{}:{}", finding.place, finding.line, finding.column) } else { finding.place.clone() };
        let mut lines = vec![format!(
            "{}: {} {}",
            err(Tone::Strong, &place),
            err(tone, &format!("{}[{}]:", finding.severity, finding.code)),
            finding.message
        )];
        if let Some(written) = &finding.written {
            let number = finding.line.to_string();
            let (shown, before) = excerpt(written, finding.column);
            let gutter = " ".repeat(number.len());
            lines.push(format!(" {} {} {shown}", err(Tone::Faint, &number), err(Tone::Faint, "|")));
            lines.push(format!(" {gutter} {} {before}{}", err(Tone::Faint, "|"), err(tone, "^")));
        }
        lines.extend(finding.suggestion.iter().map(|s| format!("  {} {s}", err(Tone::Faint, "fix:"))));
        lines.join("\n")
    }
}

/// Characters of a source line that are shown around its column.
const EXCERPT: usize = 100;

/// The part of a line around `column` (1-based, UTF-16 units, as editors count), and blanks as wide as what stands before it.
fn excerpt(line: &str, column: u32) -> (String, String) {
    let mut units = 0;
    let wanted = column.saturating_sub(1);
    let at = line.chars().take_while(|c| { let here = units < wanted; units += u32::try_from(c.len_utf16()).unwrap_or(1); here }).count();
    let from = at.saturating_sub(EXCERPT / 2);
    let shown: String = line.chars().skip(from).take(EXCERPT).collect();
    // Tabs stay tabs, so that the caret stays under its character.
    let before = line.chars().skip(from).take(at - from).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    (shown, before)
}

fn colour(enabled: bool, tone: Tone, text: &str) -> String {
    if !enabled {
        return text.to_owned();
    }
    let style = match tone {
        Tone::Good => Style::new().green(),
        Tone::Bad => Style::new().red().bold(),
        Tone::Warn => Style::new().yellow(),
        Tone::Busy => Style::new().cyan(),
        Tone::Faint => Style::new().dimmed(),
        Tone::Strong => Style::new().bold(),
        Tone::Plain => Style::new(),
    };
    text.style(style).to_string()
}

/// Prints to standard output. A reader that went away (`| head`) ends the command quietly, as other tools do.
fn print_out(text: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// The tone of a run's or an installation's status.
pub fn tone_of(status: &str) -> Tone {
    match status {
        "completed" | "active" | "approved" => Tone::Good,
        "failed" | "error" | "rejected" => Tone::Bad,
        "running" | "queued" => Tone::Busy,
        "waiting" | "pending" | "paused" => Tone::Warn,
        "cancelled" | "skipped" => Tone::Faint,
        _ => Tone::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn at(line: u32, column: u32, source: &str) -> Finding {
        let mut finding = Finding {
            code: "SYNTAX_ERROR".into(),
            severity: "error".into(),
            message: "Expected `;`.".into(),
            place: "src/a.ts".into(),
            line,
            column,
            suggestion: Some("Add a semicolon.".into()),
            written: None,
        };
        finding.quote(&crate::source::Files::from([("src/a.ts".to_owned(), source.to_owned())]));
        finding
    }

    #[test]
    fn a_place_in_a_source_file_gets_its_line_and_a_caret() {
        let text = Terminal::plain().finding(&at(2, 5, "one\n\tlet x y\nthree"));
        assert_eq!(text, "src/a.ts:2:5: error[SYNTAX_ERROR]: Expected `;`.\n 2 | \tlet x y\n   | \t   ^\n  fix: Add a semicolon.");
    }

    #[test]
    fn columns_count_utf16_units() {
        let text = Terminal::plain().finding(&at(1, 4, "😀äx"));
        assert!(text.contains("\n   |   ^\n"), "{text}");
    }

    #[test]
    fn a_long_line_is_shown_around_its_column_and_a_line_that_is_gone_is_left_out() {
        let long = format!("{}!{}", "a".repeat(5_000), "b".repeat(5_000));
        let text = Terminal::plain().finding(&at(1, 5_001, &long));
        assert!(text.len() < 400 && text.contains("a!b"));
        assert!(!Terminal::plain().finding(&at(9, 1, "x")).contains('|'));
    }

    #[test]
    fn a_failure_says_what_why_and_fix() {
        let what = Failure::new(Exit::Refused, "BUNDLE_INVALID", "the workflow was not deployed").why("w").fix("f");
        let text = Terminal::plain().failure_text(&Failure { findings: vec![at(1, 1, "let")], ..what });
        assert!(text.starts_with("error: the workflow was not deployed [BUNDLE_INVALID]\n  why: w\n  fix: f\n\nsrc/a.ts:1:1"), "{text}");
        assert!(text.contains(" 1 | let\n   | ^"), "{text}");
    }
}
