//! What is stored and sent is pinned.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure is to be loud")]

use attune_contracts::message::SendMailV1;
use attune_functions_kit::Message;
use lettre::message::Mailbox;
use send_mail::items;
use send_mail::mail::{ComposeError, compose};
use serde_json::{Value, json};

fn golden(name: &str, value: &Value) {
    attune_test_support::golden::golden(env!("CARGO_MANIFEST_DIR"), name, value);
}

fn message(to: &str, locale: &str, tenant_name: &str) -> Message<SendMailV1> {
    serde_json::from_value(json!({
        "v": 1, "id": "f52765c2-5aaf-5de6-9202-e6a5867728e9", "tenant": "tnt_eu1_01kgax4zr0000000000000000t", "cell": "eu1",
        "kind": "mail.send.v1", "accepted_at": 1_769_860_800_007_i64,
        "body": {
            "to": to, "locale": locale, "useless_from": 1_769_861_400_007_i64,
            "text": {"template": "sign_in_code", "values": {"code": "12345678", "minutes": 10, "tenant_name": tenant_name}},
        },
    }))
    .unwrap()
}

fn sender() -> Mailbox {
    "Attune <no-reply@attune.example>".parse().unwrap()
}

fn written(to: &str, locale: &str, tenant_name: &str) -> String {
    let mail = compose(&message(to, locale, tenant_name), &sender()).unwrap();
    String::from_utf8(mail.formatted()).unwrap()
}

#[test]
fn the_marker() {
    let begun = items::begun(&message("ada@example.org", "en", "Acme"));
    assert!(!items::is_sent(&begun));
    let sent = items::sent(begun.clone(), 1_769_860_801_234);
    assert!(items::is_sent(&sent));
    golden("items-mail", &json!([Value::from(begun), Value::from(sent)]));
}

#[test]
fn a_mail_is_the_same_bytes_again() {
    for locale in ["en", "de", "fr", "es", "pt", "ar"] {
        let text = written("ada@example.org", locale, "Zürcher & Söhne");
        assert_eq!(text, written("ada@example.org", locale, "Zürcher & Söhne"));
        assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 76), "for every server: {text}");
        golden(&format!("mail-{locale}"), &text.lines().collect());
    }
}

#[test]
fn nothing_in_a_value_becomes_a_header() {
    let text = written("ada@example.org", "en", "Acme\r\nBcc: eve@example.org\r\n\r\n");
    let headers = text.split("\r\n\r\n").next().unwrap();
    assert!(!headers.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{headers}");
    // what the edge lets in is an address here
    for good in ["a@b.co", "a.b+c-d_e'f@x-y.example.org", "!#$%&*/=?^`{|}~@example.org", "1@xn--bcher-kva.example"] {
        assert!(compose(&message(good, "en", "Acme"), &sender()).is_ok(), "{good}");
    }
    for bad in
        ["", "ada", "ada@example.org\r\nBcc: eve@example.org", "ada@example.org, eve@example.org", "<ada@example.org>"]
    {
        let composed = compose(&message(bad, "en", "Acme"), &sender());
        assert_eq!(composed.map(drop), Err(ComposeError::To), "{bad}");
    }
}
