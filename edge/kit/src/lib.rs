//! The only wrapper of the crate worker.
