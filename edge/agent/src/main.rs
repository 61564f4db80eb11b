//! The station agent.
fn main() {}
