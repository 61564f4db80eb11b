//! Content lines (RFC 5545, section 3.1): unfolded only where they are folded, split into name, parameters and value.

use super::fault::Reason;
use memchr::{memchr, memchr2};
use std::borrow::Cow;

/// The longest content line that is read, bytes after unfolding: an attachment within the file may be one line.
pub const MAX_LINE: usize = 1 << 20;

/// The content lines of a file. Lines end with CRLF, LF or CR; blank lines are passed over.
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
    number: u32,
}

/// A content line and the number of its first line in the file, counted from 1.
pub(crate) struct Logical<'a> {
    pub number: u32,
    pub text: Result<Cow<'a, str>, Reason>,
}

impl<'a> Lines<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { rest: text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text), number: 0 }
    }

    /// The next line of the file. CR CR LF, as mail gateways make it, is one end.
    fn physical(&mut self) -> &'a [u8] {
        self.number = self.number.saturating_add(1);
        let Some(end) = memchr2(b'\r', b'\n', self.rest) else { return std::mem::take(&mut self.rest) };
        let (line, mut rest) = self.rest.split_at(end);
        while let [b'\r', after @ ..] = rest {
            rest = after;
        }
        self.rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        line
    }

    /// Takes the blank that makes the next line a part of this one.
    fn folded(&mut self) -> bool {
        let [b' ' | b'\t', rest @ ..] = self.rest else { return false };
        self.rest = rest;
        true
    }

    /// The rest of a line whose first part is `first`.
    fn unfold(&mut self, first: &'a [u8]) -> Result<Cow<'a, str>, Reason> {
        let mut joined = Vec::with_capacity(first.len().saturating_mul(2).min(MAX_LINE));
        joined.extend_from_slice(first);
        let mut length = first.len();
        loop {
            let part = self.physical();
            length = length.saturating_add(part.len());
            if length <= MAX_LINE {
                joined.extend_from_slice(part);
            }
            if !self.folded() {
                break;
            }
        }
        if length > MAX_LINE {
            return Err(Reason::LineTooLong);
        }
        // only now: lines are folded in the middle of characters too
        Ok(Cow::Owned(String::from_utf8(joined).unwrap_or_else(|wrong| repaired(wrong.as_bytes()))))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Logical<'a>;

    fn next(&mut self) -> Option<Logical<'a>> {
        while !self.rest.is_empty() {
            let first = self.physical();
            let number = self.number;
            if self.folded() {
                return Some(Logical { number, text: self.unfold(first) });
            }
            if first.is_empty() {
                continue;
            }
            let text = match std::str::from_utf8(first) {
                _ if first.len() > MAX_LINE => Err(Reason::LineTooLong),
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(_) => Ok(Cow::Owned(repaired(first))),
            };
            return Some(Logical { number, text });
        }
        None
    }
}

/// Bytes that are no UTF-8 are taken for ISO 8859-1, one by one: old programs write it, some only in places.
fn repaired(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(
            chunk
                .invalid()
                .iter()
                .map(|byte| if *byte < 0xA0 { char::REPLACEMENT_CHARACTER } else { char::from(*byte) }),
        );
    }
    text
}

/// One property: a content line, with the places of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property<'a> {
    text: Cow<'a, str>,
    /// Where the name ends.
    name: u32,
    /// Where the value begins.
    value: u32,
    /// The line of the file where it begins, from 1.
    pub line: u32,
}

impl<'a> Property<'a> {
    /// Splits a content line. `None` when it has no name or no value.
    pub fn new(text: Cow<'a, str>, line: u32) -> Option<Self> {
        let bytes = text.as_bytes();
        let name = bytes.iter().position(|byte| matches!(byte, b':' | b';'))?;
        let colon = match bytes.get(name) {
            Some(b':') => name,
            _ => colon(bytes, name)?,
        };
        // text that a line end without a fold tore off is no property, colons or not
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
        let named = bytes.get(..name)?.trim_ascii();
        if named.is_empty() || !named.iter().all(plain) {
            return None;
        }
        let (name, value) = (u32::try_from(name).ok()?, u32::try_from(colon).ok()?.checked_add(1)?);
        Some(Self { text, name, value, line })
    }

    /// The name as written; names are the same in any case.
    pub fn name(&self) -> &str {
        self.text.get(..self.name as usize).unwrap_or_default().trim()
    }

    /// Has it this name?
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// The value as written.
    pub fn value(&self) -> &str {
        self.text.get(self.value as usize..).unwrap_or_default()
    }

