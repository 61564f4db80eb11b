//! Structured logs: one JSON object per line on the console. No personal data and no secret goes in: fields are ids, words of
//! our own, and numbers.

use serde_json::{Map, Value};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn console_log(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    fn console_warn(line: &str);
    #[wasm_bindgen(js_namespace = console, js_name = error)]
    fn console_error(line: &str);
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Ordinary.
    Info,
    /// Someone should look during the day.
    Warn,
    /// Someone should look now.
    Error,
}

/// A line in the making.
#[derive(Debug, Clone)]
pub struct Line {
    level: Level,
    fields: Map<String, Value>,
}

impl Line {
    /// A line of this level; `event` is a stable word such as `outbox.drained`.
    pub fn new(level: Level, event: &str) -> Self {
        let mut line = Self { level, fields: Map::new() };
        let name = match level {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        line.fields.insert("level".to_owned(), name.into());
        line.fields.insert("event".to_owned(), event.into());
        line
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Adds a field if there is a value.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The text of the line.
    pub fn text(&self) -> String {
        Value::Object(self.fields.clone()).to_string()
    }

    /// Writes the line to the console.
    pub fn write(self) {
        let text = Value::Object(self.fields).to_string();
        match self.level {
            Level::Info => console_log(&text),
            Level::Warn => console_warn(&text),
            Level::Error => console_error(&text),
        }
    }
}

/// An ordinary line.
pub fn info(event: &str) -> Line {
    Line::new(Level::Info, event)
}

/// A line to look at during the day.
pub fn warn(event: &str) -> Line {
    Line::new(Level::Warn, event)
}

/// A line to look at now.
pub fn error(event: &str) -> Line {
    Line::new(Level::Error, event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_json_object() {
        let line = info("x.y").with("n", 3).maybe("none", None::<u32>).with("text", "a\nb");
        let value: Value = serde_json::from_str(&line.text()).unwrap();
        assert_eq!(value, serde_json::json!({"level": "info", "event": "x.y", "n": 3, "text": "a\nb"}));
        assert!(!line.text().contains('\n'));
    }
}
