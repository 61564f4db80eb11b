//! The assistant until models come: it answers with the tenant's own FAQ entries, ranked by BM25 (Robertson and Zaragoza 2009), says so
//! when it does not know, and offers a person.

use crate::fold::words;
use attune_contracts::chat::{FaqEntryV1, FaqV1};

/// What the assistant says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The whole text in pieces, in order: joined they are the message.
    pub pieces: Vec<String>,
    /// Texts that the visitor may send by a touch.
    pub replies: Vec<String>,
    /// Does a person have to come?
    pub person: bool,
}

/// Answers a visitor. What is said comes in pieces, so that it can be shown while it is made.
pub trait Responder {
    /// Answers the visitor's last message, written in this language (BCP 47), if that is known.
    fn answer(&self, message: &str, locale: Option<&str>) -> Reply;
}

/// Saturation of a word's frequency.
const K1: f64 = 1.2;
/// Influence of an entry's length.
const B: f64 = 0.75;
/// A word of the question or of a keyword counts so much more than one of the answer.
const ASKED: f64 = 3.0;
/// An entry answers when it has at least this part of the score that an entry with all words of the message would have.
const ENOUGH: f64 = 0.45;
/// Words of a piece.
const PIECE: usize = 4;

/// What is said without words of the tenant's own.
const UNKNOWN: &str = "I am sorry, I do not know the answer to that.";
const PERSON: &str = "Talk to a person";
const CALLED: &str = "I have asked for a person. Somebody will be here as soon as possible.";

/// Words too common to tell entries apart, where a tenant has few entries: English, German, French, Spanish.
const COMMON: &[&str] = &[
    "a", "an", "and", "are", "at", "can", "do", "does", "for", "have", "how", "i", "in", "is", "it", "me", "my", "of",
    "on", "or", "please", "the", "there", "to", "want", "what", "when", "where", "which", "who", "with", "you", "your",
    "das", "der", "die", "ein", "eine", "es", "fur", "ich", "ist", "kann", "mein", "meine", "mit", "haben", "habt",
    "hat", "ihr", "im", "wir", "sind", "sie", "und", "wann", "was", "wie", "wo", "zu", "c", "ce", "comment", "de",
    "des", "du", "est", "et", "je", "la", "le", "les", "mon", "ou", "pour", "que", "quel", "quelle", "un", "une",
    "como", "cual", "donde", "el", "en", "los", "mi", "para", "por", "una", "y",
];

/// The FAQ, with the weights of its words.
#[derive(Debug, Clone)]
pub struct Faq {
    entries: Vec<(FaqEntryV1, Vec<(String, f64)>)>,
    mean: f64,
    unknown: String,
    person: String,
}

impl Faq {
    /// Reads the entries in.
    pub fn new(faq: FaqV1) -> Self {
        let entries: Vec<_> =
            faq.entries.into_iter().map(|entry| (weigh(&entry), entry)).map(|(w, e)| (e, w)).collect();
        let length: f64 = entries.iter().map(|(_, weights)| total(weights)).sum();
        let mean = length / f64::from(u32::try_from(entries.len().max(1)).unwrap_or(u32::MAX));
        let or = |text: Option<String>, other: &str| text.unwrap_or_else(|| other.to_owned());
        Self { entries, mean: mean.max(1.0), unknown: or(faq.unknown, UNKNOWN), person: or(faq.person, PERSON) }
    }

    /// The best entry, with the part of the highest possible score that it has: 0 to 1.
    fn best(&self, message: &str, locale: Option<&str>) -> Option<(&FaqEntryV1, f64)> {
        let mut asked: Vec<String> = words(message);
        asked.sort_unstable();
        asked.dedup();
        let telling: Vec<_> = asked.iter().filter(|word| !COMMON.contains(&word.as_str())).cloned().collect();
        let asked = if telling.is_empty() { asked } else { telling };
        let mut best: Option<(&FaqEntryV1, f64)> = None;
        let known: Vec<(&String, f64)> = asked.iter().map(|word| (word, self.rarity(word))).collect();
        let highest: f64 = known.iter().map(|(_, rarity)| rarity * (K1 + 1.0)).sum();
        for (entry, weights) in &self.entries {
            if !speaks(entry.locale.as_deref(), locale) {
                continue;
            }
            let length = K1 * (1.0 - B + B * total(weights) / self.mean);
            let score: f64 = known
                .iter()
                .filter_map(|(word, rarity)| {
                    let (_, frequency) = weights.iter().find(|(known, _)| known == *word)?;
                    Some(rarity * frequency * (K1 + 1.0) / (frequency + length))
                })
                .sum();
            let part = if highest > 0.0 { score / highest } else { 0.0 };
            if best.is_none_or(|(_, so_far)| part > so_far) {
                best = Some((entry, part));
            }
        }
        best
    }

    /// Inverse document frequency, never negative. A word of no entry counts half as much as the rarest: it says that something else is
    /// asked, but people say the same thing in many words.
    fn rarity(&self, word: &str) -> f64 {
        let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        let with = self.entries.iter().filter(|(_, weights)| weights.iter().any(|(known, _)| known == word)).count();
        let (all, with) = (count(self.entries.len()), count(with));
        let rarity = libm::log(1.0 + (all - with + 0.5) / (with + 0.5));
        if with > 0.0 { rarity } else { rarity / 2.0 }
    }
}

