//! The LiveKit projects of a tenant that are live now, with their opened secrets. They come from the `Tenant` object and are
//! remembered in the isolate for 3 seconds at most, like API keys.

use crate::asked::Memory;
use crate::shells::protocol::{Acted, TenantCommand};
use attune_contracts::voice::ProjectsV1;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::TenantId;
use attune_edge_kit::object::Stub;
use attune_edge_kit::{Settings, log};
use attune_identity::livekit::ProjectKey;
use attune_objects::names::{self, Class};
use attune_objects::tenant::ProjectRecord;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::rc::Rc;
use worker::Env;

/// Under this name a project's secret is sealed for its tenant.
pub const FIELD: &str = "livekit project secret";

/// A live project.
#[derive(Debug)]
pub struct Project {
    /// Its key and secret.
    pub key: ProjectKey,
    /// Address, as clients use it.
    pub url: String,
    /// Region.
    pub region: Option<String>,
}

thread_local! {
    static LIVE: RefCell<Memory<Vec<Rc<Project>>>> = RefCell::default();
}

/// Whose projects, and where to ask.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// Bindings.
    pub env: &'a Env,
    /// Configuration.
    pub settings: &'a Settings,
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The clock, ms since 1970.
    pub now: i64,
}

impl Asker<'_> {
    /// The live projects, the newest first. None when there is no such tenant.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn live(&self) -> Result<Rc<Vec<Rc<Project>>>, Problem> {
        if let Some(live) = LIVE.with_borrow(|memory| memory.get(self.tenant.as_str(), self.now)) {
            return Ok(live);
        }
        let records: Option<Vec<ProjectRecord>> = self.ask(TenantCommand::LiveProjects).await?;
        let records = records.unwrap_or_default();
        let live = records.iter().filter_map(|record| self.open(record)).map(Rc::new);
        let live = Rc::new(live.collect::<Vec<_>>());
        // One that was made a moment ago works at once.
        if !live.is_empty() {
            LIVE.with_borrow_mut(|memory| memory.put(self.tenant.as_str(), &live, self.now));
        }
        Ok(live)
    }

    /// The project that speaks for a room that was made under `api_key`: that one, or, when its time is over, the newest one of the
    /// same address. `None`: there is none any more.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn of_room(&self, api_key: &str) -> Result<Option<Rc<Project>>, Problem> {
        let live = self.live().await?;
        if let Some(own) = live.iter().find(|project| project.key.api_key() == api_key) {
            return Ok(Some(Rc::clone(own)));
        }
        let known: Option<ProjectsV1> = self.ask(TenantCommand::Projects).await?;
        let known = known.map(|all| all.projects).unwrap_or_default();
        let url = known.into_iter().find(|project| project.api_key == api_key).map(|project| project.url);
        Ok(live.iter().find(|project| url.as_ref() == Some(&project.url)).cloned())
    }

    fn open(&self, record: &ProjectRecord) -> Option<Project> {
        let opened = self.settings.master_keys.open(self.tenant.as_str(), FIELD, &record.sealed_secret);
        let text = opened.ok().and_then(|secret| String::from_utf8(secret.expose().clone()).ok());
        let key = text.and_then(|secret| ProjectKey::new(&record.api_key, &secret).ok());
        if key.is_none() {
            log::error("project.sealed").with("api_key", record.api_key.clone()).write();
        }
        Some(Project { key: key?, url: record.url.clone(), region: record.region.clone() })
    }

    async fn ask<A: DeserializeOwned>(&self, command: TenantCommand) -> Result<Option<A>, Problem> {
        let fail = |reason: String| {
            log::error("projects.unreachable").with("reason", reason).write();
            Problem::new(ProblemCode::Unavailable, "a part that this needs cannot be reached").retry_after(1)
        };
        let name = names::tenant(&self.settings.config.cell, self.tenant);
        let stub = Stub::new(self.env, Class::Tenant.binding(), &name);
        let acted = Acted { actor: "system".to_owned(), once: None, command };
        let answer = stub.call_short("/do", &acted).await.map_err(|e| fail(e.to_string()))?;
        match answer.status {
            200 => answer.read().map(Some).map_err(|e| fail(e.to_string())),
            404 => Ok(None),
            status => Err(fail(status.to_string())),
        }
    }
}

