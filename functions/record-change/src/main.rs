//! Projects accepted configuration changes.
fn main() {}
