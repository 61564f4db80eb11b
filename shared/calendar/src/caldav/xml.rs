//! WebDAV's XML: a small tree with namespaces, bounded, without entities of its own and without document types.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// A multistatus needs about ten.
const MAX_DEPTH: usize = 32;
/// A collection of 50,000 resources has half of it.
const MAX_NODES: usize = 1_000_000;
/// Prefixes that are bound at one place.
const MAX_PREFIXES: usize = 100;

/// The namespaces that CalDAV speaks in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ns {
    /// `DAV:`
    Dav,
    /// `urn:ietf:params:xml:ns:caldav`
    Cal,
    /// `http://calendarserver.org/ns/`
    Server,
    /// `http://apple.com/ns/ical/`
    Apple,
    Other,
}

impl Ns {
    fn of(uri: &str) -> Self {
        match uri {
            "DAV:" | "DAV" => Self::Dav,
            "urn:ietf:params:xml:ns:caldav" => Self::Cal,
            "http://calendarserver.org/ns/" => Self::Server,
            "http://apple.com/ns/ical/" => Self::Apple,
            _ => Self::Other,
        }
    }
}

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    ns: Ns,
    /// The local name.
    pub name: String,
    /// The attribute `name`, the only one that CalDAV's answers need.
    pub attribute: Option<String>,
    text: String,
    pub children: Vec<Node>,
}

impl Node {
    pub fn is(&self, ns: Ns, name: &str) -> bool {
        self.ns == ns && self.name == name
    }

    /// The first child of that name.
    pub fn child(&self, ns: Ns, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.is(ns, name))
    }

    /// All children of that name.
    pub fn children<'n>(&'n self, ns: Ns, name: &'n str) -> impl Iterator<Item = &'n Node> {
        self.children.iter().filter(move |child| child.is(ns, name))
    }

    /// The text right inside, without the blanks around it; `None` when there is nothing.
    pub fn text(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// The text right inside, with every blank.
    pub fn raw(&self) -> &str {
        &self.text
    }
}

/// The root element of a document; `None` when it is no well-formed XML, or more than the bounds allow, or has a document type.
pub(crate) fn parse(document: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(document).ok()?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{FEFF}'));
    let mut open: Vec<Node> = Vec::new();
    // (depth, prefix, namespace): what is bound where the reader is
    let mut bound: Vec<(usize, Vec<u8>, Ns)> = Vec::new();
    let mut nodes = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => {
                nodes = nodes.checked_add(1).filter(|nodes| *nodes <= MAX_NODES)?;
                if open.len() >= MAX_DEPTH {
                    return None;
                }
                open.push(element(&tag, open.len(), &mut bound)?);
            }
            Event::Empty(tag) => {
                nodes = nodes.checked_add(1).filter(|nodes| *nodes <= MAX_NODES)?;
                let node = element(&tag, open.len(), &mut bound)?;
                bound.retain(|(depth, ..)| *depth < open.len());
                match open.last_mut() {
                    Some(outer) => outer.children.push(node),
                    None => return Some(node),
                }
            }
            Event::End(_) => {
                let node = open.pop()?;
                bound.retain(|(depth, ..)| *depth < open.len());
                match open.last_mut() {
                    Some(outer) => outer.children.push(node),
                    None => return Some(node),
                }
            }
            Event::Text(text) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&text.decode().ok()?);
                }
            }
            Event::CData(text) => {
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&text.decode().ok()?);
                }
            }
            Event::GeneralRef(reference) => {
                let node = open.last_mut()?;
                match reference.resolve_char_ref().ok()? {
                    Some(char) => node.text.push(char),
                    None => node.text.push_str(resolve_predefined_entity(&reference.decode().ok()?)?),
                }
            }
            Event::DocType(_) | Event::Eof => return None,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn element(tag: &BytesStart, depth: usize, bound: &mut Vec<(usize, Vec<u8>, Ns)>) -> Option<Node> {
    let mut attribute = None;
    for one in tag.attributes().with_checks(false) {
        let one = one.ok()?;
        match one.key.as_ref() {
            b"name" => attribute = Some(one.unescape_value().ok()?.into_owned()),
            key => {
                let prefix = if key == b"xmlns" { Some(&b""[..]) } else { key.strip_prefix(b"xmlns:") };
                if let Some(prefix) = prefix {
                    bound.push((depth, prefix.to_vec(), Ns::of(&one.unescape_value().ok()?)));
                }
            }
        }
        if bound.len() > MAX_PREFIXES {
            return None;
        }
    }
    let name = tag.name();
    let prefix = name.prefix().map(|prefix| prefix.into_inner()).unwrap_or_default();
    let ns = bound.iter().rev().find(|(_, known, _)| known == prefix).map_or(Ns::Other, |(.., ns)| *ns);
    let name = std::str::from_utf8(name.local_name().into_inner()).ok()?.to_owned();
    Some(Node { ns, name, attribute, text: String::new(), children: Vec::new() })
}

/// Writes a text into a document. What XML has no place for is left out.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(char),
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out
}
