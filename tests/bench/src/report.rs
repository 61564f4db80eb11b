//! Figures and what is required of them.

use serde::Serialize;
use serde_json::{Value, json};

/// What a figure must reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// Less than a peer's figure of the same run.
    Below(f64),
}

impl Bound {
    /// Does a value reach it? What is not a number reaches nothing.
    pub fn met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
            Self::Below(peer) => value < peer,
        }
    }

    fn words(self, unit: &str) -> String {
        match self {
            Self::AtLeast(bound) => format!("at least {bound} {unit}"),
            Self::AtMost(bound) => format!("at most {bound} {unit}"),
            Self::Below(peer) => format!("below the peer's {} {unit}", rounded(peer)),
        }
    }
}

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// Part of the system.
    pub part: &'static str,
    /// What was measured.
    pub figure: String,
    /// Its value.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// In words; none for figures that only inform.
    pub requirement: Option<String>,
    /// Is the requirement met? None when there is none.
    pub met: Option<bool>,
    /// How it was measured, when its name does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
}

/// All figures of a run; each is printed as soon as it is known.
#[derive(Debug, Default)]
pub struct Report {
    figures: Vec<Figure>,
    skipped: Vec<(String, String)>,
    details: serde_json::Map<String, Value>,
}

impl Report {
    /// A figure with a requirement.
    pub fn require(
        &mut self,
        part: &'static str,
        figure: impl Into<String>,
        value: f64,
        unit: &'static str,
        bound: Bound,
    ) {
        self.add(part, figure.into(), value, unit, Some(bound), None);
    }

    /// A figure with a requirement, and how it was measured.
    pub fn require_how(
        &mut self,
        part: &'static str,
        figure: impl Into<String>,
        (value, unit): (f64, &'static str),
        bound: Bound,
        how: impl Into<String>,
    ) {
        self.add(part, figure.into(), value, unit, Some(bound), Some(how.into()));
    }

    /// A figure that only informs.
    pub fn tell(&mut self, part: &'static str, figure: impl Into<String>, value: f64, unit: &'static str) {
        self.add(part, figure.into(), value, unit, None, None);
    }

    fn add(
        &mut self,
        part: &'static str,
        figure: String,
        value: f64,
        unit: &'static str,
        bound: Option<Bound>,
        how: Option<String>,
    ) {
        let requirement = bound.map(|bound| bound.words(unit));
        let met = bound.map(|bound| bound.met(value));
        let figure = Figure { part, figure, value: rounded(value), unit, requirement, met, how };
        if let Ok(line) = serde_json::to_string(&figure) {
            println!("{line}");
        }
        self.figures.push(figure);
    }

    /// Something that was not measured, and why.
    pub fn skip(&mut self, what: impl Into<String>, why: impl std::fmt::Display) {
        let (what, why) = (what.into(), why.to_string());
        println!("{}", json!({"skipped": what, "why": why}));
        self.skipped.push((what, why));
    }

    /// A detail beside the figures: settings, counts, the parts of a sum.
    pub fn detail(&mut self, name: &str, value: Value) {
        println!("{}", json!({ "detail": name, "value": value }));
        self.details.insert(name.to_owned(), value);
    }

    /// Is every measured requirement met?
    pub fn good(&self) -> bool {
        self.figures.iter().all(|figure| figure.met != Some(false))
    }

    /// The whole report.
    pub fn document(&self, rounds: usize) -> Value {
        let missed: Vec<&str> =
            self.figures.iter().filter(|f| f.met == Some(false)).map(|f| f.figure.as_str()).collect();
        let skipped: Vec<Value> = self.skipped.iter().map(|(what, why)| json!({"what": what, "why": why})).collect();
        json!({
            "rounds": rounds, "figures": self.figures, "missed": missed, "skipped": skipped, "details": self.details,
            "met": self.good(),
        })
    }
}

/// Four significant digits: more would be noise.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a small exponent")]
    let places = 3 - value.abs().log10().floor() as i32;
    let scale = 10_f64.powi(places);
    if places <= 0 { value.round() } else { (value * scale).round() / scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_met_at_their_edge_and_peers_must_be_beaten() {
        assert!(Bound::AtMost(2.0).met(2.0) && !Bound::AtMost(2.0).met(2.01));
        assert!(Bound::AtLeast(0.6).met(0.6) && !Bound::AtLeast(0.6).met(0.59));
        assert!(Bound::Below(2.0).met(1.9) && !Bound::Below(2.0).met(2.0));
        assert!(!Bound::AtMost(2.0).met(f64::NAN) && !Bound::AtLeast(2.0).met(f64::NAN));
    }

    #[test]
    fn a_missed_figure_makes_the_report_bad() {
        let mut report = Report::default();
        report.require("x", "a", 1.0, "ms", Bound::AtMost(2.0));
        report.tell("x", "b", 9.0, "ms");
        assert!(report.good());
        report.require("x", "c", 3.0, "ms", Bound::AtMost(2.0));
        assert!(!report.good());
        assert_eq!(report.document(9)["missed"], json!(["c"]));
    }

    #[test]
    fn values_are_rounded_to_what_they_say() {
        assert_eq!(rounded(1234.567), 1235.0);
        assert_eq!(rounded(0.123_456), 0.1235);
        assert_eq!(rounded(123_456.7), 123_457.0);
    }
}
