//! Token buckets of a limiter: exact while it lives, never above when it dies.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_identity::limits::{Answer, Ask, Rate};
use attune_objects::limiter::{Limiter, MAX_QUESTIONS, Question};
use attune_objects::store::sqlite::SqliteStore;
use proptest::prelude::*;
use std::rc::Rc;

const NOW: i64 = 1_800_000_000_000;

struct Bench {
    store: Rc<SqliteStore>,
    limiter: Limiter,
}

fn open() -> Bench {
    let store = Rc::new(SqliteStore::memory().unwrap());
    let limiter = Limiter::open(store.clone()).unwrap();
    Bench { store, limiter }
}

const fn rate(burst: u32, tokens: u32, seconds: u32) -> Rate {
    Rate { burst, tokens, seconds }
}

fn question(name: &str, rate: Rate, need: u32, want: u32) -> Question {
    Question { name: name.into(), rate, ask: Ask { need, want } }
}

impl Bench {
    fn take(&self, name: &str, rate: Rate, need: u32, now: i64) -> bool {
        self.limiter.ask(&[question(name, rate, need, 0)], now).unwrap().allowed
    }

    /// The process dies: the table stays.
    fn crash(&mut self) {
        self.limiter = Limiter::open(self.store.clone()).unwrap();
    }
}

#[test]
fn a_bucket_is_exact_and_a_small_one_survives_to_the_token() {
    let mut b = open();
    let slow = rate(5, 5, 60);
    for _ in 0..5 {
        assert!(b.take("a", slow, 1, NOW));
        b.crash();
    }
    assert!(!b.take("a", slow, 1, NOW));
    assert!(b.take("b", slow, 1, NOW), "another bucket");
    assert!(!b.take("a", slow, 1, NOW + 11_999));
    assert!(b.take("a", slow, 1, NOW + 12_001));
    assert!(!b.take("a", slow, 1, NOW + 12_002));
    assert!(!b.take("a", slow, 6, NOW + 999_999), "more than it ever holds");
}

#[test]
fn all_buckets_allow_or_none_gives_anything() {
    let b = open();
    let (wide, narrow) = (rate(100, 100, 1), rate(2, 1, 60));
    let both = [question("wide", wide, 1, 50), question("narrow", narrow, 1, 0)];
    for _ in 0..2 {
        assert!(b.limiter.ask(&both, NOW).unwrap().allowed);
    }
    let before = b.store.changes();
    let refused = b.limiter.ask(&both, NOW + 10_000).unwrap();
    assert!(!refused.allowed);
    assert!(matches!(refused.answers[0], Answer::Granted(lease) if lease.tokens == 0), "no lease of a refusal");
    assert!(matches!(refused.answers[1], Answer::Denied(denied) if denied.wait_ms > Some(49_000)));
    assert_eq!(b.store.changes(), before);
    for _ in 0..100 {
        assert!(b.take("wide", wide, 1, NOW + 10_000));
    }
    assert!(!b.take("wide", wide, 1, NOW + 10_000));
}

#[test]
fn most_requests_write_nothing() {
    let b = open();
    let fast = rate(1_000, 1_000, 10);
    let before = b.store.changes();
    for _ in 0..1_000 {
        assert!(b.take("a", fast, 1, NOW));
    }
    let writes = b.store.changes() - before;
    assert!(writes <= 22, "{writes} writes for 1000 requests");
}

#[test]
fn a_crash_costs_a_twentieth_and_gives_nothing() {
    for (taken, idle_ms) in [(10, 0), (500, 0), (51, 9_000), (990, 100)] {
        let mut b = open();
        let fast = rate(1_000, 1_000, 10);
        assert!(b.take("a", fast, taken, NOW));
        // full again, and taken from what was written ahead
        let now = NOW + idle_ms;
        b.crash();
        let mut left = 0;
        while b.take("a", fast, 1, now) {
            left += 1;
        }
        let exact = (1_000 - taken + u32::try_from(idle_ms / 10).unwrap()).min(1_000);
        assert!(left <= exact && left + 50 >= exact, "{taken}: {left} of {exact}");
    }
}

#[test]
fn what_was_written_ahead_is_not_forgotten_when_the_bucket_was_full_again() {
    let mut b = open();
    let fast = rate(1_000, 1_000, 10);
    assert!(b.take("a", fast, 1, NOW));
    // both the bucket and its row are full by now
    assert!(b.take("a", fast, 30, NOW + 11_000));
    b.crash();
    let mut left = 0;
    while b.take("a", fast, 1, NOW + 11_000) {
        left += 1;
    }
    assert!((920..=970).contains(&left), "{left}");
}

#[test]
fn what_is_lent_keeps_its_place_after_a_crash() {
    let mut b = open();
    let fast = rate(1_000, 1_000, 4);
    assert!(b.take("a", fast, 1, NOW));
    for _ in 0..3 {
        let asked = b.limiter.ask(&[question("a", fast, 1, 10)], NOW).unwrap();
        assert!(matches!(asked.answers[0], Answer::Granted(lease) if lease.tokens == 10 && lease.ttl_ms == 1_000));
    }
    b.crash();
    // full again, but for what isolates may still spend
    assert!(!b.take("a", fast, 971, NOW + 900));
    assert!(b.take("a", fast, 970, NOW + 900));
}

