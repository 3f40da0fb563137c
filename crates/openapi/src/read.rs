//! JSON or YAML text to a JSON value, counted while it is read: aliases of YAML can make a small text a huge value.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::ImportError;
use crate::limits;

/// Reads the text of a document.
pub(crate) fn read(text: &str) -> Result<Value, ImportError> {
    if text.len() > limits::DOCUMENT_BYTES {
        return Err(too_large(format!("the document has {} bytes; at most {} are read", text.len(), limits::DOCUMENT_BYTES)));
    }
    let text = text.trim_start_matches('\u{feff}');
    let mut left = limits::DOCUMENT_VALUES;
    let unreadable = |message: String| ImportError::new("DOCUMENT_UNREADABLE", message);
    let seed = Counted { left: &mut left, depth: 0 };
    if text.trim_start().starts_with('{') {
        let mut reader = serde_json::Deserializer::from_str(text);
        match seed.deserialize(&mut reader) {
            Ok(value) => return Ok(value),
            // YAML's own braces, perhaps; where JSON was meant, its message is the better one.
            Err(e) if !text.contains('\n') || text.trim_end().ends_with('}') => return Err(unreadable(format!("this is not JSON: {e}"))),
            Err(_) => {}
        }
        left = limits::DOCUMENT_VALUES;
    }
    let seed = Counted { left: &mut left, depth: 0 };
    seed.deserialize(serde_norway::Deserializer::from_str(text)).map_err(|e| unreadable(format!("this is neither JSON nor YAML: {e}")))
}

fn too_large(message: String) -> ImportError {
    ImportError::new("DOCUMENT_TOO_LARGE", message)
}

/// Reads one value and counts it.
struct Counted<'a> {
    left: &'a mut usize,
    depth: usize,
}

impl Counted<'_> {
    fn count<E: Error>(&mut self) -> Result<(), E> {
        *self.left = self.left.checked_sub(1).ok_or_else(|| E::custom("it has too many values"))?;
        if self.depth > limits::DOCUMENT_DEPTH { Err(E::custom("it nests too deep")) } else { Ok(()) }
    }

    fn inner(&mut self) -> Counted<'_> {
        Counted { left: self.left, depth: self.depth + 1 }
    }
}

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<Value, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner())? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(key) = members.next_key_seed(Key)? {
            out.insert(key, members.next_value_seed(self.inner())?);
        }
        Ok(Value::Object(out))
    }

    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, _: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("YAML tags have no meaning here"))
    }
}

/// A member's name; YAML may write it as a number (`200:`) or a word that means something (`on:`).
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_i64<E>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_bool<E>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_unit<E>(self) -> Result<String, E> {
        Ok("null".to_owned())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_spellings_are_read() {
        assert_eq!(read("{\"a\": [1, null, 1.5]}").unwrap(), json!({"a": [1, null, 1.5]}));
        assert_eq!(read("a:\n  200: yes it is\n  on: true\n").unwrap(), json!({"a": {"200": "yes it is", "on": true}}));
        assert_eq!(read("{a: 1,\n b: [x]}\n# braces of YAML\n").unwrap(), json!({"a": 1, "b": ["x"]}));
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for i in 1..9 {
            let before = format!("*a{}", i - 1);
            bomb.push_str(&format!("a{i}: &a{i} [{}]\n", [before.as_str(); 10].join(", ")));
        }
        assert!(read(&bomb).is_err());
        assert!(read(&format!("{}1{}", "[".repeat(5000), "]".repeat(5000))).is_err());
        assert!(read(&format!("{{\"a\": {}1{}}}", "[".repeat(5000), "]".repeat(5000))).is_err());
        assert!(read("a: !tag {b: 1}").is_err() || read("a: !tag {b: 1}").unwrap() == json!({"a": {"b": 1}}));
    }
}
