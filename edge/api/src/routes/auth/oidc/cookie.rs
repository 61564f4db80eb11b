//! What a browser keeps for us between two requests: sealed, in cookies that are sent nowhere else (`__Host-`, RFC 6265bis,
//! section 4.1.3.2) and that no script reads.

use crate::call::Call;
use attune_contracts::Problem;
use attune_domain::json;
use attune_edge_kit::random;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// The sign-in that is under way.
pub const PENDING: &str = "__Host-attune-oidc";
/// The code that is exchanged for tokens.
pub const CODE: &str = "__Host-attune-code";

/// Seconds until a sign-in has to be back from the issuer.
pub const PENDING_S: u32 = 600;
/// Seconds until the code has to be exchanged.
pub const CODE_S: u32 = 120;

/// A sign-in under way.
#[derive(Clone, Serialize, Deserialize)]
pub struct Begun {
    /// State, nonce and verifier.
    pub pending: String,
    /// The tenant.
    pub tenant: String,
    /// Its issuer.
    pub issuer: String,
    /// Where the browser goes in the end.
    pub return_to: String,
    /// When it is worth nothing any more, ms since 1970.
    pub until: i64,
}

/// A sign-in that waits for the device's key.
#[derive(Clone, Serialize, Deserialize)]
pub struct Code {
    /// Used once.
    pub id: String,
    /// The tenant.
    pub tenant: String,
    /// The person.
    pub user_id: String,
    /// When it is worth nothing any more, ms since 1970.
    pub until: i64,
}

attune_domain::silent!(Begun, Code);

/// The header `Set-Cookie` with a sealed value.
///
/// # Errors
/// `internal`.
pub fn set<T: Serialize>(call: &Call<'_>, name: &str, value: &T, seconds: u32) -> Result<String, Problem> {
    let text = serde_json::to_vec(value).map_err(|e| call.internal("cookie", e))?;
    let keys = &call.settings.master_keys;
    let sealed = keys.seal(OWNER, name, &text, random::bytes()).map_err(|e| call.internal("cookie", e))?;
    Ok(line(name, &sealed, seconds))
}

/// The header `Set-Cookie` that takes a cookie away.
pub fn clear(name: &str) -> String {
    line(name, "", 0)
}

/// The value of a cookie of ours; `None`: there is none, or none that we have sealed.
pub fn get<T: DeserializeOwned>(call: &Call<'_>, name: &str) -> Option<T> {
    let header = call.incoming.header("cookie")?;
    let opened = call.settings.master_keys.open(OWNER, name, find(&header, name)?).ok()?;
    json::from_slice(opened.expose()).ok()
}

/// Cookies belong to no tenant before they are open.
const OWNER: &str = "cookie";

fn line(name: &str, value: &str, seconds: u32) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax")
}

fn find<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header.split(';').filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v)
}

/// The origin of an address that a browser may be sent to; `None` for what is not a plain absolute one. Not a parser of all URLs:
/// what browsers could read in two ways is refused.
pub fn origin(url: &str) -> Option<&str> {
    let plain = url.len() <= 1_024
        && url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'"' | b'<' | b'>' | b'`'));
    let start = ["https://", "http://"].into_iter().find(|scheme| url.starts_with(scheme))?.len();
    let rest = url.get(start..)?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    (plain && !authority.is_empty() && !authority.contains('@')).then(|| &url[..start + end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let header = "a=1; __Host-attune-oidc=s1.m.x; b=2";
        assert_eq!(find(header, PENDING), Some("s1.m.x"));
        assert_eq!(find(header, CODE), None);
        assert_eq!(find("x__Host-attune-oidc=1", PENDING), None);
    }

    #[test]
    fn cookies_are_for_this_host_and_no_script() {
        let text = line(CODE, "v", 60);
        assert_eq!(text, "__Host-attune-code=v; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn origins_are_read_one_way_only() {
        assert_eq!(origin("https://app.example.com/in?x=1#y"), Some("https://app.example.com"));
        assert_eq!(origin("https://app.example.com:8443"), Some("https://app.example.com:8443"));
        for bad in [
            "",
            "/in",
            "//app.example.com",
            "javascript:alert(1)",
            "https:///x",
            "https://u@app.example.com/",
            "https://app.example.com\\@evil.example",
            "https://app.example.com /",
            "https://app.example.com/\r\nx: y",
            "HTTPS://app.example.com/",
        ] {
            assert_eq!(origin(bad), None, "{bad}");
        }
        assert_eq!(origin("https://app.example.com.evil.example/"), Some("https://app.example.com.evil.example"));
    }
}
