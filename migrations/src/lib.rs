//! Table definitions and numbered data steps.
