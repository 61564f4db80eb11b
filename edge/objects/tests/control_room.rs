//! ControlRoom by examples.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use attune_contracts::ProblemCode;
use attune_contracts::command::ReadConfigV1;
use attune_contracts::config::Origin;
use attune_contracts::run::{RunRequestV1, RunStatus};
use attune_contracts::stream::{ControlFrame, Subscription};
use attune_domain::{Leg, Scope, Station};
use attune_objects::control_room::{CALL_IDLE_MS, ControlRoom, Once, Owner, Push};
use attune_optimizer::MARGIN;
use common::*;

const HERE: Station = Station::GatewayIn;

#[test]
fn a_manual_change_is_merged_pushed_and_recorded() {
    let b = Bench::tenant();
    let outcome = b.update(&change(Scope::Tenant, None, 0, &[(GAIN, Some("3"))]));
    assert_eq!(outcome.push, [Push { station: HERE, call_id: None }]);
    assert!(outcome.drain && outcome.alarm_at == Some(START + 10_000));
    let made = outcome.answer.unwrap().change.unwrap();
    assert_eq!((made.version, made.parent, made.values[GAIN].new.as_deref()), (1, 0, Some("3.0")));
    let config = b.room.effective(HERE, Some(&call(1)), START).unwrap();
    assert_eq!((config.version, config.values[GAIN].scope), (1, Some(Scope::Tenant)));
    let message = b.messages().remove(0);
    assert_eq!((&message["kind"], &message["body"]["version"]), (&"config.changed.v1".into(), &1.into()));
    assert_eq!(message["tenant"], TENANT);
    b.wait(5_000);
    let own = b.updated(&change(Scope::Call, Some(&call(1)), 1, &[(GAIN, Some("5"))]));
    assert_eq!((own.version, b.version(HERE, Some(&call(1))), b.version(HERE, None)), (2, 2, 1));
    assert_eq!((b.value(HERE, Some(&call(1)), GAIN), b.value(HERE, None, GAIN)), ("5.0".into(), "3.0".into()));
    assert_eq!(b.version(Station::TelephonyIn, None), 0, "another station is another version");
}

#[test]
fn refusals_change_nothing_and_name_the_field() {
    let b = Bench::tenant();
    b.updated(&change(Scope::Tenant, None, 0, &[(GAIN, Some("3"))]));
    let before = (b.store.dump().unwrap(), b.messages().len());
    let stale = change(Scope::Tenant, None, 0, &[(GAIN, Some("4"))]);
    assert_eq!(code(b.update(&stale)), ProblemCode::VersionConflict);
    b.wait(60_000);
    let far = problem(b.update(&change(Scope::Tenant, None, 1, &[(GAIN, Some("99"))])));
    assert_eq!(
        (far.code, far.errors[0].pointer.as_str()),
        (ProblemCode::UnsafeParameters, "/values/pcm.input_gain_db")
    );
    let unknown = problem(b.update(&change(Scope::Tenant, None, 1, &[("no.such", Some("1"))])));
    assert_eq!((unknown.code, unknown.errors[0].code.as_str()), (ProblemCode::InvalidBody, "unknown"));
    assert_eq!(code(b.update(&change(Scope::Call, None, 1, &[(GAIN, Some("4"))]))), ProblemCode::InvalidBody);
    assert_eq!(code(b.update(&change(Scope::Global, None, 1, &[(GAIN, Some("4"))]))), ProblemCode::InvalidBody);
    b.freeze(true);
    assert_eq!(code(b.update(&change(Scope::Tenant, None, 1, &[(GAIN, Some("4"))]))), ProblemCode::Frozen);
    assert_eq!(b.version(HERE, None), 1);
    assert_eq!((b.store.dump().unwrap(), b.messages().len()), before);
    assert!(b.room.effective(HERE, None, b.now.get()).unwrap().frozen);
}

#[test]
fn a_repeat_gives_the_first_answer_and_another_body_is_refused() {
    let b = Bench::tenant();
    let body = change(Scope::Tenant, None, 0, &[(GAIN, Some("3"))]);
    let once = Once { route: "/v1/config/update", key: "k", fingerprint: "f" };
    let first = b.room.update(&b.ctx(), &once, "key1", &body).answer.unwrap();
    let again = b.room.update(&b.ctx(), &once, "key1", &body);
    assert!(again.push.is_empty() && !again.drain);
    assert_eq!(again.answer.unwrap(), first);
    let other = Once { fingerprint: "g", ..once };
    assert_eq!(code(b.room.update(&b.ctx(), &other, "key1", &body)), ProblemCode::IdempotencyMismatch);
}

