//! Mails by a real SMTP server: taken once, refused, put off; by every kind of connection; and nothing of them in logs.

use attune_dev::cloud::smtp::{self, Security};
use attune_dev::process::{Managed, Service, ports};
use attune_dev::stack::Stack;
use attune_local_tests::cloud::{Function, cloud, items, private_queues, programs, take, until};
use attune_local_tests::messages::{mail, tenant};
use attune_migrations::keys;
use attune_test_support::runtime_api::sqs_record;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

const QUEUE: &str = "attune-local-send-mail";

fn record(message: &Value) -> Value {
    sqs_record("sqs-1", QUEUE, &message.to_string(), &[])
}

/// The mails to an address, as they were taken.
fn mails(folder: &Path, to: &str) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().flatten();
    let texts = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "eml"));
    let texts = texts.map(|file| std::fs::read_to_string(file.path()).unwrap());
    texts.filter(|text| text.starts_with(&format!("X-Envelope-To: {to}\r\n"))).collect()
}

fn marker(stack: &Stack, message: &Value) -> Option<Value> {
    let id = message["id"].as_str().unwrap();
    items(stack, "identity", &keys::mail_pk(message["tenant"].as_str().unwrap(), id)).remove(keys::MAIL_SK)
}

#[test]
fn a_mail_is_taken_once_under_its_own_name() {
    let stack = cloud();
    let function = Function::start(&stack, "send-mail", &[]);
    let message = mail(&tenant(), "once@example.org", "31415926");
    assert!(function.deliver(vec![record(&message)]).is_empty());
    let taken = mails(&stack.mail_folder(), "once@example.org");
    assert_eq!(taken.len(), 1);
    let text = &taken[0];
    let id = message["id"].as_str().unwrap();
    for part in [&format!("Message-ID: <{id}@attune.example>"), "From: Attune <no-reply@attune.example>", "31415926"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains("lang=3D\"de\""), "{text}");
    let item = marker(&stack, &message).unwrap();
    assert!(item["sent_at"].is_i64(), "{item}");
    // a redelivery, alone and in a batch
    assert!(function.deliver(vec![record(&message), record(&message)]).is_empty());
    assert_eq!(mails(&stack.mail_folder(), "once@example.org").len(), 1);
    // begun and not known to be sent: the same mail again
    let sent = json!({"TableName": stack.name("identity"), "Key": {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}},
        "UpdateExpression": "REMOVE sent_at"});
    stack.api.dynamodb("UpdateItem", &sent).unwrap();
    assert!(function.deliver(vec![record(&message)]).is_empty());
    let again = mails(&stack.mail_folder(), "once@example.org");
    assert_eq!((again.len(), &again[0]), (2, &again[1]), "byte for byte");
}

#[test]
fn a_code_whose_time_is_over_is_not_sent() {
    let stack = cloud();
    let function = Function::start(&stack, "send-mail", &[]);
    let mut message = mail(&tenant(), "late@example.org", "31415926");
    message["body"]["useless_from"] = message["accepted_at"].clone();
    assert!(function.deliver(vec![record(&message)]).is_empty());
    assert_eq!((mails(&stack.mail_folder(), "late@example.org").len(), marker(&stack, &message)), (0, None));
}

#[test]
fn who_has_no_mailbox_is_given_up_and_who_is_busy_is_not() {
    let stack = cloud();
    let queues = private_queues(&stack, "mail", &["send-mail-dlq"]);
    let function = Function::start(&stack, "send-mail", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))]);
    let tenant = tenant();
    let busy = mail(&tenant, "busy+ada@example.org", "31415926");
    assert_eq!(function.deliver(vec![record(&busy)]), ["sqs-1"], "it comes again");
    let begun = marker(&stack, &busy).unwrap();
    assert!(begun.get("sent_at").is_none(), "{begun}");
    let nobody = mail(&tenant, "nobody+ada@example.org", "31415926");
    let mut broken = mail(&tenant, "ada@example.org", "31415927");
    broken["body"]["to"] = json!("ada");
    for (message, reason, detail) in [
        (&nobody, "refused", "refused: the mail server answered 550"),
        (&broken, "invalid", "invalid: /to is not an address"),
    ] {
        assert!(function.deliver(vec![record(message)]).is_empty());
        let parked = take(&stack, &format!("{queues}send-mail-dlq"), 1);
        let attributes = &parked[0].1;
        assert_eq!((attributes["attune-reason"].as_str(), attributes["attune-detail"].as_str()), (reason, detail));
    }
}

/// A server of one test's own.
struct Server {
    _process: Managed,
    folder: PathBuf,
    port: u16,
}

