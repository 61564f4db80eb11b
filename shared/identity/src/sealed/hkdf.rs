//! HKDF with SHA-256 (RFC 5869) for one key of 32 bytes: that is one block, so `extract` and `expand` are one HMAC each.

use hmac::{Hmac, Mac};
use sha2::Sha256;

pub(super) fn derive(salt: &[u8], secret: &[u8], info: &[u8]) -> [u8; 32] {
    let extracted = mac(salt, &[secret]);
    mac(&extracted, &[info, &[1]])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes keys of any length
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { unreachable!() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 5869, appendix A.1, A.2 and A.3: the first 32 bytes of each.
    #[test]
    fn the_rfcs_vectors() {
        let range = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
        for (salt, secret, info, key) in [
            (
                range(0, 0x0c),
                vec![0x0b; 22],
                range(0xf0, 0xf9),
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
            ),
            (
                range(0x60, 0xaf),
                range(0, 0x4f),
                range(0xb0, 0xff),
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
            ),
            (vec![], vec![0x0b; 22], vec![], "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"),
        ] {
            assert_eq!(crate::hex::encode(&derive(&salt, &secret, &info)), key);
        }
    }
}
