//! Consent, rotating tokens, scopes.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;

const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";
const BACK: &str = "https://app.test/callback";

fn consent(server: &Microsoft, scope: &str) -> Answer {
    let challenge = B64.encode(ring::digest::digest(&ring::digest::SHA256, VERIFIER.as_bytes()));
    let target = format!(
        "/common/oauth2/v2.0/authorize?client_id=app&redirect_uri={}&response_type=code&scope={}&state=s&code_challenge={challenge}\
         &code_challenge_method=S256",
        crate::oidc::encode(BACK),
        crate::oidc::encode(scope),
    );
    call(server, &Request::new("GET", &target), &target).unwrap()
}

fn given(answer: &Answer) -> String {
    Request::new("GET", answer.header("location").unwrap()).param("code").unwrap().to_owned()
}

fn token(server: &Microsoft, fields: &[(&str, &str)]) -> Value {
    let all: Vec<_> =
        [("client_id", "app"), ("client_secret", "hush")].into_iter().chain(fields.iter().copied()).collect();
    let target = "/common/oauth2/v2.0/token";
    call(server, &Request::new("POST", target).form(&all), target).unwrap().value()
}

fn redeem(server: &Microsoft, code: &str, verifier: &str) -> Value {
    let kind = ("grant_type", "authorization_code");
    token(server, &[kind, ("code", code), ("redirect_uri", BACK), ("code_verifier", verifier)])
}

const SCOPE: &str = "openid offline_access https://graph.microsoft.com/Calendars.ReadWrite";

#[test]
fn a_code_is_good_once_and_with_its_verifier() {
    let Stage { server, .. } = stage();
    server.client("app", Some("hush"));
    let code = given(&consent(&server, SCOPE));
    let tokens = redeem(&server, &code, VERIFIER);
    assert!(tokens["refresh_token"].is_string() && tokens["id_token"].is_string(), "{tokens}");
    assert_eq!(redeem(&server, &code, VERIFIER)["error_codes"], json!([54005]));
    let other = given(&consent(&server, SCOPE));
    assert_eq!(redeem(&server, &other, &VERIFIER.replace('a', "b"))["error_codes"], json!([501481]));
    let online = given(&consent(&server, "https://graph.microsoft.com/Calendars.Read"));
    assert!(redeem(&server, &online, VERIFIER)["refresh_token"].is_null(), "only with offline_access");
    server.sign_in(None);
    assert!(consent(&server, SCOPE).header("location").unwrap().contains("error=access_denied"));
}

#[test]
fn refresh_tokens_are_replaced_and_the_old_ones_stay_unless_set_otherwise() {
    let Stage { server, .. } = stage();
    server.client("app", Some("hush"));
    let first = server.refresh_token("app", ANN, &["Calendars.Read", "offline_access"]);
    let refresh = |token_text: &str, scope: &str| {
        token(&server, &[("grant_type", "refresh_token"), ("refresh_token", token_text), ("scope", scope)])
    };
    let second = refresh(&first, "Calendars.Read")["refresh_token"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert!(refresh(&first, "")["access_token"].is_string());
    assert_eq!(refresh(&first, "Mail.Read")["error"], "invalid_scope");
    server.settings(|settings| settings.refresh_once = true);
    assert!(refresh(&second, "")["access_token"].is_string());
    let again = refresh(&second, "");
    assert_eq!((again["error"].as_str(), &again["error_codes"]), (Some("invalid_grant"), &json!([700082])));
    server.revoke_account(ANN);
    assert_eq!(refresh(&first, "")["error"], "invalid_grant");
    let wrong = Request::new("POST", "/x").form(&[("client_id", "app"), ("client_secret", "no")]);
    assert_eq!(call(&server, &wrong, "/common/oauth2/v2.0/token").unwrap().status, 401);
}

#[test]
fn tokens_expire_and_scopes_are_enforced() {
    let stage = stage();
    let read = Stage { server: stage.server.clone(), token: stage.server.access_token(ANN, &["Calendars.Read"]) };
    assert_eq!(read.get("/me/calendars")["value"].as_array().unwrap().len(), 1);
    assert_eq!(read.refused("POST", "/me/events", Some(meeting(1))), is(403, "ErrorAccessDenied"));
    assert_eq!(read.refused("GET", "/me", None).0, 403);
    assert_eq!(stage.get("/me")["mail"], ANN);
    assert_eq!(stage.get("/me/mailboxSettings")["timeZone"], "W. Europe Standard Time");
    assert_eq!(stage.get(&format!("/users/{ANN}/calendar"))["isDefaultCalendar"], true);
    assert_eq!(stage.refused("GET", &format!("/users/{BEN}/events"), None), is(403, "ErrorAccessDenied"));
    stage.server.clock().advance(3_600_001);
    let late = stage.send("GET", "/me/calendars", None);
    assert_eq!(code(&late), is(401, "InvalidAuthenticationToken"));
    assert!(late.header("www-authenticate").is_some());
}
