//! Token buckets, leases under simulated concurrency, the table, and the header fields.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::limits::*;
use proptest::prelude::*;

const NOW: i64 = 1_800_000_000_000;

fn rate(burst: u32, tokens: u32, seconds: u32) -> Rate {
    Rate { burst, tokens, seconds }
}

#[test]
fn a_bucket_gives_its_burst_and_then_its_rate() {
    let rate = rate(3, 2, 1);
    let mut bucket = Bucket::full(&rate, NOW);
    for left in [2, 1, 0] {
        assert_eq!(bucket.take(&rate, 1, NOW).unwrap().tokens, left);
    }
    let denied = bucket.take(&rate, 1, NOW).unwrap_err();
    assert_eq!((denied.wait_ms, denied.remaining), (Some(500), Remaining { tokens: 0, next_ms: 500 }));
    assert_eq!(bucket.take(&rate, 1, NOW + 499).unwrap_err().wait_ms, Some(1));
    assert_eq!(bucket.take(&rate, 1, NOW + 500), Ok(Remaining { tokens: 0, next_ms: 500 }));
    assert_eq!(bucket.remaining(&rate, NOW + 1_250), Remaining { tokens: 1, next_ms: 250 });
    assert_eq!(bucket.remaining(&rate, NOW + 3_600_000), Remaining { tokens: 3, next_ms: 0 });
    assert!(bucket.is_full(&rate, NOW + 3_600_000));
    // more than it ever holds
    assert_eq!(bucket.take(&rate, 4, NOW + 3_600_000).unwrap_err().wait_ms, None);
    assert_eq!(Bucket::empty(NOW).take(&rate, 1, NOW).unwrap_err().wait_ms, Some(500));
}

#[test]
fn clocks_that_jump_give_nothing() {
    let rate = rate(10, 1, 1);
    let mut bucket = Bucket::full(&rate, NOW);
    assert_eq!(bucket.take(&rate, 10, NOW).unwrap().tokens, 0);
    assert!(bucket.take(&rate, 1, NOW - 86_400_000).is_err());
    assert!(bucket.take(&rate, 1, NOW + 999).is_err());
    assert!(bucket.take(&rate, 1, NOW + 1_000).is_ok());
    for now in [i64::MIN, i64::MAX, 0, i64::MIN] {
        assert!(bucket.remaining(&rate, now).tokens <= 10);
    }
}

#[test]
fn slow_rates_lose_little() {
    // 10 tries in 15 minutes: after a day there were 960 and the burst
    for slow in [rate(10, 10, 900), rate(5, 5, 86_400), rate(1000, 1000, 2_592_000)] {
        assert!(slow.is_valid());
        let mut bucket = Bucket::empty(NOW);
        let (mut taken, day) = (0_u64, 86_400_000);
        for at in (0..10 * day).step_by(997) {
            while bucket.take(&slow, 1, NOW + at).is_ok() {
                taken += 1;
            }
        }
        let due = 864_000 * u64::from(slow.tokens) / u64::from(slow.seconds);
        assert!(taken <= due && taken * 100 >= due * 98 - 100, "{slow:?}: {taken} of {due}");
    }
    for bad in
        [rate(0, 1, 1), rate(1, 0, 1), rate(1, 1, 0), rate(1_000_001, 1, 1), rate(1, 1_000_001, 1), rate(1, 1, 20_001)]
    {
        assert!(!bad.is_valid(), "{bad:?}");
    }
}

#[test]
fn a_new_table_holds_for_stored_buckets() {
    let (big, small) = (rate(100, 10, 1), rate(5, 1, 1));
    let mut bucket: Bucket = serde_json::from_str(&serde_json::to_string(&Bucket::full(&big, NOW)).unwrap()).unwrap();
    assert_eq!(bucket.remaining(&small, NOW).tokens, 5);
    let mut shared = Shared::new(Bucket::full(&big, NOW));
    let Answer::Granted(lease) = shared.ask(&big, Ask { need: 1, want: 50 }, NOW) else { panic!() };
    assert_eq!((lease.tokens, shared.lent()), (5, 5));
    // all that the smaller bucket may hold is lent: wait for the end of the lease
    let Answer::Denied(denied) = shared.ask(&small, Ask { need: 1, want: 0 }, NOW) else { panic!() };
    assert_eq!(denied.wait_ms, Some(1_100));
    let sent: Rate = serde_json::from_str(&serde_json::to_string(&big).unwrap()).unwrap();
    assert_eq!(sent, big, "isolates send the rate along");
    let again: Shared = serde_json::from_str(&serde_json::to_string(&shared).unwrap()).unwrap();
    assert_eq!(again, shared);
}

