//! Widgets of a tenant: made with their keys, changed at the version that was read, asked for by visitors, and gone.

use crate::user::prove;
use crate::world::{Tenant, World, good, refused};
use attune_contract_tests::http::{Request, Response};
use attune_test_support::device::Device;
use serde_json::{Value, json};
use tungstenite::Message;
use tungstenite::client::IntoClientRequest;

pub const TESTS: &[crate::Test] = &[
    ("a_widget_is_made_read_changed_and_deleted", lifecycle),
    ("a_widget_of_another_tenant_is_not_found", strangers),
    ("each_route_names_the_permission_that_is_missing", permissions),
    ("only_the_version_that_was_read_is_changed", versions),
    ("its_origins_are_those_of_its_key", origins),
    ("a_visitor_gets_look_texts_and_hours", views),
    ("two_widgets_answer_from_their_own_faqs", faqs),
    ("what_is_wrong_is_named_by_its_place", bad_bodies),
    ("reports_are_kept_without_personal_data", reports),
    ("the_preview_page_is_served_with_a_strict_policy", page),
];

const PAGE: &str = "https://shop.example";
const WIDGETS: &str = "/v1/widgets";
const ROOMS: &str = "/v1/chat/rooms";

/// A tenant with a key that may all of widgets.
struct Desk {
    tenant: Tenant,
    key: String,
}

fn desk(world: &World) -> Desk {
    let tenant = world.tenant("widgets");
    let scopes = ["widgets:read", "widgets:write", "chat:connect", "voice:join", "audit:read"];
    let key = world.stack.create_key(&tenant.id, "desk", &scopes).unwrap();
    Desk { tenant, key }
}

impl Desk {
    fn make(&self, world: &World, members: Value) -> Value {
        let mut body = json!({"schema_version": 1, "name": "Shop", "origins": [PAGE]});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        good(&world.post(&self.key, WIDGETS, &body), 201)
    }

