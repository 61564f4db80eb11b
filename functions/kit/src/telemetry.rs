//! Logs, metrics and spans: JSON lines on standard output, which Lambda hands to CloudWatch.
//!
//! - One line per record: ids, outcome, reason, durations, and its span, linked (not parented) to the accepting request: the
//!   queue lies between them, so the request is long over. No OpenTelemetry exporter: a collector can make spans of these lines.
//! - One metric line per outcome and invocation in CloudWatch's embedded metric format. Dimensions are service, function and
//!   outcome only (decision 10), never tenant or station.
//!
//! No body, no name and no secret is ever written: reasons are codes, details hold pointers and positions.

use crate::{Function, Outcome, Record, clock};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Namespace of the metrics.
pub const NAMESPACE: &str = "Attune";

/// What is known of an invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// Lambda's request id.
    pub request_id: String,
    /// When it began, ms since 1970.
    pub started_ms: i64,
    /// When Lambda ends it, ms since 1970.
    pub deadline_ms: i64,
    /// `X-Amzn-Trace-Id`, if there is one.
    pub xray: Option<String>,
}

/// Writes the lines of an invocation.
pub(crate) fn report<F: Function>(
    records: &[Record],
    outcomes: &[Outcome],
    invocation: &Invocation,
    cpu_us: i64,
    units: (f64, f64),
) {
    for line in lines(F::NAME, records, outcomes, invocation, clock::now_ms(), cpu_us, units) {
        println!("{line}");
    }
}

/// One line for an event that is not about a record.
pub fn event(level: &str, function: &str, message: &str, detail: &str) {
    println!("{}", json!({"level": level, "message": message, "function": function, "detail": detail}));
}

fn lines(
    function: &str,
    records: &[Record],
    outcomes: &[Outcome],
    invocation: &Invocation,
    now_ms: i64,
    cpu_us: i64,
    units: (f64, f64),
) -> Vec<Value> {
    let mut lines = Vec::with_capacity(records.len() + 2);
    let mut by_outcome: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (record, outcome) in records.iter().zip(outcomes) {
        let accepted = record.head.accepted_at.unwrap_or(record.sent_at);
        let age_ms = if accepted > 0 { now_ms.saturating_sub(accepted) } else { 0 };
        by_outcome.entry(outcome.word()).or_default().push(age_ms);
        lines.push(record_line(function, record, outcome, invocation, now_ms, age_ms));
    }
    let count = i64::try_from(records.len()).unwrap_or(i64::MAX).max(1);
    let first = by_outcome.keys().next().copied();
    for (outcome, ages) in &by_outcome {
        // Units and CPU belong to the whole invocation, so they are written once.
        let whole = (Some(*outcome) == first).then_some((cpu_us / count, units));
        lines.push(metric_line(function, outcome, ages, now_ms - invocation.started_ms, now_ms, whole));
    }
    lines
}

fn record_line(
    function: &str,
    record: &Record,
    outcome: &Outcome,
    invocation: &Invocation,
    now_ms: i64,
    age_ms: i64,
) -> Value {
    let (level, reason, detail) = match outcome {
        Outcome::Done | Outcome::Skipped => ("info", None, None),
        Outcome::Retry(why) => ("warn", Some(why.code()), Some(why.to_string())),
        Outcome::GiveUp(why) => ("error", Some(why.code()), Some(why.to_string())),
    };
    let id = record.head.id.as_deref().filter(|id| crate::record::is_id(id));
    let link = record.head.traceparent.as_deref().and_then(link);
    let mut line = json!({
        "level": level, "message": "record", "function": function, "request_id": invocation.request_id,
        "sqs_id": record.sqs_id, "message_id": id, "outcome": outcome.word(), "receive_count": record.receive_count,
        "age_ms": age_ms,
        "span": {
            "trace_id": trace_id(invocation), "span_id": span_id(&invocation.request_id, &record.sqs_id),
            "start_ms": invocation.started_ms, "end_ms": now_ms, "links": link.into_iter().collect::<Vec<_>>(),
        },
    });
    if let (Some(reason), Some(detail)) = (reason, detail) {
        line["reason"] = reason.into();
        line["detail"] = detail.into();
    }
    line
}

