//! The stored seeds of every parser of untrusted text in this part of the crate: `seeds/<parser>/good-…` is accepted, `bad-…` is refused, and
//! no change of either makes it panic or take long.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::jose::{KeySet, PublicKey};
use attune_identity::{access, dpop, livekit, oidc, refresh};
use attune_test_support::fuzz::{self, Target};
use std::path::Path;

const NOW: u64 = 1_800_000_000;

const PARSERS: &[Target] = &[
    ("jwk", |bytes| {
        PublicKey::from_jwk(bytes).is_ok_and(|key| PublicKey::from_jwk(key.to_jwk().as_bytes()) == Ok(key))
    }),
    ("key-set", |bytes| KeySet::parse(bytes).is_ok()),
    ("dpop", |bytes| text(bytes).is_some_and(dpop_proof)),
    ("nonce", |bytes| {
        text(bytes).is_some_and(|text| dpop::NonceKey::new(&[3; 32]).unwrap().accepts(text, NOW).is_some())
    }),
    ("access", |bytes| text(bytes).is_some_and(access_token)),
    ("refresh", |bytes| text(bytes).is_some_and(refresh_token)),
    ("discovery", |bytes| oidc::Metadata::parse(bytes, &issuer()).is_ok()),
    ("issuer", |bytes| text(bytes).is_some_and(|text| oidc::Issuer::parse(text, oidc::Reach::Public).is_ok())),
    ("external-token", |bytes| text(bytes).is_some_and(external_token)),
    ("callback", |bytes| text(bytes).is_some_and(callback)),
    ("pending", |bytes| {
        text(bytes).is_some_and(|text| oidc::Pending::from_text(text).is_some_and(|pending| pending.to_text() == text))
    }),
    ("token-response", |bytes| oidc::TokenResponse::parse(200, bytes).is_ok()),
    ("livekit-token", |bytes| text(bytes).is_some_and(livekit_token)),
    ("livekit-webhook", |bytes| livekit::WebhookEvent::parse(bytes).is_ok()),
    ("livekit-participants", |bytes| livekit::parse_participants(bytes).is_ok()),
    ("livekit-egress", |bytes| {
        livekit::Egress::parse(bytes)
            .is_ok_and(|egress| livekit::Egress::parse(egress.as_json().as_bytes()) == Ok(egress))
    }),
    ("livekit-error", |bytes| {
        livekit::TwirpError::parse(404, bytes);
        true
    }),
];

fn text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok()
}

fn dpop_proof(text: &str) -> bool {
    let url = "https://server.example.com/token";
    let expected =
        dpop::Expectation { method: "POST", url, now_s: 1_562_262_620, access_token: None, key: None, nonces: None };
    dpop::Proof::parse(text)
        .is_ok_and(|proof| proof.check().signature.len() == 64 && proof.accept(true, &expected).is_ok())
}

fn access_token(text: &str) -> bool {
    access::AccessKeys::new([("a1", "11".repeat(32))], "a1").unwrap().verify(text, "eu1", NOW).is_ok()
}

fn refresh_token(text: &str) -> bool {
    let keys = refresh::RefreshKeys::new::<&str>(&"11".repeat(32), []).unwrap();
    refresh::RefreshToken::parse(text)
        .is_ok_and(|(token, secret)| keys.verify(&token, &secret, "eu1").is_ok() && keys.make(&token).expose() == text)
}

fn issuer() -> oidc::Issuer {
    oidc::Issuer::parse("https://issuer.example/tenant", oidc::Reach::Public).unwrap()
}

fn external_token(text: &str) -> bool {
    let issuer = issuer();
    let expected = oidc::Expectation {
        issuer: &issuer,
        audience: "client-1",
        authorized_parties: &[],
        nonce: Some("n"),
        now_s: NOW,
    };
    oidc::ExternalToken::parse(text, oidc::Kind::IdToken)
        .is_ok_and(|token| token.claimed_issuer().is_ok() && token.accept(true, &expected).is_ok())
}

fn callback(text: &str) -> bool {
    let metadata = oidc::Metadata {
        issuer: issuer(),
        authorization_endpoint: String::new(),
        token_endpoint: String::new(),
        jwks_uri: String::new(),
        sends_issuer: false,
        secret_in_body: false,
    };
    let pending = oidc::Pending::new(&core::array::from_fn(|at| u8::try_from(at).unwrap()));
    oidc::Callback::parse(text, &pending, &metadata).is_ok()
}

fn livekit_token(text: &str) -> bool {
    let key = livekit::ProjectKey::new("APIabc", "kdkSAwGuFvXlLG7Pjr1yJ2Wz0HfTq5Bn").unwrap();
    livekit::Token::parse(text).is_ok_and(|token| token.claimed_api_key().is_ok() && token.verify(&key, NOW).is_ok())
}

fn seeds(parser: &str) -> Vec<(String, Vec<u8>)> {
    fuzz::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(parser))
}

#[test]
fn each_seed_is_judged_as_its_name_says() {
    for (name, parser) in PARSERS {
        let seeds = seeds(name);
        assert!(seeds.iter().any(|(seed, _)| seed.starts_with("good")), "{name} has no good seed");
        for (seed, bytes) in seeds {
            assert_eq!(parser(&bytes), seed.starts_with("good"), "{name}/{seed}");
        }
    }
}

#[test]
fn no_change_of_a_seed_makes_a_parser_panic_or_linger() {
    fuzz::run(PARSERS, |name| seeds(name).into_iter().map(|(_, bytes)| bytes).collect());
}
