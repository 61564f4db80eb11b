//! Every kind of credential, good and bad; all are of the side that asks.

use super::side::{PAGE, Person, Side};
use crate::http::Request;

/// The kinds.
pub const KINDS: [&str; 15] = [
    "none",
    "garbage",
    "key",
    "narrow key",
    "revoked key",
    "key as dpop",
    "publishable key",
    "publishable key of another page",
    "operator-like",
    "owner",
    "agent",
    "owner without proof",
    "owner as bearer",
    "owner with the proof of another device",
    "owner with the proof of the other side",
];

/// Those of them that open something; the others open nothing at all.
pub const GOOD: [&str; 5] = ["key", "narrow key", "publishable key", "owner", "agent"];

/// The request with a credential.
pub fn give(kind: &str, own: &Side, other: &Side, authority: &str, request: Request) -> Request {
    let path = request.target.split('?').next().unwrap_or_default();
    let url = format!("http://{authority}{path}");
    let method = request.method.clone();
    let nonce = own.nonce.borrow();
    let proven = |request: Request, by: &Person, token: &str| {
        let proof = by.device.proof(&method, &url, Some(token), Some(&nonce));
        request.header("authorization", &format!("DPoP {token}")).header("dpop", &proof)
    };
    match kind {
        "garbage" => request.header("authorization", "Bearer \u{7f}{}"),
        "key" => request.bearer(&own.key),
        "narrow key" => request.bearer(&own.narrow_key),
        "revoked key" => request.bearer(&own.dead_key),
        "key as dpop" => proven(request, &own.owner, &own.key),
        "publishable key" => request.bearer(&own.publishable_key).header("origin", PAGE),
        "publishable key of another page" => {
            request.bearer(&own.publishable_key).header("origin", "https://evil.example")
        }
        "operator-like" => request.bearer(&format!("atn_operator_{}", "0".repeat(43))),
        "owner" => proven(request, &own.owner, &own.owner.access),
        "agent" => proven(request, &own.agent, &own.agent.access),
        "owner without proof" => request.header("authorization", &format!("DPoP {}", own.owner.access)),
        "owner as bearer" => request.bearer(&own.owner.access),
        "owner with the proof of another device" => proven(request, &own.agent, &own.owner.access),
        "owner with the proof of the other side" => proven(request, &other.owner, &own.owner.access),
        _ => request,
    }
}
