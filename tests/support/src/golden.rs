//! Golden files: what is stored or sent is pinned, and a change of it is seen in review.

use serde_json::Value;
use std::path::Path;

/// Set to write golden files anew instead of comparing with them.
pub const UPDATE: &str = "UPDATE_GOLDEN";

/// Compares a value with `<crate>/golden/<name>.json`; `folder` is the crate's (`env!("CARGO_MANIFEST_DIR")`).
///
/// # Panics
/// They differ, or the file cannot be written.
pub fn golden(folder: &str, name: &str, value: &Value) {
    let path = Path::new(folder).join("golden").join(format!("{name}.json"));
    let text = format!("{value:#}\n");
    if std::env::var_os(UPDATE).is_some()
        && let Err(error) = std::fs::write(&path, &text)
    {
        panic!("{}: {error}", path.display());
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap_or_default(), "{}", path.display());
}
