//! Rules of the tree, checked.
