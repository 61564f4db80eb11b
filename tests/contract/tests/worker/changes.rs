//! The history of configuration.

use crate::config::gain;
use crate::world::{World, good, refused};
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("the_history_comes_in_pages_newest_first", pages),
    ("tenants_do_not_see_each_others_history", foreign),
    ("strange_queries_are_refused", strange),
];

const CHANGES: &str = "/v1/config/changes";

/// Makes a change at a station; the change as it was answered.
fn make(world: &World, key: &str, station: u8) -> Value {
    let mut body = gain(0, "1.0");
    body["station"] = json!(station);
    good(&world.post(key, "/v1/config/update", &body), 200)["change"].clone()
}

fn pages(world: &World) {
    let tenant = world.tenant("history");
    let mut made: Vec<Value> = [1, 2, 3, 4, 9].map(|station| make(world, &tenant.key, station)).into();
    made.reverse();
    let read = |query: &str| good(&world.get(&tenant.key, &format!("{CHANGES}{query}")), 200);
    // the projection follows within seconds
    let all = world.until("the history", || {
        let page = read("");
        (page["changes"].as_array()?.len() == made.len()).then_some(page)
    });
    assert_eq!((&all["changes"], &all["next_cursor"]), (&json!(made), &Value::Null));
    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page = read(&query);
        let changes = page["changes"].as_array().unwrap();
        assert!(changes.len() <= 2);
        seen.extend(changes.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("?limit=2&cursor={cursor}"),
            None => break,
        }
        assert!(seen.len() <= made.len());
    }
    assert_eq!(seen, made);
    assert_eq!(read("?station=9")["changes"], json!([made[0]]));
    assert_eq!(read("?station=11")["changes"], json!([]));
}

fn foreign(world: &World) {
    let (one, other) = (world.tenant("one"), world.tenant("other"));
    make(world, &one.key, 4);
    world.until("the history", || {
        let page = good(&world.get(&one.key, CHANGES), 200);
        (!page["changes"].as_array()?.is_empty()).then_some(())
    });
    assert_eq!(good(&world.get(&other.key, CHANGES), 200)["changes"], json!([]));
}

fn strange(world: &World) {
    for (query, name) in [
        ("limit=0", "?limit"),
        ("limit=51", "?limit"),
        ("limit=-1", "?limit"),
        ("limit=x", "?limit"),
        ("limit=", "?limit"),
        ("limit=1&limit=2", "?limit"),
        ("cursor=", "?cursor"),
        ("cursor=3", "?cursor"),
        ("cursor=v99999999999999999999999", "?cursor"),
        ("station=5", "?station"),
        ("station=x", "?station"),
        ("tenant=x", "?tenant"),
        ("limit=%zz", "?limit"),
    ] {
        let answer = world.get(&world.a.key, &format!("{CHANGES}?{query}"));
        assert_eq!(answer.status, 400, "{query}");
        refused(&answer, 400, "invalid_parameter", Some(name));
    }
}
