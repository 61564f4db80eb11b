//! `POST /v1/widgets/reports`: what failed in a widget on a page. The newest 100 of a widget are kept, freed of what may tell of a person.

use crate::call::{Call, Outcome, refuse_fields};
use crate::limit::Limiting;
use crate::router::Auth;
use crate::shells::protocol::TenantCommand;
use attune_contracts::FieldError;
use attune_contracts::widget::WidgetReportV1;
use attune_edge_kit::{Answer, log};
use attune_identity::limits::RouteClass;
use core::cell::RefCell;
use serde_json::json;

/// Longest detail, characters.
const LONGEST: usize = 500;
/// More digits in a row than this may be a telephone number or an account.
const DIGITS: usize = 5;

/// Handles the request.
///
/// # Errors
/// `invalid_body`; `not_found` when the key has no widget; `rate_limited` by the key, and by the address as tokens are: everybody who
/// sees the page has the key.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let Call { env, settings, trace, timing, .. } = *call;
    let (class, told) = (Some(RouteClass::Token), RefCell::default());
    Limiting { env, settings, trace, timing, class, told: &told }.before(Auth::Open, call.incoming).await?;
    let body: WidgetReportV1 = call.parse()?;
    refuse_fields(faults(&body))?;
    let (tenant, key_id) = call.caller.tenant()?;
    let report = json!({ "version": &body.version, "code": &body.code, "detail": plain(&body.detail), "at": body.at });
    call.ask_tenant(tenant, None, TenantCommand::AddReport(key_id.to_owned(), report.to_string())).await?;
    log::info("widget.report")
        .with("request_id", trace.request_id.clone())
        .with("code", body.code)
        .with("version", body.version)
        .write();
    Ok(Answer::empty(204).into())
}

fn faults(body: &WidgetReportV1) -> Vec<FieldError> {
    let word =
        |text: &str, most: usize, good: fn(u8) -> bool| (1..=most).contains(&text.len()) && text.bytes().all(good);
    let code = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.-".contains(&b);
    let version = |b: u8| b.is_ascii_alphanumeric() || b".+-".contains(&b);
    let checks = [
        (word(&body.version, 32, version), "/version", "1 to 32 letters, digits, dots, plus and minus signs"),
        (word(&body.code, 64, code), "/code", "1 to 64 lowercase letters, digits, dots, dashes and underscores"),
        (body.detail.chars().nth(LONGEST).is_none(), "/detail", "at most 500 characters"),
    ];
    checks.into_iter().filter(|check| !check.0).map(|(_, at, detail)| FieldError::new(at, "invalid", detail)).collect()
}

/// The words without what may tell of a person: query and fragment of addresses, e-mail addresses, long numbers.
fn plain(detail: &str) -> String {
    let word = |word: &str| {
        let word = if word.contains("://") { word.split(['?', '#']).next().unwrap_or_default() } else { word };
        let digits = word.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
        if word.contains('@') || digits > DIGITS { "…".to_owned() } else { word.to_owned() }
    };
    detail.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_domain::Millis;

    #[test]
    fn nothing_of_a_person_is_kept() {
        for (given, kept) in [
            ("TypeError at https://shop.example/pay?card=4242#x:1:20", "TypeError at https://shop.example/pay"),
            ("no user anna@example.com  here", "no user … here"),
            ("call +41791234567 or 12345", "call … or 12345"),
            ("(https://a.example/order/99887766)", "…"),
            ("", ""),
        ] {
            assert_eq!(plain(given), kept, "{given}");
        }
    }

    #[test]
    fn what_is_no_report_is_named() {
        let body = WidgetReportV1 {
            schema_version: 1,
            version: "1.0 0".to_owned(),
            code: String::new(),
            detail: "x".repeat(501),
            at: Millis(0),
        };
        let named: Vec<_> = faults(&body).into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(named, ["/version", "/code", "/detail"]);
    }
}
