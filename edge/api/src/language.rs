//! Language tags.

/// Is it a language tag in form (RFC 5646, section 2.1)? Whether the language exists is nobody's business here. Longer than any that is
/// in use is none.
pub fn is_tag(text: &str) -> bool {
    text.len() <= 35
        && text.split('-').all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_judged_by_their_form() {
        for good in ["de", "de-CH", "zh-Hant-TW", "ar", "de-CH-1996"] {
            assert!(is_tag(good), "{good}");
        }
        for bad in ["", "-", "de_CH", "de-", "abcdefghi", "de\r\nBcc: x", &"de-".repeat(20), "é"] {
            assert!(!is_tag(bad), "{bad}");
        }
    }
}
