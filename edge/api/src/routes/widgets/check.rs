//! The members of a widget, each fault by its place. They are looked at as they came: a `WidgetChangeV1` made of them, only to be
//! written again, would cost the Worker twice as much of its size.

use crate::call::refuse_fields;
use crate::language::is_tag;
use attune_contracts::parse::escape;
use attune_contracts::widget::WidgetMembersV1;
use attune_contracts::{FieldError, Problem};
use attune_domain::Millis;
use attune_identity::api_key::{MAX_ORIGINS, Origin};
use attune_objects::tenant::is_interval;
use serde_json::{Value, json};

/// Most entries of a FAQ, and bytes in all.
const MAX_ENTRIES: usize = 500;
const MAX_FAQ: usize = 262_144;
/// Most languages, and most single dates.
const MAX_LOCALES: usize = 40;
const MAX_DATES: usize = 100;
/// Most intervals of a day.
const MAX_INTERVALS: usize = 4;
/// Most faults that are named.
const MAX_FAULTS: usize = 20;

/// What a body has to have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// Name and origins.
    All,
    /// Nothing.
    Nothing,
}

/// A widget's members, as they are stored.
#[derive(Debug)]
pub struct Checked {
    /// All but the FAQ, JSON.
    pub body: String,
    /// The FAQ, JSON, if it was given.
    pub faq: Option<String>,
    /// The origins, read.
    pub origins: Vec<Origin>,
}

impl Checked {
    /// Checks a body. `is_zone`: is there a time zone of that name?
    ///
    /// # Errors
    /// `invalid_body`, naming all that is wrong, up to 20 places.
    pub fn of(body: WidgetMembersV1, needed: Needed, is_zone: &dyn Fn(&str) -> bool) -> Result<Self, Problem> {
        let mut members = body.0;
        let mut faults = Faults::default();
        let new = needed == Needed::All;
        faults.check(!new || members.contains_key("name"), "/name", "missing", "a widget has a name");
        faults.check(!new || members.contains_key("origins"), "/origins", "missing", "a widget has origins");
        let mut origins = Vec::new();
        for (name, value) in &members {
            let at = format!("/{}", escape(name));
            match name.as_str() {
                "schema_version" => {}
                "name" => {
                    faults.text(value, 80, &at);
                    let plain = value.as_str().is_none_or(|text| !text.chars().any(char::is_control));
                    faults.check(plain, &at, "invalid", "no control characters");
                }
                "origins" => origins = faults.origins(value, &at),
                "look" => faults.look(value, &at),
                "texts" => faults.texts(value, &at),
                "hours" if value.is_null() => {}
                "hours" => faults.hours(value, &at, is_zone),
                "faq" => faults.faq(value, &at),
                _ => faults.check(false, &at, "unknown", "a widget has no such member"),
            }
        }
        refuse_fields(faults.0)?;
        if new {
            // always open, and by default plain
            members.retain(|_, value| !value.is_null());
            for name in ["look", "texts"] {
                members.entry(name).or_insert_with(|| json!({}));
            }
        }
        // what is left out is there and empty, as the document says of answers
        for (object, member, empty) in
            [("hours", "days", json!({})), ("hours", "exceptions", json!({})), ("faq", "entries", json!([]))]
        {
            if let Some(Value::Object(object)) = members.get_mut(object) {
                object.entry(member).or_insert(empty);
            }
        }
        let faq = members.remove("faq").map(|faq| faq.to_string());
        if faq.as_ref().is_some_and(|text| text.len() > MAX_FAQ) {
            refuse_fields(vec![FieldError::new("/faq/entries", "out_of_range", "at most 262144 bytes in all")])?;
        }
        Ok(Self { body: Value::Object(members).to_string(), faq, origins })
    }
}

#[derive(Default)]
struct Faults(Vec<FieldError>);

impl Faults {
    fn check(&mut self, good: bool, at: &str, code: &str, detail: &str) {
        if !good && self.0.len() < MAX_FAULTS {
            self.0.push(FieldError::new(at, code, detail));
        }
    }

    /// A text that is not blank, and not longer.
    fn text(&mut self, value: &Value, most: usize, at: &str) {
        let good = value.as_str().is_some_and(|text| !text.trim().is_empty() && text.chars().nth(most).is_none());
        self.check(good, at, "out_of_range", &format!("1 to {most} characters"));
    }

    fn tag(&mut self, value: Option<&str>, at: &str) {
        self.check(value.is_some_and(is_tag), at, "invalid", "expected a language tag, for example de-CH");
    }

