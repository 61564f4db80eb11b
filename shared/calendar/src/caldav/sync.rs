//! What changed in a collection: by report (RFC 6578), or by comparing entity tags.

use super::address::path;
use super::answer::{by_condition, listing, multistatus};
use super::xml::{Ns, escape};
use super::{propfind, report};
use crate::failure::Failure;
use crate::http::{Request, Response};
use std::collections::BTreeMap;

/// A resource and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// In the one spelling of [`path`].
    pub path: String,
    /// DAV:getetag, verbatim with its quotes.
    pub etag: Option<String>,
}

/// A page of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// New or changed: to be read with [`super::multiget_request`].
    pub changed: Vec<Version>,
    /// Gone; paths.
    pub removed: Vec<String>,
    /// What the next request begins with; `None` when the server gave none.
    pub token: Option<String>,
    /// There is more: ask again with `token` at once.
    pub more: bool,
}

/// Asks what changed since a token; without one, for all there is.
///
/// It sets no limit (RFC 6578, section 3.7): Xandikos leaves out what is over it and gives the newest token all the same, so that
/// what it left out would never be read. Servers that cut answers on their own say so with a 507, and go on where they were.
pub fn changes_request(collection: &str, token: Option<&str>) -> Request {
    let token = escape(token.unwrap_or_default());
    let body = format!(
        "<d:sync-token>{token}</d:sync-token><d:sync-level>1</d:sync-level><d:prop><d:getetag/><d:getcontenttype/></d:prop>"
    );
    report(collection, "0", "d:sync-collection", &body)
}

/// Reads the answer.
///
/// # Errors
/// [`Failure::FullResync`] when the token is no longer good; [`Failure`].
pub fn changes(collection: &str, response: &Response) -> Result<Changes, Failure> {
    let own = path(collection);
    let answer = multistatus(response)?;
    let mut changes = Changes { token: answer.sync_token, ..Changes::default() };
    for entry in answer.entries {
        // a truncated answer says so in a response for the collection itself (section 3.6); some name it with its slash, some without
        let collection = entry.path.trim_end_matches('/') == own.trim_end_matches('/');
        match entry.status {
            Some(507) => {
                if let Some(failure) = entry.errors.iter().find_map(|error| by_condition(error, response))
                    && !entry.errors.iter().any(|error| error == "number-of-matches-within-limits")
                {
                    return Err(failure);
                }
                changes.more = true;
            }
            Some(status) if collection && status >= 400 => return Err(entry.failure(status)),
            _ if collection => {}
            Some(404 | 410) => changes.removed.push(entry.path),
            Some(status) if status >= 400 => return Err(entry.failure(status)),
            _ if is_collection(&entry.path) || !is_event(&entry.text(Ns::Dav, "getcontenttype")) => {}
            _ => changes.changed.push(Version { etag: entry.text(Ns::Dav, "getetag"), path: entry.path }),
        }
    }
    // without a token to go on with there is no going on
    changes.more &= changes.token.is_some();
    Ok(changes)
}

fn is_collection(path: &str) -> bool {
    path.ends_with('/')
}

/// Not a task, nor a note, where the media type says so.
fn is_event(media_type: &Option<String>) -> bool {
    let Some(kind) = media_type else { return true };
    let kind = kind.to_ascii_lowercase();
    kind.contains("calendar") && !["vtodo", "vjournal"].iter().any(|other| kind.contains(&format!("component={other}")))
}

/// Asks for the entity tags of all resources: for servers without sync-collection.
pub fn versions_request(collection: &str) -> Request {
    propfind(collection, "1", "<d:getetag/><d:getcontenttype/><d:resourcetype/>")
}

/// Reads the answer.
///
/// # Errors
/// [`Failure`].
pub fn versions(collection: &str, response: &Response) -> Result<Vec<Version>, Failure> {
    let own = path(collection);
    let entries = listing(response)?.into_iter().filter(|entry| {
        let collection =
            entry.prop(Ns::Dav, "resourcetype").is_some_and(|types| types.child(Ns::Dav, "collection").is_some());
        let itself = entry.path.trim_end_matches('/') == own.trim_end_matches('/');
        !collection && !itself && is_event(&entry.text(Ns::Dav, "getcontenttype"))
    });
    Ok(entries.map(|entry| Version { etag: entry.text(Ns::Dav, "getetag"), path: entry.path }).collect())
}

/// What changed between what is known (path → entity tag) and what is there.
pub fn difference(known: &BTreeMap<String, String>, there: Vec<Version>) -> Changes {
    let paths: std::collections::BTreeSet<&str> = there.iter().map(|version| version.path.as_str()).collect();
    let removed = known.keys().filter(|path| !paths.contains(path.as_str())).cloned().collect();
    let changed =
        there.iter().filter(|version| version.etag.is_none() || known.get(&version.path) != version.etag.as_ref());
    Changes { changed: changed.cloned().collect(), removed, token: None, more: false }
}