#[test]
fn a_rollback_is_byte_identical_and_works_while_frozen() {
    let b = Bench::tenant();
    let one = b.updated(&change(Scope::Tenant, None, 0, &[(GAIN, Some("3")), ("eq.presence_db", Some("1.5"))]));
    b.wait(10_000).updated(&change(Scope::Tenant, None, 1, &[(GAIN, Some("6")), ("eq.presence_db", None)]));
    b.freeze(true);
    let outcome = b.rollback(&back(Scope::Tenant, None, 1));
    assert_eq!(outcome.push, [Push { station: HERE, call_id: None }]);
    let returned = outcome.answer.unwrap().change.unwrap();
    assert_eq!((returned.version, &returned.content_hash), (3, &one.content_hash));
    assert!(matches!(returned.origin, Origin::Rollback { to_version: 1, .. }));
    assert_eq!(code(b.rollback(&back(Scope::Tenant, None, 77))), ProblemCode::NotFound);
    assert_eq!(code(b.rollback(&back(Scope::Call, Some(&call(1)), 1))), ProblemCode::NotFound, "of another layer");
    b.rollback(&back(Scope::Tenant, None, 0)).answer.unwrap();
    assert_eq!((b.version(HERE, None), b.value(HERE, None, GAIN)), (4, "0.0".into()));
}

#[test]
fn a_time_to_live_returns_the_layer_and_stacks_on_the_same_version() {
    let b = Bench::tenant();
    let stays = b.updated(&change(Scope::Tenant, None, 0, &[(GAIN, Some("2"))]));
    let mut short = change(Scope::Tenant, None, 1, &[(GAIN, Some("4"))]);
    short.ttl_s = Some(60);
    b.wait(5_000);
    let outcome = b.update(&short);
    assert_eq!(outcome.alarm_at, Some(START + 10_000 + 5_000));
    let config = b.room.effective(HERE, None, b.now.get() + 500).unwrap();
    assert_eq!(config.ttl_s, Some(60), "rounded up");
    let mut more = change(Scope::Tenant, None, 2, &[(GAIN, Some("6"))]);
    more.ttl_s = Some(100);
    b.wait(5_000).updated(&more);
    b.wait(60_000);
    assert!(b.room.on_alarm(&b.ctx()).push.is_empty(), "the later time counts");
    b.wait(40_000);
    assert_eq!(b.room.on_alarm(&b.ctx()).push.len(), 1);
    let changes = b.changes();
    assert!(matches!(changes[0].origin, Origin::Expired { from_version: 3 }));
    assert_eq!((changes[0].version, &changes[0].content_hash), (4, &stays.content_hash));
    assert_eq!(b.room.effective(HERE, None, b.now.get()).unwrap().ttl_s, None);
    assert!(b.room.on_alarm(&b.ctx()).push.is_empty(), "once");
}

#[test]
fn a_proposal_is_applied_once_and_answers_its_run() {
    let b = Bench::tenant();
    let body = proposal(1, &call(1), 0, window(0, 0, 60.0), &[(GAIN, "6.0")]);
    let outcome = b.propose(&body);
    assert_eq!(outcome.push, [Push { station: HERE, call_id: Some(call(1)) }]);
    assert_eq!((outcome.resolved_runs.len(), outcome.resolved_runs[0].status), (1, RunStatus::Applied));
    let first = outcome.answer.unwrap();
    assert_eq!((first.status, first.version, first.rolled_back), (RunStatus::Applied, Some(1), false));
    let again = b.propose(&body);
    assert!(again.push.is_empty() && again.resolved_runs.is_empty());
    assert_eq!(again.answer.unwrap(), first);
    assert_eq!(b.version(HERE, Some(&call(1))), 1);
    assert_eq!(b.room.run(&body.run_id).unwrap().unwrap().version, Some(1));
    let read = ReadConfigV1 { tenant: tenant(), station: HERE, call_id: Some(call(1)) };
    let state = b.room.station_state(&read, START).unwrap();
    assert_eq!((state.version, state.call[GAIN].as_str()), (1, "6.0"));
    assert_eq!(state.pending.unwrap().score_before.as_deref(), Some("60.00"));
    let early = b.propose(&proposal(2, &call(1), 1, window(1, 0, 61.0), &[(GAIN, "8.0")])).answer.unwrap();
    assert_eq!(early.status, RunStatus::Refused);
    assert!(early.detail.contains("version 1 still waits"), "{}", early.detail);
}