#[test]
fn small_limits_are_never_lent() {
    // 10 tries in 15 minutes: each is asked for
    let rate = rate(10, 10, 900);
    let mut shared = Shared::new(Bucket::full(&rate, NOW));
    for _ in 0..10 {
        let Answer::Granted(lease) = shared.ask(&rate, Ask { need: 1, want: 100 }, NOW) else { panic!() };
        assert_eq!(lease.tokens, 0);
    }
    let Answer::Denied(denied) = shared.ask(&rate, Ask { need: 1, want: 100 }, NOW) else { panic!() };
    assert_eq!(denied.wait_ms, Some(90_001));
}

#[test]
fn an_isolate_remembers_a_refusal() {
    let rate = rate(2, 1, 1);
    let mut shared = Shared::new(Bucket::full(&rate, NOW));
    let mut local = Local::default();
    for _ in 0..2 {
        let Step::Ask(ask) = local.take(1, NOW) else { panic!() };
        assert!(local.answered(ask, NOW, shared.ask(&rate, ask, NOW), NOW).is_ok());
    }
    let Step::Ask(ask) = local.take(1, NOW) else { panic!() };
    assert_eq!(local.answered(ask, NOW, shared.ask(&rate, ask, NOW), NOW).unwrap_err().wait_ms, Some(1_000));
    let Step::Denied(denied) = local.take(1, NOW + 400) else { panic!() };
    assert_eq!(denied.wait_ms, Some(600));
    assert!(!local.is_idle(NOW + 999));
    assert!(matches!(local.take(1, NOW + 1_000), Step::Ask(_)));
    // what can never be is asked each time
    let Step::Ask(ask) = local.take(3, NOW + 1_000) else { panic!() };
    assert_eq!(local.answered(ask, NOW, shared.ask(&rate, ask, NOW), NOW).unwrap_err().wait_ms, None);
    assert!(matches!(local.take(3, NOW + 1_000), Step::Ask(_)));
}

#[test]
fn requests_side_by_side_ask_for_one_lease() {
    let mut local = Local::default();
    let mut wishes = |count: usize, now| -> Vec<u32> {
        let wish = |_| if let Step::Ask(ask) = local.take(1, now) { ask.want } else { 99 };
        (0..count).map(wish).collect()
    };
    assert_eq!(wishes(8, NOW), [0, 0, 0, 0, 1, 0, 0, 0], "the fifth in a second is sure enough of one more");
    // an answer that never comes does not end all wishes
    assert_eq!(wishes(2, NOW + 1_000), [3, 0]);
    // who was away for long begins anew
    assert_eq!(wishes(1, NOW + 3_000), [0]);
}

/// One run of isolates against one object.
#[derive(Debug, Default)]
struct Run {
    /// When tokens were spent, and how many.
    spent: Vec<(i64, u32)>,
    asked: u64,
    refused: u64,
}

