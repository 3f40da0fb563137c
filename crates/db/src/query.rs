//! A statement with its values.

use millrace_clock::Timestamp;

use crate::Dialect;

/// A statement in one or two dialects.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl Sql {
    /// Where the dialects truly differ: both texts side by side, with the same placeholders.
    pub const fn pair(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }

    /// The text for one dialect.
    pub const fn text(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }
}

/// A value bound to a placeholder. Each variant knows its SQL type even when it is NULL.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// DOUBLE PRECISION / REAL.
    Float(Option<f64>),
    /// BOOLEAN.
    Bool(Option<bool>),
    /// BYTEA / BLOB.
    Bytes(Option<Vec<u8>>),
}

/// A statement and the values of `$1`, `$2`, …
#[derive(Debug, Clone)]
pub struct Query {
    pub(crate) sql: Sql,
    pub(crate) values: Vec<Value>,
}

/// Starts a statement: `sql(INSERT_RUN).bind(&id).bind(now)`.
pub fn sql(text: impl Into<Sql>) -> Query {
    Query { sql: text.into(), values: Vec::with_capacity(8) }
}

impl Query {
    /// Binds the next placeholder.
    #[must_use]
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }
}

macro_rules! into_value {
    ($($variant:ident: $($from:ty => |$v:ident| $make:expr),*;)*) => {$($(
        impl From<$from> for Value {
            fn from($v: $from) -> Self {
                Self::$variant(Some($make))
            }
        }
        impl From<Option<$from>> for Value {
            fn from(v: Option<$from>) -> Self {
                Self::$variant(v.map(|$v| $make))
            }
        }
    )*)*};
}

into_value! {
    Text: String => |v| v, &str => |v| v.to_owned(), &String => |v| v.clone();
    Int: i64 => |v| v, i32 => |v| i64::from(v), u32 => |v| i64::from(v), Timestamp => |v| v.micros();
    Float: f64 => |v| v;
    Bool: bool => |v| v;
    Bytes: Vec<u8> => |v| v, &[u8] => |v| v.to_vec();
}

impl From<Value> for Option<String> {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(v) => v,
            _ => None,
        }
    }
}
