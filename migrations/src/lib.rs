//! One source for what is stored and where.
//!
//! - [`access`]: every query that code sends to DynamoDB, by name; `ACCESS.md` says what each costs, and a test compares both ways.
//! - [`keys`]: the key templates of decision 5 as functions.
//! - [`tables`] and [`resources`]: typed readers of `migrations/tables/*.json` and `infra/resources.json`, which Terraform
//!   and the local start read too.
//! - [`steps`]: numbered, idempotent data steps with a ledger.
//!
//! The crate is synchronous, sends nothing itself, and compiles for wasm32.

pub mod access;
pub mod access_page;
pub mod keys;
pub mod resources;
pub mod steps;
pub mod tables;

pub use access::{Access, Operation, Principal};
pub use resources::{Resources, role_actions, role_grants};
pub use tables::{Table, TableDefinition};

/// Why a definition that is compiled into this crate, or a page beside it, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// The JSON text does not have the documented shape.
    #[error("{file} does not have its documented shape")]
    Shape {
        /// Path inside the tree.
        file: &'static str,
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// The values contradict a limit of the platform or each other.
    #[error("{file}: {}", problems.join("; "))]
    Rules {
        /// Path inside the tree.
        file: &'static str,
        /// One sentence per broken rule.
        problems: Vec<String>,
    },
    /// A name that the definitions do not have.
    #[error("no {kind} is named {name:?}")]
    Unknown {
        /// `function`, `queue`, …
        kind: &'static str,
        /// The name that was asked for.
        name: String,
    },
}
