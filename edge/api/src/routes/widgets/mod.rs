//! Widgets of the caller's tenant, and what they report.

pub mod change;
mod check;
pub mod create;
pub mod delete;
pub mod list;
pub mod read;
pub mod report;
pub mod reports;

use crate::call::{Call, path_id};
use crate::headers::version_tag;
use attune_contracts::Problem;
use attune_domain::WidgetId;
use attune_edge_kit::Answer;
use attune_edge_kit::object::ObjectAnswer;
use serde_json::Value;

/// The id in the path.
///
/// # Errors
/// `not_found`.
fn in_path(call: &Call<'_>) -> Result<String, Problem> {
    path_id(call.params[0], WidgetId::parse).map(|id| id.as_str().to_owned())
}

/// The answer with a widget, with its entity tag.
///
/// # Errors
/// `internal`.
fn given(call: &Call<'_>, status: u16, answer: ObjectAnswer) -> Result<Answer, Problem> {
    let widget: Value = call.read(&answer)?;
    let tag = version_tag(widget["version"].as_u64().unwrap_or(0));
    Ok(Answer::json_text(status, answer.body).with("etag", tag).with("cache-control", "private, no-cache"))
}
