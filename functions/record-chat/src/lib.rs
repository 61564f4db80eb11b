//! Records what was said in chat rooms into table `chat`, an item per event.
//!
//! The room is the source, and keeps the texts of the newest events only. Messages come in any order and more than once: an item is
//! written over one whose text was not yet taken away by a redaction, never the other way.

pub mod context;
pub mod handler;
pub mod items;

pub use context::RecordChat;
