//! The fields of a widget, each fault by its place.

use crate::call::refuse_fields;
use crate::routes::chat::open::is_tag;
use crate::routes::keys::create::each;
use attune_contracts::chat::FaqV1;
use attune_contracts::widget::{WidgetChangeV1, WidgetHoursV1, WidgetLookV1, WidgetTextsV1};
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::Millis;
use attune_identity::api_key::{MAX_ORIGINS, Origin};
use attune_objects::tenant::is_interval;
use std::collections::BTreeMap;

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
    pub fn of(mut body: WidgetChangeV1, needed: Needed, is_zone: &dyn Fn(&str) -> bool) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        let new = needed == Needed::All;
        faults.check(!new || body.name.is_some(), "/name", "missing", "a widget has a name");
        faults.check(!new || body.origins.is_some(), "/origins", "missing", "a widget has the origins of its pages");
        if let Some(name) = &body.name {
            let good = within(name, 80) && !name.chars().any(char::is_control);
            faults.check(good, "/name", "out_of_range", "1 to 80 characters, no control characters");
        }
        let given = body.origins.as_deref();
        let count = (1..=MAX_ORIGINS).contains(&given.map_or(1, <[_]>::len));
        faults.check(count, "/origins", "out_of_range", "1 to 50 origins");
        let origins = each("/origins", given.unwrap_or_default(), Origin::parse, &mut faults.0);
        faults.look(body.look.as_ref());
        faults.texts(body.texts.as_ref());
        if let Some(Some(hours)) = &body.hours {
            faults.hours(hours, is_zone);
        }
        let faq = body.faq.take();
        faults.faq(faq.as_ref());
        faults.0.truncate(MAX_FAULTS);
        refuse_fields(faults.0)?;
        if new {
            drop((body.look.get_or_insert_default(), body.texts.get_or_insert_default()));
            body.hours = body.hours.filter(Option::is_some);
        }
        let faq = faq.as_ref().map(serde_json::to_string).transpose().map_err(unwritten)?;
        if faq.as_ref().is_some_and(|text| text.len() > MAX_FAQ) {
            refuse_fields(vec![FieldError::new("/faq/entries", "out_of_range", "at most 262144 bytes in all")])?;
        }
        Ok(Self { body: serde_json::to_string(&body).map_err(unwritten)?, faq, origins })
    }
}

/// Texts and maps of them can always be written.
fn unwritten(_: serde_json::Error) -> Problem {
    Problem::new(ProblemCode::Internal, "something failed on our side")
}

/// Not blank, and not longer.
fn within(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().nth(most).is_none()
}

/// A name in a pointer (RFC 6901, section 3).
fn part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[derive(Default)]
struct Faults(Vec<FieldError>);

impl Faults {
    fn check(&mut self, good: bool, pointer: &str, code: &str, detail: &str) {
        if !good && self.0.len() < MAX_FAULTS {
            self.0.push(FieldError::new(pointer, code, detail));
        }
    }

    /// The text at `pointer`, if there is one.
    fn text(&mut self, text: Option<&str>, most: usize, pointer: &str) {
        let good = text.is_none_or(|text| within(text, most));
        self.check(good, pointer, "out_of_range", &format!("1 to {most} characters"));
    }

    fn look(&mut self, look: Option<&WidgetLookV1>) {
        let Some(WidgetLookV1 { accent, position, theme }) = look else { return };
        let colour = |text: &str| {
            text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
        };
        self.check(
            accent.as_deref().is_none_or(colour),
            "/look/accent",
            "invalid",
            "expected a colour such as #1a73e8",
        );
        let one_of = |text: &Option<String>, words: &[&str]| text.as_deref().is_none_or(|text| words.contains(&text));
        self.check(one_of(position, &["left", "right"]), "/look/position", "unknown", "expected left or right");
        let themes = ["light", "dark", "auto"];
        self.check(one_of(theme, &themes), "/look/theme", "unknown", "expected light, dark or auto");
    }

    fn texts(&mut self, texts: Option<&BTreeMap<String, WidgetTextsV1>>) {
        let Some(texts) = texts else { return };
        self.check(texts.len() <= MAX_LOCALES, "/texts", "out_of_range", "at most 40 languages");
        for (tag, WidgetTextsV1 { title, greeting, offline, consent }) in texts {
            let at = format!("/texts/{}", part(tag));
            self.check(is_tag(tag), &at, "invalid", "expected a language tag, for example de-CH");
            let each = [("title", title, 60), ("greeting", greeting, 500), ("offline", offline, 500)];
            for (name, text, most) in each.into_iter().chain([("consent", consent, 1_000)]) {
                self.text(text.as_deref(), most, &format!("{at}/{name}"));
            }
        }
    }

    fn hours(&mut self, hours: &WidgetHoursV1, is_zone: &dyn Fn(&str) -> bool) {
        let WidgetHoursV1 { zone, days, exceptions } = hours;
        self.check(is_zone(zone), "/hours/zone", "unknown", "expected an IANA time zone, for example Europe/Zurich");
        let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        for (day, intervals) in days {
            let at = format!("/hours/days/{}", part(day));
            self.check(weekdays.contains(&day.as_str()), &at, "unknown", "expected mon to sun");
            self.intervals(intervals, &at);
        }
        self.check(exceptions.len() <= MAX_DATES, "/hours/exceptions", "out_of_range", "at most 100 dates");
        for (date, intervals) in exceptions {
            let at = format!("/hours/exceptions/{}", part(date));
            let good = date.len() == 10 && Millis::parse(&format!("{date}T00:00:00Z")).is_ok();
            self.check(good, &at, "invalid", "expected a date such as 2026-12-24");
            self.intervals(intervals, &at);
        }
    }

