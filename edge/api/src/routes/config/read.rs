//! `GET /v1/config/{station}`: the effective configuration, from ControlRoom. Touches neither DynamoDB nor S3.
//!
//! An isolate remembers what the room said for a second at most; changes that come in through the same isolate make it forget at
//! once. A reader elsewhere may see a version that is a second old, which compare-and-set catches and agents do not notice: they
//! have the new one pushed, and ignore an older.

use crate::call::{Call, Outcome, path_id};
use crate::headers::{Headers, none_match};
use crate::query::Query;
use crate::shells::protocol::ReadStation;
use attune_domain::{CallId, DomainError, Station, TenantId};
use attune_edge_kit::Answer;
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Handles the request: `?call_id=` selects the call.
///
/// # Errors
/// `not_found` for a station that does not exist, `invalid_parameter`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let station = path_id(call.params[0], station_of)?;
    let call_id = Query::parse(call.query, &["call_id"])?.read("call_id", CallId::parse)?;
    let place = (tenant.clone(), station, call_id);
    if let Some(known) = MEMORY.with_borrow(|memory| memory.get(&place, call.now)) {
        return Ok(reply(call.incoming, &known).into());
    }
    let asked = ReadStation { station, call_id: place.2.clone() };
    let epoch = MEMORY.with_borrow(|memory| memory.epoch);
    let answer = call.ask_room(tenant, "/config", &asked).await?;
    let tag: Tag = call.read(&answer)?;
    let fresh = Rc::new((tag.text(), answer.body));
    MEMORY.with_borrow_mut(|memory| memory.put(place, Rc::clone(&fresh), call.now, epoch));
    Ok(reply(call.incoming, &fresh).into())
}

/// Forgets what rooms have said: a change came in here.
pub fn forget() {
    MEMORY.with_borrow_mut(Memory::forget);
}

/// How long an answer is believed, ms.
const BELIEVED_MS: i64 = 1_000;
/// Most answers remembered; then all are forgotten, which costs a call each and nothing else.
const MOST: usize = 1_024;

type Place = (TenantId, Station, Option<CallId>);
/// Entity tag and body.
type Said = Rc<(String, String)>;

#[derive(Debug, Default)]
struct Memory {
    said: BTreeMap<Place, (i64, Said)>,
    /// Counts changes, so that an answer which was on its way during one is not remembered.
    epoch: u64,
}

impl Memory {
    fn get(&self, place: &Place, now: i64) -> Option<Said> {
        self.said.get(place).filter(|(until, _)| now < *until).map(|(_, said)| Rc::clone(said))
    }

    fn put(&mut self, place: Place, said: Said, now: i64, epoch: u64) {
        if epoch != self.epoch {
            return;
        }
        if self.said.len() >= MOST {
            self.said.clear();
        }
        self.said.insert(place, (now + BELIEVED_MS, said));
    }

    fn forget(&mut self) {
        self.said.clear();
        self.epoch += 1;
    }
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
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

impl Tag {
    /// The entity tag says version, content and freeze. `ttl_s` runs down beside them and is not part of it: an agent counts it on
    /// its own clock. So two bodies of one tag are not the same bytes, and it is a weak one (RFC 9110, section 8.8.1).
    fn text(&self) -> String {
        let hash = self.content_hash.get(..16).unwrap_or(&self.content_hash);
        format!("W/\"{}-{hash}{}\"", self.version, if self.frozen { "-f" } else { "" })
    }
}

fn reply(headers: &impl Headers, said: &(String, String)) -> Answer {
    let (etag, body) = said;
    let answer = if none_match(headers, etag) { Answer::empty(304) } else { Answer::json_text(200, body.as_str()) };
    answer.with("etag", etag.clone()).with("cache-control", "private, no-cache")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::tests::given;
    use attune_domain::Cell;

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
        let mut tag: Tag = serde_json::from_str(text).unwrap();
        let said = (tag.text(), "{}".to_owned());
        let fresh = reply(&given(&[]), &said);
        assert_eq!((fresh.status, fresh.body.as_deref()), (200, Some("{}")));
        assert!(fresh.headers.contains(&("etag", "W/\"7-ab\"".into())));
        let same = reply(&given(&[("if-none-match", "W/\"7-ab\"")]), &said);
        assert_eq!((same.status, same.body), (304, None));
        assert!(same.headers.contains(&("etag", "W/\"7-ab\"".into())));
        tag.frozen = true;
        assert_eq!(reply(&given(&[("if-none-match", "W/\"7-ab\"")]), &(tag.text(), String::new())).status, 200);
    }

    #[test]
    fn an_answer_is_believed_for_a_second_and_not_across_a_change() {
        let tenant = TenantId::new(&Cell::parse("eu1").unwrap(), 1, 1);
        let place: Place = (tenant, Station::SpeechToText, None);
        let said = Rc::new(("W/\"1-a\"".to_owned(), "{}".to_owned()));
        let mut memory = Memory::default();
        memory.put(place.clone(), Rc::clone(&said), 5_000, memory.epoch);
        assert!(memory.get(&place, 5_999).is_some() && memory.get(&place, 6_000).is_none());
        let asked = memory.epoch;
        memory.forget();
        assert!(memory.get(&place, 5_001).is_none());
        memory.put(place.clone(), said, 5_002, asked);
        assert!(memory.get(&place, 5_003).is_none(), "the answer was older than the change");
    }
}
