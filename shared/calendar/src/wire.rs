//! What the codecs that speak JSON have in common.

use crate::failure::{Failure, Reason};
use crate::http::{Request, Response};
use crate::when::When;
use crate::zone::Zone;
use attune_domain::{Millis, Secret, json};
use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// A request with a bearer token (RFC 6750, 2.1), and a body of JSON where there is one.
pub(crate) fn request(method: &'static str, url: String, token: &Secret<String>, body: Option<&Value>) -> Request {
    let mut headers =
        vec![("authorization", format!("Bearer {}", token.expose())), ("accept", "application/json".to_owned())];
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    if !body.is_empty() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    Request { method, url, headers, body }
}

/// The object that an answer of success holds.
pub(crate) fn object(response: &Response) -> Result<Map<String, Value>, Failure> {
    json::from_slice(&response.body).map_err(|_| unreadable())
}

pub(crate) fn unreadable() -> Failure {
    Failure::give_up(Reason::Unreadable, "")
}

/// The provider's word for an error, if it is a word: what may quote an event is not kept.
pub(crate) fn word(text: &str) -> &str {
    let good = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if good { text } else { "" }
}

/// A zone with its rules.
pub(crate) type Ruled = (Zone, TimeZone);

/// Zones by the names that a provider uses, each read once for all the events of a page.
pub(crate) struct Zones<'a> {
    /// The calendar's own, where times without a zone hang.
    pub(crate) home: &'a Zone,
    resolve: fn(&str) -> Option<Zone>,
    known: RefCell<BTreeMap<Box<str>, Option<Ruled>>>,
}

impl<'a> Zones<'a> {
    pub(crate) fn new(home: &'a Zone, resolve: fn(&str) -> Option<Zone>) -> Self {
        Self { home, resolve, known: RefCell::default() }
    }

    /// The zone of a name, with its rules.
    pub(crate) fn named(&self, name: &str) -> Option<Ruled> {
        let mut known = self.known.borrow_mut();
        if let Some(found) = known.get(name) {
            return found.clone();
        }
        let found = (self.resolve)(name).map(|zone| {
            let rules = zone.rules();
            (zone, rules)
        });
        known.insert(name.into(), found.clone());
        found
    }

    /// The rules of a zone.
    pub(crate) fn rules(&self, zone: &Zone) -> TimeZone {
        self.named(zone.name()).filter(|(found, _)| found == zone).map_or_else(|| zone.rules(), |(_, rules)| rules)
    }

    /// An instant in a zone. Where the local time alone would mean another instant (the second of two in a fold) it
    /// stays an instant, except that a series (`series`) keeps its zone, which all its other instances hang on.
    pub(crate) fn at(&self, at: Timestamp, zone: Option<Ruled>, tzid: Option<&str>, series: bool) -> When {
        let Some((zone, rules)) = zone.filter(|(zone, _)| !is_utc(zone.name())) else { return When::Utc(at) };
        let local = rules.to_datetime(at);
        let same = rules.to_ambiguous_timestamp(local).compatible().is_ok_and(|back| back == at);
        if !same && !series {
            return When::Utc(at);
        }
        let tzid = tzid.filter(|tzid| *tzid != zone.name()).map(Into::into);
        When::Zoned { local, zone, tzid }
    }

    /// The instant of a time, exactly; floating ones and dates are taken at home.
    pub(crate) fn timestamp(&self, when: &When) -> Option<Timestamp> {
        let zone = match when {
            When::Utc(at) => return Some(*at),
            When::Zoned { zone, .. } => zone,
            When::Date(_) | When::Floating(_) => self.home,
        };
        self.rules(zone).to_ambiguous_timestamp(when.local()).compatible().ok()
    }
}

/// The names that mean UTC itself.
pub(crate) fn is_utc(name: &str) -> bool {
    ["UTC", "Etc/UTC", "Etc/GMT", "GMT", "Etc/UCT", "UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"]
        .contains(&name)
}

/// RFC 3339 in UTC, whole seconds where they are whole.
pub(crate) fn rfc3339(at: Millis) -> String {
    Timestamp::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

/// The local time of an instant in UTC, without a mark of it: `2026-11-22T10:00:00`.
pub(crate) fn utc_local(at: Millis) -> String {
    Timestamp::from_millisecond(at.0).map(|at| offset(0).to_datetime(at).to_string()).unwrap_or_default()
}

/// The instant of a text of RFC 3339.
pub(crate) fn millis(text: Option<&Value>) -> Option<Millis> {
    text?.as_str()?.parse::<Timestamp>().ok().map(|at| Millis(at.as_millisecond()))
}

/// Is what a push brought what we gave to the provider? In constant time for texts of one length.
pub(crate) fn is_known(known: &Secret<String>, brought: Option<&str>) -> bool {
    brought.is_some_and(|brought| bool::from(known.expose().as_bytes().ct_eq(brought.as_bytes())))
}
