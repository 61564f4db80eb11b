//! Reader of `ACCESS.md` and its comparison with [`Access`].

use crate::access::Access;
use std::collections::BTreeMap;

/// The page that is compiled into this crate.
pub const PAGE: &str = include_str!("../ACCESS.md");

const COLUMNS: usize = 8;

/// One row: the cells after the name, without back-ticks.
type Row = Vec<String>;

/// The rows of the page by query name; broken lines are named in `found`.
fn rows(page: &str, found: &mut Vec<String>) -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    let table = page.lines().filter(|line| line.starts_with("| `"));
    for line in table {
        let cells: Row = line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
        if cells.len() != COLUMNS || cells.iter().any(String::is_empty) {
            found.push(format!("a row needs {COLUMNS} filled cells: {line}"));
            continue;
        }
        let name = cells[0].clone();
        if rows.insert(name.clone(), cells[1..].to_vec()).is_some() {
            found.push(format!("{name} is listed twice"));
        }
    }
    rows
}

/// Differences between a page and the code, both ways, one sentence each; empty when they agree.
pub fn differences(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut listed = rows(page, &mut found);
    for access in Access::ALL {
        let Some(row) = listed.remove(access.name()) else {
            found.push(format!("{} is in the code and not listed", access.name()));
            continue;
        };
        let code = [access.principal().text(), access.table().name(), access.operation().name(), access.key()];
        for (column, (page, code)) in ["sender", "table", "operation", "key"].iter().zip(row.iter().zip(code)) {
            if page != code {
                found.push(format!("{}: {column} is {page:?} on the page and {code:?} in the code", access.name()));
            }
        }
    }
    found.extend(listed.into_keys().map(|name| format!("{name} is listed and not in the code")));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_and_code_agree() {
        assert_eq!(differences(PAGE), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_seen() {
        let without: String =
            PAGE.lines().filter(|line| !line.contains("`edge.get-run`")).map(|line| format!("{line}\n")).collect();
        assert_eq!(differences(&without).len(), 1, "in the code, not listed");
        let more = PAGE.replacen(
            "| `edge.get-run`",
            "| `edge.scan-all` | x | calls | Query | k | i | u | h |\n| `edge.get-run`",
            1,
        );
        assert_eq!(differences(&more).len(), 1, "listed, not in the code");
        assert_eq!(differences(&PAGE.replace("sk = RUN`", "sk = R`")).len(), 2, "another key, in two rows");
        assert_eq!(differences(&PAGE.replace("| GetItem |", "| Query |")).len(), 2, "another operation");
        assert_eq!(
            differences(&PAGE.replacen("| 2 W; a repeat that the condition refuses also 2 W |", "| |", 1)).len(),
            2
        );
    }
}