fn server(stack: &Stack, name: &str, security: Security<'_>, password: &str) -> Server {
    let (port, folder) = (ports::free(None).unwrap(), stack.mail_folder().join(name));
    let python = stack.tools.smtp_python.clone().unwrap();
    let service = Service {
        name: name.into(),
        command: Vec::new(),
        environment: Vec::new(),
        folder: stack.paths.root.clone(),
        records: stack.run_folder(),
        log: stack.log_folder().join(format!("{name}.log")),
        grace: Duration::from_secs(2),
    };
    let process = smtp::start(&python, ("127.0.0.1", port), &folder, password, security, service).unwrap();
    Server { _process: process, folder, port }
}

/// A root of certificates, and the server's certificate with its key.
fn certificates(folder: &Path) -> (PathBuf, PathBuf) {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    let (root_file, own_file) = (folder.join("root.pem"), folder.join("own.pem"));
    std::fs::write(&root_file, root.pem()).unwrap();
    std::fs::write(&own_file, format!("{}{}", own.pem(), key.serialize_pem())).unwrap();
    (root_file, own_file)
}

#[test]
fn tls_is_kept_to_and_a_certificate_is_checked() {
    let stack = cloud();
    let (root, own) = certificates(&stack.run_folder());
    let password = &stack.keys.smtp_password;
    let root = root.to_string_lossy();
    for (name, scheme, security) in
        [("implicit", "smtps", Security::Implicit(&own)), ("starttls", "smtp", Security::StartTls(&own))]
    {
        let server = server(&stack, name, security, password);
        let url = format!("{scheme}://127.0.0.1:{}", server.port);
        let trusting = [("ATTUNE_SMTP_URL", Some(url.as_str())), ("SSL_CERT_FILE", Some(&root))];
        let address = format!("{name}@example.org");
        let message = mail(&tenant(), &address, "31415926");
        assert_eq!(
            Function::start(&stack, "send-mail", &trusting[..1]).deliver(vec![record(&message)]),
            ["sqs-1"],
            "{name}: nobody vouches for the certificate"
        );
        assert!(Function::start(&stack, "send-mail", &trusting).deliver(vec![record(&message)]).is_empty());
        assert_eq!(mails(&server.folder, &address).len(), 1, "{name}");
    }
    // a server that offers no TLS, or another password, gets no mail; none is lost for it
    let plain = server(&stack, "plain", Security::None, password);
    let other = server(&stack, "other", Security::None, "another password");
    for (server, suffix) in [(&plain, ""), (&other, "?tls=none")] {
        let url = format!("smtp://127.0.0.1:{}{suffix}", server.port);
        let function = Function::start(&stack, "send-mail", &[("ATTUNE_SMTP_URL", Some(&url))]);
        let message = mail(&tenant(), "plain@example.org", "31415926");
        assert_eq!(function.deliver(vec![record(&message)]), ["sqs-1"], "{url}");
        assert!(mails(&server.folder, "plain@example.org").is_empty());
    }
}

#[test]
fn nothing_of_a_mail_is_logged() {
    let stack = cloud();
    let log = stack.run_folder().join("mail.log");
    let file = std::fs::File::create(&log).unwrap();
    let queues = private_queues(&stack, "silent", &["send-mail-dlq"]);
    let function = Function::start_into(&stack, "send-mail", &[("ATTUNE_QUEUE_URL_PREFIX", Some(&queues))], Some(file));
    let mut broken = mail(&tenant(), "canary@example.org", "27182818");
    broken["body"]["text"]["template"] = json!("canary");
    for to in ["canary@example.org", "busy+canary@example.org", "nobody+canary@example.org"] {
        function.deliver(vec![record(&mail(&tenant(), to, "27182818"))]);
    }
    function.deliver(vec![record(&broken)]);
    let text = until("four lines of records", || {
        let text = std::fs::read_to_string(&log).unwrap();
        (text.matches("\"outcome\"").count() >= 4).then_some(text)
    });
    for personal in ["canary", "27182818", "example.org", "Söhne"] {
        assert!(!text.contains(personal), "{personal} in {text}");
    }
    assert!(text.contains("status 451") && text.contains("\"refused\""), "{text}");
}

#[test]
fn it_starts_small() {
    let stack = cloud();
    let mut function = Function::start(&stack, "send-mail", &[]);
    function.first_poll().unwrap();
    let (kib, bytes) = (function.running().peak_kib(), std::fs::metadata(&programs()["send-mail"]).unwrap().len());
    println!("{}", json!({"function": "send-mail", "peak_kib_at_start": kib, "program_bytes": bytes}));
    assert!(kib < 20 * 1024, "{kib} KiB");
}
