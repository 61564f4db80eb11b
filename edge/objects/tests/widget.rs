//! Widgets of a tenant: one transaction with key and record, one version at a time, FAQ and reports of each apart.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_contracts::canonical::sha256_hex;
use attune_contracts::widget::{WidgetReportsV1, WidgetV1, WidgetViewV1};
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{Cell, TenantId};
use attune_identity::api_key::{ApiKey, ApiKeyRecord, ENTROPY, Environment, KeyKind, Origin, Peppers};
use attune_objects::control_room::Once;
use attune_objects::store::sqlite::SqliteStore;
use attune_objects::tenant::{AuditQuery, By, MAX_WIDGETS, NewWidget, Tenant, WidgetChange};
use attune_objects::{Error, Store};
use serde_json::{Value, json};
use std::rc::Rc;

const NOW: i64 = 1_800_000_000_000;

struct Bench {
    store: Rc<SqliteStore>,
    tenant: Tenant,
    id: TenantId,
}

fn open() -> Bench {
    let store = Rc::new(SqliteStore::memory().unwrap());
    let id = TenantId::new(&Cell::parse("eu1").unwrap(), NOW, 7);
    let tenant = Tenant::open(store.clone(), id.as_str()).unwrap();
    tenant.create(&id, "Acme", NOW).unwrap();
    Bench { store, tenant, id }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ProblemCode {
    Problem::from(result.unwrap_err()).code
}

/// Bytes that look like chance.
fn spread(salt: u16, at: usize) -> u8 {
    u8::from_str_radix(&sha256_hex(format!("{salt}/{at}").as_bytes())[..2], 16).unwrap()
}

impl Bench {
    fn new_widget(&self, salt: u16) -> NewWidget {
        let entropy: Vec<u8> = (0..ENTROPY).map(|at| spread(salt, at)).collect();
        let key = ApiKey::make(KeyKind::Publishable, Environment::Test, "eu1", self.id.ulid(), &entropy).unwrap();
        let peppers = Peppers::new([("p1", "ab".repeat(32))], "p1").unwrap();
        let widget_id = format!("wid_{salt:026}");
        let record = ApiKeyRecord::new(&key, &peppers, &widget_id, KeyKind::PUBLISHABLE, NOW.unsigned_abs(), None);
        let record = record.unwrap().restrict(vec![Origin::parse("https://a.example").unwrap()], Vec::new()).unwrap();
        let body = json!({"schema_version": 1, "name": format!("Widget {salt}"), "origins": ["https://a.example"],
            "look": {"accent": "#112233"}, "texts": {"en": {"title": "Hi"}, "de": {"title": "Hallo"}},
            "hours": {"zone": "Etc/UTC", "days": {}}});
        let faq = json!({"entries": [{"question": format!("q{salt}"), "answer": "a"}]}).to_string();
        NewWidget { widget_id, record, key: key.expose().to_owned(), body: body.to_string(), faq }
    }

    fn make(&self, salt: u16) -> (WidgetV1, NewWidget) {
        let new = self.new_widget(salt);
        let made = self.tenant.create_widget(&By::operator(NOW), None, &new).unwrap();
        (serde_json::from_value(made.answer).unwrap(), new)
    }

    fn change(&self, id: &str, version: Option<u64>, body: &Value, faq: Option<&str>) -> attune_objects::Result<Value> {
        let change = WidgetChange { widget_id: id.into(), version, body: body.to_string(), faq: faq.map(Into::into) };
        self.tenant.change_widget(&By::operator(NOW + 5), &change)
    }

    fn actions(&self) -> Vec<String> {
        let page = self.tenant.audit(&AuditQuery { limit: 100, ..AuditQuery::default() }).unwrap();
        page.rows.into_iter().rev().map(|row| row.action).collect()
    }
}

#[test]
fn a_widget_comes_and_goes_with_its_key() {
    let bench = open();
    let (made, new) = bench.make(1);
    assert_eq!((made.name.as_str(), made.version, made.key == new.key), ("Widget 1", 1, true));
    assert_eq!(made.faq.entries[0].question, "q1");
    let key = bench.tenant.lookup(&made.key_id).unwrap().unwrap();
    assert_eq!((key.kind, key.name.as_str()), (KeyKind::Publishable, made.widget_id.as_str()));
    assert_eq!(bench.tenant.widgets().unwrap().widgets[0].key, new.key);
    assert_eq!(bench.tenant.delete_widget(&By::operator(NOW + 9), &made.widget_id, None).unwrap(), made.key_id);
    assert!(bench.tenant.lookup(&made.key_id).unwrap().unwrap().revoked_at.is_some());
    assert_eq!(bench.tenant.widget(&made.widget_id).unwrap(), None);
    assert!(bench.tenant.widgets().unwrap().widgets.is_empty());
    assert_eq!(code(bench.tenant.delete_widget(&By::operator(NOW), &made.widget_id, None)), ProblemCode::NotFound);
    assert_eq!(bench.actions(), ["tenant.create", "key.create", "widget.create", "widget.delete", "key.revoke"]);
}

#[test]
fn what_fails_leaves_neither_widget_nor_key_nor_record() {
    let bench = open();
    // the second one has the key of the first
    let (made, new) = bench.make(1);
    let again = NewWidget { widget_id: format!("wid_{:026}", 2), ..new };
    assert!(bench.tenant.create_widget(&By::operator(NOW), None, &again).is_err());
    assert_eq!(bench.tenant.widgets().unwrap().widgets.len(), 1);
    assert_eq!(bench.tenant.list_keys().unwrap().len(), 1);
    assert_eq!(bench.actions().len(), 3);
    let nobody = By { actor: "usr_nobody", now_ms: NOW };
    assert_eq!(code(bench.tenant.create_widget(&nobody, None, &bench.new_widget(3))), ProblemCode::Forbidden);
    assert_eq!(
        code(bench.change(&made.widget_id, None, &json!({"origins": ["a.example"]}), None)),
        ProblemCode::InvalidBody
    );
    assert_eq!(bench.tenant.widget(&made.widget_id).unwrap().unwrap()["version"], 1);
    bench.store.exec("DROP TABLE audit", &[]).unwrap();
    assert!(bench.change(&made.widget_id, None, &json!({"name": "x"}), None).is_err());
    assert_eq!(bench.tenant.widget(&made.widget_id).unwrap().unwrap()["name"], "Widget 1");
}

#[test]
fn a_repeat_gets_the_first_answer_and_makes_nothing() {
    let bench = open();
    let once = Once { route: "/v1/widgets", key: "k", fingerprint: &"ab".repeat(32) };
    let first = bench.tenant.create_widget(&By::operator(NOW), Some(&once), &bench.new_widget(1)).unwrap();
    let again = bench.tenant.create_widget(&By::operator(NOW + 1), Some(&once), &bench.new_widget(2)).unwrap();
    assert_eq!((again.repeat, again.answer), (true, first.answer));
    assert_eq!(bench.tenant.widgets().unwrap().widgets.len(), 1);
}

#[test]
fn members_are_replaced_whole_and_only_at_the_version_that_was_read() {
    let bench = open();
    let (made, _) = bench.make(1);
    let id = made.widget_id.as_str();
    let body = json!({"schema_version": 1, "name": "Shop", "texts": {"fr": {"title": "Salut"}}, "hours": null});
    let changed: WidgetV1 = serde_json::from_value(bench.change(id, Some(1), &body, None).unwrap()).unwrap();
    assert_eq!((changed.version, changed.name.as_str(), changed.hours), (2, "Shop", None));
    assert_eq!(changed.texts.keys().collect::<Vec<_>>(), ["fr"]);
    assert_eq!((changed.look, changed.faq, changed.created_at), (made.look, made.faq, made.created_at));
    assert!(changed.updated_at > made.updated_at);
    assert_eq!(code(bench.change(id, Some(1), &json!({"name": "Late"}), None)), ProblemCode::PreconditionFailed);
    assert_eq!(code(bench.tenant.delete_widget(&By::operator(NOW), id, Some(1))), ProblemCode::PreconditionFailed);
    assert_eq!(code(bench.change("wid_none", None, &json!({}), None)), ProblemCode::NotFound);
    bench.change(id, Some(2), &json!({"origins": ["https://b.example"]}), Some(r#"{"entries":[]}"#)).unwrap();
    let key = bench.tenant.lookup(&made.key_id).unwrap().unwrap();
    assert!(key.allows_origin("https://b.example") && !key.allows_origin("https://a.example"));
    let row = bench.tenant.audit(&AuditQuery { limit: 1, ..AuditQuery::default() }).unwrap().rows.remove(0);
    assert_eq!((row.action.as_str(), row.detail["changed"].clone()), ("widget.update", json!(["origins", "faq"])));
}

#[test]
fn a_visitor_sees_its_language_and_the_hour() {
    let bench = open();
    let (made, _) = bench.make(1);
    let utc = |zone: &str, _: i64| (zone == "Etc/UTC").then_some(0);
    let view = |locale: Option<&str>| -> WidgetViewV1 {
        let view = bench.tenant.widget_view(&made.key_id, locale, NOW, &utc).unwrap().unwrap();
        serde_json::from_value(view).unwrap()
    };
    assert_eq!(
        (view(Some("de-CH")).texts.title.as_deref(), view(None).texts.title.as_deref()),
        (Some("Hallo"), Some("Hi"))
    );
    assert_eq!((view(None).open, view(None).opens_at), (false, None), "it has no days");
    bench.change(&made.widget_id, None, &json!({"hours": null}), None).unwrap();
    assert!(view(None).open);
    assert_eq!(bench.tenant.widget_view("other", None, NOW, &utc).unwrap(), None);
}

#[test]
fn faqs_and_reports_of_two_widgets_are_kept_apart_and_the_oldest_reports_go() {
    let bench = open();
    let (one, two) = (bench.make(1).0, bench.make(2).0);
    let faq = |key_id: &str| bench.tenant.faq(key_id).unwrap().unwrap();
    assert!(faq(&one.key_id).contains("q1") && faq(&two.key_id).contains("q2"));
    let report =
        |n: i64| json!({"version": "1", "code": format!("c{n}"), "detail": "", "at": "2027-01-15T08:00:00.000Z"});
    for n in 0..103 {
        bench.tenant.add_report(&one.key_id, &report(n).to_string(), NOW + n).unwrap();
    }
    bench.tenant.add_report(&two.key_id, &report(7).to_string(), NOW).unwrap();
    let kept = |id: &str| serde_json::from_value::<WidgetReportsV1>(bench.tenant.reports(id).unwrap()).unwrap().reports;
    let all = kept(&one.widget_id);
    assert_eq!((all.len(), all[0].code.as_str(), all[99].code.as_str()), (100, "c102", "c3"));
    assert_eq!(all[0].received_at.0, NOW + 102);
    assert_eq!(kept(&two.widget_id).len(), 1);
    assert_eq!(code(bench.tenant.add_report("other", "{}", NOW)), ProblemCode::NotFound);
    assert_eq!(code(bench.tenant.reports("wid_none")), ProblemCode::NotFound);
    bench.tenant.delete_widget(&By::operator(NOW), &one.widget_id, None).unwrap();
    let left = bench.store.exec("SELECT count(*) FROM widget_report", &[]).unwrap().first().unwrap();
    assert_eq!(left.int(0).unwrap(), 1);
}

#[test]
fn a_tenant_has_no_more_than_a_hundred() {
    let bench = open();
    for salt in 0..u16::try_from(MAX_WIDGETS).unwrap() {
        bench.make(salt);
    }
    let one_more = bench.tenant.create_widget(&By::operator(NOW), None, &bench.new_widget(200));
    assert_eq!(code(one_more), ProblemCode::VersionConflict);
}
