//! Copies dead letters with their reason to S3.
fn main() {}
