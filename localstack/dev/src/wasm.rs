//! WebAssembly's binary format, as far as a build needs it (WebAssembly Core Specification, section 5.5).

use std::path::Path;

use crate::error::{Error, IoContext, Result};
use crate::paths::write_atomic;

/// Magic number and version.
const PREAMBLE: usize = 8;
const CUSTOM: u8 = 0;

/// Takes the names of functions out of a module: the last step of a build has sorted by them, and leaves them in.
///
/// # Errors
/// The file cannot be read or written, or is no module.
pub fn strip_names(file: &Path) -> Result<()> {
    let module = std::fs::read(file).at(file)?;
    let stripped =
        without_names(&module).ok_or_else(|| Error::other(format!("{} is no WebAssembly module", file.display())))?;
    write_atomic(file, &stripped)
}

fn without_names(module: &[u8]) -> Option<Vec<u8>> {
    let mut out = module.get(..PREAMBLE).filter(|start| start.starts_with(b"\0asm"))?.to_vec();
    let mut rest = &module[PREAMBLE..];
    while let Some((&id, body)) = rest.split_first() {
        let (size, body) = unsigned(body)?;
        let content = body.get(..size)?;
        let section = &rest[..rest.len() - body.len() + size];
        let is_names = id == CUSTOM
            && unsigned(content).and_then(|(length, name)| name.get(..length)).is_some_and(|name| name == b"name");
        if !is_names {
            out.extend_from_slice(section);
        }
        rest = &body[size..];
    }
    Some(out)
}

/// An unsigned number in LEB128, and what follows it.
fn unsigned(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn names_go_and_everything_else_stays() {
        let types: &[u8] = &[1, 4, 1, 0x60, 0, 0];
        let producers: &[u8] = &[0, 11, 9, b'p', b'r', b'o', b'd', b'u', b'c', b'e', b'r', b's', 0];
        // its size in two bytes, as tools write it that leave room
        let names: &[u8] = &[0, 0x87, 0, 4, b'n', b'a', b'm', b'e', 1, 0];
        let module = [START, types, names, producers].concat();
        assert_eq!(without_names(&module).unwrap(), [START, types, producers].concat());
        assert_eq!(without_names(START).unwrap(), START);
    }

    #[test]
    fn what_is_no_module_is_said_to_be_none() {
        let cut = [START, &[1, 4, 1]].concat();
        let endless = [START, &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat();
        for bytes in [&b""[..], b"\0as", b"<html>..", &cut, &endless] {
            assert_eq!(without_names(bytes), None, "{bytes:?}");
        }
    }
}
