//! Instances of a series, as a delta tells them.

use crate::event::Item;
use crate::when::When;
use serde_json::Value;
use std::collections::HashSet;

/// Is it an instance just as the master's rule makes it? The delta tells of it `id`, `seriesMasterId`, `start` and
/// `end` only; it shows no more than the master does and needs to be kept only for its id.
pub fn is_occurrence(item: &Item) -> bool {
    item.events.first().and_then(|event| event.rest.get("type")).and_then(Value::as_str) == Some("occurrence")
}

/// Of the starts that the master's rule makes within the window those that no instance was told for: these instances
/// were deleted.
///
/// `told` are all instances of the series on the page that told the master; a page never parts a series.
pub fn missing(starts: &[When], told: &[Item]) -> Vec<When> {
    let told: HashSet<&When> =
        told.iter().flat_map(|item| &item.events).filter_map(|event| event.recurrence_id.as_ref()).collect();
    starts.iter().filter(|start| !told.contains(start)).cloned().collect()
}
