//! cargo dev bench.
fn main() {}
