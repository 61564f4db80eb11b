//! `GET /v1/config/{station}`: the effective configuration, from ControlRoom. Touches neither DynamoDB nor S3.

use crate::call::{Call, Outcome, path_id};
use crate::headers::none_match;
use crate::query::Query;
use crate::shells::protocol::ReadStation;
use attune_domain::{CallId, DomainError, Station};
use attune_edge_kit::Answer;
use serde::Deserialize;

/// Handles the request: `?call_id=` selects the call.
///
/// # Errors
/// `not_found` for a station that does not exist, `invalid_parameter`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let station = path_id(call.params[0], station_of)?;
    let call_id = Query::parse(call.query, &["call_id"])?.read("call_id", CallId::parse)?;
    let answer = call.ask_room(tenant, "/config", &ReadStation { station, call_id }).await?;
    let tag: Tag = call.read(&answer)?;
    Ok(reply(call.incoming, &tag, answer.body).into())
}

/// What of an `EffectiveConfigV1` makes its entity tag. The rest goes on as the room wrote it.
#[derive(Debug, Deserialize)]
struct Tag {
    version: u64,
    content_hash: String,
    frozen: bool,
}

fn station_of(text: &str) -> Result<Station, DomainError> {
    // `03` and `+3` are not the address of station 3.
    let number = text.parse::<u64>().ok().filter(|n| n.to_string() == text);
    Station::from_number(number.unwrap_or(0))
}

/// The entity tag says version, content and freeze. `ttl_s` runs down beside them and is not part of it: an agent counts it on its own
/// clock.
fn reply(headers: &impl crate::headers::Headers, config: &Tag, body: String) -> Answer {
    let hash = config.content_hash.get(..16).unwrap_or(&config.content_hash);
    let etag = format!("\"{}-{hash}{}\"", config.version, if config.frozen { "-f" } else { "" });
    let answer = if none_match(headers, &etag) { Answer::empty(304) } else { Answer::json_text(200, body) };
    answer.with("etag", etag).with("cache-control", "private, no-cache")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::tests::given;

    #[test]
    fn stations_are_plain_numbers() {
        assert_eq!(station_of("3"), Ok(Station::SpeechServerIn));
        for bad in ["03", "+3", "5", "x", "", "3 "] {
            assert!(station_of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_current_copy_gets_304_without_a_body() {
        let text = r#"{"schema_version":1,"station":3,"version":7,"content_hash":"ab","values":{},"frozen":false}"#;
        let mut config: Tag = serde_json::from_str(text).unwrap();
        let fresh = reply(&given(&[]), &config, "{}".to_owned());
        assert_eq!((fresh.status, fresh.body.as_deref()), (200, Some("{}")));
        assert!(fresh.headers.contains(&("etag", "\"7-ab\"".into())));
        let same = reply(&given(&[("if-none-match", "\"7-ab\"")]), &config, "{}".to_owned());
        assert_eq!((same.status, same.body), (304, None));
        assert!(same.headers.contains(&("etag", "\"7-ab\"".into())));
        config.frozen = true;
        assert_eq!(reply(&given(&[("if-none-match", "\"7-ab\"")]), &config, "{}".to_owned()).status, 200);
    }
}
