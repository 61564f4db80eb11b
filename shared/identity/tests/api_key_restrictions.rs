//! Publishable keys, allowed origins and networks, last use, and the expressions for scanners.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::Error;
use attune_identity::api_key::*;
use core::net::IpAddr;
use proptest::prelude::*;

const TENANT: &str = "01hzy3v5q8r2m4k6n7p9s1t3w5";
const NOW: u64 = 1_800_000_000_000;

fn peppers() -> Peppers {
    Peppers::new([("p1", "11".repeat(32))], "p1").unwrap()
}

fn key(kind: KeyKind) -> ApiKey {
    ApiKey::make(kind, Environment::Live, "eu1", TENANT, &(0..64).collect::<Vec<u8>>()).unwrap()
}

fn record(kind: KeyKind) -> ApiKeyRecord {
    let scopes = [Scope::ChatConnect].into_iter().collect();
    ApiKeyRecord::new(&key(kind), &peppers(), "widget", scopes, NOW, None).unwrap()
}

fn origins(texts: &[&str]) -> Vec<Origin> {
    texts.iter().map(|text| Origin::parse(text).unwrap()).collect()
}

fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().map(|text| Network::parse(text).unwrap()).collect()
}

fn judge(record: &ApiKeyRecord, origin: Option<&str>, address: Option<&str>) -> Result<(), Error> {
    let circumstances = Circumstances { origin, address: address.and_then(caller_address) };
    let scope = Some(Scope::ChatConnect);
    authenticate_in(&key(record.kind), Some(record), &peppers(), NOW, scope, circumstances).map(drop)
}

/// The format is in pages' sources: this text must parse for ever.
#[test]
fn golden_publishable_key() {
    let key = key(KeyKind::Publishable);
    assert_eq!(key.expose(), include_str!("golden/publishable-key.txt").trim_end());
    let parsed = ApiKey::parse(key.expose()).unwrap();
    assert_eq!(parsed, key);
    assert_eq!((parsed.kind(), parsed.environment(), parsed.cell()), (KeyKind::Publishable, Environment::Live, "eu1"));
    assert_eq!((parsed.tenant_ulid(), parsed.key_id().len()), (TENANT, 32));
    let record = record(KeyKind::Publishable).restrict(origins(&["https://shop.example"]), networks(&["192.0.2.0/24"]));
    let golden = include_str!("golden/publishable-key-record.json");
    assert_eq!(serde_json::to_string_pretty(&record.clone().unwrap()).unwrap(), golden.trim_end());
    assert_eq!(serde_json::from_str::<ApiKeyRecord>(golden).unwrap(), record.unwrap());
}

#[test]
fn one_kind_is_not_taken_for_the_other() {
    let (secret, publishable) = (key(KeyKind::Secret), key(KeyKind::Publishable));
    assert_eq!(ApiKey::parse(&secret.expose().replace("atn_", "pk_")), Err(Error::KeyLength));
    assert_eq!(ApiKey::parse(&publishable.expose().replace("pk_", "atn_")), Err(Error::KeyLength));
    assert_eq!(ApiKey::parse(&publishable.expose().replace("live", "test")), Err(Error::KeyChecksum));
    for bad in ["pk_", "pk", "pk_live_eu1", "PK_live_eu1_a_b", "pk_live_eu1_a_b_c"] {
        assert_eq!(ApiKey::parse(bad), Err(Error::KeyPrefix), "{bad}");
    }
    // a record that says another kind than the key it was found for
    let confused = ApiKeyRecord { kind: KeyKind::Secret, ..record(KeyKind::Publishable) };
    let found = authenticate(&publishable, Some(&confused), &peppers(), NOW, Scope::ChatConnect);
    assert_eq!(found, Err(Error::KeyUnknown));
}

#[test]
fn a_publishable_key_carries_little() {
    for scope in Scope::ALL {
        let scopes = [scope].into_iter().collect();
        let made = ApiKeyRecord::new(&key(KeyKind::Publishable), &peppers(), "", scopes, NOW, None).map(drop);
        let expected = if KeyKind::PUBLISHABLE.contains(scope) { Ok(()) } else { Err(Error::PublishableScope(scope)) };
        assert_eq!(made, expected);
    }
    assert!(KeyKind::PUBLISHABLE.is_subset(attune_identity::permission::BuiltIn::EndUser.permissions()));
}

