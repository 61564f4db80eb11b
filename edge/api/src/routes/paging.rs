//! Pages of lists: `?cursor=` and `?limit=`.

use crate::query::{Query, refuse};
use attune_contracts::Problem;

/// Most entries of a page.
pub const MAX_LIMIT: u32 = 100;
/// Entries of a page unless more or fewer are asked for.
pub const DEFAULT_LIMIT: u32 = 50;

/// The size of the page, 1 to [`MAX_LIMIT`].
///
/// # Errors
/// `invalid_parameter`.
pub fn limit(query: &Query) -> Result<u32, Problem> {
    limit_to(query, DEFAULT_LIMIT, MAX_LIMIT)
}

/// The same with other bounds.
///
/// # Errors
/// `invalid_parameter`.
pub fn limit_to(query: &Query, default: u32, most: u32) -> Result<u32, Problem> {
    let number = |text: &str| text.parse::<u32>().map_err(|_| "expected a whole number");
    let limit = query.read("limit", number)?.unwrap_or(default);
    if (1..=most).contains(&limit) {
        Ok(limit)
    } else {
        Err(refuse("limit", "out_of_range", format!("expected 1 to {most}")))
    }
}

/// A parameter as owned text.
pub fn text(query: &Query, name: &str) -> Option<String> {
    query.get(name).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_within_bounds() {
        let of = |text: &str| limit(&Query::parse(text, &["limit"]).unwrap());
        assert_eq!(of(""), Ok(DEFAULT_LIMIT));
        assert_eq!(of("limit=100"), Ok(100));
        for bad in ["limit=0", "limit=101", "limit=-1", "limit=", "limit=x", "limit=4294967296"] {
            assert_eq!(of(bad).unwrap_err().errors[0].pointer, "?limit", "{bad}");
        }
    }
}
