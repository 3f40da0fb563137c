//! How a mail looks: the same blocks as plain text and as HTML. Every text is escaped here, in one place.

use std::fmt::Write as _;

/// A mail before it is laid out.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    subject: String,
    heading: String,
    pub(super) blocks: Vec<Block>,
}

/// One part of a mail.
#[derive(Debug, Clone)]
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// A small paragraph.
    Quiet(String),
    /// What is to be done, and where.
    Button { label: &'static str, url: String },
    /// Names and values.
    Facts(Vec<(&'static str, String)>),
}

/// A mail as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Letter {
    pub fn new(subject: impl Into<String>, heading: impl Into<String>) -> Self {
        Self { subject: subject.into(), heading: heading.into(), blocks: Vec::new() }
    }

    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Text(text.into()));
        self
    }

    pub fn quiet(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Quiet(text.into()));
        self
    }

    pub fn button(mut self, label: &'static str, url: &str) -> Self {
        self.blocks.push(Block::Button { label, url: url.to_owned() });
        self
    }

    pub fn facts(mut self, facts: Vec<(&'static str, String)>) -> Self {
        self.blocks.push(Block::Facts(facts));
        self
    }

    pub fn render(self) -> Rendered {
        Rendered { text: self.as_text(), html: self.as_html(), subject: self.subject }
    }

    fn as_text(&self) -> String {
        let mut out = format!("{}\n", self.heading);
        for block in &self.blocks {
            out.push('\n');
            // Writing to a string cannot fail.
            let _ = match block {
                Block::Text(text) | Block::Quiet(text) => writeln!(out, "{text}"),
                Block::Button { label, url } => writeln!(out, "{label}:\n{url}"),
                Block::Facts(facts) => facts.iter().try_for_each(|(name, value)| writeln!(out, "{name}: {value}")),
            };
        }
        out.push_str("\n-- \nMillrace\n");
        out
    }

    fn as_html(&self) -> String {
        let mut body = String::new();
        for block in &self.blocks {
            let _ = match block {
                Block::Text(text) => write!(body, "<p style=\"{P}\">{}</p>", escape(text)),
                Block::Quiet(text) => write!(body, "<p class=\"quiet\" style=\"{QUIET}\">{}</p>", escape(text)),
                Block::Button { label, url } => button(&mut body, label, url),
                Block::Facts(facts) => table(&mut body, facts),
            };
        }
        let first = self.blocks.iter().find_map(|b| if let Block::Text(text) = b { Some(text.as_str()) } else { None }).unwrap_or_default();
        FRAME
            .split_inclusive("-->")
            .map(|part| match part.strip_suffix("-->").and_then(|p| p.rsplit_once("<!--")) {
                Some((before, "subject")) => format!("{before}{}", escape(&self.subject)),
                Some((before, "preview")) => format!("{before}{}", escape(first)),
                Some((before, "heading")) => format!("{before}{}", escape(&self.heading)),
                Some((before, "body")) => format!("{before}{body}"),
                _ => part.to_owned(),
            })
            .collect()
    }
}

/// The page around the blocks; its comments name what takes their place.
const FRAME: &str = include_str!("layout.html");
const P: &str = "margin:0 0 16px";
const QUIET: &str = "margin:0 0 16px;font-size:13px;color:#6b6b76";

fn button(out: &mut String, label: &str, url: &str) -> std::fmt::Result {
    let url = escape(url);
    write!(
        out,
        "<p style=\"margin:24px 0\"><a class=\"button\" href=\"{url}\" style=\"display:inline-block;padding:12px 20px;border-radius:6px;background:#2b5fd9;color:#ffffff;font-weight:600;text-decoration:none\">{}</a></p>\
         <p class=\"quiet\" style=\"{QUIET};word-break:break-all\">Or open this address: <a class=\"quiet\" href=\"{url}\" style=\"color:#6b6b76\">{url}</a></p>",
        escape(label)
    )
}

fn table(out: &mut String, facts: &[(&str, String)]) -> std::fmt::Result {
    out.push_str("<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:0 0 16px;border-collapse:collapse\">");
    for (name, value) in facts {
        write!(
            out,
            "<tr><td class=\"quiet\" style=\"padding:4px 16px 4px 0;color:#6b6b76;vertical-align:top;white-space:nowrap\">{}</td><td style=\"padding:4px 0;word-break:break-word\">{}</td></tr>",
            escape(name),
            escape(value)
        )?;
    }
    out.push_str("</table>");
    Ok(())
}

/// Text as it may stand between tags and inside a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