    /// The members of an object, each with its place.
    fn members<'a>(&mut self, value: &'a Value, at: &str) -> Vec<(&'a str, &'a Value, String)> {
        self.check(value.is_object(), at, "invalid", "expected an object");
        let members = value.as_object().into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), value, format!("{at}/{}", escape(name)))).collect()
    }

    /// The items of an array of at most so many, each with its place.
    fn items<'a>(&mut self, value: &'a Value, most: usize, at: &str) -> Vec<(&'a Value, String)> {
        let items = value.as_array().filter(|items| items.len() <= most);
        self.check(items.is_some(), at, "out_of_range", &format!("an array of at most {most}"));
        let items = items.into_iter().flatten().enumerate();
        items.map(|(index, value)| (value, format!("{at}/{index}"))).collect()
    }

    fn unknown(&mut self, at: &str) {
        self.check(false, at, "unknown", "there is no such member");
    }

    fn origins(&mut self, value: &Value, at: &str) -> Vec<Origin> {
        let items = self.items(value, MAX_ORIGINS, at);
        self.check(value.as_array().is_none_or(|items| !items.is_empty()), at, "out_of_range", "1 to 50 origins");
        let mut origins = Vec::new();
        for (value, at) in items {
            match Origin::parse(value.as_str().unwrap_or_default()) {
                Ok(origin) => origins.push(origin),
                Err(e) => self.check(false, &at, "invalid", &e.to_string()),
            }
        }
        origins
    }

    fn look(&mut self, value: &Value, at: &str) {
        for (name, value, at) in self.members(value, at) {
            let text = value.as_str().unwrap_or_default();
            let colour =
                || text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit());
            match name {
                "accent" => self.check(colour(), &at, "invalid", "expected a colour such as #1a73e8"),
                "position" => {
                    self.check(["left", "right"].contains(&text), &at, "unknown", "expected left or right");
                }
                "theme" => {
                    let good = ["light", "dark", "auto"].contains(&text);
                    self.check(good, &at, "unknown", "expected light, dark or auto");
                }
                _ => self.unknown(&at),
            }
        }
    }

    fn texts(&mut self, value: &Value, at: &str) {
        let languages = self.members(value, at);
        self.check(languages.len() <= MAX_LOCALES, at, "out_of_range", "at most 40 languages");
        for (tag, texts, at) in languages {
            self.tag(Some(tag), &at);
            for (name, value, at) in self.members(texts, &at) {
                match name {
                    "title" => self.text(value, 60, &at),
                    "greeting" | "offline" => self.text(value, 500, &at),
                    "consent" => self.text(value, 1_000, &at),
                    _ => self.unknown(&at),
                }
            }
        }
    }

    fn hours(&mut self, value: &Value, at: &str, is_zone: &dyn Fn(&str) -> bool) {
        let zone = value["zone"].as_str().is_some_and(is_zone);
        self.check(zone, &format!("{at}/zone"), "unknown", "expected an IANA time zone, for example Europe/Zurich");
        for (name, value, at) in self.members(value, at) {
            match name {
                "zone" => {}
                "days" => {
                    for (day, value, at) in self.members(value, &at) {
                        let known = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&day);
                        self.check(known, &at, "unknown", "expected mon to sun");
                        self.intervals(value, &at);
                    }
                }
                "exceptions" => {
                    let dates = self.members(value, &at);
                    self.check(dates.len() <= MAX_DATES, &at, "out_of_range", "at most 100 dates");
                    for (date, value, at) in dates {
                        let good = date.len() == 10 && Millis::parse(&format!("{date}T00:00:00Z")).is_ok();
                        self.check(good, &at, "invalid", "expected a date such as 2026-12-24");
                        self.intervals(value, &at);
                    }
                }
                _ => self.unknown(&at),
            }
        }
    }

    fn intervals(&mut self, value: &Value, at: &str) {
        let mut end = "";
        for (value, at) in self.items(value, MAX_INTERVALS, at) {
            let interval = value.as_str().unwrap_or_default();
            // both are in the one form, so texts compare as times do
            let good = is_interval(interval) && interval.get(..5) >= Some(end);
            self.check(good, &at, "invalid", "expected 09:00-17:00, after the one before it");
            end = interval.get(6..).unwrap_or_default();
        }
    }

    fn faq(&mut self, value: &Value, at: &str) {
        for (name, value, at) in self.members(value, at) {
            match name {
                "entries" => {
                    for (entry, at) in self.items(value, MAX_ENTRIES, &at) {
                        self.entry(entry, &at);
                    }
                }
                "unknown" | "person" => self.text(value, 300, &at),
                _ => self.unknown(&at),
            }
        }
    }

    fn entry(&mut self, entry: &Value, at: &str) {
        // what is missing is no text either
        self.text(&entry["question"], 300, &format!("{at}/question"));
        self.text(&entry["answer"], 4_000, &format!("{at}/answer"));
        for (name, value, at) in self.members(entry, at) {
            match name {
                "question" | "answer" => {}
                "keywords" => {
                    for (word, at) in self.items(value, 20, &at) {
                        self.text(word, 60, &at);
                    }
                }
                "locale" => self.tag(value.as_str(), &at),
                _ => self.unknown(&at),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_contracts::widget::WidgetChangeV1;

    fn checked(mut body: Value, needed: Needed) -> Result<Checked, Problem> {
        body["schema_version"] = json!(1);
        let members = serde_json::from_value(body.clone()).unwrap();
        let found = Checked::of(members, needed, &|zone| zone == "Europe/Zurich");
        // what passes here is what the document says
        assert!(found.is_err() || serde_json::from_value::<WidgetChangeV1>(body.clone()).is_ok(), "{body}");
        found
    }

    fn named(body: Value, needed: Needed) -> Vec<String> {
        let found = checked(body, needed).err();
        found.into_iter().flat_map(|problem| problem.errors).map(|fault| fault.pointer).collect()
    }

    #[test]
    fn a_new_widget_needs_a_name_and_origins_and_gets_the_rest() {
        assert_eq!(named(json!({}), Needed::All), ["/name", "/origins"]);
        assert!(named(json!({}), Needed::Nothing).is_empty());
        let new = json!({"name": "Shop", "origins": ["https://a.example"], "hours": null});
        let stored: Value = serde_json::from_str(&checked(new, Needed::All).unwrap().body).unwrap();
        let all =
            json!({"schema_version": 1, "name": "Shop", "origins": ["https://a.example"], "look": {}, "texts": {}});
        assert_eq!(stored, all);
        let always = checked(json!({"hours": null}), Needed::Nothing).unwrap();
        let stored: Value = serde_json::from_str(&always.body).unwrap();
        assert_eq!((stored, always.faq), (json!({"schema_version": 1, "hours": null}), None));
        let zone = checked(json!({"hours": {"zone": "Europe/Zurich"}, "faq": {}}), Needed::Nothing).unwrap();
        assert!(zone.body.contains(r#""days":{}"#) && zone.body.contains(r#""exceptions":{}"#), "{}", zone.body);
        assert_eq!(zone.faq.as_deref(), Some(r#"{"entries":[]}"#));
    }

    #[test]
    fn the_example_of_the_document_passes() {
        let golden = include_str!("../../../../../shared/contracts/golden/widget-change.v1.json");
        let found = checked(serde_json::from_str(golden).unwrap(), Needed::All).unwrap();
        assert_eq!((found.origins.len(), found.faq.is_some()), (1, true));
    }

    #[test]
    fn each_fault_is_named_by_its_place() {
        let hours = |days: Value| json!({"hours": {"zone": "Europe/Zurich", "days": days}});
        for (body, pointers) in [
            (json!({"name": " "}), &["/name"][..]),
            (json!({"name": null}), &["/name"]),
            (json!({"name": "x".repeat(81)}), &["/name"]),
            (json!({"name": "a\nb"}), &["/name"]),
            (json!({"key": "pk_1", "a/b": 1}), &["/a~1b", "/key"]),
            (json!({"origins": []}), &["/origins"]),
            (json!({"origins": "https://a.example"}), &["/origins"]),
            (json!({"origins": ["https://a.example", "https://a.example/", 7]}), &["/origins/1", "/origins/2"]),
            (
                json!({"look": {"accent": "red", "position": "top", "theme": null}}),
                &["/look/accent", "/look/position", "/look/theme"],
            ),
            (json!({"look": [], "texts": {"de/1": {"font": "x"}}}), &["/look", "/texts/de~11", "/texts/de~11/font"]),
            (
                json!({"texts": {"de": {"title": "x".repeat(61), "consent": ""}}}),
                &["/texts/de/consent", "/texts/de/title"],
            ),
            (json!({"hours": {"days": {}}}), &["/hours/zone"]),
            (json!({"hours": {"zone": "Mars"}}), &["/hours/zone"]),
            (hours(json!({"day": []})), &["/hours/days/day"]),
            (hours(json!({"mon": "09:00-10:00"})), &["/hours/days/mon"]),
            (hours(json!({"mon": ["09:00-12:00", "11:00-13:00"]})), &["/hours/days/mon/1"]),
            (hours(json!({"mon": ["9-12"]})), &["/hours/days/mon/0"]),
            (
                json!({"hours": {"zone": "Europe/Zurich", "exceptions": {"2026-02-30": []}}}),
                &["/hours/exceptions/2026-02-30"],
            ),
            (
                json!({"faq": {"entries": [{}], "x": 1}}),
                &["/faq/entries/0/question", "/faq/entries/0/answer", "/faq/x"],
            ),
            (
                json!({"faq": {"entries": [{"question": "q", "answer": "a", "keywords": [""], "locale": "_"}], "unknown": ""}}),
                &["/faq/entries/0/keywords/0", "/faq/entries/0/locale", "/faq/unknown"],
            ),
        ] {
            assert_eq!(named(body.clone(), Needed::Nothing), pointers, "{body}");
        }
        assert!(named(hours(json!({"mon": ["09:00-12:00", "12:00-24:00"]})), Needed::Nothing).is_empty());
        assert_eq!(named(json!({"origins": vec!["x"; 50]}), Needed::Nothing).len(), MAX_FAULTS);
    }

    #[test]
    fn a_faq_is_bounded_in_all() {
        let of = |entry: Value, count: usize| named(json!({"faq": {"entries": vec![entry; count]}}), Needed::Nothing);
        let long = json!({"question": "x", "answer": "x".repeat(4_000)});
        assert!(of(long.clone(), 64).is_empty());
        assert_eq!(of(long, 66), ["/faq/entries"]);
        assert_eq!(of(json!({"question": "x", "answer": "x"}), 501), ["/faq/entries"]);
    }
}
