//! cargo dev: set up, run, test, package and deploy Attune.
fn main() {}
