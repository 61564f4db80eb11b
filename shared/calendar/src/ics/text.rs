//! Values of type TEXT (RFC 5545, section 3.3.11), values of parameters (RFC 6868), and folding (section 3.1).

use std::borrow::Cow;

/// Undoes the escapes of TEXT. A backslash before anything else stays, as in `C:\temp`.
pub(crate) fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        if char != '\\' {
            text.push(char);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') => text.push('\n'),
            Some(escaped @ ('\\' | ';' | ',' | ':' | '"')) => text.push(escaped),
            other => {
                text.push('\\');
                text.extend(other);
            }
        }
    }
    Cow::Owned(text)
}

/// Writes a TEXT. Control characters have no place in one: line ends become `\n`, the others but the tab are left out.
pub(crate) fn escape(text: &str, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' => out.push_str("\\n"),
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push_str("\\n");
                }
            }
            '\t' => out.push('\t'),
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
}

/// Undoes RFC 6868.
pub(crate) fn uncaret(value: &str) -> Cow<'_, str> {
    if !value.contains('^') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(char) = chars.next() {
        let plain = match (char, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('^')) => '^',
            ('^', Some('\'')) => '"',
            _ => {
                text.push(char);
                continue;
            }
        };
        chars.next();
        text.push(plain);
    }
    Cow::Owned(text)
}

/// Writes `;name=value`, quoted where the value needs it.
pub(crate) fn param(name: &str, values: &[&str], out: &mut String) {
    out.push(';');
    out.push_str(name);
    let mut before = '=';
    for value in values {
        out.push(before);
        before = ',';
        let quoted = value.contains([':', ';', ',']) || value.trim() != *value;
        if quoted {
            out.push('"');
        }
        let mut chars = value.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '"' => out.push_str("^'"),
                '^' => out.push_str("^^"),
                '\n' => out.push_str("^n"),
                '\r' if chars.peek() != Some(&'\n') => out.push_str("^n"),
                '\t' => out.push('\t'),
                control if control.is_control() => {}
                other => out.push(other),
            }
        }
        if quoted {
            out.push('"');
        }
    }
}

/// Writes a content line, folded at 75 octets without breaking a character, and CRLF. Control characters (a line end in a rule
/// that came from elsewhere) would begin another line: they become blanks.
pub(crate) fn line(text: &str, out: &mut String) {
    let mut rest = text;
    let mut room = 75;
    while rest.len() > room {
        let mut end = room;
        while !rest.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        clean(part, out);
        out.push_str("\r\n ");
        rest = after;
        room = 74;
    }
    clean(rest, out);
    out.push_str("\r\n");
}

fn clean(text: &str, out: &mut String) {
    if text.bytes().all(|byte| byte >= 0x20 && byte != 0x7F) {
        out.push_str(text);
    } else {
        out.extend(text.chars().map(|char| if char.is_ascii_control() && char != '\t' { ' ' } else { char }));
    }
}