#[test]
fn idle_buckets_are_forgotten_and_no_others() {
    use attune_objects::Store;
    let b = open();
    let fast = rate(100, 100, 10);
    b.take("a", fast, 50, NOW);
    b.take("b", fast, 50, NOW + 9_000);
    assert_eq!(b.limiter.next_alarm(NOW).unwrap(), Some(NOW + 60_000));
    b.limiter.on_alarm(NOW + 12_000).unwrap();
    let names = b.store.exec("SELECT name FROM bucket", &[]).unwrap();
    assert_eq!(names.first().unwrap().text(0).unwrap(), "b");
    assert!(!b.take("b", fast, 81, NOW + 12_000), "50 were taken 3 s ago");
    b.limiter.on_alarm(NOW + 70_000).unwrap();
    assert_eq!(b.limiter.next_alarm(NOW).unwrap(), None);
    assert!(b.take("a", fast, 100, NOW + 70_000));
}

#[test]
fn questions_of_another_form_are_refused_whole() {
    let b = open();
    let good = rate(10, 10, 1);
    let ask = |questions: &[Question]| b.limiter.ask(questions, NOW).is_err();
    assert!(ask(&[question("", good, 1, 0)]));
    assert!(ask(&[question(&"x".repeat(201), good, 1, 0)]));
    assert!(ask(&[question("a", rate(0, 1, 1), 1, 0)]));
    assert!(ask(&[question("a", good, 1, 0), question("a", good, 1, 0)]), "one bucket twice");
    let many: Vec<Question> = (0..=MAX_QUESTIONS).map(|n| question(&n.to_string(), good, 1, 0)).collect();
    assert!(ask(&many));
    assert_eq!(b.store.changes(), Bench::changes_of_opening());
    assert!(b.limiter.ask(&[], NOW).unwrap().allowed);
}

impl Bench {
    fn changes_of_opening() -> u64 {
        open().store.changes()
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// An isolate asks for a request, and for a lease of this size.
    Ask {
        want: u32,
        need: u32,
    },
    /// An isolate spends from one of its leases.
    Spend {
        which: usize,
        tokens: u32,
    },
    Wait {
        ms: i64,
    },
    Crash,
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..30_u32, 1..4_u32).prop_map(|(want, need)| Step::Ask { want, need }),
        4 => (any::<usize>(), 1..20_u32).prop_map(|(which, tokens)| Step::Spend { which, tokens }),
        4 => prop_oneof![0..50_i64, 0..2_000_i64, 0..30_000_i64].prop_map(|ms| Step::Wait { ms }),
        1 => Just(Step::Crash),
        1 => Just(Step::Sweep),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("ATTUNE_FULL").is_some_and(|full| full == "1") { 2_560 } else { 256 }, ..ProptestConfig::default() })]
    /// In every span of time no more is spent than the bucket's burst and what came in that span, whatever isolates do with
    /// their leases, and whenever the limiter dies.
    #[test]
    fn never_above_the_limit(
        burst in 1..400_u32,
        tokens in 1..200_u32,
        steps in proptest::collection::vec(step(), 1..150),
    ) {
        let mut b = open();
        let rate = rate(burst, tokens, 5);
        let mut now = NOW;
        // (tokens, not to be used from)
        let mut leases: Vec<(u32, i64)> = Vec::new();
        let mut spent: Vec<(i64, u32)> = Vec::new();
        for step in &steps {
            match step {
                Step::Ask { want, need } => {
                    let verdict = b.limiter.ask(&[question("a", rate, *need, *want)], now).unwrap();
                    if let (true, Answer::Granted(lease)) = (verdict.allowed, verdict.answers[0]) {
                        spent.push((now, *need));
                        leases.push((lease.tokens, now + i64::try_from(lease.ttl_ms).unwrap()));
                    }
                }
                Step::Spend { which, tokens } => {
                    if !leases.is_empty() {
                        let index = which % leases.len();
                        let (left, until) = &mut leases[index];
                        let used = (*tokens).min(*left);
                        if now < *until && used > 0 {
                            *left -= used;
                            spent.push((now, used));
                        }
                    }
                }
                Step::Wait { ms } => now += ms,
                Step::Crash => b.crash(),
                Step::Sweep => b.limiter.on_alarm(now).unwrap(),
            }
        }
        for (index, (from, _)) in spent.iter().enumerate() {
            let mut sum = 0_u64;
            for (to, tokens_spent) in &spent[index..] {
                sum += u64::from(*tokens_spent);
                let came = u64::try_from(to - from).unwrap() * u64::from(tokens) / 5_000;
                prop_assert!(sum <= u64::from(burst) + came + 1, "{sum} in {} ms", to - from);
            }
        }
    }
}
