//! Live chat where WebSockets are blocked, by server-sent events and requests; and readers that are too slow.

use crate::chat::{Chat, PAGE, ROOMS, Site, connect, site, text};
use crate::user::{as_user, prove, sign_up, url};
use crate::world::{World, good, id, refused};
use attune_chat::frame::{ASSISTANT, Down, Event, Kind, MAX_UNCONFIRMED, Up};
use attune_contract_tests::http::{Request, Response};
use attune_test_support::device::Device;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::Message;

pub const TESTS: &[crate::Test] = &[
    ("a_member_without_a_socket_lacks_nothing", without_socket),
    ("a_stream_is_for_its_member_only_and_once_per_proof", strangers),
    ("a_stream_ends_with_the_credentials", revoked),
    ("who_does_not_confirm_is_closed_and_resumes", slow),
];

/// A stream of events as it comes.
struct Stream {
    from: BufReader<TcpStream>,
    /// Text that was not taken yet.
    rest: String,
    /// The number by which it is resumed.
    last: Option<String>,
    head: String,
}

/// One server-sent event.
#[derive(Debug, PartialEq)]
enum Told {
    Frames(Vec<Down>),
    Close(u64),
    Comment,
}

impl Stream {
    /// Sends a request; the whole answer where it is no stream.
    fn open(world: &World, request: &Request) -> Result<Self, Response> {
        let authority = format!("127.0.0.1:{}", world.stack.ports.worker);
        let mut socket = TcpStream::connect(&authority).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        let mut head = format!("GET {} HTTP/1.1\r\nhost: {authority}\r\n", request.target);
        request.headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        socket.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        let mut from = BufReader::new(socket);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(from.read_line(&mut head).unwrap() > 0, "{head}");
        }
        let head = head.to_lowercase();
        if head.starts_with("http/1.1 200") && head.contains("content-type: text/event-stream") {
            return Ok(Self { from, rest: String::new(), last: None, head });
        }
        Err(world.send(request))
    }

    /// The next event; `None`: the stream has ended.
    fn next(&mut self) -> Option<Told> {
        while !self.rest.contains("\n\n") {
            let mut size = String::new();
            self.from.read_line(&mut size).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut piece = vec![0; size + 2];
            self.from.read_exact(&mut piece).unwrap();
            if size == 0 {
                return None;
            }
            self.rest.push_str(std::str::from_utf8(&piece[..size]).unwrap());
        }
        let (event, rest) = self.rest.split_once("\n\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        self.rest = rest;
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        self.last = field("id: ").or(self.last.take());
        let Some(data) = field("data: ") else { return Some(Told::Comment) };
        Some(match field("event: ").as_deref() {
            Some("close") => Told::Close(serde_json::from_str::<Value>(&data).unwrap()["code"].as_u64().unwrap()),
            _ => Told::Frames(serde_json::from_str(&data).unwrap()),
        })
    }

    fn frames(&mut self) -> Vec<Down> {
        loop {
            match self.next() {
                Some(Told::Frames(frames)) => return frames,
                Some(Told::Comment) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Reads on until an event; all events up to it.
    fn until(&mut self, is: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        while !events.iter().any(&is) {
            let frames = self.frames();
            events
                .extend(frames.into_iter().filter_map(|f| if let Down::Event(event) = f { Some(event) } else { None }));
        }
        events
    }

    fn closed(&mut self) -> u64 {
        loop {
            match self.next() {
                Some(Told::Close(code)) => {
                    assert_eq!(self.next(), None, "the close is the last");
                    return code;
                }
                Some(_) => {}
                None => panic!("it ended without a word"),
            }
        }
    }
}

/// The visitor's request with a proof that is right.
fn proven(world: &World, device: &Device, request: &Request) -> Request {
    let url = url(world, &request.target);
    let asked = world.send(&request.clone().header("dpop", &device.proof(&request.method, &url, None, None)));
    refused(&asked, 401, "use_dpop_nonce", None);
    request.clone().header("dpop", &device.proof(&request.method, &url, None, asked.header("dpop-nonce")))
}

fn listen(world: &World, site: &Site, device: &Device, room: &str, (query, header): (&str, Option<&str>)) -> Stream {
    let mut request = Request { method: "GET".into(), ..site.request(&format!("{ROOMS}/{room}/events{query}")) };
    if let Some(last) = header {
        request = request.header("last-event-id", last);
    }
    match Stream::open(world, &proven(world, device, &request)) {
        Ok(stream) => stream,
        Err(answer) => panic!("{} {}", answer.status, answer.json()),
    }
}

fn say(world: &World, site: &Site, device: &Device, (room, frame): (&str, &Value)) -> Response {
    prove(world, device, None, &site.request(&format!("{ROOMS}/{room}/frames")).json(frame))
}

fn ulid() -> String {
    id("x")[2..].to_owned()
}

fn without_socket(world: &World) {
    let site = site(world);
    let device = Device::new();
    let room = text(&site.open(world, &device), "room_id").to_owned();
    let mut stream = listen(world, &site, &device, &room, ("", None));
    for field in
        ["cache-control: no-store", "x-accel-buffering: no", "access-control-allow-origin: https://shop.example"]
    {
        assert!(stream.head.contains(field), "{field}: {}", stream.head);
    }
    let first = stream.frames();
    let Down::Welcome { member, head, from, .. } = &first[0] else { panic!("{first:?}") };
    assert_eq!((*head, *from), (1, 0));
    assert!(matches!(&first[1], Down::Event(Event { kind: Kind::Joined, from, .. }) if from == member));
    assert_eq!(stream.last.as_deref(), Some("1"));
    let send = json!({"t": "send", "id": ulid(), "text": "what are your opening hours?"});
    let acks = good(&say(world, &site, &device, (&room, &send)), 200);
    assert_eq!(acks, json!([{"t": "ack", "id": send["id"], "seq": 2}]));
    assert_eq!(good(&say(world, &site, &device, (&room, &send)), 200), acks, "once, whatever way it comes");
    // the answer is streamed here too
    let mut pieces = String::new();
    let answer = loop {
        let mut whole = None;
        for frame in stream.frames() {
            match frame {
                Down::Delta { text, .. } => pieces.push_str(&text),
                Down::Event(event) if event.from == ASSISTANT => whole = event.text,
                _ => {}
            }
        }
        if let Some(whole) = whole {
            break whole;
        }
    };
    assert_eq!(answer, pieces);
    let last = stream.last.clone().unwrap();
    assert_eq!(last, "3");
    // the line is lost; what is missed comes by the number
    drop(stream);
    let mut staff = Chat::join(world, &good(&site.desk(world, &room, "tickets"), 201));
    let missed: Vec<_> = ["one", "two"].map(|text| staff.say(text)).into();
    staff.settled();
    for (query, header) in [("?after=3", None), ("?after=0", Some(last.as_str()))] {
        let mut again = listen(world, &site, &device, &room, (query, header));
        let events = again.until(|event| event.id.as_ref() == Some(&missed[1]));
        assert!(events.iter().map(|event| event.seq).eq(4..4 + events.len() as u64), "{events:?}");
        let said: Vec<_> = events.into_iter().filter_map(|event| event.id).collect();
        assert_eq!(said, missed);
    }
    let mut stream = listen(world, &site, &device, &room, ("?after=3", None));
    // the other streams have gone, which those who are here see
    while stream.next() != Some(Told::Comment) {}
    good(&site.desk(world, &room, "end"), 200);
    assert_eq!(stream.closed(), 4410);
    let ended = prove(
        world,
        &device,
        None,
        &Request { method: "GET".into(), ..site.request(&format!("{ROOMS}/{room}/events")) },
    );
    refused(&ended, 410, "room_ended", None);
    refused(&say(world, &site, &device, (&room, &json!({"t": "typing"}))), 410, "room_ended", None);
}

fn strangers(world: &World) {
    let site = site(world);
    let other = crate::chat::site(world);
    let device = Device::new();
    let room = text(&site.open(world, &device), "room_id").to_owned();
    let path = format!("{ROOMS}/{room}/events");
    let get = |site: &Site, target: &str| Request { method: "GET".into(), ..site.request(target) };
    refused(&world.send(&get(&site, &path)), 401, "invalid_dpop_proof", None);
    refused(&prove(world, &Device::new(), None, &get(&site, &path)), 403, "forbidden", None);
    refused(&prove(world, &device, None, &get(&other, &path)), 404, "not_found", None);
    refused(
        &prove(world, &device, None, &get(&site, &format!("{path}?after=x"))),
        400,
        "invalid_parameter",
        Some("?after"),
    );
    let bad = get(&site, &path).header("last-event-id", "x");
    refused(&prove(world, &device, None, &bad), 400, "invalid_parameter", Some("header:last-event-id"));
    let elsewhere = Request::new("GET", &path).bearer(&site.desk).header("origin", "https://evil.example");
    assert!(Stream::open(world, &elsewhere).is_ok_and(|stream| !stream.head.contains("access-control-allow-origin")));
    // a request is good once, also a whole one
    let whole = proven(world, &device, &get(&site, &path));
    let open = Stream::open(world, &whole).map_err(|answer| answer.json());
    open.unwrap().frames();
    refused(&world.send(&whole), 401, "invalid_dpop_proof", None);
    let typing = json!({"t": "typing"});
    assert_eq!(good(&say(world, &site, &device, (&room, &typing)), 200), json!([]));
    refused(&say(world, &site, &Device::new(), (&room, &typing)), 403, "forbidden", None);
    refused(&say(world, &other, &device, (&room, &typing)), 404, "not_found", None);
    for wrong in
        [json!([]), json!({"t": "x"}), json!({"t": "typing", "from": "usr_1"}), json!({"t": "send", "id": "a"})]
    {
        refused(&say(world, &site, &device, (&room, &wrong)), 400, "invalid_body", None);
    }
    let long = json!({"t": "send", "id": ulid(), "text": "x".repeat(16_400)});
    refused(&say(world, &site, &device, (&room, &long)), 413, "payload_too_large", None);
    let short = good(&say(world, &site, &device, (&room, &json!({"t": "send", "id": "a", "text": "b"}))), 200);
    assert_eq!(short[0]["code"], "invalid", "what the socket refuses is refused here");
    let preflight =
        Request::new("OPTIONS", &path).header("origin", PAGE).header("access-control-request-method", "GET");
    let allowed = world.send(&preflight);
    assert!(allowed.header("access-control-allow-headers").unwrap().contains("last-event-id"));
}

fn revoked(world: &World) {
    let site = site(world);
    let device = Device::new();
    let room = text(&site.open(world, &device), "room_id").to_owned();
    let agent = sign_up(world, &site.tenant, "agent");
    let access = agent.access.borrow().clone();
    let target = format!("{ROOMS}/{room}/events");
    let nonce = world.send(
        &Request::new("GET", "/v1/me")
            .header("authorization", &format!("DPoP {access}"))
            .header("dpop", &agent.device.proof("GET", &url(world, "/v1/me"), Some(&access), None)),
    );
    let proof = agent.device.proof("GET", &url(world, &target), Some(&access), nonce.header("dpop-nonce"));
    let request =
        Request::new("GET", &target).header("authorization", &format!("DPoP {access}")).header("dpop", &proof);
    let mut stream = Stream::open(world, &request).map_err(|answer| answer.json()).unwrap();
    assert!(matches!(stream.frames()[0], Down::Welcome { .. }));
    let gone = as_user(world, &agent, "DELETE", &format!("/v1/devices/{}", agent.device_id), None);
    assert_eq!(gone.status, 204);
    assert_eq!(stream.closed(), 4401);
}

fn slow(world: &World) {
    let site = site(world);
    let opened = site.open(world, &Device::new());
    let room = text(&opened, "room_id").to_owned();
    good(&site.desk(world, &room, "takeover"), 200);
    // one that never confirms, beside one that does
    let mut mute = connect(world, &opened).unwrap();
    mute.send(Message::text(r#"{"t":"hello","v":1,"after":0}"#)).unwrap();
    let mut good_reader = Chat::join(world, &good(&site.desk(world, &room, "tickets"), 201));
    // a member may say 200 frames in 10 s: many say them
    let mut writers: Vec<Chat> = (0..6)
        .map(|n| {
            let key =
                world.stack.create_key(&site.tenant.id, &format!("desk {n}"), &["chat:connect", "chat:write"]).unwrap();
            let path = format!("{ROOMS}/{room}/tickets");
            Chat::join(world, &good(&world.send(&Request::new("POST", &path).bearer(&key)), 201))
        })
        .collect();
    let mut last = String::new();
    for round in 0..30 {
        for writer in &mut writers {
            for n in 0..6 {
                last = ulid();
                writer.up(&Up::Send { id: last.clone(), text: format!("{round} {n}"), attachments: Vec::new() });
            }
        }
        for member in writers.iter_mut().chain([&mut good_reader]) {
            member.event("what was said last", |event| event.id.as_ref() == Some(&last));
        }
    }
    let end = good_reader.event("the last message", |event| event.id.as_ref() == Some(&last)).seq;
    assert!(end > MAX_UNCONFIRMED);
    let mut seen = 0;
    let code = loop {
        match mute.read().unwrap() {
            Message::Close(frame) => break u16::from(frame.unwrap().code),
            Message::Text(text) => {
                for frame in serde_json::from_str::<Vec<Down>>(&text).unwrap() {
                    if let Down::Event(event) = frame {
                        assert_eq!(event.seq, seen + 1);
                        seen = event.seq;
                    }
                }
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, 4408);
    // what would have gone out together with the one too many was not sent any more
    assert!((MAX_UNCONFIRMED - 100..=MAX_UNCONFIRMED + 2).contains(&seen), "{seen}");
    // it comes again and lacks nothing
    let ticket = good(&site.desk(world, &room, "tickets"), 201);
    let mut again = connect(world, &ticket).unwrap();
    again.send(Message::text(format!(r#"{{"t":"hello","v":1,"after":{seen}}}"#))).unwrap();
    while seen < end {
        let Message::Text(text) = again.read().unwrap() else { panic!("closed") };
        for frame in serde_json::from_str::<Vec<Down>>(&text).unwrap() {
            if let Down::Event(event) = frame {
                assert_eq!(event.seq, seen + 1);
                seen = event.seq;
            }
        }
    }
    // who confirms has stayed
    good_reader.say("still here");
    good_reader.settled();
}
