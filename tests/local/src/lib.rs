//! Functions on LocalStack.