#[test]
fn a_worse_first_window_returns_the_layer_byte_for_byte() {
    let b = Bench::tenant();
    let c = call(1);
    let good = b.updated(&change(Scope::Call, Some(&c), 0, &[(GAIN, Some("2"))]));
    b.wait(5_000);
    b.propose(&proposal(1, &c, 1, window(0, 1, 80.0), &[(GAIN, "8.0")])).answer.unwrap();
    b.wait(3_000);
    let other_leg = attune_contracts::command::ProposeV1 { leg: Leg::B, ..proposal(2, &c, 2, window(0, 2, 1.0), &[]) };
    assert!(!b.propose(&other_leg).answer.unwrap().rolled_back);
    let old = b.propose(&proposal(3, &c, 2, window(1, 1, 1.0), &[])).answer.unwrap();
    assert!(!old.rolled_back, "a window from before the change does not judge it");
    let outcome = b.propose(&proposal(4, &c, 2, window(2, 2, 80.0 - MARGIN - 0.1), &[(GAIN, "10.0")]));
    assert_eq!(outcome.push.len(), 1);
    let answer = outcome.answer.unwrap();
    assert_eq!((answer.status, answer.rolled_back, answer.version), (RunStatus::Refused, true, Some(3)));
    let last = b.changes().remove(0);
    assert!(matches!(last.origin, Origin::AutomaticRollback { to_version: 1, from_version: 2 }));
    assert_eq!(last.content_hash, good.content_hash);
    assert_eq!(b.value(HERE, Some(&c), GAIN), "2.0");
}

#[test]
fn a_good_first_window_keeps_the_change_and_lets_the_next_one_in() {
    let b = Bench::tenant();
    let c = call(1);
    b.propose(&proposal(1, &c, 0, window(0, 0, 60.0), &[(GAIN, "6.0")])).answer.unwrap();
    b.wait(4_000);
    let next = b.propose(&proposal(2, &c, 1, window(1, 1, 60.0 - MARGIN + 0.1), &[(GAIN, "9.0")])).answer.unwrap();
    assert_eq!((next.status, next.version), (RunStatus::Applied, Some(2)));
    b.wait(19_999);
    assert!(b.room.on_alarm(&b.ctx()).push.is_empty());
    b.wait(1);
    let outcome = b.room.on_alarm(&b.ctx());
    assert_eq!(outcome.push.len(), 1, "no data: the change returns");
    assert_eq!((b.version(HERE, Some(&c)), b.value(HERE, Some(&c), GAIN)), (3, "6.0".into()));
    b.wait(600_000);
    assert!(b.room.on_alarm(&b.ctx()).push.is_empty(), "what was good is not judged again");
}

#[test]
fn a_tenants_change_takes_out_of_calls_what_it_makes_illegal() {
    let b = Bench::tenant();
    let c = call(1);
    b.updated(&change(Scope::Call, Some(&c), 0, &[("agc.max_gain_db", Some("6"))]));
    for (step, gain) in ["6", "12", "18", "24"].iter().enumerate() {
        b.wait(10_000);
        let base = if step == 0 { 0 } else { step as u64 + 1 };
        b.updated(&change(Scope::Tenant, None, base, &[(GAIN, Some(gain))]));
    }
    b.wait(10_000);
    let made = b.updated(&change(Scope::Tenant, None, 5, &[("compressor.makeup_db", Some("6"))]));
    assert_eq!(made.version, 6, "24 + 6 + 6 dB are just legal");
    b.wait(10_000);
    let outcome = b.update(&change(Scope::Tenant, None, 6, &[("compressor.makeup_db", Some("12"))]));
    assert_eq!(outcome.push.len(), 2);
    outcome.answer.unwrap();
    let last = b.changes().remove(0);
    assert_eq!((last.version, last.origin, last.call_id.as_ref()), (8, Origin::Fallback, Some(&c)));
    assert_eq!(b.value(HERE, Some(&c), "agc.max_gain_db"), "0.0");
}

