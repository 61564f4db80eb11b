//! Writing of JSON in the order of the calls: what is signed has one form, and it costs the Worker less than a serializer per type.

use super::json::{Json, Object};
use std::fmt::Write;

/// A text that grows. Commas are put where they belong.
#[derive(Default)]
pub(crate) struct Writer(String);

impl Writer {
    /// Begins an object, as the document or as the value of the key before.
    pub(crate) fn open(&mut self) -> &mut Self {
        self.0.push('{');
        self
    }

    /// Ends an object.
    pub(crate) fn close(&mut self) -> &mut Self {
        self.0.push('}');
        self
    }

    /// A key; its value comes next.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.comma();
        self.quoted(name);
        self.0.push(':');
        self
    }

    /// A member with a text.
    pub(crate) fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.key(name).quoted(value)
    }

    /// A member with a text, unless it is empty.
    pub(crate) fn filled(&mut self, name: &str, value: &str) -> &mut Self {
        if value.is_empty() { self } else { self.text(name, value) }
    }

    /// A member with a whole number.
    pub(crate) fn number(&mut self, name: &str, value: u64) -> &mut Self {
        self.key(name);
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{value}");
        self
    }

    /// A member with a boolean.
    pub(crate) fn boolean(&mut self, name: &str, value: bool) -> &mut Self {
        self.key(name).0.push_str(if value { "true" } else { "false" });
        self
    }

    /// A member that is there only when it is true.
    pub(crate) fn flag(&mut self, name: &str, value: bool) -> &mut Self {
        if value { self.boolean(name, true) } else { self }
    }

    /// A member with three states: yes, no, absent.
    pub(crate) fn tri_state(&mut self, name: &str, value: Option<bool>) -> &mut Self {
        match value {
            Some(value) => self.boolean(name, value),
            None => self,
        }
    }

    /// A member with an array, each item written by `item`.
    pub(crate) fn array<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        item: impl Fn(&mut Self, T),
    ) -> &mut Self {
        self.key(name).0.push('[');
        for value in items {
            self.comma();
            item(self, value);
        }
        self.0.push(']');
        self
    }

    /// JSON that is ready.
    pub(crate) fn raw(&mut self, json: &str) -> &mut Self {
        self.0.push_str(json);
        self
    }

    /// An object that was read.
    pub(crate) fn object(&mut self, object: &Object<'_>) -> &mut Self {
        self.open();
        for (name, value) in &object.0 {
            self.key(name).value(value);
        }
        self.close()
    }

    fn value(&mut self, value: &Json<'_>) {
        match value {
            Json::Null => self.0.push_str("null"),
            Json::Bool(value) => self.0.push_str(if *value { "true" } else { "false" }),
            Json::Unsigned(value) => drop(write!(self.0, "{value}")),
            Json::Signed(value) => drop(write!(self.0, "{value}")),
            // By serde_json, whose printer is in the Worker already; core's would be 12 KB more.
            Json::Float(value) => self.0.push_str(&serde_json::Value::from(*value).to_string()),
            Json::Text(text) => {
                self.quoted(text);
            }
            Json::Array(items) => {
                self.0.push('[');
                for item in items {
                    self.comma();
                    self.value(item);
                }
                self.0.push(']');
            }
            Json::Object(object) => {
                self.object(object);
            }
        }
    }

    /// A text in quotes, escaped as little as RFC 8259, section 7, allows.
    pub(crate) fn quoted(&mut self, text: &str) -> &mut Self {
        self.0.push('"');
        let mut rest = text;
        while let Some(at) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
            let (plain, from) = rest.split_at(at);
            self.0.push_str(plain);
            match from.as_bytes().first() {
                Some(byte @ (b'"' | b'\\')) => self.0.extend(['\\', char::from(*byte)]),
                Some(byte) => {
                    let _ = write!(self.0, "\\u{byte:04x}");
                }
                None => {}
            }
            rest = from.get(1..).unwrap_or_default();
        }
        self.0.push_str(rest);
        self.0.push('"');
        self
    }

    /// The text, which leaves the writer empty.
    pub(crate) fn take(&mut self) -> String {
        core::mem::take(&mut self.0)
    }

    fn comma(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_read_back(name in any::<String>(), value in any::<String>(), number: u64) {
            let text = Writer::default().open().text(&name, &value).number("\u{0}n", number).close().take();
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(&read["\u{0}n"], number);
            prop_assert_eq!(&read[&name], &value);
        }
    }

    #[test]
    fn the_form_is_fixed() {
        let text = Writer::default()
            .open()
            .text("a", "\"\\\n/é")
            .filled("b", "")
            .flag("c", false)
            .flag("d", true)
            .tri_state("e", None)
            .tri_state("f", Some(false))
            .array("g", ["x", "y"], |writer, item| {
                writer.quoted(item);
            })
            .key("h")
            .open()
            .close()
            .array("i", [(); 2], |writer, ()| {
                writer.open().number("n", 1).close();
            })
            .close()
            .take();
        assert_eq!(text, r#"{"a":"\"\\\u000a/é","d":true,"f":false,"g":["x","y"],"h":{},"i":[{"n":1},{"n":1}]}"#);
    }
}
