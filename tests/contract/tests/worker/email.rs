//! Codes by e-mail, from the page's request to the mailbox and back: the mail is one that the SMTP server has taken.

use crate::sign_in::address;
use crate::user::{User, as_user, prove, proven, sign_up, url};
use crate::world::{Tenant, World, good, refused};
use attune_contract_tests::http::{Request, Response};
use attune_dev::keys::random_hex;
use attune_test_support::device::Device;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("a_code_from_the_mailbox_signs_in_once", round),
    ("who_has_the_address_shows_nowhere", silent),
    ("bad_requests_have_their_problems", bad),
];

const PAGE: &str = "https://shop.example";

/// A tenant with a page.
struct Shop {
    tenant: Tenant,
    owner: User,
    key: String,
}

fn shop(world: &World) -> Shop {
    let tenant = world.tenant("shop");
    let owner = sign_up(world, &tenant, "owner");
    let key = page_key(world, &owner, "chat:connect");
    Shop { tenant, owner, key }
}

fn page_key(world: &World, owner: &User, scope: &str) -> String {
    let name = random_hex(4).unwrap();
    let body = json!({"schema_version": 1, "name": name, "kind": "publishable", "scopes": [scope], "origins": [PAGE]});
    let made = good(&as_user(world, owner, "POST", "/v1/keys", Some(&body)), 201);
    made["key"].as_str().unwrap().to_owned()
}

fn from_page(key: &str, target: &str, body: &Value) -> Request {
    Request::new("POST", target).bearer(key).header("origin", PAGE).json(body)
}

fn ask(world: &World, key: &str, device: &Device, email: &str) -> Response {
    let body = json!({"schema_version": 1, "email": email, "locale": "fr"});
    prove(world, device, None, &from_page(key, "/v1/auth/email", &body))
}

fn verify(world: &World, key: &str, device: &Device, email: &str, code: &str) -> Response {
    let body = json!({"schema_version": 1, "email": email, "code": code});
    prove(world, device, None, &from_page(key, "/v1/auth/email/verify", &body))
}

/// The mails that an address has got.
fn mailbox(world: &World, email: &str) -> Vec<String> {
    let files = std::fs::read_dir(world.stack.mail_folder()).unwrap().flatten().map(|file| file.path());
    let mails = files.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
    let mails = mails.map(|path| std::fs::read_to_string(path).unwrap());
    mails.filter(|mail| mail.contains(&format!("\r\nTo: {email}\r\n"))).collect()
}

/// The code in the only mail.
fn code(world: &World, email: &str) -> String {
    let mail = world.until("the mail", || mailbox(world, email).pop());
    assert!(mail.contains("lang=3D\"fr\""), "{mail}");
    let line = mail.lines().map(str::trim).find(|line| line.len() == 8 && line.bytes().all(|b| b.is_ascii_digit()));
    line.unwrap_or_else(|| panic!("no code in {mail}")).to_owned()
}

fn wrong(code: &str) -> String {
    format!("{:08}", (code.parse::<u32>().unwrap() + 1) % 100_000_000)
}

fn round(world: &World) {
    let shop = shop(world);
    let (phone, email) = (Device::new(), address());
    let asked = ask(world, &shop.key, &phone, &email.to_uppercase());
    assert_eq!((asked.status, asked.body.len()), (202, 0));
    assert_eq!(asked.header("access-control-allow-origin"), Some(PAGE), "the page may read it");
    let code = code(world, &email);
    refused(&verify(world, &shop.key, &phone, &email, &wrong(&code)), 401, "invalid_credentials", None);
    refused(&verify(world, &shop.key, &Device::new(), &email, &code), 401, "invalid_credentials", None);
    refused(&verify(world, &shop.key, &phone, &address(), &code), 401, "invalid_credentials", None);
    let other = self::shop(world);
    refused(&verify(world, &other.key, &phone, &email, &code), 401, "invalid_credentials", None);
    let signed_in = verify(world, &shop.key, &phone, &email, &code);
    refused(&verify(world, &shop.key, &phone, &email, &code), 401, "invalid_credentials", None);
    let visitor = crate::sign_in::user(phone, &signed_in);
    let me = good(&as_user(world, &visitor, "GET", "/v1/me", None), 200);
    assert_eq!((&me["person"]["role"], &me["person"]["email"]), (&json!("end_user"), &json!(email)));
    refused(&as_user(world, &visitor, "GET", "/v1/people", None), 403, "forbidden", None);
    // in the trail by ids, as the key's doing
    let row = good(&as_user(world, &shop.owner, "GET", "/v1/audit?action=person.add", None), 200)["rows"][0].clone();
    assert_eq!(row["target"], json!(visitor.user_id));
    assert!(row["actor"].as_str().unwrap().starts_with("key_") && !row.to_string().contains(&email), "{row}");
    assert_eq!(mailbox(world, &email).len(), 1);
}

