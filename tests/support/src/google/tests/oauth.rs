//! Consent, tokens, revocation, scopes.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";
const BACK: &str = "https://app.test/callback";

fn consent(google: &Google, more: &str) -> Answer {
    let challenge = B64.encode(ring::digest::digest(&ring::digest::SHA256, VERIFIER.as_bytes()));
    let target = format!(
        "/o/oauth2/v2/auth?client_id=app&redirect_uri={}&response_type=code&scope=openid%20{}&state=s%261\
         &code_challenge={challenge}&code_challenge_method=S256{more}",
        crate::oidc::encode(BACK),
        crate::oidc::encode(SCOPE),
    );
    call(google, &Request::new("GET", &target), &target).unwrap()
}

fn code(answer: &Answer) -> String {
    let to = Request::new("GET", answer.header("location").unwrap());
    assert_eq!(to.param("state"), Some("s&1"));
    to.param("code").unwrap().to_owned()
}

fn token(google: &Google, fields: &[(&str, &str)]) -> Answer {
    let all: Vec<_> =
        [("client_id", "app"), ("client_secret", "hush")].into_iter().chain(fields.iter().copied()).collect();
    call(google, &Request::new("POST", "/token").form(&all), "/token").unwrap()
}

fn redeem(google: &Google, code: &str, verifier: &str) -> Answer {
    let kind = ("grant_type", "authorization_code");
    token(google, &[kind, ("code", code), ("redirect_uri", BACK), ("code_verifier", verifier)])
}

