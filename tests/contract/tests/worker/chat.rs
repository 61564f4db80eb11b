//! Live chat over real WebSockets: a page opens a room with a publishable key, is answered from the FAQ in a stream, loses its line and
//! lacks nothing; staff takes over.

use crate::user::{User, as_user, prove, sign_up};
use crate::world::{Tenant, World, good, id, refused};
use attune_chat::frame::{ASSISTANT, Down, Event, Kind, Up};
use attune_chat::member::Member;
use attune_contract_tests::asyncapi;
use attune_contract_tests::http::{Request, Response};
use attune_contract_tests::validate::{faults, named};
use attune_test_support::device::Device;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

pub const TESTS: &[crate::Test] = &[
    ("a_visitor_is_answered_from_the_faq_in_a_stream", answered),
    ("a_lost_line_loses_and_doubles_nothing", lost_line),
    ("what_is_not_known_brings_a_person_who_takes_over", taken_over),
    ("a_page_and_a_key_of_another_tenant_get_nothing", strangers),
    ("wrong_frames_are_refused_by_kind", wrong_frames),
    ("tickets_are_good_once", tickets),
    ("an_ended_room_is_closed_and_the_next_one_is_new", ended),
    ("history_edits_redactions_and_feedback", history),
    ("a_revoked_device_loses_its_line", revoked),
];

/// The document's words about what a room says.
static DOWN: LazyLock<jsonschema::Validator> = LazyLock::new(|| named(&asyncapi::document(), "Down", false));

pub const PAGE: &str = "https://shop.example";
pub const ROOMS: &str = "/v1/chat/rooms";

/// A site with a widget, and a desk that answers its visitors.
pub struct Site {
    pub tenant: Tenant,
    pub desk: String,
    widget: String,
}

pub fn site(world: &World) -> Site {
    let tenant = world.tenant("chat");
    let scopes = ["chat:read", "chat:write", "chat:connect", "voice:join", "widgets:write"];
    let desk = world.stack.create_key(&tenant.id, "desk", &scopes).unwrap();
    let faq = json!({"entries": [
        {"question": "When are you open?", "answer": "We are open from nine to five on all weekdays, and on Saturdays until noon.", "keywords": ["opening hours"]},
        {"question": "How do I get a refund?", "answer": "Send the goods back within thirty days.", "keywords": ["money back"]},
    ]});
    let body = json!({"schema_version": 1, "name": "Shop", "origins": [PAGE], "faq": faq});
    let made = good(&world.post(&desk, "/v1/widgets", &body), 201);
    let widget = made["key"].as_str().unwrap().to_owned();
    Site { tenant, desk, widget }
}

impl Site {
    pub fn request(&self, target: &str) -> Request {
        let request = Request::new("POST", target).bearer(&self.widget).header("origin", PAGE);
        if target == ROOMS { request.json(&json!({"schema_version": 1, "locale": "en"})) } else { request }
    }

    /// Opens the visitor's room.
    pub fn open(&self, world: &World, device: &Device) -> Value {
        let answer = prove(world, device, None, &self.request(ROOMS));
        assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
        good(&answer, 201)
    }

    pub fn desk(&self, world: &World, room: &str, what: &str) -> Response {
        world.send(&Request::new("POST", &format!("{ROOMS}/{room}/{what}")).bearer(&self.desk))
    }
}

pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn upgrade(world: &World, path: &str, protocols: &str) -> Result<WebSocket<TcpStream>, u16> {
    let authority = format!("127.0.0.1:{}", world.stack.ports.worker);
    let stream = TcpStream::connect(&authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut request = format!("ws://{authority}{path}").into_client_request().unwrap();
    if !protocols.is_empty() {
        request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    }
    match tungstenite::client(request, stream) {
        Ok((socket, answer)) => {
            assert_eq!(answer.headers()["sec-websocket-protocol"], "attune.chat.v1");
            Ok(socket)
        }
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => Err(answer.status().as_u16()),
        Err(e) => panic!("{e}"),
    }
}

pub fn connect(world: &World, ticket: &Value) -> Result<WebSocket<TcpStream>, u16> {
    upgrade(world, text(ticket, "socket"), &format!("attune.chat.v1, attune.ticket.{}", text(ticket, "ticket")))
}

/// A member with its line; what it has seen.
pub struct Chat {
    pub member: Member,
    pub socket: WebSocket<TcpStream>,
    pub events: Vec<Event>,
    /// Everything that came, in its order.
    pub frames: Vec<Down>,
}

impl Chat {
    pub fn join(world: &World, ticket: &Value) -> Self {
        let socket = connect(world, ticket).unwrap();
        let mut chat = Self { member: Member::default(), socket, events: Vec::new(), frames: Vec::new() };
        chat.hello();
        chat
    }

    fn hello(&mut self) {
        let hello = self.member.connected();
        self.up(&hello);
        self.until("welcome", |chat| chat.frames.iter().any(|frame| matches!(frame, Down::Welcome { .. })));
    }

    /// Another line for the same member; what it knows and has to say stays.
    fn again(&mut self, world: &World, ticket: &Value) {
        self.member.disconnected();
        self.socket = connect(world, ticket).unwrap();
        self.frames.clear();
        self.hello();
    }

    pub fn up(&mut self, frame: &Up) {
        self.socket.send(Message::text(serde_json::to_string(frame).unwrap())).unwrap();
    }

    pub fn say(&mut self, what: &str) -> String {
        let id = id("x")[2..].to_owned();
        let frame = Up::Send { id: id.clone(), text: what.to_owned(), attachments: Vec::new() };
        if let Some(frame) = self.member.say(frame) {
            self.up(&frame);
        }
        id
    }

    /// Takes one message of the room. False: the line is closed.
    pub fn take(&mut self) -> bool {
        let Message::Text(text) = self.socket.read().unwrap() else { return false };
        let frames: Value = serde_json::from_str(&text).unwrap();
        for frame in frames.as_array().unwrap() {
            assert_eq!(faults(&DOWN, frame), None, "{frame}");
            let frame: Down = serde_json::from_value(frame.clone()).unwrap();
            let taken = self.member.take(frame.clone());
            self.frames.push(frame);
            self.events.extend(taken.event);
            taken.send.iter().for_each(|frame| self.up(frame));
        }
        true
    }

    pub fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            assert!(self.take(), "{what} does not come");
        }
    }

    pub fn event(&mut self, what: &str, is: impl Fn(&Event) -> bool) -> Event {
        self.until(what, |chat| chat.events.iter().any(&is));
        self.events.iter().find(|event| is(event)).unwrap().clone()
    }

    pub fn settled(&mut self) {
        self.until("the acknowledgement", |chat| chat.member.waiting().next().is_none());
    }

    /// The code with which the line is closed.
    pub fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.socket.read().unwrap() {
                return frame.unwrap().code.into();
            }
        }
    }

    fn error(&mut self) -> String {
        let seen = self.frames.len();
        self.until("the error", |chat| chat.frames[seen..].iter().any(|f| matches!(f, Down::Error { .. })));
        let found =
            self.frames[seen..].iter().find_map(|f| if let Down::Error { code, .. } = f { Some(code) } else { None });
        found.unwrap().clone()
    }
}

fn is_said(event: &Event, from: &str) -> bool {
    event.kind == Kind::Message && event.from == from
}