fn silent(world: &World) {
    let shop = shop(world);
    let email_of = |user: &User| {
        let me = good(&as_user(world, user, "GET", "/v1/me", None), 200);
        me["person"]["email"].as_str().unwrap().to_owned()
    };
    let (visitor, suspended) = (sign_up(world, &shop.tenant, "end_user"), sign_up(world, &shop.tenant, "end_user"));
    let emails = [email_of(&visitor), email_of(&suspended), email_of(&shop.owner), address()];
    let body = json!({"schema_version": 1, "status": "suspended"});
    let target = format!("/v1/people/{}", suspended.user_id);
    good(&as_user(world, &shop.owner, "PATCH", &target, Some(&body)), 200);
    let same = |answer: Response| {
        let told = |name: &String| !["x-request-id", "server-timing", "date", "ratelimit"].contains(&name.as_str());
        let headers: Vec<_> = answer.headers.into_iter().filter(|(name, _)| told(name)).collect();
        let text = String::from_utf8(answer.body).unwrap();
        // but for the request's own id
        let text = text.split("req_").next().unwrap_or_default().to_owned();
        (answer.status, headers, text)
    };
    let device = Device::new();
    let answers: Vec<_> = emails.iter().map(|email| same(ask(world, &shop.key, &device, email))).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 202), "{answers:?}");
    // at once again: for all alike, and with the time to wait
    for email in &emails {
        let again = ask(world, &shop.key, &device, email);
        refused(&again, 429, "rate_limited", None);
        let wait: u32 = again.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
    }
    let tries: Vec<_> = emails.iter().map(|email| same(verify(world, &shop.key, &device, email, "00000000"))).collect();
    assert!(tries.iter().all(|answer| *answer == tries[0] && answer.0 == 401), "{tries:?}");
    // who is there, and who may be there, has a mail; nobody else has
    for (email, mails) in [(&emails[0], 1), (&emails[3], 1)] {
        world.until("the mail", || (mailbox(world, email).len() == mails).then_some(()));
    }
    assert_eq!(mailbox(world, &emails[1]).len() + mailbox(world, &emails[2]).len(), 0);
}

fn bad(world: &World) {
    let shop = shop(world);
    let device = Device::new();
    let good_body = json!({"schema_version": 1, "email": address()});
    let targets = ["/v1/auth/email", "/v1/auth/email/verify"];
    let code_body = json!({"schema_version": 1, "email": address(), "code": "12345678"});
    let send = |request: &Request| prove(world, &device, None, request);
    for (target, body) in targets.into_iter().zip([&good_body, &code_body]) {
        let plain = |request: Request| world.send(&request.header("origin", PAGE).json(body));
        refused(&plain(Request::new("POST", target)), 401, "unauthenticated", None);
        refused(&plain(Request::new("POST", target).bearer(&shop.key)), 401, "invalid_dpop_proof", None);
        let elsewhere = Request::new("POST", target).bearer(&shop.key).header("origin", "https://evil.example");
        refused(&send(&elsewhere.json(body)), 403, "origin_refused", None);
        let narrow = page_key(world, &shop.owner, "voice:join");
        refused(&send(&from_page(&narrow, target, body)), 403, "forbidden", None);
        // a person's token is no page's key
        refused(&as_user(world, &shop.owner, "POST", target, Some(body)), 401, "unauthenticated", None);
        // proofs of something else, or of nothing
        let with = |proof: &str| world.send(&from_page(&shop.key, target, body).header("dpop", proof));
        let nonce = with(&device.proof("POST", &url(world, target), None, None));
        refused(&nonce, 401, "use_dpop_nonce", None);
        let nonce = nonce.header("dpop-nonce").unwrap();
        refused(&with(&device.proof("GET", &url(world, target), None, Some(nonce))), 401, "invalid_dpop_proof", None);
        refused(&with(&device.proof("POST", &url(world, "/v1/x"), None, Some(nonce))), 401, "invalid_dpop_proof", None);
        refused(&with("a.b.c"), 401, "invalid_dpop_proof", None);
        // bodies
        let mut more = body.clone();
        more["role"] = json!("owner");
        refused(&send(&from_page(&shop.key, target, &more)), 400, "invalid_body", Some("/role"));
        let mut later = body.clone();
        later["schema_version"] = json!(2);
        refused(&send(&from_page(&shop.key, target, &later)), 400, "unknown_schema_version", None);
    }
    for (field, value, pointer) in [
        ("email", json!("ada"), "/email"),
        ("email", json!("ada@example.org\r\nBcc: eve@example.org"), "/email"),
        ("email", json!(format!("{}@example.org", "a".repeat(300))), "/email"),
        ("email", json!(1), "/email"),
        ("locale", json!("de\r\n"), "/locale"),
        ("locale", json!("a-very-long-tag-of-no-language-at-all-x"), "/locale"),
    ] {
        let mut body = good_body.clone();
        body[field] = value;
        refused(&send(&from_page(&shop.key, targets[0], &body)), 400, "invalid_body", Some(pointer));
    }
    for code in ["1234567", "123456789", "1234567a", ""] {
        refused(&verify(world, &shop.key, &device, &address(), code), 400, "invalid_body", Some("/code"));
    }
    // one proof, one code: also for another address
    let first = proven(world, &device, "POST", targets[0], &good_body);
    refused(&first, 401, "unauthenticated", None);
    let nonce = world.send(
        &from_page(&shop.key, targets[0], &good_body)
            .header("dpop", &device.proof("POST", &url(world, targets[0]), None, None)),
    );
    let proof = device.proof("POST", &url(world, targets[0]), None, nonce.header("dpop-nonce"));
    let whole = |email: String| {
        let body = json!({"schema_version": 1, "email": email});
        world.send(&from_page(&shop.key, targets[0], &body).header("dpop", &proof))
    };
    assert_eq!(whole(address()).status, 202);
    refused(&whole(address()), 401, "invalid_dpop_proof", None);
}
