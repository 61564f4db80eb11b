//! `GET /problems/{code}`: explains a problem's `type`.

use crate::call::{Call, Outcome};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::Answer;
use serde_json::json;

/// Handles the request.
///
/// # Errors
/// `not_found` for a word that no problem has.
pub fn handle(call: &Call<'_>) -> Outcome {
    explain(call.params[0]).map(Into::into)
}

fn explain(word: &str) -> Result<Answer, Problem> {
    let code = ProblemCode::ALL
        .iter()
        .find(|code| code.code() == word)
        .ok_or_else(|| Problem::new(ProblemCode::NotFound, "no problem has this code"))?;
    let page = json!({
        "schema_version": attune_contracts::SCHEMA_VERSION,
        "type": format!("/problems/{word}"),
        "code": word,
        "title": code.title(),
        "status": code.status(),
        "retryable": code.retryable(),
        "help": code.help(),
    });
    Ok(Answer::json(200, &page).with("cache-control", "public, max-age=300"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_explained_at_its_type() {
        for code in ProblemCode::ALL {
            let answer = explain(code.code()).unwrap();
            assert!(answer.body.unwrap().contains(code.help()));
        }
        assert_eq!(explain("nonsense").unwrap_err().code, ProblemCode::NotFound);
    }
}
