//! Pages of lists.

use crate::{Error, Result};
use attune_contracts::{FieldError, Problem, ProblemCode};

/// Most entries of a page.
pub const MAX_PAGE: u32 = 100;

/// Checks the asked size of a page.
pub(crate) fn limit(limit: u32) -> Result<i64> {
    if (1..=MAX_PAGE).contains(&limit) { Ok(i64::from(limit)) } else { Err(wrong("limit", "expected 1 to 100")) }
}

/// A cursor that is a number.
pub(crate) fn number(cursor: Option<&str>) -> Result<Option<i64>> {
    let read = |text: &str| text.parse::<i64>().ok().filter(|n| *n > 0 && *n <= i64::MAX >> 11);
    cursor.map(|text| read(text).ok_or_else(|| wrong("cursor", "expected next_cursor"))).transpose()
}

/// A cursor that is an id.
pub(crate) fn id(cursor: Option<&str>) -> Result<&str> {
    let good = |text: &str| text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match cursor {
        Some(text) if !good(text) => Err(wrong("cursor", "expected next_cursor")),
        other => Ok(other.unwrap_or_default()),
    }
}

/// Takes the one entry too many away; gives the cursor for the next page when there was one.
pub(crate) fn cut<T>(entries: &mut Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Option<String> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if entries.len() <= limit {
        return None;
    }
    entries.truncate(limit);
    entries.last().map(cursor)
}

fn wrong(name: &str, detail: &str) -> Error {
    Problem::new(ProblemCode::InvalidParameter, "a query parameter is wrong")
        .with_errors(vec![FieldError::new(format!("?{name}"), "invalid", detail)])
        .into()
}