/// Discrete events: each isolate has requests at random times, its hop to the object takes a random time each way, its clock is
/// off by its own amount. `load` is the demand in hundredths of the rate.
fn simulate(rate: &Rate, isolates: usize, load: u32, seconds: i64, seed: u64) -> Run {
    use std::collections::BTreeMap;
    let mut state = seed | 1;
    let mut random = move |below: u64| {
        // xorshift64*: good enough to spread events
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % below
    };
    enum Event {
        Request(usize),
        Arrives(usize, Ask, i64),
        Answered(usize, Ask, i64, Answer),
    }
    let skews: Vec<i64> = (0..isolates).map(|_| random(20_000).cast_signed() - 10_000).collect();
    let mut queue: BTreeMap<(i64, u64), Event> = BTreeMap::new();
    let mut serial = 0;
    let mut push = |queue: &mut BTreeMap<(i64, u64), Event>, at: i64, event: Event| {
        serial += 1;
        queue.insert((at, serial), event);
    };
    let count = u64::from(rate.tokens) * u64::from(load) * seconds.unsigned_abs() / (u64::from(rate.seconds) * 100);
    for _ in 0..count + u64::from(rate.burst) {
        let at = random(seconds.unsigned_abs() * 1000).cast_signed();
        // some isolates are much busier than others
        let isolate = (random(isolates as u64) * random(isolates as u64) / isolates as u64) as usize;
        push(&mut queue, at, Event::Request(isolate));
    }
    let mut shared = Shared::new(Bucket::full(rate, 0));
    let mut locals = vec![Local::default(); isolates];
    let mut run = Run::default();
    while let Some(((now, _), event)) = queue.pop_first() {
        match event {
            Event::Request(isolate) => match locals[isolate].take(1, now + skews[isolate]) {
                Step::Allowed(_) => run.spent.push((now, 1)),
                Step::Denied(_) => run.refused += 1,
                Step::Ask(ask) => {
                    run.asked += 1;
                    let hop = 1 + random(15).cast_signed();
                    push(&mut queue, now + hop, Event::Arrives(isolate, ask, now));
                }
            },
            Event::Arrives(isolate, ask, sent) => {
                let answer = shared.ask(rate, ask, now);
                // what is needed is judged, and spent, here
                match answer {
                    Answer::Granted(_) => run.spent.push((now, ask.need)),
                    Answer::Denied(_) => run.refused += 1,
                }
                let hop = 1 + random(15).cast_signed();
                push(&mut queue, now + hop, Event::Answered(isolate, ask, sent, answer));
            }
            Event::Answered(isolate, ask, sent, answer) => {
                let _ = locals[isolate].answered(ask, sent + skews[isolate], answer, now + skews[isolate]);
            }
        }
    }
    run
}

/// All that was spent, by everybody, fits one bucket: so in no span of time was it more than burst and rate allow.
fn assert_never_above(rate: &Rate, run: &Run) {
    let mut reference = Bucket::full(rate, 0);
    for (at, tokens) in &run.spent {
        assert!(reference.take(rate, *tokens, *at).is_ok(), "too much at {at}");
    }
}

fn total(run: &Run) -> u64 {
    run.spent.iter().map(|(_, tokens)| u64::from(*tokens)).sum()
}

#[test]
fn leases_are_never_above_and_at_most_a_twentieth_below() {
    for (rate, isolates, seconds) in [
        (rate(100, 50, 1), 1, 60),
        (rate(100, 50, 1), 20, 60),
        (rate(500, 250, 1), 8, 60),
        (rate(500, 250, 1), 60, 60),
        (rate(2500, 1250, 1), 100, 20),
        (rate(400, 1000, 1), 40, 20),
        (rate(20, 10, 60), 10, 3_600),
        (rate(60, 120, 60), 10, 3_600),
    ] {
        for load in [110, 150, 400] {
            for seed in 1..4 {
                let run = simulate(&rate, isolates, load, seconds, seed * 7919);
                assert_never_above(&rate, &run);
                let due =
                    u64::from(rate.burst) + seconds.unsigned_abs() * u64::from(rate.tokens) / u64::from(rate.seconds);
                let got = total(&run);
                assert!(
                    got * 100 >= due * 95,
                    "{rate:?} {isolates} isolates, load {load}: {got} of {due}, {} asked",
                    run.asked
                );
            }
        }
    }
}

#[test]
fn leases_save_hops_and_refusals_cost_none() {
    let rate = rate(2500, 1250, 1);
    let calm = simulate(&rate, 10, 50, 20, 3);
    assert_eq!(calm.refused, 0, "nobody is refused at half of the rate");
    assert!(calm.asked * 4 < total(&calm), "{} of {}", calm.asked, total(&calm));
    let storm = simulate(&rate, 10, 1000, 20, 3);
    assert!(storm.asked * 4 < total(&storm) + storm.refused, "{} of {}", storm.asked, total(&storm) + storm.refused);
}