    fn intervals(&mut self, intervals: &[String], at: &str) {
        self.check(intervals.len() <= MAX_INTERVALS, at, "out_of_range", "at most 4 intervals");
        for (index, interval) in intervals.iter().enumerate() {
            // both are in the one form, so texts compare as times do
            let before = index.checked_sub(1).and_then(|before| intervals.get(before)).and_then(|text| text.get(6..));
            let good = is_interval(interval) && before.is_none_or(|end| Some(end) <= interval.get(..5));
            self.check(good, &format!("{at}/{index}"), "invalid", "expected 09:00-17:00, after the one before it");
        }
    }

    fn faq(&mut self, faq: Option<&FaqV1>) {
        let Some(FaqV1 { entries, unknown, person }) = faq else { return };
        self.check(entries.len() <= MAX_ENTRIES, "/faq/entries", "out_of_range", "at most 500 entries");
        self.text(unknown.as_deref(), 300, "/faq/unknown");
        self.text(person.as_deref(), 300, "/faq/person");
        for (index, entry) in entries.iter().enumerate() {
            let at = format!("/faq/entries/{index}");
            self.text(Some(&entry.question), 300, &format!("{at}/question"));
            self.text(Some(&entry.answer), 4_000, &format!("{at}/answer"));
            let good = entry.keywords.len() <= 20 && entry.keywords.iter().all(|word| within(word, 60));
            self.check(good, &format!("{at}/keywords"), "out_of_range", "at most 20 of 1 to 60 characters");
            let tag = entry.locale.as_deref().is_none_or(is_tag);
            self.check(tag, &format!("{at}/locale"), "invalid", "expected a language tag");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn named(mut body: Value, needed: Needed) -> Vec<String> {
        body["schema_version"] = json!(1);
        let body = serde_json::from_value(body).unwrap();
        let found = Checked::of(body, needed, &|zone| zone == "Europe/Zurich");
        found.err().into_iter().flat_map(|problem| problem.errors).map(|fault| fault.pointer).collect()
    }

    #[test]
    fn a_new_widget_needs_a_name_and_origins_and_gets_the_rest() {
        assert_eq!(named(json!({}), Needed::All), ["/name", "/origins"]);
        assert!(named(json!({}), Needed::Nothing).is_empty());
        let body = json!({"schema_version": 1, "name": "Shop", "origins": ["https://a.example"], "hours": null});
        let checked = Checked::of(serde_json::from_value(body).unwrap(), Needed::All, &|_| false).unwrap();
        assert_eq!(
            checked.body,
            r#"{"schema_version":1,"name":"Shop","origins":["https://a.example"],"look":{},"texts":{}}"#
        );
        let body = serde_json::from_value(json!({"schema_version": 1, "hours": null})).unwrap();
        let checked = Checked::of(body, Needed::Nothing, &|_| false).unwrap();
        assert_eq!((checked.body.as_str(), checked.faq), (r#"{"schema_version":1,"hours":null}"#, None));
    }

    #[test]
    fn each_fault_is_named_by_its_place() {
        let hours = |days: Value| json!({"hours": {"zone": "Europe/Zurich", "days": days}});
        for (body, pointers) in [
            (json!({"name": " "}), &["/name"][..]),
            (json!({"name": "x".repeat(81)}), &["/name"]),
            (json!({"origins": []}), &["/origins"]),
            (json!({"origins": ["https://a.example", "https://a.example/"]}), &["/origins/1"]),
            (
                json!({"look": {"accent": "red", "position": "top", "theme": "grey"}}),
                &["/look/accent", "/look/position", "/look/theme"],
            ),
            (json!({"texts": {"de/1": {}}}), &["/texts/de~11"]),
            (
                json!({"texts": {"de": {"title": "x".repeat(61), "consent": ""}}}),
                &["/texts/de/title", "/texts/de/consent"],
            ),
            (json!({"hours": {"zone": "Mars"}}), &["/hours/zone"]),
            (hours(json!({"day": []})), &["/hours/days/day"]),
            (hours(json!({"mon": ["09:00-12:00", "11:00-13:00"]})), &["/hours/days/mon/1"]),
            (hours(json!({"mon": ["9-12"]})), &["/hours/days/mon/0"]),
            (
                json!({"hours": {"zone": "Europe/Zurich", "exceptions": {"2026-02-30": []}}}),
                &["/hours/exceptions/2026-02-30"],
            ),
            (
                json!({"faq": {"entries": [{"question": " ", "answer": "", "keywords": [""], "locale": "_"}], "unknown": ""}}),
                &[
                    "/faq/unknown",
                    "/faq/entries/0/question",
                    "/faq/entries/0/answer",
                    "/faq/entries/0/keywords",
                    "/faq/entries/0/locale",
                ],
            ),
        ] {
            assert_eq!(named(body.clone(), Needed::Nothing), pointers, "{body}");
        }
        assert!(named(hours(json!({"mon": ["09:00-12:00", "12:00-24:00"]})), Needed::Nothing).is_empty());
    }

    #[test]
    fn a_faq_is_bounded_in_all() {
        let entry = json!({"question": "x", "answer": "x".repeat(4_000)});
        assert!(named(json!({"faq": {"entries": vec![entry.clone(); 64]}}), Needed::Nothing).is_empty());
        assert_eq!(named(json!({"faq": {"entries": vec![entry.clone(); 66]}}), Needed::Nothing), ["/faq/entries"]);
        assert_eq!(
            named(json!({"faq": {"entries": vec![json!({"question": "x", "answer": "x"}); 501]}}), Needed::Nothing),
            ["/faq/entries"]
        );
    }
}