#[test]
fn origins_are_exact() {
    let bare = record(KeyKind::Publishable);
    assert_eq!(judge(&bare, Some("https://shop.example"), None), Err(Error::KeyOrigin), "no origin is allowed yet");
    let stored = bare.restrict(origins(&["https://shop.example", "https://shop.example:8443"]), Vec::new()).unwrap();
    for good in ["https://shop.example", "https://shop.example:8443"] {
        assert_eq!(judge(&stored, Some(good), None), Ok(()), "{good}");
    }
    for bad in [
        "",
        "null",
        "*",
        "http://shop.example",
        "https://shop.example/",
        "https://shop.example:443",
        "https://SHOP.example",
        "https://shop.example.evil.example",
        "https://evil.example/https://shop.example",
        "https://a.shop.example",
        "https://shop.example https://evil.example",
        "https://shop.example:84",
        "https://shop.exampl",
        " https://shop.example",
    ] {
        assert_eq!(judge(&stored, Some(bad), None), Err(Error::KeyOrigin), "{bad}");
    }
    assert_eq!(judge(&stored, None, None), Err(Error::KeyOrigin));
    // who knows nothing of the caller lets no publishable key in
    let found = authenticate(&key(KeyKind::Publishable), Some(&stored), &peppers(), NOW, Scope::ChatConnect);
    assert_eq!(found, Err(Error::KeyOrigin));
}

#[test]
fn the_form_of_origins() {
    for good in [
        "https://a.example",
        "https://xn--bcher-kva.example",
        "https://a-b.example:8443",
        "https://192.0.2.1",
        "https://[2001:db8::1]",
        "https://[2001:db8::1]:8443",
        "http://localhost",
        "http://localhost:3000",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://app.localhost",
        "https://intranet",
        "https://1.example",
    ] {
        assert_eq!(Origin::parse(good).unwrap().as_str(), good);
        assert!(Origin::parse(good).unwrap().matches(good));
    }
    let long = format!("https://{}.example", "a".repeat(64));
    let longer = format!("https://{}example", "a.".repeat(130));
    for bad in [
        "",
        "null",
        "*",
        "https://",
        "https://*",
        "https://*.example",
        "a.example",
        "//a.example",
        "ftp://a.example",
        "https://a.example/",
        "https://a.example?",
        "https://a.example#x",
        "https://u@a.example",
        "https://A.example",
        "HTTPS://a.example",
        "https://a.example:443",
        "http://localhost:80",
        "https://a.example:",
        "https://a.example:0",
        "https://a.example:08443",
        "https://a.example:65536",
        "https://a.example:+1",
        "https://a.example.",
        "https://.example",
        "https://a..example",
        "https://-a.example",
        "https://a-.example",
        "https://a_b.example",
        "https://bücher.example",
        "https://256.0.0.1",
        "https://192.0.2",
        "https://1",
        "https://0x7f.0.0.1",
        "https://a.0x7f",
        "https://192.0.02.1",
        "https://[2001:DB8::1]",
        "https://[2001:db8:0::1]",
        "https://[::ffff:192.0.2.1]",
        "https://[::1",
        "https://::1",
        "http://a.example",
        "http://localhost.example",
        "http://127.0.0.2",
        "https://a.example\n",
        " https://a.example",
        &long,
        &longer,
    ] {
        assert_eq!(Origin::parse(bad), Err(Error::OriginInvalid), "{bad:?}");
        assert!(serde_json::from_value::<Origin>(bad.into()).is_err(), "{bad:?}");
    }
}

#[test]
fn networks_of_both_families() {
    let stored = record(KeyKind::Secret);
    assert_eq!(judge(&stored, None, None), Ok(()), "a key without networks is good from everywhere");
    let stored = stored.restrict(Vec::new(), networks(&["192.0.2.0/24", "2001:db8::/33", "198.51.100.7"])).unwrap();
    for good in ["192.0.2.0", "192.0.2.255", "198.51.100.7", "2001:db8::1", "2001:db8:7fff::", "::ffff:192.0.2.9"] {
        assert_eq!(judge(&stored, None, Some(good)), Ok(()), "{good}");
    }
    for bad in
        ["192.0.3.0", "192.0.1.255", "198.51.100.6", "2001:db8:8000::", "2001:db7::", "::192.0.2.1", "::ffff:192.0.3.1"]
    {
        assert_eq!(judge(&stored, None, Some(bad)), Err(Error::KeyNetwork), "{bad}");
    }
    for bad in [None, Some("no address"), Some(""), Some("192.0.2.1, 192.0.2.2"), Some("192.0.2.1:80")] {
        assert_eq!(judge(&stored, None, bad), Err(Error::KeyNetwork), "{bad:?}");
    }
    let found = authenticate(&key(KeyKind::Secret), Some(&stored), &peppers(), NOW, Scope::ChatConnect);
    assert_eq!(found, Err(Error::KeyNetwork));
}