#[test]
fn a_lease_counts_from_before_it_was_asked_for() {
    let rate = rate(100, 10, 1);
    let mut shared = Shared::new(Bucket::full(&rate, NOW));
    let mut local = Local::default();
    let ask = Ask { need: 1, want: 5 };
    assert!(local.answered(ask, NOW, shared.ask(&rate, ask, NOW + 400), NOW + 800).is_ok());
    assert!(matches!(local.take(1, NOW + 999), Step::Allowed(_)));
    assert!(matches!(local.take(1, NOW + 1_000), Step::Ask(_)));
    // two leases end with the earlier one
    let mut local = Local::default();
    for sent in [NOW, NOW + 500] {
        assert!(local.answered(ask, sent, shared.ask(&rate, ask, sent), sent).is_ok());
    }
    assert!(matches!(local.take(9, NOW + 999), Step::Allowed(_)));
    assert!(matches!(local.take(1, NOW + 1_000), Step::Ask(_)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 256, ..ProptestConfig::default() })]

    /// The worst isolates: they take all that they can get, and spend every lease in the last moment that it is good.
    #[test]
    fn hoarders_get_no_more(burst in 20_u32..2_000, tokens in 1_u32..2_000, seconds in 1_u32..20, steps in prop::collection::vec((0_i64..400, 0_u32..3), 1..200)) {
        let rate = rate(burst, tokens, seconds);
        let mut shared = Shared::new(Bucket::full(&rate, 0));
        let (mut now, mut spent) = (0, Vec::new());
        for (pause, need) in steps {
            now += pause;
            for _ in 0..4 {
                if let Answer::Granted(lease) = shared.ask(&rate, Ask { need, want: u32::MAX }, now) {
                    spent.push((now, need));
                    spent.push((now + lease.ttl_ms.cast_signed() - i64::from(lease.tokens > 0), lease.tokens));
                }
            }
            prop_assert!(shared.lent() <= burst);
        }
        spent.sort_unstable();
        // and then a crowd that takes what the object still has
        let last = spent.last().map_or(now, |(at, _)| *at).max(now);
        while let Answer::Granted(_) = shared.ask(&rate, Ask { need: 1, want: 0 }, last) {
            spent.push((last, 1));
        }
        assert_never_above(&rate, &Run { spent, ..Run::default() });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_choice_of_numbers_gives_more(burst in 1_u32..2_000, tokens in 1_u32..2_000, seconds in 1_u32..120, isolates in 1_usize..40, load in 1_u32..500, seed: u64) {
        let rate = rate(burst, tokens, seconds);
        prop_assume!(rate.is_valid());
        let span = (20_000 * i64::from(seconds) / i64::from(tokens) / i64::from(load)).clamp(1, 600);
        let run = simulate(&rate, isolates, load, span, seed);
        assert_never_above(&rate, &run);
    }

    /// In any span, of the taken there are at most burst and rate times span; and a wait that is told is long enough, not longer.
    #[test]
    fn a_bucket_keeps_its_promise(burst in 1_u32..50, tokens in 1_u32..100, seconds in 1_u32..100, steps in prop::collection::vec((0_i64..5_000, 1_u32..5), 1..60)) {
        let rate = rate(burst, tokens, seconds);
        let (mut bucket, mut now, mut taken) = (Bucket::full(&rate, 0), 0, Vec::new());
        for (pause, cost) in steps {
            now += pause;
            match bucket.take(&rate, cost, now) {
                Ok(_) => taken.push((now, u64::from(cost))),
                Err(Denied { wait_ms: None, .. }) => prop_assert!(cost > burst),
                Err(Denied { wait_ms: Some(wait), remaining }) => {
                    prop_assert!(remaining.tokens < cost && remaining.next_ms <= wait && wait > 0);
                    let at = now + wait.cast_signed();
                    prop_assert!(bucket.clone().take(&rate, cost, at - 1).is_err());
                    prop_assert!(bucket.clone().take(&rate, cost, at).is_ok());
                }
            }
        }
        for (first, (start, _)) in taken.iter().enumerate() {
            let mut sum = 0;
            for (end, cost) in &taken[first..] {
                sum += cost;
                let span = (end - start).unsigned_abs();
                prop_assert!(sum * 1000 * u64::from(seconds) <= u64::from(burst) * 1000 * u64::from(seconds) + span * u64::from(tokens));
            }
        }
    }

    #[test]
    fn extreme_numbers_do_not_panic(burst: u32, tokens: u32, seconds: u32, cost: u32, want: u32, now: i64, later: i64) {
        let rate = rate(burst, tokens, seconds);
        let mut bucket = Bucket::full(&rate, now);
        let _ = (bucket.take(&rate, cost, later), rate.window_s(), bucket.is_full(&rate, now));
        let mut shared = Shared::new(bucket);
        let mut local = Local::default();
        for at in [now, later, i64::MAX, i64::MIN] {
            let ask = Ask { need: cost, want };
            let answer = shared.ask(&rate, ask, at);
            let _ = (local.answered(ask, at, answer, at), local.take(cost, at), local.is_idle(at), shared.is_idle(&rate, at));
        }
    }
}

