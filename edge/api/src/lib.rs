//! The Worker: routes and thin Durable Object shells.
