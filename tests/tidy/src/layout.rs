//! What lies at the root, and how long files are.

use crate::File;
use std::collections::BTreeSet;

/// The entries of the architecture.
pub const TOP_LEVEL: &[&str] =
    &["Cargo.toml", "functions", "edge", "shared", "infra", "migrations", "localstack", "tests", "README.md"];

/// What tools and readers of licences insist on having there.
pub const TOOL_FILES: &[&str] = &[
    ".cargo",
    ".ci",
    ".gitattributes",
    ".gitignore",
    "Cargo.lock",
    "LICENSE",
    "clippy.toml",
    "deny.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

/// Longest source file, in lines.
pub const LONGEST: usize = 700;

/// Entries at the root that nobody agreed on, and agreed ones that are missing.
pub fn top_level(files: &[File]) -> Vec<String> {
    let present: BTreeSet<&str> = files.iter().filter_map(|file| file.path.split('/').next()).collect();
    let unknown = present.iter().filter(|entry| !TOP_LEVEL.contains(entry) && !TOOL_FILES.contains(entry));
    let mut found: Vec<_> = unknown.map(|entry| format!("{entry} does not belong at the root")).collect();
    let missing = TOP_LEVEL.iter().filter(|entry| !present.contains(*entry));
    found.extend(missing.map(|entry| format!("{entry} is missing at the root")));
    found
}

/// Source files that are too long to be read at once.
pub fn long_files(files: &[File]) -> Vec<String> {
    let sources = files.iter().filter(|file| matches!(file.extension(), "rs" | "ts" | "py" | "tf" | "hcl"));
    let lengths = sources.map(|file| (file, file.text.lines().count()));
    lengths
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("{} has {lines} lines, {LONGEST} are the most", file.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_what_was_agreed() {
        let mut files: Vec<_> = TOP_LEVEL.iter().map(|entry| File::new(format!("{entry}/x"), "")).collect();
        assert!(top_level(&files).is_empty());
        files.push(File::new("Makefile", ""));
        files.push(File::new("docs/a.md", ""));
        assert_eq!(top_level(&files).len(), 2);
        files.retain(|file| !file.path.starts_with("infra"));
        assert_eq!(top_level(&files).len(), 3);
    }

    #[test]
    fn long_files_are_named() {
        let at = |path: &str, lines| File::new(path, "x\n".repeat(lines));
        assert!(long_files(&[at("a.rs", 700), at("b.json", 701), at("c.md", 5000)]).is_empty());
        assert_eq!(long_files(&[at("a.rs", 701), at("b.ts", 701), at("c.py", 701), at("d.tf", 701)]).len(), 4);
    }
}