#[test]
fn a_key_makes_none_that_is_bound_less() {
    let bound = |end: Option<u64>, nets: &[&str]| {
        let mut record = record(KeyKind::Secret).restrict(Vec::new(), networks(nets)).unwrap();
        record.expires_at = end;
        record
    };
    let free = bound(None, &[]);
    let maker = bound(Some(NOW + 10), &["192.0.2.0/24", "2001:db8::/32"]);
    assert_eq!(maker.bound_within(&free), Ok(()));
    assert_eq!(free.bound_within(&free), Ok(()));
    for good in [&["192.0.2.0/24"][..], &["192.0.2.128/25", "2001:db8:1::/48"], &["192.0.2.7"], &["2001:db8::1"]] {
        assert_eq!(bound(Some(NOW + 10), good).bound_within(&maker), Ok(()), "{good:?}");
    }
    for bad in [&[][..], &["192.0.2.0/23"], &["192.0.2.7", "192.0.3.7"], &["::/0"], &["0.0.0.0/0"], &["2001::/16"]] {
        assert_eq!(bound(Some(NOW), bad).bound_within(&maker), Err(Error::KeyBound("networks")), "{bad:?}");
    }
    for late in [None, Some(NOW + 11)] {
        assert_eq!(bound(late, &["192.0.2.7"]).bound_within(&maker), Err(Error::KeyBound("expires_at")));
    }
    let page = |texts: &[&str]| record(KeyKind::Publishable).restrict(origins(texts), Vec::new()).unwrap();
    let (one, two) = (page(&["https://a.example"]), page(&["https://a.example", "https://b.example"]));
    assert_eq!(one.bound_within(&two), Ok(()));
    assert_eq!(two.bound_within(&one), Err(Error::KeyBound("origins")));
    assert_eq!(free.bound_within(&one), Err(Error::KeyBound("origins")));
}

#[test]
fn the_form_of_networks() {
    for (text, normal) in [
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("192.0.2.1", "192.0.2.1/32"),
        ("2001:DB8::1/128", "2001:db8::1/128"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("2001:db8:0:0:8000::/65", "2001:db8:0:0:8000::/65"),
        ("128.0.0.0/1", "128.0.0.0/1"),
    ] {
        let network = Network::parse(text).unwrap();
        assert_eq!(network.to_string(), normal);
        assert_eq!(serde_json::from_value::<Network>(normal.into()).unwrap(), network);
    }
    for bad in [
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0.1/8",
        "10.0.0.0/-1",
        "2001:db8::/129",
        "2001:db8::1/64",
        "2001:db8::/256",
        "fe80::1%eth0/128",
        "::ffff:10.0.0.0/104",
        "10.0.0/8",
        "010.0.0.0/8",
        "10.0.0.0 /8",
        "10.0.0.0/8 ",
        "a.example/8",
        "10.0.0.0/1e1",
    ] {
        assert_eq!(Network::parse(bad), Err(Error::NetworkInvalid), "{bad:?}");
    }
    assert_eq!(caller_address("::ffff:192.0.2.1"), "192.0.2.1".parse().ok());
    assert_eq!(caller_address(&format!("{}::1", "0".repeat(60))), None);
}

#[test]
fn restrictions_are_counted() {
    let some: Vec<_> = (0..51).map(|n| Origin::parse(&format!("https://a{n}.example")).unwrap()).collect();
    let many: Vec<_> = (0..51).map(|n| Network::parse(&format!("10.0.{n}.0/24")).unwrap()).collect();
    let restrict = |kind, origins: &[Origin], networks: &[Network]| {
        record(kind).restrict(origins.to_vec(), networks.to_vec()).map(drop)
    };
    assert_eq!(restrict(KeyKind::Publishable, &some[..50], &many[..50]), Ok(()));
    assert_eq!(restrict(KeyKind::Secret, &[], &many[..50]), Ok(()));
    for refused in [
        restrict(KeyKind::Publishable, &some, &[]),
        restrict(KeyKind::Publishable, &[], &[]),
        restrict(KeyKind::Secret, &some[..1], &[]),
        restrict(KeyKind::Secret, &[], &many),
    ] {
        assert_eq!(refused, Err(Error::KeyRestrictions));
    }
    let twice = origins(&["https://b.example", "https://a.example", "https://b.example"]);
    assert_eq!(record(KeyKind::Publishable).restrict(twice, Vec::new()).unwrap().origins.len(), 2);
}

/// What could be read wrongly must not be read at all: a restriction that is ignored lets everybody in.
#[test]
fn an_unknown_restriction_makes_the_record_unreadable() {
    let golden = include_str!("golden/publishable-key-record.json");
    for (good, bad) in
        [("publishable", "bearer"), ("https://shop.example", "https://*"), ("192.0.2.0/24", "192.0.2.1/24")]
    {
        assert!(golden.contains(good));
        assert!(serde_json::from_str::<ApiKeyRecord>(&golden.replace(good, bad)).is_err(), "{bad}");
    }
}

#[test]
fn one_write_a_day_for_the_last_use() {
    const DAY: u64 = 86_400_000;
    let mut record = record(KeyKind::Secret);
    let steps = [(0, true), (DAY - 1, false), (DAY, true), (DAY, false), (0, false), (9 * DAY, true), (u64::MAX, true)];
    for (now, written) in steps {
        assert_eq!(record.touch(now), written, "{now}");
    }
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<ApiKeyRecord>(&text).unwrap(), record);
}