    /// The whole line, unfolded, as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its parameters, in order.
    pub fn params(&self) -> Params<'_> {
        let end = (self.value as usize).saturating_sub(1);
        Params { rest: self.text.get(self.name as usize..end).unwrap_or_default() }
    }

    /// The first value of a parameter.
    pub fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        self.params().find(|param| param.is(name)).and_then(|param| param.values().next())
    }
}

/// Where the value begins, behind parameters that begin at `from`.
fn colon(bytes: &[u8], from: usize) -> Option<usize> {
    let name = bytes.get(..from)?.trim_ascii();
    let rest = bytes.get(from..)?;
    // Written without quotes: TZID=(UTC+01:00) Amsterdam, CN=Doe: John. Such values cannot hold a time or a mail address.
    if is_time(name) {
        if let Some(at) = colons(rest).find(|at| begins_time(rest, *at)) {
            return from.checked_add(at);
        }
    } else if (name.eq_ignore_ascii_case(b"ATTENDEE") || name.eq_ignore_ascii_case(b"ORGANIZER"))
        && let Some(at) = mailto(rest)
    {
        return from.checked_add(at);
    }
    let mut quoted = false;
    let mut found = rest.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b':' && !quoted
    });
    if found.is_none() {
        // a quote that nobody closed
        found = memchr(b':', rest);
    }
    from.checked_add(found?)
}

fn is_time(name: &[u8]) -> bool {
    [&b"DTSTART"[..], b"DTEND", b"RECURRENCE-ID", b"EXDATE", b"RDATE"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

fn colons(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter_map(|(at, byte)| (*byte == b':').then_some(at))
}

/// Four digits behind the colon: a year, not the minutes of `UTC+01:00`.
fn begins_time(bytes: &[u8], colon: usize) -> bool {
    let digits = bytes.get(colon.saturating_add(1)..).unwrap_or_default().trim_ascii_start();
    digits.get(..4).is_some_and(|year| year.iter().all(u8::is_ascii_digit))
}

/// The last `:mailto:` that is not within quotes.
fn mailto(bytes: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut found = None;
    for (at, byte) in bytes.iter().enumerate() {
        quoted ^= *byte == b'"';
        if *byte == b':' && !quoted {
            let word = bytes.get(at.saturating_add(1)..).unwrap_or_default();
            if word.get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"mailto:")) {
                found = Some(at);
            }
        }
    }
    found
}

/// The parameters of a property.
pub struct Params<'a> {
    rest: &'a str,
}

/// One parameter.
#[derive(Debug, Clone, Copy)]
pub struct Param<'a> {
    /// As written, in any case.
    pub name: &'a str,
    value: &'a str,
}

impl<'a> Iterator for Params<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        loop {
            let rest = self.rest.strip_prefix(';').unwrap_or(self.rest);
            if rest.is_empty() {
                return None;
            }
            let end = outside_quotes(rest, b';').unwrap_or(rest.len());
            let (param, rest) = rest.split_at_checked(end)?;
            self.rest = rest;
            // vCalendar 1.0 has parameters without a name
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            if !name.trim().is_empty() {
                return Some(Param { name: name.trim(), value });
            }
        }
    }
}

impl<'a> Param<'a> {
    /// Has it this name?
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Its values, without quotes, with the escapes of RFC 6868 undone.
    pub fn values(self) -> impl Iterator<Item = Cow<'a, str>> {
        let mut rest = Some(self.value);
        std::iter::from_fn(move || {
            let text = rest?;
            let end = outside_quotes(text, b',');
            let value = end.and_then(|end| text.get(..end)).unwrap_or(text);
            rest = end.and_then(|end| text.get(end.saturating_add(1)..));
            let value = value.trim();
            Some(super::text::uncaret(
                value.strip_prefix('"').map_or(value, |value| value.strip_suffix('"').unwrap_or(value)),
            ))
        })
    }

    /// The value whole, commas and all, for parameters that are no lists (a name: `CN=Doe, John` is written without quotes).
    pub fn whole(self) -> Cow<'a, str> {
        let value = self.value.trim();
        match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
            Some(inner) if !inner.contains('"') => super::text::uncaret(inner),
            _ => super::text::uncaret(value),
        }
    }
}

fn outside_quotes(text: &str, wanted: u8) -> Option<usize> {
    let mut quoted = false;
    let found = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        byte == wanted && !quoted
    });
    match found {
        None if quoted => memchr(wanted, text.as_bytes()),
        found => found,
    }
}
