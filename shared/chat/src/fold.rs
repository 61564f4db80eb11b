//! Words of a text, without case and accents, as the ranking compares them.

/// The words: letters and digits that stand together. In scripts without spaces (Han, kana) each character is a word.
pub fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if matches!(c, '\u{300}'..='\u{36f}') {
            continue;
        }
        if is_whole_word(c) {
            end(&mut word, &mut all);
            all.push(c.to_string());
        } else if c.is_alphanumeric() {
            match c {
                'ß' => word.push_str("ss"),
                'æ' => word.push_str("ae"),
                'œ' => word.push_str("oe"),
                other => word.push(plain(other)),
            }
        } else if !matches!(c, '\'' | '’') {
            end(&mut word, &mut all);
        }
    }
    end(&mut word, &mut all);
    all
}

/// A word ends; the English and German plural s is taken off longer ones, so that `refund` finds `refunds`.
fn end(word: &mut String, all: &mut Vec<String>) {
    if word.is_empty() {
        return;
    }
    let mut done = core::mem::take(word);
    if done.len() > 3 && done.ends_with('s') && !done.ends_with("ss") {
        done.pop();
    }
    all.push(done);
}

const fn is_whole_word(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// Small Latin letters without their marks (Latin-1, Latin Extended-A); any other letter as it is.
const fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => 'e',
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => 'g',
        'ĥ' | 'ħ' => 'h',
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => 'i',
        'ĵ' => 'j',
        'ķ' => 'k',
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => 'l',
        'ñ' | 'ń' | 'ņ' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => 'o',
        'ŕ' | 'ŗ' | 'ř' => 'r',
        'ś' | 'ŝ' | 'ş' | 'š' => 's',
        'ţ' | 'ť' | 'ŧ' => 't',
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => 'u',
        'ŵ' => 'w',
        'ý' | 'ÿ' | 'ŷ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_accents_do_not_count() {
        assert_eq!(
            words("Où est ma Facture, s'il vous plaît ?"),
            ["ou", "est", "ma", "facture", "sil", "vou", "plait"]
        );
        assert_eq!(words("Öffnungszeiten: STRASSE/Straße"), ["offnungszeiten", "strasse", "strasse"]);
        assert_eq!(words("e\u{301}te\u{301} İ Łódź"), ["ete", "i", "lodz"]);
        assert_eq!(words("営業時間は?"), ["営", "業", "時", "間", "は"]);
        assert_eq!(words("متى تفتحون؟"), ["متى", "تفتحون"]);
        assert!(words("?! …").is_empty());
    }
}
