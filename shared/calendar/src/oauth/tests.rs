use super::*;
use crate::failure::{Failure, Reason};
use crate::http::Response;
use attune_domain::Secret;
use serde_json::{Value, json};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn google() -> Provider {
    Provider::google("https://accounts.google.com", "https://oauth2.googleapis.com/")
}

fn microsoft() -> Provider {
    Provider::microsoft("https://login.microsoftonline.com", "common")
}

fn answer(status: u16, body: &Value) -> Response {
    Response { status, headers: vec![], body: body.to_string().into_bytes() }
}

#[test]
fn the_challenge_of_rfc_7636_appendix_b() {
    let verifier = secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn where_the_user_is_sent() {
    let verifier = secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let provider = google();
    let client =
        Client { provider: &provider, id: "id.apps", secret: None, redirect_uri: "https://x/v1/calendar/callback" };
    assert_eq!(
        client.authorize(Grant::Read, "s&1", &verifier, None),
        "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=id.apps\
         &redirect_uri=https%3A%2F%2Fx%2Fv1%2Fcalendar%2Fcallback\
         &scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcalendar.calendarlist.readonly\
         %20https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcalendar.events.readonly\
         %20https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fcalendar.freebusy\
         &state=s%261&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
         &access_type=offline&prompt=consent"
    );
    let provider = microsoft();
    let client = Client { provider: &provider, ..client };
    let url = client.authorize(Grant::Write, "s", &verifier, Some("a@x.com"));
    assert!(
        url.starts_with("https://login.microsoftonline.com/common/oauth2/v2.0/authorize?response_type=code&"),
        "{url}"
    );
    assert!(url.contains("&scope=https%3A%2F%2Fgraph.microsoft.com%2FCalendars.ReadWrite%20offline_access&"), "{url}");
    assert!(url.contains("&login_hint=a%40x.com") && !url.contains(verifier.expose()), "{url}");
    assert!(!client.authorize(Grant::Read, "s", &verifier, None).contains("ReadWrite"));
}

#[test]
fn codes_and_refresh_tokens_are_exchanged() {
    let provider = google();
    let key = secret("hunter2");
    let client = Client { provider: &provider, id: "id", secret: Some(&key), redirect_uri: "https://x/cb" };
    let request = client.exchange(&secret("4/P7q"), &secret("verifier"));
    let sent = |request: &crate::http::Request| String::from_utf8(request.body.clone()).unwrap();
    assert_eq!(
        sent(&request),
        "grant_type=authorization_code&code=4%2FP7q&redirect_uri=https%3A%2F%2Fx%2Fcb&code_verifier=verifier&client_id=id&client_secret=hunter2"
    );
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://oauth2.googleapis.com/token"));
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    let public = Client { secret: None, ..client };
    assert_eq!(sent(&public.refresh(&secret("1//r"))), "grant_type=refresh_token&refresh_token=1%2F%2Fr&client_id=id");
    let revoke = client.revoke(&secret("1//r")).unwrap();
    assert_eq!(
        (revoke.url.as_str(), sent(&revoke).as_str()),
        ("https://oauth2.googleapis.com/revoke", "token=1%2F%2Fr")
    );
    for request in [request, revoke, public.refresh(&secret("hunter2"))] {
        assert!(!format!("{request:?} {client:?}").contains("hunter2"));
    }
    let provider = microsoft();
    assert!(Client { provider: &provider, ..client }.revoke(&secret("x")).is_none());
}

#[test]
fn tokens_are_read_and_never_printed() {
    // RFC 6749, section 5.1
    let body = json!({"access_token": "2YotnFZFEjr1zCsicMWpAA", "token_type": "example", "expires_in": 3600});
    assert!(
        matches!(tokens(&answer(200, &body)), Err(Failure::GiveUp { reason: Reason::Unreadable, .. })),
        "no bearer token"
    );
    let body = json!({
        "access_token": "hunter2", "token_type": "bearer", "expires_in": 3599, "refresh_token": "hunter2",
        "scope": "https://www.googleapis.com/auth/calendar.calendarlist.readonly https://www.googleapis.com/auth/calendar.freebusy https://www.googleapis.com/auth/calendar.events.readonly",
    });
    let read = tokens(&answer(200, &body)).unwrap();
    assert_eq!((read.expires_in_s, read.refresh.as_ref().map(|r| r.expose().as_str())), (3599, Some("hunter2")));
    assert!(!format!("{read:?}").contains("hunter2"));
    assert!(read.grants(&google(), Grant::Read) && !read.grants(&google(), Grant::Write));
    let least = tokens(&answer(200, &json!({"access_token": "a", "token_type": "Bearer"}))).unwrap();
    assert_eq!((least.expires_in_s, least.refresh.is_none(), least.grants(&google(), Grant::Write)), (300, true, true));
    for (expires_in, seconds) in [(json!("3600"), 3600), (json!("soon"), 300), (json!(null), 300)] {
        let body = json!({"access_token": "a", "token_type": "Bearer", "expires_in": expires_in, "refresh_token": ""});
        let read = tokens(&answer(200, &body)).unwrap();
        assert_eq!((read.expires_in_s, read.refresh.is_none()), (seconds, true));
    }
    let named =
        |scope: &str| Tokens { scope: Some(scope.to_owned()), ..least.clone() }.grants(&microsoft(), Grant::Write);
    assert!(named("Calendars.ReadWrite User.Read") && named("https://graph.microsoft.com/calendars.readwrite"));
    assert!(!named("Calendars.Read offline_access"));
    let more = Tokens { scope: Some("Calendars.ReadWrite".to_owned()), ..least.clone() };
    assert!(more.grants(&microsoft(), Grant::Read), "who may write may read");
    for body in [
        json!({}),
        json!([]),
        json!({"access_token": "", "token_type": "Bearer"}),
        json!({"access_token": 1, "token_type": "Bearer"}),
    ] {
        assert!(tokens(&answer(200, &body)).is_err(), "{body}");
    }
}

#[test]
fn every_error_of_rfc_6749_and_of_the_providers() {
    let retry = Failure::Retry { after_s: None };
    for (status, word, expected) in [
        (400, "invalid_grant", Failure::Reauthorize),
        (400, "interaction_required", Failure::Reauthorize),
        (400, "consent_required", Failure::Reauthorize),
        (400, "login_required", Failure::Reauthorize),
        (400, "temporarily_unavailable", retry.clone()),
        (400, "server_error", retry.clone()),
        (429, "", retry.clone()),
        (503, "invalid_request", retry.clone()),
        (500, "", retry.clone()),
    ] {
        assert_eq!(tokens(&answer(status, &json!({"error": word}))), Err(expected), "{status} {word}");
    }
    for (status, word, expected) in [
        (401, "invalid_client", Reason::Forbidden),
        (400, "unauthorized_client", Reason::Forbidden),
        (400, "unsupported_grant_type", Reason::Unsupported),
        (400, "invalid_request", Reason::Invalid),
        (400, "invalid_scope", Reason::Invalid),
        (404, "", Reason::Invalid),
    ] {
        let failure = tokens(&answer(status, &json!({"error": word}))).unwrap_err();
        assert!(
            matches!(&failure, Failure::GiveUp { reason, detail } if *reason == expected && detail == word),
            "{failure:?}"
        );
    }
    let html = Response { status: 502, headers: vec![("Retry-After".into(), "5".into())], body: b"<html>".to_vec() };
    assert_eq!(tokens(&html), Err(Failure::Retry { after_s: Some(5) }));
}

#[test]
fn what_is_not_known_is_revoked() {
    assert_eq!(revoked(&answer(200, &json!({}))), Ok(()));
    assert_eq!(revoked(&answer(400, &json!({"error": "invalid_token"}))), Ok(()));
    assert_eq!(revoked(&answer(503, &json!({}))), Err(Failure::Retry { after_s: None }));
    assert!(matches!(revoked(&answer(400, &json!({"error": "invalid_request"}))), Err(Failure::GiveUp { .. })));
}

#[test]
fn callbacks() {
    let good = callback("state=s%201&code=4%2FP7q&scope=x").unwrap();
    assert_eq!((good.state.as_str(), good.code.expose().as_str()), ("s 1", "4/P7q"));
    assert!(!format!("{good:?}").contains("P7q"));
    for (query, fault) in [
        ("code=x", CallbackFault::Malformed),
        ("state=s", CallbackFault::Malformed),
        ("state=&code=x", CallbackFault::Malformed),
        ("state=s&code=", CallbackFault::Malformed),
        ("", CallbackFault::Malformed),
        ("state=s&error=access_denied&error_description=x", CallbackFault::Denied),
        ("state=s&error=consent_required&code=x", CallbackFault::Denied),
        ("state=s&error=server_error", CallbackFault::Later),
        ("state=s&error=temporarily_unavailable", CallbackFault::Later),
        ("state=s&error=invalid_scope", CallbackFault::Refused),
        ("state=s&error=unauthorized_client", CallbackFault::Refused),
    ] {
        assert_eq!(callback(query), Err(fault), "{query}");
    }
}
