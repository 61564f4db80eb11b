//! Free ports on the loopback address.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::error::{IoContext, Result};

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// `wanted` if nobody has it, else any free port. Another process may still take it first: starts are tried again.
pub fn free(wanted: Option<u16>) -> Result<u16> {
    if let Some(port) = wanted
        && TcpListener::bind(address(port)).is_ok()
    {
        return Ok(port);
    }
    let listener = TcpListener::bind(address(0)).at("127.0.0.1")?;
    Ok(listener.local_addr().at("127.0.0.1")?.port())
}

/// Whether something accepts connections there.
pub fn open(port: u16) -> bool {
    TcpStream::connect_timeout(&address(port), Duration::from_millis(300)).is_ok()
}