#[test]
fn the_standard_table_is_good() {
    let limits = Limits::parse(STANDARD).unwrap();
    assert_eq!(limits.plans().collect::<Vec<_>>(), ["enterprise", "free", "team"]);
    let better = |a: Option<&Rate>, b: Option<&Rate>| match (a, b) {
        (Some(a), Some(b)) => {
            a.burst >= b.burst
                && u64::from(a.tokens) * u64::from(b.seconds) >= u64::from(b.tokens) * u64::from(a.seconds)
        }
        (a, b) => a.is_none() || b.is_some(),
    };
    for class in RouteClass::ALL {
        for tier in Tier::ALL {
            let [free, team, enterprise] =
                ["free", "team", "enterprise"].map(|plan| limits.rate(tier, Some(plan), class));
            assert!(better(team, free) && better(enterprise, team), "{tier:?} {class:?}: a dearer plan gives no less");
            assert_eq!(limits.rate(tier, Some("unknown"), class), free, "who has no plan has the smallest");
            assert_eq!(limits.rate(tier, None, class), free);
        }
        // one key or person alone cannot use up what all of the tenant have
        for plan in limits.plans() {
            let tenant = limits.rate(Tier::Tenant, Some(plan), class).unwrap();
            for tier in [Tier::Key, Tier::User] {
                if let Some(rate) = limits.rate(tier, Some(plan), class) {
                    assert!(rate.burst < tenant.burst, "{plan} {class:?} {tier:?}");
                }
            }
        }
    }
    // guessing: no more than a thousand tries a day for one person (NIST SP 800-63B, section 3.2.2, wants a limit)
    let tries = limits.rate(Tier::User, None, RouteClass::SignIn).unwrap();
    assert!(u64::from(tries.tokens) * 86_400 / u64::from(tries.seconds) < 1_000);
}

#[test]
fn bad_tables_are_refused() {
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut table: serde_json::Value = serde_json::from_str(STANDARD).unwrap();
        change(&mut table);
        Limits::parse(&table.to_string()).unwrap_err()
    };
    assert!(matches!(refused(&|t| t["plans"]["free"]["tenant"]["burst"] = 0.into()), Error::Rate(_)));
    assert!(matches!(refused(&|t| t["plans"]["team"]["classes"]["read"]["key"]["seconds"] = 0.into()), Error::Rate(_)));
    assert!(matches!(refused(&|t| t["address"]["read"]["burst"] = "9".into()), Error::Rate(_)));
    assert!(matches!(refused(&|t| t["address"]["read"]["burst"] = (1_u64 << 32 | 9).into()), Error::Rate(_)));
    assert!(matches!(refused(&|t| t["address"]["read"] = 9.into()), Error::Json(_)));
    assert!(matches!(refused(&|t| t["address"]["read"]["more"] = 9.into()), Error::Json(_)));
    assert!(matches!(
        refused(&|t| drop(t["address"]["read"].as_object_mut().unwrap().remove("burst"))),
        Error::Missing(_)
    ));
    assert!(matches!(
        refused(&|t| drop(t["plans"]["team"].as_object_mut().unwrap().remove("tenant"))),
        Error::Missing(_)
    ));
    assert!(matches!(refused(&|t| t["address"]["read"]["tokens"] = 2_000_000.into()), Error::Rate(_)));
    assert!(matches!(refused(&|t| drop(t["plans"].as_object_mut().unwrap().remove("free"))), Error::Missing(_)));
    assert!(matches!(
        refused(&|t| drop(t["plans"]["team"]["classes"].as_object_mut().unwrap().remove("voice"))),
        Error::Missing(_)
    ));
    assert!(matches!(refused(&|t| drop(t["address"].as_object_mut().unwrap().remove("stream"))), Error::Missing(_)));
    assert!(matches!(refused(&|t| t["more"] = 1.into()), Error::Json(_)));
    assert!(matches!(refused(&|t| t["plans"]["team"]["classes"]["read"]["tenant"] = 1.into()), Error::Json(_)));
    assert!(matches!(refused(&|t| t["address"]["read"]["burst"] = (-1).into()), Error::Rate(_)));
    assert!(matches!(Limits::parse(""), Err(Error::Json(_))));
}

