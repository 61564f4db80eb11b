//! Scores, rules and the safety gate.