#[test]
fn runs_are_accepted_once_and_remembered_for_a_day() {
    let b = Bench::tenant();
    let body = RunRequestV1 { schema_version: 1, call_id: call(1), leg: Leg::A, station: HERE };
    let once = Once { route: "/v1/optimizer/run", key: "k", fingerprint: "f" };
    let outcome = b.room.accept_run(&b.ctx(), &once, &body);
    assert!(outcome.drain);
    let first = outcome.answer.unwrap();
    let message = b.messages().remove(0);
    assert_eq!(
        (message["kind"].as_str(), message["body"]["run_id"].as_str()),
        (Some("optimizer.run.v1"), Some(first.run_id.as_str()))
    );
    let again = b.room.accept_run(&b.ctx(), &once, &body);
    assert_eq!(again.answer.unwrap(), first);
    assert_eq!(b.messages().len(), 1);
    assert_eq!(b.room.run(&first.run_id).unwrap().unwrap().status, RunStatus::Accepted);
    let mut found = proposal(0, &call(1), 0, window(0, 0, 90.0), &[]);
    found.run_id = first.run_id.clone();
    let resolved = b.propose(&found).resolved_runs;
    assert_eq!((&resolved[0].run_id, resolved[0].status), (&first.run_id, RunStatus::NoChange));
    b.wait(25 * 3_600_000);
    b.room.on_alarm(&b.ctx()).answer.unwrap();
    assert_eq!(b.room.run(&first.run_id).unwrap(), None);
}

#[test]
fn an_agent_that_is_behind_is_caught_up() {
    let b = Bench::tenant();
    let c = call(1);
    b.updated(&change(Scope::Tenant, None, 0, &[(GAIN, Some("3"))]));
    let subscription = |version, call_id| Subscription { station: HERE, call_id, version };
    let frames = b.room.subscribe(&b.ctx(), &[subscription(0, Some(c.clone())), subscription(1, None)]);
    let frames = frames.answer.unwrap();
    let [ControlFrame::Config { config }] = frames.as_slice() else { panic!("{frames:?}") };
    assert_eq!((config.version, config.call_id.as_ref()), (1, Some(&c)));
    b.room.ack(&b.ctx(), HERE, Some(&c), 1, true, None).answer.unwrap();
    b.room.ack(&b.ctx(), HERE, Some(&c), 0, false, Some("late")).answer.unwrap();
    let ack = b.room.last_ack(HERE, Some(&c)).unwrap().unwrap();
    assert_eq!((ack.version, ack.applied), (1, true));
}

#[test]
fn an_idle_call_is_dropped_and_its_agent_still_gets_a_higher_version() {
    let b = Bench::tenant();
    let c = call(1);
    b.propose(&proposal(1, &c, 0, window(0, 0, 60.0), &[(GAIN, "6.0")])).answer.unwrap();
    b.wait(4_000).propose(&proposal(2, &c, 1, window(1, 1, 70.0), &[])).answer.unwrap();
    b.wait(CALL_IDLE_MS - 1);
    b.room.on_alarm(&b.ctx()).answer.unwrap();
    assert_eq!(b.version(HERE, Some(&c)), 1, "not yet");
    b.wait(1);
    b.room.on_alarm(&b.ctx()).answer.unwrap();
    assert_eq!((b.version(HERE, Some(&c)), b.value(HERE, Some(&c), GAIN)), (0, "0.0".into()));
    let back = b.room.subscribe(&b.ctx(), &[Subscription { station: HERE, call_id: Some(c.clone()), version: 1 }]);
    let frames = back.answer.unwrap();
    let [ControlFrame::Config { config }] = frames.as_slice() else { panic!("{frames:?}") };
    assert_eq!((config.version, config.values[GAIN].value.as_str()), (2, "0.0"));
}

#[test]
fn the_global_layer_reaches_the_tenants_and_waits_for_a_thaw() {
    let global = Bench::new(Owner::Global);
    let b = Bench::tenant();
    assert!(b.room.needs_global() && !global.room.needs_global());
    global.updated(&change(Scope::Global, None, 0, &[(GAIN, Some("1"))]));
    let known = global.room.register_room(&global.ctx(), &tenant()).answer.unwrap();
    b.room.take_global(&b.ctx(), &known, true).answer.unwrap();
    assert!(!b.room.needs_global());
    assert_eq!((b.version(HERE, None), b.value(HERE, None, GAIN)), (1, "1.0".into()));
    b.freeze(true);
    global.wait(5_000);
    let outcome = global.update(&change(Scope::Global, None, 1, &[(GAIN, Some("4"))]));
    assert!(outcome.drain);
    let published = serde_json::from_value(global.messages().remove(0)).unwrap();
    let layers = [published];
    b.room.take_global(&b.ctx(), &layers, false).answer.unwrap();
    assert_eq!(b.value(HERE, None, GAIN), "1.0");
    b.freeze(false);
    assert_eq!((b.version(HERE, None), b.value(HERE, None, GAIN)), (2, "4.0".into()));
    b.room.take_global(&b.ctx(), &layers, false).answer.unwrap();
    b.room.take_global(&b.ctx(), &known, false).answer.unwrap();
    assert_eq!(b.version(HERE, None), 2, "older and equal ones change nothing");
    assert!(b.messages().iter().all(|m| m["body"]["scope"] == "global" && m["tenant"] == TENANT));
}

