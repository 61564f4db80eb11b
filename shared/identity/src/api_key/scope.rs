//! What a key may do: permissions, from the one list in [`crate::permission`].

pub use crate::permission::{Permission as Scope, Permissions as Scopes};
