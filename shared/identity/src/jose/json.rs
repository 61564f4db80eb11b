//! Strict reading of JSON in tokens, keys and documents of others: UTF-8, no member twice, bounded depth and members.
//!
//! `serde_json` would keep the last of two equal members and `jsonwebtoken` libraries the first: what two readers understand
//! differently is refused here.

use super::{JoseError, Result};
use core::cell::Cell;
use core::fmt;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;

/// Deepest nesting that is read. A LiveKit webhook, the deepest of what is read, has 6.
pub const MAX_DEPTH: u8 = 12;
/// Most members of one object. Looking for a member twice is quadratic, so this bounds the time as well.
pub const MAX_MEMBERS: usize = 256;

/// A value that borrows from the text where it can.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// The members in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// Reads a document that is one object.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let text = core::str::from_utf8(bytes).map_err(|_| JoseError::Utf8)?;
        let fault = Cell::new(JoseError::Json);
        let mut reader = serde_json::Deserializer::from_str(text);
        let value = Seed { depth: MAX_DEPTH, fault: &fault }.deserialize(&mut reader).map_err(|_| fault.get())?;
        reader.end().map_err(|_| JoseError::Json)?;
        match value {
            Json::Object(object) => Ok(object),
            _ => Err(JoseError::NotObject),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find_map(|(key, value)| (key == name).then_some(value))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A text of at most `longest` bytes, if it is there.
    pub(crate) fn text(&self, name: &'static str, longest: usize) -> Result<Option<&str>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) if text.len() <= longest => Ok(Some(text)),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    /// A text that must be there and not be empty.
    pub(crate) fn needed(&self, name: &'static str, longest: usize) -> Result<&str> {
        match self.text(name, longest)? {
            None => Err(JoseError::Missing(name)),
            Some("") => Err(JoseError::Member(name)),
            Some(text) => Ok(text),
        }
    }

    pub(crate) fn boolean(&self, name: &'static str) -> Result<Option<bool>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Bool(value)) => Ok(Some(*value)),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    /// A whole number, 0 or more.
    pub(crate) fn unsigned(&self, name: &'static str) -> Result<Option<u64>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Unsigned(value)) => Ok(Some(*value)),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    /// A NumericDate in whole seconds (RFC 7519, section 2, allows a fraction; it is cut off). Negative ones and those after the
    /// year 9999 are refused, so sums with them cannot overflow.
    pub(crate) fn date(&self, name: &'static str) -> Result<Option<u64>> {
        const LAST: u64 = 253_402_300_799;
        match self.get(name) {
            None => Ok(None),
            Some(Json::Unsigned(value)) if *value <= LAST => Ok(Some(*value)),
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
            Some(Json::Float(value)) if (0.0..=LAST as f64).contains(value) => Ok(Some(*value as u64)),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    pub(crate) fn object(&self, name: &'static str) -> Result<Option<&Object<'a>>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Object(value)) => Ok(Some(value)),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    pub(crate) fn array(&self, name: &'static str) -> Result<Option<&[Json<'a>]>> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Array(values)) => Ok(Some(values)),
            Some(_) => Err(JoseError::Member(name)),
        }
    }

    /// Whether an array of texts is absent or holds `word`.
    pub(crate) fn absent_or_holds(&self, name: &'static str, word: &str) -> Result<bool> {
        Ok(self.array(name)?.is_none_or(|values| values.iter().any(|value| value.as_text() == Some(word))))
    }
}

impl Json<'_> {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// How much deeper it may go, and the place for the cause, which the reader's own error could only carry as text.
#[derive(Clone, Copy)]
struct Seed<'s> {
    depth: u8,
    fault: &'s Cell<JoseError>,
}

impl Seed<'_> {
    fn deeper<E: serde::de::Error>(self) -> core::result::Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(self.fail(JoseError::TooDeep)),
        }
    }

    fn fail<E: serde::de::Error>(self, fault: JoseError) -> E {
        self.fault.set(fault);
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> core::result::Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> core::result::Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> core::result::Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> core::result::Result<Json<'de>, E> {
        Ok(Json::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> core::result::Result<Json<'de>, E> {
        Ok(Json::Signed(value))
    }

    fn visit_f64<E>(self, value: f64) -> core::result::Result<Json<'de>, E> {
        Ok(Json::Float(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> core::result::Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> core::result::Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> core::result::Result<Json<'de>, A::Error> {
        let seed = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(seed)? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> core::result::Result<Json<'de>, A::Error> {
        let seed = self.deeper()?;
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some(name) = items.next_key_seed(seed)? {
            let Json::Text(name) = name else { return Err(A::Error::custom("refused")) };
            if members.iter().any(|(other, _)| *other == name) {
                return Err(self.fail(JoseError::Duplicate));
            }
            if members.len() == MAX_MEMBERS {
                return Err(self.fail(JoseError::TooManyMembers));
            }
            members.push((name, items.next_value_seed(seed)?));
        }
        Ok(Json::Object(Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_name() {
        for (text, fault) in [
            (&b""[..], JoseError::Json),
            (b"{", JoseError::Json),
            (b"{} {}", JoseError::Json),
            (b"{\"a\":01}", JoseError::Json),
            (b"{\"a\":1e999}", JoseError::Json),
            (b"{\"a\":\"\\ud800\"}", JoseError::Json),
            (b"{\"a\":\"\n\"}", JoseError::Json),
            (b"{\"a\":NaN}", JoseError::Json),
            (b"{\"a\":1,}", JoseError::Json),
            (b"\xef\xbb\xbf{}", JoseError::Json),
            (b"{\"\xff\":1}", JoseError::Utf8),
            (b"[]", JoseError::NotObject),
            (b"\"a\"", JoseError::NotObject),
            (b"{\"a\":1,\"a\":1}", JoseError::Duplicate),
            (b"{\"a\":1,\"\\u0061\":1}", JoseError::Duplicate),
            (b"{\"a\":{\"b\":1,\"b\":null}}", JoseError::Duplicate),
        ] {
            assert_eq!(Object::parse(text), Err(fault), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn depth_and_members_have_a_limit() {
        let nested = |depth: usize| format!("{}{}{}", "{\"a\":".repeat(depth - 1), "{}", "}".repeat(depth - 1));
        assert!(Object::parse(nested(usize::from(MAX_DEPTH)).as_bytes()).is_ok());
        assert_eq!(Object::parse(nested(usize::from(MAX_DEPTH) + 1).as_bytes()), Err(JoseError::TooDeep));
        assert_eq!(Object::parse(nested(10_000).as_bytes()), Err(JoseError::TooDeep));
        assert_eq!(
            Object::parse(&b"{\"a\":".iter().chain(&[b'['; 10_000]).copied().collect::<Vec<_>>()),
            Err(JoseError::TooDeep)
        );
        let members = |count: usize| {
            let members: Vec<_> = (0..count).map(|number| format!("\"{number}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(Object::parse(members(MAX_MEMBERS).as_bytes()).is_ok());
        assert_eq!(Object::parse(members(MAX_MEMBERS + 1).as_bytes()), Err(JoseError::TooManyMembers));
    }

    #[test]
    fn dates() {
        let date = |text: &str| Object::parse(format!("{{\"exp\":{text}}}").as_bytes()).unwrap().date("exp");
        assert_eq!(date("1300819380"), Ok(Some(1_300_819_380)));
        assert_eq!(date("1300819380.9"), Ok(Some(1_300_819_380)));
        for bad in ["-1", "-0.5", "253402300800", "1e300", "\"1300819380\"", "null", "true", "[1]"] {
            assert_eq!(date(bad), Err(JoseError::Member("exp")), "{bad}");
        }
        assert_eq!(Object::default().date("exp"), Ok(None));
    }
}
