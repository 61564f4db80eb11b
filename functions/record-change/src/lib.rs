//! Projects accepted configuration changes into table `tuning`: the history, and the present value of each knob in each layer.
//!
//! ControlRoom is the source; this is for searching and paging. Messages come in any order: a change is written once, a value
//! only over an older version.

pub mod context;
pub mod handler;
pub mod items;

pub use context::RecordChange;
