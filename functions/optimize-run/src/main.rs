//! Runs the optimizer and proposes to ControlRoom.
fn main() {}