fn error(answer: &Answer) -> (u16, String) {
    (answer.status, answer.value()["error"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_code_becomes_tokens_once_and_only_with_its_verifier() {
    let Stage { google, .. } = stage();
    google.client("app", Some("hush"));
    let given = code(&consent(&google, "&access_type=offline"));
    let tokens = redeem(&google, &given, VERIFIER).value();
    assert_eq!((tokens["token_type"].as_str(), tokens["expires_in"].as_i64()), (Some("Bearer"), Some(3599)));
    assert!(tokens["refresh_token"].is_string() && tokens["id_token"].is_string());
    assert_eq!(error(&redeem(&google, &given, VERIFIER)), is(400, "invalid_grant"), "a code is good once");
    let other = code(&consent(&google, ""));
    assert_eq!(error(&redeem(&google, &other, &VERIFIER.replace('a', "b"))), is(400, "invalid_grant"));
    let late = code(&consent(&google, ""));
    google.clock().advance(601_000);
    assert_eq!(error(&redeem(&google, &late, VERIFIER)), is(400, "invalid_grant"), "codes expire");
}

#[test]
fn a_refresh_token_comes_with_the_first_consent_and_with_prompt_consent_only() {
    let Stage { google, .. } = stage();
    google.client("app", Some("hush"));
    let has =
        |more: &str| redeem(&google, &code(&consent(&google, more)), VERIFIER).value()["refresh_token"].is_string();
    assert!(has("&access_type=offline"));
    assert!(!has("&access_type=offline"));
    assert!(has("&access_type=offline&prompt=consent"));
    assert!(!has("&prompt=consent"), "only offline access has one");
}

#[test]
fn refresh_tokens_stay_until_they_are_revoked_with_their_access_tokens() {
    let stage = stage();
    let google = &stage.google;
    google.client("app", Some("hush"));
    let refresh = google.refresh_token("app", ANN, &[SCOPE]);
    let again = || token(google, &[("grant_type", "refresh_token"), ("refresh_token", &refresh)]);
    assert!(again().value()["refresh_token"].is_null(), "they do not rotate");
    let access = again().value()["access_token"].as_str().unwrap().to_owned();
    let list = |access: &str| {
        let target = "/calendar/v3/users/me/calendarList";
        call(google, &Request::new("GET", target).bearer(access), target).unwrap().status
    };
    assert_eq!(list(&access), 200);
    let revoke = call(google, &Request::new("POST", "/revoke").form(&[("token", &refresh)]), "/revoke").unwrap();
    assert_eq!(revoke.status, 200);
    assert_eq!(list(&access), 401);
    assert_eq!(error(&again()), is(400, "invalid_grant"));
    let twice = call(google, &Request::new("POST", "/revoke").form(&[("token", &refresh)]), "/revoke").unwrap();
    assert_eq!(error(&twice), is(400, "invalid_token"));
}

#[test]
fn clients_redirects_and_grant_types_are_checked() {
    let Stage { google, .. } = stage();
    google.client("app", Some("hush"));
    let request = Request::new("POST", "/token").form(&[("client_id", "app"), ("client_secret", "wrong")]);
    assert_eq!(error(&call(&google, &request, "/token").unwrap()), is(401, "invalid_client"));
    assert_eq!(error(&token(&google, &[("grant_type", "password")])), is(400, "unsupported_grant_type"));
    let given = code(&consent(&google, ""));
    let kind = ("grant_type", "authorization_code");
    let elsewhere =
        token(&google, &[kind, ("code", &given), ("redirect_uri", "https://evil.test"), ("code_verifier", VERIFIER)]);
    assert_eq!(error(&elsewhere), is(400, "redirect_uri_mismatch"));
    google.sign_in(None);
    let refused = consent(&google, "");
    assert!(refused.header("location").unwrap().contains("error=access_denied"));
    let unknown = "/o/oauth2/v2/auth?client_id=other&response_type=code";
    assert_eq!(call(&google, &Request::new("GET", unknown), unknown).unwrap().status, 401);
}

#[test]
fn access_tokens_expire_and_allow_what_their_scopes_say() {
    let stage = stage();
    let (google, target) = (&stage.google, "/calendar/v3/calendars/primary/events");
    let read = google.access_token(ANN, &["https://www.googleapis.com/auth/calendar.readonly"]);
    let listed = call(google, &Request::new("GET", target).bearer(&read), target).unwrap();
    assert_eq!(listed.status, 200);
    let made = call(google, &Request::new("POST", target).bearer(&read).json(&meeting(1)), target).unwrap();
    assert_eq!(reason(&made), is(403, "insufficientPermissions"));
    let none = call(google, &Request::new("GET", target), target).unwrap();
    assert_eq!(reason(&none), is(401, "authError"));
    assert!(none.header("www-authenticate").is_some());
    google.clock().advance(3_600_001);
    assert_eq!(stage.refused("GET", "/calendars/primary/events", None), is(401, "authError"));
}

#[test]
fn roles_are_enforced() {
    let stage = stage();
    let shared = stage.google.calendar(BEN, "team", "Europe/Paris");
    let path = format!("/calendars/{}/events", crate::oidc::encode(&shared));
    assert_eq!(stage.refused("GET", &path, None), is(404, "notFound"));
    stage.google.share(&shared, ANN, "reader");
    assert_eq!(stage.get(&path)["accessRole"], "reader");
    assert_eq!(stage.refused("POST", &path, Some(meeting(2))), is(403, "requiredAccessLevel"));
    stage.google.share(&shared, ANN, "writer");
    stage.post(&path, meeting(2));
    stage.google.share(&shared, ANN, "freeBusyReader");
    let seen = stage.get(&path);
    assert!(seen["items"][0]["summary"].is_null() && seen["items"][0]["start"].is_object());
    let list = stage.get("/users/me/calendarList");
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let next = list["nextSyncToken"].as_str().unwrap();
    stage.google.share(&shared, ANN, "none");
    let changed = stage.get(&format!("/users/me/calendarList?syncToken={next}"));
    assert_eq!(changed["items"][0]["deleted"], true);
    assert_eq!(
        stage.refused("GET", &format!("/users/me/calendarList?syncToken={next}&minAccessRole=owner"), None).0,
        400
    );
}
