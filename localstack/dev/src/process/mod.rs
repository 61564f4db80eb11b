//! Processes that never outlive the command that started them.
//!
//! A service runs under a small supervisor (this program again, `supervise`), each in a process group of its own:
//! the command ends, is interrupted or is killed → the kernel tells the supervisor → it ends the whole group, politely
//! first. `down` finds by a mark in their environment what even that left behind.

pub mod managed;
pub mod ports;
pub mod procfs;
pub mod run;
pub mod signals;
mod spawner;
pub mod supervise;

pub use managed::{Managed, Service};

/// Environment variable on every process of a stack: the clone's `.local` folder and the stack's id.
pub const MARK: &str = "ATTUNE_STACK";
