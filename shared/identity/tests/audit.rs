//! The chain of the audit trail, and every way to break it.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_domain::Millis;
use attune_identity::audit::{Broken, Entry, Error, ExpectedHead, GENESIS, Head, MAX_LINE, Row, Verifier, Why, verify};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const ACTOR: &str = "usr_01hzy3v5q8r2m4k6n7p9s1t3w5";
const AT: Millis = Millis(1_800_000_000_000);

fn detail(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn chain(count: u64) -> Vec<Row> {
    let mut head = Head::default();
    let mut rows = Vec::new();
    for n in 0..count {
        let entry = Entry {
            actor: ACTOR,
            action: "key.create",
            target: "key_1",
            detail: detail(json!({"n": n, "b": ["x"], "ä": null})),
        };
        let row = Row::append(&head, Millis(AT.0 + n.cast_signed()), entry).unwrap();
        head = row.head();
        rows.push(row);
    }
    rows
}

fn export(rows: &[Row]) -> String {
    rows.iter().map(|row| row.line().unwrap() + "\n").collect()
}

fn judge(rows: &[Row]) -> Result<u64, Broken> {
    judge_with(rows, None)
}

fn judge_with(rows: &[Row], head: Option<&str>) -> Result<u64, Broken> {
    let head = head.map(|text| text.parse().unwrap());
    verify(export(rows).as_bytes(), Head::default(), head).map(|good| good.rows)
}

fn broken<T>(line: u64, why: Why) -> Result<T, Broken> {
    Err(Broken { line, why })
}

/// Rows lie in objects and under object lock for years: their hashes must never come out differently.
#[test]
fn golden_export() {
    let text = include_str!("golden/audit.jsonl");
    assert_eq!(export(&chain(3)), text);
    // by another implementation: Python's json with sorted keys, no spaces, no escapes, and hashlib
    assert_eq!(chain(1)[0].prev, GENESIS);
    let good = verify(text.as_bytes(), Head::default(), None).unwrap();
    assert_eq!((good.rows, good.last), (3, chain(3)[2].head()));
}

#[test]
fn a_good_chain_passes_with_and_without_a_head() {
    let rows = chain(5);
    assert_eq!(judge(&rows), Ok(5));
    assert_eq!(judge(&[]), Ok(0));
    assert_eq!(judge_with(&[], Some(GENESIS)), Ok(0));
    for row in &rows {
        // a head of an hour ago lies inside
        assert_eq!(judge_with(&rows, Some(&row.hash)), Ok(5));
        assert_eq!(judge_with(&rows, Some(&format!("{}:{}", row.seq, row.hash))), Ok(5));
    }
    // a part, from a row that is known
    let part = verify(export(&rows[2..]).as_bytes(), rows[1].head(), Some(ExpectedHead::from(&rows[4].head())));
    assert_eq!(part.unwrap().last, rows[4].head());
    assert_eq!(
        verify(export(&rows[2..4]).as_bytes(), rows[1].head(), Some(ExpectedHead::from(&rows[1].head()))).unwrap().rows,
        2
    );
    // without the last line feed
    assert!(verify(export(&rows).trim_end().as_bytes(), Head::default(), None).is_ok());
}

#[test]
fn each_break_has_its_name() {
    let good = chain(5);
    let with = |change: &dyn Fn(&mut Vec<Row>)| {
        let mut rows = good.clone();
        change(&mut rows);
        judge(&rows)
    };
    assert_eq!(with(&|rows| rows[2].target = "key_2".into()), broken(3, Why::WrongHash));
    assert_eq!(with(&|rows| rows[2].at.0 += 1), broken(3, Why::WrongHash));
    assert_eq!(with(&|rows| rows[2].detail["n"] = json!(7)), broken(3, Why::WrongHash));
    assert_eq!(with(&|rows| rows[2].prev = rows[0].hash.clone()), broken(3, Why::WrongHash));
    assert_eq!(with(&|rows| rows[2].hash = rows[0].hash.clone()), broken(3, Why::WrongHash));
    assert_eq!(with(&|rows| rows[2].hash = rows[2].hash.to_uppercase()), broken(3, Why::WrongHash));
    // edited and hashed again: the next row does not follow
    assert_eq!(
        with(&|rows| {
            rows[2].actor = "operator".into();
            rows[2].hash = rows[2].computed_hash().unwrap();
        }),
        broken(4, Why::WrongPrev)
    );
    assert_eq!(with(&|rows| drop(rows.remove(2))), broken(3, Why::Gap { expected: 3, found: 4 }));
    assert_eq!(with(&|rows| drop(rows.remove(0))), broken(1, Why::Gap { expected: 1, found: 2 }));
    assert_eq!(with(&|rows| rows.swap(1, 3)), broken(2, Why::Reordered { expected: 2, found: 4 }));
    assert_eq!(with(&|rows| rows.insert(3, rows[2].clone())), broken(4, Why::Repeated { expected: 4, found: 3 }));
    assert_eq!(with(&|rows| rows.push(rows[0].clone())), broken(6, Why::Repeated { expected: 6, found: 1 }));
    // renumbered after one was taken out
    assert_eq!(
        with(&|rows| {
            rows.remove(2);
            rows[2].seq = 3;
        }),
        broken(3, Why::WrongHash)
    );
    // another chain's rows
    let mut other = chain(5);
    other[0].at = Millis(1);
    other[0].hash = other[0].computed_hash().unwrap();
    assert_eq!(judge(&[other[0].clone(), good[1].clone()]), broken(2, Why::WrongPrev));
    // the first is reported, not the last
    assert_eq!(
        with(&|rows| {
            rows[1].target = "x".into();
            rows.remove(3);
        }),
        broken(2, Why::WrongHash)
    );
}

#[test]
fn only_a_head_shows_a_missing_end() {
    let good = chain(5);
    let head = good[4].head();
    assert_eq!(judge(&good[..3]), Ok(3), "a shorter chain is a good chain");
    assert_eq!(judge_with(&good[..3], Some(&head.hash)), broken(4, Why::Truncated));
    assert_eq!(judge_with(&[], Some(&head.hash)), broken(1, Why::Truncated));
    // all of it made again, without the third row
    let mut anew: Vec<Row> = Vec::new();
    for row in good.iter().filter(|row| row.seq != 3) {
        let after = anew.last().map(Row::head).unwrap_or_default();
        let entry = Entry { actor: &row.actor, action: &row.action, target: &row.target, detail: row.detail.clone() };
        anew.push(Row::append(&after, row.at, entry).unwrap());
    }
    assert_eq!(judge(&anew), Ok(4));
    assert_eq!(judge_with(&anew, Some(&head.hash)), broken(5, Why::Truncated));
    let third = format!("3:{}", good[2].hash);
    assert_eq!(judge_with(&anew, Some(&third)), broken(3, Why::Rewritten));
}

#[test]
fn lines_have_one_form() {
    let good = chain(2);
    let line = good[0].line().unwrap();
    let pushed = |line: &[u8]| {
        let mut verifier = Verifier::new(Head::default(), None);
        verifier.push(line);
        verifier.finish().map(drop)
    };
    assert_eq!(pushed(line.as_bytes()), Ok(()));
    for (other, why) in [
        (line.replace("\":", "\": "), Why::NotCanonical),
        (format!(" {line}"), Why::NotCanonical),
        (format!("{line}\r"), Why::NotCanonical),
        (line.replace("\"n\":0", "\"n\":0.0"), Why::NotCanonical),
        (line.replace("\"n\":0", "\"n\":1,\"n\":0"), Why::NotCanonical),
        (line.replace("usr_", "\\u0075sr_"), Why::NotCanonical),
        (line.replace("\"seq\":1", "\"seq\":1,\"seq\":1"), Why::Malformed),
        (line.replace("\"seq\":1", "\"seq\":1,\"tenant\":\"x\""), Why::Malformed),
        (line.replace("\"seq\":1", "\"seq\":\"1\""), Why::Malformed),
        (line.replace("\"seq\":1", "\"seq\":-1"), Why::Malformed),
        (line.replace("\"seq\":1,", ""), Why::Malformed),
        (line[..line.len() - 1].to_owned(), Why::Malformed),
        (format!("{line}{line}"), Why::Malformed),
        (String::new(), Why::Malformed),
        ("[]".to_owned(), Why::Malformed),
        ("[".repeat(MAX_LINE), Why::Malformed),
        ("[".repeat(MAX_LINE + 1), Why::Oversized),
        (line.replace("\"n\":0", &format!("\"n\":\"{}\"", "x".repeat(MAX_LINE))), Why::Oversized),
    ] {
        assert_eq!(pushed(other.as_bytes()), broken(1, why), "{other:.120}");
    }
    assert_eq!(pushed(b"{\"seq\":\xff}"), broken(1, Why::Malformed));
    let both = format!("{}\n\n{}\n", line, good[1].line().unwrap());
    assert_eq!(verify(both.as_bytes(), Head::default(), None).map(drop), broken(2, Why::Malformed));
    let last = Head { seq: u64::MAX, hash: GENESIS.to_owned() };
    assert!(verify(line.as_bytes(), last, None).is_err());
}

#[test]
fn heads_as_text() {
    let hash = "0123456789abcdef".repeat(4);
    for good in [hash.clone(), format!("7:{hash}"), format!("0:{GENESIS}")] {
        assert_eq!(good.parse::<ExpectedHead>().unwrap().to_string(), good);
    }
    for bad in [
        "",
        ":",
        "7",
        &hash[1..],
        &hash.to_uppercase(),
        &format!(":{hash}"),
        &format!("-1:{hash}"),
        &format!("{hash}:7"),
        &format!("99999999999999999999:{hash}"),
    ] {
        assert_eq!(bad.parse::<ExpectedHead>(), Err(Error::Head), "{bad}");
    }
}

#[test]
fn what_is_not_recorded() {
    let record = |actor: &str, action: &str, target: &str, value| {
        Row::append(&Head::default(), AT, Entry { actor, action, target, detail: detail(value) }).map(drop)
    };
    assert_eq!(record("operator", "tenant.create", "tnt_eu1_01hzy3v5q8r2m4k6n7p9s1t3w5", json!({})), Ok(()));
    assert_eq!(
        record(ACTOR, "key.create", "x", json!({"scopes": ["a:b"], "n": 1_u64 << 53, "gone": true, "o": null})),
        Ok(())
    );
    for bad in ["", "anna@example.org", "Anna", "+4712345678", "a b", &"a".repeat(81), "usr_ä"] {
        assert_eq!(record(bad, "key.create", "x", json!({})), Err(Error::Id), "{bad}");
        assert_eq!(record("x", "key.create", bad, json!({})), Err(Error::Id), "{bad}");
    }
    for bad in
        ["", "key", "key.", ".create", "key.create.all", "Key.create", "key create", &format!("{}.x", "a".repeat(63))]
    {
        assert_eq!(record("x", bad, "x", json!({})), Err(Error::Action), "{bad}");
    }
    let many: Map<String, Value> = (0..33).map(|n| (n.to_string(), json!(n))).collect();
    for bad in [
        json!({"a": {}}),
        json!({"a": [[]]}),
        json!({"a": 0.5}),
        json!({"a": (1_u64 << 53) + 1}),
        json!({"a": i64::MIN}),
        json!({"a": "x".repeat(4096)}),
        json!({"a": vec![0; 129]}),
        Value::Object(many),
    ] {
        assert_eq!(record("x", "a.b", "x", bad.clone()), Err(Error::Detail), "{bad:.80}");
    }
    for bad in [json!({"who": "anna@example.org"}), json!({"a": ["b", "@"]}), json!({"a@b": 1})] {
        assert_eq!(record("x", "a.b", "x", bad), Err(Error::Personal));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    /// No byte of an export can be changed, taken out or added unseen (a final line feed is none of the rows').
    #[test]
    fn one_byte_is_enough(at: prop::sample::Index, byte: u8, how in 0..3) {
        let rows = chain(4);
        let mut bytes = export(&rows).trim_end().as_bytes().to_vec();
        let at = at.index(bytes.len());
        match how {
            0 => { prop_assume!(bytes[at] != byte); bytes[at] = byte; }
            1 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
        prop_assert!(verify(&bytes, Head::default(), Some(ExpectedHead::from(&rows[3].head()))).is_err());
    }

    /// Any other order or choice of the rows is refused.
    #[test]
    fn any_other_order_is_noticed(order in prop::collection::vec(0_usize..5, 0..7)) {
        let good = chain(5);
        let rows: Vec<Row> = order.iter().map(|n| good[*n].clone()).collect();
        let whole = order == [0, 1, 2, 3, 4];
        prop_assert_eq!(judge_with(&rows, Some(&good[4].hash)).is_ok(), whole);
    }

    #[test]
    fn reading_never_panics(line in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        let _ = (verify(&line, Head::default(), None), text.parse::<ExpectedHead>());
    }
}
