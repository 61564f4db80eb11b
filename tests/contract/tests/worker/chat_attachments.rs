//! Pictures in live chat: stored as what they are, seen by members only, carried once, and gone with their message.

use crate::chat::{Chat, PAGE, ROOMS, Site, site, text};
use crate::user::prove;
use crate::world::{World, good, id, refused};
use attune_chat::frame::{Attachment, Down, Up};
use attune_chat::picture::MAX_PICTURE;
use attune_contract_tests::http::{Request, Response};
use attune_test_support::device::Device;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("a_picture_is_seen_by_members_only", members_only),
    ("what_is_no_picture_or_too_large_is_refused", no_pictures),
    ("a_picture_is_carried_once_and_by_its_maker", carried_once),
    ("a_redaction_takes_the_bytes_away", redacted),
];

/// One white dot.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cc\xf8\x0f\0\x01\x01\x01\0\x1b\xb6\xee\x56\0\0\0\0IEND\xaeB`\x82";

/// A visitor with a room.
struct Visitor<'a> {
    world: &'a World,
    site: &'a Site,
    device: Device,
    room: String,
    ticket: Value,
}

impl<'a> Visitor<'a> {
    fn new(world: &'a World, site: &'a Site) -> Self {
        let device = Device::new();
        let ticket = site.open(world, &device);
        Self { world, site, room: text(&ticket, "room_id").to_owned(), device, ticket }
    }

    fn path(&self, of: &str) -> String {
        format!("{ROOMS}/{}/{of}", self.room)
    }

    fn ask(&self, request: &Request) -> Response {
        prove(self.world, &self.device, None, request)
    }

    fn upload(&self, media_type: &str, bytes: &[u8]) -> Response {
        self.ask(&self.site.request(&self.path("attachments")).bytes(media_type, bytes))
    }

    /// Stores a picture; its id.
    fn picture(&self) -> String {
        text(&good(&self.upload("image/png", PNG), 201), "attachment_id").to_owned()
    }

    fn read(&self, site: &Site, attachment: &str) -> Request {
        Request { method: "GET".into(), ..site.request(&self.path(&format!("attachments/{attachment}"))) }
    }

    /// Sends the frame of a message; the frames that it caused for the sender.
    fn send(&self, words: &str, attachments: &[&str]) -> Value {
        let frame = json!({"t": "send", "id": &id("x")[2..], "text": words, "attachments": attachments});
        good(&self.ask(&self.site.request(&self.path("frames")).json(&frame)), 200)
    }

    /// Does something lie in the bucket?
    fn stored(&self, attachment: &str) -> bool {
        let stack = &self.world.stack;
        let path = format!("/{}/{}/{}/{attachment}", stack.name("chat"), self.site.tenant.id, self.room);
        stack.api.s3("HEAD", &path, b"").unwrap().status == 200
    }
}

fn members_only(world: &World) {
    let (site_a, site_b) = (site(world), site(world));
    let visitor = Visitor::new(world, &site_a);
    let answer = visitor.upload("image/png", PNG);
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    let made = good(&answer, 201);
    let picture = text(&made, "attachment_id");
    assert_eq!(made, json!({"schema_version": 1, "attachment_id": picture, "type": "image/png", "size": PNG.len()}));
    assert!(visitor.stored(picture));
    // before it is sent: its maker's
    let read = visitor.read(&site_a, picture);
    let bytes = visitor.ask(&read);
    assert_eq!((bytes.status, bytes.body.as_slice()), (200, PNG));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "attachment"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, max-age=3600"),
        ("access-control-allow-origin", PAGE),
    ] {
        assert_eq!(bytes.header(name), Some(value), "{name}");
    }
    let at_desk = Request::new("GET", &read.target).bearer(&site_a.desk);
    refused(&world.send(&at_desk), 404, "not_found", None);
    let mut chat = Chat::join(world, &visitor.ticket);
    chat.up(&Up::Send { id: id("x")[2..].to_owned(), text: String::new(), attachments: vec![picture.to_owned()] });
    let event = chat.event("the picture", |event| !event.attachments.is_empty());
    let carried = Attachment { id: picture.to_owned(), media_type: "image/png".into(), size: PNG.len() as u64 };
    assert_eq!((event.text.as_deref(), event.attachments), (Some(""), vec![carried]));
    // after that: the members'
    assert_eq!(world.send(&at_desk).body, PNG);
    refused(&prove(world, &Device::new(), None, &read), 403, "forbidden", None);
    refused(&world.send(&read), 401, "invalid_dpop_proof", None);
    let (theirs, desk) = (visitor.read(&site_b, picture), Request::new("GET", &read.target).bearer(&site_b.desk));
    refused(&prove(world, &visitor.device, None, &theirs), 404, "not_found", None);
    refused(&world.send(&desk), 404, "not_found", None);
    // another room of the same tenant does not know it
    let other = Visitor::new(world, &site_a);
    refused(&other.ask(&other.read(&site_a, picture)), 404, "not_found", None);
    for unknown in ["x", &id("att"), "..%2f..%2fx"] {
        refused(&visitor.ask(&visitor.read(&site_a, unknown)), 404, "not_found", None);
    }
}

