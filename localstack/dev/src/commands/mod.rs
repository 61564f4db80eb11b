//! The commands, one file each.

pub mod down;
pub mod up;
