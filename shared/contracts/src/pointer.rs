//! The JSON Pointer (RFC 6901) of the place where reading a body failed, found from the position that serde_json tells.
//!
//! A reader that tracks its path does the same, but is compiled a second time for every type, which was a twentieth of the Worker's
//! bundle. Tests compare with one.

use crate::parse::escape;
use attune_domain::json;

/// A container that is open at the position: the member whose turn it is.
enum Open {
    Object(Option<String>),
    Array(usize),
}

impl Open {
    fn segment(&self) -> String {
        match self {
            Self::Object(Some(name)) => format!("/{}", escape(name)),
            Self::Object(None) => String::new(),
            Self::Array(index) => format!("/{index}"),
        }
    }
}

/// The pointer to what `error` complains about.
pub fn of(bytes: &[u8], error: &serde_json::Error) -> String {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines.take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    let read = bytes.get(..before + error.column()).unwrap_or(bytes);
    let (mut open, closed) = walk(read);
    let words = error.to_string();
    // A container stands where a name of an enum was expected; it was only looked at.
    if words.starts_with("expected value") && matches!(read.last(), Some(b'[' | b'{')) {
        open.pop();
    }
    let mut pointer: String = open.iter().map(Open::segment).collect();
    // The end of a container is read before a fault of its last member is told; what is missing is a fault of the container.
    let of_container = words.starts_with("missing field") || words.starts_with("invalid length");
    if let Some(last) = closed.filter(|_| !of_container) {
        pointer.push_str(&last.segment());
    }
    pointer
}

/// Containers that are open at the end of the text, and the one that its last byte closed.
fn walk(read: &[u8]) -> (Vec<Open>, Option<Open>) {
    let mut open: Vec<Open> = Vec::new();
    let mut closed = None;
    let mut at = 0;
    while let Some(byte) = read.get(at) {
        at += 1;
        if byte.is_ascii_whitespace() {
            continue;
        }
        closed = None;
        match byte {
            b'{' => open.push(Open::Object(None)),
            b'[' => open.push(Open::Array(0)),
            b'}' | b']' => closed = open.pop(),
            b',' => match open.last_mut() {
                Some(Open::Object(name)) => *name = None,
                Some(Open::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                let start = at;
                while let Some(byte) = read.get(at).filter(|byte| **byte != b'"') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
                at = (at + 1).min(read.len());
                if let Some(Open::Object(name @ None)) = open.last_mut() {
                    let quoted = read.get(start - 1..at).unwrap_or_default();
                    *name = json::from_slice(quoted).ok();
                }
            }
            _ => {}
        }
    }
    (open, closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    /// The pointer of a reader that tracks its path.
    fn tracked<T: DeserializeOwned>(text: &str) -> Option<String> {
        use serde_path_to_error::Segment;
        let error = serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(text)).err()?;
        let segment = |segment: &Segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        };
        Some(error.path().iter().filter_map(segment).collect())
    }

    fn same<T: DeserializeOwned>(text: &str) {
        let error = serde_json::from_str::<T>(text).err();
        let found = error.map(|e| of(text.as_bytes(), &e));
        let tracked = tracked::<T>(text);
        // An object in place of a name of an enum: its member is named here, the whole there.
        let nearer = found.as_deref().is_some_and(|f| f.ends_with("/a") || f.ends_with("/a~0~1b"))
            && found.as_deref().and_then(|f| f.rsplit_once('/')).map(|(whole, _)| whole) == tracked.as_deref();
        assert!(found == tracked || nearer, "{found:?}, expected {tracked:?}: {text}");
    }

    /// All bodies that differ from a good one at one place.
    fn spoilt(good: &Value) -> Vec<Value> {
        let mut all =
            vec![Value::Null, json!(-1), json!("\"x\\"), json!([]), json!([{"a": 1}]), json!({}), json!({"a~/b": [1]})];
        match good {
            Value::Object(fields) => {
                for (name, value) in fields {
                    for bad in spoilt(value) {
                        let mut whole = fields.clone();
                        whole.insert(name.clone(), bad);
                        all.push(Value::Object(whole));
                    }
                    let mut less = fields.clone();
                    less.remove(name);
                    all.push(Value::Object(less));
                }
                let mut more = fields.clone();
                more.insert("a/b\"\n~".to_owned(), json!({"x": [true]}));
                all.push(Value::Object(more));
            }
            Value::Array(values) => {
                for index in 0..values.len() {
                    for bad in spoilt(&values[index]) {
                        let mut whole = values.clone();
                        whole[index] = bad;
                        all.push(Value::Array(whole));
                    }
                }
            }
            _ => {}
        }
        all
    }

    fn all<T: DeserializeOwned>(golden: &str) {
        let good: Value = serde_json::from_str(golden).unwrap();
        let cases = spoilt(&good);
        assert!(cases.iter().filter(|case| serde_json::from_str::<T>(&case.to_string()).is_err()).count() > 10);
        for case in cases {
            same::<T>(&case.to_string());
            same::<T>(&serde_json::to_string_pretty(&case).unwrap());
        }
    }

    #[test]
    fn agrees_with_a_reader_that_tracks_its_path() {
        all::<crate::snapshot::SnapshotV1>(include_str!("../golden/snapshot.v1.json"));
        all::<crate::config::UpdateV1>(include_str!("../golden/config-update.v1.json"));
        all::<crate::config::RollbackV1>(include_str!("../golden/config-rollback.v1.json"));
        all::<crate::config::FreezeV1>(include_str!("../golden/config-freeze.v1.json"));
        all::<crate::run::RunRequestV1>(include_str!("../golden/run-request.v1.json"));
        all::<crate::audio::AudioUploadV1>(include_str!("../golden/audio-upload.v1.json"));
        all::<crate::tenant::CreateTenantV1>(include_str!("../golden/create-tenant.v1.json"));
        all::<crate::tenant::CreateKeyV1>(include_str!("../golden/create-key.v1.json"));
    }

    #[test]
    fn no_text_makes_it_fail() {
        let text = include_str!("../golden/create-key.v1.json");
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let cut = &text[..end];
            if let Err(error) = serde_json::from_str::<crate::tenant::CreateKeyV1>(cut) {
                of(cut.as_bytes(), &error);
                of(b"", &error);
            }
        }
    }
}
