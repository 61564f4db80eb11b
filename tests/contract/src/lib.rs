//! The Worker's answers against the OpenAPI document.
