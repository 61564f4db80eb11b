//! `cargo dev`: set up, run, test, package and deploy Attune.
//!
//! The library half serves tests and the demo: [`stack::Stack`] starts the whole system on free ports and ends it.

pub mod cloud;
pub mod console;
pub mod dead_letters;
pub mod error;
pub mod http;
pub mod keys;
pub mod paths;
pub mod process;
pub mod resources;
pub mod stack;
pub mod state;
pub mod tools;
pub mod wasm;
pub mod workerd;
pub mod wrangler;

pub use error::{Error, Result};
