//! `PUT /v1/chat/faq`: replaces the tenant's FAQ. Rooms answer with it within 10 s.

use super::open::is_tag;
use crate::call::{Call, Outcome, refuse_fields};
use crate::shells::protocol::TenantCommand;
use attune_contracts::FieldError;
use attune_contracts::chat::{FaqEntryV1, FaqV1};
use attune_edge_kit::Answer;

/// Most entries.
const MAX_ENTRIES: usize = 500;
/// Most bytes in all.
const MAX_BYTES: usize = 262_144;

/// Handles the request; again is harmless.
///
/// # Errors
/// `invalid_body`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: FaqV1 = call.parse()?;
    refuse_fields(faults(&body))?;
    let text = serde_json::to_string(&body).map_err(|e| call.internal("faq", e))?;
    if text.len() > MAX_BYTES {
        refuse_fields(vec![FieldError::new("/entries", "out_of_range", "at most 262144 bytes in all")])?;
    }
    let (tenant, _) = call.caller.tenant()?;
    let count = u32::try_from(body.entries.len()).unwrap_or(u32::MAX);
    let answer = call.ask_tenant(tenant, None, TenantCommand::PutFaq(text, count)).await?;
    Ok(Answer::json_text(200, answer.body).into())
}

fn faults(body: &FaqV1) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut check = |good: bool, pointer: String, detail: &str| {
        if !good && faults.len() < 20 {
            faults.push(FieldError::new(pointer, "out_of_range", detail));
        }
    };
    let within = |text: &str, most: usize| !text.trim().is_empty() && text.chars().nth(most).is_none();
    check(body.entries.len() <= MAX_ENTRIES, "/entries".to_owned(), "at most 500 entries");
    for (name, text) in [("unknown", &body.unknown), ("person", &body.person)] {
        check(text.as_deref().is_none_or(|text| within(text, 300)), format!("/{name}"), "1 to 300 characters");
    }
    for (index, entry) in body.entries.iter().enumerate() {
        let FaqEntryV1 { question, answer, keywords, locale } = entry;
        check(within(question, 300), format!("/entries/{index}/question"), "1 to 300 characters");
        check(within(answer, 4_000), format!("/entries/{index}/answer"), "1 to 4000 characters");
        let good = keywords.len() <= 20 && keywords.iter().all(|word| within(word, 60));
        check(good, format!("/entries/{index}/keywords"), "at most 20 of 1 to 60 characters");
        check(locale.as_deref().is_none_or(is_tag), format!("/entries/{index}/locale"), "expected a language tag");
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named() {
        let entry = FaqEntryV1 {
            question: " ".to_owned(),
            answer: "x".repeat(4_001),
            keywords: vec![String::new()],
            locale: Some("_".to_owned()),
        };
        let body = FaqV1 { schema_version: 1, entries: vec![entry], unknown: Some(String::new()), person: None };
        let named: Vec<_> = faults(&body).into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(
            named,
            ["/unknown", "/entries/0/question", "/entries/0/answer", "/entries/0/keywords", "/entries/0/locale"]
        );
    }
}