#[test]
fn order_of_refusals() {
    let stored =
        record(KeyKind::Publishable).restrict(origins(&["https://a.example"]), networks(&["10.0.0.0/8"])).unwrap();
    let at = |record: &ApiKeyRecord, origin, address: Option<IpAddr>, scope| {
        record.check(NOW, Some(scope), Circumstances { origin, address })
    };
    let (page, home) = (Some("https://a.example"), caller_address("10.1.1.1"));
    let gone = ApiKeyRecord { revoked_at: Some(1), expires_at: Some(1), ..stored.clone() };
    assert_eq!(at(&gone, None, None, Scope::RunsRead), Err(Error::KeyRevoked));
    let old = ApiKeyRecord { expires_at: Some(NOW), ..stored.clone() };
    assert_eq!(at(&old, None, None, Scope::RunsRead), Err(Error::KeyExpired));
    assert_eq!(at(&stored, None, None, Scope::RunsRead), Err(Error::KeyOrigin));
    assert_eq!(at(&stored, page, None, Scope::RunsRead), Err(Error::KeyNetwork));
    assert_eq!(at(&stored, page, home, Scope::RunsRead), Err(Error::MissingScope(Scope::RunsRead)));
    assert_eq!(at(&stored, page, home, Scope::ChatConnect), Ok(()));
    assert_eq!(stored.check(NOW, None, Circumstances { origin: page, address: home }), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What is made matches the published expression, and what matches is at most a wrong checksum away from a key.
    #[test]
    fn scanners_find_keys(entropy in prop::collection::vec(any::<u8>(), 128), cell in "[a-z][a-z0-9]{1,9}", live: bool,
                          secret in SECRET_KEY_PATTERN, publishable in PUBLISHABLE_KEY_PATTERN) {
        let environment = if live { Environment::Live } else { Environment::Test };
        for (kind, pattern, other) in [
            (KeyKind::Secret, SECRET_KEY_PATTERN, PUBLISHABLE_KEY_PATTERN),
            (KeyKind::Publishable, PUBLISHABLE_KEY_PATTERN, SECRET_KEY_PATTERN),
        ] {
            let key = ApiKey::make(kind, environment, &cell, TENANT, &entropy).unwrap();
            let matches = |pattern: &str| regex::Regex::new(&format!("^(?:{pattern})$")).unwrap().is_match(key.expose());
            prop_assert!(matches(pattern) && !matches(other), "{}", key.expose());
        }
        for text in [secret, publishable] {
            prop_assert!(matches!(ApiKey::parse(&text), Ok(_) | Err(Error::KeyChecksum)), "{}", text);
        }
    }

    /// A network holds the addresses that agree with it in the first bits, and no other.
    #[test]
    fn membership_is_the_common_prefix(base: u32, prefix in 0_u8..=32, other: u32, base6: u128, prefix6 in 0_u8..=128, other6: u128, near: bool) {
        let mask = if prefix == 0 { 0 } else { u32::MAX << (32 - prefix) };
        let other = if near { base & mask | other & !mask } else { other };
        let text = format!("{}/{prefix}", core::net::Ipv4Addr::from(base & mask));
        let address = IpAddr::from(core::net::Ipv4Addr::from(other));
        prop_assert_eq!(Network::parse(&text).unwrap().contains(address), other & mask == base & mask);

        let mask = if prefix6 == 0 { 0 } else { u128::MAX << (128 - prefix6) };
        let other = if near { base6 & mask | other6 & !mask } else { other6 };
        let network = core::net::Ipv6Addr::from(base6 & mask);
        prop_assume!(network.to_ipv4_mapped().is_none() && core::net::Ipv6Addr::from(other).to_ipv4_mapped().is_none());
        let address = IpAddr::from(core::net::Ipv6Addr::from(other));
        let network = Network::parse(&format!("{network}/{prefix6}")).unwrap();
        prop_assert_eq!(network.contains(address), other & mask == base6 & mask);
    }

    #[test]
    fn reading_never_panics(text in "(https?://)?\\PC{0,40}", other in "[0-9a-f:./]{0,50}") {
        let _ = (Origin::parse(&text), Network::parse(&text), caller_address(&text), ApiKey::parse(&text));
        let _ = (Origin::parse(&format!("https://{other}")), Origin::parse(&format!("https://[{other}]")), Network::parse(&other));
    }
}
