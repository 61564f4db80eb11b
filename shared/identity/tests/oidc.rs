//! Sign-in with issuers: their documents, their keys, their tokens, the flow.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

#[path = "jose_support/mod.rs"]
mod support;

use attune_identity::jose::{JoseError, PublicAlg};
use attune_identity::oidc::*;
use serde_json::{Value, json};
use support::*;

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.example/tenant";
const CLIENT: &str = "client-1";

fn issuer() -> Issuer {
    Issuer::parse(ISSUER, Reach::Public).unwrap()
}

fn document() -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": "https://issuer.example/authorize?tenant=a",
        "token_endpoint": "https://issuer.example/token",
        "jwks_uri": "https://keys.issuer.example/jwks",
        "response_types_supported": ["code", "id_token"],
        "code_challenge_methods_supported": ["plain", "S256"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "claims_supported": ["sub"],
    })
}

fn metadata() -> Metadata {
    Metadata::parse(document().to_string().as_bytes(), &issuer()).unwrap()
}

fn pending() -> Pending {
    Pending::new(&core::array::from_fn(|index| u8::try_from(index).unwrap()))
}

#[test]
fn discovery() {
    let url = |text| discovery_url(&Issuer::parse(text, Reach::Public).unwrap());
    assert_eq!(url(ISSUER), "https://issuer.example/tenant/.well-known/openid-configuration");
    assert_eq!(url("https://a.example/"), "https://a.example/.well-known/openid-configuration");
    assert_eq!(metadata().jwks_uri, "https://keys.issuer.example/jwks");
    let with = |name: &str, value: Value| {
        let mut document = document();
        if value.is_null() {
            document.as_object_mut().unwrap().remove(name);
        } else {
            document[name] = value;
        }
        Metadata::parse(document.to_string().as_bytes(), &issuer())
    };
    for (name, value, error) in [
        ("issuer", json!("https://issuer.example/tenant/"), OidcError::DiscoveryIssuer),
        ("issuer", json!("https://issuer.example/Tenant"), OidcError::DiscoveryIssuer),
        ("issuer", Value::Null, OidcError::Form(JoseError::Missing("issuer"))),
        ("jwks_uri", Value::Null, OidcError::Form(JoseError::Missing("jwks_uri"))),
        ("jwks_uri", json!("http://issuer.example/jwks"), OidcError::Endpoint("jwks_uri")),
        ("jwks_uri", json!("https://169.254.169.254/latest"), OidcError::Endpoint("jwks_uri")),
        ("token_endpoint", json!("https://localhost/token"), OidcError::Endpoint("token_endpoint")),
        ("authorization_endpoint", json!("https://a.example/#x"), OidcError::Endpoint("authorization_endpoint")),
        ("authorization_endpoint", json!("javascript:alert(1)"), OidcError::Endpoint("authorization_endpoint")),
        ("response_types_supported", json!(["id_token"]), OidcError::Unsupported("the code flow")),
        ("code_challenge_methods_supported", json!(["plain"]), OidcError::Unsupported("PKCE with S256")),
        ("id_token_signing_alg_values_supported", json!(["HS256"]), OidcError::Unsupported("RS256 or ES256")),
        ("token_endpoint", json!(1), OidcError::Form(JoseError::Member("token_endpoint"))),
    ] {
        assert_eq!(with(name, value.clone()), Err(error), "{name} {value}");
    }
    for name in
        ["response_types_supported", "code_challenge_methods_supported", "id_token_signing_alg_values_supported"]
    {
        assert!(with(name, Value::Null).is_ok(), "{name}");
    }
    let methods = "token_endpoint_auth_methods_supported";
    assert!(with(methods, json!(["client_secret_post"])).unwrap().secret_in_body);
    assert!(!with(methods, Value::Null).unwrap().secret_in_body);
    assert!(with("authorization_response_iss_parameter_supported", json!(true)).unwrap().sends_issuer);
    assert_eq!(Metadata::parse(&vec![b' '; MAX_DISCOVERY + 1], &issuer()), Err(OidcError::Form(JoseError::TooLong)));
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT, "sub": "person-1", "exp": NOW + 600, "iat": NOW, "nonce": pending().nonce(),
        "email": "a@b.example", "email_verified": true, "name": "A B",
    })
}