fn answered(world: &World) {
    let site = site(world);
    let device = Device::new();
    let opened = site.open(world, &device);
    let mut chat = Chat::join(world, &opened);
    let member = text(&opened, "member_id").to_owned();
    assert!(member.starts_with("vis_"), "{member}");
    let id = chat.say("what are your opening hours?");
    let answer = chat.event("the answer", |event| is_said(event, ASSISTANT));
    assert!(answer.text.as_deref().unwrap().starts_with("We are open"), "{answer:?}");
    // streamed before it was whole
    let pieces: Vec<_> = chat
        .frames
        .iter()
        .filter_map(|f| match f {
            Down::Delta { answer: of, n, text } if Some(of) == answer.answer.as_ref() => Some((*n, text.clone())),
            _ => None,
        })
        .collect();
    assert!(pieces.len() > 2, "{pieces:?}");
    assert!(pieces.iter().map(|(n, _)| *n).eq(0..pieces.len() as u64));
    assert_eq!(Some(pieces.into_iter().map(|(_, text)| text).collect::<String>()), answer.text);
    let own = chat.event("the message", |event| is_said(event, &member));
    assert_eq!(own.id, Some(id));
    assert!(chat.events.iter().map(|event| event.seq).eq(1..=chat.events.len() as u64), "without gaps");
    assert!(chat.frames.iter().any(|f| matches!(f, Down::Presence { members } if *members == [member.clone()])));
    // the plain texts need no object awake
    chat.socket.send(Message::text("ping")).unwrap();
    assert_eq!(chat.socket.read().unwrap(), Message::text("pong"));
    // the same visitor finds the same room, another one another
    assert_eq!(site.open(world, &device)["room_id"], opened["room_id"]);
    assert_ne!(site.open(world, &Device::new())["room_id"], opened["room_id"]);
    let room = good(&world.get(&site.desk, &format!("{ROOMS}/{}", text(&opened, "room_id"))), 200);
    assert_eq!((room["visitor"].as_str(), room["head"].as_u64()), (Some(member.as_str()), Some(answer.seq)));
}

fn lost_line(world: &World) {
    let site = site(world);
    let device = Device::new();
    let opened = site.open(world, &device);
    let room = text(&opened, "room_id").to_owned();
    let mut chat = Chat::join(world, &opened);
    let staff_ticket = good(&site.desk(world, &room, "tickets"), 201);
    let mut staff = Chat::join(world, &staff_ticket);
    good(&site.desk(world, &room, "takeover"), 200);
    let first = chat.say("first");
    // the line breaks before the acknowledgement is read: nobody knows whether it arrived
    drop(std::mem::replace(&mut chat.socket, connect(world, &site.open(world, &device)).unwrap()));
    chat.member.disconnected();
    let mut said = vec![first];
    said.extend((0..20).map(|n| chat.say(&format!("offline {n}"))));
    let head = staff.say("meanwhile");
    staff.settled();
    chat.again(world, &site.open(world, &device));
    chat.settled();
    for member in [&mut chat, &mut staff] {
        member.until("all of it", |member| {
            said.iter().chain([&head]).all(|id| member.events.iter().any(|event| event.id.as_ref() == Some(id)))
        });
        let seen: Vec<_> =
            member.events.iter().filter(|e| e.from.starts_with("vis_")).filter_map(|e| e.id.clone()).collect();
        assert_eq!(seen, said, "once, and in order");
        assert!(member.events.iter().map(|event| event.seq).eq(1..=member.events.len() as u64));
    }
    assert!(!chat.events.iter().any(|event| event.from == ASSISTANT), "the assistant is silent");
    // the same frame again has the same number
    let frame = Up::Send { id: said[0].clone(), text: "other".to_owned(), attachments: Vec::new() };
    let seen = chat.frames.len();
    chat.up(&frame);
    let is_ack = |f: &Down| matches!(f, Down::Ack { id, .. } if *id == said[0]);
    chat.until("the acknowledgement", |chat| chat.frames[seen..].iter().any(is_ack));
    let seq = chat.events.iter().find(|event| event.id.as_ref() == Some(&said[0])).unwrap().seq;
    assert!(chat.frames.contains(&Down::Ack { id: said[0].clone(), seq }));
}

