//! `{name}` templates of connector files: paths, header values, signed strings. Names are looked up, never evaluated.

/// A template cut into literal text and names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Name(String),
}

impl Template {
    /// Reads a template. A name is what stands between `{` and `}`; both braces must pair up.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find(['{', '}']) {
            if rest[open..].starts_with('}') {
                return Err(format!("`{text}` closes a brace that was not opened"));
            }
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_owned()));
            }
            let after = &rest[open + 1..];
            let close = after.find('}').ok_or_else(|| format!("`{text}` opens a brace and never closes it"))?;
            let name = &after[..close];
            if name.is_empty() || name.contains('{') {
                return Err(format!("`{text}` has an empty or nested name"));
            }
            pieces.push(Piece::Name(name.to_owned()));
            rest = &after[close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// The names used, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|p| match p {
            Piece::Name(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// The name, when the template is one name and nothing else.
    pub fn only_name(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [Piece::Name(name)] => Some(name),
            _ => None,
        }
    }

    /// The text with every name replaced; `Err` carries the first name that `look_up` does not know.
    pub fn fill(&self, mut look_up: impl FnMut(&str) -> Option<String>) -> Result<String, String> {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Name(name) => out.push_str(&look_up(name).ok_or_else(|| name.clone())?),
            }
        }
        Ok(out)
    }

    /// Hands every piece to `take` in order, names as `Err`; for what is too large to copy.
    pub fn each<E>(&self, mut take: impl FnMut(Result<&str, &str>) -> Result<(), E>) -> Result<(), E> {
        self.pieces.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => take(Ok(text)),
            Piece::Name(name) => take(Err(name)),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn fills_and_refuses() {
        let t = Template::parse("v0:{timestamp}:{body}").unwrap();
        assert_eq!(t.names().collect::<Vec<_>>(), ["timestamp", "body"]);
        assert_eq!(t.fill(|n| Some(n.to_uppercase())).unwrap(), "v0:TIMESTAMP:BODY");
        assert_eq!(t.fill(|_| None), Err("timestamp".to_owned()));
        assert!(Template::parse("a}b").is_err());
        assert!(Template::parse("a{b").is_err());
        assert!(Template::parse("{}").is_err());
    }
}