fn expected(nonce: &str) -> Expectation<'_> {
    Expectation {
        issuer: Box::leak(Box::new(issuer())),
        audience: CLIENT,
        authorized_parties: &[],
        nonce: Some(nonce),
        now_s: NOW,
    }
}

fn judge_as(kind: Kind, claims: &Value, expected: &Expectation<'_>) -> Result<ExternalClaims> {
    let token = ExternalToken::parse(&es256(&ec_key(), r#"{"alg":"ES256","kid":"e"}"#, &claims.to_string()), kind)?;
    let mut keys = Jwks::default();
    let mut jwk = ec_jwk(&ec_key());
    jwk["kid"] = "e".into();
    keys.finish(Some(json!({ "keys": [jwk] }).to_string().as_bytes()), NOW).unwrap();
    let Lookup::Key(key) = keys.lookup(token.kid(), token.alg(), NOW) else { panic!("no key") };
    let ok = execute(token.check(key)?);
    token.accept(ok, expected)
}

fn judge(claims: &Value) -> Result<ExternalClaims> {
    judge_as(Kind::IdToken, claims, &expected(pending().nonce()))
}

fn with(name: &str, value: Value) -> Result<ExternalClaims> {
    let mut claims = claims();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    judge(&claims)
}

#[test]
fn each_bad_claim_has_its_name() {
    let good = judge(&claims()).unwrap();
    assert_eq!(
        (good.subject.as_str(), good.email.as_deref(), good.email_verified),
        ("person-1", Some("a@b.example"), true)
    );
    assert!(!format!("{good:?}").contains("b.example"));
    let many: Vec<_> = (0..17).map(|number| if number == 0 { CLIENT.to_owned() } else { number.to_string() }).collect();
    for (name, value, error) in [
        ("iss", json!("https://issuer.example/other"), OidcError::Issuer),
        ("iss", Value::Null, OidcError::Form(JoseError::Missing("iss"))),
        ("aud", json!("client-2"), OidcError::Audience),
        ("aud", json!([]), OidcError::Audience),
        ("aud", json!("client-1 "), OidcError::Audience),
        ("aud", json!([CLIENT, 1]), OidcError::Form(JoseError::Member("aud"))),
        ("aud", json!({CLIENT: 1}), OidcError::Form(JoseError::Member("aud"))),
        ("aud", json!(many), OidcError::Form(JoseError::Member("aud"))),
        ("aud", Value::Null, OidcError::Form(JoseError::Missing("aud"))),
        ("aud", json!([CLIENT, "other"]), OidcError::AuthorizedParty),
        ("azp", json!("client-2"), OidcError::AuthorizedParty),
        ("exp", json!(NOW - 60), OidcError::Expired),
        ("exp", Value::Null, OidcError::Form(JoseError::Missing("exp"))),
        ("exp", json!("soon"), OidcError::Form(JoseError::Member("exp"))),
        ("iat", json!(NOW + 61), OidcError::NotYetValid),
        ("iat", Value::Null, OidcError::Form(JoseError::Missing("iat"))),
        ("nbf", json!(NOW + 61), OidcError::NotYetValid),
        ("nonce", json!("other"), OidcError::Nonce),
        ("nonce", json!(""), OidcError::Nonce),
        ("nonce", Value::Null, OidcError::Nonce),
        ("sub", json!(""), OidcError::Form(JoseError::Member("sub"))),
        ("sub", json!("s".repeat(256)), OidcError::Form(JoseError::Member("sub"))),
        ("sub", Value::Null, OidcError::Form(JoseError::Missing("sub"))),
        ("email", json!(["a@b.example"]), OidcError::Form(JoseError::Member("email"))),
        ("pad", json!("x".repeat(16_384)), OidcError::Form(JoseError::TooLong)),
    ] {
        assert_eq!(with(name, value.clone()), Err(error), "{name} {value}");
    }
    assert!(
        with("exp", json!(NOW - 59)).is_ok()
            && with("nbf", json!(NOW + 60)).is_ok()
            && with("aud", json!([CLIENT])).is_ok()
    );
    assert!(with("exp", json!(NOW as f64 + 0.5)).is_ok());
    for (value, verified) in [(json!("true"), true), (json!("false"), false), (json!(1), false), (Value::Null, false)] {
        assert_eq!(with("email_verified", value).unwrap().email_verified, verified);
    }
}

#[test]
fn several_audiences_and_parties() {
    let nonce = pending();
    let expected = expected(nonce.nonce());
    let mut claims = claims();
    claims["aud"] = json!(["api", CLIENT]);
    claims["azp"] = CLIENT.into();
    assert!(judge_as(Kind::IdToken, &claims, &expected).is_ok());
    claims["azp"] = "https://app.example".into();
    assert_eq!(judge_as(Kind::IdToken, &claims, &expected), Err(OidcError::AuthorizedParty));
    let parties = Expectation { authorized_parties: &["https://app.example"], ..expected };
    assert!(judge_as(Kind::IdToken, &claims, &parties).is_ok());
    assert!(judge_as(Kind::Bearer, &claims, &parties).is_ok());
    assert!(judge_as(Kind::Bearer, &claims, &expected).is_ok());
    claims.as_object_mut().unwrap().remove("azp");
    assert_eq!(judge_as(Kind::Bearer, &claims, &parties), Err(OidcError::AuthorizedParty));
    let nobody = Expectation { audience: "", ..expected };
    claims["aud"] = "".into();
    assert_eq!(judge_as(Kind::Bearer, &claims, &nobody), Err(OidcError::Audience));
}

#[test]
fn kinds_do_not_stand_in_for_each_other() {
    let parse = |header: &str, kind| ExternalToken::parse(&es256(&ec_key(), header, "{}"), kind).map(|_| ());
    assert_eq!(parse(r#"{"alg":"ES256","typ":"at+jwt"}"#, Kind::Bearer), Ok(()));
    assert_eq!(parse(r#"{"alg":"ES256","typ":"at+jwt"}"#, Kind::IdToken), Err(OidcError::Form(JoseError::Typ)));
    for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt"] {
        let header = format!(r#"{{"alg":"ES256","typ":"{typ}"}}"#);
        assert_eq!(parse(&header, Kind::Bearer), Err(OidcError::Form(JoseError::Typ)), "{typ}");
    }
    for (header, fault) in [
        (r#"{"alg":"HS256"}"#, JoseError::AlgSymmetric),
        (r#"{"alg":"none"}"#, JoseError::AlgNone),
        (r#"{"alg":"RS512"}"#, JoseError::AlgNotAllowed),
        (r#"{"alg":"ES256","jwk":{}}"#, JoseError::HeaderJwk),
        (r#"{"alg":"ES256","jku":"https://a.example"}"#, JoseError::HeaderJku),
        (r#"{"alg":"ES256","crit":[]}"#, JoseError::Crit),
    ] {
        assert_eq!(parse(header, Kind::Bearer), Err(OidcError::Form(fault)), "{header}");
    }
    let token = rs256(&rsa_key(), r#"{"alg":"RS256","kid":"r"}"#, &claims().to_string());
    let token = ExternalToken::parse(&token, Kind::IdToken).unwrap();
    assert_eq!(
        (token.kid(), token.alg(), token.claimed_issuer().as_deref()),
        (Some("r"), PublicAlg::Rs256, Ok(ISSUER))
    );
    assert_eq!(token.accept(false, &expected(pending().nonce())), Err(OidcError::Signature));
}

#[test]
fn keys_are_kept_and_asked_for_rarely() {
    let body = |kid: &str| {
        let mut jwk = ec_jwk(&ec_key());
        jwk["kid"] = kid.into();
        json!({ "keys": [jwk] }).to_string()
    };
    let look = |jwks: &Jwks, kid: &str, now_s| match jwks.lookup(Some(kid), PublicAlg::Es256, now_s) {
        Lookup::Key(_) => "key".to_owned(),
        Lookup::Fetch => "fetch".to_owned(),
        Lookup::Refused(fault) => format!("{fault:?}"),
        Lookup::Unavailable { retry_after_s } => format!("later {retry_after_s}"),
    };
    let mut jwks = Jwks::default();
    // The first time: everybody who comes fetches until one has an answer, then nobody.
    assert_eq!(look(&jwks, "a", NOW), "fetch");
    jwks.begin(NOW);
    assert_eq!(look(&jwks, "a", NOW), "fetch");
    jwks.finish(None, NOW).unwrap();
    assert_eq!((look(&jwks, "a", NOW + 1), look(&jwks, "a", NOW + 5)), ("later 4".into(), "fetch".into()));
    jwks.begin(NOW);
    jwks.finish(Some(body("a").as_bytes()), NOW).unwrap();
    assert_eq!(look(&jwks, "a", NOW + FRESH_S - 1), "key");
    // An unknown id: one fetch a minute, whether it helps or not.
    assert_eq!((look(&jwks, "b", NOW + 1), look(&jwks, "b", NOW + 59)), ("KeyUnknown".into(), "KeyUnknown".into()));
    assert_eq!(look(&jwks, "b", NOW + 60), "fetch");
    jwks.begin(NOW + 60);
    assert_eq!((look(&jwks, "b", NOW + 60), look(&jwks, "a", NOW + 60)), ("KeyUnknown".into(), "key".into()));
    jwks.finish(Some(body("b").as_bytes()), NOW + 61).unwrap();
    assert_eq!((look(&jwks, "b", NOW + 61), look(&jwks, "a", NOW + 61)), ("key".into(), "KeyUnknown".into()));
    // Old keys are asked for again, and still used while the issuer is silent, but not for ever.
    let later = NOW + 61 + FRESH_S;
    assert_eq!(look(&jwks, "b", later), "fetch");
    jwks.begin(later);
    for bad in [None, Some(&b"{"[..]), Some(b"{\"keys\":[]}")] {
        assert_eq!(jwks.finish(bad, later).is_ok(), bad.is_none());
        assert_eq!((look(&jwks, "b", later), look(&jwks, "b", later + 59)), ("key".into(), "key".into()));
        assert_eq!(look(&jwks, "b", later + 60), "fetch");
    }
    let end = NOW + 61 + STALE_S;
    jwks.begin(end - 1);
    jwks.finish(None, end - 1).unwrap();
    assert_eq!(
        (look(&jwks, "b", end - 1), look(&jwks, "b", end), look(&jwks, "b", end + 4)),
        ("key".into(), "later 4".into(), "fetch".into())
    );
    assert_eq!(jwks.lookup(Some("b"), PublicAlg::Rs256, end - 1), Lookup::Refused(JoseError::KeyMismatch));
}

#[test]
fn the_way_there() {
    let client = Client::new(CLIENT, "https://eu1.attune.example/auth/callback", "email  openid profile").unwrap();
    let url = pending().authorize_url(
        &metadata(),
        &client,
        &[("prompt", "login"), ("state", "evil"), ("login_hint", "a&b=ü")],
    );
    assert_eq!(
        url,
        concat!(
            "https://issuer.example/authorize?tenant=a&response_type=code&client_id=client-1",
            "&redirect_uri=https%3A%2F%2Feu1.attune.example%2Fauth%2Fcallback&scope=openid%20email%20profile",
            "&state=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8&nonce=ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8",
            "&code_challenge=9F3IKnUj0Ul0zqBQ4wKOi_BqjuhVqdYwNOu0-57MIwU&code_challenge_method=S256",
            "&prompt=login&login_hint=a%26b%3D%C3%BC"
        )
    );
    let pending = pending();
    assert_eq!(Pending::from_text(&pending.to_text()), Some(pending.clone()));
    for bad in ["", "a.b.c", &pending.to_text()[1..], &format!("{}.a", pending.to_text())] {
        assert_eq!(Pending::from_text(bad), None);
    }
    assert_eq!(format!("{pending:?}"), "Pending([secret])");
    for (id, redirect, scope) in [
        ("", "https://a", ""),
        ("a b", "https://a", ""),
        ("a", "", ""),
        ("a", "https://a#b", ""),
        ("a", "https://a", "\""),
    ] {
        assert_eq!(Client::new(id, redirect, scope), Err(OidcError::Client));
    }
}

/// RFC 7636, appendix B.
#[test]
fn the_challenge_of_rfc_7636() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let pending = Pending::from_text(&format!("{verifier}.{verifier}.{verifier}")).unwrap();
    let client = Client::new("a", "https://a.example", "").unwrap();
    let url = pending.authorize_url(&metadata(), &client, &[]);
    assert!(url.contains("&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&"));
}

#[test]
fn the_way_back() {
    let (pending, metadata) = (pending(), metadata());
    let state = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let parse = |query: &str| Callback::parse(query, &pending, &metadata);
    let good = parse(&format!("code=a%2Bb+c&state={state}&session_state=x")).unwrap();
    assert_eq!((good.code(), format!("{good:?}").as_str()), ("a+b c", "Callback([secret])"));
    for (query, error) in [
        ("".to_owned(), OidcError::State),
        ("code=a".to_owned(), OidcError::State),
        ("code=a&state=".to_owned(), OidcError::State),
        (format!("code=a&state={state}x"), OidcError::State),
        (format!("code=a&state={}", &state[1..]), OidcError::State),
        ("error=access_denied&state=x".to_owned(), OidcError::State),
        (format!("code=a&state={state}&state={state}"), OidcError::CallbackForm),
        (format!("code=a&code=b&state={state}"), OidcError::CallbackForm),
        (format!("code=&state={state}"), OidcError::CallbackForm),
        (format!("state={state}"), OidcError::CallbackForm),
        (format!("code=%zz&state={state}"), OidcError::CallbackForm),
        (format!("code={}&state={state}", "a".repeat(4097)), OidcError::CallbackForm),
        (format!("code=a&state={state}&x={}", "a".repeat(8192)), OidcError::CallbackForm),
        (format!("error=access_denied&state={state}"), OidcError::Denied),
        (format!("error=x&code=a&state={state}"), OidcError::Denied),
        (format!("code=a&state={state}&iss=https%3A%2F%2Fevil.example"), OidcError::CallbackIssuer),
    ] {
        assert_eq!(parse(&query), Err(error), "{query}");
    }
    let sends = Metadata { sends_issuer: true, ..metadata.clone() };
    assert_eq!(Callback::parse(&format!("code=a&state={state}"), &pending, &sends), Err(OidcError::CallbackIssuer));
    let with_issuer = format!("code=a&state={state}&iss=https%3A%2F%2Fissuer.example%2Ftenant");
    assert!(Callback::parse(&with_issuer, &pending, &sends).is_ok() && parse(&with_issuer).is_ok());
}

#[test]
fn the_exchange() {
    let (pending, metadata) = (pending(), metadata());
    let client = Client::new("client:1", "https://a.example/cb", "").unwrap();
    let secret = ClientSecret::new("s/e:c ret".into());
    let request = pending.token_request(&metadata, &client, Some(&secret), "a+b");
    assert_eq!(request.url, "https://issuer.example/token");
    assert_eq!(
        request.body,
        "grant_type=authorization_code&code=a%2Bb&redirect_uri=https%3A%2F%2Fa.example%2Fcb&code_verifier=QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8"
    );
    // base64 of client%3A1:s%2Fe%3Ac%20ret
    assert_eq!(request.authorization.as_deref(), Some("Basic Y2xpZW50JTNBMTpzJTJGZSUzQWMlMjByZXQ="));
    let post =
        pending.token_request(&Metadata { secret_in_body: true, ..metadata.clone() }, &client, Some(&secret), "a");
    assert!(post.authorization.is_none() && post.body.ends_with("&client_id=client%3A1&client_secret=s%2Fe%3Ac%20ret"));
    let public = pending.token_request(&metadata, &client, None, "a");
    assert!(public.authorization.is_none() && public.body.ends_with("&client_id=client%3A1"));
    assert_eq!(
        format!("{request:?} {secret:?}"),
        "TokenRequest(https://issuer.example/token, [secret]) ClientSecret([secret])"
    );

    let answer = |status, text: &str| TokenResponse::parse(status, text.as_bytes());
    let good = r#"{"access_token":"x","token_type":"Bearer","expires_in":3600,"id_token":"a.b.c","scope":"openid"}"#;
    assert_eq!(answer(200, good).unwrap().id_token, "a.b.c");
    for (status, text, error) in [
        (400, r#"{"error":"invalid_grant"}"#, OidcError::TokenRefused),
        (500, "<html>", OidcError::TokenRefused),
        (200, r#"{"error":"invalid_grant"}"#, OidcError::TokenRefused),
        (200, r#"{"token_type":"bearer"}"#, OidcError::Form(JoseError::Missing("id_token"))),
        (200, r#"{"token_type":"mac","id_token":"a"}"#, OidcError::Form(JoseError::Member("token_type"))),
        (200, r#"{"token_type":"bearer","id_token":"a","id_token":"b"}"#, OidcError::Form(JoseError::Duplicate)),
        (200, "[]", OidcError::Form(JoseError::NotObject)),
    ] {
        assert_eq!(answer(status, text), Err(error), "{text}");
    }
    assert_eq!(
        TokenResponse::parse(200, &vec![b' '; MAX_TOKEN_RESPONSE + 1]),
        Err(OidcError::Form(JoseError::TooLong))
    );
}