impl Responder for Faq {
    fn answer(&self, message: &str, locale: Option<&str>) -> Reply {
        if words(message) == words(&self.person) {
            return Reply { pieces: pieces(CALLED), replies: Vec::new(), person: true };
        }
        match self.best(message, locale) {
            Some((entry, part)) if part >= ENOUGH => {
                Reply { pieces: pieces(&entry.answer), replies: Vec::new(), person: false }
            }
            found => {
                // what comes near is offered as a question, beside a person
                let near = found.filter(|(_, part)| *part >= ENOUGH / 3.0).map(|(entry, _)| entry.question.clone());
                let replies = near.into_iter().chain([self.person.clone()]).collect();
                Reply { pieces: pieces(&self.unknown), replies, person: false }
            }
        }
    }
}

/// Is an entry for a visitor of this language? By the primary subtags (RFC 5646); what says none is for all.
fn speaks(entry: Option<&str>, visitor: Option<&str>) -> bool {
    let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
    match (entry, visitor) {
        (Some(entry), Some(visitor)) => primary(entry) == primary(visitor),
        _ => true,
    }
}

fn total(weights: &[(String, f64)]) -> f64 {
    weights.iter().map(|(_, weight)| weight).sum()
}

fn weigh(entry: &FaqEntryV1) -> Vec<(String, f64)> {
    let mut weights: Vec<(String, f64)> = Vec::new();
    let asked = core::iter::once(&entry.question).chain(&entry.keywords).map(|text| (text, ASKED));
    for (text, weight) in asked.chain([(&entry.answer, 1.0)]) {
        for word in words(text) {
            match weights.iter_mut().find(|(known, _)| *known == word) {
                Some((_, so_far)) => *so_far += weight,
                None => weights.push((word, weight)),
            }
        }
    }
    weights
}

/// Some words each, with the spaces between them: joined they are the text.
fn pieces(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut count = 0;
    for part in text.split_inclusive(char::is_whitespace) {
        if count == PIECE {
            all.push(String::new());
            count = 0;
        }
        if let Some(last) = all.last_mut() {
            last.push_str(part);
        }
        count += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(question: &str, answer: &str, keywords: &[&str], locale: Option<&str>) -> FaqEntryV1 {
        FaqEntryV1 {
            question: question.to_owned(),
            answer: answer.to_owned(),
            keywords: keywords.iter().map(|&k| k.to_owned()).collect(),
            locale: locale.map(str::to_owned),
        }
    }

    fn faq() -> Faq {
        let entries = vec![
            entry(
                "When are you open?",
                "We are open from 9 to 17 on weekdays.",
                &["hours", "opening times", "closed"],
                Some("en"),
            ),
            entry(
                "How do I get a refund?",
                "Send the goods back within 30 days; we pay in 5 days.",
                &["money back", "return"],
                None,
            ),
            entry(
                "Where is my order?",
                "The link in the mail shows where the parcel is.",
                &["tracking", "delivery"],
                None,
            ),
            entry("Wann haben Sie geöffnet?", "Werktags von 9 bis 17 Uhr.", &["Öffnungszeiten"], Some("de")),
        ];
        Faq::new(FaqV1 { entries, unknown: None, person: None })
    }

    fn said(message: &str, locale: Option<&str>) -> String {
        faq().answer(message, locale).pieces.concat()
    }

    #[test]
    fn the_entry_that_is_meant_answers() {
        for (message, locale, begins) in [
            ("when are you open", None, "We are open"),
            ("OPENING HOURS?", Some("en-GB"), "We are open"),
            ("Refunds?", None, "Send the goods"),
            ("i want my money back", Some("en"), "Send the goods"),
            ("tracking of my delivery", None, "The link"),
            ("offnungszeiten", Some("de-AT"), "Werktags"),
            ("Wann habt ihr geöffnet", Some("de"), "Werktags"),
        ] {
            assert!(said(message, locale).starts_with(begins), "{message}: {}", said(message, locale));
        }
    }

    #[test]
    fn what_is_not_known_is_said_and_a_person_is_offered() {
        for message in
            ["do you sell helicopters in Norway", "???", "", "hours of helicopters landing in Norway near Oslo"]
        {
            let reply = faq().answer(message, None);
            assert_eq!((reply.pieces.concat().as_str(), reply.person), (UNKNOWN, false), "{message}");
            assert_eq!(reply.replies.last().map(String::as_str), Some(PERSON), "{message}");
        }
        let reply = faq().answer("talk to a person!", None);
        assert!(reply.person && reply.replies.is_empty());
        assert!(!said("Öffnungszeiten", Some("en")).starts_with("Werktags"), "another language");
        let none = Faq::new(FaqV1 { entries: vec![], unknown: Some("Nö.".to_owned()), person: None });
        assert_eq!(none.answer("x", None).pieces, ["Nö."]);
    }

    proptest! {
        #[test]
        fn nothing_that_is_said_is_lost_and_nothing_panics(message in "\\PC{0,80}", answer in "\\PC{0,200}") {
            let all = Faq::new(FaqV1 { entries: vec![entry(&message, &answer, &[], None)], unknown: None, person: None });
            let reply = all.answer(&message, None);
            let text = reply.pieces.concat();
            prop_assert!(text == answer || text == UNKNOWN);
            prop_assert_eq!(pieces(&answer).concat(), answer);
            prop_assert!(all.best(&message, None).is_none_or(|(_, part)| (0.0..=1.0).contains(&part)));
        }
    }
}
