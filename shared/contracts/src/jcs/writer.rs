//! The serialiser.

use super::number;
use attune_domain::json;
use serde::Serialize;
use serde::ser::{self, SerializeMap, SerializeSeq, SerializeStruct, Serializer};
use std::fmt::{Display, Write as _};

/// The error that serde's interface wants; what it holds is JSON's.
#[derive(Debug)]
pub(super) struct Fault(serde_json::Error);

impl Fault {
    pub fn into_inner(self) -> serde_json::Error {
        self.0
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: Display>(words: T) -> Self {
        Self(ser::Error::custom(words))
    }
}

type Done = Result<(), Fault>;

/// Writes one value at the end of a text.
pub(super) struct Writer<'a> {
    out: &'a mut String,
}

impl<'a> Writer<'a> {
    pub fn new(out: &'a mut String) -> Self {
        Self { out }
    }

    fn display(self, value: impl Display) -> Done {
        write!(self.out, "{value}").map_err(ser::Error::custom)
    }

    /// `{"variant":` in front of a value that is written by `rest`, `}` behind it.
    fn variant(self, name: &str) -> &'a mut String {
        self.out.push('{');
        write_text(name, self.out);
        self.out.push(':');
        self.out
    }
}

/// Section 3.2.2.2.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut clean = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.push_str(&text[clean..at]);
        clean = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x08 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            0x0c => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            other => {
                out.push_str("\\u00");
                out.extend([other >> 4, other & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
            }
        }
    }
    out.push_str(&text[clean..]);
    out.push('"');
}

/// An array or object in the making.
pub(super) struct Parts<'a> {
    out: &'a mut String,
    start: usize,
    members: Vec<Member>,
    /// What ends it: `]` or `}`, and another `}` where it stands behind a variant's name.
    end: &'static str,
}

/// A member as it was written: begin, end of the name, end of the value.
#[derive(Clone, Copy)]
struct Member {
    /// Is the name ASCII without escapes? Then its bytes are in the order of its code units.
    plain: bool,
    begin: usize,
    name_end: usize,
    end: usize,
}

impl<'a> Parts<'a> {
    fn new(out: &'a mut String, begin: char, end: &'static str) -> Self {
        out.push(begin);
        Self { start: out.len(), out, members: Vec::new(), end }
    }

    fn comma(&mut self) {
        if self.out.len() > self.start {
            self.out.push(',');
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.comma();
        value.serialize(Writer::new(self.out))
    }

    fn name(&mut self, write: impl FnOnce(&mut String) -> Done) -> Done {
        self.comma();
        let begin = self.out.len();
        write(self.out)?;
        if self.out.as_bytes().get(begin) != Some(&b'"') {
            return Err(ser::Error::custom("a name of an object has to be text"));
        }
        let name = &self.out[begin..];
        let plain = name.is_ascii() && !name.contains('\\');
        self.members.push(Member { plain, begin, name_end: self.out.len(), end: 0 });
        self.out.push(':');
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        value.serialize(Writer::new(self.out))?;
        if let Some(member) = self.members.last_mut() {
            member.end = self.out.len();
        }
        Ok(())
    }

    /// Section 3.2.3: members in the order of the UTF-16 code units of their names. They are written as they come; where they did
    /// not come in order (fields of a struct), they are put in order now.
    fn finish(mut self) -> Done {
        let out = &*self.out;
        let precedes = |a: &Member, b: &Member| {
            let (first, second) = (&out[a.begin + 1..a.name_end - 1], &out[b.begin + 1..b.name_end - 1]);
            if a.plain && b.plain { first < second } else { precedes(first, second) }
        };
        if !self.members.windows(2).all(|pair| precedes(&pair[0], &pair[1])) {
            // Few members: insertion, rather than one more instance of the library's sort.
            let mut ordered: Vec<Member> = Vec::with_capacity(self.members.len());
            for member in self.members.drain(..) {
                let place = ordered.iter().rposition(|other| !precedes(&member, other)).map_or(0, |at| at + 1);
                ordered.insert(place, member);
            }
            let written = self.out[self.start..].to_owned();
            self.out.truncate(self.start);
            for member in ordered {
                self.comma();
                self.out.push_str(&written[member.begin - self.start..member.end - self.start]);
            }
        }
        self.out.push_str(self.end);
        Ok(())
    }
}

/// Does the name `a`, as written, come before `b`, as both read?
fn precedes(a: &str, b: &str) -> bool {
    let read = |name: &str| json::from_str::<String>(&format!("\"{name}\"")).unwrap_or_default();
    read(a).encode_utf16().lt(read(b).encode_utf16())
}

macro_rules! displayed {
    ($($name:ident $kind:ty),*) => {
        $(fn $name(self, value: $kind) -> Done {
            self.display(value)
        })*
    };
}

impl<'a> Serializer for Writer<'a> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    displayed!(
        serialize_bool bool, serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64
    );

    fn serialize_f32(self, value: f32) -> Done {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Done {
        number::write(value, self.out);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Done {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Done {
        write_text(value, self.out);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Done {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.out.push_str("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Done {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Done {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        let out = self.variant(variant);
        value.serialize(Writer::new(out))?;
        out.push('}');
        Ok(())
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Parts<'a>, Fault> {
        Ok(Parts::new(self.out, '[', "]"))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Parts<'a>, Fault> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Parts<'a>, Fault> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Parts<'a>, Fault> {
        Ok(Parts::new(self.variant(variant), '[', "]}"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Parts<'a>, Fault> {
        Ok(Parts::new(self.out, '{', "}"))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Parts<'a>, Fault> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Parts<'a>, Fault> {
        Ok(Parts::new(self.variant(variant), '{', "}}"))
    }
}

impl SerializeSeq for Parts<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.item(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl ser::SerializeTuple for Parts<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.item(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl ser::SerializeTupleStruct for Parts<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.item(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl ser::SerializeTupleVariant for Parts<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.item(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.name(|out| key.serialize(Writer::new(out)))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.value(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl SerializeStruct for Parts<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.name(|out| {
            write_text(key, out);
            Ok(())
        })?;
        self.value(value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}

impl ser::SerializeStructVariant for Parts<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        SerializeStruct::serialize_field(self, key, value)
    }

    fn end(self) -> Done {
        self.finish()
    }
}