fn metric_line(
    function: &str,
    outcome: &str,
    ages: &[i64],
    duration_ms: i64,
    now_ms: i64,
    whole: Option<(i64, (f64, f64))>,
) -> Value {
    let mut metrics = vec![
        json!({"Name": "Records", "Unit": "Count"}),
        json!({"Name": "Age", "Unit": "Milliseconds"}),
        json!({"Name": "Duration", "Unit": "Milliseconds"}),
    ];
    let mut line = json!({
        "service": "attune", "function": function, "outcome": outcome,
        "Records": ages.len(), "Age": ages, "Duration": duration_ms,
    });
    if let Some((cpu_us, (write, read))) = whole {
        for (name, unit, value) in [
            ("CpuPerRecord", "Microseconds", json!(cpu_us)),
            ("WriteUnits", "Count", json!(write)),
            ("ReadUnits", "Count", json!(read)),
        ] {
            metrics.push(json!({"Name": name, "Unit": unit}));
            line[name] = value;
        }
    }
    line["_aws"] = json!({
        "Timestamp": now_ms,
        "CloudWatchMetrics": [{
            "Namespace": NAMESPACE, "Dimensions": [["service", "function", "outcome"]], "Metrics": metrics,
        }],
    });
    line
}

/// Is it a W3C traceparent (version 00)? What came through a queue may be anything, and not all of that may be a header.
pub(crate) fn is_traceparent(text: &str) -> bool {
    text.len() == 55
        && text.is_ascii()
        && link(text).is_some()
        && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// A span link from a W3C traceparent (version 00).
fn link(traceparent: &str) -> Option<Value> {
    let mut parts = traceparent.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let hex =
        |text: &str, len: usize| text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (version == "00" && hex(trace, 32) && hex(span, 16)).then(|| json!({"trace_id": trace, "span_id": span}))
}

/// The W3C form of Lambda's own trace (`Root=1-<8 hex>-<24 hex>;…`), else one made from the request id.
fn trace_id(invocation: &Invocation) -> String {
    let root =
        invocation.xray.as_deref().and_then(|text| text.split(';').find_map(|part| part.strip_prefix("Root=1-")));
    match root.and_then(|root| root.split_once('-')) {
        Some((time, rest)) if time.len() == 8 && rest.len() == 24 => format!("{time}{rest}"),
        _ => digest(&[&invocation.request_id], 16),
    }
}

fn span_id(request_id: &str, sqs_id: &str) -> String {
    digest(&[request_id, sqs_id], 8)
}

fn digest(parts: &[&str], bytes: usize) -> String {
    let text = attune_contracts::canonical::sha256_hex(parts.join("/").as_bytes());
    text.chars().take(bytes * 2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Head;
    use crate::{CallError, GiveUp, Retry};

    fn invocation() -> Invocation {
        Invocation {
            request_id: "r-1".into(),
            started_ms: 1_000,
            deadline_ms: 9_000,
            xray: Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=1;Sampled=1".into()),
        }
    }

    fn all() -> Vec<Value> {
        let record = |body: &str| Record {
            sqs_id: "s-1".into(),
            body: body.into(),
            head: Head {
                id: Some("m-1".into()),
                tenant: Some("tnt_secret".into()),
                accepted_at: Some(400),
                traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
                ..Head::default()
            },
            ..Record::default()
        };
        let records = [record("+4712345678"), record("b"), record("c")];
        let outcomes =
            [Outcome::Done, Retry::Call(CallError::Queue("timeout".into())).into(), GiveUp::FingerprintMismatch.into()];
        lines("f", &records, &outcomes, &invocation(), 1_500, 900, (5.0, 0.0))
    }

    #[test]
    fn a_record_line_carries_its_span_with_a_link_and_no_parent() {
        let line = &all()[0];
        assert_eq!(line["span"]["trace_id"], "5759e988bd862e3fe1be46a994272793");
        assert_eq!(line["span"]["links"][0]["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(line["span"].get("parent").is_none());
        assert_eq!((line["age_ms"].as_i64(), line["outcome"].as_str()), (Some(1_100), Some("done")));
    }

    #[test]
    fn lines_hold_neither_bodies_nor_tenants() {
        let text = all().iter().map(Value::to_string).collect::<String>();
        assert!(!text.contains("4712345678") && !text.contains("tnt_secret"), "{text}");
    }

    #[test]
    fn metrics_have_three_dimensions_and_count_units_once() {
        let lines = all();
        let metrics: Vec<_> = lines.iter().filter(|line| line.get("_aws").is_some()).collect();
        assert_eq!(metrics.len(), 3);
        for line in &metrics {
            assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["service", "function", "outcome"]]));
        }
        assert_eq!(metrics.iter().filter(|line| line.get("WriteUnits").is_some()).count(), 1);
    }

    #[test]
    fn only_a_traceparent_goes_on_as_a_header() {
        assert!(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        assert!(!is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-\r\n"));
    }

    #[test]
    fn a_broken_traceparent_makes_no_link() {
        for text in ["", "00-x-y-01", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"] {
            assert!(link(text).is_none(), "{text}");
            assert!(!is_traceparent(text), "{text}");
        }
    }
}
