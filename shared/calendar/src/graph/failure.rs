//! Errors (learn.microsoft.com/graph/errors, /graph/throttling; the codes that begin with `Error` are those of Exchange).

use crate::failure::{Failure, Reason};
use crate::http::Response;
use crate::wire;
use serde_json::Value;

/// Nothing for an answer of success.
///
/// # Errors
/// What [`failure`] makes of any other.
pub fn check(response: &Response) -> Result<(), Failure> {
    if (200..300).contains(&response.status) { Ok(()) } else { Err(failure(response)) }
}

/// What an error means. Its codes come first, the innermost that is known, then the status:
///
/// | status | |
/// | --- | --- |
/// | 401 | re-authorize |
/// | 403 | give up |
/// | 404 | not found |
/// | 409, 412 | conflict |
/// | 410 | full resync (the address that it may name is not followed: a new list is begun) |
/// | 408, 423, 425, 429, 509, other 5xx | retry |
/// | 501 | give up |
/// | 413, 507 | give up: too large |
pub fn failure(response: &Response) -> Failure {
    let body = wire::object(response).unwrap_or_default();
    let codes = codes(body.get("error"));
    let known = codes.iter().rev().find_map(|code| by_code(code, response));
    let code = wire::word(codes.first().copied().unwrap_or_default());
    known.unwrap_or_else(|| match response.status {
        401 => Failure::Reauthorize,
        403 => Failure::give_up(Reason::Forbidden, code),
        404 => Failure::NotFound,
        409 | 412 => Failure::Conflict,
        410 => Failure::FullResync,
        413 | 507 => Failure::give_up(Reason::TooLarge, code),
        405 | 501 => Failure::give_up(Reason::Unsupported, code),
        408 | 423 | 425 | 429 | 500.. => Failure::retry(response),
        ..=399 => wire::unreadable(),
        _ => Failure::give_up(Reason::Invalid, code),
    })
}

/// The codes of an error and of the errors inside it, from the outermost. At most 8 deep.
fn codes(error: Option<&Value>) -> Vec<&str> {
    let mut codes = Vec::new();
    let mut error = error;
    for _ in 0..8 {
        let Some(inside) = error else { break };
        codes.extend(inside.get("code").and_then(Value::as_str));
        error = inside.get("innerError").or_else(|| inside.get("innererror"));
    }
    codes
}

fn by_code(code: &str, response: &Response) -> Option<Failure> {
    // case differs between the services behind: `syncStateNotFound`, `SyncStateNotFound`
    Some(match code.to_ascii_lowercase().as_str() {
        "syncstatenotfound"
        | "syncstateinvalid"
        | "errorinvalidsyncstatedata"
        | "resyncrequired"
        | "resyncapplydifferences"
        | "resyncuploaddifferences"
        | "resyncchangesapplydifferences"
        | "resyncchangesuploaddifferences" => Failure::FullResync,
        "invalidauthenticationtoken"
        | "unauthenticated"
        | "authenticationerror"
        | "tokenexpired"
        | "lifetimevalidationfailed"
        | "insufficient_claims" => Failure::Reauthorize,
        "erroritemnotfound"
        | "itemnotfound"
        | "resourcenotfound"
        | "errorfoldernotfound"
        | "errorcalendarfoldernotfound"
        | "request_resourcenotfound"
        | "extensionnotfound" => Failure::NotFound,
        "errorirresolvableconflict"
        | "errorstaleobject"
        | "errorchangekeyrequiredforwriteoperations"
        | "resourcemodified"
        | "entitytagdoesnotmatch"
        | "errorduplicatetransactionid"
        | "namealreadyexists" => Failure::Conflict,
        "applicationthrottled"
        | "mailboxconcurrency"
        | "toomanyrequests"
        | "activitylimitreached"
        | "throttledrequest"
        | "errorserverbusy"
        | "errortoomanyobjectsopened"
        | "errorexceededconnectioncount"
        | "errormailboxstoreunavailable"
        | "errormailboxmoveinprogress"
        | "errortimeoutexpired"
        | "errorinternalservertransienterror"
        | "servicenotavailable"
        | "serviceunavailable"
        | "servicereadonly"
        | "unknownerror"
        | "generalexception"
        | "errorconnectionfailed"
        | "cannotsnapshottree"
        | "errorbatchprocessingstopped" => Failure::retry(response),
        "erroraccessdenied"
        | "accessdenied"
        | "accessrestricted"
        | "authorization_requestdenied"
        | "notallowed"
        | "errorcalendarisnotorganizer"
        | "errorcalendarcannotupdatedeleteditem" => Failure::give_up(Reason::Forbidden, wire::word(code)),
        "mailboxnotenabledforrestapi"
        | "mailboxnothostedinexchangeonline"
        | "errormailboxnotenabledforrestapi"
        | "notsupported"
        | "extensionerror" => Failure::give_up(Reason::Unsupported, wire::word(code)),
        "errorquotaexceeded" | "quotalimitreached" | "errormessagesizeexceeded" => {
            Failure::give_up(Reason::TooLarge, wire::word(code))
        }
        _ => return None,
    })
}