fn taken_over(world: &World) {
    let site = site(world);
    let opened = site.open(world, &Device::new());
    let room = text(&opened, "room_id").to_owned();
    let mut chat = Chat::join(world, &opened);
    chat.say("do you sell helicopters in Norway");
    let answer = chat.event("the answer", |event| is_said(event, ASSISTANT));
    let person = answer.replies.last().unwrap().clone();
    chat.say(&person);
    chat.event("the second answer", |event| is_said(event, ASSISTANT) && event.seq > answer.seq);
    let listed = |query: &str| {
        let page = good(&world.get(&site.desk, &format!("{ROOMS}?{query}")), 200);
        page["rooms"].as_array().unwrap().iter().any(|listed| listed["room_id"] == room.as_str())
    };
    world.until("the room in the list of those who wait", || listed("waits=true").then_some(()));
    let agent = sign_up(world, &site.tenant, "agent");
    let ticket = as_user(world, &agent, "POST", &format!("{ROOMS}/{room}/tickets"), None);
    let mut staff = Chat::join(world, &good(&ticket, 201));
    staff.event("the history", |event| event.seq == answer.seq);
    let taken = as_user(world, &agent, "POST", &format!("{ROOMS}/{room}/takeover"), None);
    assert_eq!(good(&taken, 200)["taken_by"], agent.user_id.as_str());
    chat.event("the takeover", |event| event.kind == Kind::TakenOver && event.from == agent.user_id);
    refused(&site.desk(world, &room, "takeover"), 409, "conflict", None);
    chat.say("When are you open?");
    chat.settled();
    staff.say("I am here");
    chat.event("the person", |event| is_said(event, &agent.user_id));
    assert_eq!(good(&world.get(&site.desk, &format!("{ROOMS}/{room}")), 200)["waits"], false);
    good(&as_user(world, &agent, "POST", &format!("{ROOMS}/{room}/handback"), None), 200);
    chat.say("When are you open?");
    let last =
        chat.event("the assistant", |e| is_said(e, ASSISTANT) && e.text.as_deref().unwrap().starts_with("We are"));
    let asked = chat.events.iter().filter(|event| event.text.as_deref() == Some("When are you open?")).map(|e| e.seq);
    assert_eq!(
        last.answer,
        Some(format!("ans_{}", asked.max().unwrap())),
        "what was asked under the person is not answered"
    );
    world.until("the room out of that list", || (!listed("waits=true")).then_some(()));
    assert!(listed("live=true"));
    // who says good-bye has left; a lost line would be presence only
    staff.socket.close(None).unwrap();
    chat.until(
        "the presence",
        |chat| matches!(chat.frames.last(), Some(Down::Presence { members }) if members.len() == 1),
    );
}

fn strangers(world: &World) {
    let site = site(world);
    let other = self::site(world);
    let device = Device::new();
    let opened = site.open(world, &device);
    let room = text(&opened, "room_id").to_owned();
    let path = format!("{ROOMS}/{room}/tickets");
    // another page, no proof, another device, another tenant
    let elsewhere = Request::new("POST", ROOMS)
        .bearer(&site.widget)
        .header("origin", "https://evil.example")
        .json(&json!({"schema_version": 1}));
    refused(&prove(world, &device, None, &elsewhere), 403, "origin_refused", None);
    refused(&world.send(&site.request(ROOMS)), 401, "invalid_dpop_proof", None);
    refused(&prove(world, &Device::new(), None, &site.request(&path)), 403, "forbidden", None);
    refused(&prove(world, &device, None, &other.request(&path)), 404, "not_found", None);
    refused(&other.desk(world, &room, "takeover"), 404, "not_found", None);
    refused(&other.desk(world, &room, "tickets"), 404, "not_found", None);
    refused(&world.get(&other.desk, &format!("{ROOMS}/{room}")), 404, "not_found", None);
    refused(&world.get(&site.desk, &format!("{ROOMS}/x")), 404, "not_found", None);
    // a key without the permission, and a publishable one that is no staff
    let poor = world.stack.create_key(&site.tenant.id, "poor", &["config:read"]).unwrap();
    refused(&world.get(&poor, ROOMS), 403, "forbidden", None);
    let widget = Request::new("POST", &format!("{ROOMS}/{room}/takeover")).bearer(&site.widget).header("origin", PAGE);
    refused(&world.send(&widget), 403, "forbidden", None);
    // a key alone is nobody
    let connect = world.stack.create_key(&site.tenant.id, "server", &["chat:connect"]).unwrap();
    refused(&world.post(&connect, ROOMS, &json!({"schema_version": 1})), 401, "invalid_dpop_proof", None);
    let bad = json!({"schema_version": 1, "locale": "x_y"});
    refused(&world.post(&connect, ROOMS, &bad), 400, "invalid_body", Some("/locale"));
    // the visitor's own device gets another ticket
    good(&prove(world, &device, None, &site.request(&path)), 201);
}