    fn change(&self, world: &World, widget: &Value, tag: Option<&str>, mut members: Value) -> Response {
        members["schema_version"] = json!(1);
        let request = Request::new("PATCH", &at(widget)).bearer(&self.key).json(&members);
        world.send(&tag.into_iter().fold(request, |request, tag| request.header("if-match", tag)))
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn at(widget: &Value) -> String {
    format!("{WIDGETS}/{}", text(widget, "widget_id"))
}

/// Opens a room as a page does.
fn open(world: &World, widget: &Value, page: &str, locale: &str) -> Response {
    let request = Request::new("POST", ROOMS).bearer(text(widget, "key")).header("origin", page);
    prove(world, &Device::new(), None, &request.json(&json!({"schema_version": 1, "locale": locale})))
}

fn lifecycle(world: &World) {
    let desk = desk(world);
    let body = json!({"schema_version": 1, "name": "Shop", "origins": [PAGE]});
    let request = world.request(&desk.key, WIDGETS, &body);
    let first = world.send(&request);
    let made = good(&first, 201);
    assert!(text(&made, "widget_id").starts_with("wid_") && text(&made, "key").starts_with("pk_test_eu1_"), "{made}");
    assert_eq!((first.header("etag"), made["version"].as_u64()), (Some("\"1\""), Some(1)));
    assert_eq!((&made["look"], &made["texts"], &made["faq"]), (&json!({}), &json!({}), &json!({"entries": []})));
    assert!(made.get("hours").is_none());
    // a repeat gets the first answer; another body under the same key does not
    assert_eq!(good(&world.send(&request), 201), made);
    let mut other = request.clone();
    other.body = Some(json!({"schema_version": 1, "name": "Other", "origins": [PAGE]}).to_string().into_bytes());
    refused(&world.send(&other), 422, "idempotency_mismatch", None);
    let listed = good(&world.get(&desk.key, WIDGETS), 200);
    assert_eq!((listed["widgets"].as_array().unwrap().len(), &listed["widgets"][0]["key"]), (1, &made["key"]));
    assert_eq!(good(&world.get(&desk.key, &at(&made)), 200), made);
    let same = world.send(&Request::new("GET", &at(&made)).bearer(&desk.key).header("if-none-match", "W/\"1\""));
    assert_eq!((same.status, same.body.len()), (304, 0));
    let members = json!({"name": "Store", "look": {"accent": "#00aa55", "position": "left", "theme": "dark"}, "hours": {"zone": "Europe/Zurich"}});
    let changed = good(&desk.change(world, &made, Some("\"1\""), members), 200);
    assert_eq!(
        (text(&changed, "name"), text(&changed["look"], "theme"), &changed["version"]),
        ("Store", "dark", &json!(2))
    );
    assert_eq!(changed["hours"], json!({"zone": "Europe/Zurich", "days": {}, "exceptions": {}}));
    assert_eq!(changed["key"], made["key"]);
    let always = good(&desk.change(world, &made, None, json!({"hours": null})), 200);
    assert!(always.get("hours").is_none(), "{always}");
    assert_eq!(open(world, &made, PAGE, "en").status, 201);
    let delete = Request::new("DELETE", &at(&made)).bearer(&desk.key);
    refused(&world.send(&delete.clone().header("if-match", "\"1\"")), 412, "precondition_failed", None);
    assert_eq!(world.send(&delete).status, 204);
    refused(&world.send(&delete), 404, "not_found", None);
    refused(&world.get(&desk.key, &at(&made)), 404, "not_found", None);
    refused(&open(world, &made, PAGE, "en"), 401, "key_revoked", None);
    let rows = |action: &str| {
        let page =
            good(&world.get(&desk.key, &format!("/v1/audit?action={action}&target={}", text(&made, "widget_id"))), 200);
        page["rows"].as_array().unwrap().len()
    };
    assert_eq!(["widget.create", "widget.update", "widget.delete"].map(rows), [1, 2, 1]);
}

fn strangers(world: &World) {
    let (one, two) = (desk(world), desk(world));
    let widget = one.make(world, json!({}));
    refused(&world.get(&two.key, &at(&widget)), 404, "not_found", None);
    refused(&world.get(&two.key, &format!("{}/reports", at(&widget))), 404, "not_found", None);
    refused(&two.change(world, &widget, None, json!({"name": "Mine"})), 404, "not_found", None);
    refused(&world.send(&Request::new("DELETE", &at(&widget)).bearer(&two.key)), 404, "not_found", None);
    assert!(good(&world.get(&two.key, WIDGETS), 200)["widgets"].as_array().unwrap().is_empty());
    assert_eq!(good(&world.get(&one.key, &at(&widget)), 200), widget);
    refused(&world.get(&one.key, &format!("{WIDGETS}/wid_x")), 404, "not_found", None);
}

fn permissions(world: &World) {
    let desk = desk(world);
    let widget = desk.make(world, json!({}));
    let key = |scopes: &[&str]| world.stack.create_key(&desk.tenant.id, &scopes.join("+"), scopes).unwrap();
    let (reads, writes) = (key(&["widgets:read"]), key(&["widgets:write"]));
    let body = json!({"schema_version": 1, "name": "Shop", "origins": [PAGE]});
    let with = |method: &str, target: &str| Request::new(method, target);
    for (request, bearer, missing) in [
        (with("GET", WIDGETS), &writes, "widgets:read"),
        (with("GET", &at(&widget)), &writes, "widgets:read"),
        (with("GET", &format!("{}/reports", at(&widget))), &writes, "widgets:read"),
        (world.request(&reads, WIDGETS, &body), &reads, "widgets:write"),
        (with("PATCH", &at(&widget)).json(&json!({"schema_version": 1})), &reads, "widgets:write"),
        (with("DELETE", &at(&widget)), &reads, "widgets:write"),
        (with("POST", "/v1/widgets/reports").json(&json!({"schema_version": 1})), &reads, "chat:connect"),
        // nobody gives more than they have
        (world.request(&writes, WIDGETS, &body), &writes, "voice:join"),
    ] {
        let mut request = request;
        request.headers.retain(|(name, _)| name != "authorization");
        let answer = world.send(&request.bearer(bearer));
        refused(&answer, 403, "forbidden", None);
        assert!(text(&answer.json(), "detail").contains(missing), "{:?}", answer.json());
    }
}

fn versions(world: &World) {
    let desk = desk(world);
    let widget = desk.make(world, json!({}));
    good(&desk.change(world, &widget, Some("\"1\""), json!({"name": "First"})), 200);
    for tag in ["\"1\"", "W/\"2\"", "2", "\"x\""] {
        refused(&desk.change(world, &widget, Some(tag), json!({"name": "Second"})), 412, "precondition_failed", None);
    }
    assert_eq!(good(&world.get(&desk.key, &at(&widget)), 200)["name"], "First");
    let third = desk.change(world, &widget, Some("*"), json!({"name": "Third"}));
    assert_eq!((third.status, third.header("etag")), (200, Some("\"3\"")));
}

fn origins(world: &World) {
    let desk = desk(world);
    let widget = desk.make(world, json!({}));
    assert_eq!(open(world, &widget, PAGE, "en").status, 201);
    refused(&open(world, &widget, "https://other.example", "en"), 403, "origin_refused", None);
    good(&desk.change(world, &widget, None, json!({"origins": ["https://other.example"]})), 200);
    // what was read of a key is believed for 3 seconds
    world.until("the new origin", || (open(world, &widget, "https://other.example", "en").status == 201).then_some(()));
    refused(&open(world, &widget, PAGE, "en"), 403, "origin_refused", None);
    let keys = world.stack.create_key(&desk.tenant.id, "keys", &["keys:read"]).unwrap();
    let page = good(&world.get(&keys, "/v1/keys"), 200);
    let own = page["keys"].as_array().unwrap().iter().find(|key| key["key_id"] == widget["key_id"]).unwrap();
    assert_eq!((&own["kind"], &own["origins"]), (&json!("publishable"), &json!(["https://other.example"])));
}

fn views(world: &World) {
    let desk = desk(world);
    let texts = json!({"en": {"title": "Ask us", "offline": "We sleep."}, "de": {"title": "Frag uns"}});
    let days: Value = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .map(|day| (day.to_owned(), json!(["00:00-24:00"])))
        .into_iter()
        .collect::<serde_json::Map<_, _>>()
        .into();
    let look = json!({"accent": "#112233"});
    let widget =
        desk.make(world, json!({"look": look, "texts": texts, "hours": {"zone": "Asia/Kathmandu", "days": days}}));
    let view = good(&open(world, &widget, PAGE, "de-AT"), 201)["widget"].clone();
    let expected = json!({"widget_id": widget["widget_id"], "name": "Shop", "look": look, "texts": {"title": "Frag uns", "offline": "We sleep."}, "open": true});
    assert_eq!(view, expected);
    // the place's clock decides: Kathmandu is 5:45 ahead, and its midnight is none of UTC's hours
    let closed = |hours: Value| {
        good(&desk.change(world, &widget, None, json!({"hours": hours})), 200);
        good(&open(world, &widget, PAGE, "en"), 201)["widget"].clone()
    };
    let shut = closed(json!({"zone": "Asia/Kathmandu", "days": {}}));
    assert_eq!((&shut["open"], shut.get("opens_at")), (&json!(false), None));
    let far: serde_json::Map<String, Value> = (1..50).map(|day| (date(day), json!(["00:00-24:00"]))).collect();
    let ahead = closed(
        json!({"zone": "Asia/Kathmandu", "days": {}, "exceptions": Value::Object(far.into_iter().skip(2).collect())}),
    );
    assert!(text(&ahead, "opens_at").ends_with("T18:15:00.000Z"), "{ahead}");
    // a key without a widget opens a room all the same
    let maker = world.stack.create_key(&desk.tenant.id, "maker", &["keys:write", "chat:connect"]).unwrap();
    let body = json!({"schema_version": 1, "name": "bare", "kind": "publishable", "scopes": ["chat:connect"], "origins": [PAGE]});
    let bare = good(&world.post(&maker, "/v1/keys", &body), 201);
    assert!(good(&open(world, &bare, PAGE, "en"), 201).get("widget").is_none());
}

/// A date so many days from now, UTC.
fn date(days: i64) -> String {
    attune_domain::Millis(crate::keys::now_ms() + days * 86_400_000).day()
}

fn faqs(world: &World) {
    let desk = desk(world);
    let faq = |answer: &str| json!({"faq": {"entries": [{"question": "When are you open?", "answer": answer}]}});
    let widgets = ["In the morning.", "In the evening."].map(|answer| (desk.make(world, faq(answer)), answer));
    for (widget, answer) in &widgets {
        assert_eq!(ask(world, &good(&open(world, widget, PAGE, "en"), 201)), *answer);
    }
    // the next room has the FAQ as it is now
    good(&desk.change(world, &widgets[0].0, None, faq("At noon.")), 200);
    assert_eq!(ask(world, &good(&open(world, &widgets[0].0, PAGE, "en"), 201)), "At noon.");
}

/// Asks in a room; what the assistant says.
fn ask(world: &World, ticket: &Value) -> String {
    let mut request =
        format!("ws://127.0.0.1:{}{}", world.stack.ports.worker, text(ticket, "socket")).into_client_request().unwrap();
    let protocols = format!("attune.chat.v1, attune.ticket.{}", text(ticket, "ticket"));
    request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    let stream = std::net::TcpStream::connect(("127.0.0.1", world.stack.ports.worker)).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let (mut socket, _) = tungstenite::client(request, stream).unwrap();
    let id = &crate::world::id("x")[2..];
    for frame in
        [json!({"t": "hello", "v": 1, "after": 0}), json!({"t": "send", "id": id, "text": "When are you open?"})]
    {
        socket.send(Message::text(frame.to_string())).unwrap();
    }
    loop {
        let Message::Text(text) = socket.read().unwrap() else { continue };
        let frames: Value = serde_json::from_str(&text).unwrap();
        let said = |frame: &&Value| frame["t"] == "event" && frame["kind"] == "message" && frame["from"] == "ast";
        if let Some(event) = frames.as_array().unwrap().iter().find(said) {
            return event["text"].as_str().unwrap().to_owned();
        }
    }
}

fn bad_bodies(world: &World) {
    let desk = desk(world);
    let widget = desk.make(world, json!({}));
    for (members, pointer) in [
        (json!({"name": ""}), "/name"),
        (json!({"name": 7}), "/name"),
        (json!({"origins": []}), "/origins"),
        (json!({"origins": ["https://shop.example/path"]}), "/origins/0"),
        (json!({"origins": ["http://shop.example"]}), "/origins/0"),
        (json!({"look": {"accent": "blue"}}), "/look/accent"),
        (json!({"look": {"theme": "pink"}}), "/look/theme"),
        (json!({"look": {"font": "x"}}), "/look/font"),
        (json!({"texts": {"de_CH": {}}}), "/texts/de_CH"),
        (json!({"texts": {"de": {"greeting": "x".repeat(501)}}}), "/texts/de/greeting"),
        (json!({"hours": {"zone": "Europe/Atlantis"}}), "/hours/zone"),
        (json!({"hours": {"zone": "+01:00"}}), "/hours/zone"),
        (json!({"hours": {"zone": "Europe/Zurich", "days": {"funday": []}}}), "/hours/days/funday"),
        (json!({"hours": {"zone": "Europe/Zurich", "days": {"mon": ["17:00-09:00"]}}}), "/hours/days/mon/0"),
        (json!({"hours": {"zone": "Europe/Zurich", "exceptions": {"2026-13-01": []}}}), "/hours/exceptions/2026-13-01"),
        (json!({"faq": {"entries": [{"question": "", "answer": "x"}]}}), "/faq/entries/0/question"),
        (json!({"faq": {"entries": vec![json!({"question": "x", "answer": "x"}); 501]}}), "/faq/entries"),
        // nobody writes what is not theirs
        (json!({"widget_id": "wid_1"}), "/widget_id"),
        (json!({"key": "pk_1"}), "/key"),
        (json!({"version": 9}), "/version"),
        (json!({"tenant_id": "tnt_1"}), "/tenant_id"),
    ] {
        refused(&desk.change(world, &widget, None, members.clone()), 400, "invalid_body", Some(pointer));
        let mut body = json!({"schema_version": 1, "name": "Shop", "origins": [PAGE]});
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        refused(&world.post(&desk.key, WIDGETS, &body), 400, "invalid_body", Some(pointer));
    }
    for (body, pointer) in [(json!({"name": "x"}), "/origins"), (json!({"origins": [PAGE]}), "/name")] {
        let mut body = body;
        body["schema_version"] = json!(1);
        refused(&world.post(&desk.key, WIDGETS, &body), 400, "invalid_body", Some(pointer));
    }
    assert_eq!(good(&world.get(&desk.key, &at(&widget)), 200), widget, "nothing was changed");
}

fn reports(world: &World) {
    let desk = desk(world);
    let (widget, other) = (desk.make(world, json!({})), desk.make(world, json!({})));
    let send = |body: &Value, page: &str| {
        world.send(
            &Request::new("POST", "/v1/widgets/reports").bearer(text(&widget, "key")).header("origin", page).json(body),
        )
    };
    let body = |detail: &str| json!({"schema_version": 1, "version": "1.0.0", "code": "socket.lost", "detail": detail, "at": "2026-11-21T12:00:00Z"});
    assert_eq!(send(&body("at https://shop.example/pay?card=4242424242 by anna@example.com"), PAGE).status, 204);
    refused(&send(&body("x"), "https://other.example"), 403, "origin_refused", None);
    for (name, bad) in [
        ("version", json!("")),
        ("code", json!("a b")),
        ("detail", json!("x".repeat(501))),
        ("at", json!("now")),
        ("page", json!("x")),
    ] {
        let mut body = body("x");
        body[name] = bad;
        refused(&send(&body, PAGE), 400, "invalid_body", Some(&format!("/{name}")));
    }
    let kept = good(&world.get(&desk.key, &format!("{}/reports", at(&widget))), 200);
    let [report] = kept["reports"].as_array().unwrap().as_slice() else { panic!("{kept}") };
    assert_eq!((text(report, "code"), text(report, "detail")), ("socket.lost", "at https://shop.example/pay by …"));
    assert!(
        good(&world.get(&desk.key, &format!("{}/reports", at(&other))), 200)["reports"].as_array().unwrap().is_empty()
    );
    // a key without a widget has nowhere to report to
    let bare = world.stack.create_key(&desk.tenant.id, "bare", &["chat:connect"]).unwrap();
    let request = Request::new("POST", "/v1/widgets/reports").bearer(&bare).json(&body("x"));
    refused(&world.send(&request), 404, "not_found", None);
    // everybody has the key: one address has so many, whatever the plan
    let from = |request: &Request| world.send(&request.clone().header("cf-connecting-ip", "198.51.100.77"));
    let limited = (0..80).map(|_| from(&request)).find(|answer| answer.status == 429);
    refused(&limited.expect("the limit of the address"), 429, "rate_limited", None);
}

fn page(world: &World) {
    let get = |path: &str| world.send_unchecked(&Request::new("GET", path));
    let page = get("/console/preview/wid_01k5nq3e5v0000000000000009");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = String::from_utf8(page.body).unwrap();
    assert!(!html.contains("style=") && !html.contains(" onclick"), "nothing inline");
    for (path, media) in
        [("/console/preview.js", "text/javascript; charset=utf-8"), ("/console/preview.css", "text/css; charset=utf-8")]
    {
        assert!(html.contains(path), "{path}");
        let file = get(path);
        assert_eq!((file.status, file.header("content-type")), (200, Some(media)), "{path}");
    }
    for path in ["/console/openapi.json", "/console/..%2fopenapi.json", "/console/preview", "/console-preview.js"] {
        assert_eq!(get(path).status, 404, "{path}");
    }
}
