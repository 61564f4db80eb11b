//! The commands, one file each.

pub mod audit;
pub mod check;
pub mod demo;
pub mod deploy;
pub mod dlq;
pub mod doctor;
pub mod down;
pub mod logs;
pub mod package;
pub mod policy;
pub mod programs;
pub mod suites;
pub mod test;
pub mod up;
