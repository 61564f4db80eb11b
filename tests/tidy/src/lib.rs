//! Rules of the tree. Each rule is a function from a value to a list of sentences, one per violation, so that its own test
//! can feed it a bad value; `tests/tree.rs` feeds them the tree itself.

pub mod access;
pub mod definitions;
pub mod dependencies;
pub mod layout;
pub mod text;
pub mod tree;

/// A file of the tree as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its text; binary files are empty here.
    pub text: String,
}

impl File {
    /// A file from its parts.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The part of the path after the last dot of the name, or nothing.
    pub fn extension(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Whether the path begins with one of these folders.
    pub fn is_under(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }
}
