//! Server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>, the part a command needs.

use serde_json::Value;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// Its type; `message` unless said.
    pub name: String,
    /// Its data, lines joined.
    pub data: String,
    /// Its id, to continue after it.
    pub id: Option<String>,
}

impl Event {
    /// The data as JSON; text that is not JSON stays text.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|_| Value::String(self.data.clone()))
    }
}

/// Puts events together from pieces of a body.
#[derive(Debug, Default)]
pub struct Parser {
    rest: Vec<u8>,
    name: Option<String>,
    data: Vec<String>,
    id: Option<String>,
}

impl Parser {
    /// Takes the next piece and returns the events it completes.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<Event> {
        self.rest.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(end) = self.rest.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line[..end]).trim_end_matches('\r').to_owned();
            events.extend(self.line(&line));
        }
        events
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            let name = self.name.take();
            if data.is_empty() {
                return None;
            }
            return Some(Event { name: name.unwrap_or_else(|| "message".to_owned()), data: data.join("\n"), id: self.id.clone() });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "event" => self.name = Some(value),
            "data" => self.data.push(value),
            "id" => self.id = Some(value),
            // Comments keep the connection open; `retry` concerns browsers.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_survive_any_cut() {
        let body = b": hello\n\nevent: log\r\nid: 4\r\ndata: {\"a\":1}\r\n\r\ndata: x\ndata: y\n\n";
        let mut whole = Parser::default();
        let expected = whole.feed(body);
        assert_eq!(expected.len(), 2);
        assert_eq!((expected[0].name.as_str(), expected[0].json()["a"].as_i64(), expected[0].id.as_deref()), ("log", Some(1), Some("4")));
        assert_eq!((expected[1].name.as_str(), expected[1].data.as_str()), ("message", "x\ny"));
        for cut in 0..body.len() {
            let mut parser = Parser::default();
            let mut events = parser.feed(&body[..cut]);
            events.extend(parser.feed(&body[cut..]));
            assert_eq!(events, expected, "cut at {cut}");
        }
    }
}