#[test]
fn policies_name_their_buckets() {
    let limits = Limits::parse(STANDARD).unwrap();
    let names = |class, caller| -> Vec<String> {
        limits.policies(class, caller).into_iter().map(|policy| policy.bucket).collect()
    };
    let address = "192.0.2.7".parse().ok();
    let nobody = Caller { address, ..Caller::default() };
    assert_eq!(names(RouteClass::SignIn, nobody), ["address:192.0.2.7:sign_in"]);
    let person = Caller { address, tenant: Some("tnt_1"), plan: Some("team"), user: Some("usr_1"), key: None };
    assert_eq!(
        names(RouteClass::Voice, person),
        ["address:192.0.2.7:voice", "user:usr_1:voice", "route:tnt_1:voice", "tenant:tnt_1", "plan:tnt_1:voice"]
    );
    let key = Caller { tenant: Some("tnt_1"), key: Some("k"), ..Caller::default() };
    assert_eq!(names(RouteClass::Read, key), ["key:k:read", "route:tnt_1:read", "tenant:tnt_1"]);
    // one /64 is one caller, and a mapped address is the IPv4 one
    for (text, name) in [
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64:read"),
        ("2001:db8:1:2:ffff::", "address:2001:db8:1:2::/64:read"),
        ("2001:db8:1:3::", "address:2001:db8:1:3::/64:read"),
        ("::ffff:192.0.2.7", "address:192.0.2.7:read"),
    ] {
        assert_eq!(names(RouteClass::Read, Caller { address: text.parse().ok(), ..Caller::default() }), [name]);
    }
    for tier in Tier::ALL {
        assert_eq!(serde_json::to_value(tier).unwrap(), tier.as_str());
    }
    for class in RouteClass::ALL {
        assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
    }
}

#[test]
fn header_fields() {
    let (user, tenant) = (rate(20, 20, 60), rate(500, 250, 1));
    assert_eq!(fields::policy([(Tier::User, user), (Tier::Tenant, tenant)]), r#""user";q=20;w=60, "tenant";q=500;w=2"#);
    assert_eq!(fields::policy([(Tier::Key, rate(1, 1_000_000, 1))]), r#""key";q=1;w=1"#, "a window is never 0");
    let states =
        [(Tier::User, Remaining { tokens: 3, next_ms: 2_001 }), (Tier::Tenant, Remaining { tokens: 500, next_ms: 0 })];
    assert_eq!(fields::limit(states), r#""user";r=3;t=3, "tenant";r=500"#);
    assert_eq!((fields::policy([]), fields::limit([])), (String::new(), String::new()));
    let denied = |wait_ms, next_ms| Denied { wait_ms, remaining: Remaining { tokens: 0, next_ms } };
    for (denied, seconds) in [
        (denied(Some(0), 0), Some(1)),
        (denied(Some(1_000), 1_000), Some(1)),
        (denied(Some(1_001), 1_001), Some(2)),
        (denied(Some(20), 3_000), Some(3)),
        (denied(None, 3_000), None),
    ] {
        assert_eq!(fields::retry_after_s(&denied), seconds);
    }
}

#[test]
fn a_refusal_is_known_without_counting_and_tokens_come_back() {
    let rate = Rate { burst: 400, tokens: 100, seconds: 1 };
    let mut local = Local::default();
    assert_eq!(local.refusal(1, 0), None);
    let lease = Lease { tokens: 2, ttl_ms: 1_000, remaining: Remaining { tokens: 9, next_ms: 10 } };
    assert!(local.answered(Ask { need: 1, want: 2 }, 0, Answer::Granted(lease), 0).is_ok());
    assert!(matches!(local.take(1, 1), Step::Allowed(_)));
    local.give_back(1, 2);
    assert!(matches!(local.take(1, 3), Step::Allowed(_)));
    assert!(matches!(local.take(1, 4), Step::Allowed(_)));
    assert!(matches!(local.take(1, 5), Step::Ask(_)), "one came back, not two");
    local.give_back(1, 1_000);
    assert!(matches!(local.take(1, 1_000), Step::Ask(_)), "what a lease gave is gone with it");
    let mut shared = Shared::new(Bucket::empty(1_000));
    let answer = shared.ask(&rate, Ask { need: 1, want: 0 }, 1_000);
    let denied = local.answered(Ask { need: 1, want: 0 }, 1_000, answer, 1_000).unwrap_err();
    let wait = i64::try_from(denied.wait_ms.unwrap()).unwrap();
    assert_eq!(local.refusal(1, 1_001).unwrap().wait_ms, Some(wait.unsigned_abs() - 1));
    assert_eq!(local.refusal(1, 1_000 + wait), None);
}