fn no_pictures(world: &World) {
    let site = site(world);
    let visitor = Visitor::new(world, &site);
    let jpeg = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    for (media_type, bytes) in [
        ("image/svg+xml", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".as_slice()),
        ("image/png", b"<html><script>alert(1)</script></html>"),
        ("image/png", jpeg),
        ("image/jpeg", PNG),
        ("image/png", b""),
        ("application/octet-stream", PNG),
        ("text/html", PNG),
        ("image/png, text/html", PNG),
    ] {
        refused(&visitor.upload(media_type, bytes), 415, "unsupported_media_type", None);
    }
    let mut untold = site.request(&visitor.path("attachments"));
    untold.body = Some(PNG.to_vec());
    refused(&visitor.ask(&untold), 415, "unsupported_media_type", None);
    assert_eq!(good(&visitor.upload("image/jpeg", jpeg), 201)["type"], "image/jpeg");
    let mut large = PNG.to_vec();
    large.resize(MAX_PICTURE, 0);
    assert_eq!(good(&visitor.upload("image/png", &large), 201)["size"], MAX_PICTURE);
    large.push(0);
    refused(&visitor.upload("image/png", &large), 413, "payload_too_large", None);
    let mut pieces = site.request(&visitor.path("attachments")).bytes("image/png", large);
    pieces.chunked = true;
    refused(&visitor.ask(&pieces), 413, "payload_too_large", None);
    // who is no member stores nothing
    let upload = site.request(&visitor.path("attachments")).bytes("image/png", PNG);
    refused(&prove(world, &Device::new(), None, &upload), 403, "forbidden", None);
    refused(&world.send(&upload), 401, "invalid_dpop_proof", None);
    good(&site.desk(world, &visitor.room, "end"), 200);
    refused(&visitor.upload("image/png", PNG), 410, "room_ended", None);
}

fn carried_once(world: &World) {
    let site = site(world);
    let (visitor, other) = (Visitor::new(world, &site), Visitor::new(world, &site));
    let own: Vec<String> = (0..5).map(|_| visitor.picture()).collect();
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let theirs = other.picture();
    let code = |frames: Value| frames[0]["code"].as_str().map(str::to_owned);
    for (attachments, refusal) in [
        (vec![theirs.as_str()], "not_found"),
        (vec!["x"], "not_found"),
        (vec![own[0], own[0]], "not_found"),
        (vec![own[0], &theirs], "not_found"),
        (own.clone(), "invalid"),
        (vec![], "invalid"),
    ] {
        assert_eq!(code(visitor.send("", &attachments)).as_deref(), Some(refusal), "{attachments:?}");
    }
    // staff cannot send what the visitor has made
    let frame = json!({"t": "send", "id": &id("x")[2..], "text": "", "attachments": [own[0]]});
    let at_desk = Request::new("POST", &visitor.path("frames")).bearer(&site.desk).json(&frame);
    assert_eq!(code(good(&world.send(&at_desk), 200)).as_deref(), Some("not_found"));
    assert_eq!(visitor.send("look", &own[..4])[0]["t"], "ack");
    assert_eq!(code(visitor.send("again", &own[..1])).as_deref(), Some("not_found"));
    assert_eq!(visitor.send("", &own[4..])[0]["t"], "ack");
}

fn redacted(world: &World) {
    let site = site(world);
    let visitor = Visitor::new(world, &site);
    let (gone, stays) = (visitor.picture(), visitor.picture());
    let seq = visitor.send("look", &[&gone])[0]["seq"].as_u64().unwrap();
    visitor.send("and", &[&stays]);
    let mut chat = Chat::join(world, &visitor.ticket);
    chat.up(&Up::Redact { id: id("x")[2..].to_owned(), seq });
    chat.event("the redaction", |event| event.of == Some(seq));
    refused(&visitor.ask(&visitor.read(&site, &gone)), 404, "not_found", None);
    world.until("the end of the bytes", || (!visitor.stored(&gone)).then_some(()));
    assert!(visitor.stored(&stays));
    assert_eq!(visitor.ask(&visitor.read(&site, &stays)).body, PNG);
    // who comes later hears nothing of it
    let page = json!({"t": "page", "before": 1_000, "limit": 100});
    let page = good(&visitor.ask(&site.request(&visitor.path("frames")).json(&page)), 200);
    let Down::Page { events, .. } = serde_json::from_value(page[0].clone()).unwrap() else { panic!("{page}") };
    let message = events.iter().find(|event| event.seq == seq).unwrap();
    assert_eq!((&message.text, message.attachments.len()), (&None, 0));
    assert!(!page.to_string().contains(&gone) && page.to_string().contains(&stays));
}
