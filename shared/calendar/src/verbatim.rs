//! Keeps a provider's object exactly, though only some of its members are understood, and these in one form of several.
//!
//! Members without a place in the event model stay in `rest` as they are. One that has a place is read into it; where
//! writing it anew would give another text (`"optional": false`, a time with another offset), its original goes along
//! under [`VERBATIM`], and where it was not there but would be written, its name under [`ABSENT`]. When the object is
//! written, the original is used as long as it still means what the event says.

use serde_json::{Map, Value};

/// Originals, by name.
pub(crate) const VERBATIM: &str = "@verbatim";
/// Names that were not there.
pub(crate) const ABSENT: &str = "@absent";

/// Parts an object into the members of these names and the rest. Our own two names are never a provider's.
pub(crate) fn split(mut object: Map<String, Value>, names: &[&str]) -> (Map<String, Value>, Map<String, Value>) {
    object.remove(VERBATIM);
    object.remove(ABSENT);
    let known = names.iter().filter_map(|name| object.remove_entry(*name)).collect();
    (known, object)
}

/// Notes in `rest` where `original` (the members with a place) is not what would be written.
pub(crate) fn keep(original: Map<String, Value>, written: &Map<String, Value>, rest: &mut Map<String, Value>) {
    let absent: Vec<Value> =
        written.keys().filter(|name| !original.contains_key(*name)).map(|name| name.as_str().into()).collect();
    if !absent.is_empty() {
        rest.insert(ABSENT.to_owned(), absent.into());
    }
    let differing: Map<_, _> = original.into_iter().filter(|(name, value)| written.get(name) != Some(value)).collect();
    if !differing.is_empty() {
        rest.insert(VERBATIM.to_owned(), differing.into());
    }
}

/// The whole object: what is written, in its original form where that means the same, and the rest. `again` reads the
/// members of such an object and writes them anew.
pub(crate) fn restore(
    mut written: Map<String, Value>,
    rest: &Map<String, Value>,
    again: impl Fn(Map<String, Value>) -> Option<Map<String, Value>>,
) -> Map<String, Value> {
    let originals = rest.get(VERBATIM).and_then(Value::as_object);
    let absent = rest.get(ABSENT).and_then(Value::as_array);
    if originals.is_some() || absent.is_some() {
        let absent = || absent.into_iter().flatten().filter_map(Value::as_str);
        let mut overlay = written.clone();
        overlay.extend(originals.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
        absent().for_each(|name| drop(overlay.remove(name)));
        if let Some(meaning) = again(overlay) {
            let mut mixed = written.clone();
            for name in absent() {
                if meaning.get(name) == written.get(name) {
                    mixed.remove(name);
                }
            }
            for (name, value) in originals.into_iter().flatten() {
                if meaning.get(name) == written.get(name) {
                    mixed.insert(name.clone(), value.clone());
                }
            }
            // members depend on each other (a time and the zone beside it): together they must still say what the
            // event says
            if again(mixed.clone()).as_ref() == Some(&written) {
                written = mixed;
            }
        }
    }
    for (name, value) in rest {
        if name != VERBATIM && name != ABSENT && !written.contains_key(name) {
            written.insert(name.clone(), value.clone());
        }
    }
    written
}

/// Sets a member where there is a value.
pub(crate) fn put<V: Into<Value>>(object: &mut Map<String, Value>, name: &str, value: Option<V>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value.into());
    }
}

/// What turns `from` into `to` by RFC 7396 (JSON Merge Patch): changed members, `null` for those that went, arrays whole.
pub(crate) fn merge_patch(from: &Map<String, Value>, to: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    for (name, value) in to {
        match (from.get(name), value) {
            (Some(before), value) if before == value => {}
            (Some(Value::Object(before)), Value::Object(value)) => {
                patch.insert(name.clone(), merge_patch(before, value).into());
            }
            _ => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    patch
}
