//! Sends mail by SMTP: codes to sign in with.
//!
//! A mail goes out at least once, under one Message-ID: what failed half-way is the same mail again, byte for byte, and the marker
//! stops what a redelivery would repeat. Nothing of a mail (address, text, what a server says of them) stands in logs, in the marker
//! or in the reason of a dead letter.

pub mod config;
pub mod context;
pub mod handler;
pub mod items;
pub mod mail;
pub mod smtp;
pub mod text;

pub use config::MailConfig;
pub use context::SendMail;
