//! Stores accepted snapshots and decides whether an optimizer run is due.
fn main() {}
