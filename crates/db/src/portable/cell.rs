//! One value, one row, and the hash of many rows.

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::{DbError, Value};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Whole numbers.
    Int,
    /// Truth values of PostgreSQL; a whole number to everybody else.
    Bool,
    /// Fractions.
    Float,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// One value in the form that both databases share.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A whole number, or a truth value as 0 or 1.
    Int(i64),
    /// A fraction.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// The values of one row, in the order of the columns' names.
pub type Row = Vec<Cell>;

impl Cell {
    /// As it is bound to a placeholder of a column of this kind; a NULL needs to know its type.
    pub(crate) fn bound(&self, kind: CellKind) -> Value {
        match (self, kind) {
            (Self::Int(v), _) => Value::Int(Some(*v)),
            (Self::Float(v), _) => Value::Float(Some(*v)),
            (Self::Text(v), _) => Value::Text(Some(v.clone())),
            (Self::Bytes(v), _) => Value::Bytes(Some(v.clone())),
            (Self::Null, CellKind::Int | CellKind::Bool) => Value::Int(None),
            (Self::Null, CellKind::Float) => Value::Float(None),
            (Self::Null, CellKind::Text) => Value::Text(None),
            (Self::Null, CellKind::Bytes) => Value::Bytes(None),
        }
    }

    /// Its text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its size in memory, roughly.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + 16,
            Self::Bytes(bytes) => bytes.len() + 16,
            _ => 16,
        }
    }

    /// As JSON. What JSON cannot say exactly travels in an object: bytes as hex, a fraction as its 64 bits.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Int(v) => json!(v),
            Self::Float(v) => json!({ "f": format!("{:016x}", v.to_bits()) }),
            Self::Text(v) => json!(v),
            Self::Bytes(v) => json!({ "b": hex::encode(v) }),
        }
    }

    /// What [`Cell::to_json`] wrote.
    ///
    /// # Errors
    /// It is something else.
    pub fn from_json(value: Json) -> Result<Self, DbError> {
        let strange = || DbError::Schema("a stored row holds a value that no column has".to_owned());
        Ok(match value {
            Json::Null => Self::Null,
            Json::Number(n) => Self::Int(n.as_i64().ok_or_else(strange)?),
            Json::String(text) => Self::Text(text),
            Json::Object(map) => match (map.get("b").and_then(Json::as_str), map.get("f").and_then(Json::as_str)) {
                (Some(text), None) => Self::Bytes(hex::decode(text).map_err(|_| strange())?),
                (None, Some(bits)) => Self::Float(f64::from_bits(u64::from_str_radix(bits, 16).map_err(|_| strange())?)),
                _ => return Err(strange()),
            },
            _ => return Err(strange()),
        })
    }
}

/// A row as one line of JSON, without the line feed. Its bytes are what is hashed.
pub fn line(row: &[Cell]) -> String {
    Json::Array(row.iter().map(Cell::to_json).collect()).to_string()
}

/// What [`line()`] wrote.
///
/// # Errors
/// It is not a row.
pub fn parse_line(text: &str) -> Result<Row, DbError> {
    match serde_json::from_str(text) {
        Ok(Json::Array(cells)) => cells.into_iter().map(Cell::from_json).collect(),
        _ => Err(DbError::Schema("a stored row cannot be read".to_owned())),
    }
}

/// Number and hash of a set of rows, whatever their order: the sum of the rows' SHA-256 modulo 2^256. The two databases sort
/// text differently, so a hash over a sequence would compare their collations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Digest {
    /// How many rows.
    pub rows: u64,
    sum: [u8; 32],
}

impl Digest {
    /// Counts a row in.
    pub fn add(&mut self, line: &str) {
        self.rows += 1;
        let hash = Sha256::digest(line.as_bytes());
        let mut carry = 0u16;
        for (sum, byte) in self.sum.iter_mut().zip(hash) {
            carry += u16::from(*sum) + u16::from(byte);
            *sum = (carry & 0xff) as u8;
            carry >>= 8;
        }
    }

    /// The hash as 64 hexadecimal digits.
    pub fn hash(&self) -> String {
        hex::encode(self.sum)
    }
}