#[test]
fn history_is_bounded() {
    let b = Bench::tenant();
    for index in 0..60_u64 {
        b.wait(10_000).updated(&change(
            Scope::Tenant,
            None,
            index,
            &[(GAIN, Some(if index % 2 == 0 { "1" } else { "2" }))],
        ));
    }
    let versions: Vec<u64> = b.changes().iter().map(|c| c.version).collect();
    assert_eq!(versions, (11..=60).rev().collect::<Vec<_>>());
}

#[test]
fn a_room_wakes_up_as_it_was() {
    let b = Bench::tenant();
    b.updated(&change(Scope::Tenant, None, 0, &[(GAIN, Some("3"))]));
    b.freeze(true);
    let before = b.room.effective(HERE, None, START).unwrap();
    let again = ControlRoom::open(b.store.clone(), Owner::Tenant(tenant())).unwrap();
    assert_eq!(again.effective(HERE, None, START).unwrap(), before);
    assert_eq!(again.outbox().stats().unwrap().depth, 1);
}

#[test]
fn another_tenants_run_and_state_are_not_found() {
    let b = Bench::tenant();
    let mut body = proposal(1, &call(1), 0, window(0, 0, 60.0), &[(GAIN, "6.0")]);
    body.tenant = attune_domain::TenantId::parse("tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzy").unwrap();
    assert_eq!(code(b.propose(&body)), ProblemCode::NotFound);
    let read = ReadConfigV1 { tenant: body.tenant, station: HERE, call_id: None };
    assert!(b.room.station_state(&read, START).is_err());
}

#[test]
fn the_version_to_return_to_outlives_the_bounded_history() {
    let b = Bench::tenant();
    let stays = b.updated(&change(Scope::Tenant, None, 0, &[(GAIN, Some("2"))]));
    for version in 1..=60_u64 {
        let mut short = change(Scope::Tenant, None, version, &[(GAIN, Some(if version % 2 == 0 { "3" } else { "4" }))]);
        short.ttl_s = Some(3_600);
        b.wait(5_000).updated(&short);
    }
    b.wait(3_600_000);
    assert_eq!(b.room.on_alarm(&b.ctx()).push.len(), 1);
    let last = b.changes().remove(0);
    assert_eq!((last.version, &last.content_hash), (62, &stays.content_hash));
}

#[test]
fn the_optimizer_is_told_what_was_taken_back_lately() {
    let b = Bench::tenant();
    let c = call(1);
    let told = |call: &attune_domain::CallId| {
        b.state(call).rejected.into_iter().map(|r| (r.name, r.value)).collect::<Vec<_>>()
    };
    let gain = |value: &str| (GAIN.to_owned(), value.to_owned());
    b.propose(&proposal(1, &c, 0, window(0, 0, 80.0), &[(GAIN, "6.0")])).answer.unwrap();
    assert!(told(&c).is_empty());
    b.wait(4_000);
    assert!(b.propose(&proposal(2, &c, 1, window(1, 1, 10.0), &[])).answer.unwrap().rolled_back, "a worse window");
    assert_eq!(told(&c), [gain("6.0")]);
    assert!(told(&call(2)).is_empty(), "another call is another line");
    let third = b.wait(60_000).propose(&proposal(3, &c, 2, window(2, 2, 80.0), &[(GAIN, "4.0")])).answer.unwrap();
    assert_eq!(third.status, RunStatus::Applied, "{}", third.detail);
    b.wait(240_000);
    assert_eq!(b.room.on_alarm(&b.ctx()).push.len(), 1, "no data");
    assert_eq!(told(&c), [gain("4.0"), gain("6.0")]);
    b.wait(4_000).updated(&change(Scope::Call, Some(&c), 4, &[(GAIN, Some("2"))]));
    b.rollback(&back(Scope::Call, Some(&c), 4)).answer.unwrap();
    assert_eq!(told(&c), [gain("2.0"), gain("4.0"), gain("6.0")], "a person");
    b.wait(3_300_000);
    assert_eq!(told(&c), [gain("2.0"), gain("4.0")], "after an hour it may be tried again");
}
