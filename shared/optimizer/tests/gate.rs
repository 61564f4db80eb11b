//! The gate's refusals name what is wrong and what would be right.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests by the lint")]

use attune_domain::{Decimal, KnobName, Scope, Station};
use attune_optimizer::{Code, Layers, Refusal, Request, State, Values, Violation, judge, merge, restore};

fn dec(knob: KnobName, text: &str) -> Decimal {
    knob.knob().parse_value(text).unwrap()
}

fn values(entries: &[(KnobName, &str)]) -> Values {
    entries.iter().map(|(knob, text)| (*knob, dec(*knob, text))).collect()
}

fn request(entries: &[(KnobName, &str)]) -> Request {
    let changes = entries.iter().map(|(knob, text)| (*knob, Some(dec(*knob, text)))).collect();
    Request { station: Station::GatewayIn, scope: Scope::Call, changes, base_version: 7, ttl_s: None }
}

fn state(global: &[(KnobName, &str)], tenant: &[(KnobName, &str)], call: &[(KnobName, &str)]) -> State {
    let layers = Layers { global: values(global), tenant: values(tenant), call: values(call) };
    State { version: 7, layers, ..State::default() }
}

fn violations(request: &Request, state: &State) -> Vec<Violation> {
    match judge(request, state, 100_000) {
        Err(Refusal::Violations(violations)) => violations,
        other => panic!("{other:?}"),
    }
}

const PLC: fn() -> KnobName = || KnobName::parse("plc.enabled").unwrap();
const JITTER_BUFFER: fn() -> KnobName = || KnobName::parse("jitterbuffer.size_ms").unwrap();

#[test]
fn a_good_change_is_accepted_with_the_layer_and_the_merged_result() {
    let state = state(&[(KnobName::INPUT_GAIN, "2")], &[], &[(KnobName::HIGHPASS, "100")]);
    let accepted = judge(&request(&[(KnobName::INPUT_GAIN, "8")]), &state, 100_000).unwrap();
    assert_eq!(accepted.layer_after, values(&[(KnobName::INPUT_GAIN, "8"), (KnobName::HIGHPASS, "100")]));
    assert_eq!(accepted.changed[&KnobName::INPUT_GAIN], (None, Some(dec(KnobName::INPUT_GAIN, "8"))));
    assert_eq!(accepted.effective_after.knobs[&KnobName::INPUT_GAIN].scope, Some(Scope::Call));
    assert_eq!(accepted.effective_after.non_default().len(), 2);
}

#[test]
fn steps_count_from_the_effective_value() {
    // The call's layer is empty, but the tenant's gain is in force.
    let state = state(&[], &[(KnobName::INPUT_GAIN, "-3")], &[]);
    let found = violations(&request(&[(KnobName::INPUT_GAIN, "4")]), &state);
    assert_eq!(found[0].code, Code::StepTooLarge);
    assert!(found[0].detail.contains("expected -9.0 to 3.0 dB, not 4.0"), "{}", found[0].detail);
    assert_eq!(found[0].field_error().pointer, "/values/pcm.input_gain_db");
    // Taking a value out is a step too.
    let mut out = request(&[]);
    out.changes.insert(KnobName::INPUT_GAIN, None);
    let state = self::state(&[], &[], &[(KnobName::INPUT_GAIN, "12")]);
    assert_eq!(violations(&out, &state)[0].code, Code::StepTooLarge);
}

#[test]
fn every_violation_of_values_is_named_at_once() {
    let mut request = request(&[(KnobName::INPUT_GAIN, "30"), (JITTER_BUFFER(), "80")]);
    request.changes.insert(KnobName::HIGHPASS, Some(Decimal::new(1205, 1)));
    request.ttl_s = Some(0);
    let codes: Vec<_> = violations(&request, &state(&[], &[], &[])).into_iter().map(|v| (v.knob, v.code)).collect();
    assert_eq!(
        codes,
        [
            (None, Code::OutOfRange),
            (Some(KnobName::HIGHPASS), Code::Resolution),
            (Some(JITTER_BUFFER()), Code::NotLive),
            (Some(KnobName::INPUT_GAIN), Code::OutOfRange),
        ]
    );
    request.station = Station::SpeechToText;
    request.changes = [(PLC(), Some(Decimal::new(1, 0)))].into();
    request.ttl_s = Some(604_800);
    assert_eq!(violations(&request, &state(&[], &[], &[]))[0].code, Code::NotAtStation);
}

