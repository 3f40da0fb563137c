//! Why a command failed, in the three parts people need: what happened, why, and what to do.

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::view::text;

/// A failed command.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Stable UPPER_SNAKE code; `docs/errors` has a row for each.
    pub code: String,
    /// The process's exit code.
    pub exit: Exit,
    /// What happened, one sentence without a full stop.
    pub what: String,
    /// Why.
    pub why: Option<String>,
    /// What to do about it.
    pub fix: Option<String>,
    /// Single findings: fields of a request, places in a source file.
    pub findings: Vec<Finding>,
    /// The server's own name for the request, to find it in its log.
    pub request_id: Option<String>,
}

/// One thing that is wrong, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code.
    pub code: String,
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// What is wrong.
    pub message: String,
    /// The field of the request, or the file of the source.
    pub place: String,
    /// 1-based; 0 when it has no place in a file.
    pub line: u32,
    /// 1-based; 0 when it has no place in a file.
    pub column: u32,
    /// What to do about it.
    pub suggestion: Option<String>,
    /// The source line it is about.
    pub written: Option<String>,
}

impl Failure {
    /// A failure of this command itself.
    pub fn new(exit: Exit, code: &str, what: impl Into<String>) -> Self {
        Self { code: code.to_owned(), exit, what: what.into(), why: None, fix: None, findings: Vec::new(), request_id: None }
    }

    /// Adds the reason.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// Adds what to do, unless that is said already.
    #[must_use]
    pub fn fix_if_none(mut self, fix: &str) -> Self {
        self.fix.get_or_insert_with(|| fix.to_owned());
        self
    }

    /// Reads the server's `application/problem+json`; anything else is reported as what it is.
    pub fn from_answer(status: u16, body: &[u8]) -> Self {
        let Some(problem) = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object) else {
            let start: String = String::from_utf8_lossy(body).chars().take(200).collect();
            return Self::new(Exit::of_status(status), "UNEXPECTED_ANSWER", format!("the server answered {status} without saying why"))
                .why(if start.trim().is_empty() { "the answer was empty".to_owned() } else { format!("the answer began: {}", start.trim()) })
                .fix("Check that the address is a Millrace server and not a proxy in front of it.");
        };
        let title = text(&problem, "title").unwrap_or("the server refused the request");
        let findings = problem.get("errors").and_then(Value::as_array).map(|all| all.iter().map(Finding::read).collect());
        Self {
            code: text(&problem, "code").unwrap_or("UNKNOWN").to_owned(),
            exit: Exit::of_status(status),
            // The title says the same for every occurrence of a code; the detail says what happened this time.
            what: text(&problem, "detail").unwrap_or(title).trim_end_matches('.').to_owned(),
            why: None,
            fix: text(&problem, "hint").or_else(|| default_fix(status)).map(str::to_owned),
            findings: findings.unwrap_or_default(),
            request_id: text(&problem, "request_id").map(str::to_owned),
        }
    }

    /// The failure as the JSON that `--json` prints to standard error.
    pub fn to_json(&self) -> Value {
        let findings: Vec<Value> = self.findings.iter().map(Finding::to_json).collect();
        json!({"error": {
            "code": self.code, "exit": self.exit as u8, "message": self.what, "why": self.why, "fix": self.fix,
            "errors": findings, "request_id": self.request_id,
        }})
    }
}

fn default_fix(status: u16) -> Option<&'static str> {
    match status {
        401 => Some("Sign in with `millrace login`, or set MILLRACE_API_KEY; the first start of a server writes a key to bootstrap.json in its data directory."),
        429 | 503 => Some("Try again in a moment."),
        500 => Some("Look in the server's log for the request id."),
        _ => None,
    }
}

impl Finding {
    /// Reads one member of `errors`. A deploy error carries its place as members or as `file:line:column` in `field`.
    pub fn read(value: &Value) -> Self {
        let number = |key: &str| value.get(key).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
        let field = text(value, "field").unwrap_or_default();
        let (mut place, mut line, mut column) = (text(value, "file").unwrap_or(field).to_owned(), number("line"), number("column"));
        if line == 0
            && let Some((file, at_line, at_column)) = split_place(field)
        {
            (place, line, column) = (file, at_line, at_column);
        }
        Self {
            code: text(value, "code").unwrap_or_default().to_owned(),
            severity: text(value, "severity").unwrap_or("error").to_owned(),
            message: text(value, "message").unwrap_or_default().to_owned(),
            place,
            line,
            column,
            suggestion: text(value, "suggestion").or_else(|| text(value, "hint")).map(str::to_owned),
            written: None,
        }
    }

    /// Adds the line of the author's source.
    pub fn quote(&mut self, files: &crate::source::Files) {
        let line = usize::try_from(self.line).unwrap_or(0);
        self.written = line.checked_sub(1).and_then(|n| files.get(&self.place)?.lines().nth(n)).map(str::to_owned);
    }

    fn to_json(&self) -> Value {
        let mut shown = json!({"code": self.code, "severity": self.severity, "message": self.message, "suggestion": self.suggestion});
        if self.line > 0 {
            shown["file"] = json!(self.place);
            shown["line"] = json!(self.line);
            shown["column"] = json!(self.column);
        } else {
            shown["field"] = json!(self.place);
        }
        shown
    }
}

/// `src/a.ts:3:7` → its parts.
fn split_place(text: &str) -> Option<(String, u32, u32)> {
    let mut parts = text.rsplitn(3, ':');
    let (column, line, file) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    Some((file.to_owned(), line, column))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_problem_becomes_what_why_fix() {
        let body = json!({
            "type": "https://x/errors/CONFIG_INVALID", "title": "The configuration is not valid.", "status": 400,
            "detail": "crmApiKey is required", "code": "CONFIG_INVALID", "request_id": "req_1",
            "errors": [{"field": "config.crmApiKey", "code": "REQUIRED", "message": "is required"}],
        });
        let failure = Failure::from_answer(400, body.to_string().as_bytes());
        assert_eq!(failure.exit, Exit::Refused);
        assert_eq!(failure.code, "CONFIG_INVALID");
        assert_eq!(failure.what, "crmApiKey is required");
        assert_eq!(failure.to_json()["error"]["message"], "crmApiKey is required");
        assert_eq!(failure.findings[0].place, "config.crmApiKey");
        assert_eq!(failure.to_json()["error"]["errors"][0]["field"], "config.crmApiKey");
    }

    #[test]
    fn a_place_is_read_from_members_and_from_the_field() {
        for value in [
            json!({"file": "src/a.ts", "line": 3, "column": 7, "code": "SYNTAX_ERROR", "message": "m"}),
            json!({"field": "src/a.ts:3:7", "code": "SYNTAX_ERROR", "message": "m"}),
        ] {
            let finding = Finding::read(&value);
            assert_eq!((finding.place.as_str(), finding.line, finding.column), ("src/a.ts", 3, 7));
            assert_eq!(finding.to_json()["line"], 3);
        }
    }

    #[test]
    fn an_answer_that_is_not_json_is_reported_as_it_is() {
        let failure = Failure::from_answer(502, b"<html>Bad gateway</html>");
        assert_eq!(failure.exit, Exit::Unavailable);
        assert_eq!(failure.code, "UNEXPECTED_ANSWER");
        assert!(failure.why.unwrap().contains("Bad gateway"));
    }
}
