//! Components (RFC 5545, section 3.6) with their properties in order.

use super::fault::{Fault, Reason, report};
use super::line::{Lines, Property};

/// Components within components: VCALENDAR, VEVENT, VALARM and what later standards put there (RFC 9073) need four.
pub const MAX_DEPTH: usize = 16;
/// Components of one file.
pub const MAX_COMPONENTS: usize = 200_000;

/// One component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component<'a> {
    /// Its BEGIN line.
    begin: Property<'a>,
    /// In the order of the file.
    pub properties: Vec<Property<'a>>,
    /// In the order of the file.
    pub components: Vec<Component<'a>>,
}

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree<'a> {
    /// VCALENDARs, and what stands outside of one.
    pub components: Vec<Component<'a>>,
    /// Properties outside of all components.
    pub properties: Vec<Property<'a>>,
    /// What was passed over.
    pub faults: Vec<Fault>,
}

impl<'a> Component<'a> {
    /// Its name as written.
    pub fn name(&self) -> &str {
        named(self.begin.value())
    }

    /// Has it this name, in any case?
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// The line of its BEGIN.
    pub fn line(&self) -> u32 {
        self.begin.line
    }

    /// The first property of that name.
    pub fn property(&self, name: &str) -> Option<&Property<'a>> {
        self.properties.iter().find(|property| property.is(name))
    }

    /// Can it stand within an event, with all that is in it?
    pub(crate) fn fits_in_event(&self) -> bool {
        // the reader bounds the depth
        !self.is("VCALENDAR") && !among(&OF_CALENDARS, self.name()) && self.components.iter().all(Self::fits_in_event)
    }

    /// Writes it as it was read: content lines, unfolded, each with a line feed.
    pub(crate) fn verbatim(&self, out: &mut String) {
        for (word, inner) in [("BEGIN:", true), ("END:", false)] {
            out.push_str(word);
            out.push_str(self.name());
            out.push('\n');
            if inner {
                for property in &self.properties {
                    out.push_str(property.text());
                    out.push('\n');
                }
                self.components.iter().for_each(|component| component.verbatim(out));
            }
        }
    }
}

/// A component's name in the value of BEGIN or END. Control characters around it are written as spaces, so they are read as such.
fn named(value: &str) -> &str {
    value.trim_matches(|char: char| char.is_whitespace() || char.is_control())
}

/// Reads a file into components. Whatever the bytes are, there is a tree.
///
/// Ends that are missing are added: at the end of the file, where an outer component ends, and where a component begins that cannot
/// stand within the open one.
pub fn parse(text: &[u8]) -> Tree<'_> {
    let mut tree = Tree::default();
    let mut open: Vec<Component> = Vec::new();
    let mut count = 0_usize;
    // components that are not taken in, because they are nested too deeply
    let mut beyond = 0_usize;
    for logical in Lines::new(text) {
        let property = match logical.text {
            Ok(text) => Property::new(text, logical.number),
            Err(reason) => {
                report(&mut tree.faults, logical.number, None, reason);
                continue;
            }
        };
        let Some(property) = property else {
            report(&mut tree.faults, logical.number, None, Reason::NotAProperty);
            continue;
        };
        if property.is("BEGIN") {
            count = count.saturating_add(1);
            if count > MAX_COMPONENTS {
                report(&mut tree.faults, property.line, None, Reason::TooMany);
                break;
            }
            close_before(named(property.value()), &mut open, &mut tree);
            if open.len() >= MAX_DEPTH {
                if beyond == 0 {
                    report(&mut tree.faults, property.line, None, Reason::TooDeep);
                }
                beyond = beyond.saturating_add(1);
                continue;
            }
            open.push(Component { begin: property, properties: Vec::with_capacity(16), components: Vec::new() });
        } else if property.is("END") {
            if beyond > 0 {
                beyond = beyond.saturating_sub(1);
                continue;
            }
            match open.iter().rposition(|component| component.is(named(property.value()))) {
                Some(at) => close(at, &mut open, &mut tree),
                None => report(&mut tree.faults, property.line, None, Reason::NotOpen),
            }
        } else if beyond == 0 {
            match open.last_mut() {
                Some(component) => component.properties.push(property),
                None => tree.properties.push(property),
            }
        }
    }
    close(0, &mut open, &mut tree);
    tree
}

/// Closes what is open from `at` on.
fn close<'a>(at: usize, open: &mut Vec<Component<'a>>, tree: &mut Tree<'a>) {
    while open.len() > at {
        let Some(closed) = open.pop() else { return };
        match open.last_mut() {
            Some(outer) => outer.components.push(closed),
            None => tree.components.push(closed),
        }
    }
}

/// What stands in calendars only.
const OF_CALENDARS: [&str; 5] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"];

fn among(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Closes what cannot hold a component of this name: its END is missing.
fn close_before<'a>(name: &str, open: &mut Vec<Component<'a>>, tree: &mut Tree<'a>) {
    const LEAVES: [&str; 3] = ["VALARM", "STANDARD", "DAYLIGHT"];
    if name.eq_ignore_ascii_case("VCALENDAR") {
        close(0, open, tree);
    } else if among(&OF_CALENDARS, name) {
        if let Some(at) = open.iter().position(|component| among(&OF_CALENDARS, component.name())) {
            close(at, open, tree);
        }
    } else if among(&LEAVES, name)
        && let Some(at) = open.iter().position(|component| among(&LEAVES, component.name()))
    {
        close(at, open, tree);
    }
}