#[test]
fn not_live_knobs_change_outside_of_calls() {
    let mut request = request(&[(JITTER_BUFFER(), "80")]);
    request.scope = Scope::Tenant;
    assert!(judge(&request, &state(&[], &[], &[]), 0).is_ok());
}

#[test]
fn rate_counts_per_knob_and_says_how_long_to_wait() {
    let mut state = state(&[], &[], &[]);
    state.last_changed.insert(KnobName::INPUT_GAIN, 98_000);
    let found = violations(&request(&[(KnobName::INPUT_GAIN, "3"), (KnobName::HIGHPASS, "100")]), &state);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].knob, found[0].code), (Some(KnobName::INPUT_GAIN), Code::TooSoon));
    assert!(found[0].detail.contains("in 1000 ms"), "{}", found[0].detail);
    state.last_changed.insert(KnobName::INPUT_GAIN, 97_001);
    assert!(judge(&request(&[(KnobName::INPUT_GAIN, "3")]), &state, 100_000).is_err());
    state.last_changed.insert(KnobName::INPUT_GAIN, 97_000);
    assert!(judge(&request(&[(KnobName::INPUT_GAIN, "3")]), &state, 100_000).is_ok());
    // A last change in the future (clocks differ) is no licence.
    state.last_changed.insert(KnobName::INPUT_GAIN, 200_000);
    assert!(judge(&request(&[(KnobName::INPUT_GAIN, "3")]), &state, 100_000).is_err());
}

#[test]
fn cross_rules_are_judged_on_the_merged_result() {
    let state = state(&[(KnobName::AGC_MAX_GAIN, "20")], &[(KnobName::COMPRESSOR_MAKEUP, "12")], &[]);
    let found = violations(&request(&[(KnobName::INPUT_GAIN, "5")]), &state);
    assert_eq!((found[0].knob, found[0].code), (Some(KnobName::INPUT_GAIN), Code::CrossRule));
    assert!(found[0].detail.ends_with("pcm.input_gain_db has to be at most 4.0, not 5.0"), "{}", found[0].detail);
    assert!(judge(&request(&[(KnobName::INPUT_GAIN, "4")]), &state, 100_000).is_ok());
    let mut suppress = request(&[(KnobName::NOISE_REDUCTION, "3")]);
    assert!(judge(&suppress, &state, 100_000).is_ok(), "a person listens at the gateway");
    suppress.station = Station::SpeechToText;
    assert_eq!(violations(&suppress, &state)[0].code, Code::CrossRule);
}

#[test]
fn a_calls_value_falls_back_when_the_tenants_change_makes_it_illegal() {
    let mut seen = state(&[], &[], &[]);
    let call = values(&[(KnobName::AGC_MAX_GAIN, "30"), (KnobName::INPUT_GAIN, "6")]);
    seen.affected = vec![Layers { call, ..Layers::default() }];
    let mut request = request(&[(KnobName::COMPRESSOR_MAKEUP, "6")]);
    request.scope = Scope::Tenant;
    let accepted = judge(&request, &seen, 100_000).unwrap();
    let fallbacks = accepted.new_fallbacks(&seen, Station::GatewayIn);
    assert!(!fallbacks.is_empty());
    assert!(fallbacks.iter().all(|(index, f)| *index == 0 && f.scope == Scope::Call), "{fallbacks:?}");
    assert_eq!(accepted.affected_after[0].value(KnobName::COMPRESSOR_MAKEUP).unwrap().to_string(), "6.0");
}

