//! What makes an audit log provable: the canonical form of a row, the chain of hashes, signed heads, the export and its
//! verifier. No database and no HTTP: whoever holds an export can check it with nothing but this.
//!
//! Each row's hash covers the hash before it, so that no row can be changed, removed or put in between without every later
//! hash changing too; a signature over the last hash fixes them all. Personal values take part only as salted commitments:
//! once salt and value are deleted, nobody can learn the value from the row, and the chain still holds.

mod export;
mod fault;
mod head;
mod key;
mod personal;
mod row;
mod text;
mod verify;

pub use export::{Export, Header, PublicKey, Trailer};
pub use fault::{Fault, Place, VerifyError};
pub use head::{Head, SignedHead};
pub use key::{InvalidKey, SigningKey, fingerprint};
pub use personal::{Opening, Personal, Whose};
pub use row::{Actor, Hash, Resource, Row, genesis};
pub use verify::{Erased, Report, verify};