fn wrong_frames(world: &World) {
    let site = site(world);
    let device = Device::new();
    for (frame, code) in [
        (Message::text("x"), 4400),
        (Message::text("[]"), 4400),
        (Message::text(r#"{"t":"x"}"#), 4400),
        (Message::text(r#"{"t":"hello","v":1,"after":0,"x":1}"#), 4400),
        (Message::text(format!(r#"{{"t":"send","id":"a","text":"{}"}}"#, "x".repeat(16_400))), 4400),
        (Message::binary(vec![1, 2]), 4400),
    ] {
        let mut chat = Chat::join(world, &site.open(world, &device));
        chat.socket.send(frame.clone()).unwrap();
        assert_eq!(chat.closed(), code, "{frame:?}");
    }
    let mut chat = Chat::join(world, &site.open(world, &device));
    let ulid = id("x")[2..].to_owned();
    let long = "x".repeat(4_001);
    for (frame, code) in [
        (Up::Hello { v: 2, after: 0 }, "invalid"),
        (Up::Send { id: "short".into(), text: "x".into(), attachments: Vec::new() }, "invalid"),
        (Up::Send { id: ulid.clone(), text: " ".into(), attachments: Vec::new() }, "invalid"),
        (Up::Send { id: ulid.clone(), text: long, attachments: Vec::new() }, "invalid"),
        (Up::Edit { id: ulid.clone(), seq: 1, text: "x".into() }, "not_found"),
        (Up::Redact { id: ulid, seq: 9_999 }, "not_found"),
        (Up::Page { before: 9, limit: 101 }, "invalid"),
        (Up::Feedback { seq: 1, value: attune_chat::frame::Verdict::Up }, "not_found"),
    ] {
        chat.up(&frame);
        assert_eq!(chat.error(), code, "{frame:?}");
    }
    let socket = connect(world, &site.open(world, &device)).unwrap();
    let mut silent = Chat { member: Member::default(), socket, events: Vec::new(), frames: Vec::new() };
    silent.up(&Up::Typing {});
    assert_eq!(silent.error(), "hello_first");
    // more than anybody types
    for _ in 0..250 {
        if silent.socket.send(Message::text(r#"{"t":"typing"}"#)).is_err() {
            break;
        }
    }
    assert_eq!(silent.closed(), 4429);
}

fn tickets(world: &World) {
    let site = site(world);
    let device = Device::new();
    let opened = site.open(world, &device);
    let (path, ticket) = (text(&opened, "socket"), text(&opened, "ticket"));
    let plain = Request::new("GET", path);
    refused(&world.send(&plain), 400, "invalid_parameter", Some("header:upgrade"));
    assert_eq!(upgrade(world, path, "").err(), Some(400));
    assert_eq!(upgrade(world, path, "attune.chat.v1").err(), Some(401));
    assert_eq!(upgrade(world, path, "attune.chat.v1, attune.ticket.x").err(), Some(401));
    let forged = format!("attune.chat.v1, attune.ticket.{}{}", &ticket[..ticket.len() - 4], "0000");
    assert_eq!(upgrade(world, path, &forged).err(), Some(401));
    let another = site.open(world, &Device::new());
    let protocols = format!("attune.chat.v1, attune.ticket.{ticket}");
    assert_eq!(upgrade(world, text(&another, "socket"), &protocols).err(), Some(401), "of another room");
    let _open = connect(world, &opened).unwrap();
    assert_eq!(connect(world, &opened).err(), Some(401), "used");
    // a whole request, sent a second time: its proof has given a ticket
    let url = crate::user::url(world, ROOMS);
    let first = site.request(ROOMS).header("dpop", &device.proof("POST", &url, None, None));
    let nonce = world.send(&first).header("dpop-nonce").unwrap().to_owned();
    let whole = site.request(ROOMS).header("dpop", &device.proof("POST", &url, None, Some(&nonce)));
    good(&world.send(&whole), 201);
    refused(&world.send(&whole), 401, "invalid_dpop_proof", None);
}

fn ended(world: &World) {
    let site = site(world);
    let device = Device::new();
    let opened = site.open(world, &device);
    let room = text(&opened, "room_id").to_owned();
    let mut chat = Chat::join(world, &opened);
    chat.say("When are you open?");
    chat.settled();
    let left = site.open(world, &device);
    assert!(good(&site.desk(world, &room, "end"), 200)["ended_at"].is_string());
    good(&site.desk(world, &room, "end"), 200);
    chat.event("the end", |event| event.kind == Kind::Ended);
    assert_eq!(chat.closed(), 4410);
    assert_eq!(connect(world, &left).err(), Some(401), "tickets of an ended room are dead");
    refused(&site.desk(world, &room, "takeover"), 410, "room_ended", None);
    let next = site.open(world, &device);
    assert_ne!(next["room_id"], room.as_str());
    Chat::join(world, &next);
}

fn history(world: &World) {
    let site = site(world);
    let opened = site.open(world, &Device::new());
    let room = text(&opened, "room_id").to_owned();
    let mut chat = Chat::join(world, &opened);
    let id = chat.say("how do I get my money bakc");
    let answer = chat.event("the answer", |event| is_said(event, ASSISTANT));
    let seq = chat.events.iter().find(|event| event.id.as_ref() == Some(&id)).unwrap().seq;
    let ulid = || crate::world::id("x")[2..].to_owned();
    chat.up(&Up::Edit { id: ulid(), seq, text: "how do I get my money back".into() });
    chat.event("the edit", |event| event.kind == Kind::Edit && event.of == Some(seq));
    chat.up(&Up::Redact { id: ulid(), seq: answer.seq });
    assert_eq!(chat.error(), "forbidden", "the assistant's");
    for value in [attune_chat::frame::Verdict::Up, attune_chat::frame::Verdict::Up] {
        chat.up(&Up::Feedback { seq: answer.seq, value });
    }
    chat.up(&Up::Redact { id: ulid(), seq });
    let redaction = chat.event("the redaction", |event| event.kind == Kind::Redaction);
    assert_eq!(
        chat.events.iter().filter(|event| event.kind == Kind::Feedback).count(),
        1,
        "said twice, once in effect"
    );
    chat.up(&Up::Read { seq: answer.seq });
    // who comes later does not see what was taken away
    let mut staff = Chat::join(world, &good(&site.desk(world, &room, "tickets"), 201));
    let gone = staff.event("the message", |event| event.seq == seq);
    assert_eq!(gone.text, None);
    assert_eq!(staff.event("the edit", |event| event.kind == Kind::Edit).text, None);
    staff.until("how far the visitor has read", |staff| {
        staff.frames.iter().any(|f| matches!(f, Down::Read { seq, .. } if *seq == answer.seq))
    });
    staff.up(&Up::Page { before: redaction.seq, limit: 2 });
    staff.until("the page", |staff| staff.frames.iter().any(|f| matches!(f, Down::Page { .. })));
    let page =
        staff.frames.iter().find_map(|f| if let Down::Page { events, more } = f { Some((events, more)) } else { None });
    let (events, more) = page.unwrap();
    assert!(events.iter().map(|event| event.seq).eq(redaction.seq - 2..redaction.seq) && *more);
    staff.up(&Up::Typing {});
    chat.until("that somebody types", |chat| {
        chat.frames.iter().any(|f| matches!(f, Down::Typing { from } if from.starts_with("key_")))
    });
}

fn revoked(world: &World) {
    let site = site(world);
    let opened = site.open(world, &Device::new());
    let room = text(&opened, "room_id").to_owned();
    let agent: User = sign_up(world, &site.tenant, "agent");
    let ticket = as_user(world, &agent, "POST", &format!("{ROOMS}/{room}/tickets"), None);
    let mut staff = Chat::join(world, &good(&ticket, 201));
    let gone = as_user(world, &agent, "DELETE", &format!("/v1/devices/{}", agent.device_id), None);
    assert_eq!(gone.status, 204);
    assert_eq!(staff.closed(), 4401);
}
