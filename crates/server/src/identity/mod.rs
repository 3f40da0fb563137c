//! Who is asking, and what they may do. The extractor in a handler's arguments is its authorisation:
//!
//! | argument | who comes through |
//! |---|---|
//! | `May<need::X>` | anybody with the permission `x`: a person or an API key |
//! | `PersonMay<need::X>` | a signed-in person with it |
//! | `KeyMay<need::X>` | an API key with it |
//! | `User` | a signed-in person, maybe without a workspace |
//! | `UnverifiedUser` | the same, the e-mail address not yet verified |
//! | `Visitor` | everybody; who they are is told |
//! | `Staff` | a signed-in person with a staff role |
//! | `Operator` | whoever knows the server's operator token |
//! | `OperatorOr<need::X>` | the operator, or anybody with the permission `x` |
//! | `Overseer` | the operator, or staff with the role `ops_admin` or `admin` |
//! | `PlatformAdmin` | the operator, or staff with the role `admin` |

mod actor;
mod caller;
mod denied;
mod grants;
mod model;
mod operator;
mod oversight;
mod permission;
mod staff;
mod user;
mod visitor;

#[cfg(test)]
mod abuse;
#[cfg(test)]
pub(crate) mod people;
#[cfg(test)]
pub(crate) mod requests;
#[cfg(test)]
pub(crate) mod rows;
#[cfg(test)]
pub(crate) mod strangers;
#[cfg(test)]
mod tests;

pub use actor::Actor;
pub use caller::{Caller, KeyMay, May, PersonMay};
pub use grants::{Scope, StaffRole, table};
pub use model::Role;
pub use operator::{Operator, OperatorOr};
pub use oversight::{Overseer, PlatformAdmin};
pub use permission::{Need, Permission, Permissions, need};
pub use staff::Staff;
pub use user::{UnverifiedUser, User};
pub use visitor::Visitor;

pub(crate) use denied::audited;