/// Forgets a tenant's projects in this isolate, so that a change made here is in force here at once.
pub fn forget(tenant: &TenantId) {
    LIVE.with_borrow_mut(|memory| memory.forget(tenant.as_str()));
}

/// The address of a project's server API, `https://…`, without a slash at its end. `None` for whatever is not a public host name with
/// TLS: the Worker calls no address, no port without TLS and no name of a private network on a tenant's word. `local`: a media
/// server on the developer's own machine will do as well.
pub fn server_address(url: &str, local: bool) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = rest.split_once(':').map_or((rest, "443"), |(host, port)| (host, port));
    let is_port = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    let is_label = |label: &str| {
        let good = label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        (1..=63).contains(&label.len()) && good && !label.starts_with('-') && !label.ends_with('-')
    };
    if !is_port || !host.split('.').all(is_label) {
        return None;
    }
    if local && matches!(host, "localhost" | "127.0.0.1") && matches!(scheme, "ws" | "http") {
        return Some(format!("http://{rest}"));
    }
    let last = host.rsplit_once('.')?.1;
    // no top-level domain begins with a digit, every form of an IPv4 address ends in a number (WHATWG URL, 3.5)
    let private =
        ["local", "localhost", "internal", "intranet", "lan", "home", "corp", "arpa", "test", "invalid", "onion"];
    let public = !last.starts_with(|c: char| c.is_ascii_digit()) && !private.contains(&last);
    (public && matches!(scheme, "wss" | "https")).then(|| format!("https://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::server_address;

    #[test]
    fn only_public_names_with_tls_are_called() {
        for (url, address) in [
            ("wss://acme.livekit.cloud", "https://acme.livekit.cloud"),
            ("wss://acme.livekit.cloud/", "https://acme.livekit.cloud"),
            ("https://lk.example.com:7881", "https://lk.example.com:7881"),
        ] {
            assert_eq!(server_address(url, false).as_deref(), Some(address));
            assert_eq!(server_address(url, true).as_deref(), Some(address));
        }
        for bad in [
            "",
            "wss://",
            "ws://acme.livekit.cloud",
            "http://acme.livekit.cloud",
            "ftp://acme.livekit.cloud",
            "wss://localhost",
            "wss://localhost:7880",
            "wss://10.0.0.1",
            "wss://169.254.169.254",
            "wss://127.1",
            "wss://0x7f000001",
            "wss://127.0.0.0x1",
            "wss://2130706433",
            "wss://[::1]",
            "wss://[fd00::1]:7880",
            "wss://metadata.google.internal",
            "wss://printer.local",
            "wss://a@b.example.com",
            "wss://b.example.com/path",
            "wss://b.example.com?x",
            "wss://b.example.com#x",
            "wss://b.example.com\\@c",
            "wss://b..example.com",
            "wss://-b.example.com",
            "wss://b.example.com:0",
            "wss://b.example.com:99999",
            "wss://b.example.com:+80",
            "wss://b.example.com:",
            "wss://b%2eexample.com",
        ] {
            assert_eq!(server_address(bad, false), None, "{bad}");
        }
        assert_eq!(server_address("ws://127.0.0.1:7880", true).as_deref(), Some("http://127.0.0.1:7880"));
        assert_eq!(server_address("ws://127.0.0.1:7880", false), None);
        assert_eq!(server_address("ws://127.0.0.1.example.com", true), None);
        assert_eq!(server_address("ws://10.0.0.1", true), None);
    }
}
