//! ORGANIZER and ATTENDEE (RFC 5545, sections 3.8.4.3 and 3.8.4.1).

use super::line::Property;
use super::text;
use crate::event::{Attendee, Person, Response};
use serde_json::{Map, Value};

/// Member of an attendee's `rest` for the calendar address where `email` comes from the parameter EMAIL (RFC 7986, section 6.2).
/// All other members are parameters, and their names are in capitals.
const URI: &str = "uri";

/// The address without `mailto:`; the whole URI where it has another scheme.
fn address(uri: &str) -> &str {
    let uri = uri.trim();
    match uri.split_at_checked(7) {
        Some((scheme, address)) if scheme.eq_ignore_ascii_case("mailto:") => address.trim(),
        _ => uri,
    }
}

/// Who a property speaks of.
pub(crate) fn person(property: &Property) -> Person {
    let (uri, email) = (property.value(), property.param("EMAIL"));
    let email = email.filter(|email| !is_mail(uri) && email.contains('@')).unwrap_or_else(|| address(uri).into());
    let name = property.params().find(|param| param.is("CN")).map(|param| param.whole().into_owned());
    Person { email: email.into_owned(), name, own: false }
}

fn is_mail(uri: &str) -> bool {
    address(uri).len() < uri.trim().len() || uri.contains('@') && !uri.contains(':')
}

/// PARTSTAT. What only delegation and tasks know has no answer of its own.
fn response(word: &str) -> Response {
    match word.to_ascii_uppercase().as_str() {
        "ACCEPTED" => Response::Accepted,
        "TENTATIVE" => Response::Tentative,
        "DECLINED" => Response::Declined,
        _ => Response::NeedsAction,
    }
}

/// PARTSTAT's word for it.
pub(crate) fn partstat(response: Response) -> &'static str {
    match response {
        Response::NeedsAction => "NEEDS-ACTION",
        Response::Accepted => "ACCEPTED",
        Response::Tentative => "TENTATIVE",
        Response::Declined => "DECLINED",
    }
}

fn optional(role: &str) -> bool {
    role.eq_ignore_ascii_case("OPT-PARTICIPANT")
}

fn resource(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("RESOURCE") || kind.eq_ignore_ascii_case("ROOM")
}

/// Reads an ATTENDEE. Its parameters are kept by name, each with its value or a list of them.
pub(crate) fn attendee(property: &Property) -> Attendee {
    let person = person(property);
    let mut attendee =
        Attendee { person, response: Response::NeedsAction, optional: false, resource: false, rest: Map::new() };
    for param in property.params() {
        let name = param.name.to_ascii_uppercase();
        let whole = param.whole();
        match name.as_str() {
            "CN" => continue,
            "PARTSTAT" => {
                attendee.response = response(&whole);
                if attendee.response != Response::NeedsAction {
                    continue;
                }
            }
            "ROLE" => {
                attendee.optional = optional(&whole);
                if attendee.optional {
                    continue;
                }
            }
            "CUTYPE" => {
                attendee.resource = resource(&whole);
                if whole.eq_ignore_ascii_case("RESOURCE") {
                    continue;
                }
            }
            _ => {}
        }
        let mut values: Vec<Value> = param.values().map(|value| Value::String(value.into_owned())).collect();
        let value = if values.len() == 1 { values.pop().unwrap_or_default() } else { Value::Array(values) };
        attendee.rest.entry(name).or_insert(value);
    }
    if attendee.person.email != address(property.value()) {
        attendee.rest.insert(URI.to_owned(), Value::String(property.value().trim().to_owned()));
    }
    attendee
}

/// Writes an ORGANIZER or ATTENDEE as a content line with a line feed. Parameters have no order; they are written in that of their names.
pub(crate) fn put(name: &str, person: &Person, attendee: Option<&Attendee>, out: &mut String) {
    out.push_str(name);
    if let Some(name) = &person.name {
        text::param("CN", &[name], out);
    }
    let mut uri = None;
    if let Some(attendee) = attendee {
        put_role(attendee, out);
        for (name, value) in &attendee.rest {
            match value {
                Value::String(value) if name == URI => {
                    let same = attendee.rest.get("EMAIL").and_then(Value::as_str) == Some(person.email.as_str());
                    uri = same.then_some(value.as_str());
                }
                // members of another provider's object are no parameters
                _ if !is_name(name) || matches!(name.as_str(), "PARTSTAT" | "ROLE" | "CUTYPE") => {}
                Value::String(value) => text::param(name, &[value], out),
                Value::Array(values) => {
                    let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
                    text::param(name, &values, out);
                }
                _ => {}
            }
        }
    }
    out.push(':');
    match uri {
        Some(uri) => out.extend(uri.chars().filter(|char| !char.is_control())),
        None => {
            if !person.email.contains(':') && !person.email.starts_with('/') {
                out.push_str("mailto:");
            }
            out.extend(person.email.chars().filter(|char| !char.is_control()));
        }
    }
    out.push('\n');
}

/// PARTSTAT, ROLE and CUTYPE: the word that was read, where it still says what the attendee says.
fn put_role(attendee: &Attendee, out: &mut String) {
    let kept = |name: &str| attendee.rest.get(name).and_then(Value::as_str);
    let word = match (attendee.resource, kept("CUTYPE")) {
        (is, Some(word)) if resource(word) == is => Some(word),
        (true, _) => Some("RESOURCE"),
        (false, _) => None,
    };
    let role = match (attendee.optional, kept("ROLE")) {
        (is, Some(word)) if optional(word) == is => Some(word),
        (true, _) => Some("OPT-PARTICIPANT"),
        (false, _) => None,
    };
    let partstat = match (attendee.response, kept("PARTSTAT")) {
        (is, Some(word)) if response(word) == is => Some(word),
        (Response::NeedsAction, _) => None,
        (is, _) => Some(partstat(is)),
    };
    for (name, word) in [("CUTYPE", word), ("PARTSTAT", partstat), ("ROLE", role)] {
        if let Some(word) = word {
            text::param(name, &[word], out);
        }
    }
}

/// A parameter's name, as [`attendee`] makes them.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
}