#[test]
fn only_the_offending_knobs_of_the_most_specific_layer_fall_back() {
    let layers = Layers {
        global: values(&[(KnobName::AGC_MAX_GAIN, "20")]),
        tenant: values(&[(KnobName::COMPRESSOR_MAKEUP, "24")]),
        call: values(&[(KnobName::INPUT_GAIN, "-3"), (KnobName::HIGHPASS, "120")]),
    };
    let merged = merge(Station::GatewayIn, &layers);
    // The call's −3 dB do not offend; the tenant's makeup does.
    assert_eq!(merged.fallbacks.len(), 1);
    assert_eq!((merged.fallbacks[0].scope, merged.fallbacks[0].knob), (Scope::Tenant, KnobName::COMPRESSOR_MAKEUP));
    assert_eq!(merged.value(KnobName::INPUT_GAIN).unwrap().to_string(), "-3.0");
    assert!(merged.fallbacks[0].to_string().contains("compressor.makeup_db 24.0 of the tenant layer"));
}

#[test]
fn frozen_stale_and_empty_requests_are_refused_and_a_rollback_passes() {
    let mut state = state(&[], &[], &[(KnobName::INPUT_GAIN, "12")]);
    let mut stale = request(&[(KnobName::INPUT_GAIN, "9")]);
    stale.base_version = 6;
    assert_eq!(judge(&stale, &state, 0), Err(Refusal::VersionConflict { current: 7 }));
    assert_eq!(judge(&request(&[(KnobName::INPUT_GAIN, "12")]), &state, 0), Err(Refusal::NothingToChange));
    state.frozen = true;
    state.last_changed.insert(KnobName::INPUT_GAIN, 0);
    assert_eq!(judge(&request(&[(KnobName::INPUT_GAIN, "9")]), &state, 0), Err(Refusal::Frozen));
    let back = restore(Station::GatewayIn, Scope::Call, &Values::new(), &state).unwrap();
    assert!(back.layer_after.is_empty());
    assert_eq!(back.changed[&KnobName::INPUT_GAIN].1, None);
    let beyond = [(KnobName::INPUT_GAIN, Decimal::new(999, 1))].into();
    assert!(restore(Station::GatewayIn, Scope::Call, &beyond, &state).is_err());
}

#[test]
fn constraints_make_bounds_tighter_and_never_looser() {
    use attune_contracts::snapshot::Constraint;
    let tight = Constraint { min: Some("-2.0".into()), max: Some("99.0".into()) };
    let state = state(&[], &[], &[]).constrained(&[("pcm.input_gain_db".to_owned(), tight)].into());
    let bounds = state.bounds(KnobName::INPUT_GAIN);
    assert_eq!((bounds.min.to_string(), bounds.max.to_string()), ("-2.0".to_owned(), "24.0".to_owned()));
    let found = violations(&request(&[(KnobName::INPUT_GAIN, "-3")]), &state);
    assert!(found[0].detail.contains("expected -2.0 to 24.0 dB"), "{}", found[0].detail);
}

#[test]
fn the_canonical_form_is_rfc_8785() {
    let merged = merge(Station::GatewayIn, &state(&[], &[(KnobName::INPUT_GAIN, "-0.5")], &[]).layers);
    let text = attune_optimizer::layer::to_text(&merged.values());
    assert_eq!(merged.canonical(), attune_contracts::canonical::canonical_json(&text).unwrap());
    assert_eq!(merged.content_hash(), attune_contracts::canonical::sha256_hex(merged.canonical().as_bytes()));
    assert_eq!(merged.to_wire()["pcm.input_gain_db"].scope, Some(Scope::Tenant));
}

#[test]
fn the_limiter_lies_above_the_agcs_target_and_not_at_it() {
    let at = |limiter: &str| state(&[], &[], &[(KnobName::AGC_TARGET, "-12"), (KnobName::LIMITER_THRESHOLD, limiter)]);
    assert_eq!(merge(Station::GatewayIn, &at("-11.9").layers).fallbacks, []);
    let fallbacks = merge(Station::GatewayIn, &at("-12").layers).fallbacks;
    assert!(!fallbacks.is_empty() && fallbacks.iter().all(|f| f.scope == Scope::Call));
}
