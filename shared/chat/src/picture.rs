//! What a picture is, by its first bytes: what its sender calls it proves nothing.

/// Most bytes of a picture.
pub const MAX_PICTURE: usize = 5 * 1024 * 1024;

/// The media type of a picture that members may send (WHATWG MIME Sniffing, section 6.1); `None`: it is none of them.
pub fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', b'V', b'P', ..] => Some("image/webp"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        for (bytes, name) in [
            (b"\x89PNG\r\n\x1a\n\0".as_slice(), Some("image/png")),
            (b"\xff\xd8\xff\xe0", Some("image/jpeg")),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"GIF89a", Some("image/gif")),
            (b"GIF87a", Some("image/gif")),
            (b"GIF88a", None),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"\x89PNG\n", None),
            (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", None),
            (b"<html>", None),
            (b"", None),
        ] {
            assert_eq!(media_type(bytes), name, "{bytes:?}");
        }
    }
}
