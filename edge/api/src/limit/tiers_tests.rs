use super::*;
use attune_identity::limits::{Lease, Shared, Tier};

const RATE: Rate = Rate { burst: 400, tokens: 100, seconds: 1 };
const SMALL: Rate = Rate { burst: 10, tokens: 10, seconds: 60 };

fn policies() -> Vec<Policy> {
    let policy = |tier: Tier, rate| Policy { tier, bucket: format!("{}:x", tier.as_str()), rate };
    vec![policy(Tier::Key, RATE), policy(Tier::Tenant, SMALL)]
}

/// The object, as `attune_objects::limiter` judges.
fn ask(buckets: &mut HashMap<String, Shared>, questions: &[Question], now: i64) -> Verdict {
    let mut after = buckets.clone();
    let answers: Vec<Answer> = questions
        .iter()
        .map(|q| {
            let bucket = after.entry(q.name.clone()).or_insert_with(|| Shared::new(Bucket::full(&q.rate, now)));
            bucket.ask(&q.rate, q.ask, now)
        })
        .collect();
    let allowed = answers.iter().all(|answer| matches!(answer, Answer::Granted(_)));
    if allowed {
        *buckets = after;
        return Verdict { allowed, answers };
    }
    let void = |answer| match answer {
        Answer::Granted(lease) => Answer::Granted(Lease { tokens: 0, ttl_ms: 0, ..lease }),
        denied @ Answer::Denied(_) => denied,
    };
    Verdict { allowed, answers: answers.into_iter().map(void).collect() }
}

fn one(tiers: &mut Tiers, buckets: &mut HashMap<String, Shared>, policies: &[Policy], now: i64) -> Result<(), Stop> {
    match tiers.decide(policies, now) {
        Decision::Allowed(_) => Ok(()),
        Decision::Denied(index, denied) => Err(Stop::Denied(index, denied)),
        Decision::Ask(pending) => {
            let verdict = ask(buckets, &pending.questions(policies), now);
            tiers.answered(policies, &pending, verdict, now, now).map(drop)
        }
    }
}

#[test]
fn all_buckets_count_and_the_smallest_refuses() {
    let (mut tiers, mut buckets) = (Tiers::default(), HashMap::new());
    let passed = (0..50).filter(|_| one(&mut tiers, &mut buckets, &policies(), 1_000).is_ok()).count();
    assert_eq!(passed, 10);
    let Err(Stop::Denied(1, denied)) = one(&mut tiers, &mut buckets, &policies(), 1_000) else { panic!("let in") };
    assert!(denied.wait_ms.is_some_and(|wait| wait > 0));
    let key = buckets.get_mut("key:x").unwrap();
    let Answer::Granted(lease) = key.ask(&RATE, Ask { need: 0, want: 0 }, 1_000) else { panic!("refused") };
    let own = &policies()[..1];
    let mut more = 0;
    while one(&mut tiers, &mut buckets, own, 1_000).is_ok() {
        more += 1;
    }
    // what the refused requests had taken of the key's lease was given back
    assert!(more >= lease.remaining.tokens && more >= 370, "{more} of {}", lease.remaining.tokens);
}

#[test]
fn much_traffic_asks_seldom() {
    let (mut tiers, mut buckets) = (Tiers::default(), HashMap::new());
    let own = &policies()[..1];
    let mut asked = 0;
    for n in 0..900 {
        let now = 1_000 + n * 11;
        match tiers.decide(own, now) {
            Decision::Ask(pending) => {
                asked += 1;
                let verdict = ask(&mut buckets, &pending.questions(own), now);
                tiers.answered(own, &pending, verdict, now, now).unwrap();
            }
            Decision::Allowed(_) => {}
            Decision::Denied(..) => panic!("refused below the rate"),
        }
    }
    assert!(asked < 300, "{asked} hops for 900 requests");
}

#[test]
fn without_the_object_it_goes_on_slowly_and_not_for_long() {
    let (mut tiers, mut buckets) = (Tiers::default(), HashMap::new());
    let own = &policies()[..1];
    let cut_off = |tiers: &mut Tiers, now| match tiers.decide(own, now) {
        Decision::Ask(pending) => tiers.unreachable(own, &pending, now).map(drop),
        Decision::Allowed(_) => Ok(()),
        Decision::Denied(index, denied) => Err(Stop::Denied(index, denied)),
    };
    assert_eq!(cut_off(&mut tiers, 0), Err(Stop::Unreachable), "nothing was ever lent here");
    one(&mut tiers, &mut buckets, own, 2_000).unwrap();
    let passed = (0..500).filter(|_| cut_off(&mut tiers, 3_000).is_ok()).count();
    assert_eq!(passed, 20, "a twentieth of the burst");
    assert!(matches!(cut_off(&mut tiers, 3_000), Err(Stop::Denied(0, _))));
    assert_eq!(cut_off(&mut tiers, 12_001), Err(Stop::Unreachable));
    one(&mut tiers, &mut buckets, own, 12_001).unwrap();
    assert_eq!(cut_off(&mut tiers, 13_000), Ok(()), "the object has answered again");
}

#[test]
fn the_memory_is_bounded() {
    let (mut tiers, mut buckets) = (Tiers::default(), HashMap::new());
    for n in 0..MOST + 10 {
        let policy = Policy { tier: Tier::Address, bucket: format!("address:{n}"), rate: RATE };
        one(&mut tiers, &mut buckets, &[policy], 0).unwrap();
    }
    assert!(tiers.buckets.len() <= MOST);
}
