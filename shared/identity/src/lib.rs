//! API keys and RFC 9421 signatures, without I/O.
